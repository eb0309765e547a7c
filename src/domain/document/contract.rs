//! What parties sign: the development contract, and where county money is in it the task book, the pledge of the result and
//! the commitment of lump-sum money.
use super::body::{Fact, Pen, Signer, listed, sum, sum_if};
use super::{Body, DocumentKind, Paper, Who};
use crate::domain::words::{self, Text, option_text, target_text};
use crate::domain::{Contract, Mark, Money, OrgId, Terms, percent_text};
use jiff::Timestamp;

/// 技术开发合同 between poster and bidder (民法典 §851 ff.).
#[derive(Debug)]
pub struct ContractPaper<'a> {
    pub k: &'a Contract,
    pub who: &'a Who,
}

/// The parties with what identifies them.
fn party(pen: &mut Pen<'_>, who: &Who, key: &str, id: OrgId) {
    let t = pen.t;
    let Some(o) = who.organisation(id) else { return };
    pen.facts(vec![
        (key, o.name.clone()),
        ("field.uscc", o.uscc.to_string()),
        ("field.address", o.address.clone()),
        ("field.legal_representative", o.legal_representative.clone()),
        (
            "doc.bank",
            t.with(
                "doc.bank_text",
                &[("bank", o.bank_name.clone()), ("account", crate::domain::text::mask_account(&o.bank_account))],
            ),
        ),
    ]);
}

/// A party's block: filled by its mark, or lines to sign on.
fn signer(t: &Text, k: &Contract, party: &str, name: String) -> Signer {
    let mark: Option<&Mark> = k.signed.iter().find(|m| m.party == party);
    let by = mark.map(|m| m.name.clone()).unwrap_or_default();
    let on = mark.map(|m| words::day_in_full(t, crate::domain::date_of(m.at))).unwrap_or_default();
    let lines = vec![
        Fact { label: t.t("doc.seal_here"), value: String::new() },
        Fact { label: t.t("doc.authorised"), value: by },
        Fact { label: t.t("doc.date"), value: on },
    ];
    Signer { party: t.t(&format!("party.{party}")), name, lines }
}

/// The day of the last signature.
fn signed_at(k: &Contract) -> Option<Timestamp> {
    k.signed.iter().map(|m| m.at).max()
}

/// Indicators as contracted, beside what was published and promised.
fn thread(pen: &mut Pen<'_>, k: &Contract) {
    let t = pen.t;
    let rows = k.thread.iter().enumerate().map(|(n, x)| {
        let unit = x.published.unit.clone().unwrap_or_default();
        let value = |q: Option<crate::domain::Quantity>| q.map(|q| format!("{q} {unit}")).unwrap_or_default();
        vec![
            (n + 1).to_string(),
            x.published.name.clone(),
            target_text(t, &x.published),
            value(x.promised),
            value(x.contracted),
            x.published.test_method.clone(),
            t.t(if x.published.hard { "ui.hard" } else { "ui.soft" }),
        ]
    });
    let columns = [
        "doc.no",
        "column.indicator",
        "column.published",
        "column.promised",
        "column.contracted",
        "column.test_method",
        "column.hardness",
    ];
    pen.table("field.indicators", &columns, rows.collect());
}

fn milestones(pen: &mut Pen<'_>, k: &Contract) {
    let rows = k.milestones.iter().enumerate().map(|(n, x)| {
        vec![
            (n + 1).to_string(),
            x.name.clone(),
            x.month.to_string(),
            x.result.clone(),
            format!("{}%", percent_text(x.share_bp)),
            sum_of(k.award(), x.share_bp),
        ]
    });
    let columns = ["doc.no", "doc.node", "#field.month", "field.result", "#field.share_bp", "#column.amount"];
    pen.table("block.milestones", &columns, rows.collect());
}

fn sum_of(award: Money, share_bp: i64) -> String {
    award.percent_of(share_bp).map(|m| m.to_string()).unwrap_or_default()
}

/// The clauses as they were signed, where the contract was made from a template; says whether it was.
fn clauses(pen: &mut Pen<'_>, k: &Contract, paper: &str) -> bool {
    let Some(paper) = k.paper(paper) else { return false };
    for c in paper.clauses {
        let (title, text) = if pen.t.lang == words::Lang::En { (c.title.en, c.text.en) } else { (c.title.zh, c.text.zh) };
        pen.clause_as(title, vec![text]);
    }
    true
}

