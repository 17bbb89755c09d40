//! One look: the list, and the routes where they are watched.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use jiff::Timestamp;

use crate::api::{ListKind, ListRequest};
use crate::check::{Checker, Endpoints, of_rows};
use crate::cli::check::{background_checker, endpoints_of};
use crate::cli::command_context::CommandContext;
use crate::cli::endpoints::FilterNames;
use crate::cli::list::complete;
use crate::cli::pages::Reader;
use crate::cli::{Exit, Failure, check, state};
use crate::phone::{Filter, Known, Names, Number, NumberId};
use crate::sip::{Options, Report};
use crate::store::{CheckResult, CompleteRead, HistoryEvent, NumberChange, Transitions};
use crate::watch::{RouteSight, RouteWatch};

/// What is looked at, and with what.
pub(super) struct Look<'a> {
    context: &'a CommandContext,
    filter: Filter,
    known: Known,
    routes: Option<(Checker, Endpoints)>,
}

impl<'a> Look<'a> {
    /// Of the numbers that an expression selects, and of their routes where that is asked for. What endpoints are
    /// called and in which state they are is read once.
    pub(super) async fn new(
        context: &'a CommandContext,
        expression: &str,
        with_routes: bool,
    ) -> Result<Self, Failure> {
        let filter = complete(expression)?;
        let known = FilterNames::of(context, &filter, None).await?.known;
        let routes = match with_routes {
            true => Some((background_checker(context), endpoints_of(context).await)),
            false => None,
        };
        Ok(Self { context, filter, known, routes })
    }

    /// The same numbers by another expression: whether they are as somebody waits for.
    pub(super) async fn until(&self, expression: &str) -> Result<Until, Failure> {
        let filter = complete(expression)?;
        let known = FilterNames::of(self.context, &filter, None).await?.known;
        Ok(Until { filter, known })
    }

    /// Reads the list whole.
    pub(super) async fn read(&self) -> Result<CompleteRead, Failure> {
        let began = Timestamp::now();
        let numbers = Reader::new(self.context, ListRequest::whole(ListKind::Owned)).whole().await?;
        // What is asked for and can not be would be watched in silence for ever.
        if let Some(why) = self.filter.stranger(&numbers.iter()) {
            return Err(Failure::usage(why.to_string()));
        }
        Ok(CompleteRead { began, ended: Timestamp::now(), numbers })
    }

    /// Whether a number is watched.
    pub(super) fn has(&self, number: &Number) -> bool {
        self.filter.accepts(number, &self.known)
    }

    /// Takes a read and tells what turned of the numbers that are watched: that were before, or are now.
    pub(super) async fn turned(
        &self,
        transitions: &mut Transitions,
        read: &CompleteRead,
    ) -> Vec<HistoryEvent> {
        // Of all ledgers of this machine: what another organization's explains was not elsewhere.
        let own = self.context.entries().await.ok();
        let entries =
            own.zip(state::other_entries(self.context.account())).map(|(own, others)| [own, others].concat());
        let turned = transitions.take(read, entries.as_deref());
        let changed: HashSet<&NumberId> = turned.iter().map(|(change, _)| &change.number).collect();
        let now = read.numbers.iter().filter(|number| changed.contains(&number.id));
        let now: HashMap<&NumberId, &Number> = now.map(|number| (&number.id, number)).collect();
        let is_watched = |(change, before): &&(NumberChange, Option<Number>)| {
            let now = now.get(&change.number).copied();
            before.as_ref().into_iter().chain(now).any(|number| self.has(number))
        };
        let names = self.names();
        let changes = turned.iter().filter(is_watched).map(|(change, _)| change);
        changes.map(|change| HistoryEvent::of_change(change, &names)).collect()
    }

    fn names(&self) -> Names {
        self.context.endpoint_names()
    }

