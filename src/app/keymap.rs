//! Which keys mean what: the usual ones, and what somebody put in their place.

use std::collections::HashMap;
use std::sync::LazyLock;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::action::{Action, BINDINGS};
use super::key::{Key, KeyCode};
use crate::phone::clean;
use crate::phone::format::line_of;

/// The usual keys, and the template of a file with others.
pub const TEMPLATE: &str = include_str!("../../assets/keymap.toml");

/// The keys of all actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: HashMap<Action, Vec<Key>>,
    of: HashMap<Key, Vec<Action>>,
}

/// What is wrong with a keymap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadKeymap {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong, and what would do.
    pub message: String,
}

impl std::fmt::Display for BadKeymap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The keys that nobody changed.
static USUAL: LazyLock<Keymap> = LazyLock::new(|| {
    // A test reads it: it is whole.
    Keymap::of_lines(Keymap::lines(TEMPLATE).unwrap_or_default())
});

impl Keymap {
    /// The usual keys.
    pub fn usual() -> &'static Self {
        &USUAL
    }

    /// The usual keys, but for the actions that a file gives others.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the lines.
    pub fn parse(text: &str) -> Result<Self, Vec<BadKeymap>> {
        let own = Self::lines(text)?;
        let mut all = own.clone();
        let is_left = |action: Action| own.iter().all(|line| line.action != action);
        all.extend(Self::usual().keys.iter().filter(|(action, _)| is_left(**action)).map(
            |(action, keys)| {
                let keys = keys.iter().map(|key| (*key, 0)).collect();
                Line { action: *action, keys }
            },
        ));
        let clashes = clashes(&all);
        if clashes.is_empty() { Ok(Self::of_lines(all)) } else { Err(clashes) }
    }

    fn of_lines(lines: Vec<Line>) -> Self {
        let mut keys = HashMap::new();
        for line in lines {
            keys.insert(line.action, line.keys.into_iter().map(|(key, _)| key).collect::<Vec<Key>>());
        }
        let mut of: HashMap<Key, Vec<Action>> = HashMap::new();
        for binding in BINDINGS {
            for key in keys.get(&binding.action).into_iter().flatten() {
                of.entry(*key).or_default().push(binding.action);
            }
        }
        Self { keys, of }
    }

    /// What a file says, or what is wrong with it.
    fn lines(text: &str) -> Result<Vec<Line>, Vec<BadKeymap>> {
        let at_line = |at: usize| line_of(text, at);
        let wrong = |at: usize, message: String| BadKeymap { line: at_line(at), message };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![wrong(at, clean(error.message(), 200))]
        })?;
        let (mut lines, mut flaws) = (Vec::new(), Vec::new());
        for (name, value) in table.get_ref() {
            let at = name.span().start;
            let Some(action) = Action::named(name.get_ref()) else {
                flaws.push(wrong(at, no_action(name.get_ref())));
                continue;
            };
            match keys(value, action) {
                Ok(keys) => {
                    let keys = keys.into_iter().map(|(key, at)| (key, at_line(at))).collect();
                    lines.push(Line { action, keys });
                }
                Err((at, message)) => flaws.push(wrong(at, message)),
            }
        }
        flaws.sort_by_key(|flaw| flaw.line);
        if flaws.is_empty() { Ok(lines) } else { Err(flaws) }
    }

    /// The keys of an action; none where it has none.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The key that is shown for an action: its first one, else how the command box is told to do it.
    pub fn shown(&self, action: Action) -> String {
        self.keys(action).first().map_or_else(|| format!(":{}", action.name()), Key::to_string)
    }

    /// A sentence of ours with the keys of what it names: `{refresh} tries again`.
    pub fn say(&self, text: &str) -> String {
        let mut said = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            said.push_str(before);
            said.push_str(&Action::named(name).map_or_else(|| name.to_owned(), |action| self.shown(action)));
            rest = after;
        }
        said + rest
    }

    /// All actions that a key is bound to; the ones that are offered decide. Whatever is unbound, ctrl-c
    /// ends what runs and then the program.
    pub fn actions(&self, key: Key) -> impl Iterator<Item = Action> + '_ {
        let bound = self.of.get(&key).map_or(&[][..], Vec::as_slice);
        let cancel = (bound.is_empty() && key == Key::CTRL_C).then_some(Action::Cancel);
        bound.iter().copied().chain(cancel)
    }
}