impl ContractPaper<'_> {
    /// Choices and texts of the terms, article by article (domain 3.6).
    fn terms(pen: &mut Pen<'_>, k: &Contract, x: &Terms) {
        let t = pen.t;
        let with = |key: &str, args: &[(&str, String)]| t.with(key, args);
        let pay = option_text(t, "payment_mode", x.payment_mode.as_deref().unwrap_or_default());
        let money = [("total", sum(t, k.award())), ("mode", pay)];
        pen.clause("doc.contract.money", vec![with("doc.contract.money_text", &money), t.t("doc.contract.money_account")]);
        let equipment = [("owner", option_text(t, "equipment_owner", x.equipment_owner.as_deref().unwrap_or_default()))];
        pen.clause("doc.contract.equipment", vec![with("doc.contract.equipment_text", &equipment)]);
        pen.clause("doc.contract.duties", vec![x.poster_duties.clone().unwrap_or_default()]);
        let months = [("months", x.confidentiality_months.unwrap_or_default().to_string())];
        pen.clause("doc.contract.secrecy", vec![with("doc.contract.secrecy_text", &months)]);
        let risk = [
            ("bidder", percent_text(x.risk_bidder_bp.unwrap_or_default())),
            ("poster", percent_text(10_000 - x.risk_bidder_bp.unwrap_or_default())),
            ("certifier", option_text(t, "risk_certifier", x.risk_certifier.as_deref().unwrap_or_default())),
        ];
        pen.clause("doc.contract.risk", vec![with("doc.contract.risk_text", &risk), t.t("doc.contract.risk_notice")]);
        let ip = [
            ("owner", option_text(t, "ip_owner", x.ip_owner.as_deref().unwrap_or_default())),
            ("scope", x.licence_scope.as_deref().unwrap_or_default().trim_end_matches(['。', '.']).to_owned()),
            ("days", x.publication_review_days.unwrap_or_default().to_string()),
        ];
        pen.clause("doc.contract.ip", vec![with("doc.contract.ip_text", &ip), with("doc.contract.ip_papers", &ip)]);
        pen.clause("doc.contract.acceptance", vec![x.acceptance_standard.clone().unwrap_or_default()]);
        pen.clause("doc.contract.breach", vec![x.breach.clone().unwrap_or_default(), t.t("doc.contract.breach_pledge")]);
        let sub =
            if x.subcontract_consent == Some(true) { "doc.contract.subcontract_yes" } else { "doc.contract.subcontract_no" };
        pen.clause("doc.contract.subcontract", vec![t.t(sub)]);
        pen.clause("doc.contract.change", vec![t.t("doc.contract.change_text")]);
        pen.clause("doc.contract.ending", vec![x.settlement.clone().unwrap_or_default(), t.t("doc.contract.ending_law")]);
        let dispute = [("way", option_text(t, "dispute", x.dispute.as_deref().unwrap_or_default()))];
        pen.clause("doc.contract.dispute", vec![with("doc.contract.dispute_text", &dispute)]);
        pen.clause("doc.contract.registration", vec![t.t("doc.contract.registration_text")]);
    }
    /// Without a template: subject, plan, and an article for each term.
    fn articles(&self, pen: &mut Pen<'_>) {
        let (k, t) = (self.k, pen.t);
        let partners = listed(t, k.partners.iter().skip(1).map(|m| m.name.clone()));
        let subject = [("title", k.title.clone()), ("partners", partners), ("pi", k.principal_investigator.clone())];
        pen.clause(
            "doc.contract.subject",
            vec![t.with("doc.contract.subject_text", &subject), t.t("doc.contract.indicators_text")],
        );
        thread(pen, k);
        pen.clause("doc.contract.plan", vec![t.with("doc.contract.plan_text", &[("months", k.period_months.to_string())])]);
        milestones(pen, k);
        if let Some(terms) = &k.terms {
            Self::terms(pen, k, terms);
        }
        pen.clause("doc.contract.copies", vec![t.t("doc.contract.copies_text")]);
    }
}

impl Paper for ContractPaper<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::Contract
    }
    fn body(&self, t: &Text) -> Body {
        let (k, mut pen) = (self.k, Pen::new(t));
        party(&mut pen, self.who, "doc.party_a", k.poster);
        party(&mut pen, self.who, "doc.party_b", k.lead);
        let kind = k
            .terms
            .as_ref()
            .map(|x| option_text(t, "contract_kind", x.contract_kind.as_deref().unwrap_or_default()))
            .unwrap_or_default();
        pen.say("doc.contract.opening", &[("title", k.title.clone()), ("kind", kind)]);
        if !clauses(&mut pen, k, "agreement") {
            self.articles(&mut pen);
        }
        Body {
            title: t.t("document.contract"),
            parts: pen.done(),
            signers: vec![signer(t, k, "poster", self.who.org(k.poster)), signer(t, k, "bidder", self.who.org(k.lead))],
            date: signed_at(k).filter(|_| k.all_signed()).map(|at| words::day_in_full(t, crate::domain::date_of(at))),
            remark: Some(t.with("doc.contract.text_sha256", &[("sha256", k.text_sha256())])),
            ..Body::default()
        }
    }
}

