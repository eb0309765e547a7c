//! The traps of the trade (domain 9), one story each, as far as the code has a place for them. Those without one yet are
//! named at the end.
use super::support::*;
use crate::support;
use jiebang::domain::{forms::*, *};
use serde_json::{Value, json};

fn needs(track: &str, change: impl Fn(&mut Value)) -> Vec<String> {
    let mut raw = need(track, "single");
    change(&mut raw);
    match Need::read(&raw) {
        Ok(_) => vec![],
        Err(f) => f.0.into_iter().map(|f| format!("{} {}", f.path, f.code)).collect(),
    }
}

/// Trap 1: two process modes. An enterprise talks and chooses; a public need is ranked and sealed from its poster.
#[tokio::test]
async fn trap_01_the_enterprise_chooses_and_the_county_ranks() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(ENTERPRISE, "single", &[90, 85]).await;
    assert_eq!(
        told(s.app().agree_with_bidder(s.who("poster"), c, Stage::agreement(bids[1], 200_000_000, Some("更熟悉现场"))).await),
        "ok"
    );
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    assert_eq!(
        told(s.app().agree_with_bidder(s.who("service"), c, Stage::agreement(bids[1], 200_000_000, Some("更熟悉现场"))).await),
        "rank_order"
    );
}

/// Trap 2: no threshold of age, degree, title, registration date; nor of registration in the county (公平竞争审查条例).
#[test]
fn trap_02_a_list_sets_no_thresholds_of_age_degree_title_or_place() {
    let set = |text: &str| needs(ENTERPRISE, |n| n["bidder_conditions"] = json!(text));
    for unfair in [
        "负责人年龄不超过45周岁",
        "项目负责人须具有博士学位",
        "须具有高级职称",
        "注册时间满三年",
        "须为本县注册企业",
        "学历本科以上",
    ] {
        assert_eq!(set(unfair), ["bidder_conditions unfair_condition"], "{unfair}");
    }
    assert_eq!(set("具有脱硫废液处理中试经验，可提供现场试验条件"), Vec::<String>::new());
}

/// Trap 3: one valid bid may win; it needs seven seats and eighty points, and the notice says so.
#[tokio::test]
async fn trap_03_a_single_bid_is_valid_with_seven_seats_and_eighty_points() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[80]).await;
    let case = s.challenge(c).await;
    assert_eq!((case.panel.as_ref().map(|p| p.seats), case.ranking[0].qualified), (Some(7), true));
    s.agree(GOVERNMENT, c, bids[0]).await;
    let n = s.give_notice(c).await;
    assert!(s.notice(n).await.single_bid);
    let (c, _) = s.to_negotiating(GOVERNMENT, "single", &[79]).await;
    assert!(!s.challenge(c).await.ranking[0].qualified);
    let (c, _, n) = s.to_notice(GOVERNMENT, &[79, 71]).await;
    assert_eq!((s.challenge(c).await.panel.map(|p| p.seats), s.notice(n).await.single_bid), (Some(5), false));
}

/// Trap 3, with two: the panel must find that there was competition.
#[tokio::test]
async fn trap_03_two_bids_need_effective_competition() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score(&a, &bids, &[90, 85]).await;
    }
    let report = Report { effective_competition: false, ..Stage::report() };
    assert_eq!(told(s.sign_report(c, report).await), "effective_competition_missing");
}

/// Trap 4: 通过, 结题, 未通过 are three; 终止 and 撤销 are two, each with its own classes.
#[test]
fn trap_04_the_endings_are_not_mixed_up() {
    assert_eq!(OUTCOMES, ["passed", "concluded", "failed"]);
    let class = |class: &str| json!({ "class": class, "reason": "事实清楚，依据充分，予以办理。", "number": "纪要〔2026〕1号", "held_on": "2026-03-02", "attendance": [{ "name": "局长甲", "post": "局长", "vote": "for" }, { "name": "副局长乙", "post": "副局长", "vote": "for" }, { "name": "股长丙", "post": "股长", "vote": "for" }] });
    for without_fault in ["technical", "poster_fault", "external"] {
        assert_eq!((Ending::read(&class(without_fault)).is_ok(), Revoking::read(&class(without_fault)).is_ok()), (true, false));
    }
    for fault in ["bidder_fault", "falsehood"] {
        assert_eq!((Ending::read(&class(fault)).is_ok(), Revoking::read(&class(fault)).is_ok()), (false, true));
    }
    let ends: Vec<&str> = ContractState::life().ends;
    assert_eq!(ends, ["completed", "concluded", "failed", "terminated", "revoked", "abandoned"]);
}

