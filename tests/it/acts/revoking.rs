//! No contract is revoked unheard (domain 11.8), money is asked back once, and what hangs on an ended contract ends with it.
use super::support::*;
use jiebang::domain::{forms::*, *};
use serde_json::json;

fn charge() -> AnnounceRevocation {
    form(json!({ "class": "falsehood", "facts": "检测报告编号与出具机构存档不符，经核实系伪造。", "rule": "合同第九条第二款" }))
}

fn decision(class: &str) -> Revoking {
    meeting(json!({ "class": class, "reason": "检测报告系伪造，性质严重。" }))
}

fn plea() -> AnswerRevocation {
    form(json!({ "plea": "报告由委托机构提供，我单位事先不知情。" }))
}

#[tokio::test]
async fn a_contract_is_revoked_only_after_its_team_was_told_and_heard() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let app = s.app();
    let revoke = async |class: &str| told(app.revoke_contract(s.who("head"), k, decision(class)).await);
    assert_eq!(revoke("falsehood").await, "revocation_not_announced", "no revocation in one act");
    assert_eq!(told(app.announce_revocation(s.who("head"), k, charge()).await), "forbidden");
    let k1 = app.announce_revocation(s.who("officer"), k, charge()).await.unwrap();
    assert_eq!(k1.hearing.as_ref().unwrap().until, app.glance().await.unwrap().workdays(5), "five working days");
    assert_eq!(revoke("falsehood").await, "party_still_has_time");
    assert_eq!(revoke("bidder_fault").await, "class_not_announced");
    let waits = app.turns_of(k.0).await.unwrap();
    let team = waits.iter().find(|w| w.turn.what == "contract.revocation-answer").expect("the team's turn");
    assert_eq!((team.turn.role, team.turn.org, team.turn.due), (Role::Bidder, Some(k1.lead), Some(k1.hearing.unwrap().until)));
    for who in ["bidder2", "service", "officer"] {
        assert_ne!(told(app.answer_revocation(s.who(who), k, plea()).await), "ok", "{who}");
    }
    app.drop_revocation(s.who("head"), k, reason()).await.unwrap();
    assert_eq!(revoke("falsehood").await, "revocation_not_announced");
    app.announce_revocation(s.who("officer"), k, charge()).await.unwrap();
    app.answer_revocation(s.who("bidder1"), k, plea()).await.unwrap();
    assert_eq!(told(app.answer_revocation(s.who("bidder1"), k, plea()).await), "plea_once");
    let page = s.t.page("head", &format!("/contracts/{}/revocation", k.0)).await;
    assert!(page.text().contains("事先不知情"), "who decides has the answer before it");
    let same = Actor { role: Role::Head, ..s.who("officer").clone() };
    assert!(matches!(policy::on_contract(&same, &s.contract(k).await, ContractAct::Revoke), Err(policy::Denied::SamePerson)));
    assert_eq!(revoke("falsehood").await, "ok");
    assert_eq!(s.contract(k).await.head.state, ContractState::Revoked);
    // A team that says nothing has had its days.
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let until = app.announce_revocation(s.who("officer"), k, charge()).await.unwrap().hearing.unwrap().until;
    s.set_clock(until);
    assert_eq!(told(app.revoke_contract(s.who("head"), k, decision("falsehood")).await), "ok");
    assert_eq!(s.verified().await, Ok(()));
}

