//! A contract at work: its text, its signatures, milestones, money, changes.
use super::county::typed;
use super::offers::good_value;
use super::story::Story;
use super::timeline::Told;
use crate::domain::*;
use serde_json::{Value, json};

/// The text both sides agree to, and the check of the bureau.
impl Story<'_> {
    pub async fn contracts(&self, id: ChallengeId) -> Told<Vec<Contract>> {
        let mut all = self.county.case(id).await?.contracts;
        all.sort_by_key(|k| k.lane);
        Ok(all)
    }

    fn sides(&self, k: &Contract) -> [&Actor; 2] {
        [self.county.speaker(k.poster, Role::Poster), self.county.speaker(k.lead, Role::Bidder)]
    }

    /// Terms by the poster, agreed by both, cleared by the bureau. The lanes of a race go side by side.
    pub async fn settle_texts(&self, contracts: &[Contract]) -> Told<()> {
        let app = &self.county.app;
        self.days(2, 10, 10).await?;
        for k in contracts {
            app.set_terms(self.sides(k)[0], k.id, typed(terms(k))?).await?;
        }
        if self.salt % 3 == 2 {
            self.negotiate(&contracts[0]).await?;
        }
        for side in [0, 1] {
            self.days(1, 15, 5).await?;
            for k in contracts {
                let who = self.sides(k)[side];
                app.agree_contract(who, k.id, typed(json!({ "full_name": who.name, "agree": true }))?).await?;
            }
        }
        self.minutes(50).await?;
        for k in contracts {
            for org in &k.partner_orgs {
                let who = self.county.speaker(*org, Role::Bidder);
                app.agree_contract(who, k.id, typed(json!({ "full_name": who.name, "agree": true }))?).await?;
            }
        }
        self.days(2, 11, 20).await?;
        for k in contracts {
            app.clear_contract(self.person("officer2"), k.id, typed(json!({}))?).await?;
        }
        Ok(())
    }

    /// The team wishes a clause worded otherwise, and the poster takes the wording.
    async fn negotiate(&self, k: &Contract) -> Told<()> {
        let [poster, bidder] = self.sides(k);
        let wish = json!({
            "paper": "agreement", "clause": 7, "reason": "学位论文须按期送审，保密审查期过长会影响学生毕业。",
            "wording": "双方对对方的技术秘密和经营信息保密，期限为{confidentiality_months}个月；学位论文的涉密内容由双方在十五日内共同审定后可以送审。",
        });
        self.minutes(35).await?;
        self.county.app.deviate(bidder, k.id, typed(wish)?).await?;
        self.minutes(55).await?;
        let answer = json!({ "number": 1, "accepted": true, "note": "不影响本单位的技术秘密，同意。" });
        self.county.app.answer_deviation(poster, k.id, typed(answer)?).await?;
        Ok(())
    }

    /// One party's authorised person signs.
    pub async fn sign(&self, k: &Contract, who: &Actor) -> Told<()> {
        let app = &self.county.app;
        // Who is not the legal representative signs by a letter on file.
        let (org, _) = app.signatories(who).await?;
        let today = self.date().to_string();
        if org.may_sign(who, &today).is_err() {
            let letter = self.county.paper(who, "签署授权书").await?;
            let until = self.date().saturating_add(jiff::Span::new().years(2)).to_string();
            let named = typed(json!({ "account": who.account, "letter": [letter], "until": until }))?;
            self.county.confirm(&app.add_signatory(who, named).await?).await?;
        }
        app.sign_contract(who, k.id, typed(json!({ "full_name": who.name, "agree": true }))?).await?;
        Ok(())
    }

    /// Signed by three, then in force by the checker.
    pub async fn bring_into_force(&self, contracts: &[Contract]) -> Told<()> {
        let checker = self.person("checker");
        for side in 0..3 {
            self.days(1, 10, 40).await?;
            for k in contracts {
                let [poster, bidder] = self.sides(k);
                self.sign(k, [poster, bidder, self.person("head")][side]).await?;
            }
        }
        self.days(2, 9, 45).await?;
        for k in contracts {
            let proof = self.county.paper(checker, "首期配套资金到账凭证").await?;
            let form = json!({ "pledge_attached": true, "commitments_attached": true, "matching_proof": [proof] });
            self.county.app.put_in_force(checker, k.id, typed(form)?).await?;
        }
        Ok(())
    }

    /// Every contract of a challenge from its draft into force; then each is registered where the developer sits.
    pub async fn contract(&self, id: ChallengeId) -> Told<Vec<Contract>> {
        let drafts = self.contracts(id).await?;
        self.settle_texts(&drafts).await?;
        self.bring_into_force(&drafts).await?;
        self.days(6, 14, 0).await?;
        let contracts = self.contracts(id).await?;
        for (n, k) in contracts.iter().enumerate() {
            let number = format!("{}14{:08}（示例）", self.date().year(), 3_300 + self.salt * 10 + n);
            let form = json!({
                "registration_no": number, "registered_on": self.date().to_string(), "place": "太原市技术市场管理办公室（示例）",
                "total_fen": k.award(), "technical_fen": k.award(),
            });
            self.county.app.register_contract(self.sides(k)[1], k.id, typed(form)?).await?;
        }
        Ok(contracts)
    }
}

