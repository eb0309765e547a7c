//! What teams spend of the money that reached them, line by line, and the final account made from it.
use super::county::typed;
use super::story::Story;
use super::timeline::Told;
use crate::domain::*;
use serde_json::json;

/// Class, purpose, payee, and hundredths of a percent of what had arrived.
const LINES: &[(&str, &str, &str, i64)] = &[
    ("materials", "试验原料、试剂与分析耗材", "山西示例试剂有限公司（示例）", 2_400),
    ("equipment", "小型试验反应与检测装置", "太原示例仪器有限公司（示例）", 2_000),
    ("labour", "项目聘用人员劳务（银行代发）", "示例人力资源服务有限公司（示例）", 1_500),
    ("materials", "第三方检测费", "示例检测认证有限公司（示例）", 900),
    ("travel", "现场试验差旅与技术交流", "示例旅行服务有限公司（示例）", 500),
    ("management_fee", "承担单位管理费", "承担单位财务处（示例）", 300),
];

impl Story<'_> {
    /// Each team records what it spent of a source; the supervisor draws a spot check, and the checker clears what was drawn.
    pub async fn spend(&self, contracts: &[Contract], channel: Channel) -> Told<()> {
        let app = &self.county.app;
        self.days(6, 16, 30).await?;
        for k in contracts {
            let book = app.contract_book(&Actor::system(), k, None).await?;
            let arrived = book.balance(channel, LedgerAccount::Received);
            for (n, (class, purpose, payee, share)) in LINES.iter().enumerate() {
                let amount = arrived.percent_of(*share).unwrap_or_default();
                let number = self.salt * 100 + k.lane.unwrap_or(0) * 20 + n;
                let form = json!({
                    "spent_on": self.date().to_string(), "amount_fen": amount, "payee": payee, "payee_kind": "unit", "purpose": purpose,
                    "source": channel.source(), "class": class, "payment_way": "transfer", "voucher": format!("记-{number:04}"),
                    "invoice": format!("FP{}{number:05}{}", self.date().year(), channel.id().len()),
                    "place": if *class == "travel" { "outside" } else { "in_county" }, "none_of_negative_list": true,
                });
                app.record_spending(self.county.speaker(k.lead, Role::Bidder), k.id, typed(form)?).await?;
                self.minutes(3).await?;
            }
        }
        Ok(())
    }

    /// Drawn by lot, looked at, cleared.
    pub async fn spot_check(&self, k: &Contract) -> Told<()> {
        let app = &self.county.app;
        self.days(4, 10, 0).await?;
        let words = format!("现场摇号 {:02} {:02} {:02}", 11 + self.salt, 37, 82);
        app.draw_spot_check(self.person("supervisor"), k.id, typed(json!({ "words": words }))?).await?;
        self.days(2, 14, 30).await?;
        let (lines, _) = app.spending_of(k).await?;
        for x in lines.items.iter().filter(|x| x.head.state == SpendingState::Sampled) {
            app.clear_spending(self.person("checker"), x.id, typed(json!({ "note": "凭证、合同与用途相符。" }))?).await?;
        }
        Ok(())
    }

    /// Made from the ledger, put up in the unit, signed by three, settled by the outcome.
    pub async fn close_the_books(&self, k: &Contract) -> Told<()> {
        let (app, lead) = (&self.county.app, self.county.speaker(k.lead, Role::Bidder));
        self.days(3, 9, 40).await?;
        let form = json!({ "none_of_negative_list": true });
        let x = app.prepare_account(lead, k.id, typed(form)?).await?.id;
        self.minutes(40).await?;
        app.disclose_account(lead, x, typed(json!({ "place": "单位公告栏和内部网" }))?).await?;
        self.days(6, 10, 30).await?;
        let form = json!({
            "disclosure_result": "none", "pi_name": k.principal_investigator, "finance_name": "财务负责人（示例）",
            "research_name": "科研处负责人（示例）", "agree": true,
        });
        app.sign_account(lead, x, typed(form)?).await?;
        self.days(4, 15, 0).await?;
        let form = json!({ "enterprise_surplus": "kept", "note": "决算与台账一致，企业资金结余按合同由揭榜方用于后续研究。" });
        app.settle_account(self.person("checker"), x, typed(form)?).await?;
        Ok(())
    }
}
