//! Telephone numbers as people have them: from a contact, a spreadsheet, a SIP header, a web page.
//!
//! Only what people use for grouping is grouping; anything else in a number is not a number. Where a
//! form can be read in two ways, both are kept, and whoever looks a number up sees which one exists.

use super::E164;
use crate::text::is_invisible;

/// A telephone number, or a part of one, as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its digits in each way that it can be read, the most likely first; at least one.
    readings: Vec<String>,
    /// Whether it says that the country code comes first.
    international: bool,
}

/// Longer text is no number with a name before it.
const LONGEST_TEXT: usize = 512;

/// Countries whose numbers keep their 0 behind the country code: there `(0)` is no hint for callers
/// from outside. Italy, San Marino, the Vatican.
const ZERO_STAYS: [&str; 3] = ["39", "378", "379"];

/// Words and signs between a number and its extension, longest first.
const EXTENSIONS: [&str; 9] = ["extension", "poste", "anexo", "extn", "доб", "ext", "xtn", "x", "#"];

/// What people write before a number without a colon.
const LABELS: [&str; 21] = [
    "telephone",
    "telefon",
    "téléphone",
    "telefono",
    "teléfono",
    "phone",
    "mobile",
    "mob",
    "cell",
    "fax",
    "office",
    "work",
    "home",
    "tel",
    "tél",
    "ph",
    "whatsapp",
    "sms",
    "call",
    "t",
    "m",
];

/// Schemes whose address is a number with parameters.
const NUMBER_SCHEMES: [&str; 9] =
    ["tel", "callto", "sms", "smsto", "mms", "fax", "modem", "facetime", "facetime-audio"];

