//! What goes into a case file beside the pages: the case's entries with their proofs under one checkpoint.
use super::*;
use crate::domain::log::note::PublicKey;
use crate::domain::log::receipt::{self, Receipt};
use store::event::Entry;

/// Entries of one case that are taken along.
const STORY_MOST: u64 = 20_000;

/// A case's part of the record.
#[derive(Clone, Debug)]
pub struct Part {
    pub key: PublicKey,
    pub size: u64,
    pub checkpoint: String,
    /// What this reader may read, oldest first.
    pub entries: Vec<Entry>,
    /// How many entries of the case are not this reader's.
    pub withheld: usize,
}

impl App {
    /// The entries of a case that an actor may read, and the checkpoint that covers them all.
    pub async fn case_part(&self, actor: &Actor, id: ChallengeId) -> Result<Part> {
        policy::see_flags(actor)?;
        self.part_of(actor, id, |_| true).await
    }

    /// Those of a case's entries that are wanted and that the actor may read, and the checkpoint that covers them all.
    pub(in crate::app) async fn part_of(&self, actor: &Actor, id: ChallengeId, wanted: impl Fn(&Entry) -> bool) -> Result<Part> {
        let c = self.challenge(actor, id).await?;
        let key = self.log.public_key().cloned().ok_or(Error::Missing)?;
        self.seal_log().await?;
        let (size, checkpoint) = self.checkpoint().await?.ok_or(Error::Missing)?;
        let all = store::event::whole_case(&self.db, id, STORY_MOST).await?;
        let all: Vec<Entry> = all.into_iter().filter(|e| wanted(e) && u64::try_from(e.seq).is_ok_and(|s| s <= size)).collect();
        let count = all.len();
        let reads = |e: &Entry| policy::reads_event(actor, query::visibility(&e.visibility), e.org, c.opened_at.is_some(), false);
        let entries: Vec<Entry> = all.into_iter().filter(reads).collect();
        let withheld = count - entries.len();
        Ok(Part { key, size, checkpoint, entries, withheld })
    }

    /// The receipt of one of its entries.
    pub async fn case_receipt(&self, part: &Part, e: &Entry) -> Result<Receipt> {
        let seq = u64::try_from(e.seq).unwrap_or(0);
        let proof = self.prove(seq, Some(part.size)).await?;
        Ok(Receipt {
            format: receipt::FORMAT.into(),
            key: part.key.to_string(),
            seq,
            body: e.text.clone(),
            salt: hex::encode(&e.salt),
            proof: proof.proof,
            checkpoint: part.checkpoint.clone(),
            row: None,
            row_salt: None,
        })
    }

    /// Signs a case file's manifest with the key of the log.
    pub fn sign_manifest(&self, text: &str) -> String {
        let Some(key) = self.log.signing() else { return String::new() };
        key.secret().sign(&crate::domain::log::case::Manifest::signed(text, key.public()))
    }

    /// Every attachment of a case that an actor may read, in the order of their ids.
    pub async fn case_attachments(&self, actor: &Actor, id: ChallengeId) -> Result<Vec<Attachment>> {
        let mut out = vec![];
        for row in store::file::of_challenge(&self.db, id).await? {
            match self.attachment(actor, row.id).await {
                Ok(a) => out.push(a),
                Err(Error::Missing | Error::Denied(_)) => {}
                Err(e) => return Err(e),
            }
        }
        out.sort_by_key(|a| a.id);
        Ok(out)
    }
}
