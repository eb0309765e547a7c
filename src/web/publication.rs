//! When what becomes public, and how a page looks to other eyes.
use super::block::*;
use super::pages::{Crumb, WordsPage};
use super::problem::Problem;
use super::shown::Thing;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, show, shown, time};
use crate::app::preview::{Eyes, Stage};
use crate::domain::publication::{CLASSES, Class, Opens, Seen, Standing};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

type Answer = Result<Response, Problem>;

fn event(t: &Text, opens: Opens) -> String {
    t.t(&format!("opens.{}", opens.id()))
}

/// Who may see it now.
fn readers(t: &Text, class: &Class, standing: &Standing) -> String {
    if matches!(standing, Standing::Public { .. }) {
        return t.t("reader.public");
    }
    let all: Vec<String> = class.before.iter().map(|r| t.t(&format!("reader.{r}"))).collect();
    if all.is_empty() { t.t("reader.nobody") } else { all.join(t.comma()) }
}

fn row(t: &Text, class: &Class, standing: &Standing) -> Vec<Cell> {
    let (when, why, until) = match standing {
        Standing::Public { since } => {
            let at = since.map(|at| time::moment(t, at)).unwrap_or_default();
            (Cell::tag(Tag { text: t.t("publication.public"), tone: "ok" }).note(at), String::new(), String::new())
        }
        Standing::Later { by, on, ground } => {
            let on = on.map(|at| time::deadline(t, at)).unwrap_or_default();
            (Cell::text(event(t, *by)).note(on), t.t(&format!("ground.{ground}")), event(t, *by))
        }
        Standing::Withheld { ground, until } => {
            let ends = until.map_or_else(|| t.t("publication.no_end"), |u| event(t, u));
            (Cell::tag(Tag { text: t.t("publication.withheld"), tone: "mute" }), t.t(&format!("ground.{ground}")), ends)
        }
    };
    vec![
        Cell::text(t.t(&format!("class_of.{}", class.id))),
        Cell::text(readers(t, class, standing)),
        when,
        Cell::text(why),
        Cell::text(until),
    ]
}

