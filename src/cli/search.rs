//! `numdeck search`: what is for sale.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::Write;

use jiff::Timestamp;

use super::args::SearchArgs;
use super::command_context::CommandContext;
use super::list::{Wanted, complete};
use super::output;
use super::pages::{Read, Reader, Rest};
use super::{Exit, Failure};
use crate::api::{Error, ListKind, ListRequest};
use crate::phone::{
    Blocks, Country, Filter, Known, Number, NumberId, NumberText, Pattern, format, thousands,
};
use crate::rows::{Columns, Numbers};
use crate::write::Entry;

pub(super) async fn search(context: &CommandContext, options: &SearchArgs) -> Result<Exit, Failure> {
    let filter = complete(&options.narrow.words().collect::<Vec<String>>().join(" "))?;
    let mut printer = output::numbers(context.form, options.printed.columns.as_ref(), Columns::for_sale);
    let shelf = ListKind::Available { country: options.country(), kind: options.kind.clone() };
    let pattern = options.pattern.as_ref().filter(|pattern| !pattern.is_empty());
    say_what_hinders(context).await;
    let scan = RefCell::new(Scan::default());
    let known = Known::default();
    let fits = |number: &Number| {
        pattern.is_none_or(|pattern| pattern.matches(&number.line.digits()))
            && options.can.iter().all(|what| number.can(*what) == Some(true))
            && filter.accepts(number, &known)
    };
    let accepts = |number: &Number| scan.borrow_mut().see(number, options, &filter, fits(number));
    let is_narrow =
        pattern.is_some() || !options.can.is_empty() || options.block.is_some() || !filter.is_empty();
    let accepts = is_narrow.then_some(&accepts as &dyn Fn(&Number) -> bool);
    let wanted =
        Wanted { sort: options.sort, limit: options.printed.extent.limit(), filter: &filter, known: &known };
    let mut blocks = None;
    let rest = match (options.block, accepts) {
        (Some(least), Some(accepts)) => {
            let (rest, found) =
                print_blocks(context, shelf, accepts, least, wanted.limit, &mut printer).await?;
            blocks = Some(found);
            rest
        }
        _ => wanted.print(context, shelf, accepts, &mut printer).await?,
    };
    let shown = printer.table.rows();
    let is_empty = shown == 0 && matches!(rest, Rest::None);
    let nothing = is_empty && (!is_narrow || scan.borrow().seen.is_empty());
    // Nothing of a country that is none is no empty list.
    if let Some(why) = Country::stranger(&options.country()).filter(|_| nothing) {
        return Err(Failure::usage(why.to_string()));
    }
    if let Some(why) = scan.borrow().mute(&filter).filter(|_| is_empty) {
        return Err(why);
    }
    printer.table.finish()?;
    let is_whole = matches!(rest, Rest::None) || options.sort.is_some() || blocks.is_some();
    match rest {
        Rest::Missing(flaw) => return Err(flaw),
        rest if !is_narrow => {
            rest.say(context, shown)?;
            if is_empty {
                broaden(context, options).await;
            }
        }
        rest => {
            let scan = scan.into_inner();
            let is_cut = !matches!(rest, Rest::None);
            scan.say(context, &Coverage { shown, is_whole, is_cut, blocks });
            if shown == 0 {
                scan.advise(context, options, pattern).await;
            }
        }
    }
    Ok(Exit::Done)
}

/// Prints all blocks until `limit` numbers are printed: none is cut. Returns how many there are.
async fn print_blocks<W: Write>(
    context: &CommandContext,
    shelf: ListKind,
    accepts: &dyn Fn(&Number) -> bool,
    least: u32,
    limit: Option<u64>,
    printer: &mut Numbers<W>,
) -> Result<(Rest, usize), Failure> {
    let Read { mut numbers, flaw } = Reader::new(context, ListRequest::whole(shelf)).all().await?;
    numbers.retain(|number| accepts(number));
    let blocks = Blocks::of(numbers, usize::try_from(least).unwrap_or(usize::MAX));
    let found = blocks.count();
    let mut rest = Rest::None;
    for block in blocks.iter() {
        if limit.is_some_and(|limit| printer.table.rows() >= limit) {
            rest = Rest::Some;
            break;
        }
        for number in block {
            printer.row(number)?;
        }
    }
    Ok((flaw.map_or(rest, Rest::Missing), found))
}

/// What was looked through. A list that is read again counts once.
#[derive(Default)]
struct Scan {
    seen: HashSet<NumberId>,
    matched: usize,
    /// How many do not say whether they can what is asked for.
    silent: usize,
    /// Keys of the filter that some number said something of.
    said: HashSet<&'static str>,
}

/// What was printed of it.
struct Coverage {
    shown: u64,
    /// Everything that is for sale was looked through.
    is_whole: bool,
    /// There are more matches than were printed, or may be.
    is_cut: bool,
    blocks: Option<usize>,
}

