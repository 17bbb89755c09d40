//! What crossed the wire, without credentials.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::Transport;
use crate::text::clean;

/// The longest message that is kept, in bytes.
const LONGEST: usize = 8 * 1024;
/// What stands for the value of a header with credentials.
const REDACTED: &str = "[redacted]";

/// A message as it crossed the wire, credentials left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceLine {
    /// When the check of the leg began, since that of the whole run did.
    pub began: Duration,
    /// Since the check of the leg began.
    pub at: Duration,
    /// We sent it.
    pub outgoing: bool,
    /// Transport, address and port of the other side.
    pub target: String,
    /// How it travelled.
    pub transport: Transport,
    /// This side.
    pub local: SocketAddr,
    /// The other side; of an answer from elsewhere, who sent it.
    pub remote: SocketAddr,
    /// The message, cut to 8 KiB: a server's words, not cleaned.
    pub bytes: Vec<u8>,
}

impl TraceLine {
    /// The message for people, cleaned but for its line ends.
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let mut out = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            out.push_str(&clean(line.trim_end_matches('\r'), LONGEST));
            out.push_str(end);
        }
        if self.bytes.len() >= LONGEST {
            out.push('…');
        }
        out
    }
}

impl fmt::Display for TraceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.outgoing { "->" } else { "<-" };
        writeln!(f, "{sign} {} after {:.1} ms", self.target, ms(self.at))?;
        self.text().lines().try_for_each(|line| writeln!(f, "   {line}"))
    }
}

/// Milliseconds with one decimal place.
pub(super) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// A received message for a trace: cut, and without what could be taken to guess a password (a server may
/// send our own header back).
pub(super) fn harmless(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().min(LONGEST));
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if out.len() + line.len() > LONGEST {
            let room = LONGEST - out.len();
            // What is cut off may be what tells that the line is a secret one.
            let line = if is_secret(line) { REDACTED.as_bytes() } else { line };
            out.extend_from_slice(&line[..room.min(line.len())]);
            break;
        }
        if !is_secret(line) {
            out.extend_from_slice(line);
            continue;
        }
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        // The name of a header, not something that looks like one.
        if name.len() < line.len() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
        }
        out.extend_from_slice(REDACTED.as_bytes());
        out.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
    }
    out
}

fn is_secret(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    [&b"response="[..], b"rspauth=", b"authorization:"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: &[u8]) -> TraceLine {
        TraceLine {
            began: Duration::ZERO,
            at: Duration::ZERO,
            outgoing: false,
            target: "t".to_owned(),
            transport: Transport::Udp,
            local: "127.0.0.1:1".parse().unwrap(),
            remote: "127.0.0.1:2".parse().unwrap(),
            bytes: harmless(bytes),
        }
    }

    #[test]
    fn a_trace_is_harmless() {
        let text = b"SIP/2.0 200 OK\r\nServer: \x1b[2J\r\nX-Echo: Digest response=\"0123\"\r\n\
            Authorization: Digest abc\r\nAuthentication-Info: rspauth=\"4567\"\r\n\r\n";
        let shown = line(text).text();
        for secret in ["\u{1b}", "\r", "0123", "4567", "abc"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("X-Echo: [redacted]\nAuthorization: [redacted]\n"), "{shown}");
        assert!(line(&b"x".repeat(100_000)).text().len() < 10_000);
        assert!(line(&b"x\n".repeat(100_000)).text().len() < 10_000);
    }

    #[test]
    fn a_secret_is_left_out_wherever_a_message_is_cut() {
        for room in 0..40 {
            let filling = "x".repeat(LONGEST - room - 1);
            let text = format!("{filling}\nX: response=\"hunter2\"\r\n");
            let shown = line(text.as_bytes()).text();
            assert!(!shown.contains("hunter2") && !shown.contains("response="), "{room}");
        }
    }
}
