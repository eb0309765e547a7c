//! The stories of challenges that are open, or are being judged. Dates are counted back from today.
use super::county::{County, at, typed};
use super::early_stories::cloned;
use super::story::{Idea, Story};
use super::timeline::Told;
use crate::domain::*;
use jiff::{Span, civil::Date};
use serde_json::json;

impl Story<'_> {
    /// So many working days before yesterday.
    pub fn ago(&self, workdays: i64) -> Date {
        self.county.back(self.county.yesterday(), workdays)
    }

    /// A working day about so many calendar days after today.
    fn to_come(&self, days: i64) -> Date {
        self.county.calendar.roll_forward(date_of(self.county.today).saturating_add(Span::new().days(days)))
    }

    /// Lists a challenge so that it closes on `close`, open for some five weeks.
    pub async fn round(&self, idea: &Idea<'_>, close: Date) -> Told<ChallengeId> {
        self.list(idea, self.days_before(close, 36), at(close, 17, 30)).await
    }
}

/// D01: closes in some six working days; two teams have sealed, one still writes.
pub async fn d01(county: &County) -> Told<()> {
    let s = Story::of(county, 5);
    let idea = s.idea("D01");
    let id = s.round(&idea, county.ahead(date_of(county.today), 6)).await?;
    s.on(s.ago(14), 10, 10).await?;
    s.ask(
        id,
        "u2",
        "中试厂房内 0.6 MPa 蒸汽是否可连续供应，夜间有无限制？",
        Some("可连续供应，夜间余量不低于 4 t/h；检修日提前三天通知。"),
    )
    .await?;
    s.on(s.ago(9), 14, 20).await?;
    let first = s.draft(id, "D01", "i1").await?;
    s.on(s.ago(7), 15, 0).await?;
    let second = s.draft(id, "D01", "u1").await?;
    s.on(s.ago(4), 10, 0).await?;
    s.seal(id, "D01", "i1", first).await?;
    s.on(s.ago(2), 16, 10).await?;
    s.seal(id, "D01", "u1", second).await?;
    s.on(s.ago(0), 9, 0).await?;
    s.draft(id, "D01", "u2").await?;
    Ok(())
}

/// D02: open for some twenty days more; questions, interests and talks, and an amendment of wording.
pub async fn d02(county: &County) -> Told<()> {
    let s = Story::of(county, 6);
    let idea = s.idea("D02");
    let close = s.to_come(20);
    let id = s.list(&idea, s.days_before(close, 46), at(close, 17, 30)).await?;
    s.on(s.ago(15), 9, 30).await?;
    let first = s.interest(id, "u1", "我校在焦炉煤气深度净化方向有中试平台，拟联合装备企业揭榜，希望到现场取样。").await?;
    s.minutes(70).await?;
    s.ask(
        id,
        "u1",
        "原料气中萘和苯的浓度波动范围是多少，能否提供近一个月在线数据？",
        Some("萘 80～300 mg/m³，苯 1.8～3.2 g/m³；已签保密承诺的团队可到厂查阅在线数据。"),
    )
    .await?;
    s.days(1, 9, 0).await?;
    s.talk(
        id,
        first,
        "u1",
        "到厂踏勘并取样；发榜方介绍煤气净化流程与公用工程条件；团队介绍变温吸附预处理思路；约定两周后交流小试数据。",
        true,
    )
    .await?;
    s.days(1, 15, 30).await?;
    let second = s.interest(id, "i1", "我院具备变压吸附工艺包设计能力，愿就吸附剂寿命考核办法与发榜方先行沟通。").await?;
    s.days(1, 10, 0).await?;
    s.ask(
        id,
        "i1",
        "“吸附剂寿命预测”的加速老化条件由谁确定？",
        Some("由双方按合同约定的试验大纲确定，老化温度和杂质倍数须经发榜方书面同意。"),
    )
    .await?;
    s.days(1, 16, 0).await?;
    let clearer = |need: &mut Need| need.scope.push_str("取气点设在洗脱苯工序之后。");
    s.amend(id, clearer, "答疑中多家团队问及取气位置，补充说明，不改变指标、榜额和时间。").await?;
    s.days(2, 9, 40).await?;
    s.talk(
        id,
        second,
        "i1",
        "讨论寿命考核办法，双方倾向采用 1000 h 加速老化并留样复测；发榜方希望工艺包包含再生能耗数据。",
        false,
    )
    .await?;
    s.on(s.ago(1), 14, 45).await?;
    s.interest(id, "u2", "我校燃料电池中心可承担产品氢全项检测，拟与净化团队组成联合体。").await?;
    s.draft(id, "D02", "u1").await?;
    s.on(s.ago(0), 10, 15).await?;
    s.ask(id, "u2", "产品氢检测是否接受高校实验室出具的 CMA 报告？", None).await
}

