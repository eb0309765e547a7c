//! Who may do what, asked of the policy itself: every step of every life by every role on both sides, as a table that people
//! review; the pairs of steps that are two people's; and for whom a bid exists, state by state.
use super::support::*;
use jiebang::domain::{forms::*, policy::Denied, *};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One real thing of each noun, to be put into each of its states.
pub(super) struct Things {
    challenge: Challenge,
    bid: Bid,
    talk: Talk,
    assignment: Assignment,
    notice: Notice,
    objection: Objection,
    tip_off: TipOff,
    contract: Contract,
    milestone: Milestone,
    instalment: Instalment,
    change: ContractChange,
    acceptance: Acceptance,
    spending: Spending,
    account: FinalAccount,
    finding: Finding,
    gate: Gate,
    settlement: Settlement,
    progress: Progress,
    integrity: Integrity,
    follow_up: FollowUp,
    budget: Budget,
    budget_doc: BudgetDoc,
}

pub(super) async fn things(s: &Stage) -> Things {
    let (c, bids, n) = s.to_notice(ENTERPRISE, &[90, 85, 80]).await;
    let o = s.object(n, s.who("bidder2")).await;
    let objection = s.objection(o).await;
    s.app().withdraw_objection(s.who("bidder2"), o, reason()).await.unwrap();
    s.confirm(n).await;
    let k = s.contracts(c).await[0].id;
    s.put_in_force(k, ENTERPRISE, 0).await;
    let more = s.with_partner(&s.contract(k).await, "u2");
    let change = s.app().ask_change(s.who("bidder1"), k, Stage::asked("partner", more)).await.unwrap();
    for number in 1..=3 {
        s.pass_milestone(k, number, ENTERPRISE, 0).await;
    }
    let open = s.to_published(ENTERPRISE, "single").await;
    let talk = s
        .app()
        .register_interest(s.who("bidder1"), open, form(json!({ "note": "我校有脱硫废液处理的中试经验。" })))
        .await
        .unwrap();
    let spent = json!({
        "spent_on": s.today(), "amount_fen": 100, "payee": "示例试剂有限公司", "payee_kind": "unit", "purpose": "购买实验用试剂", "source": "own",
        "class": "materials", "payment_way": "transfer", "voucher": "记-0001", "place": "in_county", "none_of_negative_list": true,
    });
    let spending = s.app().record_spending(s.who("bidder1"), k, form(spent)).await.unwrap();
    let account = s.app().prepare_account(s.who("bidder1"), k, form(json!({ "none_of_negative_list": true }))).await.unwrap();
    let flag = jiebang::domain::Flag { kind: FlagKind::SingleBid, subject: c.0, threshold: None, evidence: vec![] };
    let mut finding = Finding::ask(FindingId(c.0), c, flag, &RuleSet::default(), &s.app().glance().await.unwrap());
    finding.say(s.who("auditor"), "question", "请说明。".into(), &s.app().glance().await.unwrap());
    let contract = s.contract(k).await;
    let progress = s.file_report(k, 0, "progress", json!({})).await;
    let proposal = json!({ "against": "bidder", "kind": "breach", "facts": "未按任务书约定使用资金，经两次提醒仍未改正。" });
    let integrity = s.app().propose_integrity(s.who("officer"), k, form(proposal)).await.unwrap();
    let m = Moment { now: s.now(), calendar: std::sync::Arc::new(Calendar::seed()) };
    let mut ended = contract.clone();
    ended.ending = Some("technical".into());
    let settlement = Settlement::draw(SettlementId(Uuid::from_u128(1)), &ended, &Books::default(), &m, &RuleSet::default());
    let follow_up = FollowUp::plan(&contract, &m, 1).remove(0);
    let gate = gate_of(&contract, &m);
    let budget = Budget {
        id: BudgetId(Uuid::from_u128(4)),
        contract: k,
        challenge: c,
        poster: contract.poster,
        lead: contract.lead,
        head: Head::new(BudgetState::Proposed, &m, None),
        total_fen: Money::default(),
        heads: budget::Heads::default(),
        basis: String::new(),
        adjustments: vec![],
        files: vec![],
        reason: None,
    };
    let budget_doc = s.app().open_budget_docs(2026).await.unwrap().remove(0);
    let mut instalment = s.instalments(k).await.remove(0);
    instalment.requested_by = None;
    let clue = json!({ "about": "other", "text": "有关单位在实施中虚报试验数据，可调取原始记录核查。" });
    let tip_off = s.app().file_tip_off(form(clue)).await.unwrap();
    Things {
        challenge: s.challenge(c).await,
        bid: s.bid(bids[0]).await,
        talk,
        assignment: s.assignments(c).await.remove(0),
        notice: s.notice(n).await,
        objection,
        tip_off,
        contract: s.contract(k).await,
        milestone: s.milestones(k).await.remove(0),
        instalment,
        change,
        acceptance: s.acceptance(k).await,
        spending,
        account,
        finding,
        gate,
        settlement,
        progress,
        integrity,
        follow_up,
        budget,
        budget_doc,
    }
}

