//! A race: one day and one table for all lanes; go on, cut, merge, win; and what each does to money and intellectual property.
use crate::acts::support::*;
use jiebang::domain::{forms::*, *};
use serde_json::{Value, json};

fn table() -> Value {
    json!([{ "indicator": 1, "target": "95" }, { "indicator": 2, "target": "90" }])
}

fn setting(s: &Stage, more: Value) -> SetGate {
    let day = date_of(s.in_days(20)).to_string();
    let mut raw = json!({ "name": "中期赛马考核", "held_on": day, "table": table() });
    raw.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    form(raw)
}

async fn lane_report(s: &Stage, team: usize, values: [&str; 2]) -> LaneReport {
    let file = s.upload(TEAMS[team].0).await;
    let values = json!([{ "indicator": 1, "value": values[0] }, { "indicator": 2, "value": values[1] }]);
    form(json!({ "report": "本赛道阶段任务完成情况和原始数据如下。", "values": values, "files": [file] }))
}

async fn assessment(s: &Stage) -> AssessLanes {
    let scan = s.upload("officer").await;
    form(json!({ "experts": judges(3), "scan": [scan], "conclusion": "两条赛道路线不同，赛道一各项领先，赛道二收率不足。" }))
}

fn rulings(rows: Value, more: Value) -> DecideGate {
    let mut all = json!({ "rulings": rows });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    meeting(all)
}

fn ruling(lane: i64, decision: &str, into: Option<i64>) -> Value {
    json!({ "lane": lane, "decision": decision, "into": into, "reason": "按统一指标表考核结果" })
}

/// Set, reported by both, compared, judged: ready for the meeting.
async fn to_assessed(s: &Stage, c: ChallengeId) -> GateId {
    let x = s.app().set_gate(s.who("officer"), c, setting(s, json!({}))).await.unwrap().id;
    for team in [0, 1] {
        s.app()
            .report_lane(s.who(TEAMS[team].0), x, lane_report(s, team, [["96", "91"], ["94", "88"]][team]).await)
            .await
            .unwrap();
    }
    s.app().compare_lanes(s.who("officer"), x, plain()).await.unwrap();
    s.app().assess_lanes(s.who("officer"), x, assessment(s).await).await.unwrap();
    x
}

#[tokio::test]
async fn all_lanes_stand_before_one_table_and_none_sees_anothers_values() {
    let s = Stage::new().await;
    let (c, _, lanes) = s.to_two_lanes().await;
    let officer = s.who("officer");
    let soon = date_of(s.in_days(5)).to_string();
    for (more, said) in [
        (json!({ "held_on": soon }), "gate_too_soon"),
        (json!({ "table": [] }), "gate_table_empty"),
        (json!({ "table": [{ "indicator": 9, "target": "1" }] }), "indicator_unknown"),
        (json!({ "table": [{ "indicator": 1, "target": "1" }, { "indicator": 1, "target": "2" }] }), "indicator_unknown"),
        (json!({ "last": true }), "lanes_still_run"),
    ] {
        assert_eq!(told(s.app().set_gate(officer, c, setting(&s, more.clone())).await), said, "{more}");
    }
    for who in ["head", "service", "bidder1", "auditor"] {
        assert_eq!(told(s.app().set_gate(s.who(who), c, setting(&s, json!({}))).await), "forbidden", "{who}");
    }
    let x = s.app().set_gate(officer, c, setting(&s, json!({}))).await.unwrap().id;
    assert_eq!(told(s.app().set_gate(officer, c, setting(&s, json!({}))).await), "gate_open");
    assert_eq!(told(s.app().report_lane(s.who("bidder3"), x, lane_report(&s, 2, ["9", "9"]).await).await), "hidden");
    let mut short = lane_report(&s, 0, ["96", "91"]).await;
    short.values.pop();
    assert_eq!(told(s.app().report_lane(s.who("bidder1"), x, short).await), "gate_value_missing");
    s.app().report_lane(s.who("bidder1"), x, lane_report(&s, 0, ["96", "91"]).await).await.unwrap();
    assert_eq!(told(s.app().compare_lanes(officer, x, plain()).await), "lanes_still_have_time");
    let sees = async |who: &str| -> Vec<usize> {
        let (_, x, _) = s.app().gate(s.who(who), x).await.unwrap();
        x.lanes.iter().map(|l| l.values.len()).collect()
    };
    for (who, values) in [("bidder1", [2, 0]), ("bidder2", [0, 0]), ("officer", [0, 0]), ("service", [0, 0]), ("head", [0, 0])] {
        assert_eq!(sees(who).await, values, "{who} before the comparison");
    }
    s.app().report_lane(s.who("bidder2"), x, lane_report(&s, 1, ["94", "88"]).await).await.unwrap();
    s.app().compare_lanes(officer, x, plain()).await.unwrap();
    for (who, values) in [("bidder1", [2, 0]), ("bidder2", [0, 2]), ("officer", [2, 2]), ("service", [2, 2])] {
        assert_eq!(sees(who).await, values, "{who} after it");
    }
    assert!(s.app().gate(s.who("bidder1"), x).await.unwrap().2.is_none(), "a racer is not told its rivals' money");
    let mut near = assessment(&s).await;
    near.experts[0].unit = s.t.org("u2")["name"].as_str().unwrap().into();
    assert_eq!(told(s.app().assess_lanes(officer, x, near).await), "expert_of_party");
    let mut twice = assessment(&s).await;
    twice.experts[1].expert = twice.experts[0].expert.clone();
    assert_eq!(told(s.app().assess_lanes(officer, x, twice).await), "expert_twice");
    assert!(
        AssessLanes::read(&json!({ "experts": judges(2), "conclusion": "两名专家的意见如下所示。" })).is_err(),
        "three at least"
    );
    let page = s.t.page("officer", &format!("/gates/{x}")).await;
    assert!(page.status == 200 && page.text().contains("96 %") && page.text().contains("94 %"), "side by side: {}", page.status);
    let rival = s.t.page("bidder2", &format!("/gates/{x}")).await;
    assert!(rival.text().contains("94 %") && !rival.text().contains("96 %"), "nothing of the other lane");
    assert_eq!(s.t.page("bidder3", &format!("/gates/{x}")).await.status, 404);
    assert_eq!(s.contract(lanes[0]).await.head.state, ContractState::Effective);
}

