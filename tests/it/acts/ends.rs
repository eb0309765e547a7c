//! Nothing is left behind: bids end with their challenge, and where a case can't go on as usual, somebody's desk says how it goes on.
use super::support::*;
use jiebang::app;
use jiebang::domain::{forms::*, *};
use jiebang::store::noun;
use serde_json::json;

async fn turns(s: &Stage, subject: uuid::Uuid) -> Vec<String> {
    s.app().turns_of(subject).await.unwrap().into_iter().map(|w| w.turn.what).collect()
}

/// What stands in somebody's queue of one thing.
async fn desk(s: &Stage, who: &str, subject: uuid::Uuid) -> Vec<String> {
    let all = s.app().queue(s.who(who), 200).await.unwrap();
    all.into_iter().filter(|w| w.subject == subject).map(|w| w.turn.what).collect()
}

async fn states(s: &Stage, c: ChallengeId) -> Vec<&'static str> {
    let mut bids: Vec<Bid> = noun::of(&s.app().db, "challenge_id", c.0).await.unwrap();
    bids.sort_by_key(|b| b.org);
    let mut all: Vec<_> = bids.iter().map(|b| b.head.state.id()).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn with_a_challenge_its_bids_end_sealed_or_not() {
    let s = Stage::new().await;
    let withdrawn = s.to_published(GOVERNMENT, "single").await;
    let sealed = s.seal(withdrawn, "bidder1", s.offer(0, GOVERNMENT)).await;
    let draft = s.draft_bid(withdrawn, "bidder2", s.offer(1, GOVERNMENT)).await;
    assert_eq!(turns(&s, draft.0).await, ["bid.seal"]);
    s.app().request_withdrawal(s.who("service"), withdrawn, reason()).await.unwrap();
    let decided = meeting(json!({ "reason": "政策调整，不再办理。" }));
    s.app().decide_withdrawal(s.who("head"), withdrawn, decided).await.unwrap();
    s.app().withdraw_challenge(s.who("supervisor"), withdrawn, plain()).await.unwrap();
    assert_eq!(states(&s, withdrawn).await, ["expired", "expired"]);
    assert_eq!((turns(&s, draft.0).await, turns(&s, sealed.0).await), (vec![], vec![]));
    assert_eq!(s.bid(sealed).await.reason.as_deref(), Some("called_off"), "its team reads why");
    let replaced = s.app().replace_bid(s.who("bidder1"), sealed, plain()).await;
    assert_eq!(told(replaced), "out_of_order");
    assert_ne!(told(app_reads(&s, sealed).await), "ok", "nobody opens it");

    // Opened, checked and not, and one that was reserved: the archive leaves none of them open.
    let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85, 80]).await;
    assert_eq!(states(&s, c).await, ["contracted", "reserve", "reserve"]);
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    let done = s.accept(k, 0, "98.9", "none", "passed").await;
    let numbers = form(json!({ "result_registration_no": "晋成登2027001", "sci_report_no": "KJBG2027001" }));
    s.app().archive_acceptance(s.who("officer"), done.id, numbers).await.unwrap();
    s.app().archive_challenge(s.who("officer"), c, plain()).await.unwrap();
    assert_eq!(states(&s, c).await, ["contracted", "not_selected", "not_selected"]);
    s.verified().await.unwrap();
}

async fn app_reads(s: &Stage, b: BidId) -> app::Result<Bid> {
    s.app().bid(s.who("officer"), b).await.map(|(_, b)| b)
}

