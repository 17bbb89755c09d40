//! The proxy on the way to the API, as the usual variables name it.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use super::{BaseUrl, Error, ErrorKind};
use crate::phone::Secret;

/// Variables that name a proxy for `https://`, the first that is set decides.
const NAMES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name what no proxy is used for.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// What an address of a proxy begins with.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// A proxy, and where its address comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// With user and password.
    url: Secret,
    /// Without them.
    shown: String,
    variable: &'static str,
}

/// How the API is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Way {
    /// As the system says, where it says anything beside the variables.
    #[default]
    Default,
    /// Without a proxy.
    Direct,
    /// Through this one.
    Through(Proxy),
}

impl Way {
    /// The variables that decide, for who reads them.
    pub fn variables() -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().chain(EXCEPTIONS)
    }

    /// The way to `base`, by the variables that `read` knows. One that names no proxy is an error: going
    /// without is not what was asked for. Errors never repeat its value: it may hold a password.
    pub fn to(base: &BaseUrl, read: impl Fn(&str) -> Option<Secret>) -> Result<Self, Error> {
        let set = |name: &&'static str| read(name).map(|value| (*name, value));
        let Some((variable, value)) = NAMES.iter().find_map(set) else { return Ok(Self::Default) };
        let excepted = EXCEPTIONS.iter().find_map(|name| read(name));
        if base.is_cleartext() || excepted.is_some_and(|list| excepts(list.expose(), base)) {
            return Ok(Self::Direct);
        }
        Ok(Self::Through(Proxy::parse(variable, value.expose().trim())?))
    }
}

impl Proxy {
    fn parse(variable: &'static str, text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            let message = format!(
                "{variable} names no proxy: {why}; it is written http://HOST:PORT, or \
                 http://USER:PASSWORD@HOST:PORT with other characters as %5C"
            );
            Error::new(ErrorKind::Setup, message)
        };
        if text.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control()) {
            return Err(refuse("it holds a backslash or a blank"));
        }
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&whole).map_err(|error| refuse(&error.to_string()))?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(refuse("it begins with something else than http, https or socks5"));
        }
        let host =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| refuse("it names no host"))?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("more than a host and a port are in it"));
        }
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        let shown = format!("{}://{host}{port}", url.scheme());
        Ok(Self { url: Secret::new(whole), shown, variable })
    }

    /// With user and password, for the client alone.
    pub(super) fn url(&self) -> &Secret {
        &self.url
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} ({})", self.shown, self.variable)
    }
}

/// Whether a list of exceptions names the host of `base`: `*`, a name with all below it, an address, a
/// network, each with a port or without.
fn excepts(list: &str, base: &BaseUrl) -> bool {
    let (host, port) = base.host_and_port();
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let address: Option<IpAddr> = bare.parse().ok();
    list.split(|c: char| c == ',' || c.is_whitespace()).filter(|one| !one.is_empty()).any(|one| {
        if one == "*" {
            return true;
        }
        let (name, only) = split_port(one);
        if only.is_some_and(|only| only != port) {
            return false;
        }
        match address {
            Some(address) => is_in(address, name),
            None => {
                let name = name.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
                let name = name.to_ascii_lowercase();
                !name.is_empty()
                    && (bare == name || bare.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.')))
            }
        }
    })
}

/// The port behind a name. An IPv6 address without brackets has none.
fn split_port(text: &str) -> (&str, Option<u16>) {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').unwrap_or((rest, ""));
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (text, None),
        },
        _ => (text, None),
    }
}

