//! Delivery: conditions, lateness, a failure that is excused, the settlement of what ended early, outcomes, integrity records;
//! and what the database itself refuses.
use crate::acts::support::*;
use jiebang::domain::{forms::*, *};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

async fn conditional(s: &Stage, due: &str) -> ConditionalPass {
    let scan = s.upload("checker").await;
    form(json!({
        "verdict": "主要指标达到，遗留两项，有条件通过。", "judged": Stage::judged(), "experts": judges(3), "scan": [scan],
        "conditions": [{ "text": "补交第三方检测报告", "due_on": due }, { "text": "完成现场整改", "due_on": due }],
    }))
}

async fn handed_in(s: &Stage, k: ContractId, number: usize) -> MilestoneId {
    let m = s.milestones(k).await[number - 1].id;
    s.app().submit_evidence(s.who("bidder1"), m, s.evidence(0).await).await.unwrap();
    s.app().confirm_evidence(s.who("service"), m, plain()).await.unwrap();
    m
}

#[tokio::test]
async fn a_node_passes_on_conditions_that_are_closed_before_the_next_nodes_money() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let m = handed_in(&s, k, 1).await;
    let checker = s.who("checker");
    let scan = s.upload("checker").await;
    let unjudged = form(json!({ "verdict": "资料齐全，指标达到节点要求。", "experts": judges(3), "scan": [scan] }));
    assert_eq!(told(s.app().pass_milestone(checker, m, unjudged).await), "judge_each_indicator");
    let mut wanting = s.verdict("checker").await;
    wanting.judged[1].verdict = "not_met".into();
    assert_eq!(told(s.app().pass_milestone(checker, m, wanting).await), "indicator_not_met");
    let due = date_of(s.in_days(30)).to_string();
    s.app().pass_with_conditions(checker, m, conditional(&s, &due).await).await.unwrap();
    assert_eq!(s.money(k).await[0].2, "eligible", "its own money is unlocked");
    let second = handed_in(&s, k, 2).await;
    assert_eq!(told(s.app().pass_milestone(checker, second, s.verdict("checker").await).await), "conditions_open");
    let close = |n: i64, accepted: bool| form::<CloseCondition>(json!({ "condition": n, "accepted": accepted }));
    assert_eq!(told(s.app().close_condition(checker, m, close(1, true)).await), "condition_not_proved");
    for n in [1, 2] {
        let file = s.upload("bidder1").await;
        let proof = form(json!({ "condition": n, "note": "已落实，见附件", "files": [file] }));
        s.app().prove_condition(s.who("bidder1"), m, proof).await.unwrap();
    }
    s.app().close_condition(checker, m, close(1, false)).await.unwrap();
    s.app().close_condition(checker, m, close(2, true)).await.unwrap();
    assert_eq!(s.milestones(k).await[0].head.state, MilestoneState::Conditional);
    let file = s.upload("bidder1").await;
    s.app()
        .prove_condition(s.who("bidder1"), m, form(json!({ "condition": 1, "note": "重新检测，报告已附", "files": [file] })))
        .await
        .unwrap();
    s.app().close_condition(checker, m, close(1, true)).await.unwrap();
    assert_eq!(s.milestones(k).await[0].head.state, MilestoneState::Passed);
    s.app().pass_milestone(checker, second, s.verdict("checker").await).await.unwrap();
    let last = s.milestones(k).await[2].id;
    let mut bare = s.evidence(0).await;
    bare.deliverables.clear();
    assert_eq!(told(s.app().submit_evidence(s.who("bidder1"), last, bare).await), "deliverable_missing");
}

