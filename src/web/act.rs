//! One page and one endpoint for every act of the registry: its form, the evidence beside it, what was typed, what is wrong.
use super::acts::{ACTS, Act};
use super::blocks;
use super::form_view::{Builder, decode, edit_rows, take};
use super::knock::{Meanwhile, holding, knock, take_version};
use super::pages::{ActPage, Crumb};
use super::problem::{Problem, Why};
use super::shown::{self, Shown};
use super::visitor::Visitor;
use super::{Web, block::Link, file, step_up};
use crate::app::{self, door::Door};
use crate::domain::form::Kind;
use crate::domain::{Noun, Refusal, Rubric};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Adds a page for each act.
pub fn routes(mut router: Router<Web>) -> Router<Web> {
    for act in ACTS {
        let show = move |State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>| async move { form(&web, &v, act, id).await };
        let take = move |State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>, request: Request| async move {
            submit(&web, &v, act, id, request).await
        };
        router = router.route(&act.html(), get(show).post(take).layer(DefaultBodyLimit::disable()));
    }
    router
}

/// Raw input of an unsafe request, whatever its encoding; files in it go to the store and leave their ids. For those whose
/// right has been asked already.
pub async fn read_body(web: &Web, v: &Visitor, request: Request) -> Result<Value, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or("").to_owned();
    if kind.starts_with("multipart/form-data") {
        return file::read_multipart(web, v, request).await;
    }
    read_fields(request).await
}

/// The same of a form that takes no files: none is kept.
pub async fn read_fields(request: Request) -> Result<Value, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or("").to_owned();
    if !kind.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(Problem::new("unsupported"));
    }
    let bytes = axum::body::to_bytes(request.into_body(), 2 * 1024 * 1024).await.map_err(|_| Problem::new("too-large"))?;
    Ok(decode(form_urlencoded::parse(&bytes).map(|(n, v)| (n.into_owned(), v.into_owned())).take(1000)))
}

async fn form(web: &Web, v: &Visitor, act: &'static Act, id: Uuid) -> Result<Response, Problem> {
    let shown = shown::load(web, &v.actor, act.noun, id).await?;
    offered(&shown, act)?;
    if step_up::asked_for(act) && !v.actor.proven {
        return Ok(Redirect::to(&step_up::href(&act.href(id))).into_response());
    }
    let mut raw = starting_values(&shown, act, v);
    if act.form.fields().any(|f| f.name == "attendance") {
        let last = web.app.last_roll(&v.actor).await?;
        raw["attendance"] = last.into_iter().map(|(name, post)| json!({ "name": name, "post": post })).collect();
    }
    page(web, v, act, &shown, Typed { raw, version: shown.version }, None, StatusCode::OK).await
}

/// An act that is not this visitor's to take has no form; one that a rule bars now is told why.
fn offered(shown: &Shown, act: &'static Act) -> Result<(), Problem> {
    match shown.acts().into_iter().find(|(a, _)| std::ptr::eq(*a, act)) {
        Some((_, None)) => Ok(()),
        Some((_, Some(refusal))) => Err(Problem::refused(refusal)),
        None => Err(Problem::refused(Refusal::new("not_now").with("state", shown.state))),
    }
}

/// What was typed, and into which version of the thing.
struct Typed {
    raw: Value,
    version: i32,
}

/// Why a form is shown again.
enum Again {
    Problem(Problem),
    Meanwhile(Meanwhile),
}

/// The form with what had been typed, once more.
pub async fn typed(web: &Web, v: &Visitor, act: &'static Act, id: Uuid, mut raw: Value) -> Result<Response, Problem> {
    let shown = shown::load(web, &v.actor, act.noun, id).await?;
    offered(&shown, act)?;
    let version = take_version(&mut raw, false).ok().flatten().unwrap_or(shown.version);
    page(web, v, act, &shown, Typed { raw, version }, None, StatusCode::OK).await
}