/// Trap 5, as far as it goes: a lump sum asks for the county's own authority, and an offer has no lines of a budget.
#[test]
fn trap_05_a_lump_sum_needs_authority_and_no_budget_lines() {
    assert_eq!(needs(GOVERNMENT, |n| n["authority_doc_no"] = Value::Null), ["authority_doc_no authority_doc_missing"]);
    let lines: Vec<&str> = Offer::FORM
        .fields()
        .map(|f| f.name)
        .filter(|n| ["equipment_fen", "labour_fen", "travel_fen", "budget"].contains(n))
        .collect();
    assert_eq!(lines, Vec::<&str>::new());
}

/// Trap 6: a lower indicator can't ride along with a kind that needs no meeting.
#[tokio::test]
async fn trap_06_nothing_lowers_an_indicator_but_a_decision_on_that() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let riding = json!({ "indicator": 1, "value": "50" });
    for kind in ["partner", "extension", "route", "amount", "scope"] {
        let mut raw = json!({ "kind": kind, "reason": "试验结果表明更优" });
        raw.as_object_mut().unwrap().extend(riding.as_object().unwrap().clone());
        let said = told(s.app().ask_change(s.who("bidder1"), k, form(raw)).await);
        assert!(said.contains("indicator not_of_kind, value not_of_kind"), "{kind}: {said}");
    }
    let before = s.contract(k).await;
    for (kind, more) in [("partner", s.with_partner(&before, "u2")), ("extension", json!({ "months": 6 }))] {
        let x = s.app().ask_change(s.who("bidder1"), k, Stage::asked(kind, more)).await.unwrap();
        s.all_consent(x.id).await;
        s.app().take_up_change(s.who("officer"), x.id, plain()).await.unwrap();
        s.app().approve_change(s.who("checker"), x.id, plain()).await.unwrap();
        s.supplement(x.id, GOVERNMENT, 0).await;
        let after = s.contract(k).await;
        assert_eq!(after.thread, before.thread, "{kind}");
        assert_eq!(after.period_months - before.period_months, if kind == "extension" { 6 } else { 0 }, "{kind}");
    }
}

/// Trap 6: what is approved is public, what is filed is not.
#[tokio::test]
async fn trap_06_a_lowered_indicator_is_public_and_a_filed_route_is_not() {
    let s = Stage::new().await;
    let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let ask = |kind: &str, more: Value| s.app().ask_change(s.who("bidder1"), k, Stage::asked(kind, more));
    let route = ask("route", json!({ "after": "先小试后中试" })).await.unwrap().id;
    s.app().file_change(s.who("bidder1"), route, plain()).await.unwrap();
    let lower = ask("indicator", json!({ "indicator": 1, "value": "98.6" })).await.unwrap().id;
    s.app().consent_to_change(s.who("service"), lower, plain()).await.unwrap();
    s.app().take_up_change(s.who("officer"), lower, plain()).await.unwrap();
    let decision = meeting(
        json!({ "expert_opinion": "三位专家一致认为调整合理，不影响项目总体目标。", "experts": judges(3), "notice_no": "交科公〔2026〕9号" }),
    );
    s.app().approve_change_collectively(s.who("head"), lower, decision).await.unwrap();
    s.supplement(lower, GOVERNMENT, 0).await;
    let case = s.challenge(c).await;
    let story = s.app().story(&Actor::visitor(), &case, None, 500).await.unwrap();
    let public: Vec<&str> = story.iter().rev().filter(|e| e.kind.starts_with("change.")).map(|e| e.kind.as_str()).collect();
    assert_eq!(public, ["change.collective-approval", "change.supplement"]);
}

