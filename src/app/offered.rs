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
    if policy::set_gate(actor, c, m.now).is_ok() {
        out.push(Offered { step: "gates", refusal: None });
    }
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
    offer(TipOffAct::ALL, TipOffAct::id, |a| policy::on_tip_off(actor, x, a).is_ok(), |a| x.may(a))
}

/// Whoever may be spoken to about a case can record it there.
fn lobbying(actor: &Actor) -> Option<Offered> {
    policy::record_lobbying(actor).is_ok().then_some(Offered { step: "lobbying", refusal: None })
}

pub fn on_bid(actor: &Actor, b: &Bid, c: &Challenge, m: &Moment) -> Vec<Offered> {
    let mut out = offer(BidAct::ALL, BidAct::id, |a| policy::on_bid(actor, b, c, a).is_ok(), |a| b.may(a, c, m));
    if c.opened_at.is_some() && policy::propose_integrity(actor, b.id.0).is_ok() {
        out.push(Offered { step: "integrity-records", refusal: None });
    }
    out
}

pub fn on_assignment(actor: &Actor, a: &Assignment, c: &Challenge, m: &Moment) -> Vec<Offered> {
    let out = offer(AssignmentAct::ALL, AssignmentAct::id, |x| policy::on_assignment(actor, a, x).is_ok(), |x| a.may(x, c, m));
    let out = out.into_iter().chain(lobbying(actor).filter(|_| policy::record_lobbying_of_review(actor, a).is_ok()));
    // The supervisor replaces through the challenge, where the next of the sequence is drawn.
    let mut out: Vec<Offered> = out.filter(|o| o.step != "replacement").collect();
    if policy::propose_integrity(actor, a.id.0).is_ok() {
        out.push(Offered { step: "integrity-records", refusal: None });
    }
    out
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
    let party = k.party_of(actor).unwrap_or_default();
    out.retain(|o| match o.step {
        "agreement" => !k.agreed.iter().any(|m| m.party == party),
        "signature" => !k.unsigned(&party).is_empty(),
        "signature-withdrawal" => k.signed.iter().any(|m| m.party == party),
        "deviation-answer" => k.deviations.iter().any(|d| d.is_open() && d.party != party),
        "registration" => k.wants_registration(),
        _ => true,
    });
    if k.starts_on.is_some() && policy::record_spending(actor, k).is_ok() {
        out.push(Offered { step: "spendings", refusal: None });
        out.push(Offered { step: "final-accounts", refusal: None });
    }
    if matches!(k.head.state, ContractState::Effective | ContractState::Suspended) && policy::file_progress(actor, k).is_ok() {
        out.push(Offered { step: "progress-reports", refusal: None });
    }
    let budgeted = !k.lump_sum && k.spends(Channel::Fiscal) && k.county_fen > Money::default();
    if budgeted && k.head.state == ContractState::Effective && policy::propose_budget(actor, k).is_ok() {
        out.push(Offered { step: "budgets", refusal: None });
    }
    if k.starts_on.is_some() && policy::propose_integrity(actor, k.id.0).is_ok() {
        out.push(Offered { step: "integrity-records", refusal: None });
    }
    if k.head.state == ContractState::Effective && policy::ask_change(actor, k).is_ok() {
        out.push(Offered { step: "changes", refusal: None });
    }
    out
}

pub fn on_template(actor: &Actor, x: &Template) -> Vec<Offered> {
    offer(TemplateAct::ALL, TemplateAct::id, |a| policy::on_template(actor, x, a).is_ok(), |a| x.may(a))
}

pub fn on_milestone(actor: &Actor, x: &Milestone, k: &Contract, m: &Moment) -> Vec<Offered> {
    offer(
        MilestoneAct::ALL,
        MilestoneAct::id,
        |a| policy::on_milestone(actor, x, k, a).is_ok(),
        |a| {
            x.may(a, m)?;
            let runs = k.head.state == ContractState::Effective || x.head.state == MilestoneState::Conditional;
            ensure(runs, "contract_not_effective")
        },
    )
}