/// Milestones and changes.
impl Story<'_> {
    pub async fn milestone(&self, k: &Contract, number: usize) -> Told<Milestone> {
        let (nodes, ..) = self.county.app.parts_of_contract(k).await?;
        Ok(nodes.into_iter().find(|x| x.number == number).expect("the contract has this milestone"))
    }

    /// The team hands in evidence `early` calendar days before the date that the contract gave.
    pub async fn evidence(&self, k: &Contract, number: usize, early: i64) -> Told<Milestone> {
        let x = self.milestone(k, number).await?;
        self.on(self.days_before(notice::last_day(x.due_at), early), 16, 15).await?;
        self.minutes(22).await?;
        self.hand_in(k, &x).await?;
        Ok(x)
    }

    async fn hand_in(&self, k: &Contract, x: &Milestone) -> Told<()> {
        let bidder = self.sides(k)[1];
        let mut files = vec![];
        for name in ["阶段研究报告", "原始测试记录"] {
            files.push(self.county.paper(bidder, &format!("{name}（{}）", x.name)).await?);
        }
        // The last node answers for every indicator, earlier ones for what can be measured by then.
        let known = if x.number == x.of { k.thread.len() } else { x.number.min(k.thread.len()) };
        let rows: Vec<Value> = (1..)
            .zip(&k.thread[..known])
            .map(|(n, t)| json!({ "indicator": n, "value": good_value(&t.published, 1), "note": "现场取样，双方签字" }))
            .collect();
        let handed = |(n, d): (usize, Deliverable)| json!({ "kind": d.kind, "count": d.count, "number": format!("{}-{:02}", k.number, n + 1) });
        let need = self.county.case(k.challenge).await?.challenge.need;
        let asked = need.filter(|_| x.number == x.of).map(|n| n.deliverables).unwrap_or_default();
        let deliverables: Vec<Value> = asked.into_iter().enumerate().map(handed).collect();
        let report = format!("“{}”已按合同完成：{}。试验记录、样品和照片齐全，现场由发榜方见证。", x.name, x.result);
        self.county
            .app
            .submit_evidence(
                bidder,
                x.id,
                typed(json!({ "report": report, "evidence": rows, "deliverables": deliverables, "files": files }))?,
            )
            .await?;
        Ok(())
    }

    /// Evidence in time; the poster confirms, and the checker passes the node with three experts' word.
    pub async fn achieve(&self, contracts: &[Contract], number: usize, early: i64) -> Told<()> {
        let (app, mut nodes) = (&self.county.app, vec![]);
        for k in contracts {
            nodes.push(self.evidence(k, number, early).await?);
        }
        self.days(3, 10, 35).await?;
        for x in &nodes {
            let poster = self.county.speaker(x.poster, Role::Poster);
            app.confirm_evidence(poster, x.id, typed(json!({ "note": "现场复核，数据与记录一致。" }))?).await?;
        }
        self.days(5, 15, 45).await?;
        for x in &nodes {
            let says = ["现场查验，数据与原始记录一致。", "节点指标逐项达到，同意通过。", "资料完整，成果可用于下一阶段。"];
            let (judged, experts) = (self.judged(k_of(contracts, x), x, "met"), self.judges(3, &says));
            let verdict = json!({ "verdict": "专家现场查验，节点指标逐项达到，资料完整，同意通过。", "judged": judged, "experts": experts });
            app.pass_milestone(self.person("checker"), x.id, typed(verdict)?).await?;
            self.minutes(45).await?;
        }
        Ok(())
    }

    /// Every indicator that was handed in, judged by itself.
    pub fn judged(&self, k: &Contract, x: &Milestone, verdict: &str) -> Vec<Value> {
        let known = if x.number == x.of { k.thread.len() } else { x.number.min(k.thread.len()) };
        (1..=known).map(|n| json!({ "indicator": n, "verdict": verdict })).collect()
    }

    /// The team asks to change the contract.
    pub async fn ask_change(&self, k: &Contract, form: Value) -> Told<ChangeId> {
        Ok(self.county.app.ask_change(self.sides(k)[1], k.id, typed(form)?).await?.id)
    }

    /// Only filed: direction and indicators stay.
    pub async fn file_change(&self, k: &Contract, form: Value) -> Told<()> {
        let id = self.ask_change(k, form).await?;
        self.minutes(8).await?;
        self.county.app.file_change(self.sides(k)[1], id, typed(json!({}))?).await?;
        Ok(())
    }

    /// Consented to, taken up, approved, and written into the contract.
    pub async fn change(&self, k: &Contract, form: Value) -> Told<()> {
        let (app, poster) = (&self.county.app, self.sides(k)[0]);
        let id = self.ask_change(k, form).await?;
        self.days(2, 11, 0).await?;
        app.consent_to_change(poster, id, typed(json!({}))?).await?;
        self.days(1, 9, 30).await?;
        app.take_up_change(self.person("officer2"), id, typed(json!({}))?).await?;
        self.days(3, 14, 50).await?;
        app.approve_change(self.person("checker"), id, typed(json!({ "note": "原因属实，延期后仍在规定期限内。" }))?).await?;
        self.days(2, 10, 0).await?;
        for who in [poster, self.sides(k)[1], self.person("head")] {
            app.supplement_contract(who, id, typed(json!({ "full_name": who.name, "agree": true }))?).await?;
            self.minutes(40).await?;
        }
        Ok(())
    }
}

