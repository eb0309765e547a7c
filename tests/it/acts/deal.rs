//! The deal: made from templates, worded, planned, signed by those who may, registered, and changed by signed supplements.
use super::support::*;
use jiebang::domain::{forms::*, *};
use serde_json::json;

async fn contract_to_draft(s: &Stage) -> ContractId {
    let (_, _, k) = s.to_awarded(GOVERNMENT, &[90, 85]).await;
    s.app().set_terms(s.who("service"), k, form(Stage::terms())).await.unwrap();
    k
}

async fn agreed_and_cleared(s: &Stage, k: ContractId) {
    for who in ["service", "bidder1"] {
        s.app().agree_contract(s.who(who), k, Stage::signature()).await.unwrap();
    }
    s.app().clear_contract(s.who("officer"), k, plain()).await.unwrap();
}

#[tokio::test]
async fn a_contract_is_made_of_the_templates_and_keeps_the_edition_it_was_made_of() {
    let s = Stage::new().await;
    let k = contract_to_draft(&s).await;
    let contract = s.contract(k).await;
    let papers: Vec<(String, usize)> = contract.papers().iter().map(|p| (p.kind.clone(), p.clauses.len())).collect();
    assert_eq!(papers, [("agreement".into(), 18), ("task_book".into(), 9), ("pledge".into(), 3), ("commitments".into(), 5)]);
    let agreement = contract.paper("agreement").unwrap();
    assert_eq!(agreement.clauses[1].numeral, "第二条");
    assert!(agreement.clauses[1].text.zh.contains("≥ 99 "), "{}", agreement.clauses[1].text.zh);
    assert!(!agreement.clauses.iter().any(|c| c.text.zh.contains('{') || c.text.en.contains('{')));
    let all = s.app().templates(s.who("officer")).await.unwrap();
    let template = all.iter().find(|t| t.kind == "commissioned").unwrap();
    let mut raw = jiebang::web::templates::typed(template);
    raw["reason"] = json!("法务审核后统一措辞。");
    raw["clauses"][1]["text_zh"] = json!("标的为“{title}”，指标：{no_such_field}");
    assert_eq!(
        told(s.app().edit_template(s.who("officer"), template.id, form(raw.clone())).await),
        "clauses.1.text_zh field_unknown, clauses.1.text_en fields_differ"
    );
    raw["clauses"][1]["text_zh"] = json!("标的为“{title}”，指标：{indicators}");
    assert_eq!(told(s.app().edit_template(s.who("poster"), template.id, form(raw.clone())).await), "hidden");
    let edited = s.app().edit_template(s.who("officer"), template.id, form(raw)).await.unwrap();
    assert_eq!(edited.current().unwrap().number, 2);
    assert_eq!(told(s.app().retire_template(s.who("head"), template.id, reason()).await), "template_last");
    assert_eq!(s.contract(k).await.paper("agreement").unwrap(), agreement, "a later edition touches no contract");
}

#[tokio::test]
async fn a_clause_is_worded_otherwise_only_when_the_other_side_has_said_yes() {
    let s = Stage::new().await;
    let k = contract_to_draft(&s).await;
    let wish = |wording: &str| {
        form::<Deviate>(json!({ "paper": "agreement", "clause": 7, "wording": wording, "reason": "行业惯例更长。" }))
    };
    s.app().deviate(s.who("bidder1"), k, wish("保密期限为六十个月。")).await.unwrap();
    assert_eq!(told(s.app().agree_contract(s.who("service"), k, Stage::signature()).await), "deviation_open");
    let answer = |number: i64, accepted: bool| form::<AnswerDeviation>(json!({ "number": number, "accepted": accepted }));
    assert_eq!(told(s.app().answer_deviation(s.who("bidder1"), k, answer(1, true)).await), "deviation_own");
    s.app().answer_deviation(s.who("service"), k, answer(1, true)).await.unwrap();
    s.app().deviate(s.who("service"), k, wish("保密期限为六个月。")).await.unwrap();
    s.app().answer_deviation(s.who("bidder1"), k, answer(2, false)).await.unwrap();
    let contract = s.contract(k).await;
    let clause = contract.paper("agreement").unwrap().clauses.remove(6);
    assert_eq!((clause.text.zh.as_str(), clause.deviation), ("保密期限为六十个月。", Some(1)));
    assert_eq!(told(s.app().deviate(s.who("bidder1"), k, wish("归{nobody}。")).await), "field_unknown");
    agreed_and_cleared(&s, k).await;
}

