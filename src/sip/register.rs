//! Credentials, by a REGISTER that changes nothing: no Contact, no Expires (RFC 3261 section 10.2.3).
//! The password is used for one answer; a second one is given only when the server says that its own
//! nonce was too old.

use std::time::Duration;

use super::connection::Resources;
use super::digest::{Challenge, DigestError, Login};
use super::interpret;
use super::message::Authorization;
use super::probe::Alive;
use super::transaction::T1;
use super::{
    AuthRule, Code, Found, Leg, LegKind, Progress, Quirk, RequestCounts, Sighting, SipReply, SipRequest,
    SipUri, Status, Step, StepKind, Transport, UriError, Watch,
};
use crate::text::clean;

/// What is known of the credentials of a number.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// Both.
    Login(Login),
    /// The API does not show the password to this role.
    Hidden,
    /// There is nothing to check, and why.
    Missing(&'static str),
}

/// The account that is asked about. `Err`: there is none, and that is the whole step.
pub(super) fn account(leg: LegKind, access: &Access) -> Result<&Login, Box<Step>> {
    let step = |code: Code, text: &str| Box::new(Step::new(Some(leg), StepKind::Auth, code, text));
    match access {
        Access::Login(login) => Ok(login),
        Access::Hidden => Err(step(Code::AuthHidden, "your role may not see the password")),
        Access::Missing(why) => Err(step(Code::Skipped, why)),
    }
}

/// The step of credentials that do not go over this transport; `None`: they may.
pub(super) fn kept_back(leg: &Leg, transport: Transport, rule: AuthRule) -> Option<Step> {
    if rule.allows(transport) {
        return None;
    }
    let text = format!(
        "credentials were not sent: {transport} is not encrypted, and they can be guessed from what crosses it"
    );
    Some(Step::new(Some(leg.kind), StepKind::Auth, Code::Cleartext, text))
}

/// What became of credentials.
pub(super) struct RegisterResult {
    pub(super) step: Step,
    /// How many answers to challenges the server refused, without taking one in the end.
    pub(super) refused: usize,
    /// It calls every fresh nonce stale: nobody can register there, and nothing was rejected.
    pub(super) is_stale: bool,
    /// It is unavailable, and asks to wait so long, in seconds, if it says.
    pub(super) unavailable: Option<Option<u64>>,
}

/// Asks, over the connection on which the server has answered already.
pub(super) async fn authenticate(
    leg: &Leg,
    alive: &mut Alive,
    login: &Login,
    resources: Resources<'_>,
    sent: &mut RequestCounts,
    watch: Watch<'_>,
) -> RegisterResult {
    let label = alive.session.destination.label.clone();
    watch(Progress::Began { leg: leg.kind, kind: StepKind::Auth, target: Some(label.clone()) });
    let step = |code: Code, text: String| Step::new(Some(leg.kind), StepKind::Auth, code, text).at(&label);
    // Whose account it is, and where it is asked about, are two things (RFC 3261 section 10.2).
    let registrar = login.account.registrar(&leg.route.uri);
    let aor = match login.account.at(&registrar.host) {
        Ok(aor) if !login.username.contains(char::REPLACEMENT_CHARACTER) => aor,
        wrong => {
            let text = match wrong {
                Err(UriError::TooLong) => "not asked: the SIP username is too long for an address",
                _ => "not asked: the SIP username has characters that no address can carry",
            };
            return RegisterResult {
                step: step(Code::Skipped, text.to_owned()),
                refused: 0,
                is_stale: false,
                unavailable: None,
            };
        }
    };
    let clear = alive.session.destination.target.transport != Transport::Tls;
    let mut call = Call {
        alive,
        registrar: &registrar,
        aor: &aor,
        resources,
        sent,
        elapsed: Duration::ZERO,
        held: Vec::new(),
        refused: 0,
        is_stale: false,
        no_time: false,
        unheard: false,
        is_asked: false,
        last: None,
    };
    let (code, text) = call.ask(login).await.unwrap_or_else(|failure| failure);
    let mut step = step(code, text).took(call.elapsed);
    let last = call.last.take();
    if call.no_time {
        // Whoever asked for it must not read that all is well.
        step = step.found(Found::NoTime).as_status(Status::Skip);
    }
    if call.unheard {
        // It answered without them a moment ago: nothing is known of the credentials, nor of the server.
        step = step.as_status(Status::Skip);
    }
    if call.is_stale {
        // Nobody gets in there, whatever the password is.
        step = step.found(Found::Sighting(Sighting::Stale)).as_status(Status::Fail);
    }
    if code == Code::AuthOk {
        step = step.found(Found::Account { devices: last.as_ref().map_or(0, SipReply::contacts) });
        call.refused = 0;
        if clear {
            step.text.push_str("; they crossed an unencrypted path");
            step = step.as_status(Status::Warn);
        }
    }
    for reason in last.iter().flat_map(SipReply::reasons) {
        step.text = format!("{}; {reason}", step.text);
    }
    if !login.username.is_ascii() && code != Code::AuthOk {
        step.text.push_str("; the username is not ASCII, which many servers do not take");
    }
    if let (Code::AuthUnverifiable, Found::Nothing, Some(reply)) = (code, &step.found, &last) {
        step = step.found(Found::Registration { sip_status: reply.status });
        if reply.status == 404 && call.is_asked {
            // No phone gets in there.
            step = step.as_status(Status::Fail);
        }
    }
    let unavailable = last.filter(|reply| reply.status == 503).map(|reply| reply.retry_after());
    RegisterResult { step, refused: call.refused, is_stale: call.is_stale, unavailable }
}

