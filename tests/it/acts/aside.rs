//! Who stands aside: people of the bureau by their own word or because they were found near, experts whenever a team changes.
use super::support::*;
use jiebang::domain::{forms::*, *};
use jiebang::store;
use serde_json::json;

/// Whoever recuses acts on the case no more, by whatever address; a colleague takes over, and other cases go on.
#[tokio::test]
async fn an_officer_who_recuses_takes_no_further_step_in_the_case_and_another_takes_over() {
    let s = Stage::new().await;
    let (c, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    let other = s.to_submitted("service", need(GOVERNMENT, "single")).await;
    s.app().stand_aside(s.who("officer"), c, reason()).await.unwrap();
    assert_eq!(told(s.app().stand_aside(s.who("officer"), c, reason()).await), "recused_already");
    assert_eq!(told(s.app().stand_aside(s.who("bidder1"), c, reason()).await), "forbidden");
    let check = || form(json!({ "stamped": true, "readable": true, "complete": true, "outcome": "valid" }));
    assert_eq!(told(s.app().check_bid_form(s.who("officer"), bids[0], check()).await), "stands aside from this case");
    let call = || Convene { kind_note: None };
    assert_eq!(told(s.app().convene_panel(s.who("officer"), c, call()).await), "stands aside from this case");
    let queue = async |who: &str| s.app().queue(s.who(who), 100).await.unwrap().iter().filter(|w| w.challenge == Some(c)).count();
    assert_eq!((queue("officer").await, queue("officer2").await > 0), (0, true));
    assert_eq!(told(s.app().screen_challenge(s.who("officer"), other, Stage::screening()).await), "ok", "another case goes on");
    for b in &bids {
        s.app().check_bid_form(s.who("officer2"), *b, check()).await.unwrap();
        s.app().validate_bid(s.who("checker"), *b, plain()).await.unwrap();
    }
    s.app().convene_panel(s.who("officer2"), c, call()).await.unwrap();
    let page = s.t.page("officer", &format!("/challenges/{}", c.0)).await.body.to_string();
    assert!(page.contains("您已回避本案"), "the page says why");
    let stands = s.t.page("auditor", &format!("/challenges/{}", c.0)).await.body.to_string();
    assert!(stands.contains("回避的工作人员"));
    let seen = s.t.call("", axum::http::Method::GET, &format!("/challenges/{}", c.0), None, None).await.ok();
    assert!(seen.get("recused").is_none() && seen.get("stood_aside").is_none());
}

/// An act whose policy knows nothing of the case is refused too: the commit asks.
#[tokio::test]
async fn a_recused_head_publishes_no_notice_of_the_case() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    s.agree(GOVERNMENT, c, bids[0]).await;
    s.app().decide_award(s.who("head"), c, meeting(json!({}))).await.unwrap();
    let n = s.notices(c).await.last().unwrap().id;
    s.app().stand_aside(s.who("head"), c, reason()).await.unwrap();
    assert_eq!(told(s.app().publish_notice(s.who("head"), n, plain()).await), "stands aside from this case");
    assert_eq!(s.notice(n).await.head.state, NoticeState::Draft, "nothing of it is left");
    let page = s.t.page("head", &format!("/notices/{}", n.0)).await.body.to_string();
    assert!(page.contains("您已回避本案"));
}

