//! Keyholders' and teams' part of sealing, over the API: keys on file, drills, sheets, hand-outs.
use super::api::body;
use super::block::Fact;
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time};
use crate::domain::forms::{AnswerDrill, EnrolKeyholder};
use crate::domain::seal::{Handout, groups};
use crate::domain::*;
use axum::{
    Json,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

type Answer = Result<Response, Problem>;

fn on_file(k: &Keyholder) -> Response {
    let body = json!({ "public": k.public, "fingerprint": k.public.fingerprint(), "enrolled_at": k.enrolled_at, "drilled_at": k.drilled_at });
    Json(body).into_response()
}

pub async fn enrol(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let form = EnrolKeyholder::read(&body(request).await?)?;
    let r = web.app.enrol_keyholder(&v.actor, form).await?;
    Ok(Json(super::registrations::registration_json(&v.actor, &r)).into_response())
}

pub async fn ask_drill(State(web): State<Web>, v: Visitor) -> Answer {
    Ok(Json(web.app.ask_drill(&v.actor).await?).into_response())
}

pub async fn answer_drill(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let form = AnswerDrill::read(&body(request).await?)?;
    Ok(on_file(&web.app.answer_drill(&v.actor, form).await?))
}

/// `GET /challenges/{id}/sealing`: public, so that anyone can compare the roster with the notice.
pub async fn roster(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    Ok(Json(web.app.roster_sheet(&v.actor, id).await?).into_response())
}

pub async fn sheet(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Answer {
    Ok(Json(web.app.sealing_sheet(&v.actor, id).await?).into_response())
}

pub async fn handout(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    Ok(Json(web.app.handout(&v.actor, id).await?).into_response())
}

pub async fn answer(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>, request: Request) -> Answer {
    let raw: Value = body(request).await?;
    let answer = Handout::read(raw.to_string().as_bytes()).map_err(|_| Problem::new("bad-request"))?;
    Ok(Json(web.app.take_shares(&v.actor, id, answer).await?).into_response())
}

/// What a receipt says of a bid that its team sealed.
pub fn facts(t: &Text, c: &Challenge, seal: &Seal) -> Vec<Fact> {
    let commits = seal.commits().iter().zip(["A", "B"]);
    let commits =
        commits.map(|(commit, part)| Fact::new(t.with("column.envelope", &[("part", part.to_owned())]), commit.clone()));
    let roster = c.sealing.iter().map(|s| Fact::new(t.t("column.roster"), groups(&s.sha256)));
    commits.chain(roster).collect()
}

/// The keyholders of a challenge, for its page.
pub fn keyholders(t: &Text, c: &Challenge) -> Vec<(String, String)> {
    let Some(s) = &c.sealing else { return vec![(t.t("column.sealed_by"), t.t("sealed_by.server"))] };
    let of = [("t", s.roster.t.to_string()), ("n", s.roster.holders.len().to_string())];
    let by = if s.server_too { "sealed_by.keyholders_or_server" } else { "sealed_by.keyholders" };
    let mut out = vec![(t.t("column.sealed_by"), t.with(by, &of)), (t.t("column.roster"), groups(&s.sha256))];
    out.extend(s.roster.holders.iter().map(|h| (format!("{} {}", h.body, h.name), h.public.fingerprint())));
    let hours = [("wait", c.rules.keyholder_hours.to_string()), ("hours", c.rules.spare_hours.to_string())];
    out.push((t.t("sealing.spare_window"), t.with("sealing.spare_window_text", &hours)));
    out.extend(c.witness.iter().map(|w| (t.t("column.witnessed_at"), time::moment(t, w.at))));
    out
}