#[tokio::test]
async fn a_late_node_turns_yellow_then_red_and_after_sixty_working_days_the_bureau_must_decide() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let m = s.milestones(k).await[0].clone();
    let calendar = Calendar::seed();
    let at = |n: i64| {
        deadline_instant(calendar.add_workdays(notice::last_day(m.due_at), n).date) - jiff::SignedDuration::from_hours(2)
    };
    let decision = |outcome: &str, due: Option<String>| {
        meeting::<DecideOverdue>(json!({ "outcome": outcome, "due_on": due, "reason": "设备到货延迟，已有进展。" }))
    };
    let head = s.who("head");
    let waits = async || s.app().queue(head, 50).await.unwrap().iter().any(|w| w.turn.what == "milestone.overdue-decision");
    for (late, text) in [(1, "逾期1个工作日"), (20, "红色预警"), (59, "红色预警")] {
        s.set_clock(at(late));
        assert_eq!(s.milestones(k).await[0].late_days(s.now(), &calendar), late);
        let page = s.t.page("officer", &format!("/contracts/{k}")).await;
        assert!(page.text().contains(text), "{late}");
        assert_eq!(told(s.app().decide_overdue(head, m.id, decision("fail", None)).await), "not_so_late");
        assert!(!waits().await, "{late}");
    }
    s.set_clock(at(60));
    assert!(waits().await);
    assert!(s.t.page("officer", &format!("/contracts/{k}")).await.text().contains("须作出决定"));
    assert_eq!(told(s.app().decide_overdue(s.who("officer"), m.id, decision("fail", None)).await), "forbidden");
    for (due, said) in [(None, "due_on_missing"), (Some("2026-03-01"), "due_on_past"), (Some("2031-01-01"), "due_on_after_end")] {
        let due = due.map(str::to_owned);
        assert_eq!(told(s.app().decide_overdue(head, m.id, decision("go_on", due)).await), said);
    }
    let new = date_of(s.in_days(40)).to_string();
    let x = s.app().decide_overdue(head, m.id, decision("go_on", Some(new.clone()))).await.unwrap();
    assert_eq!((x.head.state, x.overdue_rulings.len(), x.late_days(s.now(), &calendar)), (MilestoneState::Active, 1, 0));
    assert!(!waits().await);
    s.set_clock(x.due_at + jiff::SignedDuration::from_hours(24 * 100));
    let x = s.app().decide_overdue(head, m.id, decision("fail", None)).await.unwrap();
    assert_eq!(x.head.state, MilestoneState::Failed);
}

async fn failed_node(s: &Stage, k: ContractId) -> MilestoneId {
    let m = handed_in(s, k, 1).await;
    s.app().fail_milestone(s.who("checker"), m, s.verdict("checker").await).await.unwrap();
    m
}

fn node_decision(outcome: &str, excused: bool, more: Value) -> DecideNode {
    let mut raw = json!({ "outcome": outcome, "excused": excused, "reason": "专家认定为技术原因，团队已尽责。" });
    raw.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    meeting(raw)
}

