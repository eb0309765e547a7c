//! What may be typed where: one description of a form, read by the page, the API, the document of the API and the demo.
//! Raw input is JSON-shaped (a web form becomes objects, lists and strings); `read` gives clean values or every fault at once.
use super::{FileId, Money, Quantity, Uscc, text};
use serde_json::{Map, Value, json};

/// The kind of one field. Lengths are in characters after cleaning.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text(usize, usize),
    Long(usize, usize),
    /// Fen; text may say `120000` (yuan), `12万`, `12.5 万元`; a JSON number is fen.
    Fen,
    Integer(i64, i64),
    /// Up to six decimals, kept exactly, e.g. an indicator's value.
    Decimal,
    /// Hundredths of a percent; text is percent (`40`, `40.5%`), a JSON number is hundredths.
    Percent,
    Date,
    Instant,
    Choice(&'static [&'static str]),
    Choices(&'static [&'static str]),
    YesNo,
    Flag,
    Rows(usize, usize, &'static [Field]),
    Files(usize),
    Id,
    CreditCode,
    Email,
    Mobile,
    Password,
}

/// One field: `must` fields are refused when empty.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub must: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub id: &'static str,
    pub fields: &'static [Field],
}

/// A form by sections; `name` is the prefix of its labels in the text catalogues.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub name: &'static str,
    pub sections: &'static [Section],
}

pub const fn must(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, must: true }
}
pub const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, must: false }
}
pub const fn section(id: &'static str, fields: &'static [Field]) -> Section {
    Section { id, fields }
}
pub const fn form(name: &'static str, sections: &'static [Section]) -> Form {
    Form { name, sections }
}

/// What is wrong with one field. `path` is dotted (`indicators.2.weight`), `""` is the form as a whole.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    pub path: String,
    pub code: &'static str,
    pub args: Vec<(&'static str, String)>,
}

/// Every fault of one form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("{} faults", .0.len())]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub fn add(&mut self, path: impl Into<String>, code: &'static str) {
        self.add_with(path, code, vec![]);
    }
    pub fn add_with(&mut self, path: impl Into<String>, code: &'static str, args: Vec<(&'static str, String)>) {
        self.0.push(Fault { path: path.into(), code, args });
    }
    pub fn one(path: impl Into<String>, code: &'static str) -> Self {
        let mut faults = Self::default();
        faults.add(path, code);
        faults
    }
    /// Ok when nothing was found.
    pub fn ok<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

/// A value read from a form that has rules across its fields.
pub trait Draft: serde::de::DeserializeOwned {
    const FORM: Form;
    /// Rules across fields; single fields have been read already.
    fn check(&self, _faults: &mut Faults) {}
    /// Reads raw input: every fault of every field, then the rules across them.
    fn read(raw: &Value) -> Result<Self, Faults> {
        let (clean, mut faults) = Self::FORM.clean(raw);
        if faults.0.is_empty() {
            match serde_json::from_value::<Self>(clean) {
                Ok(draft) => {
                    draft.check(&mut faults);
                    return faults.ok(draft);
                }
                Err(_) => faults.add("", "form_shape"),
            }
        }
        Err(faults)
    }
}

impl Form {
    /// Whether files belong to it at all.
    pub fn takes_files(&self) -> bool {
        self.fields().any(|f| matches!(f.kind, Kind::Files(_)))
    }
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.sections.iter().flat_map(|s| s.fields)
    }

    /// Clean values by name and every fault. Empty optional fields become null, lists become `[]`.
    pub fn clean(&self, raw: &Value) -> (Value, Faults) {
        let mut faults = Faults::default();
        let empty = Map::new();
        let raw = raw.as_object().unwrap_or(&empty);
        for name in raw.keys() {
            if !self.fields().any(|f| f.name == name) {
                faults.add(name.clone(), "unknown_field");
            }
        }
        let fields: Vec<&Field> = self.fields().collect();
        let clean = read_fields(fields.iter().copied(), raw, "", &mut faults);
        (Value::Object(clean), faults)
    }

    /// The files that raw values name.
    pub fn files_in(&self, raw: &Value) -> Vec<FileId> {
        let named = self.fields().filter(|f| matches!(f.kind, Kind::Files(_))).flat_map(|f| list_of(&raw[f.name]));
        named.filter_map(|id| id.parse().ok().map(FileId)).collect()
    }

    /// Which sections of a draft are complete: (section id, faults in it).
    pub fn progress(&self, raw: &Value) -> Vec<(&'static str, usize, bool)> {
        let (_, faults) = self.clean(raw);
        self.sections
            .iter()
            .map(|s| {
                let here = |name: &str| s.fields.iter().any(|f| f.name == name);
                let wrong = faults.0.iter().filter(|f| here(f.path.split('.').next().unwrap_or(""))).count();
                let touched = s.fields.iter().any(|f| raw.get(f.name).is_some_and(|v| !is_empty(v)));
                (s.id, wrong, touched)
            })
            .collect()
    }
}

