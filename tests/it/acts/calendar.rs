//! A calendar that comes after a notice was printed (domain 8): a printed end stands unless it would be shorter than the rule.
use super::support::*;
use jiebang::domain::*;
use serde_json::json;

/// The calendar in force, with these days made days of rest, or of work.
async fn announce(s: &Stage, source: &str, kind: &str, days: &[jiff::civil::Date]) {
    let mut said: serde_json::Value = serde_json::from_str(&s.app().glance().await.unwrap().calendar.to_json()).unwrap();
    said["source"] = json!(source);
    let named: Vec<String> = days.iter().map(ToString::to_string).collect();
    said[kind]["new"] = json!(named);
    s.app().import_holidays(&Actor::system(), &said.to_string()).await.unwrap();
}

/// The next `n` working days after today.
async fn next(s: &Stage, n: i64) -> Vec<jiff::civil::Date> {
    let m = s.app().glance().await.unwrap();
    (1..=n).map(|k| m.calendar.add_workdays(date_of(m.now), k).date).collect()
}

#[tokio::test]
async fn a_notice_that_later_holidays_make_too_short_is_corrected_in_public() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(ENTERPRISE, &[90]).await;
    let printed = s.notice(n).await.ends_at.unwrap();
    let days = next(&s, 2).await;
    s.advance(1);
    announce(&s, "国办通知（一）", "rest", &days).await;
    let corrected = s.notice(n).await;
    let end = corrected.ends_at.unwrap();
    assert!(end > printed && corrected.corrected_from == Some(printed) && corrected.editions == 2);
    let m = s.app().glance().await.unwrap();
    assert_eq!(m.calendar.remaining(date_of(corrected.head.since), last_day(end)), i64::from(corrected.days));
    // Printed anew and told; done again there is nothing to do.
    let text = s.t.get("", &format!("/notices/{}/documents/proposed_award_notice?format=text", n.0)).await;
    let place = text.headers["location"].to_str().unwrap().strip_prefix("/api/v1").unwrap();
    let text = s.t.get("", place).await;
    assert!(text.text().contains("更正说明"), "{text:?}");
    let story = s.t.get("", &format!("/challenges/{}/story", c.0)).await.ok().to_string();
    assert!(story.contains("notice.correction"), "{story}");
    assert_eq!(s.app().correct_periods().await.unwrap(), 0);
    // Nobody confirms by the end that was printed, and who objects between the two is in time.
    s.set_clock(printed);
    assert_eq!(told(s.app().confirm_notice(s.who("officer"), n, plain()).await), "notice_running");
    let o = s.object(n, s.who("bidder2")).await;
    assert_eq!(told(s.app().withdraw_objection(s.who("bidder3"), o, reason()).await), "hidden");
    s.app().withdraw_objection(s.who("bidder2"), o, reason()).await.unwrap();
    // One with more working days leaves the end as it is printed.
    announce(&s, "国办通知（二）", "rest", &[]).await;
    assert_eq!(s.notice(n).await.ends_at, Some(end));
    s.set_clock(end);
    s.app().confirm_notice(s.who("officer"), n, plain()).await.unwrap();
    s.verified().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_was_stopped_is_corrected_by_what_it_had_left() {
    let s = Stage::new().await;
    let (_, _, n) = s.to_notice(ENTERPRISE, &[90]).await;
    s.set_clock(format!("{}T02:00:00Z", next(&s, 3).await[2]).parse().unwrap());
    let o = s.hold(n).await;
    // While it stands still there is no end to correct.
    announce(&s, "国办通知（一）", "rest", &next(&s, 1).await).await;
    assert_eq!(s.notice(n).await.editions, 1);
    s.advance(1);
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await.unwrap();
    let running = s.notice(n).await;
    assert_eq!(running.head.state, NoticeState::InPublicity);
    let left = running.runs.unwrap();
    assert!(left < running.days);
    announce(&s, "国办通知（二）", "rest", &next(&s, 1).await).await;
    let corrected = s.notice(n).await;
    let m = s.app().glance().await.unwrap();
    let end = last_day(corrected.ends_at.unwrap());
    assert_eq!(m.calendar.remaining(date_of(corrected.head.since), end), i64::from(left));
    s.verified().await.unwrap();
}

#[tokio::test]
async fn the_list_and_the_verdict_on_notice_are_corrected_too() {
    let s = Stage::new().await;
    let c = s.to_list_notice("poster", need(ENTERPRISE, "single")).await;
    let printed = s.challenge(c).await.head.due.unwrap();
    announce(&s, "国办通知（一）", "rest", &next(&s, 1).await).await;
    let end = s.challenge(c).await.head.due.unwrap();
    assert!(end > printed);
    s.set_clock(printed);
    let form = form(json!({ "close_at": s.in_days(31).to_string() }));
    assert_eq!(told(s.app().publish_challenge(s.who("officer"), c, form).await), "list_notice_running");

    let (_, _, k) = s.to_effective(ENTERPRISE, &[90]).await;
    for number in 1..=3 {
        s.pass_milestone(k, number, ENTERPRISE, 0).await;
    }
    let x = s.acceptance(k).await.id;
    s.app().apply_acceptance(s.who("bidder1"), x, s.application(0, "none", None).await).await.unwrap();
    s.app().check_acceptance(s.who("officer"), x, plain()).await.unwrap();
    s.app().record_measurements(s.who("officer"), x, s.measurements("98.9", "met").await).await.unwrap();
    s.app().judge_acceptance(s.who("officer"), x, s.panel("passed", None).await).await.unwrap();
    let printed = s.app().publish_verdict(s.who("officer"), x, plain()).await.unwrap().head.due.unwrap();
    announce(&s, "国办通知（二）", "rest", &next(&s, 2).await).await;
    let end = s.acceptance(k).await.head.due.unwrap();
    assert!(end > printed);
    s.set_clock(printed);
    assert_eq!(told(s.app().decide_acceptance(s.who("head"), x, meeting(json!({}))).await), "verdict_on_notice");
    s.set_clock(end);
    s.app().decide_acceptance(s.who("head"), x, meeting(json!({}))).await.unwrap();
    assert_eq!(s.app().correct_periods().await.unwrap(), 0);
    s.verified().await.unwrap();
}
