//! From events to screens: overlay first, then a text field, then actions; replies to their owners;
//! and the way from one screen to another.

use super::action::Action;
use super::ctx::Move;
use super::invocation;
use super::key::{Key, KeyCode};
use super::keymap::Keymap;
use super::overlay::command::CommandBox;
use super::overlay::lines::LinesView;
use super::overlay::{Overlay, with_overlay};
use super::screen::{Layer, Screen, View, detail, past, with_screen};
use super::tasks::{LayerId, Owner};
use super::trail::Top;
use super::wrap::capitalised;
use super::{App, Ctx, Effect, Leaving, Reply, Tab, TaskId, Tone};
use crate::phone::{NumberId, without_secrets};
use crate::write::{Intent, Outcome};

/// Does something with what has the keys, which knows its own name meanwhile.
macro_rules! with_focus {
    ($app:expr, $view:ident, $ctx:ident => $do:expr) => {{
        let App { ctx: $ctx, overlay, stack, tab, owned, inventory, .. } = $app;
        match (overlay, stack.last_mut(), tab) {
            (Some(over), _, _) => {
                $ctx.focus = over.id;
                with_overlay!(&mut over.view, $view => $do)
            }
            (None, Some(top), _) => {
                $ctx.focus = top.id;
                with_screen!(&mut top.view, $view => $do)
            }
            (None, None, tab) => {
                $ctx.focus = LayerId(0);
                let list = if *tab == Tab::Owned { owned } else { inventory };
                with_screen!(list, $view => $do)
            }
        }
    }};
}

impl App {
    pub(super) fn press(&mut self, key: Key) {
        let acts = matches!(key.code, KeyCode::Enter | KeyCode::Esc)
            || (key.ctrl && matches!(key.code, KeyCode::Char('c' | 'z')));
        if !acts && with_focus!(self, view, ctx => view.key(key, ctx)) {
            // What was said of an answer before is over with the next key of it.
            if with_focus!(self, view, _ctx => view.prompt().is_some()) {
                self.ctx.notice = None;
            }
            return;
        }
        // Where somebody types, enter and esc are what they always are.
        let fixed = matches!(key.code, KeyCode::Enter | KeyCode::Esc)
            && (self.is_typing() || with_focus!(self, view, _ctx => view.prompt().is_some()));
        let keys = if fixed { Keymap::usual() } else { &self.ctx.keys };
        let bound: Vec<Action> = keys.actions(key).collect();
        self.act_offered(bound);
    }

    /// Does the first of these that is offered and possible, or says why none is.
    pub(super) fn act_offered(&mut self, actions: impl IntoIterator<Item = Action>) {
        let offers = self.offers();
        let mut refused = None;
        for action in actions {
            match offers.iter().find(|offer| offer.action == action) {
                Some(offer) if offer.is_possible() => return self.act(action),
                Some(offer) => refused = refused.or_else(|| offer.obstacle.clone()),
                None => {}
            }
        }
        if let Some(why) = refused {
            self.ctx.tell(Tone::Plain, capitalised(&why));
        }
    }

    /// Pasted text goes into a field for searching or choosing; it never is a command, and it never
    /// confirms: a confirmation has to be typed.
    pub(super) fn paste(&mut self, text: &str) {
        // The address of a number is pasted with the password that it may have.
        let text = &*without_secrets(text.trim());
        if with_focus!(self, view, ctx => view.paste(text, ctx)) {
            return;
        }
        let confirms = matches!(self.overlay(), Some(Overlay::Confirm(_)))
            || (self.overlay.is_none() && matches!(self.screen(), Screen::Writes(_)));
        let text = if confirms {
            "Pasting confirms nothing; type it.".to_owned()
        } else {
            format!("Pasted text is ignored here; {} opens the filter.", self.ctx.key(Action::Filter))
        };
        self.ctx.tell(Tone::Plain, text);
    }

