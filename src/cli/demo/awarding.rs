//! From the panel's report to the award: talks, the meeting, the notice, objections to it, the confirmation.
use super::county::typed;
use super::story::Story;
use super::timeline::Told;
use crate::domain::*;
use serde_json::{Value, json};

/// What an objector says.
pub struct Complaint<'a> {
    pub facts: &'a str,
    pub request: &'a str,
}

impl Story<'_> {
    /// The poster agrees with the bid whose turn it is, at its own price or a little less.
    pub async fn agree(&self, id: ChallengeId, less: Money) -> Told<()> {
        self.days(3, 15, 40).await?;
        let case = self.county.case(id).await?;
        let next = case.challenge.candidate().ok_or_else(|| Refusal::new("no_candidate"))?.bid;
        let offered = case.bids.iter().find(|b| b.id == next).and_then(|b| b.price_fen).unwrap_or_default();
        let form = json!({
            "bid": next, "price_fen": offered.checked_sub(less).unwrap_or(offered), "indicators_kept": true,
            "minutes": "双方逐项确认指标、取样与测试方法、里程碑和付款节点；全部指标不低于榜单，报价在榜额以内；会谈记录由双方签字。",
        });
        self.county.app.agree_with_bidder(self.poster(&case.challenge), id, typed(form)?).await?;
        Ok(())
    }

    /// The meeting decides, and the head publishes the notice the next day.
    pub async fn decide(&self, id: ChallengeId) -> Told<Notice> {
        let app = &self.county.app;
        self.days(3, 16, 10).await?;
        app.decide_award(self.person("head"), id, typed(self.minuted(json!({})))?).await?;
        self.days(1, 9, 10).await?;
        let notices = self.county.case(id).await?.notices;
        let draft = notices.iter().find(|n| n.head.state == NoticeState::Draft).expect("a decision prepares a notice");
        Ok(app.publish_notice(self.person("head"), draft.id, typed(json!({}))?).await?)
    }

    /// The notice has run out: confirmed the next working day.
    pub async fn confirm(&self, notice: &Notice) -> Told<()> {
        let end = notice.ends_at.unwrap_or_default();
        self.on(self.county.ahead(notice::last_day(end), 1), 9, 35).await?;
        self.county.app.confirm_notice(self.person("officer"), notice.id, typed(json!({}))?).await?;
        Ok(())
    }

    /// From the report to the award, nobody objecting. A race is agreed with lane by lane.
    pub async fn award(&self, id: ChallengeId, less: Money) -> Told<()> {
        let lanes = self.county.case(id).await?.challenge.winners_most();
        for _ in 0..lanes {
            self.agree(id, less).await?;
        }
        let notice = self.decide(id).await?;
        self.confirm(&notice).await
    }

    /// Somebody puts in a word with the officer, who records it the same afternoon.
    pub async fn lobbied(&self, id: ChallengeId) -> Told<()> {
        self.minutes(90).await?;
        let form = json!({
            "who": "示例乡镇企业负责人某某", "happened_on": self.date().to_string(), "how": "phone",
            "about": "来电询问洽谈安排，请对其合作单位予以关照；已当场说明按规则办理。",
        });
        self.county.app.record_lobbying(self.person("officer"), id, typed(form)?).await?;
        Ok(())
    }

    /// Somebody gives a clue without a name while the notice runs; the supervisor takes it up the next day. No clock stops.
    pub async fn tipped_off(&self, id: ChallengeId) -> Told<()> {
        let app = &self.county.app;
        self.minutes(120).await?;
        let form = json!({
            "about": "challenge", "whom": "拟中榜单位", "challenge": id,
            "text": "听说拟中榜单位的试验数据由外单位代做，原始记录应保存在该单位实验室，可以调取核对。",
        });
        let clue = app.file_tip_off(typed(form)?).await?;
        self.days(1, 9, 50).await?;
        let reason = json!({ "reason": "线索具体，可以核查，予以受理；先调取原始试验记录。" });
        app.accept_tip_off(self.person("supervisor"), clue.id, typed(reason)?).await?;
        Ok(())
    }

    /// A team objects under its own name, two working days into the notice; accepted two days later, which stops the clock.
    pub async fn object(&self, notice: &Notice, org: &str, says: Complaint<'_>) -> Told<ObjectionId> {
        let app = &self.county.app;
        self.days(2, 14, 5).await?;
        let team = self.team(org);
        let evidence = self.county.paper(team, "异议证据材料").await?;
        let stamped = self.county.paper(team, "盖章异议函").await?;
        let form = json!({
            "kind": "unit", "uscc": self.county.org(org).uscc, "proof": [stamped], "name": self.county.org(org).name, "contact": team.name.clone() + " 13900000000", "facts": says.facts, "request": says.request,
            "evidence": [evidence], "real_name": true,
        });
        let objection = app.file_objection(team, notice.id, typed(form)?).await?;
        self.days(2, 10, 45).await?;
        app.accept_objection(self.person("checker"), objection.id, typed(json!({}))?).await?;
        Ok(objection.id)
    }

    /// Investigated and heard, then decided by the meeting.
    pub async fn decide_objection(&self, id: ObjectionId, answer_of: &str, answer: &str, decision: Value) -> Told<()> {
        let app = &self.county.app;
        self.days(1, 9, 15).await?;
        let apart = || typed(json!({ "no_conflict": true }));
        app.investigate_objection(self.person("checker"), id, apart()?).await?;
        self.minutes(50).await?;
        app.join_investigation(self.person("officer2"), id, apart()?).await?;
        self.days(2, 16, 20).await?;
        app.answer_objection(self.team(answer_of), id, typed(json!({ "reason": answer }))?).await?;
        self.days(1, 11, 30).await?;
        let found = json!({
            "facts_found": "调取合同、竣工资料和原始记录，函询业主单位，核对双方材料，查明的情况与异议所附材料相符。",
            "technical": true, "independent": true,
            "experts": [{ "expert": "示例专家", "unit": "示例工程咨询中心", "opinion": "所列示范线的设备与产能数据不支持其业绩描述。" }],
        });
        app.find_on_objection(self.person("checker"), id, typed(found)?).await?;
        self.days(2, 15, 0).await?;
        app.decide_objection(self.person("head"), id, typed(self.minuted(decision))?).await?;
        self.days(1, 9, 0).await?;
        Ok(())
    }
}