/// Whether an address is this one, or in this network.
fn is_in(address: IpAddr, text: &str) -> bool {
    let (network, length) = match text.split_once('/') {
        None => return text.parse::<IpAddr>().is_ok_and(|one| one == address),
        Some((network, length)) => (network.parse::<IpAddr>(), length.parse::<u32>()),
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let (Ok(network), Ok(length)) = (network, length) else { return false };
    let ((network, most), (address, family)) = (bits(network), bits(address));
    let kept = |bits: u128| bits.checked_shr(128 - length.min(128)).unwrap_or(0);
    most == family && length <= most && kept(network) == kept(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(base: &str, variables: &[(&str, &str)]) -> Result<Way, Error> {
        let base = BaseUrl::parse(base).unwrap();
        Way::to(&base, |name| {
            let found = variables.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| Secret::new((*value).to_owned()))
        })
    }

    #[test]
    fn the_first_variable_names_the_proxy_and_its_password_is_not_shown() {
        for (variables, shown) in [
            (&[("HTTPS_PROXY", "http://u:hunter2@h:3128")][..], "the proxy http://h:3128 (HTTPS_PROXY)"),
            (&[("https_proxy", "h:3128")], "the proxy http://h:3128 (https_proxy)"),
            (&[("ALL_PROXY", "socks5h://h:1080/")], "the proxy socks5h://h:1080 (ALL_PROXY)"),
            (&[("all_proxy", "a:1"), ("HTTPS_PROXY", "https://b:2")], "the proxy https://b:2 (HTTPS_PROXY)"),
            (&[("HTTPS_PROXY", "http://[::1]:3128")], "the proxy http://[::1]:3128 (HTTPS_PROXY)"),
            (&[("HTTPS_PROXY", "http://DOM%5Cuser:hunter2@h:1")], "the proxy http://h:1 (HTTPS_PROXY)"),
        ] {
            let Ok(Way::Through(proxy)) = way("https://api.example", variables) else {
                panic!("{variables:?}")
            };
            assert_eq!(proxy.to_string(), shown);
            assert!(!format!("{proxy:?}").contains("hunter2"));
        }
        assert_eq!(way("https://api.example", &[]).unwrap(), Way::Default);
        assert_eq!(way("http://127.0.0.1:1", &[("ALL_PROXY", "h:1")]).unwrap(), Way::Direct);
    }

    #[test]
    fn what_names_no_proxy_is_refused_without_an_echo() {
        for value in [
            "http://DOM\\user:hunter2@127.0.0.1:1",
            "http://",
            "://hunter2",
            "ftp://hunter2:1",
            "http://hunter2:port",
            "http://hunter2:99999",
            "http://h:1/hunter2",
            "http://h:1?hunter2",
            "http://hunter2 h:1",
            "",
        ] {
            let error = way("https://api.example", &[("HTTPS_PROXY", value)]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Setup, "{value}");
            assert!(error.message.contains("HTTPS_PROXY") && !error.message.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn exceptions_come_in_all_their_forms() {
        let excepted = |base: &str, list: &str| {
            let variables = [("HTTPS_PROXY", "h:1"), ("NO_PROXY", list)];
            way(base, &variables).unwrap() == Way::Direct
        };
        for (base, list) in [
            ("https://api.example.com", "*"),
            ("https://api.example.com", "example.com"),
            ("https://api.example.com", ".example.com"),
            ("https://api.example.com", "*.example.com"),
            ("https://api.example.com", "a, API.Example.com."),
            ("https://api.example.com", "a b api.example.com:443"),
            ("https://api.example.com:8443", "example.com:8443"),
            ("https://10.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3", "10.1.2.3"),
            ("https://[fd00::1]:8443", "fd00::/8"),
            ("https://[fd00::1]", "[fd00::1]:443"),
            ("https://10.1.2.3", "0.0.0.0/0"),
        ] {
            assert!(excepted(base, list), "{base} {list}");
        }
        for (base, list) in [
            ("https://api.example.com", ""),
            ("https://api.example.com", ","),
            ("https://notexample.com", "example.com"),
            ("https://api.example.com", "api.example.com:8443"),
            ("https://api.example.com", "example"),
            ("https://11.1.2.3", "10.0.0.0/8"),
            ("https://10.1.2.3", "10.0.0.0/99"),
            ("https://10.1.2.3", "::/0"),
            ("https://10.1.2.3", "10.1.2"),
        ] {
            assert!(!excepted(base, list), "{base} {list}");
        }
    }
}