#[tokio::test]
async fn the_plan_is_exactly_the_whole_and_no_indicator_falls_below_what_decided_the_award() {
    let s = Stage::new().await;
    let k = contract_to_draft(&s).await;
    let plan = |shares: [i64; 2], county: [i64; 2], value: &str| {
        form::<PlanContract>(json!({
            "indicators": [{ "indicator": 1, "value": value }], "county_start_bp": 4000, "county_last_bp": 2000,
            "milestones": [
                { "name": "小试", "month": 6, "share_bp": shares[0], "result": "小试报告", "county_bp": county[0] },
                { "name": "示范", "month": 18, "share_bp": shares[1], "result": "连续运行720小时", "county_bp": county[1], "cut_point": "yes" },
            ],
        }))
    };
    let set = |p: PlanContract| s.app().plan_contract(s.who("service"), k, p);
    assert_eq!(told(set(plan([4_000, 5_000], [2_000, 2_000], "99")).await), "milestones shares_not_100");
    assert_eq!(told(set(plan([4_000, 6_000], [2_000, 3_000], "99")).await), "county_start_bp county_not_100");
    assert_eq!(told(set(plan([4_000, 6_000], [2_000, 2_000], "98.6")).await), "indicator_below_promise");
    assert_eq!(told(set(plan([4_000, 6_000], [2_000, 2_000], "10")).await), "indicator_below_list");
    set(plan([4_000, 6_000], [2_000, 2_000], "99.2")).await.unwrap();
    assert_eq!(s.contract(k).await.thread[0].contracted, "99.2".parse().ok());
    agreed_and_cleared(&s, k).await;
    for who in ["bidder1", "head", "service"] {
        s.app().sign_contract(s.who(who), k, Stage::sign(s.who(who))).await.unwrap();
    }
    let effect = form(json!({ "pledge_attached": true, "commitments_attached": true }));
    s.app().put_in_force(s.who("checker"), k, effect).await.unwrap();
    let county: Vec<i64> =
        s.instalments(k).await.iter().filter(|i| i.is_fiscal()).map(|i| i.amount_fen.as_fen() / 1_000_000).collect();
    assert_eq!(county, [80, 40, 40, 40]);
}

#[tokio::test]
async fn papers_are_signed_by_those_who_may_under_the_text_they_read() {
    let s = Stage::new().await;
    let k = contract_to_draft(&s).await;
    agreed_and_cleared(&s, k).await;
    let bidder = s.who("bidder1");
    let sign = |name: &str, sha256: Option<String>| {
        form::<SignContract>(json!({ "full_name": name, "text_sha256": sha256, "agree": true }))
    };
    assert_eq!(told(s.app().sign_contract(bidder, k, sign("王示例", None)).await), "name_not_yours");
    let other = Some("0".repeat(64));
    assert_eq!(told(s.app().sign_contract(bidder, k, sign(&bidder.name, other)).await), "text_changed");
    let unproven = Actor { proven: false, ..bidder.clone() };
    assert_eq!(told(s.app().sign_contract(&unproven, k, sign(&bidder.name, None)).await), "prove who you are");
    let clerk = Actor { account: AccountId(uuid::Uuid::new_v4()), name: "经办".into(), ..bidder.clone() };
    assert_eq!(told(s.app().sign_contract(&clerk, k, sign("经办", None)).await), "not_authorised");
    let read = Some(s.contract(k).await.text_sha256());
    s.app().sign_contract(bidder, k, sign(&bidder.name, read)).await.unwrap();
    let signed: Vec<String> = s.contract(k).await.signed.iter().filter_map(|m| m.paper.clone()).collect();
    assert_eq!(signed, ["agreement", "task_book", "pledge", "commitments"]);
    s.app().withdraw_signature(bidder, k, reason()).await.unwrap();
    assert_eq!(s.contract(k).await.signed, []);
    s.app().refuse_to_sign(s.who("head"), k, reason()).await.unwrap();
    let open = s.contract(k).await;
    assert_eq!((open.head.state, open.agreed.len()), (ContractState::Drafting, 0));
}

