//! 统一社会信用代码, GB 32100-2015.
use super::text;
use serde::{Deserialize, Deserializer, Serialize};
use std::{fmt, str::FromStr};

const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A credit code whose check character holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Uscc(String);

/// What is wrong with a credit code; positions count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccFault {
    #[error("{0} characters instead of 18")]
    Length(usize),
    #[error("{found:?} at {position} is not used in credit codes")]
    Character { position: usize, found: char },
    #[error("check character {found:?} should be {expected:?}")]
    Check { expected: char, found: char },
}

impl UsccFault {
    pub fn code(self) -> &'static str {
        match self {
            Self::Length(_) => "uscc_length",
            Self::Character { .. } => "uscc_character",
            Self::Check { .. } => "uscc_check",
        }
    }
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
}

fn check_character(first: &[u8]) -> Result<char, UsccFault> {
    let mut sum = 0;
    for (n, c) in first.iter().enumerate() {
        let value = ALPHABET.iter().position(|a| a == c).ok_or(UsccFault::Character { position: n + 1, found: char::from(*c) })?;
        sum += value * WEIGHTS[n];
    }
    Ok(char::from(ALPHABET[(31 - sum % 31) % 31]))
}

impl FromStr for Uscc {
    type Err = UsccFault;
    fn from_str(s: &str) -> Result<Self, UsccFault> {
        let s = text::half_width(s).replace([' ', '-'], "").to_uppercase();
        for (n, c) in s.chars().enumerate() {
            if !c.is_ascii() || !ALPHABET.contains(&u8::try_from(c).unwrap_or(0)) {
                return Err(UsccFault::Character { position: n + 1, found: c });
            }
        }
        if s.len() != 18 {
            return Err(UsccFault::Length(s.chars().count()));
        }
        let expected = check_character(&s.as_bytes()[..17])?;
        let found = char::from(s.as_bytes()[17]);
        if expected == found { Ok(Self(s)) } else { Err(UsccFault::Check { expected, found }) }
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
