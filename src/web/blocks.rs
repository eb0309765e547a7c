//! What each kind of thing shows: built from the domain's values and the forms' own descriptions.
use super::block::*;
use super::form_view::option_text;
use super::problem::Problem;
use super::shown::{Shown, Thing};
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, file::size_text, time};
use crate::app::Entry;
use crate::app::query::Names;
use crate::domain::form::{Field, Form, Kind, Section};
use crate::domain::words::change_label;
pub use crate::domain::words::target_text;
use crate::domain::*;
use serde_json::Value;

/// The heading of a thing: its own name within its case.
pub fn heading(t: &Text, s: &Shown) -> String {
    match &s.thing {
        Thing::Challenge(_) => s.title.clone(),
        Thing::Milestone(x) => titled(t, format!("{} {}", t.t("noun.milestone"), x.1.number), &x.1.name),
        Thing::Instalment(x) => titled(t, format!("{} {}", t.t("noun.instalment"), x.1.number), x.1.amount_fen),
        Thing::Gate(x) => titled(t, format!("{} {}", t.t("noun.gate"), x.1.number), &x.1.name),
        Thing::TipOff(_) if s.title.is_empty() => titled(t, t.t("noun.tip_off"), t.t("tip_off.no_case")),
        Thing::Template(x) => super::papers::says(t, &x.name).to_owned(),
        _ => titled(t, t.t(&format!("noun.{}", s.noun.id())), &s.title),
    }
}

/// What a thing is, and then its name, with the colon of the language.
pub fn titled(t: &Text, what: String, name: impl std::fmt::Display) -> String {
    t.with("ui.titled", &[("what", what), ("name", name.to_string())])
}

pub fn state_tag(t: &Text, noun: Noun, state: &str) -> Tag {
    let tone = match state {
        "in_force" | "onward_paid" | "published" | "in_publicity" | "effective" | "passed" | "awarded" | "valid" | "received"
        | "paid" | "contracted" | "completed" | "active" | "answered" | "cleared" | "settled" => "ok",
        "returned"
        | "on_hold"
        | "suspended"
        | "correction_requested"
        | "rectifying"
        | "held"
        | "incomplete"
        | "questioned"
        | "draft" => "warn",
        "rejected" | "withdrawn" | "cancelled" | "lapsed" | "terminated" | "revoked" | "failed" | "form_rejected"
        | "disqualified" | "forfeited" | "clawback_due" | "refund_due" | "disallowed" => "bad",
        "archived" | "expired" | "closed" | "not_selected" | "declined" | "replaced" | "abandoned" | "ended" => "mute",
        _ => "info",
    };
    Tag { text: t.t(&format!("state.{}.{state}", noun.id())), tone }
}

pub fn wan(t: &Text, m: Money) -> String {
    // English counts in thousands: a sum in units of ten thousand would have to be worked out by its reader.
    if t.lang == super::text::Lang::En {
        return m.to_string();
    }
    t.with("ui.wan", &[("n", m.wan_text())])
}

/// A clean value as people read it, by the kind of its field.
pub fn value_text(t: &Text, f: &Field, v: &Value) -> String {
    match (f.kind, v) {
        (_, Value::Null) => String::new(),
        (Kind::Fen, _) => v.as_i64().map(|n| wan(t, Money::fen(n))).unwrap_or_default(),
        (Kind::Percent, _) => v.as_i64().map(|n| format!("{}%", percent_text(n))).unwrap_or_default(),
        (Kind::Choice(_), _) => v.as_str().map(|s| option_text(t, f.name, s)).unwrap_or_default(),
        (Kind::Choices(_), Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(|s| option_text(t, f.name, s)).collect::<Vec<_>>().join(t.comma())
        }
        (Kind::YesNo | Kind::Flag, Value::Bool(b)) => t.t(if *b { "option.yes" } else { "option.no" }),
        (Kind::Date, Value::String(s)) => time::day_text(t, s),
        (Kind::Instant, Value::String(s)) => s.parse().map_or_else(|_| s.clone(), |at| time::moment(t, at)),
        (_, Value::String(s)) => s.clone(),
        (_, other) => other.to_string(),
    }
}

