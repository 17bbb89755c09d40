//! What the calls of a number say of where they are lost: on the way to the server, between the server and
//! the endpoint, or behind the endpoint.

use jiff::{SignedDuration, Timestamp};

use crate::phone::format::ago;
use crate::phone::{Call, CallDirection, CallList, CallStatus, CallsAnswer, EndpointId, HangupCause};
use crate::sip::{CallsSeen, Code, Found, Status, Step, StepKind};

/// What was longer ago says nothing of now.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A call that is over sooner was not talked in.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(5);

/// So many calls that end at once are no accident.
const HABIT: usize = 3;

/// What became of a call to the number, as far as somebody has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallEnd {
    /// Being set up, or somebody talks.
    Going,
    /// It was answered, and talked in.
    Answered,
    /// It was answered, and who called was gone at once.
    CallerGone,
    /// It was answered, and ended at once by the endpoint.
    EndpointGone,
    /// The endpoint was busy.
    Busy,
    /// It rang there, and nobody took it.
    NoAnswer,
    /// It was refused.
    Rejected,
    /// The server did not get through to the endpoint.
    Network,
    /// The endpoint said nothing in time.
    Timeout,
    /// It failed, and the server does not say why.
    Failed,
    /// It ended in a word that is not known here.
    Unknown,
}

impl CallEnd {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Going,
        Self::Answered,
        Self::CallerGone,
        Self::EndpointGone,
        Self::Busy,
        Self::NoAnswer,
        Self::Rejected,
        Self::Network,
        Self::Timeout,
        Self::Failed,
        Self::Unknown,
    ];

    /// What became of a call.
    pub fn of(call: &Call) -> Self {
        let is_short = call.lasted.is_some_and(|lasted| lasted < AT_ONCE);
        match (&call.status, &call.cause) {
            (CallStatus::Ringing | CallStatus::InProgress, _) => Self::Going,
            (CallStatus::Completed, Some(HangupCause::User)) if is_short => Self::CallerGone,
            (CallStatus::Completed, Some(HangupCause::Agent)) if is_short => Self::EndpointGone,
            (CallStatus::Completed, _) => Self::Answered,
            (CallStatus::Busy, _) | (CallStatus::Failed, Some(HangupCause::Busy)) => Self::Busy,
            (CallStatus::NoAnswer, _) | (CallStatus::Failed, Some(HangupCause::NoAnswer)) => Self::NoAnswer,
            (CallStatus::Failed, Some(HangupCause::Rejected)) => Self::Rejected,
            (CallStatus::Failed, Some(HangupCause::NetworkError)) => Self::Network,
            (CallStatus::Failed, Some(HangupCause::Timeout)) => Self::Timeout,
            (CallStatus::Failed, _) => Self::Failed,
            (CallStatus::Other(_), _) => Self::Unknown,
        }
    }

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Going => "going",
            Self::Answered => "answered",
            Self::CallerGone => "caller_hung_up_at_once",
            Self::EndpointGone => "endpoint_hung_up_at_once",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Rejected => "rejected",
            Self::Network => "network_error",
            Self::Timeout => "timeout",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Where calls that end so are lost, after "reached KrosAI".
    fn words(self) -> &'static str {
        match self {
            Self::Going => "is going on",
            Self::Answered => "was answered",
            Self::CallerGone => "was answered, and the caller hung up at once",
            Self::EndpointGone => "was answered, and the endpoint hung up at once",
            Self::Busy => "ended busy",
            Self::NoAnswer => "rang, and nobody answered",
            Self::Rejected => "was rejected",
            Self::Network => "did not get from there to the endpoint",
            Self::Timeout => "got no reply from the endpoint in time",
            Self::Failed => "failed for a reason that is not told",
            Self::Unknown => "ended in a way that is not known here",
        }
    }

    /// What to do about it, and whose it is; `None` where nothing is wrong.
    fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Going | Self::Answered | Self::Unknown => return None,
            Self::CallerGone => {
                "the route works: ask a caller what is heard; silence points to the audio of the endpoint"
            }
            Self::EndpointGone => "the route works: ask the owner of the endpoint why it ends calls at once",
            Self::Busy => {
                "the route works: ask the owner of the endpoint how many calls it takes at once, or attach \
                 another one with {attach}"
            }
            Self::NoAnswer => {
                "the route works: ask the owner of the endpoint who is to answer, or attach another one with \
                 {attach}"
            }
            Self::Rejected => {
                "look at the settings of the number first; then ask the owner of the endpoint why it refuses calls"
            }
            Self::Network => {
                "ask the owner of the endpoint and KrosAI: calls are lost between the two, whatever this machine \
                 sees"
            }
            Self::Timeout => {
                "ask the owner of the endpoint whether it was up then, and lets the addresses of KrosAI in"
            }
            Self::Failed => "ask KrosAI about the call by its id: numdeck history shows it",
        })
    }

    fn is_failure(self) -> bool {
        self.advice().is_some()
    }
}

