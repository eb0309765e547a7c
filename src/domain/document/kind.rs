//! The kinds of documents: their ids, the signs in their numbers, how they are set, which acts issue them.
use super::super::Noun;
use serde::{Deserialize, Serialize};

/// How a document is set: a notice with its red head, a form with a plain title, a contract with a signature block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    Notice,
    Form,
    Contract,
}

macro_rules! kinds { ($($name:ident = $id:literal, $noun:ident, $sign:literal, $manner:ident, [$($by:literal),*];)*) => {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum DocumentKind { $(#[serde(rename = $id)] $name),* }
    impl DocumentKind {
        pub const ALL: &'static [Self] = &[$(Self::$name),*];
        pub const fn id(self) -> &'static str { match self { $(Self::$name => $id),* } }
        /// What it is a document of.
        pub const fn noun(self) -> Noun { match self { $(Self::$name => Noun::$noun),* } }
        pub const fn manner(self) -> Manner { match self { $(Self::$name => Manner::$manner),* } }
        /// The word of its sequence of numbers; empty where it bears the number of its thing, or none.
        pub const fn sign(self) -> &'static str { match self { $(Self::$name => $sign),* } }
        /// Events that may tell of one.
        pub const fn issued_by(self) -> &'static [&'static str] { match self { $(Self::$name => &[$($by),*]),* } }
    }
} }
kinds! {
    PublicationNotice = "publication_notice", Challenge, "榜公", Notice, ["challenge.publication", "challenge.relisting"];
    AmendmentNotice = "amendment_notice", Challenge, "榜更", Notice, ["challenge.amendment", "challenge.amendment-release"];
    CallingOffNotice = "calling_off_notice", Challenge, "榜撤", Notice, ["challenge.cancellation", "challenge.withdrawal"];
    OpeningRecord = "opening_record", Challenge, "榜开", Form, ["challenge.opening-confirmation"];
    PanelReport = "panel_report", Challenge, "榜评", Form, ["challenge.panel-report"];
    ProposedAwardNotice = "proposed_award_notice", Notice, "", Notice, ["notice.publication", "notice.revision", "notice.correction"];
    AwardAnnouncement = "award_announcement", Notice, "榜中", Notice, ["notice.confirmation"];
    AwardLetter = "award_letter", Notice, "榜通", Notice, ["notice.confirmation"];
    ObjectionDecision = "objection_decision", Objection, "异决", Notice, ["objection.upholding", "objection.partial-upholding", "objection.dismissal"];
    Minutes = "minutes", Talk, "榜谈", Form, ["talk.confirmation"];
    BidCommitment = "bid_commitment", Bid, "", Form, [];
    ExpertCommitment = "expert_commitment", Assignment, "", Form, [];
    Contract = "contract", Contract, "", Contract, ["contract.agreement", "contract.signature", "contract.scan"];
    TaskBook = "task_book", Contract, "榜任", Contract, ["contract.signature", "contract.scan"];
    ResultPledge = "result_pledge", Contract, "榜军", Contract, ["contract.signature", "contract.scan"];
    LumpSumCommitment = "lump_sum_commitment", Contract, "榜诺", Contract, ["contract.signature", "contract.scan"];
    MilestoneAssessment = "milestone_assessment", Milestone, "榜节", Form, ["milestone.pass", "milestone.failure", "milestone.rectification"];
    AcceptanceCertificate = "acceptance_certificate", Acceptance, "榜验", Notice, ["acceptance.pass", "acceptance.conclusion", "acceptance.failure"];
    FinalAccount = "final_account", FinalAccount, "榜决", Form, ["final_account.settlement", "final_account.refund"];
    PaymentApproval = "payment_approval", Instalment, "榜付", Form, ["instalment.approval"];
}

/// The sign of the office in the numbers of its papers.
const OFFICE: &str = "交科";

impl DocumentKind {
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.id() == id)
    }

    /// Whether an act issues one: acts ask this before they write it, the checker when it reads of it.
    pub fn is_issued_by(self, noun: Noun, act: &str) -> bool {
        self.issued_by().iter().any(|by| by.strip_prefix(noun.id()).and_then(|rest| rest.strip_prefix('.')) == Some(act))
    }

    /// How numbers of a year begin, where the kind has a sequence of its own: 交科榜公〔2026〕.
    pub fn prefix(self, year: i16) -> Option<String> {
        (!self.sign().is_empty()).then(|| format!("{OFFICE}{}〔{year}〕", self.sign()))
    }
}
