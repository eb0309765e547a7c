//! Reading documents: issued ones as they were issued, others as things stand now. Who may read a thing may read its documents,
//! but for those that say more than the thing does.
use super::*;
use crate::domain::document::*;
use crate::domain::words::Lang;
pub use store::document::Issued;
use store::document::who;

/// A document as a thing's page lists it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub kind: DocumentKind,
    /// None while it is a draft.
    pub issued: Option<Issued>,
}

impl App {
    /// Whether this machine can set documents as PDF.
    pub async fn sets_pdf(&self) -> bool {
        self.press.is_able().await
    }

    /// A document's data set as PDF/A-2b: never within a transaction, and away from the threads that answer.
    pub async fn pdf(&self, data: String, ident: String) -> Result<Vec<u8>> {
        Ok(self.press.pdf(data, ident).await?)
    }

    /// An issued document.
    pub async fn document(&self, actor: &Actor, id: DocumentId) -> Result<Issued> {
        let d = store::document::find(&self.db, id).await?.ok_or(Error::Missing)?;
        self.may_read(actor, d.kind, d.subject).await?;
        Ok(d)
    }

    /// The newest edition under the number of a document.
    pub async fn newest_edition(&self, d: &Issued) -> Result<DocumentId> {
        let all = store::document::of_subject(&self.db, d.subject).await?;
        let same = all.into_iter().filter(|x| x.kind == d.kind && x.number == d.number);
        Ok(same.max_by_key(|x| x.edition).map_or(d.id, |x| x.id))
    }

    /// The entry of the record that tells of a document.
    pub async fn entry_of_document(&self, d: &Issued) -> Result<Option<u64>> {
        let mut subjects = vec![d.subject];
        if d.noun == Noun::Challenge {
            // A challenge listed anew is published by an act on the one before it.
            let c: Option<Challenge> = noun::find(&self.db, d.subject).await?;
            subjects.extend(c.and_then(|c| c.previous).map(|p| p.0));
        }
        let id = d.id.to_string();
        let tells = |e: &Entry| {
            let told = e.body["event"]["facts"]["documents"].as_array();
            told.is_some_and(|all| all.iter().any(|t| t["document"].as_str() == Some(&id)))
        };
        for subject in subjects {
            let found = store::event::of_subject(&self.db, subject, 500).await?.into_iter().find(tells);
            if let Some(entry) = found {
                return Ok(u64::try_from(entry.seq).ok());
            }
        }
        Ok(None)
    }

    /// The documents of a thing that the actor may read: issued ones newest first, and what is still a draft.
    pub async fn documents_of(&self, actor: &Actor, noun: Noun, subject: Uuid) -> Result<Vec<Listed>> {
        let mut out = vec![];
        for d in store::document::of_subject(&self.db, subject).await?.into_iter().filter(|d| d.noun == noun) {
            if self.may_read(actor, d.kind, subject).await.is_ok() {
                out.push(Listed { kind: d.kind, issued: Some(d) });
            }
        }
        for kind in DocumentKind::ALL.iter().filter(|k| k.noun() == noun) {
            if self.draft_document(actor, *kind, subject, Lang::Zh).await.is_ok() {
                out.push(Listed { kind: *kind, issued: None });
            }
        }
        Ok(out)
    }

