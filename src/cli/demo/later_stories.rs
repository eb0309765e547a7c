//! The stories of contracts: at work, in a race, ended. Dates are counted back from today by the months that contracts run.
use super::county::{County, typed};
use super::early_stories::cloned;
use super::ending::Finding;

use super::story::{Idea, Story};
use super::timeline::Told;
use crate::domain::*;
use jiff::{Span, civil::Date};
use serde_json::{Value, json};

/// Working days from the close of bidding to a contract in force.
const TO_FORCE: i64 = 35;

impl Story<'_> {
    /// When bidding has to close for a contract to come into force so many months and days before today.
    pub fn close_for(&self, months: i64, days: i64, more: i64) -> Date {
        let force = date_of(self.county.today).saturating_sub(Span::new().months(months)).saturating_sub(Span::new().days(days));
        self.county.back(force, TO_FORCE + more)
    }

    /// From the first line of the need to the contract in force and registered.
    pub async fn won(
        &self,
        idea: &Idea<'_>,
        close: Date,
        texts: &str,
        teams: &[(&str, i64)],
        absent: bool,
    ) -> Told<(ChallengeId, Vec<Contract>)> {
        let id = self.round(idea, close).await?;
        let bids = self.bids(id, texts, &teams.iter().map(|t| t.0).collect::<Vec<_>>()).await?;
        let worth: Vec<(BidId, i64)> = bids.into_iter().zip(teams.iter().map(|t| t.1)).collect();
        self.judge(
            id,
            &worth,
            absent,
            "专家组按评分表独立打分，排名靠前的揭榜书路线可行、指标响应完整、报价合理，建议按名次洽谈。",
        )
        .await?;
        self.award(id, Money::wan(1)).await?;
        Ok((id, self.contract(id).await?))
    }
}

/// D07: the enterprise pays late, the team is late with its evidence, and finance has a subsidy to pay.
pub async fn d07(county: &County) -> Told<()> {
    let mut s = Story::of(county, 13);
    let node = |name: &str, month: i64, share_bp: i64, result: &str| json!({ "name": name, "month": month, "share_bp": share_bp, "result": result });
    let nodes = [
        node("材料配方与熔炼工艺定型", 4, 3_000, "提交配方与工艺窗口报告，附铸试块低温冲击三试样均值不低于 10 J"),
        node("厚大断面试制件性能达标", 8, 3_000, "试制轮毂两件，本体取样性能与球化率达到榜单指标"),
        node("在线缺陷识别样机挂机运行", 12, 2_000, "样机随线运行一个月，盲测召回率不低于 95 %"),
        node("批量验证与第三方检测", 18, 2_000, "连续三个月批量验证，第三方检测报告覆盖全部指标"),
    ];
    s.nodes = Some(Value::from(nodes.to_vec()));
    let proposed: Vec<Value> =
        nodes.iter().map(|n| json!({ "name": n["name"], "month": n["month"], "share_bp": n["share_bp"] })).collect();
    let idea = s.idea("D07").with(json!({ "milestones": proposed }));
    let (_, contracts) = s.won(&idea, s.close_for(12, 18, 0), "D07", &[("i3", 89), ("u3", 82), ("f_equip", 68)], true).await?;
    s.achieve(&contracts, 1, 9).await?;
    s.pay(&contracts, "enterprise").await?;
    s.achieve(&contracts, 2, 5).await?;
    s.days(3, 9, 50).await?;
    for late in s.unlocked(&contracts[0], "enterprise").await? {
        s.request(&late).await?;
    }
    // The subsidy that the first payment earned: approved, and now with the finance office.
    s.on(s.ago(6), 10, 40).await?;
    let subsidy = s.unlocked(&contracts[0], "county").await?;
    for i in &subsidy {
        s.request(i).await?;
    }
    s.approve_payments(&subsidy).await?;
    let form = json!({
        "against": "poster", "kind": "breach",
        "facts": "发榜方第二笔进度款到期后超过四十日未付，经两次书面提醒未说明原因，拟提请记录。",
    });
    s.days(1, 15, 10).await?;
    county.app.propose_integrity(s.person("officer"), contracts[0].id, typed(form)?).await?;
    Ok(())
}

/// D08: the county's own; the first tranche is paid, a route change filed, an extension approved.
pub async fn d08(county: &County) -> Told<()> {
    let s = Story::of(county, 14);
    let idea = s.idea("D08");
    let (_, contracts) = s.won(&idea, s.close_for(7, 0, 0), "D08", &[("i3", 87), ("u3", 80), ("f_equip", 76)], false).await?;
    let k = &contracts[0];
    s.pay(&contracts, "county").await?;
    s.achieve(&contracts, 1, 7).await?;
    s.pay(&contracts, "enterprise").await?;
    s.days(6, 10, 30).await?;
    s.file_change(
        k,
        json!({
            "kind": "route", "before": "热法再生为主，机械再生为辅", "after": "机械预再生加低温热法，热法温度由 750 ℃ 降至 620 ℃",
            "reason": "小试表明预再生后树脂膜已去除大半，降低温度可减少能耗，研究方向和指标不变。",
        }),
    )
    .await?;
    s.days(10, 15, 10).await?;
    s.change(
        k,
        json!({
            "kind": "extension", "months": 3,
            "reason": "焙烧炉主机受供应商停产检修影响晚到十一周，已提供订货合同与延期函，指标和经费不变。",
        }),
    )
    .await
}

