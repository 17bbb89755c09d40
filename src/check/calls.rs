//! What the calls of a number say of where they are lost: on the way to the server, between the server and
//! the endpoint, or behind the endpoint.

use jiff::{SignedDuration, Timestamp};

use crate::phone::format::ago;
use crate::phone::{
    Call, CallDirection, CallList, CallStatus, CallsAnswer, EndpointId, HangupCause, Moment, Number,
};
use crate::sip::{CallsSeen, Code, Found, Status, Step, StepKind};

/// What was longer ago says nothing of now.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A call that is over sooner was not talked in.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(5);

/// So many calls that end at once are no accident.
const HABIT: usize = 3;

/// Clocks differ by less than this.
const AHEAD: SignedDuration = SignedDuration::from_mins(15);

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
    /// Whoever called gave up before anybody answered.
    GivenUp,
    /// It ended in a word that is not known here.
    Unknown,
}

impl CallEnd {
    /// All of them.
    pub const ALL: [Self; 12] = [
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
        Self::GivenUp,
        Self::Unknown,
    ];

    /// What became of a call: by its cause first, which says more than how it ended.
    pub fn of(call: &Call) -> Self {
        let is_short = call.lasted.is_some_and(|lasted| lasted < AT_ONCE);
        let was_answered = call.answered != Some(false);
        match (&call.status, &call.cause) {
            (CallStatus::Ringing | CallStatus::InProgress, _) => Self::Going,
            (CallStatus::Other(_), _) => Self::Unknown,
            (_, Some(HangupCause::NetworkError)) => Self::Network,
            (_, Some(HangupCause::Timeout)) => Self::Timeout,
            (_, Some(HangupCause::Rejected)) | (CallStatus::Rejected, _) => Self::Rejected,
            (_, Some(HangupCause::Busy)) | (CallStatus::Busy, _) => Self::Busy,
            (CallStatus::NoAnswer | CallStatus::Cancelled, Some(HangupCause::User))
            | (CallStatus::Cancelled, _) => Self::GivenUp,
            (_, Some(HangupCause::NoAnswer)) | (CallStatus::NoAnswer, _) => Self::NoAnswer,
            (CallStatus::Completed, Some(HangupCause::User)) if is_short => Self::CallerGone,
            (CallStatus::Completed, Some(HangupCause::Agent)) if is_short => Self::EndpointGone,
            (CallStatus::Completed, _) if was_answered => Self::Answered,
            (CallStatus::Completed | CallStatus::Failed, _) => Self::Failed,
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
            Self::GivenUp => "given_up",
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
            Self::GivenUp => "was given up by the caller before anybody answered",
            Self::Unknown => "ended in a way that is not known here",
        }
    }

    /// What to do about it, and whose it is; `None` where nothing is wrong.
    fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Going | Self::Answered | Self::Unknown => return None,
            Self::GivenUp => "the route works: ask the owner of the endpoint how long callers wait",
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

    /// Whether it says something only where it happens again and again: it may be the caller's own doing.
    fn may_be_chance(self) -> bool {
        matches!(self, Self::CallerGone | Self::EndpointGone | Self::GivenUp)
    }
}

/// What is known of the number now, which calls of an earlier time do not know.
#[derive(Debug, Clone, Copy)]
pub struct CalledNumber<'a> {
    /// Where it leads.
    pub endpoint: Option<&'a EndpointId>,
    /// When it was changed last, where that is known.
    pub changed: Option<Timestamp>,
}

impl<'a> CalledNumber<'a> {
    /// What is known by a record.
    pub fn of(number: &'a Number) -> Self {
        let changed = number.updated_at.as_ref().and_then(Moment::instant);
        Self { endpoint: number.endpoint.value(), changed }
    }

