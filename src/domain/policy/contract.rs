//! Contracts and all that hangs on them.
use super::*;

/// A contract is its parties', the bureau's, finance's and oversight's; the public sees its summary on the challenge.
pub fn see_contract(actor: &Actor, c: &Contract) -> Result<(), Denied> {
    let side = match actor.role {
        Role::Poster => actor.org == c.poster,
        Role::Bidder => actor.org == c.lead || c.partner_orgs.contains(&actor.org),
        Role::Finance | Role::System => true,
        _ => actor.role.oversees(),
    };
    seen(side)
}

fn contract_sides(poster: OrgId, lead: OrgId) -> Sides {
    Sides { poster: Some(poster), bidder: Some(lead), ..Sides::default() }
}

pub fn on_contract(actor: &Actor, c: &Contract, act: ContractAct) -> Result<Permit<ContractAct>, Denied> {
    let mut sides = contract_sides(c.poster, c.lead);
    if act == ContractAct::Sign && actor.role == Role::Head {
        sides.author = Some(actor.account);
    }
    // A partner confirms the text that it stands in, and takes no other step.
    if act == ContractAct::Agree && c.partner_orgs.contains(&actor.org) {
        sides.bidder = Some(actor.org);
    }
    let permit = decide(actor, see_contract(actor, c), CONTRACT_LIFE, (c.head.state, act), &sides, c.id.0)?;
    // Whoever brought the charge does not decide on it.
    if matches!(act, ContractAct::Revoke | ContractAct::DropRevocation) {
        different(c.hearing.as_ref().map(|h| h.by), actor)?;
    }
    Ok(permit)
}

