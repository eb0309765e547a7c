//! The papers of a contract as their parties read them: clause by clause, what was chosen, where the parties left the template.
use super::Web;
use super::block::*;
use super::blocks;
use super::form_view::option_text;
use super::pages::{Crumb, ShowPage};
use super::problem::Problem;
use super::text::{Lang, Text};
use super::visitor::Visitor;
use crate::domain::paper::{Paper, PaperClause};
use crate::domain::template::Said;
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The text in the reader's language.
pub fn says<'a>(t: &Text, said: &'a Said) -> &'a str {
    if t.lang == Lang::En { &said.en } else { &said.zh }
}

/// Which edition; the one in force when none is named.
#[derive(serde::Deserialize)]
pub struct Asked {
    edition: Option<i32>,
}

pub async fn page(
    State(web): State<Web>,
    v: Visitor,
    Path((id, kind)): Path<(ContractId, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let k = web.app.contract(&v.actor, id).await?;
    let past = asked.edition.and_then(|n| k.past.iter().find(|p| p.edition == n));
    let papers = past.map_or_else(|| k.papers(), |p| p.papers.clone());
    let paper = papers.into_iter().find(|p| p.kind == kind).ok_or_else(|| Problem::new("missing"))?;
    let t = &v.text;
    let mut out = vec![Block::summary("facts", t.t("block.facts"), facts(t, &k, &paper))];
    out.extend(paper.clauses.iter().map(|c| clause(t, c)));
    let title = says(t, &paper.title).to_owned();
    let page = ShowPage {
        title: title.clone(),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to(&format!("/contracts/{id}"), k.number.clone()),
            Crumb::here(title),
        ],
        number: Some(k.number.clone()),
        tags: vec![blocks::state_tag(t, Noun::Contract, k.head.state.id())],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: out,
    };
    web.show(&v, StatusCode::OK, &page).await
}

fn facts(t: &Text, k: &Contract, p: &Paper) -> Vec<Item> {
    let mut items: Vec<Item> = p
        .parties
        .iter()
        .map(|x| Item::new(t.t(&format!("party.{}", x.party)), x.name.clone()).note(x.uscc.clone().unwrap_or_default()))
        .collect();
    items.push(Item::new(t.t("column.edition"), p.edition.to_string()));
    items.push(Item::new(t.t("noun.template"), t.with("ui.template_edition", &[("n", p.template_edition.to_string())])));
    for m in k.signed.iter().filter(|m| m.paper.as_deref() == Some(p.kind.as_str())) {
        let how = if m.scan.is_some() { t.t("ui.signed_on_paper") } else { t.t("ui.signed_here") };
        let at = super::time::moment(t, m.at);
        items.push(
            Item::new(t.with("ui.signature_of", &[("party", party_name(t, &m.party))]), m.name.clone())
                .note(format!("{at} · {how}")),
        );
    }
    items.push(Item::new("SHA-256", p.sha256()));
    items
}

pub fn party_name(t: &Text, party: &str) -> String {
    match party.strip_prefix("partner") {
        Some(n) => t.with("party.partner", &[("n", n.to_owned())]),
        None => t.t(&format!("party.{party}")),
    }
}

fn clause(t: &Text, c: &PaperClause) -> Block {
    let head = match t.lang {
        Lang::En => format!("{}. {}", c.number, c.title.en),
        Lang::Zh => format!("{} {}", c.numeral, c.title.zh),
    };
    let mut paragraphs: Vec<String> = says(t, &c.text).lines().map(str::to_owned).collect();
    paragraphs.extend(c.deviation.map(|n| t.with("ui.deviates", &[("n", n.to_string())])));
    if !c.blanks.is_empty() {
        let names: Vec<String> = c.blanks.iter().map(|b| field_name(t, b)).collect();
        paragraphs.push(t.with("ui.blank_terms", &[("names", names.join(t.comma()))]));
    }
    Block::Text { title: head, id: format!("clause-{}", c.number), paragraphs }
}

fn field_name(t: &Text, name: &str) -> String {
    let name = if matches!(name, "risk_bidder" | "risk_poster") { "risk_bidder_bp" } else { name };
    t.first(&[&format!("field.contract_terms.{name}"), &format!("field.{name}")])
}

