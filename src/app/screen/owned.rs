//! Screen 1: the numbers that the organization owns.

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::filter_line::FilterLine;
use super::super::key::Key;
use super::super::offer::{ActionOffer, filtering, moves};
use super::super::overlay::Overlay;
use super::super::overlay::asof::AsOfView;
use super::super::{Ctx, Tab, Tone};
use super::numbers::{self, Unselected};
use super::{Regions, View, check, checks, detail, past};
use crate::api::{ListKind, Removal};
use crate::phone::{Number, SortKey};

/// What Owned can be sorted by, in the order of the key.
pub const SORT_KEYS: &[SortKey] = &[
    SortKey::Number,
    SortKey::Country,
    SortKey::Kind,
    SortKey::Status,
    SortKey::Endpoint,
    SortKey::Changed,
    SortKey::Problem,
    SortKey::Route,
];

/// The list of owned numbers. Its rows are in [`Ctx::owned`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned;

impl View for Owned {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let list = &ctx.owned;
        if list.filter.is_open() {
            return filtering();
        }
        let un = Unselected::of(Tab::Owned, ctx);
        let past = ctx.past_time();
        let marked = list.marks() > 0;
        let open = if numbers::looks_further(Tab::Owned, ctx) {
            ActionOffer::new(Action::Open).called("reads on")
        } else {
            ActionOffer::new(Action::Open).unless(past.clone().or_else(|| un.row.clone()))
        };
        let first = [
            open,
            ActionOffer::new(Action::Filter),
            ActionOffer::new(Action::Buy).called("buy").unless(past.clone()),
            ActionOffer::new(Action::Mark).unless(un.row.clone()),
        ];
        let nothing = list.selected().is_none().then(|| "no number is selected".to_owned());
        let check = ActionOffer::new(Action::Check).unless(past.clone().or_else(|| nothing.clone()));
        let none = (!marked).then(|| format!("nothing is marked; {} marks", ctx.key(Action::Mark)));
        let check_marked = ActionOffer::new(Action::CheckMarked).unless(past.clone().or(none));
        // The answer to "why do calls not arrive" stands where it is seen.
        let (seen, other) = if marked { (check_marked, check) } else { (check, check_marked) };
        let written =
            |action| ActionOffer::new(action).unless(un.rows.clone().or_else(|| ctx.write_obstacle()));
        let changes = [written(Action::Endpoint), seen]
            .into_iter()
            .chain(Action::switches().chain([Action::Release]).map(written));
        // What marks are for comes first, once there are some.
        let mut offers: Vec<ActionOffer> =
            if marked { changes.chain(first).collect() } else { first.into_iter().chain(changes).collect() };
        offers.extend(numbers::marks(list, un.row.as_deref()));
        offers.push(other);
        offers.push(ActionOffer::new(Action::Problems).called(if list.asks_problems() {
            "all"
        } else {
            "problems"
        }));
        offers.push(ActionOffer::new(Action::Jump).unless(un.row.clone()));
        offers.push(ActionOffer::new(Action::Label).unless(un.rows.clone()));
        offers.push(ActionOffer::new(Action::History).unless(un.row.clone()));
        // What was changed just now can be put back, though its row may be hidden by the filter.
        let last = ctx.just_changed();
        if last.is_empty() {
            let undoable = un.misread.or(nothing).or_else(|| ctx.write_obstacle());
            offers.push(ActionOffer::new(Action::Undo).unless(undoable));
        } else {
            let label = if last.len() == 1 { "undo that" } else { "undo all of that" };
            offers.insert(0, ActionOffer::new(Action::Undo).called(label).unless(ctx.write_obstacle()));
        }
        let export = numbers::export(list, un.row.as_deref());
        offers.extend([ActionOffer::new(Action::Copy).unless(un.row), export]);
        let elsewhere = format!("that is on the number's own screen: {} opens it", ctx.key(Action::Open));
        let there = [Action::Delete, Action::Reveal, Action::Raw].map(ActionOffer::new);
        offers.extend(there.map(|offer| offer.unless(Some(elsewhere.clone()))));
        offers.push(ActionOffer::new(Action::AsOf).called(if past.is_some() { "now" } else { "" }));
        if past.is_some() && list.filter.is_empty() && !marked {
            offers.push(ActionOffer::new(Action::Back).called("now"));
        }
        offers.extend(numbers::ways(Tab::Owned, past, ctx));
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if numbers::act(Tab::Owned, action, ctx) {
            return;
        }
        let (chosen, _) = numbers::chosen(Tab::Owned, ctx);
        if let Some(setting) = action.switches_setting() {
            return ctx.switch(setting, chosen);
        }
        let selected = ctx.owned.selected().cloned();
        match action {
            Action::Open if numbers::looks_further(Tab::Owned, ctx) => {
                ctx.read_on(Tab::Owned, ListKind::Owned);
            }
            Action::Open => {
                if let Some(number) = selected {
                    detail::open(number.id, ctx);
                }
            }
            Action::Problems => ctx.owned.turn_problems(),
            Action::AsOf if ctx.come_back() => ctx.tell(Tone::Plain, "The numbers as they are."),
            Action::AsOf => ctx.cover(|_| Overlay::AsOf(AsOfView::default())),
            Action::Jump => {
                if let Some(number) = selected {
                    ctx.jump(&number);
                }
            }
            Action::Buy => ctx.go(Move::Show(Tab::Inventory)),
            Action::Endpoint => ctx.choose_endpoint(chosen),
            Action::Release => ctx.remove(chosen, Removal::Release),
            Action::Undo if !ctx.just_changed().is_empty() => ctx.ask_undo_last(),
            Action::Undo => {
                if let Some(number) = selected {
                    ctx.ask_undo(number.id);
                }
            }
            Action::Check => {
                if let Some(number) = selected {
                    check::open(&number, ctx);
                }
            }
            Action::CheckMarked => checks::open(ctx.owned.marked().cloned().collect(), ctx),
            Action::Label => ctx.open_label(&chosen),
            Action::History => past::open(selected.map(|number| number.id), ctx),
            Action::Refresh => {
                ctx.read_owned();
                ctx.read_labels();
            }
            Action::LoadAll => ctx.read_on(Tab::Owned, ListKind::Owned),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, ctx: &mut Ctx) {
        numbers::step(Tab::Owned, rows, ctx);
    }

    fn selected_row(&self, ctx: &Ctx) -> Option<usize> {
        Some(ctx.owned.cursor.selected)
    }

    fn key(&mut self, key: Key, ctx: &mut Ctx) -> bool {
        numbers::key(Tab::Owned, key, ctx)
    }

    fn paste(&mut self, text: &str, ctx: &mut Ctx) -> bool {
        numbers::paste(Tab::Owned, text, ctx)
    }

    fn filter<'a>(&'a self, ctx: &'a Ctx) -> Option<&'a FilterLine> {
        Some(&ctx.owned.filter)
    }

    fn target<'a>(&'a self, ctx: &'a Ctx) -> Option<&'a Number> {
        ctx.owned.selected()
    }

    fn back(&mut self, ctx: &mut Ctx) -> bool {
        ctx.come_back()
    }

    fn regions(&self, body: Rect) -> Regions {
        numbers::regions(body)
    }
}