fn label(t: &Text, form: &str, name: &str) -> String {
    t.first(&[&format!("field.{form}.{name}"), &format!("field.{name}")])
}

/// Filled-in sections of a form, to be read: short fields as a list, long ones as text, rows as tables.
pub fn read_only(t: &Text, form: &Form, sections: &[Section], value: &Value) -> Vec<Block> {
    let mut blocks = vec![];
    for section in sections {
        let title = t.find(&format!("section.{}.{}", form.name, section.id)).unwrap_or("").to_owned();
        let mut items = vec![];
        let mut later = vec![];
        for f in section.fields {
            let Some(v) = value.get(f.name).filter(|v| !form::is_empty(v)) else { continue };
            match f.kind {
                Kind::Flag | Kind::Files(_) | Kind::Id => {}
                Kind::Long(..) => later.push(Block::Text {
                    title: label(t, form.name, f.name),
                    id: format!("v-{}", f.name),
                    paragraphs: v.as_str().unwrap_or("").lines().map(str::to_owned).collect(),
                }),
                Kind::Rows(_, _, inner) => later.push(rows_block(t, form.name, f, inner, v)),
                _ => items.push(Item::new(label(t, form.name, f.name), value_text(t, f, v))),
            }
        }
        if !items.is_empty() {
            blocks.push(Block::summary(&format!("s-{}", section.id), title, items));
        }
        blocks.extend(later);
    }
    blocks
}

fn rows_block(t: &Text, form: &str, f: &Field, inner: &[Field], v: &Value) -> Block {
    let rows: Vec<&Value> = v.as_array().into_iter().flatten().collect();
    let used: Vec<&Field> = inner.iter().filter(|i| rows.iter().any(|r| r.get(i.name).is_some_and(|v| !v.is_null()))).collect();
    let columns =
        used.iter().map(|i| (label(t, form, i.name), if matches!(i.kind, Kind::Fen) { "money" } else { "text" })).collect();
    let cells = rows
        .iter()
        .map(|r| used.iter().map(|i| Cell::text(value_text(t, i, r.get(i.name).unwrap_or(&Value::Null)))).collect())
        .collect();
    Block::table(&format!("v-{}", f.name), label(t, form, f.name), columns, cells, t.t("ui.none"))
}

/// The table of indicators: present value to target, method, who tests, weight.
pub fn indicators(t: &Text, all: &[Indicator]) -> Block {
    let head = ["indicator", "target_of", "present_value", "test_method", "tester", "hardness", "weight"];
    let rows = all
        .iter()
        .enumerate()
        .map(|(n, i)| {
            vec![
                Cell::text(format!("{}. {}", n + 1, i.name)),
                Cell::number(target_text(t, i)),
                Cell::text(i.present_value.clone().unwrap_or_default()),
                Cell::text(i.test_method.clone()),
                Cell::text(option_text(t, "tester", &i.tester)),
                Cell::tag(Tag {
                    text: t.t(if i.hard { "ui.hard" } else { "ui.soft" }),
                    tone: if i.hard { "info" } else { "mute" },
                }),
                Cell::number(i.weight.to_string()),
            ]
        })
        .collect();
    let columns = head.iter().map(|h| (t.t(&format!("column.{h}")), "text")).collect();
    Block::table("indicators", t.t("field.indicators"), columns, rows, t.t("ui.none"))
}

