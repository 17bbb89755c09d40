//! The trace that a run belongs to (W3C Trace Context, section 3.2).

/// A part in so many hexadecimal digits, in lower case.
fn hex(part: Option<&str>, length: usize) -> Option<&str> {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    part.filter(|part| part.len() == length && part.bytes().all(is_digit))
}

/// What `TRACEPARENT` says: requests name it, so that they are found in the trace of whoever started the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent(String);

impl TraceParent {
    /// Reads one; `None` for what is none, which is to be passed over, as the standard has it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut parts = text.split('-');
        let version = hex(parts.next(), 2).filter(|version| *version != "ff")?;
        let trace = hex(parts.next(), 32)?;
        let parent = hex(parts.next(), 16)?;
        let flags = hex(parts.next(), 2);
        let is_set = |part: &str| part.bytes().any(|byte| byte != b'0');
        if flags.is_none() || !is_set(trace) || !is_set(parent) {
            return None;
        }
        // A later version may have more behind it, in letters that a header can have.
        let is_more = version != "00" && text.bytes().all(|byte| byte.is_ascii_graphic());
        (parts.next().is_none() || is_more).then(|| Self(text.to_owned()))
    }

    /// As it stands in a header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_trace_is_passed_over() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(TraceParent::parse(&format!(" {good}\n")).unwrap().as_str(), good);
        let later = format!("cc{}-what-may.be", &good[2..]);
        assert_eq!(TraceParent::parse(&later).unwrap().as_str(), later);
        for bad in [
            "",
            "00",
            &good.to_uppercase(),
            &format!("{good}-more"),
            &format!("ff{}", &good[2..]),
            &format!("cc{}-a b", &good[2..]),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
    }
}
