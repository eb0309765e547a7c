//! What lists can be narrowed by: one description for each, read by its page, its API and the document of the API.
use super::block::Tag;
use super::blocks::state_tag;
use super::form_view::{Builder, FieldView};
use super::pages::{Chip, Filters};
use super::text::Text;
use super::visitor::Visitor;
use super::{problem::Problem, with_query};
use crate::app::{Filter, bidding};
use crate::domain::form::{self, Field, Kind, may};
use crate::domain::*;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the value of a filter asks for.
#[derive(Clone, Copy, Debug)]
enum Means {
    /// Words in the title of the challenge itself, or of the one that a thing hangs on.
    Words,
    OnWords,
    Is(&'static str),
    /// A state of this noun.
    State(Noun),
    /// One of the public's phases; also any state by its id.
    Phase,
    /// At least, or at most, this many fen.
    FenFrom(&'static str),
    FenTo(&'static str),
    /// On this day of Beijing or later, or earlier.
    DayFrom(&'static str),
    DayTo(&'static str),
    /// A time that comes within so many working days.
    Within(&'static str),
    /// Characters in a column, or in a place of the thing itself.
    Holds(&'static str),
    BodyHolds(&'static str),
    Body(&'static [&'static str]),
    /// Characters in what stands at a path.
    PathHolds(&'static [&'static str]),
    /// A code, or one that begins with it, in the list at a path.
    Code(&'static [&'static str]),
    /// An expert who takes invitations, or one who is away.
    Available,
    YesNo(&'static str),
}

/// One way to narrow a list.
#[derive(Clone, Copy, Debug)]
pub struct By {
    pub field: Field,
    means: Means,
}

const fn by(name: &'static str, kind: Kind, means: Means) -> By {
    By { field: may(name, kind), means }
}
const fn state(noun: Noun, ids: &'static [&'static str]) -> By {
    by("state", Kind::Choice(ids), Means::State(noun))
}

/// The states that the public list can be narrowed to.
pub const PHASES: &[&str] = &["open", "closed", "review", "notice", "performing", "done", "lapsed"];
const ROLE_IDS: &[&str] =
    &["poster", "bidder", "officer", "checker", "head", "supervisor", "expert", "finance", "auditor", "administrator", "system"];
const WORDS: Kind = Kind::Text(0, 60);
const TITLE: By = by("q", WORDS, Means::OnWords);
const SOURCE: By = by("source", Kind::Choice(SOURCES), Means::Is("source"));
const FEN_FROM: By = by("amount_from", Kind::Fen, Means::FenFrom("amount_fen"));
const FEN_TO: By = by("amount_to", Kind::Fen, Means::FenTo("amount_fen"));
const DAY_FROM: By = by("from", Kind::Date, Means::DayFrom("at"));
const DAY_TO: By = by("to", Kind::Date, Means::DayTo("at"));

macro_rules! lists { ($($path:literal [$($by:expr),* $(,)?];)*) => {
    /// Every list by its address, with what it can be narrowed by.
    pub const LISTS: &[(&str, &[By])] = &[$(($path, &[$($by),*])),*];
} }
lists! {
    "/challenges" [
        by("q", WORDS, Means::Words), by("state", Kind::Choice(PHASES), Means::Phase), by("track", Kind::Choice(TRACKS), Means::Is("track")),
        by("chain", Kind::Choice(CHAINS), Means::Is("chain")), by("award_mode", Kind::Choice(AWARD_MODES), Means::Is("award_mode")),
        by("stake_from", Kind::Fen, Means::FenFrom("stake_fen")), by("stake_to", Kind::Fen, Means::FenTo("stake_fen")),
        by("within", Kind::Integer(0, 250), Means::Within("close_at")),
    ];
    "/mine" [
        by("q", WORDS, Means::Words), state(Noun::Challenge, ChallengeState::IDS), by("track", Kind::Choice(TRACKS), Means::Is("track")),
        by("chain", Kind::Choice(CHAINS), Means::Is("chain")), by("within", Kind::Integer(0, 250), Means::Within("close_at")),
    ];
    "/bids" [TITLE, state(Noun::Bid, BidState::IDS), DAY_FROM, DAY_TO];
    "/assignments" [TITLE, state(Noun::Assignment, AssignmentState::IDS)];
    "/talks" [TITLE, state(Noun::Talk, TalkState::IDS)];
    "/notices" [TITLE, state(Noun::Notice, NoticeState::IDS), by("within", Kind::Integer(0, 250), Means::Within("ends_at")), DAY_FROM, DAY_TO];
    "/objections" [TITLE, state(Noun::Objection, ObjectionState::IDS), DAY_FROM, DAY_TO];
    "/contracts" [
        TITLE, state(Noun::Contract, ContractState::IDS), by("county_from", Kind::Fen, Means::FenFrom("county_fen")),
        by("enterprise_from", Kind::Fen, Means::FenFrom("enterprise_fen")),
    ];
    "/instalments" [TITLE, state(Noun::Instalment, InstalmentState::IDS), SOURCE, FEN_FROM, FEN_TO];
    "/spendings" [
        TITLE, state(Noun::Spending, SpendingState::IDS), by("source", Kind::Choice(SPENDING_SOURCES), Means::Is("source")), FEN_FROM, FEN_TO,
    ];
    "/settlements" [TITLE, state(Noun::Settlement, SettlementState::IDS)];
    "/progress-reports" [TITLE, by("kind", Kind::Choice(PROGRESS_KINDS), Means::Is("kind")), DAY_FROM, DAY_TO];
    "/follow-ups" [TITLE, state(Noun::FollowUp, FollowUpState::IDS)];
    "/integrity-records" [by("kind", Kind::Choice(INTEGRITY_KINDS), Means::Is("kind")), state(Noun::Integrity, IntegrityState::IDS)];
    "/budget-documents" [by("number", WORDS, Means::Holds("number")), state(Noun::BudgetDoc, BudgetDocState::IDS)];
    "/registrations" [by("registration_kind", Kind::Choice(REGISTRATION_KINDS), Means::Is("kind")), state(Noun::Registration, RegistrationState::IDS)];
    "/final-accounts" [TITLE, state(Noun::FinalAccount, FinalAccountState::IDS)];
    "/findings" [TITLE, state(Noun::Finding, FindingState::IDS), DAY_FROM, DAY_TO];
    "/organisations" [
        by("name", WORDS, Means::Holds("name")), by("uscc", WORDS, Means::Holds("uscc")), by("kind", Kind::Choice(ORG_KINDS), Means::Is("kind")),
    ];
    "/accounts" [
        by("name", WORDS, Means::BodyHolds("name")), by("email", WORDS, Means::Holds("email")), by("role", Kind::Choice(ROLE_IDS), Means::Is("role")),
        by("active", Kind::YesNo, Means::YesNo("active")),
    ];
    "/experts" [
        by("name", WORDS, Means::BodyHolds("name")), by("expert_kind", Kind::Choice(EXPERT_KINDS), Means::Body(&["expert", "kind"])),
        by("discipline", Kind::Choice(codes::DISCIPLINE_CODES), Means::Code(&["expert", "disciplines"])),
        by("industry", Kind::Choice(codes::INDUSTRY_CODES), Means::Code(&["expert", "industries"])),
        by("region", Kind::Text(0, 30), Means::PathHolds(&["expert", "region"])), by("available", Kind::YesNo, Means::Available),
        by("active", Kind::YesNo, Means::YesNo("active")),
    ];
    "/record" [by("role", Kind::Choice(ROLE_IDS), Means::Is("actor_role")), by("noun", Kind::Choice(&Noun::IDS), Means::Is("noun")), DAY_FROM, DAY_TO];
}

/// How many filters stand before the fold.
const FIRST: usize = 4;
/// A day in milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// What the list at an address can be narrowed by.
pub fn of(path: &str) -> &'static [By] {
    LISTS.iter().find(|(p, _)| *p == path).map_or(&[], |(_, by)| by)
}

/// What was asked, as conditions; or what of it does not read.
pub fn read(path: &str, asked: &BTreeMap<String, String>, m: &Moment) -> Result<Vec<Filter>, Faults> {
    let mut raw: Map<String, Value> = asked.iter().map(|(k, v)| (k.clone(), Value::String(v.clone()))).collect();
    let mut out = vec![];
    // The public list may also be asked for a state by its id.
    if path == "/challenges"
        && let Some(id) = asked.get("state").and_then(|s| ChallengeState::parse(s)).filter(|s| !PHASES.contains(&s.id()))
    {
        raw.remove("state");
        out.push(Filter::is("state", id.id()));
    }
    let (clean, faults) = form::clean_fields(of(path).iter().map(|b| &b.field), &raw);
    for b in of(path) {
        if let Some(value) = clean.get(b.field.name).filter(|v| !v.is_null()) {
            out.extend(b.means.conditions(value, m));
        }
    }
    faults.ok(out)
}

impl Means {
    fn conditions(self, value: &Value, m: &Moment) -> Vec<Filter> {
        let said = value.as_str().unwrap_or("");
        let number = value.as_i64().unwrap_or(0);
        let end = |day: jiff::civil::Date| calendar::deadline_instant(day).as_millisecond();
        let end_of = |day: &str| day.parse().map_or(0, end);
        match self {
            Means::Words => vec![Filter::Words(text::query_grams(said))],
            Means::OnWords => vec![Filter::OnWords(text::query_grams(said))],
            Means::Is(column) => vec![Filter::is(column, said)],
            Means::State(_) => vec![Filter::is("state", said)],
            Means::Phase => phase(said, m),
            Means::FenFrom(column) => vec![Filter::AtLeast(column, number)],
            Means::FenTo(column) => vec![Filter::Below(column, number.saturating_add(1))],
            Means::DayFrom(column) => vec![Filter::AtLeast(column, end_of(said) - DAY)],
            Means::DayTo(column) => vec![Filter::Below(column, end_of(said))],
            Means::Within(column) => {
                let last = end(m.calendar.add_workdays(date_of(m.now), number).date);
                vec![Filter::AtLeast(column, m.now.as_millisecond()), Filter::Below(column, last + 1)]
            }
            Means::Holds(column) => vec![Filter::Holds(column, said.to_owned())],
            Means::BodyHolds(place) => vec![Filter::BodyHolds(place, said.to_owned())],
            Means::Body(path) => vec![Filter::Body(path, said.to_owned())],
            Means::PathHolds(path) => vec![Filter::PathHolds(path, said.to_owned())],
            Means::Code(path) => vec![Filter::PathHolds(path, format!("\"{said}"))],
            Means::Available => {
                let away = !value.as_bool().unwrap_or(true);
                // The two engines write JSON down with and without a space.
                let either = ["\"away\":", "\"away\": "].map(|key| Filter::PathHolds(&["expert"], format!("{key}{away}")));
                vec![Filter::AnyOf(either.to_vec())]
            }
            Means::YesNo(column) => vec![Filter::is(column, value.as_bool().unwrap_or(true))],
        }
    }
}

/// The states of a phase; `open` and `closed` are decided by the clock.
pub fn phase(id: &str, m: &Moment) -> Vec<Filter> {
    let states: &[&str] = match id {
        "open" => return bidding(m.now, true),
        "closed" => return bidding(m.now, false),
        "review" => &["opened", "reviewing", "negotiating", "award_decision"],
        "notice" => &["award_notice", "on_hold"],
        "performing" => &["awarded", "in_progress", "in_acceptance"],
        "done" => &["archived"],
        _ => &["lapsed", "withdrawn", "cancelled", "terminated"],
    };
    vec![Filter::In("state", states.iter().map(|s| (*s).into()).collect())]
}

/// The same, or a problem that names the fields.
pub fn read_or_tell(path: &str, asked: &BTreeMap<String, String>, m: &Moment) -> Result<Vec<Filter>, Problem> {
    read(path, asked, m).map_err(Problem::faults)
}

/// The form of a list's filters, with what was typed, what is wrong with it, and each value as a mark that takes it away.
pub fn form(t: &Text, v: &Visitor, path: &str, asked: &BTreeMap<String, String>, faults: &Faults) -> Option<Filters> {
    let builder = Builder::new(t, "filter").faults(faults);
    let mut fields: Vec<FieldView> = of(path).iter().map(|b| field(t, &builder, b, asked.get(b.field.name))).collect();
    let chips = fields.iter().filter(|f| !f.value.is_empty() || f.options.iter().any(|o| o.chosen)).map(|f| chip(v, f)).collect();
    let more = fields.split_off(fields.len().min(FIRST));
    let more_open = more.iter().any(|f| f.fault.is_some() || !f.value.is_empty() || f.options.iter().any(|o| o.chosen));
    (!fields.is_empty()).then(|| Filters { action: v.path.clone(), fields, more, more_open, chips, clear_href: v.path.clone() })
}

fn field(t: &Text, builder: &Builder, b: &By, typed: Option<&String>) -> FieldView {
    let value = typed.map_or(Value::Null, |s| Value::String(s.clone()));
    let mut view = builder.field(&b.field, &value, b.field.name, false);
    match b.means {
        Means::State(noun) => view.options.iter_mut().for_each(|o| {
            let Tag { text, .. } = state_tag(t, noun, &o.value);
            o.label = text;
        }),
        Means::Words | Means::OnWords => view.widget = "search",
        Means::Code(path) => view.options.iter_mut().for_each(|o| o.label = code_name(t, path, &o.value)),
        Means::Is("noun") => view.options.iter_mut().for_each(|o| o.label = t.t(&format!("noun.{}", o.value))),
        _ => {}
    }
    // What a form explains at length stands in a filter's label.
    (view.hint, view.unit) = (String::new(), String::new());
    if matches!(b.field.kind, Kind::Choice(_) | Kind::YesNo) {
        (view.kind, view.widget) = ("choice", "select");
    }
    view
}

/// A code with its name.
fn code_name(t: &Text, path: &[&str], code: &str) -> String {
    let name = if path.contains(&"industries") { codes::industry(code) } else { codes::discipline(code) };
    let name = name.map(|(zh, en)| if t.lang == super::text::Lang::En { en } else { zh });
    format!("{code} {}", name.unwrap_or_default())
}

fn chip(v: &Visitor, f: &FieldView) -> Chip {
    let chosen = f.options.iter().find(|o| o.chosen).map(|o| o.label.clone());
    let label = match chosen {
        Some(label) => label,
        None if f.widget == "search" => f.value.clone(),
        // Without the example that stands in brackets.
        None => format!("{} {}", f.label.split(['（', '(']).next().unwrap_or("").trim_end(), f.value),
    };
    Chip { label, href: with_query(&v.path, &without_key(&v.query), &f.name, "") }
}

/// A query without the place in the list: another list begins at its beginning.
pub fn without_key(query: &str) -> String {
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "after");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
}
