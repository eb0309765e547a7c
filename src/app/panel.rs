//! The panel: called by the officer, drawn by lot with the supervisor, checked for conflicts before an expert sees anything and
//! again whenever it matters, its absent members replaced in the order of the lot.
use super::*;
use crate::domain::AssignmentAct as R;
use crate::domain::ChallengeAct as A;
use crate::domain::conflict::{self, Hit, Near, Parties, Party};
use crate::domain::forms::*;
use std::collections::{BTreeMap, BTreeSet};

/// The experts of today: accounts with their units, and those of them who may be drawn.
pub(in crate::app) struct Experts {
    accounts: Vec<Account>,
    units: BTreeMap<OrgId, Organisation>,
    ready: Vec<draw::Candidate>,
    all: Vec<draw::Candidate>,
}

/// What is known of a case's parties before its bids are read.
pub(in crate::app) struct Around {
    poster: Organisation,
    leads: Vec<Organisation>,
    contracts: Vec<(Uscc, Uscc)>,
    /// Units that own or are owned.
    units: Vec<conflict::Unit>,
}

impl Experts {
    /// Those whom a name and a unit, of today or before, may mean.
    pub(in crate::app) fn known<'a>(&'a self, name: &'a str, unit: &'a str) -> impl Iterator<Item = Near<'a>> {
        self.accounts.iter().filter(move |a| conflict::same(&a.name, name)).filter_map(move |a| {
            let (own, profile) = (self.units.get(&a.org)?, a.expert.as_ref()?);
            let former = profile.former_units.iter().any(|f| conflict::same(f, unit));
            (former || conflict::same(&own.name, unit)).then_some(Near { name: &a.name, unit: own, profile })
        })
    }
}

impl Around {
    pub(in crate::app) fn poster(&self) -> &Organisation {
        &self.poster
    }
    pub(in crate::app) fn units(&self) -> &[conflict::Unit] {
        &self.units
    }
}

impl App {
    pub(in crate::app) async fn experts(&self) -> Result<Experts> {
        let accounts = store::account::of_role(&self.db, Role::Expert, 2000).await?;
        let found = store::account::orgs(&self.db, &accounts.iter().map(|a| a.org).collect::<Vec<_>>()).await?;
        let busy = store::panel::busy(&self.db).await?;
        let today = date_of(self.glance().await?.now);
        let (mut ready, all) = (draw::pool(&accounts, &found, &busy, today), draw::everyone(&accounts, &found));
        let barred = self.barred_experts().await?;
        ready.retain(|c| !barred.contains(&c.id));
        Ok(Experts { accounts, units: found.into_iter().map(|o| (o.id, o)).collect(), ready, all })
    }

    /// The units around a case, and who of them had contracts here in the last three years.
    pub(in crate::app) async fn around(&self, id: ChallengeId) -> Result<Around> {
        let c: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let bids: Vec<Bid> = noun::of(&self.db, "challenge_id", id.0).await?;
        let poster = store::account::org(&self.db, c.org).await?.ok_or(Error::Missing)?;
        let leads = store::account::orgs(&self.db, &bids.iter().map(|b| b.org).collect::<Vec<_>>()).await?;
        let ids: Vec<OrgId> = leads.iter().map(|o| o.id).chain([poster.id]).collect();
        let since = self.glance().await?.now - jiff::SignedDuration::from_hours(24 * 365 * 3);
        let pairs = store::panel::dealings(&self.db, &ids, since).await?;
        let named: Vec<OrgId> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let codes: BTreeMap<OrgId, Uscc> =
            store::account::orgs(&self.db, &named).await?.into_iter().map(|o| (o.id, o.uscc)).collect();
        let contracts = pairs.iter().filter_map(|(a, b)| Some((codes.get(a)?.clone(), codes.get(b)?.clone()))).collect();
        let units = store::account::owned(&self.db).await?.iter().map(conflict::Unit::from).collect();
        Ok(Around { poster, leads, contracts, units })
    }

