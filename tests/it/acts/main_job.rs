//! The main job on both tracks, from a need to 通过, and every fen on the way.
use super::support::*;
use jiebang::domain::{forms::EditProposal, *};
use serde_json::json;

fn line(source: &str, wan: &str, state: &'static str) -> (String, String, &'static str) {
    (source.to_owned(), wan.to_owned(), state)
}

#[tokio::test]
async fn the_government_track_runs_to_a_pass_and_county_money_goes_out_in_three_tranches() {
    let s = Stage::new().await;
    let (c, bids, k) = s.to_effective(GOVERNMENT, &[92, 85, 60]).await;
    let case = s.challenge(c).await;
    let ranks: Vec<_> = case.ranking.iter().map(|r| (r.bid, r.rank, r.total.to_string(), r.qualified)).collect();
    assert_eq!(
        ranks,
        [(bids[0], 1, "92.00".into(), true), (bids[1], 2, "85.00".into(), true), (bids[2], 3, "60.00".into(), false)]
    );
    assert_eq!(case.head.state, ChallengeState::InProgress);
    assert_eq!(
        s.money(k).await,
        [
            line("enterprise", "6.00", "planned"),
            line("enterprise", "8.00", "planned"),
            line("enterprise", "6.00", "planned"),
            line("county", "80.00", "eligible"),
            line("county", "80.00", "planned"),
            line("county", "40.00", "planned"),
        ]
    );
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    s.pass_milestone(k, 1, GOVERNMENT, 0).await;
    s.pay_firm(&s.instalments(k).await[0], "service", 0).await;
    s.pass_milestone(k, 2, GOVERNMENT, 0).await;
    s.pay_county(&s.instalments(k).await[4], "bidder1", "u1").await;
    s.pass_milestone(k, 3, GOVERNMENT, 0).await;
    assert_eq!(
        s.money(k).await,
        [
            line("enterprise", "6.00", "received"),
            line("enterprise", "8.00", "eligible"),
            line("enterprise", "6.00", "eligible"),
            line("county", "80.00", "received"),
            line("county", "80.00", "received"),
            line("county", "40.00", "planned"),
        ]
    );
    let done = s.accept(k, 0, "98.9", "none", "passed").await;
    assert_eq!(
        (done.head.state, done.computed.as_deref(), done.outcome.as_deref()),
        (AcceptanceState::Passed, Some("passed"), Some("passed"))
    );
    s.pay_county(&s.instalments(k).await[5], "bidder1", "u1").await;
    let paid = s.instalments(k).await;
    let paid = Money::sum(paid.iter().filter(|i| i.is_fiscal() && i.is_paid()).map(|i| i.amount_fen));
    assert_eq!(paid, Some(s.contract(k).await.county_fen), "to the last fen");
    let numbers = form(serde_json::json!({ "result_registration_no": "晋成登2027001", "sci_report_no": "KJBG2027001" }));
    s.app().archive_acceptance(s.who("officer"), done.id, numbers).await.unwrap();
    s.app().archive_challenge(s.who("officer"), c, plain()).await.unwrap();
    let end = (s.challenge(c).await.head.state, s.contract(k).await.head.state, s.bid(bids[0]).await.head.state);
    assert_eq!(end, (ChallengeState::Archived, ContractState::Completed, BidState::Contracted));
}

#[tokio::test]
async fn the_enterprise_track_lets_the_payer_choose_and_the_subsidy_follows_what_it_paid() {
    let s = Stage::new().await;
    let (c, bids) = s.to_negotiating(ENTERPRISE, "single", &[90, 84, 50]).await;
    let poster = s.who("poster");
    let choose =
        |b: BidId, why: Option<&'static str>| s.app().agree_with_bidder(poster, c, Stage::agreement(b, 200_000_000, why));
    assert_eq!(told(choose(bids[1], None).await), "reason_missing");
    assert_eq!(told(choose(bids[2], Some("价格便宜一些")).await), "not_qualified");
    choose(bids[1], Some("对接洽谈中更熟悉现场")).await.unwrap();
    let n = s.give_notice(c).await;
    let w = s.notice(n).await.winners.remove(0);
    assert_eq!((w.county_fen, w.enterprise_fen), (Money::wan(40), Money::wan(160)), "what was saved in the talk is the firm's");
    s.confirm(n).await;
    let k = s.contracts(c).await[0].id;
    s.put_in_force(k, ENTERPRISE, 1).await;
    let plan = s.instalments(k).await;
    let sides: Vec<_> = plan.iter().map(|i| (i.payer, i.payee)).collect();
    let (firm, team, county) = (s.org("firm"), s.org("u2"), s.org("finance"));
    assert_eq!(sides, [(firm, team), (firm, team), (firm, team), (county, firm), (county, firm)]);
    s.pass_milestone(k, 1, ENTERPRISE, 1).await;
    assert_eq!(s.instalments(k).await[3].head.state, InstalmentState::Planned, "nothing before the firm has really paid");
    s.pay_firm(&s.instalments(k).await[0], "poster", 1).await;
    assert_eq!(s.instalments(k).await[3].head.state, InstalmentState::Eligible);
    for number in 2..=3 {
        s.pass_milestone(k, number, ENTERPRISE, 1).await;
        s.pay_firm(&s.instalments(k).await[number - 1], "poster", 1).await;
    }
    s.pay_county(&s.instalments(k).await[3], "poster", "firm").await;
    assert_eq!(s.instalments(k).await[4].head.state, InstalmentState::Planned, "the second half waits for acceptance");
    s.accept(k, 1, "99", "none", "passed").await;
    s.pay_county(&s.instalments(k).await[4], "poster", "firm").await;
    assert_eq!(
        s.money(k).await,
        [
            line("enterprise", "48.00", "received"),
            line("enterprise", "64.00", "received"),
            line("enterprise", "48.00", "received"),
            line("county", "20.00", "received"),
            line("county", "20.00", "received"),
        ]
    );
}

