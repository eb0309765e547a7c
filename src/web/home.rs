//! The public's first page, and the words: help, accessibility.
use super::block::*;
use super::filter::phase;
use super::list::card;
use super::pages::{Crumb, HomePage, Number, WordsPage};
use super::problem::Problem;
use super::visitor::Visitor;
use super::{Web, blocks::state_tag, time};
use crate::app::Page;
use crate::domain::{Notice, NoticeState, Noun};
use axum::{extract::State, http::StatusCode, response::Response};

pub async fn home(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    let (t, m) = (&v.text, web.app.glance().await?);
    let mut numbers = vec![];
    for state in ["open", "review", "performing", "done"] {
        let n = web.app.count(&phase(state, &m)).await?;
        numbers.push(Number {
            value: n.to_string(),
            label: t.t(&format!("home.{state}")),
            href: Some(format!("/challenges?state={state}")),
            tone: "info",
        });
    }
    let open = web.app.closing_soon(m.now, 6).await?;
    let cards = open.iter().map(|r| card(t, r, &m)).collect();
    let mut blocks =
        vec![Block::Cards { title: t.t("home.closing_soon"), id: "closing".into(), items: cards, empty: t.t("home.none_open") }];
    let notices = web.app.own::<Notice>(&v.actor, vec![crate::app::Filter::is("state", "in_publicity")], Page::first(10)).await?;
    let rows = notices
        .items
        .iter()
        .filter(|n| n.head.state == NoticeState::InPublicity)
        .map(|n| {
            let winners: Vec<&str> = n.winners.iter().map(|w| w.lead.as_str()).collect();
            let end = n.ends_at.map_or_else(|| Cell::text(""), |e| Cell::clock(&time::due(t, e, &m)));
            vec![
                Cell::link(n.title.clone(), format!("/notices/{}", n.id)).note(n.number.clone().unwrap_or_default()),
                Cell::text(winners.join(t.comma())),
                end,
                Cell::link(t.t("act.notice.objections"), format!("/notices/{}/objections", n.id)),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.challenge"), "text"),
        (t.t("column.winner"), "text"),
        (t.t("column.ends"), "clock"),
        (t.t("noun.objection"), "text"),
    ];
    blocks.push(Block::table("notices", t.t("home.notices"), columns, rows, t.t("home.no_notices")));
    let recent = web.app.listed(&phase("performing", &m), Page::first(5)).await?;
    let rows = recent
        .items
        .iter()
        .map(|r| {
            vec![
                Cell::link(r.title.clone(), format!("/challenges/{}", r.id)),
                Cell::text(r.poster_name.clone().unwrap_or_else(|| t.t("ui.anonymous"))),
                Cell::tag(state_tag(t, Noun::Challenge, &r.state)),
                Cell::money(crate::domain::Money::fen(r.stake_fen).wan_text()),
            ]
        })
        .collect();
    let columns = vec![
        (t.t("column.challenge"), "text"),
        (t.t("column.poster"), "text"),
        (t.t("column.state"), "text"),
        (t.t("column.stake_wan"), "money"),
    ];
    blocks.push(Block::table("performing", t.t("home.outcomes"), columns, rows, t.t("ui.none")));
    blocks.push(steps(t));
    let page = HomePage {
        title: web.config.site_name.clone(),
        crumbs: vec![],
        lead: t.t("home.lead"),
        search_action: "/challenges".into(),
        numbers,
        blocks,
    };
    web.show(&v, StatusCode::OK, &page).await
}

fn steps(t: &super::text::Text) -> Block {
    let paragraphs = (1..=4).map(|n| t.t(&format!("home.step{n}"))).collect();
    Block::Text { title: t.t("home.how"), id: "how".into(), paragraphs }
}

pub async fn help(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    words(&web, &v, "help", &["poster", "bidder", "expert", "public", "deadlines"]).await
}

pub async fn accessibility(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    words(&web, &v, "accessibility", &["standard", "tested", "known", "contact"]).await
}

async fn words(web: &Web, v: &Visitor, name: &str, parts: &[&str]) -> Result<Response, Problem> {
    let t = &v.text;
    let blocks = parts
        .iter()
        .map(|p| Block::Text {
            title: t.t(&format!("words.{name}.{p}")),
            id: (*p).to_owned(),
            paragraphs: t.t(&format!("words.{name}.{p}.text")).lines().map(str::to_owned).collect(),
        })
        .collect();
    let title = t.t(&format!("words.{name}"));
    let page = WordsPage {
        title: title.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(title)],
        lead: t.t(&format!("words.{name}.lead")),
        blocks,
    };
    web.show(v, StatusCode::OK, &page).await
}
