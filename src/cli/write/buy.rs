//! `numdeck buy`: what is owned already is left out, the rest is quoted, agreed to and bought, one
//! after another, at prices that were reviewed.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::report::{Fate, Row};
use super::review::{self, Mode};
use super::run::Writes;
use super::stock::Stock;
use crate::api::{Dialect, ErrorKind, Item, ListKind, ListRequest};
use crate::cli::args::Buy;
use crate::cli::command_context::CommandContext;
use crate::cli::numbers;
use crate::cli::output::safe;
use crate::cli::pages::Reader;
use crate::cli::{Exit, Failure, endpoints, unresolved};
use crate::numbers::{NumberRef, Purpose, may_be_id};
use crate::phone::{Cents, Country, E164, EndpointId, Field, Kind, Number, NumberId, NumberText, Price};
use crate::write::{Budget, Entry, Intent, Outcome, OutcomeKind, PriceSource};

pub(in crate::cli) async fn buy(context: &CommandContext, options: &Buy) -> Result<Exit, Failure> {
    context.may_write()?;
    let (targets, again) = match options.e164 {
        Some(e164) if !e164.is_possible() => return Err(impossible(&e164.to_string())),
        Some(e164) => (vec![NumberRef::new(&e164.to_string())], 0),
        None => numbers::of(Purpose::Buying, &options.inventory_ids, options.file.as_deref()).await?,
    };
    let mut shop = Shop::open(context, options, &targets, again).await?;
    for (place, target) in targets.iter().enumerate() {
        shop.writes.progress("reading prices", place, targets.len());
        shop.add(target).await?;
        if shop.writes.has_doubt() {
            // A run ends at the first line of which nobody knows what became.
            for target in &targets[place + 1..] {
                shop.writes.settle(Row::named(Fate::NotTried, &target.text));
            }
            break;
        }
    }
    if shop.again > 0 {
        context.note(format!("{} named more than once, counted once", shop.again));
    }
    if shop.unattached > 0 {
        context.note(format!(
            "{} of those that are yours have no endpoint; numdeck update attaches one",
            shop.unattached
        ));
    }
    shop.writes.carry_out_until(options.wait).await
}

/// What is ours of what a list names.
struct Owned {
    by_line: HashMap<E164, Number>,
    /// What the ids of this server look like: digits alone may be one there.
    digits_are_ids: bool,
}

/// What is for sale: its record, what it costs, and where that was read.
type Offered = (Number, Price, PriceSource);

/// What is known of a list of numbers before it is agreed to.
struct Shop<'a> {
    context: &'a CommandContext,
    options: &'a Buy,
    targets: &'a [NumberRef],
    mode: Mode,
    endpoint: Option<EndpointId>,
    entries: Vec<Entry>,
    /// Earlier purchases of numbers on the list of which nobody knows whether they happened.
    doubts: Vec<(Entry, Outcome)>,
    owned: Option<Owned>,
    /// Inventories, by country and type.
    shelves: HashMap<(String, Option<Kind>), Stock<'a>>,
    /// What is on the list already, by number and by id.
    listed: (HashSet<E164>, HashSet<NumberId>),
    writes: Writes<'a>,
    /// Owned already, without the endpoint that was asked for.
    unattached: usize,
    again: usize,
}

impl<'a> Shop<'a> {
    async fn open(
        context: &'a CommandContext,
        options: &'a Buy,
        targets: &'a [NumberRef],
        again: usize,
    ) -> Result<Self, Failure> {
        let mode = Mode::of(options.consent);
        let ids: HashSet<&str> = targets.iter().map(|target| target.text.as_str()).collect();
        let lines: HashSet<E164> =
            targets.iter().filter_map(|target| target.line().or(target.beside)).collect();
        let on_list = |entry: &Entry| {
            matches!(entry.intent, Intent::Purchase { .. })
                && (entry.intent.offer().is_some_and(|id| ids.contains(id.as_str()))
                    || entry.e164().is_some_and(|line| lines.contains(&line)))
        };
        // What may have been bought is looked at before anything is planned.
        let mut doubts = unresolved::settle(context, on_list, mode.looks()).await?;
        for (entry, outcome) in &doubts {
            let said = outcome.words(&entry.intent).said;
            context.note(safe(&format!("in doubt since an earlier run: {said}")));
        }
        doubts.retain(|(_, outcome)| outcome.is_unknown() && !outcome.is_done());
        let usual = context.budget();
        let budget = Budget {
            total: options.max_total.map(Cents).or(usual.total),
            each: options.max_each.map(Cents).or(usual.each),
            unknown: options.allow_unknown_price,
        };
        let alone = options.file.is_none() && targets.len() == 1;
        let mut shop = Self {
            context,
            options,
            targets,
            mode,
            endpoint: endpoints::named(context, options.endpoint.as_ref()).await?.flatten(),
            entries: context.entries().await?,
            doubts,
            owned: None,
            shelves: HashMap::new(),
            listed: Default::default(),
            writes: Writes::new(context, mode, alone, budget),
            unattached: 0,
            again,
        };
        if options.file.is_some() {
            shop.owned().await?;
        }
        Ok(shop)
    }

