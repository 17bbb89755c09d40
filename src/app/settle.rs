//! What replies change. The only place where data about the server changes.

use super::screen::change::ChangeState;
use super::screen::ledger::{LedgerView, ordered};
use super::screen::purchase::BuyState;
use super::screen::{Overlay, Screen};
use super::{App, Remote, Reply, TaskId, Tone};
use crate::api::{Error, ErrorKind, Item, Page, Removal};
use crate::phone::{Detail, Endpoint, Names, Number, NumberId, Price, Status};
use crate::write::{Entry, Intent, Stage, Verdict};

impl App {
    pub(super) fn settle(&mut self, task: TaskId, reply: Reply) {
        match reply {
            Reply::Page(page) => self.page(task, page),
            Reply::Listed(result) => self.listed(task, result),
            Reply::Detail(result) => self.detail(task, *result),
            Reply::Remark(text) => self.tell(Tone::Plain, text),
            Reply::Endpoints(result) => self.listed_endpoints(task, result),
            Reply::Ledger(result) => self.ledger(task, result),
            Reply::Stage(stage) => self.stage(task, stage),
            Reply::Verdict(verdict) => self.verdict(task, *verdict),
            Reply::Line(line, stage) => self.line(task, line, stage),
            Reply::LineEnded(line, verdict) => self.line_ended(task, line, &verdict),
            Reply::Run(run) => self.run_ended(task, *run),
            Reply::Checking(progress) => self.checking(task, &progress),
            Reply::Planned(counts) => self.planned(task, counts),
            Reply::Checked(place, report) => self.checked(task, place, &report),
            Reply::Undo(known) => self.undo(task, *known),
            Reply::Activity(requests, today) => {
                if let Some(Overlay::Activity(view)) = &mut self.overlay
                    && view.task == task
                {
                    view.requests = Some(requests.into_iter().rev().collect());
                    view.today = today;
                }
            }
        }
    }

    fn page(&mut self, task: TaskId, page: Page) {
        let (height, now) = (self.page_height(), self.now);
        if self.owned.reading.as_ref().is_some_and(|reading| reading.task == task) {
            self.see(&page.numbers);
            self.owned.page(task, page, height, now);
        } else {
            self.inventory.page(task, page, height, now);
        }
    }