/// The same money is demanded once, whichever of the two ways was first.
#[tokio::test]
async fn a_settlement_and_a_claw_back_never_ask_for_the_same_money() {
    let s = Stage::new().await;
    let app = s.app();
    let offered = async |i: InstalmentId, step: &str| {
        let shown = s.t.get("head", &format!("/instalments/{}", i.0)).await.ok();
        let all = shown["actions"].as_array().unwrap().clone();
        all.iter().find(|a| a["name"] == step).map(|a| a["refusal"]["code"].as_str().unwrap_or("free").to_owned())
    };
    // First the settlement, by what is unspent.
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let paid = s.instalments(k).await.remove(3);
    s.pay_county(&paid, "bidder1", "u1").await;
    let ending = meeting(json!({ "class": "technical", "reason": "技术路线不可行，合同终止。" }));
    app.terminate_contract(s.who("head"), k, ending).await.unwrap();
    let x = s.settlements(k).await.remove(0);
    assert_eq!(offered(paid.id, "clawback").await.as_deref(), Some("free"));
    let ordered = app.settle_contract(s.who("head"), x.id, meeting(json!({}))).await.unwrap();
    assert_eq!(offered(paid.id, "clawback").await.as_deref(), Some("settlement_refund_running"));
    assert_eq!(told(app.claw_back(s.who("head"), paid.id, meeting(json!({}))).await), "settlement_refund_running");
    let slip = |fen: Money| form(json!({ "voucher": "缴库0001", "paid_on": s.today(), "amount_fen": fen }));
    app.refund_settlement(s.who("finance"), x.id, slip(ordered.back_fen)).await.unwrap();
    assert_eq!(offered(paid.id, "clawback").await.as_deref(), Some("ledger_short"), "the offer asks what the act asks");
    assert_eq!(told(app.claw_back(s.who("head"), paid.id, meeting(json!({}))).await), "ledger_short");
    // First the claw-back, then a settlement of all of it: recovered by the settlement, once.
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let paid = s.instalments(k).await.remove(3);
    s.pay_county(&paid, "bidder1", "u1").await;
    s.revoke(k, "falsehood").await;
    app.claw_back(s.who("head"), paid.id, meeting(json!({}))).await.unwrap();
    let x = s.settlements(k).await.remove(0);
    let ordered = app.settle_contract(s.who("head"), x.id, meeting(json!({}))).await.unwrap();
    assert_eq!(ordered.back_fen, paid.amount_fen);
    assert_eq!(told(app.recover(s.who("finance"), paid.id, s.payment(&paid)).await), "settlement_refund_running");
    app.refund_settlement(s.who("finance"), x.id, slip(ordered.back_fen)).await.unwrap();
    assert_eq!(s.instalments(k).await[3].head.state, InstalmentState::Recovered);
    assert_eq!(s.settlements(k).await[0].head.state, SettlementState::Settled);
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn open_changes_end_with_their_contract_and_what_is_approved_has_a_way_out() {
    let s = Stage::new().await;
    let app = s.app();
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let ask = async || app.ask_change(s.who("bidder1"), k, Stage::asked("extension", json!({ "months": 1 }))).await.unwrap().id;
    let to_review = async |x: ChangeId| {
        app.consent_to_change(s.who("service"), x, plain()).await.unwrap();
        app.take_up_change(s.who("officer"), x, plain()).await.unwrap();
    };
    let state = async |x: ChangeId| app.change(s.who("officer"), x).await.unwrap().1.head.state;
    // What was approved is not for ever: its author takes it back, a side does not sign.
    for way in 0..2 {
        let x = ask().await;
        to_review(x).await;
        app.approve_change(s.who("checker"), x, plain()).await.unwrap();
        if way == 0 {
            app.withdraw_change(s.who("bidder1"), x, reason()).await.unwrap();
            assert_eq!(state(x).await, ChangeState::Withdrawn);
        } else {
            app.refuse_supplement(s.who("service"), x, reason()).await.unwrap();
            assert_eq!(state(x).await, ChangeState::Refused);
        }
    }
    let (draft, review, approved) = (ask().await, ask().await, ask().await);
    to_review(review).await;
    to_review(approved).await;
    app.approve_change(s.who("checker"), approved, plain()).await.unwrap();
    app.suspend_contract(s.who("officer"), k, reason()).await.unwrap();
    let shown = s.t.get("checker", &format!("/changes/{}", review.0)).await.ok();
    let approval = shown["actions"].as_array().unwrap().iter().find(|a| a["name"] == "approval").unwrap().clone();
    assert_eq!(approval["refusal"]["code"], "contract_not_effective", "the offer says what the act says");
    let ending = meeting(json!({ "class": "external", "reason": "外部条件变化，合同终止。" }));
    app.terminate_contract(s.who("head"), k, ending).await.unwrap();
    for x in [draft, review, approved] {
        assert_eq!(state(x).await, ChangeState::Lapsed);
        assert_eq!(app.turns_of(x.0).await.unwrap().len(), 0);
    }
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn one_side_brings_a_bounded_number_of_wishes_and_each_can_be_answered() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_awarded(GOVERNMENT, &[90, 85]).await;
    let mut contract = s.contract(k).await;
    let app = s.app();
    let wish = || {
        form::<Deviate>(
            json!({ "paper": "agreement", "clause": 1, "wording": "按双方另行约定的办法执行。", "reason": "与实际不符，建议修改。" }),
        )
    };
    for _ in 0..DEVIATIONS_MOST {
        contract = app.deviate(s.who("bidder1"), k, wish()).await.unwrap();
    }
    assert_eq!(told(app.deviate(s.who("bidder1"), k, wish()).await), "deviations_many");
    let number = app.deviate(s.who("service"), k, wish()).await.unwrap().deviations.len();
    let answer = |n: usize| form::<AnswerDeviation>(json!({ "number": n, "accepted": false, "note": "保留原文。" }));
    app.answer_deviation(s.who("bidder1"), k, answer(number)).await.unwrap();
    app.answer_deviation(s.who("service"), k, answer(contract.deviations.len())).await.unwrap();
    let old = json!({ "number": 801, "accepted": true });
    assert!(AnswerDeviation::read(&old).is_ok(), "what was brought before there was a bound can be answered");
}
