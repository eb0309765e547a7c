//! Documents: each is told once, by an act that issues its kind, with the next edition of its number; acts that owe one issue it.
use super::Wrong;
use super::entry::Entry;
use super::rules::Sight;
use crate::domain::DocumentId;
use crate::domain::document::{DocumentKind, Told};
use crate::domain::words::Lang;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Acts that leave a document behind, and its kind.
const OWED: &[(&str, DocumentKind)] = &[
    ("challenge.publication", DocumentKind::PublicationNotice),
    ("challenge.amendment", DocumentKind::AmendmentNotice),
    ("challenge.amendment-release", DocumentKind::AmendmentNotice),
    ("challenge.cancellation", DocumentKind::CallingOffNotice),
    ("challenge.withdrawal", DocumentKind::CallingOffNotice),
    ("challenge.opening-confirmation", DocumentKind::OpeningRecord),
    ("challenge.panel-report", DocumentKind::PanelReport),
    ("notice.publication", DocumentKind::ProposedAwardNotice),
    ("notice.revision", DocumentKind::ProposedAwardNotice),
    ("notice.confirmation", DocumentKind::AwardLetter),
    ("acceptance.pass", DocumentKind::AcceptanceCertificate),
    ("acceptance.conclusion", DocumentKind::AcceptanceCertificate),
    ("instalment.approval", DocumentKind::PaymentApproval),
];

#[derive(Debug, Default)]
pub(super) struct Documents {
    /// Entries from before documents were issued owe none.
    begun: bool,
    /// The newest edition of each number, and every document told.
    editions: BTreeMap<(DocumentKind, String), i32>,
    told: BTreeSet<(DocumentId, Lang)>,
    hashes: BTreeSet<String>,
    /// Documents that somebody holds, by file.
    held: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Facts {
    #[serde(default)]
    documents: Vec<Told>,
}

impl Documents {
    /// A document that somebody holds: the record must tell of it.
    pub fn hold(&mut self, file: String, sha256: String) {
        self.held.push((file, sha256));
    }

    pub fn entry(&mut self, e: &Entry<'_>, sight: &mut Sight) -> Result<(), Wrong> {
        let told = if e.has("documents") { e.facts::<Facts>()?.documents } else { vec![] };
        self.begun |= !told.is_empty();
        for one in &told {
            self.one(e, one, sight)?;
        }
        match OWED.iter().find(|(kind, _)| *kind == e.kind()) {
            Some((_, owed)) if self.begun && !told.iter().any(|t| t.kind == *owed) => {
                Err(e.wrong("document", format!("it issued no {}", owed.id())))
            }
            _ => Ok(()),
        }
    }

    fn one(&mut self, e: &Entry<'_>, told: &Told, sight: &mut Sight) -> Result<(), Wrong> {
        let wrong = |says: String| Err(e.wrong("document", says));
        let name = format!("{} {}", told.kind.id(), told.number);
        if !told.kind.issued_by().contains(&e.kind()) {
            return wrong(format!("{name} is none of its documents"));
        }
        let plain = told.sha256.len() == 64 && told.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !plain || told.number.is_empty() {
            return wrong(format!("{name} bears no hash, or no number"));
        }
        if !self.told.insert((told.document, told.language)) {
            return wrong(format!("{name} is told twice"));
        }
        let same = Lang::ALL.into_iter().any(|l| l != told.language && self.told.contains(&(told.document, l)));
        let newest = self.editions.entry((told.kind, told.number.clone())).or_default();
        let next = if same { *newest } else { *newest + 1 };
        if told.edition != next && !(sight.partial && told.edition > *newest) {
            return wrong(format!("{name} should be edition {next}"));
        }
        *newest = told.edition;
        let rows = e.states()?;
        if !rows.iter().any(|s| s.table == "document" && s.id == told.document.0) {
            return wrong(format!("{name} was not kept"));
        }
        self.hashes.insert(told.sha256.clone());
        sight.count("documents");
        Ok(())
    }

    /// Every document that somebody holds was told of; in a part of a record it may be told of where nothing is shown.
    pub fn finish(&self, partial: bool) -> Result<(), Wrong> {
        let code = if partial { "unseen" } else { "document" };
        match self.held.iter().find(|(_, sha256)| !self.hashes.contains(sha256)) {
            Some((file, sha256)) => {
                Err(Wrong::new(code, format!("{file}: nothing shown here tells of a document with the hash {sha256}")))
            }
            None => Ok(()),
        }
    }
}
