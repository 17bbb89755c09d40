//! A SIP account, as far as the record of its number tells it.

use crate::phone::{Detail, E164, Password, Secret, SipCredentials};
use crate::sip::{AddressOfRecord, Host, Route, SipUri, Transport, UriError};
use crate::text::{clean, is_clean};

/// What stands where the password has to be.
const PLACEHOLDER: &str = "REPLACE_WITH_SIP_PASSWORD";

/// The account of a number, and the server that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct TrunkAccount {
    /// The telephone number; `None` where the record has none that is possible.
    pub number: Option<E164>,
    /// What sections, gateways and records are called: `numdeck-2348031234567`.
    pub name: String,
    /// The server: host, port and transport as far as the record has them.
    pub server: SipUri,
    /// The digest user name, as the record has it.
    pub username: String,
    /// The same as an account: a user, and the domain of its own where the user name has one.
    pub account: AddressOfRecord,
    /// The password, or why it is not here.
    pub password: TrunkPassword,
}

/// The password of an account that is written out.
#[derive(Debug, Clone, PartialEq)]
pub enum TrunkPassword {
    /// It is written.
    Written(Secret),
    /// There is one, and nobody asked for it.
    LeftOut,
    /// The API does not show it to this role.
    Hidden,
    /// The record says that none is set.
    Unset,
}

/// Why there is nothing to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTrunk {
    /// The record has no credentials at all.
    #[error("the API gives no SIP credentials for this number")]
    Nothing,
    /// The credentials lack something.
    #[error("the SIP credentials of this number have no {0}")]
    Lacks(&'static str),
    /// They lead nowhere.
    #[error("the address of its SIP credentials cannot be used: {0}")]
    Address(UriError),
    /// A transport that no target is told of.
    #[error("its SIP credentials name the transport '{0}', and udp, tcp and tls are all that can be written")]
    Transport(String),
    /// The password was asked for, and this role does not see it.
    #[error(
        "the API does not show the SIP password to the role of this key, so the configuration cannot have it"
    )]
    PasswordHidden,
    /// The password was asked for, and there is none.
    #[error("no SIP password is set for this number, so nobody can register with it")]
    PasswordUnset,
    /// A target that has no way to write something.
    #[error("{what} has {why}, which {form} cannot hold: nothing was written")]
    Unwritable {
        /// What is to be written.
        what: &'static str,
        /// What is odd about it.
        why: &'static str,
        /// Where.
        form: &'static str,
    },
    /// A target that wants a telephone number.
    #[error("the record has no telephone number that is possible, and {0} wants one")]
    NoNumber(&'static str),
}

impl TrunkAccount {
    /// The account of a number; with its password where `with_password`.
    ///
    /// # Errors
    /// What is missing, or cannot be used.
    pub fn of(detail: &Detail, with_password: bool) -> Result<Self, NoTrunk> {
        let credentials = detail.credentials.as_ref().ok_or(NoTrunk::Nothing)?;
        let text = |text: &Option<String>| text.as_deref().map(str::trim).unwrap_or_default().to_owned();
        let (domain, username) = (text(&credentials.domain), text(&credentials.username));
        if domain.is_empty() {
            return Err(NoTrunk::Lacks("domain"));
        }
        if username.is_empty() {
            return Err(NoTrunk::Lacks("user name"));
        }
        let password = match (&credentials.password, with_password) {
            (Password::Set(password), true) => TrunkPassword::Written(password.clone()),
            (Password::Set(_), false) => TrunkPassword::LeftOut,
            (Password::Hidden, false) => TrunkPassword::Hidden,
            (Password::Unset, false) => TrunkPassword::Unset,
            (Password::Hidden, true) => return Err(NoTrunk::PasswordHidden),
            (Password::Unset, true) => return Err(NoTrunk::PasswordUnset),
        };
        let host = Host::parse(&domain).map_err(NoTrunk::Address)?;
        let mut server = SipUri::of_host(host, port(credentials)?);
        server.transport = match transport(credentials)? {
            // Port 5061 is that of TLS, here as in a check.
            None if server.port == Some(Transport::Tls.default_port()) => {
                Route::new(server.clone(), None).transport
            }
            named => named,
        };
        let number = detail.number.line.valid().filter(|number| number.is_possible());
        let id = detail.number.id.as_str().chars().filter(char::is_ascii_alphanumeric).take(40);
        let name = number.map_or_else(|| id.collect(), E164::digits);
        let account = AddressOfRecord::lenient(&username);
        // The same rules as for whatever goes out.
        server.with_user(&account.user).map_err(NoTrunk::Address)?;
        Ok(Self { number, name: format!("numdeck-{name}"), server, username, account, password })
    }

