//! `numdeck sip render`: the SIP account of a number, as another program takes it.

use std::io::Write;

use jiff::Timestamp;
use serde_json::json;

use super::args::{SipArgs, SipCommand, SipRender};
use super::command_context::CommandContext;
use super::numbers::directory;
use super::output::{self, OutputForm};
use super::{Exit, Failure};
use crate::rows::{json_line, json_pretty};
use crate::sip::Transport;
use crate::stream;
use crate::trunk::{NoTrunk, TrunkAccount, TrunkPassword, TrunkTarget};

pub(super) async fn sip(context: &CommandContext, options: &SipArgs) -> Result<Exit, Failure> {
    match &options.command {
        SipCommand::Render(options) => render(context, options).await,
    }
}

async fn render(context: &CommandContext, options: &SipRender) -> Result<Exit, Failure> {
    if context.form == OutputForm::Csv {
        return Err(Failure::usage("sip render prints a configuration, and no rows: leave -o csv out"));
    }
    let detail = directory::detail(context, &options.number).await?;
    let target = options.target;
    let trunk = TrunkAccount::of(&detail, options.show_secrets && target.takes_password())?;
    let text = target.text(&trunk, Timestamp::now())?;
    let has_password = matches!(trunk.password, TrunkPassword::Written(_));
    let document = json!({
        "target": target.name(),
        "number": trunk.number.map(|number| number.to_string()),
        "text": text.expose(),
        "has_password": has_password,
    });
    let printed = match context.form {
        OutputForm::Json => json_pretty(&document) + "\n",
        OutputForm::Ndjson => json_line(&document) + "\n",
        _ => text.expose().to_owned(),
    };
    let mut out = stream::stdout();
    let written = out.write_all(printed.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| output::broken(&error))?;
    if target.takes_password() {
        missing(&trunk.password).into_iter().for_each(|why| context.note(why));
    }
    advice(target, &trunk).into_iter().for_each(|why| context.note(why));
    Ok(Exit::Done)
}

/// What keeps the configuration from being finished.
fn missing(password: &TrunkPassword) -> Option<&'static str> {
    Some(match password {
        TrunkPassword::Written(_) => return None,
        TrunkPassword::LeftOut => "unfinished: the SIP password is left out, --show-secrets puts it in",
        TrunkPassword::Hidden => {
            "unfinished: the API does not show the SIP password to the role of this key; an owner or admin sees it"
        }
        TrunkPassword::Unset => "unfinished: no SIP password is set for this number (the API says null)",
    })
}

/// What the target will want that the record does not have.
fn advice(target: TrunkTarget, trunk: &TrunkAccount) -> Option<&'static str> {
    let host = &trunk.server.host;
    match target {
        TrunkTarget::Vapi if host.ip().is_none_or(|ip| !ip.is_ipv4()) => Some(
            "Vapi takes calls from a gateway only by its IPv4 address, so inboundEnabled is off: \
             the Cockpit shows the SIP IP address",
        ),
        TrunkTarget::Vapi if trunk.server.transport == Some(Transport::Tls) => {
            Some("Vapi has tls/srtp as well, where the media are to be encrypted")
        }
        TrunkTarget::Livekit | TrunkTarget::Elevenlabs => {
            Some("this is for calls that go out; calls to the number go where its endpoint leads")
        }
        _ => None,
    }
}

impl From<NoTrunk> for Failure {
    fn from(why: NoTrunk) -> Self {
        let (exit, code, hint) = match &why {
            NoTrunk::PasswordHidden => (
                Exit::Key,
                "PASSWORD_HIDDEN",
                "Use the key of an owner or admin, or leave --show-secrets out for a configuration with a gap.",
            ),
            NoTrunk::PasswordUnset => {
                (Exit::Other, "NO_SIP_PASSWORD", "Leave --show-secrets out for a configuration with a gap.")
            }
            NoTrunk::Nothing | NoTrunk::Lacks(_) => {
                (Exit::Other, "NO_SIP_CREDENTIALS", "numdeck show NUMBER shows what the API gives.")
            }
            NoTrunk::Address(_) | NoTrunk::Transport(_) => (
                Exit::Other,
                "BAD_SIP_CREDENTIALS",
                "numdeck show NUMBER shows them; KrosAI has to correct them.",
            ),
            NoTrunk::Unwritable { .. } => (
                Exit::Other,
                "UNWRITABLE",
                "--as env or one of the JSON targets may hold it; numdeck show NUMBER --show-secrets prints it.",
            ),
            NoTrunk::NoNumber(_) => {
                (Exit::Other, "NO_NUMBER", "numdeck show NUMBER shows what the API gives.")
            }
        };
        Self::new(exit, code, why.to_string(), hint)
    }
}
