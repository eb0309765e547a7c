//! Accounts, files, ledger, statistics, the record, red flags.
use super::*;

/// An organisation's own people keep the list of those who sign for it: a poster, a bidder, the bureau's head.
pub fn keep_signatories(actor: &Actor) -> Result<Permit<KeepSignatories>, Denied> {
    match actor.role {
        Role::Poster | Role::Bidder | Role::Head => Ok(Permit::grant(actor, actor.org.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Accounts, organisations, calendar, rule sets: the administrator's, who has no business power; the command line's.
pub fn administer(actor: &Actor) -> Result<Permit<Administer>, Denied> {
    match actor.role {
        Role::Administrator | Role::System => Ok(Permit::grant(actor, actor.account.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// What belongs to one's own account: sessions, tokens, password.
pub fn own_account(actor: &Actor) -> Result<Permit<OwnAccount>, Denied> {
    if actor.is_visitor() { Err(Denied::SignIn) } else { Ok(Permit::grant(actor, actor.account.0)) }
}

/// Anyone may upload evidence: an objector need not have an account. Limits are per request and per account.
pub fn attach_file(actor: &Actor) -> Result<Permit<AttachFile>, Denied> {
    Ok(Permit::grant(actor, actor.account.0))
}

/// The county's ledger is read by those who pay, decide and audit; a contract's book by whoever sees the contract.
pub fn read_ledger(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Finance | Role::Auditor | Role::Head => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// How far somebody's view of the statistics reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    All,
    Own(OrgId),
}

/// Statistics of R&D: of the county for those who oversee or pay, of their own unit for firms and teams.
pub fn read_statistics(actor: &Actor) -> Result<Reach, Denied> {
    match actor.role {
        role if role.oversees() || role == Role::Finance => Ok(Reach::All),
        Role::Poster | Role::Bidder => Ok(Reach::Own(actor.org)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Auditor and supervisor read the record across cases.
pub fn oversee(actor: &Actor) -> Result<Permit<Oversee>, Denied> {
    match actor.role {
        Role::Auditor | Role::Supervisor | Role::System => Ok(Permit::grant(actor, actor.account.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Which entries on a thing that the actor may see: what its parties may read, and the actor's own acts.
pub fn reads_part(actor: &Actor, visibility: Visibility, org: Option<OrgId>, by: Option<AccountId>) -> bool {
    let own = !actor.is_visitor() && by == Some(actor.account);
    own || visibility == Visibility::Sealed || reads_event(actor, visibility, org, true, true)
}

/// Which entries of the record an actor may read. `sides` are the organisations whose case it is.
pub fn reads_event(actor: &Actor, visibility: Visibility, org: Option<OrgId>, opened: bool, party: bool) -> bool {
    let own = org.is_some() && org == Some(actor.org) && !actor.is_visitor();
    match visibility {
        Visibility::Public => true,
        Visibility::Parties => own || party || actor.role.oversees() || actor.role == Role::Finance,
        Visibility::Bureau => actor.role.oversees(),
        Visibility::Sealed => (own && actor.role == Role::Bidder) || (opened && actor.role.oversees()),
        Visibility::Oversight => matches!(actor.role, Role::Supervisor | Role::Auditor),
        Visibility::Security => matches!(actor.role, Role::Administrator | Role::Auditor),
    }
}

/// Whose receipts carry the row that the entry left, with its salt: rows that whoever made the entry reads whole. An officer who
/// answers a question does not read who asked it.
const KEPT_ROWS: &[(&str, Role)] = &[("bid.", Role::Bidder), ("assignment.", Role::Expert), ("instalment.", Role::Finance)];

pub fn keeps_row(actor: &Actor, kind: &str, by: AccountId) -> bool {
    by == actor.account && KEPT_ROWS.iter().any(|(noun, role)| kind.starts_with(noun) && actor.role == *role)
}

/// The finance package of a payment is finance's, the officer's and the auditor's to take away.
pub fn take_package(actor: &Actor, c: &Contract) -> Result<(), Denied> {
    see_contract(actor, c)?;
    match actor.role {
        Role::Finance | Role::Officer | Role::Auditor | Role::System => Ok(()),
        _ => Err(Denied::Forbidden),
    }
}

/// Red flags are read by those who oversee the bureau, never by the bureau itself.
pub fn see_flags(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Auditor | Role::Supervisor | Role::System => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Signs that bids had one writer are shown to the supervisor alone; the auditor learns that there are some, and their state.
pub fn reads_flag(actor: &Actor, kind: FlagKind) -> bool {
    see_flags(actor).is_ok() && (kind != FlagKind::Collusion || matches!(actor.role, Role::Supervisor | Role::System))
}

/// How a page looks to other eyes is for those who answer for what is published.
pub fn preview(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() => Ok(()),
        _ => Err(Denied::Hidden),
    }
}

/// Whoever reads a flag may dismiss it or ask about it.
pub fn judge_flag(actor: &Actor, c: &Challenge, kind: FlagKind) -> Result<Permit<JudgeFlag>, Denied> {
    see_flags(actor)?;
    if !reads_flag(actor, kind) || actor.role == Role::System {
        return Err(Denied::Forbidden);
    }
    Ok(Permit::grant(actor, c.id.0))
}

/// What was dismissed is oversight's; what was asked is the bureau's too, and of a confidential one its head's.
pub fn see_finding(actor: &Actor, f: &Finding) -> Result<(), Denied> {
    let asked = f.said.iter().any(|s| s.what == "question");
    let bureau = if f.is_confidential() { actor.role == Role::Head } else { actor.role.is_bureau() };
    seen(reads_flag(actor, f.flag.kind) || (asked && bureau))
}

pub fn on_finding(actor: &Actor, f: &Finding, act: FindingAct) -> Result<Permit<FindingAct>, Denied> {
    decide(actor, see_finding(actor, f), FINDING_LIFE, (f.head.state, act), &Sides::default(), f.id.0)
}

/// Having tried to open too early is nobody's right: the proof only lets the record say who it was.
pub fn try_early(actor: &Actor, id: ChallengeId) -> Result<Permit<TryEarly>, Denied> {
    if actor.is_visitor() { Err(Denied::SignIn) } else { Ok(Permit::grant(actor, id.0)) }
}
