//! The page of one thing: where it stands, whose turn, the clock, what may be done, what it is, the story so far.
use super::block::*;
use super::blocks::{self, state_tag, wan};
use super::form_view::{option_text, refusal_text};
use super::pages::{Crumb, ReceiptPage, ShowPage};
use super::problem::Problem;
use super::shown::{self, Shown, Thing, need_json};
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, act, time};
use crate::app::Waiting;
use crate::app::query::Case;
use crate::domain::*;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use serde::Deserialize;
use uuid::Uuid;

/// Nouns that have a page of their own.
pub const SHOWN: &[Noun] = &[
    Noun::Challenge,
    Noun::Bid,
    Noun::Talk,
    Noun::Question,
    Noun::Assignment,
    Noun::Notice,
    Noun::Objection,
    Noun::Contract,
    Noun::Milestone,
    Noun::Instalment,
    Noun::Change,
    Noun::Acceptance,
];

pub fn routes(mut router: Router<Web>) -> Router<Web> {
    for noun in SHOWN {
        let show = move |State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>, Query(q): Query<Before>| async move {
            page(&web, &v, *noun, id, q.before).await
        };
        router = router.route(&format!("/{}/{{id}}", noun.path()), get(show));
    }
    router
}

#[derive(Deserialize)]
pub struct Before {
    before: Option<i64>,
}

async fn page(web: &Web, v: &Visitor, noun: Noun, id: Uuid, before: Option<i64>) -> Result<Response, Problem> {
    let s = shown::load(web, &v.actor, noun, id).await?;
    let t = &v.text;
    let m = web.app.glance().await?;
    let mut body = body(web, v, &s, &m).await?;
    body.push(story(web, v, &s, before).await?);
    let page = ShowPage {
        title: blocks::heading(t, &s),
        crumbs: crumbs(t, &s),
        number: s.number.clone(),
        tags: tags(t, &s),
        steps: steps(t, &s),
        turn: turn(web, v, &s.turns, &m).await?,
        actions: actions(v, &s),
        blocks: body,
    };
    web.show(v, StatusCode::OK, &page).await
}

fn crumbs(t: &Text, s: &Shown) -> Vec<Crumb> {
    let mut crumbs = vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/challenges", t.t("nav.challenges"))];
    if s.noun != Noun::Challenge {
        crumbs.push(Crumb::to(&format!("/challenges/{}", s.challenge), s.title.clone()));
    }
    crumbs.push(Crumb::here(blocks::heading(t, s)));
    crumbs
}

fn tags(t: &Text, s: &Shown) -> Vec<Tag> {
    let mut tags = vec![state_tag(t, s.noun, s.state)];
    if let Thing::Challenge(case) = &s.thing
        && let Some(n) = &case.challenge.need
    {
        tags.push(Tag { text: option_text(t, "track", &n.track), tone: "mute" });
        if n.is_race() {
            tags.push(Tag { text: option_text(t, "award_mode", "race"), tone: "mute" });
        }
    }
    tags
}

/// The macro phases: 发榜 揭榜 评审 公示 签约 实施 验收.
fn steps(t: &Text, s: &Shown) -> Vec<StepView> {
    let Thing::Challenge(_) = &s.thing else { return vec![] };
    use ChallengeState as S;
    let at = match ChallengeState::parse(s.state).unwrap_or(S::Draft) {
        S::Published | S::Suspended | S::Closed => 1,
        S::Opened | S::Reviewing | S::Negotiating | S::AwardDecision => 2,
        S::AwardNotice | S::OnHold => 3,
        S::Awarded => 4,
        S::InProgress => 5,
        S::InAcceptance => 6,
        S::Archived => 7,
        S::Withdrawn | S::Cancelled | S::Lapsed | S::Terminated | S::Rejected => return vec![],
        S::Draft | S::Submitted | S::Returned | S::Appraisal | S::Shelved | S::Decided | S::ListNotice => 0,
    };
    ["listing", "bidding", "review", "notice", "signing", "performing", "acceptance"]
        .iter()
        .enumerate()
        .map(|(n, phase)| StepView {
            label: t.t(&format!("phase.{phase}")),
            status: if n < at {
                "done"
            } else if n == at {
                "now"
            } else {
                "todo"
            },
        })
        .collect()
}

/// Whose turn it is, in one sentence, with the clock and how it was counted.
pub async fn turn(web: &Web, v: &Visitor, turns: &[Waiting], m: &Moment) -> Result<Option<TurnView>, Problem> {
    let t = &v.text;
    let mine = |w: &&Waiting| {
        w.turn.role == v.actor.role
            && w.turn.org.is_none_or(|o| o == v.actor.org)
            && w.turn.account.is_none_or(|a| a == v.actor.account)
    };
    let Some(w) = turns.iter().find(mine).or_else(|| turns.first()) else { return Ok(None) };
    let role = t.t(&format!("role.{}", w.turn.role.id()));
    let who = match w.turn.org {
        Some(org) => match web.app.organisation(org).await {
            Ok(o) if !v.actor.is_visitor() => format!("{role} · {}", o.name),
            _ => role,
        },
        None => role,
    };
    let who = if mine(&w) { t.with("ui.your_turn", &[("who", who)]) } else { who };
    Ok(Some(TurnView {
        who,
        what: t.first(&[&format!("turn.{}", w.turn.what), &format!("act.{}", w.turn.what)]),
        since: time::moment(t, w.turn.since),
        due: w.turn.due.map(|d| time::due(t, d, m)),
        next: String::new(),
    }))
}