/// One table from what was published to what was measured.
pub fn thread(t: &Text, all: &[Thread]) -> Block {
    let value = |q: Option<Quantity>, i: &Indicator| {
        q.map_or_else(|| "—".to_owned(), |q| format!("{q} {}", i.unit.clone().unwrap_or_default()))
    };
    let rows = all
        .iter()
        .enumerate()
        .map(|(n, x)| {
            let met = x.measured.map(|m| x.published.is_met(m));
            let measured = Cell::text(value(x.measured, &x.published))
                .note(met.map_or(String::new(), |m| t.t(if m { "ui.met" } else { "ui.not_met" })));
            vec![
                Cell::text(format!("{}. {}", n + 1, x.published.name)),
                Cell::number(target_text(t, &x.published)),
                Cell::number(value(x.promised, &x.published)),
                Cell::number(value(x.negotiated, &x.published)),
                Cell::number(value(x.contracted, &x.published)),
                measured,
            ]
        })
        .collect();
    let columns = ["indicator", "published", "promised", "negotiated", "contracted", "measured"]
        .iter()
        .map(|h| (t.t(&format!("column.{h}")), "text"))
        .collect();
    Block::table("thread", t.t("block.thread"), columns, rows, t.t("ui.none"))
}

/// Who pays what.
pub fn money(t: &Text, n: &Need) -> Block {
    let parts = [
        ("county_fen", Some(n.county_fen)),
        ("superior_fen", n.superior_fen),
        ("enterprise_fen", n.enterprise_fen),
        ("bidder_fen", n.bidder_fen),
        ("other_fen", n.other_fen),
    ];
    let total = n.stake_fen.as_fen().max(1);
    let bars = parts
        .into_iter()
        .filter_map(|(name, m)| m.filter(|m| *m > Money::default()).map(|m| (name, m)))
        .map(|(name, m)| Bar {
            label: t.t(&format!("field.{name}")),
            value_text: m.wan_text(),
            percent: m.as_fen() * 100 / total,
            tone: "info",
        })
        .collect();
    Block::Figure {
        title: t.t("block.money"),
        id: "money".into(),
        desc: t.with("block.money_desc", &[("total", n.stake_fen.wan_text())]),
        unit: t.t("ui.wan_unit"),
        bars,
        csv: None,
    }
}

/// What a bid is called by those who read it blind: 方案一, 方案二, …
pub fn scheme(t: &Text, n: usize) -> String {
    let numerals: Vec<char> = t.t("ui.numerals").chars().collect();
    let digit = |n: usize| n.checked_sub(1).and_then(|at| numerals.get(at)).map(char::to_string).unwrap_or_default();
    let number = match n {
        _ if numerals.len() < 10 || n > 99 => n.to_string(),
        ..=10 => digit(n),
        _ => format!("{}{}{}", if n < 20 { String::new() } else { digit(n / 10) }, digit(10), digit(n % 10)),
    };
    t.with("block.scheme", &[("n", number)])
}

pub fn files(t: &Text, title: &str, all: &[crate::app::Attachment]) -> Block {
    let items = all
        .iter()
        .map(|f| FileItem {
            name: f.name.clone(),
            size: size_text(f.size),
            sha256: f.sha256.clone(),
            href: Some(format!("/files/{}", f.id)),
            at: time::moment(t, f.at),
        })
        .collect();
    Block::Files { title: title.to_owned(), id: "attached".into(), items }
}

/// The story line: who did what when, why, and what it changed.
/// `proven`: the record is signed, and each line leads to its proof.
pub fn story(t: &Text, entries: &[Entry], more: Option<String>, proven: bool) -> Block {
    let events = entries
        .iter()
        .map(|e| {
            let changes = e.body["event"]["changes"].as_array().cloned().unwrap_or_default();
            let role = t.t(&format!("role.{}", e.actor_role));
            let text = t.first(&[&format!("event.{}", e.kind), &format!("act.{}", e.kind)]);
            EventView {
                seq: e.seq,
                at: time::moment(t, e.at),
                who: if matches!(e.actor_role.as_str(), "public" | "system") {
                    role
                } else {
                    format!("{} · {role}", e.actor_name)
                },
                text,
                reason: e.body["event"]["reason"].as_str().filter(|r| !r.is_empty()).map(str::to_owned),
                changes: changes.iter().map(|c| change_view(t, c)).collect(),
                leaf: e.leaf(),
                proof_href: proven.then(|| format!("/log/entries/{}", e.seq)),
            }
        })
        .collect();
    Block::Story { title: t.t("block.story"), id: "story".into(), events, more }
}

