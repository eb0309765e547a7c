//! What becomes of a flag: dismissed and back again, asked and answered in time; and who sees what of it.
use crate::acts::support::*;
use jiebang::domain::{finding::Standing, flag::FlagKind, forms::*, *};
use serde_json::json;

async fn standing(s: &Stage, who: &str, c: ChallengeId, kind: FlagKind) -> Option<Standing> {
    let case = s.app().case_flags(s.who(who), c).await.unwrap();
    case.standings.into_iter().find(|x| x.flag.kind == kind)
}

fn judge(flag: &Flag) -> JudgeFlag {
    form(json!({ "flag": flag.key(), "reason": "已核对原始材料，见核查记录。" }))
}

/// A case with one valid bid.
async fn single(s: &Stage) -> (ChallengeId, Vec<BidId>) {
    let (c, bids) = s.to_opened(ENTERPRISE, "single", 2).await;
    s.check_form(bids[0], true).await;
    s.check_form(bids[1], false).await;
    (c, bids)
}

#[tokio::test]
async fn a_flag_is_dismissed_with_a_reason_and_comes_back_when_its_facts_change() {
    let s = Stage::new().await;
    let auditor = s.who("auditor");
    // Amended while it was open, near the close.
    let amended = |what: &str| {
        let mut raw = crate::support::need(ENTERPRISE, "single");
        raw["title"] = json!(format!("焦化脱硫废液提盐及副盐高值化{what}"));
        raw
    };
    let c = s.to_published(ENTERPRISE, "single").await;
    let close = s.challenge(c).await.close_at.unwrap();
    s.set_clock(close - jiff::SignedDuration::from_hours(24 * 12));
    s.amend(c, Need::read(&amended("技术")).unwrap(), None).await;
    let first = standing(&s, "auditor", c, FlagKind::LateAmendment).await.unwrap();
    assert_eq!((first.state(), first.is_open()), ("open", true));
    let f = s.app().dismiss_flag(auditor, c, judge(&first.flag)).await.unwrap();
    let after = standing(&s, "auditor", c, FlagKind::LateAmendment).await.unwrap();
    assert_eq!((after.state(), after.finding.as_ref().map(|x| x.id)), ("dismissed", Some(f.id)));
    assert_eq!(told(s.app().dismiss_flag(auditor, c, judge(&first.flag)).await), "flag_judged");
    let record = s.app().record(auditor, &[], 0, 1000).await.unwrap();
    let said = record.iter().find(|e| e.kind == "finding.dismissal").unwrap();
    assert_eq!(
        (said.actor_role.as_str(), said.body["event"]["reason"].as_str()),
        ("auditor", Some("已核对原始材料，见核查记录。"))
    );
    // A second amendment is another fact: the flag is back, and says who put it aside before.
    s.amend(c, Need::read(&amended("工艺")).unwrap(), None).await;
    let back = standing(&s, "auditor", c, FlagKind::LateAmendment).await.unwrap();
    assert_eq!((back.state(), back.before.as_ref().map(|x| x.id)), ("open", Some(f.id)));
    // A dismissal taken back leaves it open as well.
    let again = s.app().dismiss_flag(auditor, c, judge(&back.flag)).await.unwrap();
    s.app().reopen_flag(s.who("supervisor"), again.id, reason()).await.unwrap();
    assert_eq!(standing(&s, "auditor", c, FlagKind::LateAmendment).await.unwrap().state(), "open");
}

#[tokio::test]
async fn a_question_has_a_clock_and_goes_from_the_bureau_back_to_the_auditor() {
    let s = Stage::new().await;
    let (c, _) = single(&s).await;
    let flag = standing(&s, "auditor", c, FlagKind::SingleBid).await.unwrap().flag;
    let f = s.app().question_flag(s.who("auditor"), c, judge(&flag)).await.unwrap();
    let due = s.app().glance().await.unwrap().workdays(5);
    assert_eq!(f.head.due, Some(due));
    let waits = async |who: &str| -> Vec<String> {
        let queue = s.app().queue(s.who(who), 100).await.unwrap();
        queue.into_iter().filter(|w| w.subject == f.id.0).map(|w| w.turn.what).collect()
    };
    assert_eq!((waits("officer").await, waits("auditor").await), (vec!["finding.answer".to_owned()], vec![]));
    for (who, said) in
        [("auditor", "forbidden"), ("bidder1", "hidden"), ("poster", "hidden"), ("expert0", "hidden"), ("admin", "hidden")]
    {
        assert_eq!(told(s.app().answer_finding(s.who(who), f.id, reason()).await), said, "{who}");
    }
    s.app().answer_finding(s.who("officer"), f.id, reason()).await.unwrap();
    assert_eq!((waits("officer").await, waits("auditor").await), (vec![], vec!["finding.settlement".to_owned()]));
    s.app().ask_finding_again(s.who("auditor"), f.id, reason()).await.unwrap();
    s.app().answer_finding(s.who("head"), f.id, reason()).await.unwrap();
    let settle = form(json!({ "outcome": "explained", "reason": "说明属实，材料齐全。" }));
    let done = s.app().settle_finding(s.who("auditor"), f.id, settle).await.unwrap();
    assert_eq!((done.head.state, done.outcome.as_deref(), done.said.len()), (FindingState::Settled, Some("explained"), 5));
    assert_eq!(standing(&s, "supervisor", c, FlagKind::SingleBid).await.unwrap().state(), "settled");
}

