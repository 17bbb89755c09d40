//! Choosing who answers.

use std::collections::HashMap;

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::input::Input;
use super::super::key::{Key, KeyCode};
use super::super::offer::ActionOffer;
use super::super::screen::View;
use super::super::{Ctx, Tone};
use crate::phone::{Changes, Endpoint, EndpointId, Number, Trouble};

/// The choice of an endpoint: listed ones, else the ids seen on owned numbers, else an id that is typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Picker {
    /// Whose endpoint; none when it is for a purchase.
    pub numbers: Vec<Number>,
    pub choices: Vec<Choice>,
    /// Whether the server listed all that there are: then nothing else can be chosen.
    is_whole: bool,
    /// What was typed: narrows the choices, or is an id itself.
    pub typed: Input,
    /// The selected position among what is shown.
    pub selected: usize,
}

/// One line of the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The endpoint; `None` is nobody.
    pub id: Option<EndpointId>,
    /// Its name, or its id.
    pub label: String,
    /// Type and status, or what it means.
    pub note: String,
    /// Whether the server lists it as out of order.
    pub is_out: bool,
    /// Where it is, where that is listed.
    pub url: Option<String>,
    /// How many owned numbers have it.
    pub count: usize,
}

impl Choice {
    fn listed(endpoint: &Endpoint, counts: &HashMap<&EndpointId, usize>) -> Self {
        let about = [endpoint.kind.as_deref(), endpoint.status.as_deref()];
        Self {
            id: Some(endpoint.id.clone()),
            label: endpoint.name.clone().unwrap_or_else(|| endpoint.id.to_string()),
            note: about.into_iter().flatten().collect::<Vec<_>>().join(", "),
            is_out: Trouble::of_endpoint(endpoint).is_some(),
            url: endpoint.url.clone(),
            count: counts.get(&endpoint.id).copied().unwrap_or_default(),
        }
    }

    /// What is known of nothing but its id, or means nobody.
    fn plain(id: Option<&EndpointId>, label: &str, note: &str, count: usize) -> Self {
        let (label, note) = (label.to_owned(), note.to_owned());
        Self { id: id.cloned(), label, note, is_out: false, url: None, count }
    }

    /// Whether a text, in lower case, is in anything that is known of it.
    fn fits(&self, wanted: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(wanted);
        has(&self.label)
            || has(&self.note)
            || self.url.as_deref().is_some_and(has)
            || self.id.as_ref().is_some_and(|id| has(id.as_str()))
    }
}

impl Picker {
    /// Collects the choices.
    pub fn new<'a>(
        numbers: Vec<Number>,
        listed: Option<&[Endpoint]>,
        owned: impl Iterator<Item = &'a Number>,
    ) -> Self {
        let mut counts: HashMap<&EndpointId, usize> = HashMap::new();
        for id in owned.filter_map(|number| number.endpoint.value()) {
            *counts.entry(id).or_default() += 1;
        }
        let listed = listed.filter(|listed| !listed.is_empty());
        let mut choices: Vec<Choice> = match listed {
            Some(listed) => listed.iter().map(|endpoint| Choice::listed(endpoint, &counts)).collect(),
            None => seen(&counts),
        };
        let none = if !numbers.is_empty() { "nobody answers calls" } else { "attach one later" };
        choices.push(Choice::plain(None, "none", none, 0));
        // Where nobody answers yet, the first one is proposed: none is how it is already.
        let first = numbers.first().and_then(|number| number.endpoint.value());
        let current = first.filter(|id| numbers.iter().all(|number| number.endpoint.value() == Some(id)));
        let is_current = |choice: &Choice| current.is_some() && choice.id.as_ref() == current;
        let selected = choices.iter().position(is_current).unwrap_or(0);
        Self { choices, is_whole: listed.is_some(), typed: Input::default(), selected, numbers }
    }

    /// The choices that fit what was typed. A text that fits none is offered as an id, where the server
    /// did not list all that there are.
    pub fn shown(&self) -> Vec<Choice> {
        let wanted = self.typed.text().trim().to_lowercase();
        let found: Vec<Choice> = self.choices.iter().filter(|choice| choice.fits(&wanted)).cloned().collect();
        let id = self.typed.text().trim();
        if found.is_empty() && !self.is_whole && !id.is_empty() {
            return vec![Choice::plain(Some(&EndpointId::new(id)), id, "use this id", 0)];
        }
        found
    }
}