#[tokio::test]
async fn a_stamped_paper_counts_once_an_officer_has_held_it_against_the_text() {
    let s = Stage::new().await;
    let k = contract_to_draft(&s).await;
    agreed_and_cleared(&s, k).await;
    let contract = s.contract(k).await;
    let file = s.upload("officer").await;
    let scan = |paper: &str, by: &str, hash: String| {
        form::<RegisterScan>(json!({
            "paper": paper, "party": "bidder", "stamped_by": by, "stamped_on": s.today(), "sha256_start": hash, "files": [file], "compared": true,
        }))
    };
    let hash = |paper: &str| contract.paper(paper).unwrap().sha256()[..8].to_uppercase();
    let register = |form| s.app().register_scan(s.who("officer"), k, form);
    assert_eq!(told(register(scan("agreement", "路人", hash("agreement"))).await), "not_authorised");
    assert_eq!(told(register(scan("agreement", "示例bidder1", hash("pledge"))).await), "not_this_text");
    register(scan("agreement", "示例bidder1", hash("agreement"))).await.unwrap();
    assert_eq!(told(register(scan("agreement", "示例bidder1", hash("agreement"))).await), "marked_already");
    s.app().sign_contract(s.who("bidder1"), k, Stage::sign(s.who("bidder1"))).await.unwrap();
    let by: Vec<bool> = s.contract(k).await.signed.iter().map(|m| m.scan.is_some()).collect();
    assert_eq!(by, [true, false, false, false]);
}

#[tokio::test]
async fn a_smaller_amount_makes_a_new_edition_and_moves_instalments_and_the_ledger() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let before = s.contract(k).await;
    let county = before.county_fen.as_fen();
    let amount =
        |fen: i64| Stage::asked("amount", json!({ "county_fen": fen, "enterprise_fen": before.enterprise_fen, "self_fen": 0 }));
    let most = s.app().ask_change(s.who("bidder1"), k, amount(county / 10)).await;
    assert_eq!(told(most), "amount_below_unlocked", "what is due is not taken back by a change");
    let x = s.app().ask_change(s.who("bidder1"), k, amount(county / 2)).await.unwrap();
    s.app().consent_to_change(s.who("service"), x.id, plain()).await.unwrap();
    s.app().take_up_change(s.who("officer"), x.id, plain()).await.unwrap();
    assert_eq!(told(s.app().approve_change(s.who("checker"), x.id, plain()).await), "change_needs_meeting");
    let decision = meeting(json!({ "expert_opinion": "三位专家一致认为调整合理，不影响项目总体目标。", "experts": judges(3) }));
    s.app().approve_change_collectively(s.who("head"), x.id, decision).await.unwrap();
    s.supplement(x.id, GOVERNMENT, 0).await;
    let after = s.contract(k).await;
    assert_eq!((after.edition, after.county_fen.as_fen(), after.past.len()), (2, county / 2, 1));
    assert_eq!(after.past[0].sha256, before.text_sha256(), "the edition before stays readable as it was");
    let plan = s.instalments(k).await;
    let fiscal = Money::sum(plan.iter().filter(|i| i.is_fiscal() && !i.head.state.is_end()).map(|i| i.amount_fen));
    assert_eq!(fiscal, Some(after.county_fen));
    let book = s.app().contract_book(s.who("finance"), &after, None).await.unwrap();
    assert_eq!(book.reached(Channel::Fiscal, LedgerAccount::Promised), after.county_fen);
    assert_eq!(book.faults(), Vec::<String>::new());
    assert!(after.wants_registration() && after.papers()[0].sha256() != before.papers()[0].sha256());
    let again = s.app().ask_change(s.who("bidder1"), k, amount(county)).await.unwrap();
    s.app().consent_to_change(s.who("service"), again.id, plain()).await.unwrap();
    s.app().take_up_change(s.who("officer"), again.id, plain()).await.unwrap();
    let decision = meeting(json!({ "expert_opinion": "三位专家一致认为调整合理，不影响项目总体目标。", "experts": judges(3) }));
    s.app().approve_change_collectively(s.who("head"), again.id, decision).await.unwrap();
    s.supplement(again.id, GOVERNMENT, 0).await;
    let book = s.app().contract_book(s.who("finance"), &s.contract(k).await, None).await.unwrap();
    assert_eq!(book.reached(Channel::Fiscal, LedgerAccount::Promised), before.county_fen);
}

