//! The public list of challenges, and one's own.
use super::*;

/// State of a row of the public list as people see it at `now`.
pub fn row_state(state: &str, close_at: Option<i64>, now: jiff::Timestamp) -> &str {
    if state == "published" && close_at.is_some_and(|at| now.as_millisecond() >= at) { "closed" } else { state }
}

pub fn card(t: &Text, r: &crate::app::Row, m: &Moment) -> Card {
    let state = row_state(&r.state, r.close_at, m.now);
    let mut facts = vec![
        Fact::new(t.t("field.stake_fen"), crate::web::blocks::wan(t, Money::fen(r.stake_fen))),
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

pub async fn challenges(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let asked = Asked::new(&web, &v, &ask).await?;
    if let Some(kind) = export::wanted(&ask)? {
        let (web, t, m, asked) = (&web, &v.text, &asked.m, &asked);
        let fetch = |page: Page| async move {
            let listed = web.app.listed(&asked.filters, page).await?;
            Ok((listed.items.iter().map(|r| line(t, r, m)).collect(), listed.next))
        };
        return asked.file("nav.challenges", LINE, fetch).await?.answer(kind);
    }
    let listed = web.app.listed(&asked.filters, ask.page()?).await?;
    let t = &v.text;
    let cards = listed.items.iter().map(|r| card(t, r, &asked.m)).collect();
    let block =
        Block::Cards { title: t.t("nav.challenges"), id: "list".into(), items: cards, empty: t.t("list.challenges_empty") };
    let pager = asked.pager(listed.items.len(), listed.next);
    asked.page("nav.challenges", t.t("list.challenges"), block, pager, new_need(&v)).await
}

const LINE: &[(&str, &str)] = &[
    ("column.number", "text"),
    ("column.challenge", "text"),
    ("column.state", "text"),
    ("field.track", "text"),
    ("field.chain", "text"),
    ("column.poster", "text"),
    ("column.stake_wan", "money"),
    ("column.county_wan", "money"),
    ("column.close_at", "text"),
];

/// A challenge as a line of a file: sums in 万元.
fn line(t: &Text, r: &crate::app::Row, m: &Moment) -> Vec<Cell> {
    let close = r.close_at.and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    vec![
        Cell::text(r.number.clone().unwrap_or_default()),
        Cell::text(r.title.clone()),
        Cell::tag(state_tag(t, Noun::Challenge, row_state(&r.state, r.close_at, m.now))),
        Cell::text(option_text(t, "track", &r.track)),
        Cell::text(option_text(t, "chain", &r.chain)),
        Cell::text(r.poster_name.clone().unwrap_or_else(|| t.t("ui.anonymous"))),
        Cell::money(Money::fen(r.stake_fen).wan_text()),
        Cell::money(Money::fen(r.county_fen).wan_text()),
        Cell::text(close.map(|at| time::deadline(t, at)).unwrap_or_default()),
    ]
}

/// A button to begin a need is shown to those who may.
fn new_need(v: &Visitor) -> Vec<Action> {
    let may = policy::create_challenge(&v.actor, ChallengeId(Uuid::nil())).is_ok();
    may.then(|| Action::link("new", v.text.t("ui.new_challenge"), "/challenges/new").main()).into_iter().collect()
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
pub async fn mine(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    signed_in(&v)?;
    let asked = Asked::new(&web, &v, &ask).await?;
    let (web, v, m) = (&web, &v, &asked.m);
    let fetch = |page: Page| {
        let wanted = asked.filters();
        async move {
            let listed = web.app.own_challenges(&v.actor, wanted, page).await?;
            Ok((listed.items.iter().map(|c| challenge_row(&v.text, c, m)).collect(), listed.next))
        }
    };
    let columns = [("column.challenge", "text"), ("column.state", "text"), ("column.due", "clock")];
    asked.table("nav.my_challenges", &columns, new_need(v), fetch).await
}
