//! What a check has beside its own report: what other places saw, and a ticket for whoever has to act.

use serde_json::Value;

use super::setup;
use crate::api::Request;
use crate::check::{self, CheckTarget, Merged, Ticket, TicketFacts, TicketRequest, Vantage};
use crate::cli::args::Check;
use crate::sip::{Health, Leg, Options, Report};

/// Evidence of a check.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    vantages: Vec<Vantage>,
    merged: Vec<Merged>,
    ticket: Option<Ticket>,
}

/// What other machines are asked: the same legs, without an account.
pub(super) fn targets(legs: &[Leg], options: &Check, probing: &Options) -> Vec<CheckTarget> {
    if options.from.is_empty() {
        return Vec::new();
    }
    let target = |leg: &Leg| CheckTarget {
        name: leg.kind.word().to_owned(),
        uri: leg.route.uri.clone(),
        transport: options.transport.transport(),
        dns: options.dns,
        source: None,
        timeout: probing.timeout,
        count: probing.count,
    };
    legs.iter().map(target).collect()
}

/// A request to the API, for whoever looks for it in a log.
pub(super) fn request(request: &Request) -> TicketRequest {
    let path = request.target.split('?').next().unwrap_or_default();
    TicketRequest {
        at: request.at,
        what: format!("{} {path}", request.method),
        status: request.status,
        id: request.id.to_string(),
    }
}

impl Evidence {
    /// Puts together what was seen, and writes the ticket where one is asked for.
    pub(super) fn of(
        options: &Check,
        report: &Report,
        vantages: Vec<Vantage>,
        facts: &TicketFacts<'_>,
    ) -> Self {
        let merged: Vec<Merged> = if vantages.is_empty() {
            Vec::new()
        } else {
            let of_leg = |leg: &Leg| {
                let here = check::here(report, leg.kind);
                let there = vantages.iter().map(|vantage| vantage.view(leg.kind.word()));
                check::merged(leg.kind.word(), std::iter::once(here).chain(there).collect())
            };
            report.legs.iter().map(of_leg).collect()
        };
        let facts = TicketFacts { merged: &merged, version: env!("CARGO_PKG_VERSION"), ..*facts };
        let ticket = options.ticket.then(|| Ticket::of(report, &facts, &setup::flags));
        Self { vantages, merged, ticket }
    }

    /// The ticket in lines, where one was asked for.
    pub(super) fn ticket(&self) -> Option<&str> {
        self.ticket.as_ref().map(|ticket| ticket.text.trim_end())
    }

    /// The merged verdicts, a leg each.
    pub(super) fn merged(&self) -> &[Merged] {
        &self.merged
    }

    /// How each place found it.
    pub(super) fn health(&self) -> impl Iterator<Item = Option<Health>> + '_ {
        self.merged.iter().map(Merged::health)
    }

    /// Adds it to the document of the report.
    pub(super) fn add_to(&self, document: &mut Value) {
        if !self.vantages.is_empty() {
            document["vantage"]["elsewhere"] = self.vantages.iter().map(Vantage::to_json).collect();
            document["vantage"]["merged"] = self.merged.iter().map(Merged::to_json).collect();
        }
        if let Some(ticket) = &self.ticket {
            let text = ticket.text.trim_end();
            document["ticket"] = serde_json::json!({ "who": ticket.party.word(), "text": text });
        }
    }
}
