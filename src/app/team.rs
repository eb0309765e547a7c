//! A team changes after the opening, or remembers a relation: it says so, and the case is looked through again.
use super::bid::lock_bid;
use super::*;
use crate::domain::BidAct as B;
use crate::domain::conflict::{self, Unit};
use crate::domain::forms::*;

impl App {
    /// People and units that joined a team, and relations to experts, officers and units that it has to declare.
    pub async fn declare_team(&self, actor: &Actor, id: BidId, form: DeclareTeam) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let around = self.around(on).await?;
        let work = self.begin(actor).await?;
        let (c, mut b) = lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, B::DeclareTeam)?;
        b.may(B::DeclareTeam, &c, &m)?;
        let said = !(form.people.is_empty() && form.units.is_empty() && form.relations.is_empty());
        ensure(said, "nothing_declared")?;
        for unit in &form.units {
            let own = Unit { uscc: unit.uscc.clone(), name: unit.name.clone(), affiliates: vec![] };
            around.ensure_apart(&own).map_err(|r| r.at("units"))?;
        }
        let codes: Vec<Uscc> = form.units.iter().map(|u| u.uscc.clone()).collect();
        b.partners.extend(store::account::orgs_by_uscc(&work, &codes).await?.into_iter().map(|o| o.id));
        let counts = (form.people.len(), form.units.len(), form.relations.len());
        let sha256 = hash::sha256_hex(hash::canonical(&serde_json::json!(form)).as_bytes());
        b.team.push(TeamWord {
            at: m.now,
            people: form.people,
            units: form.units,
            relations: form.relations,
            reason: form.reason.clone(),
        });
        let tell = |e: Event| {
            e.because(Some(form.reason))
                .fact("people", counts.0)
                .fact("units", counts.1)
                .fact("relations", counts.2)
                .fact("sha256", sha256)
        };
        let b = self.bid_step(work, permit, c, b, B::DeclareTeam, &m, tell).await?;
        self.recheck(on).await;
        Ok(b)
    }
}

impl panel::Around {
    /// A unit that is the poster's, or owns it, or is owned by it, however far, may not bid (trap 18). The way is told.
    pub(in crate::app) fn ensure_apart(&self, unit: &Unit) -> std::result::Result<(), Refusal> {
        let poster = self.poster();
        if poster.uscc == unit.uscc {
            return Err(Refusal::new("affiliate_of_poster").with("way", &unit.name));
        }
        let units: Vec<Unit> = self.units().iter().cloned().chain([unit.clone(), Unit::from(poster)]).collect();
        match conflict::ownership(&units, &unit.uscc, &poster.uscc) {
            None => Ok(()),
            Some(way) => Err(Refusal::new("affiliate_of_poster").with("way", conflict::told_way(&units, &way).join(" → "))),
        }
    }
}