/// A team that is to join reads the change and says yes or no; nobody else of the trade sees it.
#[tokio::test]
async fn a_change_of_the_team_needs_every_partner_that_has_people_here() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let paper = s.upload("bidder1").await;
    let mut more = s.with_partner(&s.contract(k).await, "u2");
    more["files"] = json!([paper]);
    let x = s.app().ask_change(s.who("bidder1"), k, Stage::asked("partner", more)).await.unwrap().id;
    let path = format!("/changes/{x}");
    for (who, reads) in [("bidder2", true), ("service", true), ("bidder3", false), ("poster2", false)] {
        assert_eq!(s.app().attachment(s.who(who), paper).await.is_ok(), reads, "{who}");
    }
    let mut seen = vec![];
    for who in ["bidder1", "bidder2", "bidder3", "service", "poster2", "officer", ""] {
        seen.push((who, s.t.page(who, &path).await.status));
    }
    assert_eq!(
        seen,
        [("bidder1", 200), ("bidder2", 200), ("bidder3", 404), ("service", 200), ("poster2", 404), ("officer", 200), ("", 404)]
    );
    let queued = async |who: &str| s.app().queue(s.who(who), 100).await.unwrap().iter().any(|w| w.subject == x.0);
    assert_eq!((queued("bidder2").await, queued("service").await), (true, false));
    assert_eq!(told(s.app().consent_to_change(s.who("bidder2"), x, plain()).await), "forbidden");
    assert_eq!(told(s.app().consent_as_partner(s.who("bidder1"), x, plain()).await), "forbidden");
    s.app().consent_as_partner(s.who("bidder2"), x, plain()).await.unwrap();
    assert_eq!(told(s.app().consent_as_partner(s.who("bidder2"), x, plain()).await), "forbidden", "once");
    assert_eq!((queued("bidder2").await, queued("service").await), (false, true));
    s.app().refuse_consent(s.who("service"), x, reason()).await.unwrap();
    let more = s.with_partner(&s.contract(k).await, "u2");
    let again = s.app().ask_change(s.who("bidder1"), k, Stage::asked("partner", more)).await.unwrap().id;
    let no = s.app().refuse_consent(s.who("bidder2"), again, reason()).await.unwrap();
    assert_eq!(no.head.state, ChangeState::Refused);
    s.verified().await.unwrap();
}

/// Those who are asked about a change are three, of no party, each with an opinion of its own.
#[tokio::test]
async fn experts_on_a_change_are_named_with_their_opinions_and_come_from_no_party() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let ask = Stage::asked("indicator", json!({ "indicator": 1, "value": "98.6" }));
    let x = s.app().ask_change(s.who("bidder1"), k, ask).await.unwrap().id;
    s.all_consent(x).await;
    s.app().take_up_change(s.who("officer"), x, plain()).await.unwrap();
    let decide = |experts: serde_json::Value| {
        let opinion = "三位专家一致认为调整合理，不影响项目总体目标。";
        let raw = json!({
            "number": "交科纪要〔2026〕7号", "held_on": "2026-03-02", "attendance": crate::support::roll(), "expert_opinion": opinion,
            "experts": experts, "notice_no": "交科公〔2026〕9号",
        });
        DecideChange::read(&raw)
    };
    assert_eq!(decide(judges(2)).unwrap_err().0[0].code, "rows_few");
    let (mut of_party, mut twice) = (judges(3), judges(3));
    of_party[1]["unit"] = s.t.org("u1")["name"].clone();
    twice[2]["expert"] = twice[0]["expert"].clone();
    for (experts, said) in [(of_party, "expert_of_party"), (twice, "expert_twice"), (judges(3), "ok")] {
        let form = decide(experts).unwrap();
        assert_eq!(told(s.app().approve_change_collectively(s.who("head"), x, form).await), said);
    }
    let page = s.t.page("bidder1", &format!("/changes/{x}")).await.text().to_owned();
    assert!(page.contains("核验专家3") && page.contains("资料真实，结论同意。"), "each opinion is read by the parties");
    s.verified().await.unwrap();
}

#[tokio::test]
async fn who_may_sign_is_added_and_taken_off_and_the_record_stays_true_to_the_row() {
    let s = Stage::new().await;
    let head = s.who("bidder1");
    let letter = s.upload("bidder1").await;
    let added = form(json!({ "account": head.account, "letter": [letter] }));
    let asked = s.app().add_signatory(head, added).await.unwrap();
    s.second(&asked).await;
    assert_eq!(s.app().signatories(head).await.unwrap().0.signatories.len(), 1);
    s.verified().await.unwrap();
    assert_eq!(s.app().remove_signatory(head, head.account).await.unwrap().signatories.len(), 0);
    s.verified().await.unwrap();
}
