//! The route of a number in passing, for a command that changed it.

use std::time::Duration;

use jiff::Timestamp;

use super::{listing, setup};
use crate::check::{Checker, Endpoints, of_detail};
use crate::cli::command_context::CommandContext;
use crate::cli::{Failure, environment, state};
use crate::phone::Detail;
use crate::sip::{Options, Progress, Report};

/// Checks the route of a number by its record, without its credentials.
pub(in crate::cli) async fn route(context: &CommandContext, detail: &Detail) -> Result<Report, Failure> {
    let listed = match detail.number.endpoint.value() {
        Some(_) => listing::known(Ok(context.endpoints().await.clone()), |text| context.note(text)),
        None => Endpoints::default(),
    };
    let subject = of_detail(detail, &listed, None);
    let ca = context.ca().map(<[u8]>::to_vec);
    let checker = Checker::new(ca, None, environment::variable, state::lockout())
        .judging(context.sip_rules())
        .of_provider(context.is_local());
    let ticker = context.ticker();
    let watch = |progress: Progress| ticker.show(&super::text::doing(&progress));
    let at = Timestamp::now();
    let report = checker.number(&subject, &Options::default(), Duration::ZERO, at, &watch).await;
    ticker.clear();
    report.map_err(setup::untrusted)
}