    /// Whether a call went where the next one goes.
    fn is_same_way(self, call: &Call) -> bool {
        match (&call.endpoint, self.endpoint) {
            (Some(then), Some(now)) => then == now,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

/// What calls say, for a check of the number that they are of. Their age is by the server's clock, where it is
/// told, else by `now`.
pub fn step_of_calls(list: &CallList, number: CalledNumber<'_>, now: Timestamp) -> Step {
    let now = list.as_of.unwrap_or(now);
    let day = CallsOfDay::of(list, number, now);
    let step = |code: Code, status: Status, text: String, end: Option<CallEnd>, advice| {
        let seen =
            CallsSeen { day: day.calls.len(), failed: day.failed(), last: end.map(CallEnd::word), advice };
        Step::new(None, StepKind::Calls, code, text).as_status(status).found(Found::Calls(seen))
    };
    let Some(newest) = day.calls.first() else {
        if let Some(why) = day.unknown() {
            return step_without_calls(Some(&why));
        }
        // One that fails and is not recorded was lost on the way to the server.
        let text = format!("no call reached KrosAI in the last 24 hours; {}", day.earlier(now));
        return step(Code::Ok, Status::Info, text, None, None);
    };
    let habit = day.habit();
    let (told, run) = habit.unwrap_or((newest, 1));
    let (end, text) = (CallEnd::of(told), day.words(told, run, now));
    let (text, advice) = match day.usual_loss(number.changed) {
        // Nobody is blamed for what is not known, or may be chance.
        _ if habit.is_none() || list.unsure => (text, None),
        // What was before the number was changed last says nothing of how it is now.
        _ if end.is_failure() && number.changed.is_some_and(|at| at > told.at) => {
            (format!("{text}; that was before the number was changed last"), None)
        }
        // One that got through does not make it well.
        Some((usual, lost)) if !end.is_failure() => {
            (format!("{text}; each of {lost} others {}", usual.words()), usual.advice())
        }
        _ => (text, end.advice()),
    };
    match advice {
        Some(_) => step(Code::CallsLost, Status::Warn, text, Some(end), advice),
        None => step(Code::Ok, Status::Info, text, Some(end), None),
    }
}

/// The inbound calls of the last day.
struct CallsOfDay<'a> {
    list: &'a CallList,
    /// All of them, the newest first.
    calls: Vec<&'a Call>,
    /// Those that are over, in a way that is known, and went where the next one goes.
    judged: Vec<&'a Call>,
    /// The newest of those before them.
    before: Option<&'a Call>,
    /// How many are dated in the future.
    ahead: usize,
}

impl<'a> CallsOfDay<'a> {
    fn of(list: &'a CallList, number: CalledNumber<'_>, now: Timestamp) -> Self {
        let inbound = list.calls.iter().filter(|call| call.direction == CallDirection::Inbound);
        let (ahead, past): (Vec<&Call>, Vec<&Call>) =
            inbound.partition(|call| call.at.duration_since(now) > AHEAD);
        let (calls, earlier): (Vec<&Call>, Vec<&Call>) =
            past.into_iter().partition(|call| now.duration_since(call.at) < DAY);
        let is_judged = |call: &&&Call| {
            number.is_same_way(call) && !matches!(CallEnd::of(call), CallEnd::Going | CallEnd::Unknown)
        };
        let judged = calls.iter().filter(is_judged).copied().collect();
        Self { list, calls, judged, before: earlier.first().copied(), ahead: ahead.len() }
    }

    fn failed(&self) -> usize {
        self.calls.iter().filter(|call| CallEnd::of(call).is_failure()).count()
    }

    /// Why nothing is known of the last day, though no call of it was seen.
    fn unknown(&self) -> Option<String> {
        match (self.list.odd, self.ahead) {
            _ if self.list.unsure => Some("the newest of them were not reached".to_owned()),
            (0, 0) => None,
            (0, ahead) => Some(format!("{ahead} of them are dated in the future")),
            (odd, _) => Some(format!("{odd} rows have no time with a zone, or no status")),
        }
    }

    /// What is known of the time before the last day.
    fn earlier(&self, now: Timestamp) -> String {
        self.before.map_or_else(
            || "and none before that is known".to_owned(),
            |call| format!("the last one, {}, {}", ago(call.at, now), CallEnd::of(call).words()),
        )
    }

    /// The newest call that tells how calls end now, and how many in a row end so; what may be chance is passed
    /// over until it is a habit. `None` where nothing can be judged.
    fn habit(&self) -> Option<(&'a Call, usize)> {
        let mut rest = self.judged.as_slice();
        while let Some(newest) = rest.first() {
            let end = CallEnd::of(newest);
            let run = rest.iter().take_while(|call| CallEnd::of(call) == end).count();
            if !end.may_be_chance() || run >= HABIT {
                return Some((newest, run));
            }
            rest = &rest[run..];
        }
        None
    }

    /// How most calls since a time are lost, and how many, where that is half of them or more.
    fn usual_loss(&self, since: Option<Timestamp>) -> Option<(CallEnd, usize)> {
        let ends: Vec<CallEnd> = self
            .judged
            .iter()
            .filter(|call| since.is_none_or(|since| call.at >= since))
            .map(|call| CallEnd::of(call))
            .collect();
        let count = |end: CallEnd| ends.iter().filter(|one| **one == end).count();
        let lost = CallEnd::ALL.into_iter().filter(|end| end.is_failure() && !end.may_be_chance());
        let usual = lost.map(|end| (end, count(end))).max_by_key(|(_, count)| *count)?;
        (usual.1 >= HABIT && usual.1 * 2 >= ends.len()).then_some(usual)
    }

    /// What was seen: how a call ended, and as many before it; when; and what else there was that day.
    fn words(&self, call: &Call, run: usize, now: Timestamp) -> String {
        let (end, when) = (CallEnd::of(call), ago(call.at, now));
        let words = match end {
            // In the server's own words where ours are none.
            CallEnd::Unknown => format!("{} ({})", end.words(), call.status.words()),
            end => end.words().to_owned(),
        };
        let is_newest = self.calls.first().is_some_and(|newest| std::ptr::eq(*newest, call));
        let what = match run {
            1 if is_newest => format!("the last call, {when}, reached KrosAI and {words}"),
            1 => format!("the last call that says something, {when}, reached KrosAI and {words}"),
            run => format!("the last {run} calls, the newest {when}, reached KrosAI; each {words}"),
        };
        let (failed, all) = (self.failed(), self.calls.len());
        let of_day = match (failed, all) {
            (failed, all) if failed > 0 && all > run => format!("; {failed} of {all} in 24 hours failed"),
            (_, all) if all > run => format!("; {all} in 24 hours"),
            _ => String::new(),
        };
        let elsewhere = self.judged.is_empty() && self.failed() > 0;
        let elsewhere = if elsewhere { "; they went to another endpoint than the next one will" } else { "" };
        let unread = match (self.list.unsure, self.list.more) {
            (true, _) => "; newer ones may not have been read",
            (false, true) => "; earlier calls were not read",
            (false, false) => "",
        };
        format!("{what}{of_day}{elsewhere}{unread}")
    }
}

/// What reading the calls of a number came to; `None` where it did not end in time.
pub fn step_of_answer(
    read: Option<Result<CallsAnswer, String>>,
    number: CalledNumber<'_>,
    now: Timestamp,
) -> Step {
    match read {
        Some(Ok(CallsAnswer::Listed(list))) => step_of_calls(&list, number, now),
        Some(Ok(CallsAnswer::Unlisted)) => step_without_calls(None),
        Some(Err(error)) => step_without_calls(Some(&error)),
        None => step_without_calls(Some("the server did not answer in time")),
    }
}

/// That the server lists no calls, or why they could not be read: nothing is known of them.
fn step_without_calls(why: Option<&str>) -> Step {
    let text = why.map_or_else(
        || "the server does not list calls".to_owned(),
        |why| format!("what became of calls is not known: {why}"),
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
            answered: None,
            lasted: Some(SignedDuration::from_secs(seconds)),
            endpoint: Some(EndpointId::new("ep_1")),
        }
    }

    fn number(endpoint: &EndpointId) -> CalledNumber<'_> {
        CalledNumber { endpoint: Some(endpoint), changed: None }
    }

