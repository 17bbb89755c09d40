//! Options of the exporter.

use std::net::{SocketAddr, ToSocketAddrs};

use clap::Args as Group;

use crate::cli::exporter::AllowedHost;

/// Options of the exporter.
#[derive(Debug, Clone, Group)]
pub struct ExporterArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9633", value_parser = address)]
    pub listen: SocketAddr,
    /// SIP servers that /probe may be asked about beside those of owned numbers: a host, * for any part of
    /// it, and :PORT or :* for other ports than 5060 and 5061
    #[arg(long, value_name = "GLOB", value_parser = AllowedHost::parse)]
    pub allow: Vec<AllowedHost>,
}

impl ExporterArgs {
    /// Whether others than this machine can reach it.
    pub fn is_for_others(&self) -> bool {
        !self.listen.ip().to_canonical().is_loopback()
    }

    /// What `--help` says at its end.
    pub(super) const LIMITS: &str = "/metrics has the numbers by status and by what keeps calls away, writes in \
        doubt, and API requests; /probe?target=NUMBER or target=SIP_URI checks a route as numdeck check does, \
        module=auth the credentials of a number, too; /healthz says that it runs.\n\n\
        The list is read at a pace that its size and a budget of 600 requests a day decide, and never because of \
        a scrape. It listens on this machine alone unless --listen says otherwise: whoever reaches it can have \
        SIP packets sent to the servers of your numbers, and to those of --allow.";
}

/// A host, by its address or its name, and a port. Of several addresses the IPv4 one is taken.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().map_err(|error| format!("HOST:PORT is needed: {error}"))?;
    let found: Vec<SocketAddr> = found.collect();
    let first = found.iter().find(|at| at.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| "that host has no address".to_owned())
}
