//! Everything about one number, and its switches.

use jiff::{SignedDuration, Timestamp};

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::offer::{ActionOffer, add_elsewhere, moves};
use super::super::overlay::{Overlay, copy::CopyMenu};
use super::super::{Ctx, Remote};
use super::{Screen, View, check};
use crate::api::Removal;
use crate::phone::{Detail, Number, NumberId, Password};

/// So many lines the detail has at most, one column below the other.
const LINES: usize = 46;

/// A revealed password hides itself after so long.
const REVEAL_FOR: SignedDuration = SignedDuration::from_secs(15);

/// How the detail of a number is looked at. The data itself is in [`Ctx::details`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailView {
    /// Which number.
    pub id: NumberId,
    /// The password is shown until then.
    pub revealed_until: Option<Timestamp>,
    /// Fields as the server sent them instead of the two columns.
    pub raw: bool,
    /// First line shown.
    pub scroll: u16,
}

/// Opens a number, and reads it.
pub(in crate::app) fn open(id: NumberId, ctx: &mut Ctx) {
    let view = DetailView { id: id.clone(), revealed_until: None, raw: false, scroll: 0 };
    ctx.open(|_| Screen::Detail(view));
    ctx.read_detail(id);
}

/// Opens a number that was open before; it is read only where nothing is known of it.
pub(in crate::app) fn reopen(id: NumberId, ctx: &mut Ctx) {
    let known = ctx.details.get(&id).is_some_and(|remote| remote.value().is_some());
    let view = DetailView { id: id.clone(), revealed_until: None, raw: false, scroll: 0 };
    ctx.open(|_| Screen::Detail(view));
    if !known {
        ctx.read_detail(id);
    }
}

impl DetailView {
    fn detail<'a>(&self, ctx: &'a Ctx) -> Option<&'a Detail> {
        ctx.details.get(&self.id).and_then(Remote::value)
    }

    /// The place in the list of the number after this one, or before it.
    fn neighbour(&self, forward: bool, ctx: &Ctx) -> Option<usize> {
        let at = ctx.owned.roster.position(&self.id)?;
        let to = if forward { at + 1 } else { at.checked_sub(1)? };
        (to < ctx.owned.roster.matching()).then_some(to)
    }

    /// Shows the next number of the list, or the one before, in the same place.
    fn go_on(&mut self, forward: bool, ctx: &mut Ctx) {
        let Some(to) = self.neighbour(forward, ctx) else { return };
        let Some(id) = ctx.owned.roster.at(to).map(|number| number.id.clone()) else { return };
        ctx.stop_detail(&self.id);
        ctx.owned.cursor.select(to, ctx.owned.roster.matching());
        ctx.notice = None;
        *self = Self { id: id.clone(), revealed_until: None, raw: self.raw, scroll: 0 };
        // What was read already costs no request; it can be read again.
        if self.detail(ctx).is_none() {
            ctx.read_detail(id);
        }
    }
}

/// Why the password can not be shown, where it can not.
fn unrevealable(detail: &Detail) -> Option<&'static str> {
    match detail.credentials.as_ref().map(|sip| &sip.password) {
        None => Some("there are no SIP credentials"),
        Some(Password::Set(_)) => None,
        Some(Password::Unset) => Some("no password is set"),
        Some(Password::Hidden) => Some("your role may not see the password: ask an owner or admin"),
    }
}

impl View for DetailView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let detail = self.detail(ctx);
        let unread = || "the number is not read yet".to_owned();
        let unknown = self.target(ctx).is_none().then(unread);
        let unwritable = unknown.clone().or_else(|| ctx.write_obstacle());
        let (unjumpable, unlabelled) = (unknown.clone(), unknown.clone());
        let password = match detail {
            None => Some(unread()),
            Some(detail) => unrevealable(detail).map(str::to_owned),
        };
        let hidden = || format!("others are looking; {} ends that", ctx.key(Action::Privacy));
        let password = if ctx.privacy { Some(hidden()) } else { password };
        let reveal = if self.revealed_until.is_some() { "hide" } else { "reveal" };
        let mut offers = vec![
            ActionOffer::new(Action::Copy).unless(detail.is_none().then(unread)),
            ActionOffer::new(Action::Reveal).called(reveal).unless(password),
            ActionOffer::new(Action::Check).unless(unknown),
        ];
        let writes =
            [Action::Endpoint].into_iter().chain(Action::switches()).chain([Action::Release, Action::Delete]);
        offers.extend(writes.map(|action| ActionOffer::new(action).unless(unwritable.clone())));
        offers.push(ActionOffer::new(Action::Undo).unless(ctx.write_obstacle()));
        offers.extend([Action::Raw, Action::Refresh, Action::Help, Action::Back].map(ActionOffer::new));
        let alone = |forward| {
            self.neighbour(forward, ctx).is_none().then(|| "there is no other one in the list".to_owned())
        };
        offers.push(ActionOffer::new(Action::Next).unless(alone(true)));
        offers.push(ActionOffer::new(Action::Previous).unless(alone(false)));
        offers.push(ActionOffer::new(Action::Jump).unless(unjumpable));
        offers.push(ActionOffer::new(Action::Label).unless(unlabelled));
        offers.push(ActionOffer::new(Action::History));
        add_elsewhere(&mut offers);
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        let number = self.target(ctx).cloned();
        let numbers = || number.clone().into_iter().collect();
        if let Some(setting) = action.switches_setting() {
            return ctx.switch(setting, numbers());
        }
        match action {
            Action::Endpoint => ctx.choose_endpoint(numbers()),
            Action::Label => ctx.open_label(number.as_slice()),
            Action::History => ctx.go(Move::Past(self.id.clone())),
            Action::Release => ctx.remove(numbers(), Removal::Release),
            Action::Delete => ctx.remove(numbers(), Removal::Delete),
            Action::Undo => ctx.ask_undo(self.id.clone()),
            Action::Check => {
                if let Some(number) = number {
                    check::open(&number, ctx);
                }
            }
            Action::Reveal => {
                let until = ctx.now.checked_add(REVEAL_FOR).ok();
                self.revealed_until = if self.revealed_until.is_some() { None } else { until };
            }
            Action::Copy => {
                if let Some(menu) = self.detail(ctx).map(|detail| CopyMenu::of(detail, ctx)) {
                    ctx.cover(|_| Overlay::Copy(menu));
                }
            }
            Action::Raw => {
                self.raw = !self.raw;
                self.scroll = 0;
            }
            Action::Refresh => ctx.read_detail(self.id.clone()),
            Action::Next | Action::Previous => self.go_on(action == Action::Next, ctx),
            Action::Jump => {
                if let Some(number) = number {
                    ctx.jump(&number);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, ctx: &mut Ctx) {
        let lines = match self.detail(ctx) {
            Some(detail) if self.raw => detail.raw().lines().count(),
            _ => LINES,
        };
        self.scroll = super::scrolled(self.scroll, rows, lines.saturating_sub(ctx.page_height()));
    }

    fn target<'a>(&'a self, ctx: &'a Ctx) -> Option<&'a Number> {
        self.detail(ctx).map(|detail| &detail.number).or_else(|| ctx.owned.roster.get(&self.id))
    }

    fn closed(&mut self, ctx: &mut Ctx) {
        ctx.stop_detail(&self.id);
    }

    fn hide(&mut self) {
        self.revealed_until = None;
    }

    fn wake(&self) -> Option<Timestamp> {
        self.revealed_until
    }

    fn is_about(&self, id: &NumberId) -> bool {
        self.id == *id
    }
}
