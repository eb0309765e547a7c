//! Lists: filters in the address, a stable order, keyset pages.
use super::block::*;
use super::blocks::state_tag;
use super::form_view::{Builder, option_text};
use super::pages::{Chip, Crumb, Filters, ListPage, Pager};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time, with_query};
use crate::app::{Filter, Listed, Page, Wanted};
use crate::domain::form::{Field, Kind, Section, may};
use crate::domain::*;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// What any list may be asked.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Ask {
    pub limit: Option<String>,
    pub after: Option<String>,
    pub q: Option<String>,
    pub state: Option<String>,
    pub track: Option<String>,
    pub chain: Option<String>,
    pub award_mode: Option<String>,
}

impl Ask {
    /// The page asked for; a limit or key that does not read is told.
    pub fn page(&self) -> Result<Page, Problem> {
        let limit = match self.limit.as_deref().filter(|l| !l.is_empty()) {
            None => 20,
            Some(text) => match text.parse::<u64>() {
                Ok(n) if (1..=Page::MOST).contains(&n) => n,
                _ => {
                    return Err(Problem::faults(Faults(vec![Fault {
                        path: "limit".into(),
                        code: "out_of_range",
                        args: vec![("min", "1".into()), ("max", Page::MOST.to_string())],
                    }])));
                }
            },
        };
        let after = match self.after.as_deref().filter(|a| !a.is_empty()) {
            None => None,
            Some(text) => Some(read_key(text).ok_or_else(|| Problem::faults(Faults::one("after", "not_id")))?),
        };
        Ok(Page { after, limit })
    }
}

/// `1767225600000-018f…`: where the next page begins.
pub fn key_text(key: (i64, Uuid)) -> String {
    format!("{}-{}", key.0, key.1.simple())
}

fn read_key(text: &str) -> Option<(i64, Uuid)> {
    let (at, id) = text.rsplit_once('-')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

/// The states that the public list can be narrowed to.
pub const PUBLIC_STATES: &[&str] = &["open", "closed", "review", "notice", "performing", "done", "lapsed"];

/// A filter's states; `open` and `closed` are decided by the clock.
pub fn wanted(ask: &Ask, now: jiff::Timestamp) -> Wanted {
    let mut wanted = Wanted { grams: text::query_grams(ask.q.as_deref().unwrap_or("")), ..Wanted::default() };
    for (column, value) in [("track", &ask.track), ("chain", &ask.chain), ("award_mode", &ask.award_mode)] {
        if let Some(v) = value.as_deref().filter(|v| !v.is_empty()) {
            wanted.filters.push(Filter::is(column, v));
        }
    }
    let states: &[&str] = match ask.state.as_deref().unwrap_or("") {
        "" => return wanted,
        "open" => {
            wanted.open_at = Some(now);
            return wanted;
        }
        "closed" => {
            wanted.closed_at = Some(now);
            return wanted;
        }
        "review" => &["opened", "reviewing", "negotiating", "award_decision"],
        "notice" => &["award_notice", "on_hold"],
        "performing" => &["awarded", "in_progress", "in_acceptance"],
        "done" => &["archived"],
        "lapsed" => &["lapsed", "withdrawn", "cancelled", "terminated"],
        other => return Wanted { filters: vec![Filter::is("state", other)], ..wanted },
    };
    wanted.filters.push(Filter::In("state", states.iter().map(|s| (*s).into()).collect()));
    wanted
}

fn filter_fields() -> Section {
    const FIELDS: &[Field] = &[
        may("q", Kind::Text(0, 60)),
        may("state", Kind::Choice(PUBLIC_STATES)),
        may("track", Kind::Choice(TRACKS)),
        may("chain", Kind::Choice(CHAINS)),
    ];
    Section { id: "filter", fields: FIELDS }
}

fn filters(t: &Text, v: &Visitor, ask: &Ask) -> Filters {
    let raw = json!({ "q": ask.q, "state": ask.state, "track": ask.track, "chain": ask.chain });
    let mut fields =
        Builder::new(t, "filter").build_sections(&[filter_fields()], &raw, "", String::new()).sections.remove(0).fields;
    for f in &mut fields {
        f.widget = if f.name == "q" { "search" } else { "select" };
    }
    let given = [("q", &ask.q), ("state", &ask.state), ("track", &ask.track), ("chain", &ask.chain)];
    let chips = given
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().filter(|v| !v.is_empty()).map(|value| (name, value)))
        .map(|(name, value)| Chip {
            label: if name == "q" { value.to_owned() } else { option_text(t, name, value) },
            href: with_query(&v.path, &v.query, name, "").replace("after=", "was="),
        })
        .collect();
    Filters { action: v.path.clone(), fields, chips, clear_href: v.path.clone() }
}