    pub(super) fn act(&mut self, action: Action) {
        self.ctx.just_done &= action.leaves_last();
        let page = isize::try_from(self.ctx.page_height()).unwrap_or(isize::MAX);
        match action {
            Action::Up => self.step(-1),
            Action::Down => self.step(1),
            Action::PageUp => self.step(-page),
            Action::PageDown => self.step(page),
            Action::HalfUp => self.step(-(page / 2).max(1)),
            Action::HalfDown => self.step((page / 2).max(1)),
            Action::Top => self.step(isize::MIN / 2),
            Action::Bottom => self.step(isize::MAX / 2),
            Action::Back => self.back(),
            Action::Owned => self.show(Tab::Owned),
            Action::Inventory => self.show(Tab::Inventory),
            Action::NextTab | Action::PreviousTab => {
                let here = match (self.tab, self.screen()) {
                    (_, Screen::Ledger(_)) => 2,
                    (_, Screen::Past(view)) if view.number.is_none() => 3,
                    (Tab::Owned, _) => 0,
                    (Tab::Inventory, _) => 1,
                };
                let tabs = Action::TABS.len();
                let next = if action == Action::NextTab { here + 1 } else { here + tabs - 1 };
                self.act(Action::TABS[next % tabs]);
            }
            Action::Backward | Action::Forward => self.walk(action == Action::Forward),
            Action::Privacy => self.turn_privacy(),
            Action::AutoRefresh => self.ctx.turn_refresh(),
            Action::Redraw => self.ctx.out.push(Effect::Repaint),
            Action::Mouse => self.turn_mouse(),
            Action::Dump => {
                self.hide();
                self.ctx.dump();
            }
            Action::Quit => self.quit(),
            Action::Suspend => {
                self.hide();
                self.ctx.out.push(Effect::Suspend);
            }
            Action::Cancel => self.cancel(),
            _ => {
                if !self.opens(action) {
                    with_focus!(self, view, ctx => view.act(action, ctx));
                }
            }
        }
    }

    /// Hides what others should not see, or shows it again. What was revealed is hidden with it.
    fn turn_privacy(&mut self) {
        self.ctx.privacy = !self.ctx.privacy;
        self.hide();
        let text = if self.ctx.privacy {
            format!(
                "The middle of numbers and ids is hidden; {} shows it again.",
                self.ctx.key(Action::Privacy)
            )
        } else {
            "Numbers and ids are shown whole.".to_owned()
        };
        self.ctx.tell(Tone::Plain, text);
    }

    /// Goes back to where one was, or forward again.
    fn walk(&mut self, forward: bool) {
        let Some(place) = self.ctx.trail.step(forward) else {
            let text = if forward { "Nothing lies ahead." } else { "This is where it began." };
            return self.ctx.tell(Tone::Plain, text);
        };
        self.ctx.notice = None;
        self.show(place.tab);
        let list = self.ctx.list_mut(place.tab);
        if list.filter.text() != place.filter {
            list.filter.set(&place.filter);
            list.apply_filter();
        }
        match place.top {
            Some(Top::Detail(id)) => detail::reopen(id, &mut self.ctx),
            Some(Top::Ledger) => {
                self.opens(Action::Purchases);
            }
            Some(Top::Past(number)) => past::open(number, &mut self.ctx),
            None => {}
        }
    }

    /// Opens the screen or the overlay that an action is for.
    fn opens(&mut self, action: Action) -> bool {
        if action == Action::CommandBox && self.overlay.is_none() {
            let offers = self.offers();
            self.ctx.cover(|ctx| Overlay::Command(Box::new(CommandBox::new(offers, ctx))));
            return true;
        }
        if let Some(make) = Screen::opened_by(action) {
            self.close_all();
            self.ctx.open(make);
            return true;
        }
        if action == Action::CommandLine && self.overlay.is_none() {
            let lines = invocation::lines(self);
            self.ctx.cover(|_| Overlay::Lines(LinesView { lines, selected: 0 }));
            return true;
        }
        let make = Overlay::opened_by(action).filter(|_| self.overlay.is_none());
        if let Some(make) = make {
            self.ctx.cover(make);
        }
        make.is_some()
    }

    pub(super) fn step(&mut self, rows: isize) {
        if self.stack.is_empty() && self.overlay.is_none() {
            // Whoever goes on has seen what was selected.
            self.ctx.list_mut(self.tab).look();
        }
        with_focus!(self, view, ctx => view.step(rows, ctx));
    }

