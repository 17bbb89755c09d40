//! What both lists of numbers do in the same way: filter, order, marks, reading on.

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::filter_line::FilterUse;
use super::super::key::Key;
use super::super::list::List;
use super::super::list::paste::{Pasted, is_prose};
use super::super::offer::{ActionOffer, add_elsewhere};
use super::super::overlay::{Overlay, copy::CopyMenu, export::ExportView};
use super::super::{Ctx, Tab, Tone};
use super::Regions;
use crate::phone::{Number, SortKey};

/// Does what both lists offer. Returns false for what is one's own.
pub(super) fn act(tab: Tab, action: Action, ctx: &mut Ctx) -> bool {
    match ctx.list_mut(tab).filter.act(action) {
        FilterUse::Elsewhere => {}
        // Whoever leaves a filter that nothing fits so far wants to read on.
        FilterUse::Same => return action != Action::Open || !looks_further(tab, ctx),
        FilterUse::Other => {
            ctx.list_mut(tab).apply_filter();
            return true;
        }
    }
    match action {
        Action::Sort | Action::Reverse => {
            let list = ctx.list_mut(tab);
            if action == Action::Sort {
                list.sort_next();
            } else {
                list.reverse();
            }
            let order = list.roster.order();
            let by = order.key.map_or("the server's order", SortKey::name);
            let turned = if order.descending { ", reversed" } else { "" };
            ctx.tell(Tone::Plain, format!("Sorted by {by}{turned}."));
        }
        Action::Mark | Action::MarkTo | Action::MarkAll | Action::ClearMarks => mark(tab, action, ctx),
        Action::Copy => {
            let selected = ctx.list(tab).selected();
            if let Some(menu) = selected.map(|number| CopyMenu::of_row(number, tab, ctx)) {
                ctx.cover(|_| Overlay::Copy(menu));
            }
        }
        Action::Export => {
            let view = ExportView::of(tab, ctx);
            ctx.cover(|_| Overlay::Export(Box::new(view)));
        }
        _ => return false,
    }
    true
}

/// Whether there is something to write to a file.
pub(super) fn export(list: &List, unselected: Option<&str>) -> ActionOffer {
    let nothing = (list.roster.matching() == 0).then(|| "no row is shown that could be written".to_owned());
    ActionOffer::new(Action::Export).unless(unselected.map(str::to_owned).or(nothing))
}

/// Marks are about the list that is shown.
fn mark(tab: Tab, action: Action, ctx: &mut Ctx) {
    let list = ctx.list_mut(tab);
    match action {
        Action::Mark => list.mark(),
        Action::MarkTo => list.mark_to(),
        Action::MarkAll => list.mark_all(),
        _ => list.clear_marks(),
    }
    let hidden = list.hidden_marks();
    if hidden > 0 && list.marks() > 0 {
        ctx.tell(Tone::Plain, format!("{hidden} of the marked are hidden by the filter."));
    }
}

/// Gives a key to the filter, while it is typed.
pub(super) fn key(tab: Tab, key: Key, ctx: &mut Ctx) -> bool {
    let list = ctx.list_mut(tab);
    let used = list.filter.press(key);
    if used == FilterUse::Other {
        list.apply_filter();
    }
    used != FilterUse::Elsewhere
}

/// Pastes into the filter, while it is typed.
pub(super) fn paste(tab: Tab, text: &str, ctx: &mut Ctx) -> bool {
    let list = ctx.list_mut(tab);
    if !list.filter.is_open() {
        return false;
    }
    if is_prose(text) {
        paste_numbers(tab, text, ctx);
    } else {
        list.filter.insert(text);
        list.apply_filter();
    }
    true
}

