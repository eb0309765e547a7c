//! Templates of contracts: edited as a new edition with its reason, copied, taken out of use and back.
use super::*;
use crate::domain::TemplateAct as T;
use crate::domain::forms::*;
use crate::domain::template::Said;

impl App {
    pub async fn templates(&self, actor: &Actor) -> Result<Vec<Template>> {
        policy::see_template(actor)?;
        Ok(noun::list(&self.db, &[], Page::first(200)).await?.items)
    }

    pub async fn template(&self, actor: &Actor, id: TemplateId) -> Result<Template> {
        policy::see_template(actor)?;
        noun::find(&self.db, id.0).await?.ok_or(Error::Missing)
    }

    async fn on_template(
        &self,
        actor: &Actor,
        id: TemplateId,
        act: T,
        reason: Option<String>,
        change: impl FnOnce(&mut Template, &[Template], &Moment) -> Result<()>,
    ) -> Result<Template> {
        policy::see_template(actor)?;
        let work = self.begin(actor).await?;
        let mut x: Template = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_template(actor, &x, act)?;
        x.may(act)?;
        let (from, all) = (x.head.state, noun::all::<Template>(&work).await?);
        x.take(act, &m)?;
        change(&mut x, &all, &m)?;
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let event = Event::new(Noun::Template, act.id(), id.0, Visibility::Bureau).moved(from.id(), x.head.state.id());
        let edition = x.current().map(|e| e.number);
        work.commit(&permit, event.because(reason).fact("kind", &x.kind).fact("edition", edition)).await?;
        Ok(x)
    }

    /// A new edition: contracts that there are keep theirs.
    pub async fn edit_template(&self, actor: &Actor, id: TemplateId, form: EditTemplate) -> Result<Template> {
        form.faults().ok(())?;
        let by = actor.account;
        self.on_template(actor, id, T::Edit, Some(form.reason.clone()), move |x, _, m| {
            let edition = TemplateEdition {
                number: x.current().map_or(1, |e| e.number + 1),
                clauses: form.clauses(),
                wordings: form.wordings(),
                reason: form.reason.clone(),
                by: Some(by),
                at: m.now,
            };
            let name = Said::both(&form.name_zh, &form.name_en);
            let same =
                x.current().is_some_and(|e| e.clauses == edition.clauses && e.wordings == edition.wordings) && x.name == name;
            ensure(!same, "nothing_changed")?;
            x.name = name;
            x.editions.push(edition);
            Ok(())
        })
        .await
    }

    /// The last one of its kind stays: contracts must be made from something.
    pub async fn retire_template(&self, actor: &Actor, id: TemplateId, form: Reason) -> Result<Template> {
        self.on_template(actor, id, T::Retire, Some(form.reason), |x, all, _| Ok(ready::another(x, all)?)).await
    }

    pub async fn restore_template(&self, actor: &Actor, id: TemplateId, form: Reason) -> Result<Template> {
        self.on_template(actor, id, T::Restore, Some(form.reason), |_, _, _| Ok(())).await
    }

    /// Another template of the same kind, to be edited.
    pub async fn copy_template(&self, actor: &Actor, id: TemplateId, form: CopyTemplate) -> Result<Template> {
        policy::see_template(actor)?;
        let work = self.begin(actor).await?;
        let from: Template = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_template(actor, &from, T::Copy)?;
        let editions = from.current().map(|e| TemplateEdition { number: 1, by: Some(actor.account), at: m.now, ..e.clone() });
        let copy = Template {
            id: TemplateId(clock::ordered_id()),
            kind: from.kind,
            name: Said::both(form.name_zh, form.name_en),
            head: Head::new(TemplateState::Current, &m, None),
            editions: editions.into_iter().collect(),
        };
        noun::insert(&work, &permit.follow(copy.id.0), &copy, &m.calendar).await?;
        let event = Event::new(Noun::Template, T::Copy.id(), copy.id.0, Visibility::Bureau);
        work.commit(&permit, event.fact("kind", &copy.kind).fact("from", id)).await?;
        Ok(copy)
    }
}