    pub(super) fn go(&mut self, to: Move) {
        match to {
            Move::Open(id, view) => self.stack.push(Layer { id, view }),
            Move::Cover(id, view) => {
                self.uncover();
                self.overlay = Some(Layer { id, view });
            }
            Move::Close => self.close(),
            Move::Uncover => self.uncover(),
            Move::Show(tab) => self.show(tab),
            Move::Past(number) => past::open(Some(number), &mut self.ctx),
            Move::Do(action) => self.act(action),
            Move::Shop(country) => {
                self.show(Tab::Inventory);
                if let Screen::Inventory(inventory) = &mut self.inventory {
                    inventory.shop(country, &mut self.ctx);
                }
            }
            Move::Switch(profile) => self.leaving = Leaving::For(profile),
            Move::Attach(endpoint) => {
                with_focus!(self, view, _ctx => view.attach(endpoint));
            }
            Move::SendCredentials => {
                if let Some(Layer { id, view: Screen::Check(view) }) = self.stack.last_mut() {
                    self.ctx.focus = *id;
                    view.again(true, &mut self.ctx);
                }
            }
            Move::Corrected(number) => {
                for layer in &mut self.stack {
                    with_screen!(&mut layer.view, view => view.corrected(&number));
                }
            }
            Move::Gone(id) => self.gone(&id),
            Move::Looked(intent, outcome) => self.looked(&intent, &outcome),
        }
    }

    /// Closes what is about a record that is gone.
    fn gone(&mut self, id: &NumberId) {
        let about = |layer: &Layer<Screen>| with_screen!(&layer.view, view => view.is_about(id));
        while let Some(at) = self.stack.iter().position(about) {
            let layer = self.stack.remove(at);
            self.closed(layer);
        }
        let over = self.overlay.as_ref();
        if over.is_some_and(|over| with_overlay!(&over.view, view => view.is_about(id))) {
            self.uncover();
        }
    }

    fn looked(&mut self, intent: &Intent, outcome: &Outcome) {
        for layer in &mut self.stack {
            self.ctx.focus = layer.id;
            with_screen!(&mut layer.view, view => view.looked(intent, outcome, &mut self.ctx));
        }
    }

    fn back(&mut self) {
        if self.overlay.is_some() {
            self.uncover();
        } else if !with_focus!(self, view, ctx => view.back(ctx)) {
            self.close();
        }
    }

    /// Takes away what lies over the screen.
    fn uncover(&mut self) {
        if let Some(mut over) = self.overlay.take() {
            with_overlay!(&mut over.view, view => view.closed(&mut self.ctx));
            self.forget(over.id);
        }
    }

    /// Closes the screen on top.
    fn close(&mut self) {
        if let Some(layer) = self.stack.pop() {
            self.closed(layer);
        }
    }

    pub(super) fn close_all(&mut self) {
        while !self.stack.is_empty() {
            self.close();
        }
    }

    fn closed(&mut self, mut layer: Layer<Screen>) {
        with_screen!(&mut layer.view, view => view.closed(&mut self.ctx));
        self.forget(layer.id);
    }

    /// Nobody waits any more for what was asked for by a layer that is closed.
    fn forget(&mut self, layer: LayerId) {
        for task in self.ctx.tasks.of_layer(layer) {
            self.ctx.cancel(task);
        }
    }

    /// Shows a list; leaving another one stops its reading.
    pub(super) fn show(&mut self, tab: Tab) {
        self.close_all();
        if tab != self.tab {
            self.ctx.stop_reading(self.tab);
            self.tab = tab;
        }
        match (tab, &mut self.inventory) {
            (Tab::Inventory, Screen::Inventory(inventory)) => inventory.shown(&self.ctx),
            _ if self.ctx.owned.read_at.is_none() && self.ctx.owned.reading.is_none() => {
                self.ctx.read_owned();
            }
            _ => {}
        }
    }