/// A checkpoint whose first lane is this contract's, joining another's.
fn gate_of(k: &Contract, m: &Moment) -> Gate {
    let lane = |n: i64, lead: OrgId| json!({ "lane": n, "contract": k.id, "lead": lead, "values": [], "report": null, "reported_at": null, "ruling": null });
    let merger = json!({
        "from": 1, "into": 2, "task": "联合中试", "work_bp": 3000, "county_fen": 0, "enterprise_fen": 0, "ip_owner": "joint", "ip_note": "各自所有", "agreed": [],
    });
    serde_json::from_value(json!({
        "id": Uuid::from_u128(2), "challenge": k.challenge, "poster": k.poster, "number": 1, "name": "中期考核", "last": false, "held_on": "2026-09-01",
        "head": { "state": "set", "since": m.now, "due": null, "version": 0 }, "due_at": m.now + jiff::SignedDuration::from_hours(1), "table": [],
        "lanes": [lane(1, k.lead), lane(2, OrgId(Uuid::from_u128(3)))], "experts": [], "conclusion": null, "minutes": null, "merger": merger,
    }))
    .unwrap()
}

/// Everybody who can ask: the two sides of a thing, and each role of the bureau at the bureau.
fn askers(s: &Stage, t: &Things) -> Vec<(&'static str, Actor)> {
    let named = |name: &str| s.who(name).clone();
    let own_officer = Actor { org: t.challenge.org, ..named("officer2") };
    let expert = s.expert(t.assignment.expert).clone();
    let other_expert = Actor { account: AccountId(Uuid::from_u128(7)), ..expert.clone() };
    vec![
        ("visitor", Actor::visitor()),
        ("author", named("bidder2")),
        ("poster", named("poster")),
        ("other poster", named("poster2")),
        ("bidder", named("bidder1")),
        ("other bidder", named("bidder3")),
        ("officer", named("officer2")),
        ("poster's officer", own_officer),
        ("checker", named("checker")),
        ("head", named("head")),
        ("supervisor", named("supervisor")),
        ("expert", expert),
        ("other expert", other_expert),
        ("finance", named("finance")),
        ("auditor", named("auditor")),
        ("administrator", named("admin")),
        ("system", Actor::system()),
    ]
}

fn cell<T>(r: Result<T, Denied>) -> &'static str {
    match r {
        Ok(_) => "yes",
        Err(Denied::Forbidden) => "-",
        Err(Denied::Hidden) => "hidden",
        Err(Denied::SignIn) => "sign in",
        Err(Denied::SamePerson) => "same",
        Err(Denied::Unproven) => "unproven",
        Err(Denied::StandsAside) => "aside",
    }
}

