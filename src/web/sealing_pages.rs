//! The pages of sealing: a keyholder's key and drill, its part of an opening, and sealing a bid in the browser. Each is a form
//! that works by hand; a panel fills it in where the browser can.
use super::act::read_fields;
use super::block::{Block, Item};
use super::form_view::{Builder, FormView, take};
use super::pages::{Crumb, SealingPage, Tool};
use super::problem::{Problem, Why};
use super::visitor::Visitor;
use super::{Web, time};
use crate::app;
use crate::domain::forms::{AnswerDrill, AnswerHandout, EnrolKeyholder, SealedUpload, SpareKey};
use crate::domain::seal::Handout;
use crate::domain::*;
use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

type Answer = Result<Response, Problem>;

fn form<D: Draft>(v: &Visitor, raw: &Value, problem: Option<&Problem>, action: &str) -> FormView {
    let mut builder = Builder::new(&v.text, D::FORM.name);
    match problem.map(|p| &p.why) {
        Some(Why::Faults(f)) => builder = builder.faults(f),
        Some(Why::Refusal(r)) => builder = builder.refusal(r),
        _ => {}
    }
    builder.build(&D::FORM, raw, action, v.text.t(&format!("sealing.submit.{}", D::FORM.name)))
}

/// A problem that belongs on the form again, or one that does not.
fn on_form(e: app::Error) -> Result<Problem, Problem> {
    let problem = Problem::from(e);
    if matches!(problem.why, Why::Plain) { Err(problem) } else { Ok(problem) }
}

fn own_key(v: &Visitor) -> Result<Option<Keyholder>, Problem> {
    let Some(who) = &v.signed_in else { return Err(Problem::new("sign-in")) };
    if who.account.role.may_hold_key() { Ok(who.account.keyholder.clone()) } else { Err(Problem::new("missing")) }
}

pub async fn key(State(web): State<Web>, v: Visitor) -> Answer {
    show_key(&web, &v, &own_key(&v)?, None, None).await
}