/// Links to the papers, with who has signed what.
pub fn list(t: &Text, k: &Contract) -> Block {
    let rows = k
        .papers()
        .iter()
        .map(|p| {
            let parties: Vec<String> = k.signers(&p.kind).iter().map(|s| t.t(&format!("party.{s}"))).collect();
            let signed = k.signed.iter().filter(|m| m.paper.as_deref() == Some(p.kind.as_str())).map(|m| party_name(t, &m.party));
            let signed: Vec<String> = signed.collect();
            let signed = if signed.is_empty() { "—".to_owned() } else { signed.join(t.comma()) };
            vec![
                Cell::link(says(t, &p.title).to_owned(), format!("/contracts/{}/papers/{}", k.id, p.kind)),
                Cell::text(parties.join(t.comma())),
                Cell::text(signed),
                Cell::text(p.sha256().chars().take(16).collect::<String>()),
            ]
        })
        .collect();
    let columns = ["paper", "signers", "signed"].map(|c| (t.t(&format!("column.{c}")), "text"));
    let columns = columns.into_iter().chain([("SHA-256".to_owned(), "text")]).collect();
    Block::table("papers", t.t("block.papers"), columns, rows, t.t("ui.none"))
}

/// Clauses that a side wished otherwise, with the answer.
pub fn deviations(t: &Text, k: &Contract) -> Option<Block> {
    let rows: Vec<Vec<Cell>> = k
        .deviations
        .iter()
        .map(|d| {
            let paper = t.t(&format!("option.paper.{}", d.paper));
            let answer = d.answer.as_ref().map_or_else(
                || Cell::tag(Tag { text: t.t("ui.deviation_open"), tone: "warn" }),
                |a| {
                    let (key, tone) = if a.accepted { ("ui.deviation_accepted", "ok") } else { ("ui.deviation_kept", "mute") };
                    let note = format!("{} {} {}", party_name(t, &a.party), a.name, a.note.clone().unwrap_or_default());
                    Cell::tag(Tag { text: t.t(key), tone }).note(note)
                },
            );
            vec![
                Cell::text(format!("{}. {paper} {}", d.number, paper::numeral(d.clause))).note(d.was.clone()),
                Cell::text(d.wording.clone()),
                Cell::text(format!("{} {}", party_name(t, &d.party), d.name)).note(d.reason.clone()),
                answer,
            ]
        })
        .collect();
    let columns = ["clause", "wording", "asked_by", "answer"].map(|c| (t.t(&format!("column.{c}")), "text")).to_vec();
    (!rows.is_empty()).then(|| Block::table("deviations", t.t("block.deviations"), columns, rows, String::new()))
}

/// Indicators and terms from the published list to what was measured: one table.
pub fn thread(t: &Text, k: &Contract) -> Block {
    let mut block = blocks::thread(t, &k.thread);
    let value = |term: &str, v: &Option<Value>| match v {
        None => "—".to_owned(),
        Some(v) => match (term, v.as_i64(), v.as_str()) {
            ("period_months", Some(n), _) => t.with("ui.so_many_months", &[("n", n.to_string())]),
            // Whole yuan without their fen: five sums stand side by side.
            (_, Some(fen), _) => blocks::wan(t, Money::fen(fen)).trim_end_matches(".00").to_owned(),
            (_, _, Some(option)) => option_text(t, "ip_owner", option),
            _ => v.to_string(),
        },
    };
    let rows = k.term_threads().into_iter().map(|x| {
        // A sum is not broken within; the name of a choice may be.
        let cell = |v: &Option<Value>| match v.as_ref().map(Value::is_i64) {
            Some(true) => Cell::number(value(&x.term, v)),
            _ => Cell::text(value(&x.term, v)),
        };
        let mut contracted = cell(&x.contracted);
        if x.deviates() {
            contracted = contracted.note(t.t("ui.deviates_from_list"));
        }
        vec![
            Cell::text(t.t(&format!("field.{}", x.term))),
            cell(&x.published),
            cell(&x.promised),
            cell(&x.negotiated),
            contracted,
            Cell::text("—"),
        ]
    });
    if let Block::Table { rows: all, .. } = &mut block {
        all.extend(rows);
    }
    block
}

/// The same for the API: clauses as a typed list, hashes, deviations, the one table.
pub async fn json(State(web): State<Web>, v: Visitor, Path(id): Path<ContractId>) -> Result<Response, Problem> {
    let k = web.app.contract(&v.actor, id).await?;
    let papers: Vec<Value> = k
        .papers()
        .iter()
        .map(|p| {
            let mut paper = serde_json::to_value(p).expect("papers are plain JSON");
            paper["sha256"] = json!(p.sha256());
            paper["signers"] = json!(k.signers(&p.kind));
            paper["signed"] = k.signed.iter().filter(|m| m.paper.as_deref() == Some(p.kind.as_str())).map(|m| json!(m)).collect();
            paper
        })
        .collect();
    let body = json!({
        "contract": k.id, "number": k.number, "edition": k.edition, "text_sha256": k.text_sha256(), "papers": papers,
        "deviations": k.deviations, "thread": k.thread, "terms": k.term_threads(), "blanks": k.blanks(),
    });
    Ok(Json(body).into_response())
}
