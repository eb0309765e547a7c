//! A panel's seats as time passes: silence, the next of the draw, the alarm.
use super::support::*;
use jiebang::domain::{forms::*, *};
use jiebang::store;

async fn story(s: &Stage, c: ChallengeId) -> Vec<String> {
    let mut all = store::event::of_case(&s.app().db, c, &Visibility::ALL, None, 200).await.unwrap();
    all.reverse();
    all.into_iter().map(|e| e.kind).filter(|k| k.starts_with("assignment.") || k.starts_with("challenge.panel")).collect()
}

async fn sitting(s: &Stage, c: ChallengeId) -> Vec<Assignment> {
    s.assignments(c).await.into_iter().filter(|a| a.sits()).collect()
}

/// An invitation that nobody answered in time: the platform marks it and invites the next of the draw, once, however many
/// nodes look at the clock.
#[tokio::test]
async fn an_expert_who_keeps_silent_is_followed_by_the_next_of_the_draw() {
    let s = Stage::new().await;
    let (c, _) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    let seats = s.assignments(c).await;
    let (silent, rest) = seats.split_first().unwrap();
    for a in rest {
        s.seat(a).await;
    }
    let due = silent.head.due.unwrap();
    s.set_clock(due - jiff::SignedDuration::from_millis(1));
    s.app().keep_all_seats().await.unwrap();
    assert_eq!(sitting(&s, c).await.len(), 5);
    assert_eq!(s.assignments(c).await.len(), 5, "a millisecond early nothing happens");
    s.set_clock(due);
    let nodes = (0..8).map(|_| s.app().keep_all_seats());
    futures_util::future::join_all(nodes).await.into_iter().for_each(|r| r.unwrap());
    let all = s.assignments(c).await;
    let gone = all.iter().find(|a| a.id == silent.id).unwrap();
    let next = all.iter().find(|a| Some(a.id) == gone.next).unwrap();
    assert_eq!((gone.head.state, next.head.state, all.len()), (AssignmentState::NoReply, AssignmentState::Invited, 6));
    let panel = s.challenge(c).await.panel.unwrap();
    assert!(panel.sequence[5..].contains(&next.expert));
    assert_eq!(panel.experts.last(), Some(&next.expert));
    let told_late = told(s.app().accept_invitation(s.expert(silent.expert), silent.id, NoConflict { no_conflict: true }).await);
    assert_eq!(told_late, "out_of_order", "late is late");
    let kinds = story(&s, c).await;
    assert_eq!(kinds[kinds.len() - 2..], ["assignment.no-reply", "challenge.panel-succession"]);
    s.app().keep_all_seats().await.unwrap();
    assert_eq!(story(&s, c).await, kinds, "nothing is done twice");
    let by = store::event::of_case(&s.app().db, c, &Visibility::ALL, None, 1).await.unwrap().remove(0);
    assert_eq!((by.actor_role.as_str(), by.visibility.as_str()), ("system", "bureau"));
}

/// Whoever touches the case after the time has passed finds the next one invited, without any clockwork.
#[tokio::test]
async fn whoever_touches_the_case_finds_it_kept() {
    let s = Stage::new().await;
    let (c, _) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    let silent = s.assignments(c).await.remove(0);
    s.set_clock(silent.head.due.unwrap());
    let late = s.app().accept_invitation(s.expert(silent.expert), silent.id, NoConflict { no_conflict: true }).await;
    assert_eq!(told(late), "out_of_order");
    assert_eq!(s.assignments(c).await.iter().filter(|a| a.head.state == AssignmentState::NoReply).count(), 5, "all were silent");
    assert_eq!(sitting(&s, c).await.len(), 5);
}

/// Officers can't replace until it suits: more than a third replaced raises an alarm, once, and it is shown (domain 5.5).
#[tokio::test]
async fn an_alarm_is_raised_when_more_than_a_third_was_replaced() {
    let s = Stage::new().await;
    let (c, _) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    let technical = async || {
        let pool = store::account::of_role(&s.app().db, Role::Expert, 100).await.unwrap();
        let kind = |id: AccountId| pool.iter().find(|a| a.id == id).unwrap().expert.clone().unwrap().kind;
        let all = sitting(&s, c).await;
        all.into_iter().find(|a| a.head.state == AssignmentState::Invited && kind(a.expert) == "technical").unwrap()
    };
    let decline = async || {
        let a = technical().await;
        s.app().decline_invitation(s.expert(a.expert), a.id, reason()).await.unwrap();
    };
    decline().await;
    assert_eq!(s.challenge(c).await.panel.unwrap().alarm, None, "one of five is no third");
    decline().await;
    let alarm = s.challenge(c).await.panel.unwrap().alarm.unwrap();
    assert_eq!((alarm.replaced, alarm.seats), (2, 5));
    decline().await;
    assert_eq!(story(&s, c).await.iter().filter(|k| *k == "challenge.panel-alarm").count(), 1);
    for who in ["officer", "supervisor", "auditor"] {
        let page = s.t.page(who, &format!("/challenges/{}", c.0)).await;
        assert!(page.body.to_string().contains("超过三分之一"), "{who}");
        let desk = s.t.page(who, "/desk").await;
        assert!(desk.body.to_string().contains("评审专家更换预警"), "{who}");
    }
    for who in ["bidder1", ""] {
        let page = s.t.page(who, &format!("/challenges/{}", c.0)).await;
        assert!(!page.body.to_string().contains("超过三分之一"), "{who}");
    }
}