/// D12: published yesterday.
pub async fn d12(county: &County) -> Told<()> {
    let s = Story { at_home: true, ..Story::of(county, 7) };
    let idea = s.idea("D12");
    let id = s.list(&idea, s.ago(0), at(s.to_come(35), 17, 30)).await?;
    s.minutes(300).await?;
    s.interest(id, "f_equip", "我公司有焦炉机械改造经验，拟与高校联合揭榜，申请近期进厂踏勘。").await?;
    Ok(())
}

/// D11: nobody bid, so it lapsed and was listed anew; two teams are writing now.
pub async fn d11(county: &County) -> Told<()> {
    let s = Story::of(county, 8);
    let idea = s.idea("D11");
    let close = s.ago(20);
    let id = s.round(&idea, close).await?;
    s.open(id).await?;
    s.days(2, 15, 20).await?;
    let form = s.minuted(json!({ "reason_class": "no_bids", "reason": "截止时无团队提交揭榜书，按规则流榜。" }));
    county.app.lapse_challenge(s.person("head"), id, typed(form)?).await?;
    s.days(4, 10, 40).await?;
    let close = county.calendar.roll_forward(s.date().saturating_add(Span::new().days(38)));
    let form = json!({ "what_changed": "指标与榜额不变；延长揭榜时间，并由发榜方公布熔盐腐蚀挂片原始数据，便于团队判断难度。", "close_at": at(close, 17, 30).to_string() });
    let again = county.app.relist_challenge(s.person("officer"), id, typed(form)?).await?;
    s.days(6, 14, 0).await?;
    s.ask(
        again.id,
        "i2",
        "腐蚀挂片数据对应的熔盐氯离子含量是多少？",
        Some("氯离子 0.03 %～0.08 %，原始记录已补充到现场参数表。"),
    )
    .await?;
    s.days(2, 9, 30).await?;
    s.draft(again.id, "D11", "u1").await?;
    Ok(())
}

/// D03: a race, just opened; the check of form is under way.
pub async fn d03(county: &County) -> Told<()> {
    let s = Story::of(county, 9);
    let idea = s.idea("D03");
    let id = s.round(&idea, s.ago(2)).await?;
    let bids = s.bids(id, "D03", &["u2", "i4", "u3", "i1"]).await?;
    s.open(id).await?;
    s.minutes(90).await?;
    s.check_form(bids[0], None).await?;
    s.minutes(40).await?;
    let form = json!({ "reason": "联合揭榜协议签字页扫描不清，请补交清晰件；方案、指标和报价不得改动。" });
    county.app.ask_correction(s.person("officer"), bids[1], typed(form)?).await?;
    s.days(1, 9, 30).await?;
    s.validate(bids[0]).await?;
    s.minutes(60).await?;
    s.check_form(bids[2], None).await
}

/// D05: the panel scores; some have locked their blind part.
pub async fn d05(county: &County) -> Told<()> {
    let s = Story::of(county, 10);
    let idea = s.idea("D05");
    let id = s.round(&idea, s.ago(6)).await?;
    let bids = s.bids(id, "D05", &["i2", "u3", "u2"]).await?;
    s.open(id).await?;
    s.check_forms(&bids).await?;
    s.convene(id, false).await?;
    let worth = bids.iter().copied().zip([88, 81, 74]).collect();
    for (seat, a) in (0..).zip(&s.sitting(id).await?) {
        match seat {
            0 | 3 => s.days(1, 9, 0).await?,
            5.. => break,
            _ => {}
        }
        s.score(a, seat, &worth, true, seat != 4).await?;
    }
    Ok(())
}