#[tokio::test]
async fn a_failed_node_is_excused_only_with_the_evidence_that_the_platform_kept() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    let head = s.who("head");
    s.file_report(k, 0, "lab_record", json!({})).await;
    let m = failed_node(&s, k).await;
    assert!(s.app().queue(head, 50).await.unwrap().iter().any(|w| w.turn.what == "milestone.disposal"), "a decision is due");
    let five = json!({ "class": "technical", "experts": judges(5) });
    assert_eq!(told(s.app().decide_node(head, m, node_decision("terminate", true, five.clone())).await), "diligence_incomplete");
    let unproved = node_decision("terminate", false, json!({ "class": "technical" }));
    assert_eq!(told(s.app().decide_node(head, m, unproved).await), "technical_needs_diligence");
    // A warning later than ten working days after the finding is none.
    let late = json!({ "found_on": date_of(s.in_days(-30)).to_string(), "problem": "收率难以达到指标" });
    s.file_report(k, 0, "early_warning", late).await;
    s.file_report(k, 0, "plan_b", json!({})).await;
    assert_eq!(told(s.app().decide_node(head, m, node_decision("terminate", true, five.clone())).await), "diligence_incomplete");
    s.be_diligent(k, 0).await;
    let four = json!({ "class": "technical", "experts": judges(4) });
    assert_eq!(told(s.app().decide_node(head, m, node_decision("terminate", true, four)).await), "experts_needed");
    assert_eq!(told(s.app().decide_node(s.who("checker"), m, node_decision("terminate", true, five.clone())).await), "forbidden");
    let kept = s.t.get("auditor", &format!("/contracts/{k}/diligence")).await.ok();
    assert!(kept["entries"].as_array().unwrap().len() > 8 && kept["files"].as_array().unwrap().len() >= 3, "{kept}");
    // Each by its own name and by the hash of what one reads, not of the bytes as they lie.
    let paper = hash::sha256_hex(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    for file in kept["files"].as_array().unwrap() {
        assert_eq!((&file["name"], &file["sha256"]), (&json!("证明.pdf"), &json!(paper)));
    }
    let x = s.app().decide_node(head, m, node_decision("terminate", true, five)).await.unwrap();
    assert_eq!((x.head.state, x.excused.as_ref().map(|d| d.is_complete())), (MilestoneState::Disposed, Some(true)));
    let ended = s.contract(k).await;
    assert_eq!((ended.head.state, ended.ending.as_deref()), (ContractState::Terminated, Some("technical")));
    let proposal = || json!({ "against": "bidder", "kind": "idle", "facts": "团队未按期完成节点任务，经多次催促无进展。" });
    assert_eq!(told(s.app().propose_integrity(s.who("officer"), k, form(proposal())).await), "excused_by_diligence");
    for (who, lang) in [("bidder1", "zh-CN"), ("officer", "en")] {
        for path in [format!("/milestones/{m}"), format!("/contracts/{k}/diligence"), format!("/contracts/{k}")] {
            let page = s.t.page(who, &format!("{path}?lang={lang}")).await;
            assert_eq!(page.status, 200, "{path}");
        }
    }
    assert_eq!(s.t.page("bidder2", &format!("/contracts/{k}/diligence")).await.status, 404);
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn a_failed_node_begins_anew_after_a_change_and_a_lane_is_cut_by_decision() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let m = failed_node(&s, k).await;
    let due = date_of(s.in_days(60)).to_string();
    let again = || node_decision("change", false, json!({ "due_on": due }));
    assert_eq!(told(s.app().decide_node(s.who("head"), m, again()).await), "change_first");
    let route = json!({ "kind": "route", "before": "原路线", "after": "新路线", "reason": "原路线失败，改用备选路线" });
    let change = s.app().ask_change(s.who("bidder1"), k, form(route)).await.unwrap();
    s.app().file_change(s.who("bidder1"), change.id, plain()).await.unwrap();
    let x = s.app().decide_node(s.who("head"), m, again()).await.unwrap();
    assert_eq!((x.head.state, x.head.due), (MilestoneState::Active, Some(x.due_at)));
    let (_, _, lanes) = s.to_two_lanes().await;
    let node = s.milestones(lanes[1]).await[0].id;
    s.app().submit_evidence(s.who("bidder2"), node, s.evidence(1).await).await.unwrap();
    s.app().confirm_evidence(s.who("service"), node, plain()).await.unwrap();
    let scan = s.upload("checker").await;
    let few = json!({ "verdict": "节点指标没有达到要求。", "judged": Stage::judged(), "experts": judges(2), "scan": [scan] });
    let few: Verdict = form(few);
    assert_eq!(told(s.app().fail_milestone(s.who("checker"), node, few).await), "experts_needed");
    s.app().fail_milestone(s.who("checker"), node, s.verdict("checker").await).await.unwrap();
    s.app().decide_node(s.who("head"), node, node_decision("cut", false, json!({}))).await.unwrap();
    assert_eq!(s.contract(lanes[1]).await.ending.as_deref(), Some("lane_cut"));
}

async fn settlement(s: &Stage, k: ContractId) -> Settlement {
    s.app().settlements_of(&s.contract(k).await).await.unwrap().remove(0)
}

/// Spends some of the first county money, in its term.
async fn spend(s: &Stage, k: ContractId, fen: i64) {
    let line = json!({
        "spent_on": s.today(), "amount_fen": fen, "payee": "示例试剂有限公司", "payee_kind": "unit", "purpose": "购买实验用试剂", "source": "county",
        "class": "materials", "payment_way": "transfer", "voucher": "记-0001", "place": "in_county", "none_of_negative_list": true,
    });
    s.app().record_spending(s.who("bidder1"), k, form(line)).await.unwrap();
}

