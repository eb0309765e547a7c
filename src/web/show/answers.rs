//! What was answered to a need other than yes: refused, sent back, asked again, put off; and whether a resubmission says anything new.
use crate::domain::{Answers, Bid, Challenge, ChallengeState, Half};
use crate::web::block::Block;
use crate::web::text::Text;
use crate::web::visitor::Visitor;

fn word(t: &Text, key: &str, said: &Half, tone: &'static str) -> Block {
    Block::inset(t.t(&format!("block.{key}")), said.note.clone().unwrap_or_default(), tone)
}

/// For those who see the inside of a case.
pub(super) fn of_challenge(t: &Text, v: &Visitor, c: &Challenge) -> Vec<Block> {
    let a: &Answers = &c.answers;
    let mut out = vec![];
    let screened = matches!(c.head.state, ChallengeState::Submitted | ChallengeState::Declined | ChallengeState::Rejected);
    if v.actor.role.oversees() && screened {
        if a.unchanged == Some(true) {
            out.push(Block::inset(t.t("block.unchanged"), t.t("block.unchanged_text"), "warn"));
        }
        out.extend(a.refusal.iter().map(|said| word(t, "refusal_proposed", said, "warn")));
        out.extend(a.sent_back.iter().map(|said| word(t, "sent_back", said, "warn")));
    }
    if screened {
        out.extend(a.refused.iter().map(|said| word(t, "refused", said, "warn")));
        out.extend(a.asked_again.iter().map(|said| word(t, "asked_again", said, "info")));
    }
    let waits = match c.head.state {
        ChallengeState::Decided => a.put_off(crate::domain::ChallengeAct::Approve),
        ChallengeState::AwardDecision if v.actor.role.oversees() => a.put_off(crate::domain::ChallengeAct::Award),
        _ => None,
    };
    if let Some(d) = waits {
        let facts = [("reason", d.reason.clone()), ("minutes", d.minutes.clone()), ("date", d.comes_again_on.clone())];
        out.push(Block::inset(t.t("block.deferred"), t.with("block.deferred_text", &facts), "info"));
    }
    out.extend(a.meeting_refused.iter().map(|why| Block::inset(t.t("block.meeting_refused"), why.clone(), "warn")));
    out
}

/// For whoever checks the form of a bid: why the checker sent it back.
pub(super) fn of_bid(t: &Text, v: &Visitor, b: &Bid) -> Option<Block> {
    b.sent_back.as_ref().filter(|_| v.actor.role.oversees()).map(|said| word(t, "sent_back", said, "warn"))
}
