//! What a check on another machine is asked to look at: addresses, one a line, without any secret.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sip::{Options, SipUri, Transport};
use crate::text::clean;

/// RFC 3261 timer F: nobody waits longer for an answer.
const LONGEST: Duration = Duration::from_secs(32);
/// Requests of a series, at most: each one takes a second.
const MOST_REQUESTS: u32 = 1000;
/// Characters of a name that a line gives itself.
const LONGEST_NAME: usize = 80;

/// An address to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckTarget {
    /// What its report is called, in the words of whoever asks.
    pub name: String,
    /// The address.
    pub uri: SipUri,
    /// How to speak to it; `None` for what the address says.
    pub transport: Option<Transport>,
    /// Who is asked for names instead of the resolver of the machine.
    pub dns: Option<SocketAddr>,
    /// The local address that packets leave by, on a machine that has several.
    pub source: Option<IpAddr>,
    /// The limit.
    pub timeout: Duration,
    /// How many OPTIONS each server gets.
    pub count: u32,
}

/// Why a line is no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError {
    /// What it calls itself, where it does.
    pub name: Option<String>,
    /// In words.
    pub why: String,
}

/// A line as it is written. What it has besides is for a later version, and passed over.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct TargetLine {
    v: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dns: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// Nobody's password belongs here.
    #[serde(skip_serializing)]
    password: Option<serde_json::Value>,
}

impl CheckTarget {
    /// The version of the form, in each line.
    pub const VERSION: u64 = 1;

    /// Reads a line.
    ///
    /// # Errors
    /// Why it is none. Nothing of a password in it is repeated.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let nameless = |why: &str| TargetError { name: None, why: why.to_owned() };
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| nameless("it is not JSON"))?;
        if !value.is_object() {
            return Err(nameless("it is no JSON object"));
        }
        let name = value.get("id").and_then(serde_json::Value::as_str).map(|name| clean(name, LONGEST_NAME));
        let wrong = |why: String| TargetError { name: name.clone(), why };
        let version = value.get("v").and_then(serde_json::Value::as_u64);
        if version != Some(Self::VERSION) {
            let found = version.map_or("none".to_owned(), |version| version.to_string());
            return Err(wrong(format!("its version v is {found}, and this numdeck reads {}", Self::VERSION)));
        }
        let line: TargetLine =
            serde_json::from_value(value).map_err(|error| wrong(clean(&error.to_string(), 160)))?;
        if line.password.is_some() {
            return Err(wrong("it has a password: credentials are not checked for others".to_owned()));
        }
        let uri = SipUri::parse(&line.uri).map_err(|error| wrong(format!("its uri: {error}")))?;
        let transport = line.transport.as_deref().map(|word| {
            Transport::parse(word)
                .ok_or_else(|| wrong(format!("its transport is '{}', not udp, tcp or tls", clean(word, 20))))
        });
        let usual = Options::default();
        let timeout = line.timeout_ms.map_or(usual.timeout, Duration::from_millis);
        if timeout.is_zero() || timeout > LONGEST {
            return Err(wrong("its timeout_ms is not within 1 and 32000".to_owned()));
        }
        let count = line.count.unwrap_or(usual.count);
        if !(1..=MOST_REQUESTS).contains(&count) {
            return Err(wrong(format!("its count is not within 1 and {MOST_REQUESTS}")));
        }
        let transport = transport.transpose()?;
        let name = name.clone().unwrap_or_default();
        Ok(Self { name, uri, transport, dns: line.dns, source: line.source, timeout, count })
    }

    /// The line that says it.
    pub fn line(&self) -> String {
        let line = TargetLine {
            v: Self::VERSION,
            id: Some(self.name.clone()),
            uri: self.uri.to_string(),
            transport: self.transport.map(|transport| transport.word().to_owned()),
            dns: self.dns,
            source: self.source,
            timeout_ms: u64::try_from(self.timeout.as_millis()).ok(),
            count: Some(self.count),
            password: None,
        };
        // Texts and numbers alone: that cannot fail.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let target = CheckTarget {
            name: "inbound".to_owned(),
            uri: SipUri::parse("sip:a@h.example:5070").unwrap(),
            transport: Some(Transport::Tcp),
            dns: Some("192.0.2.53:53".parse().unwrap()),
            source: Some("192.0.2.4".parse().unwrap()),
            timeout: Duration::from_millis(1500),
            count: 3,
        };
        assert_eq!(CheckTarget::parse(&target.line()), Ok(target));
        let least = CheckTarget::parse(r#"{"v":1,"uri":"sip:h.example","colour":"red"}"#).unwrap();
        assert_eq!((least.timeout, least.count, least.name.as_str()), (Duration::from_secs(5), 1, ""));
    }

    #[test]
    fn a_line_that_is_none_says_why() {
        for (line, why) in [
            ("hello", "not JSON"),
            ("[]", "no JSON object"),
            (r#"{"uri":"sip:h.example"}"#, "v is none"),
            (r#"{"v":2,"uri":"sip:h.example"}"#, "v is 2"),
            (r#"{"v":1}"#, "its uri: it is empty"),
            (r#"{"v":1,"uri":"tel:+1"}"#, "its uri"),
            (r#"{"v":1,"uri":"sip:h.example","transport":"ws"}"#, "'ws'"),
            (r#"{"v":1,"uri":"sip:h.example","dns":"resolver"}"#, "invalid"),
            (r#"{"v":1,"uri":"sip:h.example","timeout_ms":0}"#, "timeout_ms"),
            (r#"{"v":1,"uri":"sip:h.example","timeout_ms":32001}"#, "timeout_ms"),
            (r#"{"v":1,"uri":"sip:h.example","count":0}"#, "count"),
            (r#"{"v":1,"uri":"sip:h.example","count":-1}"#, "invalid"),
            (r#"{"v":1,"uri":"sip:h.example","password":"hunter22"}"#, "credentials"),
        ] {
            let error = CheckTarget::parse(line).unwrap_err();
            assert!(error.why.contains(why) && !error.why.contains("hunter22"), "{line}: {error:?}");
        }
        let named = CheckTarget::parse(r#"{"v":9,"id":"a\u001b[1m"}"#).unwrap_err();
        assert_eq!(named.name.as_deref(), Some("a\u{fffd}[1m"));
    }
}