#[tokio::test]
async fn a_termination_without_fault_gives_back_what_is_unspent_within_thirty_days() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    spend(&s, k, 30_000_000).await;
    let ending = meeting(json!({ "class": "external", "reason": "因政策调整，双方协商终止合同。" }));
    s.app().terminate_contract(s.who("head"), k, ending).await.unwrap();
    let x = settlement(&s, k).await;
    let line = &x.lines[0];
    let sheet = [line.agreed_fen, line.released_fen, line.payable_fen, line.paid_fen, line.accounted_fen, line.unspent_fen];
    assert_eq!(sheet.map(|m| m.wan_text()), ["200.00", "120.00", "0.00", "80.00", "30.00", "50.00"]);
    // Both sides may still account for what was spent, and the sheet follows.
    spend(&s, k, 10_000_000).await;
    s.app().comment_settlement(s.who("bidder1"), x.id, reason()).await.unwrap();
    assert_eq!(told(s.app().comment_settlement(s.who("bidder2"), x.id, reason()).await), "hidden");
    assert_eq!(told(s.app().settle_contract(s.who("checker"), x.id, meeting(json!({}))).await), "forbidden");
    let due = s.app().settle_contract(s.who("head"), x.id, meeting(json!({}))).await.unwrap();
    assert_eq!((due.head.state, due.back_fen.wan_text()), (SettlementState::RefundDue, "40.00".into()));
    let days = date_of(due.head.due.unwrap()) - date_of(s.now());
    assert!((30..=40).contains(&days.get_days()), "thirty days, rolled to a working day: {days}");
    let late = json!({
        "spent_on": s.today(), "amount_fen": 100, "payee": "示例试剂有限公司", "payee_kind": "unit", "purpose": "购买实验用试剂", "source": "county",
        "class": "materials", "payment_way": "transfer", "voucher": "记-0002", "place": "in_county", "none_of_negative_list": true,
    });
    assert_eq!(told(s.app().record_spending(s.who("bidder1"), k, form(late)).await), "settlement_ordered");
    let slip = |fen: i64| form::<RecordPayment>(json!({ "voucher": "缴库0001", "paid_on": s.today(), "amount_fen": fen }));
    assert_eq!(told(s.app().refund_settlement(s.who("finance"), x.id, slip(39_999_999)).await), "amount_differs");
    assert_eq!(told(s.app().refund_settlement(s.who("head"), x.id, slip(40_000_000)).await), "forbidden");
    let done = s.app().refund_settlement(s.who("finance"), x.id, slip(40_000_000)).await.unwrap();
    assert_eq!((done.head.state, done.returned_fen.wan_text()), (SettlementState::Settled, "40.00".into()));
    assert_eq!(
        [done.lines[0].unspent_fen, done.lines[0].returned_fen].map(|m| m.wan_text()),
        ["0.00", "40.00"],
        "the sheet ends"
    );
    assert_eq!(told(s.app().refund_settlement(s.who("finance"), x.id, slip(40_000_000)).await), "out_of_order");
    let book = s.app().contract_book(s.who("auditor"), &s.contract(k).await, None).await.unwrap();
    let stands = |a| book.balance(Channel::Fiscal, a).wan_text();
    assert_eq!(
        [stands(LedgerAccount::Accounted), stands(LedgerAccount::Returned), stands(LedgerAccount::Received)],
        ["40.00", "40.00", "0.00"]
    );
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn falsehood_gives_back_all_and_a_poster_at_fault_its_subsidy() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    spend(&s, k, 30_000_000).await;
    s.revoke(k, "falsehood").await;
    let x = settlement(&s, k).await.id;
    let due = s.app().settle_contract(s.who("head"), x, meeting(json!({}))).await.unwrap();
    assert_eq!((due.back_fen.wan_text(), s.instalments(k).await[3].head.state), ("80.00".into(), InstalmentState::ClawbackDue));
    let slip = form(json!({ "voucher": "缴库0002", "paid_on": s.today(), "amount_fen": 80_000_000 }));
    s.app().refund_settlement(s.who("finance"), x, slip).await.unwrap();
    assert_eq!(s.instalments(k).await[3].head.state, InstalmentState::Recovered);
    let (_, _, k) = s.to_effective(ENTERPRISE, &[90, 85]).await;
    s.pass_milestone(k, 1, ENTERPRISE, 0).await;
    s.pay_firm(&s.instalments(k).await[0], "poster", 0).await;
    s.pay_county(&s.instalments(k).await[3], "poster", "firm").await;
    let ending = meeting(json!({ "class": "poster_fault", "reason": "发榜方停止付款，合同终止。" }));
    s.app().terminate_contract(s.who("head"), k, ending).await.unwrap();
    let x = settlement(&s, k).await;
    assert_eq!((x.rule.id(), x.back_fen.wan_text()), ("subsidy", "20.00".into()));
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let ending = meeting(json!({ "class": "external", "reason": "因政策调整，双方协商终止合同。" }));
    s.app().terminate_contract(s.who("head"), k, ending).await.unwrap();
    let x = settlement(&s, k).await.id;
    let done = s.app().settle_contract(s.who("head"), x, meeting(json!({}))).await.unwrap();
    assert_eq!(
        (done.head.state, done.back_fen),
        (SettlementState::Settled, Money::default()),
        "nothing was paid, nothing goes back"
    );
}