fn change_view(t: &Text, c: &Value) -> ChangeView {
    let of = |n: &str| c[n].as_str().unwrap_or("").to_owned();
    ChangeView { label: change_label(t, &of("path")), before: of("before"), after: of("after") }
}

/// What changes, value by value: what it is, what it becomes.
pub fn changes(t: &Text, id: &str, title: String, all: &[Change]) -> Block {
    let rows = all.iter().map(|c| {
        let view = change_view(t, &serde_json::to_value(c).expect("changes are plain JSON"));
        vec![Cell::text(view.label), Cell::text(view.before), Cell::text(view.after)]
    });
    let columns = ["column.what", "field.before", "field.after"].map(|c| (t.t(c), "text")).to_vec();
    Block::table(id, title, columns, rows.collect(), t.t("ui.none"))
}

/// Ids that a form asks for, by name: which bid, which assignment.
pub async fn candidates(web: &Web, v: &Visitor, s: &Shown, name: &str) -> Result<Vec<(String, String)>, Problem> {
    let t = &v.text;
    Ok(match (&s.thing, name) {
        (Thing::Challenge(case), "flag") => super::flags::options(web, v, case.challenge.id).await?,
        (Thing::Challenge(case), "bid") if case.challenge.ranking.is_empty() => {
            let names = web.app.names(&case.bids.iter().map(|b| b.org).collect::<Vec<_>>(), &[]).await?;
            let slots = case.challenge.defence.iter().flat_map(|d| &d.slots).filter(|s| s.heard.is_none());
            let org = |id: BidId| case.bids.iter().find(|b| b.id == id).map(|b| names.org(b.org).to_owned()).unwrap_or_default();
            slots.map(|s| (s.bid.to_string(), format!("{} {}", time::moment(t, s.at), org(s.bid)))).collect()
        }
        (Thing::Challenge(case), "bid") => {
            let names = web.app.names(&case.bids.iter().map(|b| b.org).collect::<Vec<_>>(), &[]).await?;
            let open = |b: &&Bid| {
                case.challenge.ranking.iter().any(|r| r.bid == b.id && r.qualified) && !case.challenge.passed_over.contains(&b.id)
            };
            case.bids
                .iter()
                .filter(open)
                .map(|b| (b.id.to_string(), format!("{} {}", b.rank.unwrap_or(0), names.org(b.org))))
                .collect()
        }
        (Thing::Challenge(case), "assignment") => {
            let names = web.app.names(&[], &case.assignments.iter().map(|a| a.expert).collect::<Vec<_>>()).await?;
            case.assignments
                .iter()
                .filter(|a| !(a.is_locked() || matches!(a.head.state, AssignmentState::Submitted | AssignmentState::Replaced)))
                .map(|a| {
                    (
                        a.id.to_string(),
                        format!("{} {}", names.account(a.expert), t.t(&format!("state.assignment.{}", a.head.state.id()))),
                    )
                })
                .collect()
        }
        (Thing::Assignment(x), "bid") => {
            x.bids.iter().enumerate().map(|(n, (b, _))| (b.id.to_string(), scheme(t, n + 1))).collect()
        }
        _ => vec![],
    })
}

/// An edit that its poster has not answered: what would change, and why.
pub fn proposed(t: &Text, p: &Proposed) -> [Block; 2] {
    let rows = p.changes.iter().map(|c| {
        let view = change_view(t, &serde_json::to_value(c).expect("changes are plain JSON"));
        vec![Cell::text(view.label), Cell::text(view.before), Cell::text(view.after)]
    });
    let columns = ["field", "before", "after"].iter().map(|c| (t.t(&format!("column.{c}")), "text")).collect();
    [
        Block::inset(t.t("block.proposed"), p.reason.clone(), "warn"),
        Block::table("proposed", t.t("block.proposed_changes"), columns, rows.collect(), t.t("ui.none")),
    ]
}

