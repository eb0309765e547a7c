//! Behind closed doors: the opening by two, the check of form by two, the panel by lot, its scores, its report.
use super::county::typed;
use super::story::Story;
use super::timeline::Told;
use crate::domain::*;
use serde_json::json;
use std::collections::BTreeMap;

/// How good each bid is in the panel's eyes, in percent; experts differ by a few points.
pub type Worth = BTreeMap<BidId, i64>;

impl Story<'_> {
    /// The working day after the close: the officer begins, the supervisor completes.
    pub async fn open(&self, id: ChallengeId) -> Told<()> {
        let (app, close) = (&self.county.app, self.county.case(id).await?.challenge.close_at.unwrap_or_default());
        self.on(self.county.ahead(notice::last_day(close), 1), 9, 30).await?;
        app.begin_opening(self.person("officer"), id, typed(json!({ "note": "现场宣读开榜纪律，核对封存回执。" }))?).await?;
        self.minutes(12).await?;
        app.open_bids(self.person("supervisor"), id, typed(json!({}))?).await?;
        if self.at_home {
            self.keyholders_answer(id).await?;
            app.open_bids(self.person("supervisor"), id, typed(json!({}))?).await?;
        }
        Ok(())
    }

    /// The blind scores are in: the officer begins, the supervisor opens price and team.
    pub async fn open_price(&self, id: ChallengeId) -> Told<()> {
        let app = &self.county.app;
        self.minutes(40).await?;
        app.begin_price_opening(self.person("officer"), id, typed(json!({ "note": "盲评分数已全部锁定。" }))?).await?;
        self.minutes(8).await?;
        app.open_price(self.person("supervisor"), id, typed(json!({}))?).await?;
        Ok(())
    }

    /// An officer proposes what to find of a bid's form.
    pub async fn check_form(&self, bid: BidId, fault: Option<&str>) -> Told<()> {
        let sound = fault.is_none();
        let outcome = if sound { "valid" } else { "form_rejected" };
        let form = json!({ "stamped": sound, "readable": true, "complete": true, "outcome": outcome, "reason": fault });
        self.county.app.check_bid_form(self.person("officer"), bid, typed(form)?).await?;
        Ok(())
    }

    pub async fn validate(&self, bid: BidId) -> Told<()> {
        self.county.app.validate_bid(self.person("checker"), bid, typed(json!({}))?).await?;
        Ok(())
    }

    /// Every opened bid is found valid, by two people.
    pub async fn check_forms(&self, bids: &[BidId]) -> Told<()> {
        for bid in bids {
            self.minutes(50).await?;
            self.check_form(*bid, None).await?;
        }
        self.days(1, 10, 0).await?;
        for bid in bids {
            self.validate(*bid).await?;
            self.minutes(15).await?;
        }
        Ok(())
    }

    pub async fn sitting(&self, id: ChallengeId) -> Told<Vec<Assignment>> {
        Ok(self.county.case(id).await?.assignments.into_iter().filter(Assignment::sits).collect())
    }

    fn expert(&self, a: &Assignment) -> &Actor {
        self.county.experts.get(&a.expert).expect("only experts of the county are drawn")
    }

    async fn take_seat(&self, a: &Assignment) -> Told<()> {
        let (app, expert) = (&self.county.app, self.expert(a));
        app.accept_invitation(expert, a.id, typed(json!({ "no_conflict": true }))?).await?;
        self.minutes(6).await?;
        app.commit_expert(expert, a.id, typed(json!({ "independence": true, "secrecy": true, "no_lobbying": true }))?).await?;
        Ok(())
    }

    /// Draws the panel; the review begins the next day. When `absent`, one expert declines and the platform calls the next.
    pub async fn convene(&self, id: ChallengeId, absent: bool) -> Told<()> {
        let app = &self.county.app;
        self.days(1, 9, 20).await?;
        self.county.confirm_profiles().await?;
        app.convene_panel(self.person("officer"), id, typed(json!({ "kind_note": "按领域分层随机抽取" }))?).await?;
        self.minutes(18).await?;
        let words = json!({ "words": "现场摇号 08 23 41 57，监督员记录", "thin_reason": "县专家库今年新建，已向省库申请补充，本榜时限内先行抽取。" });
        app.draw_panel(self.person("supervisor"), id, typed(words)?).await?;
        let mut invited = self.sitting(id).await?;
        let gone = if absent { invited.pop() } else { None };
        for a in &invited {
            self.minutes(38).await?;
            self.take_seat(a).await?;
        }
        if let Some(a) = &gone {
            app.decline_invitation(self.expert(a), a.id, typed(json!({ "reason": "同期已承担省里的评审任务，无法保证时间。" }))?)
                .await?;
        }
        self.days(1, 14, 30).await?;
        app.start_review(self.person("officer"), id, typed(json!({}))?).await?;
        if gone.is_some() {
            let next = self.sitting(id).await?.into_iter().find(|x| x.head.state == AssignmentState::Invited);
            self.minutes(90).await?;
            self.take_seat(&next.expect("the draw has experts left")).await?;
        }
        Ok(())
    }

    /// One expert scores one part of every bid; `submits` locks it.
    pub async fn score(&self, a: &Assignment, seat: i64, worth: &Worth, blind: bool, submits: bool) -> Told<()> {
        let (app, expert) = (&self.county.app, self.expert(a));
        for (bid, percent) in worth {
            app.score_bid(expert, a.id, *bid, sheet(*percent, seat, blind)).await?;
            self.minutes(26).await?;
        }
        match (submits, blind) {
            (false, _) => {}
            (true, true) => drop(app.submit_blind(expert, a.id, typed(json!({}))?).await?),
            (true, false) => drop(app.submit_scores(expert, a.id, typed(json!({}))?).await?),
        }
        Ok(())
    }

    /// Two or three experts a day, first blind, then open; the report the day after the last.
    pub async fn review(&self, id: ChallengeId, worth: &Worth, conclusion: &str) -> Told<()> {
        let panel = self.sitting(id).await?;
        for blind in [true, false] {
            if !blind {
                self.open_price(id).await?;
            }
            for (seat, a) in (0..).zip(&panel) {
                if seat % 3 == 0 {
                    self.days(1, 9, 0).await?;
                }
                self.score(a, seat, worth, blind, true).await?;
            }
        }
        self.days(1, 10, 30).await?;
        let form = json!({ "conclusion": conclusion, "effective_competition": true, "routes_differ": true });
        let chair = self.sitting(id).await?.into_iter().find(|a| a.chairs).expect("a full panel has a chair");
        self.county.app.conclude_review(self.expert(&chair), chair.id, typed(form.clone())?).await?;
        self.minutes(40).await?;
        self.county.app.sign_report(self.person("officer"), id, typed(form)?).await?;
        Ok(())
    }

    /// From the close to the report: opened, checked, drawn, scored.
    pub async fn judge(&self, id: ChallengeId, worth: &[(BidId, i64)], absent: bool, conclusion: &str) -> Told<()> {
        self.open(id).await?;
        self.check_forms(&worth.iter().map(|w| w.0).collect::<Vec<_>>()).await?;
        self.convene(id, absent).await?;
        self.review(id, &worth.iter().copied().collect(), conclusion).await
    }
}