pub fn on_milestone(actor: &Actor, x: &Milestone, c: &Contract, act: MilestoneAct) -> Result<Permit<MilestoneAct>, Denied> {
    decide(actor, see_contract(actor, c), MILESTONE_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Request, check, approval and payment are four different people's (domain 5.12). The payee requests and confirms;
/// enterprise money is paid by its payer.
pub fn on_instalment(actor: &Actor, i: &Instalment, c: &Contract, act: InstalmentAct) -> Result<Permit<InstalmentAct>, Denied> {
    use InstalmentAct as A;
    let sides = match act {
        A::Request | A::Confirm if i.payee_is_poster() => Sides { poster: Some(i.payee), ..Sides::default() },
        A::Request | A::Confirm | A::PassOn => Sides { bidder: Some(i.payee), ..Sides::default() },
        A::Pay => Sides { poster: Some(i.payer), ..Sides::default() },
        A::Bounce if !i.is_fiscal() => Sides { poster: Some(i.payer), ..Sides::default() },
        _ => Sides::default(),
    };
    let permit = decide(actor, see_contract(actor, c), INSTALMENT_LIFE, (i.head.state, act), &sides, i.id.0)?;
    match act {
        A::Check => different(i.requested_by, actor)?,
        A::Approve => {
            different(i.checked_by, actor)?;
            different(i.requested_by, actor)?;
        }
        A::PayFiscal => different(i.approved_by, actor)?,
        // Whose bank it came back to says so.
        A::Bounce if actor.role == Role::Finance && !i.is_fiscal() => return Err(Denied::Forbidden),
        _ => {}
    }
    Ok(permit)
}

/// Either party, or the bureau, may ask for a change of an effective contract.
pub fn ask_change(actor: &Actor, c: &Contract) -> Result<Permit<AskChange>, Denied> {
    see_contract(actor, c)?;
    match actor.role {
        Role::Poster | Role::Bidder => Ok(Permit::grant(actor, c.id.0)),
        _ => Err(Denied::Forbidden),
    }
}

/// A change is seen by those who see the contract, and by a partner that is to join.
pub fn see_change(actor: &Actor, x: &ContractChange, c: &Contract) -> Result<(), Denied> {
    see_contract(actor, c).or_else(|_| seen(actor.role == Role::Bidder && x.partners.contains(&actor.org)))
}

pub fn on_change(actor: &Actor, x: &ContractChange, c: &Contract, act: ChangeAct) -> Result<Permit<ChangeAct>, Denied> {
    let all = contract_sides(c.poster, c.lead);
    let own = actor.org == x.asked_org;
    let partner = x.partners.contains(&actor.org).then_some(actor.org);
    let sides = match act {
        ChangeAct::PartnerConsent => {
            Sides { bidder: partner.filter(|p| x.partners_asked().any(|q| q == *p)), ..Sides::default() }
        }
        ChangeAct::RefuseConsent if partner.is_some() && !own => Sides { bidder: partner, ..Sides::default() },
        // Consent is the other side's; withdrawal the author's.
        ChangeAct::Consent | ChangeAct::RefuseConsent if own => Sides::default(),
        ChangeAct::Withdraw if !own => Sides::default(),
        _ => all,
    };
    decide(actor, see_change(actor, x, c), CHANGE_LIFE, (x.head.state, act), &sides, x.id.0)
}

pub fn on_acceptance(actor: &Actor, x: &Acceptance, c: &Contract, act: AcceptanceAct) -> Result<Permit<AcceptanceAct>, Denied> {
    decide(actor, see_contract(actor, c), ACCEPTANCE_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Putting the bank's statement beside the payments is the finance office's.
pub fn reconcile(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Finance => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// The lead keeps the spending ledger of its contract: nobody else types into it.
pub fn record_spending(actor: &Actor, c: &Contract) -> Result<Permit<RecordSpending>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

/// The lead has the final account made.
pub fn prepare_account(actor: &Actor, c: &Contract) -> Result<Permit<PrepareAccount>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

fn of_lead(actor: &Actor, c: &Contract) -> Result<(), Denied> {
    see_contract(actor, c)?;
    match actor.role {
        Role::Bidder if actor.org == c.lead => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

pub fn on_spending(actor: &Actor, x: &Spending, c: &Contract, act: SpendingAct) -> Result<Permit<SpendingAct>, Denied> {
    decide(actor, see_contract(actor, c), SPENDING_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

pub fn on_final_account(
    actor: &Actor,
    x: &FinalAccount,
    c: &Contract,
    act: FinalAccountAct,
) -> Result<Permit<FinalAccountAct>, Denied> {
    decide(actor, see_contract(actor, c), FINAL_ACCOUNT_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// One day and one table for all lanes of a race: the officer's, while the race runs or its result is being found.
pub fn set_gate(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<SetGate>, Denied> {
    see_challenge(actor, c, now)?;
    let race = c.need.as_ref().is_some_and(Need::is_race);
    let runs = matches!(c.head.state, ChallengeState::InProgress | ChallengeState::InAcceptance);
    match actor.role {
        Role::Officer if race && runs => Ok(Permit::grant(actor, c.id.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// A gate is the racers', the poster's, the bureau's and finance's; what each sees of the lanes is `seen_by`'s to say.
pub fn see_gate(actor: &Actor, x: &Gate) -> Result<(), Denied> {
    let side = match actor.role {
        Role::Poster => actor.org == x.poster,
        Role::Bidder => x.lane_of(actor.org).is_some(),
        Role::Finance | Role::System => true,
        _ => actor.role.oversees(),
    };
    seen(side)
}

/// What all lanes cost is for those who pay, decide and oversee: a racer is not told its rivals' money.
pub fn sees_race_balance(actor: &Actor, x: &Gate) -> bool {
    actor.role != Role::Bidder && see_gate(actor, x).is_ok()
}

pub fn on_gate(actor: &Actor, x: &Gate, act: GateAct) -> Result<Permit<GateAct>, Denied> {
    let racer = match act {
        // A merger is the word of the two leads that would join.
        GateAct::AgreeMerger | GateAct::RefuseMerger => x.joining().iter().any(|l| l.lead == actor.org),
        _ => x.lane_of(actor.org).is_some(),
    };
    let sides = Sides { poster: Some(x.poster), bidder: racer.then_some(actor.org), ..Sides::default() };
    decide(actor, see_gate(actor, x), GATE_LIFE, (x.head.state, act), &sides, x.id.0)
}

/// The lead reports from its work, whenever it will.
pub fn file_progress(actor: &Actor, c: &Contract) -> Result<Permit<FileProgress>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

pub fn on_progress(actor: &Actor, x: &Progress, c: &Contract, act: ProgressAct) -> Result<Permit<ProgressAct>, Denied> {
    decide(actor, see_contract(actor, c), PROGRESS_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

pub fn on_follow_up(actor: &Actor, x: &FollowUp, c: &Contract, act: FollowUpAct) -> Result<Permit<FollowUpAct>, Denied> {
    decide(actor, see_contract(actor, c), FOLLOW_UP_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Those who handle cases propose; the meeting decides.
pub fn propose_integrity(actor: &Actor, subject: Uuid) -> Result<Permit<ProposeIntegrity>, Denied> {
    match actor.role {
        Role::Officer | Role::Checker => Ok(Permit::grant(actor, subject)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// A record is its subject's and the bureau's; everybody's while a grave one of an organisation stands.
pub fn see_integrity(actor: &Actor, x: &Integrity, now: Timestamp) -> Result<(), Denied> {
    let own = match (actor.role, x.person) {
        (Role::Expert, Some(person)) => actor.account == person,
        (Role::Poster | Role::Bidder, None) => actor.org == x.org,
        (role, _) => role.oversees() || role == Role::System,
    };
    seen(own || (x.is_public() && x.stands(now)))
}

pub fn on_integrity(actor: &Actor, x: &Integrity, act: IntegrityAct, now: Timestamp) -> Result<Permit<IntegrityAct>, Denied> {
    let org = x.person.is_none().then_some(x.org);
    let sides = Sides { poster: org, bidder: org, expert: x.person, author: None };
    let permit = decide(actor, see_integrity(actor, x, now), INTEGRITY_LIFE, (x.head.state, act), &sides, x.id.0)?;
    if matches!(act, IntegrityAct::Enter | IntegrityAct::Drop) {
        different(Some(x.proposed_by), actor)?;
    }
    Ok(permit)
}

/// The lead proposes the budget of its contract.
pub fn propose_budget(actor: &Actor, c: &Contract) -> Result<Permit<ProposeBudget>, Denied> {
    of_lead(actor, c)?;
    Ok(Permit::grant(actor, c.id.0))
}

pub fn on_budget(actor: &Actor, x: &Budget, c: &Contract, act: BudgetAct) -> Result<Permit<BudgetAct>, Denied> {
    decide(actor, see_contract(actor, c), BUDGET_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// The county's budget documents are finance's and the bureau's to see.
pub fn see_budget_docs(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Public => Err(Denied::SignIn),
        role => seen(role == Role::Finance || role == Role::System || role.oversees()),
    }
}

/// Finance enters them.
pub fn register_budget_doc(actor: &Actor, subject: BudgetDocId) -> Result<Permit<RegisterBudgetDoc>, Denied> {
    see_budget_docs(actor)?;
    match actor.role {
        Role::Finance => Ok(Permit::grant(actor, subject.0)),
        _ => Err(Denied::Forbidden),
    }
}

pub fn on_budget_doc(actor: &Actor, x: &BudgetDoc, act: BudgetDocAct) -> Result<Permit<BudgetDocAct>, Denied> {
    decide(actor, see_budget_docs(actor), BUDGET_DOC_LIFE, (x.head.state, act), &Sides::default(), x.id.0)
}

pub fn on_settlement(actor: &Actor, x: &Settlement, c: &Contract, act: SettlementAct) -> Result<Permit<SettlementAct>, Denied> {
    decide(actor, see_contract(actor, c), SETTLEMENT_LIFE, (x.head.state, act), &contract_sides(c.poster, c.lead), x.id.0)
}

/// Templates are the bureau's.
pub fn see_template(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() || role == Role::System => Ok(()),
        _ => Err(Denied::Hidden),
    }
}

pub fn on_template(actor: &Actor, x: &Template, act: TemplateAct) -> Result<Permit<TemplateAct>, Denied> {
    decide(actor, see_template(actor), TEMPLATE_LIFE, (x.head.state, act), &Sides::default(), x.id.0)
}