impl Scan {
    fn see(&mut self, number: &Number, options: &SearchArgs, filter: &Filter, fits: bool) -> bool {
        let said = filter.terms().iter().filter_map(|(_, term)| term.is_said_by(number));
        self.said.extend(said.filter(|(_, is_said)| *is_said).map(|(key, _)| key));
        if self.seen.insert(number.id.clone()) {
            self.matched += usize::from(fits);
            self.silent += usize::from(options.can.iter().any(|what| number.can(*what).is_none()));
        }
        fits
    }

    /// Why nothing can match: the filter asks for what no number here says.
    fn mute(&self, filter: &Filter) -> Option<Failure> {
        let nobody = Number::new(NumberId::new(""), NumberText::parse(""));
        let keys = filter.terms().iter().filter_map(|(_, term)| term.is_said_by(&nobody));
        let (key, _) = keys.into_iter().find(|(key, _)| !self.said.contains(key))?;
        (!self.seen.is_empty()).then(|| Failure {
            hint: format!("numdeck list takes {key}: it is about numbers that are owned."),
            ..Failure::usage(format!(
                "numbers for sale do not say their {key}, so that none can match {key}:"
            ))
        })
    }

    /// How far it went: that nothing else fits is known of a whole list alone.
    fn say(&self, context: &CommandContext, of: &Coverage) {
        let scanned = thousands(self.seen.len());
        let reach = if of.is_whole {
            format!("scanned {scanned}, complete")
        } else {
            format!("scanned the first {scanned}")
        };
        let shown = of.shown;
        let found = match of.blocks {
            Some(blocks) if of.is_cut => {
                format!("{blocks} blocks, {shown} numbers shown: --all or --limit N")
            }
            Some(blocks) => format!("{shown} numbers in {blocks} blocks"),
            None if of.is_cut && of.is_whole => {
                format!("{} match, {shown} shown: --all or --limit N", thousands(self.matched))
            }
            None if of.is_cut => format!("{shown} match, there may be more: --all or --limit N"),
            None => format!("{shown} match"),
        };
        let reserved = if shown > 0 { "; results are not reserved" } else { "" };
        context.note(format!("{reach}: {found}{reserved}"));
        if self.silent > 0 {
            context.note(format!(
                "{} of those scanned do not say whether they can do that, and are left out",
                thousands(self.silent)
            ));
        }
    }

    /// What may find something.
    async fn advise(&self, context: &CommandContext, options: &SearchArgs, pattern: Option<&Pattern>) {
        if self.seen.is_empty() {
            return broaden(context, options).await;
        }
        if pattern.is_some_and(Pattern::is_national) {
            context.note("nothing matches; numbers begin with their country code: leave the first 0 out");
        } else if pattern.is_some_and(Pattern::has_letters) {
            context.note(
                "nothing matches; the same letter is the same digit, ? is any digit: numdeck help pattern",
            );
        }
        let given = [
            ("--pattern", pattern.is_some()),
            ("--can", !options.can.is_empty()),
            ("--block", options.block.is_some()),
            ("--filter", options.narrow.filter.is_some()),
            ("--status", options.narrow.status.is_some()),
            ("--type", options.kind.is_some()),
        ];
        let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(flag, _)| *flag).collect();
        context.note(format!("leave out or loosen {}", given.join(" or ")));
    }
}

/// Nothing is for sale as asked: whether there is something of another type is one request away.
async fn broaden(context: &CommandContext, options: &SearchArgs) {
    let country = options.country();
    let Some(kind) = &options.kind else {
        return context.note(format!("nothing is for sale in {country} now: try another country"));
    };
    let all = ListRequest::whole(ListKind::Available { country: country.clone(), kind: None });
    let others = match Reader::new(context, all).next().await {
        Ok(Some(page)) => match (page.total, page.numbers.len()) {
            (_, 0) => "nor of any other type: try another country".to_owned(),
            (Some(total), _) => format!(
                "{} of other types are: leave --type out",
                thousands(usize::try_from(total).unwrap_or(usize::MAX))
            ),
            (None, some) => format!("at least {some} of other types are: leave --type out"),
        },
        _ => "leave --type out".to_owned(),
    };
    context.note(format!("no {} number is for sale in {country} now; {others}", kind.label()));
}

/// Whoever chooses a number should know that it could not be bought. What the ledger does not tell is
/// no reason to find nothing.
async fn say_what_hinders(context: &CommandContext) {
    let Ok(entries) = context.entries().await else { return };
    if let Some((entry, kind)) = Entry::standing_refusal(&entries) {
        let ago = format::ago(entry.at, Timestamp::now());
        let advice = Error::new(kind, "").advice();
        context.note(format!("the last purchase from here was refused, {ago}: {advice}"));
    }
}
