//! What a reply, or its absence, means.

use std::sync::Arc;
use std::time::Duration;

use super::rules::Reading;
use super::socket::SocketTrouble;
use super::statuses;
use super::transaction::Transaction;
use super::{Code, LegKind, SipReply, Status, StatusRules, Step, StepKind, Target, Transport};
use crate::text::clean;

/// What a final reply to OPTIONS means to whoever has rules of their own for it.
pub(super) fn of_options(reply: &SipReply, rules: &StatusRules) -> (Code, Status, String) {
    let (code, text) = of_usual_options(reply);
    let status = code.outcome().status;
    match rules.read(reply.status) {
        Reading::Usual => (code, status, text),
        Reading::Up if code == Code::Ok => (code, status, text),
        Reading::Up => {
            (Code::Ok, Status::Pass, format!("{}, which the profile takes for up", answered(reply)))
        }
        Reading::Maintenance => {
            let wait = retry_after(reply);
            let text = format!("{}, which the profile takes for maintenance{wait}", answered(reply));
            (Code::Unavailable, Status::Warn, text)
        }
        Reading::NotUp if status == Status::Pass => {
            let text =
                format!("{}, and the profile takes {} alone for up", answered(reply), rules.up_words());
            (Code::AliveRefused, Status::Warn, text)
        }
        Reading::NotUp => (code, status, text),
    }
}

fn answered(reply: &SipReply) -> String {
    let server = reply.server().map_or(String::new(), |name| format!(" [{name}]"));
    format!("answered {}{server}", reply.status_words())
}

/// What a final reply to OPTIONS means: every reply shows that a server lives.
fn of_usual_options(reply: &SipReply) -> (Code, String) {
    let row = statuses::of(reply.status);
    let answered = answered(reply);
    let text = match row.code {
        Code::Redirect => format!("{answered}: points to {}, not followed", elsewhere(reply)),
        Code::Unavailable => format!("{answered}{}", retry_after(reply)),
        _ if row.words.is_empty() => answered,
        _ => format!("{answered}: {}", row.words),
    };
    (row.code, text)
}

/// Where a redirect points.
fn elsewhere(reply: &SipReply) -> String {
    let first = reply.first_contact().filter(|contact| !contact.is_empty());
    let first = first.map_or_else(|| "no address".to_owned(), |contact| clean(contact, 80));
    match reply.contacts() {
        0 | 1 => first,
        more => format!("{first} and {} more", more - 1),
    }
}

fn retry_after(reply: &SipReply) -> String {
    reply.retry_after().map_or(String::new(), |seconds| format!(", asks to wait {seconds} s"))
}

/// What the first reply to REGISTER means, before any credentials. `None`: a challenge.
pub(super) fn of_register(reply: &SipReply) -> Option<(Code, String)> {
    let words = reply.status_words();
    Some(match reply.status {
        401 | 407 => return None,
        200..=299 => {
            (Code::AuthOpen, "accepted without asking for a password, which was not tested".to_owned())
        }
        _ => of_failure(reply).unwrap_or_else(|| {
            let text = format!("takes no REGISTER from here: {words}{}", retry_after(reply));
            (Code::AuthUnverifiable, text)
        }),
    })
}

/// What the reply to credentials means.
pub(super) fn of_credentials(reply: &SipReply, algorithm: &str) -> (Code, String) {
    let words = reply.status_words();
    match reply.status {
        200..=299 => {
            let devices = match reply.contacts() {
                0 => "0 devices registered".to_owned(),
                1 => "1 device registered".to_owned(),
                more => format!("{more} devices registered"),
            };
            (Code::AuthOk, format!("username and password accepted (digest {algorithm}), {devices}"))
        }
        // Who one is comes before whether the account is there (RFC 3261 section 10.3).
        404 => (
            Code::AuthUnverifiable,
            format!(
                "the credentials were neither accepted nor rejected: the account is not known there: {words}"
            ),
        ),
        401 | 403 | 407 => {
            (Code::AuthRejected, format!("username or password rejected: {words} (digest {algorithm})"))
        }
        _ => of_failure(reply).unwrap_or_else(|| {
            (Code::AuthUnverifiable, format!("the credentials were neither accepted nor rejected: {words}"))
        }),
    }
}

