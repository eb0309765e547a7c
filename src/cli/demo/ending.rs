//! How a contract ends: applied for, measured, judged, decided; and the archive.
use super::county::typed;
use super::offers::{good_value, poor_value};
use super::story::Story;
use super::timeline::Told;
use crate::domain::*;
use serde_json::{Value, json};

/// What the acceptance finds.
pub struct Finding<'a> {
    /// Numbers of the indicators that were not met, from 1.
    pub missed: &'a [usize],
    /// Proof of diligence, when something was missed through nobody's fault.
    pub diligence: Option<&'a str>,
    pub outcome: &'a str,
}

impl Story<'_> {
    pub async fn acceptance(&self, k: &Contract) -> Told<Acceptance> {
        let (.., acceptances) = self.county.app.parts_of_contract(k).await?;
        Ok(acceptances.into_iter().next().expect("passing the last milestone makes an acceptance due"))
    }

    /// From the application to the meeting's decision.
    pub async fn accept(&self, k: &Contract, found: &Finding<'_>) -> Told<Acceptance> {
        let (app, officer, x) = (&self.county.app, self.person("officer"), self.acceptance(k).await?);
        self.days(4, 15, 30).await?;
        self.apply(k, &x, found).await?;
        self.days(3, 10, 0).await?;
        app.check_acceptance(officer, x.id, typed(json!({}))?).await?;
        self.days(7, 14, 20).await?;
        app.record_measurements(officer, x.id, typed(json!({ "measured": self.measured(k, found) }))?).await?;
        self.days(3, 16, 40).await?;
        let verdict = if found.missed.is_empty() { "agree" } else { "agree_with_changes" };
        let says = [
            "逐项核对检测报告与现场记录，数据真实、方法符合约定。",
            "成果已在现场连续使用，资料完整，同意验收意见。",
            "经费使用符合包干制负面清单要求，决算与账目一致。",
        ];
        let form = json!({ "opinions": self.opinions(5, verdict, &says), "verdict": found.outcome });
        app.judge_acceptance(officer, x.id, typed(form)?).await?;
        self.days(3, 15, 0).await?;
        Ok(app.decide_acceptance(self.person("head"), x.id, typed(self.minuted(json!({})))?).await?)
    }

    async fn apply(&self, k: &Contract, x: &Acceptance, found: &Finding<'_>) -> Told<()> {
        let bidder = self.county.speaker(k.lead, Role::Bidder);
        let mut files = vec![];
        for name in ["验收申请与技术总结", "第三方检测报告", "经费决算"] {
            files.push(self.county.paper(bidder, name).await?);
        }
        let missed = !found.missed.is_empty();
        let form = json!({
            "summary": format!("《{}》合同任务已完成，全部里程碑通过，成果在发榜方现场运行，知识产权清单与决算随附。", k.title),
            "end_user_report": "用户单位试用报告：装置运行平稳，操作人员已完成培训，同意申请验收。",
            "cause": if missed { "objective" } else { "none" }, "diligence": found.diligence, "files": files,
        });
        self.county.app.apply_acceptance(bidder, x.id, typed(form)?).await?;
        Ok(())
    }

    fn measured(&self, k: &Contract, found: &Finding<'_>) -> Vec<Value> {
        let on = self.county.back(self.date(), 4).to_string();
        let row = |(n, t): (usize, &Thread)| {
            let missed = found.missed.contains(&n);
            let value = if missed { poor_value(&t.published) } else { good_value(&t.published, 1) };
            let report = format!("JC{}-{:04}", self.date().year(), 400 + self.salt * 10 + n);
            json!({ "indicator": n, "value": value, "report_no": report, "measured_on": on, "verdict": if missed { "not_met" } else { "met" } })
        };
        (1..).zip(&k.thread).map(row).collect()
    }

    /// Files complete: acceptance and challenge go to the archive.
    pub async fn archive(&self, id: ChallengeId, x: &Acceptance) -> Told<()> {
        let (app, officer) = (&self.county.app, self.person("officer"));
        self.days(8, 10, 50).await?;
        app.archive_acceptance(officer, x.id, typed(json!({ "note": "科技报告、成果登记和档案目录已核对。" }))?).await?;
        self.minutes(30).await?;
        app.archive_challenge(officer, id, typed(json!({ "note": "档案移交完毕。" }))?).await?;
        Ok(())
    }
}
