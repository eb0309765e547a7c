//! The page of one thing: where it stands, whose turn, the clock, what may be done, what it is, the story so far.
mod acceptance;
mod after;
mod answers;
mod bid;
mod budget;
mod challenge;
mod contract;
mod delivery;
mod money;
mod objection;
mod panel;
pub(super) mod pictures;
mod race;
mod settlement;

pub use after::checklist;
pub use bid::receipt;
pub use budget::open_documents;
pub use challenge::{before_prices, ranking};
pub use delivery::instalment_summary;
pub use money::{rows_of, spending_columns};
pub use objection::{clock_block, letter_block};

use super::block::*;
use super::blocks::{self, state_tag, wan};
use super::form_view::{option_text, refusal_text};
use super::pages::{Crumb, ReceiptPage, ShowPage};
use super::problem::Problem;
use super::shown::{self, Shown, Thing, need_json};
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, act, paper, registrations, sealing, time};
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
    Noun::TipOff,
    Noun::Contract,
    Noun::Milestone,
    Noun::Instalment,
    Noun::Change,
    Noun::Acceptance,
    Noun::Spending,
    Noun::FinalAccount,
    Noun::Finding,
    Noun::Gate,
    Noun::Settlement,
    Noun::Progress,
    Noun::Integrity,
    Noun::FollowUp,
    Noun::Template,
    Noun::Budget,
    Noun::BudgetDoc,
    Noun::Registration,
    Noun::Organisation,
    Noun::Account,
];