/// Trap 7: between milestones nothing is asked of the team: no turn waits for it but the node's evidence.
#[tokio::test]
async fn trap_07_no_reports_between_milestones() {
    let s = Stage::new().await;
    let (c, _, _) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.advance(150);
    let mut waiting: Vec<String> = s
        .app()
        .queue(s.who("bidder1"), 50)
        .await
        .unwrap()
        .into_iter()
        .filter(|w| w.challenge == Some(c))
        .map(|w| w.turn.what)
        .collect();
    waiting.sort();
    assert_eq!(waiting, ["contract.registration", "instalment.request", "milestone.evidence"]);
}

/// Traps 8 and 9: who owns the result, who bears the risk and who certifies failure are chosen, never left blank.
#[tokio::test]
async fn trap_08_and_09_ownership_and_risk_are_written_before_anybody_agrees() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_awarded(GOVERNMENT, &[90, 85]).await;
    assert_eq!(told(s.app().agree_contract(s.who("bidder1"), k, Stage::signature()).await), "terms_blank");
    for field in ["ip_owner", "risk_bidder_bp", "risk_certifier", "payment_mode", "acceptance_standard", "dispute", "settlement"]
    {
        let mut raw = Stage::terms();
        raw[field] = Value::Null;
        s.app().set_terms(s.who("service"), k, form(raw)).await.unwrap();
        let code = if ["ip_owner", "risk_certifier", "payment_mode", "dispute"].contains(&field) { "choose" } else { "missing" };
        let said = told(s.app().agree_contract(s.who("bidder1"), k, Stage::signature()).await);
        assert_eq!(said, format!("{field} {code}"));
    }
    s.app().set_terms(s.who("service"), k, form(Stage::terms())).await.unwrap();
    s.app().agree_contract(s.who("bidder1"), k, Stage::signature()).await.unwrap();
    let changed = json!({ "ip_owner": "poster" });
    let mut raw = Stage::terms();
    raw.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    s.app().set_terms(s.who("service"), k, form(raw)).await.unwrap();
    assert_eq!(s.contract(k).await.agreed, [], "a yes to another text is no yes");
}

/// Trap 10: the developer registers the contract, once; nobody does it in its place.
#[tokio::test]
async fn trap_10_the_developer_registers_the_contract() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let contract = s.contract(k).await;
    let number = || Stage::registration(&contract, "2026140100000001", s.today());
    for name in ["service", "officer", "bidder2"] {
        assert_ne!(told(s.app().register_contract(s.who(name), k, number()).await), "ok", "{name}");
    }
    assert_eq!(told(s.app().register_contract(s.who("bidder1"), k, number()).await), "ok");
    assert_eq!(told(s.app().register_contract(s.who("bidder1"), k, number()).await), "registered_already");
}

/// Trap 11: the platform holds no money: each instalment goes from one legal person to another, and neither is the platform
/// or the bureau.
#[tokio::test]
async fn trap_11_money_never_rests_here() {
    let s = Stage::new().await;
    for (track, parties) in [(GOVERNMENT, ["service", "u1", "finance"]), (ENTERPRISE, ["firm", "u1", "finance"])] {
        let (_, _, k) = s.to_effective(track, &[90, 85]).await;
        let may = parties.map(|p| s.org(p));
        for i in s.instalments(k).await {
            assert!(i.payer != i.payee && may.contains(&i.payer) && may.contains(&i.payee), "{} {}", track, i.number);
        }
    }
}

/// Trap 12: the first fiscal payment within thirty days of the task book, if everybody uses all of its time.
#[tokio::test]
async fn trap_12_the_first_money_arrives_within_thirty_days() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let start = s.now();
    let i = s.instalments(k).await.remove(3);
    let due = async || s.instalments(k).await[3].head.due.unwrap() - jiff::SignedDuration::from_millis(1);
    s.request(&i, "bidder1", "u1").await;
    s.set_clock(due().await);
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    s.set_clock(due().await);
    s.app().approve_payment(s.who("head"), i.id, s.budget()).await.unwrap();
    let last = due().await.duration_since(start).as_hours();
    assert!(last <= 30 * 24, "{} days", last / 24);
}

