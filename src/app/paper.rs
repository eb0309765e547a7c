//! Issuing documents: an act that the law wants on paper writes it here, in both languages, within its own transaction; its
//! entry in the record tells number and hash.
use super::*;
use crate::domain::document::*;
use crate::domain::policy::{FollowsFrom, IssueDocument, Permit};
use crate::domain::report::{Known, Person};
use crate::domain::words::Lang;
use store::document::who_in;

/// What a document is issued on: the thing, and its challenge.
type On = (Uuid, ChallengeId);

/// Issues a document: the number given, or the next of its kind and year.
async fn issue<P>(
    work: &Work,
    permit: &Permit<P>,
    (subject, challenge): On,
    given: Option<&str>,
    (who, paper): (&Who, &dyn Paper),
    m: &Moment,
) -> Result<String>
where
    IssueDocument: FollowsFrom<P>,
{
    let kind = paper.kind();
    let number = match (given, kind.prefix(date_of(m.now).year())) {
        (Some(number), _) => number.to_owned(),
        (None, Some(prefix)) => store::challenge::next_paper_number(work, "document", &prefix).await?,
        (None, None) => return Err(Error::Failed(format!("{} has no number of its own", kind.id()))),
    };
    let edition = store::document::next_edition(work, kind, &number).await?;
    let id = DocumentId(clock::ordered_id());
    let salt = Some(hex::encode(crate::outside::seal::random::<32>()));
    let issue = Issue { id, salt, number: Some(number.clone()), edition, issuer: who.office.clone() };
    let [zh, en] = Lang::ALL.map(|lang| Document::write(paper, &issue, lang));
    store::document::insert(work, &permit.follow(subject), challenge, [&zh, &en], m.now).await?;
    for document in [&zh, &en] {
        work.tell("documents", Told::of(document));
    }
    Ok(number)
}

/// 发榜公告.
pub(in crate::app) async fn publication(work: &Work, permit: &Permit<ChallengeAct>, c: &Challenge, m: &Moment) -> Result<()> {
    let who = who_in(work, &[], &[]).await?;
    issue(work, permit, (c.id.0, c.id), None, (&who, &PublicationNotice { c, who: &who }), m).await.map(drop)
}

/// 更正公告.
pub(in crate::app) async fn amendment(
    work: &Work,
    permit: &Permit<ChallengeAct>,
    c: &Challenge,
    (changes, reason): (&[Change], &str),
    m: &Moment,
) -> Result<()> {
    let who = who_in(work, &[], &[]).await?;
    let paper = AmendmentNotice { c, changes, reason, at: m.now, who: &who };
    issue(work, permit, (c.id.0, c.id), None, (&who, &paper), m).await.map(drop)
}

/// 撤榜公告.
pub(in crate::app) async fn calling_off(
    work: &Work,
    permit: &Permit<ChallengeAct>,
    c: &Challenge,
    (decided, sealed): (&CallingOff, bool),
    m: &Moment,
) -> Result<()> {
    let who = who_in(work, &[], &[]).await?;
    let paper = CallingOffNotice { c, decided, sealed, at: m.now, who: &who };
    issue(work, permit, (c.id.0, c.id), None, (&who, &paper), m).await.map(drop)
}

/// 开榜记录: every bid that had been sealed, and what came of it.
pub(in crate::app) async fn opening(
    work: &Work,
    permit: &Permit<ChallengeAct>,
    c: &Challenge,
    bids: &[Bid],
    m: &Moment,
) -> Result<()> {
    let orgs: Vec<OrgId> = bids.iter().map(|b| b.org).collect();
    let officer = c.opening.as_ref().map(|h| h.by);
    let who = who_in(work, &orgs, &Vec::from_iter(officer)).await?;
    let opened = |b: &Bid| OpenedBid {
        lead: who.org(b.org),
        sealed_at: b.seal.as_ref().map(|s| s.sealed_at),
        sha256: b.seal.as_ref().map(|s| s.sha256.clone()).unwrap_or_default(),
        failed: b.reason.clone().filter(|_| b.head.state != BidState::Opened),
    };
    let bids: Vec<OpenedBid> = bids.iter().map(opened).collect();
    let paper = OpeningRecord { c, bids: &bids, at: m.now, witness: permit.actor().name.clone(), who: &who };
    issue(work, permit, (c.id.0, c.id), None, (&who, &paper), m).await.map(drop)
}

