//! What a machine says of how names are resolved, read as the C library reads it: resolv.conf(5), hosts(5)
//! and the two variables of the environment. Which service is asked in which order nsswitch.conf(5) says;
//! it is taken to be the usual one, the hosts file and then DNS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// As the C library has it.
const MOST_SERVERS: usize = 3;
/// The most domains of a search list that are tried.
const MOST_SEARCHED: usize = 6;

/// The texts that say how this machine resolves names; what cannot be read is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResolverSettings {
    /// `/etc/resolv.conf`.
    pub resolv_conf: Option<String>,
    /// `/etc/hosts`.
    pub hosts: Option<String>,
    /// `LOCALDOMAIN` of the environment: a search list that replaces the one of the file.
    pub local_domain: Option<String>,
    /// `RES_OPTIONS` of the environment: added to the options of the file.
    pub options: Option<String>,
    /// The name of this machine, whose domain is searched where no list is given.
    pub hostname: Option<String>,
}

/// What resolv.conf(5) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResolvConf {
    /// At least one: without any, that of this machine.
    pub(super) servers: Vec<SocketAddr>,
    /// Domains, without dots at their ends; an empty one is the root.
    pub(super) search: Vec<String>,
    /// A name with so many dots is first tried as it is.
    pub(super) dots: usize,
    /// How long a server is given.
    pub(super) timeout: Duration,
    /// How often each is asked.
    pub(super) attempts: u32,
    /// The first server is another one each time.
    pub(super) rotates: bool,
    /// TCP alone.
    pub(super) over_tcp: bool,
}

impl ResolvConf {
    /// One server that somebody named, and nothing that is searched.
    pub(super) fn of_server(at: SocketAddr) -> Self {
        let (timeout, dots) = (Duration::from_secs(5), 1);
        let search = Vec::new();
        Self { servers: vec![at], search, dots, timeout, attempts: 2, rotates: false, over_tcp: false }
    }

    /// Reads the settings. Lines that cannot be read do not count.
    pub(super) fn read(settings: &ResolverSettings) -> Self {
        let mut conf = Self::of_server(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 53));
        let mut servers = Vec::new();
        let mut search = None;
        for line in settings.resolv_conf.iter().flat_map(|text| text.lines()) {
            let mut words = line.split_ascii_whitespace();
            // A keyword begins its line.
            let keyword = words.next().filter(|_| !line.starts_with([' ', '\t']));
            let values = words.take_while(|word| !word.starts_with(['#', ';']));
            match keyword {
                Some("nameserver") => servers.extend(values.take(1).filter_map(server)),
                Some("domain") => search = Some(domains(values.take(1))),
                Some("search") => search = Some(domains(values)),
                Some("options") => values.for_each(|option| conf.option(option)),
                _ => {}
            }
        }
        for option in settings.options.iter().flat_map(|text| text.split_ascii_whitespace()) {
            conf.option(option);
        }
        servers.truncate(MOST_SERVERS);
        // Who stands there twice has nothing else to say.
        let mut known: Vec<SocketAddr> = Vec::new();
        for server in servers {
            if !known.contains(&server) {
                known.push(server);
            }
        }
        if !known.is_empty() {
            conf.servers = known;
        }
        let local = settings.local_domain.as_ref().map(|text| domains(text.split_ascii_whitespace()));
        let own = || settings.hostname.as_ref().and_then(|name| name.split_once('.'));
        conf.search = local.or(search).or_else(|| Some(domains(own()?.1.split(' ')))).unwrap_or_default();
        conf
    }

    fn option(&mut self, option: &str) {
        let (name, value) = option.split_once(':').unwrap_or((option, ""));
        let number = value.parse::<u8>();
        match (name, number) {
            ("ndots", Ok(dots)) => self.dots = usize::from(dots.min(15)),
            ("timeout", Ok(seconds)) => self.timeout = Duration::from_secs(seconds.clamp(1, 30).into()),
            ("attempts", Ok(attempts)) => self.attempts = attempts.clamp(1, 5).into(),
            ("rotate", _) => self.rotates = true,
            ("use-vc", _) => self.over_tcp = true,
            _ => {}
        }
    }

    /// The names that are tried for one, in order: as resolv.conf(5) says of `search` and `ndots`.
    pub(super) fn candidates(&self, name: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut add = |name: String| {
            if name.len() <= 253 && !names.contains(&name) {
                names.push(name);
            }
        };
        let is_first = name.matches('.').count() >= self.dots;
        if is_first {
            add(name.to_owned());
        }
        for domain in &self.search {
            add(if domain.is_empty() { name.to_owned() } else { format!("{name}.{domain}") });
        }
        add(name.to_owned());
        names
    }
}

/// A server; one that is named instead of addressed is none.
fn server(word: &str) -> Option<SocketAddr> {
    let word = word.split(['#', ';']).next()?;
    if let Some((address, zone)) = word.split_once('%') {
        let address = std::net::SocketAddrV6::new(address.parse().ok()?, 53, 0, zone.parse().ok()?);
        return Some(address.into());
    }
    // With a port, as OpenBSD writes it.
    if let Some((address, port)) = word.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return Some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?));
    }
    Some(SocketAddr::new(word.parse().ok()?, 53))
}

fn domains<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let words = words.map(|word| word.trim_matches('.').to_ascii_lowercase());
    words.take(MOST_SEARCHED).collect()
}