#[tokio::test]
async fn flags_are_the_auditors_and_the_supervisors_and_nobody_elses() {
    let s = Stage::new().await;
    let (c, _) = single(&s).await;
    for who in ["officer", "checker", "head", "finance", "admin", "poster", "bidder1", "expert0"] {
        assert_eq!(told(s.app().case_flags(s.who(who), c).await), "hidden", "{who}");
        assert_eq!(told(s.app().all_flags(s.who(who), true).await), "hidden", "{who}");
    }
    assert_eq!(told(s.app().case_flags(&Actor::visitor(), c).await), "sign in first");
    let flag = standing(&s, "auditor", c, FlagKind::SingleBid).await.unwrap().flag;
    let f = s.app().dismiss_flag(s.who("auditor"), c, judge(&flag)).await.unwrap();
    assert_eq!(told(s.app().finding(s.who("officer"), f.id).await), "hidden", "what was dismissed is not the bureau's");
    let stale = form(json!({ "flag": "near_ceiling:00000000-0000-0000-0000-000000000001", "reason": "没有这条疑点" }));
    assert_eq!(told(s.app().dismiss_flag(s.who("auditor"), c, stale).await), "no_such_flag");
}

fn pdf(author: &str) -> bytes::Bytes {
    format!("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Author ({author})>>endobj\ntrailer<</Root 1 0 R/Info 2 0 R>>\n%%EOF\n").into()
}

async fn upload(s: &Stage, who: &str, author: &str) -> FileId {
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(pdf(author))]);
    s.app().upload(s.who(who), "技术方案.pdf", stream).await.unwrap().id
}

#[tokio::test]
async fn a_planted_pair_with_one_author_one_machine_and_the_same_words_is_the_supervisors_alone_and_only_after_the_opening() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let mut bids = vec![];
    for (n, who) in ["bidder1", "bidder2"].iter().enumerate() {
        let mut offer = s.offer(n, ENTERPRISE);
        offer["attachments"] = json!([upload(&s, who, "Li Ming").await]);
        let b = s.seal(c, who, offer).await;
        s.app().note_origin(s.who(who), b, "10.0.0.7", "Firefox").await.unwrap();
        bids.push(b);
    }
    let mut other = s.offer(2, ENTERPRISE);
    for field in
        ["understanding", "route", "innovation", "plan_b", "test_plan", "team_text", "base_text", "estimate_note", "landing_plan"]
    {
        let own: String = (0..160).filter_map(|n| char::from_u32(0x5000 + n * 7)).collect();
        other[field] = json!(own);
    }
    other["county_fen"] = json!(31_234_567);
    other["members"][0]["money_fen"] = json!(31_234_567 + 180_000_000);
    bids.push(s.seal(c, "bidder3", other).await);
    assert!(standing(&s, "supervisor", c, FlagKind::Collusion).await.is_none(), "nothing is looked at before the opening");
    s.open(c).await;
    let codes = |x: &Standing| x.flag.evidence.iter().map(|e| e.code.clone()).collect::<Vec<_>>();
    let early = standing(&s, "supervisor", c, FlagKind::Collusion).await.unwrap();
    assert_eq!(codes(&early), ["pair", "same_machine", "same_words"], "price and attachments are still sealed");
    s.to_blind_locked(c, &bids).await;
    s.open_price(c).await;
    let case = s.app().case_flags(s.who("supervisor"), c).await.unwrap();
    let pairs: Vec<&Standing> = case.standings.iter().filter(|x| x.flag.kind == FlagKind::Collusion).collect();
    assert_eq!(pairs.len(), 1, "one pair of three");
    assert_eq!(codes(pairs[0]), ["pair", "same_writer", "same_machine", "same_words", "same_price"]);
    // The auditor learns that it is there and where it stands; nothing else, and can't judge it.
    let seen = s.app().case_flags(s.who("auditor"), c).await.unwrap();
    assert_eq!(seen.withheld, [(FlagKind::Collusion, "open")]);
    assert!(seen.standings.iter().all(|x| x.flag.kind != FlagKind::Collusion));
    assert_eq!(told(s.app().question_flag(s.who("auditor"), c, judge(&pairs[0].flag)).await), "no_such_flag");
    let f = s.app().question_flag(s.who("supervisor"), c, judge(&pairs[0].flag)).await.unwrap();
    for (who, said) in [
        ("auditor", "hidden"),
        ("officer", "hidden"),
        ("checker", "hidden"),
        ("head", "ok"),
        ("supervisor", "ok"),
        ("expert0", "hidden"),
    ] {
        assert_eq!(told(s.app().finding(s.who(who), f.id).await), said, "{who}");
    }
    assert_eq!(s.app().case_flags(s.who("auditor"), c).await.unwrap().withheld, [(FlagKind::Collusion, "asked")]);
    // Neither story nor record tells anybody what it rests on, and the bureau does not read that it is there.
    let challenge = s.challenge(c).await;
    for (who, entries) in [("officer", 0), ("checker", 0), ("expert0", 0), ("bidder1", 0), ("supervisor", 1), ("auditor", 1)] {
        let story = s.app().story(s.who(who), &challenge, None, 100).await.unwrap();
        let own: Vec<_> = story.iter().filter(|e| e.kind.starts_with("finding.")).collect();
        assert_eq!(own.len(), entries, "{who}");
        assert!(
            own.iter()
                .all(|e| !e.text.contains("Li Ming") && !e.text.contains(&bids[0].to_string()) && !e.text.contains("已核对")),
            "{who}"
        );
    }
}
