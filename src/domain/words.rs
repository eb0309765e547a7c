//! The text catalogues: every sentence a person reads, zh-CN first, en complete. Keys in code, sentences in `templates/text`.
//! They stand in the domain because what a document says is hashed and signed; dates and choices read the same everywhere.
use super::{Indicator, date_of, notice::last_day};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    #[serde(rename = "en")]
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];
    pub fn id(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }
    pub fn parse(id: &str) -> Option<Self> {
        match id {
            "zh-CN" | "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }
}

/// Every catalogue file, built in.
const FILES: &[(&str, &str)] = &[
    ("zh-CN", include_str!("../../templates/text/parts.zh-CN.json")),
    ("zh-CN", include_str!("../../templates/text/forms.zh-CN.json")),
    ("zh-CN", include_str!("../../templates/text/lives.zh-CN.json")),
    ("zh-CN", include_str!("../../templates/text/says.zh-CN.json")),
    ("zh-CN", include_str!("../../templates/text/pages.zh-CN.json")),
    ("zh-CN", include_str!("../../templates/text/log.zh-CN.json")),
    ("zh-CN", include_str!("../../templates/text/audit.zh-CN.json")),
    ("zh-CN", include_str!("../../templates/text/documents.zh-CN.json")),
    ("en", include_str!("../../templates/text/documents.en.json")),
    ("en", include_str!("../../templates/text/parts.en.json")),
    ("en", include_str!("../../templates/text/forms.en.json")),
    ("en", include_str!("../../templates/text/lives.en.json")),
    ("en", include_str!("../../templates/text/says.en.json")),
    ("en", include_str!("../../templates/text/pages.en.json")),
    ("en", include_str!("../../templates/text/log.en.json")),
    ("en", include_str!("../../templates/text/audit.en.json")),
];

/// Both languages, loaded once.
#[derive(Clone, Debug)]
pub struct Texts(Arc<[BTreeMap<String, String>; 2]>);

static ALL: LazyLock<Texts> = LazyLock::new(Texts::read);

impl Texts {
    pub fn load() -> Self {
        ALL.clone()
    }
    fn read() -> Self {
        let mut maps = [BTreeMap::new(), BTreeMap::new()];
        for (lang, json) in FILES {
            let map: BTreeMap<String, String> = serde_json::from_str(json).expect("text catalogues are flat JSON");
            maps[usize::from(*lang == "en")].extend(map);
        }
        Self(Arc::new(maps))
    }
    pub fn map(&self, lang: Lang) -> &BTreeMap<String, String> {
        &self.0[usize::from(lang == Lang::En)]
    }
    pub fn has(&self, lang: Lang, key: &str) -> bool {
        self.map(lang).contains_key(key)
    }
    pub fn of(&self, lang: Lang) -> Text {
        Text { texts: self.clone(), lang }
    }
}

/// One language's sentences.
#[derive(Clone, Debug)]
pub struct Text {
    texts: Texts,
    pub lang: Lang,
}

impl Text {
    pub fn find(&self, key: &str) -> Option<&str> {
        self.texts.map(self.lang).get(key).map(String::as_str)
    }
    /// The sentence, or the key itself where none is: a test sees to it that none is missing.
    pub fn t(&self, key: &str) -> String {
        self.find(key).unwrap_or(key).to_owned()
    }
    /// The first of several keys that there is.
    pub fn first(&self, keys: &[&str]) -> String {
        keys.iter().find_map(|k| self.find(k)).map_or_else(|| keys.first().copied().unwrap_or("").to_owned(), str::to_owned)
    }
    /// Between the names of a list, and between what is said of one thing after the other.
    pub const fn comma(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "、",
            Lang::En => ", ",
        }
    }
    pub const fn semicolon(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "；",
            Lang::En => "; ",
        }
    }
    pub fn with<V: AsRef<str>>(&self, key: &str, args: &[(&str, V)]) -> String {
        fill(&self.t(key), args)
    }
}

/// Puts arguments into `{name}` places. What is put in is not read again: a name in braces that somebody typed stays as typed.
pub fn fill<V: AsRef<str>>(sentence: &str, args: &[(&str, V)]) -> String {
    let (mut out, mut rest) = (String::with_capacity(sentence.len()), sentence);
    while let Some(open) = rest.find('{') {
        let (before, place) = rest.split_at(open);
        out.push_str(before);
        let end = place.find('}');
        let value = end.and_then(|end| args.iter().find(|(name, _)| *name == &place[1..end]));
        match (value, end) {
            (Some((_, value)), Some(end)) => {
                out.push_str(value.as_ref());
                rest = &place[end + 1..];
            }
            _ => {
                out.push('{');
                rest = &place[1..];
            }
        }
    }
    out + rest
}

