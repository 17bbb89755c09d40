//! Challenges as they stand in headers (RFC 3261 section 25.1, RFC 7235 section 2.1): read leniently, and
//! several of them in one header are told apart.

/// A challenge: a scheme and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawChallenge {
    pub(super) scheme: String,
    /// Names in lower case, values without quotes and escapes.
    parameters: Vec<(String, String)>,
    /// What cannot be read.
    pub(super) is_broken: bool,
}

impl RawChallenge {
    /// All challenges of one header.
    pub(super) fn all(header: &str) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for element in elements(header) {
            let (word, rest) = word(element);
            let rest = rest.trim_start();
            let begins_another = !word.is_empty() && !rest.starts_with('=');
            let parameter = if begins_another {
                all.push(Self { scheme: word.to_owned(), parameters: Vec::new(), is_broken: false });
                // Other schemes have a word of their own here (NTLM, Negotiate), which nobody reads.
                if rest.is_empty() || !word.eq_ignore_ascii_case("Digest") {
                    continue;
                }
                rest
            } else {
                element
            };
            match (all.last_mut(), read_parameter(parameter)) {
                (Some(one), Some(read)) => one.parameters.push(read),
                (Some(one), None) => one.is_broken = true,
                (None, _) => {
                    all.push(Self { scheme: String::new(), parameters: Vec::new(), is_broken: true });
                }
            }
        }
        all
    }

    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that stands there twice with different values: which of them counts nobody knows.
    pub(super) fn contradiction(&self) -> Option<&str> {
        let differs = |(name, value): &&(String, String)| self.parameter(name) != Some(value);
        self.parameters.iter().find(differs).map(|(name, _)| name.as_str())
    }
}

/// The parts between commas, those in quotes left alone.
fn elements(header: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    header
        .split(move |c: char| {
            let was_escaped = std::mem::take(&mut escaped);
            match c {
                '\\' if quoted && !was_escaped => escaped = true,
                '"' if !was_escaped => quoted = !quoted,
                ',' => return !quoted,
                _ => {}
            }
            false
        })
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// The word that a part begins with, and what comes after it.
fn word(text: &str) -> (&str, &str) {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    text.split_at(text.find(|c| !is_of_word(c)).unwrap_or(text.len()))
}

fn read_parameter(text: &str) -> Option<(String, String)> {
    let (name, rest) = word(text);
    let value = rest.trim_start().strip_prefix('=')?.trim();
    let value = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted)?,
        None if value.contains(['"', ' ', '\t']) => return None,
        None => value.to_owned(),
    };
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), value))
}

/// What stands before the closing quote, which has to be the end.
fn unquoted(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().trim().is_empty().then_some(out),
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_challenges_in_one_header_are_told_apart() {
        let all = RawChallenge::all(
            "NTLM TlRMTVNTUAAC==, Basic realm=\"a, b\", Negotiate, digest \t realm = \"c \\\"d\\\"\" , Nonce=n,,opaque=\"\"",
        );
        let schemes: Vec<&str> = all.iter().map(|one| one.scheme.as_str()).collect();
        assert_eq!(schemes, ["NTLM", "Basic", "Negotiate", "digest"]);
        let value = |name: &str| all[3].parameter(name);
        assert_eq!((value("realm"), value("nonce"), value("opaque")), (Some("c \"d\""), Some("n"), Some("")));
        assert!(!all[3].is_broken);
    }

    #[test]
    fn what_can_not_be_read_is_broken_and_hides_no_other() {
        for header in [
            "Digest realm=\"open",
            "Digest realm=\"r\"x",
            "Digest realm",
            "Digest realm=a b",
            "=x",
            "\u{1b}[2J",
            "Digest realm=\"r\\",
        ] {
            assert!(RawChallenge::all(header).iter().any(|one| one.is_broken), "{header}");
        }
        let all = RawChallenge::all("Digest realm=a b, Digest realm=\"r\"");
        assert_eq!(all.iter().map(|one| one.is_broken).collect::<Vec<_>>(), [true, false]);
        let twice = RawChallenge::all("Digest realm=\"a\", nonce=\"n\", realm=\"b\"");
        assert_eq!(twice[0].contradiction(), Some("realm"));
        let same = RawChallenge::all("Digest realm=\"a\", realm=\"a\"");
        assert_eq!(same[0].contradiction(), None);
    }
}
