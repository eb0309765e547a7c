//! Renminbi in fen, exact: no float comes near it.
use super::text;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An amount of renminbi, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    #[error("empty")]
    Empty,
    #[error("not a number")]
    NotANumber,
    #[error("finer than a fen")]
    TooPrecise,
    #[error("too large")]
    TooLarge,
    #[error("negative")]
    Negative,
}

impl NotMoney {
    /// Code of the fault, as the catalogues know it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "money_missing",
            Self::NotANumber => "not_money",
            Self::TooPrecise => "money_too_precise",
            Self::TooLarge => "money_too_large",
            Self::Negative => "money_negative",
        }
    }
}

impl Money {
    pub const fn fen(n: i64) -> Self {
        Self(n)
    }
    pub const fn yuan(n: i64) -> Self {
        Self(n * 100)
    }
    /// Ten thousands of yuan (万元).
    pub const fn wan(n: i64) -> Self {
        Self(n * 1_000_000)
    }
    pub const fn as_fen(self) -> i64 {
        self.0
    }
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
    /// `None` on overflow.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self(0), Self::checked_add)
    }
    /// A share given in hundredths of a percent, half a fen rounded up.
    pub fn percent_of(self, hundredths: i64) -> Option<Self> {
        let product = i128::from(self.0) * i128::from(hundredths);
        i64::try_from((product + 5_000).div_euclid(10_000)).ok().map(Self)
    }
    /// Splits by hundredths of a percent that sum to 100 %, so that the parts sum exactly to the whole.
    pub fn split_by_hundredths(self, shares: &[i64]) -> Option<Vec<Self>> {
        if shares.iter().sum::<i64>() != 10_000 || shares.iter().any(|s| *s < 0) || self.0 < 0 {
            return None;
        }
        let exact: Vec<i128> = shares.iter().map(|s| i128::from(self.0) * i128::from(*s)).collect();
        let mut parts: Vec<i64> = exact.iter().map(|e| i64::try_from(e / 10_000).ok()).collect::<Option<_>>()?;
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by_key(|n| std::cmp::Reverse(exact[*n] % 10_000));
        let mut left = self.0 - parts.iter().sum::<i64>();
        for n in order.into_iter().cycle() {
            if left == 0 {
                break;
            }
            parts[n] += 1;
            left -= 1;
        }
        Some(parts.into_iter().map(Self).collect())
    }
    /// In 万元 with at least two places, exact: `120.00`, `0.0012`.
    pub fn wan_text(self) -> String {
        let (n, sign) = (self.0.unsigned_abs(), if self.0 < 0 { "-" } else { "" });
        let frac = format!("{:06}", n % 1_000_000);
        let cut = frac.trim_end_matches('0').len().max(2);
        format!("{sign}{}.{}", grouped(n / 1_000_000), &frac[..cut])
    }
    /// 人民币大写, as contracts and approvals print it.
    pub fn capital(self) -> String {
        const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
        let (n, mut out) = (self.0.unsigned_abs(), String::from(if self.0 < 0 { "负" } else { "" }));
        let (yuan, jiao, fen) = (n / 100, n / 10 % 10, n % 10);
        let digit = |d: u64| DIGITS[usize::try_from(d).unwrap_or(0)];
        if yuan > 0 {
            out += &integer_capital(yuan);
            out += "元";
        }
        match (yuan, jiao, fen) {
            (0, 0, 0) => out += "零元整",
            (_, 0, 0) => out += "整",
            (_, j, 0) => out += &format!("{}角", digit(j)),
            (0, 0, f) => out += &format!("{}分", digit(f)),
            (_, 0, f) => out += &format!("零{}分", digit(f)),
            (_, j, f) => out += &format!("{}角{}分", digit(j), digit(f)),
        }
        out
    }
}

fn integer_capital(n: u64) -> String {
    const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
    const UNITS: [&str; 4] = ["", "拾", "佰", "仟"];
    const GROUPS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];
    let text = n.to_string();
    let (mut out, mut zero, mut group_used) = (String::new(), false, false);
    for (at, c) in text.bytes().enumerate() {
        let place = text.len() - 1 - at;
        let d = usize::from(c - b'0');
        if d == 0 {
            zero = true;
        } else {
            if zero && !out.is_empty() {
                out += "零";
            }
            zero = false;
            group_used = true;
            out += DIGITS[d];
            out += UNITS[place % 4];
        }
        if place.is_multiple_of(4) {
            if group_used {
                out += GROUPS[(place / 4).min(4)];
            }
            group_used = false;
        }
    }
    out
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (n, c) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

impl FromStr for Money {
    type Err = NotMoney;
    /// Reads `1200`, `¥1,200.50`, `12万`, `12.5 万元`, `3000元`, full-width as well; bare numbers are yuan.
    fn from_str(s: &str) -> Result<Self, NotMoney> {
        let s = text::half_width(s).replace([',', ' ', '¥', '￥', '，'], "");
        if s.is_empty() {
            return Err(NotMoney::Empty);
        }
        if s.starts_with(['-', '−']) {
            return Err(NotMoney::Negative);
        }
        let (digits, unit) = match (s.strip_suffix("万元").or(s.strip_suffix('万')), s.strip_suffix('元')) {
            (Some(d), _) => (d, 1_000_000_i64),
            (None, Some(d)) => (d, 100),
            (None, None) => (s.as_str(), 100),
        };
        let (whole, frac) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(frac) || (digits.contains('.') && frac.is_empty()) {
            return Err(NotMoney::NotANumber);
        }
        let frac = frac.trim_end_matches('0');
        let places = u32::try_from(frac.len()).map_err(|_| NotMoney::TooPrecise)?;
        let scale = 10_i64.checked_pow(places).filter(|scale| unit % scale == 0).ok_or(NotMoney::TooPrecise)?;
        let whole: i64 = whole.parse().map_err(|_| NotMoney::TooLarge)?;
        let frac: i64 = if frac.is_empty() { 0 } else { frac.parse().map_err(|_| NotMoney::TooPrecise)? };
        whole.checked_mul(unit).and_then(|w| w.checked_add(frac * (unit / scale))).map(Self).ok_or(NotMoney::TooLarge)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0.unsigned_abs();
        write!(f, "{}¥{}.{:02}", if self.0 < 0 { "-" } else { "" }, grouped(n / 100), n % 100)
    }
}
