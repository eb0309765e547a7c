//! Long forms, section by section: a task list, one topic a page, autosave into server versions, check before sealing.
use super::act::read_body;
use super::block::*;
use super::form_view::{Builder, Extra, edit_rows, take};
use super::knock::take_version;
use super::pages::{ActPage, Crumb, EditPage};
use super::problem::Problem;
use super::visitor::Visitor;
use super::{Web, blocks, file, time};
use crate::app;
use crate::domain::form::{Form, Section};
use crate::domain::{forms::CreateNeed, *};
use axum::{
    Json,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Deserialize)]
pub struct From {
    clone_of: Option<String>,
}

pub async fn new(State(web): State<Web>, v: Visitor, Query(q): Query<From>) -> Result<Response, Problem> {
    policy::create_challenge(&v.actor, ChallengeId(Uuid::nil())).map_err(app::Error::from)?;
    show_new(&web, &v, &json!({ "clone_of": q.clone_of }), None, StatusCode::OK).await
}

async fn show_new(web: &Web, v: &Visitor, raw: &Value, faults: Option<&Faults>, status: StatusCode) -> Result<Response, Problem> {
    let t = &v.text;
    let mut builder = Builder::new(t, "create_need");
    if let Some(f) = faults {
        builder = builder.faults(f);
    }
    let mut form = builder.build(&<CreateNeed as Draft>::FORM, raw, "/challenges/new", t.t("ui.start"));
    for f in form.sections.iter_mut().flat_map(|s| &mut s.fields).filter(|f| f.name == "clone_of") {
        let own = web.app.own_challenges(&v.actor, vec![], app::Page::first(50)).await?;
        f.kind = "choice";
        f.widget = "select";
        f.options = own
            .items
            .iter()
            .filter(|c| c.org == v.actor.org && c.need.is_some())
            .map(|c| super::form_view::OptionView {
                value: c.id.to_string(),
                label: c.title.clone(),
                chosen: raw["clone_of"] == json!(c.id),
            })
            .collect();
    }
    let crumbs =
        vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/mine", t.t("nav.my_challenges")), Crumb::here(t.t("ui.new_challenge"))];
    let page = ActPage {
        title: t.t("ui.new_challenge"),
        crumbs,
        lead: t.t("draft.lead"),
        consequences: vec![],
        beside: vec![],
        form,
        danger: false,
    };
    web.show(v, status, &page).await
}

pub async fn create(State(web): State<Web>, v: Visitor, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let mut raw = read_body(&web, &v, request).await?;
    take(&mut raw, "version");
    if let Some(map) = raw.as_object_mut() {
        map.retain(|_, x| !form::is_empty(x));
    }
    let form = match CreateNeed::read(&raw) {
        Ok(form) => form,
        Err(faults) => return show_new(&web, &v, &raw, Some(&faults), StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let c = web.app.create_challenge(&v.actor_once(&headers, "challenges", &raw), form).await?;
    Ok(Redirect::to(&format!("/challenges/{}/edit", c.id)).into_response())
}

/// A draft on its way: whose form it is, where it is saved, what it needs to be complete.
struct Editing {
    noun: Noun,
    id: Uuid,
    title: String,
    number: Option<String>,
    form: Form,
    raw: Value,
    edition: i32,
    saved_at: Option<jiff::Timestamp>,
    faults: Faults,
    close_at: Option<jiff::Timestamp>,
    need: Option<Need>,
    /// A bid that its team seals, to keyholders.
    at_home: bool,
}

impl Editing {
    fn base(&self) -> String {
        format!("/{}/{}/edit", self.noun.path(), self.id)
    }
    fn submit_href(&self) -> String {
        let act = match self.noun {
            Noun::Bid if self.at_home => "seal-here",
            Noun::Bid => "seal",
            _ => "submission",
        };
        format!("/{}/{}/{act}", self.noun.path(), self.id)
    }
    fn section(&self, id: &str) -> Result<&'static Section, Problem> {
        self.form.sections.iter().find(|s| s.id == id).ok_or_else(|| Problem::new("missing"))
    }
    fn next(&self, id: &str) -> Option<&'static str> {
        let at = self.form.sections.iter().position(|s| s.id == id)?;
        self.form.sections.get(at + 1).map(|s| s.id)
    }
}

