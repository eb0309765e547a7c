//! An official paper (文书): made from things and never typed, one structure from which page, PDF and plain text come. What is
//! issued is kept to the byte, its hash stands in the record, and the Chinese text governs.
mod body;
mod contract;
mod delivery;
mod kind;
mod notices;
mod review;
mod who;

pub use body::{Body, Column, Fact, Part, Signer};
pub use contract::{ContractPaper, LumpSumCommitment, ResultPledge, TaskBook};
pub use delivery::{AcceptanceCertificate, FinalAccountPaper, MilestoneAssessment, PaymentApproval, trigger_text};
pub use kind::{DocumentKind, Manner};
pub use notices::{AmendmentNotice, AwardAnnouncement, AwardLetter, CallingOffNotice, ProposedAward, PublicationNotice};
pub use review::{BidCommitment, ExpertCommitment, MinutesPaper, ObjectionDecision, OpenedBid, OpeningRecord, PanelPaper};
pub use who::Who;

use super::words::{Lang, Text, Texts};
use super::{DocumentId, hash};
use serde::{Deserialize, Serialize};

/// Names the form in which a document is written; a later form has another name.
pub const FORMAT: &str = "jiebang-document/1";

/// One document in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub format: String,
    pub id: DocumentId,
    /// Random, and told nowhere else: whoever reads the hash in the record and not the document can't try what it may say. Drafts
    /// and documents from before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    pub kind: DocumentKind,
    pub language: Lang,
    /// None while it is not issued.
    pub number: Option<String>,
    /// Counts documents of one number: a revised notice, a contract agreed and then signed.
    pub edition: i32,
    /// The body in whose name it is issued: the red line of a notice.
    pub issuer: String,
    #[serde(flatten)]
    pub body: Body,
}

/// What can be written down as a document: a kind, and how it reads in a language.
pub trait Paper: Sync {
    fn kind(&self) -> DocumentKind;
    fn body(&self, t: &Text) -> Body;
}

/// What an issued document bears beyond what it says.
#[derive(Clone, Debug)]
pub struct Issue {
    pub id: DocumentId,
    pub salt: Option<String>,
    pub number: Option<String>,
    pub edition: i32,
    pub issuer: String,
}

impl Document {
    pub fn write(paper: &dyn Paper, issue: &Issue, lang: Lang) -> Self {
        Self {
            format: FORMAT.to_owned(),
            id: issue.id,
            salt: issue.salt.clone(),
            kind: paper.kind(),
            language: lang,
            number: issue.number.clone(),
            edition: issue.edition,
            issuer: issue.issuer.clone(),
            body: paper.body(&Texts::load().of(lang)),
        }
    }

    /// The bytes that are kept, given out and hashed.
    pub fn canonical(&self) -> String {
        hash::canonical(&serde_json::to_value(self).expect("documents are plain JSON"))
    }

    /// SHA-256 of those bytes.
    pub fn sha256(&self) -> String {
        hash::sha256_hex(self.canonical().as_bytes())
    }

    /// What it says, as plain text: for those who read neither page nor PDF.
    pub fn text(&self) -> String {
        let b = &self.body;
        let mut out = vec![self.issuer.clone()];
        out.extend(self.number.clone());
        out.extend([b.title.clone(), String::new()]);
        out.extend(b.addressee.clone());
        out.extend(b.parts.iter().map(Part::text));
        out.extend(b.attachments.iter().cloned());
        out.extend(b.signers.iter().map(Signer::text));
        out.extend([b.unit.clone(), b.date.clone()].into_iter().flatten());
        out.extend(b.remark.clone());
        out.join("\n") + "\n"
    }
}

/// What the record tells of a document that an act issued: one line for each language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub document: DocumentId,
    pub kind: DocumentKind,
    pub number: String,
    pub edition: i32,
    pub language: Lang,
    pub sha256: String,
}

impl Told {
    pub fn of(d: &Document) -> Self {
        Self {
            document: d.id,
            kind: d.kind,
            number: d.number.clone().unwrap_or_default(),
            edition: d.edition,
            language: d.language,
            sha256: d.sha256(),
        }
    }
}

#[cfg(test)]
mod tests;