async fn submit(web: &Web, v: &Visitor, act: &'static Act, id: Uuid, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    // Whoever has not just proved who they are is asked on the way, and what they typed comes along.
    let door = knock(web, v, &v.actor.clone().proven(), (act, id), &headers).await?;
    let mut raw = if act.form.takes_files() { read_body(web, v, request).await? } else { read_fields(request).await? };
    let command = take(&mut raw, "do").filter(|c| !c.is_empty());
    let version = take_version(&mut raw, act.edits() && command.is_none());
    if let Some(command) = command {
        edit_rows(&mut raw, &command);
        let shown = shown::load(web, &v.actor, act.noun, id).await?;
        let version = version?.unwrap_or(shown.version);
        return page(web, v, act, &shown, Typed { raw, version }, None, StatusCode::OK).await;
    }
    drop_empty(&mut raw);
    let (done, version) = match version {
        Ok(version) => (run(web, v, (act, id), (&raw, version, door), &headers).await, version),
        Err(faults) => (Err(faults.into()), None),
    };
    let problem = match done {
        Ok((noun, made)) => {
            sealed_from(web, v, act, made).await?;
            if act.path == "objections" && v.actor.is_visitor() {
                return super::follow::receipt(web, v, noun, made).await;
            }
            return Ok(after(act, noun, made, id));
        }
        Err(app::Error::Store(app::StoreError::Replayed { noun, subject })) => {
            return Ok(Redirect::to(&format!("/{noun}/{subject}")).into_response());
        }
        Err(app::Error::Store(app::StoreError::Changed)) => {
            let meanwhile = Meanwhile::of(web, v, (act, id), version.unwrap_or(0)).await?;
            let shown = shown::load(web, &v.actor, act.noun, id).await?;
            let typed = Typed { raw, version: shown.version };
            return page(web, v, act, &shown, typed, Some(&Again::Meanwhile(meanwhile)), StatusCode::CONFLICT).await;
        }
        Err(e) => Problem::from(e),
    };
    if problem.kind == "step-up-needed" {
        raw["version"] = json!(version);
        return step_up::ask(web, v, &act.href(id), &raw).await;
    }
    if !matches!(problem.why, Why::Faults(_) | Why::Refusal(_)) {
        return Err(problem);
    }
    // Where the thing has moved on meanwhile there is no form to go back to.
    match shown::load(web, &v.actor, act.noun, id).await {
        Ok(shown) => {
            let typed = Typed { raw, version: version.unwrap_or(shown.version) };
            page(web, v, act, &shown, typed, Some(&Again::Problem(problem)), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(_) => Err(problem),
    }
}

/// Takes the act: with the key of its request, on the version that was before its actor.
async fn run(
    web: &Web,
    v: &Visitor,
    (act, id): (&'static Act, Uuid),
    (raw, version, door): (&Value, Option<i32>, Option<Door>),
    headers: &HeaderMap,
) -> super::acts::Done {
    let actor = v.actor_once(headers, &act.href(id), raw);
    let actor = holding(web, (act, id), actor, door, version).await?;
    (act.run)(web.app.clone(), actor, id, raw.clone()).await
}

/// After the opening the supervisor learns which bids were sealed from one machine.
pub async fn sealed_from(web: &Web, v: &Visitor, act: &Act, made: Uuid) -> Result<(), Problem> {
    if act.noun == Noun::Bid && act.steps == ["seal"] {
        web.app.note_origin(&v.actor, crate::domain::BidId(made), &v.address, &v.agent).await?;
    }
    Ok(())
}

/// A box left empty is nothing, not an unknown field.
fn drop_empty(raw: &mut Value) {
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, v| !crate::domain::form::is_empty(v));
    }
}

fn after(act: &Act, noun: Noun, made: Uuid, id: Uuid) -> Response {
    let to = match (act.noun, act.path) {
        (Noun::Challenge, "bids") => format!("/bids/{made}/edit"),
        (Noun::Challenge, "questions") => format!("/challenges/{id}?done=asked#questions"),
        (Noun::Question, _) => format!("/questions/{made}?done=done"),
        (Noun::Bid, "seal" | "sealed-file") => format!("/bids/{made}/receipt"),
        (Noun::Bid, "replacement" | "resumption") => format!("/bids/{made}/edit"),
        (_, "lobbying") => "/lobbying?done=done".into(),
        (Noun::Notice, "objections") => format!("/notices/{id}?done=objection_filed"),
        _ => format!("/{}/{made}?done=done", noun.path()),
    };
    Redirect::to(&to).into_response()
}

/// What a form begins with: what is known is not typed again.
fn starting_values(shown: &Shown, act: &Act, v: &Visitor) -> Value {
    use super::shown::Thing;
    match (&shown.thing, act.path) {
        (Thing::Challenge(case), "amendment" | "edit-proposal") => {
            let c = &case.challenge;
            let mut raw = c.need.as_ref().map_or(json!({}), |n| serde_json::to_value(n).expect("needs are plain JSON"));
            if act.path == "amendment" {
                raw["close_at"] = json!(c.close_at);
            }
            raw
        }
        (Thing::Challenge(_), "flag-question" | "flag-dismissal") => json!({ "flag": super::flags::asked_for(v) }),
        (Thing::Challenge(case), "agreement") => {
            let bid = case.challenge.candidate().map(|r| r.bid);
            let price = case.bids.iter().find(|b| Some(b.id) == bid).and_then(|b| b.price_fen);
            json!({ "bid": bid, "price_fen": price })
        }
        (Thing::Challenge(case), "panel-replacement") => {
            json!({ "assignment": case.assignments.iter().find(|a| !a.sits()).map(|a| a.id) })
        }
        (Thing::Challenge(case), "publication") => {
            json!({ "rubric": case.challenge.need.as_ref().map(crate::domain::rubric::fitting) })
        }
        (Thing::Challenge(case), "defence-record") => {
            let slots = case.challenge.defence.iter().flat_map(|d| &d.slots);
            json!({ "bid": slots.clone().find(|s| s.heard.is_none()).map(|s| s.bid), "experts": case.challenge.panel.as_ref().map(|p| p.seats) })
        }
        (Thing::Challenge(case), "panel-report") => {
            let chair = case.assignments.iter().find(|a| a.chairs).and_then(|a| a.conclusion.clone());
            chair.map_or(json!({}), |c| {
                json!({ "conclusion": c.text, "effective_competition": c.effective_competition, "routes_differ": c.routes_differ })
            })
        }
        (Thing::Assignment(x), "tie-vote") => json!({ "bid": x.assignment.unvoted().next().and_then(|g| g.first()) }),
        (Thing::Assignment(x), "explanation") => json!({ "bid": x.assignment.unexplained().next() }),
        (Thing::Notice(n), "revision") => json!({ "conclusion": n.conclusion }),
        (Thing::Contract(x), "terms") => {
            x.0.terms.as_ref().map_or(json!({}), |t| serde_json::to_value(t).expect("terms are plain JSON"))
        }
        (Thing::Contract(_), "agreement") => json!({ "full_name": v.actor.name }),
        (Thing::Contract(x), "signature") => json!({ "full_name": v.actor.name, "text_sha256": x.0.text_sha256() }),
        (Thing::Contract(x), "plan") => plan_of(&x.0),
        (Thing::Contract(x), "changes") => change_of(&x.0, &v.query),
        (Thing::Change(_), "supplement") => json!({ "full_name": v.actor.name }),
        (Thing::Contract(x), "registration") => json!({ "total_fen": x.0.award(), "technical_fen": x.0.award() }),
        (Thing::Contract(x), "deviation-answer") => {
            json!({ "number": x.0.deviations.iter().find(|d| d.is_open()).map(|d| d.number) })
        }
        (Thing::Template(x), "edition") => super::templates::typed(x),
        (Thing::Milestone(x), "evidence") => {
            json!({ "evidence": (1..=x.0.thread.len()).map(|n| json!({ "indicator": n })).collect::<Vec<_>>() })
        }
        (Thing::Milestone(x), "pass" | "conditional-pass" | "failure" | "rectification") => {
            json!({ "judged": x.1.evidence.iter().map(|e| json!({ "indicator": e.indicator })).collect::<Vec<_>>() })
        }
        (Thing::Acceptance(x), "application") => {
            json!({ "self_assessed": (1..=x.0.thread.len()).map(|n| json!({ "indicator": n })).collect::<Vec<_>>() })
        }
        (Thing::Gate(x), "report") => {
            json!({ "values": x.1.table.iter().map(|c| json!({ "indicator": c.indicator })).collect::<Vec<_>>() })
        }
        (Thing::Gate(x), "decision") => {
            json!({ "rulings": x.1.lanes.iter().map(|l| json!({ "lane": l.lane })).collect::<Vec<_>>() })
        }
        (Thing::Gate(_), "merger-agreement") => json!({ "full_name": v.actor.name }),
        (Thing::Settlement(x), "refund") => json!({ "amount_fen": x.1.back_fen }),
        (Thing::FinalAccount(x), "refund") => json!({ "amount_fen": x.1.refund_fen }),
        // The lead is the first of the members.
        (Thing::Instalment(x), "onward-payment") => {
            json!({ "payments": x.0.partners.iter().skip(1).map(|p| json!({ "partner": p.name })).collect::<Vec<_>>() })
        }
        (Thing::Instalment(x), "request") => json!({ "invoice_fen": x.1.amount_fen }),
        (Thing::Budget(x), "proposal" | "adjustment") => serde_json::to_value(x.1.heads).expect("heads are plain JSON"),
        (Thing::Spending(x), "classification") => json!({ "class": x.1.class, "place": x.1.place }),
        (Thing::Instalment(x), "fiscal-payment" | "payment" | "receipt" | "recovery") => json!({ "amount_fen": x.1.amount_fen }),
        (Thing::Acceptance(x), "measurement") => {
            json!({ "measured": (1..=x.0.thread.len()).map(|n| json!({ "indicator": n })).collect::<Vec<_>>() })
        }
        _ => json!({}),
    }
}

/// A change begins with what stands: the members and the sums of the contract.
fn change_of(k: &crate::domain::Contract, query: &str) -> Value {
    let kind = form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == "kind").map(|(_, k)| k.into_owned());
    let mut raw = json!({ "kind": kind });
    match kind.as_deref() {
        Some("partner" | "money_share" | "lead") => raw["members"] = json!(k.partners),
        Some("amount") => {
            raw["county_fen"] = json!(k.county_fen);
            raw["enterprise_fen"] = json!(k.enterprise_fen);
            raw["self_fen"] = json!(k.self_fen);
        }
        _ => {}
    }
    raw
}

