//! Choosing who answers.

use std::collections::HashMap;

use super::super::Ctx;
use super::super::action::Action;
use super::super::ctx::Move;
use super::super::input::Input;
use super::super::key::{Key, KeyCode};
use super::super::offer::ActionOffer;
use super::super::screen::View;
use crate::phone::{Changes, Endpoint, EndpointId, Number};

/// The choice of an endpoint: listed ones by name, else the ids seen on owned numbers with their
/// counts, else an id that is typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Picker {
    /// Whose endpoint; none when it is for a purchase.
    pub numbers: Vec<Number>,
    pub choices: Vec<Choice>,
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
    /// Type, status, or how many numbers have it.
    pub note: String,
}

impl Picker {
    /// Collects the choices.
    pub fn new<'a>(
        numbers: Vec<Number>,
        listed: Option<&[Endpoint]>,
        owned: impl Iterator<Item = &'a Number>,
    ) -> Self {
        let mut choices: Vec<Choice> = match listed {
            Some(listed) if !listed.is_empty() => listed
                .iter()
                .map(|endpoint| Choice {
                    id: Some(endpoint.id.clone()),
                    label: endpoint.name.clone().unwrap_or_else(|| endpoint.id.to_string()),
                    note: [endpoint.kind.as_deref(), endpoint.status.as_deref()]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                        .join(", "),
                })
                .collect(),
            _ => seen(owned),
        };
        let none = if !numbers.is_empty() { "nobody answers calls" } else { "attach one later" };
        choices.push(Choice { id: None, label: "none".to_owned(), note: none.to_owned() });
        // Where nobody answers yet, the first one is proposed: none is how it is already.
        let first = numbers.first().and_then(|number| number.endpoint.value());
        let current = first.filter(|id| numbers.iter().all(|number| number.endpoint.value() == Some(id)));
        let is_current = |choice: &Choice| current.is_some() && choice.id.as_ref() == current;
        let selected = choices.iter().position(is_current).unwrap_or(0);
        Self { choices, typed: Input::default(), selected, numbers }
    }

    /// The choices that fit what was typed; a text that fits none is offered as an id.
    pub fn shown(&self) -> Vec<Choice> {
        let wanted = self.typed.text().trim().to_lowercase();
        let fits = |choice: &&Choice| {
            choice.label.to_lowercase().contains(&wanted)
                || choice.id.as_ref().is_some_and(|id| id.as_str().to_lowercase().contains(&wanted))
        };
        let found: Vec<Choice> = self.choices.iter().filter(fits).cloned().collect();
        if found.is_empty() {
            let id = self.typed.text().trim();
            return vec![Choice {
                id: Some(EndpointId::new(id)),
                label: id.to_owned(),
                note: "use this id".to_owned(),
            }];
        }
        found
    }
}

fn seen<'a>(owned: impl Iterator<Item = &'a Number>) -> Vec<Choice> {
    let mut counts: HashMap<&EndpointId, usize> = HashMap::new();
    for id in owned.filter_map(|number| number.endpoint.value()) {
        *counts.entry(id).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(id, count), (other, others)| others.cmp(count).then(id.cmp(other)));
    counts
        .into_iter()
        .map(|(id, count)| Choice {
            id: Some(id.clone()),
            label: id.to_string(),
            note: format!("on {count} of your numbers"),
        })
        .collect()
}

impl View for Picker {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        vec![ActionOffer::new(Action::Open).called("choose"), ActionOffer::new(Action::Back).called("close")]
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        let Some(choice) = self.shown().into_iter().nth(self.selected) else { return };
        if action != Action::Open || choice.id.as_ref().is_some_and(|id| id.as_str().is_empty()) {
            return;
        }
        ctx.go(Move::Uncover);
        if self.numbers.is_empty() {
            return ctx.go(Move::Attach(choice.id));
        }
        let changes = Changes { endpoint: Some(choice.id), ..Changes::default() };
        ctx.change(std::mem::take(&mut self.numbers), &changes);
    }

    fn key(&mut self, key: Key, _: &mut Ctx) -> bool {
        let last = self.shown().len().saturating_sub(1);
        match key.code {
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down => self.selected = (self.selected + 1).min(last),
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
        let lines: Vec<_> = picker.shown().into_iter().map(|c| format!("{}: {}", c.label, c.note)).collect();
        assert_eq!(
            lines,
            ["b: on 2 of your numbers", "a: on 1 of your numbers", "none: nobody answers calls"]
        );
        assert_eq!(picker.selected, 1, "the current one is selected");
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
