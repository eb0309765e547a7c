//! Every way in which the main job fails, stops or turns back.
use super::support::*;
use crate::support;
use jiebang::domain::{ChallengeState as S, event::Visibility, forms::*, *};
use serde_json::json;

async fn offered(s: &Stage, b: BidId) -> Option<Readable> {
    let (c, b) = s.app().bid(s.who("officer"), b).await.unwrap();
    s.app().offer(s.who("officer"), &b, &c).await.unwrap()
}

fn lapse(class: &str) -> Lapse {
    meeting(json!({ "reason_class": class, "reason": "按规则不予授榜。" }))
}

fn relisting(s: &Stage) -> Relisting {
    Relisting { what_changed: "延长实施期，补充样品。".into(), close_at: s.in_days(32) }
}

#[tokio::test]
async fn a_need_is_returned_twice_and_not_a_third_time() {
    let s = Stage::new().await;
    let c = s.to_draft("poster", need(ENTERPRISE, "single")).await;
    let notes = || form::<ReturnNeed>(json!({ "notes": [{ "field": "background", "note": "请补充近三年处理量" }] }));
    let mut said = vec![];
    for _ in 0..3 {
        s.app().submit_challenge(s.who("poster"), c).await.unwrap();
        said.push(told(s.app().return_challenge(s.who("officer"), c, notes()).await));
    }
    assert_eq!(said, ["ok", "ok", "returned_often"]);
    let c = s.challenge(c).await;
    assert_eq!((c.head.state, c.returns), (S::Submitted, 2));
}

#[tokio::test]
async fn what_is_rejected_ends_and_what_is_shelved_comes_back() {
    let s = Stage::new().await;
    let c = s.to_appraisal("poster", need(ENTERPRISE, "single")).await;
    s.app().record_appraisal(s.who("officer"), c, s.appraisal("reject").await).await.unwrap();
    assert_eq!(told(s.app().revive_challenge(s.who("officer"), c, reason()).await), "out_of_order");
    let c = s.to_appraisal("poster", need(ENTERPRISE, "single")).await;
    s.app().record_appraisal(s.who("officer"), c, s.appraisal("shelve").await).await.unwrap();
    assert_eq!(s.challenge(c).await.head.state, S::Shelved);
    s.app().revive_challenge(s.who("officer"), c, reason()).await.unwrap();
    s.app().record_appraisal(s.who("officer"), c, s.appraisal("accept").await).await.unwrap();
    assert_eq!(s.challenge(c).await.head.state, S::Decided);
}

#[tokio::test]
async fn nobody_bids_and_the_relisted_ones_know_where_they_come_from() {
    let s = Stage::new().await;
    let first = s.to_published(GOVERNMENT, "single").await;
    let mut line = vec![first];
    for _ in 0..2 {
        let last = line[line.len() - 1];
        s.open(last).await;
        s.app().lapse_challenge(s.who("head"), last, lapse("no_bids")).await.unwrap();
        let new = s.app().relist_challenge(s.who("officer"), last, relisting(&s)).await.unwrap();
        assert_eq!(told(s.app().relist_challenge(s.who("officer"), last, relisting(&s)).await), "relisted_already");
        line.push(new.id);
    }
    s.open(line[2]).await;
    s.app().lapse_challenge(s.who("head"), line[2], lapse("no_bids")).await.unwrap();
    assert_eq!(told(s.app().relist_challenge(s.who("officer"), line[2], relisting(&s)).await), "relisted_often");
    let mut seen = vec![];
    for id in &line {
        let c = s.challenge(*id).await;
        seen.push((c.number.unwrap(), c.previous, c.relisted_as, c.head.state));
    }
    assert_eq!(
        seen,
        [
            ("JC-2026-001".into(), None, Some(line[1]), S::Lapsed),
            ("JC-2026-002".into(), Some(line[0]), Some(line[2]), S::Lapsed),
            ("JC-2026-003".into(), Some(line[1]), None, S::Lapsed),
        ]
    );
}

#[tokio::test]
async fn all_fail_on_form_and_the_challenge_lapses() {
    let s = Stage::new().await;
    let (c, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    for b in &bids {
        s.check_form(*b, false).await;
    }
    assert_eq!(told(s.app().convene_panel(s.who("officer"), c, Convene { kind_note: None }).await), "no_valid_bid");
    assert_eq!(told(s.app().lapse_challenge(s.who("head"), c, lapse("no_bids")).await), "lapse_reason_untrue");
    s.app().lapse_challenge(s.who("head"), c, lapse("none_valid")).await.unwrap();
    assert_eq!(s.challenge(c).await.lapse_reason.as_deref(), Some("none_valid"));
}

#[tokio::test]
async fn nobody_passes_and_the_challenge_lapses() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[69, 65]).await;
    assert_eq!(
        told(s.app().agree_with_bidder(s.who("service"), c, Stage::agreement(bids[0], 1_000_000, None)).await),
        "no_candidate"
    );
    s.app().lapse_challenge(s.who("head"), c, lapse("none_passed")).await.unwrap();
    let states = (s.bid(bids[0]).await.head.state, s.bid(bids[1]).await.head.state);
    assert_eq!(states, (BidState::NotSelected, BidState::NotSelected));
}

/// Valid bids that nobody has scored can't be thrown away by naming another reason (domain 5.3).
#[tokio::test]
async fn valid_bids_are_not_lapsed_before_they_are_reviewed() {
    let s = Stage::new().await;
    let (c, _) = s.to_opened(GOVERNMENT, "single", 3).await;
    let mut said = vec![];
    for class in ["no_bids", "none_valid", "none_passed", "poster_refused", "none_agreed"] {
        said.push(told(s.app().lapse_challenge(s.who("head"), c, lapse(class)).await));
    }
    assert_eq!(said, ["lapse_reason_untrue"; 5]);
}

#[tokio::test]
async fn the_poster_passes_over_and_the_next_rank_is_asked_and_then_nobody_is_left() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85, 60]).await;
    let service = s.who("service");
    assert_eq!(
        told(s.app().agree_with_bidder(service, c, Stage::agreement(bids[1], 200_000_000, Some("更便宜"))).await),
        "rank_order"
    );
    let over = || PassOver { reason: "指标与价格未能谈成。".into() };
    s.app().pass_over(service, c, over()).await.unwrap();
    assert_eq!(s.challenge(c).await.candidate().map(|r| r.bid), Some(bids[1]));
    assert_eq!(told(s.app().agree_with_bidder(service, c, Stage::agreement(bids[0], 200_000_000, None)).await), "passed_over");
    s.app().pass_over(service, c, over()).await.unwrap();
    assert_eq!(s.challenge(c).await.candidate(), None, "the third did not pass");
    assert_eq!(told(s.app().pass_over(service, c, over()).await), "no_candidate");
    s.app().lapse_challenge(s.who("head"), c, lapse("poster_refused")).await.unwrap();
    assert_eq!(s.challenge(c).await.head.state, S::Lapsed);
}

