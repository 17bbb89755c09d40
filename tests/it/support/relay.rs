//! A sandbox behind a server that writes down every request before it passes it on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use numdeck::sandbox::{Config, Fault, Sandbox};

use super::faulty::{Faulty, Reply, Request};

pub(crate) struct Relay {
    /// The world; it ends with the value.
    sandbox: Sandbox,
    server: Faulty,
}

impl Relay {
    /// Starts a sandbox and the server before it. Passing on blocks, so the test needs threads.
    pub(crate) async fn start(config: Config) -> Self {
        let sandbox = Sandbox::start(config).unwrap();
        let to = sandbox.addr();
        Self { sandbox, server: Faulty::start(move |_, request| pass(to, request)).await }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Breaks the sandbox.
    pub(crate) fn faults(&self, specs: &[&str]) {
        self.sandbox.set_faults(specs.iter().map(|spec| spec.parse::<Fault>().unwrap()).collect());
    }

    /// The target of every read, in the order of arrival.
    pub(crate) fn reads(&self) -> Vec<String> {
        let reads = self.server.requests().into_iter().filter(|request| request.method == "GET");
        reads.map(|request| request.target).collect()
    }

    /// Everything that was not a read, as method and target, in the order of arrival.
    pub(crate) fn writes(&self) -> Vec<(String, String)> {
        let writes = self.server.requests().into_iter().filter(|request| request.method != "GET");
        writes.map(|request| (request.method, request.target)).collect()
    }
}

/// Hands a request on, and its answer back.
pub(crate) fn pass(to: SocketAddr, request: &Request) -> Reply {
    let mut stream = TcpStream::connect(to).unwrap();
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "connection") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    Reply::Close(answer)
}
