//! `numdeck buy` of several numbers: what is owned already is left out, the rest is quoted, agreed to
//! and bought one after another.

use std::collections::{HashMap, HashSet};

use super::args::Buy;
use super::buy::{budget, look, rehearsed};
use super::output::safe;
use super::reading::Reader;
use super::sending::Go;
use super::session::Session;
use super::several::{self, Before, Report, Row};
use super::targets::{self, Purpose, Target};
use super::{Exit, Failure};
use crate::api::{Item, List, Mode, Shelf};
use crate::phone::{Country, E164, EndpointId, Field, Kind, Line, Number, NumberId};
use crate::write::{Entry, Intent, Outcome, Quote, Run};

pub(super) async fn buy(session: &Session, options: &Buy, go: Go) -> Result<Exit, Failure> {
    let (targets, again) = targets::of(Purpose::Buying, &options.inventory_ids, options.file.as_deref())?;
    let mut review = Review::begin(session, options, go).await?;
    review.again = again;
    for (place, target) in targets.iter().enumerate() {
        review.progress(place, targets.len());
        review.add(target).await?;
    }
    review.report.clear();
    session.may_write()?;
    let Review { mut report, intents, before, again, .. } = review;
    let mut run = Run::new(intents, budget(options));
    if again > 0 {
        session.note(format!("{again} named more than once, counted once"));
    }
    let exit = if run.lines().is_empty() {
        nothing_to_buy(session, before)
    } else {
        quote(session, &run, before, options.endpoint.as_ref().and_then(|route| route.0.as_ref()));
        if go == Go::DryRun {
            several::rehearse(session, &mut report, &run, before, would)
        } else if let Some((0, why)) = run.beyond_budget() {
            Err(several::over_budget(why, &run.lines()[0].intent.line()))
        } else {
            several::confirmed(session, &run, go).await?;
            several::run(session, &mut report, &mut run, before).await
        }
    };
    several::finish(session, report, exit)
}

fn nothing_to_buy(session: &Session, before: Before) -> Result<Exit, Failure> {
    if before.failed == 0 {
        session.note(format!("all {} are yours already; nothing was sent", before.already));
        return Ok(Exit::Done);
    }
    let message =
        format!("{} not for sale, {} yours already; nothing was sent", before.failed, before.already);
    Err(Failure::new(Exit::PartFailed, "PARTLY_DONE", message, "Each line says why."))
}

/// What is known of a list of numbers before it is agreed to.
struct Review<'a> {
    session: &'a Session,
    options: &'a Buy,
    endpoint: Option<EndpointId>,
    /// Somebody who is asked takes a while: prices are read again.
    reread: bool,
    owned: HashMap<E164, Number>,
    entries: Vec<Entry>,
    /// Inventories that were read, by country and type.
    shelves: HashMap<(String, Option<Kind>), HashMap<E164, Number>>,
    /// What is on the list already, by number and by id.
    listed: (HashSet<E164>, HashSet<NumberId>),
    report: Report,
    intents: Vec<Intent>,
    before: Before,
    again: usize,
}

impl<'a> Review<'a> {
    async fn begin(session: &'a Session, options: &'a Buy, go: Go) -> Result<Self, Failure> {
        let owned = Reader::new(session, List::whole(Shelf::Owned)).whole().await?;
        let owned = owned.into_iter().filter(|number| !number.is_inactive());
        let owned = owned.filter_map(|number| Some((number.line.valid()?, number))).collect();
        let entries = session.entries()?;
        Ok(Self {
            session,
            options,
            endpoint: options.endpoint.as_ref().and_then(|route| route.0.clone()),
            reread: go == Go::Ask,
            owned,
            entries,
            shelves: HashMap::new(),
            listed: Default::default(),
            report: Report::new(session),
            intents: Vec::new(),
            before: Before::default(),
            again: 0,
        })
    }

    fn progress(&mut self, done: usize, all: usize) {
        self.report.progress(done, all, "reading prices");
    }

    async fn add(&mut self, target: &Target) -> Result<(), Failure> {
        let id = target.line().is_none().then(|| NumberId::new(&target.text));
        let line = target.line().or_else(|| self.bought_as(id.as_ref()?));
        if let Some(number) = line.and_then(|line| self.owned.get(&line)).cloned() {
            return self.is_owned(&number, id);
        }
        let row = match target.line() {
            Some(line) => match self.offered(line, target).await? {
                Some(row) => row,
                None => return self.cannot(&target.text, "NUMBER_NOT_AVAILABLE", "it is not for sale"),
            },
            None => {
                let id = NumberId::new(&target.text);
                let row = match look(self.session, &id).await {
                    Ok(row) => row,
                    Err(failure) if failure.is_about_input() => {
                        let why = format!("the server knows no such id ({})", failure.message);
                        return self.cannot(&target.text, &failure.code, &why);
                    }
                    Err(failure) => return Err(failure),
                };
                // The id that was asked for is what is bought, whatever the answer calls itself.
                let row = row.unwrap_or_else(|| Number::new(id.clone(), Line::parse("")));
                Number { id, ..row }
            }
        };
        if let Line::Raw(text) = &row.line
            && !text.is_empty()
        {
            return self.cannot(text, "NOT_E164", "it is no phone number in E.164 form");
        }
        if let Some(number) = row.line.valid().and_then(|line| self.owned.get(&line)).cloned() {
            return self.is_owned(&number, Some(row.id));
        }
        let new = self.listed.1.insert(row.id.clone())
            && row.line.valid().is_none_or(|line| self.listed.0.insert(line));
        if new {
            self.intents.push(Intent::buy(&row, row.price(), self.endpoint.clone(), self.reread));
        } else {
            self.again += 1;
        }
        Ok(())
    }

