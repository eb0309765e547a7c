//! The JSON API: the same acts as the pages, by the same registry.
use super::acts::{ACTS, Act};
use super::knock::{Meanwhile, holding, knock, take_version};
use super::list::{Ask, key_text, row_state};
use super::problem::Problem;
use super::show::SHOWN;
use super::shown::{self, turn_json};
use super::visitor::Visitor;
use super::{Web, file, filter, log, openapi, opening_record, paper, sealing, upload};
use crate::app::{self, mine::Mine};
use crate::app::{Entry, Filter, Listed, Model, StoreError, Stored};
use crate::domain::forms::{ConfirmProfile, CreateAccount, CreateNeed, RegisterOrganisation, SignIn};
use crate::domain::*;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

type Answer = Result<Response, Problem>;

pub fn router(web: Web) -> Router<Web> {
    let mut api = Router::new()
        .route("/openapi.json", get(openapi::document))
        .route("/tokens", post(create_token).get(tokens))
        .route("/tokens/{id}", axum::routing::delete(end_token))
        .route("/me", get(me))
        .route("/me/step-up", post(super::step_up::prove_json))
        .route("/me/expert-profile", axum::routing::put(confirm_profile))
        .route("/me/keyholder", axum::routing::put(sealing::enrol))
        .route("/me/keyholder/drill", post(sealing::ask_drill))
        .route("/me/keyholder/drill-answer", post(sealing::answer_drill))
        .route("/queue", get(queue))
        .route("/challenges", get(challenges).post(create_challenge))
        .route("/challenges/mine", get(my_challenges))
        .route("/challenges/{id}/draft", get(draft).put(save_draft))
        .route("/challenges/{id}/sealing", get(sealing::roster))
        .route("/challenges/{id}/opening-record", get(opening_record::json))
        .route("/challenges/{id}/handout", get(sealing::handout).post(sealing::answer))
        .route("/challenges/{id}/story", get(story))
        .route("/challenges/{id}/editions", get(editions))
        .route("/challenges/{id}/flags", get(super::flags::case_of))
        .route("/reads", get(super::reads::all_json))
        .route("/challenges/{id}/reads", get(super::reads::case_json))
        .route("/accounts/{id}/reads", get(super::reads::person_json))
        .route("/me/reads", get(super::reads::mine_json))
        .route("/challenges/{id}/case.zip", get(super::case_file::download))
        .route("/challenges/{id}/redraws", get(super::redraws::json))
        .route("/challenges/{id}/publication-calendar", get(super::publication::calendar_json))
        .route("/verifications", get(super::audit::run_json).post(super::audit::verify_json))
        .route("/flags", get(super::flags::list))
        .route("/findings", get(list_of::<Finding>))
        .route("/bids", get(list_of::<Bid>))
        .route("/bids/{id}/draft", get(bid_draft).put(save_bid_draft))
        .route("/bids/{id}/receipt", get(receipt))
        .route("/bids/{id}/sealing", get(sealing::sheet))
        .route("/assignments", get(list_of::<Assignment>))
        .route("/talks", get(list_of::<Talk>))
        .route("/notices", get(list_of::<Notice>))
        .route("/objections", get(list_of::<Objection>))
        .route("/objections/statistics", get(super::objection::statistics_json))
        .route("/tip-offs", get(super::tip_off::list_json).post(super::tip_off::submit_json).layer(DefaultBodyLimit::disable()))
        .route("/lobbying", get(super::tip_off::lobbying_json))
        .route("/follow", post(super::follow::follow_json).layer(DefaultBodyLimit::disable()))
        .route("/meetings", get(super::meeting::list_json))
        .route("/meetings/{id}", get(super::meeting::show_json))
        .route("/contracts", get(list_of::<Contract>))
        .route("/contracts/{id}/papers", get(super::papers::json))
        .route("/contracts/{id}/editions", get(super::editions::json))
        .route("/templates", get(super::templates::json_list))
        .route("/me/organisation/signatories", get(super::signatories::json_list).post(super::signatories::json_add))
        .route("/me/organisation/signatories/{account}", axum::routing::delete(super::signatories::json_remove))
        .route("/instalments", get(list_of::<Instalment>))
        .route("/instalments/{id}/package.zip", get(super::package::download))
        .route("/spendings", get(list_of::<Spending>))
        .route("/final-accounts", get(list_of::<FinalAccount>))
        .route("/settlements", get(list_of::<Settlement>))
        .route("/progress-reports", get(list_of::<Progress>))
        .route("/follow-ups", get(list_of::<FollowUp>))
        .route("/integrity-records", get(list_of::<Integrity>))
        .route("/budget-documents", get(list_of::<BudgetDoc>).post(super::budget_doc::create))
        .route("/contracts/{id}/diligence", get(super::diligence::json))
        .route("/bank-statements", post(super::statement::import_json))
        .route("/overview", get(super::figures::overview_json))
        .route("/statistics/rd", get(super::figures::rd_json))
        .route("/ledger/trial-balance", get(super::ledger::trial_json))
        .route("/contracts/{id}/ledger", get(super::ledger::journal_json))
        .route("/organisations", get(organisations).post(create_organisation))
        .route("/experts", get(experts))
        .route("/bids/{id}/debrief", get(debrief))
        .route("/challenges/{id}/review-report", get(super::panel_pages::report_json))
        .route("/challenges/{id}/draw", get(super::panel_pages::lot_file))
        .route("/relations", post(super::relation_pages::import_json))
        .route("/rubrics", get(super::rubric_pages::list_json))
        .route("/rubrics/{name}", post(super::rubric_pages::edit_json))
        .route("/accounts", get(accounts).post(create_account))
        .route("/accounts/{id}/suspension", post(suspend))
        .route("/accounts/{id}/restoration", post(restore))
        .route("/events", get(events))
        .route("/log/checkpoint", get(log::checkpoint_json))
        .route("/log/proof", get(log::proof))
        .route("/log/receipts/{seq}", get(log::receipt_json))
        .route("/documents/{id}", get(paper::issued_json))
        .route("/files", post(file::upload).layer(DefaultBodyLimit::disable()))
        .route("/files/{id}", get(file::download))
        .route("/uploads", post(upload::begin).options(upload::spoken))
        .route(
            "/uploads/{id}",
            get(upload::progress).patch(upload::more).delete(upload::abandon).layer(DefaultBodyLimit::disable()),
        )
        .route("/checks/uscc/{code}", get(check_uscc))
        .route("/checks/working-days", get(check_working_days));
    for noun in SHOWN {
        let show = move |State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>| async move {
            show(&web, &v, *noun, id, StatusCode::OK).await
        };
        api = api.route(&format!("/{}/{{id}}", noun.path()), get(show));
        let documents = move |State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>| async move {
            paper::list_json(&web, &v, *noun, id).await
        };
        let draft = move |State(web): State<Web>,
                          v: Visitor,
                          Path((id, kind)): Path<(Uuid, String)>,
                          Query(ask): Query<paper::Ask>| async move {
            paper::draft_json(&web, &v, *noun, (id, &kind), ask).await
        };
        api = api
            .route(&format!("/{}/{{id}}/documents", noun.path()), get(documents))
            .route(&format!("/{}/{{id}}/documents/{{kind}}", noun.path()), get(draft));
    }
    for act in ACTS {
        let take = move |State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>, headers: HeaderMap, body: Request| async move {
            take(&web, &v, act, id, &headers, body).await
        };
        api = api.route(&act.html(), post(take).layer(DefaultBodyLimit::disable()));
    }
    if web.test_clock {
        api = api.route("/test/clock", post(set_clock).get(read_clock));
    }
    api
}

