//! Many numbers: from the list alone, each server asked once.

use std::pin::pin;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::files::Files;
use super::listing::{self, Listing, Wanted};
use super::{exit, nagios, setup, text};
use crate::check::{self, Endpoints, Facts, Finding, Lint};
use crate::cli::args::Check;
use crate::cli::command_context::CommandContext;
use crate::cli::output::{self, OutputForm};
use crate::cli::{Exit, Failure};
use crate::phone::{Detail, Filter, Known, Number, NumberId};
use crate::sip::{AuthRule, Counts, Options, Plan, Report, Subject, Summary, Verdict};
use crate::store::CheckResult;

/// Detail requests side by side; the client's own limiter decides how fast they go.
const DETAILS: usize = 4;
/// Causes that are told below the table.
const CAUSES: usize = 10;

pub(super) async fn check(
    context: &CommandContext,
    options: &Check,
    probing: &Options,
    wanted: &Wanted,
    mut files: Files,
) -> Result<Exit, Failure> {
    let mut listing = match Listing::get(context, options).await {
        Ok(listing) => listing,
        Err(failure) => return Err(unread(context, &mut files, failure).await),
    };
    // Without their names ids do: a server that hangs must not hold up what is known.
    let listed = timeout(probing.timeout, listing.endpoints(context)).await;
    let endpoints = listing::known(listed, |text| note(context, options, text));
    let labels = wanted.labels(context)?;
    let known = Known::of(&endpoints.listed, Timestamp::now()).with_labels(labels);
    let mut found = wanted.choose(&listing.numbers, &known);
    if listing.kept.is_some() && found.is_err() {
        // What is not in a kept list may have been bought since.
        listing = match Listing::read(context).await {
            Ok(listing) => listing,
            Err(failure) => return Err(unread(context, &mut files, failure).await),
        };
        found = wanted.choose(&listing.numbers, &known);
    }
    let (places, named) = found.inspect_err(|_| files.nothing_found())?;
    files.know(context, Some((&listing.numbers, &endpoints))).await;
    let mut all = Reports::new(context.form, options, places.len(), files);
    if let Some(at) = listing.kept {
        note(
            context,
            options,
            format!("using the list that was read at {at:.0}; --max-age 0 reads it again"),
        );
    }
    if options.settings_only {
        return settings_only(context, all, (&listing.numbers, &places), &endpoints, &known);
    }
    let chosen: Vec<&Number> = places.iter().map(|at| &listing.numbers[*at]).collect();
    let mut interrupt = pin!(context.interrupted());
    let mut subjects = Vec::with_capacity(chosen.len());
    let stopped = tokio::select! {
        biased;
        () = &mut interrupt => true,
        () = read(context, options, probing, &chosen, named, &endpoints, &mut subjects) => false,
    };
    if stopped {
        // Those whose settings say everything are done; of the others nothing is known yet.
        for (row, subject) in subjects.iter().enumerate().filter(|(_, subject)| subject.legs.is_empty()) {
            all.add(row, &subject.settled(Timestamp::now()))?;
        }
        return all.interrupted(context);
    }
    let plan = Plan::of(subjects);
    let counts = plan.counts(probing.count, probing.auth);
    note(context, options, announced(&plan, counts, made(context)));
    let checker = setup::checker(options, context.ca(), context.sip_rules())?.of_provider(context.is_local());
    let (send, mut done) = mpsc::unbounded_channel();
    let tell = move |row: usize, report: Report| drop(send.send((row, report)));
    let ticker = context.ticker();
    let mut run = pin!(checker.plan(&plan, probing, Timestamp::now(), &tell));
    let mut running = true;
    while running {
        tokio::select! {
            biased;
            () = &mut interrupt => {
                ticker.clear();
                all.drain(&mut done)?;
                return all.interrupted(context);
            }
            ended = &mut run => {
                ended.map_err(setup::untrusted)?;
                running = false;
            }
            Some((row, report)) = done.recv() => {
                all.add(row, &report)?;
                ticker.bar("checking numbers", all.rows.len(), plan.subjects().len());
            }
        }
    }
    ticker.clear();
    all.drain(&mut done)?;
    context.remember_checks(all.results(&chosen));
    all.finish(context)
}

