//! The ceremony of a stage: wraps are handed out when two people of two bodies are there, to each keyholder only its own and of
//! this stage only. What comes back lies under the vault's key until the stage is over, so any node goes on with it.
use super::*;
use crate::domain::seal::{Envelope, FORMAT, Handout, Part, Share, Wrap, b64};
use crate::outside::seal::{ContentKey, finish};
use policy::{HoldKey, Permit};
use std::collections::{BTreeMap, BTreeSet};
use store::share::KeptShare;

/// One wrap: of which bid, which envelope, for which quorum.
type Path = (BidId, Part, Vec<u8>);

/// Everything that is under way in a stage.
struct Ceremony {
    shares: BTreeMap<Path, Share>,
    damaged: BTreeSet<Path>,
    keys: BTreeMap<(BidId, Part), ContentKey>,
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

/// The keys of a bid, or why there will be none; a bid that is still waited for is not among them.
pub(in crate::app) type Keys = BTreeMap<BidId, std::result::Result<Vec<(Part, ContentKey)>, &'static str>>;

impl Ceremony {
    fn for_holder(&self, number: u8) -> Vec<Share> {
        let open = |s: &&Share| s.holder() == Some(number) && !self.keys.contains_key(&(BidId(s.bid), s.envelope));
        self.shares.values().filter(open).cloned().collect()
    }

    /// The key of an envelope; `Err(true)` when every quorum has failed, `Err(false)` when somebody is still waited for.
    fn key(&self, bid: BidId, part: Part) -> std::result::Result<&ContentKey, bool> {
        let all = || self.shares.keys().filter(|(b, p, _)| (*b, *p) == (bid, part));
        self.keys.get(&(bid, part)).ok_or_else(|| all().count() > 0 && all().all(|path| self.damaged.contains(path)))
    }
}

/// The envelopes of a stage: of the others no wrap leaves the database.
fn envelopes<'a>(bids: &'a [Bid], parts: &'a [Part]) -> impl Iterator<Item = &'a Envelope> {
    bids.iter().flat_map(move |b| parts.iter().filter_map(move |p| b.seal.as_ref()?.envelope(*p)))
}

/// What a share is bound to at rest: moved to another wrap it does not open.
fn place(bid: BidId, part: Part, holders: &[u8], opened: usize) -> String {
    format!("share {bid} {} {holders:?} {opened}", part.id())
}

impl App {
    /// A keyholder's part of an opening; before two people are there, nobody's.
    pub async fn handout(&self, actor: &Actor, id: ChallengeId) -> Result<Handout> {
        let handed = Box::pin(self.handed_out(actor, id)).await;
        self.note_if_early(actor, id, "handout", handed).await
    }

    async fn handed_out(&self, actor: &Actor, id: ChallengeId) -> Result<Handout> {
        let c: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let (_, number, stage) = self.keyholder_of(actor, &c).await?;
        let bids = opening::in_stage(noun::of(&self.db, "challenge_id", id.0).await?, &c, stage);
        let ceremony = self.under_way(&c, stage, &bids, store::share::of(&self.db, id).await?)?;
        let roster = c.sealing.map(|s| s.roster).ok_or(Error::Missing)?;
        Ok(Handout { v: FORMAT.into(), challenge: id.0, roster, shares: ceremony.for_holder(number) })
    }

    /// Takes what a keyholder opened. What it left out counts as damaged until it comes after all. The challenge is locked
    /// first: of two nodes that take the same answer one finds nothing asked any more.
    pub async fn take_shares(&self, actor: &Actor, id: ChallengeId, answer: Handout) -> Result<Taken> {
        let taken = Box::pin(self.shares_taken(actor, id, answer)).await;
        self.note_if_early(actor, id, "key-shares", taken).await
    }