/// A JSON object; an empty body is an empty form.
pub async fn body(request: Request) -> Result<Value, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or("").to_owned();
    let bytes = axum::body::to_bytes(request.into_body(), 2 * 1024 * 1024).await.map_err(|_| Problem::new("too-large"))?;
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    if !kind.starts_with("application/json") {
        return Err(Problem::new("unsupported"));
    }
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| Problem::new("bad-request"))?;
    if value.is_object() { Ok(value) } else { Err(Problem::new("bad-request")) }
}

pub async fn show(web: &Web, v: &Visitor, noun: Noun, id: Uuid, status: StatusCode) -> Answer {
    let s = shown::load(web, &v.actor, noun, id).await?;
    let mut response = (status, Json(s.json(&v.actor, &v.text))).into_response();
    if status == StatusCode::CREATED {
        response.headers_mut().insert(header::LOCATION, format!("/api/v1{}", s.href()).parse().expect("ids and fixed words"));
    }
    Ok(response)
}

async fn take(web: &Web, v: &Visitor, act: &'static Act, id: Uuid, headers: &HeaderMap, request: Request) -> Answer {
    let door = knock(web, v, &v.actor, (act, id), headers).await?;
    let mut raw = if act.form.takes_files() { body_with_files(web, v, request).await? } else { body(request).await? };
    let whole = raw.clone();
    let version = take_version(&mut raw, act.edits())?;
    let actor = v.actor_once(headers, &act.href(id), &whole);
    let status = if act.creates() { StatusCode::CREATED } else { StatusCode::OK };
    let done = match holding(web, (act, id), actor, door, version).await {
        Ok(actor) => (act.run)(web.app.clone(), actor, id, raw).await,
        Err(e) => Err(e),
    };
    match done {
        Ok((noun, made)) => {
            super::act::sealed_from(web, v, act, made).await?;
            made_view(web, v, noun, made, status).await
        }
        Err(app::Error::Store(StoreError::Replayed { noun, subject })) => replay(web, v, &noun, subject, status).await,
        Err(app::Error::Store(StoreError::Changed)) => {
            Err(Meanwhile::of(web, v, (act, id), version.unwrap_or(0)).await?.problem())
        }
        Err(e) => Err(e.into()),
    }
}

