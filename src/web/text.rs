//! The text catalogues: every sentence a person reads, zh-CN first, en complete. Keys in code, sentences in `templates/text`.
use std::{collections::BTreeMap, sync::Arc};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    #[default]
    Zh,
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
    ("en", include_str!("../../templates/text/parts.en.json")),
    ("en", include_str!("../../templates/text/forms.en.json")),
    ("en", include_str!("../../templates/text/lives.en.json")),
    ("en", include_str!("../../templates/text/says.en.json")),
    ("en", include_str!("../../templates/text/pages.en.json")),
    ("en", include_str!("../../templates/text/log.en.json")),
];

/// Both languages, loaded once.
#[derive(Clone, Debug)]
pub struct Texts(Arc<[BTreeMap<String, String>; 2]>);

impl Texts {
    pub fn load() -> Self {
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
    pub fn with<V: AsRef<str>>(&self, key: &str, args: &[(&str, V)]) -> String {
        fill(&self.t(key), args)
    }
}

/// Puts arguments into `{name}` places.
pub fn fill<V: AsRef<str>>(sentence: &str, args: &[(&str, V)]) -> String {
    let mut out = sentence.to_owned();
    for (name, value) in args {
        out = out.replace(&format!("{{{name}}}"), value.as_ref());
    }
    out
}
