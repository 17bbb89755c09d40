//! The client transaction of a request that is not INVITE (RFC 3261 section 17.1.2): when to send,
//! how long to wait, and which replies belong to it. Time comes in as a parameter.

use std::time::Duration;

use super::{SipReply, SipRequest, Transport};

/// RFC 3261 timer T1: the first retransmission.
pub(super) const T1: Duration = Duration::from_millis(500);
/// RFC 3261 timer T2: the longest pause between retransmissions.
const T2: Duration = Duration::from_secs(4);
/// Packets that belong to nothing of ours, after which the other side is not listened to any more.
const MOST_STRAYS: u32 = 20;

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Send the request (again).
    Send,
    /// Listen until then.
    Wait(Duration),
    /// Enough.
    Over,
}

/// What a reply is to a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplyKind {
    /// Its final answer.
    Final,
    /// It is being worked on.
    Provisional,
    /// It belongs to something else.
    Stray,
}

/// A transaction. All times count from its beginning.
#[derive(Debug)]
pub(super) struct Transaction {
    branch: String,
    call_id: String,
    cseq: u32,
    method: &'static str,
    /// When it is over.
    pub(super) limit: Duration,
    /// When to send next; `None` where nothing is sent again.
    next: Option<Duration>,
    pause: Duration,
    retransmits: bool,
    /// How often the request went out.
    pub(super) sends: u32,
    /// When it went out last.
    pub(super) last_sent: Duration,
    /// Packets that did not belong.
    pub(super) strays: u32,
    /// 1xx that came.
    pub(super) provisionals: u32,
}

impl Transaction {
    /// For a request that waits up to `limit`. Over TCP and TLS nothing is sent again.
    pub(super) fn new(request: &SipRequest, transport: Transport, limit: Duration) -> Self {
        Self {
            branch: request.branch.clone(),
            call_id: request.call_id.clone(),
            cseq: request.cseq,
            method: request.method.word(),
            limit,
            next: Some(Duration::ZERO),
            pause: T1,
            retransmits: transport == Transport::Udp,
            sends: 0,
            last_sent: Duration::ZERO,
            strays: 0,
            provisionals: 0,
        }
    }

    /// The same, sent once: to count losses, not to make up for them.
    pub(super) fn once(self) -> Self {
        Self { retransmits: false, ..self }
    }

    pub(super) fn poll(&self, now: Duration) -> Action {
        if now >= self.limit || self.strays >= MOST_STRAYS || self.is_flooded() {
            return Action::Over;
        }
        match self.next {
            Some(next) if now >= next => Action::Send,
            Some(next) => Action::Wait(next.min(self.limit)),
            None => Action::Wait(self.limit),
        }
    }

    /// Whether so many 1xx came that no final reply is waited for any more.
    pub(super) fn is_flooded(&self) -> bool {
        self.provisionals >= MOST_STRAYS
    }

    /// The request goes out now.
    pub(super) fn send(&mut self, now: Duration) {
        self.sends += 1;
        self.last_sent = now;
        self.next = self.retransmits.then(|| now + self.pause);
        // After a 1xx the pause is T2 at once (section 17.1.2.2).
        self.pause = if self.provisionals > 0 { T2 } else { (self.pause * 2).min(T2) };
    }

    /// The request goes out again then, and not before; `None`: it does not go out again.
    pub(super) fn postpone(&mut self, until: Option<Duration>) {
        self.next = until;
    }

    /// Whether it answers this request (RFC 3261 section 17.1.3).
    pub(super) fn is_ours(&self, reply: &SipReply) -> bool {
        reply.branch() == Some(&self.branch) && self.has_its_number(reply)
    }

    fn has_its_number(&self, reply: &SipReply) -> bool {
        let is_same =
            |(number, method): (u32, &str)| number == self.cseq && method.eq_ignore_ascii_case(self.method);
        reply.cseq().is_some_and(is_same)
    }

