//! The command box: everything that can be done or gone to, by a part of its name.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::input::Input;
use super::super::key::{Key, KeyCode};
use super::super::offer::ActionOffer;
use super::super::screen::plan::PlanView;
use super::super::screen::{Screen, View};
use super::super::{Ctx, Effect, Tab, Tone};
use crate::app::wrap::capitalised;
use crate::phone::{Country, digits_of};

/// So many matches are shown.
pub const SHOWN: usize = 8;

/// What a line of the box does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// What a key does.
    Act(Action),
    /// Shows owned numbers by this filter.
    Filter(String),
    /// Turns to another profile.
    Profile(String),
    /// Shows other colours.
    Theme(String),
    /// Shows what is for sale in a country.
    Shop(&'static str),
    /// Shows what has to change so that numbers are as a file says.
    Plan(String),
}

/// One line of the box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxLine {
    /// What it does.
    pub deed: Deed,
    /// What it is called.
    pub name: String,
    /// What it does, in words.
    pub what: String,
    /// Why it is not possible now.
    pub obstacle: Option<String>,
}

/// The box, and what was typed into it.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandBox {
    /// What was typed.
    pub typed: Input,
    /// All that there is, the likely ones first.
    all: Vec<BoxLine>,
    /// Those that fit, the best first.
    pub found: Vec<BoxLine>,
    /// The selected one of them.
    pub selected: usize,
}

/// Names from other programs, and whole words for what has a longer name.
const ALIASES: &[(&str, Action)] = &[
    ("q", Action::Quit),
    ("q!", Action::Quit),
    ("qa", Action::Quit),
    ("wq", Action::Quit),
    ("x", Action::Quit),
    ("exit", Action::Quit),
    ("h", Action::Help),
    ("keys", Action::Help),
    ("ctx", Action::Profiles),
    ("context", Action::Profiles),
    ("numbers", Action::Owned),
    ("shop", Action::Inventory),
    ("ledger", Action::Purchases),
    ("log", Action::Activity),
    ("reload", Action::Refresh),
];

impl CommandBox {
    /// What can be done on a screen with these offers, and where one can go.
    pub(in crate::app) fn new(offers: Vec<ActionOffer>, ctx: &Ctx) -> Self {
        let mut all: Vec<BoxLine> = offers.into_iter().filter_map(of_offer).collect();
        if all.iter().all(|command| command.deed != Deed::Act(Action::Quit)) {
            all.extend(of_offer(ActionOffer::new(Action::Quit)));
        }
        all.extend(filters(ctx));
        let profiles = ctx.account.profiles.iter().filter(|choice| choice.name != ctx.account.profile);
        all.extend(profiles.map(|choice| BoxLine {
            deed: Deed::Profile(choice.name.clone()),
            name: format!("profile {}", choice.name),
            what: choice.place.clone(),
            obstacle: None,
        }));
        all.extend(ctx.themes.iter().map(|theme| BoxLine {
            deed: Deed::Theme(theme.clone()),
            name: format!("theme {theme}"),
            what: "other colours, until numdeck is left".to_owned(),
            obstacle: None,
        }));
        all.extend(Country::ALL.iter().map(|country| BoxLine {
            deed: Deed::Shop(country.code),
            name: format!("buy in {}", country.name),
            what: format!("what is for sale in {}", country.code),
            obstacle: None,
        }));
        all.push(plan(""));
        let mut made = Self { typed: Input::default(), all, found: Vec::new(), selected: 0 };
        made.find();
        made
    }

