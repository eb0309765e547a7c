//! Challenges, bids and keys.
use super::*;

/// What is published is everybody's; before that a need belongs to its poster and to the people of the bureau.
pub fn see_challenge(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<(), Denied> {
    seen(c.state_at(now).is_public() && c.need.is_some() && (c.listing.is_some() || c.previous.is_some()) || is_inside(actor, c))
}

fn is_inside(actor: &Actor, c: &Challenge) -> bool {
    match actor.role {
        Role::Poster => actor.org == c.org,
        // A draft is nobody's business but its poster's.
        Role::Officer | Role::Checker | Role::Head | Role::Supervisor | Role::Auditor => {
            actor.org == c.org || c.head.state != ChallengeState::Draft
        }
        Role::System => true,
        Role::Public | Role::Bidder | Role::Expert | Role::Finance | Role::Administrator => false,
    }
}

/// True for those who see what the public does not: contact, funds proof, screening, appraisal.
pub fn sees_inside(actor: &Actor, c: &Challenge) -> bool {
    is_inside(actor, c)
}

pub fn on_challenge(actor: &Actor, c: &Challenge, act: ChallengeAct, now: Timestamp) -> Result<Permit<ChallengeAct>, Denied> {
    let sides = Sides { poster: Some(c.org), ..Sides::default() };
    let permit = decide(actor, see_challenge(actor, c, now), CHALLENGE_LIFE, (c.state_at(now), act), &sides, c.id.0)?;
    if c.recused.iter().any(|r| r.account == actor.account) && act != ChallengeAct::StandAside {
        return Err(Denied::StandsAside);
    }
    let first = match act {
        ChallengeAct::Pass => c.screening.as_ref().map(|h| h.by),
        ChallengeAct::ConfirmRefusal => c.answers.refusal.as_ref().map(|h| h.by),
        ChallengeAct::SendBack => c.answers.refusal.as_ref().or(c.screening.as_ref()).map(|h| h.by),
        ChallengeAct::ReturnOpening => c.begun_opening().map(|h| h.by),
        ChallengeAct::ReturnCall => c.call.as_ref().map(|h| h.by),
        ChallengeAct::Open => c.opening.as_ref().map(|h| h.by),
        ChallengeAct::OpenPrice => c.stages.price.as_ref().map(|h| h.by),
        ChallengeAct::GrantSpares | ChallengeAct::ReturnSpares => c.stage().and_then(|s| c.spare_window(s)).map(|w| w.asked.by),
        ChallengeAct::DecideWithdrawal | ChallengeAct::RefuseWithdrawal => c.withdrawal.as_ref().map(|h| h.by),
        ChallengeAct::Withdraw | ChallengeAct::Cancel | ChallengeAct::RefuseCallOff => c.calling_off.as_ref().map(|x| x.by),
        // Whoever prepared an amendment says yes to it in no other capacity, and takes it back instead of refusing it.
        ChallengeAct::ReleaseAmendment
        | ChallengeAct::ConsentAmendment
        | ChallengeAct::CheckAmendment
        | ChallengeAct::Amend
        | ChallengeAct::RefuseAmendment => c.pending_amendment.as_ref().map(|p| p.by),
        // Whoever wrote the need does not screen it.
        ChallengeAct::Screen | ChallengeAct::Return | ChallengeAct::ProposeRefusal => {
            // Another look is another officer's.
            c.answers.refused.iter().try_for_each(|first| different(Some(first.by), actor))?;
            Some(c.created_by)
        }
        ChallengeAct::ConsentEdit => c.proposed.as_ref().map(|p| p.by),
        _ => None,
    };
    different(first, actor)?;
    Ok(permit)
}

/// People of the bureau stand aside from cases that they are near; whoever has done so acts on the case no more.
pub fn may_stand_aside(actor: &Actor) -> bool {
    actor.role.is_bureau()
}

/// The one act that whoever stands aside still takes: saying so.
pub fn is_standing_aside(kind: &str) -> bool {
    kind.strip_prefix("challenge.") == Some(ChallengeAct::StandAside.id())
}

/// Lists of joint papers and patents are the bureau's to import.
pub fn import_relations(actor: &Actor) -> Result<Permit<ImportRelations>, Denied> {
    match actor.role {
        Role::Officer | Role::Supervisor => Ok(Permit::grant(actor, actor.org.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// The head sets what panels score, and by which weights.
pub fn edit_rubrics(actor: &Actor) -> Result<Permit<EditRubrics>, Denied> {
    match actor.role {
        Role::Head => Ok(Permit::grant(actor, actor.org.0)),
        Role::Public => Err(Denied::SignIn),
        role if role.oversees() => Err(Denied::Forbidden),
        _ => Err(Denied::Hidden),
    }
}

/// A verified firm, or the county itself, may post a need.
pub fn create_challenge(actor: &Actor, subject: ChallengeId) -> Result<Permit<CreateChallenge>, Denied> {
    match actor.role {
        Role::Poster | Role::Officer => Ok(Permit::grant(actor, subject.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// A team may bid on what the public can see, unless its organisation posted it; affiliates are refused by the rule.
pub fn start_bid(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<StartBid>, Denied> {
    see_challenge(actor, c, now)?;
    match actor.role {
        Role::Bidder if actor.org != c.org => Ok(Permit::grant(actor, c.id.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// Before the opening a bid exists for its team alone: not for a rival, not for an officer, not for the administrator.
/// After it, for the people of the bureau and the auditor; for the poster of the enterprise track once the panel has reported.
pub fn see_bid(actor: &Actor, b: &Bid, c: &Challenge) -> Result<(), Denied> {
    let team = actor.role == Role::Bidder && (actor.org == b.org || (c.opened_at.is_some() && b.partners.contains(&actor.org)));
    let opened = c.opened_at.is_some()
        && !matches!(b.head.state, BidState::Draft | BidState::Sealed | BidState::Withdrawn | BidState::Expired);
    let poster = actor.role == Role::Poster && actor.org == c.org && !c.ranking.is_empty();
    seen(team || actor.role == Role::System || (opened && (actor.role.oversees() || poster)))
}

pub fn on_bid(actor: &Actor, b: &Bid, c: &Challenge, act: BidAct) -> Result<Permit<BidAct>, Denied> {
    let sides = Sides { poster: Some(c.org), bidder: Some(b.org), ..Sides::default() };
    let permit = decide(actor, see_bid(actor, b, c), BID_LIFE, (b.head.state, act), &sides, b.id.0)?;
    if c.recused.iter().any(|r| r.account == actor.account) {
        return Err(Denied::StandsAside);
    }
    if matches!(act, BidAct::Validate | BidAct::RejectForm | BidAct::SendBack) {
        different(b.form_check.as_ref().map(|f| f.by), actor)?;
    }
    Ok(permit)
}

/// Part A of a bid: for those who may see the bid.
pub fn read_bid(actor: &Actor, b: &Bid, c: &Challenge) -> Result<Permit<ReadBid>, Denied> {
    see_bid(actor, b, c)?;
    Ok(Permit::grant(actor, b.id.0))
}

/// Part B of a bid: for its lead at all times, who wrote it; for nobody else before the second stage has opened it.
pub fn read_price(actor: &Actor, b: &Bid, c: &Challenge) -> Result<Permit<ReadPrice>, Denied> {
    see_bid(actor, b, c)?;
    let lead = actor.role == Role::Bidder && actor.org == b.org;
    seen(lead || c.price_is_open())?;
    Ok(Permit::grant(actor, b.id.0))
}

/// A file of a bid: those of part B are nobody's but the lead's before the second stage.
pub fn read_bid_file(actor: &Actor, b: &Bid, c: &Challenge, file: FileId) -> Result<(), Denied> {
    see_bid(actor, b, c)?;
    seen(b.open_files.contains(&file) || read_price(actor, b, c).is_ok())
}

/// A keyholder's part in the opening of one challenge: the accounts that its roster froze, and nobody else.
pub fn hold_key(actor: &Actor, c: &Challenge) -> Result<Permit<HoldKey>, Denied> {
    seen(!actor.is_visitor() && c.sealing.as_ref().is_some_and(|s| s.holders.contains(&actor.account)))?;
    Ok(Permit::grant(actor, c.id.0))
}