#[tokio::test]
async fn where_every_bid_is_out_the_head_is_told_to_end_it() {
    let s = Stage::new().await;
    let (c, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    assert_eq!(turns(&s, c.0).await, ["challenge.panel"]);
    let check =
        || form(json!({ "stamped": false, "readable": true, "complete": true, "outcome": "form_rejected", "reason": "未盖章" }));
    s.app().check_bid_form(s.who("officer"), bids[0], check()).await.unwrap();
    assert_eq!(turns(&s, bids[0].0).await, ["bid.form-rejection"], "found unfit: the checker says so too");
    s.app().reject_bid_form(s.who("checker"), bids[0], reason()).await.unwrap();
    assert_eq!(turns(&s, c.0).await, ["challenge.panel"], "one is left");
    s.check_form(bids[1], false).await;
    assert_eq!(turns(&s, c.0).await, ["challenge.lapse"]);
    assert_eq!(desk(&s, "head", c.0).await, ["challenge.lapse"]);
    let lapse = meeting(json!({ "reason_class": "none_valid", "reason": "无形式合格的揭榜方案。" }));
    s.app().lapse_challenge(s.who("head"), c, lapse).await.unwrap();
    s.verified().await.unwrap();
}

#[tokio::test]
async fn what_a_team_may_do_no_more_leaves_its_queue_for_the_officers_desk() {
    let s = Stage::new().await;
    let (_, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    s.app().ask_correction(s.who("officer"), bids[0], reason()).await.unwrap();
    assert_eq!(desk(&s, "bidder1", bids[0].0).await, ["bid.correction"]);
    assert_eq!(desk(&s, "officer", bids[0].0).await, Vec::<String>::new());
    s.set_clock(s.bid(bids[0]).await.head.due.unwrap());
    assert_eq!(desk(&s, "bidder1", bids[0].0).await, Vec::<String>::new(), "it is too late");
    assert_eq!(desk(&s, "officer", bids[0].0).await, ["bid.form-check"]);
    let check =
        form(json!({ "stamped": false, "readable": true, "complete": true, "outcome": "form_rejected", "reason": "逾期未补正" }));
    s.app().check_bid_form(s.who("officer"), bids[0], check).await.unwrap();
    assert_eq!(turns(&s, bids[0].0).await, ["bid.form-rejection"]);
    s.app().reject_bid_form(s.who("checker"), bids[0], reason()).await.unwrap();
}

#[tokio::test]
async fn a_question_on_a_notice_stands_only_with_those_who_may_take_it() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.object(n, s.who("officer3")).await;
    s.app().accept_objection(s.who("checker"), o, plain()).await.unwrap();
    s.app().investigate_objection(s.who("checker"), o, NoConflict { no_conflict: true }).await.unwrap();
    assert_eq!(desk(&s, "officer2", o.0).await, ["objection.joining"]);
    assert_eq!(desk(&s, "officer", o.0).await, Vec::<String>::new(), "nor does who prepared the notice");
    assert_eq!(desk(&s, "officer3", o.0).await, Vec::<String>::new(), "who filed it does not investigate it");
    s.app().join_investigation(s.who("officer2"), o, NoConflict { no_conflict: true }).await.unwrap();
    assert_eq!(desk(&s, "bidder1", o.0).await, ["objection.answer"]);
    s.set_clock(s.objection(o).await.due("answer").unwrap());
    assert_eq!(desk(&s, "bidder1", o.0).await, Vec::<String>::new(), "its time to answer is over");
    s.app().find_on_objection(s.who("checker"), o, Stage::findings()).await.unwrap();
    let dismiss = s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await;
    assert_eq!((told(dismiss), desk(&s, "officer3", o.0).await), ("ok".to_owned(), vec![]));
}

#[tokio::test]
async fn where_everybody_of_a_role_stands_aside_the_head_is_told_to_name_another() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    for who in ["officer", "officer2"] {
        s.app().stand_aside(s.who(who), c, reason()).await.unwrap();
    }
    assert_eq!(desk(&s, "head", c.0).await, Vec::<String>::new(), "one is left");
    s.app().stand_aside(s.who("officer3"), c, reason()).await.unwrap();
    assert_eq!(desk(&s, "head", c.0).await, ["challenge.staffing"]);
    let office = s.t.org("bureau")["id"].as_str().unwrap().to_owned();
    s.t.person("officer", "officer4", &office, None).await;
    let mut s = s;
    s.meet("officer4").await;
    s.close(c).await;
    s.app().begin_opening(s.who("officer4"), c, plain()).await.unwrap();
    s.app().open_bids(s.who("supervisor"), c, plain()).await.unwrap();
    assert_eq!(desk(&s, "head", c.0).await, ["challenge.lapse"], "nobody bid, and the case has an officer again");
    s.verified().await.unwrap();
}

#[tokio::test]
async fn a_hearing_that_was_called_is_somebodys_task() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score_blind(&a, &bids, &[90, 85]).await;
    }
    s.open_price(c).await;
    let call = form(json!({ "starts_at": s.in_days(1), "minutes": 30, "place": "科技局三楼会议室" }));
    assert_eq!(turns(&s, c.0).await, ["challenge.panel-report"]);
    s.app().call_defence(s.who("officer"), c, call).await.unwrap();
    assert_eq!(turns(&s, c.0).await, ["challenge.defence-record"]);
}
