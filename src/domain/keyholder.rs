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
    /// The server may seal a draft to them too, and says so on the receipt.
    #[serde(default)]
    pub server_too: bool,
}

impl Sealing {
    /// All whose drill counts, with the names of their bodies; `t` of them open.
    pub fn freeze(t: u8, ready: &[(&Account, &Keyholder, String)]) -> Result<Self, Refusal> {
        if ready.len() < usize::from(t) {
            return Err(Refusal::new("keyholders_too_few").with("have", ready.len()).with("need", t).at("sealing"));
        }
        let holder =
            |(a, k, body): &(&Account, &Keyholder, String)| Holder { body: body.clone(), name: a.name.clone(), public: k.public };
        let roster = Roster::new(t, ready.iter().map(holder).collect());
        let roster = roster.map_err(|e| Refusal::new("keyholders_unfit").with("why", e).at("sealing"))?;
        Ok(Self { sha256: roster.hash(), roster, holders: ready.iter().map(|(a, ..)| a.id).collect(), server_too: false })
    }
    /// The number of an account in the roster.
    pub fn number_of(&self, account: AccountId) -> Option<u8> {
        self.holders.iter().position(|h| *h == account).map(|n| n as u8 + 1)
    }
}
