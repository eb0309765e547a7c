//! The ceremony of an opening: wraps are handed out when two people of two bodies are there, to each keyholder only its own;
//! what comes back is kept in memory until the bids are open, and wiped then.
use super::*;
use crate::domain::seal::{Envelope, FORMAT, Handout, Part, Share};
use crate::outside::seal::{ContentKey, finish};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

/// One wrap: of which bid, which envelope, for which quorum.
type Path = (BidId, Part, Vec<u8>);

#[derive(Default)]
pub(in crate::app) struct Ceremony {
    shares: BTreeMap<Path, Share>,
    keys: BTreeMap<(BidId, Part), ContentKey>,
    damaged: BTreeSet<Path>,
}

pub(in crate::app) type Ceremonies = Arc<Mutex<HashMap<ChallengeId, Ceremony>>>;

impl Ceremony {
    /// Every wrap of these bids that is not under way yet.
    fn begin(&mut self, bids: &[Bid]) {
        for (b, e) in bids.iter().flat_map(|b| envelopes(b).iter().map(move |e| (b, e))) {
            for wrap in &e.wraps {
                let path = (b.id, e.envelope, wrap.holders.clone());
                self.shares.entry(path).or_insert_with(|| Share::first(e, wrap));
            }
        }
    }

    fn for_holder(&self, number: u8) -> Vec<Share> {
        let open = |s: &&Share| s.holder() == Some(number) && !self.keys.contains_key(&(BidId(s.bid), s.envelope));
        self.shares.values().filter(open).cloned().collect()
    }

    /// Takes a holder's answer to one share that was handed to it; `None` says that it did not open.
    fn take(&mut self, asked: &Share, answer: Option<Share>, envelope: &Envelope) {
        let path = (BidId(asked.bid), asked.envelope, asked.holders.clone());
        let left = asked.holders.len() - asked.opened - 1;
        match answer.filter(|s| s.data.len() == crate::domain::seal::Wrap::len_with(left)) {
            Some(share) if left > 0 => {
                self.damaged.remove(&path);
                self.shares.insert(path, share);
            }
            Some(mut share) => {
                match finish(envelope, &share) {
                    Ok(key) => drop((self.keys.insert((path.0, path.1), key), self.damaged.remove(&path))),
                    Err(_) => drop(self.damaged.insert(path)),
                }
                zeroize::Zeroize::zeroize(&mut share.data);
            }
            None => drop(self.damaged.insert(path)),
        }
    }

    /// The key of an envelope; `Err(true)` when every quorum has failed, `Err(false)` when somebody is still waited for.
    pub(in crate::app) fn key(&self, bid: BidId, part: Part) -> std::result::Result<&ContentKey, bool> {
        let all = || self.shares.keys().filter(|(b, p, _)| (*b, *p) == (bid, part));
        self.keys.get(&(bid, part)).ok_or_else(|| all().count() > 0 && all().all(|path| self.damaged.contains(path)))
    }
}

fn envelopes(b: &Bid) -> &[Envelope] {
    b.seal.as_ref().and_then(|s| s.sealed.as_ref()).map_or(&[], |s| &s.envelopes)
}

/// How an answer was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Taken {
    pub opened: usize,
    pub damaged: usize,
    /// Envelopes that now have their key, of how many.
    pub keys: usize,
    pub of: usize,
}

impl App {
    /// A keyholder's part of an opening; before two people are there, nobody's.
    pub async fn handout(&self, actor: &Actor, id: ChallengeId) -> Result<Handout> {
        let (c, number, bids) = self.ceremony_of(actor, id).await?;
        let mut all = self.ceremonies.lock().expect("no panic while ceremonies are held");
        let ceremony = all.entry(id).or_default();
        ceremony.begin(&bids);
        let roster = c.sealing.map(|s| s.roster).ok_or(Error::Missing)?;
        Ok(Handout { v: FORMAT.into(), challenge: id.0, roster, shares: ceremony.for_holder(number) })
    }

    /// Takes what a keyholder opened. What it left out counts as damaged until it comes after all.
    pub async fn take_shares(&self, actor: &Actor, id: ChallengeId, answer: Handout) -> Result<Taken> {
        let (c, number, bids) = self.ceremony_of(actor, id).await?;
        let taken = self.take_answer(id, number, &bids, answer);
        let work = self.begin(actor).await?;
        let permit = policy::hold_key(actor, &c)?;
        let event = Event::new(Noun::Challenge, "key-shares", id.0, Visibility::Bureau).on(id).fact("keyholder", number);
        work.commit(&permit, event.fact("opened", taken.opened).fact("damaged", taken.damaged)).await?;
        Ok(taken)
    }

    fn take_answer(&self, id: ChallengeId, number: u8, bids: &[Bid], answer: Handout) -> Taken {
        let mut all = self.ceremonies.lock().expect("no panic while ceremonies are held");
        let ceremony = all.entry(id).or_default();
        ceremony.begin(bids);
        let (mut opened, mut damaged) = (0, 0);
        for asked in ceremony.for_holder(number) {
            let Some(e) = bids.iter().flat_map(envelopes).find(|e| (e.bid, e.envelope) == (asked.bid, asked.envelope)) else {
                continue;
            };
            let same = |s: &&Share| {
                (s.bid, s.envelope, &s.holders, s.opened) == (asked.bid, asked.envelope, &asked.holders, asked.opened + 1)
            };
            let found = answer.shares.iter().find(same).cloned();
            if found.is_some() {
                opened += 1
            } else {
                damaged += 1
            }
            ceremony.take(&asked, found, e);
        }
        Taken { opened, damaged, keys: ceremony.keys.len(), of: bids.iter().flat_map(envelopes).count() }
    }

    async fn ceremony_of(&self, actor: &Actor, id: ChallengeId) -> Result<(Challenge, u8, Vec<Bid>)> {
        let c: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::hold_key(actor, &c)?;
        let number = c.sealing.as_ref().and_then(|s| s.number_of(actor.account)).ok_or(Error::Missing)?;
        let now = self.glance().await?.now;
        if c.state_at(now) != ChallengeState::Closed || c.opening.is_none() || c.witness.is_none() {
            return Err(Refusal::new("handout_too_early").into());
        }
        let mut bids: Vec<Bid> = noun::of(&self.db, "challenge_id", id.0).await?;
        bids.retain(|b| b.head.state == BidState::Sealed && b.is_confirmed(&c));
        Ok((c, number, bids))
    }

    /// The keys of a bid, cloned out of the ceremony: `None` when its wraps have all failed.
    pub(in crate::app) fn keys_of(&self, id: ChallengeId, bid: BidId) -> std::result::Result<Option<[ContentKey; 2]>, Refusal> {
        let all = self.ceremonies.lock().expect("no panic while ceremonies are held");
        let missing = || Refusal::new("keys_missing");
        let ceremony = all.get(&id).ok_or_else(missing)?;
        match [ceremony.key(bid, Part::A), ceremony.key(bid, Part::B)] {
            [Ok(a), Ok(b)] => Ok(Some([a.clone(), b.clone()])),
            [Err(true), _] | [_, Err(true)] => Ok(None),
            _ => Err(missing()),
        }
    }

    pub(in crate::app) fn end_ceremony(&self, id: ChallengeId) {
        self.ceremonies.lock().expect("no panic while ceremonies are held").remove(&id);
    }
}