fn of_failure(reply: &SipReply) -> Option<(Code, String)> {
    let answered = format!("it answered REGISTER with {}", reply.status_words());
    let (code, text) = match reply.status {
        300..=399 => (Code::Redirect, format!("{answered}: points to {}, not followed", elsewhere(reply))),
        503 => (Code::Unavailable, format!("{answered}{}", retry_after(reply))),
        501 => return None,
        482 | 483 => (Code::Loop, format!("{answered}: the request goes in a circle")),
        408 | 500..=599 => (Code::ServerError, answered),
        _ => return None,
    };
    Some((code, format!("{text}; nothing is known of the credentials")))
}

/// Why there is no reply.
pub(super) fn of_trouble(
    trouble: &SocketTrouble,
    transaction: &Transaction,
    target: &Target,
    waited: Duration,
) -> (Code, String) {
    let seconds = format!("{:.1} s", waited.as_secs_f64());
    match trouble {
        SocketTrouble::Silence | SocketTrouble::Strays(_) if transaction.is_flooded() => (
            Code::NoAnswer,
            format!("{} provisional replies came, and no final one", transaction.provisionals),
        ),
        // Whoever works on our request lives, whatever else comes.
        SocketTrouble::Silence | SocketTrouble::Strays(_) if transaction.provisionals > 0 => {
            (Code::NoAnswer, format!("a provisional reply came, and no final one in {seconds}"))
        }
        SocketTrouble::Silence if target.transport == Transport::Udp => {
            let sends = transaction.sends;
            let times = if sends == 1 { "sent once".to_owned() } else { format!("sent {sends} times") };
            (Code::NoAnswer, format!("nothing came back in {seconds} ({times}); no proof that it is down"))
        }
        SocketTrouble::Silence => (Code::NoAnswer, format!("connected, and no reply came in {seconds}")),
        SocketTrouble::Strays(1) => {
            (Code::BadReply, "a packet came, and it does not answer our request".to_owned())
        }
        SocketTrouble::Strays(n) => {
            (Code::BadReply, format!("{n} packets came, and none of them answers our request"))
        }
        SocketTrouble::Rewritten(words, what) => (
            Code::BadReply,
            format!("a reply to our Call-ID came ({words}), with {what}: something on the way rewrites SIP"),
        ),
        SocketTrouble::Elsewhere(from, words) => (
            Code::Elsewhere,
            format!("answered {words}, but from {from} and not from {}, which was asked", target.at),
        ),
        SocketTrouble::Unreachable => unreachable(target),
        SocketTrouble::Refused => (Code::PortClosed, refused(target)),
        SocketTrouble::Tls(why) => (why.code, why.text.clone()),
        SocketTrouble::Closed(how) => (Code::Closed, format!("connected, then hung up: {how}")),
        SocketTrouble::NotSip(what) => (Code::BadReply, what.to_string()),
        SocketTrouble::Network(why) => {
            (Code::Network, format!("this machine cannot send to {}: {why}", target.words()))
        }
    }
}

/// Why there is no connection.
pub(super) fn of_connect(trouble: &SocketTrouble, target: &Target) -> (Code, String) {
    match trouble {
        SocketTrouble::Refused => (Code::PortClosed, refused(target)),
        SocketTrouble::Network(why) => {
            (Code::Network, format!("this machine cannot reach {}: {why}", target.words()))
        }
        SocketTrouble::Closed(how) => (Code::Closed, format!("{} hung up at once: {how}", target.words())),
        SocketTrouble::Unreachable => unreachable(target),
        _ => (Code::NoAnswer, format!("{} does not answer; no proof that it is down", target.words())),
    }
}

/// A firewall that rejects says the same as a machine on which nothing listens.
fn refused(target: &Target) -> String {
    format!("nothing listens on {}, or a firewall rejects this machine", target.words())
}

/// Said by a router on the way, or because nobody on the local network has that address.
fn unreachable(target: &Target) -> (Code, String) {
    let text = format!(
        "the network says that {} cannot be reached: no route to it, or a firewall refuses",
        target.at.ip()
    );
    (Code::NoAnswer, text)
}

