//! The lives' tables, beyond their soundness: ids as addresses need them, ends as the types know them, turns that exist.
use super::support::*;
use jiebang::{
    domain::{life::Life, *},
    store,
};
use std::collections::BTreeSet;

fn is_id(s: &str, joint: char) -> bool {
    !s.is_empty() && s.split(joint).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
}

#[test]
fn states_are_snake_case_and_acts_are_kebab_case() {
    let wrong = |life: &Life| -> Vec<String> {
        let states = life.states.iter().filter(|s| !is_id(s, '_'));
        let acts = life.lines.iter().map(|l| l.act).filter(|a| !is_id(a, '-')).collect::<Vec<_>>();
        states.copied().chain(acts).map(str::to_owned).collect()
    };
    for life in lives() {
        assert_eq!(wrong(&life), Vec::<String>::new(), "{}", life.noun);
    }
    assert!(!is_id("forfeitedBid", '_') && !is_id("a--b", '-') && is_id("list_notice", '_'));
}

#[test]
fn every_act_of_a_life_is_told_in_its_table() {
    macro_rules! untold { ($($state:ident $act:ident),*) => { vec![$({
        let told: BTreeSet<&str> = $state::life().lines.iter().map(|l| l.act).collect();
        let all: BTreeSet<&str> = $act::ALL.iter().map(|a| a.id()).collect();
        (stringify!($act), all.difference(&told).copied().collect::<Vec<_>>())
    }),*] } }
    let untold = untold!(
        ChallengeState ChallengeAct, BidState BidAct, TalkState TalkAct, AssignmentState AssignmentAct, NoticeState NoticeAct,
        ObjectionState ObjectionAct, TipOffState TipOffAct, ContractState ContractAct, MilestoneState MilestoneAct, InstalmentState InstalmentAct, ChangeState ChangeAct,
        AcceptanceState AcceptanceAct, GateState GateAct, SettlementState SettlementAct, ProgressState ProgressAct,
        IntegrityState IntegrityAct, FollowUpState FollowUpAct
    );
    assert_eq!(untold.into_iter().filter(|(_, acts)| !acts.is_empty()).collect::<Vec<_>>(), vec![]);
}

/// An end is what nothing leads on from; a step that stays where it is leads nowhere.
#[test]
fn the_ends_are_exactly_the_dead_ends() {
    for life in lives() {
        let leads_on = |s: &&str| life.lines.iter().any(|l| l.from == *s && l.to != *s);
        let dead: BTreeSet<&str> = life.states.iter().copied().filter(|s| !leads_on(s)).collect();
        assert_eq!(dead, life.ends.iter().copied().collect(), "{}", life.noun);
    }
}

/// Two lines may name one act for different people: then where the thing stands decides (a checker closes a decided
/// objection, the head a reconsidered one).
#[test]
fn which_acts_are_different_peoples_in_different_states() {
    let mut split = vec![];
    for life in lives() {
        let acts: BTreeSet<&str> = life.lines.iter().map(|l| l.act).collect();
        for act in acts {
            let whos: BTreeSet<&[Role]> = life.lines.iter().filter(|l| l.act == act).map(|l| l.who).collect();
            if whos.len() > 1 {
                split.push(format!("{}.{act}", life.noun));
            }
        }
    }
    assert_eq!(split, ["objection.closing", "instalment.rejection"]);
}

#[tokio::test]
async fn every_open_turn_names_an_act_that_its_role_may_take_there() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    s.seal_teams(c, ENTERPRISE, 1).await;
    s.to_submitted("poster2", need(ENTERPRISE, "single")).await;
    s.to_reviewing(GOVERNMENT, "single", 3).await;
    s.to_notice(GOVERNMENT, &[90, 85]).await;
    let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.request(&s.instalments(k).await[3], "bidder1", "u1").await;
    assert_eq!(s.challenge(c).await.head.state, ChallengeState::InProgress);
    let mut seen = BTreeSet::new();
    let desks =
        ["officer", "checker", "head", "supervisor", "finance", "poster", "service", "bidder1", "bidder2"].map(str::to_owned);
    for name in desks.into_iter().chain((0..12).map(|n| format!("expert{n}"))) {
        let actor = s.who(&name);
        for w in store::turn::queue(&s.app().db, actor, s.in_days(400), 200).await.unwrap() {
            let (noun, act) = w.turn.what.split_once('.').unwrap();
            let life = lives().into_iter().find(|l| l.noun == noun).unwrap_or_else(|| panic!("{noun}"));
            assert!(life.lines.iter().any(|l| l.act == act && l.who.contains(&w.turn.role)), "{}", w.turn.what);
            seen.insert(w.turn.what.clone());
        }
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        [
            "assignment.acceptance",
            "assignment.settlement",
            "challenge.opening",
            "challenge.panel-report",
            "challenge.screening",
            "contract.registration",
            "instalment.check",
            "milestone.evidence",
            "milestone.overdue-decision",
            "notice.confirmation",
        ]
    );
}