#[tokio::test]
async fn a_price_may_fall_in_the_talk_and_never_rise() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    let service = s.who("service");
    assert_eq!(
        told(s.app().agree_with_bidder(service, c, Stage::agreement(bids[0], 220_000_001, None)).await),
        "price_above_bid"
    );
    s.app().agree_with_bidder(service, c, Stage::agreement(bids[0], 190_000_000, None)).await.unwrap();
    assert_eq!(told(s.app().renegotiate(s.who("checker"), c, reason()).await), "forbidden");
    s.app().renegotiate(s.who("head"), c, reason()).await.unwrap();
    assert_eq!(s.challenge(c).await.agreed, []);
    s.app().agree_with_bidder(service, c, Stage::agreement(bids[0], 180_000_000, None)).await.unwrap();
    let n = s.give_notice(c).await;
    let w = s.notice(n).await.winners.remove(0);
    assert_eq!((w.county_fen, w.enterprise_fen), (Money::wan(180), Money::wan(0)));
}

#[tokio::test]
async fn the_winner_gives_up_and_the_reserve_wins() {
    let s = Stage::new().await;
    let (c, bids, first) = s.to_awarded(GOVERNMENT, &[90, 85]).await;
    assert_eq!(told(s.app().forfeit_award(s.who("bidder2"), bids[0], reason()).await), "hidden");
    s.app().forfeit_award(s.who("bidder1"), bids[0], reason()).await.unwrap();
    assert_eq!((s.contract(first).await.head.state, s.challenge(c).await.head.state), (ContractState::Abandoned, S::Negotiating));
    s.agree(GOVERNMENT, c, bids[1]).await;
    let n = s.give_notice(c).await;
    s.confirm(n).await;
    let second = s.contracts(c).await.into_iter().find(|k| k.bid == bids[1]).unwrap().id;
    s.put_in_force(second, GOVERNMENT, 1).await;
    let states = (s.bid(bids[0]).await.head.state, s.bid(bids[1]).await.head.state, s.challenge(c).await.head.state);
    assert_eq!(states, (BidState::Forfeited, BidState::Contracted, S::InProgress));
}

#[tokio::test]
async fn a_bid_that_is_found_false_is_disqualified_and_the_meeting_talks_to_the_next() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    let ruling = || meeting::<Decision>(json!({ "reason": "业绩材料系伪造，事实清楚。" }));
    assert_eq!(told(s.app().disqualify_bid(s.who("checker"), bids[0], ruling()).await), "forbidden");
    assert_eq!(told(s.app().disqualify_bid(s.who("head"), bids[0], meeting(json!({}))).await), "reason_missing");
    s.app().disqualify_bid(s.who("head"), bids[0], ruling()).await.unwrap();
    assert_eq!(s.challenge(c).await.candidate().map(|r| r.bid), Some(bids[1]));
    s.agree(GOVERNMENT, c, bids[1]).await;
}

#[tokio::test]
async fn an_objection_that_is_dismissed_gives_the_days_back() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let published = s.notice(n).await;
    let calendar = Calendar::seed();
    let day = |n: i64| calendar.add_workdays(published.starts_on.as_deref().unwrap().parse().unwrap(), n).date;
    assert_eq!(published.ends_at, Some(deadline_instant(day(5))));
    // Two working days have begun when it is accepted: the first is gone, the second is given back.
    s.set_clock(deadline_instant(day(1)));
    let o = s.hold(n).await;
    let held = s.notice(n).await;
    assert_eq!((held.head.state, held.days_left, s.challenge(c).await.head.state), (NoticeState::Suspended, Some(4), S::OnHold));
    s.set_clock(published.ends_at.unwrap());
    assert_eq!(told(s.app().confirm_notice(s.who("officer"), n, plain()).await), "out_of_order");
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await.unwrap();
    let run = s.notice(n).await;
    let resumed = date_of(s.now());
    assert_eq!(
        (run.head.state, run.ends_at),
        (NoticeState::InPublicity, Some(deadline_instant(calendar.add_workdays(resumed, 4).date)))
    );
    s.confirm(n).await;
    assert_eq!(s.challenge(c).await.head.state, S::Awarded);
}

#[tokio::test]
async fn an_objection_that_is_upheld_asks_the_next_rank() {
    let s = Stage::new().await;
    let (c, bids, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    s.examine(o).await;
    assert_eq!(told(s.app().decide_objection(s.who("head"), o, Stage::ruling("uphold", None)).await), "effect_missing");
    s.app().decide_objection(s.who("head"), o, Stage::ruling("uphold", Some("next_rank"))).await.unwrap();
    let states = (s.notice(n).await.head.state, s.challenge(c).await.head.state, s.bid(bids[0]).await.head.state);
    assert_eq!(states, (NoticeState::Revoked, S::Negotiating, BidState::Reserved));
    s.agree(GOVERNMENT, c, bids[1]).await;
    let n = s.give_notice(c).await;
    s.confirm(n).await;
    assert_eq!(s.contracts(c).await[0].bid, bids[1]);
}

#[tokio::test]
async fn a_refused_an_incomplete_and_a_withdrawn_objection() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let (author, checker) = (s.who("bidder2"), s.who("checker"));
    let refused = s.object(n, author).await;
    s.app().refuse_objection(checker, refused, not_ours()).await.unwrap();
    assert_eq!(told(s.app().accept_objection(checker, refused, plain()).await), "out_of_order");
    let lacking = s.object(n, author).await;
    s.app().ask_completion(checker, lacking, reason()).await.unwrap();
    let facts = || form::<CompleteObjection>(json!({ "facts": "补充的事实与证据材料说明如下，请予以核查。" }));
    assert_eq!(told(s.app().complete_objection(s.who("bidder1"), lacking, facts()).await), "forbidden");
    s.app().complete_objection(author, lacking, facts()).await.unwrap();
    s.app().withdraw_objection(author, lacking, reason()).await.unwrap();
    let open = s.object(n, author).await;
    s.set_clock(s.notice(n).await.ends_at.unwrap());
    assert_eq!(told(s.app().file_objection(author, n, s.objection_form(author).await).await), "objection_too_late");
    assert_eq!(told(s.app().confirm_notice(s.who("officer"), n, plain()).await), "objection_open");
    s.app().refuse_objection(checker, open, not_ours()).await.unwrap();
    s.app().confirm_notice(s.who("officer"), n, plain()).await.unwrap();
}