/// 项目任务书 between the bureau and whoever carries public money (domain 0.2).
#[derive(Debug)]
pub struct TaskBook<'a> {
    pub k: &'a Contract,
    pub who: &'a Who,
}

impl Paper for TaskBook<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::TaskBook
    }
    fn body(&self, t: &Text) -> Body {
        let (k, mut pen) = (self.k, Pen::new(t));
        let funding = option_text(t, "funding_mode", if k.lump_sum { "lump_sum" } else { "budgeted" });
        pen.say("doc.task.opening", &[("title", k.title.clone()), ("contract", k.number.clone())]);
        pen.heading("block.facts");
        pen.facts(vec![
            ("doc.task.carrier", self.who.org(k.lead)),
            ("doc.partners", listed(t, k.partners.iter().skip(1).map(|m| m.name.clone()))),
            ("field.pi_name", k.principal_investigator.clone()),
            ("field.period_months", k.period_months.to_string()),
            ("field.county_fen", sum_if(t, k.county_fen)),
            ("field.enterprise_fen", sum_if(t, k.enterprise_fen)),
            ("doc.award.own", sum_if(t, k.self_fen)),
            ("field.funding_mode", funding),
        ]);
        if !clauses(&mut pen, k, "task_book") {
            pen.heading("doc.task.aims");
        }
        thread(&mut pen, k);
        pen.heading("doc.task.plan");
        milestones(&mut pen, k);
        pen.heading("doc.task.money");
        pen.say(if k.lump_sum { "doc.task.lump_sum" } else { "doc.task.budgeted" }, &[]);
        pen.say("doc.task.unspent", &[]);
        pen.heading("doc.task.duties");
        for n in 1..=4 {
            pen.say(&format!("doc.task.duty_{n}"), &[]);
        }
        Body {
            title: t.t("document.task_book"),
            parts: pen.done(),
            signers: vec![signer(t, k, "bureau", self.who.office.clone()), signer(t, k, "bidder", self.who.org(k.lead))],
            date: signed_at(k).filter(|_| k.all_signed()).map(|at| words::day_in_full(t, crate::domain::date_of(at))),
            ..Body::default()
        }
    }
}

/// 军令状: the hard results, the day, and who answers for them.
#[derive(Debug)]
pub struct ResultPledge<'a> {
    pub k: &'a Contract,
    pub who: &'a Who,
}

impl Paper for ResultPledge<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::ResultPledge
    }
    fn body(&self, t: &Text) -> Body {
        let (k, mut pen) = (self.k, Pen::new(t));
        pen.say("doc.pledge.opening", &[("title", k.title.clone()), ("months", k.period_months.to_string())]);
        thread(&mut pen, k);
        for n in 1..=3 {
            pen.say(&format!("doc.pledge.promise_{n}"), &[]);
        }
        clauses(&mut pen, k, "pledge");
        clauses(&mut pen, k, "commitments");
        pen.say("doc.pledge.contract", &[("contract", k.number.clone())]);
        let mut signer = signer(t, k, "bidder", self.who.org(k.lead));
        signer.lines.insert(1, Fact { label: t.t("field.pi_name"), value: k.principal_investigator.clone() });
        Body {
            title: t.t("document.result_pledge"),
            addressee: Some(t.with("doc.to", &[("name", self.who.office.clone())])),
            parts: pen.done(),
            signers: vec![signer],
            date: signed_at(k).filter(|_| k.all_signed()).map(|at| words::day_in_full(t, crate::domain::date_of(at))),
            ..Body::default()
        }
    }
}

/// 经费包干承诺书: no budget form, and so promises instead.
#[derive(Debug)]
pub struct LumpSumCommitment<'a> {
    pub k: &'a Contract,
    pub who: &'a Who,
}

impl Paper for LumpSumCommitment<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::LumpSumCommitment
    }
    fn body(&self, t: &Text) -> Body {
        let (k, mut pen) = (self.k, Pen::new(t));
        pen.say("doc.lump.opening", &[("title", k.title.clone()), ("sum", sum(t, k.county_fen)), ("contract", k.number.clone())]);
        for n in 1..=5 {
            pen.clause(&format!("doc.lump.title_{n}"), vec![t.t(&format!("doc.lump.promise_{n}"))]);
        }
        let mut signer = signer(t, k, "bidder", self.who.org(k.lead));
        signer.lines.insert(1, Fact { label: t.t("field.pi_name"), value: k.principal_investigator.clone() });
        Body {
            title: t.t("document.lump_sum_commitment"),
            addressee: Some(t.with("doc.to", &[("name", self.who.office.clone())])),
            parts: pen.done(),
            signers: vec![signer],
            date: signed_at(k).filter(|_| k.all_signed()).map(|at| words::day_in_full(t, crate::domain::date_of(at))),
            ..Body::default()
        }
    }
}