    /// Every issued document of a challenge that the actor may read, newest first: for the case file.
    pub async fn case_documents(&self, actor: &Actor, id: ChallengeId) -> Result<Vec<Issued>> {
        let mut out = vec![];
        for d in store::document::of_challenge(&self.db, id).await? {
            match self.may_read(actor, d.kind, d.subject).await {
                Ok(()) => out.push(d),
                Err(Error::Missing | Error::Denied(_)) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(out)
    }

    /// Whether the actor may read documents of a kind on a thing.
    async fn may_read(&self, actor: &Actor, kind: DocumentKind, id: Uuid) -> Result<()> {
        match kind {
            DocumentKind::PublicationNotice | DocumentKind::AmendmentNotice | DocumentKind::CallingOffNotice => {
                drop(self.challenge(actor, ChallengeId(id)).await?)
            }
            DocumentKind::OpeningRecord => {
                let c = self.challenge(actor, ChallengeId(id)).await?;
                policy::see_opening_record(actor, &c, &noun::of::<Bid>(&self.db, "challenge_id", id).await?)?;
            }
            DocumentKind::PanelReport => {
                self.challenge(actor, ChallengeId(id)).await?;
                policy::see_panel_report(actor)?;
            }
            DocumentKind::ProposedAwardNotice | DocumentKind::AwardAnnouncement | DocumentKind::AwardLetter => {
                drop(self.notice(actor, NoticeId(id)).await?);
            }
            DocumentKind::ObjectionDecision => {
                policy::see_objection_decision(actor, &self.objection(actor, ObjectionId(id)).await?.0)?
            }
            DocumentKind::Minutes => drop(self.talk(actor, TalkId(id)).await?),
            DocumentKind::BidCommitment => drop(self.bid(actor, BidId(id)).await?),
            DocumentKind::ExpertCommitment => drop(self.assignment(actor, AssignmentId(id)).await?),
            DocumentKind::Contract | DocumentKind::TaskBook | DocumentKind::ResultPledge | DocumentKind::LumpSumCommitment => {
                drop(self.contract(actor, ContractId(id)).await?);
            }
            DocumentKind::MilestoneAssessment => drop(self.milestone(actor, MilestoneId(id)).await?),
            DocumentKind::AcceptanceCertificate => drop(self.acceptance(actor, AcceptanceId(id)).await?),
            DocumentKind::FinalAccount => drop(self.final_account(actor, FinalAccountId(id)).await?),
            DocumentKind::PaymentApproval => drop(self.instalment(actor, InstalmentId(id)).await?),
        }
        Ok(())
    }

    /// The newest document of a kind on a thing, if one was issued and the actor may read it.
    pub async fn newest_document(&self, actor: &Actor, kind: DocumentKind, subject: Uuid) -> Result<Option<Issued>> {
        self.may_read(actor, kind, subject).await?;
        Ok(store::document::of_subject(&self.db, subject).await?.into_iter().find(|d| d.kind == kind))
    }

    /// A document that is not issued, as it would read now; `Missing` where there is none to be read.
    pub async fn draft_document(&self, actor: &Actor, kind: DocumentKind, id: Uuid, lang: Lang) -> Result<Document> {
        self.may_read(actor, kind, id).await?;
        let now = self.clock.now();
        match kind {
            DocumentKind::PublicationNotice => {
                let c = self.challenge(actor, ChallengeId(id)).await?;
                let waits = matches!(c.head.state, ChallengeState::Decided | ChallengeState::ListNotice);
                there(waits && policy::sees_inside(actor, &c))?;
                let who = who(&self.db, &[], &[]).await?;
                Ok(draft(&who, &PublicationNotice { c: &c, who: &who }, lang))
            }
            DocumentKind::ProposedAwardNotice => {
                let n = self.notice(actor, NoticeId(id)).await?;
                there(n.head.state == NoticeState::Draft)?;
                let who = who(&self.db, &[], &[]).await?;
                Ok(draft(&who, &ProposedAward { n: &n, who: &who }, lang))
            }
            DocumentKind::BidCommitment => {
                let (c, b) = self.bid(actor, BidId(id)).await?;
                let offer = if b.seal.is_some() { self.offer(actor, &b, &c).await? } else { None };
                let offer = offer.and_then(|o| o.part_a()).ok_or(Error::Missing)?;
                let who = who(&self.db, &[b.org], &[]).await?;
                Ok(draft(&who, &BidCommitment { c: &c, b: &b, offer: &offer, who: &who }, lang))
            }
            DocumentKind::ExpertCommitment => {
                let (c, a, _) = self.assignment(actor, AssignmentId(id)).await?;
                there(a.may_read())?;
                let who = who(&self.db, &[], &[a.expert]).await?;
                Ok(draft(&who, &ExpertCommitment { c: &c, a: &a, who: &who }, lang))
            }
            DocumentKind::Minutes => {
                let talk = self.talk(actor, TalkId(id)).await?;
                there(talk.minutes.iter().any(|m| m.confirmed_by.is_none()))?;
                let title = self.challenge(actor, talk.challenge).await?.title;
                let who = who(&self.db, &[talk.poster, talk.org], &[]).await?;
                Ok(draft(&who, &MinutesPaper { talk: &talk, title: &title, who: &who }, lang))
            }
            DocumentKind::Contract | DocumentKind::TaskBook | DocumentKind::ResultPledge | DocumentKind::LumpSumCommitment => {
                let k = self.contract(actor, ContractId(id)).await?;
                let who = who(&self.db, &[k.poster, k.lead], &[]).await?;
                contract_draft(&k, &who, kind, lang)
            }
            DocumentKind::AcceptanceCertificate => {
                let (k, x) = self.acceptance(actor, AcceptanceId(id)).await?;
                there(matches!(x.head.state, AcceptanceState::Judged | AcceptanceState::Noticed))?;
                let who = who(&self.db, &[k.poster, k.lead], &[]).await?;
                Ok(draft(&who, &AcceptanceCertificate { k: &k, x: &x, at: now, who: &who }, lang))
            }
            DocumentKind::FinalAccount => {
                let (k, x) = self.final_account(actor, FinalAccountId(id)).await?;
                there(!x.head.state.is_end())?;
                let who = who(&self.db, &[k.poster, k.lead], &[]).await?;
                Ok(draft(&who, &FinalAccountPaper { k: &k, x: &x, who: &who }, lang))
            }
            DocumentKind::PaymentApproval => {
                let (k, i) = self.instalment(actor, InstalmentId(id)).await?;
                there(matches!(i.head.state, InstalmentState::Checked | InstalmentState::Held))?;
                let people: Vec<AccountId> = [i.requested_by, i.checked_by].into_iter().flatten().collect();
                let who = who(&self.db, &[k.poster, k.lead, i.payer, i.payee], &people).await?;
                Ok(draft(&who, &PaymentApproval { k: &k, i: &i, at: now, who: &who }, lang))
            }
            DocumentKind::AmendmentNotice
            | DocumentKind::CallingOffNotice
            | DocumentKind::OpeningRecord
            | DocumentKind::PanelReport
            | DocumentKind::AwardAnnouncement
            | DocumentKind::AwardLetter
            | DocumentKind::ObjectionDecision
            | DocumentKind::MilestoneAssessment => Err(Error::Missing),
        }
    }
}

fn there(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Missing) }
}

fn draft(who: &Who, paper: &dyn Paper, lang: Lang) -> Document {
    let issue = Issue { id: DocumentId(Uuid::nil()), salt: None, number: None, edition: 0, issuer: who.office.clone() };
    Document::write(paper, &issue, lang)
}

/// A contract's papers until all have signed.
fn contract_draft(k: &Contract, who: &Who, kind: DocumentKind, lang: Lang) -> Result<Document> {
    let county = k.county_fen > Money::default();
    there(!k.all_signed() && !k.head.state.is_end())?;
    match kind {
        DocumentKind::TaskBook if county => Ok(draft(who, &TaskBook { k, who }, lang)),
        DocumentKind::LumpSumCommitment if county && k.lump_sum => Ok(draft(who, &LumpSumCommitment { k, who }, lang)),
        DocumentKind::ResultPledge => Ok(draft(who, &ResultPledge { k, who }, lang)),
        // Once the text is agreed it is issued; until then, and when it was sent back, it is a draft.
        DocumentKind::Contract if k.head.state == ContractState::Drafting => Ok(draft(who, &ContractPaper { k, who }, lang)),
        _ => Err(Error::Missing),
    }
}