/// The keys of one action, each with its line; 0 where nobody wrote it.
#[derive(Debug, Clone)]
struct Line {
    action: Action,
    keys: Vec<(Key, usize)>,
}

/// Keys that mean two things. Those that share one from the start are never offered together.
fn clashes(lines: &[Line]) -> Vec<BadKeymap> {
    let shares = |one: Action, other: Action| {
        Keymap::usual().keys(one).iter().any(|key| Keymap::usual().keys(other).contains(key))
    };
    let mut found = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        for (key, at) in line.keys.iter().filter(|(_, at)| *at > 0) {
            for other in lines.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, other)| other)
            {
                let clash = other.keys.iter().find(|(taken, _)| taken == key);
                // Of two lines of the file the later one is told.
                let told = clash.is_some_and(|(_, taken_at)| taken_at < at || *taken_at == 0);
                if told && !shares(line.action, other.action) {
                    let (one, two) = (line.action.name(), other.action.name());
                    let message =
                        format!("'{key}' is bound to {one} and to {two}; give one of them another key");
                    found.push(BadKeymap { line: *at, message });
                }
            }
        }
    }
    found.sort_by_key(|flaw| flaw.line);
    found
}

/// One key or a list of them, each with its place in the text.
fn keys(value: &Spanned<DeValue<'_>>, action: Action) -> Result<Vec<(Key, usize)>, (usize, String)> {
    let one = |value: &Spanned<DeValue<'_>>| {
        let at = value.span().start;
        let text = value.get_ref().as_str().ok_or((at, "keys are texts: [\"ctrl-x\", \"X\"]".to_owned()))?;
        let key = sendable(text).map_err(|why| (at, why))?;
        // Whatever is bound to what, one can leave.
        if key == Key::CTRL_C && action != Action::Cancel {
            return Err((at, "ctrl-c always ends what runs; choose another key".to_owned()));
        }
        Ok((key, at))
    };
    match value.get_ref() {
        DeValue::Array(values) => values.iter().map(one).collect(),
        _ => one(value).map(|key| vec![key]),
    }
}

/// What terminals send for something else: a chord, and the key that arrives.
const SAME: &[(&str, &str)] = &[
    ("ctrl-i", "tab"),
    ("ctrl-m", "enter"),
    ("ctrl-j", "enter"),
    ("ctrl-h", "backspace"),
    ("ctrl-[", "esc"),
    ("ctrl-?", "backspace"),
];

/// The key of a name, if terminals that know no newer protocol can send it.
fn sendable(text: &str) -> Result<Key, String> {
    let shown = clean(text, 40);
    let Some(key) = Key::parse(text) else {
        return Err(format!(
            "there is no key '{shown}'; keys are written a, A, ctrl-a, alt-a, enter, pgup, space"
        ));
    };
    if let Some((_, other)) = SAME.iter().find(|(chord, _)| *chord == text) {
        return Err(format!("terminals send {other} for {shown}; choose another key"));
    }
    if key.ctrl && matches!(key.code, KeyCode::Char(c) if !c.is_ascii_lowercase()) {
        return Err(format!("old terminals cannot send {shown}: ctrl goes with a to z alone"));
    }
    Ok(key)
}