/// What the objector sends with the completion is kept with the objection, like what was sent at first.
#[tokio::test]
async fn evidence_given_with_a_completion_is_kept() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let author = s.who("bidder2");
    let o = s.object(n, author).await;
    s.app().ask_completion(s.who("checker"), o, reason()).await.unwrap();
    let file = s.upload("bidder2").await;
    let facts = form(json!({ "facts": "补充的事实与证据材料说明如下，请予以核查。", "evidence": [file] }));
    s.app().complete_objection(author, o, facts).await.unwrap();
    assert_eq!(s.objection(o).await.evidence, [file]);
    assert_eq!(told(s.app().attachment(s.who("checker"), file).await), "ok", "whoever handles it reads it");
}

#[tokio::test]
async fn a_decided_objection_is_reconsidered_once_and_only_the_head_closes_that() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await.unwrap();
    assert_eq!(
        told(s.app().close_objection(s.who("head"), o, reason()).await),
        "forbidden",
        "a decided one is the checker's to close"
    );
    s.app().ask_reconsideration(s.who("bidder2"), o, new_facts()).await.unwrap();
    assert_eq!(
        told(s.app().close_objection(s.who("checker"), o, reason()).await),
        "forbidden",
        "a reconsidered one is the head's"
    );
    s.app().close_objection(s.who("head"), o, reason()).await.unwrap();
    assert_eq!(told(s.app().ask_reconsideration(s.who("bidder2"), o, new_facts()).await), "out_of_order");
}

#[tokio::test]
async fn a_clue_without_a_name_goes_elsewhere_and_stops_no_clock() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.object(n, &Actor::visitor()).await;
    assert_eq!(told(s.app().move_to_tip_off(s.who("officer"), o, reason()).await), "the same person took the step before");
    s.app().move_to_tip_off(s.who("officer2"), o, reason()).await.unwrap();
    let seen = (s.objection(o).await.head.state, s.notice(n).await.head.state, s.challenge(c).await.head.state);
    assert_eq!(seen, (ObjectionState::MovedToTipOff, NoticeState::InPublicity, S::AwardNotice));
    s.confirm(n).await;
}

#[tokio::test]
async fn a_milestone_fails_after_one_rectification_and_the_contract_ends_without_fault() {
    let s = Stage::new().await;
    let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let m = s.milestones(k).await[0].id;
    s.app().submit_evidence(s.who("bidder1"), m, s.evidence(0).await).await.unwrap();
    assert_eq!(told(s.app().escalate_milestone(s.who("officer"), m, plain()).await), "poster_still_has_time");
    s.app().dispute_evidence(s.who("service"), m, reason()).await.unwrap();
    s.app().rectify_milestone(s.who("officer"), m, s.verdict("officer").await).await.unwrap();
    s.app().submit_evidence(s.who("bidder1"), m, s.evidence(0).await).await.unwrap();
    s.set_clock(s.milestones(k).await[0].head.due.unwrap());
    s.app().escalate_milestone(s.who("officer"), m, plain()).await.unwrap();
    assert_eq!(s.milestones(k).await[0].head.state, MilestoneState::UnderAssessment, "silence never passes");
    assert_eq!(told(s.app().rectify_milestone(s.who("officer"), m, s.verdict("officer").await).await), "rectified_once");
    s.app().fail_milestone(s.who("checker"), m, s.verdict("checker").await).await.unwrap();
    let ending = meeting(json!({ "class": "technical", "reason": "客观技术原因，双方已尽责。" }));
    s.app().terminate_contract(s.who("head"), k, ending).await.unwrap();
    let (contract, case) = (s.contract(k).await, s.challenge(c).await);
    assert_eq!(
        (contract.head.state, contract.ending.as_deref(), case.head.state),
        (ContractState::Terminated, Some("technical"), S::Terminated)
    );
    let states: Vec<_> = s.instalments(k).await.iter().map(|i| i.head.state.id()).collect();
    assert_eq!(states, ["cancelled", "cancelled", "cancelled", "eligible", "cancelled", "cancelled"]);
    let nodes: Vec<_> = s.milestones(k).await.iter().map(|m| m.head.state.id()).collect();
    assert_eq!(nodes, ["disposed", "cancelled", "cancelled"]);
}

#[tokio::test]
async fn a_contract_is_revoked_for_falsehood_and_paid_money_is_clawed_back() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let first = s.instalments(k).await.remove(3);
    s.pay_county(&first, "bidder1", "u1").await;
    s.revoke(k, "falsehood").await;
    assert_eq!(s.contract(k).await.head.state, ContractState::Revoked);
    s.app().claw_back(s.who("head"), first.id, meeting(json!({}))).await.unwrap();
    let wrong = form(json!({ "voucher": "缴库0001", "paid_on": s.today(), "amount_fen": 1 }));
    assert_eq!(told(s.app().recover(s.who("finance"), first.id, wrong).await), "amount_differs");
    s.app().recover(s.who("finance"), first.id, s.payment(&first)).await.unwrap();
    assert_eq!(s.instalments(k).await[3].head.state, InstalmentState::Recovered);
}

#[tokio::test]
async fn a_lane_is_cut_and_the_other_runs_on_to_a_pass() {
    let s = Stage::new().await;
    let (c, bids, [first, second]) = s.to_two_lanes().await;
    assert_eq!(s.bid(bids[2]).await.head.state, BidState::Reserved);
    let cut = || meeting::<CutLane>(json!({ "reason": "检查点排名第二，按约定停止。", "experts": judges(3) }));
    let ended = s.app().cut_lane(s.who("head"), second, cut()).await.unwrap();
    assert_eq!((ended.head.state, ended.ending.as_deref()), (ContractState::Terminated, Some("lane_cut")));
    assert_eq!(told(s.app().cut_lane(s.who("head"), first, cut()).await), "last_lane");
    for number in 1..=3 {
        s.pass_milestone(first, number, GOVERNMENT, 0).await;
    }
    s.accept(first, 0, "99", "none", "passed").await;
    assert_eq!(s.challenge(c).await.head.state, S::InAcceptance);
}

