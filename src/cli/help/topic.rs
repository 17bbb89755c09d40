//! `numdeck help`: of everything, of one command, of what all commands take.

use clap::Args as Group;

use super::{definition, guess};
use crate::cli::Failure;
use crate::cli::args::Global;

const FILTER: &str = "\
The filter language, the same in `list`, `check` and on screen. All terms have to hold.

  word           anywhere in number, country, type, status, endpoint or id; case does not count
  0803 123       digits anywhere in the number; grouping, + and a leading 00 do not count
  key:value      one field: country: type: status: endpoint: inbound: outbound: org: id:
                 key=value means the same
  problem:any    numbers with something wrong; problem:no_endpoint, endpoint_error, inbound_off,
                 inactive, pending (for more than a day), status; problem:none is the others
  label:vip      what numdeck label put down: a tag; label:any, label:none; pinned:on
  route:fail     on screen: what the last check came to (fail, warn, ok, unknown, none)
  endpoint:none  numbers that nobody answers
  !term          not

Examples:
  numdeck list country:ng !status:active
  numdeck list inbound:off endpoint:sales-bot
  numdeck list problem:any --sort problem
  numdeck list 777
";

const PATTERN: &str = "\
Patterns of search --pattern, the same on screen. Country code first, as in +234 803 123 4567.

  777            these digits anywhere in the number
  234803*        it begins so; * is any digits, also none
  *777           it ends so
  *00??          ? is one digit, whichever: with * or ? the whole number has to fit
  aabb           letters are digits that repeat: the same letter is the same digit, another
                 letter is another one. 1122 and 7700 fit, 7777 does not; anywhere
  *aaaa          four equal digits at the end
  *a12a          letters and digits mix: 9129, and also 1121
  a<<<           < is one more than the digit before: 1234, 4567; > is one less: a>>> finds 9876
  *4567          digits that are known are just written

Grouping, + and a leading 00 do not count. In a shell, quote it: --pattern '*a<<<'.

Examples:
  numdeck search NG --pattern '*aabb'
  numdeck search NG --pattern 'a<<<<' --type mobile --all
  numdeck search NG --pattern '234803*' --block 5
";

/// What there is help for beside commands.
pub(in crate::cli) const TOPICS: &[(&str, &str)] = &[
    ("globals", "what all commands take"),
    ("filter", "the filter language"),
    ("pattern", "what search looks for in digits"),
];

/// The help of what `words` name; of everything where there are none.
pub(in crate::cli) fn topic(words: &[String]) -> Result<String, Failure> {
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    match words.as_slice() {
        ["globals" | "global"] => Ok(globals()),
        ["filter" | "filters"] => Ok(FILTER.to_owned()),
        ["pattern" | "patterns"] => Ok(PATTERN.to_owned()),
        _ => of_command(&words),
    }
}

fn of_command(words: &[&str]) -> Result<String, Failure> {
    let mut command = definition();
    command.build();
    let mut at = &mut command;
    for (place, word) in words.iter().enumerate() {
        at = match at.find_subcommand_mut(word) {
            Some(below) => below,
            None => return Err(guess::unknown_command(word, &words[place + 1..])),
        };
    }
    Ok(at.render_help().to_string())
}

/// The options of all commands.
fn globals() -> String {
    let command = clap::Command::new("numdeck").bin_name("numdeck COMMAND").disable_help_flag(true);
    let mut command = Global::augment_args(command)
        .about("What all commands take.")
        .max_term_width(100)
        .mut_args(|arg| arg.global(false))
        .after_help("A flag beats the environment, which beats the profile, which beats the default.");
    command.render_help().to_string()
}
