//! What is known of the server: how it is asked for, and how replies and writes change it.

use std::sync::Arc;

use super::action::Action;
use super::ctx::Move;
use super::list::search::Search;
use super::tasks::Owner;
use super::travel::Travel;
use super::wrap::capitalised;
use super::{Ctx, Effect, Remote, Reply, Tab, TaskId, Tone};
use crate::api::{Error, ErrorKind, Item, ListKind, Page, Removal};
use crate::check::{Endpoints, Unread};
use crate::phone::{Detail, Endpoint, Known, Number, NumberId, Price, RouteResult, Status, thousands};
use crate::sip::{Health, Report, Status as SipStatus};
use crate::store::SeenPage;
use crate::write::{Intent, Outcome};

impl Ctx {
    /// Reads the owned numbers from their beginning.
    pub(super) fn read_owned(&mut self) {
        self.restore();
        let task = self.tasks.begin(Owner::Owned);
        self.stop_reading(Tab::Owned);
        let list = self.owned.read(task, ListKind::Owned, false);
        self.out.push(Effect::List(task, list));
    }

    /// Reads the rest of the list that was read last, where it began with a part of it.
    pub(super) fn read_kept(&mut self) {
        match self.owned.kept.as_ref().map(|kept| kept.next) {
            Some(Some(after)) => {
                let task = self.ask(Owner::Kept, |task| Effect::Kept(task, after));
                self.owned.await_kept(task);
            }
            Some(None) => self.assess(),
            None => {}
        }
    }

    /// Reads the numbers on sale that a search asks for.
    pub(super) fn read_inventory(&mut self, search: &Search) {
        let task = self.tasks.begin(Owner::Inventory);
        self.stop_reading(Tab::Inventory);
        let list = self.inventory.read(task, search.shelf(), false);
        self.out.push(Effect::List(task, list));
    }

    /// Reads a list on to its end.
    pub(super) fn read_on(&mut self, tab: Tab, shelf: ListKind) {
        let owner = if tab == Tab::Owned { Owner::Owned } else { Owner::Inventory };
        let task = self.tasks.begin(owner);
        match self.list_mut(tab).read_on(task, shelf) {
            Some(list) => self.out.push(Effect::List(task, list)),
            None => self.tasks.end(task),
        }
    }

    /// Stops the reading of a list; what was read stays. Returns whether it was being read.
    pub(super) fn stop_reading(&mut self, tab: Tab) -> bool {
        let task = self.list_mut(tab).stop();
        task.is_some_and(|task| {
            self.cancel(task);
            true
        })
    }

    /// Reads a number.
    pub(super) fn read_detail(&mut self, id: NumberId) {
        let task = self.tasks.begin(Owner::Detail(id.clone()));
        let replaced = self.details.entry(id.clone()).or_insert(Remote::Idle).start(task);
        if let Some(replaced) = replaced {
            self.cancel(replaced);
        }
        self.out.push(Effect::Detail(task, id));
    }

    /// Stops reading a number; what was known stays. Returns whether it was being read.
    pub(super) fn stop_detail(&mut self, id: &NumberId) -> bool {
        let now = self.now;
        let task = self.details.get_mut(id).and_then(|remote| remote.stop(now));
        task.is_some_and(|task| {
            self.cancel(task);
            true
        })
    }

    pub(super) fn read_endpoints(&mut self) {
        let task = self.ask(Owner::Endpoints, Effect::Endpoints);
        self.endpoints.start(task);
    }

    /// Stops all reads of lists and numbers. Returns whether there was one.
    pub(super) fn stop_reads(&mut self) -> bool {
        let reads: Vec<Owner> = self.tasks.iter().map(|(_, owner)| owner.clone()).collect();
        let stopped = reads.into_iter().filter(|owner| match owner {
            Owner::Owned => self.stop_reading(Tab::Owned),
            Owner::Inventory => self.stop_reading(Tab::Inventory),
            Owner::Detail(id) => self.stop_detail(id),
            _ => false,
        });
        stopped.count() > 0
    }

    /// A reply about what is known of the server.
    pub(super) fn heard(&mut self, task: TaskId, owner: &Owner, reply: Reply, shown: Tab, at_list: bool) {
        match (owner, reply) {
            (Owner::Owned, Reply::Page(page)) => {
                self.see(&page.numbers);
                self.page(Tab::Owned, task, page);
            }
            (Owner::Inventory, Reply::Page(page)) => self.page(Tab::Inventory, task, page),
            (Owner::Owned, Reply::Listed(result)) => {
                self.listed(Tab::Owned, task, result, shown, at_list);
                self.assess();
            }
            (Owner::Inventory, Reply::Listed(result)) => {
                self.listed(Tab::Inventory, task, result, shown, at_list);
            }
            (Owner::Detail(id), Reply::Detail(result)) => self.detail(task, id, *result),
            (Owner::Copy(copying), Reply::Copied(route)) => self.copied(copying.clone(), route),
            (Owner::Kept, Reply::Kept(Ok(page))) => self.kept_page(task, page),
            (Owner::Kept, Reply::Kept(Err(why))) => {
                let text = format!("The rest of what is remembered of the numbers could not be read: {why}.");
                self.tell(Tone::Bad, text);
            }
            (Owner::Labels, Reply::Labels(labels)) => self.told_labels(labels),
            (Owner::Dump, Reply::Exported(end)) => self.dumped(end),
            (Owner::Endpoints, Reply::Endpoints(result)) => self.listed_endpoints(task, result),
            _ => {}
        }
    }

