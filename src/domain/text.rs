//! Text as people type it: cleaned, counted, compared.
use unicode_normalization::UnicodeNormalization;

/// NFC, trimmed, without bidi overrides, zero-width characters and controls (domain 3); every kind of line break becomes
/// `\n`, and tabs stay. Cleaning twice changes nothing.
pub fn clean(s: &str) -> String {
    let lines = s.replace("\r\n", "\n").replace(['\r', '\u{0085}', '\u{2028}', '\u{2029}'], "\n");
    let kept: String = lines.chars().filter(|c| *c == '\n' || *c == '\t' || !(c.is_control() || is_invisible(*c))).collect();
    kept.nfc().collect::<String>().trim().to_owned()
}

/// Soft hyphen, bidi marks and overrides, joiners, fillers, tags: what changes a text without being seen. Variation
/// selectors stay, as they tell Chinese characters apart.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a text holds a NUL, which databases refuse.
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

/// A boast without a number in the same sentence: 先进, 领先, 显著 (domain 3.1). A number that only opens a list item
/// (`1.`, `2、`) proves nothing.
pub fn vague(s: &str) -> Option<&'static str> {
    const WORDS: [&str; 3] = ["先进", "领先", "显著"];
    s.split(['。', '；', ';', '！', '!', '？', '?', '\n']).find_map(|sentence| {
        let word = WORDS.into_iter().filter_map(|w| Some((sentence.find(w)?, w))).min()?.1;
        let sentence = half_width(sentence);
        let unnumbered = sentence.trim_start_matches(|c: char| c.is_ascii_digit() || "(（".contains(c));
        let item = unnumbered.len() < sentence.len() && unnumbered.starts_with(['、', '.', ')', '）']);
        let decimal = unnumbered.starts_with('.') && unnumbered[1..].starts_with(|c: char| c.is_ascii_digit());
        let said = if item && !decimal { unnumbered } else { &sentence };
        let number = said.bytes().any(|b| b.is_ascii_digit()) || ["百分之", "千分之", "万分之"].iter().any(|w| said.contains(w));
        (!number).then_some(word)
    })
}

/// A mobile number of the mainland, `^1[3-9]\d{9}$` (domain 3).
pub fn mobile_ok(s: &str) -> bool {
    let b = s.as_bytes();
    b.len() == 11 && b[0] == b'1' && (b'3'..=b'9').contains(&b[1]) && b.iter().all(u8::is_ascii_digit)
}

/// `138****5678`: three and four characters of a number are shown, none of one shorter than seven.
pub fn mask_phone(s: &str) -> String {
    let c: Vec<char> = s.chars().collect();
    if c.len() < 7 {
        return "****".into();
    }
    let (head, tail): (String, String) = (c[..3].iter().collect(), c[c.len() - 4..].iter().collect());
    format!("{head}****{tail}")
}

/// A contact as it is shown: a phone number's middle, or all but the first letter of an address, is hidden.
pub fn mask_contact(s: &str) -> String {
    if s.contains("****") {
        return s.to_owned();
    }
    match s.split_once('@') {
        Some((name, host)) => format!("{}****@{host}", name.chars().take(1).collect::<String>()),
        None => mask_phone(s),
    }
}

/// The last four digits of a bank account.
pub fn mask_account(s: &str) -> String {
    let digits: Vec<char> = s.chars().collect();
    format!("****{}", digits[digits.len().saturating_sub(4)..].iter().collect::<String>())
}

/// Lower-cased, half-width: how e-mail addresses are stored and compared.
pub fn normal_email(s: &str) -> String {
    half_width(s).to_lowercase()
}

/// A plain `local@host.domain` in ASCII, at most 254 characters; no quoting, no comments, no internationalised names.
pub fn email_ok(s: &str) -> bool {
    let Some((local, host)) = s.rsplit_once('@') else { return false };
    let local_ok = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c));
    let label_ok = |t: &str| {
        !t.is_empty() && !t.starts_with('-') && !t.ends_with('-') && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    s.len() <= 254 && local.len() <= 64 && local.split('.').all(local_ok) && host.contains('.') && host.split('.').all(label_ok)
}