    /// Finds what fits the text as typed.
    fn find(&mut self) {
        let text = self.typed.text().trim().to_lowercase();
        self.selected = 0;
        let alias = ALIASES.iter().find(|(name, _)| *name == text).map(|(_, action)| *action);
        let pattern = Pattern::parse(&text, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
        let mut found: Vec<(u32, &BoxLine)> = Vec::new();
        for command in &self.all {
            let named = score(&command.name).map(|score| score.saturating_mul(2));
            let mut told = || score(&format!("{} {}", command.name, command.what));
            let is_it = command.name == text || alias.is_some_and(|action| command.deed == Deed::Act(action));
            match (is_it, named) {
                (true, _) => found.push((u32::MAX, command)),
                (false, Some(score)) => found.push((score, command)),
                (false, None) => found.extend(told().map(|score| (score, command))),
            }
        }
        // Of equal ones what can be done stands first, in the order of importance.
        found.sort_by_key(|(score, command)| (std::cmp::Reverse(*score), command.obstacle.is_some()));
        self.found = found.into_iter().map(|(_, command)| command.clone()).collect();
        let typed = self.typed.text().trim();
        if let Some(file) =
            typed.get(..5).filter(|word| word.eq_ignore_ascii_case("plan ")).map(|_| typed[5..].trim())
        {
            self.found.insert(0, plan(file));
        }
        if digits_of(&text).is_some_and(|digits| digits.len() > 2) {
            self.found.insert(0, filter(self.typed.text().trim(), "numbers with these digits"));
        }
    }

    /// The selected command.
    pub fn chosen(&self) -> Option<&BoxLine> {
        self.found.get(self.selected)
    }
}

fn of_offer(offer: ActionOffer) -> Option<BoxLine> {
    let binding = offer.action.binding()?;
    let skipped = matches!(offer.action, Action::CommandBox | Action::Up | Action::Down);
    (!skipped).then(|| BoxLine {
        deed: Deed::Act(offer.action),
        name: offer.action.name(),
        what: binding.help.to_owned(),
        obstacle: offer.obstacle,
    })
}

/// The filters that somebody may want: what is wrong, each country and each endpoint that there is.
fn filters(ctx: &Ctx) -> Vec<BoxLine> {
    let counts = ctx.owned.roster.problems();
    let mut found: Vec<BoxLine> = counts
        .iter()
        .map(|(problem, count)| {
            filter(&format!("problem:{}", problem.word()), &format!("{count} {}", problem.counted()))
        })
        .collect();
    let mut countries: Vec<&str> =
        ctx.owned.roster.kinds().filter_map(|row| row.country.as_deref()).collect();
    countries.sort_unstable();
    countries.dedup();
    found.extend(countries.into_iter().map(|code| {
        filter(&format!("country:{}", code.to_lowercase()), Country::name_of(code).unwrap_or_default())
    }));
    let mut endpoints: Vec<_> = ctx.owned.roster.kinds().filter_map(|row| row.endpoint.value()).collect();
    // Blanks part the words of a filter.
    endpoints.retain(|id| !id.as_str().contains(char::is_whitespace));
    endpoints.sort_unstable();
    endpoints.dedup();
    found.extend(endpoints.into_iter().map(|id| {
        let text = format!("endpoint:{id}");
        BoxLine { name: format!("endpoint {}", ctx.endpoint_label(id)), ..filter(&text, &text) }
    }));
    found
}

fn filter(text: &str, what: &str) -> BoxLine {
    BoxLine {
        deed: Deed::Filter(text.to_owned()),
        name: text.to_owned(),
        what: what.to_owned(),
        obstacle: None,
    }
}

/// A plan from a file.
fn plan(file: &str) -> BoxLine {
    BoxLine {
        deed: Deed::Plan(file.to_owned()),
        name: format!("plan {}", if file.is_empty() { "FILE" } else { file }),
        what: "what has to change so that numbers are as a file says".to_owned(),
        obstacle: file
            .is_empty()
            .then(|| "the name of the file has to stand behind it: plan routes.csv".to_owned()),
    }
}

impl View for CommandBox {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        vec![ActionOffer::new(Action::Open).called("do it"), ActionOffer::new(Action::Back).called("close")]
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action != Action::Open {
            return;
        }
        let Some(command) = self.chosen().cloned() else {
            let text = format!("Nothing is called {}.", self.typed.text().trim());
            return ctx.tell(Tone::Plain, text);
        };
        ctx.go(Move::Uncover);
        if let Some(why) = command.obstacle {
            return ctx.tell(Tone::Plain, capitalised(&why));
        }
        match command.deed {
            Deed::Act(action) => ctx.go(Move::Do(action)),
            Deed::Filter(text) => {
                ctx.go(Move::Show(Tab::Owned));
                ctx.owned.filter.set(&text);
                ctx.owned.apply_filter();
            }
            Deed::Theme(name) => ctx.out.push(Effect::Theme(name)),
            Deed::Profile(name) => ctx.go(Move::Switch(name)),
            Deed::Plan(file) => ctx.open(|ctx| Screen::Plan(Box::new(PlanView::read(file, ctx)))),
            Deed::Shop(country) => ctx.go(Move::Shop(country)),
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        let last = self.found.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.selected)
    }

    fn key(&mut self, key: Key, ctx: &mut Ctx) -> bool {
        let last = self.found.len().saturating_sub(1);
        match key.code {
            KeyCode::Up | KeyCode::BackTab => self.step(-1, ctx),
            KeyCode::Down | KeyCode::Tab => self.step(1, ctx),
            KeyCode::Char('p') if key.ctrl => self.step(-1, ctx),
            KeyCode::Char('n') if key.ctrl => self.step(1, ctx),
            KeyCode::PageUp => self.selected = 0,
            KeyCode::PageDown => self.selected = last,
            _ => {
                if self.typed.press(key) {
                    self.find();
                }
            }
        }
        true
    }

    fn paste(&mut self, text: &str, _: &mut Ctx) -> bool {
        self.typed.insert(text);
        self.find();
        true
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        true
    }
}