pub fn on_instalment(actor: &Actor, i: &Instalment, k: &Contract) -> Vec<Offered> {
    let out = offer(InstalmentAct::ALL, InstalmentAct::id, |a| policy::on_instalment(actor, i, k, a).is_ok(), |a| i.may(a));
    out.into_iter()
        .filter(|o| {
            !o.refusal.as_ref().is_some_and(|r| {
                matches!(r.code, "county_money_needs_approval" | "enterprise_pays_directly" | "no_partner_to_pay")
            })
        })
        .collect()
}

pub fn on_change(actor: &Actor, x: &ContractChange, k: &Contract, m: &Moment) -> Vec<Offered> {
    let out = offer(ChangeAct::ALL, ChangeAct::id, |a| policy::on_change(actor, x, k, a).is_ok(), |a| x.may(a, m));
    // Of the two ways that a kind may go, only the one it goes is shown.
    let party = k.party_of(actor).unwrap_or_default();
    let signed = x.marks.iter().any(|m| m.party == party) || !k.supplement_parties().contains(&party.as_str());
    let out = out.into_iter().filter(|o| o.step != "supplement" || !signed).collect::<Vec<_>>();
    let other = ["change_needs_approval", "change_is_filing", "change_needs_meeting", "change_needs_no_meeting"];
    out.into_iter().filter(|o| !o.refusal.as_ref().is_some_and(|r| other.contains(&r.code))).collect()
}

pub fn on_acceptance(actor: &Actor, x: &Acceptance, k: &Contract, m: &Moment) -> Vec<Offered> {
    let out = offer(AcceptanceAct::ALL, AcceptanceAct::id, |a| policy::on_acceptance(actor, x, k, a).is_ok(), |a| x.may(a, m));
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

pub fn on_gate(actor: &Actor, x: &Gate, m: &Moment) -> Vec<Offered> {
    let mut out = offer(GateAct::ALL, GateAct::id, |a| policy::on_gate(actor, x, a).is_ok(), |a| x.may(a, m));
    let signed = x.merger.as_ref().is_some_and(|j| j.agreed.iter().any(|a| a.party == actor.org.to_string()));
    out.retain(|o| !(signed && o.step == "merger-agreement"));
    out
}

pub fn on_settlement(actor: &Actor, x: &Settlement, k: &Contract) -> Vec<Offered> {
    let permitted = |a| policy::on_settlement(actor, x, k, a).is_ok();
    offer(SettlementAct::ALL, SettlementAct::id, permitted, |a| x.head.state.step(a).map(drop))
}

pub fn on_progress(actor: &Actor, x: &Progress, k: &Contract) -> Vec<Offered> {
    let permitted = |a| policy::on_progress(actor, x, k, a).is_ok();
    offer(ProgressAct::ALL, ProgressAct::id, permitted, |a| x.head.state.step(a).map(drop))
}

pub fn on_integrity(actor: &Actor, x: &Integrity, m: &Moment) -> Vec<Offered> {
    let permitted = |a| policy::on_integrity(actor, x, a, m.now).is_ok();
    offer(IntegrityAct::ALL, IntegrityAct::id, permitted, |a| x.may(a, m))
}

pub fn on_follow_up(actor: &Actor, x: &FollowUp, k: &Contract, m: &Moment) -> Vec<Offered> {
    let permitted = |a| policy::on_follow_up(actor, x, k, a).is_ok();
    offer(FollowUpAct::ALL, FollowUpAct::id, permitted, |a| x.may(a, m))
}

pub fn on_budget(actor: &Actor, x: &Budget, k: &Contract) -> Vec<Offered> {
    let permitted = |a| policy::on_budget(actor, x, k, a).is_ok();
    offer(BudgetAct::ALL, BudgetAct::id, permitted, |a| x.head.state.step(a).map(drop))
}

pub fn on_budget_doc(actor: &Actor, x: &BudgetDoc) -> Vec<Offered> {
    let permitted = |a| policy::on_budget_doc(actor, x, a).is_ok();
    offer(BudgetDocAct::ALL, BudgetDocAct::id, permitted, |a| x.head.state.step(a).map(drop))
}
