//! FreeSWITCH: a gateway of a Sofia profile.

use jiff::Timestamp;

use super::{NoTrunk, TrunkAccount};

/// What an error calls it.
const FORM: &str = "a FreeSWITCH gateway";

/// A gateway that registers.
pub(super) fn text(trunk: &TrunkAccount, at: Timestamp) -> Result<String, NoTrunk> {
    let [(_, username), (_, password)] = trunk.texts(FORM)?;
    let domain = trunk.domain().to_string();
    let fields = [
        // Stands in addresses as it is, so it has to be the escaped one.
        ("username", Some(trunk.user()?)),
        ("auth-username", Some(username.to_owned())),
        ("password", Some(password.to_owned())),
        ("realm", Some(domain.clone())),
        ("from-domain", Some(domain)),
        ("proxy", Some(trunk.place())),
        ("register", Some("true".to_owned())),
        ("register-transport", trunk.server.transport.map(|transport| transport.word().to_owned())),
        ("extension", trunk.number.map(|number| number.to_string())),
        ("caller-id-in-from", Some("true".to_owned())),
    ];
    let mut out = "<include>\n".to_owned();
    for line in trunk.header("FreeSWITCH, in sip_profiles/external/", at) {
        out.push_str(&format!("  <!-- {line} -->\n"));
    }
    out.push_str(&format!("  <gateway name=\"{}\">\n", escape(&trunk.name)));
    for (name, value) in fields {
        if let Some(value) = value {
            out.push_str(&format!("    <param name=\"{name}\" value=\"{}\"/>\n", escape(&value)));
        }
    }
    out.push_str("  </gateway>\n</include>\n");
    Ok(out)
}

/// An attribute. Before FreeSWITCH reads XML it goes through the lines: `$${name}` would become a variable,
/// `<!--#` a command, and a line with `X-PRE-PROCESS` in it would be gone. References hide all of them.
fn escape(text: &str) -> String {
    let names_a_directive = text.to_ascii_lowercase().contains("x-pre-process");
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' | '$' | '#' => out.push_str(&format!("&#{};", u32::from(c))),
            '-' if names_a_directive => out.push_str("&#45;"),
            c => out.push(c),
        }
    }
    out
}
