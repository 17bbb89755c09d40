//! Whose account it is: an address of record (RFC 3261 section 10), which is not where it is asked about.

use super::{Host, SipUri, UriError};

/// An account: a user, and the domain that it belongs to where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressOfRecord {
    /// The user part, not escaped.
    pub user: String,
    /// The domain of the account. Without one it is that of whoever is asked.
    pub domain: Option<Host>,
}

impl AddressOfRecord {
    /// Reads `NAME` or `NAME@DOMAIN`, also with `sip:` before it. An error says what no address of an
    /// account can carry.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let text = text.trim();
        let scheme = text
            .split_once(':')
            .filter(|(scheme, _)| ["sip", "sips"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
        let text = scheme.map_or(text, |(_, rest)| rest);
        let (user, domain) = match text.rsplit_once('@') {
            Some((user, domain)) => (user, Some(Host::parse(domain)?)),
            None => (text, None),
        };
        if user.is_empty() {
            return Err(UriError::Empty);
        }
        let account = Self { user: user.to_owned(), domain };
        // The same rules as for whatever goes out.
        account.at(&Host::Ip(std::net::Ipv4Addr::LOCALHOST.into()))?;
        Ok(account)
    }

    /// The account of a user name that somebody else wrote. What stands behind an @ is its domain where
    /// it can be one.
    pub fn lenient(username: &str) -> Self {
        let (user, domain) = username.split_once('@').unwrap_or((username, ""));
        Self { user: user.to_owned(), domain: Host::parse(domain).ok() }
    }

    /// Whom a REGISTER for it is addressed to, when it goes to `server`: the domain of the account (RFC
    /// 3261 section 10.2), and the server itself where none is known.
    pub(super) fn registrar(&self, server: &SipUri) -> SipUri {
        match &self.domain {
            Some(domain) if *domain != server.host => {
                let mut registrar = SipUri::of_host(domain.clone(), None);
                registrar.secure = server.secure;
                registrar
            }
            _ => server.without_user(),
        }
    }

    /// Its address, for From and To. `host` is its domain where it has none of its own.
    pub(super) fn at(&self, host: &Host) -> Result<SipUri, UriError> {
        SipUri::of_host(self.domain.as_ref().unwrap_or(host).clone(), None).with_user(&self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_a_user_and_maybe_a_domain() {
        let parsed = |text: &str| {
            let account = AddressOfRecord::parse(text).map_err(|error| error.to_string())?;
            Ok::<_, String>((account.user, account.domain.map(|domain| domain.to_string())))
        };
        let account = |user: &str, domain: Option<&str>| Ok((user.to_owned(), domain.map(str::to_owned)));
        assert_eq!(parsed("alice"), account("alice", None));
        assert_eq!(parsed("alice@VoIP.example."), account("alice", Some("voip.example")));
        assert_eq!(parsed(" sip:alice@[2001:db8::1] "), account("alice", Some("[2001:db8::1]")));
        assert_eq!(parsed("a@b@voip.example"), account("a@b", Some("voip.example")));
        assert_eq!(parsed("zo\u{eb}"), account("zo\u{eb}", None));
        for wrong in
            ["", "@voip.example", "alice@", "alice@voip.example:5060", "al ice", "a\r\nb", "a@b c.example"]
        {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_register_is_addressed_to_the_domain_of_the_account_and_sent_to_the_server() {
        let server = SipUri::parse("sips:x@edge.example:5071;transport=tls").unwrap();
        let of = |text: &str| {
            let account = AddressOfRecord::parse(text).unwrap();
            let registrar = account.registrar(&server);
            (registrar.to_string(), account.at(&registrar.host).unwrap().to_string())
        };
        let texts = |registrar: &str, aor: &str| (registrar.to_owned(), aor.to_owned());
        assert_eq!(of("alice@voip.example"), texts("sips:voip.example", "sip:alice@voip.example"));
        let own = texts("sips:edge.example:5071;transport=tls", "sip:alice@edge.example");
        assert_eq!(of("alice"), own);
        assert_eq!(of("alice@edge.example"), own);
    }

    #[test]
    fn a_username_of_the_api_is_taken_as_it_is() {
        for (username, user, domain) in [
            ("alice@voip.example", "alice", Some("voip.example")),
            ("alice@nowhere at all", "alice", None),
            ("alice", "alice", None),
        ] {
            let account = AddressOfRecord::lenient(username);
            assert_eq!(account.user, user);
            assert_eq!(account.domain.map(|domain| domain.to_string()).as_deref(), domain);
        }
    }
}