/// Filters by the numbers in a text that are in the list.
fn paste_numbers(tab: Tab, text: &str, ctx: &mut Ctx) {
    let list = ctx.list_mut(tab);
    let pasted = Pasted::of(text, &list.roster);
    let lines = pasted.with + pasted.without;
    let counted = |count: usize, of: &str| format!("{count} {of}{}", if count == 1 { "" } else { "s" });
    if pasted.found.is_empty() {
        let text = format!("No number of this list is in what was pasted ({}).", counted(lines, "line"));
        return ctx.tell(Tone::Plain, text);
    }
    // A number that is cut is another one.
    let mut room = list.filter.room();
    let fits = |digits: &&String| {
        let fits = digits.len() < room;
        room = room.saturating_sub(digits.len() + 1);
        fits
    };
    let taken: Vec<&str> = pasted.found.iter().take_while(fits).map(String::as_str).collect();
    let is_whole = taken.len() == pasted.found.len();
    let text = taken.join(",");
    list.filter.insert(&text);
    list.apply_filter();
    let mut said =
        format!("{} of this list in {}.", counted(pasted.found.len(), "number"), counted(lines, "line"));
    if pasted.without > 0 {
        said.push_str(&format!(" {} have none.", pasted.without));
    }
    if !is_whole {
        said = format!(
            "Of {} numbers the first {} are in the filter; it takes no more.",
            pasted.found.len(),
            taken.len()
        );
    }
    ctx.tell(Tone::Plain, said);
}

/// Moves in the list.
pub(super) fn step(tab: Tab, rows: isize, ctx: &mut Ctx) {
    let list = ctx.list_mut(tab);
    let matching = list.roster.matching();
    list.cursor.step(rows, matching);
}

/// Whether nothing that was read fits, and there is more to read.
pub(super) fn looks_further(tab: Tab, ctx: &Ctx) -> bool {
    let list = ctx.list(tab);
    list.can_read_on() && list.roster.matching() == 0 && list.filter_problem().is_none()
}

/// The marked rows; where there are none, the selected one. And whether they are marked.
pub(super) fn chosen(tab: Tab, ctx: &Ctx) -> (Vec<Number>, bool) {
    let list = ctx.list(tab);
    if list.marks() > 0 {
        return (list.marked().cloned().collect(), true);
    }
    (list.selected().cloned().into_iter().collect(), false)
}

/// Why rows can not be acted on, in the words of an obstacle.
pub(super) struct Unselected {
    /// The filter is not understood: what it does not say is neither marked nor changed.
    pub(super) misread: Option<String>,
    /// That, or no row is selected.
    pub(super) row: Option<String>,
    /// The same for what is about the marks, where there are some.
    pub(super) rows: Option<String>,
}

impl Unselected {
    pub(super) fn of(tab: Tab, ctx: &Ctx) -> Self {
        let list = ctx.list(tab);
        let misread = list.filter_problem().map(|why| format!("of the filter: {why}"));
        let none = || list.selected().is_none().then(|| "no number is selected".to_owned());
        let row = misread.clone().or_else(none);
        let rows = if list.marks() > 0 { misread.clone() } else { row.clone() };
        Self { misread, row, rows }
    }
}

/// What a list offers about reading on, and about its marks and filter.
pub(super) fn marks(list: &List, unselected: Option<&str>) -> impl Iterator<Item = ActionOffer> {
    let clear = if list.marks() > 0 {
        Some(Action::ClearMarks)
    } else {
        (!list.filter.is_empty()).then_some(Action::ClearFilter)
    };
    let further = list.can_read_on().then_some(Action::LoadAll);
    let marks = [Action::MarkAll, Action::MarkTo]
        .map(|action| ActionOffer::new(action).unless(unselected.map(str::to_owned)));
    further.into_iter().chain(clear).map(ActionOffer::new).chain(marks)
}

/// What every list offers last: what was asked, order, refresh, help, the way out, the other screens.
pub(super) fn ways(tab: Tab, unread: Option<String>, ctx: &Ctx) -> Vec<ActionOffer> {
    let reading = ctx.list(tab).reading.is_some();
    let reading =
        reading.then(|| format!("it is being read already; {} stops that", ctx.key(Action::Cancel)));
    let mut ways = vec![
        ActionOffer::new(Action::Activity),
        ActionOffer::new(Action::Sort),
        ActionOffer::new(Action::Refresh).unless(reading.or(unread)),
        ActionOffer::new(Action::Help),
        ActionOffer::new(Action::Quit),
        ActionOffer::new(Action::Reverse).called(""),
    ];
    add_elsewhere(&mut ways);
    ways
}

/// The rows are below their headings.
pub(super) fn regions(body: Rect) -> Regions {
    let y = body.y + 1.min(body.height);
    Regions { list: Rect { y, height: body.height.saturating_sub(1), ..body } }
}