fn actions(v: &Visitor, s: &Shown) -> Vec<Action> {
    let t = &v.text;
    let mut out: Vec<Action> = vec![];
    let editing = s
        .offered
        .iter()
        .any(|o| (s.noun == Noun::Challenge && o.step == "submission") || (s.noun == Noun::Bid && o.step == "seal"));
    if editing {
        out.push(Action::link("edit", t.t("ui.edit"), format!("{}/edit", s.href())).main());
    }
    if let Thing::Challenge(case) = &s.thing
        && let Some(b) = &case.my_bid
    {
        out.push(Action::link("my-bid", t.t("ui.my_bid"), format!("/bids/{}", b.id)).main());
    }
    if s.noun == Noun::Bid && matches!(&s.thing, Thing::Bid(x) if x.1.seal.is_some()) {
        out.push(Action::link("receipt", t.t("ui.receipt"), format!("{}/receipt", s.href())));
    }
    if s.noun == Noun::Notice {
        out.push(Action::link("print", t.t("ui.print"), format!("{}/print", s.href())));
    }
    for (a, refusal) in s.acts() {
        // Scores are given on the sheet itself; one's second bid is one's first.
        let has_bid = matches!(&s.thing, Thing::Challenge(case) if case.my_bid.is_some());
        if a.path == "score" || (editing && matches!(a.path, "submission" | "seal")) || (a.path == "bids" && has_bid) {
            continue;
        }
        let first = out.iter().all(|x| !x.main) && !a.danger;
        out.push(Action {
            name: a.path.into(),
            label: act::act_name(t, a),
            href: a.href(s.id),
            method: "get",
            refusal: refusal.map(|r| refusal_text(t, &r)),
            danger: a.danger,
            main: first,
        });
    }
    out
}

async fn story(web: &Web, v: &Visitor, s: &Shown, before: Option<i64>) -> Result<Block, Problem> {
    const MOST: usize = 30;
    let entries = match &s.thing {
        Thing::Challenge(case) => web.app.story(&v.actor, &case.challenge, before, MOST as u64).await?,
        Thing::Question(_) => vec![],
        _ => web.app.story_of(s.id, MOST as u64).await?,
    };
    let last = entries.last().filter(|_| entries.len() == MOST);
    Ok(blocks::story(&v.text, &entries, last.map(|e| format!("?before={}#story", e.seq))))
}

async fn body(web: &Web, v: &Visitor, s: &Shown, m: &Moment) -> Result<Vec<Block>, Problem> {
    match &s.thing {
        Thing::Challenge(case) => challenge(web, v, case, m).await,
        Thing::Bid(x) => bid(web, v, x, m).await,
        Thing::Talk(talk) => Ok(talk_blocks(&v.text, talk)),
        Thing::Question(q) => Ok(vec![questions(&v.text, std::slice::from_ref(q))]),
        Thing::Assignment(x) => Ok(assignment(&v.text, x)),
        Thing::Notice(n) => Ok(vec![official(web, &v.text, n)]),
        Thing::Objection(x) => Ok(objection(&v.text, &v.actor, &x.0)),
        Thing::Contract(x) => contract(web, v, x, m).await,
        Thing::Milestone(x) => milestone(web, v, x, m).await,
        Thing::Instalment(x) => {
            let mut out = vec![instalment_summary(web, v, &x.0, &x.1).await?];
            out.extend(attached(web, &v.text, s.id).await?);
            Ok(out)
        }
        Thing::Change(x) => change(web, v, &x.1).await,
        Thing::Acceptance(x) => acceptance(web, v, x).await,
    }
}

async fn attached(web: &Web, t: &Text, subject: Uuid) -> Result<Option<Block>, Problem> {
    let files = web.app.files_of(subject).await?;
    Ok((!files.is_empty()).then(|| blocks::files(t, &t.t("block.files"), &files)))
}

async fn challenge(web: &Web, v: &Visitor, case: &Case, m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, c) = (&v.text, &case.challenge);
    let mut out = vec![];
    if !c.return_notes.is_empty() && case.inside {
        let rows = c
            .return_notes
            .iter()
            .map(|n| vec![Cell::text(t.first(&[&format!("field.{}", n.field), &n.field])), Cell::text(n.note.clone())])
            .collect();
        out.push(Block::table(
            "returned",
            t.t("block.returned"),
            vec![(t.t("column.field"), "text"), (t.t("column.note"), "text")],
            rows,
            String::new(),
        ));
    }
    let mut items = vec![];
    if let Some(n) = &c.need {
        let poster = match (&c.shown_name, case.inside) {
            (Some(name), _) => name.clone(),
            (None, true) => web.app.organisation(c.org).await?.name,
            (None, false) => t.t("ui.anonymous"),
        };
        items.push(Item::new(t.t("column.poster"), poster));
        items.push(Item::new(t.t("field.stake_fen"), wan(t, n.stake_fen)).note(n.stake_fen.capital()));
        items.push(Item::new(t.t("field.funding_mode"), option_text(t, "funding_mode", &n.funding_mode)));
    }
    if let Some(at) = c.close_at {
        let due = time::due(t, at, m);
        // A time that has passed in good order is no one's delay.
        let left = if c.state_at(m.now) == ChallengeState::Published { due.left } else { String::new() };
        items.push(Item::new(t.t("column.close_at"), due.text).note(left));
    }
    if let Some(n) = c.opened_bids {
        items.push(Item::new(t.t("column.bids"), n.to_string()));
    }
    if let Some(previous) = c.previous {
        items.push(Item::new(t.t("column.previous"), t.t("ui.see")).href(format!("/challenges/{previous}")));
    }
    if let Some(next) = c.relisted_as {
        items.push(Item::new(t.t("column.relisted_as"), t.t("ui.see")).href(format!("/challenges/{next}")));
    }
    if let Some(reason) = &c.lapse_reason {
        items.push(Item::new(t.t("field.reason_class"), option_text(t, "reason_class", reason)));
    }
    out.push(Block::summary("facts", t.t("block.facts"), items));
    if c.state_at(m.now) == ChallengeState::Published {
        out.push(Block::inset(t.t("block.sealed"), t.t("block.sealed_text"), "info"));
    }
    if let Some(n) = &c.need {
        out.push(blocks::indicators(t, &n.indicators));
        out.push(blocks::money(t, n));
    }
    out.extend(case_parts(web, v, case, m).await?);
    if let Some(n) = &c.need {
        let form = <Need as Draft>::FORM;
        let value = need_json(n, case.inside);
        let mut sections: Vec<Block> = blocks::read_only(t, &form, form.sections, &value);
        sections.retain(|b| !matches!(b, Block::Table { id, .. } if id == "v-indicators"));
        out.extend(sections);
        let ids: Vec<FileId> = if case.inside || n.confidentiality == "open" { n.attachments.clone() } else { vec![] };
        let mut shown = web.app.attachments(&ids).await?;
        if case.inside {
            shown.extend(web.app.attachments(&n.funds_proof).await?);
        }
        if !shown.is_empty() {
            out.push(blocks::files(t, &t.t("block.files"), &shown));
        }
    }
    if let Some(a) = c.appraisal.as_ref().filter(|_| case.inside) {
        let rows = a
            .opinions
            .iter()
            .map(|o| {
                vec![
                    Cell::text(o.expert.clone()),
                    Cell::text(o.unit.clone()),
                    Cell::text(option_text(t, "verdict", &o.verdict)),
                    Cell::text(o.opinion.clone()),
                ]
            })
            .collect();
        let columns = ["expert", "unit", "verdict", "opinion"].iter().map(|c| (t.t(&format!("field.{c}")), "text")).collect();
        out.push(Block::table("appraisal", t.t("block.appraisal"), columns, rows, String::new()));
    }
    Ok(out)
}