pub fn routes(mut router: Router<Web>) -> Router<Web> {
    for noun in SHOWN {
        let show = move |State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>, Query(q): Query<Before>| async move {
            page(&web, &v, *noun, id, q.before).await
        };
        router = router.route(&format!("/{}/{{id}}", noun.path()), get(show));
        let document = move |State(web): State<Web>,
                             v: Visitor,
                             Path((id, kind)): Path<(Uuid, String)>,
                             Query(ask): Query<paper::Ask>| async move {
            paper::of_thing(&web, &v, *noun, (id, &kind), &ask).await
        };
        router = router.route(&format!("/{}/{{id}}/documents/{{kind}}", noun.path()), get(document));
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
    let mut body = content(web, v, &s, &m).await?;
    body.extend(paper::block(t, noun, id, &web.app.documents_of(&v.actor, noun, id).await?));
    body.push(story(web, v, &s, before).await?);
    let mut actions = actions(v, &s);
    actions.extend(super::log::receipt_action(web, v, &s).await?);
    actions.extend(super::package::action(web, v, &s));
    match &s.thing {
        Thing::Registration(r) => actions.extend(registrations::handing(v, r)),
        Thing::Organisation(x) => actions.extend(registrations::organisation_actions(v, &x.0)),
        _ => {}
    }
    let page = ShowPage {
        title: blocks::heading(t, &s),
        crumbs: crumbs(t, &s),
        number: s.number.clone(),
        tags: tags(t, &s),
        steps: steps(t, &s),
        turn: turn(web, v, &s.turns, &m).await?,
        actions,
        blocks: body,
    };
    web.show(v, StatusCode::OK, &page).await
}

fn crumbs(t: &Text, s: &Shown) -> Vec<Crumb> {
    if s.noun == Noun::Template {
        let list = Crumb::to("/templates", t.t("nav.templates"));
        return vec![Crumb::to("/", t.t("ui.home")), list, Crumb::here(blocks::heading(t, s))];
    }
    if s.noun == Noun::BudgetDoc {
        let list = Crumb::to("/budget-documents", t.t("nav.budget_docs"));
        return vec![Crumb::to("/", t.t("ui.home")), list, Crumb::here(blocks::heading(t, s))];
    }
    if matches!(s.noun, Noun::Registration | Noun::Organisation | Noun::Account) {
        return vec![Crumb::to("/", t.t("ui.home")), Crumb::here(blocks::heading(t, s))];
    }
    let mut crumbs = vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/challenges", t.t("nav.challenges"))];
    if !matches!(s.noun, Noun::Challenge | Noun::TipOff) {
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
        S::Draft | S::Submitted | S::Returned | S::Declined | S::Appraisal | S::Shelved | S::Decided | S::ListNotice => 0,
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
    if let Thing::Challenge(case) = &s.thing
        && policy::see_opening_record(&v.actor, &case.challenge, case.my_bid.as_slice()).is_ok()
    {
        out.push(Action::link("opening-record", t.t("opening_record.title"), format!("{}/opening-record", s.href())));
    }
    if v.actor.is_visitor() && s.noun == Noun::Challenge && s.state == ChallengeState::Published.id() {
        out.push(Action::link("bid", t.t("ui.sign_in_to_bid"), format!("/sign-in?next={}", s.href())).main());
    }
    if s.noun == Noun::Bid && matches!(&s.thing, Thing::Bid(x) if x.1.seal.is_some()) {
        out.push(Action::link("receipt", t.t("ui.receipt"), format!("{}/receipt", s.href())));
    }
    if s.noun == Noun::Notice {
        let kind = crate::domain::document::DocumentKind::ProposedAwardNotice.id();
        out.push(Action::link("print", t.t("ui.print"), format!("{}/documents/{kind}", s.href())));
    }
    for (a, refusal) in s.acts() {
        // Scores are given on the sheet itself; one's second bid is one's first.
        if a.noun == Noun::Challenge && a.path.starts_with("flag-") {
            continue;
        }
        let has_bid = matches!(&s.thing, Thing::Challenge(case) if case.my_bid.is_some());
        if a.path == "score" || (editing && matches!(a.path, "submission" | "seal")) || (a.path == "bids" && has_bid) {
            continue;
        }
        // What the open turn waits for stands out, whatever its place in the table.
        let awaited = |w: &Waiting| a.steps.iter().any(|step| w.turn.what == format!("{}.{step}", s.noun.id()));
        let main = s.turns.iter().any(awaited);
        out.push(Action {
            name: a.path.into(),
            label: act::act_name(t, a),
            href: a.href(s.id),
            method: "get",
            refusal: refusal.map(|r| refusal_text(t, &r)),
            danger: a.danger,
            main,
        });
    }
    if s.noun == Noun::Challenge && s.offered.iter().any(|o| o.step == "flag-question") {
        out.push(Action::link("flags", t.t("flag.title"), format!("{}/flags", s.href())));
    }
    if matches!(s.noun, Noun::Challenge | Noun::Bid | Noun::Notice) && policy::preview(&v.actor).is_ok() {
        out.push(Action::link("preview", t.t("preview.title"), format!("{}/preview", s.href())));
    }
    if s.noun == Noun::Challenge && s.state != ChallengeState::Draft.id() {
        out.push(Action::link("publication", t.t("publication.title"), format!("{}/publication-calendar", s.href())));
    }
    out.sort_by_key(|x| !x.main);
    out
}

async fn story(web: &Web, v: &Visitor, s: &Shown, before: Option<i64>) -> Result<Block, Problem> {
    const MOST: usize = 30;
    let entries = match &s.thing {
        Thing::Challenge(case) => web.app.story(&v.actor, &case.challenge, before, MOST as u64).await?,
        Thing::Question(_) => vec![],
        _ => web.app.story_of(&v.actor, s.id, MOST as u64).await?,
    };
    let last = entries.last().filter(|_| entries.len() == MOST);
    Ok(blocks::story(&v.text, &entries, last.map(|e| format!("?before={}#story", e.seq)), web.app.log.public_key().is_some()))
}

/// What the thing holds, as far as this reader may see it: on its own page, and beside the forms that judge it.
pub async fn content(web: &Web, v: &Visitor, s: &Shown, m: &Moment) -> Result<Vec<Block>, Problem> {
    match &s.thing {
        Thing::Challenge(case) => challenge::challenge(web, v, case, m).await,
        Thing::Bid(x) => bid::bid(web, v, x, m).await,
        Thing::Talk(talk) => Ok(bid::talk_blocks(&v.text, talk)),
        Thing::Question(q) => Ok(vec![challenge::questions(&v.text, std::slice::from_ref(q))]),
        Thing::Assignment(x) => Ok(bid::assignment(&v.text, x)),
        Thing::Notice(n) => objection::notice(web, v, n, m).await,
        Thing::Objection(x) => objection::objection(web, v, x, m).await,
        Thing::TipOff(x) => super::tip_off::blocks(web, &v.text, &x.0, &x.1, m).await,
        Thing::Contract(x) => contract::contract(web, v, x, m).await,
        Thing::Milestone(x) => delivery::milestone(web, v, x, m).await,
        Thing::Instalment(x) => {
            let mut out = vec![instalment_summary(web, v, &x.0, &x.1).await?];
            out.extend(money::clocks(web, &v.text, x, m).await?);
            out.extend(attached(web, &v.text, s.id).await?);
            Ok(out)
        }
        Thing::Change(x) => delivery::change(web, v, x).await,
        Thing::Acceptance(x) => acceptance::acceptance(web, v, x).await,
        Thing::Spending(x) => money::spending(web, v, x).await,
        Thing::FinalAccount(x) => money::final_account(web, v, x).await,
        Thing::Finding(x) => Ok(super::flags::finding(&v.text, &x.0, &x.1, web.app.log.public_key().is_some())),
        Thing::Gate(x) => race::gate(web, v, x).await,
        Thing::Settlement(x) => settlement::settlement(web, v, x).await,
        Thing::Budget(x) => budget::budget(web, v, x).await,
        Thing::BudgetDoc(x) => budget::document(web, v, &x.0, &x.1).await,
        Thing::Progress(x) => after::progress(web, v, x).await,
        Thing::Integrity(x) => after::integrity(web, v, &x.1).await,
        Thing::FollowUp(x) => after::follow_up(web, v, x).await,
        Thing::Template(x) => Ok(super::templates::content(&v.text, x)),
        Thing::Registration(r) => registrations::blocks(web, v, r).await,
        Thing::Account(x) => Ok(registrations::account_blocks(&v.text, &x.0, &x.1, &x.2)),
        Thing::Organisation(x) => Ok(registrations::organisation_blocks(v, &x.0, &x.1, &x.2)),
    }
}

/// A case's page without what is around it.
pub async fn case_blocks(web: &Web, v: &Visitor, case: &Case, m: &Moment) -> Result<Vec<Block>, Problem> {
    challenge::challenge(web, v, case, m).await
}

/// A bid's page without what is around it.
pub async fn bid_blocks(
    web: &Web,
    v: &Visitor,
    x: &(Challenge, Bid, Option<Readable>),
    m: &Moment,
) -> Result<Vec<Block>, Problem> {
    bid::bid(web, v, x, m).await
}

pub(in crate::web) async fn attached(web: &Web, t: &Text, subject: Uuid) -> Result<Option<Block>, Problem> {
    let files = web.app.files_of(subject).await?;
    Ok((!files.is_empty()).then(|| blocks::files(t, &t.t("block.files"), &files)))
}
