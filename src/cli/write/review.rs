//! `numdeck buy` of several numbers: what is owned already is left out, the rest is quoted, agreed to
//! and bought one after another.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};

use crate::api::{List, Mode, Shelf};
use crate::cli::args::Buy;
use crate::cli::numbers::{self, Purpose, Target};
use crate::cli::output::safe;
use crate::cli::pages::Reader;
use crate::cli::session::Session;
use crate::cli::unresolved;
use crate::cli::write::buy::{
    bought_as, budget, concerns, impossible, later, look, price_of, read_at, rehearsed,
};
use crate::cli::write::run::{self, Report, Row};
use crate::cli::write::{self, Go};
use crate::cli::{Exit, Failure};
use crate::phone::{Cents, Country, E164, EndpointId, Field, Kind, Line, Number, NumberId, Price};
use crate::write::{Entry, Intent, PriceSource, Quote, Run, Tally, Verdict};

pub(in crate::cli) async fn buy(session: &Session, options: &Buy, go: Go) -> Result<Exit, Failure> {
    let (targets, again) = numbers::of(Purpose::Buying, &options.inventory_ids, options.file.as_deref())?;
    let mut review = Review::begin(session, options, go, &targets).await?;
    review.again = again;
    for (place, target) in targets.iter().enumerate() {
        review.progress(place, targets.len());
        review.add(target).await?;
        if review.before.unknown > 0 {
            // A run ends at the first line of which nobody knows what became.
            review.leave(&targets[place + 1..]);
            break;
        }
    }
    review.report.clear();
    session.may_write()?;
    let Review { mut report, intents, before, again, unattached, .. } = review;
    let mut run = Run::new(intents, budget(options));
    if again > 0 {
        session.note(format!("{again} named more than once, counted once"));
    }
    if unattached > 0 {
        session.note(format!("{unattached} of those that are yours have no endpoint; update attaches one"));
    }
    let exit = if run.lines().is_empty() {
        nothing_to_buy(session, before)
    } else {
        quote(session, &run, before, options.endpoint.as_ref().and_then(|route| route.0.as_ref()));
        if go == Go::DryRun {
            let endpoint = options.endpoint.as_ref().and_then(|route| route.0.as_ref());
            write::endpoint_exists(session, endpoint).await?;
            run::rehearse(session, &mut report, &run, before, would).await
        } else if let Some((0, why)) = run.beyond_budget() {
            let over = run::over_budget(why, &run.lines()[0].intent.line());
            Err(run::beside(over, before))
        } else {
            run::confirmed(session, &run, go).await?;
            run::run(session, &mut report, &mut run, before).await
        }
    };
    run::finish(session, report, exit)
}