/// Clean values by name of fields that stand by themselves, and their faults; names that are none of them are left alone.
pub fn clean_fields<'a>(fields: impl Iterator<Item = &'a Field>, raw: &Map<String, Value>) -> (Map<String, Value>, Faults) {
    let mut faults = Faults::default();
    let clean = read_fields(fields, raw, "", &mut faults);
    (clean, faults)
}

/// Null, "", [] and {} are all "nothing was typed".
pub fn is_empty(v: &Value) -> bool {
    match v {
        Value::Null => true,
        Value::String(s) => s.trim().is_empty(),
        Value::Array(a) => a.iter().all(is_empty),
        Value::Object(o) => o.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn read_fields<'a>(
    fields: impl Iterator<Item = &'a Field>,
    raw: &Map<String, Value>,
    prefix: &str,
    faults: &mut Faults,
) -> Map<String, Value> {
    let mut clean = Map::new();
    for field in fields {
        let path = if prefix.is_empty() { field.name.to_owned() } else { format!("{prefix}.{}", field.name) };
        let given = raw.get(field.name).unwrap_or(&Value::Null);
        clean.insert(field.name.to_owned(), read_field(field, given, &path, faults));
    }
    clean
}

fn read_field(field: &Field, given: &Value, path: &str, faults: &mut Faults) -> Value {
    if is_empty(given) {
        if field.must {
            let code = match field.kind {
                Kind::Flag => "must_agree",
                Kind::Choice(_) | Kind::Choices(_) | Kind::YesNo => "choose",
                Kind::Rows(..) => "rows_empty",
                Kind::Files(_) => "file_missing",
                Kind::Fen => "money_missing",
                _ => "missing",
            };
            faults.add(path, code);
        }
        return match field.kind {
            Kind::Flag => json!(false),
            Kind::Rows(..) | Kind::Files(_) | Kind::Choices(_) => json!([]),
            _ => Value::Null,
        };
    }
    match field.kind {
        Kind::Rows(least, most, inner) => read_rows(given, (least, most), inner, path, faults),
        Kind::Choices(options) => read_choices(given, options, path, faults),
        Kind::Files(most) => read_files(given, most, path, faults),
        _ => match read_scalar(field, given) {
            Ok(value) => value,
            Err((code, args)) => {
                faults.add_with(path, code, args);
                Value::Null
            }
        },
    }
}

type Wrong = (&'static str, Vec<(&'static str, String)>);

fn read_scalar(field: &Field, given: &Value) -> Result<Value, Wrong> {
    let plain = |code| (code, vec![]);
    let said = match given {
        Value::String(s) => s.clone(),
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => b.to_string(),
        _ => return Err(plain("wrong_shape")),
    };
    if text::has_nul(&said) {
        return Err(plain("bad_character"));
    }
    let is_number = given.is_number();
    match field.kind {
        Kind::Text(least, most) | Kind::Long(least, most) => {
            let long = matches!(field.kind, Kind::Long(..));
            if is_number || given.is_boolean() {
                return Err(plain("wrong_shape"));
            }
            let clean = if long { text::clean(&said) } else { text::clean(&said).replace(['\n', '\r'], " ") };
            let n = text::chars(&clean);
            if n < least {
                return Err(("too_short", vec![("min", least.to_string()), ("now", n.to_string())]));
            }
            if n > most {
                return Err(("too_long", vec![("max", most.to_string()), ("now", n.to_string())]));
            }
            Ok(json!(clean))
        }
        Kind::Password => {
            let n = said.chars().count();
            if n > 256 { Err(("too_long", vec![("max", "256".into()), ("now", n.to_string())])) } else { Ok(json!(said)) }
        }
        Kind::Fen => {
            let fen = if is_number {
                given.as_i64().filter(|n| *n >= 0).ok_or(plain("money_not_fen"))?
            } else {
                said.parse::<Money>().map(Money::as_fen).map_err(|e| plain(e.code()))?
            };
            // What a form is about is a sum, and nothing is none; parts of a whole may be nothing.
            if fen == 0 && field.name == "amount_fen" && field.must { Err(plain("money_zero")) } else { Ok(json!(fen)) }
        }
        Kind::Integer(least, most) => {
            let n: i64 = text::half_width(&said).parse().map_err(|_| plain("not_integer"))?;
            if (least..=most).contains(&n) {
                Ok(json!(n))
            } else {
                Err(("out_of_range", vec![("min", least.to_string()), ("max", most.to_string())]))
            }
        }
        Kind::Decimal => said.parse::<Quantity>().map(|q| json!(q)).map_err(|_| plain("not_decimal")),
        Kind::Percent if is_number => {
            given.as_i64().filter(|n| (0..=10_000).contains(n)).map(|n| json!(n)).ok_or(plain("not_percent"))
        }
        Kind::Percent => percent(&said).map(|n| json!(n)).ok_or(plain("not_percent")),
        Kind::Date => {
            let day = date(&said).ok_or(plain("not_date"))?;
            if within(day) { Ok(json!(day.to_string())) } else { Err(plain("date_bounds")) }
        }
        Kind::Instant => {
            let at = moment(&said).ok_or(plain("not_moment"))?;
            if within(super::date_of(at)) { Ok(json!(at.to_string())) } else { Err(plain("date_bounds")) }
        }
        Kind::Choice(options) => {
            if options.contains(&said.as_str()) {
                Ok(json!(said))
            } else {
                Err(plain("choose"))
            }
        }
        Kind::YesNo | Kind::Flag => match said.as_str() {
            "yes" | "true" | "on" => Ok(json!(true)),
            "no" | "false" => Ok(json!(false))
                .and_then(|v| if matches!(field.kind, Kind::Flag) && field.must { Err(plain("must_agree")) } else { Ok(v) }),
            _ => Err(plain("choose")),
        },
        Kind::Id => said.parse::<uuid::Uuid>().map(|u| json!(u)).map_err(|_| plain("not_id")),
        Kind::CreditCode => said.parse::<Uscc>().map(|u| json!(u)).map_err(|e| (e.code(), e.args())),
        Kind::Email => {
            let email = text::normal_email(&said);
            if text::email_ok(&email) { Ok(json!(email)) } else { Err(plain("not_email")) }
        }
        Kind::Mobile => {
            let phone = text::half_width(&said).replace([' ', '-'], "");
            if text::mobile_ok(&phone) { Ok(json!(phone)) } else { Err(plain("not_mobile")) }
        }
        Kind::Rows(..) | Kind::Choices(_) | Kind::Files(_) => Err(plain("wrong_shape")),
    }
}

