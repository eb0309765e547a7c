//! Renminbi in fen, exact: no float comes near it (domain 3, trap 26: 1 万元 = 1 000 000 分).
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, fmt, str::FromStr};
use unicode_normalization::UnicodeNormalization;

/// One hundred percent, in hundredths of a percent.
const WHOLE: i64 = 10_000;

/// An amount of renminbi, in fen. JSON writes the bare integer. Differences may be negative; typed text may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// Nothing, or nothing but a sign.
    #[error("empty")]
    Empty,
    /// Neither digits nor a unit we read: `1e3`, `1,20`, `十万`.
    #[error("not a number")]
    NotANumber,
    /// `0.001`, `0.0000001万`.
    #[error("finer than a fen")]
    TooPrecise,
    /// More fen than an `i64` holds.
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
    /// For constants; typed amounts are read by `FromStr`. Panics past 9 × 10¹⁶ yuan.
    pub const fn yuan(n: i64) -> Self {
        Self(n.checked_mul(100).expect("a constant in yuan fits"))
    }
    /// Ten thousands of yuan (万元), for constants. Panics past 9 × 10¹² 万元.
    pub const fn wan(n: i64) -> Self {
        Self(n.checked_mul(1_000_000).expect("a constant in 万元 fits"))
    }
    pub const fn as_fen(self) -> i64 {
        self.0
    }
    /// `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
    /// `None` on overflow; below zero is a debt, not an error.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
    /// So many times the amount; `None` on overflow.
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }
    /// `None` on overflow; nothing sums to zero.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self(0), Self::checked_add)
    }
    /// A share given in hundredths of a percent (30 % = 3000), half a fen rounded up; `None` on overflow.
    pub fn percent_of(self, hundredths: i64) -> Option<Self> {
        let (product, whole) = (i128::from(self.0) * i128::from(hundredths), i128::from(WHOLE));
        i64::try_from((product + whole / 2).div_euclid(whole)).ok().map(Self)
    }
    /// Splits by hundredths of a percent so that the parts sum exactly to the whole (domain 3.1, 3.3): the fen left over
    /// by rounding down go to the largest remainders, the earlier part first when equal. `None` unless the shares are
    /// not negative and sum to 100 %, or if the amount itself is negative.
    pub fn split_by_hundredths(self, shares: &[i64]) -> Option<Vec<Self>> {
        let sum = shares.iter().try_fold(0_i64, |sum, s| sum.checked_add(*s));
        if sum != Some(WHOLE) || shares.iter().any(|s| *s < 0) || self.0 < 0 {
            return None;
        }
        let (exact, whole): (Vec<i128>, _) =
            (shares.iter().map(|s| i128::from(self.0) * i128::from(*s)).collect(), i128::from(WHOLE));
        let mut parts: Vec<i64> = exact.iter().map(|e| i64::try_from(e / whole).ok()).collect::<Option<_>>()?;
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by_key(|n| Reverse(exact[*n] % whole));
        let left = usize::try_from(self.0 - parts.iter().sum::<i64>()).ok()?;
        for n in order.into_iter().take(left) {
            parts[n] += 1;
        }
        Some(parts.into_iter().map(Self).collect())
    }
    /// In 万元 with at least two places, and as many more (up to six) as the amount needs to stay exact: `120.00`,
    /// `1,200.50`, `0.0012`.
    pub fn wan_text(self) -> String {
        let (n, sign) = (self.0.unsigned_abs(), if self.0 < 0 { "-" } else { "" });
        let frac = format!("{:06}", n % 1_000_000);
        let cut = frac.trim_end_matches('0').len().max(2);
        format!("{sign}{}.{}", grouped(n / 1_000_000), &frac[..cut])
    }
    /// 人民币大写, as contracts and approvals print it (支付结算办法 附一, from memory): 整 after yuan and never after jiao or
    /// fen; of the two forms allowed when the yuan digit is zero, the one without 零 before jiao.
    pub fn capital(self) -> String {
        let (n, sign) = (self.0.unsigned_abs(), if self.0 < 0 { "负" } else { "" });
        let (yuan, jiao, fen) = (n / 100, digit(n / 10), digit(n));
        let whole = if yuan > 0 { format!("{}元", integer_capital(yuan)) } else { String::new() };
        let rest = match (yuan, n / 10 % 10, n % 10) {
            (0, 0, 0) => "零元整".to_owned(),
            (_, 0, 0) => "整".to_owned(),
            (_, _, 0) => format!("{jiao}角"),
            (0, 0, _) => format!("{fen}分"),
            (_, 0, _) => format!("零{fen}分"),
            _ => format!("{jiao}角{fen}分"),
        };
        format!("{sign}{whole}{rest}")
    }
}

