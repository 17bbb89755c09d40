//! Keys and pasted text: overlay first, then a text field, then actions.

use super::action::Action;
use super::key::{Code, Key};
use super::screen::change::ChangeState;
use super::screen::many::ManyState;
use super::screen::purchase::BuyState;
use super::screen::{Overlay, Screen};
use super::{App, Tone};
use crate::phone::without_passwords;
use crate::write::Confirmation;

impl App {
    pub(super) fn press(&mut self, key: Key) {
        let confirms = matches!(
            (&self.overlay, self.stack.last()),
            (Some(Overlay::Change(_) | Overlay::Pin(_) | Overlay::Credentials(_)), _)
                | (None, Some(Screen::Purchase(_) | Screen::Many(_)))
        );
        if self.type_key(key) {
            // What was said of an answer before is over with the next key of it.
            if confirms {
                self.notice = None;
                self.fit();
            }
            return;
        }
        let offers = self.offers();
        let offered = |action: Action| offers.iter().find(|offer| offer.action == action);
        let mut refused = None;
        for action in Action::of(key) {
            match offered(action) {
                Some(offer) if offer.obstacle.is_none() => {
                    self.act(action);
                    return;
                }
                Some(offer) => refused = refused.or_else(|| offer.obstacle.clone()),
                None => {}
            }
        }
        if let Some(why) = refused {
            self.tell(Tone::Plain, capitalised(&why));
        }
    }

    /// Gives the key to the text field that has the focus. Returns whether it took it.
    fn type_key(&mut self, key: Key) -> bool {
        let acts = matches!(key.code, Code::Enter | Code::Esc)
            || (key.ctrl && matches!(key.code, Code::Char('c' | 'z')));
        if acts {
            return false;
        }
        let filtering = self.is_filtering();
        match (&mut self.overlay, self.stack.last_mut()) {
            (Some(Overlay::Change(change)), _) => {
                match &mut change.state {
                    ChangeState::Asking { typed, armed: true } => {
                        typed.press(key);
                    }
                    // Typed before the question was on the screen: no answer to it.
                    ChangeState::Asking { armed: false, .. } => {}
                    ChangeState::Sending { .. } | ChangeState::Ended(_) => return false,
                }
                true
            }
            (Some(Overlay::Pin(pin)), _) => {
                if pin.armed {
                    pin.typed.press(key);
                }
                true
            }
            (Some(Overlay::Credentials(asked)), _) => {
                if asked.armed {
                    asked.typed.press(key);
                }
                true
            }
            (Some(Overlay::Endpoints(picker)), _) => {
                let last = picker.shown().len().saturating_sub(1);
                match key.code {
                    Code::Up => picker.selected = picker.selected.saturating_sub(1),
                    Code::Down => picker.selected = (picker.selected + 1).min(last),
                    Code::PageUp | Code::Home => picker.selected = 0,
                    Code::PageDown | Code::End => picker.selected = last,
                    _ => {
                        if picker.typed.press(key) {
                            picker.selected = 0;
                        }
                    }
                }
                true
            }
            (Some(_), _) => false,
            (None, Some(Screen::Purchase(buying))) => {
                // Digits are the confirmation; letters are actions, or the word yes where the
                // number is not known.
                let field = match &mut buying.state {
                    BuyState::Review { typed, armed } => Some((typed, *armed)),
                    _ => None,
                };
                let edits = match key.code {
                    Code::Char(_) if edits_a_line(key) => true,
                    Code::Char(c) => c.is_ascii_digit() && !key.ctrl && !key.alt,
                    Code::Backspace | Code::Delete | Code::Left | Code::Right | Code::Home | Code::End => {
                        true
                    }
                    _ => false,
                };
                match field {
                    Some((typed, armed)) if edits => {
                        if armed {
                            typed.press(key);
                        }
                        true
                    }
                    _ => false,
                }
            }
            (None, Some(Screen::Many(many))) => {
                let wants_word = many.confirmation() == Confirmation::Yes;
                let ManyState::Review { typed, armed } = &mut many.state else { return false };
                let edits = match key.code {
                    Code::Char(_) if edits_a_line(key) => true,
                    Code::Char(c) if !key.ctrl && !key.alt => {
                        c.is_ascii_digit() || (wants_word && c.is_ascii_alphabetic())
                    }
                    Code::Backspace | Code::Delete | Code::Left | Code::Right => true,
                    _ => false,
                };
                if edits && *armed {
                    typed.press(key);
                }
                edits
            }
            (None, Some(Screen::Ledger(view))) if view.editing => {
                let moves = matches!(key.code, Code::Up | Code::Down | Code::PageUp | Code::PageDown);
                if !moves {
                    view.filter.press(key);
                    view.show();
                }
                !moves
            }
            (None, Some(Screen::Detail(_) | Screen::Ledger(_) | Screen::Check(_) | Screen::Checks(_))) => {
                false
            }
            (None, None) if self.form_open => {
                self.form.press(key);
                true
            }
            (None, None) if filtering => {
                let moves =
                    matches!(key.code, Code::Up | Code::Down | Code::PageUp | Code::PageDown | Code::Tab);
                if moves {
                    return key.code == Code::Tab;
                }
                let height = self.page_height();
                let listing = self.listing_mut();
                if listing.filter.press(key) {
                    listing.apply_filter(height);
                }
                true
            }
            (None, None) => false,
        }
    }

    fn is_filtering(&self) -> bool {
        self.overlay.is_none() && self.stack.is_empty() && !self.form_open && self.listing().editing
    }

    /// Pasted text goes into a field for searching or choosing; it never is a command, and it never
    /// confirms: a confirmation has to be typed.
    pub(super) fn paste(&mut self, text: &str) {
        // The address of a number is pasted with the password that it may have.
        let text = &*without_passwords(text.trim());
        let filtering = self.is_filtering();
        match (&mut self.overlay, self.stack.last_mut()) {
            (Some(Overlay::Endpoints(picker)), _) => {
                picker.typed.insert(text);
                picker.selected = 0;
            }
            (Some(Overlay::Change(_) | Overlay::Pin(_) | Overlay::Credentials(_)), _)
            | (None, Some(Screen::Purchase(_) | Screen::Many(_))) => {
                self.tell(Tone::Plain, "Pasting confirms nothing; type it.");
            }
            (None, Some(Screen::Ledger(view))) if view.editing => {
                view.filter.insert(text);
                view.show();
            }
            (None, None) if self.form_open => self.form.paste(text),
            (None, None) if filtering => {
                let height = self.page_height();
                let listing = self.listing_mut();
                listing.filter.insert(text);
                listing.apply_filter(height);
            }
            _ => self.tell(Tone::Plain, "Pasted text is ignored here; / opens the filter."),
        }
    }
}

/// Keys that edit any line of text: erase a word or all, go to an end.
fn edits_a_line(key: Key) -> bool {
    key.ctrl && matches!(key.code, Code::Char('u' | 'w' | 'a' | 'e'))
}

/// With an upper-case letter first.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
