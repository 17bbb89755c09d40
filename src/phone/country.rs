//! Countries by ISO 3166-1 alpha-2 code.

use super::E164;

/// A country that numdeck knows by name. The list serves names and suggestions; a code that is not
/// in it works all the same, because the service decides where it sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, upper case.
    pub code: &'static str,
    /// English short name.
    pub name: &'static str,
    /// Country calling code (ITU-T E.164), without the plus.
    pub calling: &'static str,
}

/// Why a text is no code of a country.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCountry {
    /// It has not the form of one.
    #[error("a country is two letters: NG, GH, KE")]
    Letters,
    /// Nothing is called so, nor begins so.
    #[error("no country is called '{0}': it takes two letters, like NG, or a name, like nigeria")]
    Name(String),
    /// It is taken for that of a country, which has another.
    #[error("the code of {name} is {right}, not {code}")]
    Other {
        /// The country that is meant.
        name: &'static str,
        /// Its code.
        right: &'static str,
        /// What was written.
        code: String,
    },
}

impl Country {
    /// Countries offered in search forms, the service's own first.
    pub const ALL: &'static [Self] = &[
        Self { code: "NG", name: "Nigeria", calling: "234" },
        Self { code: "GH", name: "Ghana", calling: "233" },
        Self { code: "KE", name: "Kenya", calling: "254" },
        Self { code: "RW", name: "Rwanda", calling: "250" },
        Self { code: "EG", name: "Egypt", calling: "20" },
        Self { code: "AE", name: "United Arab Emirates", calling: "971" },
        Self { code: "US", name: "United States", calling: "1" },
        Self { code: "ZA", name: "South Africa", calling: "27" },
        Self { code: "MA", name: "Morocco", calling: "212" },
        Self { code: "TN", name: "Tunisia", calling: "216" },
        Self { code: "SN", name: "Senegal", calling: "221" },
        Self { code: "CI", name: "Côte d'Ivoire", calling: "225" },
        Self { code: "TZ", name: "Tanzania", calling: "255" },
        Self { code: "UG", name: "Uganda", calling: "256" },
        Self { code: "ET", name: "Ethiopia", calling: "251" },
        Self { code: "SA", name: "Saudi Arabia", calling: "966" },
        Self { code: "QA", name: "Qatar", calling: "974" },
        Self { code: "GB", name: "United Kingdom", calling: "44" },
        Self { code: "CA", name: "Canada", calling: "1" },
        Self { code: "DE", name: "Germany", calling: "49" },
        Self { code: "FR", name: "France", calling: "33" },
        Self { code: "IN", name: "India", calling: "91" },
        Self { code: "BR", name: "Brazil", calling: "55" },
    ];

    /// The name of a code, case ignored; `None` for a code that is not known here.
    pub fn name_of(code: &str) -> Option<&'static str> {
        Self::ALL.iter().find(|country| country.code.eq_ignore_ascii_case(code)).map(|country| country.name)
    }

    /// The country that a number belongs to by its calling code; `None` where several share one
    /// (+1), or none is known here.
    pub fn of_line(line: E164) -> Option<&'static Self> {
        let digits = line.digits();
        let mut fitting = Self::ALL.iter().filter(|country| digits.starts_with(country.calling));
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// Whether `code` has the form of an ISO 3166-1 alpha-2 code.
    pub fn is_code(code: &str) -> bool {
        code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic())
    }

    /// The code that `text` is, upper case; else what would do. A code that is not assigned is taken,
    /// one that people use for another is not.
    ///
    /// # Errors
    /// Why it is none.
    pub fn code_of(text: &str) -> Result<String, NoCountry> {
        let code = text.trim().to_ascii_uppercase();
        match Self::misnamed(&code) {
            Some(wrong) => Err(wrong),
            None if Self::is_code(&code) => Ok(code),
            None => Err(NoCountry::Letters),
        }
    }

    /// What is said where the code of a country is taken for another.
    fn misnamed(code: &str) -> Option<NoCountry> {
        let (_, right, name) = MISNAMED.iter().find(|(wrong, ..)| wrong.eq_ignore_ascii_case(code))?;
        Some(NoCountry::Other { name, right, code: code.to_ascii_uppercase() })
    }

    /// Why nothing is called `text`, which may be the beginning of a code or of a name; `None` where
    /// something is.
    pub fn stranger(text: &str) -> Option<NoCountry> {
        let named = |country: &Self| {
            text.chars().nth(2).is_some() && country.name.to_lowercase().starts_with(&text.to_lowercase())
        };
        let code = text.to_ascii_uppercase();
        if ISO.split(' ').any(|known| known.starts_with(&code)) || Self::ALL.iter().any(named) {
            return None;
        }
        Some(Self::misnamed(&code).unwrap_or_else(|| NoCountry::Name(text.to_owned())))
    }
}

/// Codes that people use, the right ones, and whose they are.
const MISNAMED: [(&str, &str, &str); 3] =
    [("UK", "GB", "the United Kingdom"), ("EL", "GR", "Greece"), ("EN", "GB", "the United Kingdom")];

/// All codes that are assigned, and Kosovo's.
const ISO: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM \
    DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS \
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ \
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS YE YT ZA ZM ZW XK";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_finds_its_name_in_any_case() {
        assert_eq!(Country::name_of("ng"), Some("Nigeria"));
        assert_eq!(Country::name_of("XX"), None);
        assert!(Country::is_code("xx") && !Country::is_code("NGA") && !Country::is_code("1A"));
    }

    #[test]
    fn a_code_that_people_mistake_is_named_rightly() {
        assert_eq!(Country::code_of(" ng"), Ok("NG".to_owned()));
        assert!(Country::code_of("uk").unwrap_err().to_string().contains("GB"));
        assert!(Country::code_of("NGA").unwrap_err().to_string().contains("two letters"));
        assert!(Country::stranger("uk").unwrap().to_string().contains("GB"));
        for known in ["n", "ng", "ke", "nig", "united k", "xk", "u"] {
            assert_eq!(Country::stranger(known), None, "{known}");
        }
        for strange in ["nga", "zz", "ni ger", "usa", "1"] {
            assert!(Country::stranger(strange).is_some(), "{strange}");
        }
    }

    #[test]
    fn a_number_tells_its_country_where_no_other_has_the_same_code() {
        let country =
            |digits| Country::of_line(E164::from_digits(digits).unwrap()).map(|country| country.code);
        assert_eq!(country("2348031234567"), Some("NG"));
        assert_eq!(country("201001234567"), Some("EG"));
        assert_eq!(country("14155550123"), None, "the US, or Canada, or one of twenty more");
        assert_eq!(country("88213000000"), None);
    }
}
