//! What a contract brings on paper: the finding on a node, the certificate of acceptance, the final account, the approval of a
//! payment.
use super::body::{Fact, Pen, Signer, sum, sum_if, yes};
use super::{Body, DocumentKind, Paper, Who};
use crate::domain::words::{self, Text, option_text, target_text};
use crate::domain::{
    Acceptance, Contract, FinalAccount, Instalment, Milestone, MilestoneState, Money, SPENDING_CLASSES, SourceLine, Thread,
    Trigger, percent_text,
};
use jiff::Timestamp;

fn of_contract(k: &Contract, who: &Who) -> Vec<(&'static str, String)> {
    vec![
        ("doc.challenge", k.title.clone()),
        ("doc.contract_no", k.number.clone()),
        ("doc.poster", who.org(k.poster)),
        ("doc.bidder", who.org(k.lead)),
        ("field.pi_name", k.principal_investigator.clone()),
    ]
}

fn indicator(k: &Contract, n: i64) -> Option<&Thread> {
    usize::try_from(n).ok().and_then(|n| k.thread.get(n.checked_sub(1)?))
}

/// 里程碑考核表: evidence of a node, the poster's word, the bureau's finding.
#[derive(Debug)]
pub struct MilestoneAssessment<'a> {
    pub k: &'a Contract,
    pub x: &'a Milestone,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for MilestoneAssessment<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::MilestoneAssessment
    }
    fn body(&self, t: &Text) -> Body {
        let (k, x, mut pen) = (self.k, self.x, Pen::new(t));
        let mut facts = of_contract(k, self.who);
        let says = x.poster_says.as_ref().map(|s| t.t(&format!("poster_says.{s}"))).unwrap_or_default();
        facts.extend([
            ("noun.milestone", format!("{}/{} {}", x.number, x.of, x.name)),
            ("field.result", x.result.clone()),
            ("field.share_bp", format!("{}%", percent_text(x.share_bp))),
            ("column.due", words::deadline(t, x.due_at)),
            ("column.poster_says", says),
        ]);
        pen.facts(facts);
        pen.heading("field.evidence");
        let rows = x.evidence.iter().map(|e| {
            let at = indicator(k, e.indicator);
            vec![
                at.map(|i| i.published.name.clone()).unwrap_or_default(),
                at.map(|i| target_text(t, &i.published)).unwrap_or_default(),
                e.value.to_string(),
                e.note.clone().unwrap_or_default(),
            ]
        });
        pen.table("", &["column.indicator", "column.target_of", "#column.measured", "field.note"], rows.collect());
        pen.quote(x.report.as_deref().unwrap_or(""));
        pen.heading("doc.milestone.finding");
        let state = match x.head.state {
            MilestoneState::Passed | MilestoneState::Conditional => "passed",
            MilestoneState::Failed | MilestoneState::Disposed => "failed",
            _ => "rectifying",
        };
        pen.say("doc.milestone.result", &[("result", t.t(&format!("state.milestone.{state}")))]);
        pen.quote(x.verdict.as_deref().unwrap_or(""));
        if let Some(p) = &x.typed {
            pen.say("doc.typed_panel", &[("members", p.members.to_string()), ("behind", p.behind.to_string())]);
        }
        let by = x.assessed_by.map(|a| self.who.person(a)).unwrap_or_default();
        let lines = vec![Fact { label: t.t("doc.assessor"), value: by }];
        Body {
            title: t.t("document.milestone_assessment"),
            parts: pen.done(),
            signers: vec![Signer { party: t.t("party.bureau"), name: self.who.office.clone(), lines }],
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// 验收证书: indicator by indicator, the panel's verdict beside the rule's, and the outcome.
#[derive(Debug)]
pub struct AcceptanceCertificate<'a> {
    pub k: &'a Contract,
    pub x: &'a Acceptance,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for AcceptanceCertificate<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::AcceptanceCertificate
    }
    fn body(&self, t: &Text) -> Body {
        let (k, x, mut pen) = (self.k, self.x, Pen::new(t));
        let verdict = |v: &Option<String>| v.as_ref().map(|o| t.t(&format!("option.verdict.{o}"))).unwrap_or_default();
        let minutes = x.minutes.as_ref().map(|m| m.number.clone()).unwrap_or_default();
        pen.say("doc.acceptance.opening", &[("title", k.title.clone()), ("contract", k.number.clone()), ("minutes", minutes)]);
        let mut facts = of_contract(k, self.who);
        let day = |d: &Option<String>| d.as_ref().map(|d| words::day_text(t, d)).unwrap_or_default();
        facts.extend([
            ("column.award", sum_if(t, k.award())),
            ("column.starts", day(&k.starts_on)),
            ("column.ends", day(&k.ends_on)),
            ("column.computed", verdict(&x.computed)),
            ("column.panel_verdict", verdict(&x.panel_verdict)),
            ("field.reason", x.panel_reason.clone().unwrap_or_default()),
            ("column.outcome", verdict(&x.outcome)),
        ]);
        pen.facts(facts);
        pen.heading("field.measured");
        let rows = x.measured.iter().map(|r| {
            let at = indicator(k, r.indicator);
            vec![
                r.indicator.to_string(),
                at.map(|i| i.published.name.clone()).unwrap_or_default(),
                at.map(|i| target_text(t, &i.published)).unwrap_or_default(),
                r.value.map(|q| q.to_string()).unwrap_or_default(),
                r.report_no.clone().unwrap_or_default(),
                option_text(t, "verdict", &r.verdict),
            ]
        });
        let columns = ["doc.no", "column.indicator", "column.target_of", "#column.measured", "field.report_no", "field.verdict"];
        pen.table("", &columns, rows.collect());
        pen.heading("doc.acceptance.panel");
        let rows = x.panel.iter().map(|o| {
            let kind = o.expert_kind.as_ref().map(|k| option_text(t, "expert_kind", k)).unwrap_or_default();
            vec![o.expert.clone(), o.unit.clone(), kind, o.opinion.clone()]
        });
        pen.table("", &["field.expert", "field.unit", "field.expert_kind", "field.opinion"], rows.collect());
        if let Some(p) = &x.typed {
            pen.say("doc.typed_panel", &[("members", p.members.to_string()), ("behind", p.behind.to_string())]);
        }
        if let Some(diligence) = &x.diligence {
            pen.heading("field.diligence");
            pen.quote(diligence);
        }
        Body {
            title: t.t("document.acceptance_certificate"),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// 经费决算表: income and spending by source and class, what is unpaid, what was bought, the surplus.
#[derive(Debug)]
pub struct FinalAccountPaper<'a> {
    pub k: &'a Contract,
    pub x: &'a FinalAccount,
    pub who: &'a Who,
}

impl FinalAccountPaper<'_> {
    fn tables(&self, pen: &mut Pen<'_>) {
        let (t, x) = (pen.t, self.x);
        let source = |l: &SourceLine| t.t(&format!("source.{}", l.source));
        let row = |l: &SourceLine| {
            let sums = [l.due_fen, l.received_fen, l.spent_fen, l.surplus_fen].map(|m| m.to_string());
            std::iter::once(source(l)).chain(sums).collect()
        };
        let columns = ["column.source", "#column.due_fen", "#column.received_fen", "#column.spent_fen", "#column.surplus"];
        pen.table("block.income", &columns, x.lines.iter().map(row).collect());
        let used = SPENDING_CLASSES.iter().filter(|c| x.lines.iter().any(|l| l.by_class.contains_key(**c)));
        let rows = used.map(|class| {
            let sums: Vec<Money> = x.lines.iter().map(|l| l.by_class.get(*class).copied().unwrap_or_default()).collect();
            let all = Money::sum(sums.iter().copied()).unwrap_or_default();
            let sums = sums.into_iter().chain([all]).map(|m| m.to_string());
            std::iter::once(option_text(t, "class", class)).chain(sums).collect()
        });
        let labels: Vec<String> = x.lines.iter().map(|l| format!("#source.{}", l.source)).collect();
        let mut columns = vec!["field.record_spending.class"];
        columns.extend(labels.iter().map(String::as_str));
        columns.push("#doc.total");
        pen.table("block.classes", &columns, rows.collect());
        let rows = x.unpaid.iter().map(|u| vec![u.what.clone(), u.payee.clone(), u.amount_fen.to_string()]);
        pen.table("block.unpaid", &["column.what", "column.unpaid_of", "#column.amount"], rows.collect());
        let rows = x.assets.iter().map(|a| vec![a.what.clone(), a.voucher.clone(), a.amount_fen.to_string()]);
        pen.table("block.assets", &["column.what", "column.assets_of", "#column.amount"], rows.collect());
    }
}

impl Paper for FinalAccountPaper<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::FinalAccount
    }
    fn body(&self, t: &Text) -> Body {
        let (k, x, mut pen) = (self.k, self.x, Pen::new(t));
        let mut facts = of_contract(k, self.who);
        let spent = Money::sum(x.lines.iter().map(|l| l.spent_fen)).unwrap_or_default();
        let disclosed = x.disclosed_at.map(|at| words::moment(t, at)).unwrap_or_default();
        facts.extend([
            ("field.funding_mode", option_text(t, "funding_mode", if x.lump_sum { "lump_sum" } else { "budgeted" })),
            ("column.records", x.records.to_string()),
            ("doc.final.spent", sum(t, spent)),
            ("column.audit", yes(t, x.audit_needed)),
            ("column.disclosed_at", disclosed),
            ("doc.final.place", x.place.clone().unwrap_or_default()),
            (
                "field.disclosure_result",
                x.disclosure_result.as_ref().map(|r| option_text(t, "disclosure_result", r)).unwrap_or_default(),
            ),
        ]);
        pen.facts(facts);
        self.tables(&mut pen);
        let surplus = |s: &Option<String>| s.as_ref().map(|s| option_text(t, "surplus", s)).unwrap_or_default();
        let enterprise = x.enterprise_surplus.as_ref().map(|s| option_text(t, "enterprise_surplus", s)).unwrap_or_default();
        pen.facts(vec![
            ("doc.final.fiscal_surplus", sum(t, x.fiscal_surplus())),
            ("column.surplus_rule", surplus(&x.surplus)),
            ("field.enterprise_surplus", sum_if(t, x.enterprise_surplus())),
            ("doc.final.enterprise_surplus_goes", enterprise),
            ("column.refund", sum_if(t, x.refund_fen)),
            ("doc.final.refund_voucher", x.refund_voucher.clone().unwrap_or_default()),
        ]);
        pen.say("doc.final.statement", &[]);
        let s = x.signatures.as_ref();
        let line = |key: &str, name: Option<String>| Fact { label: t.t(key), value: name.unwrap_or_default() };
        let lines = vec![
            line("field.pi_name", s.map(|s| s.pi_name.clone())),
            line("field.finance_name", s.map(|s| s.finance_name.clone())),
            line("field.research_name", s.map(|s| s.research_name.clone())),
            line("doc.seal_here", None),
        ];
        Body {
            title: t.t("document.final_account"),
            parts: pen.done(),
            signers: vec![Signer { party: t.t("party.bidder"), name: self.who.org(k.lead), lines }],
            date: s.map(|s| words::day_of(t, s.at)),
            ..Body::default()
        }
    }
}