    async fn add(&mut self, target: &NumberRef) -> Result<(), Failure> {
        let id = target.line().is_none().then(|| NumberId::new(&target.text));
        let known = || {
            let bought = self.entries.iter().rev().filter(|entry| entry.intent.offer() == id.as_ref());
            id.as_ref().and_then(|_| bought.into_iter().find_map(Entry::e164))
        };
        // Whatever became of its purchase: whether it is owned decides.
        let line = target.line().or_else(known).or(target.beside);
        if let Some(number) = self.ours(line).await? {
            return self.is_owned(&number, id);
        }
        if let Some((entry, outcome)) = self.doubts.iter().find(|(entry, _)| concerns(entry, target, line)) {
            self.writes.settle(Row::in_doubt(entry, outcome));
            return Ok(());
        }
        let Some((row, price, source)) = self.offered(target).await? else { return Ok(()) };
        if let Some(text) = row.impossible_line() {
            review::field(self.context, "number", &text);
            return Err(impossible(&text));
        }
        if let (Some(line), Some(beside)) = (row.line.valid(), target.beside)
            && line != beside
        {
            return Err(two_numbers(target, line, beside));
        }
        if row.line.valid() != line
            && let Some(number) = self.ours(row.line.valid()).await?
        {
            return self.is_owned(&number, Some(row.id));
        }
        if self.mode == Mode::DryRun && !self.is_on_its_shelf(&row).await? {
            let id = row.id.to_string();
            self.can_not(&id, "NUMBER_NOT_AVAILABLE", "it is not for sale any more");
            return Ok(());
        }
        let is_new = self.listed.1.insert(row.id.clone())
            && row.line.valid().is_none_or(|line| self.listed.0.insert(line));
        if is_new {
            let intent = self.purchase(&row, price, source);
            self.writes.add(intent);
        } else {
            self.again += 1;
        }
        Ok(())
    }

    fn purchase(&self, row: &Number, price: Price, source: PriceSource) -> Intent {
        // When a price that is read now was read, as far as that counts: somebody who is asked takes a
        // while, so for them it is read again in any case.
        let read_at = (self.mode != Mode::Ask).then(Timestamp::now);
        let mut intent = Intent::buy(row, price, source, read_at, self.endpoint.clone());
        // The guide's dialect has no other name for a number that is for sale than its id.
        if let (
            Some(e164),
            Some(country),
            Some(kind),
            Dialect::OpenApi,
            Intent::Purchase { order, reviewed },
        ) = (
            self.options.e164,
            &self.options.country,
            &self.options.kind,
            self.context.client.dialect(),
            &mut intent,
        ) {
            order.item = Item::Line { e164, country: country.clone(), kind: kind.clone(), price };
            reviewed.offer = Some(row.id.clone());
            reviewed.kind = Some(kind.clone());
        }
        intent
    }

    /// What is ours. A list that can not be read keeps nobody from buying one number: the server knows
    /// what it has sold.
    async fn owned(&mut self) -> Result<&Owned, Failure> {
        let owned = match self.owned.take() {
            Some(owned) => owned,
            None => self.read_owned().await?,
        };
        Ok(self.owned.insert(owned))
    }

