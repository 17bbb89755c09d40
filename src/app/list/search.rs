//! The search of numbers on sale: its form, and what was asked for.

use crate::api::ListKind;
use crate::app::input::Input;
use crate::app::key::{Key, KeyCode};
use crate::app::wrap::capitalised;
use crate::phone::{Country, Kind, Pattern};

/// The search form: country, type and pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// A country code, or a part of a name.
    pub country: Input,
    /// `None` is any.
    pub kind: Option<Kind>,
    /// Digits, `*`, `?`.
    pub pattern: Input,
    /// Which field has the keys.
    pub focus: FormField,
    /// Whether the next character replaces the country instead of adding to it.
    pub fresh: bool,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// Fields of the form, in the order of Tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormField {
    /// Where.
    Country,
    /// What type.
    Kind,
    /// Which digits.
    Pattern,
}

/// A search that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// `None` is any.
    pub kind: Option<Kind>,
    /// As typed.
    pub pattern: String,
}

impl Search {
    /// What to ask the server for.
    pub fn shelf(&self) -> ListKind {
        ListKind::Available { country: self.country.clone(), kind: self.kind.clone() }
    }
}

impl Form {
    /// A form that proposes a country.
    pub fn new(country: &str) -> Self {
        Self {
            country: Input::with(country),
            kind: None,
            pattern: Input::default(),
            focus: FormField::Country,
            fresh: true,
            error: None,
        }
    }

    /// The country that the text stands for: a code, or a name that begins like it.
    pub fn country_code(&self) -> Option<String> {
        let text = self.country.text().trim();
        if Country::is_code(text) {
            return Country::code_of(text).ok();
        }
        let lower = text.to_lowercase();
        let named = |country: &&Country| !lower.is_empty() && country.name.to_lowercase().starts_with(&lower);
        Country::ALL.iter().find(named).map(|country| country.code.to_owned())
    }

    /// The search, or what is wrong.
    pub fn search(&self) -> Result<(Search, Pattern), String> {
        let unknown = || match Country::code_of(self.country.text()) {
            Err(why) if Country::is_code(self.country.text().trim()) => {
                format!("{}.", capitalised(&why.to_string()))
            }
            _ => "Country is a code of two letters, NG for one, or the beginning of a name.".to_owned(),
        };
        let country = self.country_code().ok_or_else(unknown)?;
        let pattern = Pattern::parse(self.pattern.text()).map_err(|why| why.to_string())?;
        let search = Search { country, kind: self.kind.clone(), pattern: self.pattern.text().to_owned() };
        Ok((search, pattern))
    }

    /// Takes a key that is not Enter or Esc.
    pub fn press(&mut self, key: Key) {
        self.error = None;
        match key.code {
            KeyCode::Tab => self.move_focus(true),
            KeyCode::BackTab => self.move_focus(false),
            _ => match self.focus {
                FormField::Country => match key.code {
                    KeyCode::Up => self.turn_country(false),
                    KeyCode::Down => self.turn_country(true),
                    _ => {
                        if std::mem::take(&mut self.fresh) && key.text().is_some() {
                            self.country.clear();
                        }
                        self.country.press(key);
                    }
                },
                FormField::Kind => match key.code {
                    KeyCode::Up | KeyCode::Left => self.turn_kind(false),
                    KeyCode::Down | KeyCode::Right | KeyCode::Char(' ') => self.turn_kind(true),
                    KeyCode::Char('a') => self.kind = None,
                    KeyCode::Char(c) => {
                        if let Some(kind) = Kind::KNOWN.iter().find(|kind| kind.label().starts_with(c)) {
                            self.kind = Some(kind.clone());
                        }
                    }
                    _ => {}
                },
                FormField::Pattern if self.pattern.recall(key) => {}
                FormField::Pattern => {
                    self.pattern.press(key);
                }
            },
        }
    }

    /// Takes pasted text where text is taken.
    pub fn paste(&mut self, text: &str) {
        match self.focus {
            FormField::Country => self.country.insert(text.trim()),
            FormField::Pattern => self.pattern.insert(text.trim()),
            FormField::Kind => {}
        }
    }

    fn move_focus(&mut self, forward: bool) {
        use FormField::{Country, Kind, Pattern};
        self.focus = match (self.focus, forward) {
            (Country, true) | (Pattern, false) => Kind,
            (Kind, true) | (Country, false) => Pattern,
            (Pattern, true) | (Kind, false) => Country,
        };
        self.fresh = self.focus == Country;
    }

    fn turn_country(&mut self, forward: bool) {
        let all = Country::ALL;
        let at = self.country_code().and_then(|code| all.iter().position(|country| country.code == code));
        let next = turned(at, all.len(), forward);
        self.country = Input::with(all[next].code);
        self.fresh = true;
    }

    fn turn_kind(&mut self, forward: bool) {
        let at = self.kind.as_ref().and_then(|kind| Kind::KNOWN.iter().position(|other| other == kind));
        self.kind = match (at, forward) {
            (None, true) => Kind::KNOWN.first().cloned(),
            (None, false) => Kind::KNOWN.last().cloned(),
            (Some(at), true) => Kind::KNOWN.get(at + 1).cloned(),
            (Some(at), false) => at.checked_sub(1).and_then(|at| Kind::KNOWN.get(at).cloned()),
        };
    }
}

fn turned(at: Option<usize>, len: usize, forward: bool) -> usize {
    match (at, forward) {
        (None, true) => 0,
        (None, false) => len - 1,
        (Some(at), true) => (at + 1) % len,
        (Some(at), false) => (at + len - 1) % len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(form: &mut Form, keys: &str) {
        for key in keys.split(' ') {
            form.press(Key::parse(key).unwrap());
        }
    }

    #[test]
    fn typing_replaces_the_proposal_and_names_work() {
        let mut form = Form::new("NG");
        press(&mut form, "g h");
        assert_eq!(form.country_code().as_deref(), Some("GH"));
        let mut form = Form::new("NG");
        press(&mut form, "k e n");
        assert_eq!(form.country_code().as_deref(), Some("KE"));
        press(&mut form, "ctrl-u z z z");
        assert!(form.search().unwrap_err().contains("two letters"));
    }

    #[test]
    fn tab_goes_round_and_arrows_choose() {
        let mut form = Form::new("NG");
        press(&mut form, "tab right right tab 7 7 *");
        let (search, _) = form.search().unwrap();
        assert_eq!(search, Search { country: "NG".into(), kind: Some(Kind::Mobile), pattern: "77*".into() });
        press(&mut form, "tab down");
        assert_eq!(form.country_code().as_deref(), Some("GH"));
        assert_eq!(form.focus, FormField::Country);
    }

    #[test]
    fn digits_that_repeat_are_searched_as_in_a_command() {
        let mut form = Form::new("NG");
        press(&mut form, "shift-tab * a a b b");
        let (_, pattern) = form.search().unwrap();
        assert!(pattern.matches("2348031231122") && !pattern.matches("2348031231234"));
    }

    #[test]
    fn a_wrong_pattern_is_said() {
        let mut form = Form::new("NG");
        press(&mut form, "shift-tab #");
        assert!(form.search().unwrap_err().contains("digits"));
    }
}
