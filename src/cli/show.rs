//! `numdeck show`: everything about one number.

use std::io::BufWriter;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::args::Show;
use super::command_context::CommandContext;
use super::output::OutputForm;
use super::{Exit, Failure};
use crate::cli::numbers::directory;
use crate::phone::{Detail, Password};
use crate::rows::{self, Columns, Style};
use crate::stream;

pub(super) async fn show(context: &CommandContext, options: &Show) -> Result<Exit, Failure> {
    let detail = directory::detail(context, &options.number).await?;
    let zone = TimeZone::system();
    let style = if context.form == OutputForm::Table { Style::Human(&zone) } else { Style::Exact };
    let mut fields = fields(&detail, style, options.show_secrets);
    // The columns of CSV are always the same.
    if context.form != OutputForm::Csv {
        fields.retain(|(_, value)| !value.is_empty());
    }
    let document = Value::Object(detail.to_json(options.show_secrets));
    rows::fields(&mut BufWriter::new(stream::stdout()), context.form, &fields, &document)?;
    Ok(Exit::Done)
}

fn fields(detail: &Detail, style: Style<'_>, secrets: bool) -> Vec<(String, String)> {
    let columns = Columns::detail();
    let mut fields: Vec<(String, String)> =
        columns.iter().map(|(name, column)| (name.clone(), column.text(&detail.number, style))).collect();
    let sip = detail.credentials.as_ref();
    let password = sip.map_or(String::new(), |sip| match &sip.password {
        Password::Hidden => "not shown to your role".to_owned(),
        Password::Unset => "none set".to_owned(),
        Password::Set(secret) if secrets => secret.expose().to_owned(),
        Password::Set(secret) => secret.to_string(),
    });
    for (name, value) in [
        ("endpoint_name", detail.endpoint.as_ref().and_then(|endpoint| endpoint.name.clone())),
        ("sip_domain", sip.and_then(|sip| sip.domain.clone())),
        ("sip_port", sip.and_then(|sip| sip.port).map(|port| port.to_string())),
        ("sip_username", sip.and_then(|sip| sip.username.clone())),
        ("sip_password", Some(password)),
    ] {
        fields.push((name.to_owned(), value.unwrap_or_default()));
    }
    fields
}