/// `drill` is one that was just handed out.
async fn show_key(web: &Web, v: &Visitor, held: &Option<Keyholder>, drill: Option<Value>, problem: Option<&Problem>) -> Answer {
    let t = &v.text;
    let mut items = vec![];
    if let Some(k) = held {
        let drilled = k.drilled_at.map_or_else(|| t.t("sealing.never_drilled"), |at| time::moment(t, at));
        items.push(Item::new(t.t("sealing.fingerprint"), k.public.fingerprint()).note(k.public.to_string()));
        items.push(Item::new(t.t("sealing.drilled_at"), drilled));
    }
    let blocks = if items.is_empty() { vec![] } else { vec![Block::summary("key", t.t("sealing.on_file"), items)] };
    let (tool, form) = match (drill, held) {
        (Some(drill), _) => {
            (Some(Tool::new("drill", Some(&drill))), form::<AnswerDrill>(v, &json!({}), problem, "/account/keyholder"))
        }
        (None, Some(_)) => {
            let mut ask = form::<AnswerDrill>(v, &json!({}), problem, "/account/keyholder");
            ask.sections.clear();
            ask.submit = t.t("sealing.ask_drill");
            (None, ask)
        }
        (None, None) => (Some(Tool::new("key", None)), form::<EnrolKeyholder>(v, &json!({}), problem, "/account/keyholder")),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = SealingPage {
        title: t.t("sealing.key"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/account", t.t("ui.account")), Crumb::here(t.t("sealing.key"))],
        lead: t.t("sealing.key_lead"),
        blocks,
        tool,
        form: Some(form),
    };
    web.show(v, status, &page).await
}

pub async fn change_key(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let held = own_key(&v)?;
    let mut raw = read_fields(request).await?;
    take(&mut raw, "do");
    let done = match (raw.get("public").is_some(), raw.get("answer").is_some()) {
        (true, _) => match EnrolKeyholder::read(&raw) {
            Ok(form) => web.app.enrol_keyholder(&v.actor, form).await.map(|_| None),
            Err(f) => Err(f.into()),
        },
        (_, true) => match AnswerDrill::read(&raw) {
            Ok(form) => web.app.answer_drill(&v.actor, form).await.map(|_| None),
            Err(f) => Err(f.into()),
        },
        _ => web.app.ask_drill(&v.actor).await.map(|d| Some(json!(d))),
    };
    match done {
        Ok(None) => Ok(Redirect::to("/account/keyholder?done=done").into_response()),
        Ok(Some(drill)) => show_key(&web, &v, &held, Some(drill), None).await,
        Err(e) => show_key(&web, &v, &held, None, Some(&on_form(e)?)).await,
    }
}

/// A keyholder's part of an opening.
pub async fn handout(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    show_handout(&web, &v, id, None).await
}

async fn show_handout(web: &Web, v: &Visitor, id: ChallengeId, problem: Option<&Problem>) -> Answer {
    let t = &v.text;
    let handout = web.app.handout(&v.actor, id).await?;
    let waiting = handout.shares.len();
    let text = t.with("sealing.shares", &[("n", waiting.to_string())]);
    let href = format!("/challenges/{id}");
    let page = SealingPage {
        title: t.t("sealing.opening"),
        crumbs: vec![
            Crumb::to("/", t.t("ui.home")),
            Crumb::to(&href, t.t("column.challenge")),
            Crumb::here(t.t("sealing.opening")),
        ],
        lead: t.t("sealing.opening_lead"),
        blocks: vec![Block::inset(t.t("sealing.yours"), text, "info")],
        tool: (waiting > 0).then(|| Tool::new("open", Some(&json!(handout)))),
        form: (waiting > 0).then(|| form::<AnswerHandout>(v, &json!({}), problem, &format!("{href}/handout"))),
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    web.show(v, status, &page).await
}

pub async fn answer(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>, request: Request) -> Answer {
    let raw = read_fields(request).await?;
    let read = AnswerHandout::read(&raw)
        .map_err(app::Error::from)
        .and_then(|form| Handout::read(form.answer.as_bytes()).map_err(|_| Refusal::new("not_an_answer").at("answer").into()));
    let done = match read {
        Ok(answer) => web.app.take_shares(&v.actor, id, answer).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/challenges/{id}?done=done")).into_response()),
        Err(e) => show_handout(&web, &v, id, Some(&on_form(e)?)).await,
    }
}

/// The key of one's own bid out of its spare: taken off in the browser, of the envelope of this stage only.
pub async fn spare(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Answer {
    let t = &v.text;
    let (c, b) = web.app.bid(&v.actor, id).await?;
    let stage = c.takes_spares(web.app.clock.now()).filter(|_| b.org == v.actor.org).ok_or_else(|| Problem::new("missing"))?;
    let commits = b.seal.as_ref().map(Seal::commits).unwrap_or_default();
    let wanted = json!({ "bid": id, "parts": c.parts_of(stage), "commits": commits });
    let href = format!("/bids/{id}");
    let page = SealingPage {
        title: t.t("sealing.spare"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to(&href, t.t("ui.my_bid")), Crumb::here(t.t("sealing.spare"))],
        lead: t.t("sealing.spare_lead"),
        blocks: vec![],
        tool: Some(Tool::new("spare", Some(&wanted))),
        form: Some(form::<SpareKey>(&v, &json!({}), None, &format!("{href}/spare-key"))),
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// Sealing in the browser, from the draft kept here: the page says that the draft was readable to the server.
pub async fn seal_here(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Answer {
    let t = &v.text;
    let sheet = web.app.sealing_sheet(&v.actor, id).await?;
    let (_, _, raw) = web.app.bid_draft(&v.actor, id).await?;
    let (tool, mut blocks) = match Offer::read(&raw) {
        Ok(offer) => (Some(Tool::new("seal", Some(&to_seal(&web, &sheet, &offer).await?))), vec![]),
        Err(faults) => {
            let told: Vec<String> = faults.0.iter().map(|f| super::form_view::fault_text(t, f)).collect();
            (None, vec![Block::inset(t.t("sealing.draft_faulty"), told.join(" "), "warn")])
        }
    };
    let href = format!("/bids/{id}");
    let (c, _) = web.app.bid(&v.actor, id).await?;
    if c.sealing.as_ref().is_some_and(|s| s.server_too) {
        blocks.push(Block::Inset {
            title: t.t("sealing.by_server"),
            text: t.t("sealing.by_server_text"),
            tone: "info",
            href: Some(format!("{href}/seal")),
            link: t.t("sealing.go.server"),
        });
    }
    let page = SealingPage {
        title: t.t("sealing.seal"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to(&href, t.t("ui.my_bid")), Crumb::here(t.t("sealing.seal"))],
        lead: t.t("sealing.seal_lead"),
        blocks,
        tool,
        form: Some(form::<SealedUpload>(&v, &json!({}), None, &format!("{href}/sealed-file"))),
    };
    web.show(&v, StatusCode::OK, &page).await
}

async fn to_seal(web: &Web, sheet: &seal::Sheet, offer: &Offer) -> Result<Value, Problem> {
    let [a, b] = offer_parts::split(offer);
    let mut files = vec![];
    for (field, ids) in [("consortium_agreement", &offer.consortium_agreement), ("attachments", &offer.attachments)] {
        for f in web.app.attachments(ids).await? {
            files.push(json!({
                "href": format!("/files/{}", f.id), "part": offer_parts::part_of(field), "field": field, "name": f.name, "kind": f.kind,
            }));
        }
    }
    Ok(json!({ "sheet": sheet, "fields": { "A": a, "B": b }, "files": files }))
}