/// A challenge that was answered, and by which header.
struct OpenChallenge {
    proxy: bool,
    challenge: Challenge,
}

/// REGISTER that one account may cost: without credentials, with them, and once more for a new nonce or
/// for the proxy before the registrar.
pub(super) const MOST_REGISTERS: usize = 3;

/// Bytes of answers that UDP carries: the rest of a request has to fit into 1300, too (RFC 3261 section
/// 18.1.1).
const LONGEST_BY_UDP: usize = 800;

struct Call<'a> {
    alive: &'a mut Alive,
    registrar: &'a SipUri,
    aor: &'a SipUri,
    resources: Resources<'a>,
    sent: &'a mut RequestCounts,
    elapsed: Duration,
    held: Vec<OpenChallenge>,
    refused: usize,
    is_stale: bool,
    no_time: bool,
    /// Nothing came back to credentials.
    unheard: bool,
    /// Credentials were sent.
    is_asked: bool,
    last: Option<SipReply>,
}

impl Call<'_> {
    async fn ask(&mut self, login: &Login) -> Result<(Code, String), (Code, String)> {
        let mut reply = self.register(login).await?;
        if let Some(known) = interpret::of_register(&reply) {
            return Ok(known);
        }
        for sent in 1.. {
            let proxy = reply.status == 407;
            let challenge = challenge(&reply).map_err(|what| {
                (Code::AuthUnsupported, format!("it offers nothing that can be used: {what}"))
            });
            let answered = self.held.iter_mut().find(|held| held.proxy == proxy);
            let unverifiable = |text: &str| Ok((Code::AuthUnverifiable, text.to_owned()));
            match (answered, challenge) {
                (Some(held), Ok(other)) if other.realm() != held.challenge.realm() => {
                    self.refused += 1;
                    return unverifiable(
                        "a second realm asks for credentials, which were given to the first one",
                    );
                }
                (Some(_), Ok(fresh)) if fresh.is_stale() && sent == MOST_REGISTERS => {
                    self.is_stale = true;
                    return unverifiable(
                        "the server called two fresh nonces stale, one after the other: who does not go on and on \
                         cannot register there",
                    );
                }
                // The same password with the server's new nonce: to the server this is not another guess.
                (Some(held), Ok(fresh)) if fresh.is_stale() => held.challenge = fresh,
                (Some(_), _) => {
                    self.refused += 1;
                    break;
                }
                (None, _) if sent == MOST_REGISTERS => {
                    return unverifiable("it asks for credentials a third time, in another way");
                }
                // A proxy before the registrar wants to know, too (RFC 3261 section 22.3).
                (None, challenge) => self.held.push(OpenChallenge { proxy, challenge: challenge? }),
            }
            reply = self.register(login).await?;
            if !matches!(reply.status, 401 | 407) {
                self.refused += usize::from(reply.status == 403);
                break;
            }
        }
        Ok(self.concluded(&reply))
    }

    fn concluded(&self, reply: &SipReply) -> (Code, String) {
        let held = self.held.last();
        let (code, mut text) =
            interpret::of_credentials(reply, held.map_or("", |held| held.challenge.algorithm()));
        let realm = held.map_or("", |held| held.challenge.realm());
        // Many registrars know an account by its domain, and name that as their realm.
        if code == Code::AuthRejected && realm != self.aor.host.to_string() {
            let account = self.aor.to_string();
            text = format!("{text}; its realm is {}, and the account was {account}", clean(realm, 60));
        }
        (code, text)
    }

    /// Sends one REGISTER, with an answer to each challenge that is held.
    async fn register(&mut self, login: &Login) -> Result<SipReply, (Code, String)> {
        let to = self.alive.session.destination.target.at.ip();
        // What OPTIONS left over may be nothing: a server is not silent that was given no time, nor less than
        // it has just needed.
        let least = T1.max(self.alive.took + self.alive.took / 4);
        if !self.alive.budget.turn(self.resources.pacer, to).await || self.alive.budget.left() < least {
            self.no_time = true;
            let text = "not asked: no time was left within the limit of the check".to_owned();
            return Err((Code::AuthUnverifiable, text));
        }
        let uri = self.registrar.to_string();
        let mut values = Vec::new();
        for held in &mut self.held {
            let value = held.challenge.answer(login, "REGISTER", &uri).map_err(|why| {
                (Code::AuthUnsupported, format!("it offers nothing that can be used: {why}"))
            })?;
            values.push((held.proxy, value));
        }
        let long: usize = values.iter().map(|(_, value)| value.expose().len()).sum();
        let is_udp = self.alive.session.destination.target.transport == Transport::Udp;
        if is_udp && long > LONGEST_BY_UDP {
            let text =
                "its challenge is so long that no answer fits into a datagram; try TCP or TLS".to_owned();
            return Err((Code::AuthUnsupported, text));
        }
        let answers: Vec<Authorization<'_>> = values
            .iter()
            .map(|(proxy, value)| Authorization { proxy: *proxy, value: value.expose() })
            .collect();
        let (registrar, aor) = (self.registrar, self.aor);
        let with_credentials = !answers.is_empty();
        let until = self.alive.budget.end();
        // What is lost is sent again as it is: to the server a retransmission is no second guess.
        let asked = self.alive.session.ask(self.resources, until, false, |sender, cseq, nonce| {
            SipRequest::register(sender, registrar, aor, cseq, nonce, &answers)
        });
        let asked = asked.await;
        self.sent.register += u32::from(asked.sends > 0);
        self.is_asked |= with_credentials;
        match asked.result {
            Ok(answer) => {
                self.elapsed += answer.elapsed;
                self.last = Some(answer.reply.clone());
                Ok(answer.reply)
            }
            Err(missed)
                if with_credentials
                    && matches!(missed.code, Code::NoAnswer | Code::Closed | Code::PortClosed) =>
            {
                self.unheard = true;
                let text =
                    format!("it answered a moment ago, and REGISTER with credentials not: {}", missed.text);
                Err((missed.code, text))
            }
            Err(missed) => Err((missed.code, format!("REGISTER: {}", missed.text))),
        }
    }
}

fn challenge(reply: &SipReply) -> Result<Challenge, DigestError> {
    let (name, other) = match reply.status {
        407 => ("proxy-authenticate", "www-authenticate"),
        _ => ("www-authenticate", "proxy-authenticate"),
    };
    if reply.header(name).is_none() && reply.header(other).is_some() {
        let wrong = format!("a challenge in the wrong header ({other} with {})", reply.status);
        return Err(DigestError::Offered(vec![wrong]));
    }
    Challenge::choose(reply.headers(name), !reply.quirks.contains(&Quirk::NotUtf8))
}
