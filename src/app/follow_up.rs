//! Outcomes followed year by year: told by the team, confirmed by the poster, rated by a checker.
use super::*;
use crate::domain::FollowUpAct as U;
use crate::domain::follow_up::Outcomes;
use crate::domain::forms::*;

impl App {
    async fn on_follow_up(
        &self,
        actor: &Actor,
        id: FollowUpId,
        act: U,
        reason: Option<String>,
        change: impl FnOnce(&mut FollowUp) -> Result<()>,
    ) -> Result<FollowUp> {
        let seen: FollowUp = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let (c, k) = self.lock_contract(&work, seen.contract, seen.challenge).await?;
        let mut x: FollowUp = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_follow_up(actor, &x, &k, act)?;
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        change(&mut x)?;
        tie_files(&work, &permit.follow(id.0), Noun::FollowUp, Some(x.challenge), &x.files, "files").await?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let event = Event::new(Noun::FollowUp, act.id(), id.0, Visibility::Parties)
            .on(x.challenge)
            .of(x.lead)
            .moved(from.id(), x.head.state.id())
            .because(reason);
        work.commit(&permit, event.fact("year", x.year).fact("outcomes", &x.outcomes).fact("score", x.score)).await?;
        Ok(x)
    }

    /// The figures of the year that has passed.
    pub async fn report_outcomes(&self, actor: &Actor, id: FollowUpId, form: ReportOutcomes) -> Result<FollowUp> {
        self.on_follow_up(actor, id, U::Report, None, |x| {
            let told = Outcomes {
                sales_fen: form.sales_fen.unwrap_or_default(),
                tax_fen: form.tax_fen.unwrap_or_default(),
                patents_filed: form.patents_filed,
                patents_granted: form.patents_granted,
                transfer_fen: form.transfer_fen.unwrap_or_default(),
                inventors_fen: form.inventors_fen.unwrap_or_default(),
                talents: form.talents,
                jobs: form.jobs,
                note: form.note,
            };
            told.check()?;
            x.outcomes = Some(told);
            x.files.extend(form.files);
            Ok(())
        })
        .await
    }

    /// The poster, with whom the result is at work, confirms the figures.
    pub async fn confirm_outcomes(&self, actor: &Actor, id: FollowUpId, form: Plain) -> Result<FollowUp> {
        self.on_follow_up(actor, id, U::Confirm, form.note, |_| Ok(())).await
    }

    pub async fn return_outcomes(&self, actor: &Actor, id: FollowUpId, form: Reason) -> Result<FollowUp> {
        self.on_follow_up(actor, id, U::Return, Some(form.reason), |_| Ok(())).await
    }

    pub async fn rate_outcomes(&self, actor: &Actor, id: FollowUpId, form: RateOutcomes) -> Result<FollowUp> {
        let comment = form.comment.clone();
        self.on_follow_up(actor, id, U::Rate, Some(form.comment), |x| {
            (x.score, x.comment) = (Some(form.score), Some(comment));
            Ok(())
        })
        .await
    }

    pub async fn miss_outcomes(&self, actor: &Actor, id: FollowUpId, form: Reason) -> Result<FollowUp> {
        self.on_follow_up(actor, id, U::Miss, Some(form.reason), |_| Ok(())).await
    }

    pub async fn follow_up(&self, actor: &Actor, id: FollowUpId) -> Result<(Contract, FollowUp)> {
        let x: FollowUp = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((self.contract(actor, x.contract).await?, x))
    }

    /// The years of one contract, in order.
    pub async fn follow_ups_of(&self, k: &Contract) -> Result<Vec<FollowUp>> {
        let mut all: Vec<FollowUp> = noun::of(&self.db, "contract_id", k.id.0).await?;
        all.sort_by_key(|x| x.year);
        Ok(all)
    }
}
