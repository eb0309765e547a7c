//! What is offered is held against what the act would ask: each rule of `ready`, with the rows that it needs, and those are
//! read only where the act is offered at all.
use super::offered::Offered;
use super::ready::{self, ask};
use super::*;

impl App {
    async fn parts_of<T>(&self, column: &'static str, id: Uuid) -> Result<Vec<T>>
    where
        T: Stored,
        crate::store::noun::Model<T>: Sync,
    {
        Ok(noun::of(&self.db, column, id).await?)
    }

    async fn round_of(&self, c: &Challenge) -> Result<Vec<Assignment>> {
        let all: Vec<Assignment> = self.parts_of("challenge_id", c.id.0).await?;
        Ok(all.into_iter().filter(|a| a.round == c.round).collect())
    }

    pub async fn ready_on_challenge(&self, actor: &Actor, c: &Challenge, m: &Moment, offered: &mut [Offered]) -> Result<()> {
        let id = c.id.0;
        let checked = async { Ok(opening::ensure_checked(&self.parts_of::<Bid>("challenge_id", id).await?)?) };
        ask(offered, &["panel", "review"], checked).await?;
        ask(offered, &["panel-report"], async { Ok(ready::report(c, &self.round_of(c).await?, m)?) }).await?;
        ask(offered, &["defence"], async { Ok(ready::blind_in(c, &self.round_of(c).await?)?) }).await?;
        for stage in [OpeningStage::First, OpeningStage::Price] {
            ask(offered, &[stage.acts().1.id()], self.keys_there(c, stage, m)).await?;
        }
        ask(offered, &["bids"], self.may_start_bid(actor, c.id)).await?;
        ask(offered, &["interests"], self.may_register_interest(actor, c.id)).await?;
        ask(offered, &["archive"], async { Ok(ready::archived(&self.parts_of("challenge_id", id).await?)?) }).await?;
        ask(offered, &["gates"], self.may_set_gate(c)).await
    }

    async fn may_set_gate(&self, c: &Challenge) -> Result<()> {
        ready::no_gate_open(&self.parts_of::<Gate>("challenge_id", c.id.0).await?)?;
        let mut lanes: Vec<Contract> = self.parts_of("challenge_id", c.id.0).await?;
        lanes.retain(|k| k.lane.is_some());
        // Either kind of checkpoint will do: the form says which.
        Ok(ready::ended(&lanes).map(drop).or_else(|_| ready::running(&lanes).map(drop))?)
    }

    pub async fn ready_on_assignment(&self, a: &Assignment, c: &Challenge, offered: &mut [Offered]) -> Result<()> {
        for (step, blind) in [("blind-submission", true), ("submission", false)] {
            let whole = async {
                let bids: Vec<Bid> = self.parts_of("challenge_id", c.id.0).await?;
                Ok(ready::sheet(a, &bids, &c.rubric, blind)?)
            };
            ask(offered, &[step], whole).await?;
        }
        ask(offered, &["conclusion", "score-change"], async { Ok(ready::all_in(c, &self.round_of(c).await?)?) }).await?;
        ask(offered, &["acceptance"], self.expert_not_barred(a.expert)).await
    }

    pub async fn ready_on_notice(&self, n: &Notice, offered: &mut [Offered]) -> Result<()> {
        let objections = async || self.parts_of::<Objection>("notice_id", n.id.0).await;
        ask(offered, &["confirmation"], async { Ok(ready::none_open(&objections().await?)?) }).await?;
        ask(offered, &["revision"], async { Ok(ready::none_holds(&objections().await?)?) }).await
    }

    pub async fn ready_on_objection(&self, n: &Notice, offered: &mut [Offered]) -> Result<()> {
        ask(offered, &["examination", "reopening"], async { Ok(ready::notice_open(n)?) }).await
    }

    pub async fn ready_on_contract(&self, k: &Contract, offered: &mut [Offered]) -> Result<()> {
        let id = k.id.0;
        let spends = async {
            let (accounts, sheets) = (self.parts_of("contract_id", id).await?, self.parts_of("contract_id", id).await?);
            Ok(ready::spends(k, &accounts, &sheets)?)
        };
        ask(offered, &["spendings"], spends).await?;
        let lines = async { Ok(ready::sample(&self.parts_of("contract_id", id).await?).map(drop)?) };
        ask(offered, &["spot-check"], lines).await?;
        ask(offered, &["final-accounts"], async { Ok(ready::no_account(k, &self.parts_of("contract_id", id).await?)?) }).await?;
        ask(offered, &["budgets"], async { Ok(ready::no_budget(k, &self.parts_of("contract_id", id).await?)?) }).await
    }

    pub async fn ready_on_milestone(&self, x: &Milestone, offered: &mut [Offered]) -> Result<()> {
        let before = async {
            let nodes: Vec<Milestone> = self.parts_of("contract_id", x.contract.0).await?;
            Ok(ready::conditions_before(&nodes, x.number)?)
        };
        ask(offered, &["pass", "conditional-pass"], before).await
    }

    pub async fn ready_on_acceptance(&self, x: &Acceptance, m: &Moment, offered: &mut [Offered]) -> Result<()> {
        let nodes = async { Ok(ready::no_conditions(&self.parts_of("contract_id", x.contract.0).await?)?) };
        ask(offered, &["check"], nodes).await?;
        ask(offered, &["overdue-failure"], async { Ok(ready::overdue(x.head.due, m)?) }).await
    }

    pub async fn ready_on_instalment(&self, i: &Instalment, m: &Moment, offered: &mut [Offered]) -> Result<()> {
        ask(offered, &["fiscal-payment", "payment"], async { Ok(ready::year_open(i, m)?) }).await
    }

    pub async fn ready_on_change(&self, k: &Contract, offered: &mut [Offered]) -> Result<()> {
        for act in ChangeAct::ALL {
            ask(offered, &[act.id()], async { Ok(ready::in_force(act.id(), k)?) }).await?;
        }
        Ok(())
    }

    pub async fn ready_on_final_account(&self, x: &FinalAccount, offered: &mut [Offered]) -> Result<()> {
        let open = async {
            ready::no_settlement_refund(&self.parts_of::<Settlement>("contract_id", x.contract.0).await?)?;
            self.account_is_current(x).await
        };
        ask(offered, &["settlement", "refund-order"], open).await
    }

    pub async fn ready_on_settlement(&self, x: &Settlement, offered: &mut [Offered]) -> Result<()> {
        let open = async { Ok(ready::no_account_refund(&self.parts_of("contract_id", x.contract.0).await?)?) };
        ask(offered, &["settlement", "refund-order", "clawback-order"], open).await
    }

    pub async fn ready_on_template(&self, x: &Template, offered: &mut [Offered]) -> Result<()> {
        let others = async {
            let all: Listed<Template> = noun::list(&self.db, &[], Page::first(200)).await?;
            Ok(ready::another(x, &all.items)?)
        };
        ask(offered, &["retirement"], others).await
    }
}