/// Trap 13: fiscal money names this year and a document; last year's is not next year's.
#[tokio::test]
async fn trap_13_fiscal_money_has_a_year_and_a_number() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    s.request(&i, "bidder1", "u1").await;
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    let wrong = form(json!({ "fiscal_year": 2025, "budget_doc_no": "交财预〔2025〕8号" }));
    assert_eq!(told(s.app().approve_payment(s.who("head"), i.id, wrong).await), "fiscal_year_not_this");
    assert!(ApprovePayment::read(&json!({ "fiscal_year": 2026 })).is_err());
    let paid = s.app().approve_payment(s.who("head"), i.id, s.budget()).await.unwrap();
    assert_eq!((paid.fiscal_year, paid.budget_doc_no.as_deref()), (Some(2026), Some("交财预〔2026〕8号")));
    let early = form(json!({ "voucher": "国库支付0001", "paid_on": "2027-01-01", "amount_fen": i.amount_fen }));
    assert_eq!(told(s.app().pay_fiscal(s.who("finance"), i.id, early).await), "date_in_future");
}

/// Trap 14: two ledgers. Each source adds up to its own part, and neither road pays the other's money.
#[tokio::test]
async fn trap_14_county_and_enterprise_money_are_two_ledgers() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let (plan, contract) = (s.instalments(k).await, s.contract(k).await);
    let sum = |source: &str| Money::sum(plan.iter().filter(|i| i.source == source).map(|i| i.amount_fen)).unwrap();
    assert_eq!((sum("county"), sum("enterprise")), (contract.county_fen, contract.enterprise_fen));
    s.request(&plan[3], "bidder1", "u1").await;
    assert_ne!(told(s.app().pay_enterprise(s.who("service"), plan[3].id, s.payment(&plan[3])).await), "ok");
    s.pass_milestone(k, 1, GOVERNMENT, 0).await;
    s.request(&plan[0], "bidder1", "u1").await;
    assert_eq!(told(s.app().check_payment(s.who("officer"), plan[0].id, plain()).await), "enterprise_pays_directly");
    assert_eq!(told(s.app().pay_fiscal(s.who("finance"), plan[0].id, s.payment(&plan[0])).await), "out_of_order");
}

/// Trap 15: only a legal person bids, under its own credit code, at the head of its own team.
#[tokio::test]
async fn trap_15_a_college_does_not_sign_for_its_university() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let college = Actor { org: OrgId(uuid::Uuid::new_v4()), ..s.who("bidder1").clone() };
    assert_ne!(told(s.app().start_bid(&college, c, StartBid { note: None }).await), "ok", "no organisation, no bid");
    let b = s.draft_bid(c, "bidder1", s.offer(1, GOVERNMENT)).await;
    assert_eq!(told(s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await), "members.0.uscc lead_first");
    let named = ["中北大学", "中北大学（示例）", "中北大学材料学院", "太原理工大学 化工系", "某大学国家重点实验室（示例）"];
    let stands = named.map(|name| account::is_legal_person(name.split(' ').collect::<String>().as_str()));
    assert_eq!(stands, [true, true, false, false, false]);
}

/// Trap 16: without a real name there is no objection.
#[tokio::test]
async fn trap_16_an_objection_is_signed() {
    let unsigned = json!({ "name": "", "contact": "", "facts": "拟中榜单位的业绩材料与公开信息不一致，请核查。", "request": "请求复核", "real_name": false });
    let faults: Vec<String> = FileObjection::read(&unsigned).unwrap_err().0.into_iter().map(|f| f.path).collect();
    assert_eq!(faults, ["kind", "name", "contact", "proof", "real_name"]);
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.object(n, &Actor::visitor()).await;
    for name in ["bidder1", "poster", "bidder3", "finance", "admin"] {
        assert_eq!(told(s.app().objection(s.who(name), o).await), "hidden", "{name} does not learn who objected");
    }
}

/// Trap 17: scores themselves are no ground: such an objection is refused, and the notice runs on.
#[tokio::test]
async fn trap_17_scores_cannot_be_objected_to() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let ends = s.notice(n).await.ends_at;
    let o = s.object(n, s.who("bidder2")).await;
    let academic = RefuseObjection {
        ground: "academic".into(), reason: "属于对专家评分的学术判断异议，不予受理。".into()
    };
    s.app().refuse_objection(s.who("checker"), o, academic).await.unwrap();
    assert_eq!((s.notice(n).await.head.state, s.notice(n).await.ends_at), (NoticeState::InPublicity, ends));
}