/// One lane has passed, the other is ended afterwards: the challenge has a result and goes to the archive, not to the grave.
#[tokio::test]
async fn a_lane_that_ends_after_the_other_has_passed_does_not_undo_the_result() {
    let s = Stage::new().await;
    let (c, _, [first, second]) = s.to_two_lanes().await;
    for number in 1..=3 {
        s.pass_milestone(first, number, GOVERNMENT, 0).await;
    }
    s.accept(first, 0, "99", "none", "passed").await;
    assert_eq!(s.challenge(c).await.head.state, S::InProgress, "the other lane still runs");
    let ending = meeting(json!({ "class": "technical", "reason": "另一赛道已达成目标，终止。" }));
    s.app().terminate_contract(s.who("head"), second, ending).await.unwrap();
    assert_eq!(s.challenge(c).await.head.state, S::InAcceptance);
}

#[tokio::test]
async fn an_acceptance_is_concluded_with_diligence_and_failed_without() {
    let s = Stage::new().await;
    for (cause, outcome, ended) in
        [("objective", "concluded", ContractState::Concluded), ("fault", "failed", ContractState::Failed)]
    {
        let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
        for number in 1..=3 {
            s.pass_milestone(k, number, GOVERNMENT, 0).await;
        }
        let x = s.accept(k, 0, "97", cause, outcome).await;
        assert_eq!((x.computed.as_deref(), x.outcome.as_deref()), (Some(outcome), Some(outcome)));
        assert_eq!((s.contract(k).await.head.state, s.challenge(c).await.head.state), (ended, S::InAcceptance));
        assert_eq!(s.instalments(k).await[5].head.state, InstalmentState::Cancelled, "the retained tranche is not paid");
    }
}

#[tokio::test]
async fn an_acceptance_is_returned_rectified_once_and_failed_when_nobody_applies() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    let x = s.acceptance(k).await.id;
    let (bidder, officer) = (s.who("bidder1"), s.who("officer"));
    assert_eq!(told(s.app().fail_overdue(s.who("head"), x, meeting(json!({}))).await), "applicant_still_has_time");
    s.app().apply_acceptance(bidder, x, s.application(0, "none", None).await).await.unwrap();
    s.app().return_acceptance(officer, x, reason()).await.unwrap();
    for round in 0..2 {
        s.app().apply_acceptance(bidder, x, s.application(0, "none", None).await).await.unwrap();
        s.app().check_acceptance(officer, x, plain()).await.unwrap();
        assert_eq!(told(s.app().judge_acceptance(officer, x, s.panel("passed", None).await).await), "nothing_measured");
        s.app().record_measurements(officer, x, s.measurements("97", "not_met").await).await.unwrap();
        let said = told(s.app().rectify_acceptance(officer, x, reason()).await);
        assert_eq!(said, ["ok", "rectified_once"][round]);
    }
    assert_eq!(told(s.app().judge_acceptance(officer, x, s.panel("passed", None).await).await), "verdict_differs");
    s.app().judge_acceptance(officer, x, s.panel("failed", None).await).await.unwrap();
    s.app().reopen_acceptance(s.who("head"), x, reason()).await.unwrap();
    s.app().judge_acceptance(officer, x, s.panel("failed", None).await).await.unwrap();
    s.decide(x).await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    let x = s.acceptance(k).await;
    s.set_clock(x.head.due.unwrap());
    s.app().fail_overdue(s.who("head"), x.id, meeting(json!({}))).await.unwrap();
    assert_eq!(s.contract(k).await.head.state, ContractState::Failed);
}

#[tokio::test]
async fn a_suspended_challenge_closes_later_by_as_long_as_it_stood() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let close = s.challenge(c).await.close_at.unwrap();
    let b = s.draft_bid(c, "bidder1", s.offer(0, GOVERNMENT)).await;
    s.advance(30);
    s.app().suspend_challenge(s.who("head"), c, reason()).await.unwrap();
    assert_eq!(told(s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await), "bidding_suspended");
    s.advance(9);
    assert_eq!(
        told(s.app().begin_opening(s.who("officer"), c, plain()).await),
        "out_of_order",
        "past the old close, nothing opens"
    );
    s.app().resume_challenge(s.who("head"), c, Resumption { reason: "核查完毕，恢复。".into() }).await.unwrap();
    assert_eq!(s.challenge(c).await.close_at, Some(close + jiff::SignedDuration::from_hours(24 * 9)));
    s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await.unwrap();
}