    /// Gives a reply to whoever asked. What nobody waits for any more is dropped here.
    pub(super) fn reply(&mut self, task: TaskId, reply: Reply) {
        let Some(owner) = self.ctx.tasks.owner(task).cloned() else { return };
        if let Reply::Remark(text) = reply {
            return self.ctx.tell(Tone::Plain, text);
        }
        if reply.is_last() {
            self.ctx.tasks.end(task);
        }
        let wrote = self.ctx.writing == Some(task) && reply.is_last();
        match owner {
            Owner::Layer(layer) => self.layer_reply(layer, task, reply),
            Owner::Doubt(intent) => self.doubt_reply(&intent, reply),
            Owner::UndoRun => {
                if let Reply::Ledger(entries) = reply {
                    self.ctx.undo_run(entries);
                }
            }
            Owner::Undo(of) => {
                if let Reply::Undo(known) = reply {
                    let App { ctx, overlay, stack, tab, owned, inventory, .. } = self;
                    let top = match (stack.last(), &tab) {
                        (Some(top), _) => &top.view,
                        (None, Tab::Owned) => &*owned,
                        (None, Tab::Inventory) => &*inventory,
                    };
                    let at_ledger = matches!(top, Screen::Ledger(_) | Screen::Past(_));
                    ctx.undo(of, *known, |ctx, number| {
                        let target = with_screen!(top, view => view.target(ctx));
                        let is_target = target.is_some_and(|target| target.id == number.id);
                        let is_last = ctx.just_changed().contains(&number.id);
                        overlay.is_none() && (is_target || is_last || at_ledger)
                    });
                }
            }
            owner => {
                let at_list = self.stack.is_empty();
                self.ctx.heard(task, &owner, reply, self.tab, at_list);
            }
        }
        // Somebody who wanted to leave is asked again for the next write.
        if wrote && self.leaving == Leaving::Asked {
            self.leaving = Leaving::No;
        }
    }

    fn layer_reply(&mut self, layer: LayerId, task: TaskId, reply: Reply) {
        self.ctx.focus = layer;
        if let Some(over) = self.overlay.as_mut().filter(|over| over.id == layer) {
            return with_overlay!(&mut over.view, view => view.reply(task, reply, &mut self.ctx));
        }
        if let Some(screen) = self.stack.iter_mut().find(|screen| screen.id == layer) {
            with_screen!(&mut screen.view, view => view.reply(task, reply, &mut self.ctx));
        }
    }

    /// What becomes of a write that no screen of its own shows: it is told wherever one is.
    fn doubt_reply(&mut self, intent: &Intent, reply: Reply) {
        let ctx: &mut Ctx = &mut self.ctx;
        match reply {
            Reply::Stage(stage) | Reply::Line(_, Some(stage)) => ctx.doubts.stage = Some(stage),
            Reply::Run(run) => {
                if let Some(outcome) = run.lines().first().and_then(|line| line.outcome.clone()) {
                    self.told(intent, &outcome);
                }
            }
            Reply::Outcome(outcome) => self.told(intent, &outcome),
            _ => {}
        }
    }

    fn told(&mut self, intent: &Intent, outcome: &Outcome) {
        let ctx = &mut self.ctx;
        ctx.end_write();
        let words = outcome.words(intent);
        let tone = if outcome.is_done() { Tone::Good } else { Tone::Bad };
        ctx.tell(tone, format!("{} {}", words.said, words.next));
        ctx.learn(intent, outcome, true);
        ctx.go(Move::Looked(Box::new(intent.clone()), Box::new(outcome.clone())));
        ctx.look_at_next();
    }

    fn cancel(&mut self) {
        if self.is_typing() || self.overlay.is_some() {
            let sent = self.overlay.is_some() && with_focus!(self, view, _ctx => view.stage().is_some());
            if sent {
                return self.quit();
            }
            let filtering = self.overlay.is_none() && with_focus!(self, view, ctx => view.is_filtering(ctx));
            return if filtering { self.act(Action::ClearFilter) } else { self.back() };
        }
        if with_focus!(self, view, ctx => view.interrupt(ctx)) {
            return;
        }
        if self.ctx.writing.is_some() {
            return self.quit();
        }
        if matches!(self.screen(), Screen::Writes(_)) {
            return self.back();
        }
        if !self.ctx.stop_reads() {
            return self.quit();
        }
        let kept = if self.listing().roster.is_empty() { "" } else { " What was read stays;" };
        let again = self.ctx.key(Action::Refresh);
        self.ctx.tell(Tone::Plain, format!("Stopped.{kept} {again} reads again."));
    }

    /// Leaves, unless a write is on its way: that is said first.
    fn quit(&mut self) {
        if self.ctx.writing.is_some() && self.leaving == Leaving::No {
            self.leaving = Leaving::Asked;
            self.ctx.tell(
                Tone::Bad,
                "A change is on its way and can not be taken back. Again leaves the screen and waits for its answer.",
            );
        } else {
            self.leaving = Leaving::Now;
        }
    }
}
