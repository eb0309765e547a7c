//! The opening record (开标记录): every entry of the closing list, who opened, when and with whose keys, and what did not open.
use super::*;
use crate::domain::seal::Holder;
use jiff::Timestamp;
use serde::Serialize;

/// One sealed bid, and what each stage came to.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub bid: BidId,
    pub lead: String,
    pub version: i32,
    pub sha256: String,
    pub commits: Vec<String>,
    /// By stage: `opened`, `sealed` while it has not come to that, `out` when an earlier step left no place for it, or why not.
    pub first: String,
    pub price: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct StageTold {
    pub stage: OpeningStage,
    pub begun_by: String,
    pub begun_at: Option<Timestamp>,
    /// The second person came in: only where keyholders open.
    pub witnessed_at: Option<Timestamp>,
    pub completed_by: String,
    pub completed_at: Timestamp,
    pub keyholders: Vec<Holder>,
    /// Bids whose teams brought the key from their spare.
    pub spares: Vec<BidId>,
    pub window_until: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
pub struct OpeningRecord {
    pub challenge: ChallengeId,
    pub number: Option<String>,
    pub title: String,
    pub close_at: Option<Timestamp>,
    /// When the list of what was sealed was closed; none for openings from before there were lists.
    pub listed_at: Option<Timestamp>,
    pub count: usize,
    /// Price and team are opened apart, after the blind scores.
    pub price_apart: bool,
    pub roster_sha256: Option<String>,
    pub entries: Vec<Line>,
    pub stages: Vec<StageTold>,
}

impl App {
    pub async fn opening_record(&self, actor: &Actor, id: ChallengeId) -> Result<OpeningRecord> {
        let c = self.challenge(actor, id).await?;
        let bids: Vec<Bid> = noun::of(&self.db, "challenge_id", id.0).await?;
        policy::see_opening_record(actor, &c, &bids)?;
        let list = c.stages.closing.clone();
        let sealed = match &list {
            Some(list) => list.bids.clone(),
            None => bids.iter().filter_map(line_of).collect(),
        };
        let orgs: Vec<OrgId> = bids.iter().map(|b| b.org).collect();
        let people: Vec<AccountId> = c.stages.done.iter().flat_map(|d| [d.by.0, d.by.1]).collect();
        let names = self.names(&orgs, &people).await?;
        let entries: Vec<Line> = sealed
            .into_iter()
            .map(|l| {
                let bid = bids.iter().find(|b| b.id == l.bid);
                Line {
                    lead: bid.map(|b| names.org(b.org).to_owned()).unwrap_or_default(),
                    first: came_to(&c, l.bid, OpeningStage::First),
                    price: came_to(&c, l.bid, OpeningStage::Price),
                    bid: l.bid,
                    version: l.version,
                    sha256: l.sha256,
                    commits: l.commits,
                }
            })
            .collect();
        let stages = c.stages.done.iter().map(|d| stage_told(&c, d, &names)).collect();
        Ok(OpeningRecord {
            challenge: id,
            number: c.number.clone(),
            title: c.title.clone(),
            close_at: c.close_at,
            listed_at: list.map(|l| l.at),
            count: entries.len(),
            price_apart: c.stages.apart,
            roster_sha256: c.sealing.as_ref().map(|s| s.sha256.clone()),
            entries,
            stages,
        })
    }
}

fn line_of(b: &Bid) -> Option<ClosingLine> {
    let seal = b.seal.as_ref().filter(|_| !matches!(b.head.state, BidState::Draft | BidState::Withdrawn))?;
    let expired = b.head.state == BidState::Expired && b.reason.is_none();
    let commits = seal.commits().to_vec();
    (!expired).then(|| ClosingLine { bid: b.id, version: seal.edition, sha256: seal.sha256.clone(), commits })
}

/// What a stage came to for one bid.
fn came_to(c: &Challenge, bid: BidId, stage: OpeningStage) -> String {
    let failure = |s: OpeningStage| c.stages.failed.iter().find(|f| f.bid == bid && f.stage == s);
    let over = match stage {
        OpeningStage::First => c.opened_at.is_some(),
        OpeningStage::Price => c.price_is_open(),
    };
    match failure(stage) {
        Some(failed) => failed.why.clone(),
        None if stage == OpeningStage::Price && failure(OpeningStage::First).is_some() => "out".into(),
        None => (if over { "opened" } else { "sealed" }).into(),
    }
}

fn stage_told(c: &Challenge, d: &Opened, names: &query::Names) -> StageTold {
    let holders = c.sealing.iter().flat_map(|s| s.roster.holders.iter().zip(1u8..));
    StageTold {
        stage: d.stage,
        begun_by: names.account(d.by.0).to_owned(),
        begun_at: c.begun(d.stage).map(|h| h.at),
        witnessed_at: c.witnessed(d.stage).map(|h| h.at),
        completed_by: names.account(d.by.1).to_owned(),
        completed_at: d.at,
        keyholders: holders.filter(|(_, n)| d.holders.contains(n)).map(|(h, _)| h.clone()).collect(),
        spares: d.spares.clone(),
        window_until: c.spare_window(d.stage).and_then(|w| w.until),
    }
}