fn read_rows(given: &Value, (least, most): (usize, usize), inner: &[Field], path: &str, faults: &mut Faults) -> Value {
    let Some(rows) = given.as_array() else {
        faults.add(path, "wrong_shape");
        return json!([]);
    };
    let mut clean = vec![];
    for (n, row) in rows.iter().enumerate() {
        let at = format!("{path}.{n}");
        match row.as_object() {
            Some(_) if is_empty(row) => {}
            Some(map) => {
                for name in map.keys().filter(|k| !inner.iter().any(|f| f.name == k.as_str())) {
                    faults.add(format!("{at}.{name}"), "unknown_field");
                }
                clean.push(Value::Object(read_fields(inner.iter(), map, &at, faults)));
            }
            None => faults.add(at, "wrong_shape"),
        }
    }
    if clean.len() < least {
        faults.add_with(path, "rows_few", vec![("min", least.to_string()), ("now", clean.len().to_string())]);
    }
    if clean.len() > most {
        faults.add_with(path, "rows_many", vec![("max", most.to_string()), ("now", clean.len().to_string())]);
    }
    Value::Array(clean)
}

fn list_of(given: &Value) -> Vec<String> {
    match given {
        Value::Array(items) => items.iter().filter_map(|v| v.as_str()).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        Value::String(one) => vec![one.clone()],
        _ => vec![],
    }
}

fn read_choices(given: &Value, options: &[&str], path: &str, faults: &mut Faults) -> Value {
    let chosen = list_of(given);
    if chosen.is_empty() || chosen.iter().any(|c| !options.contains(&c.as_str())) {
        faults.add(path, "choose");
    }
    json!(chosen)
}

fn read_files(given: &Value, most: usize, path: &str, faults: &mut Faults) -> Value {
    let ids = list_of(given);
    if ids.is_empty() || ids.iter().any(|id| id.parse::<uuid::Uuid>().is_err()) {
        faults.add(path, "not_id");
    }
    if ids.len() > most {
        faults.add_with(path, "files_many", vec![("max", most.to_string())]);
    }
    json!(ids)
}

/// `40`, `40.5`, `12.25%` as hundredths of a percent, 0 to 100 %.
fn percent(said: &str) -> Option<i64> {
    let said = text::half_width(said);
    let micros = said.trim_end_matches('%').trim().parse::<Quantity>().ok()?.micros();
    (micros % 10_000 == 0 && (0..=100_000_000).contains(&micros)).then_some(micros / 10_000)
}

/// Days that a form can mean (domain 11.14).
fn within(day: jiff::civil::Date) -> bool {
    (2000..=2100).contains(&day.year())
}

/// A day that is typed, within the bounds of every day here.
pub fn day(said: &str) -> Option<jiff::civil::Date> {
    date(said).filter(|d| within(*d))
}

/// `2026-12-07` or `2026年12月7日`.
fn date(said: &str) -> Option<jiff::civil::Date> {
    let said = text::half_width(said).replace(['年', '月', '/', '.'], "-").replace('日', "");
    let mut parts = said.split('-').map(|p| p.parse::<i16>().ok());
    let (y, m, d) = (parts.next()??, parts.next()??, parts.next()??);
    jiff::civil::Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()
}

/// RFC 3339, or Beijing time as `2026-12-07T17:30` / `2026-12-07 17:30`.
fn moment(said: &str) -> Option<jiff::Timestamp> {
    let said = text::half_width(said);
    if let Ok(at) = said.parse::<jiff::Timestamp>() {
        return Some(at);
    }
    let local: jiff::civil::DateTime = said.replace(' ', "T").parse().ok()?;
    let beijing = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    local.to_zoned_datetime(beijing).ok().map(|z| z.timestamp())
}