#[tokio::test]
async fn the_acceptances_panel_has_finance_few_of_the_award_and_nobody_of_a_party() {
    let s = Stage::new().await;
    let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    let x = s.acceptance(k).await.id;
    let officer = s.who("officer");
    let mut part = s.application(0, "none", None).await;
    part.self_assessed.pop();
    assert_eq!(told(s.app().apply_acceptance(s.who("bidder1"), x, part).await), "self_assess_each");
    s.app().apply_acceptance(s.who("bidder1"), x, s.application(0, "none", None).await).await.unwrap();
    s.app().check_acceptance(officer, x, plain()).await.unwrap();
    let mut bare = s.measurements("99", "met").await;
    (bare.measured[0].basis, bare.measured[1].lab_no) = (None, None);
    let said = told(s.app().record_measurements(officer, x, bare).await);
    assert_eq!(said, "measured.0.basis test_basis_missing, measured.1.lab_no missing");
    s.app().record_measurements(officer, x, s.measurements("99", "met").await).await.unwrap();
    let sat: Vec<AccountId> = s.assignments(c).await.iter().map(|a| a.expert).collect();
    let judge_with = async |change: &dyn Fn(&mut Vec<Judge>)| {
        let mut panel = s.panel("passed", None).await;
        change(&mut panel.opinions);
        told(s.app().judge_acceptance(officer, x, panel).await)
    };
    assert_eq!(judge_with(&|p| p[0].expert_kind = Some("technical".into())).await, "panel_needs_finance");
    assert_eq!(judge_with(&|p| p.push(p[0].clone())).await, "panel_even");
    assert_eq!(judge_with(&|p| p[2].unit = s.t.org("u1")["name"].as_str().unwrap().into()).await, "expert_of_party");
    let names: Vec<String> = sat.iter().map(|a| s.expert(*a).name.clone()).collect();
    assert_eq!(judge_with(&|p| (p[0].expert, p[1].expert) = (names[0].clone(), names[1].clone())).await, "panel_of_award");
    assert_eq!(judge_with(&|p| p[0].expert = names[0].clone()).await, "ok", "one of five may");
    assert_eq!(told(s.app().decide_acceptance(s.who("head"), x, meeting(json!({}))).await), "out_of_order");
    let open = s.app().publish_verdict(officer, x, plain()).await.unwrap();
    assert!(s.t.page("", &format!("/challenges/{c}")).await.text().contains("验收意见公示"), "everybody reads it");
    assert_eq!(told(s.app().decide_acceptance(s.who("head"), x, meeting(json!({}))).await), "verdict_on_notice");
    s.app().object_to_verdict(s.who("service"), x, reason()).await.unwrap();
    assert_eq!(told(s.app().object_to_verdict(s.who("poster2"), x, reason()).await), "hidden");
    s.set_clock(open.head.due.unwrap());
    assert_eq!(told(s.app().object_to_verdict(s.who("service"), x, reason()).await), "verdict_notice_over");
    assert_eq!(told(s.app().decide_acceptance(s.who("head"), x, meeting(json!({}))).await), "objections_unanswered");
    let answered = meeting(json!({ "reason": "异议经核查不影响验收结论。" }));
    assert_eq!(s.app().decide_acceptance(s.who("head"), x, answered).await.unwrap().outcome.as_deref(), Some("passed"));
}

