//! Red flags as pages and in the API: what each asks, why, by which threshold, on what evidence; what was said of it.
use super::block::*;
use super::blocks::{state_tag, wan};
use super::pages::{Crumb, WordsPage};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::flags::CaseFlags;
use crate::domain::flag::{Evidence, Fact};
use crate::domain::words::change_label;
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

type Answer = Result<Response, Problem>;

fn fact_text(t: &Text, fact: &Fact) -> String {
    match fact {
        Fact::Text(text) => text.clone(),
        Fact::Number(n) => n.to_string(),
        Fact::Money(m) => wan(t, *m),
        Fact::At(at) => time::moment(t, *at),
        Fact::Share(bp) => format!("{}%", percent_text(*bp)),
        Fact::Word(key) => t.t(key),
        Fact::Fields(paths) => paths.iter().map(|p| change_label(t, p)).collect::<Vec<_>>().join(t.comma()),
    }
}

/// One evidence as a sentence.
pub fn evidence_text(t: &Text, e: &Evidence) -> String {
    let facts: Vec<(&str, String)> = e.facts.iter().map(|(name, fact)| (name.as_str(), fact_text(t, fact))).collect();
    t.with(&format!("evidence.{}", e.code), &facts)
}

pub fn name(t: &Text, kind: FlagKind) -> String {
    t.t(&format!("flag.{}", kind.id()))
}

pub fn severity_tag(t: &Text, severity: Severity) -> Tag {
    let tone = match severity {
        Severity::High => "bad",
        Severity::Medium => "warn",
        Severity::Low => "info",
    };
    Tag { text: t.t(&format!("severity.{}", severity.id())), tone }
}

/// Where a flag stands: open, or what was found.
pub fn standing_text(t: &Text, state: &str) -> String {
    if state == "open" { t.t("flag.open") } else { t.t(&format!("state.finding.{state}")) }
}

fn threshold_text(t: &Text, flag: &Flag) -> Option<String> {
    let (name, fact) = flag.threshold.as_ref()?;
    Some(t.with("flag.threshold", &[("rule", t.t(&format!("rule.{name}"))), ("value", fact_text(t, fact))]))
}

/// Each kind of flag with what it asks and the number by which it is raised. A case keeps the numbers of its own rule set.
fn kind_row(t: &Text, kind: FlagKind) -> Vec<Cell> {
    let threshold = kind.threshold(&RuleSet::default());
    let said = threshold.map(|(name, fact)| format!("{} {}", t.t(&format!("rule.{name}")), fact_text(t, &fact)));
    vec![
        Cell::tag(severity_tag(t, kind.severity())),
        Cell::text(name(t, kind)),
        Cell::text(t.t(&format!("flag.{}.why", kind.id()))),
        Cell::text(said.unwrap_or_else(|| t.t("flag.no_threshold"))),
    ]
}

fn evidence_row(t: &Text, e: &Evidence, signed: bool) -> Vec<Cell> {
    let entry = e.entry.map_or_else(
        || Cell::text(""),
        |seq| match signed {
            true => Cell::link(t.with("log.entry_n", &[("n", seq.to_string())]), format!("/log/entries/{seq}")),
            false => Cell::text(t.with("log.entry_n", &[("n", seq.to_string())])),
        },
    );
    let on = e.on.map_or_else(
        || Cell::text(""),
        |(noun, id)| Cell::link(t.t(&format!("noun.{}", noun.id())), format!("/{}/{id}", noun.path())),
    );
    vec![Cell::text(evidence_text(t, e)), entry, on]
}

