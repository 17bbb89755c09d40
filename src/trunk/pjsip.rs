//! Asterisk: `pjsip.conf` of `chan_pjsip`.

use jiff::Timestamp;

use super::{NoTrunk, TrunkAccount};
use crate::sip::SipUri;

/// What an error calls it.
const FORM: &str = "pjsip.conf";

/// Longer lines are skipped by the reader, with what they say.
const LONGEST: usize = 4000;

/// Five sections of one name: who registers, with what, and how calls go out and come in.
pub(super) fn text(trunk: &TrunkAccount, at: Timestamp) -> Result<String, NoTrunk> {
    let [username, password] = trunk.texts(FORM)?;
    let user = trunk.user()?;
    let (domain, name) = (trunk.domain(), trunk.name.as_str());
    let aor = SipUri::of_host(domain.clone(), None).with_user(&trunk.account.user);
    let aor = aor.map_err(NoTrunk::Address)?.to_string();
    let server = trunk.server.to_string();
    // An account of another domain is registered there, by way of the server.
    let foreign = *domain != trunk.server.host;
    let registrar = if foreign { SipUri::of_host(domain.clone(), None).to_string() } else { server.clone() };
    let proxy = foreign.then(|| ("outbound_proxy", format!("{server};lr")));
    let contact = trunk.number.map(|number| ("contact_user", number.to_string()));
    let registration = [("server_uri", registrar), ("client_uri", aor), ("outbound_auth", name.to_owned())];
    let registration: Vec<(&str, String)> = registration
        .into_iter()
        .chain(proxy.clone())
        .chain(contact)
        .chain([
            ("line", "yes".to_owned()),
            ("endpoint", name.to_owned()),
            ("retry_interval", "60".to_owned()),
        ])
        .collect();
    let auth = [
        ("auth_type", "userpass".to_owned()),
        ("username", value(username)?),
        ("password", value(password)?),
    ];
    let endpoint = [
        ("context", "from-numdeck"),
        ("disallow", "all"),
        ("allow", "ulaw,alaw"),
        ("outbound_auth", name),
        ("aors", name),
        ("from_user", user.as_str()),
    ];
    let endpoint = endpoint.map(|(key, value)| (key, value.to_owned()));
    let mut out: String =
        trunk.header("Asterisk (pjsip.conf)", at).iter().map(|line| format!("; {line}\n")).collect();
    let transport = trunk.server.transport.map_or("udp", |transport| transport.word());
    out.push_str(&format!(
        "; Needs a section of type transport ({transport}), and the context from-numdeck in extensions.conf.\n"
    ));
    let mut section = |kind: &str, fields: &[(&str, String)]| {
        out.push_str(&format!("\n[{name}]\ntype = {kind}\n"));
        for (key, value) in fields {
            out.push_str(&format!("{key} = {value}\n"));
        }
    };
    section("registration", &escaped(&registration));
    section("auth", &auth);
    section("aor", &escaped(&[("contact", server)]));
    let endpoint: Vec<(&str, String)> =
        endpoint.into_iter().chain([("from_domain", domain.to_string())]).chain(proxy).collect();
    section("endpoint", &escaped(&endpoint));
    let host = trunk.server.host.to_string();
    let host = host.trim_matches(['[', ']']).to_owned();
    section("identify", &[("endpoint", name.to_owned()), ("match", host)]);
    Ok(out)
}

fn escaped<'a>(fields: &[(&'a str, String)]) -> Vec<(&'a str, String)> {
    fields.iter().map(|(key, value)| (*key, escape(value))).collect()
}

/// A semicolon begins a comment unless a backslash stands before it, which is then left out.
fn escape(text: &str) -> String {
    text.replace(';', "\\;")
}

/// Blanks round a value are not part of it.
fn value((what, text): (&'static str, &str)) -> Result<String, NoTrunk> {
    let why = match text {
        _ if text.trim_matches(|c: char| c <= ' ') != text => "a blank at its beginning or end",
        _ if text.len() > LONGEST => "more characters than a line holds",
        _ => return Ok(escape(text)),
    };
    Err(NoTrunk::Unwritable { what, why, form: FORM })
}