    async fn read_owned(&self) -> Result<Owned, Failure> {
        let read = Reader::new(self.context, ListRequest::whole(ListKind::Owned)).whole().await;
        let numbers = match read {
            Ok(numbers) => numbers,
            Err(failure) if self.writes.is_alone() && failure.exit != Exit::Key => {
                let note = format!("whether it is yours already is not known: {}", failure.message);
                self.context.note(note);
                Vec::new()
            }
            Err(failure) => return Err(failure),
        };
        let ids = numbers.iter().map(|number| &number.id);
        let digits_are_ids = numbers::judge(Purpose::Buying, self.targets, ids)?;
        let in_use = numbers.into_iter().filter(|number| !number.is_inactive());
        let by_line = in_use.filter_map(|number| Some((number.line.valid()?, number))).collect();
        Ok(Owned { by_line, digits_are_ids })
    }

    /// The number of ours that is `line`.
    async fn ours(&mut self, line: Option<E164>) -> Result<Option<Number>, Failure> {
        let Some(line) = line else { return Ok(None) };
        let Some(number) = self.owned().await?.by_line.get(&line).cloned() else { return Ok(None) };
        let is_open = |entry: &Entry| {
            entry.is_open() && entry.intent.target().is_some_and(|target| target.is_same(&number.id))
        };
        if !self.entries.iter().any(is_open) {
            return Ok(Some(number));
        }
        // It may be on its way to be given up.
        let number = unresolved::at_rest(self.context, vec![number], self.mode.looks()).await?.pop();
        Ok(number.filter(|number| !number.is_inactive()))
    }

    fn is_owned(&mut self, number: &Number, id: Option<NumberId>) -> Result<(), Failure> {
        let unattached = self.endpoint.is_some() && number.endpoint == Field::Null;
        self.unattached += usize::from(unattached);
        let said = if unattached { "it has no endpoint: numdeck update attaches one" } else { "" };
        self.writes.settle(Row { inventory_id: id, said: said.to_owned(), ..Row::of(Fate::Owned, number) });
        Ok(())
    }

    fn can_not(&mut self, text: &str, code: &str, why: &str) {
        let message = format!("not bought: {}: {why}", safe(text));
        let failure = Failure::new(Exit::Gone, code, message, "Nothing was sent.");
        let fate = Fate::Ended(OutcomeKind::NotDone, "not_bought");
        self.writes.settle(Row { failure: Some(failure), ..Row::named(fate, text) });
    }

    /// What is for sale of what a target names. `None` where nothing is, which is reported.
    async fn offered(&mut self, target: &NumberRef) -> Result<Option<Offered>, Failure> {
        let Some(line) = target.line() else { return self.by_id(target).await };
        let country = self.country(target, Some(line));
        let found = match &country {
            Some(country) => self.stock(country, target.kind.clone()).find(Some(line), None).await?.cloned(),
            None => None,
        };
        match (found, country) {
            (Some(mut row), Some(country)) => {
                // Where it was found is where it has to be looked for again, whatever its row tells.
                row.country.get_or_insert_with(|| country.as_str().into());
                let (price, source) = price_of(self.context, &row).await?;
                Ok(Some((row, price, source)))
            }
            // Digits alone may be an id after all.
            _ if may_be_id(&target.text) && self.owned().await?.digits_are_ids => self.by_id(target).await,
            (_, None) => Err(Failure::usage(format!(
                "nothing was sent: which country is {}? Name it with --country, or in a column, or give its id",
                line.grouped()
            ))),
            (None, Some(_)) => {
                self.can_not(&target.text, "NUMBER_NOT_AVAILABLE", "it is not for sale");
                Ok(None)
            }
        }
    }