fn seen(counts: &HashMap<&EndpointId, usize>) -> Vec<Choice> {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by(|(id, count), (other, others)| others.cmp(count).then(id.cmp(other)));
    counts.into_iter().map(|(id, count)| Choice::plain(Some(id), id.as_str(), "", *count)).collect()
}

impl View for Picker {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        vec![ActionOffer::new(Action::Open).called("choose"), ActionOffer::new(Action::Back).called("close")]
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action != Action::Open {
            return;
        }
        let Some(choice) = self.shown().into_iter().nth(self.selected) else {
            let text = format!(
                "No endpoint is called {}; the server lists all that there are.",
                self.typed.text().trim()
            );
            return ctx.tell(Tone::Plain, text);
        };
        ctx.go(Move::Uncover);
        if self.numbers.is_empty() {
            return ctx.go(Move::Attach(choice.id));
        }
        let changes = Changes { endpoint: Some(choice.id), ..Changes::default() };
        ctx.change(std::mem::take(&mut self.numbers), &changes);
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        let last = self.shown().len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.selected)
    }

    fn key(&mut self, key: Key, ctx: &mut Ctx) -> bool {
        let last = self.shown().len().saturating_sub(1);
        match key.code {
            KeyCode::Up => self.step(-1, ctx),
            KeyCode::Down => self.step(1, ctx),
            KeyCode::PageUp => self.selected = 0,
            KeyCode::PageDown => self.selected = last,
            // In a text they are for the text.
            KeyCode::Home if self.typed.is_empty() => self.selected = 0,
            KeyCode::End if self.typed.is_empty() => self.selected = last,
            _ => {
                if self.typed.press(key) {
                    self.selected = 0;
                }
            }
        }
        true
    }

    fn paste(&mut self, text: &str, _: &mut Ctx) -> bool {
        self.typed.insert(text);
        self.selected = 0;
        true
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Field, NumberId, NumberText};

    fn number(id: &str, endpoint: &str) -> Number {
        let mut n = Number::new(NumberId::new(id), NumberText::parse("+2348031234567"));
        n.endpoint = Field::Value(EndpointId::new(endpoint));
        n
    }

    #[test]
    fn without_a_list_the_endpoints_of_owned_numbers_are_counted() {
        let owned = [number("1", "b"), number("2", "a"), number("3", "b")];
        let picker = Picker::new(vec![owned[1].clone()], None, owned.iter());
        let lines: Vec<_> = picker.shown().into_iter().map(|c| (c.label, c.count)).collect();
        assert_eq!(lines, [("b".to_owned(), 2), ("a".to_owned(), 1), ("none".to_owned(), 0)]);
        assert_eq!(picker.selected, 1, "the current one is selected");
    }

    #[test]
    fn what_is_listed_is_found_by_all_that_is_known_of_it_and_nothing_else_is_offered() {
        let endpoint = |id: &str, name: &str, kind: &str, status: &str, url: &str| Endpoint {
            id: EndpointId::new(id),
            name: Some(name.to_owned()),
            kind: Some(kind.to_owned()),
            status: Some(status.to_owned()),
            url: Some(url.to_owned()),
        };
        let listed = [
            endpoint("e1", "Sales", "agent", "active", "sip:sales@pbx-1.example.net"),
            endpoint("e2", "Night", "sip", "error", "sip:night@pbx-2.example.net"),
        ];
        let mut picker = Picker::new(Vec::new(), Some(&listed), [number("1", "e2")].iter());
        for (typed, found) in
            [("sal", "Sales"), ("SIP,", "Night"), ("error", "Night"), ("pbx-1", "Sales"), ("e2", "Night")]
        {
            picker.typed = Input::with(typed);
            let labels: Vec<String> = picker.shown().into_iter().map(|choice| choice.label).collect();
            assert_eq!(labels, [found], "{typed}");
        }
        let night = &picker.shown()[0];
        assert!(night.is_out && night.count == 1, "{night:?}");
        picker.typed = Input::with("bogus");
        assert!(picker.shown().is_empty(), "an unknown id is refused here");
    }

    #[test]
    fn a_text_that_fits_none_is_an_id() {
        let mut picker = Picker::new(Vec::new(), None, [number("1", "ep-b")].iter());
        picker.typed.insert("EP");
        assert_eq!(picker.shown()[0].label, "ep-b");
        picker.typed.insert("x");
        assert_eq!(picker.shown()[0].id, Some(EndpointId::new("EPx")));
    }
}