/// Trap 18: the poster, its affiliates, and teams with either among their partners stay out.
#[tokio::test]
async fn trap_18_affiliates_of_the_poster_do_not_bid() {
    let mut s = Stage::new().await;
    let daughter = json!({
        "uscc": support::credit_code(300), "name": "发榜方子公司（示例）", "kind": "enterprise", "region": "141122", "address": "交城县示例路2号",
        "legal_representative": "示例", "bank_name": "示例银行", "bank_account": "6222000000000001", "affiliates": [{ "uscc": s.t.org("firm")["uscc"] }],
    });
    let daughter = s.app().register_organisation(&Actor::system(), form(daughter)).await.unwrap();
    s.t.organisation("", &support::credit_code(301), "无关单位（示例）", "enterprise").await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let of = |org: OrgId| Actor { org, ..s.who("bidder1").clone() };
    assert_eq!(told(s.app().start_bid(&of(daughter.id), c, StartBid { note: None }).await), "affiliate_of_poster");
    assert_eq!(told(s.app().start_bid(&of(s.org("firm")), c, StartBid { note: None }).await), "forbidden");
    let mut offer = s.offer(0, ENTERPRISE);
    offer["members"] = json!([
        { "uscc": s.t.org("u1")["uscc"], "name": s.t.org("u1")["name"], "task": "主要研究任务", "work_bp": 6000, "money_fen": 120_000_000 },
        { "uscc": s.t.org("firm")["uscc"], "name": s.t.org("firm")["name"], "task": "现场试验", "work_bp": 4000, "money_fen": 100_000_000 },
    ]);
    offer["consortium_agreement"] = json!([s.upload("bidder1").await]);
    let b = s.draft_bid(c, "bidder1", offer.clone()).await;
    assert_eq!(
        told(s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await),
        "affiliate_of_poster",
        "the poster is no partner"
    );
    offer["members"][1]["uscc"] = json!(daughter.uscc);
    s.app().save_bid_draft(s.who("bidder1"), b, offer.clone(), None).await.unwrap();
    assert_eq!(
        told(s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await),
        "affiliate_of_poster",
        "nor is its daughter"
    );
    offer["members"][1]["uscc"] = json!(support::credit_code(301));
    s.app().save_bid_draft(s.who("bidder1"), b, offer, None).await.unwrap();
    assert_eq!(told(s.app().seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await), "ok");
}

/// Beside trap 18: nobody of the poster, of a party, or named to be avoided is ever drawn (domain 5.6).
#[tokio::test]
async fn trap_18_nobody_near_a_party_sits_on_the_panel() {
    let s = Stage::new().await;
    let hire = async |name: &str, org: &str, former: Option<&str>| {
        let raw = json!({ "email": format!("{name}@unit.example"), "name": name, "role": "expert", "organisation": s.t.org(org)["id"], "expert_kind": "technical", "former_units": former });
        s.app().create_account(&Actor::system(), form(raw), support::PASSWORD).await.unwrap().id
    };
    let poster = hire("poster-expert", "service", None).await;
    let party = hire("party-expert", "u1", None).await;
    let former = hire("former-expert", "firm2", Some("u2单位（示例）")).await;
    let avoided = hire("avoided-expert", "firm", None).await;
    let free = hire("free-expert", "firm2", None).await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut bids = vec![];
    for (n, (who, _)) in TEAMS.iter().enumerate().take(3) {
        let mut offer = s.offer(n, GOVERNMENT);
        if n == 2 {
            offer["avoid"] = json!([{ "name": "avoided-expert", "reason": "存在诉讼纠纷" }]);
        }
        bids.push(s.seal(c, who, offer).await);
    }
    s.open(c).await;
    for b in &bids {
        s.check_form(*b, true).await;
    }
    s.convene(c).await;
    let sequence = s.challenge(c).await.panel.unwrap().sequence;
    let drawn = [poster, party, former, avoided, free].map(|id| sequence.contains(&id));
    assert_eq!(drawn, [false, false, false, false, true]);
}