/// The last digit of `n`.
fn digit(n: u64) -> &'static str {
    ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"][usize::try_from(n % 10).unwrap_or(0)]
}

/// Units by recursion (亿 over 万 over 仟, 佰, 拾); a run of zeros between two digits is one 零.
fn integer_capital(n: u64) -> String {
    let Some((unit, name)) =
        [(100_000_000, "亿"), (10_000, "万"), (1_000, "仟"), (100, "佰"), (10, "拾")].into_iter().find(|(unit, _)| n >= *unit)
    else {
        return digit(n).to_owned();
    };
    let (high, low) = (n / unit, n % unit);
    let gap = low < unit / 10 || (unit >= 10_000 && high % 10 == 0);
    let (zero, tail) = if low == 0 { ("", String::new()) } else { (if gap { "零" } else { "" }, integer_capital(low)) };
    format!("{}{name}{zero}{tail}", integer_capital(high))
}

/// Thousands set off by commas.
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

/// `1200` and `1,200` as digits; a comma anywhere else is refused, for `1,20` may mean 1.20.
fn plain_digits(s: &str) -> Option<String> {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let mut groups = s.split(',');
    let first = groups.next().filter(|g| digits(g) && (g.len() <= 3 || !s.contains(',')))?;
    groups.try_fold(first.to_owned(), |all, g| (digits(g) && g.len() == 3).then(|| all + g))
}