/// What hangs on a challenge: questions, bids, talks, panel, ranks, notices, objections, contracts.
async fn case_parts(web: &Web, v: &Visitor, case: &Case, m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, c) = (&v.text, &case.challenge);
    let mut out = vec![];
    if !case.questions.is_empty() {
        out.push(questions(t, &case.questions));
    }
    let orgs: Vec<OrgId> = case
        .bids
        .iter()
        .map(|b| b.org)
        .chain(case.talks.iter().map(|x| x.org))
        .chain(case.contracts.iter().map(|k| k.lead))
        .collect();
    let names = web.app.names(&orgs, &case.assignments.iter().map(|a| a.expert).collect::<Vec<_>>()).await?;
    if !case.bids.is_empty() && v.actor.role != Role::Bidder {
        if c.ranking.is_empty() {
            let rows = case
                .bids
                .iter()
                .map(|b| {
                    vec![
                        Cell::link(names.org(b.org), format!("/bids/{}", b.id)),
                        Cell::tag(state_tag(t, Noun::Bid, b.head.state.id())),
                        Cell::money(b.price_fen.map(|p| p.wan_text()).unwrap_or_default()),
                    ]
                })
                .collect();
            let columns = vec![(t.t("column.lead"), "text"), (t.t("column.state"), "text"), (t.t("column.price_wan"), "money")];
            out.push(Block::table("bids", t.t("block.bids"), columns, rows, t.t("ui.none")));
        } else {
            out.push(ranking(web, v, case).await?);
        }
    }
    if !case.talks.is_empty() {
        let rows = case
            .talks
            .iter()
            .map(|x| {
                vec![
                    Cell::link(names.org(x.org), format!("/talks/{}", x.id)),
                    Cell::tag(state_tag(t, Noun::Talk, x.head.state.id())),
                    Cell::number(x.minutes.len().to_string()),
                ]
            })
            .collect();
        let columns = vec![(t.t("column.team"), "text"), (t.t("column.state"), "text"), (t.t("column.minutes"), "number")];
        out.push(Block::table("talks", t.t("block.talks"), columns, rows, t.t("ui.none")));
    }
    if !case.assignments.is_empty() {
        let rows = case
            .assignments
            .iter()
            .map(|a| {
                vec![
                    Cell::link(names.account(a.expert), format!("/assignments/{}", a.id)),
                    Cell::tag(state_tag(t, Noun::Assignment, a.head.state.id())),
                    a.head.due.filter(|_| a.sits()).map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, m))),
                ]
            })
            .collect();
        let columns = vec![(t.t("role.expert"), "text"), (t.t("column.state"), "text"), (t.t("column.due"), "clock")];
        out.push(Block::table("panel", t.t("block.panel"), columns, rows, t.t("ui.none")));
    }
    if !case.notices.is_empty() {
        let rows = case
            .notices
            .iter()
            .map(|n| {
                vec![
                    Cell::link(n.number.clone().unwrap_or_else(|| t.t("noun.notice")), format!("/notices/{}", n.id)),
                    Cell::tag(state_tag(t, Noun::Notice, n.head.state.id())),
                    match n.ends_at {
                        Some(e) if n.head.state == NoticeState::InPublicity => Cell::clock(&time::due(t, e, m)),
                        Some(e) => Cell::text(time::deadline(t, e)),
                        None => Cell::text(""),
                    },
                ]
            })
            .collect();
        let columns = vec![(t.t("noun.notice"), "text"), (t.t("column.state"), "text"), (t.t("column.ends"), "clock")];
        out.push(Block::table("notices", t.t("block.notices"), columns, rows, t.t("ui.none")));
    }
    if !case.objections.is_empty() {
        let rows = case
            .objections
            .iter()
            .map(|o| {
                vec![
                    Cell::link(t.t("noun.objection"), format!("/objections/{}", o.id)),
                    Cell::tag(state_tag(t, Noun::Objection, o.head.state.id())),
                ]
            })
            .collect();
        out.push(Block::table(
            "objections",
            t.t("block.objections"),
            vec![(t.t("noun.objection"), "text"), (t.t("column.state"), "text")],
            rows,
            t.t("ui.none"),
        ));
    }
    if !case.contracts.is_empty() {
        let rows = case
            .contracts
            .iter()
            .map(|k| {
                let name = if policy::see_contract(&v.actor, k).is_ok() {
                    Cell::link(k.number.clone(), format!("/contracts/{}", k.id))
                } else {
                    Cell::text(k.number.clone())
                };
                vec![
                    name,
                    Cell::text(names.org(k.lead)),
                    Cell::tag(state_tag(t, Noun::Contract, k.head.state.id())),
                    Cell::money(k.award().wan_text()),
                ]
            })
            .collect();
        let columns = vec![
            (t.t("noun.contract"), "text"),
            (t.t("column.lead"), "text"),
            (t.t("column.state"), "text"),
            (t.t("column.award_wan"), "money"),
        ];
        out.push(Block::table("contracts", t.t("block.contracts"), columns, rows, t.t("ui.none")));
        for k in case.contracts.iter().filter(|k| k.head.state != ContractState::Abandoned) {
            out.push(blocks::thread(t, &k.thread));
        }
    }
    Ok(out)
}

