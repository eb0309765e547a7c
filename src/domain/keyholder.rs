//! Keyholders (开标持钥人): public keys on file, proved alive by drills, and what a challenge freezes of them.
use super::seal::{Holder, PublicKey, Roster};
use super::*;
use jiff::SignedDuration;

/// What an account has on file. The private key never comes here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyholder {
    pub public: PublicKey,
    pub enrolled_at: Timestamp,
    /// When the holder last proved that the key is there and its passphrase known.
    pub drilled_at: Option<Timestamp>,
    pub pending: Option<PendingDrill>,
}

/// A drill that was handed out: the answer is known here by its hash only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingDrill {
    pub answer_sha256: String,
    pub asked_at: Timestamp,
}

/// A drill counts for so many days, and an answer must come within so many hours.
const DRILL_DAYS: i64 = 30;
const ANSWER_HOURS: i64 = 24;

impl Keyholder {
    pub fn new(public: PublicKey, now: Timestamp) -> Self {
        Self { public, enrolled_at: now, drilled_at: None, pending: None }
    }
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.drilled_at.is_some_and(|at| now < at + SignedDuration::from_hours(24 * DRILL_DAYS))
    }
    pub fn answer(&mut self, answer: &str, now: Timestamp) -> Result<(), Refusal> {
        let pending = self.pending.take().ok_or(Refusal::new("drill_not_asked"))?;
        ensure(now < pending.asked_at + SignedDuration::from_hours(ANSWER_HOURS), "drill_not_asked")?;
        ensure(hash::sha256_hex(answer.as_bytes()) == pending.answer_sha256, "drill_wrong")?;
        self.drilled_at = Some(now);
        Ok(())
    }
}

impl Role {
    /// People of the bureau and of oversight may hold a key; who runs the platform, bids, posts or scores may not.
    pub fn may_hold_key(self) -> bool {
        self.oversees() || self == Role::Finance
    }
}

/// How a challenge's bids are sealed: by the server under its own key; on the teams' machines to its keyholders; or to its
/// keyholders by whichever of the two a team likes.
pub const SEALINGS: &[&str] = &["server", "keyholders", "keyholders_or_server"];

/// Frozen at publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealing {
    pub roster: Roster,
    pub sha256: String,
    /// The accounts behind the roster's numbers, in its order.
    pub holders: Vec<AccountId>,
    /// Their organisations, in the same order; none where it was frozen before they were kept.
    #[serde(default)]
    pub bodies: Vec<OrgId>,
    /// The server may seal a draft to them too, and says so on the receipt.
    #[serde(default)]
    pub server_too: bool,
}

impl Sealing {
    /// Those who were chosen, with the names of their bodies; `t` of them open. No two are of one body, and none is of the poster's.
    pub fn freeze(t: u8, poster: OrgId, chosen: &[(&Account, &Keyholder, String)]) -> Result<Self, Refusal> {
        if chosen.len() < usize::from(t) {
            return Err(Refusal::new("keyholders_too_few").with("have", chosen.len()).with("need", t).at("keyholders"));
        }
        for (n, (a, _, body)) in chosen.iter().enumerate() {
            if chosen[..n].iter().any(|(b, ..)| b.org == a.org) {
                return Err(Refusal::new("keyholders_one_body").with("body", body).at("keyholders"));
            }
            if a.org == poster {
                return Err(Refusal::new("keyholder_of_poster").with("name", &a.name).at("keyholders"));
            }
        }
        let holder =
            |(a, k, body): &(&Account, &Keyholder, String)| Holder { body: body.clone(), name: a.name.clone(), public: k.public };
        let roster = Roster::new(t, chosen.iter().map(holder).collect());
        let roster = roster.map_err(|e| Refusal::new("keyholders_unfit").with("why", e).at("keyholders"))?;
        let (holders, bodies) = chosen.iter().map(|(a, ..)| (a.id, a.org)).unzip();
        Ok(Self { sha256: roster.hash(), roster, holders, bodies, server_too: false })
    }
    /// Who holds a key bids for nobody: an organisation whose person is a keyholder stays out of the competition.
    pub fn ensure_outside(&self, orgs: &[OrgId]) -> Result<(), Refusal> {
        ensure(!self.bodies.iter().any(|body| orgs.contains(body)), "bidder_holds_key")
    }
    /// The number of an account in the roster.
    pub fn number_of(&self, account: AccountId) -> Option<u8> {
        self.holders.iter().position(|h| *h == account).map(|n| n as u8 + 1)
    }
}