fn pager<T>(t: &Text, v: &Visitor, listed: &Listed<T>, ask: &Ask) -> Pager {
    Pager {
        next: listed.next.map(|k| with_query(&v.path, &v.query, "after", &key_text(k))),
        first: ask.after.as_ref().filter(|a| !a.is_empty()).map(|_| with_query(&v.path, &v.query, "after", "")),
        count_text: t.with("ui.count", &[("n", listed.items.len().to_string())]),
    }
}

/// State of a row of the public list as people see it at `now`.
pub fn row_state(state: &str, close_at: Option<i64>, now: jiff::Timestamp) -> &str {
    if state == "published" && close_at.is_some_and(|at| now.as_millisecond() >= at) { "closed" } else { state }
}

pub fn card(t: &Text, r: &crate::app::Row, m: &Moment) -> Card {
    let state = row_state(&r.state, r.close_at, m.now);
    let mut facts = vec![
        Fact::new(t.t("field.stake_fen"), super::blocks::wan(t, Money::fen(r.stake_fen))),
        Fact::new(t.t("column.poster"), r.poster_name.clone().unwrap_or_else(|| t.t("ui.anonymous"))),
    ];
    facts.extend(r.number.as_ref().map(|n| Fact::new(t.t("column.number"), n.clone())));
    let close = r.close_at.filter(|_| state == "published").and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    Card {
        href: format!("/challenges/{}", r.id),
        title: r.title.clone(),
        tags: vec![
            state_tag(t, Noun::Challenge, state),
            Tag { text: option_text(t, "track", &r.track), tone: "mute" },
            Tag { text: option_text(t, "chain", &r.chain), tone: "mute" },
        ],
        facts,
        due: close.map(|at| time::due(t, at, m)),
    }
}

pub async fn challenges(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let m = web.app.glance().await?;
    let listed = web.app.listed(&wanted(&ask, m.now), ask.page()?).await?;
    let t = &v.text;
    let cards = listed.items.iter().map(|r| card(t, r, &m)).collect();
    let pager = pager(t, &v, &listed, &ask);
    let mut primary = vec![];
    if may_post(&v) {
        primary.push(Action::link("new", t.t("ui.new_challenge"), "/challenges/new").main());
    }
    let page = ListPage {
        title: t.t("nav.challenges"),
        crumbs: home_crumb(t, "nav.challenges"),
        lead: t.t("list.challenges"),
        filters: Some(filters(t, &v, &ask)),
        table: Block::Cards {
            title: t.t("nav.challenges"),
            id: "list".into(),
            items: cards,
            empty: t.t("list.challenges_empty"),
        },
        pager,
        primary,
        export_href: None,
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// A button to begin a need is shown to those who may.
fn may_post(v: &Visitor) -> bool {
    policy::create_challenge(&v.actor, ChallengeId(Uuid::nil())).is_ok()
}

fn home_crumb(t: &Text, key: &str) -> Vec<Crumb> {
    vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t(key))]
}

/// A plain table page.
async fn table(
    web: &Web,
    v: &Visitor,
    key: &str,
    columns: &[(&str, &'static str)],
    rows: Vec<Vec<Cell>>,
    pager: Pager,
    primary: Vec<Action>,
) -> Result<Response, Problem> {
    let t = &v.text;
    let columns = columns.iter().map(|(k, kind)| (t.t(k), *kind)).collect();
    let block = Block::table("list", t.t(key), columns, rows, t.first(&[&format!("{key}.empty"), "ui.none"]));
    let page = ListPage {
        title: t.t(key),
        crumbs: home_crumb(t, key),
        lead: t.find(&format!("{key}.lead")).unwrap_or("").to_owned(),
        filters: None,
        table: block,
        pager,
        primary,
        export_href: None,
    };
    web.show(v, StatusCode::OK, &page).await
}

fn signed_in(v: &Visitor) -> Result<(), Problem> {
    if v.actor.is_visitor() { Err(Problem::new("sign-in")) } else { Ok(()) }
}

/// A challenge as a line of a list: name, state, the clock that runs.
pub fn challenge_row(t: &Text, c: &Challenge, m: &Moment) -> Vec<Cell> {
    vec![
        Cell::link(c.title.clone(), format!("/challenges/{}", c.id)).note(c.number.clone().unwrap_or_default()),
        Cell::tag(state_tag(t, Noun::Challenge, c.state_at(m.now).id())),
        c.runs_until(m.now).map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, m))),
    ]
}

