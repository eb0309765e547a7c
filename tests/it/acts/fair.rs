//! Fair review: read blind, scored by a frozen rubric, its result laid open to doubt, and told to those who lost.
use super::support::*;
use jiebang::domain::{forms::*, *};
use serde_json::{Value, json};

/// What an expert reads before the names are known holds none of them, however they are written.
#[tokio::test]
async fn the_blind_part_tells_no_name_and_the_team_is_warned() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut offer = s.offer(0, GOVERNMENT);
    let (unit, leader) = (s.t.org("u1")["name"].as_str().unwrap().to_owned(), offer["pi_name"].as_str().unwrap().to_owned());
    let text = format!("{unit}的 {leader} 团队采用分步结晶工艺路线。");
    offer["route"] = json!(text.repeat(6));
    let spaced: String = unit.chars().flat_map(|ch| [ch, ' ']).collect();
    offer["plan_b"] = json!(format!("若不成，由{spaced}另行组织攻关，改用膜分离路线并调整节点安排，确保指标不降低。"));
    let b = s.draft_bid(c, "bidder1", offer.clone()).await;
    let leaks: Vec<&str> = blind::leaks(&offer, &[]).iter().map(|l| l.field).collect();
    assert!(leaks.contains(&"route") && leaks.contains(&"plan_b"), "{leaks:?}");
    s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await.unwrap();
    s.seal(c, "bidder2", s.offer(1, GOVERNMENT)).await;
    s.open(c).await;
    for b in s.app().case(s.who("officer"), c).await.unwrap().bids {
        s.check_form(b.id, true).await;
    }
    s.convene(c).await;
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    let a = s.assignments(c).await.remove(0);
    s.seat(&a).await;
    let (_, a, bids) = s.app().assignment(s.expert(a.expert), a.id).await.unwrap();
    for bid in &bids {
        let seen = s.app().offer_for_review(s.expert(a.expert), &a, bid).await.unwrap().to_string();
        let bare: String = seen.chars().filter(|ch| !ch.is_whitespace()).collect();
        for name in [unit.as_str(), leader.as_str(), "u1单位", "u2单位"] {
            assert!(!bare.contains(name), "{name} in {seen}");
        }
        assert!(seen.contains("分步结晶") || bid.id != b, "the rest of the text stands");
    }
}

/// The weights that a challenge was published with hold, whatever the template becomes (trap 27).
#[tokio::test]
async fn a_rubric_is_chosen_and_frozen_at_publication() {
    let s = Stage::new().await;
    let c = s.to_list_notice("service", need(GOVERNMENT, "single")).await;
    s.set_clock(s.challenge(c).await.head.due.unwrap());
    let publication: Publication = form(json!({ "close_at": s.in_days(31), "rubric": "race" }));
    s.app().publish_challenge(s.who("officer"), c, publication).await.unwrap();
    assert_eq!(s.challenge(c).await.rubric, Rubric::of("race"));
    let bids = s.seal_teams(c, GOVERNMENT, 2).await;
    s.open(c).await;
    for b in &bids {
        s.check_form(*b, true).await;
    }
    s.convene(c).await;
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    let a = s.assignments(c).await.remove(0);
    s.seat(&a).await;
    let points =
        |n: i64| Sheet { points: [("route_innovation".to_owned(), Score::hundredths(n * 100))].into(), ..Sheet::default() };
    let expert = s.expert(a.expert);
    assert!(told(s.app().score_bid(expert, a.id, bids[0], points(13)).await).contains("score_range"));
    s.app().score_bid(expert, a.id, bids[0], points(12)).await.unwrap();
    let standard: Publication = form(json!({ "close_at": s.in_days(40) }));
    assert_eq!(Rubric::of(standard.rubric.as_deref().unwrap_or("standard")).item("route_innovation").unwrap().most, 7);
}

/// Who wins is the raw totals' to say; beside them stands whether one expert alone made the difference.
#[tokio::test]
async fn one_expert_who_decides_alone_is_noticed() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    for (n, a) in s.assignments(c).await.iter().enumerate() {
        s.seat(a).await;
        let percents: &[i64] = if n == 0 { &[93, 80] } else { &[80, 82] };
        s.score(a, &bids, percents).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
    let done = s.challenge(c).await;
    let analysis = done.analysis.unwrap();
    assert_eq!((analysis.first, analysis.decisive()), (Some(bids[0]), vec![0]));
    assert_eq!(analysis.normalised.len(), 2);
    let page = s.t.page("officer", &format!("/challenges/{}", c.0)).await;
    assert!(page.body.to_string().contains("第一名会改变"), "the officer is told");
    for who in ["", "bidder1", "poster"] {
        let seen = s.t.call(who, axum::http::Method::GET, &format!("/challenges/{}", c.0), None, None).await.ok();
        assert!(seen.get("analysis").is_none() && seen.get("draw_secret").is_none() && seen.get("sat_before").is_none(), "{who}");
    }
}