/// Money: recorded here, held and moved elsewhere.
impl Story<'_> {
    /// The unlocked instalments of a source.
    pub async fn unlocked(&self, k: &Contract, source: &str) -> Told<Vec<Instalment>> {
        let (_, plan, ..) = self.county.app.parts_of_contract(k).await?;
        Ok(plan.into_iter().filter(|i| i.source == source && i.head.state == InstalmentState::Eligible).collect())
    }

    fn payee(&self, i: &Instalment) -> &Actor {
        self.county.speaker(i.payee, if i.payee_is_poster() { Role::Poster } else { Role::Bidder })
    }

    pub async fn request(&self, i: &Instalment) -> Told<()> {
        let payee = self.payee(i);
        let invoice = self.county.paper(payee, "发票").await?;
        let number = format!("{}{:012}", self.date().year() % 100, 140_000_300 + self.salt * 100 + i.number);
        let org = self.county.organisation(i.payee);
        let kind = match (i.is_fiscal(), org.kind.as_str()) {
            (false, _) => "vat_invoice",
            (true, "enterprise") => "receipt",
            (true, _) => "fiscal_receipt",
        };
        let lane = self.county.case(i.challenge).await?.contracts.iter().find(|k| k.id == i.contract).and_then(|k| k.lane);
        let form = json!({
            "invoice": format!("{number}{}", lane.unwrap_or(0)), "invoice_kind": kind, "invoice_fen": i.amount_fen, "account_name": org.name,
            "account_no": org.bank_account, "files": [invoice],
        });
        self.county.app.request_payment(payee, i.id, typed(form)?).await?;
        Ok(())
    }

    /// Requests and pays all that is unlocked of a source: the county's by officer, head and finance, a firm's by the firm.
    pub async fn pay(&self, contracts: &[Contract], source: &str) -> Told<()> {
        let mut due = vec![];
        for k in contracts {
            due.extend(self.unlocked(k, source).await?);
        }
        if due.is_empty() {
            return Ok(());
        }
        self.days(2, 10, 20).await?;
        for i in &due {
            self.request(i).await?;
        }
        if source == "county" {
            self.approve_payments(&due).await?;
        }
        self.days(3, 15, 10).await?;
        for i in &due {
            self.hand_over(i).await?;
        }
        self.days(1, 11, 30).await?;
        for i in &due {
            let form = json!({ "received_on": self.date().to_string(), "amount_fen": i.amount_fen });
            self.county.app.confirm_receipt(self.payee(i), i.id, typed(form)?).await?;
        }
        Ok(())
    }

    /// County money: checked by an officer, approved by the head with the year and the document that pay it.
    pub async fn approve_payments(&self, due: &[Instalment]) -> Told<()> {
        let app = &self.county.app;
        self.days(2, 14, 40).await?;
        for i in due {
            app.check_payment(self.person("officer2"), i.id, typed(json!({ "note": "收款账户、票据和触发条件核对无误。" }))?)
                .await?;
        }
        self.days(1, 16, 0).await?;
        let year = self.date().year();
        let number = self.budget_document(year).await?;
        for i in due {
            let form = json!({ "fiscal_year": year, "budget_doc_no": number });
            app.approve_payment(self.person("head"), i.id, typed(form)?).await?;
        }
        Ok(())
    }

    /// The document that pays this year: finance enters it when it is first needed.
    async fn budget_document(&self, year: i16) -> Told<String> {
        let number = format!("交财预〔{year}〕21号（示例）");
        let known = self.county.app.open_budget_docs(i64::from(year)).await?;
        if !known.iter().any(|d| d.number == number) {
            let form = json!({ "number": number, "fiscal_year": year, "title": format!("{year}年科技攻关揭榜挂帅专项资金"), "amount_fen": Money::wan(500) });
            self.county.app.register_budget_doc(self.person("finance"), typed(form)?).await?;
        }
        Ok(number)
    }

    async fn hand_over(&self, i: &Instalment) -> Told<()> {
        let app = &self.county.app;
        let (payer, slip, prefix) = match i.is_fiscal() {
            true => (self.person("finance"), "国库集中支付凭证", "GK"),
            false => (self.county.speaker(i.payer, Role::Poster), "银行回单", "HD"),
        };
        let slip = self.county.paper(payer, slip).await?;
        let voucher = format!("{prefix}{:04}", 1_100 + self.salt * 20 + i.number);
        let form = typed(
            json!({ "voucher": voucher, "paid_on": self.date().to_string(), "amount_fen": i.amount_fen, "files": [slip] }),
        )?;
        match i.is_fiscal() {
            true => app.pay_fiscal(payer, i.id, form).await?,
            false => app.pay_enterprise(payer, i.id, form).await?,
        };
        Ok(())
    }
}