/// A server that answers REGISTER lives, whatever became of OPTIONS there: one method's silence is not the
/// server's.
pub(super) fn of_silence(steps: &mut [Arc<Step>]) {
    let heard: Vec<String> = steps
        .iter()
        .filter(|step| step.is_answer_to_register())
        .filter_map(|step| step.target.clone())
        .collect();
    let accepted: Vec<String> = steps
        .iter()
        .filter(|step| step.code == Code::AuthOk)
        .filter_map(|step| step.target.clone())
        .collect();
    let is_accepted = |target: &String| accepted.contains(target);
    for step in steps {
        let is_silence = step.kind == StepKind::Options
            && matches!(step.code, Code::NoAnswer | Code::Closed | Code::BadReply);
        let is_there = |target: &String| heard.contains(target);
        if is_silence && step.status == Status::Fail && step.target.as_ref().is_some_and(is_there) {
            let text = format!("alive, it answers REGISTER, and not OPTIONS: {}", step.text);
            *step = Arc::new(Step { text, status: Status::Warn, ..Step::clone(step) });
        } else if step.code == Code::AliveRefused && step.target.as_ref().is_some_and(is_accepted) {
            // Whoever reads the verdict alone has asked about the account.
            let text = format!("{}; it accepts the credentials", step.text);
            *step = Arc::new(Step { text, ..Step::clone(step) });
        }
    }
}