#[tokio::test]
async fn a_lane_is_cut_at_a_gate_paid_for_its_accepted_work_and_the_rest_is_released() {
    let s = Stage::new().await;
    let (c, _, lanes) = s.to_two_lanes().await;
    let x = to_assessed(&s, c).await;
    let head = s.who("head");
    for (rows, said) in [
        (json!([ruling(1, "continue", None)]), "ruling_for_each_lane"),
        (json!([ruling(1, "cut", None), ruling(2, "cut", None)]), "last_lane"),
        (json!([ruling(1, "win", None), ruling(2, "finish", None)]), "winner_at_last_gate"),
        (json!([ruling(1, "continue", None), ruling(2, "merge", None)]), "merger_into_lane_that_goes_on"),
    ] {
        assert_eq!(told(s.app().decide_gate(head, x, rulings(rows.clone(), json!({}))).await), said, "{rows}");
    }
    let rows = json!([ruling(1, "continue", None), ruling(2, "cut", None)]);
    assert_eq!(told(s.app().decide_gate(s.who("checker"), x, rulings(rows.clone(), json!({}))).await), "forbidden");
    let done = s.app().decide_gate(head, x, rulings(rows, json!({}))).await.unwrap();
    assert_eq!(done.head.state, GateState::Decided);
    let cut = done.lane(2).unwrap();
    assert_eq!((cut.payable_fen.wan_text(), cut.released_fen.wan_text()), ("40.00".into(), "60.00".into()));
    let (one, two) = (s.contract(lanes[0]).await, s.contract(lanes[1]).await);
    assert_eq!((one.head.state, two.head.state), (ContractState::Effective, ContractState::Terminated));
    assert_eq!((two.ending.as_deref(), two.ending_experts.len()), (Some("lane_cut"), 3));
    let (_, _, balance) = s.app().gate(s.who("finance"), x).await.unwrap();
    let b = balance.unwrap();
    assert_eq!(b.lanes.iter().map(|l| l.committed_fen.wan_text()).collect::<Vec<_>>(), ["100.00", "40.00"]);
    assert_eq!(
        (b.stake_fen.wan_text(), b.committed_fen.wan_text(), b.free_fen.wan_text()),
        ("260.00".into(), "140.00".into(), "120.00".into())
    );
    // The accepted work is still paid after the cut.
    s.pay_county(&s.instalments(lanes[1]).await[0], "bidder2", "u2").await;
}

fn joining(more: Value) -> DecideGate {
    let rows = json!([ruling(1, "continue", None), ruling(2, "merge", Some(1))]);
    let mut all = json!({ "task": "承担浓缩单元联合中试", "work_bp": 3000, "county_fen": 50_000_000, "ip_owner": "joint", "ip_note": "背景知识产权各自所有，合并后成果按工作比例共有。" });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rulings(rows, all)
}