    /// The number that was bought under an id, as the ledger of this machine has it.
    fn bought_as(&self, id: &NumberId) -> Option<E164> {
        self.entries.iter().rev().find_map(|entry| match &entry.intent {
            Intent::Purchase { order, reviewed }
                if entry.outcome == Some(Outcome::Done) && order.item == Item::Inventory(id.clone()) =>
            {
                let owned = |number: &&Number| Some(&number.id) == entry.number.as_ref();
                reviewed.line.or_else(|| self.owned.values().find(owned)?.line.valid())
            }
            _ => None,
        })
    }

    fn is_owned(&mut self, number: &Number, id: Option<NumberId>) -> Result<(), Failure> {
        let row = Row { inventory_id: id, ..Row::of("owned", number) };
        if self.endpoint.is_some() && number.endpoint == Field::Null {
            // It is theirs, but not as the list wants it.
            self.before.failed += 1;
            let why = "it is yours, but it has no endpoint: numdeck update attaches one";
            let failure = Failure::new(Exit::PartFailed, "ENDPOINT_NOT_ATTACHED", why, "");
            self.report.line(&Row { failure: Some(failure), ..row });
        } else {
            self.before.already += 1;
            self.report.line(&row);
        }
        Ok(())
    }

    fn cannot(&mut self, text: &str, code: &str, why: &str) -> Result<(), Failure> {
        self.before.failed += 1;
        let failure = Failure::new(Exit::Gone, code, format!("not bought: {why}"), "");
        let line = safe(text);
        self.report.line(&Row { outcome: "not_bought", line, failure: Some(failure), ..Row::default() });
        Ok(())
    }

    /// The row of a number in the inventory of its country, which is read to its end, once.
    async fn offered(&mut self, line: E164, target: &Target) -> Result<Option<Number>, Failure> {
        let country = target.country.clone().or_else(|| self.options.country.clone());
        let country = country.or_else(|| Country::of_line(line).map(|country| country.code.to_owned()));
        let Some(country) = country else {
            return Err(Failure::usage(format!(
                "nothing was sent: which country is {}? Name it with --country, or in a column, or give its id",
                line.grouped()
            )));
        };
        let kind = target.kind.clone().or_else(|| self.options.kind.clone());
        let key = (country.clone(), kind.clone());
        if !self.shelves.contains_key(&key) {
            let shelf = Shelf::Available { country, kind };
            let rows = Reader::new(self.session, List::whole(shelf)).whole().await?;
            let rows = rows.into_iter().filter_map(|row| Some((row.line.valid()?, row))).collect();
            self.shelves.insert(key.clone(), rows);
        }
        let Some(row) = self.shelves.get(&key).and_then(|rows| rows.get(&line)).cloned() else {
            return Ok(None);
        };
        if row.price().is_known() {
            return Ok(Some(row));
        }
        let told = look(self.session, &row.id).await?;
        Ok(Some(match told {
            Some(told) if told.price().is_known() => Number { offer: told.offer, ..row },
            _ => row,
        }))
    }
}

fn would(intent: &Intent) -> Row {
    let Intent::Purchase { order, reviewed } = intent else { return Row::default() };
    Row { outcome: "would_buy", more: rehearsed(order, reviewed), ..several::row(intent) }
}

/// What they cost together, for whom, and where the budget ends it.
fn quote(session: &Session, run: &Run, before: Before, endpoint: Option<&EndpointId>) {
    let prices = run.lines().iter().filter_map(|line| match &line.intent {
        Intent::Purchase { reviewed, .. } => Some(reviewed.price),
        _ => None,
    });
    let quote = Quote::of(prices);
    let standing = session.standing();
    let unknown = match quote.unknown {
        0 => String::new(),
        1 => ", and 1 of unknown price".to_owned(),
        some => format!(", and {some} of unknown price"),
    };
    let already =
        if before.already > 0 { format!(", {} yours already", before.already) } else { String::new() };
    for (name, value) in [
        ("numbers", format!("{} to buy{already}", quote.numbers)),
        ("setup", format!("{}{unknown}", quote.setup)),
        ("first month", format!("{}{unknown}", quote.monthly)),
        ("today", format!("{}{unknown}", quote.today())),
        ("then", format!("{} a month, {} a year{unknown}", quote.monthly, quote.yearly())),
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
