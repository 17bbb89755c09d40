//! What an answer to OPTIONS says by its status: one table, each row with the report or the rule that taught
//! it. RFC 3261 section 11.2 has OPTIONS answered as an INVITE would be; many servers answer it on their own,
//! so no row but the last ones says more of calls than that somebody lives there.

use super::Code;

/// How a status is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatusRow {
    from: u16,
    to: u16,
    pub(super) code: Code,
    /// What it means, after the status itself; may be nothing.
    pub(super) words: &'static str,
    /// What to do about it, where that is more than the row of its code says.
    pub(super) next: Option<&'static str>,
}

const fn row(from: u16, to: u16, code: Code, words: &'static str) -> StatusRow {
    StatusRow { from, to, code, words, next: None }
}

impl StatusRow {
    const fn next(self, next: &'static str) -> Self {
        Self { next: Some(next), ..self }
    }
}

/// The first row that has a status counts.
const ROWS: [StatusRow; 19] = [
    row(200, 299, Code::Ok, ""),
    row(300, 399, Code::Redirect, ""),
    row(401, 401, Code::AliveAuth, "alive, wants a password even for OPTIONS"),
    row(407, 407, Code::AliveAuth, "alive, wants a password even for OPTIONS"),
    // Twilio says so of an address that is not in the access list of a trunk, and which in a header of its
    // own (node.js-sip issue 14).
    row(403, 403, Code::AliveRefused, "alive, refuses OPTIONS from here").next(
        "the server lives; most often an access list says who may ask it, and this machine need not be in it: \
         ask the owner of {host} whether the provider is",
    ),
    // A border controller answers on its own what it was asked to pass on (irontec/itsbc issue 10), and
    // OpenSIPS takes it for an answer of somebody who lives (OpenSIPS issue 2903).
    row(404, 404, Code::AliveRefused, "alive, says that it does not know this address").next(UNKNOWN),
    row(410, 410, Code::AliveRefused, "alive, says that this address is gone").next(UNKNOWN),
    row(484, 485, Code::AliveRefused, "alive, finds the address incomplete or ambiguous").next(UNKNOWN),
    row(604, 604, Code::AliveRefused, "alive, says that this address exists nowhere").next(UNKNOWN),
    // Level 3 answers 405 (OpenSIPS issue 31), Sippy's b2bua 501 (sippy/b2bua issue 50), as some Cisco
    // gateways do; a dispatcher that takes that for down is wrong.
    row(405, 405, Code::AliveRefused, "alive, takes no OPTIONS"),
    row(501, 501, Code::AliveRefused, "alive, takes no OPTIONS"),
    // Whoever was asked for was found, and is not there (RFC 3261 section 21.4.18; irontec/ivozprovider issue
    // 672).
    row(480, 480, Code::AliveRefused, "alive, says that nobody is reachable at this address now").next(
        "the server lives; look whether the PBX or phone behind this address is registered there",
    ),
    // The connection to the phone behind it is gone (RFC 5626 section 11.5).
    row(430, 430, Code::AliveRefused, "alive, has lost the connection to whoever has this address").next(
        "the server lives; look whether the PBX or phone behind this address is connected to it",
    ),
    // Kamailio says so of a next hop whose name it cannot resolve (irontec/ivozprovider issue 515).
    row(478, 478, Code::ServerError, "cannot resolve where it is to send this address on"),
    // A request that is passed to itself until its hops are used up (BelledonneCommunications/flexisip issue
    // 139).
    row(482, 483, Code::Loop, "the request goes in a circle"),
    // It is of no use to OPTIONS (RFC 4320), and comes from a proxy whose next hop is silent: Avaya and
    // dispatchers take it for down.
    row(408, 408, Code::ServerError, "whoever it passed the request on to did not answer"),
    row(504, 504, Code::ServerError, "whoever it passed the request on to did not answer"),
    // What drains or is overloaded (livekit/sip issue 764).
    row(503, 503, Code::Unavailable, ""),
    row(500, 599, Code::ServerError, ""),
];

/// Some servers say so to any OPTIONS.
const UNKNOWN: &str = "the server lives; compare the user part of the address with what is set up there (some \
    servers answer so to every OPTIONS): only a test call shows whether it routes this number";

/// A client of the server's own choosing declines: 486, 488, 600, 603 and whatever else there is.
const OTHER: StatusRow = row(400, 699, Code::AliveRefused, "alive, refuses OPTIONS");

/// How a final status is read.
pub(super) fn of(status: u16) -> StatusRow {
    ROWS.into_iter().find(|row| (row.from..=row.to).contains(&status)).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Status;

    #[test]
    fn every_final_status_has_a_meaning() {
        for (status, code) in [
            (200, Code::Ok),
            (202, Code::Ok),
            (299, Code::Ok),
            (302, Code::Redirect),
            (401, Code::AliveAuth),
            (407, Code::AliveAuth),
            (400, Code::AliveRefused),
            (403, Code::AliveRefused),
            (404, Code::AliveRefused),
            (405, Code::AliveRefused),
            (420, Code::AliveRefused),
            (480, Code::AliveRefused),
            (486, Code::AliveRefused),
            (488, Code::AliveRefused),
            (501, Code::AliveRefused),
            (603, Code::AliveRefused),
            (604, Code::AliveRefused),
            (699, Code::AliveRefused),
            (482, Code::Loop),
            (483, Code::Loop),
            (408, Code::ServerError),
            (500, Code::ServerError),
            (502, Code::ServerError),
            (504, Code::ServerError),
            (513, Code::ServerError),
            (503, Code::Unavailable),
        ] {
            assert_eq!(of(status).code, code, "{status}");
        }
    }

    #[test]
    fn who_answers_lives_unless_he_says_that_he_fails() {
        for status in 200..700 {
            let failing = of(status).code.outcome().status == Status::Fail;
            let says_so = matches!(status, 408 | 478 | 482 | 483 | 500..=599) && status != 501;
            assert_eq!(failing, says_so, "{status}");
        }
    }

    #[test]
    fn rows_do_not_hide_each_other() {
        for (at, row) in ROWS.iter().enumerate() {
            let first = (row.from..=row.to).find(|status| of(*status) == *row);
            assert!(first.is_some(), "row {at} is never reached");
        }
    }
}
