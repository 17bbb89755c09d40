//! Many numbers: most of them are behind a few servers, and each server is asked once.

use std::collections::HashMap;

use super::register::MOST_REGISTERS;
use super::{AuthRule, Host, Leg, LegKind, Subject, Transport};

/// What makes two legs the same server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    host: Host,
    port: Option<u16>,
    transport: Option<Transport>,
    /// Exchange with a `sips:` address, which a server may answer in another way.
    secure: bool,
    /// A name that ends in a dot is looked up as it is, without a search list.
    rooted: bool,
}

impl Key {
    fn of(leg: &Leg) -> Self {
        let (uri, transport) = (&leg.route.uri, leg.route.transport);
        // A name without a port leads elsewhere than one with the usual port; an IP address does not.
        let usual = transport.filter(|_| uri.host.ip().is_some()).map(Transport::default_port);
        Self {
            host: uri.host.clone(),
            port: uri.port.or(usual),
            transport,
            secure: uri.secure,
            rooted: uri.rooted,
        }
    }
}

/// A server, and the legs that lead there.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// What is sent: the one leg's own address, or that of the server where several lead there.
    pub(super) leg: Leg,
    /// Which subject, and which of its legs.
    pub(super) members: Vec<(usize, usize)>,
}

/// What a run will send, as far as can be known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Numbers that lead somewhere.
    pub numbers: usize,
    /// Numbers whose settings leave nothing to send to, or that are left out.
    pub without: usize,
    /// Different hosts.
    pub hosts: usize,
    /// OPTIONS: one a server, more where a name has several addresses.
    pub options: usize,
    /// REGISTER: at most so many.
    pub register: usize,
}

/// Who is asked for whom.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) subjects: Vec<Subject>,
    pub(super) groups: Vec<Group>,
}

impl Plan {
    /// Groups the legs of all subjects by host, port and transport.
    pub fn of(subjects: Vec<Subject>) -> Self {
        let mut places: HashMap<Key, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for (number, subject) in subjects.iter().enumerate() {
            for (at, leg) in subject.legs.iter().enumerate() {
                let place = *places.entry(Key::of(leg)).or_insert_with(|| {
                    groups.push(Group { leg: leg.clone(), members: Vec::new() });
                    groups.len() - 1
                });
                groups[place].members.push((number, at));
            }
        }
        for group in groups.iter_mut().filter(|group| group.members.len() > 1) {
            // A reply about one user would be told of all of them.
            group.leg.route.uri = group.leg.route.uri.without_user();
        }
        Self { subjects, groups }
    }

    /// What there is to check, in the order of the reports' numbers.
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// What the run will send.
    pub fn counts(&self, count: u32, auth: AuthRule) -> Counts {
        let numbers = self.subjects.iter().filter(|subject| !subject.legs.is_empty()).count();
        let mut hosts: Vec<&Host> = self.groups.iter().map(|group| &group.leg.route.uri.host).collect();
        hosts.sort();
        hosts.dedup();
        let trunks = self.subjects.iter().flat_map(|subject| &subject.legs);
        let trunks = trunks.filter(|leg| leg.kind == LegKind::Trunk).count();
        Counts {
            numbers,
            without: self.subjects.len() - numbers,
            hosts: hosts.len(),
            options: self.groups.len().saturating_mul(usize::try_from(count.max(1)).unwrap_or(usize::MAX)),
            register: if auth == AuthRule::Off { 0 } else { MOST_REGISTERS * trunks },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Access, SipUri};

    fn subject(uris: &[&str]) -> Subject {
        let legs = uris.iter().map(|uri| Leg::given(SipUri::parse(uri).unwrap(), None)).collect();
        Subject {
            number: None,
            id: None,
            known: Vec::new(),
            legs,
            access: Access::Missing(""),
            has_detail: false,
        }
    }

    #[test]
    fn each_server_is_asked_once() {
        let plan = Plan::of(vec![
            subject(&["sip:1@a.example", "sip:x@b.example:5061"]),
            subject(&["sip:2@a.example", "sip:y@b.example:5061"]),
            subject(&["sip:3@a.example;transport=tcp"]),
            subject(&["sip:4@a.example:5060"]),
            subject(&["sip:5@192.0.2.1"]),
            subject(&["sip:6@192.0.2.1:5060"]),
            subject(&["sips:7@b.example:5061"]),
            subject(&[]),
        ]);
        let sent: Vec<(String, usize)> =
            plan.groups.iter().map(|group| (group.leg.route.uri.to_string(), group.members.len())).collect();
        let wanted = [
            ("sip:a.example", 2),
            ("sip:b.example:5061", 2),
            ("sip:3@a.example;transport=tcp", 1),
            ("sip:4@a.example:5060", 1),
            ("sip:192.0.2.1", 2),
            ("sips:7@b.example:5061", 1),
        ];
        assert_eq!(sent, wanted.map(|(uri, members)| (uri.to_owned(), members)));
        let counts = plan.counts(1, AuthRule::Verified);
        assert_eq!(counts, Counts { numbers: 7, without: 1, hosts: 3, options: 6, register: 0 });
    }
}
