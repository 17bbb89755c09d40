//! Countries by ISO 3166-1 alpha-2 code.

/// A country that numdeck knows by name. The list serves names and suggestions; a code that is not
/// in it works all the same, because the service decides where it sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2, upper case.
    pub code: &'static str,
    /// English short name.
    pub name: &'static str,
}

impl Country {
    /// Countries offered in search forms, the service's own first.
    pub const ALL: &'static [Self] = &[
        Self { code: "NG", name: "Nigeria" },
        Self { code: "GH", name: "Ghana" },
        Self { code: "KE", name: "Kenya" },
        Self { code: "RW", name: "Rwanda" },
        Self { code: "EG", name: "Egypt" },
        Self { code: "AE", name: "United Arab Emirates" },
        Self { code: "US", name: "United States" },
        Self { code: "ZA", name: "South Africa" },
        Self { code: "MA", name: "Morocco" },
        Self { code: "TN", name: "Tunisia" },
        Self { code: "SN", name: "Senegal" },
        Self { code: "CI", name: "Côte d'Ivoire" },
        Self { code: "TZ", name: "Tanzania" },
        Self { code: "UG", name: "Uganda" },
        Self { code: "ET", name: "Ethiopia" },
        Self { code: "SA", name: "Saudi Arabia" },
        Self { code: "QA", name: "Qatar" },
        Self { code: "GB", name: "United Kingdom" },
        Self { code: "CA", name: "Canada" },
        Self { code: "DE", name: "Germany" },
        Self { code: "FR", name: "France" },
        Self { code: "IN", name: "India" },
        Self { code: "BR", name: "Brazil" },
    ];

    /// The name of a code, case ignored; `None` for a code that is not known here.
    pub fn name_of(code: &str) -> Option<&'static str> {
        Self::ALL.iter().find(|country| country.code.eq_ignore_ascii_case(code)).map(|country| country.name)
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
}
