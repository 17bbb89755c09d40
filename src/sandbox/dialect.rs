//! The two ways in which the service's own pages describe it.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// In which shapes a sandbox answers, and which names it understands in what it is sent.
///
/// The service's pages contradict each other: its OpenAPI document, which is the contract, and its
/// guide "Buy Numbers" describe the same URLs with other envelopes, names, ids and statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SandboxDialect {
    /// The contract: bare arrays, `e164`, UUIDs, bodies in camelCase.
    #[default]
    OpenApi,
    /// The guide: lists in an envelope, `number`, prefixed ids, bodies in snake_case. Names of the
    /// contract are ignored in bodies, as any unknown name is.
    Guide,
}

/// What an id is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdOf<'a> {
    /// A record that an organization owns.
    Number,
    Endpoint,
    Call,
    /// A line for sale in a country (upper case).
    Inventory(&'a str),
}

impl SandboxDialect {
    /// An id as it is sent. Ids are stored as UUIDs.
    pub(super) fn id(self, of: IdOf<'_>, stored: &str) -> String {
        let bare = || stored.replace('-', "");
        match (self, of) {
            (Self::OpenApi, _) => stored.to_owned(),
            (Self::Guide, IdOf::Number) => format!("pn_{}", bare()),
            (Self::Guide, IdOf::Endpoint) => format!("ep_{}", bare()),
            (Self::Guide, IdOf::Call) => format!("call_{}", bare()),
            (Self::Guide, IdOf::Inventory(country)) => {
                format!("inv_{}_{}", country.to_ascii_lowercase(), bare())
            }
        }
    }

    /// The stored form of an id with one of `prefixes`, which only the guide has; `None` for what
    /// is no such id. `inv_` stands for `inv_` and any country.
    pub(super) fn stored(self, prefixes: &[&str], text: &str) -> Option<String> {
        let (bare, length) = match self {
            // The hyphenated form only: the parser would take three others too.
            Self::OpenApi => (text, 36),
            Self::Guide => {
                let prefix = prefixes.iter().find(|prefix| text.starts_with(**prefix))?;
                let rest = &text[prefix.len()..];
                let rest = if *prefix == "inv_" { rest.split_once('_')?.1 } else { rest };
                (rest, 32)
            }
        };
        let uuid = Uuid::try_parse(bare).ok().filter(|_| bare.len() == length)?;
        Some(uuid.hyphenated().to_string())
    }

    /// What an id looks like, in words.
    pub(super) fn form_of_ids(self) -> &'static str {
        match self {
            Self::OpenApi => "a UUID",
            Self::Guide => "an id with its prefix",
        }
    }

    /// The one of two names of a field, the contract's and the guide's.
    pub(super) fn name(self, contract: &'static str, guide: &'static str) -> &'static str {
        match self {
            Self::OpenApi => contract,
            Self::Guide => guide,
        }
    }
}

impl fmt::Display for SandboxDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name("openapi", "guide"))
    }
}

impl FromStr for SandboxDialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "openapi" => Ok(Self::OpenApi),
            "guide" => Ok(Self::Guide),
            _ => Err("a dialect is openapi or guide".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "a1000000-0000-4000-8000-000000000001";
    const ANY: &[&str] = &["pn_", "inv_"];

    #[test]
    fn an_id_that_was_sent_is_understood() {
        for dialect in [SandboxDialect::OpenApi, SandboxDialect::Guide] {
            for of in [IdOf::Number, IdOf::Inventory("NG")] {
                assert_eq!(dialect.stored(ANY, &dialect.id(of, UUID)).as_deref(), Some(UUID), "{dialect}");
            }
            let endpoint = dialect.id(IdOf::Endpoint, UUID);
            assert_eq!(dialect.stored(&["ep_"], &endpoint).as_deref(), Some(UUID));
        }
        assert_eq!(
            SandboxDialect::Guide.id(IdOf::Inventory("NG"), UUID),
            "inv_ng_a1000000000040008000000000000001"
        );
    }

    #[test]
    fn ids_are_taken_in_one_form_only() {
        assert_eq!(SandboxDialect::OpenApi.stored(ANY, &UUID.to_uppercase()).as_deref(), Some(UUID));
        let bare = UUID.replace('-', "");
        for text in ["", "x", &bare, &format!("{{{UUID}}}"), &format!("urn:uuid:{UUID}")] {
            assert_eq!(SandboxDialect::OpenApi.stored(ANY, text), None, "{text}");
            assert_eq!(SandboxDialect::Guide.stored(ANY, text), None, "{text}");
        }
        for text in
            ["pn_", "pn_1", "inv_1", "ep_a1000000000040008000000000000001", &format!("pn_{UUID}"), UUID]
        {
            assert_eq!(SandboxDialect::Guide.stored(ANY, text), None, "{text}");
        }
    }

    #[test]
    fn a_dialect_is_read_as_it_is_written() {
        for dialect in [SandboxDialect::OpenApi, SandboxDialect::Guide] {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        assert!("Guide".parse::<SandboxDialect>().is_err());
    }
}
