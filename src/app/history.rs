//! What was typed into a field before.

/// So many texts are kept of a field.
const KEPT: usize = 100;

/// The texts of a field, the newest last, and which of them is shown now. In memory only: a filter may
/// hold what is nobody else's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    texts: Vec<String>,
    /// The one that is shown, and what was being typed before it.
    shown: Option<Box<(usize, String)>>,
}

impl History {
    /// Keeps a text: not an empty one, and not the last one again.
    pub fn keep(&mut self, text: &str) {
        self.shown = None;
        let text = text.trim();
        if text.is_empty() || self.texts.last().is_some_and(|last| last == text) {
            return;
        }
        if self.texts.len() == KEPT {
            self.texts.remove(0);
        }
        self.texts.push(text.to_owned());
    }

    /// The text before the one that is shown; `now` is what the field holds. At the oldest one it stays.
    /// `None` where nothing was typed before.
    pub fn older(&mut self, now: &str) -> Option<&str> {
        let (at, draft) = match self.shown.take().map(|shown| *shown) {
            Some((at, draft)) => (at.saturating_sub(1), draft),
            None => {
                // The last one is there already after it was kept.
                let same = self.texts.last().is_some_and(|last| last == now.trim()) && self.texts.len() > 1;
                (self.texts.len().checked_sub(1 + usize::from(same))?, now.to_owned())
            }
        };
        self.shown = Some(Box::new((at, draft)));
        self.texts.get(at).map(String::as_str)
    }

    /// The text after the one that is shown; behind the newest it is what was being typed. `None` where
    /// none of them is shown.
    pub fn newer(&mut self) -> Option<String> {
        let (at, draft) = *self.shown.take()?;
        let Some(text) = self.texts.get(at + 1).cloned() else { return Some(draft) };
        self.shown = Some(Box::new((at + 1, draft)));
        Some(text)
    }

    /// The text that is shown was changed: it is what is being typed now.
    pub fn leave(&mut self) {
        self.shown = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_newest_first_and_the_draft_last() {
        let mut history = History::default();
        assert_eq!(history.older("dr"), None);
        assert_eq!(history.newer(), None);
        for text in ["ng", "gh", "gh", "  ", "ke "] {
            history.keep(text);
        }
        assert_eq!(history.older("dr"), Some("ke"));
        assert_eq!(history.older("ke"), Some("gh"));
        assert_eq!(history.older("gh"), Some("ng"));
        assert_eq!(history.older("ng"), Some("ng"), "there is nothing older");
        assert_eq!(history.newer().as_deref(), Some("gh"));
        assert_eq!(history.newer().as_deref(), Some("ke"));
        assert_eq!(history.newer().as_deref(), Some("dr"));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn what_the_field_shows_still_is_passed_over() {
        let mut history = History::default();
        history.keep("ng");
        history.keep("gh");
        assert_eq!(history.older("gh"), Some("ng"));
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut history = History::default();
        (0..150).for_each(|n| history.keep(&n.to_string()));
        let oldest = (0..200).fold(String::new(), |now, _| history.older(&now).unwrap().to_owned());
        assert_eq!(oldest, "50");
    }
}
