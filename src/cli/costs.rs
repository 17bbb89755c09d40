//! `numdeck costs`: what the owned numbers cost each month, and what is paid for those that nobody can reach.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::args::CostsArgs;
use super::command_context::CommandContext;
use super::endpoints::FilterNames;
use super::list::complete;
use super::output::{self, OutputForm, safe};
use super::pages::owned_that_pass;
use super::{Exit, Failure};
use crate::api::ErrorKind;
use crate::phone::{CostGroup, CostKey, MonthlyCost, Names, Number, costs, grouped_cents, thousands};
use crate::store::DailyCount;

const HEADS: &[&str] =
    &["group", "numbers", "monthly", "unknown", "unreachable", "unreachable_monthly", "unreachable_unknown"];

/// So many prices are asked for at once; the client keeps the pace.
const AT_ONCE: usize = 8;

pub(super) async fn run(context: &CommandContext, options: &CostsArgs) -> Result<Exit, Failure> {
    let filter = complete(&options.which.expression())?;
    let names = FilterNames::of(context, &filter, None).await?;
    let mut known = names.known.clone();
    let by = CostKey::from(options.by);
    if by == CostKey::Label {
        known = known.with_labels(context.labels()?);
    }
    if by == CostKey::Endpoint
        && let Ok(listed) = context.endpoints().await
    {
        known.names = Names::listed(listed);
    }
    let mut numbers = owned_that_pass(context, &filter, &names, &known).await?;
    price(context, &mut numbers, options.yes).await?;
    let groups = costs(&numbers, by, &known);
    let rows: Vec<(Vec<String>, Value)> = groups[1..]
        .iter()
        .chain(&groups[..1])
        .map(|group| (cells(group, context.form), document(group)))
        .collect();
    output::all(context.form, HEADS, &rows)?;
    say(context, &groups[0], by);
    Ok(Exit::Done)
}

/// Asks for the prices that the list does not tell, one request each: that is said first, and refused where it
/// would use up the day.
async fn price(context: &CommandContext, numbers: &mut [Number], is_agreed: bool) -> Result<(), Failure> {
    let missing: Vec<usize> =
        (0..numbers.len()).filter(|at| numbers[*at].price().monthly.is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let requests = missing.len() as u64;
    let of = |what: &str| format!("{} {what}{}", thousands(requests), if requests == 1 { "" } else { "s" });
    let (rows, asked) = (of("number"), of("request"));
    let today = context.requests_today();
    if today.saturating_add(requests) > DailyCount::FREE_PLAN && !is_agreed {
        let message = format!(
            "the list tells no price of {rows}: that would be {asked}, and {} were made today of the {} that the \
             free plan is said to allow",
            thousands(today),
            thousands(DailyCount::FREE_PLAN)
        );
        let hint = "Narrow it: numdeck costs country:ng. --yes asks for all of them.";
        return Err(Failure::new(Exit::RefusedHere, "MANY_REQUESTS", message, hint));
    }
    context.note(format!("the list tells no price of {rows}: {asked} to ask for it"));
    let ticker = context.ticker();
    let ids: Vec<_> = missing.iter().map(|at| (*at, numbers[*at].id.clone())).collect();
    let asked = ids.into_iter().map(|(at, id)| async move { (at, context.client.get(&id).await) });
    let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
    let mut done: u64 = 0;
    while let Some((at, answer)) = answers.next().await {
        done += 1;
        ticker.now_and_then(|| format!("prices, {} of {}", thousands(done), thousands(requests)));
        match answer {
            Ok(detail) => numbers[at].offer = detail.number.offer,
            // It went meanwhile, and costs nothing that anybody could tell.
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Says what all of it comes to, and what is paid in vain.
fn say(context: &CommandContext, total: &CostGroup, by: CostKey) {
    let count = |cost: MonthlyCost| thousands(cost.numbers);
    context.note(format!("{} numbers: {}", count(total.all), total.all.words()));
    if total.unreachable.numbers > 0 {
        let words = total.unreachable.words();
        context.note(format!("{} of them nobody can reach: {words}", count(total.unreachable)));
    }
    if by == CostKey::Label {
        context.note("a number with several tags counts in each of them, and once in the total");
    }
}

fn cells(group: &CostGroup, form: OutputForm) -> Vec<String> {
    let amount = |cost: MonthlyCost| match (cost.is_unknown() && cost.numbers > 0, form) {
        (true, _) => "unknown".to_owned(),
        (false, OutputForm::Table) => grouped_cents(cost.known),
        (false, _) => cost.known.to_string(),
    };
    vec![
        group.name.as_deref().map_or_else(|| "total".to_owned(), safe),
        group.all.numbers.to_string(),
        amount(group.all),
        group.all.unknown.to_string(),
        group.unreachable.numbers.to_string(),
        amount(group.unreachable),
        group.unreachable.unknown.to_string(),
    ]
}

fn document(group: &CostGroup) -> Value {
    let part = |cost: MonthlyCost| {
        let known = (!cost.is_unknown() || cost.numbers == 0).then_some(cost.known.0);
        json!({"numbers": cost.numbers, "monthly_cents": known, "unknown": cost.unknown})
    };
    json!({"group": group.name, "all": part(group.all), "unreachable": part(group.unreachable)})
}