fn beijing(at: Timestamp) -> jiff::ZonedDateTime {
    at.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
}

pub fn day(text: &Text, date: Date) -> String {
    match text.lang {
        Lang::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Lang::En => date.strftime("%-d %B %Y").to_string(),
    }
}

/// A date kept as `2026-12-07`.
pub fn day_text(text: &Text, iso: &str) -> String {
    iso.parse().map_or_else(|_| iso.to_owned(), |d| day(text, d))
}

pub fn moment(text: &Text, at: Timestamp) -> String {
    let z = beijing(at);
    format!("{} {}", day(text, z.date()), z.strftime("%H:%M"))
}

/// A deadline: 24:00 is told on the day it ends, other times as they are.
pub fn deadline(text: &Text, at: Timestamp) -> String {
    let z = beijing(at);
    if z.time() == jiff::civil::Time::midnight() { format!("{} 24:00", day(text, last_day(at))) } else { moment(text, at) }
}

/// A choice as its form offers it.
pub fn option_text(text: &Text, name: &str, value: &str) -> String {
    text.first(&[&format!("option.{name}.{value}"), &format!("option.{value}")])
}

/// What an indicator asks for, with its unit.
pub fn target_text(t: &Text, i: &Indicator) -> String {
    let unit = i.unit.clone().unwrap_or_default();
    match (i.comparator.as_str(), i.target, i.target_high) {
        ("bool", _, _) => t.t("option.comparator.bool"),
        ("between", Some(low), Some(high)) => format!("{low} … {high} {unit}"),
        (c, Some(target), _) => format!("{} {target} {unit}", option_text(t, "comparator", c)),
        _ => String::new(),
    }
}

/// Where a change is, in words: `indicators.0.target` is the first indicator's target.
pub fn change_label(t: &Text, path: &str) -> String {
    let word = |p: &str| match p.parse::<usize>() {
        Ok(n) => (n + 1).to_string(),
        Err(_) => t.first(&[&format!("field.{p}"), &format!("option.kind.{p}")]),
    };
    path.split('.').map(word).collect::<Vec<_>>().join(" ")
}

/// The day on which it is in Beijing.
pub fn day_of(text: &Text, at: Timestamp) -> String {
    day(text, date_of(at))
}

/// A day as contracts are dated: 二〇二六年十一月二十七日.
pub fn day_in_full(text: &Text, date: Date) -> String {
    if text.lang == Lang::En {
        return day(text, date);
    }
    let year: String =
        date.year().to_string().chars().filter_map(|c| "〇一二三四五六七八九".chars().nth(c.to_digit(10)? as usize)).collect();
    let two = |n: i8| numeral(usize::try_from(n).unwrap_or_default());
    format!("{year}年{}月{}日", two(date.month()), two(date.day()))
}

/// 一 to 九十九, as clauses are counted.
pub fn numeral(n: usize) -> String {
    let digit = |n: usize| "〇一二三四五六七八九".chars().nth(n).map(String::from).unwrap_or_default();
    match (n / 10, n % 10) {
        (0, ones) => digit(ones),
        (tens @ 1..=9, ones) => {
            let tens = if tens == 1 { String::new() } else { digit(tens) };
            format!("{tens}十{}", if ones == 0 { String::new() } else { digit(ones) })
        }
        _ => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_not_read_as_a_place() {
        assert_eq!(fill("{a}{b}{c} {", &[("a", "{b}"), ("b", "x")]), "{b}x{c} {");
    }

    #[test]
    fn days_and_clauses_are_written_as_contracts_write_them() {
        let zh = Texts::load().of(Lang::Zh);
        for (iso, full) in [
            ("2026-11-27", "二〇二六年十一月二十七日"),
            ("2030-10-10", "二〇三〇年十月十日"),
            ("2026-02-01", "二〇二六年二月一日"),
            ("2026-12-31", "二〇二六年十二月三十一日"),
        ] {
            assert_eq!(day_in_full(&zh, iso.parse().unwrap()), full);
        }
        let all = [1, 9, 10, 11, 19, 20, 21, 90, 99].map(numeral);
        assert_eq!(all, ["一", "九", "十", "十一", "十九", "二十", "二十一", "九十", "九十九"]);
    }
}