fn nothing_to_buy(session: &Session, before: Tally) -> Result<Exit, Failure> {
    if before.failed + before.unknown == 0 {
        session.note(format!("all {} are yours already; nothing was sent", before.already));
        return Ok(Exit::Done);
    }
    let parts = [
        (before.failed, "not for sale"),
        (before.unknown, "in doubt"),
        (before.already, "yours already"),
        (before.left, "not tried"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let message = format!("{}; nothing was sent", parts.join(", "));
    if before.unknown > 0 {
        return Err(Failure { message, ..unresolved::still_open(before.unknown) });
    }
    Err(Failure::new(Exit::PartFailed, "PARTLY_DONE", message, "Each line says why."))
}

/// A number that is for sale, what it costs, and where that was read.
type Offered = (Number, Price, PriceSource);

/// Why an inventory was not read.
enum Unread {
    /// Nothing tells in which country the number is.
    NoCountry(Failure),
    /// Reading failed.
    Failed(Failure),
}

impl From<Failure> for Unread {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The inventory of a country: its rows, and where each number and each id is among them.
struct Stock {
    rows: Vec<Number>,
    by_line: HashMap<E164, usize>,
    by_id: HashMap<NumberId, usize>,
}

impl Stock {
    fn new(rows: Vec<Number>) -> Self {
        let line = |(place, row): (usize, &Number)| Some((row.line.valid()?, place));
        let by_line = rows.iter().enumerate().filter_map(line).collect();
        let by_id = rows.iter().enumerate().map(|(place, row)| (row.id.clone(), place)).collect();
        Self { rows, by_line, by_id }
    }
}

/// What is known of a list of numbers before it is agreed to.
struct Review<'a> {
    session: &'a Session,
    options: &'a Buy,
    endpoint: Option<EndpointId>,
    go: Go,
    /// What the ids of this server look like: digits alone may be one there.
    digits_are_ids: bool,
    owned: HashMap<E164, Number>,
    entries: Vec<Entry>,
    /// Earlier purchases of numbers on the list of which nobody knows whether they happened.
    doubts: Vec<(Entry, Verdict)>,
    /// Inventories that were read, by country and type.
    shelves: HashMap<(String, Option<Kind>), Stock>,
    /// What is on the list already, by number and by id.
    listed: (HashSet<E164>, HashSet<NumberId>),
    report: Report,
    intents: Vec<Intent>,
    before: Tally,
    /// Owned already, without the endpoint that was asked for.
    unattached: usize,
    again: usize,
}

impl<'a> Review<'a> {
    async fn begin(
        session: &'a Session,
        options: &'a Buy,
        go: Go,
        targets: &[Target],
    ) -> Result<Self, Failure> {
        let ids: HashSet<&str> = targets.iter().map(|target| target.text.as_str()).collect();
        let lines: HashSet<E164> =
            targets.iter().filter_map(|target| target.line().or(target.beside)).collect();
        let on_list = |entry: &Entry| {
            matches!(entry.intent, Intent::Purchase { .. })
                && (entry.intent.offer().is_some_and(|id| ids.contains(id.as_str()))
                    || entry.e164().is_some_and(|line| lines.contains(&line)))
        };
        // What may have been bought is looked at before anything is planned.
        let mut doubts = unresolved::settle(session, on_list, go.looks()).await?;
        for (entry, verdict) in &doubts {
            let words = verdict.words(&entry.intent);
            session.note(safe(&format!("in doubt since an earlier run: {}", words.said)));
        }
        doubts.retain(|(_, verdict)| verdict.is_unknown() && !verdict.is_done());
        let owned = Reader::new(session, List::whole(Shelf::Owned)).whole().await?;
        numbers::judge_ids(Purpose::Buying, targets, owned.iter().map(|number| &number.id))?;
        let digits_are_ids = numbers::are_digits(owned.iter().map(|number| &number.id));
        let listed = |number: &Number| number.line.valid().is_some_and(|line| lines.contains(&line));
        let (listed, others): (Vec<Number>, Vec<Number>) = owned.into_iter().partition(listed);
        // They may be on their way to be given up.
        let listed = unresolved::at_rest(session, listed, go.looks()).await?;
        let owned = listed.into_iter().chain(others).filter(|number| !number.is_inactive());
        let owned = owned.filter_map(|number| Some((number.line.valid()?, number))).collect();
        let entries = session.entries().await?;
        Ok(Self {
            session,
            options,
            endpoint: options.endpoint.as_ref().and_then(|route| route.0.clone()),
            go,
            doubts,
            unattached: 0,
            digits_are_ids,
            owned,
            entries,
            shelves: HashMap::new(),
            listed: Default::default(),
            report: Report::new(session),
            intents: Vec::new(),
            before: Tally::default(),
            again: 0,
        })
    }

    fn progress(&mut self, done: usize, all: usize) {
        self.report.progress(done, all, "reading prices");
    }

    async fn add(&mut self, target: &Target) -> Result<(), Failure> {
        let id = target.line().is_none().then(|| NumberId::new(&target.text));
        let line = target.line().or_else(|| bought_as(&self.entries, id.as_ref()?)).or(target.beside);
        if let Some(number) = line.and_then(|line| self.owned.get(&line)).cloned() {
            return self.is_owned(&number, id);
        }
        let doubt = self.doubts.iter().find(|(entry, _)| concerns(entry, Some(&target.text), line));
        if let Some((entry, verdict)) = doubt {
            let row = run::in_doubt(entry, verdict);
            self.before.unknown += 1;
            self.report.line(&row);
            return Ok(());
        }
        let (row, price, source) = match target.line() {
            Some(line) => match self.offered(line, target).await {
                Ok(Some(found)) => found,
                // Digits alone may be an id after all.
                Ok(None) | Err(Unread::NoCountry(_))
                    if self.digits_are_ids && numbers::may_be_id(&target.text) =>
                {
                    match self.by_id(target).await? {
                        Some(found) => found,
                        None => return Ok(()),
                    }
                }
                Ok(None) => return self.cannot(&target.text, "NUMBER_NOT_AVAILABLE", "it is not for sale"),
                Err(Unread::NoCountry(failure) | Unread::Failed(failure)) => return Err(failure),
            },
            None => match self.by_id(target).await? {
                Some(found) => found,
                None => return Ok(()),
            },
        };
        if let Some(text) = row.impossible_line() {
            return Err(impossible(&text));
        }
        if let (Some(line), Some(beside)) = (row.line.valid(), target.beside)
            && line != beside
        {
            let place = target.place.map_or(String::new(), |line| format!("line {line} of the file: "));
            let message = format!(
                "nothing was sent: {place}{} is the id of {line}, and the number beside it is {beside}",
                safe(&target.text)
            );
            let hint = "Correct the line, or leave out the column of ids or that of numbers.";
            return Err(Failure::new(Exit::Usage, "FILE", message, hint));
        }
        if let Some(number) = row.line.valid().and_then(|line| self.owned.get(&line)).cloned() {
            return self.is_owned(&number, Some(row.id));
        }
        let new = self.listed.1.insert(row.id.clone())
            && row.line.valid().is_none_or(|line| self.listed.0.insert(line));
        if new {
            self.intents.push(Intent::buy(&row, price, source, read_at(self.go), self.endpoint.clone()));
        } else {
            self.again += 1;
        }
        Ok(())
    }

    /// Reports what is not tried.
    fn leave(&mut self, targets: &[Target]) {
        self.before.left += targets.len();
        for target in targets {
            let line = safe(&target.text);
            self.report.line(&Row { outcome: "not_tried", line, ..Row::default() });
        }
    }

    /// What is for sale under the id that a target is, with its price. `None` where nothing is, which
    /// is reported.
    async fn by_id(&mut self, target: &Target) -> Result<Option<Offered>, Failure> {
        let id = NumberId::new(&target.text);
        let row = match look(self.session, &id).await {
            Ok(row) => row,
            Err(failure) if failure.is_about_input() => {
                let why = format!("the server knows no such id ({})", failure.message);
                self.cannot(&target.text, &failure.code, &why)?;
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        // The id that was asked for is what is bought, whatever the answer calls itself.
        let mut row = Number { id, ..row.unwrap_or_else(|| Number::new(NumberId::new(""), Line::parse(""))) };
        let (mut price, mut source) = (row.price(), PriceSource::Asked);
        if row.line == Line::parse("") && row.impossible_line().is_none() {
            // A server may say nothing of one number that is for sale; its list does.
            match self.listed(target).await {
                Ok(Some(listed)) => {
                    if !price.is_known() && listed.price().is_known() {
                        source = PriceSource::Row;
                    }
                    price = price.or(listed.price());
                    row = listed;
                }
                Ok(None) | Err(Unread::NoCountry(_)) => {
                    row.line = target.beside.map_or(row.line, Line::Valid);
                }
                Err(Unread::Failed(failure)) => return Err(failure),
            }
        }
        Ok(Some((row, price, source)))
    }

    fn is_owned(&mut self, number: &Number, id: Option<NumberId>) -> Result<(), Failure> {
        self.before.already += 1;
        let unattached = self.endpoint.is_some() && number.endpoint == Field::Null;
        self.unattached += usize::from(unattached);
        let said = if unattached { "it has no endpoint: numdeck update attaches one" } else { "" };
        self.report.line(&Row { inventory_id: id, said: said.to_owned(), ..Row::of("owned", number) });
        Ok(())
    }

    fn cannot(&mut self, text: &str, code: &str, why: &str) -> Result<(), Failure> {
        self.before.failed += 1;
        let failure = Failure::new(Exit::Gone, code, format!("not bought: {why}"), "");
        let line = safe(text);
        self.report.line(&Row { outcome: "not_bought", line, failure: Some(failure), ..Row::default() });
        Ok(())
    }

    /// The row of a number in the inventory of its country, and its price.
    async fn offered(&mut self, line: E164, target: &Target) -> Result<Option<Offered>, Unread> {
        let of_line = Country::of_line(line).map(|country| country.code.to_owned());
        let Some(country) = self.country(target).or(of_line) else {
            return Err(Unread::NoCountry(Failure::usage(format!(
                "nothing was sent: which country is {}? Name it with --country, or in a column, or give its id",
                line.grouped()
            ))));
        };
        let stock = self.stock(&country, target).await?;
        let Some(mut row) = stock.by_line.get(&line).map(|place| stock.rows[*place].clone()) else {
            return Ok(None);
        };
        // Where it was found is where it has to be looked for again, whatever its row tells.
        row.country.get_or_insert_with(|| country.as_str().into());
        let (price, source) = price_of(self.session, &row).await?;
        Ok(Some((row, price, source)))
    }

    /// The row of an id in the inventory of its country, as far as that is known.
    async fn listed(&mut self, target: &Target) -> Result<Option<Number>, Unread> {
        let of_line = || Some(Country::of_line(target.beside?)?.code.to_owned());
        let Some(country) = self.country(target).or_else(of_line) else { return Ok(None) };
        let stock = self.stock(&country, target).await?;
        let row = stock.by_id.get(&NumberId::new(&target.text)).map(|place| &stock.rows[*place]);
        Ok(row.cloned().map(|mut row| {
            row.country.get_or_insert_with(|| country.as_str().into());
            row
        }))
    }

    /// The country that is said of a target.
    fn country(&self, target: &Target) -> Option<String> {
        target.country.clone().or_else(|| self.options.country.clone())
    }

    /// The inventory of a country, which is read to its end, once.
    async fn stock(&mut self, country: &str, target: &Target) -> Result<&Stock, Failure> {
        let kind = target.kind.clone().or_else(|| self.options.kind.clone());
        let stock = match self.shelves.entry((country.to_owned(), kind.clone())) {
            Slot::Occupied(slot) => return Ok(slot.into_mut()),
            Slot::Vacant(slot) => {
                let shelf = Shelf::Available { country: country.to_owned(), kind };
                let rows = Reader::new(self.session, List::whole(shelf)).whole().await?;
                slot.insert(Stock::new(rows))
            }
        };
        Ok(stock)
    }
}

fn would(intent: &Intent) -> Row {
    let Intent::Purchase { order, reviewed } = intent else { return Row::default() };
    Row { outcome: "would_buy", more: rehearsed(order, reviewed), ..run::row(intent) }
}

/// What they cost together, for whom, and where the budget ends it.
fn quote(session: &Session, run: &Run, before: Tally, endpoint: Option<&EndpointId>) {
    let prices = run.lines().iter().filter_map(|line| match &line.intent {
        Intent::Purchase { reviewed, .. } => Some(reviewed.price),
        _ => None,
    });
    let quote = Quote::of(prices);
    let standing = session.standing();
    let amount = |cents: Cents| if quote.is_unknown() { "unknown".to_owned() } else { cents.to_string() };
    let more = if quote.unknown > 0 && !quote.is_unknown() {
        format!(", and {} of unknown price", quote.unknown)
    } else {
        String::new()
    };
    let already =
        if before.already > 0 { format!(", {} yours already", before.already) } else { String::new() };
    for (name, value) in [
        ("numbers", format!("{} to buy{already}", quote.numbers)),
        ("setup", format!("{}{more}", amount(quote.setup))),
        ("first month", format!("{}{more}", amount(quote.monthly))),
        ("today", format!("{}{more}", amount(quote.today()))),
        ("then", later((!quote.is_unknown()).then(|| (quote.monthly, quote.yearly()))) + &more),
        ("organization", standing.organization.unwrap_or_else(|| "server default".to_owned())),
        ("mode", if standing.mode == Mode::Live { "LIVE" } else { "TEST" }.to_owned()),
        ("endpoint", endpoint.map_or("none: nobody will answer".to_owned(), EndpointId::to_string)),
    ] {
        session.note(format!("{name:<14}{}", safe(&value)));
    }
    if let Some((line, why)) = run.beyond_budget() {
        let number = run.lines()[line].intent.line();
        session.note(format!("stops after {line} of {}, before {}: {why}", quote.numbers, safe(&number)));
    }
}
