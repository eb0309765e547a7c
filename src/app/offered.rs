//! Which steps an actor could take now: read from the lives' tables, the policy and the guards, so that a button, the API's
//! `actions` and the refusal of the act itself can't disagree.
use super::*;

/// A step that follows from where the thing stands and that this actor may take; barred by a guard when `refusal` says so.
#[derive(Clone, Debug)]
pub struct Offered {
    pub step: &'static str,
    pub refusal: Option<Refusal>,
}

fn offer<A: Copy>(
    all: &'static [A],
    id: fn(A) -> &'static str,
    permitted: impl Fn(A) -> bool,
    may: impl Fn(A) -> std::result::Result<(), Refusal>,
) -> Vec<Offered> {
    let mut out = vec![];
    for act in all.iter().copied() {
        let said = may(act);
        if said.as_ref().is_err_and(|r| r.code == "out_of_order") || !permitted(act) {
            continue;
        }
        out.push(Offered { step: id(act), refusal: said.err() });
    }
    out
}

pub fn on_challenge(actor: &Actor, c: &Challenge, m: &Moment) -> Vec<Offered> {
    let permitted = |a| policy::on_challenge(actor, c, a, m.now).is_ok();
    let mut out = offer(ChallengeAct::ALL, ChallengeAct::id, permitted, |a| c.may(a, m));
    out.extend(lobbying(actor));
    if policy::start_bid(actor, c, m.now).is_ok() && c.state_at(m.now) == ChallengeState::Published {
        out.push(Offered { step: "bids", refusal: c.accepts_bids(m.now).err() });
        out.push(Offered { step: "questions", refusal: None });
        if c.need.as_ref().is_some_and(Need::is_enterprise_posted) {
            out.push(Offered { step: "interests", refusal: None });
        }
    }
    if c.published_at.is_some() && policy::see_flags(actor).is_ok() {
        out.extend(["flag-dismissal", "flag-question"].map(|step| Offered { step, refusal: None }));
    }
    out
}

pub fn on_finding(actor: &Actor, x: &Finding) -> Vec<Offered> {
    offer(FindingAct::ALL, FindingAct::id, |a| policy::on_finding(actor, x, a).is_ok(), |a| x.head.state.step(a).map(drop))
}

pub fn on_tip_off(actor: &Actor, x: &TipOff) -> Vec<Offered> {
    offer(TipOffAct::ALL, TipOffAct::id, |a| policy::on_tip_off(actor, x, a).is_ok(), |a| x.head.state.step(a).map(drop))
}

/// Whoever may be spoken to about a case can record it there.
fn lobbying(actor: &Actor) -> Option<Offered> {
    policy::record_lobbying(actor).is_ok().then_some(Offered { step: "lobbying", refusal: None })
}

pub fn on_bid(actor: &Actor, b: &Bid, c: &Challenge, m: &Moment) -> Vec<Offered> {
    offer(BidAct::ALL, BidAct::id, |a| policy::on_bid(actor, b, c, a).is_ok(), |a| b.may(a, c, m))
}

pub fn on_assignment(actor: &Actor, a: &Assignment, c: &Challenge, m: &Moment) -> Vec<Offered> {
    let out = offer(AssignmentAct::ALL, AssignmentAct::id, |x| policy::on_assignment(actor, a, x).is_ok(), |x| a.may(x, c, m));
    let out = out.into_iter().chain(lobbying(actor).filter(|_| actor.account == a.expert));
    // The supervisor replaces through the challenge, where the next of the sequence is drawn.
    out.filter(|o| o.step != "replacement").collect()
}

pub fn on_question(actor: &Actor, q: &Question, c: &Challenge, m: &Moment) -> Vec<Offered> {
    if q.answer.is_some() || policy::answer_question(actor, q, c, m.now).is_err() {
        return vec![];
    }
    vec![Offered { step: "answer", refusal: c.accepts_bids(m.now).err() }]
}

pub fn on_talk(actor: &Actor, t: &Talk) -> Vec<Offered> {
    offer(TalkAct::ALL, TalkAct::id, |a| policy::on_talk(actor, t, a).is_ok(), |a| t.may(a))
}

pub fn on_notice(actor: &Actor, n: &Notice, m: &Moment) -> Vec<Offered> {
    let mut out = offer(NoticeAct::ALL, NoticeAct::id, |a| policy::on_notice(actor, n, a).is_ok(), |a| n.may(a, m));
    if matches!(n.head.state, NoticeState::InPublicity | NoticeState::Suspended) {
        out.push(Offered { step: "objections", refusal: n.takes_objections(m.now).err() });
    }
    out
}

