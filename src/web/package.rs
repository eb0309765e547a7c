//! The finance package of a payment: what finance files with the voucher and the archive keeps, in one file that checks itself.
use super::block::Action;
use super::form_view::option_text;
use super::packed::{self, Named, Parts, escaped};
use super::problem::Problem;
use super::shown::{Shown, Thing};
use super::text::{Lang, Text};
use super::visitor::Visitor;
use super::{Web, ledger, paper, time};
use crate::app::package::{AccountCheck, Package};
use crate::domain::*;
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::{Value, json};

/// `GET /instalments/{id}/package.zip`.
pub async fn download(State(web): State<Web>, v: Visitor, Path(id): Path<InstalmentId>) -> Result<Response, Problem> {
    let p = web.app.payment_package(&v.actor, id).await?;
    super::list::export::proven(&v)?;
    web.app.note_export(&v.actor, Noun::Instalment, id.0, Some(p.contract.challenge)).await?;
    let name = format!("payment-{}-{}.zip", id.0.simple(), p.instalment.number);
    let (web, case) = (web.clone(), p.contract.challenge);
    let from = web.clone();
    packed::send(&web, case, &name, move |parts| async move { gather(&from, &v, &p, &parts).await }).await
}

/// The way to it, once payment has been asked for.
pub fn action(web: &Web, v: &Visitor, s: &Shown) -> Option<Action> {
    let Thing::Instalment(x) = &s.thing else { return None };
    use InstalmentState as S;
    let asked = !matches!(x.1.head.state, S::Planned | S::Eligible | S::Cancelled);
    let mine = asked && web.app.log.public_key().is_some() && policy::take_package(&v.actor, &x.0).is_ok();
    mine.then(|| Action::link("package", v.text.t("package.download"), format!("{}/package.zip", s.href())))
}

async fn gather(web: &Web, v: &Visitor, p: &Package, parts: &Parts) -> Result<(), Problem> {
    let things = packed::things(web, v, &p.things).await?;
    let papers = paper::files(web, p.documents.clone()).await?;
    let papers: Vec<(String, Vec<u8>)> = papers.into_iter().map(|(name, bytes)| (format!("documents/{name}"), bytes)).collect();
    let files: Vec<Named> = p.files.iter().map(Named::attachment).collect();
    let html = index(&Lang::ALL.map(|lang| web.pages.texts.of(lang)), v, p, &papers, &files);
    parts.file("index.html", html).await?;
    parts.json("payment.json", &summary(p)).await?;
    parts.json("ledger.json", &serde_json::to_value(&p.ledger).map_err(|e| Problem::internal(&e))?).await?;
    parts.json("story.json", &Value::Array(p.record.entries.iter().map(|e| e.body.clone()).collect())).await?;
    for (n, value) in &things {
        parts.json(&n.path, value).await?;
    }
    for (path, bytes) in papers {
        parts.file(&path, bytes).await?;
    }
    for (a, n) in p.files.iter().zip(&files) {
        parts.attachment(web, a, &n.path).await?;
    }
    parts.end(web, &p.record).await
}

/// What machines read first.
fn summary(p: &Package) -> Value {
    let i = &p.instalment;
    json!({
        "instalment": i.id, "number": i.number, "contract": p.contract.id, "contract_number": p.contract.number,
        "contract_sha256": contract_hash(p), "amount_fen": i.amount_fen, "source": i.source, "payer": p.payer.name,
        "payee": p.payee.name, "invoice_kind": i.invoice_kind, "invoice": i.invoice, "fiscal_year": i.fiscal_year,
        "budget_doc_no": i.budget_doc_no, "voucher": i.voucher, "paid_on": i.paid_on, "received_on": i.received_on,
        "reconciled_on": i.reconciled_on, "account": AccountCheck::of(i, &p.payee).id(), "state": i.head.state.id(),
        "files": p.files.iter().map(|a| json!({ "name": a.name, "sha256": a.sha256 })).collect::<Vec<_>>(),
    })
}

/// Hash of the contract as it was issued: what was signed.
fn contract_hash(p: &Package) -> Option<String> {
    use crate::domain::document::DocumentKind;
    let of = p.documents.iter().find(|d| d.kind == DocumentKind::Contract && d.subject == p.contract.id.0)?;
    Some(hash::sha256_hex(of.canonical(Lang::Zh).as_bytes()))
}