/// The addresses of a name in a hosts file.
pub(super) fn in_hosts(text: &str, name: &str) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse) else { continue };
        let is_named = |word: &str| word.strip_suffix('.').unwrap_or(word).eq_ignore_ascii_case(name);
        if words.any(is_named) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> ResolvConf {
        ResolvConf::read(&ResolverSettings { resolv_conf: Some(text.into()), ..ResolverSettings::default() })
    }

    fn shown(conf: &ResolvConf) -> Vec<String> {
        conf.servers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn servers_are_read_in_their_order_and_what_is_no_address_is_none() {
        let conf = read(
            "# nameserver 192.0.2.9\n;nameserver 192.0.2.8\n nameserver 192.0.2.7\nnameserver dns.example\n\
             nameserver 192.0.2.1#comment\nnameserver\t2001:db8::1 ; comment\nnameserver fe80::1%2\nnameserver \
             192.0.2.4\nnameserver\nnonsense 1\n",
        );
        assert_eq!(shown(&conf), ["192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%2]:53"]);
    }

    #[test]
    fn a_server_may_have_a_port() {
        let conf = read("nameserver 192.0.2.3\nnameserver [192.0.2.3]:53\nnameserver 192.0.2.3");
        assert_eq!(shown(&conf), ["192.0.2.3:53"], "and it counts once");
        let conf = read("nameserver [192.0.2.1]:5353\nnameserver [2001:db8::1]:54\nnameserver [192.0.2.2]");
        assert_eq!(shown(&conf), ["192.0.2.1:5353", "[2001:db8::1]:54"]);
    }

    #[test]
    fn without_a_server_it_is_that_of_this_machine() {
        let none = ResolvConf::read(&ResolverSettings::default());
        assert_eq!((shown(&none), none.search), (vec!["127.0.0.1:53".to_owned()], vec![]));
        assert_eq!(shown(&read("nameserver\nsearch a.example")), ["127.0.0.1:53"]);
    }

    #[test]
    fn of_several_search_lists_the_last_one_counts_and_the_environment_more() {
        let text = "search a.example b.example.\ndomain C.example d.example\n";
        assert_eq!(read(text).search, ["c.example"]);
        let mut settings = ResolverSettings { resolv_conf: Some(text.into()), ..Default::default() };
        settings.hostname = Some("box.h.example".into());
        assert_eq!(ResolvConf::read(&settings).search, ["c.example"]);
        settings.local_domain = Some("x.example y.example".into());
        assert_eq!(ResolvConf::read(&settings).search, ["x.example", "y.example"]);
        settings = ResolverSettings { hostname: Some("box.h.example".into()), ..Default::default() };
        assert_eq!(ResolvConf::read(&settings).search, ["h.example"]);
        settings.hostname = Some("box".into());
        assert!(ResolvConf::read(&settings).search.is_empty());
    }

    #[test]
    fn options_have_bounds_and_the_environment_adds_to_them() {
        let text = "options ndots:99 timeout:1 attempts:9 rotate\noptions use-vc ndots:x edns0 nonsense:7\n";
        let mut settings = ResolverSettings { resolv_conf: Some(text.into()), ..Default::default() };
        let conf = ResolvConf::read(&settings);
        assert_eq!((conf.dots, conf.timeout.as_secs(), conf.attempts), (15, 1, 5));
        assert!(conf.rotates && conf.over_tcp);
        settings.options = Some("ndots:2 timeout:0".into());
        let conf = ResolvConf::read(&settings);
        assert_eq!((conf.dots, conf.timeout.as_secs()), (2, 1));
    }

    #[test]
    fn a_name_without_dots_is_searched_first_and_one_with_dots_is_tried_as_it_is() {
        let conf = read("search corp.example lab.example");
        assert_eq!(conf.candidates("pbx"), ["pbx.corp.example", "pbx.lab.example", "pbx"]);
        assert_eq!(conf.candidates("pbx.x"), ["pbx.x", "pbx.x.corp.example", "pbx.x.lab.example"]);
        let eager = read("search corp.example\noptions ndots:2");
        assert_eq!(eager.candidates("pbx.x"), ["pbx.x.corp.example", "pbx.x"]);
        assert_eq!(read("search . corp.example").candidates("pbx"), ["pbx", "pbx.corp.example"]);
        assert_eq!(read("").candidates("pbx"), ["pbx"]);
        let long = format!("search {}", "a.".repeat(125));
        assert_eq!(read(&long).candidates("pbx-1"), ["pbx-1"], "no name is that long");
    }

    #[test]
    fn a_hosts_file_has_several_names_a_line_and_several_lines_a_name() {
        let text = "127.0.0.1 localhost\n192.0.2.1\tPBX.example. pbx # 192.0.2.2 no\n#192.0.2.3 pbx\n\
                    2001:db8::1 pbx\nnonsense pbx\n192.0.2.1 pbx";
        let ips: Vec<String> = in_hosts(text, "pbx").iter().map(ToString::to_string).collect();
        assert_eq!(ips, ["192.0.2.1", "2001:db8::1"]);
        assert_eq!(in_hosts(text, "pbx.example").len(), 1);
        assert!(in_hosts(text, "no").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(?s).{0,200}", name in "[a-z.]{0,20}") {
            for text in [text.clone(), format!("nameserver {text}"), format!("search {text}"), format!("options {text}")] {
                let conf = read(&text);
                prop_assert!((1..=MOST_SERVERS).contains(&conf.servers.len()));
                prop_assert!(conf.candidates(&name).contains(&name));
                in_hosts(&text, &name);
            }
        }
    }
}
