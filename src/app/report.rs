//! The panel's report and the lot as they are read: complete from what is stored and from the record.
use super::*;
use crate::domain::report::{Known, Person};

impl App {
    /// The panel's report, for those who convene and oversee, once it is signed.
    pub async fn panel_report(&self, actor: &Actor, id: ChallengeId) -> Result<(Challenge, PanelReport)> {
        let c = self.challenge(actor, id).await?;
        policy::see_report(actor, &c)?;
        let all: Vec<Assignment> = noun::of(&self.db, "challenge_id", id.0).await?;
        let bids: Vec<Bid> = noun::of(&self.db, "challenge_id", id.0).await?;
        let mut known = Known::default();
        let experts = store::account::many(&self.db, &all.iter().map(|a| a.expert).collect::<Vec<_>>()).await?;
        let units: Vec<OrgId> = experts.iter().map(|e| e.org).chain(bids.iter().map(|b| b.org)).collect();
        for o in store::account::orgs(&self.db, &units).await? {
            known.orgs.insert(o.id, o.name);
        }
        for e in experts {
            let unit = known.orgs.get(&e.org).cloned().unwrap_or_default();
            let kind = e.expert.map(|p| p.kind).unwrap_or_default();
            known.experts.insert(e.id, Person { name: e.name, unit, kind });
        }
        let panel = c.panel.as_ref();
        let officers = panel.map(|p| p.by).into_iter().chain(panel.and_then(|p| p.witnessed_by));
        let officers: Vec<AccountId> = officers.chain(c.recused.iter().map(|r| r.account)).collect();
        for a in store::account::many(&self.db, &officers).await? {
            known.officers.insert(a.id, a.name);
        }
        let read = all.iter().filter(|a| a.round == c.round && a.is_locked()).map(reading::scores).collect();
        self.note_reads(actor, read).await?;
        let report = PanelReport::of(&c, &all, &bids, &known);
        Ok((c, report))
    }

    /// The lot of a case as anyone may draw it again: what went in is read from the record, not from the case.
    pub async fn lot(&self, actor: &Actor, id: ChallengeId) -> Result<(Challenge, draw::Lot)> {
        let c = self.challenge(actor, id).await?;
        if !policy::sees_draw(actor, &c) {
            return Err(Denied::Hidden.into());
        }
        let facts = store::event::newest(&self.db, id, &["challenge.panel-draw"]).await?.ok_or(Error::Missing)?;
        let lot = draw::Lot::read(id, c.number.clone(), facts).map_err(|e| Error::Failed(e.to_string()))?;
        Ok((c, lot))
    }
}
