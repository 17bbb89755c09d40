//! `numdeck buy`: one number, at a price that was reviewed.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::{Dialect, ErrorKind, Item, List, Mode, Purchase, Shelf};
use crate::cli::args::{Buy, Global};
use crate::cli::columns::Columns;
use crate::cli::numbers;
use crate::cli::output::{self, Form, safe};
use crate::cli::pages::Reader;
use crate::cli::session::Session;
use crate::cli::unresolved;
use crate::cli::write::review;
use crate::cli::write::run;
use crate::cli::write::{self, Go};
use crate::cli::{Environment, Exit, Failure, runner};
use crate::phone::{Cents, E164, EndpointId, Field, Kind, Line, Number, NumberId, Price};
use crate::write::{Attached, Budget, Entry, Intent, Obstacle, OverBudget, PriceSource, Reviewed, Verdict};

pub(in crate::cli) fn run(
    global: &Global,
    environment: &Environment,
    options: &Buy,
) -> Result<Exit, Failure> {
    runner::run(global, environment, async |session| buy(session, options).await)
}

async fn buy(session: &Session, options: &Buy) -> Result<Exit, Failure> {
    session.may_write()?;
    let go = Go::of(options.dry_run, options.yes);
    // What is no id does not go into the path of a request.
    let is_no_id = |text: &String| !numbers::may_be_id(text);
    let many = options.inventory_ids.len() > 1 || options.inventory_ids.iter().any(is_no_id);
    if options.file.is_some() || many {
        return review::buy(session, options, go).await;
    }
    let wanted = |entry: &Entry| concerns(entry, options.inventory_ids.first(), options.e164);
    if let Some((entry, verdict)) = unresolved::settle(session, wanted, go.looks()).await?.pop()
        && (verdict.is_done() || verdict.is_unknown())
    {
        // It may have been bought: whether it may be sent again is not known either.
        session.note(format!("an earlier {} was in doubt", safe(&entry.words())));
        if let (Go::DryRun, Verdict::Bought { number, .. }) = (go, &verdict) {
            session.note(safe(&verdict.words(&entry.intent).said));
            session.note("dry run: nothing was sent");
            let more = purchase_of(entry.intent.offer(), entry.reviewed());
            write::print(session, Columns::written(), &write::told(number, "bought", more))?;
            return Ok(Exit::Done);
        }
        let verdict = write::concluded(session, &entry.intent, verdict)?;
        return end(session, &entry.intent, &verdict);
    }
    let id = options.inventory_ids.first().map(|id| NumberId::new(id));
    let line = match (options.e164, &id) {
        (None, Some(id)) => session.entries().await.ok().and_then(|entries| bought_as(&entries, id)),
        (line, _) => line,
    };
    if let Some(number) = owned(session, line, go).await? {
        return already(session, options, &number, id.as_ref());
    }
    let Plan { intent, unparsed } = plan(session, options, go).await?;
    let Intent::Purchase { order, reviewed } = &intent else { return Ok(Exit::Done) };
    if line.is_none()
        && let Some(number) = owned(session, reviewed.line, go).await?
    {
        return already(session, options, &number, id.as_ref());
    }
    let number = unparsed.clone().unwrap_or_else(|| intent.line());
    quote(session, &number, reviewed.price, order.endpoint.as_ref());
    if let Some(text) = unparsed {
        return Err(impossible(&text));
    }
    affordable(reviewed, options)?;
    if go == Go::DryRun {
        write::endpoint_exists(session, order.endpoint.as_ref()).await?;
        still_for_sale(session, order, reviewed).await?;
    }
    if !write::agreed(session, &intent, go).await? {
        preview(session, order, reviewed)?;
        return Ok(Exit::Done);
    }
    let verdict = match write::attempt(session, &intent).await? {
        // Somebody of ours may have been quicker.
        Verdict::Refused(error) if error.kind == ErrorKind::Gone && reviewed.line.is_some() => {
            match owned(session, reviewed.line, go).await {
                Ok(Some(number)) => Verdict::Already { number: Box::new(number) },
                Ok(None) | Err(_) => Verdict::Refused(error),
            }
        }
        verdict => verdict,
    };
    let verdict = write::concluded(session, &intent, verdict)?;
    end(session, &intent, &verdict)
}