/// The plan as it stands: from the bid, or as the parties last had it.
fn plan_of(k: &crate::domain::Contract) -> Value {
    let indicators: Vec<Value> =
        k.thread.iter().enumerate().map(|(n, x)| json!({ "indicator": n + 1, "value": x.contracted })).collect();
    let milestones: Vec<Value> = k
        .milestones
        .iter()
        .map(|m| {
            let cut = if m.cut_point { "yes" } else { "no" };
            json!({
                "name": m.name, "month": m.month, "share_bp": m.share_bp, "result": m.result, "county_bp": m.county_bp, "after": m.after,
                "cut_point": cut,
            })
        })
        .collect();
    let county = k.county_plan;
    json!({
        "indicators": indicators, "milestones": milestones, "county_start_bp": county.map(|c| c.start_bp),
        "county_last_bp": county.map(|c| c.last_bp),
    })
}

async fn page(
    web: &Web,
    v: &Visitor,
    act: &'static Act,
    shown: &Shown,
    Typed { raw, version }: Typed,
    again: Option<&Again>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let t = &v.text;
    let name = act_name(t, act);
    let mut builder = Builder::new(t, act.form.name);
    match again {
        Some(Again::Problem(Problem { why: Why::Faults(f), .. })) => builder = builder.faults(f),
        Some(Again::Problem(Problem { why: Why::Refusal(r), .. })) => builder = builder.refusal(r),
        Some(Again::Meanwhile(m)) => builder = builder.refusal(&m.refusal),
        _ => {}
    }
    builder.files = file::labels(web, v, &raw).await?;
    let mut form = builder.build(&act.form, &raw, &act.href(shown.id), name.clone());
    form.version = Some(version.to_string());
    choices(web, v, act, shown, &raw, &mut form).await?;
    if let (super::shown::Thing::Assignment(x), "score") = (&shown.thing, act.path) {
        rubric(t, &x.challenge.rubric, x.assignment.may_read_open_part(), &mut form);
    }
    if let (super::shown::Thing::Contract(_), "changes") = (&shown.thing, act.path) {
        of_kind(t, &raw, &mut form);
    }
    form.cancel = Some(Link { href: shown.href(), label: t.t("ui.cancel") });
    let lead = t.find(&format!("lead.{}.{}", act.noun.id(), act.path)).unwrap_or("").to_owned();
    let crumbs =
        vec![Crumb::to("/", t.t("ui.home")), Crumb::to(&shown.href(), blocks::heading(t, shown)), Crumb::here(name.clone())];
    let mut beside = blocks::beside(web, v, shown, act.path).await?;
    if let Some(Again::Meanwhile(m)) = again {
        beside.insert(0, m.block(v));
    }
    let page = ActPage { title: name, crumbs, lead, consequences: vec![], beside, form, danger: act.danger };
    web.show(v, status, &page).await
}

