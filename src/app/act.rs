//! What actions do, as far as they look and move; those that end in a write are in `writing`.

use jiff::SignedDuration;

use super::action::Action;
use super::screen::activity::ActivityView;
use super::screen::change::ChangeState;
use super::screen::copy::CopyMenu;
use super::screen::detail::DetailView;
use super::screen::ledger::LedgerView;
use super::screen::many::ManyState;
use super::screen::purchase::BuyState;
use super::screen::{Overlay, Screen};
use super::{App, Effect, Leaving, Remote, Tab, Tone};
use crate::api::Removal;
use crate::phone::{EndpointId, Number, NumberId};
use crate::write::Stage;

/// A revealed password hides itself after so long.
const REVEAL_FOR: SignedDuration = SignedDuration::from_secs(15);

impl App {
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Up => self.step(-1),
            Action::Down => self.step(1),
            Action::PageUp => self.step(-(self.page_height() as isize)),
            Action::PageDown => self.step(self.page_height() as isize),
            Action::Top => self.step(isize::MIN / 2),
            Action::Bottom => self.step(isize::MAX / 2),
            Action::Open => self.open(),
            Action::Back => self.back(),
            Action::ClearFilter => {
                if let Some(Screen::Ledger(view)) = self.stack.last_mut() {
                    view.filter.clear();
                    view.editing = false;
                    view.show();
                    return self.fit();
                }
                let height = self.page_height();
                let listing = self.listing_mut();
                listing.filter.clear();
                listing.editing = false;
                listing.apply_filter(height);
                self.fit();
            }
            Action::Owned => self.show(Tab::Owned),
            Action::Inventory => self.show(Tab::Inventory),
            Action::Purchases => self.show_ledger(),
            Action::NextTab => match (self.tab, self.stack.last()) {
                (_, Some(Screen::Ledger(_))) => self.show(Tab::Owned),
                (Tab::Owned, _) => self.show(Tab::Inventory),
                (Tab::Inventory, _) => self.show_ledger(),
            },
            Action::Filter => {
                match self.stack.last_mut() {
                    Some(Screen::Ledger(view)) => view.editing = true,
                    _ => self.listing_mut().editing = true,
                }
                self.fit();
            }
            Action::Sort | Action::Reverse => {
                let height = self.page_height();
                if let Some(Screen::Checks(view)) = self.stack.last_mut() {
                    return view.turn_order(height);
                }
                let listing = self.listing_mut();
                if action == Action::Sort {
                    listing.sort_next(height);
                } else {
                    listing.reverse(height);
                }
                let order = listing.roster.order();
                let by = order.key.map_or("the server's order", |key| key.label());
                let turned = if order.descending { ", reversed" } else { "" };
                self.tell(Tone::Plain, format!("Sorted by {by}{turned}."));
            }
            Action::Refresh => self.refresh(),
            Action::LoadAll => self.load_all(),
            Action::Help => self.overlay = Some(Overlay::Help { scroll: 0 }),
            Action::Quit => self.quit(),
            Action::Suspend => {
                self.hide();
                self.out.push(Effect::Suspend);
            }
            Action::Cancel => self.cancel(),
            Action::Search => {
                self.form_open = true;
                self.form.fresh = true;
            }
            Action::Buy => self.buy(),
            Action::Endpoint => self.choose_endpoint(),
            Action::Inbound | Action::Outbound | Action::Status => self.switch(action),
            Action::Release => self.remove(Removal::Release),
            Action::Mark | Action::MarkAll | Action::ClearMarks => self.mark(action),
            Action::Undo => self.ask_undo(),
            Action::Check => self.check(false),
            Action::CheckMarked => self.check_marked(),
            Action::CheckCredentials => self.check_credentials(),
            Action::Trace => self.turn_trace(),
            Action::CopyReport => self.copy_report(),
            Action::Activity => self.show_activity(),
            Action::Delete => self.remove(Removal::Delete),
            Action::Reveal => {
                let until = self.now.checked_add(REVEAL_FOR).ok();
                if let Some(Screen::Detail(view)) = self.stack.last_mut() {
                    view.revealed_until = if view.revealed_until.is_some() { None } else { until };
                }
            }
            Action::Copy => {
                let menu = match self.open_detail() {
                    Some(detail) => Some(CopyMenu::of(detail)),
                    None if self.stack.is_empty() => self.listing().selected().map(CopyMenu::of_row),
                    None => None,
                };
                if let Some(menu) = menu {
                    self.cover(Overlay::Copy(menu));
                }
            }
            Action::Raw => {
                if let Some(Screen::Detail(view)) = self.stack.last_mut() {
                    view.raw = !view.raw;
                    view.scroll = 0;
                }
            }
            Action::LookAgain => self.look_again(),
        }
    }

    /// After the areas changed: the selection is in sight again.
    pub(super) fn fit(&mut self) {
        self.resize(self.size);
    }

    fn step(&mut self, rows: isize) {
        let height = self.page_height();
        let help = matches!(self.overlay, Some(Overlay::Help { .. }))
            .then(|| super::screen::help::lines(self).len());
        let scroll = |at: u16| at.saturating_add_signed(rows.clamp(-1000, 1000) as i16);
        match (&mut self.overlay, self.stack.last_mut()) {
            (Some(Overlay::Help { scroll: at }), _) => {
                let lines = help.unwrap_or_default() as u16;
                *at = scroll(*at).min(lines.saturating_sub(height as u16));
            }
            (Some(Overlay::Activity(view)), _) => {
                let last = view.last(self.size.width, height + 1);
                view.scroll = scroll(view.scroll).min(last as u16);
            }
            (Some(Overlay::Copy(menu)), _) => {
                let last = menu.fields.len().saturating_sub(1);
                menu.selected = menu.selected.saturating_add_signed(rows).min(last);
            }
            (Some(_), _) | (None, Some(Screen::Purchase(_))) => {}
            (None, Some(Screen::Check(view))) => {
                // The last lines are never scrolled out of sight by the drawing.
                view.scroll = scroll(view.scroll).min(super::screen::check::MOST_LINES);
            }
            (None, Some(Screen::Checks(view))) => {
                view.select(view.cursor.selected.saturating_add_signed(rows), height);
            }
            (None, Some(Screen::Many(many))) => {
                many.select(many.cursor.selected.saturating_add_signed(rows), height + 1);
            }
            (None, Some(Screen::Ledger(view))) => {
                let rows_there = view.rows().len();
                view.cursor.step(rows, rows_there, LedgerView::height(height + 1));
            }
            (None, Some(Screen::Detail(view))) => {
                let lines = match self.details.get(&view.id).and_then(Remote::value) {
                    Some(detail) if view.raw => detail.raw().lines().count(),
                    _ => super::screen::detail::LINES,
                };
                view.scroll = scroll(view.scroll).min(lines.saturating_sub(height) as u16);
            }
            (None, None) => {
                let listing = self.listing_mut();
                let matching = listing.roster.matching();
                listing.cursor.step(rows, matching, height);
            }
        }
    }

    fn open(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Copy(menu)) => {
                if let Some((name, value)) = menu.fields.into_iter().nth(menu.selected) {
                    self.out.push(Effect::Copy(value));
                    self.tell(Tone::Good, format!("{name} sent to the clipboard of this terminal (OSC 52)."));
                }
                return;
            }
            Some(Overlay::Endpoints(picker)) => return self.chosen(*picker),
            Some(Overlay::Change(change)) => return self.confirm(change),
            Some(Overlay::Pin(pin)) => return self.pin(pin),
            Some(Overlay::Credentials(asked)) => return self.send_credentials(asked),
            other => self.overlay = other,
        }
        match self.stack.last() {
            Some(Screen::Purchase(_)) => self.confirm_purchase(),
            Some(Screen::Many(_)) => self.confirm_many(),
            Some(Screen::Checks(view)) if view.planned.is_some() => self.check_planned(),
            Some(Screen::Checks(_)) => self.open_checked(),
            Some(Screen::Check(_)) => {}
            Some(Screen::Ledger(view)) if view.editing => {
                if let Some(Screen::Ledger(view)) = self.stack.last_mut() {
                    view.editing = false;
                }
                self.fit();
            }
            Some(Screen::Detail(_) | Screen::Ledger(_)) => {}
            None if self.form_open => self.search_now(),
            None if self.listing().editing => {
                self.listing_mut().editing = false;
                self.fit();
                if self.looks_further() {
                    self.load_all();
                }
            }
            None if self.looks_further() => self.load_all(),
            None if self.tab == Tab::Inventory => self.buy_one(),
            None => {
                if let Some(id) = self.listing().selected().map(|number| number.id.clone()) {
                    self.open_number(id);
                }
            }
        }
    }

    /// Whether nothing that was read fits, and there is more to read.
    pub(super) fn looks_further(&self) -> bool {
        let listing = self.listing();
        listing.can_read_on() && listing.roster.matching() == 0 && listing.filter_problem().is_none()
    }

    /// Lays something over the screen. What was told before belongs to what was there before.
    pub(super) fn cover(&mut self, overlay: Overlay) {
        self.notice = None;
        self.overlay = Some(overlay);
    }

    pub(super) fn open_number(&mut self, id: NumberId) {
        self.notice = None;
        self.stack.push(Screen::Detail(DetailView::new(id.clone())));
        self.read_detail(id);
    }

    pub(super) fn read_detail(&mut self, id: NumberId) {
        let task = self.task();
        let replaced = self.details.entry(id.clone()).or_insert(Remote::Idle).start(task);
        self.out.extend(replaced.map(Effect::Cancel));
        self.out.push(Effect::Detail(task, id));
    }

    fn back(&mut self) {
        if let Some(overlay) = self.overlay.take() {
            if let Overlay::Change(change) = overlay
                && let ChangeState::Sending { task, stage: Stage::Settling(_) } = change.state
            {
                self.looking = Some((task, Box::new(change.intent)));
            }
            return;
        }
        let running = |screen: &Screen| matches!(screen, Screen::Many(many) if matches!(many.state, ManyState::Running { .. }));
        if self.stack.last().is_some_and(running) {
            self.halt();
            return;
        }
        self.stop_check();
        match self.stack.pop() {
            Some(Screen::Detail(view)) => {
                let now = self.now;
                let task = self.details.get_mut(&view.id).and_then(|remote| remote.stop(now));
                self.out.extend(task.map(Effect::Cancel));
            }
            Some(Screen::Purchase(mut buying)) => {
                let now = self.now;
                self.out.extend(buying.asked_price.stop(now).map(Effect::Cancel));
                if let BuyState::Sending { task, stage: Stage::Settling(_), intent } = buying.state {
                    // What comes of it is told wherever one is then.
                    self.looking = Some((task, intent));
                }
            }
            Some(Screen::Many(many)) => self.out.extend(many.asking().map(Effect::Cancel)),
            Some(Screen::Ledger(_) | Screen::Check(_) | Screen::Checks(_)) => {}
            None => self.form_open = false,
        }
        self.fit();
    }

    /// Shows a list; leaving another one stops its reading.
    pub(super) fn show(&mut self, tab: Tab) {
        while !self.stack.is_empty() {
            self.back();
        }
        if tab != self.tab {
            let stopped = self.listing_mut().stop();
            self.out.extend(stopped.map(Effect::Cancel));
            self.tab = tab;
        }
        if tab == Tab::Inventory && self.search.is_none() {
            if !self.form_open {
                self.form = super::screen::inventory::Form::new(&self.usual_country());
            }
            self.form_open = true;
        }
        if tab == Tab::Owned && self.owned.read_at.is_none() && self.owned.reading.is_none() {
            self.read_owned(false);
        }
        self.fit();
    }

    /// Shows the requests of this session, or reads them again.
    fn show_activity(&mut self) {
        let task = self.task();
        let scroll = match &self.overlay {
            Some(Overlay::Activity(view)) => view.scroll,
            _ => 0,
        };
        self.cover(Overlay::Activity(ActivityView { scroll, ..ActivityView::new(task) }));
        self.out.push(Effect::Activity(task));
    }

    /// Begins with the ledger, as a flag asks.
    pub fn open_ledger(&mut self) -> Vec<Effect> {
        self.show_ledger();
        std::mem::take(&mut self.out)
    }

    /// Shows what the ledger remembers, over the list that was there.
    fn show_ledger(&mut self) {
        while !self.stack.is_empty() {
            self.back();
        }
        let task = self.task();
        self.notice = None;
        self.stack.push(Screen::Ledger(LedgerView::new(task)));
        self.out.push(Effect::Ledger(task));
    }

    /// Reads the ledger again, where it is shown.
    pub(super) fn read_ledger(&mut self) {
        let task = self.task();
        if let Some(Screen::Ledger(view)) = self.stack.last_mut() {
            view.entries.start(task);
            self.out.push(Effect::Ledger(task));
        }
    }

    /// The country of most owned numbers: where somebody is likely to buy.
    fn usual_country(&self) -> String {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for country in self.owned.roster.numbers().filter_map(|number| number.country.as_deref()) {
            match counts.iter_mut().find(|(code, _)| *code == country) {
                Some((_, count)) => *count += 1,
                None => counts.push((country, 1)),
            }
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map_or("NG", |(code, _)| code).to_owned()
    }

    fn refresh(&mut self) {
        if matches!(self.overlay, Some(Overlay::Activity(_))) {
            return self.show_activity();
        }
        match self.stack.last() {
            Some(Screen::Detail(view)) => {
                let id = view.id.clone();
                self.read_detail(id);
            }
            Some(Screen::Purchase(_) | Screen::Many(_) | Screen::Check(_) | Screen::Checks(_)) => {}
            Some(Screen::Ledger(_)) => self.read_ledger(),
            None => match self.tab {
                Tab::Owned => self.read_owned(false),
                Tab::Inventory => self.read_inventory(),
            },
        }
    }

    fn load_all(&mut self) {
        let task = self.task();
        let list = match (self.tab, &self.search) {
            (Tab::Owned, _) => self.owned.read_on(task, crate::api::Shelf::Owned),
            (Tab::Inventory, Some(search)) => self.inventory.read_on(task, search.shelf()),
            (Tab::Inventory, None) => None,
        };
        self.out.extend(list.map(|list| Effect::List(task, list)));
    }

    fn search_now(&mut self) {
        match self.form.search() {
            Err(why) => self.form.error = Some(why),
            Ok((search, pattern)) => {
                self.form_open = false;
                self.form.country = super::input::Input::with(&search.country);
                let height = self.page_height();
                let before = self.search.as_ref().map_or_else(String::new, |old| old.country.clone());
                let same = self.search.as_ref().is_some_and(|old| old.shelf() == search.shelf());
                self.search = Some(search);
                if same {
                    self.inventory.keeping_place(height, |roster| roster.pattern(pattern));
                    if self.inventory.reading.is_none() && self.inventory.read_at.is_none() {
                        self.read_inventory();
                    }
                } else {
                    let stopped = self.inventory.stop();
                    self.out.extend(stopped.map(Effect::Cancel));
                    // Marks are about the numbers of one search.
                    let dropped = self.inventory.marks();
                    if dropped > 0 {
                        let are = if dropped == 1 { "is" } else { "are" };
                        self.tell(Tone::Plain, format!("{dropped} marked in {before} {are} dropped."));
                    }
                    let order = self.inventory.roster.order();
                    self.inventory = super::listing::Listing::new(super::screen::inventory::SORT_KEYS);
                    self.inventory.roster.sort(order);
                    self.inventory.roster.pattern(pattern);
                    self.read_inventory();
                }
            }
        }
    }

    pub(super) fn read_inventory(&mut self) {
        let Some(search) = &self.search else { return };
        let shelf = search.shelf();
        let task = self.task();
        let list = self.inventory.read(task, shelf, false);
        self.out.push(Effect::List(task, list));
    }

    fn cancel(&mut self) {
        if self.is_typing() || self.overlay.is_some() {
            let sending = match &self.overlay {
                Some(Overlay::Change(change)) => matches!(change.state, ChangeState::Sending { .. }),
                _ => false,
            };
            if sending {
                return self.quit();
            }
            let filtering = match self.stack.last() {
                Some(Screen::Ledger(view)) => view.editing,
                _ => self.listing().editing,
            };
            if self.overlay.is_none() && filtering {
                return self.act(Action::ClearFilter);
            }
            return self.back();
        }
        if self.halt() {
            return;
        }
        if self.stop_check() {
            return self.tell(Tone::Plain, "Stopped. What was found stays; c checks again.");
        }
        if self.writing.is_some() {
            return self.quit();
        }
        if matches!(self.stack.last(), Some(Screen::Purchase(_) | Screen::Many(_))) {
            return self.back();
        }
        let now = self.now;
        let mut stopped: Vec<_> = [self.owned.stop(), self.inventory.stop()].into_iter().flatten().collect();
        stopped.extend(self.details.values_mut().filter_map(|remote| remote.stop(now)));
        if stopped.is_empty() {
            return self.quit();
        }
        self.out.extend(stopped.into_iter().map(Effect::Cancel));
        let kept = if self.listing().roster.is_empty() { "" } else { " What was read stays;" };
        self.tell(Tone::Plain, format!("Stopped.{kept} r reads again."));
    }

    /// Leaves, unless a write is on its way: that is said first.
    fn quit(&mut self) {
        if self.writing.is_some() && self.leaving == Leaving::No {
            self.leaving = Leaving::Asked;
            self.tell(
                Tone::Bad,
                "A change is on its way and can not be taken back. Again leaves the screen and waits for its answer.",
            );
        } else {
            self.leaving = Leaving::Now;
        }
    }

    /// What is wrong with the endpoint of a number, where the server lists it as out of order.
    pub fn endpoint_trouble(&self, number: &Number) -> Option<String> {
        let status = self.endpoint_status(number)?;
        let name = self.endpoint_label(number.endpoint.value()?);
        Some(format!("its endpoint {name} is in status {status}"))
    }

    /// The status of the endpoint of a number, where the server lists another one than active.
    pub fn endpoint_status(&self, number: &Number) -> Option<&str> {
        let id = number.endpoint.value()?;
        let endpoint = self.endpoints.value()?.iter().find(|endpoint| endpoint.id == *id)?;
        endpoint.status.as_deref().filter(|status| *status != "active")
    }

    /// What `e` would attach, in words.
    pub fn endpoint_label(&self, id: &EndpointId) -> String {
        self.names.of(id).map_or_else(|| id.to_string(), str::to_owned)
    }
}