/// The number of ours that is `line`. A list that can not be read keeps nobody from buying: the server
/// knows what it has sold.
async fn owned(session: &Session, line: Option<E164>, go: Go) -> Result<Option<Number>, Failure> {
    let Some(line) = line else { return Ok(None) };
    match Reader::new(session, List::whole(Shelf::Owned)).whole().await {
        Ok(owned) => {
            let is_it = |number: &Number| number.line.valid() == Some(line) && !number.is_inactive();
            match owned.into_iter().find(is_it) {
                // It may be on its way to be given up.
                Some(number) => {
                    let number = unresolved::one_at_rest(session, number, go.looks()).await?;
                    Ok(Some(number).filter(is_it))
                }
                None => Ok(None),
            }
        }
        Err(failure) if failure.exit == Exit::Key => Err(failure),
        Err(failure) => {
            session.note(format!("whether it is yours already is not known: {}", failure.message));
            Ok(None)
        }
    }
}

/// The number that an inventory id stands for, as the ledger of this machine has it, whatever became of
/// its purchase: whether it is owned decides.
pub(in crate::cli) fn bought_as(entries: &[Entry], id: &NumberId) -> Option<E164> {
    entries.iter().rev().filter(|entry| entry.intent.offer() == Some(id)).find_map(Entry::e164)
}

/// It is ours: that is what was wanted.
fn already(
    session: &Session,
    options: &Buy,
    number: &Number,
    id: Option<&NumberId>,
) -> Result<Exit, Failure> {
    session.note(format!("{} is yours already; nothing was sent", safe(&number.line.grouped())));
    let asked = options.endpoint.as_ref().is_some_and(|route| route.0.is_some());
    if asked && number.endpoint == Field::Null {
        session.note("it has no endpoint: numdeck update attaches one");
    }
    write::print(session, Columns::written(), &write::told(number, "owned", purchase_of(id, None)))?;
    Ok(Exit::Done)
}

/// What a program is told of a purchase beside its record.
fn purchase_of(id: Option<&NumberId>, reviewed: Option<Cents>) -> Map<String, Value> {
    let mut more = Map::new();
    if let Some(id) = id {
        more.insert("inventory_id".to_owned(), json!(id.as_str()));
    }
    more.insert("reviewed_cents".to_owned(), json!(reviewed.map(|Cents(cents)| cents)));
    more
}

/// Whether what would be bought is on its shelf, as far as the server says where that is.
async fn still_for_sale(session: &Session, order: &Purchase, reviewed: &Reviewed) -> Result<(), Failure> {
    let (Item::Inventory(id), Some(country)) = (&order.item, &reviewed.country) else { return Ok(()) };
    let shelf = Shelf::Available { country: country.clone(), kind: reviewed.kind.clone() };
    let mut reader = Reader::new(session, List::whole(shelf));
    while let Some(page) = reader.next().await? {
        let is_it = |row: &Number| {
            row.id.is_same(id) || (reviewed.line.is_some() && row.line.valid() == reviewed.line)
        };
        if page.numbers.iter().any(is_it) {
            return Ok(());
        }
    }
    let message = format!("it would not be bought: {} is not for sale any more", safe(id.as_str()));
    Err(Failure::new(Exit::Gone, "NUMBER_NOT_AVAILABLE", message, "Search again; nothing was sent."))
}

/// Prints what was bought. That it is not as asked, or not whose it should be, is an error all the
/// same.
fn end(session: &Session, intent: &Intent, verdict: &Verdict) -> Result<Exit, Failure> {
    let reviewed = match intent {
        Intent::Purchase { reviewed, .. } => reviewed.price.today(),
        Intent::Update { .. } | Intent::Remove { .. } => None,
    };
    let more = purchase_of(intent.offer(), reviewed);
    if let Verdict::Already { number } = verdict {
        write::print(session, Columns::written(), &write::told(number, "owned", more))?;
        return Ok(Exit::Done);
    }
    let Verdict::Bought { number, endpoint, .. } = verdict else { return Ok(Exit::Done) };
    let told = write::told(number, "bought", more);
    let failure = match (session.standing().check(), endpoint) {
        (Err(obstacle @ Obstacle::Foreign(_)), _) => {
            let message = format!("{} But {obstacle}", verdict.words(intent).said);
            Failure { message: safe(&message), ..obstacle.into() }
        }
        (_, Attached::Missing(_)) => Failure::of_verdict(verdict, intent),
        _ => {
            write::print(session, Columns::written(), &told)?;
            return Ok(Exit::Done);
        }
    };
    write::record(session, Columns::written(), &told)?;
    Err(failure)
}