/// An 18-character identity number: a possible birthday and the check character of GB 11643-1999 (modulo 11-2; `x` will
/// do for `X`). Whether the person exists it cannot say.
pub fn id_card_ok(s: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Some(digits) = s.get(..17).filter(|d| s.len() == 18 && !d.starts_with('0') && d.bytes().all(|b| b.is_ascii_digit()))
    else {
        return false;
    };
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    let check = "10X98765432".chars().nth(usize::try_from(sum % 11).unwrap_or(0));
    let birthday = jiff::civil::Date::strptime("%Y%m%d", &digits[6..14]);
    birthday.is_ok_and(|day| day.year() >= 1800) && s.to_ascii_uppercase().chars().last() == check
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
        for (typed, kept) in [
            ("  \u{202e}高温\u{200b}轴承\r\n国产\u{0007}化 ", "高温轴承\n国产化"),
            ("\u{feff}一\r二\u{2028}三\0", "一\n二\n三"),
            ("\u{3000}cafe\u{301}\t1\u{3000}", "café\t1"),
            ("葛\u{e0100}", "葛\u{e0100}"),
            ("\u{2066}\u{2069}\u{3164}", ""),
        ] {
            assert_eq!(clean(typed), kept);
            assert_eq!(clean(kept), kept);
        }
        assert_eq!(half_width("１２.５　万"), "12.5 万");
        assert!(has_nul("a\0") && !has_nul("a"));
        assert_eq!(chars("交城a😀"), 4);
    }
    #[test]
    fn tells_boasts_from_numbers() {
        for (text, word) in [
            ("达到国际领先水平", Some("领先")),
            ("收率显著提高到 92%", None),
            ("能耗显著下降，降至 ０．３５ t/t", None),
            ("显著提高百分之二十", None),
            ("收率达 92%。技术国际领先；指标先进", Some("领先")),
            ("显著先进", Some("显著")),
            ("1. 国际先进", Some("先进")),
            ("（2）国际先进", Some("先进")),
            ("1.5 倍于国际先进值", None),
            ("硫氰酸铵纯度", None),
            ("", None),
        ] {
            assert_eq!(vague(text), word, "{text}");
        }
    }
    #[test]
    fn people_and_addresses() {
        assert!(mobile_ok("13812345678"));
        for wrong in ["12812345678", "1381234567", "138123456789", "1381234567x", "", "１３８１２３４５６７８"] {
            assert!(!mobile_ok(wrong), "{wrong}");
        }
        assert_eq!((mask_phone("13812345678").as_str(), mask_phone("110").as_str()), ("138****5678", "****"));
        for right in ["a.b@c.example", "a+b@c-d.example", &normal_email(" Ａ@B.Example ")] {
            assert!(email_ok(right), "{right}");
        }
        for wrong in
            ["a@b", "a b@c.d", "@c.d", "a@", "a@.d", "a@c..d", "a..b@c.d", ".a@c.d", "a@-c.d", "a@b@c.d", "a@c.d\n", "甲@c.d"]
        {
            assert!(!email_ok(wrong), "{wrong}");
        }
    }
    #[test]
    fn identity_numbers_check() {
        // The examples of GB 11643-1999.
        for right in ["11010519491231002X", "11010519491231002x", "440524188001010014"] {
            assert!(id_card_ok(right), "{right}");
        }
        for wrong in [
            "110105194912310021",
            "110105194913310028",
            "11010519491231002",
            "010105194912310027",
            "",
            "中文中文中文",
            "1101051949123100２X",
        ] {
            assert!(!id_card_ok(wrong), "{wrong}");
        }
        let changed = |at: usize, d: u8| format!("{}{d}{}", &"440524188001010014"[..at], &"440524188001010014"[at + 1..]);
        assert_eq!(
            (0..17).flat_map(|at| (0..10).map(move |d| (at, d))).filter(|(at, d)| id_card_ok(&changed(*at, *d))).count(),
            17
        );
    }
    #[test]
    fn grams_find_what_substrings_find() {
        assert_eq!(grams("制氢 ＰＳＡ"), "制 制氢 氢 p ps s sa a");
        let hay = format!(" {} ", grams("焦炉煤气PSA制氢"));
        for (query, found) in [("煤气", true), ("气", true), ("psa", true), ("氢气", false), ("炉煤", true)] {
            assert_eq!(query_grams(query).iter().all(|g| hay.contains(&format!(" {g} "))), found, "{query}");
        }
    }
}
