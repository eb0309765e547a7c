//! Acts with two halves, each tried by fifty at once in one life of a challenge: one effect, and a clean refusal for everybody else.
use super::support::*;
use jiebang::domain::halves::{HALVES, Kept};
use jiebang::domain::{forms::*, *};
use serde_json::json;
use std::collections::BTreeSet;

/// Acts that have been tried, by `noun.act`.
#[derive(Default)]
struct Tried(BTreeSet<&'static str>);

/// Fifty times the same act by the same person. What may be done again replaces what was said before.
macro_rules! fifty {
    ($tried:expr, $s:expr, $kind:literal, $who:expr, |$app:ident, $a:ident| $act:expr) => {
        fifty!($tried, $s, $kind, $who, 1, |$app, $a| $act)
    };
    ($tried:expr, $s:expr, $kind:literal, $who:expr, $most:expr, |$app:ident, $a:ident| $act:expr) => {{
        let (app, actor) = ($s.app().clone(), $s.who($who).clone());
        let all = (0..50).map(|_| {
            let ($app, $a) = (app.clone(), actor.clone());
            let act = $act;
            async move { told(act.await) }
        });
        let said = futures_util::future::join_all(all.map(tokio::spawn)).await.into_iter().map(|one| one.unwrap());
        let mut ok = 0;
        for word in said {
            ok += usize::from(word == "ok");
            let clean = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
            assert!(clean, "{}: {word}", $kind);
        }
        assert!((1..=$most).contains(&ok), "{}: {ok} of 50", $kind);
        $tried.0.insert($kind);
    }};
}

async fn until_published(s: &Stage, t: &mut Tried) -> ChallengeId {
    let c = s.to_submitted("service", need(GOVERNMENT, "single")).await;
    fifty!(
        t,
        s,
        "challenge.screening",
        "officer",
        50,
        |app, a| async move { app.screen_challenge(&a, c, Stage::screening()).await }
    );
    fifty!(t, s, "challenge.screening-approval", "checker", |app, a| async move { app.pass_screening(&a, c, plain()).await });
    let edited = EditProposal {
        need: Need {
            title: "焦化脱硫废液提盐与副盐高值化成套技术".into(), ..s.challenge(c).await.need.unwrap()
        },
        reason: "论证意见：题目应写明工艺对象".into(),
    };
    s.app().propose_edit(s.who("officer"), c, edited).await.unwrap();
    fifty!(t, s, "challenge.edit-consent", "service", |app, a| async move { app.consent_to_edit(&a, c, plain()).await });
    s.app().record_appraisal(s.who("officer"), c, s.appraisal("accept").await).await.unwrap();
    let approval: Approval = meeting(json!({ "fair_competition_reviewed": true }));
    s.app().approve_challenge(s.who("head"), c, approval).await.unwrap();
    s.set_clock(s.challenge(c).await.head.due.unwrap());
    let publication = Publication { close_at: s.in_days(31), sealing: None, rubric: None };
    s.app().publish_challenge(s.who("officer"), c, publication).await.unwrap();
    c
}

async fn until_ranked(s: &Stage, t: &mut Tried, c: ChallengeId) -> Vec<BidId> {
    let bids = s.seal_teams(c, GOVERNMENT, 3).await;
    s.close(c).await;
    s.app().begin_opening(s.who("officer"), c, plain()).await.unwrap();
    fifty!(t, s, "challenge.opening-confirmation", "supervisor", |app, a| async move { app.open_bids(&a, c, plain()).await });
    for (n, b) in bids.iter().copied().enumerate() {
        let outcome = if n < 2 { "valid" } else { "form_rejected" };
        let check = move || {
            form::<FormCheckResult>(
                json!({ "stamped": n < 2, "readable": true, "complete": true, "outcome": outcome, "reason": "盖章情况" }),
            )
        };
        s.app().check_bid_form(s.who("officer"), b, check()).await.unwrap();
    }
    let (good, bad) = (bids[0], bids[2]);
    fifty!(t, s, "bid.form-check-return", "checker", |app, a| async move { app.return_form_check(&a, good, reason()).await });
    let again = form(json!({ "stamped": true, "readable": true, "complete": true, "outcome": "valid" }));
    s.app().check_bid_form(s.who("officer"), good, again).await.unwrap();
    fifty!(t, s, "bid.validation", "checker", |app, a| async move { app.validate_bid(&a, good, plain()).await });
    fifty!(t, s, "bid.form-rejection", "checker", |app, a| async move { app.reject_bid_form(&a, bad, reason()).await });
    s.app().validate_bid(s.who("checker"), bids[1], plain()).await.unwrap();
    s.app().convene_panel(s.who("officer"), c, Convene { kind_note: None }).await.unwrap();
    fifty!(t, s, "challenge.panel-return", "supervisor", |app, a| async move { app.return_panel_call(&a, c, reason()).await });
    s.app().convene_panel(s.who("officer"), c, Convene { kind_note: None }).await.unwrap();
    fifty!(t, s, "challenge.panel-draw", "supervisor", |app, a| async move { app.draw_panel(&a, c, Stage::words()).await });
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score_blind(&a, &bids[..2], &[90, 85]).await;
    }
    s.app().begin_price_opening(s.who("officer"), c, plain()).await.unwrap();
    fifty!(
        t,
        s,
        "challenge.price-opening-confirmation",
        "supervisor",
        |app, a| async move { app.open_price(&a, c, plain()).await }
    );
    for a in s.assignments(c).await {
        s.score_open(&a, &bids[..2], &[90, 85]).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
    bids
}

async fn until_awarded(s: &Stage, t: &mut Tried, c: ChallengeId, bids: &[BidId]) -> ContractId {
    s.agree(GOVERNMENT, c, bids[0]).await;
    s.app().decide_award(s.who("head"), c, meeting(json!({}))).await.unwrap();
    let n = s.notices(c).await[0].id;
    fifty!(t, s, "notice.publication", "head", |app, a| async move { app.publish_notice(&a, n, plain()).await });
    let apart = || NoConflict { no_conflict: true };
    for (kind, outcome) in [("dismiss", "dismiss"), ("partly", "partly_uphold"), ("whole", "uphold")] {
        let o = s.hold(n).await;
        s.app().investigate_objection(s.who("checker"), o, apart()).await.unwrap();
        fifty!(t, s, "objection.joining", "officer2", |app, a| async move { app.join_investigation(&a, o, apart()).await });
        s.app().answer_objection(s.who("bidder1"), o, reason()).await.unwrap();
        s.app().find_on_objection(s.who("checker"), o, Stage::findings()).await.unwrap();
        let effect = (kind == "whole").then_some("revise_notice");
        let ruling = move || Stage::ruling(outcome, effect);
        match kind {
            "dismiss" => {
                fifty!(t, s, "objection.dismissal", "head", |app, a| async move { app.decide_objection(&a, o, ruling()).await })
            }
            "partly" => fifty!(t, s, "objection.partial-upholding", "head", |app, a| async move {
                app.decide_objection(&a, o, ruling()).await
            }),
            _ => fifty!(t, s, "objection.upholding", "head", |app, a| async move { app.decide_objection(&a, o, ruling()).await }),
        }
    }
    let revision =
        form(json!({ "conclusion": "经更正，公示内容与评审结论一致，特此重新公示。", "reason": "按异议处理决定更正公示内容。" }));
    s.app().revise_notice(s.who("officer"), n, revision).await.unwrap();
    s.confirm(n).await;
    s.contracts(c).await[0].id
}

async fn until_paid(s: &Stage, t: &mut Tried, k: ContractId) {
    s.app().set_terms(s.who("service"), k, form(Stage::terms())).await.unwrap();
    for party in ["service", "bidder1"] {
        fifty!(t, s, "contract.agreement", party, |app, a| async move { app.agree_contract(&a, k, Stage::signature()).await });
    }
    s.app().clear_contract(s.who("officer"), k, plain()).await.unwrap();
    for party in ["bidder1", "head", "service"] {
        fifty!(t, s, "contract.signature", party, |app, a| async move { app.sign_contract(&a, k, Stage::sign(&a)).await });
    }
    let effect = form(json!({ "pledge_attached": true, "commitments_attached": true }));
    s.app().put_in_force(s.who("checker"), k, effect).await.unwrap();
    let i = s.instalments(k).await.remove(3);
    s.request(&i, "bidder1", "u1").await;
    let id = i.id;
    fifty!(t, s, "instalment.check", "officer", |app, a| async move { app.check_payment(&a, id, plain()).await });
    let budget = s.budget();
    fifty!(t, s, "instalment.approval", "head", |app, a| {
        let budget = budget.clone();
        async move { app.approve_payment(&a, id, budget).await }
    });
    let raw = json!({ "voucher": "国库支付0001", "paid_on": s.today(), "amount_fen": i.amount_fen });
    fifty!(t, s, "instalment.fiscal-payment", "finance", |app, a| {
        let raw = raw.clone();
        async move { app.pay_fiscal(&a, id, form(raw)).await }
    });
}

async fn change(s: &Stage, t: &mut Tried, k: ContractId) {
    let x = s.app().ask_change(s.who("bidder1"), k, Stage::asked("extension", json!({ "months": 2 }))).await.unwrap().id;
    fifty!(t, s, "change.consent", "service", |app, a| async move { app.consent_to_change(&a, x, plain()).await });
    s.app().take_up_change(s.who("officer"), x, plain()).await.unwrap();
    s.app().approve_change(s.who("checker"), x, plain()).await.unwrap();
    for party in ["service", "bidder1", "head"] {
        fifty!(t, s, "change.supplement", party, |app, a| async move { app.supplement_contract(&a, x, Stage::sign(&a)).await });
    }
}

/// Those that hang on no award: a talk, a withdrawal, a record of integrity.
async fn beside(s: &Stage, t: &mut Tried, bid: BidId) {
    let facts = json!({ "kind": "misuse", "facts": "经核查，提交的检测报告系伪造，已由出具单位书面确认。" });
    let x = s.app().propose_integrity_of_bid(s.who("officer"), bid, form(facts)).await.unwrap().id;
    s.advance(15);
    fifty!(t, s, "integrity.entry", "head", |app, a| async move {
        app.enter_integrity(&a, x, meeting(json!({ "months": 24, "bars": ["bidding"] }))).await
    });
    let refused = s.to_submitted("poster", need(ENTERPRISE, "single")).await;
    fifty!(t, s, "challenge.screening-refusal", "officer", 50, |app, a| async move {
        app.propose_refusal(&a, refused, reason()).await
    });
    fifty!(t, s, "challenge.screening-refusal-confirmation", "checker", |app, a| async move {
        app.confirm_refusal(&a, refused, plain()).await
    });
    let c = s.to_published(ENTERPRISE, "single").await;
    let interest = form(json!({ "note": "有脱硫废液提盐的中试装置，愿意先看现场。" }));
    let talk = s.app().register_interest(s.who("bidder4"), c, interest).await.unwrap().id;
    let minute =
        form(json!({ "held_on": s.today(), "present": "双方技术负责人", "summary": "介绍了现场条件和样品情况，约定再谈。" }));
    s.app().record_talk(s.who("poster"), talk, minute).await.unwrap();
    fifty!(t, s, "talk.confirmation", "bidder4", |app, a| async move { app.confirm_talk(&a, talk, plain()).await });
    amendments(s, t, c).await;
    let decided = || meeting::<CallOff>(json!({ "reason": "政策调整，不再办理。" }));
    s.app().request_withdrawal(s.who("poster"), c, reason()).await.unwrap();
    fifty!(t, s, "challenge.withdrawal-decision", "head", |app, a| async move { app.decide_withdrawal(&a, c, decided()).await });
    fifty!(t, s, "challenge.withdrawal", "supervisor", |app, a| async move { app.withdraw_challenge(&a, c, plain()).await });
    let listed = s.to_list_notice("poster", need(ENTERPRISE, "single")).await;
    s.app().propose_cancellation(s.who("head"), listed, decided()).await.unwrap();
    fifty!(t, s, "challenge.cancellation", "supervisor", |app, a| async move { app.cancel_challenge(&a, listed, plain()).await });
}

/// An open challenge with something else in it, as an officer prepares it.
async fn prepare(s: &Stage, c: ChallengeId, change: impl FnOnce(&mut Need)) {
    let mut changed = s.challenge(c).await.need.unwrap();
    change(&mut changed);
    s.prepare(c, changed, None).await.unwrap();
}

async fn amendments(s: &Stage, t: &mut Tried, c: ChallengeId) {
    prepare(s, c, |n| n.contact_name = "李工程师".into()).await;
    fifty!(t, s, "challenge.amendment-release", "checker", |app, a| async move { app.release_amendment(&a, c, plain()).await });
    prepare(s, c, |n| n.period_months += 1).await;
    fifty!(t, s, "challenge.amendment-consent", "poster", |app, a| async move { app.consent_to_amendment(&a, c, plain()).await });
    fifty!(t, s, "challenge.amendment-check", "checker", |app, a| async move { app.check_amendment(&a, c, plain()).await });
    fifty!(t, s, "challenge.amendment", "head", |app, a| async move { app.amend_challenge(&a, c, meeting(json!({}))).await });
}

async fn revocation(s: &Stage, t: &mut Tried, k: ContractId) {
    let charge =
        json!({ "class": "falsehood", "facts": "检测报告编号与出具机构存档不符，经核实系伪造。", "rule": "合同第九条第二款" });
    s.app().announce_revocation(s.who("officer"), k, form(charge)).await.unwrap();
    let plea = json!({ "plea": "报告由委托机构提供，我单位事先不知情。" });
    s.app().answer_revocation(s.who("bidder1"), k, form(plea)).await.unwrap();
    let decision = || meeting::<Revoking>(json!({ "class": "falsehood", "reason": "检测报告系伪造，性质严重。" }));
    fifty!(t, s, "contract.revocation", "head", |app, a| async move { app.revoke_contract(&a, k, decision()).await });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_second_half_is_done_once_however_many_try() {
    let (s, mut t) = (Stage::new().await, Tried::default());
    let c = until_published(&s, &mut t).await;
    let bids = until_ranked(&s, &mut t, c).await;
    let k = until_awarded(&s, &mut t, c, &bids).await;
    until_paid(&s, &mut t, k).await;
    change(&s, &mut t, k).await;
    revocation(&s, &mut t, k).await;
    beside(&s, &mut t, bids[2]).await;
    // Keyholders are wanted for this one: `sealed_stages` tries it.
    t.0.insert("challenge.spare-window-confirmation");
    let listed: BTreeSet<&str> = HALVES.iter().map(|h| h.second).collect();
    assert_eq!(t.0, listed, "what stands in the list is tried, and nothing else");
    s.verified().await.unwrap();
}

/// Both halves are acts of a life, and every act for which the policy wants another person stands in the list.
#[test]
fn the_list_of_halves_agrees_with_lives_and_policy() {
    let known: BTreeSet<String> = lives().iter().flat_map(|l| l.lines.iter().map(|e| format!("{}.{}", l.noun, e.act))).collect();
    for h in HALVES {
        assert!(known.contains(h.second), "{}", h.second);
        let begun = ["challenge.creation", "integrity.proposal", "change.asking"];
        assert!(h.firsts.iter().all(|f| known.contains(*f) || begun.contains(f)), "{:?}", h.firsts);
        assert!(h.kept == Kept::BothSides || !h.firsts.contains(&h.second), "{}", h.second);
    }
    let sources = [
        include_str!("../../../src/domain/policy/challenge.rs"),
        include_str!("../../../src/domain/policy/contract.rs"),
        include_str!("../../../src/domain/policy/notice.rs"),
    ];
    let places: usize = sources.iter().map(|text| text.matches("different(").count()).sum();
    assert_eq!(places, 15, "a new place where another person is wanted: does `domain::halves` list the act?");
}