    fn seen(calls: Vec<Call>) -> Step {
        let list = CallList { calls, ..CallList::default() };
        step_of_calls(&list, number(&EndpointId::new("ep_1")), Timestamp::from_second(NOW).unwrap())
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
            (moved, "they went to another endpoint than the next one will", ""),
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
        let now = Timestamp::from_second(NOW).unwrap();
        let of = |list: CallList| step_of_calls(&list, number(&EndpointId::new("ep_1")), now);
        let read = CallList { calls: vec![call(9, "completed", "", 9)], more: true, ..CallList::default() };
        assert!(of(read.clone()).text.ends_with("earlier calls were not read"));
        let old = CallList { calls: vec![call(9000, "completed", "", 9)], unsure: true, ..read.clone() };
        let ahead = CallList { calls: vec![call(-900_000, "completed", "", 9)], ..CallList::default() };
        let odd = CallList { odd: 30, ..CallList::default() };
        let unknown =
            [of(old), of(ahead), of(odd), step_without_calls(None), step_without_calls(Some("why"))];
        for step in unknown {
            assert_eq!((step.status, step.code), (Status::Skip, Code::Skipped), "{}", step.text);
            assert!(!step.text.contains("no call reached"), "{}", step.text);
            assert_eq!(verdict(step).health(), Health::Healthy);
        }
        let unsure = CallList { calls: vec![call(9, "busy", "", 0)], unsure: true, ..read };
        assert_eq!(verdict(of(unsure)).health(), Health::Healthy, "nobody is blamed for what may be over");
    }

    #[test]
    fn one_call_hides_no_others_behind_it() {
        let lost = |n: i64| (0..n).map(|at| call(20 + at, "failed", "timeout", 0));
        let behind = |first: Call| -> Vec<Call> { std::iter::once(first).chain(lost(29)).collect() };
        let elsewhere = Call { endpoint: Some(EndpointId::new("ep_0")), ..call(1, "completed", "", 60) };
        for first in [
            call(0, "ringing", "", 0),
            call(1, "completed", "user_hangup", 2),
            call(1, "no_answer", "user_hangup", 0),
            call(1, "parked", "", 0),
            call(-90_000, "completed", "", 60),
            elsewhere,
        ] {
            let step = seen(behind(first));
            let text = step.text.clone();
            assert!(text.contains("got no reply from the endpoint in time"), "{text}");
            assert_eq!(verdict(step).health(), Health::Warning, "{text}");
        }
    }