/// Whether an entry is about the purchase of a number, or of an id under which one is for sale.
pub(in crate::cli) fn concerns(entry: &Entry, id: Option<&String>, line: Option<E164>) -> bool {
    let is_purchase = matches!(entry.intent, Intent::Purchase { .. });
    (is_purchase && line.is_some() && entry.e164() == line)
        || matches!((id, entry.intent.offer()), (Some(id), Some(offer)) if offer.as_str() == id)
}

/// What is to be bought, with everything that the API says of it beforehand.
struct Plan {
    intent: Intent,
    /// What the API calls its number, when that is none.
    unparsed: Option<String>,
}

async fn plan(session: &Session, options: &Buy, go: Go) -> Result<Plan, Failure> {
    let endpoint = options.endpoint.as_ref().and_then(|route| route.0.clone());
    let price_at = read_at(go);
    if let Some(e164) = options.e164.filter(|e164| !e164.is_possible()) {
        return Err(impossible(&e164.to_string()));
    }
    match (options.inventory_ids.as_slice(), options.e164, &options.country, &options.kind) {
        ([], Some(e164), Some(country), Some(kind)) => {
            let (id, price, source) = offered(session, e164, country, kind).await?;
            // The guide's dialect has no other name for a number that is for sale.
            let item = match session.client.dialect() {
                Dialect::Guide => Item::Inventory(id.clone()),
                Dialect::OpenApi => Item::Line { e164, country: country.clone(), kind: kind.clone(), price },
            };
            let reviewed = Reviewed {
                line: Some(e164),
                offer: Some(id),
                country: Some(country.clone()),
                kind: Some(kind.clone()),
                price,
                source,
                price_at,
            };
            let intent = Intent::Purchase { order: Purchase { item, endpoint }, reviewed };
            Ok(Plan { intent, unparsed: None })
        }
        ([id], ..) => {
            let id = NumberId::new(id);
            let row = look(session, &id).await?.unwrap_or_else(|| Number::new(id.clone(), Line::parse("")));
            // The id that was asked for is what is bought, whatever the answer calls itself.
            let row = Number { id, ..row };
            let unparsed = row.impossible_line();
            let intent = Intent::buy(&row, row.price(), PriceSource::Asked, price_at, endpoint);
            Ok(Plan { intent, unparsed })
        }
        _ => Err(Failure::usage("name INVENTORY_IDs, a --file, or --e164 with --country and --type")),
    }
}

/// What is called so can be no number.
pub(in crate::cli) fn impossible(text: &str) -> Failure {
    let said = if text.trim().is_empty() { "an empty text" } else { text };
    let why = match E164::parse(text) {
        Some(line) => format!("nothing was sent: {line} can be no phone number: +1 stands before ten digits"),
        None => format!("nothing was sent: {} is no phone number in E.164 form", safe(said)),
    };
    let hint = "Such a number could not be found again to tell whether it was bought.";
    Failure::new(Exit::Usage, "NOT_E164", why, hint)
}

/// When a price that is read now was read, as far as that counts: somebody who is asked takes a
/// while, so for them it is read again in any case.
pub(in crate::cli) fn read_at(go: Go) -> Option<Timestamp> {
    (go != Go::Ask).then(Timestamp::now)
}