#[tokio::test]
async fn a_result_is_followed_for_years_and_each_year_is_confirmed_and_rated() {
    let s = Stage::new().await;
    let (_, k, _) = s.to_accepted(GOVERNMENT, &[90, 85]).await;
    let all = s.app().follow_ups_of(&s.contract(k).await).await.unwrap();
    assert_eq!(all.iter().map(|x| (x.year, x.of)).collect::<Vec<_>>(), [(1, 3), (2, 3), (3, 3)]);
    let x = all[0].clone();
    let figures = |transfer: i64, inventors: i64, note: Option<&str>| -> ReportOutcomes {
        form(json!({
            "sales_fen": 500_000_000, "tax_fen": 30_000_000, "patents_filed": 2, "patents_granted": 1, "transfer_fen": transfer,
            "inventors_fen": inventors, "talents": 3, "jobs": 12, "note": note,
        }))
    };
    let lead = s.who("bidder1");
    assert_eq!(told(s.app().report_outcomes(lead, x.id, figures(0, 0, None)).await), "year_not_over");
    let waits = async || s.app().queue(lead, 50).await.unwrap().iter().any(|w| w.turn.what == "follow_up.report");
    assert!(!waits().await);
    s.set_clock(x.ends_at);
    assert!(waits().await, "after the year it is the team's turn");
    for (transfer, inventors, note, said) in [
        (100, 101, None, "share_over_income"),
        (100, 49, None, "share_reason_missing"),
        (100, 49, Some("合同另有约定，团队放弃部分奖励"), "ok"),
    ] {
        assert_eq!(told(s.app().report_outcomes(lead, x.id, figures(transfer, inventors, note)).await), said);
    }
    s.app().return_outcomes(s.who("service"), x.id, reason()).await.unwrap();
    s.app().report_outcomes(lead, x.id, figures(100_000_000, 60_000_000, None)).await.unwrap();
    assert_eq!(told(s.app().confirm_outcomes(lead, x.id, plain()).await), "forbidden");
    s.app().confirm_outcomes(s.who("service"), x.id, plain()).await.unwrap();
    let rate = form(json!({ "score": 86, "comment": "达产达效，税收和就业好于预期。" }));
    let rated = s.app().rate_outcomes(s.who("checker"), x.id, rate).await.unwrap();
    assert_eq!(rated.grade(), Some("good"));
    assert_eq!(told(s.app().miss_outcomes(s.who("officer"), all[1].id, reason()).await), "applicant_still_has_time");
    s.set_clock(all[1].report_by);
    s.app().miss_outcomes(s.who("officer"), all[1].id, reason()).await.unwrap();
    let page = s.t.page("service", &format!("/contracts/{k}")).await;
    assert!(page.text().contains("成果跟踪") && page.text().contains("良"), "{}", page.status);
    assert_eq!(s.t.get("bidder1", "/follow-ups").await.ok()["items"].as_array().unwrap().len(), 3);
    assert_eq!(s.t.get("bidder2", "/follow-ups").await.ok()["items"], json!([]));
}

fn entry(months: i64, bars: &[&str]) -> EnterIntegrity {
    meeting(json!({ "months": months, "bars": bars }))
}

