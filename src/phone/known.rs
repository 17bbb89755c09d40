//! What is known of numbers beside their own records: endpoints, checks of their routes, the time.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Endpoint, EndpointId, Labels, Names, Number, NumberId};

/// What a check of a route came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteResult {
    /// Calls do not arrive.
    Fail,
    /// Something to look at.
    Warn,
    /// The route could not be checked.
    Unchecked,
    /// Calls get through, as far as can be seen.
    Ok,
}

impl RouteResult {
    /// All, gravest first.
    pub const ALL: &[Self] = &[Self::Fail, Self::Warn, Self::Unchecked, Self::Ok];

    /// Its word in the filter language.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unchecked => "unknown",
            Self::Ok => "ok",
        }
    }
}

impl From<Names> for Known {
    /// Endpoints of which nothing but the names is known.
    fn from(names: Names) -> Self {
        Self { names, ..Self::default() }
    }
}

/// What filters and orders look at beside a number itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What endpoints are called.
    pub names: Names,
    endpoints: HashMap<EndpointId, Endpoint>,
    /// The last check of each number that was checked.
    pub(crate) routes: HashMap<NumberId, RouteResult>,
    /// What people put down about numbers.
    pub labels: Labels,
    /// The time that ages are told from; none means that nothing is old.
    pub now: Option<Timestamp>,
}

impl Known {
    /// With the endpoints that the server lists, at a time.
    pub fn of<'a>(endpoints: impl IntoIterator<Item = &'a Endpoint>, now: Timestamp) -> Self {
        let endpoints: HashMap<EndpointId, Endpoint> =
            endpoints.into_iter().map(|one| (one.id.clone(), one.clone())).collect();
        let names = Names::listed(endpoints.values());
        Self { names, endpoints, routes: HashMap::new(), labels: Labels::default(), now: Some(now) }
    }

    /// With what checks of routes came to.
    #[must_use]
    pub fn with_routes(self, routes: HashMap<NumberId, RouteResult>) -> Self {
        Self { routes, ..self }
    }

    /// With what people put down about numbers.
    #[must_use]
    pub fn with_labels(self, labels: Labels) -> Self {
        Self { labels, ..self }
    }

    /// The endpoint of a number, where the server lists it.
    pub fn endpoint(&self, number: &Number) -> Option<&Endpoint> {
        self.endpoints.get(number.endpoint.value()?)
    }

    /// What the last check of a number came to.
    pub fn route(&self, id: &NumberId) -> Option<RouteResult> {
        self.routes.get(id).copied()
    }
}