/// JSON; or a form with files in it, as who has no account must send them.
pub async fn body_with_files(web: &Web, v: &Visitor, request: Request) -> Result<Value, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or("");
    if kind.starts_with("multipart/form-data") { file::read_multipart(web, v, request).await } else { body(request).await }
}

/// What was made, as its maker may see it; an objector without an account sees only that it was taken.
async fn made_view(web: &Web, v: &Visitor, noun: Noun, id: Uuid, status: StatusCode) -> Answer {
    match show(web, v, noun, id, status).await {
        Err(p) if p.status == StatusCode::NOT_FOUND => {
            let code = (v.actor.is_visitor() && noun == Noun::Objection).then(|| web.app.code_of(id));
            Ok((status, Json(json!({ "id": id, "noun": noun, "code": code }))).into_response())
        }
        other => other,
    }
}

/// The same request again: the same answer, and nothing done twice.
async fn replay(web: &Web, v: &Visitor, noun: &str, id: Uuid, status: StatusCode) -> Answer {
    let noun = Noun::ALL.into_iter().find(|n| n.path() == noun).ok_or_else(|| Problem::new("missing"))?;
    made_view(web, v, noun, id, status).await
}

async fn create_token(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let raw = body(request).await?;
    let form = SignIn::read(&raw)?;
    let label = if v.agent.is_empty() { "API" } else { &v.agent };
    let fresh = web.app.sign_in(&form, &v.address, "token", label).await?;
    let account = &fresh.account;
    let body = json!({
        "token": fresh.token, "id": fresh.session.id, "expires_at": fresh.session.expires_at,
        "account": { "id": account.id, "name": account.name, "email": account.email, "role": account.role, "organisation": account.org },
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn tokens(State(web): State<Web>, v: Visitor) -> Answer {
    let all = web.app.sessions(&v.actor).await?;
    let items: Vec<Value> = all.iter().map(|s| json!({ "id": s.id, "kind": s.kind, "label": s.label, "created_at": s.at, "seen_at": s.seen_at, "expires_at": s.expires_at })).collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

async fn end_token(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Answer {
    match web.app.sign_out(&v.actor, Some(id), None).await? {
        0 => Err(Problem::new("missing")),
        _ => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn me(State(web): State<Web>, v: Visitor) -> Answer {
    let Some(s) = &v.signed_in else { return Err(Problem::new("sign-in")) };
    let org = web.app.organisation(s.account.org).await?;
    let body = json!({
        "id": s.account.id, "name": s.account.name, "email": s.account.email, "role": s.account.role,
        "organisation": { "id": org.id, "name": org.name, "uscc": org.uscc, "kind": org.kind }, "waiting": web.app.waiting(&v.actor).await?,
    });
    Ok(Json(body).into_response())
}

/// The caller's work queue, the most urgent first.
async fn queue(State(web): State<Web>, v: Visitor) -> Answer {
    policy::own_account(&v.actor).map_err(app::Error::from)?;
    let items = web.app.queue(&v.actor, 200).await?;
    let titles = web.app.titles(&items.iter().filter_map(|w| w.challenge).collect::<Vec<_>>()).await?;
    let items: Vec<Value> = items
        .iter()
        .map(|w| {
            let mut turn = turn_json(w);
            turn["challenge"] = json!(w.challenge);
            turn["title"] = json!(w.challenge.and_then(|c| titles.get(&c)));
            turn["due_at"] = json!(w.turn.due);
            turn
        })
        .collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

/// The moment, and the conditions that a list's address asks for.
async fn narrowed(web: &Web, path: &str, ask: &Ask) -> Result<(jiff::Timestamp, Vec<Filter>), Problem> {
    let m = web.app.glance().await?;
    Ok((m.now, filter::read_or_tell(path, &ask.by, &m)?))
}

async fn challenges(State(web): State<Web>, _v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let (now, wanted) = narrowed(&web, "/challenges", &ask).await?;
    let listed = web.app.listed(&wanted, ask.page()?).await?;
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).ok();
    let items: Vec<Value> = listed
        .items
        .iter()
        .map(|r| {
            json!({
                "id": r.id, "number": r.number, "title": r.title, "state": row_state(&r.state, r.close_at, now), "track": r.track, "award_mode": r.award_mode, "chain": r.chain,
                "poster": r.poster_name, "stake_fen": r.stake_fen, "county_fen": r.county_fen, "listed_at": at(r.listed_at), "close_at": r.close_at.and_then(at),
                "due_at": r.close_at.and_then(at), "href": format!("/api/v1/challenges/{}", r.id), "page": format!("/challenges/{}", r.id),
            })
        })
        .collect();
    Ok(Json(json!({ "items": items, "next": listed.next.map(key_text) })).into_response())
}

fn list_json<T>(listed: &Listed<T>, item: impl Fn(&T) -> Value) -> Response {
    Json(json!({ "items": listed.items.iter().map(item).collect::<Vec<_>>(), "next": listed.next.map(key_text) })).into_response()
}

async fn my_challenges(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    policy::own_account(&v.actor).map_err(app::Error::from)?;
    let (now, wanted) = narrowed(&web, "/mine", &ask).await?;
    let listed = web.app.own_challenges(&v.actor, wanted, ask.page()?).await?;
    Ok(list_json(
        &listed,
        |c| json!({ "id": c.id, "number": c.number, "title": c.title, "state": c.state_at(now), "since": c.head.since, "due_at": c.runs_until(now), "href": format!("/api/v1/challenges/{}", c.id) }),
    ))
}

/// Things of one noun that are the caller's business: what every list says of each.
async fn list_of<T>(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer
where
    T: Mine + Listing,
    Model<T>: Sync,
{
    let (_, wanted) = narrowed(&web, &format!("/{}", T::NOUN.path()), &ask).await?;
    let listed = web.app.own::<T>(&v.actor, wanted, ask.page()?).await?;
    Ok(list_json(&listed, |x| {
        let mut item = x.item();
        item["id"] = json!(x.id());
        item["challenge"] = json!(x.challenge_id());
        item["href"] = json!(format!("/api/v1/{}/{}", T::NOUN.path(), x.id()));
        item
    }))
}

/// What a list says of a thing beyond its address.
pub trait Listing: Stored {
    fn item(&self) -> Value;
}
macro_rules! listing { ($($t:ident { $($extra:ident),* })*) => { $(impl Listing for $t {
    fn item(&self) -> Value { json!({ "state": self.head.state, "since": self.head.since, "due_at": self.head.due, $(stringify!($extra): self.$extra),* }) }
})* } }
listing! {
    Bid { org, rank, score }
    Assignment { expert }
    Talk { org, poster }
    Notice { number, ends_at, winners }
    Objection { notice }
    Contract { number, title, poster, lead, county_fen, enterprise_fen }
    Instalment { contract, number, source, payer, payee, amount_fen }
    Spending { contract, spent_on, amount_fen, payee, source, class, hints }
    FinalAccount { contract, lead, surplus, refund_fen }
    Finding { flag, outcome }
    Settlement { contract, lead, class, rule, back_fen, returned_fen }
    BudgetDoc { number, fiscal_year, title, amount_fen, used_fen }
    Progress { contract, lead, kind, filed_at }
    FollowUp { contract, lead, year, of, ends_at, outcomes, score }
    Integrity { org, kind, bars, from_at, until_at }
}

async fn create_challenge(State(web): State<Web>, v: Visitor, headers: HeaderMap, request: Request) -> Answer {
    let raw = body(request).await?;
    let form = CreateNeed::read(&raw)?;
    match web.app.create_challenge(&v.actor_once(&headers, "challenges", &raw), form).await {
        Ok(c) => show(&web, &v, Noun::Challenge, c.id.0, StatusCode::CREATED).await,
        Err(app::Error::Store(StoreError::Replayed { noun, subject })) => {
            replay(&web, &v, &noun, subject, StatusCode::CREATED).await
        }
        Err(e) => Err(e.into()),
    }
}

async fn draft(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let (_, kept) = web.app.draft(&v.actor, id).await?;
    let faults = Need::read(&kept.raw).err().unwrap_or_default();
    Ok(Json(json!({ "version": kept.edition, "saved_at": kept.at, "draft": kept.raw, "open_items": open_items(&v, &faults) }))
        .into_response())
}

fn open_items(v: &Visitor, faults: &Faults) -> Value {
    faults
        .0
        .iter()
        .map(|f| json!({ "field": f.path, "code": f.code, "message": super::form_view::fault_text(&v.text, f) }))
        .collect()
}

/// `{version, draft: {…}}`: fields given replace those kept; a version that another writer moved is refused.
fn patch(mut raw: Value) -> Result<(Value, Option<i32>), Problem> {
    let edition = take_version(&mut raw, true)?;
    match raw.get_mut("draft").map(Value::take) {
        Some(draft) if draft.is_object() => Ok((draft, edition)),
        _ => Err(Problem::faults(Faults::one("draft", "missing"))),
    }
}

fn known_fields(form: &form::Form, draft: &Value) -> Result<(), Problem> {
    let mut faults = Faults::default();
    for name in draft.as_object().into_iter().flat_map(|m| m.keys()).filter(|n| !form.fields().any(|f| f.name == n.as_str())) {
        faults.add(name.clone(), "unknown_field");
    }
    Ok(faults.ok(())?)
}

async fn save_draft(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>, request: Request) -> Answer {
    web.app.challenge(&v.actor, id).await?;
    let (raw, edition) = patch(body(request).await?)?;
    known_fields(&<Need as Draft>::FORM, &raw)?;
    let edition = web.app.save_draft(&v.actor, id, raw, edition).await?;
    Ok(Json(json!({ "version": edition })).into_response())
}

async fn bid_draft(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Answer {
    let (_, b, raw) = web.app.bid_draft(&v.actor, id).await?;
    let leaks = blind::leaks(&raw, &web.app.names_of_team(v.actor.org).await?);
    Ok(Json(json!({ "version": b.draft_edition, "draft": raw, "names_in_blind": leaks, "open_items": open_items(&v, &Offer::read(&raw).err().unwrap_or_default()) })).into_response())
}

async fn save_bid_draft(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>, request: Request) -> Answer {
    web.app.bid(&v.actor, id).await?;
    let (raw, edition) = patch(body(request).await?)?;
    known_fields(&<Offer as Draft>::FORM, &raw)?;
    let edition = web.app.save_bid_draft(&v.actor, id, raw, edition).await?;
    Ok(Json(json!({ "version": edition })).into_response())
}

async fn receipt(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Answer {
    let (c, b) = web.app.bid(&v.actor, id).await?;
    let seal = b.seal.as_ref().ok_or_else(|| Problem::new("missing"))?;
    let proof = log::receipt_of(&web, &v, id.0, &["bid.seal"]).await?;
    Ok(Json(json!({ "bid": b.id, "challenge": c.id, "number": c.number, "sha256": seal.sha256, "sealed_at": seal.sealed_at, "edition": seal.edition, "sealed_by": seal.by_whom(), "commits": Some(seal.commits()).filter(|c| !c.is_empty()), "proof": proof, "roster_sha256": c.sealing.as_ref().map(|s| &s.sha256) })).into_response())
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
    limit: Option<u64>,
}

fn entry_json(e: &Entry) -> Value {
    json!({
        "seq": e.seq, "leaf": e.leaf(), "proof": format!("/api/v1/log/proof?seq={}", e.seq), "at": e.at, "kind": e.kind, "subject": e.subject, "challenge": e.challenge, "actor": { "name": e.actor_name, "role": e.actor_role },
        "from": e.body["event"]["from"], "to": e.body["event"]["to"], "reason": e.body["event"]["reason"], "changes": e.body["event"]["changes"],
    })
}

async fn story(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>, Query(q): Query<Before>) -> Answer {
    let c = web.app.challenge(&v.actor, id).await?;
    let limit = q.limit.unwrap_or(50).clamp(1, 100);
    let entries = web.app.story(&v.actor, &c, q.before, limit).await?;
    let next = entries.last().filter(|_| entries.len() as u64 == limit).map(|e| e.seq.to_string());
    Ok(Json(json!({ "items": entries.iter().map(entry_json).collect::<Vec<_>>(), "next": next })).into_response())
}

async fn editions(State(web): State<Web>, v: Visitor, Path(id): Path<ChallengeId>) -> Answer {
    let c = web.app.challenge(&v.actor, id).await?;
    let inside = policy::sees_inside(&v.actor, &c);
    let mut items = vec![];
    for (edition, reason, at, need) in web.app.editions(id).await? {
        let need: Need = serde_json::from_value(need).map_err(|e| Problem::internal(&e))?;
        items.push(json!({ "edition": edition, "reason": reason, "at": at, "need": shown::need_json(&need, inside) }));
    }
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}

async fn organisations(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let (_, wanted) = narrowed(&web, "/organisations", &ask).await?;
    let listed = web.app.organisations(&v.actor, &wanted, ask.page()?).await?;
    Ok(list_json(
        &listed,
        |o| json!({ "id": o.id, "uscc": o.uscc, "name": o.name, "kind": o.kind, "region": o.region, "active": o.active }),
    ))
}

async fn create_organisation(State(web): State<Web>, v: Visitor, headers: HeaderMap, request: Request) -> Answer {
    let raw = body(request).await?;
    let form = RegisterOrganisation::read(&raw)?;
    let id = match web.app.register_organisation(&v.actor_once(&headers, "organisations", &raw), form).await {
        Ok(o) => o.id,
        Err(app::Error::Store(StoreError::Replayed { subject, .. })) => OrgId(subject),
        Err(e) => return Err(e.into()),
    };
    let o = web.app.organisation(id).await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "id": o.id, "uscc": o.uscc, "name": o.name, "kind": o.kind, "region": o.region, "active": o.active })),
    )
        .into_response())
}

async fn accounts(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let (_, wanted) = narrowed(&web, "/accounts", &ask).await?;
    let listed = web.app.accounts(&v.actor, &wanted, ask.page()?).await?;
    Ok(list_json(&listed, account_json))
}

async fn experts(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let (_, wanted) = narrowed(&web, "/experts", &ask).await?;
    let listed = web.app.habits(&v.actor, wanted, ask.page()?).await?;
    Ok(list_json(
        &listed,
        |(a, unit, habit)| json!({ "id": a.id, "name": a.name, "unit": unit.name, "expert": a.expert, "habit": habit }),
    ))
}

/// How one's own bid stood, beside the first rank and the spread.
async fn debrief(State(web): State<Web>, v: Visitor, Path(id): Path<BidId>) -> Answer {
    let (c, b) = web.app.bid(&v.actor, id).await?;
    let debrief = web.app.debrief(&v.actor, &b, &c).await?.ok_or_else(|| Problem::refused(Refusal::new("debrief_later")))?;
    Ok(Json(debrief).into_response())
}

fn account_json(a: &Account) -> Value {
    json!({ "id": a.id, "email": a.email, "name": a.name, "role": a.role, "organisation": a.org, "active": a.active, "created_at": a.created_at, "expert": a.expert })
}

async fn create_account(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let raw = body(request).await?;
    let (a, made) = web.app.create_account(&v.actor, CreateAccount::read(&raw)?).await?;
    let mut out = account_json(&a);
    if let Some(password) = made {
        out["password"] = json!(password);
    }
    Ok((StatusCode::CREATED, Json(out)).into_response())
}

async fn confirm_profile(State(web): State<Web>, v: Visitor, request: Request) -> Answer {
    let raw = body(request).await?;
    Ok(Json(account_json(&web.app.confirm_profile(&v.actor, ConfirmProfile::read(&raw)?).await?)).into_response())
}

async fn suspend(State(web): State<Web>, v: Visitor, Path(id): Path<AccountId>) -> Answer {
    Ok(Json(account_json(&web.app.set_account_active(&v.actor, id, false).await?)).into_response())
}

async fn restore(State(web): State<Web>, v: Visitor, Path(id): Path<AccountId>) -> Answer {
    Ok(Json(account_json(&web.app.set_account_active(&v.actor, id, true).await?)).into_response())
}

/// The record in order, for those who oversee: each entry exactly as it was written, with its salt.
async fn events(State(web): State<Web>, v: Visitor, Query(q): Query<Ask>) -> Answer {
    let number = |name: &'static str, said: &Option<String>, usual: i64| match said.as_deref().filter(|s| !s.is_empty()) {
        None => Ok(usual),
        Some(text) => text.parse().map_err(|_| Problem::faults(Faults::one(name, "not_integer"))),
    };
    let limit = number("limit", &q.limit, 100)?.clamp(1, 500).unsigned_abs();
    let (_, wanted) = narrowed(&web, "/record", &q).await?;
    let entries = web.app.record(&v.actor, &wanted, number("after", &q.after, 0)?, limit).await?;
    let items: Vec<Value> = entries.iter().map(|e| json!({ "seq": e.seq, "at": e.at, "kind": e.kind, "visibility": e.visibility, "salt": hex::encode(&e.salt), "text": e.text, "event": e.body })).collect();
    let next = entries.last().filter(|_| entries.len() as u64 == limit).map(|e| e.seq.to_string());
    Ok(Json(json!({ "items": items, "next": next })).into_response())
}

/// The same check that a form makes while one types.
async fn check_uscc(v: Visitor, Path(code): Path<String>) -> Answer {
    let body = match code.parse::<Uscc>() {
        Ok(_) => json!({ "valid": true, "reason": null, "position": null }),
        Err(e) => {
            let fault = Fault { path: String::new(), code: e.code(), args: e.args() };
            json!({ "valid": false, "reason": super::form_view::fault_text(&v.text, &fault), "code": e.code(), "position": e.position() })
        }
    };
    Ok(Json(body).into_response())
}

#[derive(Deserialize)]
struct WorkingDays {
    from: Option<String>,
    days: Option<String>,
}

async fn check_working_days(State(web): State<Web>, Query(q): Query<WorkingDays>) -> Answer {
    let mut faults = Faults::default();
    let from = q.from.as_deref().and_then(form::day);
    let days = q.days.as_deref().and_then(|d| d.parse::<i64>().ok()).filter(|n| (1..=1000).contains(n));
    if from.is_none() {
        faults.add("from", "not_date");
    }
    if days.is_none() {
        faults.add_with("days", "out_of_range", vec![("min", "1".into()), ("max", "1000".into())]);
    }
    let (Some(from), Some(days)) = (from, days) else { return Err(Problem::faults(faults)) };
    let m = web.app.glance().await?;
    let due = m.calendar.add_workdays(from, days);
    let skipped: Vec<Value> = due.skipped.iter().map(|(d, why)| json!({ "date": d.to_string(), "reason": why })).collect();
    let body = json!({ "due": due.date.to_string(), "counted": due.counted.iter().map(ToString::to_string).collect::<Vec<_>>(), "skipped": skipped, "covered": !due.provisional });
    Ok(Json(body).into_response())
}

async fn set_clock(State(web): State<Web>, request: Request) -> Answer {
    let raw = body(request).await?;
    let now = raw.get("now").and_then(Value::as_str).and_then(|s| s.parse::<jiff::Timestamp>().ok());
    let Some(now) = now else { return Err(Problem::faults(Faults::one("now", "not_moment"))) };
    web.app.set_test_clock(now).await?;
    web.app.keep_all_seats().await?;
    Ok(Json(json!({ "now": web.app.clock.now() })).into_response())
}

async fn read_clock(State(web): State<Web>) -> Answer {
    Ok(Json(json!({ "now": web.app.clock.now() })).into_response())
}
