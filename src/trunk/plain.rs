//! Plain text: variables for a POSIX shell, and one address for whoever takes one.

use jiff::Timestamp;

use super::{NoTrunk, TrunkAccount};
use crate::phone::format::shell_quoted;
use crate::sip::Transport;

/// What an error calls it.
const FORM: &str = "a line of shell";

/// The address of the account at its server. An address has no place for a password: RFC 3261 advises
/// against one there, and whoever logs the address logs it.
pub(super) fn address(trunk: &TrunkAccount) -> Result<String, NoTrunk> {
    let uri = trunk.server.with_user(&trunk.account.user).map_err(NoTrunk::Address)?;
    Ok(format!("{uri}\n"))
}

/// One variable a line. What the record does not have is empty: a shell may have an older value.
pub(super) fn variables(trunk: &TrunkAccount, at: Timestamp) -> Result<String, NoTrunk> {
    let header = trunk.header("a shell", at).into_iter().map(|line| format!("# {line}\n"));
    let values = values(trunk)?.into_iter();
    let lines = values.map(|(name, value)| format!("{name}={}\n", shell_quoted(&value)));
    Ok(header.chain(lines).collect())
}

fn values(trunk: &TrunkAccount) -> Result<[(&'static str, String); 6], NoTrunk> {
    let [(_, username), (_, password)] = trunk.texts(FORM)?;
    Ok([
        ("SIP_NUMBER", trunk.number.map(|number| number.to_string()).unwrap_or_default()),
        ("SIP_DOMAIN", trunk.server.host.to_string()),
        ("SIP_PORT", trunk.server.port.map(|port| port.to_string()).unwrap_or_default()),
        ("SIP_TRANSPORT", trunk.server.transport.map_or("", Transport::word).to_owned()),
        ("SIP_USERNAME", username.to_owned()),
        ("SIP_PASSWORD", password.to_owned()),
    ])
}