/// A heading and a table under it; nothing where there are no rows.
fn table(title: &str, rows: &[Vec<String>]) -> String {
    headed(title, &[], rows)
}

/// With names over its columns a table may be wider than a phone, and is pushed sideways there.
fn headed(title: &str, head: &[String], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let of = |cells: &[String], tag: &str| cells.iter().map(|c| format!("<{tag}>{c}</{tag}>")).collect::<String>();
    let rows: String = rows.iter().map(|cells| format!("<tr>{}</tr>\n", of(cells, "td"))).collect();
    let title = escaped(title);
    if head.is_empty() {
        return format!("<h3>{title}</h3>\n<table>\n{rows}</table>\n");
    }
    let head = of(&head.iter().map(|c| escaped(c)).collect::<Vec<_>>(), "th");
    format!("<h3>{title}</h3>\n<div class=\"wide\"><table>\n<tr>{head}</tr>\n{rows}</table></div>\n")
}

/// The first page, to be read and to be printed: everything at a glance, in both languages.
fn index(texts: &[Text; 2], v: &Visitor, p: &Package, papers: &[(String, Vec<u8>)], files: &[Named]) -> String {
    let title = |t: &Text| {
        let facts = [("contract", p.contract.number.clone()), ("number", p.instalment.number.to_string())];
        t.with("package.title", &facts)
    };
    let mut body = String::new();
    for t in texts {
        let facts = [("entries", p.record.entries.len().to_string()), ("size", p.record.size.to_string())];
        body += &format!("<section lang=\"{}\">\n<h1>{}</h1>\n", t.lang.id(), escaped(&title(t)));
        body += &format!(
            "<p>{}</p>\n<p>{}</p>\n",
            escaped(&t.with("package.lead", &facts)),
            escaped(&t.with("case.check", &[("file", "package.zip".to_owned())]))
        );
        body += &table(&t.t("block.facts"), &facts_of(t, v, p));
        let named = |keys: &[&str]| keys.iter().map(|key| t.t(key)).collect::<Vec<_>>();
        body +=
            &headed(&t.t("package.approvals"), &named(&["column.no", "column.at", "column.who", "column.what"]), &steps(t, p));
        for x in &p.milestones {
            let heading = format!("{} {} {}", t.t("noun.milestone"), x.number, x.name);
            let head = named(&["column.indicator", "column.published", "column.measured", "field.verdict", "field.note"]);
            body += &headed(&heading, &head, &judged(t, &p.contract, x));
        }
        let head = named(&["column.at", "column.what", "column.debit", "column.credit", "column.amount", "field.voucher"]);
        body += &headed(&t.t("package.ledger"), &head, &booked(t, p));
        body += &table(&t.t("package.files"), &listed(t, p, papers, files));
        body += "</section>\n";
    }
    packed::page(&title(&texts[0]), &body)
}

fn facts_of(t: &Text, v: &Visitor, p: &Package) -> Vec<Vec<String>> {
    let (k, i) = (&p.contract, &p.instalment);
    let text = |key: &str, value: String| (t.t(key), value);
    let mut out = vec![
        text("noun.contract", format!("{} {}", k.number, k.title)),
        text("column.amount", format!("{} {}", i.amount_fen, i.amount_fen.capital())),
        text("column.source", t.t(&format!("source.{}", i.source))),
        text("column.payer", p.payer.name.clone()),
        text("column.payee", p.payee.name.clone()),
        text("column.trigger", crate::domain::document::trigger_text(t, &i.trigger)),
        text("column.state", t.t(&format!("state.instalment.{}", i.head.state.id()))),
    ];
    out.extend(contract_hash(p).map(|h| text("package.contract_hash", h)));
    out.extend(i.invoice_kind.as_ref().map(|kind| text("field.invoice_kind", option_text(t, "invoice_kind", kind))));
    for (key, value) in [
        ("field.invoice", &i.invoice),
        ("field.budget_doc_no", &i.budget_doc_no),
        ("field.voucher", &i.voucher),
        ("field.paid_on", &i.paid_on),
        ("field.received_on", &i.received_on),
    ] {
        out.extend(value.as_ref().map(|s| text(key, time::day_text(t, s))));
    }
    out.extend(i.fiscal_year.map(|y| text("field.fiscal_year", y.to_string())));
    let bank = i.reconciled_on.as_ref().map(|day| {
        let facts = [("day", time::day_text(t, day)), ("voucher", i.voucher.clone().unwrap_or_default())];
        t.with("package.reconciled", &facts)
    });
    out.push(text("package.bank", bank.unwrap_or_else(|| t.t("package.not_reconciled"))));
    if policy::sees_bank_account(&v.actor, i.payee) {
        let account = crate::domain::text::mask_account(&p.payee.bank_account);
        out.push(text("field.bank_account", format!("{} {account}", p.payee.bank_name)));
    }
    out.push(text("package.account", t.t(&format!("package.account.{}", AccountCheck::of(i, &p.payee).id()))));
    out.into_iter().map(|(label, value)| vec![escaped(&label), escaped(&value)]).collect()
}