/// The ranked list.
pub async fn ranking(web: &Web, v: &Visitor, case: &Case) -> Result<Block, Problem> {
    let t = &v.text;
    let names = web.app.names(&case.bids.iter().map(|b| b.org).collect::<Vec<_>>(), &[]).await?;
    let rows = case
        .challenge
        .ranking
        .iter()
        .filter_map(|r| case.bids.iter().find(|b| b.id == r.bid).map(|b| (r, b)))
        .map(|(r, b)| {
            vec![
                Cell::number(r.rank.to_string()),
                Cell::link(names.org(b.org), format!("/bids/{}", b.id)),
                Cell::number(r.total.to_string()),
                Cell::text(t.t(if r.qualified { "ui.qualified" } else { "ui.not_qualified" })),
                Cell::tag(state_tag(t, Noun::Bid, b.head.state.id())),
                Cell::money(b.price_fen.map(|p| p.wan_text()).unwrap_or_default()),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.rank"), "number"),
        (t.t("column.lead"), "text"),
        (t.t("column.score"), "number"),
        (t.t("column.qualified"), "text"),
        (t.t("column.state"), "text"),
        (t.t("column.price_wan"), "money"),
    ];
    Ok(Block::table("ranking", t.t("block.ranking"), columns, rows, t.t("ui.none")))
}

fn questions(t: &Text, all: &[Question]) -> Block {
    let rows = all
        .iter()
        .map(|q| {
            vec![
                Cell::link(q.text.clone(), format!("/questions/{}", q.id)).note(time::moment(t, q.asked_at)),
                Cell::text(q.answer.clone().unwrap_or_else(|| t.t("ui.no_answer_yet")))
                    .note(q.answered_at.map(|a| time::moment(t, a)).unwrap_or_default()),
            ]
        })
        .collect();
    Block::table(
        "questions",
        t.t("block.questions"),
        vec![(t.t("column.question"), "text"), (t.t("column.answer"), "text")],
        rows,
        t.t("ui.none"),
    )
}

async fn bid(web: &Web, v: &Visitor, x: &(Challenge, Bid, Option<Offer>), m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, (c, b, offer)) = (&v.text, x);
    let org = web.app.organisation(b.org).await?;
    let mut items = vec![Item::new(t.t("column.lead"), org.name).note(org.uscc.to_string())];
    if let Some(seal) = &b.seal {
        items.push(Item::new(t.t("column.sealed_at"), time::moment(t, seal.sealed_at)));
        items.push(Item::new("SHA-256", seal.sha256.clone()));
    }
    for (key, score) in [("column.blind_score", b.blind_score), ("column.score", b.score)] {
        items.extend(score.map(|s| Item::new(t.t(key), s.to_string())));
    }
    items.extend(b.rank.map(|r| Item::new(t.t("column.rank"), r.to_string())));
    items.extend(b.correction.as_ref().map(|r| Item::new(t.t("column.correction"), r.clone())));
    items.extend(b.reason.as_ref().map(|r| Item::new(t.t("field.reason"), r.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    if c.opened_at.is_none() {
        out.push(Block::inset(t.t("block.sealed"), t.t("block.sealed_text"), "info"));
        out.extend(c.close_at.map(|at| {
            Block::summary(
                "clock",
                t.t("column.close_at"),
                vec![Item::new(t.t("column.close_at"), time::deadline(t, at)).note(time::due(t, at, m).left)],
            )
        }));
    }
    if let Some(o) = offer {
        let form = <Offer as Draft>::FORM;
        let own = v.actor.org == b.org;
        let mut value = serde_json::to_value(o).expect("offers are plain JSON");
        if !own {
            value["avoid"] = serde_json::Value::Null;
        }
        out.extend(blocks::read_only(t, &form, form.sections, &value));
        out.extend(attached(web, t, b.id.0).await?);
    }
    Ok(out)
}

fn talk_blocks(t: &Text, talk: &Talk) -> Vec<Block> {
    let rows = talk
        .minutes
        .iter()
        .map(|x| {
            vec![
                Cell::text(time::day_text(t, &x.held_on)),
                Cell::text(x.present.clone()),
                Cell::text(x.summary.clone()),
                Cell::text(t.t(if x.confirmed_by.is_some() { "ui.confirmed" } else { "ui.not_confirmed" })),
            ]
        })
        .collect();
    let columns = ["held_on", "present", "summary"]
        .iter()
        .map(|c| (t.t(&format!("field.{c}")), "text"))
        .chain([(t.t("column.confirmed"), "text")])
        .collect();
    vec![
        Block::Text { title: t.t("field.note"), id: "note".into(), paragraphs: talk.note.lines().map(str::to_owned).collect() },
        Block::table("minutes", t.t("column.minutes"), columns, rows, t.t("ui.none")),
    ]
}

fn assignment(t: &Text, x: &super::shown::Reviewed) -> Vec<Block> {
    let (c, a, bids) = x;
    let mut out = vec![];
    if let Some(n) = &c.need {
        out.push(blocks::indicators(t, &n.indicators));
    }
    let form = <Offer as Draft>::FORM;
    for (n, (b, offer)) in bids.iter().enumerate() {
        let Some(offer) = offer else { continue };
        let title = format!("{} {}", t.t("noun.bid"), n + 1);
        let sheet = a.sheets.get(&b.id).cloned().unwrap_or_default();
        let items = SHEET
            .iter()
            .filter(|i| i.blind || a.may_read_open_part())
            .map(|i| {
                Item::new(
                    t.t(&format!("field.{}", i.id)),
                    sheet.points.get(i.id).map_or_else(|| "—".to_owned(), |p| format!("{p} / {}", i.most)),
                )
            })
            .collect();
        out.push(Block::summary(&format!("sheet-{n}"), title.clone(), items));
        if !matches!(a.head.state, AssignmentState::Submitted | AssignmentState::Locked) {
            out.push(Block::Inset {
                title: title.clone(),
                text: t.t("block.score_text"),
                tone: "info",
                href: Some(format!("/assignments/{}/score?bid={}", a.id, b.id)),
                link: t.t("act.assignment.score"),
            });
        }
        out.extend(blocks::read_only(t, &form, form.sections, offer));
    }
    out
}

/// The notice as the office prints it.
fn official(web: &Web, t: &Text, n: &Notice) -> Block {
    let host = if web.config.footer.host.is_empty() { t.t("ui.bureau") } else { web.config.footer.host.clone() };
    let mut paragraphs = vec![t.with("notice.opening", &[("title", n.title.clone()), ("minutes", n.minutes.clone())])];
    for w in &n.winners {
        let partners = if w.partners.is_empty() { t.t("ui.none") } else { w.partners.join("、") };
        let args = [
            ("lead", w.lead.clone()),
            ("partners", partners),
            ("pi", w.principal_investigator.clone()),
            ("county", w.county_fen.wan_text()),
            ("enterprise", w.enterprise_fen.wan_text()),
            ("self", w.self_fen.wan_text()),
            ("months", n.period_months.to_string()),
            ("score", w.score.map(|s| s.to_string()).unwrap_or_default()),
        ];
        paragraphs.push(t.with("notice.winner", &args));
    }
    paragraphs.push(t.with("notice.conclusion", &[("conclusion", n.conclusion.clone())]));
    if n.single_bid {
        paragraphs.push(t.t("notice.single_bid"));
    }
    if let (Some(from), Some(end)) = (&n.starts_on, n.ends_at) {
        paragraphs.push(t.with(
            "notice.period",
            &[("from", time::day_text(t, from)), ("to", time::deadline(t, end)), ("days", n.days.to_string())],
        ));
    }
    paragraphs.push(t.with("notice.channel", &[("phone", web.config.footer.phone.clone())]));
    Block::Official {
        org: host.clone(),
        doc_no: n.number.clone().unwrap_or_default(),
        title: t.with("notice.title", &[("title", n.title.clone())]),
        paragraphs,
        signed_by: host,
        date: n.starts_on.as_deref().map(|d| time::day_text(t, d)).unwrap_or_default(),
    }
}

/// The bare notice, for paper.
pub async fn print_notice(State(web): State<Web>, v: Visitor, Path(id): Path<NoticeId>) -> Result<Response, Problem> {
    let n = web.app.notice(&v.actor, id).await?;
    let t = &v.text;
    let page = ShowPage {
        title: t.with("notice.title", &[("title", n.title.clone())]),
        crumbs: vec![],
        number: None,
        tags: vec![],
        steps: vec![],
        turn: None,
        actions: vec![],
        blocks: vec![official(&web, t, &n)],
    };
    web.show(&v, StatusCode::OK, &page).await
}

fn objection(t: &Text, actor: &Actor, o: &Objection) -> Vec<Block> {
    let known = policy::knows_objector(actor, o);
    let mut items = vec![];
    if known {
        items.push(Item::new(t.t("field.name"), o.name.clone()));
        items.push(Item::new(t.t("field.contact"), text::mask_phone(&o.contact)));
    }
    items.push(Item::new(t.t("field.request"), o.request.clone()));
    items.extend(o.note.as_ref().map(|n| Item::new(t.t("field.note"), n.clone())));
    items.extend(o.decision.as_ref().map(|d| Item::new(t.t("field.number"), d.number.clone())));
    items.extend(o.decision_reason.as_ref().map(|d| Item::new(t.t("column.decision"), d.clone())));
    let mut out = vec![
        Block::summary("facts", t.t("block.facts"), items),
        Block::Text {
            title: t.t("field.facts"),
            id: "facts-text".into(),
            paragraphs: o.facts.lines().map(str::to_owned).collect(),
        },
    ];
    for a in &o.answers {
        out.push(Block::Text {
            title: t.t("column.answer"),
            id: "answer".into(),
            paragraphs: a.text.lines().map(str::to_owned).collect(),
        });
    }
    out
}

async fn contract(
    web: &Web,
    v: &Visitor,
    x: &(Contract, Vec<Milestone>, Vec<Instalment>, Vec<ContractChange>, Vec<Acceptance>),
    m: &Moment,
) -> Result<Vec<Block>, Problem> {
    let (t, (k, milestones, instalments, changes, acceptances)) = (&v.text, x);
    let orgs: Vec<OrgId> = instalments.iter().flat_map(|i| [i.payer, i.payee]).chain([k.poster, k.lead]).collect();
    let names = web.app.names(&orgs, &[]).await?;
    let mut items = vec![
        Item::new(t.t("column.poster"), names.org(k.poster)),
        Item::new(t.t("column.lead"), names.org(k.lead)),
        Item::new(t.t("field.pi_name"), k.principal_investigator.clone()),
        Item::new(t.t("field.county_fen"), wan(t, k.county_fen)),
        Item::new(t.t("field.enterprise_fen"), wan(t, k.enterprise_fen)),
        Item::new(t.t("column.award"), k.award().to_string()).note(k.award().capital()),
        Item::new(t.t("field.period_months"), k.period_months.to_string()),
    ];
    items.extend(k.starts_on.as_ref().map(|d| Item::new(t.t("column.starts"), time::day_text(t, d))));
    items.extend(k.ends_on.as_ref().map(|d| Item::new(t.t("column.ends"), time::day_text(t, d))));
    items.extend(k.registration_no.as_ref().map(|n| Item::new(t.t("field.registration_no"), n.clone())));
    items.extend(
        k.ending
            .as_ref()
            .map(|e| Item::new(t.t("field.class"), option_text(t, "class", e)).note(k.ending_reason.clone().unwrap_or_default())),
    );
    items.push(Item::new(t.t("column.text_sha256"), k.text_sha256()));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), blocks::thread(t, &k.thread)];
    out.push(milestone_table(t, milestones, m));
    out.extend(gantt(t, k, milestones));
    out.push(instalment_table(t, instalments, &names));
    out.extend(flow(t, k, instalments));
    if !changes.is_empty() {
        let rows = changes
            .iter()
            .map(|c| {
                vec![
                    Cell::link(option_text(t, "kind", &c.kind), format!("/changes/{}", c.id)),
                    Cell::text(c.reason.clone()),
                    Cell::tag(state_tag(t, Noun::Change, c.head.state.id())),
                ]
            })
            .collect();
        out.push(Block::table(
            "changes",
            t.t("block.changes"),
            vec![(t.t("field.kind"), "text"), (t.t("field.reason"), "text"), (t.t("column.state"), "text")],
            rows,
            String::new(),
        ));
    }
    for a in acceptances {
        out.push(Block::Inset {
            title: t.t("noun.acceptance"),
            text: state_tag(t, Noun::Acceptance, a.head.state.id()).text,
            tone: "info",
            href: Some(format!("/acceptances/{}", a.id)),
            link: t.t("ui.see"),
        });
    }
    if let Some(terms) = &k.terms {
        let form = <forms::ContractTerms as Draft>::FORM;
        out.extend(blocks::read_only(t, &form, form.sections, &serde_json::to_value(terms).expect("terms are plain JSON")));
    }
    for (title, marks) in [("block.agreed", &k.agreed), ("block.signed", &k.signed)] {
        if !marks.is_empty() {
            let rows = marks
                .iter()
                .map(|x| {
                    vec![
                        Cell::text(t.t(&format!("party.{}", x.party))),
                        Cell::text(x.name.clone()),
                        Cell::text(time::moment(t, x.at)),
                        Cell::text(x.sha256.chars().take(16).collect::<String>()),
                    ]
                })
                .collect();
            let columns = vec![
                (t.t("column.party"), "text"),
                (t.t("field.full_name"), "text"),
                (t.t("column.at"), "text"),
                ("SHA-256".into(), "text"),
            ];
            out.push(Block::table(title.trim_start_matches("block."), t.t(title), columns, rows, String::new()));
        }
    }
    out.extend(attached(web, t, k.id.0).await?);
    Ok(out)
}

fn milestone_table(t: &Text, all: &[Milestone], m: &Moment) -> Block {
    let rows = all
        .iter()
        .map(|x| {
            let mut state = Cell::tag(state_tag(t, Noun::Milestone, x.head.state.id()));
            if x.is_overdue(m.now) {
                state = state.note(t.t("ui.overdue"));
            }
            let due = time::due(t, x.head.due.unwrap_or(x.due_at), m);
            let clock = if x.head.state.is_end() { Cell::text(time::deadline(t, x.due_at)) } else { Cell::clock(&due) };
            vec![
                Cell::link(format!("{}. {}", x.number, x.name), format!("/milestones/{}", x.id)),
                Cell::number(format!("{}%", percent_text(x.share_bp))),
                clock,
                state,
            ]
        })
        .collect();
    let columns = vec![
        (t.t("noun.milestone"), "text"),
        (t.t("field.share_bp"), "number"),
        (t.t("column.due"), "clock"),
        (t.t("column.state"), "text"),
    ];
    Block::table("milestones", t.t("block.milestones"), columns, rows, t.t("ui.none"))
}

fn gantt(t: &Text, k: &Contract, all: &[Milestone]) -> Option<Block> {
    k.starts_on.as_ref()?;
    let mut from = 0;
    let rows = k
        .milestones
        .iter()
        .zip(all)
        .map(|(plan, x)| {
            let to = plan.month * 100 / k.period_months.max(1);
            let tag = state_tag(t, Noun::Milestone, x.head.state.id());
            let row = GanttRow {
                label: format!("{}. {}", x.number, x.name),
                from,
                width: (to - from).max(1),
                tone: tag.tone,
                text: tag.text,
            };
            from = to;
            row
        })
        .collect();
    Some(Block::Gantt {
        title: t.t("block.gantt"),
        id: "gantt".into(),
        desc: t.with("block.gantt_desc", &[("months", k.period_months.to_string())]),
        rows,
    })
}

fn instalment_table(t: &Text, all: &[Instalment], names: &crate::app::query::Names) -> Block {
    let rows = all
        .iter()
        .map(|i| {
            vec![
                Cell::link(i.number.to_string(), format!("/instalments/{}", i.id)),
                Cell::text(t.t(&format!("source.{}", i.source))),
                Cell::text(names.org(i.payer)),
                Cell::text(names.org(i.payee)),
                Cell::money(i.amount_fen.to_string()),
                Cell::text(trigger_text(t, &i.trigger)),
                Cell::tag(state_tag(t, Noun::Instalment, i.head.state.id())),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.no"), "text"),
        (t.t("column.source"), "text"),
        (t.t("column.payer"), "text"),
        (t.t("column.payee"), "text"),
        (t.t("column.amount"), "money"),
        (t.t("column.trigger"), "text"),
        (t.t("column.state"), "text"),
    ];
    Block::table("instalments", t.t("block.instalments"), columns, rows, t.t("ui.none"))
}

pub fn trigger_text(t: &Text, trigger: &Trigger) -> String {
    match trigger {
        Trigger::ContractEffective => t.t("trigger.contract_effective"),
        Trigger::MilestonePassed { number } => t.with("trigger.milestone_passed", &[("number", number.to_string())]),
        Trigger::AcceptancePassed => t.t("trigger.acceptance_passed"),
        Trigger::EnterprisePaid { share_bp } => t.with("trigger.enterprise_paid", &[("share", percent_text(*share_bp))]),
    }
}

/// Promised, unlocked, paid, received: one picture.
fn flow(t: &Text, k: &Contract, all: &[Instalment]) -> Option<Block> {
    let total = k.award().as_fen().max(1);
    let sum = |f: &dyn Fn(&Instalment) -> bool| Money::sum(all.iter().filter(|i| f(i)).map(|i| i.amount_fen)).unwrap_or_default();
    use InstalmentState as S;
    let unlocked = sum(&|i| !matches!(i.head.state, S::Planned | S::Cancelled));
    let rows = [
        ("promised", k.award()),
        ("unlocked", unlocked),
        ("paid", sum(&|i| i.is_paid())),
        ("received", sum(&|i| i.head.state == S::Received)),
    ];
    let bars = rows
        .into_iter()
        .map(|(name, m)| Bar {
            label: t.t(&format!("flow.{name}")),
            value_text: m.wan_text(),
            percent: m.as_fen() * 100 / total,
            tone: "info",
        })
        .collect();
    (!all.is_empty()).then(|| Block::Figure {
        title: t.t("block.flow"),
        id: "flow".into(),
        desc: t.t("block.flow_desc"),
        unit: t.t("ui.wan_unit"),
        bars,
        csv: None,
    })
}

async fn milestone(web: &Web, v: &Visitor, x: &(Contract, Milestone), m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("field.result"), x.result.clone()),
        Item::new(t.t("field.share_bp"), format!("{}%", percent_text(x.share_bp))),
        Item::new(t.t("column.due"), time::deadline(t, x.due_at)).note(time::due(t, x.due_at, m).left),
    ];
    items.extend(x.poster_says.as_ref().map(|s| {
        Item::new(t.t("column.poster_says"), t.t(&format!("poster_says.{s}"))).note(x.poster_reason.clone().unwrap_or_default())
    }));
    items.extend(x.verdict.as_ref().map(|s| Item::new(t.t("field.verdict.verdict"), s.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    if let Some(report) = &x.report {
        out.push(Block::Text {
            title: t.t("field.report"),
            id: "report".into(),
            paragraphs: report.lines().map(str::to_owned).collect(),
        });
    }
    if !x.evidence.is_empty() {
        let rows = x
            .evidence
            .iter()
            .map(|e| {
                let thread = usize::try_from(e.indicator).ok().and_then(|n| k.thread.get(n.checked_sub(1)?));
                vec![
                    Cell::text(thread.map_or(String::new(), |i| i.published.name.clone())),
                    Cell::number(thread.map_or(String::new(), |i| blocks::target_text(t, &i.published))),
                    Cell::number(e.value.to_string()),
                    Cell::text(e.note.clone().unwrap_or_default()),
                ]
            })
            .collect();
        let columns = vec![
            (t.t("column.indicator"), "text"),
            (t.t("column.published"), "number"),
            (t.t("column.measured"), "number"),
            (t.t("field.note"), "text"),
        ];
        out.push(Block::table("evidence", t.t("field.evidence"), columns, rows, String::new()));
    }
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

/// One payment, with who asked, checked, approved, paid.
pub async fn instalment_summary(web: &Web, v: &Visitor, k: &Contract, i: &Instalment) -> Result<Block, Problem> {
    let t = &v.text;
    let people: Vec<AccountId> = [i.requested_by, i.checked_by, i.approved_by, i.paid_by].into_iter().flatten().collect();
    let names = web.app.names(&[i.payer, i.payee], &people).await?;
    let payee = web.app.organisation(i.payee).await?;
    let mut items = vec![
        Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id)),
        Item::new(t.t("column.amount"), i.amount_fen.to_string()).note(i.amount_fen.capital()),
        Item::new(t.t("column.source"), t.t(&format!("source.{}", i.source))),
        Item::new(t.t("column.payer"), names.org(i.payer)),
        Item::new(t.t("column.payee"), names.org(i.payee)),
        Item::new(t.t("column.trigger"), trigger_text(t, &i.trigger)),
    ];
    if policy::sees_bank_account(&v.actor, i.payee) {
        items.push(Item::new(t.t("field.bank_account"), format!("{} {}", payee.bank_name, mask(&payee.bank_account))));
    }
    for (key, value) in [
        ("field.invoice", &i.invoice),
        ("field.budget_doc_no", &i.budget_doc_no),
        ("field.voucher", &i.voucher),
        ("field.paid_on", &i.paid_on),
        ("field.received_on", &i.received_on),
    ] {
        items.extend(value.as_ref().map(|s| Item::new(t.t(key), time::day_text(t, s))));
    }
    items.extend(i.fiscal_year.map(|y| Item::new(t.t("field.fiscal_year"), y.to_string())));
    for (key, by) in [
        ("column.requested_by", i.requested_by),
        ("column.checked_by", i.checked_by),
        ("column.approved_by", i.approved_by),
        ("column.paid_by", i.paid_by),
    ] {
        items.extend(by.map(|a| Item::new(t.t(key), names.account(a))));
    }
    Ok(Block::summary("facts", t.t("block.facts"), items))
}

/// The last four digits of a bank account.
fn mask(account: &str) -> String {
    let digits: Vec<char> = account.chars().collect();
    format!("****{}", digits[digits.len().saturating_sub(4)..].iter().collect::<String>())
}

async fn change(web: &Web, v: &Visitor, x: &ContractChange) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let mut items = vec![
        Item::new(t.t("field.kind"), option_text(t, "kind", &x.kind)).note(t.t(if x.is_filing() {
            "ui.filing_only"
        } else {
            "ui.needs_approval"
        })),
        Item::new(t.t("field.before"), x.before.clone()),
        Item::new(t.t("field.after"), x.after.clone()),
        Item::new(t.t("field.reason"), x.reason.clone()),
        Item::new(t.t("noun.contract"), t.t("ui.see")).href(format!("/contracts/{}", x.contract)),
    ];
    items.extend(x.expert_opinion.as_ref().map(|o| Item::new(t.t("field.expert_opinion"), o.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items)];
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

async fn acceptance(web: &Web, v: &Visitor, x: &(Contract, Acceptance)) -> Result<Vec<Block>, Problem> {
    let (t, (k, x)) = (&v.text, x);
    let mut items = vec![Item::new(t.t("noun.contract"), k.number.clone()).href(format!("/contracts/{}", k.id))];
    for (key, value) in
        [("column.computed", &x.computed), ("column.panel_verdict", &x.panel_verdict), ("column.outcome", &x.outcome)]
    {
        items.extend(value.as_ref().map(|o| Item::new(t.t(key), t.t(&format!("option.verdict.{o}")))));
    }
    items.extend(x.minutes.as_ref().map(|d| Item::new(t.t("field.number"), d.number.clone())));
    items.extend(x.diligence.as_ref().map(|d| Item::new(t.t("field.diligence"), d.clone())));
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), blocks::thread(t, &k.thread)];
    if !x.measured.is_empty() {
        let rows = x
            .measured
            .iter()
            .map(|r| {
                let name = usize::try_from(r.indicator)
                    .ok()
                    .and_then(|n| k.thread.get(n.checked_sub(1)?))
                    .map_or(String::new(), |i| i.published.name.clone());
                vec![
                    Cell::text(name),
                    Cell::number(r.value.map(|q| q.to_string()).unwrap_or_default()),
                    Cell::text(r.report_no.clone().unwrap_or_default()),
                    Cell::text(option_text(t, "verdict", &r.verdict)),
                    Cell::text(r.note.clone().unwrap_or_default()),
                ]
            })
            .collect();
        let columns = vec![
            (t.t("column.indicator"), "text"),
            (t.t("column.measured"), "number"),
            (t.t("field.report_no"), "text"),
            (t.t("field.verdict"), "text"),
            (t.t("field.note"), "text"),
        ];
        out.push(Block::table("measured", t.t("field.measured"), columns, rows, String::new()));
    }
    out.extend(attached(web, t, x.id.0).await?);
    Ok(out)
}

/// The receipt of a sealed bid: what was sealed, when, and what happens next.
pub async fn receipt(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Result<Response, Problem> {
    let (c, b) = web.app.bid(&v.actor, id).await?;
    let seal = b.seal.as_ref().ok_or_else(|| Problem::new("missing"))?;
    let t = &v.text;
    let facts = vec![
        Fact::new(t.t("column.challenge"), c.title.clone()),
        Fact::new(t.t("column.bid_id"), b.id.to_string()),
        Fact::new(t.t("column.sealed_at"), time::moment(t, seal.sealed_at)),
        Fact::new(t.t("column.edition"), seal.edition.to_string()),
        Fact::new("SHA-256", seal.sha256.clone()),
    ];
    let close = c.close_at.map(|at| time::deadline(t, at)).unwrap_or_default();
    let next = vec![t.with("receipt.change", &[("close", close)]), t.t("receipt.sealed"), t.t("receipt.opening")];
    let page = ReceiptPage {
        title: t.t("receipt.title"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/bids", t.t("nav.my_bids")), Crumb::here(t.t("receipt.title"))],
        number: c.number.clone(),
        facts,
        next,
        actions: vec![
            Action::link("bid", t.t("ui.my_bid"), format!("/bids/{id}")).main(),
            Action::link("challenge", t.t("column.challenge"), format!("/challenges/{}", c.id)),
        ],
    };
    web.show(&v, StatusCode::OK, &page).await
}