/// A scoring form shows the part that is open, each item with its weight and what earns the points.
fn rubric(t: &super::text::Text, rubric: &Rubric, open: bool, form: &mut super::form_view::FormView) {
    let shut = |name: &str| {
        let item = name.strip_suffix("_reason").unwrap_or(name);
        rubric.item(item).is_some_and(|i| i.blind == open) || (name == "verdict" && !open)
    };
    for section in &mut form.sections {
        section.fields.retain(|f| !shut(&f.name));
        for field in &mut section.fields {
            if let Some(item) = rubric.item(&field.name) {
                let anchor = match item.anchors.is_empty() {
                    true => t.t(&format!("anchor.{}", item.id)),
                    false => super::rubric_pages::anchors(t, item),
                };
                field.hint = t.with("ui.points_most", &[("most", item.most.to_string()), ("anchor", anchor)]);
            }
        }
    }
}

/// A change is asked for by the form of its kind: first which kind, then the fields of that kind alone.
fn of_kind(t: &super::text::Text, raw: &Value, form: &mut super::form_view::FormView) {
    let kind = raw.get("kind").and_then(Value::as_str).unwrap_or("");
    let fields = crate::domain::KIND_FIELDS.iter().find(|(known, ..)| *known == kind);
    let Some((_, must, may)) = fields else {
        form.sections.iter_mut().for_each(|s| s.fields.retain(|f| f.name == "kind"));
        (form.method, form.multipart, form.submit) = ("get", false, t.t("ui.go_on"));
        form.version = None;
        return;
    };
    for section in &mut form.sections {
        section.title = super::form_view::option_text(t, "kind", kind);
        section.fields.retain(|f| {
            let name = f.name.as_str();
            must.contains(&name) || may.contains(&name) || matches!(name, "kind" | "reason" | "files")
        });
        for field in &mut section.fields {
            if field.name == "kind" {
                *field = super::form_view::FieldView::hidden("kind", kind.to_owned());
            }
            field.required |= must.contains(&field.name.as_str());
        }
    }
}