/// D10: a race of three lanes; one missed its first node and was cut, two go on.
pub async fn d10(county: &County) -> Told<()> {
    let s = Story::of(county, 15);
    let idea = s.idea("D10").with(json!({ "lanes": 3 }));
    let teams = [("i4", 90), ("u1", 88), ("i1", 86), ("u2", 74)];
    let (id, contracts) = s.won(&idea, s.close_for(11, 22, 6), "D10", &teams, true).await?;
    s.pay(&contracts, "county").await?;
    s.spend(&contracts[..2], Channel::Fiscal).await?;
    s.achieve(&contracts[..2], 1, 10).await?;
    s.pay(&contracts[..2], "enterprise").await?;
    cut_last_lane(&s, &contracts[2]).await?;
    s.checkpoint(id, &contracts[..2]).await
}

async fn cut_last_lane(s: &Story<'_>, k: &Contract) -> Told<()> {
    let app = &s.county.app;
    let x = s.evidence(k, 1, 4).await?;
    s.days(2, 10, 15).await?;
    let reason = "168 h 连续运行只完成 61 h，钨回收率三批均值低于节点要求，现场记录与报告不一致处已标注。";
    app.dispute_evidence(s.county.speaker(k.poster, Role::Poster), x.id, typed(json!({ "reason": reason }))?).await?;
    s.days(4, 15, 20).await?;
    let says = ["连续运行时长未达到，记录有中断。", "钨回收率三批均值低于节点要求。", "短期内难以整改，建议停止。"];
    let (judged, experts) = (s.judged(k, &x, "not_met"), s.judges(5, &says));
    let scan = s.county.paper(s.person("checker"), "专家意见表（签字扫描件）").await?;
    let verdict = json!({ "verdict": "五位专家现场复核，节点主要指标未达到，短期内无法整改，判定不通过。", "judged": judged, "experts": experts, "scan": [scan] });
    app.fail_milestone(s.person("checker"), x.id, typed(verdict)?).await?;
    s.days(3, 16, 0).await?;
    let form = s.minuted(json!({
        "outcome": "cut", "excused": false,
        "reason": "赛马阶段考核未达节点指标，裁撤该赛道；已通过工作按约支付，不记不良信用。",
    }));
    app.decide_node(s.person("head"), x.id, typed(form)?).await?;
    Ok(())
}

/// D09: one hard indicator was missed for a technical cause, with diligence proved: 结题.
pub async fn d09(county: &County) -> Told<()> {
    let s = Story::of(county, 16);
    let idea = s.idea("D09");
    let (_, contracts) = s.won(&idea, s.close_for(17, 12, 0), "D09", &[("i4", 88), ("u2", 83), ("u1", 77)], false).await?;
    let k = &contracts[0];
    s.achieve(&contracts, 1, 6).await?;
    s.pay(&contracts, "enterprise").await?;
    s.pay(&contracts, "county").await?;
    s.achieve(&contracts, 2, 20).await?;
    s.pay(&contracts, "enterprise").await?;
    s.spend(&contracts, Channel::Enterprise).await?;
    s.spot_check(k).await?;
    s.be_diligent(k, "提取总收率连续三批低于 85 %，难以达到 88 % 的指标").await?;
    s.achieve(&contracts, 3, 190).await?;
    let diligence = "原始实验记录自合同生效起逐日留存并带时间戳；各里程碑按期提交；2026 年春发现提取收率难以达标后七日内书面预警；\
                     先后试验膜浓缩、双级连续离交两条备选路线；经费台账合规；五位专家认定收率未达系菌株副产物增多的技术原因。";
    s.accept(k, &Finding { missed: &[3], diligence: Some(diligence), outcome: "concluded" }).await?;
    s.pay(&contracts, "enterprise").await?;
    s.close_the_books(k).await
}

/// An earlier project, passed and in the archive.
pub async fn archived(county: &County) -> Told<()> {
    let s = Story::of(county, 17);
    let nodes = json!([
        { "name": "材料配方定型", "month": 4, "share_bp": 4_000 }, { "name": "试制件达标", "month": 8, "share_bp": 3_000 },
        { "name": "批量验证与检测", "month": 12, "share_bp": 3_000 },
    ]);
    let change = json!({ "period_months": 12, "milestones": nodes });
    let idea = cloned(s.idea("D07"), "球墨铸铁件低温韧性提升与缺陷识别技术（一期）", &[]).with(change);
    let (id, contracts) = s.won(&idea, s.close_for(17, 22, 0), "D07", &[("u3", 90), ("i3", 84)], false).await?;
    for number in 1..=3 {
        if number == 3 {
            s.spend(&contracts, Channel::Enterprise).await?;
        }
        s.achieve(&contracts, number, 12).await?;
        s.pay(&contracts, "enterprise").await?;
        s.pay(&contracts, "county").await?;
    }
    let accepted = s.accept(&contracts[0], &Finding { missed: &[], diligence: None, outcome: "passed" }).await?;
    s.pay(&contracts, "county").await?;
    s.archive(id, &accepted).await?;
    s.close_the_books(&contracts[0]).await
}