/// What the settings alone say: no packet, and no request beside the list.
fn settings_only(
    context: &CommandContext,
    mut all: Reports<'_>,
    (numbers, places): (&[Number], &[usize]),
    endpoints: &Endpoints,
    known: &Known,
) -> Result<Exit, Failure> {
    let lint = Lint::of(numbers, endpoints, Timestamp::now());
    for (row, at) in places.iter().enumerate() {
        let step = lint.step(*at);
        let facts = Facts::of(&numbers[*at], None, endpoints);
        let subject = Subject { known: vec![step], ..check::named(&facts, None) };
        all.add(row, &subject.settled(Timestamp::now()))?;
    }
    let summary = lint.summary().unwrap_or_else(|| "nothing is wrong with the settings".to_owned());
    let (count, asked) = (several(numbers.len(), "number"), several(made(context), "API request"));
    note(context, all.options, format!("{count}: {summary}; {asked}, no packet"));
    for (finding, count) in lint.counts() {
        if let Some(expression) = shown_by(finding, count, numbers, known) {
            note(
                context,
                all.options,
                format!("numdeck list '{expression}' shows the {count} {}", finding.words()),
            );
        }
    }
    all.finish(context)
}

/// Says something to whoever watches. A monitor reads one line and no more.
fn note(context: &CommandContext, options: &Check, text: String) {
    if !options.nagios {
        context.note(text);
    }
}

/// What will be sent, before it is.
fn announced(plan: &Plan, counts: Counts, requests: usize) -> String {
    let numbers = plan.subjects().len();
    let mut text = format!(
        "{}, {}: {} OPTIONS (more where a name has several addresses)",
        several(numbers, "number"),
        several(counts.hosts, "host"),
        counts.options
    );
    if counts.register > 0 {
        text = format!("{text}, at most {} REGISTER", counts.register);
    }
    text = format!("{text}; {} so far, none to come", several(requests, "API request"));
    if counts.without > 0 {
        text = format!("{text}; {} without an address or left out", several(counts.without, "number"));
    }
    text
}

/// Requests to the API until now.
fn made(context: &CommandContext) -> usize {
    usize::try_from(context.client.made()).unwrap_or(usize::MAX)
}

/// The filter that shows exactly the `count` numbers with a finding, where there is one.
fn shown_by(finding: Finding, count: usize, numbers: &[Number], known: &Known) -> Option<&'static str> {
    let expression = finding.filter()?;
    let filter = Filter::complete(expression).ok()?;
    let shown = numbers.iter().filter(|number| filter.accepts(number, known)).count();
    (shown == count).then_some(expression)
}

fn several(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Adds what is to be checked of each number, so that what was read outlives an interrupt; with `--trunk` or `--auth` its detail is asked for.
async fn read(
    context: &CommandContext,
    options: &Check,
    probing: &Options,
    chosen: &[&Number],
    named: bool,
    endpoints: &Endpoints,
    subjects: &mut Vec<Subject>,
) {
    let transport = options.transport.transport();
    let of = |number: &Number, detail: Option<&Detail>| {
        let facts = Facts::of(number, detail, endpoints);
        if named { check::named(&facts, transport) } else { check::listed(&facts, transport) }
    };
    if !options.trunk && probing.auth == AuthRule::Off {
        subjects.extend(chosen.iter().map(|number| of(number, None)));
        return;
    }
    let ticker = context.ticker();
    let asked = chosen.iter().filter(|number| named || !number.is_inactive()).count();
    note(context, options, format!("{} for the credentials of the numbers", several(asked, "API request")));
    let details = stream::iter(chosen.iter().map(async |number| {
        if !named && number.is_inactive() {
            return of(number, None);
        }
        match context.client.get(&number.id).await {
            Ok(detail) => {
                let subject = of(&detail.number, Some(&detail));
                Subject { has_detail: true, ..subject }
            }
            Err(error) => Subject {
                id: Some(output::safe(number.id.as_str())),
                has_detail: true,
                ..check::unread(&number.line.to_string(), &error.to_string())
            },
        }
    }));
    let mut details = details.buffered(DETAILS);
    while let Some(subject) = details.next().await {
        subjects.push(subject);
        ticker.bar("reading numbers", subjects.len(), chosen.len());
    }
}

/// The list could not be read: nothing could be checked.
async fn unread(context: &CommandContext, files: &mut Files, failure: Failure) -> Failure {
    files.know(context, None).await;
    files.nothing_read();
    let message = format!("nothing was checked: {}", failure.message);
    Failure { exit: Exit::Unchecked, message, ..failure }
}

/// What is kept of a report that is told already: 100,000 of them have to fit.
struct Row {
    at: usize,
    name: String,
    verdict: Verdict,
    /// For a JSON document, which is whole or not there at all.
    document: Value,
}

/// Reports as they come.
struct Reports<'a> {
    form: OutputForm,
    options: &'a Check,
    expected: usize,
    files: Files,
    rows: Vec<Row>,
    tally: Summary,
}