/// Acceptance passed, but the firm has paid nobody: its subsidy waits (domain 0.1, 4.2).
#[tokio::test]
async fn a_pass_does_not_unlock_a_subsidy_to_a_firm_that_has_not_paid() {
    let s = Stage::new().await;
    let (_, k, _) = s.to_accepted(ENTERPRISE, &[90, 84]).await;
    let states = async || s.instalments(k).await.iter().map(|i| i.head.state.id()).collect::<Vec<_>>();
    assert_eq!(states().await, ["eligible", "eligible", "eligible", "planned", "planned"]);
    s.pay_firm(&s.instalments(k).await[0], "poster", 0).await;
    s.pay_firm(&s.instalments(k).await[1], "poster", 0).await;
    assert_eq!(
        states().await,
        ["received", "received", "eligible", "eligible", "planned"],
        "seventy percent paid: the first half"
    );
    s.pay_firm(&s.instalments(k).await[2], "poster", 0).await;
    assert_eq!(states().await, ["received", "received", "received", "eligible", "eligible"]);
}

#[tokio::test]
async fn the_thread_of_an_indicator_runs_from_publication_to_measurement() {
    let s = Stage::new().await;
    let (_, k, _) = s.to_accepted(GOVERNMENT, &[92, 85]).await;
    let thread = s.contract(k).await.thread.remove(0);
    let text = |q: Option<Quantity>| q.map(|q| q.to_string());
    let seen = [text(thread.published.target), text(thread.promised), text(thread.contracted), text(thread.measured)];
    assert_eq!(seen, ["98.5", "99", "99", "98.9"].map(|v| Some(v.to_owned())));
}

#[tokio::test]
async fn talks_and_questions_belong_to_the_enterprise_track_and_to_everybody() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let interest = || form(json!({ "note": "我校有脱硫废液处理的中试经验。" }));
    let t = s.app().register_interest(s.who("bidder1"), c, interest()).await.unwrap().id;
    assert_eq!(told(s.app().register_interest(s.who("bidder1"), c, interest()).await), "interest_there");
    assert_eq!(told(s.app().confirm_talk(s.who("bidder1"), t, plain()).await), "out_of_order");
    let minute = form(json!({ "held_on": "2026-03-10", "present": "双方技术负责人", "summary": "就现场条件和样品交换了意见。" }));
    s.app().record_talk(s.who("poster"), t, minute).await.unwrap();
    let talk = s.app().confirm_talk(s.who("bidder1"), t, plain()).await.unwrap();
    assert_eq!(talk.minutes[0].confirmed_by, Some(s.who("bidder1").account));
    assert_eq!(told(s.app().talk(s.who("bidder2"), t).await), "hidden", "a talk is its two sides'");
    let q = s.app().ask_question(s.who("bidder2"), c, form(json!({ "text": "废液日产量是多少？" }))).await.unwrap().id;
    let answer = || form(json!({ "answer": "约一百二十立方米每天。" }));
    assert_eq!(told(s.app().answer_question(s.who("poster2"), q, answer()).await), "forbidden");
    s.app().answer_question(s.who("poster"), q, answer()).await.unwrap();
    assert_eq!(told(s.app().answer_question(s.who("poster"), q, answer()).await), "answered_already");
    let g = s.to_published(GOVERNMENT, "single").await;
    assert_eq!(told(s.app().register_interest(s.who("bidder1"), g, interest()).await), "talks_only_enterprise");
}

/// What the argument found is written into the need by the officer, and holds only with the poster's consent.
#[tokio::test]
async fn an_officers_edit_holds_only_with_the_posters_consent() {
    let s = Stage::new().await;
    let c = s.to_appraisal("poster", need(ENTERPRISE, "single")).await;
    let was = s.challenge(c).await.need.unwrap();
    let edited = |title: &str| EditProposal {
        need: Need { title: title.into(), ..was.clone() },
        reason: "论证意见：题目应写明工艺对象".into(),
    };
    let same = EditProposal { need: was.clone(), reason: "无".into() };
    assert_eq!(told(s.app().propose_edit(s.who("officer"), c, same).await), "nothing_changed");
    assert_eq!(told(s.app().consent_to_edit(s.who("poster"), c, plain()).await), "no_edit_proposed");
    let title = "焦化脱硫废液提盐与副盐高值化成套技术";
    s.app().propose_edit(s.who("officer"), c, edited(title)).await.unwrap();
    assert_ne!(s.challenge(c).await.title, title);
    let accept = s.appraisal("accept").await;
    assert_eq!(told(s.app().record_appraisal(s.who("officer"), c, accept).await), "edit_unanswered");
    s.app().refuse_edit(s.who("poster"), c, reason()).await.unwrap();
    assert_ne!(s.challenge(c).await.title, title);
    s.app().propose_edit(s.who("officer"), c, edited(title)).await.unwrap();
    s.app().consent_to_edit(s.who("poster"), c, plain()).await.unwrap();
    assert_eq!((s.challenge(c).await.title.as_str(), s.challenge(c).await.proposed), (title, None));
    s.app().record_appraisal(s.who("officer"), c, s.appraisal("accept").await).await.unwrap();
}