/// Every bidder learns its own means, the first rank's and the spread; comments only when they were read through (trap 25).
#[tokio::test]
async fn those_who_lost_learn_why_and_not_who() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score(&a, &bids, &[90, 80]).await;
    }
    let report = Report { share_comments: true, ..Stage::report() };
    s.sign_report(c, report).await.unwrap();
    let debrief = async |who: &'static str, b: BidId| {
        s.t.call(who, axum::http::Method::GET, &format!("/bids/{}/debrief", b.0), None, None).await
    };
    assert_eq!(debrief("bidder2", bids[1]).await.body["code"], "debrief_later");
    s.agree(GOVERNMENT, c, bids[0]).await;
    s.app().decide_award(s.who("head"), c, meeting(json!({}))).await.unwrap();
    assert_eq!(debrief("bidder2", bids[1]).await.body["code"], "debrief_later", "the notice is drafted and nobody has read it");
    let n = s.notices(c).await.last().unwrap().id;
    s.app().publish_notice(s.who("head"), n, plain()).await.unwrap();
    let told: Value = debrief("bidder2", bids[1]).await.ok();
    assert_eq!((told["rank"].as_i64(), told["of"].as_i64()), (Some(2), Some(2)));
    let team = told["items"].as_array().unwrap().iter().find(|i| i["item"] == "team").unwrap().clone();
    assert_eq!(
        (&team["own"], &team["winner"], &team["low"], &team["high"]),
        (&json!(960), &json!(1080), &json!(960), &json!(1080))
    );
    let text = told.to_string();
    for a in s.assignments(c).await {
        assert!(!text.contains(&a.expert.0.to_string()) && !text.contains(&a.id.0.to_string()));
    }
    assert_eq!(debrief("bidder1", bids[1]).await.status, 404, "a rival's debrief is not there");
    assert_eq!(debrief("bidder1", bids[0]).await.ok()["winner_total"], Value::Null);
    let page = s.t.page("bidder2", &format!("/bids/{}", bids[1].0)).await;
    assert!(page.body.to_string().contains("评审反馈"));
    let habits = s.t.call("supervisor", axum::http::Method::GET, "/experts?limit=100", None, None).await.ok();
    assert!(habits["items"].as_array().unwrap().iter().any(|e| e["habit"]["panels"] == json!(1)));
    assert_eq!(s.t.call("bidder1", axum::http::Method::GET, "/experts", None, None).await.status, 404);
}

/// The order in which experts read follows neither the time of sealing nor the ids: with another lot every order comes.
#[tokio::test]
async fn the_order_of_reading_hangs_on_neither_time_nor_ids() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut c = s.challenge(c).await;
    let order = |c: &Challenge, mut bids: Vec<BidId>| {
        bids.sort_by_key(|b| c.blind_key(*b));
        bids
    };
    let bids: Vec<BidId> = (1..=3u128).map(|n| BidId(uuid::Uuid::from_u128(n))).collect();
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..200u128 {
        c.draw_secret = Some(format!("{n:064x}"));
        seen.insert(order(&c, bids.clone()));
    }
    assert_eq!(seen.len(), 6);
    assert_eq!(order(&c, bids.clone()), order(&c, bids.iter().rev().copied().collect()));
}

/// Before the opening the record that oversight reads tells of no act on a bid; after it, of all.
#[tokio::test]
async fn the_record_tells_oversight_of_bids_only_after_the_opening() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    s.seal_teams(c, GOVERNMENT, 2).await;
    let told = async |who: &'static str| {
        let record = s.app().record(s.who(who), &[], 0, 1000).await.unwrap();
        record.iter().filter(|e| e.kind.starts_with("bid.") && e.challenge == Some(c)).count()
    };
    assert_eq!((told("auditor").await, told("supervisor").await), (0, 0));
    s.open(c).await;
    assert!(told("auditor").await >= 6 && told("supervisor").await >= 6);
}