fn terms(k: &Contract) -> Value {
    json!({
        "contract_kind": "commissioned", "payment_mode": "instalments", "equipment_owner": "poster", "confidentiality_months": 36,
        "poster_duties": "提供试验场地、水电汽和原料样品；安排一名现场联络人；里程碑资料提交后十个工作日内答复。",
        "risk_bidder_bp": if k.enterprise_posted { 4_000 } else { 5_000 }, "risk_certifier": "expert_panel", "ip_owner": "by_result",
        "licence_scope": "研究开发人享有专利申请权的，发榜方在本企业及全资子公司范围内免费实施；对外许可收益按六比四分配。",
        "publication_review_days": 30, "acceptance_standard": "按榜单所列指标和测试方法逐项验收，硬指标以第三方检测报告或现场见证记录为准。",
        "breach": "逾期提交里程碑资料的，每逾期一日按该期金额万分之二承担违约金，累计不超过该期金额的百分之五。", "subcontract_consent": true,
        "settlement": "提前终止的，已通过的节点按约支付，未使用的财政资金退回，已购设备按所有权条款处置。", "dispute": "court",
    })
}

fn k_of<'a>(contracts: &'a [Contract], x: &Milestone) -> &'a Contract {
    contracts.iter().find(|k| k.id == x.contract).expect("a milestone of one of them")
}
