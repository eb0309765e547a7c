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
        let report = self.county.paper(officer, "检测报告").await?;
        app.record_measurements(officer, x.id, typed(json!({ "measured": self.measured(k, found), "files": [report] }))?).await?;
        self.days(3, 16, 40).await?;
        let says = [
            "逐项核对检测报告与现场记录，数据真实、方法符合约定。",
            "成果已在现场连续使用，资料完整，同意验收意见。",
            "经费使用符合包干制负面清单要求，决算与账目一致。",
        ];
        let scan = self.county.paper(officer, "验收专家意见表（签字扫描件）").await?;
        let opinions = self.panellists(&app.award_panel(k.challenge).await?, 5, found.outcome, &says);
        let form = json!({ "opinions": opinions, "verdict": found.outcome, "scan": [scan] });
        app.judge_acceptance(officer, x.id, typed(form)?).await?;
        self.days(1, 9, 30).await?;
        app.publish_verdict(officer, x.id, typed(json!({}))?).await?;
        self.days(6, 15, 0).await?;
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
            "self_assessed": self.own_word(k, found), "end_user": self.county.organisation(k.poster).name,
            "end_user_opinion": if missed { "agree_with_reservations" } else { "agree" }, "ip_list": "发明专利申请 2 件，软件著作权 1 件。",
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
            json!({
                "indicator": n, "value": value, "report_no": report, "measured_on": on, "verdict": if missed { "not_met" } else { "met" },
                "basis": "cma", "lab": "山西示例检验检测中心（示例）", "lab_no": "CMA 2204-0017（示例）",
            })
        };
        (1..).zip(&k.thread).map(row).collect()
    }

    /// The team's own word on every indicator.
    fn own_word(&self, k: &Contract, found: &Finding<'_>) -> Vec<Value> {
        let row = |(n, t): (usize, &Thread)| {
            let missed = found.missed.contains(&n);
            let value = if missed { poor_value(&t.published) } else { good_value(&t.published, 1) };
            json!({ "indicator": n, "value": value, "verdict": if missed { "not_met" } else { "met" } })
        };
        (1..).zip(&k.thread).map(row).collect()
    }

    /// Files complete: acceptance and challenge go to the archive.
    pub async fn archive(&self, id: ChallengeId, x: &Acceptance) -> Told<()> {
        let (app, officer) = (&self.county.app, self.person("officer"));
        self.days(8, 10, 50).await?;
        app.archive_acceptance(
            officer,
            x.id,
            typed(json!({
                "result_registration_no": format!("晋成登{}{:04}（示例）", self.date().year(), self.salt),
                "sci_report_no": format!("KJBG{}{:04}（示例）", self.date().year(), self.salt), "note": "档案目录已核对。",
            }))?,
        )
        .await?;
        self.minutes(30).await?;
        app.archive_challenge(officer, id, typed(json!({ "note": "档案移交完毕。" }))?).await?;
        Ok(())
    }
}

/// From the work: what diligence is proved from.
impl Story<'_> {
    pub async fn report(&self, k: &Contract, kind: &str, text: &str, more: Value) -> Told<()> {
        let lead = self.county.speaker(k.lead, Role::Bidder);
        let file = self.county.paper(lead, "原始试验记录").await?;
        let mut form = json!({ "kind": kind, "text": text, "files": [file] });
        if let (Some(form), Value::Object(more)) = (form.as_object_mut(), more) {
            form.extend(more);
        }
        self.county.app.file_progress(lead, k.id, typed(form)?).await?;
        Ok(())
    }

    /// Original records, a warning within the week, another route tried.
    pub async fn be_diligent(&self, k: &Contract, problem: &str) -> Told<()> {
        self.days(5, 16, 0).await?;
        self.report(
            k,
            "lab_record",
            "第 1 至 12 批提取试验原始记录，含物料衡算、分析谱图和仪器日志。",
            json!({ "milestone": 2 }),
        )
        .await?;
        self.days(3, 10, 20).await?;
        let found = self.county.back(self.date(), 4).to_string();
        let warning =
            json!({ "found_on": found, "problem": problem, "next_step": "启动备选路线试验，并请用户单位提供旁路物料。" });
        self.report(k, "early_warning", "三批放大试验结果低于预期，按合同约定书面预警。", warning).await?;
        self.days(2, 9, 40).await?;
        let (poster, reports) = (self.county.speaker(k.poster, Role::Poster), self.county.app.progress_of(k).await?);
        for x in reports.iter().filter(|x| x.is_warning() && x.head.state == ProgressState::Filed) {
            let form = json!({ "reason": "已知悉预警，同意开展备选路线试验，原料下周送到。" });
            self.county.app.answer_progress(poster, x.id, typed(form)?).await?;
        }
        self.days(5, 15, 30).await?;
        self.report(k, "plan_b", "备选路线试验记录：膜浓缩与双级连续离交各三批，附对比数据。", json!({ "milestone": 3 })).await
    }
}
