//! Exact decimals of measured things: an indicator's value, a promise, a measurement. Six places, no float.
use super::text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A decimal number in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number with at most six places")]
pub struct NotQuantity;

impl Quantity {
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl FromStr for Quantity {
    type Err = NotQuantity;
    fn from_str(s: &str) -> Result<Self, NotQuantity> {
        let s = text::half_width(s).replace('−', "-");
        let (sign, digits) = match s.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, s.strip_prefix('+').unwrap_or(&s)),
        };
        let (whole, frac) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(frac) || (digits.contains('.') && frac.is_empty()) {
            return Err(NotQuantity);
        }
        let frac = frac.trim_end_matches('0');
        if frac.len() > 6 {
            return Err(NotQuantity);
        }
        let whole: i64 = whole.parse().map_err(|_| NotQuantity)?;
        let micros: i64 = format!("{frac:0<6}").parse().map_err(|_| NotQuantity)?;
        whole.checked_mul(1_000_000).and_then(|w| w.checked_add(micros)).map(|n| Self(sign * n)).ok_or(NotQuantity)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, sign) = (self.0.unsigned_abs(), if self.0 < 0 { "-" } else { "" });
        let frac = format!("{:06}", n % 1_000_000);
        match frac.trim_end_matches('0') {
            "" => write!(f, "{sign}{}", n / 1_000_000),
            frac => write!(f, "{sign}{}.{frac}", n / 1_000_000),
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn reads_and_prints_exactly() {
        for (text, back) in
            [("98.50", "98.5"), ("0.004", "0.004"), ("-0.02", "-0.02"), ("－5", "-5"), ("１２.５", "12.5"), ("0", "0")]
        {
            assert_eq!(text.parse::<Quantity>().map(|q| q.to_string()), Ok(back.to_owned()), "{text}");
        }
        for text in ["", ".", "1.", "1e3", "abc", "0.0000001", "9999999999999999"] {
            assert_eq!(text.parse::<Quantity>(), Err(NotQuantity), "{text}");
        }
    }
}
