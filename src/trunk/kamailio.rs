//! Kamailio: a record of `uacreg`, the table of registrations that its module `uac` keeps up.

use jiff::Timestamp;

use super::{NoTrunk, TrunkAccount};

/// What an error calls it.
const FORM: &str = "the table uacreg";

/// How wide its columns are. Some databases cut what is longer, and say nothing.
const WIDTH: usize = 64;
const PROXY_WIDTH: usize = 255;

/// One statement that every database of Kamailio's reads alike.
pub(super) fn text(trunk: &TrunkAccount, at: Timestamp) -> Result<String, NoTrunk> {
    let [username, password] = trunk.texts(FORM)?;
    let (user, domain) = (trunk.user()?, trunk.domain().to_string());
    let own = trunk.number.map_or_else(|| user.clone(), |number| number.to_string());
    let proxy = trunk.server.to_string();
    // An empty realm takes that of the server's challenge.
    let fields = [
        ("l_uuid", ("the name", trunk.name.as_str()), WIDTH),
        ("l_username", ("the number", own.as_str()), WIDTH),
        ("l_domain", ("the SIP domain", domain.as_str()), WIDTH),
        ("r_username", ("the SIP user name", user.as_str()), WIDTH),
        ("r_domain", ("the SIP domain", domain.as_str()), WIDTH),
        ("realm", ("the realm", ""), WIDTH),
        ("auth_username", username, WIDTH),
        ("auth_password", password, WIDTH),
        ("auth_ha1", ("the hash", ""), WIDTH),
        ("auth_proxy", ("the address of the SIP server", proxy.as_str()), PROXY_WIDTH),
    ];
    let values = fields.iter().map(|(_, text, width)| literal(*text, *width));
    let values = values.collect::<Result<Vec<String>, NoTrunk>>()?.join(", ");
    let columns: Vec<&str> = fields.iter().map(|(column, _, _)| *column).collect();
    let mut out: String =
        trunk.header("Kamailio (module uac)", at).iter().map(|line| format!("-- {line}\n")).collect();
    out.push_str(
        "-- For the database of modparam(\"uac\", \"reg_db_url\", ...); then kamcmd uac.reg_reload\n",
    );
    out.push_str(&format!(
        "INSERT INTO uacreg ({}, expires)\n  VALUES ({values}, 3600);\n",
        columns.join(", ")
    ));
    Ok(out)
}

/// A text in quotes. A backslash is itself to PostgreSQL and SQLite and an escape to MySQL.
fn literal((what, text): (&'static str, &str), width: usize) -> Result<String, NoTrunk> {
    let why = match text {
        _ if text.contains('\\') => "a backslash (MySQL and PostgreSQL read it differently)",
        _ if text.chars().count() > width => "more characters than a column",
        _ => return Ok(format!("'{}'", text.replace('\'', "''"))),
    };
    Err(NoTrunk::Unwritable { what, why, form: FORM })
}