impl Written {
    /// Reads a number in any form that people have it in; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let plain: String = text.chars().filter(|c| !is_invisible(*c)).map(plain).collect();
        let body = unquoted(plain.trim());
        let body = match body.split_once('<') {
            Some((_, rest)) => address_in_brackets(rest)?,
            None => body,
        };
        if let Some((scheme, rest)) = body.split_once(':') {
            let scheme = scheme.trim().to_ascii_lowercase();
            if scheme == "sip" || scheme == "sips" {
                return Self::of_sip(rest);
            }
            if NUMBER_SCHEMES.contains(&scheme.as_str()) {
                return Self::of_uri(rest.trim_start_matches('/'));
            }
        }
        Self::of_number(unlabelled(body))
    }

    /// The number, where it is international and whole. Of two readings the more likely one counts.
    pub fn e164(&self) -> Option<E164> {
        self.readings.first().filter(|_| self.international).and_then(|digits| E164::from_digits(digits))
    }

    /// Digits without grouping, `+`, leading 00 and scheme, in each way that they can be read.
    pub fn readings(&self) -> &[String] {
        &self.readings
    }

    /// The numbers that it may be, taken as international, the most likely one first.
    pub fn numbers(&self) -> impl Iterator<Item = E164> {
        self.readings.iter().filter_map(|digits| E164::from_digits(digits))
    }

    /// The digits in the way that is the most likely one.
    pub fn digits(&self) -> &str {
        self.readings.first().map_or("", String::as_str)
    }

    /// Whether it says that the country code comes first, by a plus or a leading 00.
    pub fn is_international(&self) -> bool {
        self.international
    }

    /// `+44…:password@host;transport=tcp`: what stands behind `sip:`.
    fn of_sip(rest: &str) -> Option<Self> {
        let rest = rest.trim_start_matches('/');
        match rest.rsplit_once('@') {
            // The user may have parameters of its own, and a password.
            Some((user, _)) => Self::of_uri(user.split(':').next().unwrap_or(user)),
            // Without a user it is a host, unless it can be none.
            None => {
                let user = rest.split([';', '?', ':']).next().unwrap_or(rest).trim();
                let is_number = user.starts_with('+') || user.bytes().all(|byte| byte.is_ascii_digit());
                is_number.then(|| Self::of_uri(rest)).flatten()
            }
        }
    }

    /// A number with parameters (RFC 3966).
    fn of_uri(text: &str) -> Option<Self> {
        let decoded = percent_decoded(text)?;
        let mut parts = decoded.split(['?', ';']);
        let number = Self::of_number(parts.next().unwrap_or_default())?;
        let context = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("phone-context").then(|| value.trim().to_owned())
        });
        let Some(context) = context.filter(|context| context.starts_with('+') && !number.international)
        else {
            return Some(number);
        };
        let context = Self::of_number(&context)?;
        let national = number.digits();
        let mut readings = vec![format!("{}{national}", context.digits())];
        if let Some(rest) = national.strip_prefix('0') {
            readings.insert(0, format!("{}{rest}", context.digits()));
        }
        Self::new(readings, true)
    }

    /// The number alone, perhaps with an extension.
    fn of_number(text: &str) -> Option<Self> {
        let core = without_extension(text.trim()).trim();
        if !core.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '(' | '[')) {
            return None;
        }
        let mut digits = String::with_capacity(core.len());
        let mut plus = false;
        for c in core.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() && !plus => plus = true,
                ' ' | '-' | '(' | ')' | '[' | ']' | '/' | '.' => {}
                _ => return None,
            }
        }
        if digits.is_empty() || !dots_group(core) || !slashes_group(core) {
            return None;
        }
        let zero = optional_zero(core);
        let prefix = if digits.starts_with("00") { 2 } else { 0 };
        let international = plus || prefix > 0;
        let mut readings = Vec::with_capacity(2);
        let whole = &digits[prefix..];
        match zero.and_then(|zero| zero.checked_sub(prefix)).filter(|zero| *zero > 0) {
            Some(zero) => {
                let without = format!("{}{}", &whole[..zero], &whole[zero + 1..]);
                let stays = ZERO_STAYS.contains(&&whole[..zero]);
                readings.extend(if stays {
                    [whole.to_owned(), without]
                } else {
                    [without, whole.to_owned()]
                });
            }
            None => {
                readings.push(whole.to_owned());
                if international && let Some(without) = without_trunk_zero(whole) {
                    readings.push(without);
                }
            }
        }
        // How people in North America and in Australia begin a call abroad; a national number may
        // begin so as well.
        for abroad in ["011", "0011"] {
            if !plus && let Some(rest) = digits.strip_prefix(abroad).filter(|rest| rest.len() >= 8) {
                readings.push(rest.to_owned());
                readings.extend(without_trunk_zero(rest));
            }
        }
        Self::new(readings, international)
    }

    fn new(mut readings: Vec<String>, international: bool) -> Option<Self> {
        readings.retain(|digits| !digits.is_empty() && digits.len() <= E164::LONGEST);
        (!readings.is_empty()).then_some(Self { readings, international })
    }
}

/// `+44 020 …`: with the 0 that callers inside the country dial, which some write behind the country
/// code, too.
fn without_trunk_zero(digits: &str) -> Option<String> {
    let code = E164::calling_code_of(digits)?;
    let rest = digits[code.len()..].strip_prefix('0').filter(|rest| !rest.is_empty())?;
    Some(format!("{code}{rest}"))
}

/// A character as the one that stands for it in a plain number: a digit of any script, a blank or a
/// dash of any width, full-width signs.
pub(super) fn plain(c: char) -> char {
    if c.is_ascii() {
        return if matches!(c, '\t') { ' ' } else { c };
    }
    if let Some(digit) = digit_of(c) {
        return digit;
    }
    match c {
        '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{fe62}' | '\u{207a}' | '\u{2795}' => '+',
        '\u{58a}'
        | '\u{5be}'
        | '\u{1400}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{207b}'
        | '\u{208b}'
        | '\u{2212}'
        | '\u{2796}'
        | '\u{2e17}'
        | '\u{2e1a}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{2e40}'
        | '\u{2e5d}'
        | '\u{301c}'
        | '\u{3030}'
        | '\u{30a0}'
        | '\u{30fc}'
        | '\u{fe31}'
        | '\u{fe32}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff70}'
        | '\u{10ead}'
        | '\u{2d7}' => '-',
        '\u{2044}' | '\u{2215}' => '/',
        '\u{2024}' => '.',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => '"',
        '\u{2800}' => ' ',
        _ if c.is_whitespace() => ' ',
        _ => c,
    }
}

