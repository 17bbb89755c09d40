//! Credentials, by a REGISTER that changes nothing: no Contact, no Expires (RFC 3261 section 10.2.3).
//! The password is used for one answer; a second one is given only when the server says that its own
//! nonce was too old.

use std::time::Duration;

use tokio::time::Instant;

use super::digest::{Challenge, Login};
use super::judge;
use super::message::Authorization;
use super::probe::{Alive, token};
use super::transaction::{T1, Transaction};
use super::{
    AuthRule, Code, Leg, Pacer, Progress, Reply, Request, Sent, SipUri, Status, Step, StepKind, Transport,
    Watch,
};
use crate::phone::{Password, SipCredentials};

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

impl Access {
    /// From the credentials of a number.
    pub fn of(credentials: Option<&SipCredentials>) -> Self {
        let Some(credentials) = credentials else {
            return Self::Missing("the API gives no SIP credentials for it");
        };
        let username = credentials.username.as_deref().filter(|name| !name.is_empty());
        match (&credentials.password, username) {
            (Password::Hidden, _) => Self::Hidden,
            (Password::Unset, _) => Self::Missing("no SIP password is set"),
            (_, None) => Self::Missing("no SIP username is set"),
            (Password::Set(password), Some(username)) => {
                Self::Login(Login { username: username.to_owned(), password: password.clone() })
            }
        }
    }
}

/// What is known without a packet. `Err` is the whole step.
pub(super) fn may_ask<'a>(
    leg: &Leg,
    transport: Option<Transport>,
    access: &'a Access,
    rule: AuthRule,
) -> Result<&'a Login, Box<Step>> {
    let step = |code: Code, text: &str| Box::new(Step::new(Some(leg.kind), StepKind::Auth, code, text));
    let login = match access {
        Access::Login(login) => login,
        Access::Hidden => return Err(step(Code::AuthHidden, "your role may not see the password")),
        Access::Missing(why) => return Err(step(Code::Skipped, why)),
    };
    match transport {
        None => Err(step(Code::Skipped, "not asked: no server answered")),
        Some(Transport::Tls) => Ok(login),
        Some(_) if rule == AuthRule::Cleartext => Ok(login),
        Some(other) => Err(step(
            Code::Cleartext,
            &format!(
                "credentials were not sent: {other} is not encrypted, and they can be guessed from what crosses it"
            ),
        )),
    }
}

/// Asks, over the connection on which the server has answered already.
pub(super) async fn authenticate(
    leg: &Leg,
    alive: &mut Alive,
    login: &Login,
    pacer: &Pacer,
    sent: &mut Sent,
    watch: Watch<'_>,
) -> Step {
    watch(Progress::Began { leg: leg.kind, kind: StepKind::Auth, target: Some(alive.label.clone()) });
    let step = |code: Code, text: String| Step::new(Some(leg.kind), StepKind::Auth, code, text);
    // Credentials go to the host that they are for, and to no other.
    let registrar = leg.route.uri.without_user();
    let user = login.username.split('@').next().unwrap_or_default();
    let domain = SipUri::of_host(registrar.host.clone(), None);
    let Ok(aor) = domain.with_user(user) else {
        return step(Code::Skipped, "the SIP username has characters that no address can carry".to_owned());
    };
    let mut call = Call { alive, registrar: &registrar, aor: &aor, pacer, sent, elapsed: Duration::ZERO };
    let (code, text) = call.ask(login).await.unwrap_or_else(|failure| failure);
    let elapsed = call.elapsed;
    let clear = call.alive.target.transport != Transport::Tls;
    let label = call.alive.label.clone();
    let mut step = step(code, text).took(elapsed).at(&label);
    if clear && code == Code::AuthOk {
        step.text.push_str("; they crossed an unencrypted path");
        step = step.as_status(Status::Warn);
    }
    if !login.username.is_ascii() {
        step.text.push_str("; the username is not ASCII, which many servers do not take");
    }
    step
}

struct Call<'a> {
    alive: &'a mut Alive,
    registrar: &'a SipUri,
    aor: &'a SipUri,
    pacer: &'a Pacer,
    sent: &'a mut Sent,
    elapsed: Duration,
}

impl Call<'_> {
    async fn ask(&mut self, login: &Login) -> Result<(Code, String), (Code, String)> {
        let reply = self.register(None).await?;
        if let Some(known) = judge::of_register(&reply) {
            return Ok(known);
        }
        let (reply, algorithm) = self.respond(&reply, login).await?;
        if !matches!(reply.status, 401 | 407) {
            return Ok(judge::of_credentials(&reply, algorithm));
        }
        let is_stale = challenge(&reply).is_ok_and(|challenge| challenge.is_stale());
        if !is_stale {
            return Ok(judge::of_credentials(&reply, algorithm));
        }
        // The same password with the server's new nonce: to the server this is not another guess.
        let (reply, algorithm) = self.respond(&reply, login).await?;
        let again = matches!(reply.status, 401 | 407)
            && challenge(&reply).is_ok_and(|challenge| challenge.is_stale());
        if again {
            let text = "the server calls its own fresh nonce stale, again and again".to_owned();
            return Ok((Code::AuthUnverifiable, text));
        }
        Ok(judge::of_credentials(&reply, algorithm))
    }

    /// Answers a challenge.
    async fn respond(
        &mut self,
        reply: &Reply,
        login: &Login,
    ) -> Result<(Reply, &'static str), (Code, String)> {
        let unsupported =
            |what: String| (Code::AuthUnsupported, format!("it offers nothing that can be used: {what}"));
        let mut challenge = challenge(reply).map_err(unsupported)?;
        let algorithm = challenge.algorithm();
        let value = challenge
            .answer(login, "REGISTER", &self.registrar.to_string())
            .map_err(|why| unsupported(crate::phone::clean(&why, 120)))?;
        let proxy = reply.status == 407;
        let reply = self.register(Some((proxy, &value))).await?;
        Ok((reply, algorithm))
    }

    async fn register(
        &mut self,
        value: Option<(bool, &crate::phone::Secret)>,
    ) -> Result<Reply, (Code, String)> {
        let target = self.alive.target;
        self.alive.until += self.pacer.turn(target.at.ip()).await;
        let left = self.alive.until.saturating_duration_since(Instant::now());
        // What OPTIONS left over may be nothing: a server is not silent that was given no time.
        if left < T1 {
            let text = "not asked: no time was left; raise --timeout".to_owned();
            return Err((Code::AuthUnverifiable, text));
        }
        self.alive.cseq += 1;
        let authorization = value.map(|(proxy, value)| Authorization { proxy, value: value.expose() });
        let request = Request::register(
            &self.alive.sender,
            self.registrar,
            self.aor,
            self.alive.cseq,
            &token(),
            authorization,
        );
        let mut transaction = Transaction::new(&request, target.transport, left);
        let result = self.alive.wire.exchange(&request, &mut transaction).await;
        self.sent.register += u32::from(transaction.sends > 0);
        match result {
            Ok(answer) => {
                self.elapsed += answer.elapsed;
                Ok(answer.reply)
            }
            Err(trouble) => {
                let (code, text) = judge::of_trouble(&trouble, &transaction, &target, left);
                Err((code, format!("REGISTER: {text}")))
            }
        }
    }
}

fn challenge(reply: &Reply) -> Result<Challenge, String> {
    let name = if reply.status == 407 { "proxy-authenticate" } else { "www-authenticate" };
    Challenge::choose(reply.headers(name))
}