/// What calls say, for a check of the number that they are of. `endpoint` is where the number leads now.
pub fn step_of_calls(list: &CallList, endpoint: Option<&EndpointId>, now: Timestamp) -> Step {
    let inbound: Vec<&Call> =
        list.calls.iter().filter(|call| call.direction == CallDirection::Inbound).collect();
    let is_fresh = |call: &&&Call| now.duration_since(call.at) < DAY;
    let day: Vec<&Call> = inbound.iter().filter(is_fresh).copied().collect();
    let seen = |end: Option<CallEnd>, advice| {
        let failed = day.iter().filter(|call| CallEnd::of(call).is_failure()).count();
        CallsSeen { day: day.len(), failed, last: end.map(CallEnd::word), advice }
    };
    let step = |code: Code, status: Status, text: String, seen: CallsSeen| {
        let text = if list.more { format!("{text}; more calls were not read") } else { text };
        Step::new(None, StepKind::Calls, code, text).as_status(status).found(Found::Calls(seen))
    };
    let Some(last) = day.first() else {
        let earlier = inbound.first().map_or_else(
            || "and none before that is known".to_owned(),
            |call| format!("the last one, {}, {}", ago(call.at, now), CallEnd::of(call).words()),
        );
        // One that fails and is not recorded was lost on the way to the server.
        let text = format!("no call reached KrosAI in the last 24 hours; {earlier}");
        return step(Code::Ok, Status::Info, text, seen(None, None));
    };
    let end = CallEnd::of(last);
    let run = day.iter().take_while(|call| CallEnd::of(call) == end).count();
    let when = ago(last.at, now);
    let what = match run {
        1 => format!("the last call, {when}, reached KrosAI and {}", end.words()),
        run => format!("the last {run} calls, the newest {when}, reached KrosAI; each {}", end.words()),
    };
    let failed = seen(None, None).failed;
    let of_day = match (failed, day.len()) {
        (failed, all) if failed > 0 && all > run => format!("; {failed} of {all} in 24 hours failed"),
        (_, all) if all > run => format!("; {all} in 24 hours"),
        _ => String::new(),
    };
    // Calls that went elsewhere say nothing of where the next one goes.
    let is_of_now = |call: &&Call| match (&call.endpoint, endpoint) {
        (Some(then), Some(now)) => then == now,
        (Some(_), None) => false,
        (None, _) => true,
    };
    if end.is_failure() && !is_of_now(last) {
        let text = format!("{what}{of_day}; it went to another endpoint than the next one will");
        return step(Code::Ok, Status::Info, text, seen(Some(end), None));
    }
    // Somebody who hangs up once is nobody's fault.
    let is_accident = matches!(end, CallEnd::CallerGone | CallEnd::EndpointGone) && run < HABIT;
    match end.advice().filter(|_| !is_accident) {
        Some(advice) => {
            let seen = seen(Some(end), Some(advice));
            step(Code::CallsLost, Status::Warn, format!("{what}{of_day}"), seen)
        }
        None => step(Code::Ok, Status::Info, format!("{what}{of_day}"), seen(Some(end), None)),
    }
}

/// What reading the calls of a number came to; `None` where it did not end in time.
pub fn step_of_answer(
    read: Option<Result<CallsAnswer, String>>,
    endpoint: Option<&EndpointId>,
    now: Timestamp,
) -> Step {
    match read {
        Some(Ok(CallsAnswer::Listed(list))) => step_of_calls(&list, endpoint, now),
        Some(Ok(CallsAnswer::Unlisted)) => step_without_calls(None),
        Some(Err(error)) => step_without_calls(Some(&error)),
        None => step_without_calls(Some("the server did not answer in time")),
    }
}