/// A team declares that it is related to an officer: the officer is out at once, and the way is told.
#[tokio::test]
async fn an_officer_whom_a_team_declares_is_barred_by_the_platform() {
    let s = Stage::new().await;
    let (c, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    let officer = s.who("officer").clone();
    let word: DeclareTeam = form(json!({
        "relations": [{ "person": "王示例", "kind": "kinship", "party": officer.name }], "reason": "开榜后得知经办人员姓名。",
    }));
    assert_eq!(told(s.app().declare_team(s.who("bidder2"), bids[0], word.clone()).await), "hidden", "its own bid only");
    s.app().declare_team(s.who("bidder1"), bids[0], word).await.unwrap();
    let out = s.challenge(c).await.recused;
    assert_eq!((out.len(), out[0].account, out[0].hits[0].rule.as_str()), (1, officer.account, "kinship"));
    let lead = s.t.org("u1")["name"].as_str().unwrap().to_owned();
    assert_eq!(out[0].hits[0].path, [officer.name.clone(), "王示例".into(), lead]);
    assert_eq!(told(s.app().convene_panel(&officer, c, Convene { kind_note: None }).await), "stands aside from this case");
    let nothing: DeclareTeam = form(json!({ "reason": "无新增事项。" }));
    assert_eq!(told(s.app().declare_team(s.who("bidder1"), bids[0], nothing).await), "nothing_declared");
}

/// Somebody joins a team after the opening whose joint paper an expert has declared: the sheet is void, the next is called.
#[tokio::test]
async fn a_team_that_changes_is_checked_against_the_panel_again() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let a = s.assignments(c).await.remove(0);
    let expert = s.expert(a.expert).clone();
    let word: ConfirmProfile = form(json!({
        "disciplines": "530", "relations": [{ "kind": "co_author", "party": "赵新人" }], "truthful": true,
    }));
    s.app().confirm_profile(&expert, word).await.unwrap();
    s.seat(&a).await;
    s.app().score_bid(&expert, a.id, bids[0], Stage::sheet(80, true)).await.unwrap();
    let joined: DeclareTeam = form(json!({
        "people": [{ "name": "赵新人", "unit": "示例研究院", "part": "member" }], "reason": "团队新增骨干成员。",
    }));
    s.app().declare_team(s.who("bidder1"), bids[0], joined).await.unwrap();
    let all = s.assignments(c).await;
    let out = all.iter().find(|x| x.id == a.id).unwrap();
    assert_eq!((out.head.state, out.sheets.len(), out.hits[0].rule.as_str()), (AssignmentState::Recused, 0, "co_author"));
    let next = all.iter().find(|x| Some(x.id) == out.next).unwrap();
    assert_eq!(next.head.state, AssignmentState::Invited);
    let denied = s.app().score_bid(&expert, a.id, bids[0], Stage::sheet(80, true)).await;
    assert_ne!(told(denied), "ok");
    let story = store::event::of_case(&s.app().db, c, &Visibility::ALL, None, 10).await.unwrap();
    let kinds: Vec<&str> = story.iter().map(|e| e.kind.as_str()).take(3).collect();
    assert_eq!(kinds, ["challenge.panel-succession", "assignment.conflict-found", "bid.team-declaration"]);
}

/// The bureau imports joint patents: a preview changes nothing, faults stand at their lines, and a running review is checked again.
#[tokio::test]
async fn an_imported_joint_patent_bars_the_expert_of_a_running_review() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let a = s.assignments(c).await.remove(0);
    let expert = s.expert(a.expert).clone();
    let pi = s
        .app()
        .offer(s.who("bidder1"), &s.bid(bids[0]).await, &s.challenge(c).await)
        .await
        .unwrap()
        .unwrap()
        .part_a()
        .unwrap()
        .pi_name;
    let csv = format!("类型,姓名1,姓名2,日期\n专利,{pi},{},2025-12-01\n专利,{pi},,2025-12-01\n", expert.name);
    let import = async |who: &'static str, step: &str| {
        let raw = json!({ "csv": csv, "step": step });
        s.t.call(who, axum::http::Method::POST, "/relations", Some(raw), None).await
    };
    assert_eq!(import("bidder1", "preview").await.status, 404);
    let seen = import("officer", "preview").await.ok();
    assert_eq!((seen["imported"].as_i64(), seen["items"][1]["error"]["code"].as_str()), (Some(0), Some("missing")));
    assert!(s.assignments(c).await.iter().all(|x| x.sits()));
    assert_eq!(import("officer", "import").await.ok()["imported"], json!(1));
    let out = s.assignments(c).await.into_iter().find(|x| x.id == a.id).unwrap();
    assert_eq!((out.head.state, out.hits[0].rule.as_str()), (AssignmentState::Recused, "co_patent"));
    assert_eq!(import("officer", "import").await.ok()["imported"], json!(1), "it may be repeated");
}