    /// Everyone an expert must not be near: poster, leads and partners with their people, those to avoid, those who argued.
    pub(in crate::app) async fn parties<P>(
        &self,
        work: &Work,
        permit: &policy::Permit<P>,
        c: &Challenge,
        around: &Around,
    ) -> Result<Parties>
    where
        policy::ReadBid: policy::FollowsFrom<P>,
    {
        let bids: Vec<Bid> =
            noun::lock_of::<Bid>(work, "challenge_id", c.id.0).await?.into_iter().filter(Bid::is_opened).collect();
        let mut out = Parties { contracts: around.contracts.clone(), units: around.units.clone(), ..Parties::default() };
        out.argued = c.appraisal.iter().flat_map(|a| a.opinions.iter().map(|o| o.expert.clone())).collect();
        let people = c.need.iter().map(|n| n.contact_name.clone()).collect();
        out.parties.push(party("poster", &around.poster, people));
        for bid in &bids {
            let offer = self.part_a(work, permit, bid.id).await?;
            let lead = around.leads.iter().find(|o| o.id == bid.org).ok_or(Error::Missing)?;
            let team = Team::of(&offer, bid);
            out.parties.push(Party { declared: team.declared, ..party("lead", lead, team.people) });
            out.bidders.extend([bid.created_by].into_iter().chain(bid.seal.as_ref().map(|s| s.by)));
            for (uscc, name) in team.partners {
                let known = store::account::orgs_by_uscc(work, std::slice::from_ref(&uscc)).await?;
                let affiliates = known.first().map(|o| o.affiliates.clone()).unwrap_or_default();
                out.parties.push(Party { side: "partner", name, uscc: Some(uscc), affiliates, ..Party::default() });
            }
            out.avoided.extend(offer.avoid);
        }
        let people: Vec<String> = out.parties.iter().flat_map(|p| p.people.iter().cloned()).collect();
        out.known = store::relation::of_people(work, &people).await?;
        Ok(out)
    }

    /// The officer calls for a panel: so many seats of such a composition. The supervisor draws it.
    pub async fn convene_panel(&self, actor: &Actor, id: ChallengeId, form: Convene) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Convene, m.now)?;
        c.may(A::Convene, &m)?;
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        opening::ensure_checked(&bids)?;
        let need = c.need()?;
        let valid = bids.iter().filter(|b| b.is_valid()).count();
        let seats = c.rules.panel_seats(need.stake_fen, valid, need.is_race());
        let plan = draw::Plan { seats, discipline: need.discipline_code.clone(), home: c.rules.home_region.clone() };
        let event = told(&c, A::Convene, c.head.state, Visibility::Bureau).because(form.kind_note.clone()).fact("plan", &plan);
        // A challenge from before secrets were promised gets one now, promised in the call itself.
        let late = c.draw_secret.is_none().then(|| listing::commit_draw(&mut c));
        let event = event.fact("draw_commitment", late);
        c.take(A::Convene, &m)?;
        c.call = Some(Call { plan, by: actor.account, at: m.now, note: form.kind_note });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// The supervisor draws, with words of their own mixed into the seed: nobody alone can choose who sits (domain 5.5).
    pub async fn draw_panel(&self, actor: &Actor, id: ChallengeId, form: DrawPanel) -> Result<Challenge> {
        let (experts, around) = (self.experts().await?, self.around(id).await?);
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Draw, m.now)?;
        c.may(A::Draw, &m)?;
        let call = c.call.clone().ok_or_else(|| Refusal::new("panel_call_first"))?;
        let parties = self.parties(&work, &permit, &c, &around).await?;
        let barred = experts.barred(&parties, &c, date_of(m.now));
        let opening = store::panel::entry_hash(&work, id, &["challenge.opening-confirmation", "objection.upholding"]).await?;
        let seed = draw::Seed {
            secret: c.draw_secret.clone().ok_or_else(|| Refusal::new("draw_secret_missing"))?,
            opening: opening.ok_or(Error::Missing)?,
            words: text::clean(&form.words),
            pool_sha256: draw::pool_sha256(&experts.ready),
            round: c.round,
        };
        let no_go: BTreeSet<AccountId> = barred.keys().copied().collect();
        let sequence = draw::draw(&experts.ready, &no_go, &call.plan, &seed.sha256())
            .ok_or_else(|| Refusal::new("pool_too_small").with("seats", call.plan.seats).with("barred", no_go.len()))?;
        let strata = call.plan.strata(&experts.ready, &no_go);
        draw::may_be_thin(&strata, form.thin_reason.as_deref())?;
        for expert in sequence.iter().take(call.plan.seats) {
            let a = Assignment::invite(AssignmentId(Uuid::new_v4()), &c, *expert, &m);
            noun::insert(&work, &permit.follow(a.id.0), &a, &m.calendar).await?;
            work.tell("invited", serde_json::json!({ "assignment": a.id, "expert": expert }));
        }
        let event = told(&c, A::Draw, c.head.state, Visibility::Bureau)
            .fact("strata", &strata)
            .fact("thin_reason", &form.thin_reason)
            .fact("seed", &seed)
            .fact("seed_sha256", seed.sha256())
            .fact("commitment", draw::Seed::commitment(&seed.secret))
            .fact("plan", &call.plan)
            .fact("pool", &experts.ready)
            .fact("barred", &barred)
            .fact("sequence", &sequence);
        c.take(A::Draw, &m)?;
        c.panel = Some(Panel {
            seats: call.plan.seats,
            pool_sha256: seed.pool_sha256.clone(),
            seed: seed.sha256(),
            parts: Some(seed),
            plan: Some(call.plan.clone()),
            strata,
            experts: sequence.iter().take(call.plan.seats).copied().collect(),
            sequence,
            called: call.plan.seats,
            short: false,
            alarm: None,
            thin_reason: form.thin_reason,
            by: call.by,
            witnessed_by: Some(actor.account),
        });
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        work.commit(&permit, event).await?;
        Ok(c)
    }

    /// The supervisor replaces an expert who declined, recused or stays away by the next of the same sequence
    /// who has no conflict and keeps the panel composed by the rule.
    pub async fn replace_expert(&self, actor: &Actor, id: ChallengeId, form: ReplaceExpert) -> Result<Challenge> {
        let known = (self.experts().await?, self.around(id).await?);
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Replace, m.now)?;
        c.may(A::Replace, &m)?;
        let mut gone: Assignment =
            noun::lock(&work, form.assignment).await?.filter(|a: &Assignment| a.challenge == id).ok_or(Error::Missing)?;
        if gone.sits() {
            gone.take(R::Replace, &c, &m)?;
            noun::save(&work, &permit.follow(gone.id.0), &mut gone, &m.calendar).await?;
        }
        let gone = succession::Gone { assignment: gone, reason: Some(form.reason) };
        let tell = self.call_next(&work, &permit, &mut c, gone, &known, &m).await?;
        let c = self.step(work, permit, c, A::Replace, &m, tell).await?;
        self.try_keep_seats(id).await;
        Ok(c)
    }

    /// The conflicts of experts with one case as of now, of the first who has any; none for an account that is gone.
    pub(in crate::app) async fn conflicts<P>(
        &self,
        work: &Work,
        permit: &policy::Permit<P>,
        c: &Challenge,
        (experts, around): &(Experts, Around),
        (sitting, m): (&[AccountId], &Moment),
    ) -> Result<Vec<Hit>>
    where
        policy::ReadBid: policy::FollowsFrom<P>,
    {
        let parties = self.parties(work, permit, c, around).await?;
        let of = |id: &AccountId| experts.hits(*id, &parties, date_of(m.now));
        Ok(sitting.iter().map(of).find(|hits| !hits.is_empty()).unwrap_or_default())
    }
}