impl FromStr for Money {
    type Err = NotMoney;
    /// Reads `1200`, `¥1,200.50`, `12万`, `12.5 万元`, `3000元`, full-width as well; bare numbers are yuan.
    fn from_str(s: &str) -> Result<Self, NotMoney> {
        let s: String = s.nfkc().filter(|c| !c.is_whitespace()).collect();
        let s = s.strip_prefix('¥').unwrap_or(&s);
        if s.is_empty() {
            return Err(NotMoney::Empty);
        }
        if let Some(rest) = s.strip_prefix(['-', '−']) {
            let no_number = matches!(rest.parse::<Self>(), Err(NotMoney::NotANumber | NotMoney::Empty | NotMoney::Negative));
            return Err(if no_number { NotMoney::NotANumber } else { NotMoney::Negative });
        }
        let (number, unit) = match (s.strip_suffix("万元").or(s.strip_suffix('万')), s.strip_suffix('元')) {
            (Some(number), _) => (number, 1_000_000_i64),
            (None, Some(number)) => (number, 100),
            (None, None) => (s, 100),
        };
        let (whole, frac) = number.split_once('.').unwrap_or((number, "0"));
        let whole = plain_digits(whole).ok_or(NotMoney::NotANumber)?;
        if frac.is_empty() || !frac.bytes().all(|b| b.is_ascii_digit()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        for (text, fen) in [
            ("120000", 12_000_000),
            ("¥1,200.50", 120_050),
            ("￥１，２００．５", 120_050),
            ("12万", 12_000_000),
            ("12.5 万元", 12_500_000),
            ("１２．５　万", 12_500_000),
            ("3000元", 300_000),
            (" 1 200 ", 120_000),
            ("1.500", 150),
            ("0", 0),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Money::fen(fen)), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest_and_says_why() {
        use NotMoney::*;
        for (why, texts) in [
            (Empty, "|　|¥"),
            (Negative, "-1|¥－１２万|-1.234"),
            (NotANumber, "-|--1|-x|+5|1e3|1.|.5|1.2.3|万|元|十万|12亿|12¥|1,20|1200,000|,100"),
            (TooPrecise, "1.234|0.0000001万|0.00000000000000000000000001"),
            (TooLarge, "92233720368547758.08|99999999999999999999|9223372036855万"),
        ] {
            for text in texts.split('|') {
                assert_eq!(text.parse::<Money>(), Err(why), "{text}");
            }
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        assert_eq!(Money::fen(123_450).to_string(), "¥1,234.50");
        assert_eq!(Money::fen(-5).to_string(), "-¥0.05");
        let wan = [120_000_000, 120_050_000, 1_200_500_000, 1_200, 1, 0, -1_000_000].map(|fen| Money::fen(fen).wan_text());
        assert_eq!(wan, ["120.00", "120.05", "1,200.50", "0.0012", "0.000001", "0.00", "-1.00"]);
        let mut n = 1_u64;
        for _ in 0..2_000 {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let money = Money::fen(i64::try_from(n >> (1 + n % 60)).unwrap());
            assert_eq!(money.to_string().parse(), Ok(money));
            assert_eq!(format!("{}万元", money.wan_text()).parse(), Ok(money));
        }
        assert_eq!(serde_json::from_str::<Money>("1200").unwrap(), Money::yuan(12));
    }

    #[test]
    fn parts_sum_to_the_whole_and_overflow_is_seen() {
        assert_eq!(Money::fen(333).percent_of(5_000), Some(Money::fen(167)), "half a fen goes up");
        assert_eq!(Money::fen(i64::MAX).percent_of(10_000), Some(Money::fen(i64::MAX)));
        assert_eq!(Money::fen(i64::MAX).percent_of(10_001), None);
        assert_eq!(Money::sum([Money::fen(i64::MAX), Money::fen(1)]), None);
        assert_eq!(Money::fen(i64::MAX).checked_mul(2), None);
        assert_eq!(Money::fen(1).checked_sub(Money::fen(2)), Some(Money::fen(-1)));
        assert_eq!(Money::fen(100).split_by_hundredths(&[3_333, 3_333, 3_334]), Some([33, 33, 34].map(Money::fen).to_vec()));
        assert_eq!(
            Money::fen(1).split_by_hundredths(&[5_000, 5_000]),
            Some([1, 0].map(Money::fen).to_vec()),
            "the earlier of equals"
        );
        for shares in [&[][..], &[9_999], &[10_001, -1], &[i64::MAX, i64::MAX, 10_002]] {
            assert_eq!(Money::yuan(1).split_by_hundredths(shares), None);
        }
        for fen in (0..5_000).chain([i64::MAX, i64::MAX - 1]) {
            for shares in [&[10_000][..], &[4_000, 4_000, 2_000], &[1, 9_999], &[1_111, 2_222, 3_333, 3_334], &[0, 10_000, 0]] {
                let parts = Money::fen(fen).split_by_hundredths(shares).unwrap();
                assert_eq!(Money::sum(parts.iter().copied()), Some(Money::fen(fen)));
                assert!(parts.iter().zip(shares).all(|(p, s)| *s > 0 || *p == Money::default()));
            }
        }
    }

    #[test]
    fn capitals_are_written_as_banks_write_them() {
        let cases = "0 零元整, 5 伍分, 50 伍角, 1055 壹拾元伍角伍分, 100 壹元整, 32504 叁佰贰拾伍元零肆分, \
            140950 壹仟肆佰零玖元伍角, 600714 陆仟零柒元壹角肆分, 168032 壹仟陆佰捌拾元叁角贰分, \
            1640902 壹万陆仟肆佰零玖元零贰分, 10700053 壹拾万零柒仟元伍角叁分, 10000500 壹拾万零伍元整, \
            168000050 壹佰陆拾捌万元伍角, 100000000 壹佰万元整, 10000000000 壹亿元整, 10000000100 壹亿零壹元整, \
            10001000000 壹亿零壹万元整, 1000000000000000 壹拾万亿元整, -100 负壹元整, \
            9223372036854775807 玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零柒分";
        for case in cases.split(", ") {
            let (fen, text) = case.split_once(' ').unwrap();
            assert_eq!(Money::fen(fen.parse().unwrap()).capital(), text, "{fen}");
        }
    }
}
