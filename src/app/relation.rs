//! Lists of joint papers and patents: shown first, then each pair that reads is kept, and running reviews are checked again.
use super::*;
use crate::domain::conflict::Known;
use crate::domain::forms::ImportRelations;
use crate::domain::relation_list;

/// What a line of a list came to.
#[derive(Clone, Debug)]
pub struct Paired {
    pub line: usize,
    pub read: Option<Known>,
    pub fault: Option<Fault>,
    pub done: bool,
}

impl App {
    /// A preview changes nothing; an import keeps what reads, may be repeated, and has every running review looked through.
    pub async fn read_relations(&self, actor: &Actor, form: ImportRelations) -> Result<Vec<Paired>> {
        let permit = policy::import_relations(actor)?;
        let lines = relation_list::read(&form.csv)?;
        let told = |line: relation_list::ReadLine| match line {
            Ok((line, read)) => Paired { line, read: Some(read), fault: None, done: false },
            Err((line, fault)) => Paired { line, read: None, fault: Some(fault), done: false },
        };
        let mut out: Vec<Paired> = lines.into_iter().map(told).collect();
        if form.step != "import" || out.iter().all(|x| x.read.is_none()) {
            return Ok(out);
        }
        let work = self.begin(actor).await?;
        let now = work.now().await?;
        for one in &mut out {
            if let Some(read) = &one.read {
                store::relation::keep(&work, &permit, read, now).await?;
                one.done = true;
            }
        }
        let pairs = out.iter().filter(|x| x.done).count();
        let sha256 = hash::sha256_hex(form.csv.as_bytes());
        let event = Event::new(Noun::Organisation, "relations-import", actor.org.0, Visibility::Bureau)
            .of(actor.org)
            .fact("pairs", pairs)
            .fact("sha256", sha256);
        work.commit(&permit, event).await?;
        for id in store::panel::under_review(&self.db).await? {
            self.recheck(id).await;
        }
        Ok(out)
    }
}
