//! What is about to be sent, in words, and whether somebody agrees to it.

use crate::cli::args::Consent;
use crate::cli::command_context::CommandContext;
use crate::cli::failure::READ_THE_DAMAGE;
use crate::cli::output::safe;
use crate::cli::{Exit, Failure, prompt};
use crate::phone::{Cents, EndpointId, Price, SettingValue};
use crate::write::{Batch, Confirmation, Intent, LEDGER_DAMAGED, Look, Quote, consequences};

/// Whether a write goes on after its review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing is to be sent.
    DryRun,
    /// It was said beforehand that nobody is to be asked.
    Unasked,
    /// A person has to agree.
    Ask,
}

impl Mode {
    pub(super) fn of(Consent { dry_run, yes }: Consent) -> Self {
        match (dry_run, yes) {
            (true, _) => Self::DryRun,
            (false, true) => Self::Unasked,
            (false, false) => Self::Ask,
        }
    }

    /// What it may do about an earlier write that is in doubt.
    pub(super) fn looks(self) -> Look {
        if self == Self::DryRun { Look::Tell } else { Look::Complete }
    }
}

/// Names what a batch does, what follows from it, and for whom it is; `owned` numbers of the list are
/// ours already.
pub(super) fn review(context: &CommandContext, run: &Batch, owned: usize) {
    if let Some(remark) = context.client.remark() {
        context.note(format!("numdeck: {remark}"));
    }
    let purchases: Vec<(&Intent, Price)> =
        run.lines().iter().filter_map(|line| priced(&line.intent)).collect();
    if purchases.is_empty() {
        run.lines().iter().for_each(|line| describe(context, &line.intent));
        let (mode, organization) = whose(context);
        context.note(format!("{mode}, organization {}", safe(&organization)));
    } else {
        quote(context, &purchases, owned);
    }
    if let (Some((line, why)), true) = (run.beyond_budget(), run.lines().len() > 1) {
        let number = run.lines()[line].intent.line();
        context.note(format!("stops after {line} of {}, before {}: {}", purchases.len(), safe(&number), why));
    }
}

fn priced(intent: &Intent) -> Option<(&Intent, Price)> {
    match intent {
        Intent::Purchase { reviewed, .. } => Some((intent, reviewed.price)),
        Intent::Update { .. } | Intent::Remove { .. } => None,
    }
}

/// Names what a write does and what follows from it.
fn describe(context: &CommandContext, intent: &Intent) {
    context.note(safe(&intent.to_string()));
    let names = context.endpoint_names();
    let called = |value: &SettingValue| names.value_with_id(value);
    let changes = match intent {
        Intent::Update { before, changes, .. } => changes.lines_as(before, called),
        Intent::Purchase { .. } | Intent::Remove { .. } => Vec::new(),
    };
    for line in changes.into_iter().chain(consequences(intent, &names)) {
        context.note(format!("  {}", safe(&line)));
    }
}

/// LIVE or TEST, and the organization.
fn whose(context: &CommandContext) -> (&'static str, String) {
    let standing = context.standing();
    (standing.mode.name(), standing.organization.unwrap_or_else(|| "server default".to_owned()))
}

/// Says one thing of what is bought, under its name.
pub(super) fn field(context: &CommandContext, name: &str, value: &str) {
    context.note(format!("{name:<14}{}", safe(value)));
}

