//! Who may ask that somebody be let in or that something registered be changed, whose second word counts, who gives out what.
use super::*;

/// What may be asked by whom. `roles` are the roles that the person has and shall have.
pub fn ask_registration(
    actor: &Actor,
    kind: &str,
    org: OrgId,
    account: Option<AccountId>,
    roles: &[Role],
) -> Result<Permit<AskRegistration>, Denied> {
    let own_org = actor.org == org;
    let administers = matches!(actor.role, Role::Administrator | Role::System);
    let own_account = account == Some(actor.account);
    let may = match kind {
        // Where no administrator is left, the head asks for one; the supervisor is then the other office.
        "invitation" | "reset" => administers || (actor.role == Role::Head && roles == [Role::Administrator]),
        "restoration" | "role" | "name" => administers,
        "suspension" => administers || (office::speaks(actor.role) && own_org && !own_account),
        "keyholder" => own_account && actor.role.may_hold_key(),
        "organisation" => administers || (own_org && keep_signatories(actor).is_ok()),
        "bank_account" | "signatory" => own_org && keep_signatories(actor).is_ok(),
        _ => false,
    };
    match may {
        true => {
            let (noun, act) = asked_as(kind);
            prove(actor, noun, act)?;
            Ok(Permit::grant(actor, account.map_or(org.0, |a| a.0)))
        }
        false if actor.is_visitor() => Err(Denied::SignIn),
        false => Err(Denied::Hidden),
    }
}

/// Under which name the list of acts that ask again who one is knows a kind of registration.
fn asked_as(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "invitation" => ("account", "invitation"),
        "reset" => ("account", "reset"),
        "suspension" => ("account", "suspension"),
        "restoration" => ("account", "restoration"),
        "role" => ("account", "role"),
        "name" => ("account", "name"),
        "keyholder" => ("account", "keyholder"),
        "bank_account" => ("organisation", "bank-account"),
        "signatory" => ("organisation", "signatory"),
        _ => ("organisation", "correction"),
    }
}

/// People of the bureau and of oversight see every registration, an organisation and a person their own.
pub fn see_registration(actor: &Actor, r: &Registration) -> Result<(), Denied> {
    let open = actor.role.oversees() || matches!(actor.role, Role::Administrator | Role::System);
    let own = r.org == actor.org && keep_signatories(actor).is_ok();
    let mine = !actor.is_visitor() && (r.asked_by == actor.account || r.account == Some(actor.account));
    match open || own || mine {
        true => Ok(()),
        false if actor.is_visitor() => Err(Denied::SignIn),
        false => Err(Denied::Hidden),
    }
}

/// Whether an actor is of those whose second word it needs.
fn answers(actor: &Actor, r: &Registration) -> bool {
    r.needs.roles.contains(&actor.role) && r.needs.org.is_none_or(|org| org == actor.org)
}

/// Whether an actor stands where the asker stood.
fn asks(actor: &Actor, r: &Registration) -> bool {
    actor.account == r.asked_by || (actor.role == r.asked_role && matches!(actor.role, Role::Administrator | Role::Head))
}

pub fn on_registration(actor: &Actor, r: &Registration, act: RegistrationAct) -> Result<Permit<RegistrationAct>, Denied> {
    see_registration(actor, r)?;
    let side = match act {
        RegistrationAct::Agree | RegistrationAct::Confirm | RegistrationAct::Refuse => answers(actor, r),
        RegistrationAct::Withdraw => asks(actor, r),
        RegistrationAct::Accept => false,
    };
    if !side || !who(REGISTRATION_LIFE, act).contains(&actor.role) {
        return Err(if actor.is_visitor() { Denied::SignIn } else { Denied::Forbidden });
    }
    if matches!(act, RegistrationAct::Agree | RegistrationAct::Confirm) {
        different(Some(r.asked_by), actor)?;
        different(r.account, actor)?;
    }
    prove(actor, "registration", act.id())?;
    Ok(Permit::grant(actor, r.id.0))
}

/// The link is handed out by whoever agreed; where nobody had to, by the asker.
pub fn give_link(actor: &Actor, r: &Registration) -> Result<Permit<RegistrationAct>, Denied> {
    let may = if r.is_in_halves() { answers(actor, r) } else { asks(actor, r) || actor.role == Role::System };
    half(actor, r, may, r.code.as_ref())
}

/// The other half is handed out by the asker, where two people give the link out.
pub fn give_code(actor: &Actor, r: &Registration) -> Result<Permit<RegistrationAct>, Denied> {
    half(actor, r, r.is_in_halves() && asks(actor, r) && !answers(actor, r), r.link.as_ref())
}

/// Nobody gives out both halves, nor one for themselves.
fn half(actor: &Actor, r: &Registration, may: bool, other: Option<&OneTime>) -> Result<Permit<RegistrationAct>, Denied> {
    see_registration(actor, r)?;
    if !may {
        return Err(Denied::Forbidden);
    }
    if r.is_in_halves() {
        different(r.account, actor)?;
        different(other.map(|o| o.given_by), actor)?;
    }
    prove(actor, "account", "link")?;
    Ok(Permit::grant(actor, r.id.0))
}

/// Whoever holds the link is the person it was made for: the proof is the link itself.
pub fn hold_link(r: &Registration, token_sha256: &str, person: &Account) -> Result<Permit<RegistrationAct>, Denied> {
    let held = r.link.as_ref().is_some_and(|l| l.sha256 == token_sha256) && r.account == Some(person.id);
    if held { Ok(Permit::grant(&person.actor(), r.id.0)) } else { Err(Denied::Hidden) }
}

/// An account made on the console or by the demo, without the ways of a running server.
pub fn found(actor: &Actor) -> Result<Permit<KeepAccount>, Denied> {
    if actor.role == Role::System { Ok(Permit::grant(actor, actor.account.0)) } else { Err(Denied::Hidden) }
}

/// An organisation sees its own people, oversight and the administrator all.
pub fn see_people(actor: &Actor, org: OrgId) -> Result<(), Denied> {
    let own = org == actor.org && keep_signatories(actor).is_ok();
    match own || actor.role.oversees() || matches!(actor.role, Role::Administrator | Role::System) {
        true => Ok(()),
        false if actor.is_visitor() => Err(Denied::SignIn),
        false => Err(Denied::Hidden),
    }
}

/// The whole number of a bank account that is asked for is read by whoever reads the one on file.
pub fn reads_bank_account(actor: &Actor, r: &Registration) -> bool {
    sees_bank_account(actor, r.org)
}