/// 专家组评审报告.
pub(in crate::app) async fn panel(
    work: &Work,
    permit: &Permit<ChallengeAct>,
    c: &Challenge,
    bids: &[Bid],
    m: &Moment,
) -> Result<()> {
    let all: Vec<Assignment> = noun::lock_of(work, "challenge_id", c.id.0).await?;
    let orgs: Vec<OrgId> = bids.iter().map(|b| b.org).collect();
    let officers =
        c.panel.iter().flat_map(|p| std::iter::once(p.by).chain(p.witnessed_by)).chain(c.recused.iter().map(|r| r.account));
    let people: Vec<AccountId> = all.iter().map(|a| a.expert).chain(officers).collect();
    let who = who_in(work, &orgs, &people).await?;
    let person = |id: AccountId| Person { name: who.person(id), unit: who.unit(id), kind: String::new() };
    let known = Known {
        experts: people.iter().map(|id| (*id, person(*id))).collect(),
        orgs: orgs.iter().map(|id| (*id, who.org(*id))).collect(),
        officers: people.iter().map(|id| (*id, who.person(*id))).collect(),
    };
    let paper = PanelPaper { c, r: &PanelReport::of(c, &all, bids, &known), at: m.now, who: &who };
    issue(work, permit, (c.id.0, c.id), None, (&who, &paper), m).await.map(drop)
}

/// Names and units, by name: nothing tells who scored what.
fn sat(who: &Who, experts: &[AccountId]) -> Vec<(String, String)> {
    let mut all: Vec<_> = experts.iter().map(|e| (who.person(*e), who.unit(*e))).collect();
    all.sort();
    all
}

/// 拟中榜公示, anew when it was revised.
pub(in crate::app) async fn notice(work: &Work, permit: &Permit<NoticeAct>, n: &Notice, m: &Moment) -> Result<()> {
    let who = who_in(work, &[], &[]).await?;
    let paper = ProposedAward { n, who: &who };
    issue(work, permit, (n.id.0, n.challenge), n.number.as_deref(), (&who, &paper), m).await.map(drop)
}

/// 中榜公告, and a 中榜通知书 to each winner: the letters' numbers.
pub(in crate::app) async fn award(
    work: &Work,
    permit: &Permit<NoticeAct>,
    (c, n): (&Challenge, &Notice),
    m: &Moment,
) -> Result<String> {
    let panel: Vec<Assignment> = noun::lock_of(work, "challenge_id", c.id.0).await?;
    let locked = |a: &&Assignment| a.round == c.round && a.is_locked();
    let experts: Vec<AccountId> = panel.iter().filter(locked).map(|a| a.expert).collect();
    let who = who_in(work, &[], &experts).await?;
    let on = (n.id.0, c.id);
    let paper = AwardAnnouncement { n, panel: &sat(&who, &experts), at: m.now, who: &who };
    issue(work, permit, on, None, (&who, &paper), m).await?;
    let mut letters = vec![];
    for w in &n.winners {
        let paper = AwardLetter { n, w, sign_by: Some(m.workdays(c.rules.contract_sign_days)), at: m.now, who: &who };
        letters.push(issue(work, permit, on, None, (&who, &paper), m).await?);
    }
    Ok(letters.join("、"))
}