/// D04: the first award fell to an objection; the second notice is stopped by another one.
pub async fn d04(county: &County) -> Told<()> {
    let s = Story::of(county, 11);
    let idea = s.idea("D04");
    let id = s.round(&idea, s.ago(42)).await?;
    let bids = s.bids(id, "D04", &["i1", "u1", "u2", "u3"]).await?;
    let worth: Vec<(BidId, i64)> = bids.iter().copied().zip([90, 86, 80, 73]).collect();
    s.judge(id, &worth, false, "四份揭榜书均响应全部硬指标。专家组按评分表独立打分，前三名达到合格线，建议按名次依次洽谈。")
        .await?;
    s.lobbied(id).await?;
    s.agree(id, Money::wan(5)).await?;
    let first = s.decide(id).await?;
    let objection = s.object(&first, "u2", super::awarding::Complaint {
        facts: "拟中榜方揭榜书所列“万吨级针状焦示范线业绩”，其投资方公开年报显示该线 2024 年已停建，业绩描述与事实不符，附年报截图与网址。",
        request: "请核实业绩真实性，依规重新确定拟中榜方。",
    }).await?;
    let decision = json!({
        "outcome": "uphold", "effect": "next_rank", "rule": "本县揭榜挂帅公示与异议处理规定（示例）关于业绩不实的条款",
        "reason": "经调取合同、竣工资料并函询业主单位，所列示范线未建成投运，揭榜书相关业绩不实，影响洽谈结论；异议成立，撤销原公示，按名次与下一名洽谈。",
    });
    s.decide_objection(objection, "i1", "该项目因业主资金原因于 2024 年停建，我方材料沿用了早期表述，愿承担相应责任。", decision)
        .await?;
    s.agree(id, Money::wan(3)).await?;
    let second = s.decide(id).await?;
    s.object(
        &second,
        "u3",
        super::awarding::Complaint {
            facts: "拟中榜方团队名单中的一名骨干同时列入另一在研县级项目，投入月数合计超过十二个月，附两份公示文件对照表。",
            request: "请核实人员投入时间，要求调整或取消其中榜资格。",
        },
    )
    .await?;
    Ok(())
}

/// Closed: the officer has begun the opening, the supervisor has yet to complete it.
pub async fn being_opened(county: &County) -> Told<()> {
    let s = Story { at_home: true, ..Story::of(county, 18) };
    let idea = cloned(s.idea("D12"), "捣固焦炉装煤车自动对位与余煤清理装备", &[]);
    let id = s.round(&idea, s.ago(1)).await?;
    s.bids(id, "D12", &["f_equip", "i3"]).await?;
    s.days(1, 16, 20).await?;
    county.app.begin_opening(s.person("officer"), id, typed(json!({ "note": "已通知监督人员到场。" }))?).await?;
    Ok(())
}

/// Every blind score is locked: the officer has begun to open the prices, the supervisor and the keyholders have yet to come.
pub async fn price_being_opened(county: &County) -> Told<()> {
    let s = Story { at_home: true, ..Story::of(county, 20) };
    let idea = cloned(s.idea("D12"), "焦炉上升管荒煤气余热回收与防结焦技术", &[]);
    let id = s.round(&idea, s.ago(9)).await?;
    let bids = s.bids(id, "D12", &["f_equip", "i3"]).await?;
    s.open(id).await?;
    s.check_forms(&bids).await?;
    s.convene(id, false).await?;
    let worth = bids.iter().copied().zip([86, 79]).collect();
    for (seat, a) in (0..).zip(&s.sitting(id).await?) {
        if seat % 3 == 0 {
            s.days(1, 9, 0).await?;
        }
        s.score(a, seat, &worth, true, true).await?;
    }
    s.minutes(30).await?;
    let note = json!({ "note": "盲评分数已全部锁定，已通知监督人员和持钥人。" });
    county.app.begin_price_opening(s.person("officer"), id, typed(note)?).await?;
    Ok(())
}

/// A public notice that runs: anyone may object.
pub async fn in_notice(county: &County) -> Told<()> {
    let s = Story::of(county, 19);
    let idea = cloned(s.idea("D11"), "硝酸盐储热罐体腐蚀监测与配方优化技术", &[]);
    let id = s.round(&idea, s.ago(18)).await?;
    let bids = s.bids(id, "D11", &["u1", "i2"]).await?;
    let worth = [(bids[0], 85), (bids[1], 78)];
    s.judge(id, &worth, false, "两份揭榜书均有效，路线不同、报价合理，专家组认定形成有效竞争，建议按名次洽谈。").await?;
    s.agree(id, Money::wan(4)).await?;
    s.decide(id).await?;
    s.tipped_off(id).await
}

/// D06: one bid only, found good enough by seven; awarded, and the contract is being signed.
pub async fn d06(county: &County) -> Told<()> {
    let s = Story::of(county, 12);
    let idea = s.idea("D06");
    let id = s.round(&idea, s.ago(32)).await?;
    let bids = s.bids(id, "D06", &["i2"]).await?;
    let says = "仅有一份有效揭榜书，按单一揭榜规则由七人评审。专家认为其指标响应完整、报价合理，平均分超过八十分，建议洽谈。";
    s.judge(id, &[(bids[0], 89)], false, says).await?;
    s.award(id, Money::wan(2)).await?;
    let contracts = s.contracts(id).await?;
    s.settle_texts(&contracts).await?;
    s.days(1, 10, 5).await?;
    for k in &contracts {
        s.sign(k, county.speaker(k.poster, Role::Poster)).await?;
    }
    Ok(())
}