    /// Checks the routes of the numbers that are watched, each server once, and tells which turned.
    pub(super) async fn routes(
        &self,
        watch: &mut RouteWatch,
        read: &CompleteRead,
    ) -> Result<Vec<HistoryEvent>, Failure> {
        let Some((checker, endpoints)) = &self.routes else { return Ok(Vec::new()) };
        let numbers: Vec<&Number> =
            read.numbers.iter().filter(|number| self.has(number) && !number.is_inactive()).collect();
        let plan = of_rows(numbers.iter().copied(), endpoints);
        let done: Mutex<Vec<(usize, Report)>> = Mutex::default();
        let take = |row: usize, report: Report| {
            if let Ok(mut done) = done.lock() {
                done.push((row, report));
            }
        };
        let at = Timestamp::now();
        checker.plan(&plan, &Options::default(), at, &take).await.map_err(check::untrusted)?;
        let mut reports = done.into_inner().unwrap_or_default();
        reports.sort_by_key(|(row, _)| *row);
        let sight = |(row, report): &(usize, Report)| {
            let number = numbers.get(*row)?;
            let result = CheckResult::of(&report.verdict)?;
            Some(RouteSight {
                id: number.id.clone(),
                line: number.line.clone(),
                server: server_of(report),
                result,
            })
        };
        let sights: Vec<RouteSight> = reports.iter().filter_map(sight).collect();
        let results: Vec<(NumberId, CheckResult)> =
            sights.iter().map(|sight| (sight.id.clone(), sight.result)).collect();
        self.context.remember_checks(results);
        let turned = watch.take(&sights, at);
        let event = turned.iter().map(|turn| {
            HistoryEvent::of_routes(turn.at, &turn.server, (turn.before, turn.after), &turn.numbers)
        });
        Ok(event.collect())
    }
}

/// What numbers are waited for to be.
pub(super) struct Until {
    filter: Filter,
    known: Known,
}

impl Until {
    /// Whether all numbers that are watched are so, and there is one.
    pub(super) fn is_met(&self, look: &Look<'_>, read: &CompleteRead) -> bool {
        let mut watched = read.numbers.iter().filter(|number| look.has(number)).peekable();
        watched.peek().is_some() && watched.all(|number| self.filter.accepts(number, &self.known))
    }
}

/// The server that calls to a number go to.
fn server_of(report: &Report) -> String {
    let leg = report.legs.first().map(|leg| leg.route.words());
    report.verdict.cause.server.as_ref().map(|(place, ..)| place.clone()).or(leg).unwrap_or_default()
}

/// Whether looking again may go well after a failure of a server that was read before: a page of somebody else in front
/// of it goes, too.
pub(super) fn may_pass(failure: &Failure) -> bool {
    is_passing(failure) || matches!(failure.code.as_str(), "NOT_THIS_API" | "REDIRECT")
}

/// The same of a server that was never read: a wrong address gets no better.
pub(super) fn is_passing(failure: &Failure) -> bool {
    matches!(failure.exit, Exit::Network | Exit::RateLimited) || failure.code == "LIST_INCOMPLETE"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Error, ErrorKind};

    #[test]
    fn what_the_server_may_mend_is_waited_out_and_what_is_wrong_here_is_not() {
        let failure = |kind| Failure::from(Error::new(kind, ""));
        for kind in [ErrorKind::Connect, ErrorKind::Server, ErrorKind::RateLimited, ErrorKind::Incomplete] {
            assert!(is_passing(&failure(kind)), "{kind:?} passes at any time");
            assert!(may_pass(&failure(kind)), "{kind:?}");
        }
        for kind in [ErrorKind::Undecodable, ErrorKind::Redirect] {
            assert!(may_pass(&failure(kind)), "{kind:?} is a page of somebody else");
            assert!(!is_passing(&failure(kind)), "{kind:?} of a server that was never read: a wrong address");
        }
        for kind in [ErrorKind::Unauthorized, ErrorKind::Forbidden, ErrorKind::Setup, ErrorKind::Rejected] {
            assert!(!may_pass(&failure(kind)), "{kind:?} ends it");
        }
    }
}
