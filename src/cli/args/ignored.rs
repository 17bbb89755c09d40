//! Flags that a command would pass over in silence: whoever gave one relies on it.

use super::{
    AccountCommand, ApiCommand, Check, Command, DocsCommand, Failure, Global, Output, ProfileCommand,
};

/// Refuses flags that mean nothing together, or nothing to the command.
pub(super) fn refuse(global: &Global, command: &Command) -> Result<(), Failure> {
    let records = match global.output {
        Some(Output::Json) => Some("-o json"),
        Some(Output::Ndjson) => Some("-o ndjson"),
        Some(Output::Csv) => Some("-o csv"),
        Some(Output::Table) | None => None,
    };
    if let Some(form) = records.filter(|_| global.plain) {
        return Err(Failure::usage(format!("--plain and {form} are two forms of the output: choose one")));
    }
    let forms = [("--output", global.output.is_some()), ("--plain", global.plain)];
    let server = [
        ("--base-url", global.base_url.is_some()),
        ("--org", global.org.is_some()),
        ("--api-key-file", global.api_key_file.is_some()),
        ("--auth-scheme", global.auth_scheme.is_some()),
    ];
    match command {
        Command::Tui(_) => on_a_screen(global, &forms),
        #[cfg(feature = "sandbox")]
        Command::Demo(_) => on_a_screen(global, &forms),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(_) => {
            let session = [
                ("--profile", global.profile.is_some()),
                ("--read-only", global.read_only),
                ("--ca-file", global.ca_file.is_some()),
                ("--timeout", global.timeout.is_some()),
            ];
            none_of(
                &[&forms[..], &server, &session].concat(),
                "the sandbox is a server, which has no use for them",
            )
        }
        Command::Check(check) => of_check(global, check, &server),
        Command::Api(command) if matches!(**command, ApiCommand::Exporter(_)) => {
            none_of(&forms, "what it serves has one form, that of Prometheus")
        }
        Command::Account(command) => of_account(global, command, &server),
        Command::Docs(docs) => of_docs(global, docs, &forms),
        _ => Ok(()),
    }
}

fn of_check(global: &Global, check: &Check, server: &[(&str, bool)]) -> Result<(), Failure> {
    if check.nagios {
        let forms =
            [("--output", global.output.is_some()), ("--plain", global.plain), ("--trace", check.trace)];
        none_of(&forms, "--nagios prints the one line that a monitor reads")?;
    }
    if check.settings_only {
        let probing = [
            ("--trace", check.trace),
            ("--pcap", check.pcap.is_some()),
            ("--transport", check.transport.transport().is_some()),
            ("--dns", check.dns.is_some()),
            ("--count", check.count > 1),
        ];
        none_of(&probing, "--settings-only sends no packet")?;
    }
    if check.uri.is_some() {
        none_of(&[server, &[("--max-age", check.max_age.is_some())]].concat(), "--uri needs no API")?;
    }
    Ok(())
}

fn of_account(global: &Global, command: &AccountCommand, server: &[(&str, bool)]) -> Result<(), Failure> {
    let ways = [("--ca-file", global.ca_file.is_some()), ("--timeout", global.timeout.is_some())];
    let writes = [("--read-only", global.read_only)];
    match command {
        AccountCommand::Login => none_of(&writes, "login stores a key and writes nothing on the server"),
        AccountCommand::Logout(_) => {
            none_of(&[server, &ways, &writes].concat(), "logout is about a profile of this machine")
        }
        AccountCommand::Profile { command: Some(ProfileCommand::Add { .. }) } => {
            let others = [
                ("--api-key-file", global.api_key_file.is_some()),
                ("--profile", global.profile.is_some()),
                ("--settle", global.settle.is_some()),
            ];
            none_of(
                &others,
                "a profile is added by its name, says no such thing, and numdeck login stores its key",
            )
        }
        AccountCommand::Profile { .. } => {
            none_of(&[server, &ways, &writes].concat(), "nothing is asked of a server")
        }
        AccountCommand::Whoami(_) | AccountCommand::Doctor(_) => Ok(()),
    }
}