/// What is bought, for how much, for whom.
fn quote(context: &CommandContext, purchases: &[(&Intent, Price)], owned: usize) {
    let quote = Quote::of(purchases.iter().map(|(_, price)| *price));
    let mut more = String::new();
    let (what, setup, monthly, today, yearly) = match purchases {
        [(intent, price)] => {
            (("number", intent.line()), price.setup, price.monthly, price.today(), price.yearly())
        }
        _ => {
            let already = if owned > 0 { format!(", {owned} yours already") } else { String::new() };
            let known = |cents: Cents| (!quote.is_unknown()).then_some(cents);
            if quote.unknown > 0 && !quote.is_unknown() {
                more = format!(", and {} of unknown price", quote.unknown);
            }
            (
                ("numbers", format!("{} to buy{already}", quote.numbers)),
                known(quote.setup),
                known(quote.monthly),
                known(quote.today()),
                known(quote.yearly()),
            )
        }
    };
    let amount = |cents: Option<Cents>| cents.map_or("unknown".to_owned(), |cents| cents.to_string());
    let later = monthly.zip(yearly).map(|(month, year)| format!("{month} a month, {year} a year"));
    let (mode, organization) = whose(context);
    let endpoint = purchases.iter().find_map(|(intent, _)| endpoint_of(intent));
    let called = |id: &EndpointId| context.endpoint_names().with_id(id);
    let endpoint = endpoint.map_or("none: nobody will answer".to_owned(), called);
    field(context, what.0, &what.1);
    for (name, cents) in [("setup", setup), ("first month", monthly), ("today", today)] {
        field(context, name, &format!("{}{more}", amount(cents)));
    }
    field(context, "then", &format!("{}{more}", later.unwrap_or_else(|| "unknown".to_owned())));
    for (name, value) in [("organization", organization.as_str()), ("mode", mode), ("endpoint", &endpoint)] {
        field(context, name, value);
    }
}

/// The endpoint that a write attaches.
pub(super) fn endpoint_of(intent: &Intent) -> Option<&EndpointId> {
    match intent {
        Intent::Purchase { order, .. } => order.endpoint.as_ref(),
        Intent::Update { changes, .. } => changes.endpoint.as_ref()?.as_ref(),
        Intent::Remove { .. } => None,
    }
}

/// Asks for all of them at once, where that is needed.
pub(super) async fn confirm(context: &CommandContext, run: &Batch, mode: Mode) -> Result<(), Failure> {
    context.may_write()?;
    if mode != Mode::Ask {
        return Ok(());
    }
    let wanted = Confirmation::of_all(run.lines().iter().map(|line| &line.intent));
    let what = match run.lines() {
        [one] => one.intent.to_string(),
        several => format!("{} changes", several.len()),
    };
    prompt::confirm(context, &wanted, &what).await
}

/// What a real run would be refused for, a dry run is, too: a ledger in which nothing can be entered,
/// an endpoint that the server does not list.
pub(super) async fn rehearse(context: &CommandContext, run: &Batch) -> Result<(), Failure> {
    can_be_entered(context).await?;
    let endpoint = run.lines().iter().find_map(|line| endpoint_of(&line.intent));
    if let Some(endpoint) = endpoint {
        is_listed(context, endpoint).await?;
    }
    context.note("dry run: nothing was sent");
    Ok(())
}

async fn can_be_entered(context: &CommandContext) -> Result<(), Failure> {
    let refused = |why: &str| format!("nothing would be sent: {}", safe(why));
    let damage = context.ask(|ledger| ledger.damage()).await;
    let damage = damage.map_err(|why| Failure { message: refused(&why.message), ..why })?;
    if damage.is_empty() {
        return Ok(());
    }
    let message = refused(&damage.to_string());
    Err(Failure::new(Exit::RefusedHere, LEDGER_DAMAGED, message, READ_THE_DAMAGE))
}

async fn is_listed(context: &CommandContext, wanted: &EndpointId) -> Result<(), Failure> {
    let listed = match context.endpoints().await {
        Ok(listed) => listed,
        Err(error) => {
            let why = match error.leaves_unread() {
                true => format!("the endpoints could not be read: {error}"),
                false => "the server does not list its endpoints".to_owned(),
            };
            context.note(format!("{why}; so whether this one exists was not checked"));
            return Ok(());
        }
    };
    if listed.iter().any(|endpoint| endpoint.id == *wanted) {
        return Ok(());
    }
    let message = format!("the server lists no endpoint {}; nothing was sent", safe(wanted.as_str()));
    Err(Failure::new(Exit::Other, "ENDPOINT_NOT_FOUND", message, "The Cockpit lists them, under Endpoints."))
}
