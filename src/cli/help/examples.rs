//! What each command is used for, as lines that can be typed. A test reads each of them.

/// The examples of a command: its path, and lines each with what it is for.
type Examples = (&'static str, &'static [(&'static str, &'static str)]);

const EXAMPLES: &[Examples] = &[
    (
        "tui",
        &[
            ("numdeck tui", "the dashboard; the word can be left out"),
            ("numdeck tui --filter endpoint:none", "with the numbers that nobody answers"),
            ("numdeck tui --screen inventory --read-only", "look around without buying"),
        ],
    ),
    ("demo", &[("numdeck demo", "try everything over made-up numbers")]),
    (
        "list",
        &[
            ("numdeck list --all", "all numbers"),
            ("numdeck list country:ng status:active --sort changed:desc", "what changed last in Nigeria"),
            ("numdeck list endpoint:none --all --columns number,id", "what nobody answers"),
            ("numdeck list label:vip --all", "all that have a tag"),
            ("numdeck list --all -o ndjson | jq -r .e164", "for a program"),
            (
                "numdeck list --all -o csv > routes.csv",
                "how numbers are: edit it, and numdeck plan says what differs",
            ),
            ("numdeck list endpoint:none --at 2h", "what nobody answered two hours ago, as it was seen then"),
        ],
    ),
    (
        "search",
        &[
            ("numdeck search NG", "what is for sale in Nigeria"),
            ("numdeck search NG --type mobile --pattern '*777*' --all", "three sevens in all mobile numbers"),
            ("numdeck search KE --sort monthly -n 10", "the ten cheapest"),
            ("numdeck search NG --pattern '*aabb' --can sms", "two pairs at the end, and text messages"),
            ("numdeck search NG --block 5", "five numbers or more that follow each other"),
        ],
    ),
    (
        "show",
        &[
            ("numdeck show +2348031234567", "everything but the password"),
            ("numdeck show +2348031234567 --show-secrets -o json", "for a program that registers there"),
        ],
    ),
    (
        "buy",
        &[
            ("numdeck buy 0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10 --dry-run", "look at the price, send nothing"),
            ("numdeck buy --file ids.txt --max-total 5000 --yes", "a list, within a budget in cents"),
            ("numdeck buy --e164 +2348031234567 --country NG --type mobile", "by its number"),
        ],
    ),
    (
        "plan",
        &[
            ("numdeck plan routes.csv", "what would have to change"),
            ("numdeck plan routes.csv --check", "in CI: exit 13 when the server is not as the file says"),
            ("numdeck plan routes.csv --out tonight.plan", "keep it with the values seen"),
        ],
    ),
    (
        "apply",
        &[
            ("numdeck apply routes.csv", "review it, then make numbers as the file says"),
            ("numdeck apply tonight.plan --canary 3", "three first, their routes checked, then the rest"),
            ("numdeck apply routes.csv --max-changes 20 --yes", "from cron, and never more than twenty"),
        ],
    ),
    (
        "update",
        &[
            ("numdeck update +2348031234567 --endpoint sales-bot", "route it elsewhere"),
            ("numdeck update +2348031234567 --inbound on --dry-run", "see what would change"),
            (
                "numdeck list country:ke --all | numdeck update --file - --inbound off",
                "all that a filter finds",
            ),
        ],
    ),
    (
        "release",
        &[
            ("numdeck release +2348031234567 --dry-run", "see what breaks"),
            ("numdeck release --file old.txt --yes", "a list, without a question"),
        ],
    ),
    (
        "delete",
        &[("numdeck delete +2348031234567 --confirm +2348031234567", "its record is gone afterwards")],
    ),
    (
        "undo",
        &[
            ("numdeck undo", "the last change"),
            ("numdeck undo +2348031234567 --dry-run", "what undoing the last change of a number would do"),
        ],
    ),
    (
        "purchases",
        &[("numdeck purchases", "what was bought from here"), ("numdeck purchases -o json", "for a program")],
    ),
    ("purchases list", &[("numdeck purchases list bought", "only what was bought")]),
    (
        "purchases resolve",
        &[("numdeck purchases resolve", "look whether what is in doubt happened; 11 while something is")],
    ),
    (
        "costs",
        &[
            (
                "numdeck costs",
                "each month, by country; one request for each number whose price is not listed",
            ),
            ("numdeck costs country:ng --by endpoint", "who costs what in Nigeria"),
            ("numdeck costs --by label -o json", "for a program"),
        ],
    ),
    (
        "label",
        &[
            (
                "numdeck label +2348031234567 --add vip --note 'front desk' --pin",
                "put down what you know of it",
            ),
            ("numdeck label +2348031234567", "what is put down of it"),
            ("numdeck label --file old.txt --remove vip --unpin", "a list"),
        ],
    ),
    ("sip", &[("numdeck sip render +2348031234567 --as uri", "the address of its SIP account")]),
    (
        "sip render",
        &[
            ("numdeck sip render +2348031234567 --as pjsip", "look at it, with a gap for the password"),
            (
                "numdeck sip render +2348031234567 --as pjsip --show-secrets > numdeck.conf",
                "for Asterisk, whole",
            ),
            ("numdeck sip render +2348031234567 --as vapi --show-secrets", "the body of a request to Vapi"),
        ],
    ),
    (
        "check",
        &[
            ("numdeck check +2348031234567", "why calls do not arrive"),
            (
                "numdeck check +2348031234567 --auth --trace",
                "with the SIP password, and what crosses the wire",
            ),
            ("numdeck check --all --strict -o ndjson", "every number, for a nightly job"),
            ("numdeck check --uri 'sip:pbx.example.com;transport=tls'", "any SIP server, without the API"),
            ("numdeck check +2348031234567 --ticket", "what to paste into a ticket, and whose it is"),
            (
                "numdeck check +2348031234567 --from ssh:pbx-1 --from ssh:ops@pbx-2",
                "from two other machines, too, and what follows",
            ),
            ("numdeck check --all --prom /var/lib/node_exporter/numdeck.prom", "from cron, for Prometheus"),
        ],
    ),
    (
        "watch",
        &[
            ("numdeck watch --route --for 2", "what turns, once it was seen twice"),
            ("numdeck watch country:ng --exec logger", "each event to a command"),
            (
                "numdeck watch +2348031234567 --until status:active --timeout 30m",
                "wait for a number that was bought",
            ),
            ("numdeck watch --once --route", "from cron: what happened since the last time"),
        ],
    ),
    (
        "exporter",
        &[
            ("numdeck exporter", "metrics of the numbers, for Prometheus on this machine"),
            ("numdeck exporter --allow '*.example.com'", "and probes of SIP servers of one's own"),
        ],
    ),
    (
        "history",
        &[
            ("numdeck history +2348031234567", "what changed, between which times, and whether from here"),
            ("numdeck history --kind change --since 12h", "what changed in the night"),
            ("numdeck history endpoint:none --kind change,check", "of the numbers that nobody answers"),
            ("numdeck history +2348031234567 --kind call", "what became of its calls"),
            ("numdeck history --all -o ndjson", "for a program"),
        ],
    ),
    (
        "login",
        &[
            ("numdeck login", "type a key that nobody sees, and keep it"),
            (
                "numdeck login --profile live --org a1000000-0000-4000-8000-000000000001",
                "for one organization",
            ),
            ("pass show krosai | numdeck login", "from a password manager"),
        ],
    ),
    (
        "logout",
        &[
            ("numdeck logout", "forget the key"),
            ("numdeck logout --forget", "and what is remembered of the numbers"),
        ],
    ),
    (
        "whoami",
        &[("numdeck whoami", "what this key is good for"), ("numdeck whoami -o json", "for a program")],
    ),
    ("profile", &[("numdeck profile", "all of them, and which one is in use")]),
    ("profile list", &[("numdeck profile list -o json", "for a program")]),
    ("profile show", &[("numdeck profile show live", "what it says, without its key")]),
    ("profile use", &[("numdeck profile use live", "from now on, where none is named")]),
    ("profile add", &[("numdeck profile add on-call --read-only", "one that changes nothing")]),
    ("profile remove", &[("numdeck profile remove old --yes", "with its stored key")]),
    (
        "doctor",
        &[
            ("numdeck doctor", "when something is odd: what is used, and what answers"),
            ("numdeck doctor -o json", "the same for a program"),
        ],
    ),
    (
        "sandbox",
        &[
            ("numdeck sandbox --listen 127.0.0.1:8080", "the API for any client on this machine"),
            ("numdeck sandbox --fault purchase:drop-after-commit@0.5", "a server that loses answers"),
        ],
    ),
    (
        "completions",
        &[
            ("numdeck completions bash", "what ~/.bashrc takes with eval"),
            ("numdeck completions fish > ~/.config/fish/completions/numdeck.fish", "for good"),
        ],
    ),
    (
        "man",
        &[
            ("numdeck man | man -l -", "read the manual"),
            ("numdeck man ~/.local/share/man/man1", "install it, a page for each command"),
        ],
    ),
    (
        "schema",
        &[
            ("numdeck schema", "which there are"),
            ("numdeck schema list", "what numdeck list -o json prints"),
            ("numdeck schema list-row", "a line of numdeck list -o ndjson"),
        ],
    ),
    ("skill", &[("numdeck skill", "what a program should read before it drives numdeck")]),
    ("help", &[("numdeck help buy", "how to buy"), ("numdeck help globals", "what all commands take")]),
    ("version", &[("numdeck version", "for a report")]),
];

/// The lines of a command.
pub(in crate::cli) fn of(path: &str) -> &'static [(&'static str, &'static str)] {
    EXAMPLES.iter().find(|(of, _)| *of == path).map_or(&[], |(_, lines)| lines)
}

/// The examples as a part of the help of a command.
pub(super) fn text(path: &str) -> String {
    let lines = of(path);
    if lines.is_empty() {
        return String::new();
    }
    let shown = lines.iter().map(|(line, purpose)| format!("  {line}\n      {purpose}\n"));
    format!("Examples:\n{}\n", shown.collect::<String>())
}

#[cfg(test)]
pub(super) fn lines(path: &str) -> Vec<&'static str> {
    of(path).iter().map(|(line, _)| *line).collect()
}

/// The words of the part of a line that is numdeck's, as a shell would take them apart.
#[cfg(test)]
pub(super) fn words(line: &str) -> Vec<String> {
    let ours = line.split(" | ").filter(|part| part.starts_with("numdeck")).last().unwrap_or(line);
    let ours = ours.split(" > ").next().unwrap_or(ours);
    ours.split(' ').map(|word| word.trim_matches('\'').to_owned()).collect()
}
