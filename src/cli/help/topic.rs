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
  endpoint:none  numbers that nobody answers
  !term          not

Examples:
  numdeck list country:ng !status:active
  numdeck list inbound:off endpoint:sales-bot
  numdeck list 777
";

/// The help of what `words` name; of everything where there are none.
pub(in crate::cli) fn topic(words: &[String]) -> Result<String, Failure> {
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    match words.as_slice() {
        ["globals" | "global"] => Ok(globals()),
        ["filter" | "filters"] => Ok(FILTER.to_owned()),
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