/// That nothing is called so, and what is.
fn no_action(name: &str) -> String {
    let near = BINDINGS.iter().map(|binding| binding.action.name());
    let near = near.map(|known| (strsim::damerau_levenshtein(name, &known), known)).min();
    let near = near.filter(|(distance, _)| *distance <= 2).map(|(_, known)| known);
    let tip = near.map_or_else(
        || "assets/keymap.toml of numdeck lists all".to_owned(),
        |known| format!("did you mean {known}?"),
    );
    format!("there is no action '{}'; {tip}", clean(name, 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaws(text: &str) -> String {
        let told = Keymap::parse(text).expect_err("it is no good");
        told.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_template_has_every_action_in_the_order_of_the_help() {
        let lines = Keymap::lines(TEMPLATE).unwrap();
        for binding in BINDINGS {
            assert!(lines.iter().any(|line| line.action == binding.action), "{}", binding.action.name());
            assert!(!Keymap::usual().keys(binding.action).is_empty(), "{}", binding.action.name());
        }
        let names: Vec<String> = TEMPLATE
            .lines()
            .filter_map(|line| line.split_once(" = ").filter(|_| !line.starts_with('#')))
            .map(|(name, _)| name.trim().to_owned())
            .collect();
        let known: Vec<String> = BINDINGS.iter().map(|binding| binding.action.name()).collect();
        assert_eq!(names, known);
        assert_eq!(Keymap::parse(TEMPLATE).as_ref(), Ok(Keymap::usual()), "a copy changes nothing");
    }

    #[test]
    fn what_a_file_says_replaces_the_keys_of_that_action_alone() {
        let map = Keymap::parse("refresh = \"ctrl-r\"\nhelp = []\n").unwrap();
        assert_eq!(map.shown(Action::Refresh), "ctrl-r");
        assert_eq!(map.shown(Action::Help), ":help");
        assert_eq!(map.shown(Action::Quit), Keymap::usual().shown(Action::Quit));
        assert_eq!(map.actions(Key::parse("?").unwrap()).count(), 0);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, said) in [
            ("\nfliter = \"f\"", "line 2: there is no action 'fliter'; did you mean filter?"),
            ("help = \"hyper-x\"", "line 1: there is no key 'hyper-x'"),
            ("help = \"ctrl-i\"", "line 1: terminals send tab for ctrl-i"),
            ("help = \"ctrl-X\"", "line 1: old terminals cannot send ctrl-X"),
            ("help = 1", "line 1: keys are texts"),
            ("cancel = []\nmark = \"ctrl-c\"", "line 2: ctrl-c always ends what runs"),
            ("help = \"?", "line 1: "),
            ("# mine\nhelp = \"ctrl-x\"\nundo = \"ctrl-x\"", "line 3: 'ctrl-x' is bound to undo and to help"),
            ("help = \"L\"", "line 1: 'L' is bound to help and to load-all"),
        ] {
            let told = flaws(text);
            assert!(told.starts_with(said) && !told.contains('\n'), "{text}: {told}");
        }
        assert_eq!(flaws("a1 = \"x\"\nb2 = \"y\"").lines().count(), 2, "all of it at once");
    }

    #[test]
    fn a_sentence_names_the_keys_of_its_actions() {
        let map = Keymap::parse("refresh = \"ctrl-r\"").unwrap();
        assert_eq!(map.say("{refresh} reads, {load-all} all"), "ctrl-r reads, L all");
    }

    #[test]
    fn keys_that_are_never_offered_together_may_be_shared() {
        assert!(Keymap::parse("raw = \"W\"\ntrace = \"W\"").is_ok());
        assert!(Keymap::parse("quit = []\nback = [\"esc\", \"q\"]").is_ok());
    }

    #[test]
    fn a_keymap_that_unbinds_everything_still_lets_one_leave() {
        let nothing: String =
            BINDINGS.iter().map(|binding| format!("{} = []\n", binding.action.name())).collect();
        let map = Keymap::parse(&nothing).unwrap();
        assert_eq!(map.actions(Key::CTRL_C).collect::<Vec<_>>(), [Action::Cancel]);
    }
}
