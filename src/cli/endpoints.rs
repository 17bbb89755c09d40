//! Endpoints by the names that people know them by.

use jiff::Timestamp;
use uuid::Uuid;

use super::args::EndpointArg;
use super::command_context::CommandContext;
use super::output::safe;
use super::{Exit, Failure};
use crate::api::Error;
use crate::phone::{Endpoint, EndpointId, Filter, Known, Order, SortKey, Term};

/// Candidates that an error lists.
const CANDIDATES: usize = 10;

/// The endpoint that somebody named, by its id or by its whole name; `None` is none at all. What looks like
/// an id is one, and costs no request.
pub(super) async fn named(
    context: &CommandContext,
    wanted: Option<&EndpointArg>,
) -> Result<Option<Option<EndpointId>>, Failure> {
    let text = match wanted {
        None => return Ok(None),
        Some(EndpointArg(None)) => return Ok(Some(None)),
        Some(EndpointArg(Some(text))) if is_id(text) => return Ok(Some(Some(EndpointId::new(text)))),
        Some(EndpointArg(Some(text))) => text,
    };
    match context.endpoints().await {
        Ok(listed) => Ok(Some(Some(chosen(text, listed)?))),
        Err(error) if error.leaves_unread() => {
            let failure = Failure::from(error.clone());
            let message = format!("nothing was sent: endpoints could not be read: {}", failure.message);
            Err(Failure { message, ..failure })
        }
        Err(_) => {
            context.note(format!(
                "the server does not list its endpoints by name: {} is taken for an id",
                safe(text)
            ));
            Ok(Some(Some(EndpointId::new(text))))
        }
    }
}

/// Whether a text is an id, and no name that somebody gave.
fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok() || text.starts_with("ep_") || text.starts_with("ep-")
}

/// The one endpoint of that id or name; whatever the case of its letters.
fn chosen(text: &str, listed: &[Endpoint]) -> Result<EndpointId, Failure> {
    match Endpoint::meant(text, listed).as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(none(&format!("nothing was sent: no endpoint is called {}", safe(text)), text, listed)),
        several => {
            let message = format!("nothing was sent: {} endpoints are called {}", several.len(), safe(text));
            Err(failure(&message, &format!("Name one by its id: {}.", candidates(several))))
        }
    }
}

/// That no endpoint is called so, with those that nearly are, or with all.
fn none(message: &str, text: &str, listed: &[Endpoint]) -> Failure {
    let text = text.to_lowercase();
    let near: Vec<&Endpoint> = listed
        .iter()
        .filter(|endpoint| endpoint.name.as_ref().is_some_and(|name| name.to_lowercase().contains(&text)))
        .collect();
    let hint = match (near.is_empty(), listed) {
        (false, _) => format!("Like it: {}.", candidates(&near)),
        (true, []) => "The server lists no endpoint; the Cockpit makes them.".to_owned(),
        (true, listed) => format!("There are: {}.", candidates(&listed.iter().collect::<Vec<_>>())),
    };
    failure(message, &hint)
}

fn failure(message: &str, hint: &str) -> Failure {
    Failure::new(Exit::Usage, "ENDPOINT_NOT_FOUND", message, hint)
}

/// Endpoints as an error lists them.
fn candidates(endpoints: &[&Endpoint]) -> String {
    let shown = endpoints.iter().take(CANDIDATES).map(|endpoint| {
        let id = safe(endpoint.id.as_str());
        endpoint.name.as_deref().map_or(id.clone(), |name| format!("{} ({id})", safe(name)))
    });
    let mut shown = shown.collect::<Vec<String>>().join(", ");
    if endpoints.len() > CANDIDATES {
        shown.push_str(&format!(" and {} more", endpoints.len() - CANDIDATES));
    }
    shown
}

/// What a filter and an order have to know of endpoints: their names, where a term may be one, and their states,
/// where problems are asked for.
pub(super) struct FilterNames<'a> {
    pub(super) known: Known,
    listed: Option<&'a Result<Vec<Endpoint>, Error>>,
    wanted: Vec<&'a str>,
}