/// Trap 19: a make-up Saturday counts, a holiday Monday does not.
#[test]
fn trap_19_make_up_days_are_working_days() {
    let c = Calendar::seed();
    let day = |d: &str| c.is_workday(d.parse().unwrap());
    assert_eq!(["2026-02-14", "2026-02-28", "2026-05-09", "2026-10-10"].map(day), [true; 4]);
    assert_eq!(["2026-02-16", "2026-04-06", "2026-05-04", "2026-10-07"].map(day), [false; 4]);
    let due = c.add_workdays("2025-12-31".parse().unwrap(), 1);
    assert_eq!(due.date.to_string(), "2026-01-04", "a Sunday");
}

/// Trap 20: no I O S V Z, and a remainder of zero gives '0'.
#[test]
fn trap_20_credit_codes_skip_letters_and_wrap_at_31() {
    for good in [
        "91141122701122334Y",
        "12140000405700013Q",
        "111411220123456716",
        "911411225500990419",
        "91141122MA0JCX0182",
        "5214010050000012XB",
    ] {
        assert!(good.parse::<Uscc>().is_ok(), "{good}");
    }
    for bad in [
        "91141122701122334X",
        "91141122701123234Y",
        "91141122701122334I",
        "9114112270112233OY",
        "9114112270112233Y",
        "91141122701122334Z",
        "S1141122701122334Y",
    ] {
        assert!(bad.parse::<Uscc>().is_err(), "{bad}");
    }
    let zero = (0..200).map(support::credit_code).find(|c| c.ends_with('0')).expect("one in thirty-one");
    assert!(zero.parse::<Uscc>().is_ok(), "{zero}");
}

/// Trap 21: what is secret never comes here: the commitment is asked of every need.
#[test]
fn trap_21_a_need_says_that_it_is_not_secret() {
    assert_eq!(needs(ENTERPRISE, |n| n["commit_not_secret"] = json!(false)), ["commit_not_secret must_agree"]);
    assert!(!CONFIDENTIALITIES.iter().any(|c| c.contains("secret")));
}

/// Trap 22: lanes race when their scores are close; seventeen points apart they do not, and one wins.
#[tokio::test]
async fn trap_22_a_race_needs_close_scores() {
    let s = Stage::new().await;
    let (c, bids) = s.to_race(100_000_000, &[90, 73]).await;
    let done = s.app().agree_with_bidder(s.who("service"), c, Stage::agreement(bids[0], 100_000_000, None)).await.unwrap();
    assert_eq!((done.head.state, done.agreed.len()), (ChallengeState::AwardDecision, 1));
}

/// Trap 23, as far as it goes: without stored files no acceptance is applied for, without diligence none is concluded.
#[tokio::test]
async fn trap_23_diligence_is_proved_with_files() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    let x = s.acceptance(k).await.id;
    let bare = json!({ "summary": "项目按合同完成主要任务，形成工艺包一套，指标有差距。", "self_assessed": [{ "indicator": 1, "verdict": "not_met" }], "end_user": "示范焦化有限公司", "end_user_opinion": "agree", "end_user_report": "用户试用情况一般，有改进建议。", "cause": "objective", "files": [] });
    assert_eq!(ApplyAcceptance::read(&bare).unwrap_err().0.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["files"]);
    s.app().apply_acceptance(s.who("bidder1"), x, s.application(0, "objective", None).await).await.unwrap();
    s.app().check_acceptance(s.who("officer"), x, plain()).await.unwrap();
    let x = s.app().record_measurements(s.who("officer"), x, Stage::measurements("97", "not_met")).await.unwrap();
    assert_eq!(x.computed.as_deref(), Some("failed"), "an objective cause alone is no diligence");
}

/// Trap 24: what the meeting decides carries the number of its minutes, its day and who sat.
#[test]
fn trap_24_a_collective_decision_has_minutes() {
    macro_rules! lacking { ($($form:ident),*) => { vec![$({
        let faults = $form::read(&json!({})).unwrap_err().0;
        let asked: Vec<String> = faults.into_iter().map(|f| f.path).filter(|p| ["number", "held_on", "attendance"].contains(&p.as_str())).collect();
        (stringify!($form), asked.len())
    }),*] } }
    let asked = lacking!(Approval, Decision, Lapse, DecideObjection, Ending, Revoking, DecideChange);
    assert_eq!(asked.iter().filter(|(_, n)| *n != 3).collect::<Vec<_>>(), Vec::<&(&str, usize)>::new());
}

