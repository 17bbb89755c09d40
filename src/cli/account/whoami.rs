//! `numdeck whoami`: what can be known of the key in use.

use serde_json::Value;

use super::proof::{self, PasswordSight};
use super::record::Record;
use crate::api::{Auth, expiry};
use crate::cli::command_context::CommandContext;
use crate::cli::{Exit, Failure};

pub(super) async fn whoami(context: &CommandContext) -> Result<Exit, Failure> {
    let first = proof::first(&context.client).await?;
    context.see(&first);
    let sight = match &first {
        Some(number) => proof::passwords(&context.client, &number.id).await?,
        None => None,
    };
    if first.is_none() {
        context.note("there is no number, so that nothing shows whose they would be");
    }
    // 401, 403, 404 or nonsense: the server does not say, and nothing is said of it.
    let facts = context.client.own_key().await.ok().flatten();
    let account = context.account();
    let settings = &account.settings;
    let organizations: Vec<Value> = first
        .and_then(|number| number.organization.clone())
        .map(|id| id.to_string().into())
        .into_iter()
        .collect();
    let mut record = Record::default();
    record.add("profile", account.profile.clone());
    record.add("base_url", settings.base_url.to_string());
    record.add("mode", account.standing.mode.name());
    record.add("organization", account.standing.organization.clone());
    record.add("organization_name", account.organization_name.clone());
    record.add("organization_ids", organizations);
    record.add("sip_passwords", sight.map(PasswordSight::name));
    record.add("key_source", account.key_source.name());
    record.add("auth_scheme", scheme(settings.auth));
    record.add("read_only", account.standing.read_only);
    let ends = facts.as_ref().and_then(|facts| facts.expires_at).or_else(|| expiry(&settings.key));
    record.add_known("key_name", facts.as_ref().and_then(|facts| facts.name.clone()));
    record.add_known("key_scopes", facts.map(|facts| facts.scopes).filter(|scopes| !scopes.is_empty()));
    record.add_known("key_expires_at", ends.map(|end| format!("{end:.0}")));
    record.print(context.form)?;
    Ok(Exit::Done)
}

/// How the key is sent, as the flag names it.
pub(super) fn scheme(auth: Auth) -> &'static str {
    match auth {
        Auth::Bearer => "bearer",
        Auth::ApiKey => "x-api-key",
        Auth::Omitted => "none",
    }
}
