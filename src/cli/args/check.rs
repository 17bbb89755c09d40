//! Options of the routing check. The doc comments are the help texts.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, ValueEnum};

use super::reads::whole;
use super::ssh::{SshHost, StandardInput};
use super::{Narrow, Place, Unasked};
use crate::sip::{AddressOfRecord, SipUri, Transport};

/// Options of `check`.
#[derive(Debug, Clone, Group)]
pub struct Check {
    /// Phone numbers, ids, or a filter as in `list`; --all for all numbers
    #[arg(value_name = "NUMBER|EXPR", required_unless_present_any = ["all", "uri", "filter", "status", "country", "kind", "targets"])]
    #[arg(conflicts_with_all = ["all", "uri", "targets"])]
    pub what: Vec<String>,
    /// Which numbers, as options.
    #[command(flatten)]
    pub narrow: Narrow,
    /// Where they are.
    #[command(flatten)]
    pub place: Place,
    /// All numbers that are not inactive
    #[arg(long, conflicts_with = "uri")]
    pub all: bool,
    /// A SIP address, without any API
    #[arg(long, value_name = "SIP_URI", value_parser = sip_uri)]
    pub uri: Option<SipUri>,
    /// Check the SIP credentials, too: a REGISTER that changes no registration, over verified TLS
    #[arg(long = "auth")]
    pub credentials: bool,
    /// With --auth: send credentials over unencrypted transports, too
    #[arg(long)]
    pub auth_cleartext: bool,
    /// Of many numbers, check where a PBX registers, too; one more API request a number
    #[arg(long, conflicts_with = "uri")]
    pub trunk: bool,
    /// Look at the settings alone; no packet is sent
    #[arg(long, conflicts_with_all = ["uri", "trunk"])]
    pub settings_only: bool,
    /// How to speak to the servers
    #[arg(long, value_enum, default_value_t, value_name = "auto|udp|tcp|tls", hide_possible_values = true)]
    pub transport: Carrier,
    /// DNS server to ask instead of the system's
    #[arg(long, value_name = "IP:PORT", value_parser = dns_server)]
    pub dns: Option<SocketAddr>,
    /// How many OPTIONS each server gets; each one more adds a second to the limit
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = probes)]
    pub count: u32,
    /// Warnings count as problems
    #[arg(long)]
    pub strict: bool,
    /// One line and the exit codes of a Nagios plugin: 0, 1, 2, 3
    #[arg(long)]
    pub nagios: bool,
    /// Show what crosses the wire, credentials left out
    #[arg(long)]
    pub trace: bool,
    /// Write what crosses the wire to a file for Wireshark and others, credentials left out
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,
    /// Write metrics to a file for the textfile collector of Prometheus: one such file a machine
    #[arg(long, value_name = "FILE")]
    pub prom: Option<PathBuf>,
    /// Use a list of numbers again that is not older than that: 0, 90s, 30m, 1h, 2d [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = age)]
    pub max_age: Option<Duration>,
    /// Certificate to show to servers that ask for one (mutual TLS), then those that issued it
    #[arg(long, value_name = "PEM", requires = "client_key", conflicts_with = "settings_only")]
    pub client_cert: Option<PathBuf>,
    /// With --client-cert: its key, without a passphrase, in a file that others cannot read
    #[arg(long, value_name = "PEM", requires = "client_cert")]
    pub client_key: Option<PathBuf>,
    /// With --uri and --auth: the account; its domain is that of the address unless it is named
    #[arg(long, value_name = "NAME[@DOMAIN]", requires = "uri", requires = "password_file")]
    #[arg(value_parser = AddressOfRecord::parse)]
    pub user: Option<AddressOfRecord>,
    /// With --user: the name that goes with the password, where it is another one
    #[arg(long, value_name = "NAME", requires = "user", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub auth_user: Option<String>,
    /// With --user: file with its password, - for standard input
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// Print a ticket to paste: who has to act, and what was seen; -o json adds it as a field
    #[arg(long, conflicts_with = "nagios")]
    pub ticket: bool,
    /// Check from another machine, too, by the ssh and the numdeck there; may be repeated
    #[arg(long, value_name = "ssh:HOST", value_parser = SshHost::parse, conflicts_with_all = ["nagios", "settings_only"])]
    pub from: Vec<SshHost>,
    /// Check addresses for another machine: JSON lines on standard input, one on standard output for each
    #[arg(long, value_name = "-", num_args = 1, value_parser = StandardInput::parse, action = clap::ArgAction::Set)]
    #[arg(conflicts_with_all = ["all", "uri", "filter", "status", "country", "kind", "from", "ticket", "nagios", "credentials", "trunk", "settings_only", "dns", "transport", "count", "trace", "pcap", "client_cert"])]
    pub targets: Option<StandardInput>,
    /// Nothing is asked.
    #[command(flatten)]
    pub unasked: Unasked,
}