/// Trap 25, as far as it goes: a team that did not win reads its own score and rank, and no other team's.
#[tokio::test]
async fn trap_25_losers_read_their_own_result() {
    let s = Stage::new().await;
    let (c, bids, n) = s.to_notice(GOVERNMENT, &[90, 85, 60]).await;
    s.confirm(n).await;
    let (_, own) = s.app().bid(s.who("bidder3"), bids[2]).await.unwrap();
    assert_eq!(
        (own.score.map(|t| t.to_string()), own.rank, own.head.state),
        (Some("60.00".into()), Some(3), BidState::NotSelected)
    );
    assert_eq!(told(s.app().bid(s.who("bidder3"), bids[1]).await), "hidden");
    let case = s.app().case(s.who("bidder3"), c).await.unwrap();
    assert_eq!((case.bids.len(), case.assignments.len()), (1, 0));
}

/// Trap 26: ten thousand yuan is a million fen, read and printed exactly.
#[test]
fn trap_26_wan_and_fen() {
    for (said, fen) in [
        ("12万", 12_000_000),
        ("12.5 万元", 12_500_000),
        ("0.0001万", 100),
        ("120000", 12_000_000),
        ("¥1,200.50", 120_050),
        ("１２万", 12_000_000),
    ] {
        assert_eq!(said.parse::<Money>().map(Money::as_fen), Ok(fen), "{said}");
    }
    for wrong in ["0.00000001万", "-5", "十万", "1e3", "12万万", ""] {
        assert!(wrong.parse::<Money>().is_err(), "{wrong}");
    }
    assert_eq!((Money::wan(260).wan_text(), Money::fen(12_345_600).wan_text()), ("260.00".into(), "12.3456".into()));
    let parts = Money::fen(100).split_by_hundredths(&[3_333, 3_333, 3_334]).unwrap();
    assert_eq!(Money::sum(parts), Some(Money::fen(100)), "no fen is lost");
}

/// Trap 27: the rules frozen into a challenge decide on it, whatever the bureau has set since.
#[tokio::test]
async fn trap_27_a_challenge_keeps_the_rules_under_which_it_was_published() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut old = s.challenge(c).await;
    assert_eq!(old.rules, RuleSet::default());
    // As if it had been published under an older version: ninety points to pass, a notice of eight days.
    (old.rules.version, old.rules.pass_score, old.rules.notice_days) = (0, 9_000, 8);
    let body = serde_json::to_value(&old).unwrap().to_string().replace('\'', "''");
    use sea_orm::ConnectionTrait;
    let key = if s.app().db.is_postgres() { format!("'{c}'") } else { format!("x'{}'", c.0.simple()) };
    let cast = if s.app().db.is_postgres() { "::jsonb" } else { "" };
    s.app()
        .db
        .connection()
        .execute_unprepared(&format!("UPDATE challenge SET body = '{body}'{cast} WHERE id = {key}"))
        .await
        .unwrap();
    let bids = s.seal_teams(c, GOVERNMENT, 2).await;
    s.open(c).await;
    for b in &bids {
        s.check_form(*b, true).await;
    }
    s.convene(c).await;
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score(&a, &bids, &[92, 89]).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
    assert_eq!(s.challenge(c).await.ranking.iter().map(|r| r.qualified).collect::<Vec<_>>(), [true, false]);
    s.agree(GOVERNMENT, c, bids[0]).await;
    let n = s.give_notice(c).await;
    let last = Calendar::seed().add_workdays(date_of(s.now()), 8).date;
    assert_eq!(s.notice(n).await.ends_at, Some(deadline_instant(last)));
}

