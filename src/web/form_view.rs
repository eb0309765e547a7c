//! Forms on their way in and out: what a browser sends becomes JSON-shaped raw input, and a form with what was typed and
//! every fault becomes what templates/parts/form.html draws.
use super::block::Link;
use super::text::Text;
use super::time;
use crate::domain::form::{Field, Form, Kind, Section};
pub use crate::domain::words::option_text;
use crate::domain::{Fault, Faults, Money, Refusal, percent_text};
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Clone, Debug, Serialize)]
pub struct OptionView {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct RowView {
    pub index: usize,
    pub legend: String,
    pub fields: Vec<FieldView>,
    pub remove: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FieldView {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    pub label: String,
    pub hint: String,
    pub required: bool,
    pub value: String,
    pub options: Vec<OptionView>,
    pub unit: String,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub fault: Option<String>,
    pub rows: Vec<RowView>,
    pub add: Option<String>,
    pub widget: &'static str,
}

impl FieldView {
    /// What the page remembers and nobody fills in.
    pub fn hidden(name: &str, value: String) -> Self {
        Self {
            id: dom_id(name),
            name: name.into(),
            kind: "hidden",
            label: String::new(),
            hint: String::new(),
            required: false,
            value,
            options: vec![],
            unit: String::new(),
            min: None,
            max: None,
            fault: None,
            rows: vec![],
            add: None,
            widget: "",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct SectionView {
    pub id: String,
    pub title: String,
    pub hint: String,
    pub fields: Vec<FieldView>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FaultView {
    pub href: String,
    pub text: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Extra {
    pub name: String,
    pub value: String,
    pub label: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct FormView {
    pub id: String,
    pub action: String,
    pub method: &'static str,
    pub multipart: bool,
    pub sections: Vec<SectionView>,
    pub faults: Vec<FaultView>,
    pub submit: String,
    pub extra: Vec<Extra>,
    pub cancel: Option<Link>,
    pub autosave: Option<String>,
    pub version: Option<String>,
    pub saved_at: Option<String>,
}

/// `a.0.b=x&a.2.b=y` as `{a: [{b: x}, {b: y}]}`: gaps are fine, repeated names become lists.
pub fn decode(pairs: impl IntoIterator<Item = (String, String)>) -> Value {
    let mut root = Map::new();
    for (name, value) in pairs {
        let mut parts: Vec<&str> = name.split('.').collect();
        let Some(last) = parts.pop().filter(|_| parts.len() <= 2) else { continue };
        let mut at = &mut root;
        for part in parts {
            let next = at.entry(part).or_insert_with(|| json!({}));
            if !next.is_object() {
                *next = json!({});
            }
            at = next.as_object_mut().expect("made an object just now");
        }
        match at.get_mut(last) {
            None => drop(at.insert(last.to_owned(), Value::String(value))),
            Some(Value::Array(all)) => all.push(Value::String(value)),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    Value::Object(root.into_iter().map(|(k, v)| (k, rows_of(v))).collect())
}

/// An object whose keys are all numbers is a list of rows.
fn rows_of(value: Value) -> Value {
    match value {
        Value::Object(map) if !map.is_empty() && map.keys().all(|k| k.bytes().all(|b| b.is_ascii_digit())) => {
            let mut rows: Vec<(usize, Value)> = map.into_iter().map(|(k, v)| (k.parse().unwrap_or(usize::MAX), v)).collect();
            rows.sort_by_key(|(n, _)| *n);
            Value::Array(rows.into_iter().map(|(_, v)| v).collect())
        }
        other => other,
    }
}

/// `do=add:indicators` or `do=remove:indicators:2`: the same form again, with a row more or less.
pub fn edit_rows(raw: &mut Value, command: &str) -> bool {
    let mut parts = command.split(':');
    let (verb, Some(name)) = (parts.next().unwrap_or(""), parts.next()) else { return false };
    let Some(rows) = raw.as_object_mut().map(|o| o.entry(name).or_insert_with(|| json!([]))) else { return false };
    if !rows.is_array() {
        *rows = json!([]);
    }
    let rows = rows.as_array_mut().expect("made a list just now");
    match (verb, parts.next().and_then(|n| n.parse::<usize>().ok())) {
        ("add", _) => rows.push(json!({})),
        ("remove", Some(n)) if n < rows.len() => drop(rows.remove(n)),
        _ => return false,
    }
    true
}

/// Takes a name out of raw input: what belongs to the page and not to the form.
pub fn take(raw: &mut Value, name: &str) -> Option<String> {
    raw.as_object_mut()?.remove(name)?.as_str().map(str::to_owned)
}

/// The sentence of a fault, with the facts of the rule.
pub fn fault_text(text: &Text, fault: &Fault) -> String {
    text.with(&format!("fault.{}", fault.code), &fault.args)
}

/// The sentence of a refusal; its times are told as people read them.
pub fn refusal_text(text: &Text, r: &Refusal) -> String {
    let args: Vec<(&str, String)> = r
        .args
        .iter()
        .map(|(name, value)| {
            let told = match *name {
                "at" => value.parse().map_or_else(|_| value.clone(), |at| time::deadline(text, at)),
                "state" => state_name(text, value),
                "role" | "other_role" => text.find(&format!("role.{value}")).map_or_else(|| value.clone(), str::to_owned),
                "org_kind" => option_text(text, "kind", value),
                "act" => text.find(&format!("act.any.{value}")).map_or_else(|| value.clone(), str::to_owned),
                "missing" => {
                    let named = value.split('、').map(|code| text.find(&format!("diligence.{code}")).unwrap_or(code));
                    named.collect::<Vec<_>>().join(text.comma())
                }
                "planned" => value.parse::<i64>().map_or_else(|_| value.clone(), |n| Money::fen(n).to_string()),
                _ => value.clone(),
            };
            (*name, told)
        })
        .collect();
    text.with(&format!("refusal.{}", r.code), &args)
}

fn state_name(text: &Text, state: &str) -> String {
    crate::domain::Noun::ALL
        .iter()
        .find_map(|n| text.find(&format!("state.{}.{state}", n.id())))
        .map_or_else(|| state.to_owned(), str::to_owned)
}

/// Builds the view of a form.
pub struct Builder<'a> {
    pub text: &'a Text,
    pub form: &'static str,
    pub faults: Vec<(String, String)>,
    /// Names of files already attached: (id, label).
    pub files: Vec<(String, String)>,
}

pub fn dom_id(path: &str) -> String {
    format!("f-{}", path.replace('.', "-"))
}

impl<'a> Builder<'a> {
    pub fn new(text: &'a Text, form: &'static str) -> Self {
        Self { text, form, faults: vec![], files: vec![] }
    }

    pub fn faults(mut self, faults: &Faults) -> Self {
        self.faults.extend(faults.0.iter().map(|f| (f.path.clone(), fault_text(self.text, f))));
        self
    }

    pub fn refusal(mut self, r: &Refusal) -> Self {
        self.faults.push((r.field.unwrap_or("").to_owned(), refusal_text(self.text, r)));
        self
    }

    pub fn build(&self, form: &Form, raw: &Value, action: &str, submit: String) -> FormView {
        self.build_sections(form.sections, raw, action, submit)
    }

    pub fn build_sections(&self, sections: &[Section], raw: &Value, action: &str, submit: String) -> FormView {
        let t = |key: String| self.text.find(&key).unwrap_or("").to_owned();
        let views: Vec<SectionView> = sections
            .iter()
            .map(|s| SectionView {
                id: s.id.to_owned(),
                title: t(format!("section.{}.{}", self.form, s.id)),
                hint: t(format!("section_hint.{}.{}", self.form, s.id)),
                fields: s.fields.iter().map(|f| self.field(f, raw.get(f.name).unwrap_or(&Value::Null), f.name, false)).collect(),
            })
            .collect();
        let multipart = sections.iter().flat_map(|s| s.fields).any(|f| matches!(f.kind, Kind::Files(_)));
        FormView {
            id: format!("form-{}", self.form),
            action: action.to_owned(),
            method: "post",
            multipart,
            faults: self.summary(),
            sections: views,
            submit,
            extra: vec![],
            cancel: None,
            autosave: None,
            version: None,
            saved_at: None,
        }
    }

    fn summary(&self) -> Vec<FaultView> {
        self.faults
            .iter()
            .map(|(path, text)| {
                let top = path.split('.').next().unwrap_or("");
                let label = if top.is_empty() { String::new() } else { format!("{}：", self.label(top)) };
                let label = if self.text.lang == super::text::Lang::En { label.replace('：', ": ") } else { label };
                FaultView {
                    href: if path.is_empty() { String::new() } else { format!("#{}", dom_id(path)) },
                    text: format!("{label}{text}"),
                }
            })
            .collect()
    }

    fn label(&self, name: &str) -> String {
        self.text.first(&[&format!("field.{}.{name}", self.form), &format!("field.{name}")])
    }

    pub fn field(&self, f: &Field, value: &Value, path: &str, in_row: bool) -> FieldView {
        let hint_keys = [format!("hint.{}.{}", self.form, f.name), format!("hint.{}", f.name)];
        let hint = hint_keys.iter().find_map(|k| self.text.find(k)).unwrap_or("").to_owned();
        let label = self.text.find(&format!("field.{}.{}", self.form, f.name)).or(self.text.find(&format!("field.{}", f.name)));
        let mut view = FieldView {
            id: dom_id(path),
            name: path.to_owned(),
            kind: kind_name(f.kind, in_row),
            label: label.unwrap_or(f.name).to_owned(),
            hint,
            required: f.must,
            value: typed(f.kind, value),
            options: vec![],
            unit: self.unit(f),
            min: None,
            max: None,
            fault: self.faults.iter().find(|(p, _)| p == path).map(|(_, t)| t.clone()),
            rows: vec![],
            add: None,
            widget: widget(f, in_row),
        };
        match f.kind {
            Kind::Text(least, most) | Kind::Long(least, most) => {
                view.min = i64::try_from(least).ok();
                view.max = i64::try_from(most).ok();
            }
            Kind::Integer(least, most) => (view.min, view.max) = (Some(least), Some(most)),
            Kind::Choice(options) | Kind::Choices(options) => view.options = self.options(f.name, options, value),
            Kind::YesNo => {
                let chosen = match value {
                    Value::Bool(true) => "yes",
                    Value::Bool(false) => "no",
                    other => other.as_str().unwrap_or(""),
                };
                view.options = ["yes", "no"]
                    .map(|v| OptionView { value: v.into(), label: self.text.t(&format!("option.{v}")), chosen: v == chosen })
                    .into();
            }
            Kind::Files(_) => view.options = self.kept_files(value),
            Kind::Rows(least, most, inner) => self.rows(&mut view, (least, most), inner, value, path),
            _ => {}
        }
        view
    }

    fn rows(&self, view: &mut FieldView, (least, most): (usize, usize), inner: &[Field], value: &Value, path: &str) {
        let empty = vec![];
        let given = value.as_array().unwrap_or(&empty);
        let shown = given.len().max(least.max(1));
        view.rows = (0..shown)
            .map(|n| RowView {
                index: n,
                legend: format!("{} {}", view.label, n + 1),
                fields: inner
                    .iter()
                    .map(|f| {
                        self.field(
                            f,
                            given.get(n).and_then(|r| r.get(f.name)).unwrap_or(&Value::Null),
                            &format!("{path}.{n}.{}", f.name),
                            true,
                        )
                    })
                    .collect(),
                remove: (shown > least.max(1)).then(|| format!("remove:{path}:{n}")),
            })
            .collect();
        view.add = (shown < most).then(|| format!("add:{path}"));
    }

    fn options(&self, name: &str, options: &[&str], value: &Value) -> Vec<OptionView> {
        let chosen = |v: &str| match value {
            Value::Array(all) => all.iter().any(|x| x.as_str() == Some(v)),
            other => other.as_str() == Some(v),
        };
        options
            .iter()
            .map(|v| OptionView { value: (*v).to_owned(), label: option_text(self.text, name, v), chosen: chosen(v) })
            .collect()
    }

    fn kept_files(&self, value: &Value) -> Vec<OptionView> {
        let ids: Vec<&str> = match value {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            Value::String(one) => vec![one.as_str()],
            _ => vec![],
        };
        ids.into_iter()
            .filter(|id| !id.is_empty())
            .map(|id| {
                let label = self.files.iter().find(|(i, _)| i == id).map_or_else(|| id.to_owned(), |(_, l)| l.clone());
                OptionView { value: id.to_owned(), label, chosen: true }
            })
            .collect()
    }

    fn unit(&self, f: &Field) -> String {
        match f.kind {
            Kind::Fen => self.text.t("ui.money_unit"),
            Kind::Percent => "%".into(),
            Kind::Integer(..) if f.name.ends_with("months") || f.name == "month" => self.text.t("ui.months"),
            _ => String::new(),
        }
    }
}

fn kind_name(kind: Kind, in_row: bool) -> &'static str {
    match kind {
        Kind::Text(..) | Kind::CreditCode | Kind::Email | Kind::Mobile | Kind::Password | Kind::Id => "text",
        Kind::Long(..) => "long",
        Kind::Fen => "money",
        Kind::Integer(..) => "integer",
        Kind::Decimal => "decimal",
        Kind::Percent => "percent",
        Kind::Date => "date",
        Kind::Instant => "moment",
        Kind::YesNo if in_row => "choice",
        Kind::Choice(_) => "choice",
        Kind::Choices(_) => "choices",
        Kind::YesNo => "yesno",
        Kind::Flag => "flag",
        Kind::Rows(..) => "rows",
        Kind::Files(_) => "files",
    }
}

fn widget(f: &Field, in_row: bool) -> &'static str {
    match f.kind {
        Kind::Password if f.name.starts_with("new") => "new-password",
        Kind::Password => "password",
        Kind::Email => "email",
        Kind::Mobile => "tel",
        Kind::Choice(_) | Kind::YesNo if in_row => "select",
        _ => "",
    }
}

/// A raw value as it stands in its box: what was typed, or a clean value told the way people type it.
fn typed(kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::Password, _) => String::new(),
        (_, Value::String(s)) => match kind {
            Kind::Instant => local_moment(s),
            _ => s.clone(),
        },
        (Kind::Fen, Value::Number(n)) => n.as_i64().map(plain_yuan).unwrap_or_default(),
        (Kind::Percent, Value::Number(n)) => n.as_i64().map(percent_text).unwrap_or_default(),
        (_, Value::Number(n)) => n.to_string(),
        (Kind::Flag, Value::Bool(true)) => "yes".into(),
        _ => String::new(),
    }
}

/// Fen as yuan that reads back: `1200000.5`.
fn plain_yuan(fen: i64) -> String {
    if fen % 1_000_000 == 0 && fen != 0 {
        return format!("{}万", fen / 1_000_000);
    }
    match fen % 100 {
        0 => (fen / 100).to_string(),
        cents => format!("{}.{cents:02}", fen / 100),
    }
}

fn local_moment(s: &str) -> String {
    match s.parse::<jiff::Timestamp>() {
        Ok(at) => at.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).strftime("%Y-%m-%dT%H:%M").to_string(),
        Err(_) => s.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn rows_with_gaps_and_repeated_names_decode() {
        let pairs =
            [("a.0.x", "1"), ("a.7.x", "2"), ("b", "3"), ("c", "4"), ("c", "5")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(decode(pairs), json!({ "a": [{ "x": "1" }, { "x": "2" }], "b": "3", "c": ["4", "5"] }));
    }
    #[test]
    fn rows_are_added_and_removed() {
        let mut raw = json!({ "a": [{ "x": "1" }, { "x": "2" }] });
        assert!(edit_rows(&mut raw, "remove:a:0"));
        assert!(edit_rows(&mut raw, "add:a"));
        assert_eq!(raw, json!({ "a": [{ "x": "2" }, {}] }));
    }
    #[test]
    fn what_is_shown_reads_back() {
        for fen in [0, 5, 150, 12_000_000, 1_250_000_050] {
            let shown = plain_yuan(fen);
            assert_eq!(shown.parse::<Money>().map(Money::as_fen), Ok(fen), "{shown}");
        }
    }
}
