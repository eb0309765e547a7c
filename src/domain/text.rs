//! Text as people type it: cleaned, counted, compared.
use unicode_normalization::UnicodeNormalization;

/// NFC, trimmed, without bidi overrides, zero-width characters and controls; line breaks stay.
pub fn clean(s: &str) -> String {
    let kept: String = s.replace("\r\n", "\n").chars().filter(|c| *c == '\n' || *c == '\t' || !(c.is_control() || is_invisible(*c))).collect();
    kept.nfc().collect::<String>().trim().to_owned()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{00ad}')
}

pub fn has_nul(s: &str) -> bool {
    s.contains('\0')
}

/// Characters as people count them here: Unicode scalar values.
pub fn chars(s: &str) -> usize {
    s.chars().count()
}

/// Full-width digits, letters and signs as half-width, trimmed.
pub fn half_width(s: &str) -> String {
    s.nfkc().collect::<String>().trim().to_owned()
}

/// A boast without a number: 先进, 领先, 显著 (domain 3.1).
pub fn vague(s: &str) -> Option<&'static str> {
    const WORDS: [&str; 3] = ["先进", "领先", "显著"];
    if half_width(s).bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    WORDS.into_iter().find(|w| s.contains(w))
}

/// `^1[3-9]\d{9}$`
pub fn mobile_ok(s: &str) -> bool {
    let b = s.as_bytes();
    b.len() == 11 && b[0] == b'1' && (b'3'..=b'9').contains(&b[1]) && b.iter().all(u8::is_ascii_digit)
}

/// `138****5678`
pub fn mask_phone(s: &str) -> String {
    let c: Vec<char> = s.chars().collect();
    if c.len() < 7 {
        return "****".into();
    }
    let (head, tail): (String, String) = (c[..3].iter().collect(), c[c.len() - 4..].iter().collect());
    format!("{head}****{tail}")
}

/// Lower-cased, half-width: how e-mail addresses are stored and compared.
pub fn normal_email(s: &str) -> String {
    half_width(s).to_lowercase()
}

pub fn email_ok(s: &str) -> bool {
    let Some((local, host)) = s.rsplit_once('@') else { return false };
    let plain = |t: &str| t.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c));
    !local.is_empty() && s.len() <= 254 && plain(local) && plain(host) && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
}

/// Single characters and pairs, lower-cased and half-width, separated by spaces: what search looks up. It finds exactly
/// what a search for the substring would find, for words of any length.
pub fn grams(s: &str) -> String {
    let mut out = vec![];
    for word in half_width(s).to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let c: Vec<char> = word.chars().collect();
        for n in 0..c.len() {
            out.push(c[n].to_string());
            if n + 1 < c.len() {
                out.push(c[n..=n + 1].iter().collect());
            }
        }
    }
    out.join(" ")
}

/// The grams that a query must all find: pairs of each word, or the single character of a short one.
pub fn query_grams(s: &str) -> Vec<String> {
    let mut out = vec![];
    for word in half_width(s).to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let c: Vec<char> = word.chars().collect();
        match c.len() {
            0 => {}
            1 => out.push(c[0].to_string()),
            _ => out.extend(c.windows(2).map(|w| w.iter().collect::<String>())),
        }
    }
    out.truncate(30);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn cleans_what_nobody_can_see() {
        assert_eq!(clean("  \u{202e}高温\u{200b}轴承\r\n国产\u{0007}化 "), "高温轴承\n国产化");
        assert_eq!(half_width("１２.５　万"), "12.5 万");
    }
    #[test]
    fn tells_boasts_from_numbers() {
        assert_eq!(vague("达到国际领先水平"), Some("领先"));
        assert_eq!(vague("收率显著提高到 92%"), None);
    }
    #[test]
    fn people_and_addresses() {
        assert!(mobile_ok("13812345678") && !mobile_ok("12812345678") && !mobile_ok("1381234567"));
        assert_eq!(mask_phone("13812345678"), "138****5678");
        assert!(email_ok("a.b@c.example") && !email_ok("a@b") && !email_ok("a b@c.d"));
    }
    #[test]
    fn grams_find_what_substrings_find() {
        let hay = format!(" {} ", grams("焦炉煤气PSA制氢"));
        for (query, found) in [("煤气", true), ("气", true), ("psa", true), ("氢气", false), ("炉煤", true)] {
            assert_eq!(query_grams(query).iter().all(|g| hay.contains(&format!(" {g} "))), found, "{query}");
        }
    }
}
