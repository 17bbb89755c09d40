//! What a step saw besides its text: a closed set, from which verdict and advice are concluded. Programs
//! get it as the `detail` of the step.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Status, Step, TlsFinding};

/// What was seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(untagged)]
pub enum Found {
    /// Nothing that its text does not say.
    #[default]
    Nothing,
    /// What was known before a packet was sent.
    Settings {
        /// What is wrong, gravest first, by the words of whoever found it.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        findings: Vec<&'static str>,
        /// What to do about the gravest, where that is something of its own.
        #[serde(skip)]
        advice: Option<&'static str>,
        /// Whether the password of the account may be seen.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<PasswordSeen>,
    },
    /// What became of calls.
    Calls(CallsSeen),
    /// How DNS led to servers.
    Names {
        /// A line for each question.
        trail: Vec<String>,
        /// Servers that lead to no address, a sentence each, and whether that is about our resolver.
        #[serde(flatten)]
        lost: Option<LostServers>,
        /// The name that was asked for, where the search list of this machine made it of the one written.
        #[serde(skip_serializing_if = "Option::is_none")]
        found_as: Option<String>,
        /// One DNS server of this machine says that there is no such name.
        #[serde(skip_serializing_if = "is_false")]
        disagree: bool,
        /// Addresses that only some network reaches, where somebody outside of it would have to.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        private: Vec<String>,
    },
    /// DNS led nowhere.
    NoNames {
        /// A line for each question.
        trail: Vec<String>,
        /// DNS says it, so it is about the domain and not about who was asked.
        #[serde(skip_serializing_if = "is_false")]
        of_domain: bool,
        /// The name that it is about, where that is another one than that of the address.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// SRV records lead to servers, and the port or the transport in the address bypasses them.
        #[serde(skip_serializing_if = "is_false")]
        bypassed: bool,
        /// The signatures of the domain are to blame.
        #[serde(skip_serializing_if = "is_false")]
        dnssec: bool,
    },
    /// A handshake, and the certificates that came with it.
    Tls(Box<TlsFinding>),
    /// The limit left no time for credentials.
    NoTime,
    /// Something that needs no more than its name.
    Sighting(Sighting),
    /// How a REGISTER was refused that nobody could test credentials with.
    Registration {
        /// The status of the answer.
        sip_status: u16,
    },
    /// The answer came from somewhere else.
    Elsewhere {
        /// Address and port.
        answered_from: String,
    },
    /// Answers to OPTIONS.
    Answers(Answers),
    /// An account that was accepted.
    Account {
        /// Devices that are registered with it.
        devices: usize,
    },
}

/// What became of calls in the last 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CallsSeen {
    /// How many there were.
    pub day: usize,
    /// How many of them failed.
    pub failed: usize,
    /// How the last one ended, in a word of whoever looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<&'static str>,
    /// What to do about that.
    #[serde(skip)]
    pub advice: Option<&'static str>,
}

/// What was seen, where its name says all of it. Programs get the name, and `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// TLS answered on a port that was spoken to in clear.
    SpeaksTls,
    /// A reply was changed on the way.
    Rewritten,
    /// The network says that there is no way to the host.
    NoRoute,
    /// A provisional reply came, and no final one.
    Provisional,
    /// The registrar calls every fresh nonce stale, which says nothing of a password.
    Stale,
}

impl Serialize for Sighting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = match self {
            Self::SpeaksTls => "speaks_tls",
            Self::Rewritten => "rewritten",
            Self::NoRoute => "no_route",
            Self::Provisional => "provisional",
            Self::Stale => "stale",
        };
        serializer.collect_map([(name, true)])
    }
}

/// Servers of a domain that lead to no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostServers {
    /// A sentence each.
    pub unresolved: Vec<String>,
    /// The first of them is about our resolver, and not about the domain.
    pub ours: bool,
}

/// Figures of a series of OPTIONS; most of them stand only for several.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Answers {
    /// The status of the answer that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip_status: Option<u16>,
    /// Requests that were sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmissions: Option<u32>,
    /// Seconds after which the server wants to be asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// What was odd about replies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quirks: Vec<String>,
    /// Why the server answers so, in its own headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// From where the server saw the request come, where that is another address than ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_from: Option<String>,
    /// Of several: how many were sent, how many were answered, and which part was not.
    #[serde(flatten)]
    pub several: Option<SeriesCounts>,
    /// Of several: the times, in milliseconds.
    #[serde(flatten)]
    pub times: Option<RoundTrips>,
}

/// How many of several requests were answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SeriesCounts {
    /// Requests.
    pub sent: u32,
    /// Answers.
    pub answered: u32,
    /// The part without an answer, 0 to 1.
    pub loss: f64,
}

/// Round trips, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct RoundTrips {
    pub min_ms: f64,
    pub median_ms: f64,
    pub max_ms: f64,
}

/// Whether the password of an account may be seen, and is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordSeen {
    /// Whoever asked may not see it.
    Hidden,
    /// There is none.
    Unset,
    /// It is there.
    Set,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Found {
    /// Whether the server says when it wants to be asked again.
    pub(super) fn asks_to_wait(&self) -> bool {
        matches!(self, Self::Answers(Answers { retry_after: Some(_), .. }))
    }
}

impl Step {
    /// The same, with what was seen.
    pub fn found(self, found: Found) -> Self {
        Self { found, ..self }
    }

    /// More than fits into its text, a line each: how DNS led to its servers, and the certificates as they
    /// were sent where something is wrong. Nothing where a name only has addresses, which the text of the
    /// step tells.
    pub fn trail(&self) -> Vec<String> {
        if let Found::Tls(found) = &self.found {
            return if self.status == Status::Pass { Vec::new() } else { found.lines() };
        }
        let (Found::Names { trail, .. } | Found::NoNames { trail, .. }) = &self.found else {
            return Vec::new();
        };
        let leads_on = trail.iter().any(|line| ["NAPTR ", "SRV "].iter().any(|kind| line.starts_with(kind)));
        if leads_on { trail.clone() } else { Vec::new() }
    }

    /// Whether it says nothing about what is checked: the API, the network or the resolver of this
    /// machine failed. That a resolver could not find out about a domain is about the domain.
    pub fn is_ours(&self) -> bool {
        self.code.is_ours() && !self.is_of_domain()
    }

    /// Whether DNS itself says that a domain is broken.
    pub(super) fn is_of_domain(&self) -> bool {
        matches!(self.found, Found::NoNames { of_domain: true, .. })
    }

    /// What was seen, for programs.
    pub fn detail(&self) -> Map<String, Value> {
        let mut detail = match serde_json::to_value(&self.found) {
            Ok(Value::Object(detail)) => detail,
            _ => Map::new(),
        };
        if self.unasked {
            detail.insert("unasked".to_owned(), true.into());
        }
        if let Some(legs) = self.shared_by {
            detail.insert("shared_by".to_owned(), legs.into());
        }
        detail
    }
}
