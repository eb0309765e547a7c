//! When what becomes public (product 4.11): one table of every class of information of a challenge, from which the calendar is
//! drawn and against which a test holds the pages that the public sees.
use super::*;

/// What makes a class public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// The list is approved and put on notice.
    Listing,
    /// Bidding opens.
    Publication,
    /// The bids are opened.
    Opening,
    /// The award is put on notice.
    Notice,
    /// The award is confirmed.
    Award,
    /// The result is accepted.
    Acceptance,
    /// Never.
    Never,
}

impl Opens {
    pub const ALL: [Self; 7] =
        [Self::Listing, Self::Publication, Self::Opening, Self::Notice, Self::Award, Self::Acceptance, Self::Never];
    pub const fn id(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Publication => "publication",
            Self::Opening => "opening",
            Self::Notice => "notice",
            Self::Award => "award",
            Self::Acceptance => "acceptance",
            Self::Never => "never",
        }
    }
}

/// Who reads a class before the public does; ids are words of the catalogues (`reader.ID`).
#[derive(Clone, Copy, Debug)]
pub struct Class {
    pub id: &'static str,
    pub opens: Opens,
    /// Who may see it until then.
    pub before: &'static [&'static str],
    /// Why it waits or is never told: `ground.ID`.
    pub ground: &'static str,
}

const fn class(id: &'static str, opens: Opens, before: &'static [&'static str], ground: &'static str) -> Class {
    Class { id, opens, before, ground }
}

const INSIDE: &[&str] = &["poster", "bureau", "oversight"];
const BUREAU: &[&str] = &["bureau", "oversight"];
const TEAM: &[&str] = &["team"];

/// The table, in the order in which a case goes.
pub const CLASSES: &[Class] = &[
    class("title", Opens::Listing, INSIDE, "not_yet_decided"),
    class("stake", Opens::Listing, INSIDE, "not_yet_decided"),
    class("indicators", Opens::Listing, INSIDE, "not_yet_decided"),
    class("poster_name", Opens::Listing, INSIDE, "not_yet_decided"),
    class("current_state", Opens::Listing, INSIDE, "not_yet_decided"),
    class("attachments", Opens::Listing, INSIDE, "not_yet_decided"),
    class("questions", Opens::Publication, INSIDE, "not_yet_open"),
    class("bid_count", Opens::Opening, &[], "sealed"),
    class("winner", Opens::Notice, BUREAU, "review_runs"),
    class("winner_price", Opens::Notice, BUREAU, "review_runs"),
    class("winner_score", Opens::Notice, BUREAU, "review_runs"),
    class("panel_members", Opens::Award, BUREAU, "panel_undisturbed"),
    class("draw", Opens::Award, BUREAU, "panel_undisturbed"),
    class("contract_summary", Opens::Award, INSIDE, "award_not_firm"),
    class("results", Opens::Acceptance, INSIDE, "not_yet_measured"),
    class("other_bidders", Opens::Never, BUREAU, "trade_secret"),
    class("bid_contents", Opens::Never, TEAM, "trade_secret"),
    class("expert_scores", Opens::Never, BUREAU, "expert_independence"),
    class("objector", Opens::Never, BUREAU, "personal_information"),
    class("contact_phone", Opens::Never, INSIDE, "personal_information"),
    class("funds_proof", Opens::Never, INSIDE, "trade_secret"),
    class("payments", Opens::Never, &["parties", "finance", "bureau", "oversight"], "parties_accounts"),
];

/// How a class stands today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Standing {
    Public {
        since: Option<Timestamp>,
    },
    /// It will be, by this event; the date where it is known already.
    Later {
        by: Opens,
        on: Option<Timestamp>,
        ground: &'static str,
    },
    /// It is kept back; `until` says what ends that, none when nothing does.
    Withheld {
        ground: &'static str,
        until: Option<Opens>,
    },
}

/// What the calendar looks at.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub challenge: &'a Challenge,
    pub notices: &'a [Notice],
    pub contracts: &'a [Contract],
    pub now: Timestamp,
}

impl Seen<'_> {
    /// When an event came, if it did.
    fn came(&self, event: Opens) -> Option<Option<Timestamp>> {
        let (c, told) = (self.challenge, |n: &&Notice| !matches!(n.head.state, NoticeState::Draft | NoticeState::Revoked));
        match event {
            Opens::Listing => {
                (c.state_at(self.now).is_public() && c.need.is_some() && (c.listing.is_some() || c.previous.is_some()))
                    .then(|| c.published_at.map_or(Some(c.head.since), |_| None))
            }
            Opens::Publication => c.published_at.map(Some),
            Opens::Opening => c.opened_at.map(Some),
            Opens::Notice => self.notices.iter().find(told).map(|n| {
                n.starts_on.as_deref().and_then(|d| d.parse::<jiff::civil::Date>().ok()).map(|d| deadline_instant(d) - DAY)
            }),
            Opens::Award => c.head.state.is_after_award().then(|| self.notices.iter().find(told).and_then(|n| n.ends_at)),
            Opens::Acceptance => self.contracts.iter().any(|k| k.thread.iter().any(|x| x.measured.is_some())).then_some(None),
            Opens::Never => None,
        }
    }

    /// When an event is due, as far as a date is known today.
    fn due(&self, event: Opens) -> Option<Timestamp> {
        match event {
            Opens::Publication => self.challenge.head.due.filter(|_| self.challenge.head.state == ChallengeState::ListNotice),
            Opens::Opening => self.challenge.close_at,
            Opens::Award => self.notices.iter().filter(|n| n.head.state == NoticeState::InPublicity).find_map(|n| n.ends_at),
            Opens::Listing | Opens::Notice | Opens::Acceptance | Opens::Never => None,
        }
    }

    pub fn of(&self, class: &Class) -> Standing {
        let need = self.challenge.need.as_ref();
        let secret = need.is_some_and(|n| n.confidentiality != "open");
        match class.id {
            "poster_name" if need.is_some_and(|n| n.anonymous) && self.came(Opens::Award).is_none() => {
                return Standing::Withheld { ground: "poster_anonymous", until: Some(Opens::Award) };
            }
            "current_state" | "attachments" if secret => {
                return Standing::Withheld { ground: "poster_confidential", until: None };
            }
            _ => {}
        }
        match (class.opens, self.came(class.opens)) {
            (Opens::Never, _) => Standing::Withheld { ground: class.ground, until: None },
            (_, Some(since)) => Standing::Public { since },
            (by, None) => Standing::Later { by, on: self.due(by), ground: class.ground },
        }
    }

    pub fn is_public(&self, id: &str) -> bool {
        CLASSES.iter().find(|c| c.id == id).is_some_and(|c| matches!(self.of(c), Standing::Public { .. }))
    }
}

const DAY: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
