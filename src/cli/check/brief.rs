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
        Some(_) => endpoints_of(context).await,
        None => Endpoints::default(),
    };
    let subject = of_detail(detail, &listed, None);
    let ticker = context.ticker();
    let watch = |progress: Progress| ticker.show(&super::text::doing(&progress));
    let (at, checker) = (Timestamp::now(), background_checker(context));
    let report = checker.number(&subject, &Options::default(), Duration::ZERO, at, &watch).await;
    ticker.clear();
    report.map_err(setup::untrusted)
}

/// What checks go by of which nobody gave options.
pub(in crate::cli) fn background_checker(context: &CommandContext) -> Checker {
    let ca = context.ca().map(<[u8]>::to_vec);
    Checker::new(ca, None, environment::variable, state::lockout())
        .judging(context.sip_rules())
        .of_provider(context.is_local())
}

/// What is known of endpoints; that they could not be read is said.
pub(in crate::cli) async fn endpoints_of(context: &CommandContext) -> Endpoints {
    listing::known(Ok(context.endpoints().await.clone()), |text| context.note(text))
}
