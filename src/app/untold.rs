//! Rows that lay there before the record told of rows of their kind: told once, after the schema's update.
use super::*;
use store::rows;

/// What such an entry is called in the record.
pub(in crate::app) const KIND: &str = "account.telling";

/// Rows that one entry tells of.
const AT_ONCE: u64 = 5000;

impl App {
    /// Does nothing on a record that has told of all from its beginning.
    pub async fn tell_untold(&self, actor: &Actor) -> Result<()> {
        let permit = policy::administer(actor)?;
        let Some(which) = store::setting::get(&self.db, rows::UNTOLD).await? else { return Ok(()) };
        let asked = |table: &str| which.strip_prefix("only ").is_none_or(|some| some.split(' ').any(|w| w == table));
        for table in rows::LATER.iter().filter(|t| asked(t)) {
            let mut after = Uuid::nil();
            loop {
                let work = self.begin(actor).await?;
                let Some(last) = rows::tell_again(&work, table, after, AT_ONCE).await? else { break };
                work.commit(&permit, told_of(actor, table)).await?;
                after = last;
            }
        }
        let work = self.begin(actor).await?;
        store::setting::unmark(&work, &permit, rows::UNTOLD).await?;
        Ok(work.commit(&permit, told_of(actor, rows::UNTOLD)).await?)
    }
}

/// Nobody reads it but those who hold the whole record: it lists bids before their opening.
fn told_of(actor: &Actor, table: &str) -> Event {
    Event::new(Noun::Account, "telling", actor.account.0, Visibility::Sealed).fact("table", table)
}