#[tokio::test]
async fn two_lanes_join_once_both_leads_have_signed_and_the_money_of_the_open_work_follows() {
    let s = Stage::new().await;
    let (c, _, lanes) = s.to_two_lanes().await;
    let x = to_assessed(&s, c).await;
    let head = s.who("head");
    for (more, said) in [
        (json!({ "task": null }), "merger_incomplete"),
        (json!({ "county_fen": 60_000_001 }), "merger_moves_too_much"),
        (json!({ "enterprise_fen": 1 }), "merger_moves_too_much"),
    ] {
        assert_eq!(told(s.app().decide_gate(head, x, joining(more.clone())).await), said, "{more}");
    }
    s.app().decide_gate(head, x, joining(json!({}))).await.unwrap();
    assert_eq!(s.contract(lanes[1]).await.head.state, ContractState::Effective, "nothing is done before both have signed");
    s.app().refuse_merger(s.who("bidder2"), x, reason()).await.unwrap();
    s.app().decide_gate(head, x, joining(json!({}))).await.unwrap();
    assert_eq!(told(s.app().agree_merger(s.who("service"), x, Stage::signature()).await), "forbidden");
    s.app().agree_merger(s.who("bidder2"), x, Stage::signature()).await.unwrap();
    assert_eq!(told(s.app().agree_merger(s.who("bidder2"), x, Stage::signature()).await), "marked_already");
    let done = s.app().agree_merger(s.who("bidder1"), x, Stage::signature()).await.unwrap();
    assert_eq!(done.head.state, GateState::Decided);
    let (one, two) = (s.contract(lanes[0]).await, s.contract(lanes[1]).await);
    assert_eq!((two.head.state, two.ending.as_deref()), (ContractState::Terminated, Some("lane_merged")));
    let shares: Vec<i64> = one.partners.iter().map(|p| p.work_bp).collect();
    assert_eq!((one.county_fen.wan_text(), one.edition, shares), ("150.00".into(), 2, vec![7_000, 3_000]));
    let moved = s.instalments(lanes[0]).await.pop().unwrap();
    assert_eq!(
        (moved.amount_fen.wan_text(), moved.trigger.clone(), moved.payee),
        ("50.00".into(), Trigger::AcceptancePassed, one.lead)
    );
    let b = s.app().gate(s.who("auditor"), x).await.unwrap().2.unwrap();
    assert_eq!(b.lanes.iter().map(|l| l.committed_fen.wan_text()).collect::<Vec<_>>(), ["150.00", "40.00"]);
    for k in lanes {
        let book = s.app().contract_book(s.who("auditor"), &s.contract(k).await, None).await.unwrap();
        assert_eq!(book.faults(), Vec::<String>::new());
    }
    // The last checkpoint finds the winner once the lane that goes on has passed.
    for number in 1..=3 {
        s.pass_milestone(lanes[0], number, GOVERNMENT, 0).await;
    }
    s.accept(lanes[0], 0, "99", "none", "passed").await;
    let last = s.app().set_gate(s.who("officer"), c, setting(&s, json!({ "last": true, "table": [] }))).await.unwrap();
    assert_eq!((last.head.state, last.lanes.len(), last.lanes[0].values.len()), (GateState::Compared, 1, 3));
    s.app().assess_lanes(s.who("officer"), last.id, assessment(&s).await).await.unwrap();
    let won = s.app().decide_gate(head, last.id, rulings(json!([ruling(1, "win", None)]), json!({}))).await.unwrap();
    assert_eq!(won.winner().map(|l| l.lane), Some(1));
    s.pay_county(&s.instalments(lanes[0]).await.pop().unwrap(), "bidder1", "u1").await;
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn a_lane_that_hands_in_nothing_is_compared_without_values_after_the_day() {
    let s = Stage::new().await;
    let (c, _, _) = s.to_two_lanes().await;
    let x = s.app().set_gate(s.who("officer"), c, setting(&s, json!({}))).await.unwrap();
    s.app().report_lane(s.who("bidder1"), x.id, lane_report(&s, 0, ["96", "91"]).await).await.unwrap();
    s.set_clock(x.due_at);
    assert_eq!(told(s.app().report_lane(s.who("bidder2"), x.id, lane_report(&s, 1, ["99", "99"]).await).await), "gate_over");
    let compared = s.app().compare_lanes(s.who("officer"), x.id, plain()).await.unwrap();
    assert_eq!(compared.lanes.iter().map(|l| l.values.len()).collect::<Vec<_>>(), [2, 0]);
    s.app().cancel_gate(s.who("officer"), x.id, reason()).await.unwrap();
    assert_eq!(told(s.app().set_gate(s.who("officer"), c, setting(&s, json!({}))).await), "ok");
}
