//! Screen 2: the numbers that can be bought.

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::filter_line::FilterLine;
use super::super::input::Input;
use super::super::key::Key;
use super::super::list::List;
use super::super::list::search::{Form, Search};
use super::super::offer::{ActionOffer, filtering, moves};
use super::super::{Ctx, Tab, Tone};
use super::numbers::{self, Unselected};
use super::{Regions, View};
use crate::phone::{Pattern, SortKey};

/// What Inventory can be sorted by, in the order of the key.
pub const SORT_KEYS: &[SortKey] = &[SortKey::Number, SortKey::Kind, SortKey::Monthly];

/// The list of numbers on sale and its search. The rows are in [`Ctx::inventory`].
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// The search form.
    pub form: Form,
    /// Whether the form has the keys.
    pub form_open: bool,
    /// The search whose results are shown.
    pub search: Option<Search>,
}

impl Inventory {
    /// Nothing was searched yet.
    pub(in crate::app) fn new() -> Self {
        Self { form: Form::new("NG"), form_open: false, search: None }
    }

    /// It is shown: where nothing was searched yet, the form proposes the country of most owned
    /// numbers, where somebody is likely to buy.
    pub(in crate::app) fn shown(&mut self, ctx: &Ctx) {
        if self.search.is_some() {
            return;
        }
        if !self.form_open {
            self.form = Form::new(&usual_country(ctx));
        }
    }

    /// Shows what is for sale in a country.
    pub(in crate::app) fn shop(&mut self, country: &str, ctx: &mut Ctx) {
        self.form = Form::new(country);
        self.search(ctx);
    }

    fn search(&mut self, ctx: &mut Ctx) {
        match self.form.search() {
            Err(why) => self.form.error = Some(why),
            Ok((search, pattern)) => self.show(&search, pattern, ctx),
        }
    }

    fn show(&mut self, search: &Search, pattern: Pattern, ctx: &mut Ctx) {
        self.form_open = false;
        self.form.pattern.keep();
        self.form.country = Input::with(&search.country);
        let before = self.search.replace(search.clone());
        if before.as_ref().is_some_and(|before| before.shelf() == search.shelf()) {
            ctx.inventory.keeping_place(|roster| roster.pattern(pattern));
            if ctx.inventory.reading.is_none() && ctx.inventory.read_at.is_none() {
                ctx.read_inventory(search);
            }
            return;
        }
        ctx.stop_reading(Tab::Inventory);
        // Marks are about the numbers of one search.
        let dropped = ctx.inventory.marks();
        if let (Some(before), true) = (before, dropped > 0) {
            let are = if dropped == 1 { "is" } else { "are" };
            ctx.tell(Tone::Plain, format!("{dropped} marked in {} {are} dropped.", before.country));
        }
        let order = ctx.inventory.roster.order();
        ctx.inventory = List::new(SORT_KEYS);
        ctx.inventory.roster.sort(order);
        ctx.inventory.roster.pattern(pattern);
        ctx.read_inventory(search);
    }

    fn read_on(&self, ctx: &mut Ctx) {
        if let Some(search) = &self.search {
            ctx.read_on(Tab::Inventory, search.shelf());
        }
    }
}

/// Why there is nothing to read again.
fn unsearched(ctx: &Ctx) -> String {
    format!("nothing was searched yet; {} searches", ctx.key(Action::Open))
}

fn usual_country(ctx: &Ctx) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for country in ctx.owned.roster.numbers().filter_map(|number| number.country.as_deref()) {
        match counts.iter_mut().find(|(code, _)| *code == country) {
            Some((_, count)) => *count += 1,
            None => counts.push((country, 1)),
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or("NG", |(code, _)| code).to_owned()
}

impl View for Inventory {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let list = &ctx.inventory;
        if self.form_open {
            let search = ActionOffer::new(Action::Open).called("search");
            return vec![search, ActionOffer::new(Action::Back).called("close")];
        }
        if list.filter.is_open() {
            return filtering();
        }
        let un = Unselected::of(Tab::Inventory, ctx);
        let marked = list.marks() > 0;
        let unreadable = list.selected().is_some_and(|row| row.line.possible().is_none());
        let unreadable =
            unreadable.then(|| "its number is not valid E.164, so it can not be bought here".to_owned());
        let unbuyable = un.row.clone().or(unreadable).or_else(|| ctx.write_obstacle());
        let (label, buy) = if marked {
            ("buy the marked", un.misread.or_else(|| ctx.write_obstacle()))
        } else {
            ("buy", unbuyable.clone())
        };
        let open = if numbers::looks_further(Tab::Inventory, ctx) { None } else { unbuyable };
        if self.search.is_none() {
            let search = ActionOffer::new(Action::Open).called("search");
            let mut offers = vec![search, ActionOffer::new(Action::Search).called("change the search")];
            offers.extend(numbers::ways(Tab::Inventory, Some(unsearched(ctx)), ctx));
            return offers;
        }
        let mut offers = vec![
            ActionOffer::new(Action::Buy).called(label).unless(buy),
            ActionOffer::new(Action::Mark).unless(un.row.clone()),
            ActionOffer::new(Action::Open).called("").unless(open),
            ActionOffer::new(Action::Search),
            ActionOffer::new(Action::Filter),
        ];
        offers.extend(numbers::marks(list, un.row.as_deref()));
        let export = numbers::export(list, un.row.as_deref());
        offers.extend([ActionOffer::new(Action::Copy).unless(un.row), export]);
        offers.extend(numbers::ways(Tab::Inventory, None, ctx));
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action == Action::Open && (self.form_open || self.search.is_none()) {
            return self.search(ctx);
        }
        if numbers::act(Tab::Inventory, action, ctx) {
            return;
        }
        match action {
            Action::Open if numbers::looks_further(Tab::Inventory, ctx) => self.read_on(ctx),
            Action::Open => {
                let row = ctx.inventory.selected().cloned();
                ctx.buy(row.into_iter().collect(), false);
            }
            Action::Buy => {
                let (rows, marked) = numbers::chosen(Tab::Inventory, ctx);
                ctx.buy(rows, marked);
            }
            Action::Search => {
                self.form_open = true;
                self.form.fresh = true;
            }
            Action::Refresh => {
                if let Some(search) = &self.search {
                    ctx.read_inventory(search);
                }
            }
            Action::LoadAll => self.read_on(ctx),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, ctx: &mut Ctx) {
        numbers::step(Tab::Inventory, rows, ctx);
    }

    fn selected_row(&self, ctx: &Ctx) -> Option<usize> {
        Some(ctx.inventory.cursor.selected)
    }

    fn key(&mut self, key: Key, ctx: &mut Ctx) -> bool {
        if self.form_open {
            self.form.press(key);
            return true;
        }
        numbers::key(Tab::Inventory, key, ctx)
    }

    fn paste(&mut self, text: &str, ctx: &mut Ctx) -> bool {
        if self.form_open {
            self.form.paste(text);
            return true;
        }
        numbers::paste(Tab::Inventory, text, ctx)
    }

    fn is_typing(&self, ctx: &Ctx) -> bool {
        self.form_open || self.is_filtering(ctx)
    }

    fn filter<'a>(&'a self, ctx: &'a Ctx) -> Option<&'a FilterLine> {
        Some(&ctx.inventory.filter)
    }

    fn has_filter(&self, _: &Ctx) -> bool {
        true
    }

    fn regions(&self, body: Rect) -> Regions {
        numbers::regions(body)
    }

    fn back(&mut self, _: &mut Ctx) -> bool {
        std::mem::take(&mut self.form_open)
    }
}
