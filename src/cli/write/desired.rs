//! How numbers should be by a file, beside how they are.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use crate::api::{ListKind, ListRequest};
use crate::cli::args::EndpointArg;
use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::cli::pages::Reader;
use crate::cli::{Exit, Failure, endpoints, runner};
use crate::numbers::{Directory, FileFault, FilePlace, bytes_of, decoded};
use crate::phone::{EndpointId, Number, NumberId, SettingValue};
use crate::plan::{Drift, Misfit, PlanScope, PlanSource, PlannedChange, RoutingPlan, WantedFile, is_plan};
use crate::rows::Columns;

/// So many lines of a file are named in an error.
const NAMED: usize = 10;

/// What is wanted, by a file.
pub(super) struct Desired {
    source: PlanSource,
    /// What the file is called.
    name: String,
}

/// How a file has to look.
const FORM: &str =
    "CSV with a header of number or id and any of endpoint, inbound, outbound, status; or NDJSON.";
const CUT: &str = "The plan was cut, or somebody changed it: numdeck plan FILE --out makes another one.";

/// What has to change.
pub(super) struct Difference {
    pub(super) changes: Vec<PlannedChange>,
    /// Numbers that are as they should be.
    pub(super) same: usize,
}

impl Desired {
    /// Reads it from a file, or from standard input.
    pub(super) async fn read(path: &Path) -> Result<Self, Failure> {
        let (file, name) = (path.to_owned(), safe(&path.to_string_lossy()));
        let refused = |fault: FileFault, hint: &str| {
            let message = format!("nothing was sent: {name}: {}", safe(&fault.to_string()));
            Failure::new(Exit::Usage, "FILE", message, hint)
        };
        let bytes = runner::waiting(move || bytes_of(&file)).await.map_err(|fault| refused(fault, ""))?;
        let is_plan = decoded(&bytes).is_ok_and(|text| is_plan(&text));
        let source = PlanSource::read(&bytes);
        let source = source.map_err(|fault| refused(fault, if is_plan { CUT } else { FORM }))?;
        Ok(Self { source, name })
    }

    /// Whether a number that is not as it was seen ends it.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self.source, PlanSource::Kept(_))
    }

    /// Whether it is about this account.
    ///
    /// # Errors
    /// The plan was made for another one.
    pub(super) fn is_for(&self, context: &CommandContext) -> Result<(), Failure> {
        match &self.source {
            PlanSource::File(_) => Ok(()),
            PlanSource::Kept(plan) => fits(context, &plan.scope),
        }
    }

    /// Says which columns of the file say nothing here.
    pub(super) fn tell_passed_over(&self, context: &CommandContext) {
        let PlanSource::File(file) = &self.source else { return };
        let known = |name: &String| Columns::parse(name).is_ok();
        let strange: Vec<String> =
            file.passed_over.iter().filter(|name| !known(name)).map(|name| safe(name)).collect();
        if !strange.is_empty() {
            context.note(format!("passed over, for it is no setting: {}", strange.join(", ")));
        }
    }

    /// The numbers that it is about.
    pub(super) fn about(&self, owned: &[Number]) -> Vec<Number> {
        let directory = Directory::new(owned);
        match &self.source {
            PlanSource::File(file) => {
                file.numbers.iter().filter_map(|wanted| directory.record(&wanted.target)).cloned().collect()
            }
            PlanSource::Kept(plan) => {
                let planned: HashSet<&NumberId> =
                    plan.changes.iter().map(|planned| &planned.before.id).collect();
                let is_planned = |number: &&Number| planned.contains(&number.id);
                owned.iter().filter(is_planned).cloned().collect()
            }
        }
    }

    /// Lays it beside the owned list.
    ///
    /// # Errors
    /// A line that can not be meant, or a number that has drifted: then nothing is to be sent.
    pub(super) async fn beside(
        &self,
        context: &CommandContext,
        owned: &[Number],
    ) -> Result<Difference, Failure> {
        match &self.source {
            PlanSource::File(file) => {
                let named = names(context, file).await?;
                let id = |text: &str| named.get(text).cloned().ok_or_else(|| "it is not known".to_owned());
                let plan = RoutingPlan::of(file, owned, &id, scope(context))
                    .map_err(|misfits| refused(&self.name, &misfits))?;
                self.are_listed(context, &plan.changes, owned).await?;
                Ok(Difference { changes: plan.changes, same: plan.same })
            }
            PlanSource::Kept(plan) => {
                let standing = plan.stand(owned);
                if !standing.drifted.is_empty() {
                    return Err(drifted(context, &standing.drifted));
                }
                self.are_listed(context, &standing.changes, owned).await?;
                Ok(Difference { changes: standing.changes, same: standing.met.len() + plan.same })
            }
        }
    }

    /// Refuses endpoints that the server does not list, where it lists any: an id with a slip in it would stop
    /// each call of its number. One that some number has is one.
    async fn are_listed(
        &self,
        context: &CommandContext,
        changes: &[PlannedChange],
        owned: &[Number],
    ) -> Result<(), Failure> {
        let wanted = |planned: &PlannedChange| Some((planned.place, planned.changes.endpoint.clone()??));
        let in_use = |id: &EndpointId| owned.iter().any(|number| number.endpoint.value() == Some(id));
        let strange: Vec<(FilePlace, EndpointId)> =
            changes.iter().filter_map(wanted).filter(|(_, id)| !in_use(id)).collect();
        if strange.is_empty() {
            return Ok(());
        }
        let Ok(listed) = context.endpoints().await else {
            let count = strange.len();
            context.note(format!(
                "the server does not list its endpoints, so {count} that no number has were not looked up"
            ));
            return Ok(());
        };
        let missing: Vec<Misfit> = strange
            .into_iter()
            .filter(|(_, id)| listed.iter().all(|endpoint| endpoint.id != *id))
            .map(|(place, id)| {
                Misfit::Wrong(FileFault::at(
                    place,
                    format!("the server lists no endpoint {}", safe(id.as_str())),
                ))
            })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(refused(&self.name, &missing)) }
    }
}