/// Trap 28: an accepted objection stops the clock; what was left runs on, and never more than there was.
#[tokio::test]
async fn trap_28_a_held_notice_runs_on_with_the_days_that_were_left() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let ends = s.notice(n).await.ends_at;
    // Twice on the very day of publication: the day that never counted is not given back.
    for _ in 0..2 {
        let o = s.hold(n).await;
        assert_eq!(s.notice(n).await.days_left, Some(5));
        s.app().withdraw_objection(s.who("bidder2"), o, reason()).await.unwrap();
        assert_eq!((s.notice(n).await.head.state, s.notice(n).await.ends_at), (NoticeState::InPublicity, ends));
    }
    // On the last day: that day is given back.
    s.set_clock(ends.unwrap() - jiff::SignedDuration::from_hours(1));
    let o = s.hold(n).await;
    assert_eq!(s.notice(n).await.days_left, Some(1));
    s.advance(30);
    s.app().withdraw_objection(s.who("bidder2"), o, reason()).await.unwrap();
    let next = Calendar::seed().add_workdays(date_of(s.now()), 1).date;
    assert_eq!(s.notice(n).await.ends_at, Some(deadline_instant(next)));
}

/// Trap 28: two objections hold together; the clock waits for the last of them.
#[tokio::test]
async fn trap_28_the_notice_waits_for_every_accepted_objection() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let (first, second) = (s.hold(n).await, s.hold(n).await);
    s.app().withdraw_objection(s.who("bidder2"), first, reason()).await.unwrap();
    assert_eq!(s.notice(n).await.head.state, NoticeState::Suspended);
    s.app().withdraw_objection(s.who("bidder2"), second, reason()).await.unwrap();
    assert_eq!(s.notice(n).await.head.state, NoticeState::InPublicity);
}

/// Trap 28: a notice whose text was changed starts again in full, and does not run on before it was changed.
#[tokio::test]
async fn trap_28_a_revised_notice_restarts() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    s.set_clock(s.notice(n).await.ends_at.unwrap() - jiff::SignedDuration::from_hours(1));
    let revision = |text: &str| form::<ReviseNotice>(json!({ "conclusion": text, "reason": "更正公示内容" }));
    let text = "更正：专家组结论表述有误，现予更正并重新公示。";
    assert_eq!(told(s.app().revise_notice(s.who("officer2"), n, revision(text)).await), "out_of_order");
    let o = s.hold(n).await;
    assert_eq!(told(s.app().revise_notice(s.who("officer2"), n, revision(text)).await), "nothing_to_revise");
    s.examine(o).await;
    let too_strong = Stage::ruling("partly_uphold", Some("next_rank"));
    assert_eq!(told(s.app().decide_objection(s.who("head"), o, too_strong).await), "effect_too_strong");
    s.app().decide_objection(s.who("head"), o, Stage::ruling("partly_uphold", Some("revise_notice"))).await.unwrap();
    assert_eq!(s.notice(n).await.head.state, NoticeState::Suspended);
    let same = s.notice(n).await.conclusion;
    assert_eq!(told(s.app().revise_notice(s.who("officer2"), n, revision(&same)).await), "nothing_changed");
    s.app().revise_notice(s.who("officer2"), n, revision(text)).await.unwrap();
    let notice = s.notice(n).await;
    let restarted = Calendar::seed().add_workdays(date_of(s.now()), 5).date;
    assert_eq!((notice.ends_at, notice.editions, notice.days_left), (Some(deadline_instant(restarted)), 2, None));
    assert_eq!((notice.conclusion.as_str(), s.challenge(c).await.head.state), (text, ChallengeState::AwardNotice));
    s.confirm(n).await;
}

/// 科技部令第19号 gave way to 第24号 on 2026-03-20: whoever cites the old order cites nothing.
#[test]
fn trap_29_no_text_rests_on_the_order_that_was_replaced() {
    let texts = jiebang::web::text::Texts::load();
    for lang in jiebang::web::text::Lang::ALL {
        for (key, sentence) in texts.map(lang) {
            let plain: String = sentence.chars().filter(|c| !c.is_whitespace()).collect();
            for old in ["令第19号", "第19号令", "令19号", "19号令", "第十九号", "OrderNo.19", "Order19"] {
                assert!(!plain.contains(old), "{key} cites {old}");
            }
        }
    }
}

/// A form whose optional fields are left empty is read: nothing optional is secretly asked for.
#[test]
fn what_is_optional_may_be_left_out() {
    for verdict in [
        json!({ "verdict": "资料齐全，指标达到节点要求。" }),
        json!({ "verdict": "资料齐全，指标达到节点要求。", "experts": "" }),
    ] {
        assert!(Verdict::read(&verdict).is_ok(), "{:?}", Verdict::read(&verdict));
    }
}