/// Who did what when: the instalment's own entries of the record.
fn steps(t: &Text, p: &Package) -> Vec<Vec<String>> {
    let own = p.record.entries.iter().filter(|e| e.subject == p.instalment.id.0);
    own.map(|e| {
        let reason = e.body["event"]["reason"].as_str().map(|r| format!("<br>{}", escaped(r))).unwrap_or_default();
        let who = format!("{} · {}", e.actor_name, t.t(&format!("role.{}", e.actor_role)));
        let what = t.first(&[&format!("event.{}", e.kind), &format!("act.{}", e.kind)]);
        vec![e.seq.to_string(), escaped(&time::moment(t, e.at)), escaped(&who), escaped(&what) + &reason]
    })
    .collect()
}

/// What was promised, handed in and judged of a node, indicator by indicator.
fn judged(t: &Text, k: &Contract, x: &Milestone) -> Vec<Vec<String>> {
    let thread = |n: i64| usize::try_from(n).ok().and_then(|n| k.thread.get(n.checked_sub(1)?));
    let mut out: Vec<Vec<String>> = x
        .evidence
        .iter()
        .map(|e| {
            let verdict = x.judged.iter().find(|j| j.indicator == e.indicator);
            let note = verdict.and_then(|j| j.note.clone()).unwrap_or_default();
            let verdict = verdict.map(|j| option_text(t, "verdict", &j.verdict)).unwrap_or_default();
            let name = thread(e.indicator).map_or(String::new(), |i| i.published.name.clone());
            let target = thread(e.indicator).map_or(String::new(), |i| super::blocks::target_text(t, &i.published));
            [name, target, e.value.to_string(), verdict, note].map(|s| escaped(&s)).to_vec()
        })
        .collect();
    let said = x.verdict.as_ref().map(|said| vec![escaped(&t.t("field.verdict.verdict")), escaped(said)]);
    out.extend(said);
    out
}

fn booked(t: &Text, p: &Package) -> Vec<Vec<String>> {
    let row = |e: &LedgerEntry| {
        let (debit, credit, sum) = ledger::lines_text(t, e);
        let act = t.t(&format!("ledger.act.{}", e.act.id()));
        let reference = e.reference.clone().unwrap_or_default();
        let [at, act, debit, credit, reference] = [time::moment(t, e.at), act, debit, credit, reference].map(|s| escaped(&s));
        vec![at, act, debit, credit, format!("<span class=\"sum\">{sum}</span>"), reference]
    };
    p.ledger.iter().map(row).collect()
}

/// Every file with its way and its hash.
fn listed(t: &Text, p: &Package, papers: &[(String, Vec<u8>)], files: &[Named]) -> Vec<Vec<String>> {
    let way = |path: &str, title: &str| format!("<a href=\"{}\">{}</a>", escaped(path), escaped(title));
    let readable = papers.iter().filter(|(path, _)| !path.ends_with(".json"));
    let of_paper = |(path, bytes): &(String, Vec<u8>)| {
        vec![escaped(&t.t("case.paper")), way(path, path.trim_start_matches("documents/")), hash::sha256_hex(bytes)]
    };
    let of_file = |(a, n): (&crate::app::Attachment, &Named)| {
        let of = a.noun.as_ref().map_or(String::new(), |noun| t.t(&format!("noun.{noun}")));
        vec![escaped(&of), way(&n.path, &n.title), a.sha256.clone()]
    };
    readable.map(of_paper).chain(p.files.iter().zip(files).map(of_file)).collect()
}
