//! What people type who come from other tools, and where numdeck has it.

use clap::error::{ContextKind, ContextValue};

use crate::cli::Failure;

/// Words that stand for the thing itself: numdeck has no other.
const NOUNS: &[&str] =
    &["number", "numbers", "phone", "phones", "phone-number", "phone-numbers", "phone_numbers", "incoming"];

/// Words that are no command, and what does what they ask for.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &["rm", "remove", "del"],
        "numdeck release NUMBER gives a number up and keeps its record; \
       numdeck delete NUMBER --confirm E164 deletes the record for good",
    ),
    (
        &["edit", "set", "change", "modify", "patch", "attach", "detach", "route"],
        "numdeck update NUMBER changes a number: --endpoint, --inbound, --outbound, --status",
    ),
    (
        &["purchase", "order", "create", "add", "provision"],
        "numdeck buy INVENTORY_ID buys a number; numdeck search CC finds one",
    ),
    (
        &["find", "available", "inventory", "lookup", "browse"],
        "numdeck search CC looks at what is for sale, numdeck list EXPR at what is owned",
    ),
    (
        &["ping", "test", "probe", "diagnose", "verify", "status"],
        "numdeck check NUMBER finds out why calls do not arrive",
    ),
    (
        &["logs", "log", "audit", "events"],
        "numdeck purchases lists what was bought and changed from here; --log FILE logs every request",
    ),
    (
        &["balance", "credit", "billing", "topup"],
        "the API does not tell the balance: look in the Cockpit. A purchase that it does not cover is refused with exit 7",
    ),
    (&["dashboard", "ui", "open"], "numdeck tui opens the dashboard"),
    (&["server", "serve", "mock"], "numdeck sandbox serves the API on this machine"),
    (
        &["config", "configure", "settings", "account", "accounts"],
        "numdeck profile lists the profiles of config.toml, numdeck doctor tells what won for each setting",
    ),
    (&["info", "inspect", "view", "cat"], "numdeck show NUMBER shows everything about a number"),
    (
        &["trunk", "trunks", "credentials", "pjsip", "render"],
        "numdeck sip render NUMBER --as pjsip prints the SIP account of a number for another program",
    ),
    (&["pending", "doubts", "resolve"], "numdeck purchases resolve looks whether what is in doubt happened"),
];

/// Options behind which somebody may have put a secret.
const SECRETS: &[&str] = &[
    "--api-key",
    "--apikey",
    "--key",
    "--token",
    "--secret",
    "--password",
    "--auth-token",
    "--client-secret",
];

/// Options that are none, the command that they were given to where it matters, and what to use.
const OPTIONS: &[(&[&str], &[&str], &str)] = &[
    (
        SECRETS,
        &[],
        "a secret is never taken from the command line, where others can read it: give the key as NUMDECK_API_KEY in the environment, or with --api-key-file FILE (- for standard input)",
    ),
    (
        &["--endpoint"],
        &["list", "search", "check"],
        "endpoint:NAME is a word of the filter, and endpoint:none finds what nobody answers",
    ),
    (&["--inbound", "--outbound"], &["list", "check"], "inbound:off and outbound:on are words of the filter"),
    (
        &["--force", "-f"],
        &["buy", "update", "release", "undo"],
        "--yes goes on without a question; what the question warns of is checked all the same",
    ),
    (
        &["--yes", "-y", "--force", "-f"],
        &["delete"],
        "nothing is deleted by a yes: --confirm takes the whole phone number. numdeck release gives a number up and keeps its record",
    ),
    (
        &["--contains", "--search", "--starts-with", "--ends-with", "--digits", "--matches"],
        &["search"],
        "--pattern looks for digits: 777 anywhere, '*777*' the same, 234803* at the beginning, '*777' at the end",
    ),
    (
        &["--capabilities", "--capability", "--features", "--sms", "--voice", "--fax"],
        &["search"],
        "--can asks for what a number can: --can sms,voice",
    ),
    (
        &["--sequence", "--consecutive", "--range"],
        &["search"],
        "--block N finds runs of N numbers and more; --pattern 'a<<<' finds four digits that rise one by one",
    ),
    (
        &["-n", "--limit"],
        &["show", "get", "describe", "sip", "whoami"],
        "it is about one number; numdeck list -n N prints so many",
    ),
    (
        &["-n", "--limit"],
        &["purchases", "check"],
        "it takes all that there are; words choose among them, and head -n N cuts what is printed",
    ),
    (
        &["-n", "--limit", "--count", "--quantity"],
        &["buy"],
        "each number is bought by its id; numdeck search CC -n N finds so many",
    ),
    (
        &["-n", "--limit"],
        &["update", "release", "delete", "undo"],
        "each number is named; --dry-run checks everything and sends nothing",
    ),
    (&["--yes", "-y"], &[], "nothing is asked here that a yes would answer"),
    (&["--type-id", "--number-type"], &[], "--type takes local, mobile or toll-free"),
    (&["--country-code", "--region", "--iso"], &[], "--country takes two letters: NG, GH, KE"),
    (
        &["--connection-id", "--app-id", "--app", "--agent", "--connection"],
        &[],
        "--endpoint names what answers calls",
    ),
    (
        &["--properties", "--fields", "--select", "--props"],
        &[],
        "--columns chooses what is printed: number,endpoint,id",
    ),
    (
        &["--no-limit", "--max-items", "--page-all", "--paginate"],
        &[],
        "--all prints all rows, --limit N so many",
    ),
    (&["--no-header", "--no-headers"], &[], "in a pipe there is no header; -o csv has one"),
    (
        &["--no-color", "--no-colour", "--monochrome"],
        &[],
        "--color never; NO_COLOR in the environment does the same",
    ),
    (
        &["--no-prompt", "--non-interactive", "--batch"],
        &[],
        "--no-input asks nothing: what would have to be asked is refused",
    ),
    (
        &["--insecure", "-k", "--no-verify", "--skip-verify"],
        &[],
        "certificates are always verified; --ca-file trusts one more",
    ),
    (
        &["--debug", "--trace"],
        &["list", "search", "show", "buy", "update", "release", "delete", "undo", "purchases"],
        "--log FILE writes every request down, without secrets",
    ),
    (
        &["--csv", "--ndjson", "--jsonl", "--tsv", "--yaml"],
        &[],
        "-o csv, -o ndjson or -o json choose the form; in a pipe a table is tab-separated",
    ),
    (
        &["--server", "--url", "--host", "--endpoint-url", "--api-url"],
        &[],
        "--base-url says where the API is",
    ),
    (&["--organization", "--organisation", "--org-id", "--account"], &[], "--org names the organization"),
    (
        &["--dryrun", "--explain", "--simulate", "--what-if"],
        &[],
        "--dry-run checks everything and sends nothing",
    ),
];

