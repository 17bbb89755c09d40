//! Another machine: where a check runs as well, and what it reads there.

/// Nobody's name is longer (RFC 1035 section 2.3.4), and some room for an account.
const LONGEST: usize = 320;

/// A host as ssh takes it: a name of its configuration, or `USER@HOST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshHost(String);

impl SshHost {
    /// Reads `ssh:HOST`. What could be taken for an option, or mean something to a shell on the way, is
    /// refused.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some(host) = text.strip_prefix("ssh:") else {
            return Err("a machine is named ssh:HOST, HOST as ssh takes it".to_owned());
        };
        let (user, name) = host.split_once('@').map_or((None, host), |(user, name)| (Some(user), name));
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '[')
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-:%[]".contains(c))
        };
        let is_good = host.len() <= LONGEST && is_word(name) && user.is_none_or(is_word);
        if is_good {
            Ok(Self(host.to_owned()))
        } else {
            Err("that is no host name that ssh takes".to_owned())
        }
    }

    /// What ssh is told.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// `-`: what is read from standard input, and from nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandardInput;

impl StandardInput {
    /// Reads `-`.
    ///
    /// # Errors
    /// Why it is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "-" => Ok(Self),
            _ => Err("targets are read from standard input alone: -".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_an_option_or_mean_something_to_a_shell_is_refused() {
        for good in ["pbx-1", "ops@pbx-1.example.net", "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "_sip"] {
            assert_eq!(SshHost::parse(&format!("ssh:{good}")).unwrap().name(), good);
        }
        for bad in [
            "",
            "-oProxyCommand=x",
            "a@-oProxyCommand=x",
            "-x@pbx",
            "pbx;reboot",
            "$(id)",
            "`id`",
            "a b",
            "a\nb",
            "a@b@c",
            "pbx/../x",
            "pbx|x",
            "pbx&",
            "'pbx'",
            "b\u{fc}cher",
        ] {
            assert!(SshHost::parse(&format!("ssh:{bad}")).is_err(), "{bad}");
        }
        assert!(SshHost::parse("pbx-1").is_err() && SshHost::parse("scp:pbx").is_err());
        assert!(SshHost::parse(&format!("ssh:{}", "a".repeat(400))).is_err());
    }
}