async fn challenge_draft(web: &Web, v: &Visitor, id: Uuid) -> Result<Editing, Problem> {
    let (c, kept) = web.app.draft(&v.actor, ChallengeId(id)).await?;
    let m = web.app.glance().await?;
    c.may(ChallengeAct::Submit, &m).map_err(app::Error::from)?;
    let faults = Need::read(&kept.raw).err().unwrap_or_default();
    Ok(Editing {
        noun: Noun::Challenge,
        id,
        title: c.title.clone(),
        number: c.number.clone(),
        form: <Need as Draft>::FORM,
        raw: kept.raw,
        edition: kept.edition,
        saved_at: Some(kept.at),
        faults,
        close_at: None,
        need: None,
        at_home: false,
    })
}

async fn bid_draft(web: &Web, v: &Visitor, id: Uuid) -> Result<Editing, Problem> {
    let (c, b, mut raw) = web.app.bid_draft(&v.actor, BidId(id)).await?;
    let m = web.app.glance().await?;
    b.may(BidAct::Seal, &c, &m).map_err(app::Error::from)?;
    let org = web.app.organisation(b.org).await?;
    if raw.get("members").is_none_or(form::is_empty) {
        raw["members"] = json!([{ "uscc": org.uscc, "name": org.name }]);
    }
    if let Some(n) = c.need.as_ref().filter(|_| raw.get("promises").is_none_or(form::is_empty)) {
        raw["promises"] = (1..=n.indicators.len()).map(|n| json!({ "indicator": n })).collect();
    }
    let faults = match Offer::read(&raw) {
        Ok(offer) => c.need.as_ref().map(|n| offer.answers(n, &c.rules, &org)).unwrap_or_default(),
        Err(faults) => faults,
    };
    Ok(Editing {
        noun: Noun::Bid,
        id,
        title: c.title.clone(),
        number: c.number.clone(),
        form: <Offer as Draft>::FORM,
        raw,
        edition: b.draft_edition,
        saved_at: None,
        faults,
        close_at: c.close_at,
        at_home: c.sealing.is_some(),
        need: c.need,
    })
}

async fn load(web: &Web, v: &Visitor, noun: Noun, id: Uuid) -> Result<Editing, Problem> {
    if noun == Noun::Bid { bid_draft(web, v, id).await } else { challenge_draft(web, v, id).await }
}

pub async fn edit(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    tasks(&web, &v, Noun::Challenge, id).await
}
pub async fn edit_bid(State(web): State<Web>, v: Visitor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    tasks(&web, &v, Noun::Bid, id).await
}

/// The task list: each section with what is missing, then the check before submitting.
async fn tasks(web: &Web, v: &Visitor, noun: Noun, id: Uuid) -> Result<Response, Problem> {
    let e = load(web, v, noun, id).await?;
    let t = &v.text;
    let mut items = vec![];
    for s in e.form.sections {
        let wrong: Vec<&Fault> =
            e.faults.0.iter().filter(|f| s.fields.iter().any(|x| f.path.split('.').next() == Some(x.name))).collect();
        let touched = s.fields.iter().any(|f| e.raw.get(f.name).is_some_and(|x| !form::is_empty(x)));
        let missing = wrong.iter().all(|f| {
            matches!(f.code, "missing" | "choose" | "must_agree" | "rows_empty" | "rows_few" | "money_missing" | "file_missing")
        });
        let (key, tone) = match (wrong.is_empty(), touched, missing) {
            (true, _, _) => ("task.done", "ok"),
            (_, false, _) => ("task.untouched", "mute"),
            (_, _, true) => ("task.begun", "info"),
            _ => ("task.faulty", "bad"),
        };
        let note = if wrong.is_empty() || !touched {
            String::new()
        } else {
            t.with("task.open_items", &[("n", wrong.len().to_string())])
        };
        items.push(Task {
            label: t.t(&format!("section.{}.{}", e.form.name, s.id)),
            href: Some(format!("{}/{}", e.base(), s.id)),
            tag: Tag { text: t.t(key), tone },
            note,
        });
    }
    let ready = e.faults.0.is_empty();
    items.push(Task {
        label: t.t(if noun == Noun::Bid { "act.bid.seal" } else { "act.challenge.submission" }),
        href: ready.then(|| e.submit_href()),
        tag: if ready { Tag { text: t.t("task.ready"), tone: "info" } } else { Tag { text: t.t("task.not_yet"), tone: "mute" } },
        note: if ready { String::new() } else { t.t("task.finish_first") },
    });
    let mut beside = vec![];
    if let Some(at) = e.close_at {
        let due = time::due(t, at, &web.app.glance().await?);
        beside.push(Block::inset(t.t("column.close_at"), format!("{} · {}", due.text, due.left), due.tone));
        beside.push(Block::inset(t.t("block.sealed"), t.t("block.sealed_text"), "info"));
    }
    if noun == Noun::Bid {
        beside.extend(names_in_blind(web, v, &e.raw).await?);
    }
    if ready {
        beside.extend(blocks::read_only(t, &e.form, e.form.sections, &e.form.clean(&e.raw).0));
    }
    let page = EditPage {
        title: e.title.clone(),
        crumbs: crumbs(v, &e, None),
        number: e.number.clone(),
        turn: None,
        saved_at: e.saved_at.map(|at| time::moment(t, at)),
        tasks: Some(Block::Tasks { title: t.t("draft.tasks"), id: "tasks".into(), items }),
        form: None,
        blocks: beside,
        actions: vec![Action::link("back", t.t("ui.back"), format!("/{}/{id}", noun.path()))],
    };
    web.show(v, StatusCode::OK, &page).await
}