    /// Takes note of whose rows the server sends, and says it when that ends writing.
    fn see<'a>(&mut self, numbers: impl IntoIterator<Item = &'a Number>) {
        let could = self.session.standing.check().is_ok();
        for organization in numbers.into_iter().filter_map(|number| number.organization.as_deref()) {
            self.session.standing.seen(organization);
        }
        if let (true, Err(obstacle)) = (could, self.session.standing.check()) {
            self.tell(Tone::Bad, format!("Nothing is written any more: {obstacle}."));
        }
    }

    fn listed(&mut self, task: TaskId, result: Result<(), Error>) {
        let (height, now) = (self.page_height(), self.now);
        let failed = result.as_ref().err().map(ToString::to_string);
        let owned = self.owned.end(task, result.clone(), height, now);
        if owned {
            self.lint();
        }
        let ours = owned || self.inventory.end(task, result, height, now);
        // Where no rows are left to show, the failure has their place.
        if let (true, Some(what), false) = (ours, failed, self.listing().roster.is_empty()) {
            let what = super::press::capitalised(&what);
            let next = if self.stack.is_empty() { "; r reads again" } else { "" };
            self.tell(Tone::Bad, format!("{what}. What is shown is older{next}."));
        }
    }

    fn detail(&mut self, task: TaskId, result: Result<Detail, Error>) {
        let now = self.now;
        if let Some(Screen::Purchase(buying)) = self.stack.last_mut() {
            // A record that is not there, or has no price, is an unknown price, not a failure.
            let price =
                result.as_ref().map(|detail| detail.number.price()).or_else(|error| match error.kind {
                    ErrorKind::NotFound => Ok(Price::UNKNOWN),
                    _ => Err(error.clone()),
                });
            if buying.asked_price.finish(task, price, now) {
                // Nobody agrees to a price before it was on the screen.
                if let BuyState::Review { armed, .. } = &mut buying.state {
                    *armed = false;
                }
                return;
            }
        }
        if let Some(Screen::Many(many)) = self.stack.last_mut() {
            let price = result.as_ref().ok().map(|detail| detail.number.price());
            if many.priced(task, price) {
                return;
            }
        }
        let awaiting = |remote: &Remote<Detail>| matches!(remote, Remote::Loading { task: awaited, .. } if *awaited == task);
        let Some(id) = self.details.iter().find(|(_, remote)| awaiting(remote)).map(|(id, _)| id.clone())
        else {
            return;
        };
        match &result {
            Ok(detail) => self.owned_row(detail.number.clone()),
            Err(error) if error.kind == ErrorKind::NotFound => {
                let told = format!("{} is not there any more.", self.line_of(&id));
                self.forget(&id);
                self.tell(Tone::Plain, told);
                return;
            }
            Err(error) => {
                let told = format!("{error}. {}", error.advice());
                self.tell(Tone::Bad, told);
            }
        }
        if let Some(remote) = self.details.get_mut(&id) {
            remote.finish(task, result, now);
        }
    }

    fn line_of(&self, id: &NumberId) -> String {
        self.owned.roster.get(id).map_or_else(|| id.to_string(), |number| number.line.grouped())
    }

    fn listed_endpoints(&mut self, task: TaskId, result: Result<Vec<Endpoint>, Error>) {
        let now = self.now;
        if !self.endpoints.finish(task, result, now) {
            return;
        }
        // Not in the contract: where the server does not list them, ids are shown, and that is all.
        let named = self.endpoints.value().into_iter().flatten();
        self.names = Names::new(
            named.filter_map(|endpoint| endpoint.name.clone().map(|name| (endpoint.id.clone(), name))),
        );
        let (height, names) = (self.page_height(), self.names.clone());
        self.owned.keeping_place(height, |roster| roster.name(names));
        self.lint();
    }

    fn ledger(&mut self, task: TaskId, result: Result<Vec<Entry>, String>) {
        let (now, height) = (self.now, LedgerView::height(usize::from(self.areas().body.height)));
        if let Ok(entries) = &result {
            self.note_doubts(entries);
        }
        if let Some(Screen::Ledger(view)) = self.stack.last_mut() {
            let result = result.map(ordered).map_err(|why| Error::new(ErrorKind::Setup, why));
            let selected = view.selected().map(|entry| entry.id);
            view.entries.finish(task, result, now);
            view.show();
            let place = view.rows().position(|entry| Some(entry.id) == selected);
            let rows = view.rows().count();
            view.cursor.select(place.unwrap_or(view.cursor.selected), rows, height);
        }
    }

    /// How far a write has come, wherever it is shown: something else may lie on top of it.
    fn stage(&mut self, task: TaskId, reached: Stage) {
        let looks =
            |one: &Option<(TaskId, Box<Intent>)>| one.as_ref().is_some_and(|(looks, _)| *looks == task);
        if looks(&self.looking) || looks(&self.settling) {
            self.looked = Some(reached);
        }
        if let Some(Overlay::Change(change)) = &mut self.overlay
            && let ChangeState::Sending { task: sent, stage } = &mut change.state
            && *sent == task
        {
            *stage = reached;
        }
        for screen in &mut self.stack {
            if let Screen::Purchase(buying) = screen
                && let BuyState::Sending { task: sent, stage, .. } = &mut buying.state
                && *sent == task
            {
                *stage = reached;
            }
        }
    }

    /// A number that is gone because it is ours was not bought by somebody else.
    fn ours(&self, intent: Option<&Intent>, verdict: Verdict) -> Verdict {
        let line = match (intent, &verdict) {
            (Some(Intent::Purchase { reviewed, .. }), Verdict::Refused(error))
                if error.kind == ErrorKind::Gone =>
            {
                reviewed.line
            }
            _ => None,
        };
        let is_it = |number: &&Number| !number.is_inactive() && number.line.valid() == line;
        let owned = line.and_then(|_| self.owned.roster.numbers().find(is_it));
        owned.map_or(verdict, |number| Verdict::Already { number: Box::new(number.clone()) })
    }

    /// The purchase that a task carries out, where one is on screen.
    fn purchase_of(&self, task: TaskId) -> Option<&Intent> {
        self.stack.iter().find_map(|screen| match screen {
            Screen::Purchase(buying) => match &buying.state {
                BuyState::Sending { task: sent, intent, .. } if *sent == task => Some(&**intent),
                _ => None,
            },
            _ => None,
        })
    }

    fn verdict(&mut self, task: TaskId, verdict: Verdict) {
        if !self.end_write(task) {
            return;
        }
        let verdict = &self.ours(self.purchase_of(task), verdict);
        let now = self.now;
        if let Some((_, intent)) = self.settling.take_if(|(settling, _)| *settling == task) {
            let words = verdict.words(&intent);
            let tone = if verdict.is_done() { Tone::Good } else { Tone::Bad };
            self.tell(tone, format!("{} {}", words.said, words.next));
            self.take(&intent, verdict);
            return self.settle_next();
        }
        let sent = |screen: &&mut Screen| {
            matches!(screen, Screen::Purchase(buying)
                if matches!(buying.state, BuyState::Sending { task: sent, .. } if sent == task))
        };
        if let Some(Screen::Purchase(buying)) = self.stack.iter_mut().find(sent)
            && let BuyState::Sending { intent, .. } = &buying.state
        {
            let intent = intent.clone();
            if let Verdict::PriceMoved { now: price, .. } = verdict {
                buying.row.offer.get_or_insert_default().price = *price;
            }
            buying.state =
                BuyState::Ended { intent: intent.clone(), verdict: Box::new(verdict.clone()), at: now };
            return self.take(&intent, verdict);
        }
        if let Some((_, intent)) = self.looking.take_if(|(looking, _)| *looking == task) {
            let words = verdict.words(&intent);
            let tone = if verdict.is_done() { Tone::Good } else { Tone::Bad };
            self.tell(tone, format!("{} {}", words.said, words.next));
            self.take(&intent, verdict);
            self.looked(&intent, verdict);
            return self.read_ledger();
        }
        if let Some(Overlay::Change(change)) = &mut self.overlay
            && matches!(change.state, ChangeState::Sending { task: sent, .. } if sent == task)
        {
            let intent = change.intent.clone();
            if verdict.is_done() {
                let said = change.by_name(&verdict.words(&intent).said);
                self.overlay = None;
                self.tell(Tone::Good, said);
            } else if let Verdict::Changed { now, .. } = verdict {
                let said = verdict.words(&change.intent).said;
                let (intent, now) = (change.intent.clone(), (**now).clone());
                return self.ask_anew(intent, now, said);
            } else {
                change.state = ChangeState::Ended(Box::new(verdict.clone()));
            }
            self.take(&intent, verdict);
            self.fit();
        }
    }

    /// Brings what is known in line with what a write did.
    pub(super) fn take(&mut self, intent: &Intent, verdict: &Verdict) {
        self.see(verdict.number());
        self.note_doubt(intent, verdict);
        match (intent, verdict) {
            (Intent::Purchase { order, .. }, Verdict::Bought { number, .. }) => {
                self.off_sale(&order.item);
                if self.owned.read_at.is_some() {
                    self.owned_put((**number).clone());
                }
            }
            (Intent::Purchase { order, .. }, Verdict::Refused(error)) if error.kind == ErrorKind::Gone => {
                self.off_sale(&order.item);
            }
            // The next review is about what it costs now.
            (Intent::Purchase { order, .. }, Verdict::PriceMoved { now, .. }) => {
                self.reprice(&order.item, *now);
            }
            (Intent::Purchase { .. }, _) => {}
            (
                _,
                Verdict::Updated { number, .. }
                | Verdict::Ignored { number, .. }
                | Verdict::Changed { now: number, .. },
            ) => self.read_anew(number),
            (Intent::Remove { before, how: Removal::Delete }, Verdict::Removed { .. }) => {
                self.forget(&before.id);
            }
            // The answer of a release says nothing about the record. One is read; for each of many
            // that would be a request more, and what a release does is known.
            (Intent::Remove { before, .. }, Verdict::Removed { .. }) if self.is_running_many() => {
                self.owned_row(Number { status: Some(Status::Inactive), ..(**before).clone() });
            }
            (Intent::Remove { before, .. }, Verdict::Removed { .. }) => self.read_detail(before.id.clone()),
            _ => {}
        }
    }

    /// The record of a number as it was read just now, wherever it is shown.
    pub(super) fn read_anew(&mut self, number: &Number) {
        self.owned_row(number.clone());
        for screen in &mut self.stack {
            match screen {
                Screen::Purchase(buying) => buying.correct(number),
                Screen::Many(many) => many.correct(number),
                _ => {}
            }
        }
        if let Some(detail) = self.details.get_mut(&number.id).and_then(Remote::value_mut) {
            let mut number = number.clone();
            number.offer = number.offer.or_else(|| detail.number.offer.take());
            number.extra = number.extra.or_else(|| detail.number.extra.take());
            detail.number = number;
        }
    }

    fn reprice(&mut self, item: &Item, price: Price) {
        let height = self.page_height();
        if let Item::Inventory(id) = item
            && let Some(mut row) = self.inventory.roster.get(id).cloned()
        {
            row.offer.get_or_insert_default().price = price;
            self.inventory.put(row, height);
        }
    }

    fn off_sale(&mut self, item: &Item) {
        let height = self.page_height();
        if let Item::Inventory(id) = item {
            self.inventory.remove(id, height);
        }
    }

    fn owned_put(&mut self, number: Number) {
        let height = self.page_height();
        self.owned.put(number, height);
        // What is wrong with the settings may be mended now, or broken.
        self.lint();
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
        let height = self.page_height();
        self.owned.remove(id, height);
        self.lint();
        self.details.remove(id);
        self.stack.retain(|screen| !matches!(screen, Screen::Detail(view) if view.id == *id));
        if let Some(Overlay::Change(change)) = &self.overlay {
            let about = change.intent.target() == Some(id);
            let idle = matches!(change.state, ChangeState::Asking { .. });
            if about && idle {
                self.overlay = None;
            }
        }
    }
}
