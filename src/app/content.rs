//! Contents of bids on their way to rest and back: nothing of them reaches the database but under the vault's key, and the two
//! parts lie apart, so that reading who bids never touches a price.
use super::*;
use crate::domain::offer_parts as parts;
use crate::domain::seal::Part;
use policy::{FollowsFrom, Opens, Permit, ReadBid, ReadPrice};
use serde_json::{Map, Value};

/// What a stored content belongs to: one that is moved to another bid, a draft that poses as sealed, or a part that poses as
/// the other does not open.
pub(in crate::app) fn place(bid: Uuid, part: Option<Part>, whole: bool) -> String {
    match part {
        None => format!("bid {bid} draft"),
        Some(_) if whole => format!("bid {bid} sealed"),
        Some(part) => format!("bid {bid} sealed {}", part.id()),
    }
}

/// One sealed part as it lies, readable.
pub(in crate::app) struct Kept {
    pub text: String,
    /// It was sealed before there were two parts.
    whole: bool,
}

impl Kept {
    /// The fields of `part` in it.
    pub fn fields(&self, part: Part) -> Result<Map<String, Value>> {
        let unread = |e: String| Error::Failed(format!("a bid does not read: {e}"));
        let mut value: Value = serde_json::from_str(&self.text).map_err(|e| unread(e.to_string()))?;
        if self.whole {
            let offer: Offer = serde_json::from_value(value["offer"].take()).map_err(|e| unread(e.to_string()))?;
            return Ok(parts::kept(&offer, part));
        }
        match value["fields"].take() {
            Value::Object(fields) => Ok(fields),
            _ => Err(unread("no fields".into())),
        }
    }
    /// The hash that the receipt promised for this part.
    pub fn promised<'a>(&self, seal: &'a Seal, part: Part) -> Option<&'a str> {
        if self.whole { Some(&seal.sha256) } else { seal.parts.get(part as usize).map(String::as_str) }
    }
}

impl App {
    pub(in crate::app) fn draft_at_rest(&self, bid: BidId, text: &str) -> Sealed {
        Sealed(self.vault.close(&place(bid.0, None, false), text))
    }

    pub(in crate::app) fn part_at_rest(&self, bid: BidId, part: Part, text: &str) -> Sealed {
        Sealed(self.vault.close(&place(bid.0, Some(part), false), text))
    }

    fn readable(&self, bid: Uuid, part: Option<Part>, whole: bool, content: &Sealed) -> Result<String> {
        let opened = self.vault.open(&place(bid, part, whole), &content.0);
        opened.map_err(|e| Error::Failed(format!("contents of bid {bid}: {e}")))
    }

    /// The newest draft, for those with the proof.
    pub(in crate::app) async fn draft_text(&self, permit: &Permit<ReadBid>) -> Result<Option<String>> {
        let kept = store::challenge::open_draft(&self.db, permit).await?;
        kept.map(|c| self.readable(permit.subject(), None, false, &c)).transpose()
    }

    /// The same within a unit of work.
    pub(in crate::app) async fn draft_text_in(&self, work: &Work, permit: &Permit<ReadBid>) -> Result<Option<String>> {
        let kept = store::challenge::open_draft_in(work, permit).await?;
        kept.map(|c| self.readable(permit.subject(), None, false, &c)).transpose()
    }

    fn as_part<P: Opens>(&self, permit: &Permit<P>, found: Option<(Sealed, bool)>) -> Result<Option<Kept>> {
        let open = |(content, whole): (Sealed, bool)| -> Result<Kept> {
            Ok(Kept { text: self.readable(permit.subject(), Some(P::PART), whole, &content)?, whole })
        };
        found.map(open).transpose()
    }

    /// The sealed part that the proof opens.
    pub(in crate::app) async fn part<P: Opens>(&self, permit: &Permit<P>) -> Result<Option<Kept>> {
        self.as_part(permit, store::challenge::open_content(&self.db, permit).await?)
    }

    /// The same within a unit of work.
    pub(in crate::app) async fn part_in<P: Opens>(&self, work: &Work, permit: &Permit<P>) -> Result<Option<Kept>> {
        self.as_part(permit, store::challenge::open_content_in(work, permit).await?)
    }

    /// Who bids and what is judged blind.
    pub(in crate::app) async fn part_a<P>(&self, work: &Work, permit: &Permit<P>, bid: BidId) -> Result<PartA>
    where
        ReadBid: FollowsFrom<P>,
    {
        let kept = self.part_in::<ReadBid>(work, &permit.follow(bid.0)).await?.ok_or(Error::Missing)?;
        parts::part_a(&kept.fields(Part::A)?).ok_or_else(unfit)
    }

    /// The whole, once its price is open.
    pub(in crate::app) async fn whole<P>(&self, work: &Work, permit: &Permit<P>, bid: BidId) -> Result<Offer>
    where
        ReadPrice: FollowsFrom<P>,
    {
        let price: Permit<ReadPrice> = permit.follow(bid.0);
        let a = self.part_in::<ReadBid>(work, &price.follow(bid.0)).await?.ok_or(Error::Missing)?;
        let b = self.part_in(work, &price).await?.ok_or(Error::Missing)?;
        parts::join_kept(&a.fields(Part::A)?, &b.fields(Part::B)?).ok_or_else(unfit)
    }

    /// As much as the proofs open: part A, and the whole where there is a proof for the price and the price is there.
    pub(in crate::app) async fn as_far(&self, a: &Permit<ReadBid>, b: Option<&Permit<ReadPrice>>) -> Result<Option<Readable>> {
        let Some(kept) = self.part(a).await? else { return Ok(None) };
        let fields = kept.fields(Part::A)?;
        let price = match b {
            Some(permit) => self.part(permit).await?,
            None => None,
        };
        Ok(Some(match price {
            Some(price) => {
                let whole = parts::join_kept(&fields, &price.fields(Part::B)?).ok_or_else(unfit)?;
                Readable::Whole(Box::new(whole))
            }
            None => Readable::A(Box::new(parts::part_a(&fields).ok_or_else(unfit)?)),
        }))
    }
}

fn unfit() -> Error {
    Error::Failed("the parts of a bid don't fit".into())
}

/// What is kept of one part of a bid that the server seals. The salt keeps its hash from being guessed from a price.
pub(in crate::app) fn text_of(offer: &Offer, part: Part, (on, bid): (ChallengeId, BidId), hashes: &[String]) -> String {
    let salt: [u8; 32] = crate::outside::seal::random();
    let fields = parts::kept(offer, part);
    hash::canonical(&serde_json::json!({
        "part": part, "fields": fields, "files": hashes, "challenge": on, "bid": bid, "salt": hex::encode(salt),
    }))
}
