//! Objections from the filing to the last remedy: proof, codes, two who investigate, clocks, reconsideration, relisting.
use super::support::*;
use jiebang::{
    app::follow::Followed,
    domain::{forms::*, *},
};
use serde_json::json;

fn apart() -> NoConflict {
    NoConflict { no_conflict: true }
}

fn follow(code: &str, step: Option<&str>, text: &str) -> Follow {
    form(json!({ "code": code, "step": step, "text": text }))
}

fn objection_of(found: Followed) -> Objection {
    match found {
        Followed::Objection(x) => x.0,
        Followed::TipOff(_) => panic!("the code of an objection leads to a clue"),
    }
}

#[tokio::test]
async fn a_visitor_follows_an_objection_by_its_code_and_nobody_else_does() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.object(n, &Actor::visitor()).await;
    let code = s.app().code_of(o.0);
    assert_eq!(code.len(), 31, "26 characters in groups");
    assert_ne!(s.objection(o).await.code.unwrap(), code, "only its hash is kept");
    assert_eq!(told(s.app().carry_on(follow("00000-00000-00000-00000", None, "")).await), "follow_unknown");
    assert_eq!(told(s.app().carry_on(follow(&code, Some("completion"), "补充")).await), "text too_short");
    s.app().ask_completion(s.who("checker"), o, reason()).await.unwrap();
    let typed = code.to_lowercase().replace('-', " ");
    let text = "补充的事实与证据材料说明如下，请予以核查，附合同复印件。";
    let x = objection_of(s.app().carry_on(follow(&typed, Some("completion"), text)).await.unwrap());
    assert_eq!((x.head.state, x.facts.as_str()), (ObjectionState::Filed, text));
    let x = objection_of(s.app().carry_on(follow(&code, Some("withdrawal"), "问题已经说明清楚")).await.unwrap());
    assert_eq!(x.head.state, ObjectionState::Withdrawn);
}

#[tokio::test]
async fn a_contact_is_sealed_and_read_for_a_reason_that_is_recorded() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.object(n, s.who("bidder2")).await;
    let stored = serde_json::to_string(&s.objection(o).await).unwrap();
    assert!(!stored.contains("13812345678") && stored.contains("138****5678"));
    let (checker, auditor) = (s.who("checker"), s.who("auditor"));
    assert_eq!(s.app().contact_of(checker, &s.objection(o).await).unwrap(), "138****5678");
    assert_eq!(told(s.app().read_contact(auditor, o, reason()).await), "forbidden");
    s.app().read_contact(checker, o, reason()).await.unwrap();
    let now = s.objection(o).await;
    assert_eq!(s.app().contact_of(checker, &now).unwrap(), "13812345678");
    assert_eq!(s.app().contact_of(s.who("head"), &now).unwrap(), "138****5678", "whoever did not ask");
    s.advance(1);
    assert_eq!(s.app().contact_of(checker, &now).unwrap(), "138****5678", "for an hour");
}

#[tokio::test]
async fn two_investigate_who_have_no_part_in_it_and_the_other_side_is_heard() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    let dismiss = || Stage::ruling("dismiss", None);
    s.app().investigate_objection(s.who("checker"), o, apart()).await.unwrap();
    assert_eq!(told(s.app().join_investigation(s.who("officer"), o, apart()).await), "the same person took the step before");
    assert_eq!(told(s.app().decide_objection(s.who("head"), o, dismiss()).await), "two_investigators");
    s.app().join_investigation(s.who("officer2"), o, apart()).await.unwrap();
    assert_eq!(told(s.app().find_on_objection(s.who("checker"), o, Stage::findings()).await), "answer_awaited");
    assert_eq!(told(s.app().decide_objection(s.who("head"), o, dismiss()).await), "findings_first");
    s.set_clock(s.objection(o).await.due("answer").unwrap());
    assert_eq!(told(s.app().answer_objection(s.who("bidder1"), o, reason()).await), "answer_too_late");
    s.app().find_on_objection(s.who("checker"), o, Stage::findings()).await.unwrap();
    let mut own = dismiss();
    own.attendance[0].name = s.who("officer2").name.clone();
    own.number = "另一次会议1号".into();
    assert_eq!(told(s.app().decide_objection(s.who("head"), o, own).await), "member_must_recuse");
    let decided = s.app().decide_objection(s.who("head"), o, dismiss()).await.unwrap();
    let letter = decided.letter.unwrap();
    assert_eq!((letter.outcome.as_str(), letter.facts_found.is_empty()), ("dismissed", false));
}

