//! What of each noun is a reader's own: the condition of its list.
use super::*;
use store::noun::Filter;

/// Which rows of a noun are an actor's own business, as a condition of its list.
pub trait Mine: store::noun::Stored {
    fn mine(actor: &Actor) -> Vec<Filter>;
    /// The same where it hangs on the time.
    fn mine_at(actor: &Actor, _now: jiff::Timestamp) -> Vec<Filter> {
        Self::mine(actor)
    }
}

impl Mine for Bid {
    fn mine(actor: &Actor) -> Vec<Filter> {
        match actor.role {
            Role::Bidder => vec![Filter::is("org_id", actor.org.0)],
            // Only states that exist after the opening.
            r if r.oversees() => vec![Filter::In(
                "state",
                BidState::ALL
                    .iter()
                    .filter(|s| !matches!(s, BidState::Draft | BidState::Sealed | BidState::Withdrawn | BidState::Expired))
                    .map(|s| s.id().into())
                    .collect(),
            )],
            _ => vec![Filter::Never],
        }
    }
}

impl Mine for Assignment {
    fn mine(actor: &Actor) -> Vec<Filter> {
        match actor.role {
            Role::Expert => vec![Filter::is("expert_id", actor.account.0)],
            Role::Finance => {
                let states = [AssignmentState::Locked, AssignmentState::Settled].map(|s| s.id().into());
                vec![Filter::In("state", states.to_vec())]
            }
            r if r.oversees() => vec![],
            _ => vec![Filter::Never],
        }
    }
}

impl Mine for Talk {
    fn mine(actor: &Actor) -> Vec<Filter> {
        match actor.role {
            Role::Bidder => vec![Filter::is("org_id", actor.org.0)],
            Role::Poster => vec![Filter::is("poster_id", actor.org.0)],
            r if r.oversees() => vec![],
            _ => vec![Filter::Never],
        }
    }
}

impl Mine for Notice {
    fn mine(actor: &Actor) -> Vec<Filter> {
        if actor.role.oversees() {
            return vec![];
        }
        let shown = NoticeState::ALL.iter().filter(|s| **s != NoticeState::Draft).map(|s| s.id().into()).collect();
        vec![Filter::In("state", shown)]
    }
}

impl Mine for Objection {
    fn mine(actor: &Actor) -> Vec<Filter> {
        match actor.role {
            r if r.oversees() => vec![],
            Role::Public | Role::System => vec![Filter::Never],
            _ => vec![Filter::is("account_id", actor.account.0)],
        }
    }
}

impl Mine for Contract {
    fn mine(actor: &Actor) -> Vec<Filter> {
        match actor.role {
            // A partner reads the contract that it stands in.
            Role::Bidder => vec![Filter::AnyOf(vec![
                Filter::is("lead_id", actor.org.0),
                Filter::BodyHolds("partner_orgs", actor.org.0.to_string()),
            ])],
            Role::Poster => vec![Filter::is("poster_id", actor.org.0)],
            Role::Finance => vec![],
            r if r.oversees() => vec![],
            _ => vec![Filter::Never],
        }
    }
}

pub(super) fn of_experts(mut wanted: Vec<Filter>) -> Vec<Filter> {
    wanted.push(Filter::is("role", Role::Expert.id()));
    wanted
}

/// What hangs on a contract is its parties', finance's and the bureau's.
fn of_parties(actor: &Actor) -> Vec<Filter> {
    match actor.role {
        Role::Bidder => vec![Filter::is("lead_id", actor.org.0)],
        Role::Poster => vec![Filter::is("poster_id", actor.org.0)],
        Role::Finance => vec![],
        r if r.oversees() => vec![],
        _ => vec![Filter::Never],
    }
}

impl Mine for Spending {
    fn mine(actor: &Actor) -> Vec<Filter> {
        of_parties(actor)
    }
}

impl Mine for FinalAccount {
    fn mine(actor: &Actor) -> Vec<Filter> {
        of_parties(actor)
    }
}

impl Mine for Finding {
    fn mine(actor: &Actor) -> Vec<Filter> {
        let asked = || Filter::is("asked", true);
        match actor.role {
            Role::Supervisor => vec![],
            Role::Auditor => vec![Filter::is("confidential", false)],
            Role::Head => vec![asked()],
            Role::Officer | Role::Checker => vec![asked(), Filter::is("confidential", false)],
            _ => vec![Filter::Never],
        }
    }
}

impl Mine for Settlement {
    fn mine(actor: &Actor) -> Vec<Filter> {
        of_parties(actor)
    }
}

impl Mine for FollowUp {
    fn mine(actor: &Actor) -> Vec<Filter> {
        of_parties(actor)
    }
}

impl Mine for Progress {
    fn mine(actor: &Actor) -> Vec<Filter> {
        of_parties(actor)
    }
}

impl Mine for Integrity {
    fn mine(actor: &Actor) -> Vec<Filter> {
        match actor.role {
            r if r.oversees() => vec![],
            Role::Expert => vec![Filter::is("account_id", actor.account.0)],
            Role::Poster | Role::Bidder => vec![Filter::is("org_id", actor.org.0), Filter::Empty("account_id")],
            _ => vec![Filter::Never],
        }
    }
    /// Beside one's own, what is everybody's, while it stands: what has run out is nobody else's any more.
    fn mine_at(actor: &Actor, now: jiff::Timestamp) -> Vec<Filter> {
        if actor.role.oversees() {
            return vec![];
        }
        let stands = Filter::AtLeast("until_at", now.as_millisecond() + 1);
        let open = Filter::AllOf(vec![Filter::is("open_to_all", true), stands]);
        vec![Filter::AnyOf(vec![Filter::AllOf(Self::mine(actor)), open])]
    }
}

impl Mine for BudgetDoc {
    fn mine(actor: &Actor) -> Vec<Filter> {
        if policy::see_budget_docs(actor).is_ok() { vec![] } else { vec![Filter::Never] }
    }
}

impl Mine for Instalment {
    fn mine(actor: &Actor) -> Vec<Filter> {
        match actor.role {
            Role::Bidder => vec![Filter::is("payee_id", actor.org.0)],
            Role::Poster => vec![Filter::AnyOf(vec![Filter::is("payer_id", actor.org.0), Filter::is("payee_id", actor.org.0)])],
            Role::Finance => vec![],
            r if r.oversees() => vec![],
            _ => vec![Filter::Never],
        }
    }
}
