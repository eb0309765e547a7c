//! A contract ends before its end: without fault, for fault, as a lane of a race. What is not done is cancelled, what can no
//! longer become due is released, the settlement is drawn up.
use super::ledger;
use super::*;
use crate::domain::ContractAct as K;
use crate::domain::forms::*;
use policy::Permit;

/// How a contract ends.
pub(in crate::app) struct End<'a> {
    pub act: K,
    pub class: &'a str,
    pub reason: &'a str,
    pub minutes: Minutes,
    pub experts: Vec<Judge>,
}

impl App {
    /// Ends without fault: nothing is held against anybody (domain 4.6, trap 4).
    pub async fn terminate_contract(&self, actor: &Actor, id: ContractId, form: Ending) -> Result<Contract> {
        let minutes = Minutes::from(&form);
        self.end_contract(actor, id, K::Terminate, (&form.class, &form.reason), minutes, vec![]).await
    }

    /// A race goes on without this lane: what was accepted is paid, nothing is held against it (domain 2.11). At least three
    /// experts have said so.
    pub async fn cut_lane(&self, actor: &Actor, id: ContractId, form: CutLane) -> Result<Contract> {
        let k = self.contract_of(id).await?;
        judge::enough(&form.experts, 3, &self.party_names(&k).await?, "experts")?;
        let minutes = Minutes::from(&form);
        self.end_contract(actor, id, K::CutLane, ("lane_cut", &form.reason), minutes, form.experts).await
    }

    pub(in crate::app) async fn end_contract(
        &self,
        actor: &Actor,
        id: ContractId,
        act: K,
        (class, reason): (&str, &str),
        minutes: Minutes,
        experts: Vec<Judge>,
    ) -> Result<Contract> {
        let on = self.contract_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (mut c, mut k) = self.lock_contract(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_contract(actor, &k, act)?;
        let from = k.head.state;
        k.may_at(act, m.now)?;
        let title = k.title.clone();
        let on_table = meeting::OnTable { noun: Noun::Contract, subject: id.0, act: act.id(), case: on, title: &title };
        self.meet(&work, &permit, &minutes, on_table, &m).await?;
        let number = minutes.number.clone();
        let named: Vec<String> = experts.iter().map(|e| e.expert.clone()).collect();
        let end = End { act, class, reason, minutes, experts };
        self.end_within(&work, &permit, (&mut c, &mut k), end, &m).await?;
        let event = Event::new(Noun::Contract, act.id(), id.0, Visibility::Public)
            .on(on)
            .of(k.lead)
            .moved(from.id(), k.head.state.id())
            .because(Some(reason.to_owned()))
            .fact("class", class)
            .fact("experts", named)
            .fact("minutes", number);
        work.commit(&permit, event).await?;
        Ok(k)
    }

    /// The ending itself, within the work of whatever decided it.
    pub(in crate::app) async fn end_within(
        &self,
        work: &Work,
        permit: &Permit<ContractAct>,
        (c, k): (&mut Challenge, &mut Contract),
        end: End<'_>,
        m: &Moment,
    ) -> Result<()> {
        k.may_at(end.act, m.now)?;
        let all: Vec<Contract> = noun::lock_of(work, "challenge_id", c.id.0).await?;
        if end.act == K::CutLane {
            ensure(all.iter().any(|o| o.id != k.id && !o.head.state.is_end()), "last_lane")?;
        }
        (k.ending, k.ending_reason) = (Some(end.class.to_owned()), Some(end.reason.to_owned()));
        (k.ending_minutes, k.ending_experts) = (Some(end.minutes), end.experts);
        k.take(end.act, m, &c.rules)?;
        self.drop_plan(work, permit, c, k, m).await?;
        noun::save(work, permit, k, &m.calendar).await?;
        let book = store::ledger::books(work, k).await?;
        let sheet = Settlement::draw(SettlementId(clock::ordered_id()), k, &book, m, &c.rules);
        noun::insert(work, &permit.follow(sheet.id.0), &sheet, &m.calendar).await?;
        if all.iter().all(|o| o.id == k.id || o.head.state.is_end()) && c.head.state == ChallengeState::InProgress {
            // Another lane may have come to its end before: then there is a result to archive.
            let finished = all.iter().any(|o| {
                o.id != k.id
                    && matches!(o.head.state, ContractState::Completed | ContractState::Concluded | ContractState::Failed)
            });
            c.take(if finished { ChallengeAct::StartAcceptance } else { ChallengeAct::EndWithout }, m)?;
            let case: Permit<ChallengeAct> = permit.follow(c.id.0);
            noun::save(work, &case, c, &m.calendar).await?;
            bids_end::end_bids(work, &case, c, m).await?;
        }
        Ok(())
    }

    /// What is not yet done is not done any more: open milestones and unpaid instalments are cancelled.
    async fn drop_plan(&self, work: &Work, permit: &Permit<ContractAct>, c: &Challenge, k: &Contract, m: &Moment) -> Result<()> {
        let id = k.id;
        for mut x in noun::lock_of::<Milestone>(work, "contract_id", id.0).await? {
            // The ending is what was decided of a node that failed.
            let act = if x.head.state == MilestoneState::Failed { MilestoneAct::Dispose } else { MilestoneAct::Cancel };
            if x.head.state.step(act).is_ok() {
                x.take(act, m, &c.rules)?;
                noun::save(work, &permit.follow(x.id.0), &mut x, &m.calendar).await?;
            }
        }
        let mut cancelled = vec![];
        for mut i in noun::lock_of::<Instalment>(work, "contract_id", id.0).await? {
            // What was unlocked by accepted work stays payable.
            if i.head.state == InstalmentState::Planned {
                i.take(InstalmentAct::Cancel, m, &c.rules)?;
                noun::save(work, &permit.follow(i.id.0), &mut i, &m.calendar).await?;
                cancelled.push(i);
            }
        }
        ledger::release(work, permit, k, m, &cancelled).await?;
        for mut x in noun::lock_of::<Acceptance>(work, "contract_id", id.0).await? {
            if x.head.state.step(AcceptanceAct::Cancel).is_ok() {
                x.take(AcceptanceAct::Cancel, m, &c.rules)?;
                noun::save(work, &permit.follow(x.id.0), &mut x, &m.calendar).await?;
            }
        }
        end_changes(work, permit, c, k, m).await
    }

    /// Names of everybody bound by a contract: no expert comes from among them.
    pub(in crate::app) async fn party_names(&self, k: &Contract) -> Result<Vec<String>> {
        let orgs = store::account::orgs(&self.db, &[k.poster, k.lead]).await?;
        Ok(orgs.into_iter().map(|o| o.name).chain(k.partners.iter().map(|p| p.name.clone())).collect())
    }
}

/// With its contract every change ends that is not yet in force: there is nothing left that it could change.
pub(in crate::app) async fn end_changes(
    work: &Work,
    permit: &Permit<ContractAct>,
    c: &Challenge,
    k: &Contract,
    m: &Moment,
) -> Result<()> {
    for mut x in noun::lock_of::<ContractChange>(work, "contract_id", k.id.0).await? {
        if x.head.state.step(ChangeAct::Lapse).is_ok() {
            x.take(ChangeAct::Lapse, m, &c.rules)?;
            noun::save(work, &permit.follow(x.id.0), &mut x, &m.calendar).await?;
        }
    }
    Ok(())
}
