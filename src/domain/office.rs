//! Which role fits which organisation, and whose word an appointment needs beside the administrator's (domain 11.6).
use super::*;

/// The one table: a role, and the kinds of organisations whose people may have it.
pub const FITS: &[(Role, &[&str])] = &[
    (Role::Poster, &["enterprise", "government"]),
    (Role::Bidder, &["enterprise", "university", "institute"]),
    (Role::Officer, &["government"]),
    (Role::Checker, &["government"]),
    (Role::Head, &["government"]),
    (Role::Supervisor, &["government"]),
    (Role::Finance, &["government"]),
    (Role::Auditor, &["government"]),
    (Role::Administrator, &["government"]),
    // Whoever judges comes from anywhere but from the people of the office that decides (`beside`).
    (Role::Expert, &["enterprise", "university", "institute", "government", "other"]),
];

/// Whether somebody of an organisation of this kind may have a role.
pub fn fits(role: Role, kind: &str) -> bool {
    FITS.iter().any(|(r, kinds)| *r == role && kinds.contains(&kind))
}

/// Two roles that people of one organisation can't have: who watches or judges stands outside of who posts, bids, or decides.
fn apart(one: Role, other: Role) -> bool {
    let oversight = |r| matches!(r, Role::Supervisor | Role::Auditor);
    let takes_part = |r| matches!(r, Role::Poster | Role::Bidder);
    let decides = |r: Role| r.is_bureau() || matches!(r, Role::Auditor | Role::Finance | Role::Administrator);
    let pair = |a: Role, b: Role| (oversight(a) && takes_part(b)) || (a == Role::Expert && decides(b));
    pair(one, other) || pair(other, one)
}

/// Refuses a role that does not fit the organisation or the people it has; `others` are the roles of its people.
pub fn ensure_fits(role: Role, org: &Organisation, others: &[Role]) -> Result<(), Refusal> {
    if !fits(role, &org.kind) {
        return Err(Refusal::new("role_unfit").with("role", role.id()).with("org_kind", &org.kind).at("role"));
    }
    match others.iter().find(|other| apart(role, **other)) {
        Some(other) => Err(Refusal::new("role_beside").with("role", role.id()).with("other_role", other.id()).at("role")),
        None => Ok(()),
    }
}

/// Whose word something needs beside the asker's: people of these roles, of this organisation where one is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondWord {
    pub roles: Vec<Role>,
    pub org: Option<OrgId>,
}

impl SecondWord {
    fn of(roles: &[Role]) -> Self {
        Self { roles: roles.to_vec(), org: None }
    }
    pub fn is_none(&self) -> bool {
        self.roles.is_empty()
    }
}

/// What is known of an organisation and its people when something is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Ties {
    pub org: OrgId,
    /// Somebody else of it, not the one it is about, posts or bids for it.
    pub has_speaker: bool,
    /// A bid of it has not ended.
    pub live_bid: bool,
    /// There is somebody else of oversight than the one it is about.
    pub other_oversight: bool,
}

/// Roles whose people take part for an organisation of their own.
pub fn speaks(role: Role) -> bool {
    matches!(role, Role::Poster | Role::Bidder)
}

fn takes_part(role: Role) -> bool {
    speaks(role) || role == Role::Expert
}

/// The other office for a role: the head for staff, the supervisor for the head and for oversight. Where the one it is about is of
/// oversight, anybody else of oversight; where there is nobody else, the head.
fn other_office(role: Role, kind: &str, ties: &Ties) -> SecondWord {
    match role {
        Role::Supervisor | Role::Auditor if kind == "invitation" => SecondWord::of(&[Role::Supervisor]),
        Role::Supervisor if ties.other_oversight => SecondWord::of(&[Role::Supervisor, Role::Auditor]),
        Role::Supervisor => SecondWord::of(&[Role::Head]),
        Role::Head | Role::Auditor => SecondWord::of(&[Role::Supervisor]),
        _ => SecondWord::of(&[Role::Head]),
    }
}

/// The organisation's own word where it has somebody to give it; where it bids and has nobody, the supervisor's.
fn own_word(ties: &Ties) -> Option<SecondWord> {
    let own = || SecondWord { roles: vec![Role::Poster, Role::Bidder], org: Some(ties.org) };
    match (ties.has_speaker, ties.live_bid) {
        (true, _) => Some(own()),
        (false, true) => Some(SecondWord::of(&[Role::Supervisor])),
        (false, false) => None,
    }
}