/// The evidence of one flag as a table.
pub fn evidence(t: &Text, id: &str, title: String, flag: &Flag, signed: bool) -> Block {
    let columns = ["evidence", "entry", "thing"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    let rows = flag.evidence.iter().map(|e| evidence_row(t, e, signed)).collect();
    Block::table(id, title, columns, rows, String::new())
}

/// What was said of a flag: who, when, what.
pub fn said(t: &Text, id: &str, title: String, x: &Finding) -> Block {
    let row = |s: &Said| {
        let who = format!("{} · {}", s.name, t.t(&format!("role.{}", s.role.id())));
        let what = t.first(&[&format!("event.finding.{}", s.what), &format!("act.finding.{}", s.what)]);
        vec![Cell::text(time::moment(t, s.at)), Cell::text(who).note(what), Cell::text(s.text.clone())]
    };
    let columns = vec![(t.t("column.at"), "text"), (t.t("column.who"), "text"), (t.t("column.said"), "text")];
    Block::table(id, title, columns, x.said.iter().map(row).collect(), String::new())
}

/// A flag with its why, its evidence, what was said of it, and what may be done.
fn flag_blocks(t: &Text, n: usize, c: &Challenge, s: &Standing, signed: bool) -> Vec<Block> {
    let (kind, id) = (s.flag.kind, format!("flag-{}", n + 1));
    let tag = severity_tag(t, kind.severity());
    let title = format!("{}. {} · {} · {}", n + 1, name(t, kind), tag.text, standing_text(t, s.state()));
    let mut why = t.t(&format!("flag.{}.why", kind.id()));
    if let Some(threshold) = threshold_text(t, &s.flag) {
        why = format!("{why} {threshold}");
    }
    let mut out = vec![
        Block::inset(title.clone(), why, tag.tone),
        evidence(t, &id, t.with("flag.evidence_of", &[("n", (n + 1).to_string())]), &s.flag, signed),
    ];
    match (&s.finding, &s.before) {
        (Some(x), _) => {
            out.push(said(t, &format!("{id}-said"), t.with("flag.said_of", &[("n", (n + 1).to_string())]), x));
            out.push(links(
                &format!("{id}-do"),
                vec![Action::link("finding", t.t("flag.to_finding"), format!("/findings/{}", x.id))],
            ));
            return out;
        }
        (None, Some(x)) => {
            let last = x.said.last().map(|s| (time::moment(t, s.at), s.name.clone(), s.text.clone())).unwrap_or_default();
            let facts = [("at", last.0), ("name", last.1), ("text", last.2)];
            out.push(Block::inset(t.t("flag.back"), t.with("flag.back_text", &facts), "warn"));
        }
        (None, None) => {}
    }
    let to = |act: &str| format!("/challenges/{}/{act}?flag={}", c.id, s.flag.key());
    out.push(links(
        &format!("{id}-do"),
        vec![
            Action::link("ask", t.t("act.challenge.flag-question"), to("flag-question")).main(),
            Action::link("dismiss", t.t("act.challenge.flag-dismissal"), to("flag-dismissal")),
        ],
    ));
    out
}

fn links(id: &str, items: Vec<Action>) -> Block {
    Block::Actions { title: String::new(), id: id.into(), items }
}

/// What this reader may not read, and is told that it is there.
fn withheld(t: &Text, case: &CaseFlags) -> Vec<Block> {
    let one = |(kind, state): &(FlagKind, &'static str)| {
        Block::inset(format!("{} · {}", name(t, *kind), standing_text(t, state)), t.t("flag.withheld"), "info")
    };
    case.withheld.iter().map(one).collect()
}

/// What an auditor goes to from a case.
fn of_case(t: &Text, id: ChallengeId) -> Block {
    let to = |name: &str, key: &str, path: &str| Action::link(name, t.t(key), format!("/challenges/{id}/{path}"));
    let items = vec![
        to("case-file", "case.download", "case.zip").main(),
        to("redraws", "redraw.title", "redraws"),
        to("reads", "reads.of_case", "reads"),
        to("publication", "publication.title", "publication-calendar"),
        to("preview", "preview.title", "preview"),
    ];
    Block::Actions { title: t.t("case.tools"), id: "tools".into(), items }
}

/// `GET /challenges/{id}/flags`.
pub async fn page(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let case = web.app.case_flags(&v.actor, id).await?;
    let (t, signed) = (&v.text, web.app.log.public_key().is_some());
    let mut blocks: Vec<Block> =
        case.standings.iter().enumerate().flat_map(|(n, s)| flag_blocks(t, n, &case.challenge, s, signed)).collect();
    blocks.extend(withheld(t, &case));
    let nothing = blocks.is_empty();
    blocks.insert(0, of_case(t, id));
    if nothing {
        blocks.push(Block::inset(t.t("flag.none"), t.t("flag.none_text"), "ok"));
    }
    let page = WordsPage {
        title: t.t("flag.title"),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to("/flags", t.t("nav.flags")),
            Crumb::to(&format!("/challenges/{id}"), case.challenge.title.clone()),
            Crumb::here(t.t("flag.title")),
        ],
        lead: t.with("flag.lead", &[("title", case.challenge.title.clone())]),
        blocks,
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// Beside the form that judges a flag: the flag itself, or all of the case.
pub async fn beside(web: &Web, v: &Visitor, id: ChallengeId) -> Result<Vec<Block>, Problem> {
    let case = web.app.case_flags(&v.actor, id).await?;
    let wanted = asked_for(v);
    let t = &v.text;
    let chosen = case.standings.iter().filter(|s| wanted.as_ref().is_none_or(|key| *key == s.flag.key()));
    let block = |(n, s): (usize, &Standing)| {
        let why = Block::inset(
            name(t, s.flag.kind),
            t.t(&format!("flag.{}.why", s.flag.kind.id())),
            severity_tag(t, s.flag.kind.severity()).tone,
        );
        [why, evidence(t, &format!("evidence-{n}"), t.t("column.evidence"), &s.flag, false)]
    };
    Ok(chosen.enumerate().flat_map(block).collect())
}

/// The flag that the address asks for.
pub fn asked_for(v: &Visitor) -> Option<String> {
    form_urlencoded::parse(v.query.as_bytes()).find(|(n, _)| n == "flag").map(|(_, key)| key.into_owned())
}

/// Flags of a case that wait to be judged, for the form's choice.
pub async fn options(web: &Web, v: &Visitor, id: ChallengeId) -> Result<Vec<(String, String)>, Problem> {
    let case = web.app.case_flags(&v.actor, id).await?;
    let label = |s: &Standing| {
        let first = s.flag.evidence.first().map(|e| evidence_text(&v.text, e)).unwrap_or_default();
        super::blocks::titled(&v.text, name(&v.text, s.flag.kind), first).chars().take(120).collect()
    };
    Ok(case.standings.iter().filter(|s| s.is_open()).map(|s| (s.flag.key(), label(s))).collect())
}

/// Open flags of all cases as rows: what, where, the first evidence.
pub fn rows(t: &Text, cases: &[CaseFlags]) -> Vec<Vec<Cell>> {
    let mut rows: Vec<(Severity, Vec<Cell>)> = vec![];
    for case in cases {
        let href = format!("/challenges/{}/flags", case.challenge.id);
        for s in &case.standings {
            let severity = s.flag.kind.severity();
            let first = s.flag.evidence.first().map(|e| evidence_text(t, e)).unwrap_or_default();
            let state = if s.before.is_some() { t.t("flag.back") } else { standing_text(t, s.state()) };
            rows.push((
                severity,
                vec![
                    Cell::tag(severity_tag(t, severity)),
                    Cell::link(name(t, s.flag.kind), href.clone()).note(first),
                    Cell::link(case.challenge.title.clone(), format!("/challenges/{}", case.challenge.id)),
                    Cell::text(state),
                ],
            ));
        }
        for (kind, state) in &case.withheld {
            let cells = vec![
                Cell::tag(severity_tag(t, kind.severity())),
                Cell::link(name(t, *kind), href.clone()).note(t.t("flag.withheld")),
                Cell::link(case.challenge.title.clone(), format!("/challenges/{}", case.challenge.id)),
                Cell::text(standing_text(t, state)),
            ];
            rows.push((kind.severity(), cells));
        }
    }
    rows.sort_by_key(|(severity, _)| *severity);
    rows.into_iter().map(|(_, cells)| cells).collect()
}

pub fn columns(t: &Text) -> Vec<(String, &'static str)> {
    ["severity", "flag", "challenge", "state"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect()
}

/// `GET /flags`: every case's, judged ones too.
pub async fn all(State(web): State<Web>, v: Visitor) -> Answer {
    let cases = web.app.all_flags(&v.actor, true).await?;
    let t = &v.text;
    let kinds = FlagKind::ALL.iter().map(|k| kind_row(t, *k));
    let named = ["severity", "flag", "why", "threshold"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    let page = WordsPage {
        title: t.t("nav.flags"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/desk", t.t("nav.desk")), Crumb::here(t.t("nav.flags"))],
        lead: t.t("nav.flags.lead"),
        blocks: vec![
            Block::table("flags", t.t("nav.flags"), columns(t), rows(t, &cases), t.t("flag.none")),
            Block::table("rules", t.t("flag.rules"), named, kinds.collect(), String::new()),
        ],
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// A flag as the API tells it.
fn standing_json(t: &Text, c: &Challenge, s: &Standing) -> Value {
    let evidence = s.flag.evidence.iter().map(|e| {
        let on = e.on.map(|(noun, id)| json!({ "noun": noun, "id": id, "href": format!("/api/v1/{}/{id}", noun.path()) }));
        json!({ "code": e.code, "text": evidence_text(t, e), "facts": e.facts.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), "entry": e.entry, "on": on })
    });
    let threshold = s.flag.threshold.as_ref().map(|(name, fact)| json!({ "rule": name, "value": fact }));
    json!({
        "challenge": c.id, "key": s.flag.key(), "kind": s.flag.kind, "name": name(t, s.flag.kind), "why": t.t(&format!("flag.{}.why", s.flag.kind.id())),
        "severity": s.flag.kind.severity(), "state": s.state(), "threshold": threshold, "evidence": evidence.collect::<Vec<_>>(), "sha256": s.flag.sha256(),
        "finding": s.finding.as_ref().map(|f| f.id), "dismissed_before": s.before.as_ref().map(|f| f.id),
    })
}

/// A case's flags as a case file carries them.
pub fn case_value(t: &Text, case: &CaseFlags) -> Value {
    Value::Array(case_json(t, case))
}

fn case_json(t: &Text, case: &CaseFlags) -> Vec<Value> {
    let withheld = case.withheld.iter().map(|(kind, state)| {
        json!({ "challenge": case.challenge.id, "kind": kind, "name": name(t, *kind), "severity": kind.severity(), "state": state, "withheld": true })
    });
    case.standings.iter().map(|s| standing_json(t, &case.challenge, s)).chain(withheld).collect()
}

/// `GET /api/v1/challenges/{id}/flags`.
pub async fn case_of(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let case = web.app.case_flags(&v.actor, id).await?;
    Ok(Json(json!({ "items": case_json(&v.text, &case), "next": null })).into_response())
}

/// `GET /api/v1/flags`.
pub async fn list(State(web): State<Web>, v: Visitor) -> Answer {
    let cases = web.app.all_flags(&v.actor, true).await?;
    let items: Vec<Value> = cases.iter().flat_map(|case| case_json(&v.text, case)).collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

/// The page of one finding.
pub fn finding(t: &Text, c: &Challenge, x: &Finding, signed: bool) -> Vec<Block> {
    let tag = severity_tag(t, x.flag.kind.severity());
    let mut items = vec![
        Item::new(t.t("column.flag"), name(t, x.flag.kind)).note(tag.text),
        Item::new(t.t("column.challenge"), c.title.clone()).href(format!("/challenges/{}", c.id)),
        Item::new(t.t("column.state"), state_tag(t, Noun::Finding, x.head.state.id()).text),
    ];
    items.extend(x.outcome.as_ref().map(|o| Item::new(t.t("field.outcome"), t.t(&format!("option.outcome.{o}")))));
    vec![
        Block::summary("facts", t.t("block.facts"), items),
        Block::inset(name(t, x.flag.kind), t.t(&format!("flag.{}.why", x.flag.kind.id())), tag.tone),
        evidence(t, "evidence", t.t("flag.evidence_then"), &x.flag, signed),
        said(t, "said", t.t("flag.said"), x),
    ]
}