impl<'a> Reports<'a> {
    fn new(form: OutputForm, options: &'a Check, expected: usize, files: Files) -> Self {
        Self { form, options, expected, files, rows: Vec::new(), tally: Summary::default() }
    }

    /// Lines of JSON go out as they come; everything else is in the order of the list.
    fn add(&mut self, at: usize, report: &Report) -> Result<(), Failure> {
        self.files.add(report);
        let with_trace = self.options.trace;
        let mut document = Value::Null;
        match self.form {
            _ if self.options.nagios => {}
            OutputForm::Ndjson => text::line(&report.to_json(with_trace, &setup::flags))?,
            OutputForm::Json => document = report.to_json(with_trace, &setup::flags),
            _ if with_trace => text::trace(report),
            _ => {}
        }
        self.tally.add(&report.verdict);
        self.rows.push(Row { at, name: report.name(), verdict: report.verdict.clone(), document });
        Ok(())
    }

    /// What the checks came to, by number.
    fn results(&self, chosen: &[&Number]) -> Vec<(NumberId, CheckResult)> {
        let result = |row: &Row| Some((chosen.get(row.at)?.id.clone(), CheckResult::of(&row.verdict)?));
        self.rows.iter().filter_map(result).collect()
    }

    fn drain(&mut self, done: &mut mpsc::UnboundedReceiver<(usize, Report)>) -> Result<(), Failure> {
        while let Ok((at, report)) = done.try_recv() {
            self.add(at, &report)?;
        }
        Ok(())
    }

    fn print(&mut self) -> Result<(), Failure> {
        if self.options.nagios || self.form == OutputForm::Ndjson {
            return Ok(());
        }
        let rows: Vec<(Vec<String>, Value)> = self
            .rows
            .iter_mut()
            .map(|row| (text::cells(&row.name, &row.verdict), std::mem::take(&mut row.document)))
            .collect();
        output::all(self.form, text::HEADS, &rows)
    }

    fn finish(mut self, context: &CommandContext) -> Result<Exit, Failure> {
        self.rows.sort_by_key(|row| row.at);
        if self.options.nagios {
            self.files.note();
            let told: Vec<(&str, &Verdict)> =
                self.rows.iter().map(|row| (row.name.as_str(), &row.verdict)).collect();
            return nagios::many(&told, &self.tally, self.options.strict);
        }
        self.print()?;
        self.files.finish()?;
        let nothing = || "nothing was checked: there are no numbers".to_owned();
        note(context, self.options, if self.rows.is_empty() { nothing() } else { self.tally.summary() });
        self.tell_causes(context);
        Ok(exit(self.rows.iter().map(|row| row.verdict.checked()), self.options.strict))
    }

    /// What is done is printed, and what is not is said.
    fn interrupted(mut self, context: &CommandContext) -> Result<Exit, Failure> {
        self.rows.sort_by_key(|row| row.at);
        self.print()?;
        self.files.cut();
        // An error under JSON stays alone on stderr.
        if !self.form.is_json() {
            context.tell_if(true);
            self.tell_causes(context);
        }
        let message = format!(
            "interrupted: {} of {} numbers were checked; {}",
            self.rows.len(),
            self.expected,
            self.tally.summary()
        );
        Err(Failure::new(Exit::Interrupted, "INTERRUPTED", message, ""))
    }

    /// What is wrong, once each: nobody finds three hosts among 300 rows at night.
    /// Of settings the summary has told it already.
    fn tell_causes(&self, context: &CommandContext) {
        if self.options.settings_only {
            return;
        }
        let causes = self.tally.causes();
        for cause in causes.iter().take(CAUSES) {
            note(context, self.options, format!("{:>6}  {}", cause.count, cause.cause));
        }
        if causes.len() > CAUSES {
            note(
                context,
                self.options,
                format!("        and {} more", several(causes.len() - CAUSES, "cause")),
            );
        }
    }
}