#[tokio::test]
async fn an_integrity_record_is_heard_bars_for_its_term_and_is_repaired_after_half_of_it() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    s.pass_milestone(k, 1, GOVERNMENT, 0).await;
    s.pass_milestone(k, 2, GOVERNMENT, 0).await;
    let open = s.to_published(ENTERPRISE, "single").await;
    let proposal = |kind: &str| {
        form::<ProposeIntegrity>(
            json!({ "against": "bidder", "kind": kind, "facts": "经核查，部分支出凭证与实际不符，资金被挪作他用。" }),
        )
    };
    for (who, said) in [("bidder1", "forbidden"), ("head", "forbidden"), ("bidder2", "hidden"), ("officer", "ok")] {
        assert_eq!(told(s.app().propose_integrity(s.who(who), k, proposal("idle")).await), said, "{who}");
    }
    let x = s.app().propose_integrity(s.who("checker"), k, proposal("misuse")).await.unwrap();
    let head = s.who("head");
    assert_eq!(told(s.app().enter_integrity(head, x.id, entry(24, &["bidding"])).await), "party_still_has_time");
    assert_eq!(s.t.page("", &format!("/integrity-records/{}", x.id)).await.status, 404, "a proposal is nobody's business");
    assert_eq!(told(s.app().plead(s.who("bidder2"), x.id, reason()).await), "hidden");
    s.app().plead(s.who("bidder1"), x.id, reason()).await.unwrap();
    assert_eq!(told(s.app().plead(s.who("bidder1"), x.id, reason()).await), "plea_once");
    let entered = s.app().enter_integrity(head, x.id, entry(24, &["bidding", "funding"])).await.unwrap();
    assert_eq!(entered.head.state, IntegrityState::InForce);
    // What it bars is refused with the number of the meeting and the end, at the act and at the button.
    let start = StartBid { note: None };
    assert_eq!(told(s.app().start_bid(s.who("bidder1"), open, start).await), "barred_by_integrity");
    let shown = s.t.get("bidder1", &format!("/challenges/{open}")).await.ok();
    let bids = shown["actions"].as_array().unwrap().iter().find(|a| a["name"] == "bids").unwrap().clone();
    assert_eq!(bids["refusal"]["code"], "barred_by_integrity", "{bids}");
    let due = s.instalments(k).await[4].clone();
    s.request(&due, "bidder1", "u1").await;
    assert_eq!(told(s.app().check_payment(s.who("officer"), due.id, plain()).await), "barred_by_integrity");
    let page = s.t.page("", "/integrity-records").await;
    assert!(page.text().contains("u1单位") && page.text().contains("挪用"), "a grave one is public");
    let public = s.t.get("", &format!("/integrity-records/{}", x.id)).await.ok();
    assert!(public.get("facts").is_none() && public["kind"] == "misuse", "{public}");
    assert_eq!(told(s.app().ask_repair(s.who("bidder1"), x.id, reason()).await), "repair_too_early");
    s.app().contest_integrity(s.who("bidder1"), x.id, reason()).await.unwrap();
    assert_eq!(
        told(s.app().start_bid(s.who("bidder1"), open, StartBid { note: None }).await),
        "barred_by_integrity",
        "it stands meanwhile"
    );
    s.app().uphold_integrity(head, x.id, reason()).await.unwrap();
    assert_eq!(told(s.app().contest_integrity(s.who("bidder1"), x.id, reason()).await), "contest_once");
    s.advance(370);
    s.app().ask_repair(s.who("bidder1"), x.id, reason()).await.unwrap();
    s.app().repair_integrity(head, x.id, reason()).await.unwrap();
    s.app().check_payment(s.who("officer"), due.id, plain()).await.unwrap();
    assert_eq!(s.t.page("", &format!("/integrity-records/{}", x.id)).await.status, 404, "taken off, it is public no longer");
}

#[tokio::test]
async fn an_ordinary_record_is_not_public_lasts_three_years_at_most_and_ends_by_itself() {
    let s = Stage::new().await;
    let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let facts = json!({ "against": "bidder", "kind": "breach", "facts": "未按合同约定提供样品，经两次书面催告仍未履行。" });
    let x = s.app().propose_integrity(s.who("officer"), k, form(facts)).await.unwrap().id;
    s.set_clock(s.in_days(12));
    let head = s.who("head");
    assert_eq!(told(s.app().enter_integrity(head, x, entry(37, &["bidding"])).await), "ban_too_long");
    let expert = s.assignments(c).await.remove(0);
    let facts = json!({ "kind": "unfair_review", "facts": "评审前与参评单位人员私下接触并透露评审信息。" });
    let e = s.app().propose_integrity_of_expert(s.who("officer"), expert.id, form(facts)).await.unwrap().id;
    s.set_clock(s.in_days(12));
    s.app().enter_integrity(head, e, entry(24, &["reviewing"])).await.unwrap();
    // An expert's record is never public, and keeps it out of the next panel.
    assert_eq!(s.t.get("", "/integrity-records").await.ok()["items"], json!([]));
    let (next, _) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    assert!(s.assignments(next).await.iter().all(|a| a.expert != expert.expert), "not drawn again");
    let entered = s.app().enter_integrity(head, x, entry(12, &["bidding"])).await.unwrap();
    assert_eq!(s.t.get("", "/integrity-records").await.ok()["items"], json!([]));
    assert_eq!(s.t.get("bidder1", "/integrity-records").await.ok()["items"].as_array().unwrap().len(), 1);
    s.set_clock(entered.until_at.unwrap());
    let open = s.to_published(ENTERPRISE, "single").await;
    assert_eq!(told(s.app().start_bid(s.who("bidder1"), open, StartBid { note: None }).await), "ok", "its term is over");
}