#[tokio::test]
async fn the_time_is_extended_once_and_a_second_look_needs_new_facts_in_time() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    let due = s.objection(o).await.head.due.unwrap();
    s.app().extend_objection(s.who("head"), o, reason()).await.unwrap();
    let fifteen = Calendar::seed().add_workdays(jiebang::domain::notice::last_day(due), 15).date;
    assert_eq!(s.objection(o).await.head.due, Some(deadline_instant(fifteen)));
    assert_eq!(told(s.app().extend_objection(s.who("head"), o, reason()).await), "extended_once_only");
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await.unwrap();
    assert_eq!(told(s.app().close_objection(s.who("checker"), o, reason()).await), "reconsider_running");
    s.app().ask_reconsideration(s.who("bidder2"), o, new_facts()).await.unwrap();
    s.app().reopen_objection(s.who("head"), o, reason()).await.unwrap();
    assert_eq!(
        (s.objection(o).await.head.state, s.notice(n).await.head.state),
        (ObjectionState::Investigating, NoticeState::Suspended)
    );
    let other = s.object(n, s.who("bidder3")).await;
    s.app().accept_objection(s.who("checker"), other, plain()).await.unwrap();
    s.examine(other).await;
    s.app().decide_objection(s.who("head"), other, Stage::ruling("dismiss", None)).await.unwrap();
    s.set_clock(s.objection(other).await.due("reconsideration-ask").unwrap());
    assert_eq!(told(s.app().ask_reconsideration(s.who("bidder3"), other, new_facts()).await), "reconsider_too_late");
    s.app().close_objection(s.who("checker"), other, reason()).await.unwrap();
}

#[tokio::test]
async fn grave_facts_are_examined_though_withdrawn_and_an_unsound_list_is_listed_anew() {
    let s = Stage::new().await;
    let (c, bids, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    s.app().withdraw_objection(s.who("bidder2"), o, reason()).await.unwrap();
    assert_eq!(s.notice(n).await.head.state, NoticeState::InPublicity);
    s.app().examine_ex_officio(s.who("checker"), o, reason()).await.unwrap();
    assert_eq!(s.notice(n).await.head.state, NoticeState::Suspended);
    assert_eq!(told(s.app().withdraw_objection(s.who("bidder2"), o, reason()).await), "examined_ex_officio");
    s.app().join_investigation(s.who("officer2"), o, apart()).await.unwrap();
    s.app().answer_objection(s.who("bidder1"), o, reason()).await.unwrap();
    s.app().find_on_objection(s.who("officer2"), o, Stage::findings()).await.unwrap();
    s.app().decide_objection(s.who("head"), o, Stage::ruling("uphold", Some("relist"))).await.unwrap();
    let states = (s.notice(n).await.head.state, s.challenge(c).await.head.state, s.bid(bids[0]).await.head.state);
    assert_eq!(states, (NoticeState::Revoked, ChallengeState::Lapsed, BidState::NotSelected));
    let form = form(json!({ "what_changed": "按处理决定修改评审条件后重新发榜", "close_at": s.in_days(31).to_string() }));
    let new = s.app().relist_challenge(s.who("officer"), c, form).await.unwrap();
    assert_eq!((new.head.state, new.previous), (ChallengeState::Published, Some(c)));
    let years = s.app().objection_statistics().await.unwrap();
    assert_eq!((years[0].filed, years[0].accepted, years[0].upheld, years[0].late), (1, 1, 1, 0));
    let public = s.t.get("", &format!("/notices/{n}")).await.ok().to_string();
    assert!(!public.contains("李示例"));
}
