//! Draws of a case drawn again from the record, for those who oversee.
use super::*;
use crate::domain::redraw::{self, Redraw};
use std::collections::BTreeMap;

impl App {
    pub async fn redraws(&self, actor: &Actor, id: ChallengeId) -> Result<(Challenge, Vec<Redraw>)> {
        policy::see_flags(actor)?;
        let c = self.challenge(actor, id).await?;
        let entries = store::event::whole_case(&self.db, id, 20_000).await?;
        let leaves: BTreeMap<i64, String> = entries.iter().map(|e| (e.seq, e.leaf())).collect();
        let contracts: Vec<Contract> = noun::of(&self.db, "challenge_id", id.0).await?;
        let told: Vec<flag::Told> = entries.iter().map(flags::told_of).collect();
        let lead = |k: Uuid| contracts.iter().find(|x| x.id.0 == k).map(|x| x.lead);
        Ok((c, redraw::of_case(&told, &|seq| leaves.get(&seq).cloned(), &lead)))
    }
}