/// `GET /challenges/{id}/publication-calendar`: for whoever sees the challenge.
pub async fn calendar(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let case = web.app.case(&v.actor, id).await?;
    let t = &v.text;
    let seen = Seen { challenge: &case.challenge, notices: &case.notices, contracts: &case.contracts, now: web.app.clock.now() };
    let rows = CLASSES.iter().map(|c| row(t, c, &seen.of(c))).collect();
    let columns = ["class_of", "seen_by", "public_from", "ground", "kept_until"]
        .iter()
        .map(|c| (t.t(&format!("column.{c}")), "text"))
        .collect();
    let page = WordsPage {
        title: t.t("publication.title"),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to(&format!("/challenges/{id}"), case.challenge.title.clone()),
            Crumb::here(t.t("publication.title")),
        ],
        lead: t.t("publication.lead"),
        blocks: vec![Block::table("calendar", t.t("publication.title"), columns, rows, String::new())],
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// `GET /api/v1/challenges/{id}/publication-calendar`.
pub async fn calendar_json(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let case = web.app.case(&v.actor, id).await?;
    let seen = Seen { challenge: &case.challenge, notices: &case.notices, contracts: &case.contracts, now: web.app.clock.now() };
    let items: Vec<_> =
        CLASSES.iter().map(|c| json!({ "class": c.id, "opens": c.opens, "before": c.before, "standing": seen.of(c) })).collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

#[derive(Deserialize)]
pub struct Ask {
    #[serde(rename = "as")]
    eyes: Option<String>,
    stage: Option<String>,
}

impl Ask {
    fn read(&self) -> Result<(Eyes, Stage), Problem> {
        let missing = || Problem::new("missing");
        let eyes = self.eyes.as_deref().map_or(Some(Eyes::Public), Eyes::parse).ok_or_else(missing)?;
        let stage = self.stage.as_deref().map_or(Some(Stage::Now), Stage::parse).ok_or_else(missing)?;
        Ok((eyes, stage))
    }
}

/// The banner, and the ways to other eyes and other stages.
fn around(v: &Visitor, eyes: Eyes, stage: Stage) -> Vec<Block> {
    let t = &v.text;
    let facts = [("as", t.t(&format!("eyes.{}", eyes.id()))), ("stage", t.t(&format!("stage.{}", stage.id())))];
    let to = |e: Eyes, s: Stage| format!("{}?as={}&stage={}", v.path, e.id(), s.id());
    let other = Eyes::ALL
        .iter()
        .map(|e| Action { main: *e == eyes, ..Action::link(e.id(), t.t(&format!("eyes.{}", e.id())), to(*e, stage)) });
    let stages = Stage::ALL
        .iter()
        .map(|s| Action { main: *s == stage, ..Action::link(s.id(), t.t(&format!("stage.{}", s.id())), to(eyes, *s)) });
    vec![
        Block::inset(t.t("preview.banner"), t.with("preview.banner_text", &facts), "warn"),
        Block::Actions { title: t.t("preview.as"), id: "as".into(), items: other.collect() },
        Block::Actions { title: t.t("preview.stage"), id: "stage".into(), items: stages.collect() },
    ]
}

async fn page(web: &Web, v: &Visitor, (eyes, stage): (Eyes, Stage), back: (String, String), seen: Option<Vec<Block>>) -> Answer {
    let t = &v.text;
    let mut blocks = around(v, eyes, stage);
    match seen {
        Some(parts) => blocks.extend(parts),
        None => blocks.push(Block::inset(t.t("preview.nothing"), t.t("preview.nothing_text"), "info")),
    }
    let title = t.t("preview.title");
    let page = WordsPage {
        title: title.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to(&back.0, back.1), Crumb::here(title)],
        lead: String::new(),
        blocks,
    };
    web.show(v, StatusCode::OK, &page).await
}

/// The same visitor with other eyes: for drawing only.
fn with_eyes(v: &Visitor, eyes: Eyes) -> Visitor {
    Visitor { actor: eyes.stand_in(), signed_in: None, session: None, ..v.clone() }
}

/// Ways to act, and to what this reader could open, are left out of a preview.
fn read_only(mut blocks: Vec<Block>) -> Vec<Block> {
    blocks.retain(|b| !matches!(b, Block::Actions { .. } | Block::Form { .. }));
    blocks
}

/// `GET /challenges/{id}/preview?as=public|rival|auditor&stage=now|before_opening|after_opening|after_award`.
pub async fn challenge(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>, Query(ask): Query<Ask>) -> Answer {
    let (eyes, stage) = ask.read()?;
    let title = web.app.challenge(&v.actor, id).await?.title;
    let seen = match web.app.preview(&v.actor, id, eyes, stage).await? {
        Some(case) => Some(read_only(show::case_blocks(&web, &with_eyes(&v, eyes), &case, &web.app.glance().await?).await?)),
        None => None,
    };
    page(&web, &v, (eyes, stage), (format!("/challenges/{id}"), title), seen).await
}

/// `GET /bids/{id}/preview`.
pub async fn bid(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>, Query(ask): Query<Ask>) -> Answer {
    let (eyes, stage) = ask.read()?;
    let title = web.app.bid(&v.actor, id).await?.0.title;
    let seen = match web.app.preview_bid(&v.actor, id, eyes, stage).await? {
        Some(bid) => {
            web.app.note_reads(&v.actor, vec![reading::bid(&bid.1)]).await?;
            Some(read_only(show::bid_blocks(&web, &with_eyes(&v, eyes), &bid, &web.app.glance().await?).await?))
        }
        None => None,
    };
    page(&web, &v, (eyes, stage), (format!("/bids/{id}"), title), seen).await
}

/// `GET /notices/{id}/preview`: a draft as it will read once it is public.
pub async fn notice(State(web): State<Web>, v: Visitor, Path(id): Path<NoticeId>, Query(ask): Query<Ask>) -> Answer {
    let (eyes, stage) = ask.read()?;
    policy::preview(&v.actor).map_err(crate::app::Error::from)?;
    let mut shown = shown::load(&web, &v.actor, Noun::Notice, id.0).await?;
    let title = shown.title.clone();
    let Thing::Notice(n) = &mut shown.thing else { return Err(Problem::new("missing")) };
    if stage == Stage::AfterAward && n.head.state == NoticeState::Draft {
        n.head.state = NoticeState::InPublicity;
    }
    let seen = match policy::see_notice(&eyes.stand_in(), n) {
        Ok(()) => Some(read_only(show::content(&web, &with_eyes(&v, eyes), &shown, &web.app.glance().await?).await?)),
        Err(_) => None,
    };
    page(&web, &v, (eyes, stage), (format!("/notices/{id}"), title), seen).await
}
