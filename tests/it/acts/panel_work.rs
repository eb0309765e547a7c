//! What a panel does together: it votes on ties, concludes, dissents, hears teams; and what is printed of it.
use super::support::*;
use crate::log::{check, exported};
use axum::http::Method;
use jiebang::domain::log::record::Scope;
use jiebang::domain::{forms::*, *};
use serde_json::{Value, json};

async fn chair(s: &Stage, c: ChallengeId) -> Assignment {
    s.assignments(c).await.into_iter().find(|a| a.chairs).expect("a full panel has a chair")
}

/// Two bids that nothing sets apart: the panel votes, the chair's vote is not needed with an odd panel, and the record proves it.
#[tokio::test]
async fn a_tie_is_decided_by_the_second_vote_and_by_nothing_else() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score(&a, &bids, &[85, 85]).await;
    }
    let panel = s.assignments(c).await;
    assert!(panel.iter().all(|a| a.ties.len() == 1 && a.ties[0].len() == 2), "everybody is asked");
    assert_eq!(told(s.sign_report(c, Stage::report()).await), "tie_vote_missing");
    let vote = |bid: BidId| TieVote { bid: bid.0, reason: "现场条件更好。".into() };
    for (n, a) in panel.iter().enumerate() {
        s.app().vote_on_tie(s.expert(a.expert), a.id, vote(bids[usize::from(n < 3)])).await.unwrap();
    }
    let late = &panel[4];
    assert_eq!(told(s.app().vote_on_tie(s.expert(late.expert), late.id, vote(BidId(uuid::Uuid::nil()))).await), "not_tied");
    s.app().vote_on_tie(s.expert(late.expert), late.id, vote(bids[1])).await.unwrap();
    s.sign_report(c, Stage::report()).await.unwrap();
    let ranking = s.challenge(c).await.ranking;
    let seen: Vec<_> = ranking.iter().map(|r| (r.bid, r.rank, r.tied, r.voted)).collect();
    assert_eq!(seen, [(bids[1], 1, false, true), (bids[0], 2, false, true)]);
    let record = exported(s.app(), Scope::Full).await;
    assert_eq!(check(&record, &[]).unwrap().checked["tie_votes"], 5);
    let report = s.t.call("officer", Method::GET, &format!("/challenges/{}/review-report", c.0), None, None).await.ok();
    assert_eq!(report["votes"].as_array().unwrap().iter().map(|v| v["votes"].as_i64().unwrap()).sum::<i64>(), 5);
}

/// The chair is the first of the lot; only the chair concludes; a changed score takes the conclusion back; dissent is printed.
#[tokio::test]
async fn the_chair_concludes_and_who_disagrees_stands_in_the_report() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score(&a, &bids, &[90, 80]).await;
    }
    let (lead, panel) = (chair(&s, c).await, s.challenge(c).await.panel.unwrap());
    assert_eq!(lead.expert, panel.sequence[0]);
    let other = s.assignments(c).await.into_iter().find(|a| !a.chairs).unwrap();
    let said = |differ: bool| PanelConclusion {
        conclusion: "专家组认为第一名方案响应充分、路线可靠，建议按得分排序推荐。".into(),
        effective_competition: true,
        routes_differ: differ,
    };
    assert_eq!(told(s.app().sign_report(s.who("officer"), c, Stage::report()).await), "chair_first");
    assert_eq!(told(s.app().conclude_review(s.expert(other.expert), other.id, said(true)).await), "chair_only");
    s.app().conclude_review(s.expert(lead.expert), lead.id, said(false)).await.unwrap();
    assert_eq!(told(s.app().sign_report(s.who("officer"), c, Stage::report()).await), "chair_found_otherwise");
    let change: ChangeScore = form(json!({
        "bid": bids[0], "item": "team", "points": "9", "reason": "经讨论，投标团队补充说明了现场投入安排，原打分依据不足，据此调整该项得分。",
    }));
    s.app().change_score(s.expert(other.expert), other.id, change).await.unwrap();
    assert_eq!(chair(&s, c).await.conclusion, None, "it was drawn from other points");
    s.app().conclude_review(s.expert(lead.expert), lead.id, said(true)).await.unwrap();
    let words = Reason { reason: "第二名的落地条件被低估，保留意见。".into() };
    s.app().dissent(s.expert(other.expert), other.id, words).await.unwrap();
    s.app().sign_report(s.who("officer"), c, Stage::report()).await.unwrap();
    let path = format!("/challenges/{}/review-report", c.0);
    let report: Value = s.t.call("auditor", Method::GET, &path, None, None).await.ok();
    assert_eq!(report["members"].as_array().unwrap().len(), 5);
    assert_eq!((report["dissent"].as_array().unwrap().len(), report["changes"].as_array().unwrap().len()), (1, 1));
    assert_eq!(report["bids"][0]["items"].as_array().unwrap().len(), 9);
    assert_eq!(report["bids"][0]["total"], json!(s.challenge(c).await.ranking[0].total));
    let page = s.t.page("auditor", &path).await.body.to_string();
    for word in ["专家组组长", "不同意见", "讨论后的调整", "保留意见"] {
        assert!(page.contains(word), "{word}");
    }
    for who in ["bidder1", "poster", ""] {
        assert_eq!(s.t.call(who, Method::GET, &path, None, None).await.status, 404, "{who}");
    }
    let record = exported(s.app(), Scope::Full).await;
    check(&record, &[]).unwrap();
    let paid = |fen: i64| form::<ExpertFee>(json!({ "amount_fen": fen, "paid_on": s.today(), "voucher": "专家费-001" }));
    assert_eq!(told(s.app().settle_fee(s.who("finance"), lead.id, paid(9_000_000)).await), "fee_over");
    assert_eq!(told(s.app().settle_fee(s.who("officer"), lead.id, paid(150_000)).await), "forbidden");
    let settled = s.app().settle_fee(s.who("finance"), lead.id, paid(150_000)).await.unwrap();
    assert_eq!((settled.head.state, settled.fee.unwrap().amount_fen), (AssignmentState::Settled, Money::fen(150_000)));
}