/// What several targets of one leg come to, beside their own steps. A target that this machine cannot
/// reach at all, IPv6 for most, is no trouble of a leg that answers elsewhere.
pub(super) fn of_targets(leg: LegKind, targets: &mut [Vec<Step>]) -> Option<Step> {
    let answers = |steps: &[Step]| {
        steps
            .iter()
            .any(|step| step.kind == StepKind::Options && matches!(step.status, Status::Pass | Status::Warn))
    };
    let alive = targets.iter().filter(|steps| answers(steps)).count();
    if alive == 0 {
        return None;
    }
    let mut dead = Vec::new();
    for step in targets.iter_mut().flatten().filter(|step| step.status == Status::Fail) {
        if step.code == Code::Network {
            step.status = Status::Info;
        } else {
            dead.push(format!("{}: {}", step.target.as_deref().unwrap_or_default(), step.text));
        }
    }
    let silent = dead.len();
    let unasked: Vec<&Step> = targets.iter().flatten().filter(|step| step.unasked).collect();
    if let Some(first) = unasked.first() {
        let others = if unasked.len() == 1 { "1 was".to_owned() } else { format!("{} were", unasked.len()) };
        dead.push(format!("{others} {}", first.text));
    }
    if dead.is_empty() {
        return None;
    }
    let all = alive + silent + unasked.len();
    let text = format!("{alive} of {all} targets answer as they should; {}", dead.join("; "));
    let step = Step::new(Some(leg), StepKind::Options, Code::Partial, text);
    Some(if silent == 0 { step.not_asked() } else { step })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, more: &str) -> SipReply {
        SipReply::parse(format!("SIP/2.0 {status} Reason\r\n{more}\r\n").as_bytes()).unwrap()
    }

    #[test]
    fn a_profile_reads_statuses_in_its_own_way() {
        let rules = StatusRules { up: Some(vec![200, 404]), maintenance: vec![503] };
        for (status, code, wanted, said) in [
            (200, Code::Ok, Status::Pass, "200 Reason"),
            (404, Code::Ok, Status::Pass, "takes for up"),
            (503, Code::Unavailable, Status::Warn, "maintenance"),
            (202, Code::AliveRefused, Status::Warn, "takes 200, 404 alone for up"),
            (401, Code::AliveRefused, Status::Warn, "takes 200, 404 alone for up"),
            (500, Code::ServerError, Status::Fail, "500 Reason"),
            (486, Code::AliveRefused, Status::Warn, "alive"),
        ] {
            let (of, as_status, text) = of_options(&reply(status, ""), &rules);
            assert_eq!((of, as_status), (code, wanted), "{status}");
            assert!(text.contains(said), "{status}: {text}");
        }
    }

    #[test]
    fn a_reply_to_options_is_told_with_what_it_means() {
        let (code, text) = of_usual_options(&reply(404, ""));
        assert_eq!(
            (code, text.as_str()),
            (Code::AliveRefused, "answered 404 Reason: alive, says that it does not know this address")
        );
        let (_, text) = of_usual_options(&reply(503, "Retry-After: 30 (busy)\r\n"));
        assert!(text.ends_with("asks to wait 30 s"), "{text}");
        let (_, text) = of_usual_options(&reply(302, "m: <sip:a@b>, <sip:c@d>\r\nContact: <sip:e@f>\r\n"));
        assert!(text.ends_with("points to <sip:a@b> and 2 more, not followed"), "{text}");
    }

    #[test]
    fn every_reply_to_register_has_a_meaning() {
        for (status, first, second) in [
            (200, Some(Code::AuthOpen), Code::AuthOk),
            (401, None, Code::AuthRejected),
            (407, None, Code::AuthRejected),
            (400, Some(Code::AuthUnverifiable), Code::AuthUnverifiable),
            (403, Some(Code::AuthUnverifiable), Code::AuthRejected),
            (404, Some(Code::AuthUnverifiable), Code::AuthUnverifiable),
            (405, Some(Code::AuthUnverifiable), Code::AuthUnverifiable),
            (501, Some(Code::AuthUnverifiable), Code::AuthUnverifiable),
            (500, Some(Code::ServerError), Code::ServerError),
            (503, Some(Code::Unavailable), Code::Unavailable),
            (302, Some(Code::Redirect), Code::Redirect),
            (482, Some(Code::Loop), Code::Loop),
        ] {
            assert_eq!(of_register(&reply(status, "")).map(|(code, _)| code), first, "{status}");
            assert_eq!(of_credentials(&reply(status, ""), "MD5").0, second, "{status}");
        }
        let (_, text) = of_credentials(&reply(200, "Contact: <sip:a@b>\r\nContact: <sip:c@d>\r\n"), "MD5");
        assert!(text.ends_with("2 devices registered"), "{text}");
    }

    #[test]
    fn some_targets_are_enough_to_be_alive() {
        let step = |code: Code, target: &str| {
            vec![
                Step::new(Some(LegKind::Inbound), StepKind::Options, code, code.outcome().sentence)
                    .at(target),
            ]
        };
        let of = |codes: &[Code]| {
            let mut targets: Vec<Vec<Step>> = codes.iter().map(|code| step(*code, "t")).collect();
            let partial = of_targets(LegKind::Inbound, &mut targets).map(|step| step.code);
            (partial, targets.iter().flatten().map(|step| step.status).collect::<Vec<_>>())
        };
        assert_eq!(of(&[Code::Ok, Code::NoAnswer]), (Some(Code::Partial), vec![Status::Pass, Status::Fail]));
        assert_eq!(of(&[Code::Ok, Code::Network]), (None, vec![Status::Pass, Status::Info]));
        assert_eq!(of(&[Code::NoAnswer, Code::Network]), (None, vec![Status::Fail, Status::Fail]));
        assert_eq!(of(&[Code::Ok, Code::Ok]), (None, vec![Status::Pass, Status::Pass]));
    }

    #[test]
    fn a_target_that_had_no_turn_is_neither_dead_nor_passed_over() {
        let step = |code: Code, text: &str| {
            vec![Step::new(Some(LegKind::Inbound), StepKind::Options, code, text).at("t")]
        };
        let unasked = || vec![step(Code::Skipped, "not asked: why").remove(0).not_asked()];
        let mut targets = [step(Code::Ok, ""), step(Code::NoAnswer, "silent"), unasked(), unasked()];
        let partial = of_targets(LegKind::Inbound, &mut targets).map(|step| (step.code, step.text));
        let text = "1 of 4 targets answer as they should; t: silent; 2 were not asked: why";
        assert_eq!(partial, Some((Code::Partial, text.to_owned())));
        assert_eq!(of_targets(LegKind::Inbound, &mut [unasked(), unasked()]), None);
        let partial = of_targets(LegKind::Inbound, &mut [step(Code::Ok, ""), unasked()]).unwrap();
        assert!(crate::sip::advice::of(&partial, None).plain().contains("LongerLimit"));
    }
}