impl Experts {
    /// Every expert, as the draw sees them.
    pub(in crate::app) fn all(&self) -> &[draw::Candidate] {
        &self.all
    }
    /// May be invited today.
    pub(in crate::app) fn is_ready(&self, id: AccountId) -> bool {
        self.ready.iter().any(|c| c.id == id)
    }
    fn hits(&self, id: AccountId, parties: &Parties, today: jiff::civil::Date) -> Vec<Hit> {
        let Some(account) = self.accounts.iter().find(|a| a.id == id) else { return vec![] };
        match (self.units.get(&account.org), &account.expert) {
            (Some(unit), Some(profile)) => conflict::hits(&Near { name: &account.name, unit, profile }, parties, today),
            _ => vec![],
        }
    }

    /// Who can't sit, and why: conflicts, and those of an earlier review of the same case.
    pub(in crate::app) fn barred(
        &self,
        parties: &Parties,
        c: &Challenge,
        today: jiff::civil::Date,
    ) -> BTreeMap<AccountId, Vec<Hit>> {
        let before = |id: &AccountId| {
            let path = vec![c.round.saturating_sub(1).to_string()];
            c.sat_before.contains(id).then(|| Hit { rule: "sat_before".into(), side: String::new(), path })
        };
        let with = |a: &draw::Candidate| self.hits(a.id, parties, today).into_iter().chain(before(&a.id)).collect::<Vec<_>>();
        self.all.iter().map(|a| (a.id, with(a))).filter(|(_, hits)| !hits.is_empty()).collect()
    }
}

/// A team as it stands now: what the bid names, and what was said after the opening.
struct Team {
    people: Vec<String>,
    partners: Vec<(Uscc, String)>,
    declared: Vec<TeamRelation>,
}

impl Team {
    fn of(offer: &PartA, bid: &Bid) -> Self {
        let joined = bid.team.iter().flat_map(|w| &w.people);
        let units = bid.team.iter().flat_map(|w| &w.units).map(|u| (u.uscc.clone(), u.name.clone()));
        let people = offer.team_people.iter().chain(joined).map(|p| p.name.clone());
        Self {
            people: [offer.pi_name.clone()].into_iter().chain(people).collect(),
            partners: offer.members.iter().skip(1).map(|m| (m.uscc.clone(), m.name.clone())).chain(units).collect(),
            declared: offer.team_relations.iter().chain(bid.team.iter().flat_map(|w| &w.relations)).cloned().collect(),
        }
    }
}

pub(in crate::app) fn party(side: &'static str, org: &Organisation, people: Vec<String>) -> Party {
    let (uscc, affiliates) = (Some(org.uscc.clone()), org.affiliates.clone());
    Party { side, name: org.name.clone(), uscc, affiliates, people, declared: vec![] }
}