/// What the API says of an id; `None` when it says nothing, which a server may do for numbers that
/// nobody owns yet.
pub(in crate::cli) async fn look(session: &Session, id: &NumberId) -> Result<Option<Number>, Failure> {
    match session.client.offer(id).await {
        Ok(detail) => {
            session.see([&detail.number]);
            Ok(Some(detail.number))
        }
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The inventory id under which a number is for sale, its price, and where that was read.
async fn offered(
    session: &Session,
    e164: E164,
    country: &str,
    kind: &Kind,
) -> Result<(NumberId, Price, PriceSource), Failure> {
    let shelf = Shelf::Available { country: country.to_owned(), kind: Some(kind.clone()) };
    let mut reader = Reader::new(session, List::whole(shelf));
    let mut end = false;
    while let Some(page) = reader.next().await? {
        if let Some(row) = page.numbers.into_iter().find(|row| row.line.valid() == Some(e164)) {
            let (price, source) = price_of(session, &row).await?;
            return Ok((row.id, price, source));
        }
        end = page.end;
    }
    let message = format!("not bought: {} is not for sale in {country} as {}", e164.grouped(), kind.label());
    if end {
        return Err(Failure::new(Exit::Gone, "NUMBER_NOT_AVAILABLE", message, "Nothing was sent."));
    }
    Err(crate::api::Error::new(ErrorKind::Incomplete, "the inventory ended early").into())
}

/// The price of a row that is for sale: its own, else what the API says when it is asked for it.
pub(in crate::cli) async fn price_of(
    session: &Session,
    row: &Number,
) -> Result<(Price, PriceSource), Failure> {
    let own = row.price();
    if own.is_known() {
        return Ok((own, PriceSource::Row));
    }
    let told = look(session, &row.id).await?.map_or(Price::UNKNOWN, |row| row.price());
    Ok((own.or(told), PriceSource::Asked))
}

/// What is paid in each later month, and in a year of months.
pub(in crate::cli) fn later(known: Option<(Cents, Cents)>) -> String {
    known.map_or("unknown".to_owned(), |(month, year)| format!("{month} a month, {year} a year"))
}

/// What is bought, for how much, for whom.
fn quote(session: &Session, number: &str, price: Price, endpoint: Option<&EndpointId>) {
    let amount = |cents: Option<Cents>| cents.map_or("unknown".to_owned(), |cents| cents.to_string());
    let standing = session.standing();
    let mode = if standing.mode == Mode::Live { "LIVE" } else { "TEST" };
    let organization = standing.organization.as_deref().unwrap_or("server default");
    let endpoint = endpoint.map_or("none: nobody will answer".to_owned(), EndpointId::to_string);
    for (name, value) in [
        ("number", number.to_owned()),
        ("setup", amount(price.setup)),
        ("first month", amount(price.monthly)),
        ("today", amount(price.today())),
        ("then", later(price.monthly.zip(price.yearly()))),
        ("organization", organization.to_owned()),
        ("mode", mode.to_owned()),
        ("endpoint", endpoint),
    ] {
        session.note(format!("{name:<14}{}", safe(&value)));
    }
}

/// Prints what a dry run would have bought, where a program reads it.
fn preview(session: &Session, order: &Purchase, reviewed: &Reviewed) -> Result<(), Failure> {
    if !session.form.is_of_records() {
        return Ok(());
    }
    session.tell();
    let record = rehearsed(order, reviewed);
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let cells: Vec<(String, String)> =
        record.iter().map(|(name, value)| (name.clone(), cell(value))).collect();
    let record = Value::Object(record);
    let json = if session.form == Form::Json { json!([record]) } else { record };
    output::fields(session.form, &cells, &json)
}

/// What a dry run tells of a purchase.
pub(in crate::cli) fn rehearsed(order: &Purchase, reviewed: &Reviewed) -> Map<String, Value> {
    let cents = |cents: Option<Cents>| cents.map(|Cents(cents)| cents);
    let price = reviewed.price;
    let mut record = Map::new();
    if let Item::Inventory(id) = &order.item {
        record.insert("inventory_id".to_owned(), json!(id.as_str()));
    }
    for (name, value) in [
        ("e164", json!(reviewed.line.map(|line| line.to_string()))),
        ("setup_cents", json!(cents(price.setup))),
        ("monthly_cents", json!(cents(price.monthly))),
        ("today_cents", json!(cents(price.today()))),
        ("dry_run", json!(true)),
    ] {
        record.insert(name.to_owned(), value);
    }
    record
}

/// Whether the price is known and within what may be spent.
fn affordable(reviewed: &Reviewed, options: &Buy) -> Result<(), Failure> {
    let Err(why) = budget(options).allows(Cents(0), reviewed.price) else { return Ok(()) };
    let failure = run::over_budget(why, "");
    // Where not even the number is known, the id may be that of a number which is sold.
    let (why, hint) = match (why, reviewed.line) {
        (OverBudget::Unknown, None) => (
            "the API tells neither number nor price of this id".to_owned(),
            "It may be sold already: search again. --allow-unknown-price tries it all the same.".to_owned(),
        ),
        _ => (why.to_string(), failure.hint),
    };
    Err(Failure { message: format!("not bought: {why}. Nothing was sent."), hint, ..failure })
}

/// What may be spent.
pub(in crate::cli) fn budget(options: &Buy) -> Budget {
    Budget {
        total: options.max_total.map(Cents),
        each: options.max_each.map(Cents),
        unknown: options.allow_unknown_price,
    }
}