/// Whose second word a matter needs. `roles` are the roles that the person has and shall have; `asked` is the asker's.
pub fn second_word(kind: &str, roles: &[Role], asked: Role, ties: &Ties) -> SecondWord {
    // The console sets up what nobody is there to agree to; it is refused once a head and a supervisor are there.
    if asked == Role::System {
        return SecondWord::default();
    }
    if matches!(kind, "organisation" | "bank_account" | "signatory") {
        return SecondWord::of(&[Role::Officer]);
    }
    // The strictest of the roles decides: oversight and head before staff, staff before those who take part.
    let strict = |r: &Role| match r {
        Role::Supervisor => 3,
        Role::Head | Role::Auditor => 2,
        r if takes_part(*r) => 0,
        _ => 1,
    };
    let role = roles.iter().copied().max_by_key(strict).unwrap_or(Role::Administrator);
    let needs = match (kind, takes_part(role)) {
        // An organisation asks that one of its accounts be ended: the administrator does it.
        ("suspension", true) if speaks(asked) => return SecondWord::of(&[Role::Administrator]),
        // Ending the access of somebody who decides nothing alone can't wait, unless it would take a bidder's people away.
        ("suspension", true) => {
            if ties.live_bid {
                own_word(ties)
            } else {
                None
            }
        }
        ("suspension", false) if strict(&role) == 1 => None,
        // By a name one signs: an officer holds it against a paper.
        ("name", true) => Some(SecondWord::of(&[Role::Officer])),
        // Nobody lets another into somebody's account alone.
        ("reset" | "role", true) => Some(own_word(ties).unwrap_or(SecondWord::of(&[Role::Head]))),
        (_, true) => own_word(ties),
        // A key of the supervisor's is agreed to by the other office of the opening.
        ("keyholder", false) if role == Role::Supervisor => Some(SecondWord::of(&[Role::Head])),
        (kind, false) => Some(other_office(role, kind, ties)),
    };
    let mut needs = needs.unwrap_or_default();
    // The head asks for an administrator only; then the supervisor is the other office.
    if needs.roles == [asked] {
        needs.roles = vec![if asked == Role::Head { Role::Supervisor } else { Role::Head }];
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_fits_the_kinds_of_the_table_and_no_other() {
        for role in Role::GIVEN.iter().map(|id| Role::parse(id).unwrap()) {
            let kinds: Vec<&str> = ORG_KINDS.iter().copied().filter(|kind| fits(role, kind)).collect();
            let expected: &[&str] = match role {
                Role::Poster => &["enterprise", "government"],
                Role::Bidder => &["enterprise", "university", "institute"],
                Role::Expert => ORG_KINDS,
                _ => &["government"],
            };
            assert_eq!(kinds, expected, "{role:?}");
        }
        assert!(ORG_KINDS.iter().all(|kind| !fits(Role::Public, kind) && !fits(Role::System, kind)));
    }

    #[test]
    fn who_watches_is_of_no_poster_and_who_judges_of_no_office() {
        assert!(apart(Role::Poster, Role::Supervisor) && apart(Role::Auditor, Role::Bidder));
        assert!(apart(Role::Expert, Role::Officer) && apart(Role::Head, Role::Expert));
        assert!(
            !apart(Role::Supervisor, Role::Auditor) && !apart(Role::Officer, Role::Poster) && !apart(Role::Expert, Role::Bidder)
        );
    }

    fn ties() -> Ties {
        Ties { org: OrgId(Uuid::nil()), has_speaker: false, live_bid: false, other_oversight: true }
    }

    #[test]
    fn another_office_has_its_word_in_every_appointment_of_bureau_and_oversight() {
        for role in Role::GIVEN.iter().map(|id| Role::parse(id).unwrap()).filter(|r| !takes_part(*r)) {
            for kind in ["invitation", "reset", "restoration", "role", "name", "keyholder"] {
                let needs = second_word(kind, &[role], Role::Administrator, &ties());
                assert!(!needs.is_none() && !needs.roles.contains(&Role::Administrator), "{kind} {role:?}: {needs:?}");
            }
        }
        for role in [Role::Head, Role::Supervisor, Role::Auditor] {
            assert!(!second_word("suspension", &[role], Role::Administrator, &ties()).is_none(), "{role:?}");
        }
        assert_eq!(second_word("role", &[Role::Expert, Role::Head], Role::Administrator, &ties()).roles, [Role::Supervisor]);
        assert_eq!(second_word("reset", &[Role::Administrator], Role::Head, &ties()).roles, [Role::Supervisor]);
    }

    #[test]
    fn an_organisation_with_people_or_a_live_bid_is_entered_only_with_a_word_of_its_own_or_of_oversight() {
        for role in [Role::Poster, Role::Bidder, Role::Expert] {
            let ask = |ties: Ties| second_word("invitation", &[role], Role::Administrator, &ties);
            assert!(ask(ties()).is_none());
            assert_eq!(ask(Ties { has_speaker: true, ..ties() }).org, Some(OrgId(Uuid::nil())));
            assert_eq!(ask(Ties { live_bid: true, ..ties() }).roles, [Role::Supervisor]);
            assert!(!second_word("reset", &[role], Role::Administrator, &ties()).is_none(), "nobody lets another in alone");
        }
    }
}