    fn kept_page(&mut self, task: TaskId, page: SeenPage) {
        if self.owned.kept_page(task, page) {
            self.assess();
        }
    }

    fn page(&mut self, tab: Tab, task: TaskId, page: Page) {
        let now = self.now;
        self.list_mut(tab).page(task, page, now);
    }

    /// Takes note of whose rows the server sends, and says it when that ends writing.
    fn see<'a>(&mut self, numbers: impl IntoIterator<Item = &'a Number>) {
        let could = self.account.standing.check().is_ok();
        for organization in numbers.into_iter().filter_map(|number| number.organization.as_deref()) {
            self.account.standing.seen(organization);
        }
        if let (true, Err(obstacle)) = (could, self.account.standing.check()) {
            self.tell(Tone::Bad, format!("Nothing is written any more: {obstacle}."));
        }
    }

    fn listed(&mut self, tab: Tab, task: TaskId, result: Result<(), Error>, shown: Tab, at_list: bool) {
        let now = self.now;
        let failed = result.as_ref().err().map(ToString::to_string);
        if tab == Tab::Owned && self.owned.reading.as_ref().is_some_and(|reading| reading.task == task) {
            self.answered(result.as_ref());
        }
        let before = self.list(tab).roster.len();
        self.list_mut(tab).end(task, result, now);
        if tab == Tab::Owned && failed.is_none() && before > 0 && self.owned.roster.is_empty() {
            let text = format!(
                "The server answers that there are no numbers; {} were here before. {} reads again.",
                thousands(before),
                self.key(Action::Refresh)
            );
            self.tell(Tone::Bad, text);
        }
        // Where no rows are left to show, the failure has their place.
        if let (Some(what), false) = (failed, self.list(shown).roster.is_empty()) {
            let again = self.key(Action::Refresh);
            let next = if at_list { format!("; {again} reads again") } else { String::new() };
            self.tell(Tone::Bad, format!("{}. What is shown is older{next}.", capitalised(&what)));
        }
    }

    fn detail(&mut self, task: TaskId, id: &NumberId, result: Result<Detail, Error>) {
        let now = self.now;
        match &result {
            Ok(detail) => self.owned_row(detail.number.clone()),
            Err(error) if error.kind == ErrorKind::NotFound => {
                let line = self.owned.roster.get(id).map(|number| number.line.grouped());
                let line = line.unwrap_or_else(|| id.to_string());
                self.forget(id);
                return self.tell(Tone::Plain, format!("{line} is not there any more."));
            }
            Err(error) => self.tell(Tone::Bad, format!("{error}. {}", error.advice())),
        }
        if let Some(remote) = self.details.get_mut(id) {
            remote.finish(task, result, now);
        }
    }

    fn listed_endpoints(&mut self, task: TaskId, result: Result<Vec<Endpoint>, Error>) {
        let now = self.now;
        self.endpoints.finish(task, result, now);
        // Not in the contract: where the server does not list them, ids are shown, and that is all.
        self.assess();
    }

    /// What is known of endpoints, and why nothing is where they could not be read.
    pub(super) fn known_endpoints(&self) -> Endpoints {
        let listed = self.endpoints.value().cloned().unwrap_or_default();
        let unread = self
            .endpoints
            .error()
            .filter(|error| error.leaves_unread())
            .map(|error| Unread { why: error.to_string(), began: error.kind == ErrorKind::Incomplete });
        Endpoints { listed, unread }
    }

    /// Looks what is wrong with the owned numbers: by the endpoints, the checks and the time that are known now.
    fn assess(&mut self) {
        let now = self.now;
        let list = self.travel.as_mut().map_or(&mut self.owned, Travel::present);
        let endpoints = self.endpoints.value().into_iter().flatten();
        let before = list.roster.known();
        let (routes, labels) = (before.routes.clone(), before.labels.clone());
        let known = Known::of(endpoints, now).with_routes(routes).with_labels(labels);
        list.keeping_place(|roster| {
            roster.learn(known);
            roster.count_problems();
        });
    }

    /// What the check of a number came to.
    pub(super) fn checked(&mut self, id: &NumberId, report: Arc<Report>) {
        let result = match (report.verdict.health(), report.verdict.status) {
            (_, SipStatus::Skip) => None,
            (Health::Healthy, _) => Some(RouteResult::Ok),
            (Health::Warning, _) => Some(RouteResult::Warn),
            (Health::Problem, _) => Some(RouteResult::Fail),
            (Health::Unchecked, _) => Some(RouteResult::Unchecked),
        };
        let list = self.travel.as_mut().map_or(&mut self.owned, Travel::present);
        list.keeping_place(|roster| roster.checked(id, result));
        self.routes.insert(id.clone(), report);
    }

    /// What the last check of a number came to; of another time nobody knows.
    pub fn route(&self, id: &NumberId) -> Option<&Arc<Report>> {
        self.routes.get(id).filter(|_| self.travel.is_none())
    }

    /// An organization that rows belong to, where one was seen.
    pub fn seen_organization(&self) -> Option<&str> {
        self.owned.roster.numbers().find_map(|number| number.organization.as_deref())
    }

    /// A number that is gone because it is ours was not bought by somebody else.
    pub(super) fn ours(&self, intent: &Intent, outcome: Outcome) -> Outcome {
        let line = match (intent, &outcome) {
            (Intent::Purchase { reviewed, .. }, Outcome::Refused(error)) if error.kind == ErrorKind::Gone => {
                reviewed.line
            }
            _ => None,
        };
        let is_it = |number: &&Number| !number.is_inactive() && number.line.valid() == line;
        let owned = line.and_then(|_| self.owned.roster.numbers().find(is_it));
        owned.map_or(outcome, |number| Outcome::Already { number: Box::new(number.clone()) })
    }

    /// Brings what is known in line with what a write did. Where it was `alone`, its record is read
    /// again if the answer did not tell it.
    pub(super) fn learn(&mut self, intent: &Intent, outcome: &Outcome, alone: bool) {
        self.see(outcome.number());
        self.doubts.learn(intent, outcome);
        if outcome.is_done() {
            self.done.push(intent.clone());
            self.just_done = true;
        }
        match (intent, outcome) {
            (Intent::Purchase { order, .. }, Outcome::Bought { number, .. }) => {
                self.hindrance = None;
                self.off_sale(&order.item);
                if self.owned.read_at.is_some() {
                    self.owned_put((**number).clone());
                }
            }
            (Intent::Purchase { order, .. }, Outcome::Refused(error)) if error.kind == ErrorKind::Gone => {
                self.off_sale(&order.item);
            }
            (
                Intent::Purchase { .. },
                Outcome::Refused(Error { kind: kind @ (ErrorKind::Kyc(_) | ErrorKind::Balance), .. }),
            ) => {
                self.hindrance = Some((self.now, *kind));
            }
            // The next review is about what it costs now.
            (Intent::Purchase { order, .. }, Outcome::PriceMoved { now, .. }) => {
                self.reprice(&order.item, *now);
            }
            (Intent::Purchase { .. }, _) => {}
            (
                _,
                Outcome::Updated { number, .. }
                | Outcome::Ignored { number, .. }
                | Outcome::Changed { now: number, .. },
            ) => self.correct(number),
            (Intent::Remove { before, how: Removal::Delete }, Outcome::Removed { .. }) => {
                self.forget(&before.id);
            }
            // The answer of a release says nothing about the record. One is read; for each of many
            // that would be a request more, and what a release does is known.
            (Intent::Remove { before, .. }, Outcome::Removed { .. }) if !alone => {
                self.owned_row((**before).clone().with(|traits| traits.status = Some(Status::Inactive)));
            }
            (Intent::Remove { before, .. }, Outcome::Removed { .. }) => self.read_detail(before.id.clone()),
            _ => {}
        }
    }

    /// The record of a number as it was read just now, wherever it is shown.
    pub(super) fn correct(&mut self, number: &Number) {
        self.owned_row(number.clone());
        self.go(Move::Corrected(Box::new(number.clone())));
        if let Some(detail) = self.details.get_mut(&number.id).and_then(Remote::value_mut) {
            let mut number = number.clone();
            number.offer = number.offer.or_else(|| detail.number.offer.take());
            number.extra = number.extra.or_else(|| detail.number.extra.take());
            detail.number = number;
        }
    }

    fn reprice(&mut self, item: &Item, price: Price) {
        if let Item::Inventory(id) = item
            && let Some(mut row) = self.inventory.roster.get(id).cloned()
        {
            row.offer.get_or_insert_default().price = price;
            self.inventory.put(row);
        }
    }

    fn off_sale(&mut self, item: &Item) {
        if let Item::Inventory(id) = item {
            self.inventory.remove(id);
        }
    }

    fn owned_put(&mut self, number: Number) {
        self.owned.put(number);
        // What is wrong with the settings may be mended now, or broken.
        self.owned.roster.count_problems();
    }

    /// A newer state of a row that is listed. Costs and unknown fields stay as the list had them:
    /// a list row and a detail differ in those.
    pub(super) fn owned_row(&mut self, mut number: Number) {
        let Some(row) = self.owned.roster.get(&number.id) else { return };
        number.offer.clone_from(&row.offer);
        number.extra.clone_from(&row.extra);
        if *row != number {
            self.owned_put(number);
        }
    }

    /// A record is gone.
    fn forget(&mut self, id: &NumberId) {
        self.owned.remove(id);
        self.owned.roster.count_problems();
        self.details.remove(id);
        self.go(Move::Gone(id.clone()));
    }
}