/// That the server lists no calls, or why they could not be read: nothing is known of them.
fn step_without_calls(why: Option<&str>) -> Step {
    let text = why.map_or_else(
        || "the server does not list calls".to_owned(),
        |why| format!("the calls could not be read: {why}"),
    );
    Step::new(None, StepKind::Calls, Code::Skipped, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::MaskedNumber;
    use crate::sip::{Health, Verdict};

    const NOW: i64 = 1_772_532_000;

    fn call(minutes: i64, status: &str, cause: &str, seconds: i64) -> Call {
        Call {
            id: None,
            at: Timestamp::from_second(NOW - 60 * minutes).unwrap(),
            direction: CallDirection::Inbound,
            other: MaskedNumber::of("+2348031234567"),
            status: CallStatus::parse(status),
            cause: (!cause.is_empty()).then(|| HangupCause::parse(cause)),
            lasted: Some(SignedDuration::from_secs(seconds)),
            endpoint: Some(EndpointId::new("ep_1")),
        }
    }

    fn seen(calls: Vec<Call>) -> Step {
        let list = CallList { calls, ..CallList::default() };
        step_of_calls(&list, Some(&EndpointId::new("ep_1")), Timestamp::from_second(NOW).unwrap())
    }

    /// What a check comes to whose settings are right and whose servers answer.
    fn verdict(step: Step) -> Verdict {
        let well = |kind| Step::new(None, kind, Code::Ok, "well");
        Verdict::of(&[well(StepKind::Settings), step, well(StepKind::Options)], &[])
    }

    #[test]
    fn calls_name_the_side_that_is_at_fault() {
        let again = |n: i64, status: &str, cause: &str, seconds: i64| -> Vec<Call> {
            (0..n).map(|at| call(12 + 60 * at, status, cause, seconds)).collect()
        };
        let mixed =
            vec![call(5, "busy", "", 0), call(50, "completed", "", 90), call(70, "failed", "timeout", 0)];
        let old = vec![call(3 * 24 * 60, "busy", "busy", 0)];
        let out = vec![Call { direction: CallDirection::Outbound, ..call(3, "busy", "", 0) }];
        let moved = vec![Call { endpoint: Some(EndpointId::new("ep_0")), ..call(3, "busy", "", 0) }];
        for (calls, said, side) in [
            (vec![], "no call reached KrosAI in the last 24 hours; and none", ""),
            (old, "no call reached KrosAI in the last 24 hours; the last one, 3 days ago, ended busy", ""),
            (out, "no call reached KrosAI in the last 24 hours", ""),
            (again(1, "ringing", "", 0), "is going on", ""),
            (again(4, "completed", "normal_clearing", 90), "the last 4 calls, the newest 12 min ago", ""),
            (
                again(3, "busy", "busy", 0),
                "the last 3 calls, the newest 12 min ago, reached KrosAI; each ended busy",
                "how many calls it takes",
            ),
            (again(2, "no_answer", "no_answer", 0), "rang, and nobody answered", "who is to answer"),
            (again(1, "failed", "rejected", 0), "was rejected", "why it refuses"),
            (again(1, "failed", "network_error", 0), "did not get from there", "between the two"),
            (again(1, "failed", "timeout", 0), "got no reply", "lets the addresses of KrosAI in"),
            (again(1, "failed", "", 0), "a reason that is not told", "by its id"),
            (
                again(3, "completed", "user_hangup", 2),
                "the caller hung up at once",
                "the audio of the endpoint",
            ),
            (again(3, "completed", "agent_hangup", 1), "the endpoint hung up at once", "why it ends calls"),
            (again(2, "completed", "user_hangup", 2), "the caller hung up at once", ""),
            (again(1, "parked", "", 0), "a way that is not known here", ""),
            (mixed, "ended busy; 2 of 3 in 24 hours failed", "how many calls it takes"),
            (moved, "it went to another endpoint than the next one will", ""),
        ] {
            let step = seen(calls);
            assert!(step.text.contains(said), "{} has no {said}", step.text);
            let text = step.text.clone();
            let verdict = verdict(step);
            if side.is_empty() {
                assert_eq!(
                    (verdict.health(), verdict.next.plain().as_str()),
                    (Health::Healthy, ""),
                    "{text}"
                );
            } else {
                assert_eq!((verdict.health(), verdict.code), (Health::Warning, Code::CallsLost), "{text}");
                assert!(verdict.next.plain().contains(side), "{}", verdict.next.plain());
            }
        }
    }

    #[test]
    fn a_route_that_is_broken_decides_whatever_calls_say() {
        let dead = Step::new(None, StepKind::Options, Code::NoAnswer, "nothing came back");
        let verdict = Verdict::of(&[seen(vec![call(1, "busy", "busy", 0)]), dead], &[]);
        assert_eq!(verdict.code, Code::NoAnswer);
    }

    #[test]
    fn what_was_not_read_is_told_and_is_no_fault() {
        let list = CallList { calls: vec![call(9, "completed", "", 9)], more: true, odd: 0 };
        let step = step_of_calls(&list, None, Timestamp::from_second(NOW).unwrap());
        assert!(step.text.ends_with("more calls were not read"), "{}", step.text);
        for step in [step_without_calls(None), step_without_calls(Some("it timed out"))] {
            assert_eq!(verdict(step).health(), Health::Healthy);
        }
    }

    #[test]
    fn a_clock_that_runs_ahead_makes_no_call_an_old_one() {
        assert!(seen(vec![call(-90, "busy", "", 0)]).text.contains("just now"));
    }

    #[test]
    fn every_end_has_a_word_of_its_own() {
        let words: std::collections::HashSet<&str> = CallEnd::ALL.iter().map(|end| end.word()).collect();
        assert_eq!(words.len(), CallEnd::ALL.len());
    }
}
