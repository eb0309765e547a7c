//! 统一社会信用代码, GB 32100-2015 (domain 3.2, trap 20).
use serde::{Deserialize, Deserializer, Serialize};
use std::{fmt, str::FromStr};
use unicode_normalization::UnicodeNormalization;

/// The 31 characters in use; a character's value is its place. I, O, S, V and Z are left out.
const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Powers of 3 modulo 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A credit code whose check character holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Uscc(String);

/// What is wrong with a credit code; positions count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccFault {
    /// So many characters instead of 18.
    #[error("{0} characters instead of 18")]
    Length(usize),
    /// A character that no credit code uses.
    #[error("{found:?} at {position} is not used in credit codes")]
    Character { position: usize, found: char },
    /// The last character does not follow from the 17 before it: one of the 18 is wrong.
    #[error("check character {found:?} should be {expected:?}")]
    Check { expected: char, found: char },
}

/// The organisation code inside (characters 9 to 17, GB 11714-1997) has another check character than its own rule gives.
/// Worth a warning only: real codes exist that break it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrgCodeWarning {
    pub expected: char,
    pub found: char,
}

/// What kind of organisation the first two characters say it is; a mismatch with the stated type is worth a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UsccKind {
    /// 91
    Enterprise,
    /// 92 个体工商户
    Individual,
    /// 93 农民专业合作社
    Cooperative,
    /// 11 机关
    Organ,
    /// 12 事业单位
    Institution,
    /// 13 群团
    PeopleGroup,
    /// 51 社会团体
    Association,
    /// 52 民办非企业单位
    PrivateNonprofit,
    /// 53 基金会
    Foundation,
    Other,
}

impl UsccFault {
    /// Code of the fault, as the catalogues know it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Length(_) => "uscc_length",
            Self::Character { .. } => "uscc_character",
            Self::Check { .. } => "uscc_check",
        }
    }
    /// Facts for the sentence of the fault.
    pub fn args(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Length(n) => vec![("now", n.to_string())],
            Self::Character { position, found } => vec![("position", position.to_string()), ("found", found.to_string())],
            Self::Check { found, .. } => vec![("position", "18".to_owned()), ("found", found.to_string())],
        }
    }
    /// Where the fault lies, from 1.
    pub fn position(self) -> Option<usize> {
        match self {
            Self::Length(_) => None,
            Self::Character { position, .. } => Some(position),
            Self::Check { .. } => Some(18),
        }
    }
}

impl Uscc {
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Completes the first 17 characters with their check character, for made-up organisations. A fault of length counts
    /// the check character in.
    pub fn make(first: &str) -> Result<Self, UsccFault> {
        let mut code = normal(first);
        all_in_use(&code)?;
        if code.len() != 17 {
            return Err(UsccFault::Length(code.len() + 1));
        }
        code.push(check_character(&code));
        Ok(Self(code))
    }
    pub fn kind(&self) -> UsccKind {
        match &self.0[..2] {
            "91" => UsccKind::Enterprise,
            "92" => UsccKind::Individual,
            "93" => UsccKind::Cooperative,
            "11" => UsccKind::Organ,
            "12" => UsccKind::Institution,
            "13" => UsccKind::PeopleGroup,
            "51" => UsccKind::Association,
            "52" => UsccKind::PrivateNonprofit,
            "53" => UsccKind::Foundation,
            _ => UsccKind::Other,
        }
    }
    /// GB 11714-1997, with the values of all 36 digits and letters; 10 is written `X`, 11 is written `0`.
    pub fn organisation_code_warning(&self) -> Option<OrgCodeWarning> {
        let weighed =
            self.0.chars().skip(8).zip([3, 7, 9, 10, 5, 8, 4, 2]).map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight);
        let expected = match 11 - weighed.sum::<u32>() % 11 {
            10 => 'X',
            11 => '0',
            n => char::from_digit(n, 10).unwrap_or('0'),
        };
        let found = self.0.chars().nth(16).filter(|found| *found != expected)?;
        Some(OrgCodeWarning { expected, found })
    }
}

/// Half-width capitals without the spaces and hyphens that people put in.
fn normal(s: &str) -> String {
    s.nfkc().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_uppercase()
}

/// A character's value, if credit codes use it.
fn value(c: char) -> Option<usize> {
    ALPHABET.iter().position(|a| char::from(*a) == c)
}