    /// Host and port, where one is named.
    pub fn place(&self) -> String {
        match self.server.port {
            Some(port) => format!("{}:{port}", self.server.host),
            None => self.server.host.to_string(),
        }
    }

    /// The domain that the account belongs to.
    pub fn domain(&self) -> &Host {
        self.account.domain.as_ref().unwrap_or(&self.server.host)
    }

    /// The user part as an address carries it.
    ///
    /// # Errors
    /// No address can carry it.
    pub fn user(&self) -> Result<String, NoTrunk> {
        let uri = self.server.with_user(&self.account.user).map_err(NoTrunk::Address)?;
        Ok(uri.user().unwrap_or_default().to_owned())
    }

    /// The password, or what has to be replaced by it.
    pub(super) fn password(&self) -> &str {
        match &self.password {
            TrunkPassword::Written(password) => password.expose(),
            TrunkPassword::LeftOut | TrunkPassword::Hidden | TrunkPassword::Unset => PLACEHOLDER,
        }
    }

    /// The number, as a target that cannot do without it takes it.
    pub(super) fn numbered(&self, form: &'static str) -> Result<String, NoTrunk> {
        self.number.map(|number| number.to_string()).ok_or(NoTrunk::NoNumber(form))
    }

    /// The same for a user name and a password: text on one line, in which nothing hides.
    pub(super) fn texts(&self, form: &'static str) -> Result<[(&'static str, &str); 2], NoTrunk> {
        let texts = [("the SIP user name", self.username.as_str()), ("the SIP password", self.password())];
        match texts.iter().find(|(_, text)| !is_clean(text)) {
            Some((what, _)) => {
                let why = "a line break or a character that cannot be seen";
                Err(NoTrunk::Unwritable { what, why, form })
            }
            None => Ok(texts),
        }
    }

    /// What a comment says at the top, line by line.
    pub(super) fn header(&self, program: &str, at: jiff::Timestamp) -> Vec<String> {
        let number = self.number.map_or_else(|| "a number".to_owned(), |number| number.to_string());
        let mut lines = vec![
            format!("SIP account of {number} for {program}"),
            format!("written by numdeck, {}", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ];
        if !matches!(self.password, TrunkPassword::Written(_)) {
            lines.push(format!("UNFINISHED: put the SIP password where {PLACEHOLDER} stands"));
        }
        lines
    }
}

/// A port of 0 counts as none; one that is no port stays among what nobody understood.
fn port(credentials: &SipCredentials) -> Result<Option<u16>, NoTrunk> {
    let port = credentials.port.filter(|port| *port > 0);
    let odd = ["sip_port", "port"].iter().filter_map(|name| credentials.extra.get(*name));
    match odd.into_iter().find(|value| !value.is_null()).filter(|_| port.is_none()) {
        Some(odd) => Err(NoTrunk::Address(UriError::Port(clean(&odd.to_string(), 60)))),
        None => Ok(port),
    }
}

/// The transport, where the record has one: the contract does not name the field.
fn transport(credentials: &SipCredentials) -> Result<Option<Transport>, NoTrunk> {
    let named = ["sip_transport", "transport"].iter().find_map(|name| credentials.extra.get(*name));
    match named.filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let known = Transport::parse(text.trim());
            known.map(Some).ok_or_else(|| NoTrunk::Transport(clean(&text, 40)))
        }
    }
}
