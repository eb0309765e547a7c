//! Stories of delivery: a race's checkpoint, a failed node that is excused, the settlement of what ended, a record proposed.
use super::county::{County, typed};
use super::early_stories::cloned;
use super::story::Story;
use super::timeline::Told;
use crate::domain::*;
use serde_json::{Value, json};

impl Story<'_> {
    /// One day and one table for the lanes that run: handed in, compared, judged, and both go on.
    pub async fn checkpoint(&self, id: ChallengeId, lanes: &[Contract]) -> Told<()> {
        let app = &self.county.app;
        let need = self.county.case(id).await?.challenge.need;
        let known: Vec<(i64, Quantity)> =
            (1..).zip(need.map(|n| n.indicators).unwrap_or_default()).filter_map(|(n, i)| Some((n, i.target?))).take(3).collect();
        self.days(4, 10, 10).await?;
        let day = self.county.ahead(self.date(), 11);
        let table: Vec<Value> = known.iter().map(|(n, target)| json!({ "indicator": n, "target": target })).collect();
        let form = json!({ "name": "赛马中期考核", "held_on": day.to_string(), "table": table });
        let x = app.set_gate(self.person("officer"), id, typed(form)?).await?.id;
        self.days(7, 15, 20).await?;
        for k in lanes {
            let lead = self.county.speaker(k.lead, Role::Bidder);
            let file = self.county.paper(lead, "中期考核原始记录").await?;
            let values: Vec<Value> =
                known.iter().map(|(n, target)| json!({ "indicator": n, "value": target, "note": "三批均值" })).collect();
            let form = json!({ "report": "按统一指标表完成测试，原始记录和样品留存备查。", "values": values, "files": [file] });
            app.report_lane(lead, x, typed(form)?).await?;
            self.minutes(35).await?;
        }
        self.days(5, 9, 30).await?;
        app.compare_lanes(self.person("officer"), x, typed(json!({ "note": "各赛道数据同时公开比对。" }))?).await?;
        self.days(3, 14, 0).await?;
        let says = ["两条路线都可行，指标接近。", "赛道之间技术差异明显，可继续并行。", "建议继续，终期择优。"];
        let scan = self.county.paper(self.person("officer"), "专家意见表（签字扫描件）").await?;
        let form = json!({ "experts": self.judges(3, &says), "scan": [scan], "conclusion": "两条赛道均达到中期指标，路线不同、差距不大，建议均继续。" });
        app.assess_lanes(self.person("officer"), x, typed(form)?).await?;
        self.days(2, 16, 0).await?;
        let rulings: Vec<Value> =
            lanes.iter().map(|k| json!({ "lane": k.lane_number(), "decision": "continue", "reason": "达到中期指标" })).collect();
        app.decide_gate(self.person("head"), x, typed(self.minuted(json!({ "rulings": rulings })))?).await?;
        Ok(())
    }

    /// County money by heads, proposed by the lead and approved: 20 % indirect, the rest in three.
    pub async fn budget(&self, k: &Contract) -> Told<()> {
        let app = &self.county.app;
        let share = |bp: i64| k.county_fen.percent_of(bp).unwrap_or_default();
        let (equipment, labour, indirect) = (share(3_000), share(2_000), share(2_000));
        let rest =
            [equipment, labour, indirect].iter().try_fold(k.county_fen, |left, part| left.checked_sub(*part)).unwrap_or_default();
        self.days(2, 9, 50).await?;
        let form = json!({
            "equipment_fen": equipment, "business_fen": rest, "labour_fen": labour, "indirect_fen": indirect,
            "basis": "设备按询价单，材料测试按试验批次，劳务按聘用人月测算，间接费用按百分之二十。",
        });
        let x = app.propose_budget(self.county.speaker(k.lead, Role::Bidder), k.id, typed(form)?).await?.id;
        self.days(2, 14, 20).await?;
        app.approve_budget(self.person("checker"), x, typed(json!({ "note": "合计和间接费用比例核对无误。" }))?).await?;
        Ok(())
    }

    /// The sheet of what ended: commented on, settled, and what is unspent is back.
    pub async fn settle(&self, k: &Contract) -> Told<()> {
        let app = &self.county.app;
        let x = app.settlements_of(k).await?.remove(0).id;
        self.days(3, 10, 40).await?;
        let said = json!({ "reason": "结算单与我单位台账一致，未使用资金按期退回。" });
        app.comment_settlement(self.county.speaker(k.lead, Role::Bidder), x, typed(said)?).await?;
        self.days(5, 15, 0).await?;
        let settled = app.settle_contract(self.person("head"), x, typed(self.minuted(json!({})))?).await?;
        self.days(9, 11, 20).await?;
        let form = json!({ "voucher": format!("JK{:04}", 300 + self.salt), "paid_on": self.date().to_string(), "amount_fen": settled.back_fen });
        app.refund_settlement(self.person("finance"), x, typed(form)?).await?;
        Ok(())
    }
}

/// A first node failed for a technical cause; the team had kept records, warned and tried another route: excused, the contract
/// ended, the unspent money is back.
pub async fn excused(county: &County) -> Told<()> {
    let s = Story::of(county, 18);
    let idea = cloned(s.idea("D08"), "铸造旧砂湿法再生药剂循环利用技术（一期）", &[]);
    let (_, contracts) = s.won(&idea, s.close_for(13, 3, 0), "D08", &[("u3", 86), ("i3", 79)], false).await?;
    let k = &contracts[0];
    s.budget(k).await?;
    s.pay(&contracts, "county").await?;
    s.spend(&contracts, Channel::Fiscal).await?;
    s.be_diligent(k, "湿法再生药剂循环五次后再生率持续低于 90 %").await?;
    let x = s.evidence(k, 1, 6).await?;
    s.days(3, 10, 0).await?;
    let reason = "再生率三批均值 88.4 %，未达到节点要求，现场记录属实。";
    county.app.dispute_evidence(county.speaker(k.poster, Role::Poster), x.id, typed(json!({ "reason": reason }))?).await?;
    s.days(6, 15, 30).await?;
    let says = ["药剂循环后失活是机理性问题。", "记录完整，备选路线也已试验。", "属客观技术原因，团队已尽责。"];
    let (judged, experts) = (s.judged(k, &x, "not_met"), s.judges(5, &says));
    let scan = county.paper(s.person("checker"), "专家意见表（签字扫描件）").await?;
    let verdict = json!({ "verdict": "再生率未达到节点要求，属机理性技术障碍，判定不通过。", "judged": judged, "experts": experts, "scan": [scan] });
    county.app.fail_milestone(s.person("checker"), x.id, typed(verdict)?).await?;
    s.days(4, 16, 10).await?;
    let form = json!({
        "outcome": "terminate", "excused": true, "class": "technical", "experts": s.judges(5, &says),
        "reason": "五位专家认定为客观技术原因，原始记录、早期预警、备选方案和台账齐全，予以尽职免责，终止合同。",
    });
    county.app.decide_node(s.person("head"), x.id, typed(s.minuted(form))?).await?;
    s.settle(k).await
}
