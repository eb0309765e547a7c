//! Notices, objections, clues, records of lobbying.
use super::*;

/// A notice is public from its publication; a draft is the bureau's.
pub fn see_notice(actor: &Actor, n: &Notice) -> Result<(), Denied> {
    seen(n.head.state != NoticeState::Draft || actor.role.oversees() || actor.role == Role::System)
}

pub fn on_notice(actor: &Actor, n: &Notice, act: NoticeAct) -> Result<Permit<NoticeAct>, Denied> {
    let permit = decide(actor, see_notice(actor, n), NOTICE_LIFE, (n.head.state, act), &Sides::default(), n.id.0)?;
    if act == NoticeAct::Publish {
        different(Some(n.prepared_by), actor)?;
    }
    Ok(permit)
}

/// Anyone may object to a notice, under a real name.
pub fn file_objection(actor: &Actor, n: &Notice) -> Result<Permit<FileObjection>, Denied> {
    see_notice(actor, n)?;
    Ok(Permit::grant(actor, n.id.0))
}

/// Who objected is known to those who handle it and to oversight, never to the public (个人信息保护法); `parties` are
/// the organisations that may be asked to answer, and see the facts without the name.
pub fn see_objection(actor: &Actor, o: &Objection, parties: &[OrgId]) -> Result<(), Denied> {
    let party = matches!(actor.role, Role::Poster | Role::Bidder)
        && parties.contains(&actor.org)
        && o.head.state != ObjectionState::Filed;
    seen(knows_objector(actor, o) || party || actor.role == Role::System)
}

pub fn on_objection(actor: &Actor, o: &Objection, n: &Notice, act: ObjectionAct) -> Result<Permit<ObjectionAct>, Denied> {
    let parties: Vec<OrgId> = n.winners.iter().map(|w| w.org).collect();
    let party = parties.contains(&actor.org).then_some(actor.org);
    let sides = Sides { author: o.filed_by, poster: None, bidder: party, expert: None };
    let permit = decide(actor, see_objection(actor, o, &parties), OBJECTION_LIFE, (o.head.state, act), &sides, o.id.0)?;
    // Nobody decides on their own act: the award's officer does not handle the objection to it, nor does its author.
    if !matches!(act, ObjectionAct::Complete | ObjectionAct::Withdraw | ObjectionAct::Answer | ObjectionAct::Reconsider) {
        different(Some(n.prepared_by), actor)?;
        different(o.filed_by, actor)?;
    }
    match act {
        ObjectionAct::Join => different(o.investigators.first().copied(), actor)?,
        ObjectionAct::Find if o.investigators.len() == 2 && !o.investigators.contains(&actor.account) => {
            return Err(Denied::Forbidden);
        }
        ObjectionAct::Uphold | ObjectionAct::Dismiss | ObjectionAct::PartlyUphold => {
            different(o.accepted_by, actor)?;
            o.investigators.iter().try_for_each(|by| different(Some(*by), actor))?;
        }
        _ => {}
    }
    Ok(permit)
}

/// Anybody may give a clue, and nobody is named for it: not even who is signed in.
pub fn file_tip_off() -> Permit<FileTipOff> {
    Permit::grant(&Actor::visitor(), Uuid::nil())
}

/// Clues and records of lobbying are read by the discipline inspector, and by nobody else.
pub fn inspects(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        Role::Supervisor => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

pub fn on_tip_off(actor: &Actor, x: &TipOff, act: TipOffAct) -> Result<Permit<TipOffAct>, Denied> {
    decide(actor, inspects(actor), TIP_OFF_LIFE, (x.head.state, act), &Sides::default(), x.id.0)
}

/// Whoever holds the code of a clue may add to it.
pub fn tip_off_by_code(x: &TipOff, code_sha256: &str) -> Result<Permit<TipOffAct>, Denied> {
    seen(x.code.as_deref() == Some(code_sha256))?;
    Ok(Permit::grant(&Actor::visitor(), x.id.0))
}

/// Experts and people of the bureau and of finance record who put in a word; the record does not tell who recorded it.
pub fn record_lobbying(actor: &Actor) -> Result<Permit<RecordLobbying>, Denied> {
    match actor.role {
        Role::Officer | Role::Checker | Role::Head | Role::Supervisor | Role::Expert | Role::Finance => {
            // What was sent twice is still told by its key.
            Ok(Permit::grant(&Actor { once: actor.once.clone(), ..Actor::visitor() }, Uuid::nil()))
        }
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// About a review its own expert records; everybody else does it on the case.
pub fn record_lobbying_of_review(actor: &Actor, a: &Assignment) -> Result<Permit<RecordLobbying>, Denied> {
    see_assignment(actor, a)?;
    let permit = record_lobbying(actor)?;
    if actor.account == a.expert { Ok(permit) } else { Err(Denied::Forbidden) }
}

/// Whoever holds the code of an objection speaks for its author, in what is the author's to do.
pub fn by_code(o: &Objection, code_sha256: &str, act: ObjectionAct) -> Result<Permit<ObjectionAct>, Denied> {
    seen(o.code.as_deref() == Some(code_sha256))?;
    if who(OBJECTION_LIFE, act).contains(&Role::Public) {
        return Ok(Permit::grant(&Actor::visitor(), o.id.0));
    }
    Err(Denied::Forbidden)
}

/// An objector's contact is read in the clear by those who handle the objection, each time for a reason.
pub fn read_contact(actor: &Actor, o: &Objection) -> Result<Permit<ObjectionAct>, Denied> {
    match actor.role {
        Role::Checker | Role::Supervisor | Role::Head => Ok(Permit::grant(actor, o.id.0)),
        Role::Officer if o.investigators.contains(&actor.account) => Ok(Permit::grant(actor, o.id.0)),
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() => Err(Denied::Forbidden),
        _ => Err(Denied::Hidden),
    }
}

/// Who objected: its own author knows, those who handle it and oversight; never a party, never the public.
pub fn knows_objector(actor: &Actor, o: &Objection) -> bool {
    actor.role.oversees() || (!actor.is_visitor() && o.filed_by == Some(actor.account))
}

/// The account that money goes to is shown to its owner, to those who approve and pay, and to oversight.
pub fn sees_bank_account(actor: &Actor, payee: OrgId) -> bool {
    actor.role == Role::Finance || actor.role.oversees() || (!actor.is_visitor() && actor.org == payee)
}