/// The ASCII digit that a decimal digit of another script stands for (Unicode 16, category Nd).
fn digit_of(c: char) -> Option<char> {
    /// The zeros: the other nine digits of a script follow its zero.
    const ZEROS: [u32; 65] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
        0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
        0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066,
        0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
        0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
        0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
    ];
    let code = c as u32;
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    char::from_digit(code - zero, 10)
}

/// Without what a spreadsheet puts round a number so that it stays text, and without quotes.
fn unquoted(text: &str) -> &str {
    let mut text = text;
    loop {
        let pair = |c: char| text.strip_prefix(c).and_then(|rest| rest.strip_suffix(c));
        let inside = |rest: &&str| !rest.contains(['"', '<']);
        let inner = match pair('"').filter(inside).or_else(|| pair('\'')).or_else(|| text.strip_prefix('\''))
        {
            Some(inner) => inner,
            None => match text.strip_prefix('=') {
                Some(inner) => inner,
                None => return text,
            },
        };
        text = inner.trim();
    }
}

/// `sip:…>;tag=1` is what stands behind the `<` of a SIP header (RFC 3261, name-addr).
fn address_in_brackets(rest: &str) -> Option<&str> {
    let (address, after) = rest.split_once('>')?;
    let after = after.trim_start();
    let alone = (after.is_empty() || after.starts_with([';', ','])) && !after.contains('<');
    alone.then(|| address.trim())
}

/// Without a label: `Tel: …`, `Front desk: +…`, `Tel. …`.
fn unlabelled(text: &str) -> &str {
    let is_number =
        |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '(' | '['));
    if let Some((label, rest)) = text.split_once(':') {
        let rest = rest.trim_start();
        let digits = digits_in(label);
        let named = LABELS.contains(&label.trim().to_lowercase().as_str());
        let international = rest.starts_with(['+', '(', '[']) || rest.starts_with("00");
        let has_word = label.chars().any(char::is_alphabetic) || label.chars().any(is_telephone);
        return if digits < 5 && has_word && (named || international) && is_number(&rest) {
            rest
        } else {
            text
        };
    }
    let end = text.find(|c: char| !c.is_alphabetic() && !is_telephone(c)).unwrap_or(text.len());
    let (label, rest) = text.split_at(end);
    let number = rest.trim_start_matches('.').trim_start();
    let known =
        LABELS.contains(&label.to_lowercase().as_str()) || (end > 0 && label.chars().all(is_telephone));
    // `m5` and `tel 5` are words that somebody looks for.
    let whole = rest.starts_with(['.', ' ', '+', '(']) && digits_in(number) >= E164::SHORTEST;
    if known && whole && is_number(&number) { number } else { text }
}

/// ☎ and its kin.
fn is_telephone(c: char) -> bool {
    matches!(c, '☎' | '☏' | '✆' | '📞' | '📱' | '📲' | '🕻' | '🕽' | '🖀')
}

/// Without an extension: ` x123`, ` ext. 123`, `;ext=123`, ` #123`.
fn without_extension(text: &str) -> &str {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.len() - before.len();
    if digits == 0 || digits > 8 {
        return text;
    }
    let before = before.trim_end_matches([' ', '.', ':', '=', '-']);
    let marked = EXTENSIONS.iter().find_map(|marker| {
        let at = before.len().checked_sub(marker.len()).filter(|at| before.is_char_boundary(*at))?;
        let is_it = before[at..].to_lowercase() == *marker;
        is_it.then(|| before[..at].trim_end_matches([' ', ';', ',', '(', '-']))
    });
    // `12x34` is no number with an extension.
    let whole = |number: &&str| {
        number.ends_with(|c: char| c.is_ascii_digit() || c == ')') && digits_in(number) >= E164::SHORTEST
    };
    marked.filter(whole).unwrap_or(text)
}