pub fn act_name(t: &super::text::Text, act: &Act) -> String {
    let first = format!("act.{}.{}", act.noun.id(), act.path);
    let more: Vec<String> = act.steps.iter().map(|s| format!("act.{}.{s}", act.noun.id())).collect();
    let mut keys = vec![first.as_str()];
    keys.extend(more.iter().map(String::as_str));
    t.first(&keys)
}

/// Ids are chosen by name, never typed.
async fn choices(
    web: &Web,
    v: &Visitor,
    act: &Act,
    shown: &Shown,
    raw: &Value,
    form: &mut super::form_view::FormView,
) -> Result<(), Problem> {
    let chosen = |name: &str| name == "flag" && act.form.name == "judge_flag";
    let ids: Vec<&'static str> =
        act.form.fields().filter(|f| matches!(f.kind, Kind::Id) || chosen(f.name)).map(|f| f.name).collect();
    for name in ids {
        let options = blocks::candidates(web, v, shown, name).await?;
        for field in form.sections.iter_mut().flat_map(|s| &mut s.fields).filter(|f| f.name == name) {
            field.kind = "choice";
            field.widget = "select";
            field.options = options
                .iter()
                .map(|(id, label)| super::form_view::OptionView {
                    value: id.clone(),
                    label: label.clone(),
                    chosen: raw.get(name).and_then(Value::as_str) == Some(id),
                })
                .collect();
        }
    }
    Ok(())
}
