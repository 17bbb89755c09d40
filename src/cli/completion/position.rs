//! Where in a command line the cursor is: what the words before it lead to.

use clap::{Arg, ArgAction, Command, Id};

/// What the words before the cursor have settled.
pub(super) struct Position<'a> {
    /// The command that they lead to.
    pub(super) command: &'a Command,
    /// The names on the way there.
    pub(super) path: Vec<&'a str>,
    /// The option whose value comes next.
    pub(super) awaits: Option<&'a Arg>,
    /// Only words follow, after `--`.
    pub(super) is_escaped: bool,
    given: Vec<&'a Id>,
    words: usize,
}

impl<'a> Position<'a> {
    /// Follows `words`, the name of the program left out, down from `root`, which is built.
    pub(super) fn after(root: &'a Command, words: &[String]) -> Self {
        let mut position = Self {
            command: root,
            path: Vec::new(),
            awaits: None,
            is_escaped: false,
            given: Vec::new(),
            words: 0,
        };
        words.iter().for_each(|word| position.pass(word));
        position
    }

    fn pass(&mut self, word: &str) {
        if self.awaits.take().is_some() {
        } else if self.is_escaped {
            self.words += 1;
        } else if word == "--" {
            self.is_escaped = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let Some(arg) = self.long(name) else { return };
            self.given.push(arg.get_id());
            self.awaits = (value.is_none() && needs_a_word(arg)).then_some(arg);
        } else if word.len() > 1 && word.starts_with('-') {
            self.pass_shorts(&word[1..]);
        } else if let Some(below) = self.command(word) {
            self.command = below;
            self.path.push(below.get_name());
        } else {
            self.words += 1;
        }
    }

    fn pass_shorts(&mut self, cluster: &str) {
        for (at, letter) in cluster.char_indices() {
            let Some(arg) = self.short(letter) else { return };
            self.given.push(arg.get_id());
            if needs_a_word(arg) {
                self.awaits = cluster[at + letter.len_utf8()..].is_empty().then_some(arg);
                return;
            }
        }
    }

    /// A command below this one, as long as no other word has come before it.
    fn command(&self, word: &str) -> Option<&'a Command> {
        (self.words == 0).then(|| self.command.find_subcommand(word)).flatten()
    }

    /// The option of a long name, visible or not.
    pub(super) fn long(&self, name: &str) -> Option<&'a Arg> {
        let is_it = |arg: &&Arg| {
            arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
        };
        self.command.get_arguments().find(is_it)
    }

    /// The option of a letter.
    pub(super) fn short(&self, letter: char) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| arg.get_short() == Some(letter))
    }

    /// Whether a command may stand here.
    pub(super) fn takes_a_command(&self) -> bool {
        self.words == 0 && !self.is_escaped && self.command.has_subcommands()
    }

    /// The argument that a word here is the value of.
    pub(super) fn argument(&self) -> Option<&'a Arg> {
        let mut all: Vec<&Arg> = self.command.get_positionals().collect();
        all.sort_by_key(|arg| arg.get_index());
        let several = |arg: &&&Arg| arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        all.get(self.words).or_else(|| all.last().filter(several)).copied()
    }

    /// Options that may stand here: those of all commands are hidden from each help, and may all the same.
    pub(super) fn options(&self) -> impl Iterator<Item = &'a Arg> {
        let again = |arg: &Arg| matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
        let options = self.command.get_arguments().filter(|arg| !arg.is_positional());
        let options = options.filter(|arg| !arg.is_hide_set() || arg.is_global_set());
        options.filter(move |arg| again(arg) || !self.given.contains(&arg.get_id()))
    }
}

/// Whether the word after an option is its value in any case.
fn needs_a_word(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|count| count.min_values() > 0) && !arg.is_require_equals_set()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Command {
        let mut root = crate::cli::help::definition();
        root.build();
        root
    }

    fn after<'a>(root: &'a Command, line: &str) -> Position<'a> {
        let words: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Position::after(root, &words)
    }

    #[test]
    fn words_lead_to_a_command_whatever_stands_between() {
        let root = root();
        for (line, path) in [
            ("", ""),
            ("--profile list", ""),
            ("--profile list list", "list"),
            ("-o json --json ls", "list"),
            ("-vo json purchases resolve", "purchases resolve"),
            ("list show", "list"),
            ("--output=json -- list", ""),
        ] {
            assert_eq!(after(&root, line).path.join(" "), path, "{line}");
        }
    }

    #[test]
    fn an_option_waits_for_its_value_once() {
        let root = root();
        let awaits = |line: &str| after(&root, line).awaits.map(|arg| arg.get_id().to_string());
        assert_eq!(awaits("list --profile").as_deref(), Some("profile"));
        assert_eq!(awaits("list -vo").as_deref(), Some("output"));
        for line in [
            "list --profile x",
            "list --profile=x",
            "list -ojson",
            "list --all",
            "buy x --wait",
            "list --nope",
        ] {
            assert_eq!(awaits(line), None, "{line}");
        }
    }

    #[test]
    fn what_was_given_is_not_offered_again_unless_it_counts() {
        let root = root();
        let offered =
            |line: &str, name: &str| after(&root, line).options().any(|arg| arg.get_long() == Some(name));
        assert!(offered("list", "base-url") && offered("list --base-url x", "all"));
        assert!(!offered("list --base-url x", "base-url") && !offered("list --all", "all"));
        assert!(offered("list -v", "verbose"));
    }

    #[test]
    fn a_word_is_the_value_of_the_argument_whose_turn_it_is() {
        let root = root();
        let argument = |line: &str| after(&root, line).argument().map(|arg| arg.get_id().to_string());
        assert_eq!(argument("list a b").as_deref(), Some("expr"));
        assert_eq!(argument("show").as_deref(), Some("number"));
        assert_eq!(argument("show a"), None);
    }
}