/// Rows planted past the application: each of the rules that lie in columns is the database's own.
#[tokio::test]
async fn the_database_itself_refuses_what_breaks_a_rule_of_delivery() {
    let s = Stage::new().await;
    let (c, k, _) = s.to_accepted(GOVERNMENT, &[90, 85]).await;
    let db = s.app().db.connection();
    let hex = |id: uuid::Uuid| if s.app().db.is_postgres() { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    let (c, k) = (hex(c.0), hex(k.0));
    let id = || hex(uuid::Uuid::new_v4());
    let end = "'x', 0, 5, '{}'";
    let part = || format!("{}, {c}, {k}, {k}, {k}", id());
    let insert = |table: &str, columns: &str, values: String| {
        format!("INSERT INTO {table} (id, {columns}, state, version, at, body) VALUES ({values}, {end})")
    };
    const PART: &str = "challenge_id, poster_id, contract_id, lead_id";
    let settlement = |back: i64, returned: i64| {
        insert("settlement", &format!("{PART}, back_fen, returned_fen"), format!("{}, {back}, {returned}", part()))
    };
    let year = |n: i64, transfer: i64, inventors: i64| {
        insert(
            "follow_up",
            &format!("{PART}, year, due_at, sales_fen, tax_fen, transfer_fen, inventors_fen"),
            format!("{}, {n}, 5, 0, 0, {transfer}, {inventors}", part()),
        )
    };
    let budget = |total: i64, parts: [i64; 4]| {
        let [a, b, c, d] = parts;
        insert(
            "budget",
            &format!("{PART}, total_fen, equipment_fen, business_fen, labour_fen, indirect_fen"),
            format!("{}, {total}, {a}, {b}, {c}, {d}", part()),
        )
    };
    let doc = |number: &str, amount: i64, used: i64| {
        insert("budget_doc", "number, fiscal_year, amount_fen, used_fen", format!("{}, '{number}', 2026, {amount}, {used}", id()))
    };
    let gate = |n: i64| insert("gate", "challenge_id, poster_id, number, due_at", format!("{}, {c}, {k}, {n}, 5", id()));
    let integrity = |from: &str, until: &str| {
        let values = format!(
            "{}, {c}, {k}, NULL, 'idle', {from}, {until}, {}",
            id(),
            if s.app().db.is_postgres() { "false" } else { "0" }
        );
        insert("integrity", "challenge_id, org_id, account_id, kind, from_at, until_at, open_to_all", values)
            .replace("'x'", "'in_force'")
    };
    for bad in [
        settlement(5, 6),
        settlement(5, -1),
        year(6, 0, 0),
        year(1, 0, 0),
        year(4, 10, 11),
        year(5, 10, -1),
        budget(10, [4, 3, 2, 2]),
        budget(0, [1, -1, 0, 0]),
        doc("甲", 10, 11),
        doc("乙", 0, 0),
        doc("丙", 10, -1),
        gate(0),
        integrity("NULL", "NULL"),
        integrity("5", "5"),
        integrity("5", "NULL"),
    ] {
        let said = db.execute_unprepared(&bad).await;
        assert!(said.is_err(), "taken: {bad}");
    }
    for good in [settlement(5, 5), year(5, 10, 10), budget(10, [4, 3, 2, 1]), doc("丁", 10, 10), gate(1), integrity("5", "6")] {
        db.execute_unprepared(&good).await.unwrap_or_else(|e| panic!("{good}: {e}"));
    }
    for twice in [settlement(1, 1), year(5, 0, 0), budget(1, [1, 0, 0, 0]), doc("丁", 9, 0), gate(1)] {
        assert!(db.execute_unprepared(&twice).await.is_err(), "taken twice: {twice}");
    }
}