/// Evidence beside an act's form: what one has to see to decide.
pub async fn beside(web: &Web, v: &Visitor, s: &Shown, path: &str) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let mut out = vec![];
    match &s.thing {
        Thing::Challenge(case) if path.starts_with("flag-") => out.extend(super::flags::beside(web, v, case.challenge.id).await?),
        Thing::Finding(x) => out.extend(super::flags::finding(t, &x.0, &x.1, false)),
        Thing::Challenge(case) => {
            if let Some(p) = case.challenge.proposed.as_ref().filter(|_| path.starts_with("edit-")) {
                out.extend(proposed(t, p));
            }
            if let Some(n) = &case.challenge.need {
                out.push(Block::summary(
                    "beside",
                    s.title.clone(),
                    vec![
                        Item::new(t.t("field.stake_fen"), wan(t, n.stake_fen)),
                        Item::new(t.t("field.track"), option_text(t, "track", &n.track)),
                    ],
                ));
                if path.starts_with("price-opening") {
                    out.extend(super::show::before_prices(web, v, case).await?);
                } else {
                    out.push(indicators(t, &n.indicators));
                }
            }
            if matches!(path, "agreement" | "next-rank" | "award-decision" | "panel-report") {
                out.push(super::show::ranking(web, v, case).await?);
            }
        }
        Thing::Contract(x) => {
            out.push(super::papers::thread(t, &x.0));
            if matches!(path, "agreement" | "signature" | "scan" | "clearance" | "terms" | "deviation" | "deviation-answer") {
                out.push(super::papers::list(t, &x.0));
                out.extend(super::papers::deviations(t, &x.0));
            }
        }
        Thing::Change(_) => out.extend(super::show::content(web, v, s, &web.app.glance().await?).await?),
        Thing::Template(x) if path != "edition" => out.extend(super::templates::content(t, x)),
        Thing::Milestone(_) => out.extend(super::show::content(web, v, s, &web.app.glance().await?).await?),
        Thing::Instalment(x) => {
            out.push(super::show::instalment_summary(web, v, &x.0, &x.1).await?);
            if path == "approval" && x.1.is_fiscal() {
                out.push(super::show::open_documents(web, v).await?);
            }
        }
        Thing::Acceptance(_)
        | Thing::Gate(_)
        | Thing::Settlement(_)
        | Thing::Progress(_)
        | Thing::Integrity(_)
        | Thing::FollowUp(_)
        | Thing::Budget(_)
        | Thing::BudgetDoc(_)
        | Thing::Registration(_)
        | Thing::Account(_)
        | Thing::Organisation(_) => {
            out.extend(super::show::content(web, v, s, &web.app.glance().await?).await?);
        }
        Thing::Assignment(x) => {
            let crate::web::shown::Reviewed { challenge: c, assignment: a, bids, .. } = &**x;
            // Once it reads, an expert is shown no name, whatever it asks for.
            if (path == "acceptance" || path == "commitment") && !a.may_read() {
                out.extend(parties(web, v, c, bids).await?);
            } else {
                out.extend(super::show::content(web, v, s, &web.app.glance().await?).await?);
            }
        }
        Thing::Bid(x) if x.2.is_some() && x.1.org != v.actor.org => {
            out.extend(super::show::content(web, v, s, &web.app.glance().await?).await?);
        }
        _ => {}
    }
    Ok(out)
}

/// Names of the parties, shown for the declaration of conflicts before any content is.
async fn parties(web: &Web, v: &Visitor, c: &Challenge, bids: &[super::shown::PutBefore]) -> Result<Vec<Block>, Problem> {
    let mut orgs: Vec<OrgId> = bids.iter().flat_map(|(b, _)| std::iter::once(b.org).chain(b.partners.iter().copied())).collect();
    orgs.push(c.org);
    orgs.sort_unstable();
    orgs.dedup();
    let names: Names = web.app.names(&orgs, &[]).await?;
    let mut sorted: Vec<String> = names.orgs.into_values().collect();
    sorted.sort();
    Ok(vec![Block::Text { title: v.text.t("block.parties"), id: "parties".into(), paragraphs: sorted }])
}