#[tokio::test]
async fn a_cure_is_for_form_only_and_comes_in_time() {
    let s = Stage::new().await;
    let (_, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    let before = offered(&s, bids[0]).await;
    s.app().ask_correction(s.who("officer"), bids[0], reason()).await.unwrap();
    s.app().ask_correction(s.who("officer"), bids[1], reason()).await.unwrap();
    let cure = async |who: &str, b: BidId| {
        let files = vec![s.upload(who).await];
        told(s.app().correct_bid(s.who(who), b, Correction { note: "补充盖章页扫描件。".into(), files }).await)
    };
    assert_eq!(cure("bidder1", bids[0]).await, "ok");
    assert_eq!(offered(&s, bids[0]).await, before, "what was offered stays as sealed");
    s.set_clock(s.bid(bids[1]).await.head.due.unwrap());
    assert_eq!(cure("bidder2", bids[1]).await, "cure_too_late");
    s.check_form(bids[0], true).await;
    s.check_form_of_uncured(bids[1]).await;
}

impl Stage {
    async fn check_form_of_uncured(&self, b: BidId) {
        let check = form(
            json!({ "stamped": false, "readable": true, "complete": true, "outcome": "form_rejected", "reason": "逾期未补正" }),
        );
        self.app().check_bid_form(self.who("officer"), b, check).await.unwrap();
        assert_eq!(told(self.app().reject_bid_form(self.who("checker"), b, reason()).await), "ok");
    }
}

#[tokio::test]
async fn an_expert_declines_or_recuses_and_the_next_of_the_same_draw_is_called() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    let panel = s.challenge(c).await.panel.unwrap();
    let seats = s.assignments(c).await;
    let of = |n: usize| seats.iter().find(|a| a.expert == panel.sequence[n]).unwrap();
    s.app().decline_invitation(s.expert(panel.sequence[1]), of(1).id, reason()).await.unwrap();
    s.seat(of(2)).await;
    s.app().score_bid(s.expert(panel.sequence[2]), of(2).id, bids[0], Stage::sheet(80, true)).await.unwrap();
    let gone = s.app().recuse(s.expert(panel.sequence[2]), of(2).id, reason()).await.unwrap();
    assert_eq!((gone.head.state, gone.sheets.len()), (AssignmentState::Recused, 0), "a recused sheet is void");
    let call = |a: AssignmentId| ReplaceExpert { assignment: a.0, reason: "按顺序递补。".into() };
    assert_eq!(told(s.app().replace_expert(s.who("officer"), c, call(of(1).id)).await), "forbidden", "the supervisor's");
    assert_eq!(told(s.app().replace_expert(s.who("supervisor"), c, call(of(1).id)).await), "panel_full");
    let sits: Vec<AccountId> = s.assignments(c).await.iter().filter(|a| a.sits()).map(|a| a.expert).collect();
    assert_eq!((sits.len(), panel.seats), (5, 5));
    for a in s.assignments(c).await.iter().filter(|a| a.sits()) {
        s.seat(a).await;
        s.score(a, &bids, &[90, 80, 75]).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
}

/// At least one of finance or management, at least two thirds technical, one a unit: also after a replacement (domain 5.4).
#[tokio::test]
async fn a_replacement_keeps_the_panel_composed_as_the_rule_says() {
    let s = Stage::new().await;
    let (c, _) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    let panel = s.challenge(c).await.panel.unwrap();
    let pool = jiebang::store::account::of_role(&s.app().db, Role::Expert, 100).await.unwrap();
    let kind = |id: AccountId| pool.iter().find(|a| a.id == id).unwrap().expert.as_ref().unwrap().kind.clone();
    let sitting = async || s.assignments(c).await.into_iter().filter(|a| a.sits()).collect::<Vec<_>>();
    let count = |seats: &[Assignment], what: &str| seats.iter().filter(|a| kind(a.expert) == what).count();
    // Of the three of finance one was drawn: the other two follow it, whoever stands before them in the sequence.
    for said in ["panel_full", "panel_full", "pool_too_small"] {
        let seats = sitting().await;
        assert_eq!((seats.len(), count(&seats, "finance_management"), count(&seats, "technical")), (panel.seats, 1, 4));
        let a = seats.iter().find(|a| kind(a.expert) == "finance_management").unwrap();
        s.app().decline_invitation(s.expert(a.expert), a.id, reason()).await.unwrap();
        let call = ReplaceExpert { assignment: a.id.0, reason: "按顺序递补。".into() };
        assert_eq!(told(s.app().replace_expert(s.who("supervisor"), c, call).await), said);
    }
    assert!(s.challenge(c).await.panel.unwrap().short, "nobody is left: the supervisor is told");
    let waits = s.app().queue(s.who("supervisor"), 50).await.unwrap();
    assert!(waits.iter().any(|w| w.turn.what == "challenge.panel-replacement"));
    assert_eq!(s.challenge(c).await.panel.unwrap().sequence, panel.sequence, "what was drawn stays as it was drawn");
}

#[tokio::test]
async fn a_change_of_route_is_filed_a_lower_indicator_is_decided_and_an_extension_comes_once() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let bidder = s.who("bidder1");
    let ask = |kind: &str, more: serde_json::Value| s.app().ask_change(bidder, k, Stage::asked(kind, more));
    let route = ask("route", json!({ "before": "原方案", "after": "新方案" })).await.unwrap().id;
    assert_eq!(told(s.app().consent_to_change(s.who("service"), route, plain()).await), "change_is_filing");
    s.app().file_change(bidder, route, plain()).await.unwrap();
    assert_eq!(s.contract(k).await.edition, 1, "a filing leaves the contract's text");
    let lower = ask("indicator", json!({ "indicator": 1, "value": "98.6" })).await.unwrap().id;
    assert_eq!(told(s.app().file_change(bidder, lower, plain()).await), "change_needs_approval");
    assert_eq!(told(s.app().consent_to_change(bidder, lower, plain()).await), "forbidden", "not one's own");
    s.app().consent_to_change(s.who("service"), lower, plain()).await.unwrap();
    s.app().take_up_change(s.who("officer"), lower, plain()).await.unwrap();
    assert_eq!(told(s.app().approve_change(s.who("checker"), lower, plain()).await), "change_needs_meeting");
    let scan = s.upload("head").await;
    let decision = |more: serde_json::Value| {
        let mut raw =
            json!({ "expert_opinion": "三位专家一致认为调整合理，不影响项目总体目标。", "experts": judges(3), "scan": [scan] });
        raw.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        meeting::<DecideChange>(raw)
    };
    // The second bid promised as much as the first: below that the public must have been told.
    let silent = s.app().approve_change_collectively(s.who("head"), lower, decision(json!({}))).await;
    assert_eq!(told(silent), "indicator_needs_notice");
    let noticed = decision(json!({ "notice_no": "交科公〔2026〕9号" }));
    s.app().approve_change_collectively(s.who("head"), lower, noticed).await.unwrap();
    s.supplement(lower, GOVERNMENT, 0).await;
    let contract = s.contract(k).await;
    assert_eq!((contract.edition, contract.thread[0].contracted), (2, "98.6".parse().ok()));
    assert_eq!(told(ask("extension", json!({ "months": 10 })).await), "extension_too_long", "half of eighteen months at most");
    let before = s.milestones(k).await[1].due_at;
    let longer = ask("extension", json!({ "months": 6 })).await.unwrap().id;
    s.app().consent_to_change(s.who("service"), longer, plain()).await.unwrap();
    s.app().take_up_change(s.who("officer"), longer, plain()).await.unwrap();
    s.app().approve_change(s.who("checker"), longer, plain()).await.unwrap();
    s.supplement(longer, GOVERNMENT, 0).await;
    assert!(s.milestones(k).await[1].due_at > before);
    assert_eq!(told(ask("extension", json!({ "months": 3 })).await), "extended_once");
    let refused = ask("partner", s.with_partner(&s.contract(k).await, "u2")).await.unwrap().id;
    s.app().refuse_consent(s.who("service"), refused, reason()).await.unwrap();
    let withdrawn = ask("partner", s.with_partner(&s.contract(k).await, "u2")).await.unwrap().id;
    assert_eq!(told(s.app().withdraw_change(s.who("service"), withdrawn, reason()).await), "forbidden");
    s.app().withdraw_change(bidder, withdrawn, reason()).await.unwrap();
    let silent = ask("partner", s.with_partner(&s.contract(k).await, "u2")).await.unwrap();
    assert_eq!(told(s.app().escalate_change(s.who("officer"), silent.id, plain()).await), "counterpart_still_has_time");
    s.set_clock(silent.head.due.unwrap());
    s.app().escalate_change(s.who("officer"), silent.id, plain()).await.unwrap();
}

