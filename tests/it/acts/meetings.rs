//! Meetings: who sat, one number for one meeting, several cases at one sitting, and what of it is shown to whom.
use super::support::*;
use crate::support::roll;
use jiebang::{
    app::Page,
    domain::{forms::*, *},
};
use serde_json::{Value, json};

fn first() -> Page {
    Page { after: None, limit: 20 }
}

fn approval(number: &str, held_on: &str, roll: Value) -> Approval {
    form(json!({ "number": number, "held_on": held_on, "attendance": roll, "fair_competition_reviewed": true }))
}

#[tokio::test]
async fn one_meeting_decides_several_cases_under_one_number_with_one_list() {
    let s = Stage::new().await;
    let a = s.to_decided("service", need(GOVERNMENT, "single")).await;
    let b = s.to_decided("poster", need(ENTERPRISE, "single")).await;
    let head = s.who("head");
    s.app().approve_challenge(head, a, approval("会纪1号", "2026-03-02", roll())).await.unwrap();
    let (mut other, mut away) = (roll(), roll());
    other[0]["name"] = json!("另有其人");
    away[1]["vote"] = json!("absent");
    for (form, said) in [
        (approval("会纪1号", "2026-03-01", roll()), "minutes_of_another_day"),
        (approval("会纪1号", "2026-03-02", other), "attendance_differs"),
        (approval("会纪1号", "2026-03-02", away), "attendance_differs"),
        (approval("会纪2号", "2096-03-02", roll()), "date_in_future"),
    ] {
        assert_eq!(told(s.app().approve_challenge(head, b, form).await), said);
    }
    // Votes and recusals are of each question.
    let mut recused = roll();
    recused[2]["vote"] = json!("recused");
    s.app().approve_challenge(head, b, approval("会纪1号", "2026-03-02", recused)).await.unwrap();
    let (meetings, cases) = s.app().meetings(s.who("auditor"), first()).await.unwrap();
    let of: Vec<(Option<ChallengeId>, usize)> =
        cases.iter().filter(|d| d.meeting == meetings.items[0].id).map(|d| (d.challenge, Count::of(&d.roll).recused)).collect();
    assert_eq!((meetings.items.len(), of), (1, vec![(Some(a), 0), (Some(b), 1)]));
    assert_eq!(s.app().last_roll(head).await.unwrap().len(), 4);
    for name in ["poster", "bidder1", "expert0", "finance", "admin"] {
        assert_eq!(told(s.app().meetings(s.who(name), first()).await), "hidden", "{name}");
    }
}

#[tokio::test]
async fn how_each_voted_is_for_those_who_oversee_and_how_many_for_all() {
    let s = Stage::new().await;
    let (c, _, _) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let path = format!("/challenges/{c}");
    let public = s.t.get("", &path).await.ok();
    assert_eq!(public["listing"]["count"]["in_favour"], 3);
    assert!(!public.to_string().contains("武建国"));
    assert_eq!(s.t.get("auditor", &path).await.ok()["listing"]["attendance"][0]["name"], "武建国");
    let story = s.t.get("", &format!("{path}/story")).await.ok();
    assert!(!story.to_string().contains("武建国"));
}