/// One expert's marks: round the bid's worth, each item a little off; some experts are strict and some are mild, with every
/// bid alike, so that the ranks come out as told.
fn sheet(percent: i64, seat: i64, blind: bool) -> Sheet {
    const STRICT: [i64; 7] = [0, 4, -3, 1, -6, 3, -1];
    let mild = STRICT[usize::try_from(seat).unwrap_or(0) % STRICT.len()];
    let mut sheet = Sheet::default();
    for (n, item) in (0..).zip(SHEET.iter()).filter(|(_, i)| i.blind == blind) {
        let own = (percent + mild + (seat * 5 + percent * 3 + n * 7) % 11 - 5).clamp(45, 98);
        let points = (item.most * own + 25) / 50 * 50;
        sheet.points.insert(item.id.to_owned(), Score::hundredths(points));
        if points < item.most * 60 || points > item.most * 95 {
            sheet.reasons.insert(item.id.to_owned(), reason(points > item.most * 60).to_owned());
        }
    }
    let (verdict, comment) = match percent {
        80.. => ("recommend", "路线清楚、指标响应完整，现场实施条件具备，建议在合同中明确取样与测试方法。"),
        70.. => ("reserve", "总体可行，部分关键单元缺少放大数据，备选方案的触发条件还需细化。"),
        _ => ("not_recommend", "对难点的判断偏乐观，测试方案不完整，关键指标的把握依据不足。"),
    };
    sheet.comment = Some(comment.to_owned());
    if !blind {
        sheet.verdict = Some(verdict.to_owned());
    }
    sheet
}

fn reason(high: bool) -> &'static str {
    if high {
        "该项材料给出了可复核的试验数据和同规模应用实例，测试方法与榜单完全对应，明显优于一般水平，故给高分。"
    } else {
        "该项只有定性描述，缺少小试数据和物料衡算支撑，风险应对措施没有触发条件和时间安排，难以判断能否实现。"
    }
}