/// A line for each step of a life: who may take it from there.
fn matrix(
    out: &mut String,
    life: life::Life,
    askers: &[(&'static str, Actor)],
    mut ask: impl FnMut(&Actor, &str, &str) -> &'static str,
) {
    *out += &format!("\n## {}\n", life.noun);
    for l in &life.lines {
        let mut groups: Vec<(&str, Vec<&str>)> = ["yes", "same", "-", "sign in", "hidden"].map(|g| (g, vec![])).to_vec();
        for (name, actor) in askers {
            let said = ask(actor, l.from, l.act);
            groups.iter_mut().find(|g| g.0 == said).unwrap().1.push(name);
        }
        *out += &format!("{} {} -> {}\n", l.from, l.act, l.to);
        for (said, who) in groups.iter().filter(|(said, who)| !who.is_empty() && matches!(*said, "yes" | "same" | "hidden")) {
            *out += &format!("    {said}: {}\n", who.join(", "));
        }
    }
}

fn act<A: Copy + 'static>(all: &'static [A], id: fn(A) -> &'static str, wanted: &str) -> A {
    *all.iter().find(|a| id(**a) == wanted).unwrap()
}

/// With UPDATE_MATRIX=1 the test writes the table instead of comparing it: look at the difference before it is committed.
#[tokio::test]
async fn the_matrix_of_permissions_is_the_one_that_was_reviewed() {
    let s = Stage::new().await;
    let t = things(&s).await;
    let who = askers(&s, &t);
    let now = s.now();
    let mut out = String::from(
        "# Who may take which step from where, as the policy answers; whoever is not named is told that it may not.\n",
    );
    macro_rules! table {
        ($state:ident $act:ident, $thing:ident, |$a:ident, $x:ident, $step:ident| $ask:expr) => {
            matrix(&mut out, $state::life(), &who, |$a, from, act_id| {
                let mut $x = t.$thing.clone();
                $x.head.state = $state::parse(from).unwrap();
                let $step = act($act::ALL, $act::id, act_id);
                cell($ask)
            })
        };
    }
    // The first halves of steps that are two people's were taken by `officer`; the officer who asks is another.
    table!(ChallengeState ChallengeAct, challenge, |a, x, step| {
        if !x.head.state.is_public() { x.listing = None; }
        x.close_at = Some(now + jiff::SignedDuration::from_hours(1));
        if x.head.state == ChallengeState::Closed { x.head.state = ChallengeState::Published; x.close_at = Some(now); }
        policy::on_challenge(a, &x, step, now)
    });
    table!(BidState BidAct, bid, |a, x, step| {
        let mut c = t.challenge.clone();
        if matches!(x.head.state, BidState::Draft | BidState::Sealed | BidState::Withdrawn) { c.opened_at = None; c.ranking.clear(); }
        policy::on_bid(a, &x, &c, step)
    });
    table!(TalkState TalkAct, talk, |a, x, step| policy::on_talk(a, &x, step));
    table!(AssignmentState AssignmentAct, assignment, |a, x, step| policy::on_assignment(a, &x, step));
    table!(NoticeState NoticeAct, notice, |a, x, step| policy::on_notice(a, &x, step));
    table!(ObjectionState ObjectionAct, objection, |a, x, step| policy::on_objection(a, &x, &t.notice, step));
    table!(TipOffState TipOffAct, tip_off, |a, x, step| policy::on_tip_off(a, &x, step));
    table!(ContractState ContractAct, contract, |a, x, step| policy::on_contract(a, &x, step));
    table!(MilestoneState MilestoneAct, milestone, |a, x, step| policy::on_milestone(a, &x, &t.contract, step));
    table!(InstalmentState InstalmentAct, instalment, |a, x, step| policy::on_instalment(a, &x, &t.contract, step));
    table!(ChangeState ChangeAct, change, |a, x, step| policy::on_change(a, &x, &t.contract, step));
    table!(AcceptanceState AcceptanceAct, acceptance, |a, x, step| policy::on_acceptance(a, &x, &t.contract, step));
    table!(SpendingState SpendingAct, spending, |a, x, step| policy::on_spending(a, &x, &t.contract, step));
    table!(FinalAccountState FinalAccountAct, account, |a, x, step| policy::on_final_account(a, &x, &t.contract, step));
    table!(FindingState FindingAct, finding, |a, x, step| policy::on_finding(a, &x, step));
    table!(GateState GateAct, gate, |a, x, step| policy::on_gate(a, &x, step));
    table!(SettlementState SettlementAct, settlement, |a, x, step| policy::on_settlement(a, &x, &t.contract, step));
    table!(ProgressState ProgressAct, progress, |a, x, step| policy::on_progress(a, &x, &t.contract, step));
    table!(IntegrityState IntegrityAct, integrity, |a, x, step| policy::on_integrity(a, &x, step, now));
    table!(BudgetState BudgetAct, budget, |a, x, step| policy::on_budget(a, &x, &t.contract, step));
    table!(BudgetDocState BudgetDocAct, budget_doc, |a, x, step| policy::on_budget_doc(a, &x, step));
    table!(FollowUpState FollowUpAct, follow_up, |a, x, step| policy::on_follow_up(a, &x, &t.contract, step));
    let path = format!("{}/tests/it/acts/matrix.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("UPDATE_MATRIX").is_ok() {
        std::fs::write(&path, &out).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    let new: Vec<&str> = out.lines().zip(reviewed.lines()).filter(|(a, b)| a != b).map(|(a, _)| a).collect();
    assert!(
        out == reviewed,
        "tests/it/acts/matrix.txt has drifted: UPDATE_MATRIX=1 writes it; first differences {:?}",
        &new[..new.len().min(5)]
    );
}

/// Whom nobody ever lets act: visitors, the auditor, the administrator; the platform itself decides nothing that a person decides.
#[test]
fn no_life_names_those_without_business_power() {
    let mut named: BTreeSet<Role> = BTreeSet::new();
    // What the auditor found is the auditor's to settle: it moves no bid, no award, no money.
    for life in lives().into_iter().filter(|l| l.noun != "finding") {
        for l in &life.lines {
            named.extend(l.who.iter().copied());
            assert!(!l.who.contains(&Role::System) || l.who.len() == 1, "{} {} mixes the platform with people", life.noun, l.act);
        }
    }
    let silent: Vec<&str> = Role::ALL.iter().filter(|r| !named.contains(r)).map(|r| r.id()).collect();
    assert_eq!(silent, ["auditor", "administrator"]);
}

#[tokio::test]
async fn two_halves_of_one_step_are_two_peoples() {
    let s = Stage::new().await;
    let t = things(&s).await;
    let same = |role: Role, by: AccountId| Actor { account: by, role, ..s.who("officer").clone() };
    let by = s.who("officer").account;
    let now = s.now();
    let mut c = t.challenge.clone();
    let half = Some(Half { by, at: now, note: None });
    (c.stages.price, c.screening, c.opening) = (half.clone(), half.clone(), half.clone());
    (c.withdrawal, c.created_by) = (half, by);
    let mut said = vec![];
    for (state, step, role) in [
        (ChallengeState::Submitted, ChallengeAct::Screen, Role::Officer),
        (ChallengeState::Submitted, ChallengeAct::Pass, Role::Checker),
        (ChallengeState::Published, ChallengeAct::Withdraw, Role::Officer),
        (ChallengeState::Closed, ChallengeAct::Open, Role::Supervisor),
        (ChallengeState::Reviewing, ChallengeAct::OpenPrice, Role::Supervisor),
    ] {
        c.head.state = state;
        said.push(policy::on_challenge(&same(role, by), &c, step, now).map(|_| ()));
    }
    let mut b = t.bid.clone();
    (b.head.state, b.form_check) = (BidState::Opened, Some(FormCheck { by, outcome: "valid".into(), reason: None }));
    said.push(policy::on_bid(&same(Role::Checker, by), &b, &t.challenge, BidAct::Validate).map(|_| ()));
    let mut n = t.notice.clone();
    (n.head.state, n.prepared_by) = (NoticeState::Draft, by);
    said.push(policy::on_notice(&same(Role::Head, by), &n, NoticeAct::Publish).map(|_| ()));
    let mut o = t.objection.clone();
    o.head.state = ObjectionState::Filed;
    said.push(policy::on_objection(&same(Role::Checker, by), &o, &n, ObjectionAct::Accept).map(|_| ()));
    (o.head.state, o.accepted_by) = (ObjectionState::Investigating, Some(by));
    said.push(policy::on_objection(&same(Role::Head, by), &o, &t.notice, ObjectionAct::Uphold).map(|_| ()));
    let mut i = t.instalment.clone();
    (i.requested_by, i.checked_by, i.approved_by) = (Some(by), Some(by), Some(by));
    for (state, step, role) in [
        (InstalmentState::Requested, InstalmentAct::Check, Role::Officer),
        (InstalmentState::Checked, InstalmentAct::Approve, Role::Head),
        (InstalmentState::Approved, InstalmentAct::PayFiscal, Role::Finance),
    ] {
        i.head.state = state;
        said.push(policy::on_instalment(&same(role, by), &i, &t.contract, step).map(|_| ()));
    }
    assert_eq!(said, vec![Err(Denied::SamePerson); 12]);
}

/// Before the opening a bid exists for its team alone; after it for the bureau and oversight; for the poster once the panel
/// has reported; for a rival, the public, finance and the administrator never.
#[tokio::test]
async fn for_whom_a_bid_exists_in_every_state_of_its_challenge() {
    let s = Stage::new().await;
    let t = things(&s).await;
    let who = askers(&s, &t);
    let seen = |c: &Challenge, b: &Bid| -> Vec<&'static str> {
        who.iter().filter(|(_, a)| policy::see_bid(a, b, c).is_ok()).map(|(n, _)| *n).collect()
    };
    let bureau = ["officer", "poster's officer", "checker", "head", "supervisor", "auditor"];
    let mut table = vec![];
    for state in ChallengeState::ALL {
        let (mut c, mut b) = (t.challenge.clone(), t.bid.clone());
        c.head.state = *state;
        if !state.is_after_opening() && *state != ChallengeState::Lapsed {
            (c.opened_at, c.opened_bids) = (None, None);
            c.ranking.clear();
            b.head.state = BidState::Sealed;
        } else if matches!(state, ChallengeState::Opened | ChallengeState::Reviewing) {
            c.ranking.clear();
        }
        table.push((*state, seen(&c, &b)));
    }
    let team = vec!["bidder", "system"];
    let opened: Vec<&str> = ["bidder"].into_iter().chain(bureau.into_iter().take(5)).chain(["auditor", "system"]).collect();
    let reported: Vec<&str> = ["poster"].into_iter().chain(opened.clone()).collect();
    use ChallengeState as S;
    for (state, seen) in table {
        let expected = match state {
            S::Opened | S::Reviewing => &opened,
            S::Negotiating
            | S::AwardDecision
            | S::AwardNotice
            | S::OnHold
            | S::Awarded
            | S::InProgress
            | S::InAcceptance
            | S::Archived
            | S::Terminated
            | S::Lapsed => &reported,
            S::Draft
            | S::Submitted
            | S::Returned
            | S::Declined
            | S::Appraisal
            | S::Shelved
            | S::Rejected
            | S::Decided
            | S::ListNotice
            | S::Published
            | S::Suspended
            | S::Withdrawn
            | S::Cancelled
            | S::Closed => &team,
        };
        assert_eq!(&seen, expected, "{}", state.id());
    }
    // Taken back or never sealed: nobody else ever sees it, though others were opened.
    for state in [BidState::Draft, BidState::Withdrawn, BidState::Expired] {
        let mut b = t.bid.clone();
        b.head.state = state;
        assert_eq!(seen(&t.challenge, &b), team);
    }
}

/// The acts themselves, not only the policy: before the opening everybody but the team is told that there is nothing.
#[tokio::test]
async fn before_the_opening_a_bid_is_nowhere_to_be_found() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let b = s.seal(c, "bidder1", s.offer(0, ENTERPRISE)).await;
    for closed in [false, true] {
        if closed {
            s.close(c).await;
            s.app().begin_opening(s.who("officer"), c, plain()).await.unwrap();
        }
        for name in
            ["officer", "checker", "head", "supervisor", "auditor", "admin", "finance", "poster", "poster2", "bidder2", "expert0"]
        {
            let a = s.who(name);
            assert_eq!(told(s.app().bid(a, b).await), "hidden", "{name}");
            assert_eq!(told(s.app().disqualify_bid(a, b, meeting(json!({ "reason": "材料系伪造" }))).await), "hidden", "{name}");
            let case = s.app().case(a, c).await.unwrap();
            let tell = (case.bids.len(), case.challenge.opened_bids, case.turns.iter().any(|w| w.noun == Noun::Bid));
            assert_eq!(tell, (0, None, false), "{name}");
            let listed = s.app().own::<Bid>(a, vec![], jiebang::store::Page::first(50)).await.unwrap();
            assert_eq!(listed.items.len(), 0, "{name}");
            let story = s.app().story(a, &case.challenge, None, 200).await.unwrap();
            assert!(!story.iter().any(|e| e.kind.starts_with("bid.")), "{name}");
        }
    }
    s.app().open_bids(s.who("supervisor"), c, plain()).await.unwrap();
    let listed = s.app().own::<Bid>(s.who("officer"), vec![], jiebang::store::Page::first(50)).await.unwrap();
    assert_eq!(listed.items.iter().map(|x| x.id).collect::<Vec<_>>(), [b]);
}

