//! Contents of bids on their way to rest and back: nothing of them reaches the database but under the vault's key.
use super::*;
use policy::{Permit, ReadBid};

/// What a stored content belongs to: one that is moved to another bid, or a draft that poses as sealed, does not open.
fn place(bid: Uuid, sealed: bool) -> String {
    format!("bid {bid} {}", if sealed { "sealed" } else { "draft" })
}

impl App {
    pub(in crate::app) fn at_rest(&self, bid: BidId, sealed: bool, text: &str) -> Sealed {
        Sealed(self.vault.close(&place(bid.0, sealed), text))
    }

    /// The newest contents, sealed or draft, for those with the proof.
    pub(in crate::app) async fn content(&self, permit: &Permit<ReadBid>, sealed: bool) -> Result<Option<String>> {
        self.readable(permit, sealed, store::challenge::open_content(&self.db, permit, sealed).await?)
    }

    /// The same within a unit of work.
    pub(in crate::app) async fn content_in(&self, work: &Work, permit: &Permit<ReadBid>, sealed: bool) -> Result<Option<String>> {
        self.readable(permit, sealed, store::challenge::open_content_in(work, permit, sealed).await?)
    }

    fn readable(&self, permit: &Permit<ReadBid>, sealed: bool, content: Option<Sealed>) -> Result<Option<String>> {
        let open = |c: Sealed| self.vault.open(&place(permit.subject(), sealed), &c.0);
        content.map(open).transpose().map_err(|e| Error::Failed(format!("contents of bid {}: {e}", permit.subject())))
    }
}