impl<'a> FilterNames<'a> {
    /// Reads the names only where a term may be one. That the names could not be read is an error where
    /// an endpoint is asked for by name: its numbers would be missing in silence.
    pub(super) async fn of(
        context: &'a CommandContext,
        filter: &'a Filter,
        sort: Option<Order>,
    ) -> Result<Self, Failure> {
        without_routes(filter, sort)?;
        let sorted_by = |key: SortKey| sort.is_some_and(|sort| sort.key == Some(key));
        let troubled = |(_, term): &(bool, Term)| matches!(term, Term::Problem(_));
        let troubled = filter.terms().iter().any(troubled) || sorted_by(SortKey::Problem);
        let now = Timestamp::now();
        let labels = context.labels_for(filter)?;
        let wanted: Vec<&str> = filter.terms().iter().filter_map(|(_, term)| endpoint_of(term)).collect();
        let is_word = |(_, term): &(bool, Term)| matches!(term, Term::Word(_));
        if wanted.iter().all(|text| is_id(text)) && !filter.terms().iter().any(is_word) && !troubled {
            return Ok(Self { known: Known::of([], now).with_labels(labels), listed: None, wanted });
        }
        let listed = context.endpoints().await;
        match listed {
            Err(error) if error.leaves_unread() && (troubled || !wanted.is_empty()) => {
                return Err(error.clone().into());
            }
            Err(error) if error.leaves_unread() => {
                context.note(format!("endpoints could not be read, so their names match nothing: {error}"));
            }
            _ => {}
        }
        let known = Known::of(listed.iter().flatten(), now).with_labels(labels);
        let this = Self { known, listed: Some(listed), wanted };
        this.tell_several(context);
        Ok(this)
    }

    /// A part of a name may be a part of several.
    fn tell_several(&self, context: &CommandContext) {
        for text in &self.wanted {
            let hits: Vec<&Endpoint> = self.listed().filter(|endpoint| fits(endpoint, text)).collect();
            if hits.len() > 1 {
                let text = safe(text);
                context.note(format!(
                    "endpoint:{text} means {} endpoints: {}",
                    hits.len(),
                    candidates(&hits)
                ));
            }
        }
    }

    fn listed(&self) -> impl Iterator<Item = &Endpoint> {
        self.listed.into_iter().flatten().flatten()
    }

    /// Why nothing matched, where that is because no endpoint is called so.
    pub(super) fn stranger(&self) -> Option<Failure> {
        let listed = self.listed?;
        let text = self.wanted.iter().find(|text| !self.listed().any(|endpoint| fits(endpoint, text)))?;
        Some(match listed {
            Ok(listed) => none(&format!("no endpoint is called {}", safe(text)), text, listed),
            Err(_) => failure(
                &format!("no number has the endpoint {}", safe(text)),
                "The server does not list its endpoints by name: give the id.",
            ),
        })
    }
}

/// An error where a filter or an order asks for checks of routes, which only a screen has.
pub(super) fn without_routes(filter: &Filter, sort: Option<Order>) -> Result<(), Failure> {
    let is_sorted = sort.is_some_and(|sort| sort.key == Some(SortKey::Route));
    if is_sorted || filter.terms().iter().any(|(_, term)| matches!(term, Term::Route(_))) {
        let message = "what a check of a route came to is not kept between commands";
        let hint = "numdeck check EXPR checks routes, and tells what is wrong; on screen route:fail works.";
        return Err(failure(message, hint));
    }
    Ok(())
}

fn endpoint_of(term: &Term) -> Option<&str> {
    match term {
        Term::Endpoint(text) => Some(text),
        _ => None,
    }
}

/// As the filter language compares: a part of name or id, whatever the case.
fn fits(endpoint: &Endpoint, text: &str) -> bool {
    let has = |whole: &str| whole.to_lowercase().contains(text);
    has(endpoint.id.as_str()) || endpoint.name.as_deref().is_some_and(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Vec<Endpoint> {
        let endpoint = |id: &str, name: &str| Endpoint {
            id: EndpointId::new(id),
            name: (!name.is_empty()).then(|| name.to_owned()),
            kind: None,
            status: None,
            url: None,
        };
        vec![
            endpoint("a1", "sales-bot"),
            endpoint("a2", "Sales-Bot-2"),
            endpoint("a3", "twin"),
            endpoint("a4", "twin"),
            endpoint("a5", ""),
        ]
    }

    #[test]
    fn a_whole_name_or_an_id_is_one_endpoint_and_a_part_is_told_the_candidates() {
        for (text, id) in [("sales-bot", "a1"), ("SALES-BOT", "a1"), ("sales-bot-2", "a2"), ("a5", "a5")] {
            assert_eq!(chosen(text, &listed()), Ok(EndpointId::new(id)), "{text}");
        }
        for (text, said) in [
            ("sales", "sales-bot (a1), Sales-Bot-2 (a2)"),
            ("twin", "twin (a3), twin (a4)"),
            ("nobody", "There are: sales-bot (a1)"),
        ] {
            let failure = chosen(text, &listed()).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{text}");
            assert!(failure.hint.contains(said), "{text}: {}", failure.hint);
        }
        assert!(chosen("x", &[]).unwrap_err().hint.contains("lists no endpoint"));
    }

    #[test]
    fn only_ids_look_like_ids() {
        assert!(is_id("ep_xyz") && is_id("0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10"));
        assert!(!is_id("sales-bot-2") && !is_id("ep"));
    }
}