/// 拨款审批单: what is paid to whom by which money, and who asked, checked and approved.
#[derive(Debug)]
pub struct PaymentApproval<'a> {
    pub k: &'a Contract,
    pub i: &'a Instalment,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for PaymentApproval<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::PaymentApproval
    }
    fn body(&self, t: &Text) -> Body {
        let (k, i, mut pen) = (self.k, self.i, Pen::new(t));
        let mut facts = of_contract(k, self.who);
        let bank = |o: &crate::domain::Organisation| {
            t.with(
                "doc.bank_text",
                &[("bank", o.bank_name.clone()), ("account", crate::domain::text::mask_account(&o.bank_account))],
            )
        };
        facts.extend([
            ("noun.instalment", i.number.to_string()),
            ("column.amount", sum(t, i.amount_fen)),
            ("column.source", t.t(&format!("source.{}", i.source))),
            ("column.payer", self.who.org(i.payer)),
            ("column.payee", self.who.org(i.payee)),
            ("doc.bank", self.who.organisation(i.payee).map(bank).unwrap_or_default()),
            ("column.trigger", trigger_text(t, &i.trigger)),
            ("field.invoice", i.invoice.clone().unwrap_or_default()),
            ("field.fiscal_year", i.fiscal_year.map(|y| y.to_string()).unwrap_or_default()),
            ("field.budget_doc_no", i.budget_doc_no.clone().unwrap_or_default()),
        ]);
        pen.facts(facts);
        let line = |key: &str, by: Option<crate::domain::AccountId>| Fact {
            label: t.t(key),
            value: by.map(|a| self.who.person(a)).unwrap_or_default(),
        };
        let lines = vec![
            line("column.requested_by", i.requested_by),
            line("column.checked_by", i.checked_by),
            line("column.approved_by", i.approved_by),
        ];
        Body {
            title: t.t("document.payment_approval"),
            parts: pen.done(),
            signers: vec![Signer { party: t.t("party.bureau"), name: self.who.office.clone(), lines }],
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// What unlocks a payment, in words.
pub fn trigger_text(t: &Text, trigger: &Trigger) -> String {
    match trigger {
        Trigger::ContractEffective => t.t("trigger.contract_effective"),
        Trigger::MilestonePassed { number } => t.with("trigger.milestone_passed", &[("number", number.to_string())]),
        Trigger::AcceptancePassed => t.t("trigger.acceptance_passed"),
        Trigger::EnterprisePaid { share_bp } => t.with("trigger.enterprise_paid", &[("share", percent_text(*share_bp))]),
    }
}
