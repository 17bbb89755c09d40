//! What Prometheus is told: by the exporter, by a file, and what alerts and the dashboard make of it.

mod assets;
mod exporter;
mod file;
mod probes;
mod server;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

const OWNER: &str = "kros_test_owner";

/// The binary in an environment of nothing but what is given.
fn numdeck(url: &str, state: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().env("NUMDECK_STATE_DIR", state).stdin(Stdio::null()).args(args);
    command.env("NUMDECK_BASE_URL", url).env("NUMDECK_API_KEY", OWNER);
    command
}

/// An exporter that runs, on a free port. It ends with the value.
struct Exporter {
    child: Child,
    /// Host and port.
    at: String,
}

/// An answer, split where it has to be.
#[derive(Debug)]
struct Page {
    status: u16,
    head: String,
    body: String,
}

impl Exporter {
    fn start(url: &str, state: &Path, more: &[&str]) -> Self {
        let args = [&["exporter", "--listen", "127.0.0.1:0"], more].concat();
        Self::of(numdeck(url, state, &args))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let at = line.trim().strip_prefix("listening on http://").map(str::to_owned);
        Self { child, at: at.unwrap_or_else(|| panic!("it does not listen: {line}")) }
    }

    fn get(&self, path: &str) -> Page {
        ask(&self.at, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    }

    /// The metrics, once the list was read.
    fn metrics(&self) -> String {
        loop {
            let page = self.get("/metrics");
            assert_eq!(page.status, 200, "{page:?}");
            if page.body.contains("numdeck_numbers{") {
                return page.body;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn probe(&self, target: &str, more: &str) -> Page {
        let escaped: String = target.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.get(&format!("/probe?target={escaped}{more}"))
    }

    /// Ends it as a service manager does, and returns its exit code and what it said.
    fn stop(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a request as it is, and reads until the other side ends.
fn ask(at: &str, request: &str) -> Page {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    page(&answer)
}

fn page(answer: &str) -> Page {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Page { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}