/// A command that there is not, with the arguments after it.
pub(super) fn unknown_command(word: &str, rest: &[&str]) -> Failure {
    let lower = word.to_lowercase();
    if NOUNS.contains(&lower.as_str()) || (lower == "auth" && !rest.is_empty()) {
        return without_noun(word, rest);
    }
    let found = COMMANDS.iter().find(|(words, _)| words.contains(&lower.as_str()));
    let message = match (found, near(&lower)) {
        (Some((_, advice)), _) => format!("there is no command {}: {advice}", shown(word)),
        (None, Some(near)) => format!("there is no command {}; did you mean numdeck {near}?", shown(word)),
        (None, None) => format!("there is no command {}", shown(word)),
    };
    hinted(message, "numdeck help lists them.")
}

/// `numbers list`: the command is the second word.
fn without_noun(noun: &str, rest: &[&str]) -> Failure {
    let command = rest.first().copied().unwrap_or("list");
    let found = super::definition().get_subcommands().find_map(|below| {
        let is = below.get_name() == command || below.get_all_aliases().any(|alias| alias == command);
        is.then(|| below.get_name().to_owned())
    });
    match found {
        Some(name) => {
            let message = format!("there is no command {}: the command is numdeck {name}", shown(noun));
            hinted(message, "Everything here is about phone numbers: no word says so.")
        }
        None => match COMMANDS.iter().find(|(words, _)| words.contains(&command)) {
            Some((_, advice)) => {
                hinted(format!("there is no command {}: {advice}", shown(noun)), "numdeck help lists them.")
            }
            None => hinted(
                format!("there is no command {}: try numdeck list", shown(noun)),
                "numdeck help lists them.",
            ),
        },
    }
}

/// What to use instead of an option that there is not.
pub(super) fn option(command: &str, option: &str) -> Option<&'static str> {
    let name = option.split('=').next().unwrap_or(option);
    let fits = |(options, commands, _): &&(&[&str], &[&str], &str)| {
        options.contains(&name) && (commands.is_empty() || commands.contains(&command))
    };
    OPTIONS.iter().find(fits).map(|(_, _, advice)| *advice)
}

/// Whether an option is a place where somebody may have put a secret.
pub(super) fn is_secret(option: &str) -> bool {
    SECRETS.contains(&option.split('=').next().unwrap_or(option))
}

/// The command whose name is nearly that.
fn near(word: &str) -> Option<String> {
    let error = super::definition().try_get_matches_from(["numdeck", word]).err()?;
    nearest(suggested(error.get(ContextKind::SuggestedSubcommand)).iter().cloned(), word)
}

/// What the parser would suggest, good or bad, in an order of its own.
pub(super) fn suggested(value: Option<&ContextValue>) -> &[String] {
    match value {
        Some(ContextValue::Strings(several)) => several,
        Some(ContextValue::String(one)) => std::slice::from_ref(one),
        _ => &[],
    }
}

/// The name that was mistyped as `word`: a letter or two differ. A guess at something else is worse than
/// none.
pub(super) fn nearest(names: impl Iterator<Item = String>, word: &str) -> Option<String> {
    let rated = names.map(|name| (strsim::damerau_levenshtein(&name, word), name));
    let near = rated.filter(|(distance, name)| *distance <= (name.chars().count() / 3).clamp(1, 2));
    near.min().map(|(_, name)| name)
}

fn hinted(message: String, hint: &str) -> Failure {
    Failure { hint: hint.to_owned(), ..Failure::usage(message) }
}

fn shown(word: &str) -> String {
    crate::phone::clean(&crate::phone::without_secrets(word), 40)
}