    /// What is for sale under the id that a target is, with its price. `None` where nothing is, which
    /// is reported.
    async fn by_id(&mut self, target: &NumberRef) -> Result<Option<Offered>, Failure> {
        let id = NumberId::new(&target.text);
        let row = match look(self.context, &id).await {
            Ok(row) => row,
            Err(failure) if failure.is_about_input() && !self.writes.is_alone() => {
                let why = format!("the server knows no such id ({})", failure.message);
                self.can_not(&target.text, &failure.code, &why);
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        };
        // The id that was asked for is what is bought, whatever the answer calls itself.
        let blank = || Number::new(id.clone(), NumberText::parse(""));
        let mut row = Number { id: id.clone(), ..row.unwrap_or_else(blank) };
        let (mut price, mut source) = (row.price(), PriceSource::Asked);
        if row.line == NumberText::parse("") && row.impossible_line().is_none() {
            // A server may say nothing of one number that is for sale; its list does.
            let country = self.country(target, target.beside);
            let listed = match &country {
                Some(country) => {
                    self.stock(country, target.kind.clone()).find(None, Some(&id)).await?.cloned()
                }
                None => None,
            };
            match (listed, country) {
                (Some(listed), Some(country)) => {
                    if !price.is_known() && listed.price().is_known() {
                        source = PriceSource::Row;
                    }
                    price = price.or(listed.price());
                    row = listed;
                    row.country.get_or_insert_with(|| country.as_str().into());
                }
                _ => row.line = target.beside.map_or(row.line, NumberText::Valid),
            }
        }
        Ok(Some((row, price, source)))
    }

    /// Whether what would be bought is on its shelf, as far as the server says where that is.
    async fn is_on_its_shelf(&mut self, row: &Number) -> Result<bool, Failure> {
        let Some(country) = row.country.as_deref() else { return Ok(true) };
        let stock = self.stock(country, row.kind.clone());
        Ok(stock.find(row.line.valid(), Some(&row.id)).await?.is_some())
    }

    /// The country that is said of a target, or that a number tells.
    fn country(&self, target: &NumberRef, line: Option<E164>) -> Option<String> {
        let of_line = || Some(Country::of_line(line?)?.code.to_owned());
        target.country.clone().or_else(|| self.options.country.clone()).or_else(of_line)
    }

    /// The inventory of a country.
    fn stock(&mut self, country: &str, kind: Option<Kind>) -> &mut Stock<'a> {
        let kind = kind.or_else(|| self.options.kind.clone());
        let context = self.context;
        let shelf = || ListKind::Available { country: country.to_owned(), kind: kind.clone() };
        self.shelves.entry((country.to_owned(), kind.clone())).or_insert_with(|| Stock::new(context, shelf()))
    }
}

/// Whether an entry is about the purchase of what a target names, or of the number that it stands for.
fn concerns(entry: &Entry, target: &NumberRef, line: Option<E164>) -> bool {
    (line.is_some() && entry.e164() == line)
        || entry.intent.offer().is_some_and(|offer| offer.as_str() == target.text)
}

/// What the API says of an id; `None` when it says nothing, which a server may do for numbers that
/// nobody owns yet.
async fn look(context: &CommandContext, id: &NumberId) -> Result<Option<Number>, Failure> {
    match context.client.offer(id).await {
        Ok(detail) => {
            context.see([&detail.number]);
            Ok(Some(detail.number))
        }
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The price of a row that is for sale: its own, else what the API says when it is asked for it.
async fn price_of(context: &CommandContext, row: &Number) -> Result<(Price, PriceSource), Failure> {
    let own = row.price();
    if own.is_known() {
        return Ok((own, PriceSource::Row));
    }
    let told = look(context, &row.id).await?.map_or(Price::UNKNOWN, |row| row.price());
    Ok((own.or(told), PriceSource::Asked))
}

/// What is called so can be no number.
fn impossible(text: &str) -> Failure {
    let said = if text.trim().is_empty() { "an empty text" } else { text };
    let why = match E164::parse(text) {
        Some(line) => format!("nothing was sent: {line} can be no phone number: +1 stands before ten digits"),
        None => format!("nothing was sent: {} is no phone number in E.164 form", safe(said)),
    };
    let hint = "Such a number could not be found again to tell whether it was bought.";
    Failure::new(Exit::Usage, "NOT_E164", why, hint)
}

/// The id of a line is that of another number than stands beside it.
fn two_numbers(target: &NumberRef, line: E164, beside: E164) -> Failure {
    let place = target.place.map_or(String::new(), |line| format!("line {line} of the file: "));
    let message = format!(
        "nothing was sent: {place}{} is the id of {line}, and the number beside it is {beside}",
        safe(&target.text)
    );
    let hint = "Correct the line, or leave out the column of ids or that of numbers.";
    Failure::new(Exit::Usage, "FILE", message, hint)
}