/// A poster's own challenges; for the bureau all that are in hand.
pub async fn mine(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    signed_in(&v)?;
    let m = web.app.glance().await?;
    let listed = web.app.own_challenges(&v.actor, ask.page()?).await?;
    let t = &v.text;
    let rows = listed.items.iter().map(|c| challenge_row(t, c, &m)).collect();
    let primary =
        if may_post(&v) { vec![Action::link("new", t.t("ui.new_challenge"), "/challenges/new").main()] } else { vec![] };
    let pager = pager(t, &v, &listed, &ask);
    table(
        &web,
        &v,
        "nav.my_challenges",
        &[("column.challenge", "text"), ("column.state", "text"), ("column.due", "clock")],
        rows,
        pager,
        primary,
    )
    .await
}

/// Titles of the challenges that a page of things belongs to.
async fn titles(web: &Web, ids: Vec<ChallengeId>) -> Result<std::collections::BTreeMap<ChallengeId, String>, Problem> {
    Ok(web.app.titles(&ids).await?)
}

pub async fn bids(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    signed_in(&v)?;
    let listed = web.app.own::<Bid>(&v.actor, vec![], ask.page()?).await?;
    let t = &v.text;
    let titles = titles(&web, listed.items.iter().map(|b| b.challenge).collect()).await?;
    let names = web.app.names(&listed.items.iter().map(|b| b.org).collect::<Vec<_>>(), &[]).await?;
    let row = |b: &Bid| {
        let title = titles.get(&b.challenge).cloned().unwrap_or_default();
        let sealed = b.seal.as_ref().map(|s| time::moment(t, s.sealed_at)).unwrap_or_default();
        vec![
            Cell::link(title, format!("/bids/{}", b.id)),
            Cell::text(names.org(b.org)),
            Cell::tag(state_tag(t, Noun::Bid, b.head.state.id())),
            Cell::text(sealed),
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    let columns = [("column.challenge", "text"), ("column.lead", "text"), ("column.state", "text"), ("column.sealed_at", "text")];
    table(&web, &v, if v.actor.role == Role::Bidder { "nav.my_bids" } else { "nav.bids" }, &columns, rows, pager, vec![]).await
}

pub async fn assignments(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    signed_in(&v)?;
    let m = web.app.glance().await?;
    let listed = web.app.own::<Assignment>(&v.actor, vec![], ask.page()?).await?;
    let t = &v.text;
    let titles = titles(&web, listed.items.iter().map(|a| a.challenge).collect()).await?;
    let row = |a: &Assignment| {
        let due = a.head.due.map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, &m)));
        vec![
            Cell::link(titles.get(&a.challenge).cloned().unwrap_or_default(), format!("/assignments/{}", a.id)),
            Cell::tag(state_tag(t, Noun::Assignment, a.head.state.id())),
            due,
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    table(
        &web,
        &v,
        "nav.assignments",
        &[("column.challenge", "text"), ("column.state", "text"), ("column.due", "clock")],
        rows,
        pager,
        vec![],
    )
    .await
}

pub async fn notices(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let m = web.app.glance().await?;
    let listed = web.app.own::<Notice>(&v.actor, vec![], ask.page()?).await?;
    let t = &v.text;
    let row = |n: &Notice| {
        let end = n.ends_at.map_or_else(
            || Cell::text(""),
            |e| {
                if n.head.state == NoticeState::InPublicity {
                    Cell::clock(&time::due(t, e, &m))
                } else {
                    Cell::text(time::deadline(t, e))
                }
            },
        );
        let winners: Vec<&str> = n.winners.iter().map(|w| w.lead.as_str()).collect();
        vec![
            Cell::link(n.title.clone(), format!("/notices/{}", n.id)).note(n.number.clone().unwrap_or_default()),
            Cell::text(winners.join("、")),
            Cell::tag(state_tag(t, Noun::Notice, n.head.state.id())),
            end,
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    table(
        &web,
        &v,
        "nav.notices",
        &[("column.challenge", "text"), ("column.winner", "text"), ("column.state", "text"), ("column.ends", "clock")],
        rows,
        pager,
        vec![],
    )
    .await
}

pub async fn objections(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    signed_in(&v)?;
    let m = web.app.glance().await?;
    let listed = web.app.own::<Objection>(&v.actor, vec![], ask.page()?).await?;
    let t = &v.text;
    let titles = titles(&web, listed.items.iter().map(|o| o.challenge).collect()).await?;
    let row = |o: &Objection| {
        let due = o.head.due.map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, &m)));
        vec![
            Cell::link(titles.get(&o.challenge).cloned().unwrap_or_default(), format!("/objections/{}", o.id)),
            Cell::tag(state_tag(t, Noun::Objection, o.head.state.id())),
            due,
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    table(
        &web,
        &v,
        "nav.objections",
        &[("column.challenge", "text"), ("column.state", "text"), ("column.due", "clock")],
        rows,
        pager,
        vec![],
    )
    .await
}

pub async fn contracts(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    signed_in(&v)?;
    let listed = web.app.own::<Contract>(&v.actor, vec![], ask.page()?).await?;
    let t = &v.text;
    let names = web.app.names(&listed.items.iter().flat_map(|k| [k.poster, k.lead]).collect::<Vec<_>>(), &[]).await?;
    let row = |k: &Contract| {
        vec![
            Cell::link(k.title.clone(), format!("/contracts/{}", k.id)).note(k.number.clone()),
            Cell::text(names.org(k.poster)),
            Cell::text(names.org(k.lead)),
            Cell::money(k.award().wan_text()),
            Cell::tag(state_tag(t, Noun::Contract, k.head.state.id())),
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    let columns = [
        ("noun.contract", "text"),
        ("column.poster", "text"),
        ("column.lead", "text"),
        ("column.award_wan", "money"),
        ("column.state", "text"),
    ];
    table(&web, &v, "nav.contracts", &columns, rows, pager, vec![]).await
}

pub async fn instalments(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    signed_in(&v)?;
    let m = web.app.glance().await?;
    let filters: Vec<Filter> = ask.state.iter().filter(|s| !s.is_empty()).map(|s| Filter::is("state", s.as_str())).collect();
    let listed = web.app.own::<Instalment>(&v.actor, filters, ask.page()?).await?;
    let t = &v.text;
    let titles = titles(&web, listed.items.iter().map(|i| i.challenge).collect()).await?;
    let names = web.app.names(&listed.items.iter().map(|i| i.payee).collect::<Vec<_>>(), &[]).await?;
    let row = |i: &Instalment| {
        let due =
            i.head.due.filter(|_| !i.head.state.is_end()).map_or_else(|| Cell::text(""), |d| Cell::clock(&time::due(t, d, &m)));
        vec![
            Cell::link(titles.get(&i.challenge).cloned().unwrap_or_default(), format!("/instalments/{}", i.id)),
            Cell::text(t.t(&format!("source.{}", i.source))),
            Cell::text(names.org(i.payee)),
            Cell::money(i.amount_fen.to_string()),
            Cell::tag(state_tag(t, Noun::Instalment, i.head.state.id())),
            due,
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    let columns = [
        ("column.challenge", "text"),
        ("column.source", "text"),
        ("column.payee", "text"),
        ("column.amount", "money"),
        ("column.state", "text"),
        ("column.due", "clock"),
    ];
    table(&web, &v, "nav.instalments", &columns, rows, pager, vec![]).await
}

/// Lines of spending that are the visitor's business.
pub async fn spendings(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    signed_in(&v)?;
    let filters: Vec<Filter> = ask.state.iter().filter(|s| !s.is_empty()).map(|s| Filter::is("state", s.as_str())).collect();
    let listed = web.app.own::<Spending>(&v.actor, filters, ask.page()?).await?;
    let t = &v.text;
    let block = Block::table(
        "list",
        t.t("nav.spendings"),
        super::show::spending_columns(t),
        super::show::rows_of(t, &listed.items),
        t.t("ui.none"),
    );
    let page = ListPage {
        title: t.t("nav.spendings"),
        crumbs: home_crumb(t, "nav.spendings"),
        lead: t.t("nav.spendings.lead"),
        filters: None,
        table: block,
        pager: pager(t, &v, &listed, &ask),
        primary: vec![],
        export_href: None,
    };
    web.show(&v, StatusCode::OK, &page).await
}

pub async fn organisations(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let listed = web.app.organisations(&v.actor, ask.page()?).await?;
    let t = &v.text;
    let rows = listed
        .items
        .iter()
        .map(|o| {
            vec![
                Cell::text(o.name.clone()),
                Cell::text(o.uscc.to_string()),
                Cell::text(option_text(t, "kind", &o.kind)),
                Cell::text(o.region.clone()),
            ]
        })
        .collect();
    let pager = pager(t, &v, &listed, &ask);
    let primary = vec![Action::link("new", t.t("ui.new_organisation"), "/organisations/new").main()];
    table(
        &web,
        &v,
        "nav.organisations",
        &[("field.name", "text"), ("field.uscc", "text"), ("field.kind", "text"), ("field.region", "text")],
        rows,
        pager,
        primary,
    )
    .await
}

pub async fn accounts(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let listed = web.app.accounts(&v.actor, ask.page()?).await?;
    let t = &v.text;
    let names = web.app.names(&listed.items.iter().map(|a| a.org).collect::<Vec<_>>(), &[]).await?;
    let row = |a: &Account| {
        let state =
            Tag { text: t.t(if a.active { "ui.active" } else { "ui.suspended" }), tone: if a.active { "ok" } else { "bad" } };
        vec![
            Cell::text(a.name.clone()).note(a.email.clone()),
            Cell::text(t.t(&format!("role.{}", a.role.id()))),
            Cell::text(names.org(a.org)),
            Cell::tag(state),
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    let primary = vec![Action::link("new", t.t("ui.new_account"), "/accounts/new").main()];
    table(
        &web,
        &v,
        "nav.accounts",
        &[("field.name", "text"), ("field.role", "text"), ("column.organisation", "text"), ("column.state", "text")],
        rows,
        pager,
        primary,
    )
    .await
}

/// The expert pool with how each scores, for those who convene and oversee.
pub async fn experts(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let listed = web.app.habits(&v.actor, ask.page()?).await?;
    let (t, today) = (&v.text, date_of(web.app.glance().await?.now));
    let row = |(a, unit, h): &(Account, Organisation, analysis::Habit)| {
        let profile = a.expert.as_ref();
        let ready = profile.is_some_and(|p| p.is_ready(a.created_at, today));
        let signed = |n: i64| format!("{}{}", if n > 0 { "+" } else { "" }, Score::hundredths(n));
        vec![
            Cell::text(a.name.clone()).note(unit.name.clone()),
            Cell::text(profile.map(|p| option_text(t, "expert_kind", &p.kind)).unwrap_or_default())
                .note(profile.map(|p| p.disciplines.join(" ")).unwrap_or_default()),
            Cell::tag(Tag {
                text: t.t(if ready { "ui.ready" } else { "ui.not_ready" }),
                tone: if ready { "ok" } else { "mute" },
            }),
            Cell::number(h.panels.to_string()),
            Cell::number(signed(h.lean)),
            Cell::number(Score::hundredths(h.distance).to_string()),
            Cell::number(h.outliers.to_string()),
        ]
    };
    let rows = listed.items.iter().map(row).collect();
    let pager = pager(t, &v, &listed, &ask);
    let columns = [
        ("field.name", "text"),
        ("field.expert_kind", "text"),
        ("column.state", "text"),
        ("column.panels", "number"),
        ("column.lean", "number"),
        ("column.distance", "number"),
        ("column.outliers", "number"),
    ];
    table(&web, &v, "nav.experts", &columns, rows, pager, vec![]).await
}

/// The whole record in order, for those who oversee.
pub async fn record(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Result<Response, Problem> {
    let after = ask.after.as_deref().and_then(|a| a.parse().ok()).unwrap_or(0);
    let entries = web.app.record(&v.actor, after, 50).await?;
    let t = &v.text;
    let rows = entries
        .iter()
        .map(|e| {
            let role = t.t(&format!("role.{}", e.actor_role));
            let what = t.first(&[&format!("event.{}", e.kind), &format!("act.{}", e.kind)]);
            let what =
                e.challenge.map_or_else(|| Cell::text(what.clone()), |c| Cell::link(what.clone(), format!("/challenges/{c}")));
            vec![
                Cell::number(e.seq.to_string()),
                Cell::text(time::moment(t, e.at)),
                Cell::text(e.actor_name.clone()).note(role),
                what,
            ]
        })
        .collect();
    let next = entries.last().filter(|_| entries.len() == 50).map(|e| with_query(&v.path, &v.query, "after", &e.seq.to_string()));
    let pager = Pager { next, first: (after > 0).then(|| v.path.clone()), count_text: String::new() };
    table(
        &web,
        &v,
        "nav.record",
        &[("column.no", "number"), ("column.at", "text"), ("column.who", "text"), ("column.what", "text")],
        rows,
        pager,
        vec![],
    )
    .await
}