/// A contract that has ended is changed no more, whatever was approved before.
#[tokio::test]
async fn an_ended_contract_takes_no_supplement() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let more = s.with_partner(&s.contract(k).await, "u2");
    let x = s.app().ask_change(s.who("bidder1"), k, Stage::asked("partner", more)).await.unwrap().id;
    s.all_consent(x).await;
    s.app().take_up_change(s.who("officer"), x, plain()).await.unwrap();
    s.app().approve_change(s.who("checker"), x, plain()).await.unwrap();
    let ending = meeting(json!({ "class": "external", "reason": "政策调整，双方协商终止。" }));
    s.app().terminate_contract(s.who("head"), k, ending).await.unwrap();
    assert_eq!(told(s.app().supplement_contract(s.who("service"), x, Stage::sign(s.who("service"))).await), "out_of_order");
    assert_eq!(s.contract(k).await.edition, 1);
}

/// A contract that ends after its last milestone takes the acceptance that was due with it.
#[tokio::test]
async fn an_ended_contract_is_not_accepted_any_more() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    for n in 1..=s.milestones(k).await.len() {
        s.pass_milestone(k, n, GOVERNMENT, 0).await;
    }
    assert_eq!(s.acceptance(k).await.head.state, AcceptanceState::Due);
    let ending = meeting(json!({ "class": "external", "reason": "政策调整，双方协商终止。" }));
    s.app().terminate_contract(s.who("head"), k, ending).await.unwrap();
    let x = s.acceptance(k).await;
    assert_eq!(x.head.state, AcceptanceState::Cancelled);
    let late = s.application(0, "none", None).await;
    assert_eq!(told(s.app().apply_acceptance(s.who("bidder1"), x.id, late).await), "out_of_order");
}

/// While a contract stands still, so do the dates that hang on it (domain 2.6).
#[tokio::test]
async fn a_suspended_contract_moves_its_milestones_by_as_long_as_it_stood() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let before = s.milestones(k).await;
    s.app().suspend_contract(s.who("officer"), k, reason()).await.unwrap();
    let evidence = s.evidence(0).await;
    assert_eq!(told(s.app().submit_evidence(s.who("bidder1"), before[0].id, evidence).await), "contract_not_effective");
    s.advance(40);
    s.app().resume_contract(s.who("officer"), k, reason()).await.unwrap();
    let after = s.milestones(k).await;
    let calendar = Calendar::seed();
    for (a, b) in before.iter().zip(&after) {
        let day = |m: &Milestone| date_of(m.due_at - jiff::SignedDuration::from_millis(1));
        assert_eq!(day(b), calendar.roll_forward(day(a).saturating_add(jiff::Span::new().days(40))));
    }
    assert_eq!(after[0].head.due, Some(after[0].due_at), "the open one's clock too");
}

/// A payment turned back by the checker goes to its payee again; the officer has no say once it is checked.
#[tokio::test]
async fn a_payment_is_rejected_by_whoever_has_it_in_hand() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    let mut wrong = s.asking(&i, "bidder1", "u1").await;
    wrong.account_name = "别的单位的账户".into();
    assert_eq!(told(s.app().request_payment(s.who("bidder1"), i.id, wrong).await), "account_not_payee");
    s.request(&i, "bidder1", "u1").await;
    assert_eq!(told(s.app().reject_payment(s.who("checker"), i.id, reason()).await), "forbidden", "not before it is checked");
    s.app().reject_payment(s.who("officer"), i.id, reason()).await.unwrap();
    s.request(&i, "bidder1", "u1").await;
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    assert_eq!(told(s.app().reject_payment(s.who("officer"), i.id, reason()).await), "forbidden", "not after it is checked");
    s.app().hold_payment(s.who("checker"), i.id, reason()).await.unwrap();
    assert_eq!(told(s.app().approve_payment(s.who("head"), i.id, s.budget()).await), "out_of_order");
    s.app().release_payment(s.who("checker"), i.id, reason()).await.unwrap();
    s.app().approve_payment(s.who("head"), i.id, s.budget()).await.unwrap();
    s.app().return_payment(s.who("finance"), i.id, reason()).await.unwrap();
    s.app().reject_payment(s.who("checker"), i.id, reason()).await.unwrap();
    assert_eq!(s.instalments(k).await[3].head.state, InstalmentState::Eligible);
}

#[tokio::test]
async fn a_sealed_bid_is_replaced_withdrawn_and_taken_up_again_before_the_close() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let b = s.seal(c, "bidder1", s.offer(0, GOVERNMENT)).await;
    let (team, first) = (s.who("bidder1"), s.bid(b).await.seal.unwrap());
    assert_eq!(told(s.app().save_bid_draft(team, b, json!({}), None).await), "out_of_order", "sealed is sealed");
    s.app().replace_bid(team, b, plain()).await.unwrap();
    s.app().save_bid_draft(team, b, support::offer(s.t.org("u1"), 150_000_000, 20_000_000, "99.5"), None).await.unwrap();
    let second = s.app().seal_bid(team, b, SealBid { agree: true }).await.unwrap().seal.unwrap();
    assert_eq!((first.edition, second.edition, first.sha256 == second.sha256), (1, 2, false));
    s.app().withdraw_bid(team, b, reason()).await.unwrap();
    s.app().resume_bid(team, b, plain()).await.unwrap();
    s.close(c).await;
    assert_eq!(told(s.app().seal_bid(team, b, SealBid { agree: true }).await), "bidding_closed");
    s.open(c).await;
    assert_eq!((s.bid(b).await.head.state, s.challenge(c).await.opened_bids), (BidState::Expired, Some(0)));
}