/// Whether the dots group digits. `23498251141.0` is a number with a decimal place, as spreadsheets
/// and data frames write it, and read without its dot it would be somebody else's.
fn dots_group(core: &str) -> bool {
    let Some((before, after)) = core.rsplit_once('.') else { return true };
    let first = core.split('.').next().unwrap_or_default();
    let unbroken = first.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let adjacent = core.split('.').all(|group| !group.trim().is_empty());
    // A group before the first dot that is as long as a number is one, and decimals follow it.
    adjacent && digits_in(after) >= 2 && digits_in(before) > 0 && unbroken.len() <= 6
}

/// Whether the slashes group digits. With a number on either side there are two.
fn slashes_group(core: &str) -> bool {
    let number_on_both = |at: usize| digits_in(&core[..at]).min(digits_in(&core[at..])) >= E164::SHORTEST;
    !core.match_indices('/').any(|(at, _)| number_on_both(at))
}

fn digits_in(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Where among the digits the 0 of a `(0)` stands.
fn optional_zero(core: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(open) = core[from..].find(['(', '[']).map(|at| from + at) {
        let close = core[open..].find([')', ']']).map(|at| open + at)?;
        if core[open + 1..close].trim() == "0" {
            return Some(digits_in(&core[..open]));
        }
        from = close;
    }
    None
}

/// `%2B44` is `+44`.
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
        let value = digit()? * 16 + digit()?;
        out.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(out).ok().map(|text| text.chars().map(plain).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn readings(text: &str) -> Vec<String> {
        Written::parse(text).map(|written| written.readings).unwrap_or_default()
    }

    fn e164(text: &str) -> Option<String> {
        Written::parse(text)?.e164().map(|line| line.to_string())
    }

    #[test]
    fn every_form_that_people_have_is_the_same_number() {
        for form in [
            "+442079688749",
            "\u{202a}+44 20 7968 8749\u{202c}",
            "\u{200e}+442079688749",
            "\u{feff}+442079688749\u{fe0f}",
            "+44\u{2060}20\u{2060}7968\u{2060}8749",
            "+44\u{ad}20\u{ad}7968\u{ad}8749",
            "+44\u{2010}20\u{2011}7968\u{2012}8749",
            "+44\u{2013}20\u{2014}7968\u{2212}8749",
            "+44\u{202f}20\u{2007}7968\u{3000}8749",
            "+44\t20\u{a0}7968\u{2009}8749\r\n",
            "+\u{664}\u{664}\u{662}\u{660}\u{667}\u{669}\u{666}\u{668}\u{668}\u{667}\u{664}\u{669}",
            "＋４４（２０）７９６８－８７４９",
            "+𝟜𝟜 𝟚𝟘 𝟟𝟡𝟞𝟠 𝟠𝟟𝟜𝟡",
            "+44 (0)20 7968 8749",
            "+44(0)2079688749",
            "+44 [0] 20 7968 8749",
            "+44 ( 0 ) 20 7968 8749",
            "(+44) 20 7968 8749",
            "+ 44 20 7968 8749",
            "0044 20 7968 8749",
            "+0044 20 7968 8749",
            "00 44 (0) 20 7968 8749",
            "+44.2079688749",
            "+44.20.7968.8749",
            "+44/20/79688749",
            "tel:+44-20-7968-8749",
            "tel:020-7968-8749;phone-context=+44",
            "tel:2079688749;isub=1;phone-context=+44",
            "TEL://+442079688749",
            "tel:%2B442079688749",
            "callto:+442079688749",
            "sip:+442079688749@10.0.0.1:5060;user=phone",
            "sip:%2B442079688749@host",
            "sip:+442079688749:secret@host",
            "sips:+442079688749;npdi=yes@host",
            "sip:+442079688749",
            "\"Front desk\" <sip:+442079688749@10.0.0.1:5060>;tag=1",
            "Front 5 <tel:+442079688749>",
            "<+442079688749>",
            "+44 20 7968 8749 x123",
            "+44 20 7968 8749x123",
            "+44 20 7968 8749 ext. 123",
            "+44 20 7968 8749, Extension: 12",
            "+442079688749;ext=123",
            "+44 20 7968 8749 (ext 9",
            "+44 20 7968 8749 #12",
            "'+442079688749",
            "\u{2019}+442079688749",
            "=\"+442079688749\"",
            "=+442079688749",
            "\"+442079688749\"",
            "“+442079688749”",
            "Tel: +44 20 7968 8749",
            "Tel. +44 20 7968 8749",
            "Phone +44 20 7968 8749",
            "Front desk (line 2): +44 20 7968 8749",
            "☎ +44 20 7968 8749",
            "电话：+442079688749",
        ] {
            assert_eq!(e164(form).as_deref(), Some("+442079688749"), "{form}");
        }
    }

    #[test]
    fn a_form_that_can_be_read_in_two_ways_keeps_both() {
        assert_eq!(readings("+44 (0)20 7968 8749"), ["442079688749", "4402079688749"]);
        assert_eq!(readings("+44 020 7968 8749"), ["4402079688749", "442079688749"]);
        assert_eq!(
            readings("011 44 20 7968 8749"),
            ["01144 20 7968 8749".replace(' ', ""), "442079688749".into()]
        );
        assert_eq!(readings("0011442079688749"), ["11442079688749", "442079688749"]);
        assert_eq!(readings("tel:020-7968-8749;phone-context=+44"), ["442079688749", "4402079688749"]);
        assert_eq!(e164("+39 (0)6 1234 5678").as_deref(), Some("+390612345678"), "there the 0 stays");
        assert_eq!(e164("+39 06 1234 5678").as_deref(), Some("+390612345678"));
        assert_eq!(e164("+225 07 01 02 03 04").as_deref(), Some("+2250701020304"));
    }

    #[test]
    fn what_is_not_grouping_makes_it_no_number() {
        for text in [
            "23498251141.0",
            "23498251141.00",
            "+23498251141.00",
            "23498251141.",
            "2.3498251141E+10",
            "4.42E+11",
            "1e10",
            "$234",
            "£+442079688749",
            "-442079688749",
            "442,079,688,749",
            "442'079'688'749",
            "442_079",
            "44%20",
            "12:34:56",
            "a+44",
            "+44 20 7968 8749 / +1 404 588 4112",
            "+44 20 7968 8749; +1 404 588 4112",
            "+442079688749\n+14045884112",
            "442079688749 14045884112",
            "2079688749/4045884112",
            "++44",
            "4+4",
            "10.0.0.1",
            "sip:10.0.0.1",
            "sip:alice@10.0.0.1",
            "tel:alice",
            "1..23",
            "Total",
            "",
            "+",
            "()",
        ] {
            assert_eq!(Written::parse(text), None, "{text}");
        }
    }

    #[test]
    fn digits_without_a_plus_say_no_country() {
        for text in [
            "08031234567",
            "2348031234567",
            "(803) 123",
            "sip:1000@host",
            "tel:020-7968-8749",
            "011442079688749",
        ] {
            assert!(!Written::parse(text).unwrap().is_international(), "{text}");
            assert_eq!(e164(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_number_is_found_however_it_is_grouped(value in 1_000_000_u64..999_999_999_999_999, gaps in prop::collection::vec(0_usize..6, 15)) {
            let digits = value.to_string();
            let mut text = "+".to_owned();
            for (place, digit) in digits.chars().enumerate() {
                // A dot may not stand before a last digit alone.
                let gap = ["", " ", "-", "\u{a0}", "\u{2013}", "\u{200b}"][gaps[place]];
                text.push_str(if place == 0 { "" } else { gap });
                text.push(digit);
            }
            let written = Written::parse(&text).unwrap();
            prop_assert_eq!(written.digits(), digits);
        }

        #[test]
        fn no_text_is_read_as_other_digits_than_it_has(text in "[-+0-9.,()eE xX/;:'\"=]{0,24}") {
            if let Some(written) = Written::parse(&text) {
                let all: String = text.chars().filter(char::is_ascii_digit).collect();
                for reading in written.readings() {
                    let mut rest = all.chars();
                    prop_assert!(reading.chars().all(|digit| rest.any(|other| other == digit)), "{text}: {reading}");
                }
            }
        }
    }
}
