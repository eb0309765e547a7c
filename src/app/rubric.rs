//! Rubric templates: read by all who publish and judge, edited by the bureau version by version. What was published keeps the
//! version that it was published with.
use super::*;
use crate::domain::rubric::{EditRubric, TEMPLATES};
pub use store::rubric::Version;

impl App {
    /// Each template with its versions, the newest first; the last is the one that comes with the program.
    pub async fn rubrics(&self, actor: &Actor) -> Result<Vec<(Rubric, Vec<Version>)>> {
        policy::see_experts(actor)?;
        let mut out = vec![];
        for name in TEMPLATES {
            let made = store::rubric::versions(&self.db, name).await?;
            let now = made.first().map_or_else(|| Rubric::of(name), |v| v.rubric.clone());
            out.push((now, made));
        }
        Ok(out)
    }

    /// The next version of a template, for what is published from now on.
    pub async fn edit_rubric(&self, actor: &Actor, name: &str, form: EditRubric) -> Result<Rubric> {
        let permit = policy::edit_rubrics(actor)?;
        let known = TEMPLATES.iter().find(|t| **t == name).ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let before = store::rubric::current(&work, known).await?;
        let next = before.edited(&form.items);
        ensure(next.items != before.items, "nothing_changed")?;
        let m = self.moment(&work).await?;
        store::rubric::insert(&work, &permit, &next, m.now).await?;
        let plain = |r: &Rubric| serde_json::to_value(&r.items).expect("items are plain JSON");
        let event = Event::new(Noun::Organisation, "rubric-template", actor.org.0, Visibility::Public)
            .of(actor.org)
            .because(Some(form.reason))
            .changed(differences(&plain(&before), &plain(&next)))
            .fact("rubric", &next);
        work.commit(&permit, event).await?;
        Ok(next)
    }
}
