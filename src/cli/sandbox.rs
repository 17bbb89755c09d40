//! `numdeck sandbox`: the API on this machine, for any client.

use std::io::Write;

use super::args;
use super::{Exit, Failure};
use crate::sandbox::{Config, Sandbox};

pub(super) fn run(options: args::SandboxArgs) -> Result<Exit, Failure> {
    let listen = options.listen;
    let sandbox = Sandbox::start(Config {
        listen,
        db: options.db,
        owned: options.owned,
        inventory: options.inventory,
        endpoints: options.endpoints,
        cors: options.cors,
        seed: options.seed,
        faults: options.fault,
        sip: options.sip,
        dialect: options.dialect,
    })
    .map_err(|error| {
        Failure::new(Exit::Other, "SANDBOX", format!("the sandbox did not start: {error}"), "")
    })?;
    for key in Sandbox::keys() {
        eprintln!("{:<30} {}", key.key, key.note);
    }
    if let Some(at) = sandbox.sip_addr() {
        eprintln!("{:<30} SIP, UDP and TCP: OPTIONS and REGISTER for the numbers", at.to_string());
    }
    if !listen.ip().is_loopback() || options.sip.is_some_and(|at| !at.ip().is_loopback()) {
        eprintln!("Others can reach it: it listens on {listen}, in clear text, and its keys are public.");
    }
    let mut out = std::io::stdout();
    // Whoever started us may not read this; the server runs all the same.
    writeln!(out, "listening on {}", sandbox.base_url()).and_then(|()| out.flush()).ok();
    sandbox.wait();
    Ok(Exit::Done)
}