/// 异议处理决定书.
pub(in crate::app) async fn objection(
    work: &Work,
    permit: &Permit<ObjectionAct>,
    (o, n): (&Objection, &Notice),
    m: &Moment,
) -> Result<()> {
    let who = who_in(work, &[], &[]).await?;
    let paper = ObjectionDecision { o, n, at: m.now, who: &who };
    issue(work, permit, (o.id.0, o.challenge), None, (&who, &paper), m).await.map(drop)
}

/// 洽谈纪要, once the other side has confirmed it.
pub(in crate::app) async fn talk(work: &Work, permit: &Permit<TalkAct>, (title, talk): (&str, &Talk), m: &Moment) -> Result<()> {
    let who = who_in(work, &[talk.poster, talk.org], &[]).await?;
    issue(work, permit, (talk.id.0, talk.challenge), None, (&who, &MinutesPaper { talk, title, who: &who }), m).await.map(drop)
}

/// 技术开发合同 as agreed and again as signed; what goes with it once all have signed.
pub(in crate::app) async fn contract(work: &Work, permit: &Permit<ContractAct>, k: &Contract, m: &Moment) -> Result<()> {
    let who = who_in(work, &[k.poster, k.lead], &[]).await?;
    let on = (k.id.0, k.challenge);
    issue(work, permit, on, Some(&k.number), (&who, &ContractPaper { k, who: &who }), m).await?;
    if !k.all_signed() {
        return Ok(());
    }
    if k.county_fen > Money::default() {
        issue(work, permit, on, None, (&who, &TaskBook { k, who: &who }), m).await?;
        if k.lump_sum {
            issue(work, permit, on, None, (&who, &LumpSumCommitment { k, who: &who }), m).await?;
        }
    }
    issue(work, permit, on, None, (&who, &ResultPledge { k, who: &who }), m).await.map(drop)
}

/// 里程碑考核表.
pub(in crate::app) async fn milestone(
    work: &Work,
    permit: &Permit<MilestoneAct>,
    (k, x): (&Contract, &Milestone),
    m: &Moment,
) -> Result<()> {
    let who = who_in(work, &[k.poster, k.lead], &Vec::from_iter(x.assessed_by)).await?;
    let paper = MilestoneAssessment { k, x, at: m.now, who: &who };
    issue(work, permit, (x.id.0, x.challenge), None, (&who, &paper), m).await.map(drop)
}

/// 验收证书.
pub(in crate::app) async fn acceptance(
    work: &Work,
    permit: &Permit<AcceptanceAct>,
    (k, x): (&Contract, &Acceptance),
    m: &Moment,
) -> Result<()> {
    let who = who_in(work, &[k.poster, k.lead], &[]).await?;
    let paper = AcceptanceCertificate { k, x, at: m.now, who: &who };
    issue(work, permit, (x.id.0, x.challenge), None, (&who, &paper), m).await.map(drop)
}

/// 经费决算表.
pub(in crate::app) async fn final_account(
    work: &Work,
    permit: &Permit<FinalAccountAct>,
    (k, x): (&Contract, &FinalAccount),
    m: &Moment,
) -> Result<()> {
    let who = who_in(work, &[k.poster, k.lead], &[]).await?;
    issue(work, permit, (x.id.0, x.challenge), None, (&who, &FinalAccountPaper { k, x, who: &who }), m).await.map(drop)
}

/// 拨款审批单.
pub(in crate::app) async fn payment(
    work: &Work,
    permit: &Permit<InstalmentAct>,
    (k, i): (&Contract, &Instalment),
    m: &Moment,
) -> Result<()> {
    let people: Vec<AccountId> = [i.requested_by, i.checked_by, i.approved_by].into_iter().flatten().collect();
    let who = who_in(work, &[k.poster, k.lead, i.payer, i.payee], &people).await?;
    let paper = PaymentApproval { k, i, at: m.now, who: &who };
    issue(work, permit, (i.id.0, i.challenge), None, (&who, &paper), m).await.map(drop)
}