/// An objection to how the review was done: every sheet is void, another panel scores, and may rank otherwise.
#[tokio::test]
async fn an_objection_that_is_upheld_asks_for_another_review() {
    let s = Stage::new().await;
    let (c, bids, n) = s.to_notice(GOVERNMENT, &[90, 85, 60]).await;
    let first: Vec<AccountId> = s.assignments(c).await.iter().map(|a| a.expert).collect();
    let o = s.hold(n).await;
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("uphold", Some("re_review"))).await.unwrap();
    let again = s.challenge(c).await;
    assert_eq!((s.notice(n).await.head.state, again.head.state, again.round), (NoticeState::Revoked, S::Opened, 2));
    assert!(again.ranking.is_empty() && again.panel.is_none() && again.report.is_none());
    for b in &bids {
        assert_eq!((s.bid(*b).await.head.state, s.bid(*b).await.score), (BidState::Valid, None));
    }
    s.convene(c).await;
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    let second: Vec<Assignment> = s.assignments(c).await.into_iter().filter(|a| a.round == 2).collect();
    assert!(second.len() == 5 && second.iter().all(|a| !first.contains(&a.expert)), "nobody sits twice");
    assert_eq!(told(s.sign_report(c, Stage::report()).await), "sheets_missing");
    for a in &second {
        s.seat(a).await;
        s.score(a, &bids, &[80, 91, 60]).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
    assert_eq!(s.challenge(c).await.candidate().map(|r| r.bid), Some(bids[1]));
}

/// A race wants routes that clearly differ, close scores, and lanes that share the county's money (trap 22).
#[tokio::test]
async fn a_race_needs_differing_routes_and_shares_the_countys_money() {
    let s = Stage::new().await;
    let (c, bids) = s.to_race(150_000_000, &[90, 88, 71]).await;
    s.agree(GOVERNMENT, c, bids[0]).await;
    let service = s.who("service");
    let dear = Stage::agreement(bids[1], 150_000_000, None);
    assert_eq!(told(s.app().agree_with_bidder(service, c, dear).await), "over_county_lanes");
    s.app().pass_over(service, c, PassOver { reason: "价格未能谈成，不设第二条赛道。".into() }).await.unwrap();
    let one_lane = s.challenge(c).await;
    assert_eq!((one_lane.head.state, one_lane.agreed.len()), (S::AwardDecision, 1), "who agreed is not left hanging");

    let (c, bids) = s.to_race(150_000_000, &[90, 88, 71]).await;
    s.agree(GOVERNMENT, c, bids[0]).await;
    s.app().agree_with_bidder(service, c, Stage::agreement(bids[1], 70_000_000, None)).await.unwrap();
    assert_eq!(s.challenge(c).await.head.state, S::AwardDecision, "the third is too far behind to race");

    let (one, bids) = s.to_reviewing(GOVERNMENT, "race", 2).await;
    for a in s.assignments(one).await {
        s.seat(&a).await;
        s.score(&a, &bids, &[90, 88]).await;
    }
    let alike = Report { routes_differ: false, ..Stage::report() };
    s.sign_report(one, alike).await.unwrap();
    s.agree(GOVERNMENT, one, bids[0]).await;
    assert_eq!(s.challenge(one).await.head.state, S::AwardDecision, "routes that are alike make no race");
}

/// A score far from the others' is explained or stays as it is; points of the open part may change, with both kept.
#[tokio::test]
async fn an_outlier_explains_and_a_discussion_leaves_its_trace() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let panel = s.assignments(c).await;
    let (last, others) = panel.split_last().unwrap();
    for a in &panel {
        s.seat(a).await;
        s.score_blind(a, &bids, &[if a.id == last.id { 60 } else { 90 }, 85]).await;
    }
    s.open_price(c).await;
    for a in others {
        s.score_open(a, &bids, &[90, 85]).await;
    }
    let change = |points: &str, item: &str| {
        let reason = "经讨论，投标团队补充说明了现场投入安排，原打分依据不足，据此调整该项得分。";
        form::<ChangeScore>(json!({ "bid": bids[0], "item": item, "points": points, "reason": reason }))
    };
    let one = s.expert(others[0].expert);
    assert_eq!(told(s.app().change_score(one, others[0].id, change("11", "team")).await), "sheets_missing");
    s.score_open(last, &bids, &[60, 85]).await;
    let (far, expert) = (s.assignments(c).await.into_iter().find(|a| a.id == last.id).unwrap(), s.expert(last.expert));
    assert_eq!(far.outlying, [bids[0]]);
    assert_eq!(told(s.sign_report(c, Stage::report()).await), "outlier_unexplained");
    let say = |bid: BidId| {
        form::<Explanation>(
            json!({ "bid": bid, "explanation": "该方案在低温工况下的数据不足，关键设备无备份，故给分低于其他专家，予以保留。" }),
        )
    };
    assert_eq!(told(s.app().explain_score(expert, last.id, say(bids[1])).await), "not_outlying");
    let own = s.app().assignment(expert, last.id).await.unwrap();
    let totals = s.app().panel_totals(expert, &own.0, &own.1).await.unwrap();
    assert!(totals.iter().all(|(_, all)| all.len() == panel.len() && all.is_sorted()));
    assert!(s.app().panel_totals(s.who("officer"), &own.0, &own.1).await.unwrap().is_empty());
    s.app().explain_score(expert, last.id, say(bids[0])).await.unwrap();
    let blind = json!({ "bid": bids[0], "item": "route_soundness", "points": "11", "reason": "理由".repeat(20) });
    assert!(ChangeScore::read(&blind).is_err(), "blind points never change");
    assert_eq!(told(s.app().change_score(expert, last.id, change("13", "team")).await), "score_range");
    s.app().change_score(expert, last.id, change("11.5", "team")).await.unwrap();
    let changed = s.assignments(c).await.into_iter().find(|a| a.id == last.id).unwrap();
    let trace = &changed.sheets[&bids[0]].changes[0];
    assert_eq!((trace.before, trace.after), (Score::hundredths(720), Score::hundredths(1150)));
    s.sign_report(c, Stage::report()).await.unwrap();
}

/// Silence is an answer too: after its working day an outlier is kept and the report goes on.
#[tokio::test]
async fn an_unexplained_outlier_holds_the_report_for_a_day_only() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let panel = s.assignments(c).await;
    for (n, a) in panel.iter().enumerate() {
        s.seat(a).await;
        s.score(a, &bids, &[if n == 0 { 60 } else { 90 }, 85]).await;
    }
    assert_eq!(told(s.sign_report(c, Stage::report()).await), "outlier_unexplained");
    let due = s.assignments(c).await.into_iter().find(|a| a.id == panel[0].id).unwrap().head.due.unwrap();
    s.set_clock(due);
    s.sign_report(c, Stage::report()).await.unwrap();
}