pub fn on_objection(actor: &Actor, o: &Objection, n: &Notice, m: &Moment) -> Vec<Offered> {
    let mut out = offer(ObjectionAct::ALL, ObjectionAct::id, |a| policy::on_objection(actor, o, n, a).is_ok(), |a| o.may(a, m));
    // Of those who investigate, the second only has to be found once.
    out.retain(|x| x.refusal.as_ref().is_none_or(|r| r.code != "two_investigate"));
    if policy::read_contact(actor, o).is_ok() && o.head.state != ObjectionState::MovedToTipOff {
        out.push(Offered { step: "contact-reading", refusal: None });
    }
    out
}

pub fn on_contract(actor: &Actor, k: &Contract) -> Vec<Offered> {
    let mut out = offer(ContractAct::ALL, ContractAct::id, |a| policy::on_contract(actor, k, a).is_ok(), |a| k.may(a));
    out.retain(|o| {
        let done = match o.step {
            "agreement" => marked(&k.agreed, k, actor),
            "signature" => marked(&k.signed, k, actor),
            _ => false,
        };
        !done
    });
    if k.starts_on.is_some() && policy::record_spending(actor, k).is_ok() {
        out.push(Offered { step: "spendings", refusal: None });
        out.push(Offered { step: "final-accounts", refusal: None });
    }
    if k.head.state == ContractState::Effective && policy::ask_change(actor, k).is_ok() {
        out.push(Offered { step: "changes", refusal: None });
    }
    out
}

fn marked(marks: &[Mark], k: &Contract, actor: &Actor) -> bool {
    marks.iter().any(|m| Some(m.party.as_str()) == k.party_of(actor))
}

pub fn on_milestone(actor: &Actor, x: &Milestone, k: &Contract, m: &Moment) -> Vec<Offered> {
    offer(
        MilestoneAct::ALL,
        MilestoneAct::id,
        |a| policy::on_milestone(actor, x, k, a).is_ok(),
        |a| {
            x.may(a, m)?;
            ensure(k.head.state == ContractState::Effective, "contract_not_effective")
        },
    )
}

pub fn on_instalment(actor: &Actor, i: &Instalment, k: &Contract) -> Vec<Offered> {
    let out = offer(InstalmentAct::ALL, InstalmentAct::id, |a| policy::on_instalment(actor, i, k, a).is_ok(), |a| i.may(a));
    out.into_iter()
        .filter(|o| {
            !o.refusal.as_ref().is_some_and(|r| matches!(r.code, "county_money_needs_approval" | "enterprise_pays_directly"))
        })
        .collect()
}

pub fn on_change(actor: &Actor, x: &ContractChange, k: &Contract, m: &Moment) -> Vec<Offered> {
    let out = offer(ChangeAct::ALL, ChangeAct::id, |a| policy::on_change(actor, x, k, a).is_ok(), |a| x.may(a, m));
    // Of the two ways that a kind may go, only the one it goes is shown.
    let other = ["change_needs_approval", "change_is_filing", "change_needs_meeting", "change_needs_no_meeting"];
    out.into_iter().filter(|o| !o.refusal.as_ref().is_some_and(|r| other.contains(&r.code))).collect()
}

pub fn on_acceptance(actor: &Actor, x: &Acceptance, k: &Contract) -> Vec<Offered> {
    let out = offer(AcceptanceAct::ALL, AcceptanceAct::id, |a| policy::on_acceptance(actor, x, k, a).is_ok(), |a| x.may(a));
    out.into_iter().filter(|o| o.refusal.as_ref().is_none_or(|r| r.code != "panel_found_otherwise")).collect()
}

pub fn on_spending(actor: &Actor, x: &Spending, k: &Contract) -> Vec<Offered> {
    let permitted = |a| policy::on_spending(actor, x, k, a).is_ok();
    offer(SpendingAct::ALL, SpendingAct::id, permitted, |a| x.head.state.step(a).map(drop))
}

pub fn on_final_account(actor: &Actor, x: &FinalAccount, k: &Contract, m: &Moment) -> Vec<Offered> {
    let permitted = |a| policy::on_final_account(actor, x, k, a).is_ok();
    let ended = |a| match a {
        FinalAccountAct::Settle | FinalAccountAct::OrderRefund => {
            ensure(FinalAccount::surplus_rule(k.head.state).is_some(), "contract_still_runs")
        }
        _ => Ok(()),
    };
    offer(FinalAccountAct::ALL, FinalAccountAct::id, permitted, |a| x.may(a, m).and_then(|()| ended(a)))
}
