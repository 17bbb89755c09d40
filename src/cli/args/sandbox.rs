//! Options of the sandbox.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args as Group;

use super::exporter::address;
use super::reads::whole;
use crate::sandbox::{CorsOrigin, Fault, SandboxDialect};

/// Options of the sandbox.
#[derive(Debug, Clone, Group)]
pub struct SandboxArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    pub listen: SocketAddr,
    /// Database file; without it everything is in memory
    #[arg(long, value_name = "PATH")]
    pub db: Option<PathBuf>,
    /// How many numbers are owned
    #[arg(long, value_name = "N", default_value_t = 312, value_parser = count)]
    pub owned: u32,
    /// How many numbers are for sale
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = count)]
    pub inventory: u32,
    /// How many endpoints there are; they are listed by fifty
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = count)]
    pub endpoints: u32,
    /// Let the web pages of this origin read the answers: http://localhost:5173, or * for all
    #[arg(long, value_name = "ORIGIN")]
    pub cors: Option<CorsOrigin>,
    /// The same seed makes the same numbers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed)]
    pub seed: u64,
    /// Answer in the shapes of the OpenAPI document, or of the service's guide
    #[arg(long, value_name = "openapi|guide", default_value_t)]
    pub dialect: SandboxDialect,
    /// Break something: OP:KIND[@PROBABILITY]; list:latency=2s, purchase:drop-after-commit@0.5
    #[arg(long, value_name = "SPEC")]
    pub fault: Vec<Fault>,
    /// Answer SIP OPTIONS and REGISTER for the numbers, UDP and TCP; without a port a free one is taken
    #[arg(
        long,
        value_name = "HOST:PORT",
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:0",
        value_parser = address
    )]
    pub sip: Option<SocketAddr>,
}

/// How many there are.
fn count(text: &str) -> Result<u32, String> {
    whole(text, 0..=u32::MAX)
}

fn seed(text: &str) -> Result<u64, String> {
    whole(text, 0..=u64::MAX)
}