/// All numbers that are owned, read once.
pub(super) async fn owned(context: &CommandContext) -> Result<Vec<Number>, Failure> {
    Reader::new(context, ListRequest::whole(ListKind::Owned)).whole().await
}

/// Whose numbers a plan that is made now is about.
pub(super) fn scope(context: &CommandContext) -> PlanScope {
    let standing = context.standing();
    PlanScope {
        at: Timestamp::now(),
        base_url: context.account().settings.base_url.to_string(),
        mode: standing.mode.name().to_owned(),
        organization: standing.organization,
    }
}

/// Whether a plan was made for this account.
fn fits(context: &CommandContext, made: &PlanScope) -> Result<(), Failure> {
    let now = scope(context);
    let Some((made, now)) = made.differs_from(&now) else { return Ok(()) };
    let message =
        format!("nothing was sent: the plan was made for {}, and this is {}", safe(made), safe(now));
    Err(Failure::new(
        Exit::RefusedHere,
        "OTHER_ACCOUNT",
        message,
        "Name the account that it was made for, or plan again.",
    ))
}

/// What the endpoints that a file names are, by their ids or names.
async fn names(context: &CommandContext, file: &WantedFile) -> Result<HashMap<String, EndpointId>, Failure> {
    let mut known = HashMap::new();
    for (place, text) in RoutingPlan::endpoints(file) {
        let named = endpoints::named(context, Some(&EndpointArg(Some(text.to_owned())))).await;
        let named = named.map_err(|failure| Failure {
            message: failure.message.replacen("nothing was sent: ", &format!("nothing was sent: {place}"), 1),
            ..failure
        })?;
        known.extend(named.flatten().map(|id| (text.to_owned(), id)));
    }
    Ok(known)
}

/// A file with lines that can not be planned.
fn refused(name: &str, misfits: &[Misfit]) -> Failure {
    let (mut lines, mut exit) = (Vec::new(), Exit::NoSuchNumber);
    for misfit in misfits {
        match misfit {
            Misfit::Unfound(place, why) => {
                let candidates = why.candidates().join(", ");
                let candidates = if candidates.is_empty() { candidates } else { format!(" ({candidates})") };
                lines.push(format!("{place}{why}{candidates}"));
            }
            Misfit::Wrong(fault) => {
                exit = Exit::Usage;
                lines.push(safe(&fault.to_string()));
            }
        }
    }
    let code = if exit == Exit::Usage { "FILE" } else { "NO_SUCH_NUMBER" };
    match lines.as_slice() {
        [one] => Failure::new(
            exit,
            code,
            format!("nothing was sent: {name}: {one}"),
            "Correct the line, or take it out.",
        ),
        several => {
            let message = format!("nothing was sent: {name}: {} lines can not be meant", several.len());
            let mut named = several.iter().take(NAMED).cloned().collect::<Vec<String>>();
            if several.len() > NAMED {
                named.push(format!("and {} more", several.len() - NAMED));
            }
            Failure::new(exit, code, message, named.join("\n"))
        }
    }
}

/// Numbers that are not as they were when they were planned.
fn drifted(context: &CommandContext, drifted: &[Drift]) -> Failure {
    let names = context.endpoint_names();
    let called = |value: &SettingValue| names.value_with_id(value);
    let first = drifted.first().map(|drift| safe(&drift.fault(called).to_string())).unwrap_or_default();
    let more = match drifted.len() {
        0 | 1 => String::new(),
        several => format!(" (and {} more)", several - 1),
    };
    let message = format!("nothing was sent: not as it was when it was planned: {first}{more}");
    Failure::new(
        Exit::RefusedHere,
        "DRIFT",
        message,
        "Somebody changed it since: numdeck plan FILE looks anew.",
    )
}
