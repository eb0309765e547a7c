//! Acts that ask again who one is (security B4): a session, or a token, that anybody holds is not enough for them. The proof is
//! no older than five minutes by the wall's clock, and belongs to the one session that gave it.
use jiff::{SignedDuration, Timestamp};

/// How long a proof holds.
pub const LASTS: SignedDuration = SignedDuration::from_mins(5);

/// The list: `noun.act`, for lives and for acts on accounts.
pub const ACTS: &[&str] = &[
    // Opening.
    "challenge.opening",
    "challenge.opening-confirmation",
    "challenge.price-opening",
    "challenge.price-opening-confirmation",
    "challenge.spare-window",
    "challenge.spare-window-confirmation",
    "bid.spare-key",
    // What moves, ends or decides a competition.
    "challenge.amendment",
    "challenge.withdrawal",
    "challenge.cancellation",
    "challenge.lapse",
    "challenge.panel-draw",
    // Lists and cases taken away as files.
    "list.export",
    // Scores locked, the panel's report.
    "assignment.blind-submission",
    "assignment.submission",
    "challenge.panel-report",
    // Awards, and what decides on them.
    "challenge.award-decision",
    "notice.publication",
    "notice.confirmation",
    "objection.upholding",
    "objection.partial-upholding",
    "bid.disqualification",
    // Signatures, and what ends or changes what was signed.
    "contract.signature",
    "contract.scan",
    "contract.effect",
    "contract.termination",
    "contract.revocation",
    "change.approval",
    "change.collective-approval",
    "change.supplement",
    "final_account.signature",
    "acceptance.pass",
    "acceptance.conclusion",
    "acceptance.failure",
    "gate.decision",
    "gate.merger-proposal",
    "gate.merger-agreement",
    "milestone.replanning",
    "milestone.disposal",
    "integrity.entry",
    // Payments.
    "instalment.approval",
    "instalment.fiscal-payment",
    "instalment.payment",
    "instalment.clawback",
    "instalment.recovery",
    "final_account.settlement",
    "final_account.refund",
    "settlement.settlement",
    "settlement.refund-order",
    "settlement.clawback-order",
    "settlement.refund",
    // Roles and keys.
    "account.creation",
    "account.suspension",
    "account.restoration",
    "account.token",
    "account.keyholder",
    "organisation.signatory",
];

pub fn asked_for(noun: &str, act: &str) -> bool {
    ACTS.iter().any(|listed| listed.split_once('.') == Some((noun, act)))
}

/// Whether a proof given at `proven_at` still holds.
pub fn holds(proven_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(proven_at) < LASTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_on_the_list_is_an_act_of_its_life() {
        let lives = crate::domain::lives();
        let unknown: Vec<&str> = ACTS
            .iter()
            .copied()
            .filter(|listed| {
                let (noun, act) = listed.split_once('.').unwrap();
                let life = lives.iter().find(|l| l.noun == noun);
                life.is_some_and(|l| !l.lines.iter().any(|line| line.act == act))
            })
            .collect();
        assert_eq!(unknown, Vec::<&str>::new());
    }

    #[test]
    fn a_proof_holds_for_less_than_five_minutes() {
        let at = Timestamp::UNIX_EPOCH;
        let after = |seconds| holds(at, at + SignedDuration::from_secs(seconds));
        assert_eq!([after(0), after(299), after(300), after(301)], [true, true, false, false]);
    }
}
