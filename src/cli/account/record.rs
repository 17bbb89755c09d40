//! One record of named values, printed in every form.

use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::output::OutputForm;
use crate::cli::{Environment, Failure};
use crate::rows;
use crate::stream;

/// Named values, in the order in which they were added.
#[derive(Default)]
pub(super) struct Record(Map<String, Value>);

impl Record {
    /// Adds a value; null is "none".
    pub(super) fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Adds a value where there is one.
    pub(super) fn add_known(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Prints it; what is empty is left out where people read.
    pub(super) fn print(self, form: OutputForm) -> Result<(), Failure> {
        let mut fields: Vec<(String, String)> =
            self.0.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        // The columns of CSV are always the same.
        if form != OutputForm::Csv {
            fields.retain(|(_, value)| !value.is_empty());
        }
        Ok(rows::fields(&mut stream::stdout(), form, &fields, &Value::Object(self.0))?)
    }
}

/// A value as people read it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A path without the name of whoever it belongs to.
pub(super) fn from_home(path: &Path, environment: &Environment) -> String {
    let below = environment.home.as_deref().and_then(|home| path.strip_prefix(home).ok());
    match below {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_home_is_shown_from_there() {
        let environment = Environment { home: Some("/home/ada".into()), ..Environment::default() };
        for (path, shown) in [
            ("/home/ada/.config", "~/.config"),
            ("/home/ada", "~"),
            ("/home/adam/x", "/home/adam/x"),
            ("/etc", "/etc"),
        ] {
            assert_eq!(from_home(Path::new(path), &environment), shown);
        }
        assert_eq!(from_home(Path::new("/home/ada"), &Environment::default()), "/home/ada");
    }
}
