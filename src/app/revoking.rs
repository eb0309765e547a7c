//! A contract is revoked for fault (domain 11.8): announced, answered, decided by the meeting, settled.
use super::*;
use crate::domain::ContractAct as K;
use crate::domain::forms::{AnnounceRevocation, AnswerRevocation, Reason, Revoking};
use crate::domain::hearing::{Heard, Hearing};

impl App {
    /// An officer tells the team what it is held to have done, and by which rule.
    pub async fn announce_revocation(&self, actor: &Actor, id: ContractId, form: AnnounceRevocation) -> Result<Contract> {
        let by = actor.account;
        self.hear(actor, id, K::AnnounceRevocation, form.facts.clone(), form.files.clone(), |k, c, m| {
            let until = m.workdays(c.rules.plea_days);
            let (class, facts, rule, files) = (form.class, form.facts, form.rule, form.files);
            k.hearing = Some(Hearing { class, facts, rule, files, by, at: m.now, until, answer: None });
        })
        .await
    }

    /// The team says what it has to say.
    pub async fn answer_revocation(&self, actor: &Actor, id: ContractId, form: AnswerRevocation) -> Result<Contract> {
        let by = actor.account;
        self.hear(actor, id, K::AnswerRevocation, form.plea.clone(), form.files.clone(), |k, _, m| {
            if let Some(hearing) = &mut k.hearing {
                hearing.answer = Some(Heard { text: form.plea, files: form.files, by, at: m.now });
            }
        })
        .await
    }

    /// The matter is dropped: the contract goes on as it was.
    pub async fn drop_revocation(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        self.hear(actor, id, K::DropRevocation, form.reason, vec![], |k, _, _| k.hearing = None).await
    }

    async fn hear(
        &self,
        actor: &Actor,
        id: ContractId,
        act: K,
        reason: String,
        files: Vec<FileId>,
        change: impl FnOnce(&mut Contract, &Challenge, &Moment),
    ) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, act)?;
        k.take(act, &m, &c.rules)?;
        change(&mut k, &c, &m);
        tie_files(&work, &permit.follow(id.0), Noun::Contract, Some(on), &files, "files").await?;
        noun::save(&work, &permit, &mut k, &m.calendar).await?;
        let state = k.head.state.id();
        let event = Event::new(Noun::Contract, act.id(), id.0, Visibility::Parties).on(on).of(k.lead).moved(state, state);
        let until = k.hearing.as_ref().filter(|_| act == K::AnnounceRevocation).map(|h| h.until);
        let event = if until.is_some() { event.fact("until", until) } else { event };
        work.commit(&permit, event.because(Some(reason))).await?;
        Ok(k)
    }

    /// The meeting decides, on the class that was announced and not on another.
    pub async fn revoke_contract(&self, actor: &Actor, id: ContractId, form: Revoking) -> Result<Contract> {
        let k = self.contract_of(id).await?;
        if k.hearing.as_ref().is_some_and(|h| h.class != form.class) {
            return Err(Refusal::new("class_not_announced").at("class").into());
        }
        let minutes = Minutes::from(&form);
        self.end_contract(actor, id, K::Revoke, (&form.class, &form.reason), minutes, vec![]).await
    }
}