/// Teams are heard once every blind part is locked, in an order that anyone can work out; the open part waits for it.
#[tokio::test]
async fn teams_are_heard_between_the_blind_and_the_open_part() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let panel = s.assignments(c).await;
    let at = s.now() + jiff::SignedDuration::from_hours(2);
    let call = || form::<CallDefence>(json!({ "starts_at": at, "minutes": 30, "place": "科技局三楼会议室" }));
    for (n, a) in panel.iter().enumerate() {
        s.seat(a).await;
        for b in &bids {
            s.app().score_bid(s.expert(a.expert), a.id, *b, Stage::sheet(85 - i64::try_from(n).unwrap(), true)).await.unwrap();
        }
        assert_eq!(told(s.app().call_defence(s.who("officer"), c, call()).await), "blind_not_locked");
        s.app().submit_blind(s.expert(a.expert), a.id, plain()).await.unwrap();
    }
    let called = s.app().call_defence(s.who("officer"), c, call()).await.unwrap();
    let (slots, seed) = (called.defence.unwrap().slots, called.panel.unwrap().seed);
    let mut order = bids.clone();
    order.sort_by_key(|b| panel_work::lot(&seed, *b));
    assert_eq!(slots.iter().map(|x| x.bid).collect::<Vec<_>>(), order);
    let first = s.expert(panel[0].expert);
    assert_eq!(told(s.app().score_bid(first, panel[0].id, bids[0], Stage::sheet(85, false)).await), "price_sealed");
    s.open_price(c).await;
    assert_eq!(told(s.app().score_bid(first, panel[0].id, bids[0], Stage::sheet(85, false)).await), "defence_first");
    let team = if order[0] == bids[0] { "bidder1" } else { "bidder2" };
    let page = s.t.page(team, &format!("/bids/{}", order[0].0)).await.body.to_string();
    assert!(page.contains("科技局三楼会议室"), "the team knows when and where");
    let note = |bid: BidId, present: Option<&str>| {
        let asked = json!([{ "question": "低温工况如何保证？", "answer": "已做零下二十度试验。" }]);
        form::<NoteDefence>(json!({ "bid": bid, "present": present, "experts": 5, "questions": asked }))
    };
    assert_eq!(told(s.app().note_defence(s.who("officer"), c, note(order[0], Some("王示例"))).await), "not_heard_yet");
    s.set_clock(at + jiff::SignedDuration::from_mins(60));
    s.app().note_defence(s.who("officer"), c, note(order[0], Some("王示例"))).await.unwrap();
    assert_eq!(told(s.app().note_defence(s.who("officer"), c, note(order[0], None)).await), "heard_already");
    assert_eq!(told(s.app().score_bid(first, panel[0].id, bids[0], Stage::sheet(85, false)).await), "defence_first");
    s.app().note_defence(s.who("officer"), c, note(order[1], None)).await.unwrap();
    s.app().score_bid(first, panel[0].id, bids[0], Stage::sheet(85, false)).await.unwrap();
}