    async fn shares_taken(&self, actor: &Actor, id: ChallengeId, answer: Handout) -> Result<Taken> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, id).await?;
        let (permit, number, stage) = self.keyholder_of(actor, &c).await?;
        let now = work.now().await?;
        let bids = opening::in_stage(noun::lock_of(&work, "challenge_id", id.0).await?, &c, stage);
        let parts = c.parts_of(stage);
        let ceremony = self.under_way(&c, stage, &bids, store::share::of_in(&work, id).await?)?;
        let (mut opened, mut damaged) = (0, 0);
        for asked in ceremony.for_holder(number) {
            let Some(e) = envelopes(&bids, parts).find(|e| (e.bid, e.envelope) == (asked.bid, asked.envelope)) else {
                continue;
            };
            let same = |s: &&Share| {
                (s.bid, s.envelope, &s.holders, s.opened) == (asked.bid, asked.envelope, &asked.holders, asked.opened + 1)
            };
            let found = answer.shares.iter().find(same);
            let sound = found.filter(|s| fits(e, s));
            match found {
                Some(_) => opened += 1,
                None => damaged += 1,
            }
            let kept = sound.unwrap_or(&asked);
            self.keep_share(&work, &permit, kept, sound.is_none(), now).await?;
        }
        let after = self.under_way(&c, stage, &bids, store::share::of_in(&work, id).await?)?;
        let event = Event::new(Noun::Challenge, "key-shares", id.0, Visibility::Bureau).on(id).fact("keyholder", number);
        work.commit(&permit, event.fact("stage", stage).fact("opened", opened).fact("damaged", damaged)).await?;
        Ok(Taken { opened, damaged, keys: after.keys.len(), of: envelopes(&bids, parts).count() })
    }

    async fn keep_share(
        &self,
        work: &Work,
        permit: &Permit<HoldKey>,
        share: &Share,
        damaged: bool,
        at: jiff::Timestamp,
    ) -> Result<()> {
        let (bid, text) = (BidId(share.bid), zeroize::Zeroizing::new(b64::text(&share.data)));
        let data = Sealed(self.vault.close(&place(bid, share.envelope, &share.holders, share.opened), &text));
        let kept = KeptShare { bid, part: share.envelope, holders: share.holders.clone(), opened: share.opened, damaged, data };
        Ok(store::share::keep(work, permit, &kept, at).await?)
    }

    /// The key that a team brings from its spare, held against the envelope's commitment and kept like a share.
    pub(in crate::app) async fn keep_own_key(
        &self,
        work: &Work,
        permit: &Permit<HoldKey>,
        (envelope, data): (&Envelope, Vec<u8>),
        at: jiff::Timestamp,
    ) -> Result<()> {
        let own = Share { data, ..own_share(envelope) };
        finish(envelope, &own).map_err(|_| Refusal::new("key_not_of_this_bid").at("key"))?;
        self.keep_share(work, permit, &own, false, at).await
    }

    /// What is under way: every wrap of the stage's envelopes, as far as the kept shares have brought it.
    fn under_way(&self, c: &Challenge, stage: OpeningStage, bids: &[Bid], kept: Vec<KeptShare>) -> Result<Ceremony> {
        let mut out = Ceremony { shares: BTreeMap::new(), damaged: BTreeSet::new(), keys: BTreeMap::new() };
        for e in envelopes(bids, c.parts_of(stage)) {
            let bid = BidId(e.bid);
            for first in e.wraps.iter().map(|w| Share::first(e, w)).chain([own_share(e)]) {
                let path: Path = (bid, e.envelope, first.holders.clone());
                let own = first.holders.is_empty();
                let found = kept.iter().find(|k| (k.bid, k.part, &k.holders) == (bid, e.envelope, &path.2));
                let share = match found {
                    Some(k) => self.brought(k, first)?,
                    None if own => continue,
                    None => first,
                };
                if found.is_some_and(|k| k.damaged) {
                    out.damaged.insert(path.clone());
                } else if share.is_key()
                    && let Ok(key) = finish(e, &share)
                {
                    out.keys.insert((bid, e.envelope), key);
                }
                if !own {
                    out.shares.insert(path, share);
                }
            }
        }
        Ok(out)
    }

    fn brought(&self, kept: &KeptShare, first: Share) -> Result<Share> {
        let text = self.vault.open(&place(kept.bid, kept.part, &kept.holders, kept.opened), &kept.data.0);
        let text = zeroize::Zeroizing::new(text.map_err(|e| Error::Failed(format!("a share of bid {}: {e}", kept.bid)))?);
        let data = b64::bytes(&text).ok_or_else(|| Error::Failed("a share does not read".into()))?;
        Ok(Share { opened: kept.opened, data, ..first })
    }

    async fn keyholder_of(&self, actor: &Actor, c: &Challenge) -> Result<(Permit<HoldKey>, u8, OpeningStage)> {
        let permit = policy::hold_key(actor, c)?;
        let number = c.sealing.as_ref().and_then(|s| s.number_of(actor.account)).ok_or(Error::Missing)?;
        let stage = c.ceremony(self.glance().await?.now).ok_or(Refusal::new("handout_too_early"))?;
        Ok((permit, number, stage))
    }

    /// The keys of every bid of a stage that has them all, or will never have them: its wraps are damaged, or the time for its
    /// team's spare is over too.
    pub(in crate::app) async fn keys_of(
        &self,
        c: &Challenge,
        stage: OpeningStage,
        bids: &[Bid],
        now: jiff::Timestamp,
    ) -> Result<Keys> {
        let ceremony = self.under_way(c, stage, bids, store::share::of(&self.db, c.id).await?)?;
        let mut out = Keys::new();
        for b in bids {
            let mut keys = vec![];
            let mut why = None;
            for part in c.parts_of(stage) {
                match ceremony.key(b.id, *part) {
                    Ok(key) => keys.push((*part, key.clone())),
                    Err(true) if !self.spare_may_help(c, stage, now) => why = Some("seal_damaged_wrap"),
                    Err(false) if c.gave_up_on_keys(now) => why = why.or(Some("keys_lost")),
                    Err(_) => {}
                }
            }
            match why {
                None if keys.len() < c.parts_of(stage).len() => {}
                None => drop(out.insert(b.id, Ok(keys))),
                Some(why) => drop(out.insert(b.id, Err(why))),
            }
        }
        Ok(out)
    }

    /// While a window is open a team may still bring what damaged wraps do not give.
    fn spare_may_help(&self, c: &Challenge, stage: OpeningStage, now: jiff::Timestamp) -> bool {
        c.takes_spares(now) == Some(stage)
    }

    /// The bids of a stage of which some key is missing.
    pub(in crate::app) async fn keyless(&self, work: &Work, c: &Challenge, stage: OpeningStage) -> Result<Vec<Bid>> {
        let mut bids = opening::in_stage(noun::lock_of(work, "challenge_id", c.id.0).await?, c, stage);
        let ceremony = self.under_way(c, stage, &bids, store::share::of_in(work, c.id).await?)?;
        bids.retain(|b| c.parts_of(stage).iter().any(|p| ceremony.key(b.id, *p).is_err()));
        Ok(bids)
    }

    /// Numbers of the keyholders whose shares came, and the bids whose teams brought their own key.
    pub(in crate::app) async fn who_gave_keys(&self, work: &Work, id: ChallengeId) -> Result<(Vec<u8>, Vec<BidId>)> {
        let kept = store::share::of_in(work, id).await?;
        let holders: BTreeSet<u8> = kept.iter().flat_map(|k| k.holders.iter().take(k.opened).copied()).collect();
        let spares: BTreeSet<BidId> = kept.iter().filter(|k| k.holders.is_empty()).map(|k| k.bid).collect();
        Ok((holders.into_iter().collect(), spares.into_iter().collect()))
    }
}

/// Where a team's own key lies: the wrap of a quorum of nobody.
fn own_share(e: &Envelope) -> Share {
    Share { bid: e.bid, version: e.version, envelope: e.envelope, holders: vec![], opened: 0, data: vec![] }
}

/// Whether an answer has the length of a wrap with its layers off, and, with the last one off, is the envelope's key.
fn fits(envelope: &Envelope, share: &Share) -> bool {
    let left = share.holders.len().saturating_sub(share.opened);
    share.data.len() == Wrap::len_with(left) && (left > 0 || finish(envelope, share).is_ok())
}