/// Warns a team whose names stand in the part that is read before names are known.
async fn names_in_blind(web: &Web, v: &Visitor, raw: &Value) -> Result<Option<Block>, Problem> {
    let t = &v.text;
    let own = web.app.names_of_team(v.actor.org).await?;
    let told: Vec<String> =
        blind::leaks(raw, &own).iter().map(|l| format!("{}: {}", t.t(&format!("field.{}", l.field)), l.name)).collect();
    let text = || t.with("block.names_in_blind_text", &[("list", told.join("; "))]);
    Ok((!told.is_empty()).then(|| Block::inset(t.t("block.names_in_blind"), text(), "warn")))
}

fn crumbs(v: &Visitor, e: &Editing, section: Option<&str>) -> Vec<Crumb> {
    let t = &v.text;
    let mut out = vec![Crumb::to("/", t.t("ui.home")), Crumb::to(&format!("/{}/{}", e.noun.path(), e.id), e.title.clone())];
    match section {
        None => out.push(Crumb::here(t.t("ui.edit"))),
        Some(s) => {
            out.push(Crumb::to(&e.base(), t.t("ui.edit")));
            out.push(Crumb::here(t.t(&format!("section.{}.{s}", e.form.name))));
        }
    }
    out
}

pub async fn section(State(web): State<Web>, v: Visitor, Path((id, section)): Path<(Uuid, String)>) -> Result<Response, Problem> {
    let e = load(&web, &v, Noun::Challenge, id).await?;
    let raw = e.raw.clone();
    show_section(&web, &v, &e, &section, &raw, true, StatusCode::OK).await
}
pub async fn bid_section(
    State(web): State<Web>,
    v: Visitor,
    Path((id, section)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    let e = load(&web, &v, Noun::Bid, id).await?;
    let raw = e.raw.clone();
    show_section(&web, &v, &e, &section, &raw, true, StatusCode::OK).await
}

/// One section with what was typed; faults are shown for what was typed, not for what is still empty.
async fn show_section(
    web: &Web,
    v: &Visitor,
    e: &Editing,
    id: &str,
    raw: &Value,
    quiet: bool,
    status: StatusCode,
) -> Result<Response, Problem> {
    let s = e.section(id)?;
    let t = &v.text;
    let here = |f: &Fault| s.fields.iter().any(|x| f.path.split('.').next() == Some(x.name));
    let shown = |f: &&Fault| here(f) && !(quiet && is_blank(raw, &f.path));
    let faults = Faults(e.faults.0.iter().filter(shown).cloned().collect());
    let mut builder = Builder::new(t, e.form.name).faults(&faults);
    builder.files = file::labels(web, v, raw).await?;
    let action = format!("{}/{id}", e.base());
    let mut form = builder.build_sections(std::slice::from_ref(s), raw, &action, t.t("ui.save_continue"));
    form.extra = vec![Extra { name: "do".into(), value: "save".into(), label: t.t("ui.save_back") }];
    form.version = Some(e.edition.to_string());
    form.autosave = Some(action);
    form.saved_at = e.saved_at.map(|at| time::moment(t, at));
    let mut beside = vec![];
    if let Some(n) = e.need.as_ref().filter(|_| matches!(id, "promises" | "route")) {
        beside.push(blocks::indicators(t, &n.indicators));
    }
    let page = EditPage {
        title: e.title.clone(),
        crumbs: crumbs(v, e, Some(id)),
        number: e.number.clone(),
        turn: None,
        saved_at: form.saved_at.clone(),
        tasks: None,
        form: Some(form),
        blocks: beside,
        actions: vec![Action::link("tasks", t.t("draft.tasks"), e.base())],
    };
    web.show(v, status, &page).await
}

/// Nothing was typed at that path.
fn is_blank(raw: &Value, path: &str) -> bool {
    let mut at = raw;
    for part in path.split('.') {
        at = match part.parse::<usize>() {
            Ok(n) if at.is_array() => at.get(n).unwrap_or(&Value::Null),
            _ => at.get(part).unwrap_or(&Value::Null),
        };
    }
    form::is_empty(at)
}

pub async fn save(
    State(web): State<Web>,
    v: Visitor,
    Path((id, section)): Path<(Uuid, String)>,
    request: Request,
) -> Result<Response, Problem> {
    save_section(&web, &v, Noun::Challenge, id, &section, request).await
}
pub async fn save_bid(
    State(web): State<Web>,
    v: Visitor,
    Path((id, section)): Path<(Uuid, String)>,
    request: Request,
) -> Result<Response, Problem> {
    save_section(&web, &v, Noun::Bid, id, &section, request).await
}

/// Saves one section as typed. The script's autosave gets the new version back; a person goes on to the next section.
async fn save_section(
    web: &Web,
    v: &Visitor,
    noun: Noun,
    id: Uuid,
    section: &str,
    request: Request,
) -> Result<Response, Problem> {
    let wants_json =
        request.headers().get("accept").and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("application/json"));
    let e = load(web, v, noun, id).await?;
    let mut patch = read_body(web, v, request).await?;
    let edition = take_version(&mut patch, true)?;
    let command = take(&mut patch, "do").unwrap_or_default();
    let s = e.section(section)?;
    let given = patch.as_object_mut().ok_or_else(|| Problem::new("bad-request"))?;
    given.retain(|name, _| s.fields.iter().any(|f| f.name == name));
    // What is not ticked is not sent: this section's absent fields are emptied.
    for f in s.fields {
        given.entry(f.name).or_insert(Value::Null);
    }
    let rows = edit_rows(&mut patch, &command);
    let saved = match noun {
        Noun::Bid => web.app.save_bid_draft(&v.actor, BidId(id), patch.clone(), edition).await,
        _ => web.app.save_draft(&v.actor, ChallengeId(id), patch.clone(), edition).await,
    };
    let edition = match saved {
        Ok(edition) => edition,
        Err(app::Error::Store(app::StoreError::Stale)) if !wants_json => return stale(web, v, &e, section, &patch).await,
        Err(other) => return Err(other.into()),
    };
    if wants_json {
        return Ok(Json(json!({ "version": edition.to_string(), "saved_at": time::moment(&v.text, web.app.clock.now()) }))
            .into_response());
    }
    if rows {
        let fresh = load(web, v, noun, id).await?;
        let raw = with(&fresh.raw, &patch);
        return show_section(web, v, &fresh, section, &raw, true, StatusCode::OK).await;
    }
    let fresh = load(web, v, noun, id).await?;
    let faulty = fresh
        .faults
        .0
        .iter()
        .any(|f| s.fields.iter().any(|x| f.path.split('.').next() == Some(x.name)) && !is_blank(&fresh.raw, &f.path));
    if faulty && command.is_empty() {
        let raw = fresh.raw.clone();
        return show_section(web, v, &fresh, section, &raw, true, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let to = match (command.as_str(), fresh.next(section)) {
        ("", Some(next)) => format!("{}/{next}", fresh.base()),
        _ => format!("{}?done=saved", fresh.base()),
    };
    Ok(Redirect::to(&to).into_response())
}

/// Another tab saved meanwhile: nothing is overwritten, and what was typed here stays on the page.
async fn stale(web: &Web, v: &Visitor, e: &Editing, section: &str, patch: &Value) -> Result<Response, Problem> {
    let raw = with(&e.raw, patch);
    let mut again = Editing {
        faults: Faults::one("", "edited_elsewhere"),
        raw: raw.clone(),
        noun: e.noun,
        id: e.id,
        title: e.title.clone(),
        number: e.number.clone(),
        form: e.form,
        edition: e.edition,
        saved_at: e.saved_at,
        close_at: e.close_at,
        need: e.need.clone(),
        at_home: e.at_home,
    };
    let first = e.section(section)?.fields.first().map_or("", |f| f.name);
    again.faults.0[0].path = first.to_owned();
    show_section(web, v, &again, section, &raw, false, StatusCode::CONFLICT).await
}

fn with(raw: &Value, patch: &Value) -> Value {
    let mut out = raw.clone();
    if let (Some(out), Some(patch)) = (out.as_object_mut(), patch.as_object()) {
        out.extend(patch.clone());
    }
    out
}
