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
}

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
    fn a_number_tells_its_country_where_no_other_has_the_same_code() {
        let country =
            |digits| Country::of_line(E164::from_digits(digits).unwrap()).map(|country| country.code);
        assert_eq!(country("2348031234567"), Some("NG"));
        assert_eq!(country("201001234567"), Some("EG"));
        assert_eq!(country("14155550123"), None, "the US, or Canada, or one of twenty more");
        assert_eq!(country("88213000000"), None);
    }
}
