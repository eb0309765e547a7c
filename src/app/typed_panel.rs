//! Members of a panel that is typed in, held against the parties by the rules of a drawn one: whom the platform knows as an
//! expert, by name and unit, has relations that are known (domain 5.6, 11.4).
use super::{App, Result, panel, store};
use crate::domain::conflict::{self, Parties, Party};
use crate::domain::{Contract, OrgId, Refusal, Typed, date_of};

impl App {
    /// Everybody bound by a contract, with their owners and owned.
    pub(in crate::app) async fn parties_bound(&self, k: &Contract) -> Result<Vec<Party>> {
        let mut out = self.parties_named(&[k.poster, k.lead]).await?;
        out.extend(k.partners.iter().skip(1).map(|p| Party {
            side: "partner",
            name: p.name.clone(),
            uscc: Some(p.uscc.clone()),
            ..Party::default()
        }));
        if let Some(lead) = out.get_mut(1) {
            lead.people.push(k.principal_investigator.clone());
        }
        Ok(out)
    }

    pub(in crate::app) async fn parties_named(&self, orgs: &[OrgId]) -> Result<Vec<Party>> {
        let found = store::account::orgs(&self.db, orgs).await?;
        let in_order = orgs.iter().filter_map(|id| found.iter().find(|o| o.id == *id));
        Ok(in_order.map(|o| panel::party("poster", o, vec![])).collect())
    }

    /// The common guard of every panel that is typed in.
    pub(in crate::app) async fn guard_typed(&self, typed: &Typed<'_>, parties: Vec<Party>) -> Result<()> {
        let names: Vec<String> = parties.iter().map(|p| p.name.clone()).collect();
        typed.check(&names)?;
        let (experts, today) = (self.experts().await?, date_of(self.glance().await?.now));
        let case = Parties { parties, ..Parties::default() };
        for (name, unit) in &typed.members {
            for near in experts.known(name, unit) {
                if let Some(hit) = conflict::hits(&near, &case, today).into_iter().next() {
                    let path = hit.path.join(" → ");
                    return Err(Refusal::new("expert_near_party").with("name", name).with("path", path).at(typed.field).into());
                }
            }
        }
        Ok(())
    }
}
