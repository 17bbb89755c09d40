//! Options of `sip`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as Group, Subcommand};

use super::Unasked;
use crate::trunk::TrunkTarget;

/// What to do with the SIP account of a number.
#[derive(Debug, Clone, Group)]
pub struct SipArgs {
    /// What to do
    #[command(subcommand)]
    pub command: SipCommand,
}

/// What to do with the SIP account of a number.
#[derive(Debug, Clone, Subcommand)]
pub enum SipCommand {
    /// Print the configuration with which another program uses the number's SIP account
    #[command(after_help = RENDER)]
    Render(SipRender),
}

/// Options of `sip render`.
#[derive(Debug, Clone, Group)]
pub struct SipRender {
    /// An id, or a phone number in any usual form
    pub number: String,
    /// The program that takes it
    #[arg(long = "as", value_name = "TARGET", value_parser = target())]
    pub target: TrunkTarget,
    /// Put the SIP password in; without it a placeholder stands in its place
    #[arg(long)]
    pub show_secrets: bool,
    /// Nothing is asked.
    #[command(flatten)]
    pub unasked: Unasked,
}

const RENDER: &str = "\
pjsip       Asterisk: registration, auth, aor, endpoint and identify for pjsip.conf
freeswitch  a gateway of a Sofia profile, as XML
kamailio    a record of the table uacreg (module uac), as an SQL statement
livekit     JSON of CreateSIPOutboundTrunk, and of lk sip outbound create
vapi        JSON of a byo-sip-trunk credential
elevenlabs  JSON of a phone number that is imported from a SIP trunk
env         lines that a POSIX shell sources: SIP_NUMBER, SIP_DOMAIN, SIP_PORT, SIP_TRANSPORT,
            SIP_USERNAME, SIP_PASSWORD
uri         one sip: address, which never has the password

The port is the record's, and so is the transport where it has one; port 5061 is TLS. -o json has
target, number, text and has_password.";

fn target() -> impl TypedValueParser<Value = TrunkTarget> {
    PossibleValuesParser::new(TrunkTarget::ALL.map(TrunkTarget::name)).map(|name| {
        let found = TrunkTarget::ALL.into_iter().find(|target| target.name() == name);
        found.unwrap_or(TrunkTarget::Uri)
    })
}