    #[test]
    fn one_call_that_got_through_does_not_make_it_well() {
        let lost = |n: i64| (0..n).map(|at| call(20 + at, "failed", "timeout", 0));
        let well = |n: i64| (0..n).map(|at| call(1 + at, "completed", "normal_clearing", 60));
        let step = seen(well(1).chain(lost(29)).collect());
        assert!(step.text.contains("each of 29 others got no reply"), "{}", step.text);
        assert_eq!(verdict(step).health(), Health::Warning);
        for calls in [well(1).chain(lost(2)).collect::<Vec<_>>(), well(9).chain(lost(8)).collect()] {
            assert_eq!(verdict(seen(calls)).health(), Health::Healthy);
        }
        let now = Timestamp::from_second(NOW).unwrap();
        let list = CallList { calls: well(1).chain(lost(29)).collect(), ..CallList::default() };
        let endpoint = EndpointId::new("ep_1");
        let mended = Timestamp::from_second(NOW - 600).unwrap();
        let step = step_of_calls(&list, CalledNumber { changed: Some(mended), ..number(&endpoint) }, now);
        assert_eq!(verdict(step).health(), Health::Healthy, "they failed before it was changed");
    }

    #[test]
    fn the_cause_says_more_than_the_status() {
        for (status, cause, end) in [
            ("completed", "network_error", CallEnd::Network),
            ("completed", "rejected", CallEnd::Rejected),
            ("no_answer", "network_error", CallEnd::Network),
            ("no_answer", "user_hangup", CallEnd::GivenUp),
            ("cancelled", "", CallEnd::GivenUp),
            ("rejected", "", CallEnd::Rejected),
            ("completed", "normal_clearing", CallEnd::Answered),
        ] {
            assert_eq!(CallEnd::of(&call(1, status, cause, 30)), end, "{status} {cause}");
        }
        let silent = Call { answered: Some(false), ..call(1, "completed", "normal_clearing", 0) };
        assert_eq!(CallEnd::of(&silent), CallEnd::Failed);
    }

    #[test]
    fn calls_before_the_last_change_blame_nobody() {
        let now = Timestamp::from_second(NOW).unwrap();
        let list = CallList { calls: vec![call(30, "failed", "rejected", 0)], ..CallList::default() };
        let endpoint = EndpointId::new("ep_1");
        let changed = |minutes: i64| CalledNumber {
            changed: Some(Timestamp::from_second(NOW - 60 * minutes).unwrap()),
            ..number(&endpoint)
        };
        assert_eq!(step_of_calls(&list, changed(60), now).code, Code::CallsLost);
        let step = step_of_calls(&list, changed(10), now);
        assert!(
            step.code == Code::Ok && step.text.contains("before the number was changed"),
            "{}",
            step.text
        );
    }

    #[test]
    fn calls_are_as_old_as_the_clock_of_their_server_says() {
        let (endpoint, server) = (EndpointId::new("ep_1"), Timestamp::from_second(NOW).unwrap());
        let list =
            CallList { calls: vec![call(9, "busy", "", 0)], as_of: Some(server), ..CallList::default() };
        for wrong in [NOW + 3 * 86_400, NOW - 3 * 86_400] {
            let step = step_of_calls(&list, number(&endpoint), Timestamp::from_second(wrong).unwrap());
            assert!(
                step.text.contains("the last call, 9 min ago, reached KrosAI and ended busy"),
                "{}",
                step.text
            );
        }
    }

    #[test]
    fn a_call_elsewhere_does_not_tell_when_one_here_was() {
        let elsewhere = Call { endpoint: Some(EndpointId::new("ep_0")), ..call(1, "busy", "", 0) };
        let step = seen(vec![elsewhere, call(50, "busy", "", 0)]);
        assert!(step.text.contains("the last call that says something, 50 min ago"), "{}", step.text);
    }

    #[test]
    fn a_clock_that_runs_ahead_makes_no_call_an_old_one() {
        assert!(seen(vec![call(-10, "busy", "", 0)]).text.contains("just now"));
    }

    #[test]
    fn every_end_has_a_word_of_its_own() {
        let words: std::collections::HashSet<&str> = CallEnd::ALL.iter().map(|end| end.word()).collect();
        assert_eq!(words.len(), CallEnd::ALL.len());
    }
}