/// The head edits a template; what is published from then on carries the new version with its anchors, what was published keeps its own.
#[tokio::test]
async fn an_edited_rubric_holds_for_what_is_published_later() {
    let s = Stage::new().await;
    let before = s.to_published(GOVERNMENT, "single").await;
    let mut rows = Rubric::of("standard").rows();
    (rows[0].most, rows[1].most, rows[0].full) = (25, 10, "全部硬指标有实测数据".into());
    let edit = json!({ "items": rows, "reason": "按局务会意见提高指标权重。" });
    let call = async |who: &'static str| s.t.call(who, Method::POST, "/rubrics/standard", Some(edit.clone()), None).await;
    assert_eq!((call("officer").await.status, call("bidder1").await.status), (403, 404));
    assert_eq!(call("head").await.ok()["version"], json!(2));
    assert_eq!(call("head").await.body["code"], "nothing_changed");
    let after = s.to_published(GOVERNMENT, "single").await;
    let (old, new) = (s.challenge(before).await.rubric, s.challenge(after).await.rubric);
    assert_eq!((old.version, old.items[0].most, new.version, new.items[0].most), (1, 20, 2, 25));
    let listed = s.t.call("auditor", Method::GET, "/rubrics", None, None).await.ok();
    assert_eq!(listed["items"][0]["versions"].as_array().unwrap().len(), 1);
    let bids = s.seal_teams(after, GOVERNMENT, 2).await;
    s.open(after).await;
    for b in &bids {
        s.check_form(*b, true).await;
    }
    s.convene(after).await;
    s.app().start_review(s.who("officer"), after, plain()).await.unwrap();
    let a = s.assignments(after).await.remove(0);
    s.seat(&a).await;
    let login = (0..12).map(|n| format!("expert{n}")).find(|who| s.who(who).account == a.expert).unwrap();
    let page = s.t.page(&login, &format!("/assignments/{}/score?bid={}", a.id.0, bids[0].0)).await.body.to_string();
    assert!(page.contains("25.00 分：全部硬指标有实测数据"), "what the points mean stands beside the input");
}

/// After the award anyone sees what went into the lot and draws it again: on the page, by `verify`, by a few lines of Python.
#[tokio::test]
async fn anyone_draws_the_lot_again() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    let path = format!("/challenges/{}/draw", c.0);
    assert_eq!(s.t.call("", Method::GET, &path, None, None).await.status, 404, "not before the award");
    let page = s.t.page("supervisor", &path).await.body.to_string();
    assert!(page.contains("结果与记录完全一致"));
    s.agree(GOVERNMENT, c, bids[0]).await;
    let n = s.give_notice(c).await;
    s.confirm(n).await;
    let lot = s.t.call("", Method::GET, &path, None, None).await.ok();
    let page = s.t.page("", &path).await.body.to_string();
    assert!(page.contains("结果与记录完全一致"));
    let read: draw::Lot = serde_json::from_value(lot.clone()).unwrap();
    assert_eq!(read.sequence, s.challenge(c).await.panel.unwrap().sequence);
    assert!(read.redrawn().iter().all(|x| x.holds));
    let file = s.t.folder.join("draw.json");
    let python = |lot: &Value| {
        std::fs::write(&file, lot.to_string()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/record/draw.py");
        let out = std::process::Command::new("python3").arg(script).arg(&file).output().expect("python3 is needed here");
        (out.status.success(), String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let ids: Vec<String> = read.sequence.iter().map(AccountId::to_string).collect();
    assert_eq!(python(&lot), (true, ids.join("\n")));
    let ours = |lot: &Value| serde_json::from_value::<draw::Lot>(lot.clone()).unwrap().redrawn().iter().all(|x| x.holds);
    let plants: [fn(&mut Value); 5] = [
        |v| v["seed"]["secret"] = json!("00"),
        |v| v["seed"]["words"] = json!("别的话"),
        |v| v["sequence"].as_array_mut().unwrap().swap(0, 1),
        |v| v["pool"][0]["kind"] = json!("industry"),
        |v| v["commitment"] = json!("00"),
    ];
    for (n, plant) in plants.iter().enumerate() {
        let mut other = lot.clone();
        plant(&mut other);
        assert!(!ours(&other) && !python(&other).0, "plant {n} is noticed by both");
    }
}