fn of_docs(global: &Global, docs: &DocsCommand, forms: &[(&str, bool)]) -> Result<(), Failure> {
    match docs {
        DocsCommand::Schema { name: None } => Ok(()),
        DocsCommand::Schema { name: Some(_) } => {
            let others = [
                ("-o csv", global.output == Some(Output::Csv)),
                ("-o table", global.output == Some(Output::Table)),
                ("--plain", global.plain),
            ];
            none_of(&others, "a schema is JSON")
        }
        _ => none_of(forms, "it prints text of one form"),
    }
}

fn on_a_screen(global: &Global, forms: &[(&str, bool)]) -> Result<(), Failure> {
    none_of(
        &[forms, &[("--no-input", global.no_input)]].concat(),
        "the dashboard is a screen, for which they mean nothing",
    )
}

/// An error that names those of the flags that were given.
fn none_of(flags: &[(&str, bool)], why: &str) -> Result<(), Failure> {
    let given: Vec<&str> = flags.iter().filter(|(_, given)| *given).map(|(flag, _)| *flag).collect();
    match given.as_slice() {
        [] => Ok(()),
        [one] => Err(Failure::usage(format!("{one} cannot be used here: {why}"))),
        several => Err(Failure::usage(format!("{} cannot be used here: {why}", several.join(", ")))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::super::Exit;
    use super::super::Args;

    fn told(args: &str) -> Option<String> {
        let args = std::iter::once("numdeck").chain(args.split(' '));
        let args = Args::try_parse_from(args).unwrap();
        args.chosen().err().map(|failure| {
            assert_eq!(failure.exit, Exit::Usage);
            failure.message
        })
    }

    #[test]
    fn a_flag_that_would_be_passed_over_is_refused() {
        for (args, why) in [
            ("list --plain -o json", "--plain"),
            ("show x --plain -o ndjson", "--plain"),
            ("tui -o json", "--output"),
            ("--no-input tui", "--no-input"),
            ("check x --nagios -o json", "--nagios"),
            ("check x --nagios --trace", "--trace"),
            ("check x --nagios --plain", "--plain"),
            ("check x --settings-only --trace", "--trace"),
            ("check x --settings-only --transport tls --count 3", "--transport, --count"),
            ("check x --settings-only --dns 127.0.0.1", "--dns"),
            ("skill -o json", "--output"),
            ("man --plain", "--plain"),
            ("completions bash -o csv", "--output"),
            ("schema list -o csv", "-o csv"),
            ("exporter -o json", "--output"),
            ("check --uri sip:a@b --org x", "--org"),
            ("check --uri sip:a@b --max-age 1h", "--max-age"),
            ("check --uri sip:a@b --auth-scheme bearer", "--auth-scheme"),
        ] {
            let told = told(args).unwrap_or_else(|| panic!("{args} is taken"));
            assert!(told.contains(why), "{args}: {told}");
        }
    }

    #[cfg(feature = "sandbox")]
    #[test]
    fn it_is_so_of_the_sandbox_and_the_demo() {
        for (args, why) in [("--plain demo", "--plain"), ("sandbox --org x --timeout 3s", "--org, --timeout")]
        {
            assert!(told(args).is_some_and(|told| told.contains(why)), "{args}");
        }
        for args in ["demo --read-only", "sandbox --owned 3 -v"] {
            assert_eq!(told(args), None, "{args}");
        }
    }

    #[test]
    fn flags_that_mean_something_are_taken() {
        for args in [
            "list --columns id -o csv",
            "list --columns id -o json",
            "list --columns id --plain",
            "list --plain -o table",
            "show x -o json",
            "schema -o csv",
            "schema list -o ndjson",
            "check x --nagios --strict",
            "check x --settings-only --max-age 2h",
            "check --uri sip:a@b --trace -o json --count 2",
        ] {
            assert_eq!(told(args), None, "{args}");
        }
    }
}