    /// What about a reply is not as it was sent, though it answers this request: something on the way has
    /// changed it. One to an earlier request differs in everything.
    pub(super) fn rewritten(&self, reply: &SipReply) -> Option<&'static str> {
        if reply.header("call-id") != Some(&self.call_id) {
            return None;
        }
        match (reply.branch() == Some(&self.branch), self.has_its_number(reply)) {
            (true, true) => None,
            (true, false) => Some("another CSeq"),
            (false, true) if reply.vias() > 1 => Some("a Via too many"),
            (false, true) => Some("another branch"),
            (false, false) => None,
        }
    }

    pub(super) fn receive(&mut self, now: Duration, reply: &SipReply) -> ReplyKind {
        if !self.is_ours(reply) {
            self.stray();
            return ReplyKind::Stray;
        }
        if reply.status >= 200 {
            return ReplyKind::Final;
        }
        self.provisionals += 1;
        // The first 1xx says everything: each retransmission may get one of its own.
        if self.provisionals == 1 {
            self.pause = T2;
            self.next = self.next.map(|_| now + T2);
        }
        ReplyKind::Provisional
    }

    /// Counts a packet that is not even a reply.
    pub(super) fn stray(&mut self) {
        self.strays += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Sender, SipUri};

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn request() -> SipRequest {
        let sender = Sender {
            call_id: "c".into(),
            tag: "t".into(),
            local: "127.0.0.1:1".parse().unwrap(),
            transport: Transport::Udp,
        };
        SipRequest::options(&sender, &SipUri::parse("sip:h.example").unwrap(), 3, "n")
    }

    fn reply(status: u16, branch: &str, cseq: &str) -> SipReply {
        let text =
            format!("SIP/2.0 {status} X\r\nVia: SIP/2.0/UDP h;branch={branch}\r\nCSeq: {cseq}\r\n\r\n");
        SipReply::parse(text.as_bytes()).unwrap()
    }

    /// The times at which the request goes out when nobody answers.
    fn sends(mut transaction: Transaction) -> Vec<u128> {
        let mut now = Duration::ZERO;
        let mut out = Vec::new();
        loop {
            match transaction.poll(now) {
                Action::Send => {
                    transaction.send(now);
                    out.push(now.as_millis());
                }
                Action::Wait(until) => now = until,
                Action::Over => return out,
            }
        }
    }

    #[test]
    fn udp_is_sent_again_with_doubling_pauses() {
        let new = |transport, limit| Transaction::new(&request(), transport, ms(limit));
        assert_eq!(sends(new(Transport::Udp, 5000)), [0, 500, 1500, 3500]);
        assert_eq!(
            sends(new(Transport::Udp, 32_000)),
            [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
        );
        assert_eq!(sends(new(Transport::Tcp, 5000)), [0]);
        assert_eq!(sends(new(Transport::Tls, 5000)), [0]);
        assert_eq!(sends(new(Transport::Udp, 5000).once()), [0]);
    }

    #[test]
    fn only_its_own_replies_count() {
        let mut transaction = Transaction::new(&request(), Transport::Udp, ms(5000));
        assert_eq!(transaction.poll(ms(0)), Action::Send);
        transaction.send(ms(0));
        for (branch, cseq) in
            [("z9hG4bKx", "3 OPTIONS"), ("z9hG4bKn", "2 OPTIONS"), ("z9hG4bKn", "3 REGISTER")]
        {
            assert_eq!(transaction.receive(ms(1), &reply(200, branch, cseq)), ReplyKind::Stray);
        }
        assert_eq!(transaction.receive(ms(1), &reply(200, "z9hG4bKn", "3 options")), ReplyKind::Final);
    }

    #[test]
    fn a_provisional_reply_slows_sending_down_and_does_not_end_it() {
        let mut transaction = Transaction::new(&request(), Transport::Udp, ms(9000));
        assert_eq!(transaction.poll(ms(0)), Action::Send);
        transaction.send(ms(0));
        assert_eq!(
            transaction.receive(ms(100), &reply(100, "z9hG4bKn", "3 OPTIONS")),
            ReplyKind::Provisional
        );
        assert_eq!(transaction.poll(ms(200)), Action::Wait(ms(4100)));
        assert_eq!(transaction.poll(ms(4100)), Action::Send);
        transaction.send(ms(4100));
        assert_eq!(transaction.poll(ms(4100)), Action::Wait(ms(8100)));
        assert_eq!(
            transaction.receive(ms(4200), &reply(183, "z9hG4bKn", "3 OPTIONS")),
            ReplyKind::Provisional
        );
        assert_eq!((transaction.poll(ms(4200)), transaction.strays), (Action::Wait(ms(8100)), 0));
    }

    #[test]
    fn what_has_to_wait_for_its_turn_is_sent_then_or_not_at_all() {
        let mut transaction = Transaction::new(&request(), Transport::Udp, ms(9000));
        transaction.send(ms(0));
        transaction.postpone(Some(ms(800)));
        assert_eq!(transaction.poll(ms(500)), Action::Wait(ms(800)));
        assert_eq!(transaction.poll(ms(800)), Action::Send);
        transaction.postpone(None);
        assert_eq!(transaction.poll(ms(800)), Action::Wait(ms(9000)));
    }

    #[test]
    fn nobody_is_listened_to_for_ever() {
        let mut transaction = Transaction::new(&request(), Transport::Tcp, ms(9000));
        assert_eq!(transaction.poll(ms(0)), Action::Send);
        transaction.send(ms(0));
        for _ in 0..=MOST_STRAYS {
            transaction.receive(ms(1), &reply(100, "z9hG4bKn", "3 OPTIONS"));
        }
        assert_eq!(transaction.poll(ms(1)), Action::Over);
    }
}