#[tokio::test]
async fn an_expert_sees_the_blind_part_after_its_commitment_and_the_names_after_its_blind_scores() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    let a = s.assignments(c).await.remove(0);
    let e = s.expert(a.expert);
    let read = async || {
        let (a, b) = (s.assignments(c).await.into_iter().find(|x| x.id == a.id).unwrap(), s.bid(bids[0]).await);
        match s.app().offer_for_review(e, &a, &b).await {
            Ok(offer) => format!("reads, open part {}", offer.get("pi_name").is_some()),
            Err(other) => told::<()>(Err(other)),
        }
    };
    let mut seen = vec![read().await];
    s.app().accept_invitation(e, a.id, NoConflict { no_conflict: true }).await.unwrap();
    seen.push(read().await);
    s.app().commit_expert(e, a.id, Commitment { independence: true, secrecy: true, no_lobbying: true }).await.unwrap();
    seen.push(read().await);
    for b in &bids {
        s.app().score_bid(e, a.id, *b, Stage::sheet(80, true)).await.unwrap();
    }
    s.app().submit_blind(e, a.id, plain()).await.unwrap();
    seen.push(read().await);
    for other in s.assignments(c).await.iter().filter(|x| x.id != a.id) {
        s.seat(other).await;
        s.score_blind(other, &bids, &[80, 80, 80]).await;
    }
    s.open_price(c).await;
    seen.push(read().await);
    let closed = "reads, open part false";
    assert_eq!(seen, ["hidden", "hidden", closed, closed, "reads, open part true"]);
    assert_eq!(
        told(s.app().score_bid(e, a.id, bids[0], Stage::sheet(90, true)).await).split(' ').nth(1),
        Some("score_locked,"),
        "blind scores are read-only now"
    );
    let other = s.assignments(c).await.into_iter().find(|x| x.id != a.id).unwrap();
    assert_eq!(told(s.app().score_bid(e, other.id, bids[0], Stage::sheet(90, true)).await), "hidden");
}

#[tokio::test]
async fn accounts_are_the_administrators_and_business_is_not() {
    let s = Stage::new().await;
    let c = s.to_submitted("poster", need(ENTERPRISE, "single")).await;
    let admin = s.who("admin");
    let account = || {
        form::<CreateAccount>(
            json!({ "email": "new@unit.example", "name": "新示例", "role": "officer", "organisation": s.t.org("bureau")["id"] }),
        )
    };
    for name in ["officer", "head", "auditor", "poster"] {
        assert_eq!(told(s.app().create_account(s.who(name), account()).await), "hidden", "{name}");
    }
    assert_eq!(told(s.app().create_account(admin, account()).await), "ok");
    assert_eq!(told(s.app().create_account(admin, account()).await), "email_taken");
    assert_eq!(told(s.app().set_account_active(admin, admin.account, false).await), "not_oneself");
    assert_eq!(told(s.app().challenge(admin, c).await), "hidden", "a need in hand is none of its business");
    assert_eq!(told(s.app().record(admin, &[], 0, 10).await), "hidden");
    assert_eq!(told(s.app().record(s.who("auditor"), &[], 0, 10).await), "ok");
}