impl Check {
    /// A kept list of numbers is used for so long.
    const USUAL_AGE: Duration = Duration::from_secs(3600);

    /// How old a kept list of numbers may be.
    pub fn max_age(&self) -> Duration {
        self.max_age.unwrap_or(Self::USUAL_AGE)
    }

    /// What `--help` says at its end.
    pub(super) const LIMITS: &str = "--timeout is the limit for each number [default: 5s, at most 32s].\n\n\
        What is seen is seen from this machine: a server that lets only some addresses in drops us, so no \
        answer does not prove that it is down. An answer to OPTIONS proves that a SIP server is there, not that \
        a call is routed, paid for or heard. 401, 403, 404, 405 and 501 are answers of a live server. A pass \
        for one address says nothing about another.\n\n\
        --from runs ssh HOST numdeck check --targets - without asking for anything (BatchMode), and gives it 10 s \
        beside the limit; no key and no credentials go there. A machine that fails is told and counts for \
        nothing; else the worst place decides the exit code.\n\n\
        Exit: 0 healthy, 20 problem found, 21 could not check.";
}

/// How to speak to SIP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Carrier {
    /// As the address, its port or DNS say
    #[default]
    Auto,
    /// UDP
    Udp,
    /// TCP
    Tcp,
    /// TLS
    Tls,
}

impl Carrier {
    /// The transport; `None` for what the address says.
    pub fn transport(self) -> Option<Transport> {
        match self {
            Self::Auto => None,
            Self::Udp => Some(Transport::Udp),
            Self::Tcp => Some(Transport::Tcp),
            Self::Tls => Some(Transport::Tls),
        }
    }
}

/// How many OPTIONS: each one takes a second.
fn probes(text: &str) -> Result<u32, String> {
    whole(text, 1..=1000)
}

fn sip_uri(text: &str) -> Result<SipUri, String> {
    SipUri::parse(text).map_err(|error| error.to_string())
}

/// An address, with port 53 where none is named.
fn dns_server(text: &str) -> Result<SocketAddr, String> {
    let alone = || text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
    text.parse()
        .or_else(|_| alone())
        .map_err(|_| "a DNS server is an IP address, like 192.0.2.1:53".to_owned())
}

/// `0`, `90s`, `30m`, `1h`, `2d`.
fn age(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let seconds = match unit {
        "" if digits == "0" => 1,
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(format!("'{text}' needs a unit: 90s, 30m, 1h, 2d")),
    };
    let n: u64 = digits.parse().map_err(|_| format!("'{text}' is no time: try 90s, 30m, 1h or 2d"))?;
    Ok(Duration::from_secs(n.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_need_a_unit_unless_they_are_nothing() {
        assert_eq!(age("0"), Ok(Duration::ZERO));
        assert_eq!(age("2h"), Ok(Duration::from_secs(7200)));
        for wrong in ["", "5", "h", "-1h", "1.5h", "1w"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
        assert_eq!(dns_server("192.0.2.1"), Ok("192.0.2.1:53".parse().unwrap()));
        assert!(dns_server("dns.example").is_err());
    }
}