/// The lot is promised at publication, mixed with what nobody knew then, and can be drawn again by anyone (domain 5.5).
#[tokio::test]
async fn the_lot_is_promised_drawn_by_two_and_drawn_again() {
    let s = Stage::new().await;
    let (c, bids) = s.to_opened(GOVERNMENT, "single", 3).await;
    let secret = s.challenge(c).await.draw_secret.unwrap();
    let events = jiebang::store::event::of_case(&s.app().db, c, &Visibility::ALL, None, 100).await.unwrap();
    let published = events.iter().find(|e| e.kind == "challenge.publication").unwrap();
    assert_eq!(published.body["event"]["facts"]["draw_commitment"], draw::Seed::commitment(&secret));
    assert!(!events.iter().any(|e| e.text.contains(&secret)), "the secret is told only when drawn");
    for b in &bids {
        s.check_form(*b, true).await;
    }
    assert_eq!(told(s.app().draw_panel(s.who("supervisor"), c, Stage::words()).await), "panel_call_first");
    s.app().convene_panel(s.who("officer"), c, Convene { kind_note: None }).await.unwrap();
    assert_eq!(told(s.app().convene_panel(s.who("officer"), c, Convene { kind_note: None }).await), "panel_called");
    assert_eq!(told(s.app().draw_panel(s.who("officer"), c, Stage::words()).await), "forbidden");
    let silent = form(json!({ "words": "监督员现场抽签号 37 82 15" }));
    assert_eq!(told(s.app().draw_panel(s.who("supervisor"), c, silent).await), "pool_thin", "twelve for all seats need a reason");
    s.app().draw_panel(s.who("supervisor"), c, Stage::words()).await.unwrap();
    let panel = s.challenge(c).await.panel.unwrap();
    assert!(panel.thin_reason.is_some());
    let events = jiebang::store::event::of_case(&s.app().db, c, &Visibility::ALL, None, 100).await.unwrap();
    let drawn = events.iter().find(|e| e.kind == "challenge.panel-draw").unwrap();
    let facts = &drawn.body["event"]["facts"];
    let seed: draw::Seed = serde_json::from_value(facts["seed"].clone()).unwrap();
    let pool: Vec<draw::Candidate> = serde_json::from_value(facts["pool"].clone()).unwrap();
    let plan: draw::Plan = serde_json::from_value(facts["plan"].clone()).unwrap();
    let barred = facts["barred"].as_object().unwrap().keys().map(|k| AccountId(k.parse().unwrap())).collect();
    assert_eq!((seed.secret.as_str(), draw::pool_sha256(&pool)), (secret.as_str(), seed.pool_sha256.clone()));
    assert_eq!(draw::draw(&pool, &barred, &plan, &seed.sha256()), Some(panel.sequence));
    assert_ne!(drawn.visibility, "public", "nobody learns who sits before the award");
}

/// A relation that is declared after the draw is found before the expert sees anything, and explained.
#[tokio::test]
async fn a_conflict_declared_after_the_draw_bars_the_expert_before_anything_is_seen() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let panel = s.assignments(c).await;
    let (near, rest) = panel.split_first().unwrap();
    let expert = s.expert(near.expert);
    let word = |relations: serde_json::Value| {
        form::<ConfirmProfile>(json!({ "disciplines": "530", "relations": relations, "truthful": true }))
    };
    let lapsed = json!([{ "kind": "paid_advice", "party": "u1单位(示例)", "until": "2019-01-01" }]);
    s.app().confirm_profile(expert, word(lapsed)).await.unwrap();
    let a = s.app().accept_invitation(expert, near.id, NoConflict { no_conflict: true }).await.unwrap();
    assert_eq!(a.head.state, AssignmentState::Accepted);
    s.app().confirm_profile(expert, word(json!([{ "kind": "paid_advice", "party": "u1单位(示例)" }]))).await.unwrap();
    let a = s.assignments(c).await.into_iter().find(|a| a.id == near.id).unwrap();
    assert_eq!((a.head.state, a.hits[0].rule.as_str(), a.may_read()), (AssignmentState::Recused, "paid_advice", false));
    let sworn: Commitment = form(json!({ "independence": true, "secrecy": true, "no_lobbying": true }));
    assert_eq!(told(s.app().commit_expert(expert, near.id, sworn).await), "out_of_order");
    for a in rest {
        s.seat(a).await;
        s.score(a, &bids, &[90, 85]).await;
    }
    let next = s.assignments(c).await.into_iter().find(|a| a.head.state == AssignmentState::Invited).unwrap();
    s.seat(&next).await;
    s.score(&next, &bids, &[90, 85]).await;
    // Found only when all is scored: the sheet is void, and the next of the lot scores.
    let late = s.expert(next.expert);
    s.app().confirm_profile(late, word(json!([{ "kind": "kinship", "party": "王示例", "until": null }]))).await.unwrap();
    let pi = s
        .app()
        .offer(s.who("bidder1"), &s.bid(bids[0]).await, &s.challenge(c).await)
        .await
        .unwrap()
        .unwrap()
        .whole()
        .unwrap()
        .pi_name;
    s.app().confirm_profile(late, word(json!([{ "kind": "kinship", "party": pi }]))).await.unwrap();
    let out = s.assignments(c).await.into_iter().find(|a| a.id == next.id).unwrap();
    assert_eq!((out.head.state, out.sheets.len(), out.hits[0].rule.as_str()), (AssignmentState::Recused, 0, "kinship"));
    assert_eq!(told(s.sign_report(c, Stage::report()).await), "sheets_missing");
}

/// Who is away, who has not confirmed for a year, and who has enough in hand is not drawn.
#[tokio::test]
async fn only_experts_who_are_ready_are_drawn() {
    let s = Stage::new().await;
    let (c, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    for b in &bids {
        s.check_form(*b, true).await;
    }
    let away: ConfirmProfile = form(json!({ "disciplines": "530", "away": true, "truthful": true }));
    let expert = s.who("expert1").clone();
    s.app().confirm_profile(&expert, away).await.unwrap();
    assert_eq!(
        told(s.app().confirm_profile(s.who("officer"), form(json!({ "disciplines": "530", "truthful": true }))).await),
        "hidden"
    );
    s.convene(c).await;
    assert!(!s.challenge(c).await.panel.unwrap().sequence.contains(&expert.account));
    s.advance(366);
    let (c, bids) = s.to_opened(GOVERNMENT, "single", 2).await;
    for b in &bids {
        s.check_form(*b, true).await;
    }
    s.app().convene_panel(s.who("officer"), c, Convene { kind_note: None }).await.unwrap();
    assert_eq!(told(s.app().draw_panel(s.who("supervisor"), c, Stage::words()).await), "pool_too_small");
}
