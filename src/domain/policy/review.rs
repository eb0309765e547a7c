//! The panel: what an expert reads and does, reports, talks, questions, meetings.
use super::*;

/// An expert reads the blind part of the bids put before it, once committed.
pub fn review_bid(actor: &Actor, a: &Assignment, b: &Bid) -> Result<Permit<ReadBid>, Denied> {
    seen(reviews(actor, a, b) && a.may_read())?;
    Ok(Permit::grant(actor, b.id.0))
}

/// It reads the open part once its own blind part is locked and the second stage has opened it.
pub fn review_price(actor: &Actor, a: &Assignment, b: &Bid) -> Result<Permit<ReadPrice>, Denied> {
    seen(reviews(actor, a, b) && a.may_read_open_part())?;
    Ok(Permit::grant(actor, b.id.0))
}

fn reviews(actor: &Actor, a: &Assignment, b: &Bid) -> bool {
    actor.role == Role::Expert && actor.account == a.expert && a.challenge == b.challenge && b.is_valid()
}

/// An assignment exists for its expert and for the people who convene and oversee; never for the parties.
pub fn see_assignment(actor: &Actor, a: &Assignment) -> Result<(), Denied> {
    let own = actor.role == Role::Expert && actor.account == a.expert;
    // Whoever pays the fee knows who is to be paid, and reads no sheet.
    let pays = actor.role == Role::Finance && a.is_locked();
    seen(own || pays || actor.role == Role::System || actor.role.oversees())
}

pub fn on_assignment(actor: &Actor, a: &Assignment, act: AssignmentAct) -> Result<Permit<AssignmentAct>, Denied> {
    let sides = Sides { expert: Some(a.expert), ..Sides::default() };
    decide(actor, see_assignment(actor, a), ASSIGNMENT_LIFE, (a.head.state, act), &sides, a.id.0)
}

/// Scores of others are read only after every sheet is locked, by those who conduct and oversee the review.
pub fn read_scores(actor: &Actor, a: &Assignment) -> Result<Permit<ReadScores>, Denied> {
    see_assignment(actor, a)?;
    let own = actor.account == a.expert;
    if own || (a.is_locked() && actor.role.oversees()) {
        return Ok(Permit::grant(actor, a.id.0));
    }
    Err(Denied::Forbidden)
}

/// Who the experts are and how they score is for those who convene and oversee.
pub fn see_experts(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        role if role.oversees() => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}

/// Totals of the whole panel, without names: for an expert of it who has submitted.
pub fn discusses(actor: &Actor, a: &Assignment) -> bool {
    actor.account == a.expert && (a.is_locked() || a.head.state == AssignmentState::Submitted)
}

/// Whether a result is firm is for those who oversee; it decides nothing.
pub fn sees_analysis(actor: &Actor) -> bool {
    actor.role.oversees()
}

/// The panel's report is for those who convene and oversee, once it is signed.
pub fn see_report(actor: &Actor, c: &Challenge) -> Result<(), Denied> {
    seen(actor.role.oversees() && c.reported_at.is_some())
}

/// What a draw was made of: for those who oversee once it is drawn, for all once the award is announced.
pub fn sees_draw(actor: &Actor, c: &Challenge) -> bool {
    actor.role.oversees() || c.head.state.is_after_award()
}

/// The opening record (开标记录), which tells who bid: for those who oversee, for the teams whose bids lay sealed at the end, and for a
/// poster that may see bids.
pub fn see_opening_record(actor: &Actor, c: &Challenge, bids: &[Bid]) -> Result<(), Denied> {
    let team = |b: &Bid| actor.role == Role::Bidder && (actor.org == b.org || b.partners.contains(&actor.org));
    let had_sealed = |b: &Bid| b.seal.is_some() && b.head.state != BidState::Withdrawn;
    let poster = actor.role == Role::Poster && actor.org == c.org && !c.ranking.is_empty();
    seen(c.opened_at.is_some() && (actor.role.oversees() || poster || bids.iter().any(|b| had_sealed(b) && team(b))))
}

/// The panel's report names who sat and every rank: it is for those who oversee.
pub fn see_panel_report(actor: &Actor) -> Result<(), Denied> {
    seen(actor.role.oversees())
}

/// The letter that decides an objection is for whoever may know its objector.
pub fn see_objection_decision(actor: &Actor, o: &Objection) -> Result<(), Denied> {
    seen(knows_objector(actor, o))
}

/// How a scored bid stood: for its own team and those who oversee, once a notice of the award is public or nobody won.
pub fn see_debrief(actor: &Actor, b: &Bid, c: &Challenge, notices: &[Notice]) -> bool {
    let public = |n: &Notice| !matches!(n.head.state, NoticeState::Draft | NoticeState::Revoked);
    let told = c.head.state.is_after_award() || c.head.state == ChallengeState::Lapsed || notices.iter().any(public);
    let team = actor.role == Role::Bidder && (actor.org == b.org || b.partners.contains(&actor.org));
    told && b.rank.is_some() && (team || actor.role.oversees())
}

/// A talk belongs to the two who talk; the bureau and oversight may read it.
pub fn see_talk(actor: &Actor, t: &Talk) -> Result<(), Denied> {
    let side = match actor.role {
        Role::Poster => actor.org == t.poster,
        Role::Bidder => actor.org == t.org,
        _ => actor.role.oversees(),
    };
    seen(side)
}

pub fn on_talk(actor: &Actor, t: &Talk, act: TalkAct) -> Result<Permit<TalkAct>, Denied> {
    let sides = Sides { poster: Some(t.poster), bidder: Some(t.org), ..Sides::default() };
    decide(actor, see_talk(actor, t), TALK_LIFE, (t.head.state, act), &sides, t.id.0)
}

/// Interests are for enterprise challenges that the public can see.
pub fn register_interest(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<RegisterInterest>, Denied> {
    start_bid(actor, c, now)?;
    Ok(Permit::grant(actor, c.id.0))
}

/// Any team may ask about a published challenge.
pub fn ask_question(actor: &Actor, c: &Challenge, now: Timestamp) -> Result<Permit<AskQuestion>, Denied> {
    start_bid(actor, c, now)?;
    Ok(Permit::grant(actor, c.id.0))
}

/// The poster answers, or the officer for it; nobody learns who asked.
pub fn answer_question(actor: &Actor, q: &Question, c: &Challenge, now: Timestamp) -> Result<Permit<AnswerQuestion>, Denied> {
    see_challenge(actor, c, now)?;
    match actor.role {
        Role::Poster if actor.org == q.poster => Ok(Permit::grant(actor, q.id.0)),
        Role::Officer => Ok(Permit::grant(actor, q.id.0)),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Forbidden),
    }
}

/// The book of meetings is read by those who oversee.
pub fn see_meetings(actor: &Actor) -> Result<(), Denied> {
    match actor.role {
        role if role.oversees() => Ok(()),
        Role::Public => Err(Denied::SignIn),
        _ => Err(Denied::Hidden),
    }
}