fn all_in_use(code: &str) -> Result<(), UsccFault> {
    match code.chars().enumerate().find(|(_, c)| value(*c).is_none()) {
        Some((n, found)) => Err(UsccFault::Character { position: n + 1, found }),
        None => Ok(()),
    }
}

/// Of the first 17 characters; the outer modulo turns 31 into `0`.
fn check_character(code: &str) -> char {
    let sum: usize = code.chars().zip(WEIGHTS).map(|(c, weight)| value(c).unwrap_or(0) * weight).sum();
    char::from(ALPHABET[(31 - sum % 31) % 31])
}

impl FromStr for Uscc {
    type Err = UsccFault;
    /// Reads full-width and lower-case input too; a wrong character is named before a wrong length.
    fn from_str(s: &str) -> Result<Self, UsccFault> {
        let code = normal(s);
        all_in_use(&code)?;
        if code.len() != 18 {
            return Err(UsccFault::Length(code.len()));
        }
        let expected = check_character(&code);
        match code.chars().last() {
            Some(found) if found != expected => Err(UsccFault::Check { expected, found }),
            _ => Ok(Self(code)),
        }
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Uscc {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made-up codes; all pass both checks.
    const VALID: [&str; 13] = [
        "91141122701122334Y",
        "12140000405700013Q",
        "111411220123456716",
        "91141122550099017Q",
        "91141122550099025K",
        "91141122550099033E",
        "911411225500990419",
        "1214000055009905XQ",
        "12310000550099068R",
        "12140000550099076K",
        "11141122550099084Y",
        "91141122MA0JCX0182",
        "5214010050000012XB",
    ];

    #[test]
    fn good_codes_are_read_and_made() {
        for code in VALID {
            let read: Uscc = code.parse().unwrap();
            assert_eq!(read.as_str(), code);
            assert_eq!(read.organisation_code_warning(), None, "{code}");
            assert_eq!(Uscc::make(&code[..17]), Ok(read.clone()));
            assert_eq!(serde_json::from_str::<Uscc>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
        }
        for typed in [" 91141122701122334y\n", "９１１４１１２２７０１１２２３３４Ｙ", "91 141122 70112233-4 Y"]
        {
            assert_eq!(typed.parse::<Uscc>().unwrap().as_str(), VALID[0]);
        }
        assert!(serde_json::from_str::<Uscc>("\"91141122701122334X\"").is_err());
    }

    #[test]
    fn bad_codes_say_where() {
        use UsccFault::*;
        for (code, fault) in [
            ("91141122701122334X", Check { expected: 'Y', found: 'X' }),
            ("91141122701122334I", Character { position: 18, found: 'I' }),
            ("9114112270112233OY", Character { position: 17, found: 'O' }),
            ("9114112270112233Y", Length(17)),
            ("91141122701122334YY", Length(19)),
            ("", Length(0)),
            ("交城县", Character { position: 1, found: '交' }),
            ("9ß141122701122334Y", Character { position: 2, found: 'S' }),
        ] {
            assert_eq!(code.parse::<Uscc>(), Err(fault), "{code}");
        }
        assert!(matches!("91141122701123234Y".parse::<Uscc>(), Err(Check { found: 'Y', .. })), "two digits changed places");
        assert_eq!(Uscc::make("9114112270112233"), Err(Length(17)));
        assert_eq!(Uscc::make("9114112270112233Z"), Err(Character { position: 17, found: 'Z' }));
    }

    #[test]
    fn every_single_wrong_character_is_caught() {
        for code in VALID {
            for at in 0..18 {
                for c in ALPHABET.iter().map(|c| char::from(*c)).filter(|c| !code[at..].starts_with(*c)) {
                    let wrong = format!("{}{c}{}", &code[..at], &code[at + 1..]);
                    assert!(matches!(wrong.parse::<Uscc>(), Err(UsccFault::Check { .. })), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn kinds_follow_the_prefix_and_the_inner_code_only_warns() {
        let kinds = VALID.map(|code| code.parse::<Uscc>().unwrap().kind());
        assert_eq!(
            (kinds[0], kinds[1], kinds[2], kinds[12]),
            (UsccKind::Enterprise, UsccKind::Institution, UsccKind::Organ, UsccKind::PrivateNonprofit)
        );
        assert_eq!(Uscc::make("A1141122701122334").unwrap().kind(), UsccKind::Other);
        let odd = Uscc::make("91141122701122335").unwrap();
        assert_eq!(odd.organisation_code_warning(), Some(OrgCodeWarning { expected: '4', found: '5' }));
    }
}
