use super::*;
use crate::app::query::Case;
use crate::domain::*;
use migration::MigratorTrait;
use std::collections::BTreeMap;

/// A directory that goes when the test ends.
struct Folder(std::path::PathBuf);
impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A demo county in a directory of its own.
async fn loaded(today: Timestamp) -> (App, Vec<DemoAccount>, Folder) {
    let dir = std::env::temp_dir().join(format!("jiebang-demo-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&dir).unwrap();
    let db = store::Db::connect(&format!("sqlite://{}/x.db", dir.display())).await.unwrap();
    migration::Migrator::up(db.connection(), None).await.unwrap();
    let files = outside::files::Files::local(&dir.join("files")).unwrap();
    let vault = outside::seal::Vault::fresh();
    let accounts = load(db.clone(), files.clone(), vault.clone(), today, &|done, of| assert!(done <= of)).await.unwrap();
    (App::new(db, Arc::new(SetClock::at(today)), files, vault), accounts, Folder(dir))
}

async fn cases(app: &App) -> BTreeMap<String, Case> {
    let mut cases = BTreeMap::new();
    let all = app.record(&Actor::system(), &[], 0, 100_000).await.unwrap();
    for entry in all.iter().filter(|e| e.kind == "challenge.creation" || e.kind == "challenge.relisting") {
        let id = entry.body["event"]["facts"]["new"].as_str().map_or(entry.subject, |new| new.parse().unwrap());
        let case = app.case(&Actor::system(), ChallengeId(id)).await.unwrap();
        let again = if case.challenge.previous.is_some() { "，重发" } else { "" };
        cases.insert(format!("{}{again}", case.challenge.title), case);
    }
    cases
}

fn find<'a>(cases: &'a BTreeMap<String, Case>, word: &str) -> &'a Case {
    let mut found = cases.iter().filter(|(title, _)| title.contains(word));
    let (_, case) = found.next().unwrap_or_else(|| panic!("no challenge about {word}"));
    assert!(found.next().is_none(), "one challenge about {word}");
    case
}

fn states(cases: &BTreeMap<String, Case>, today: Timestamp) -> BTreeMap<&'static str, usize> {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases.values() {
        *states.entry(case.challenge.state_at(today).id()).or_default() += 1;
    }
    states
}

fn expected() -> BTreeMap<&'static str, usize> {
    BTreeMap::from([
        ("appraisal", 1),
        ("archived", 1),
        ("award_notice", 1),
        ("awarded", 1),
        ("closed", 1),
        ("in_acceptance", 1),
        ("in_progress", 3),
        ("lapsed", 1),
        ("list_notice", 1),
        ("on_hold", 1),
        ("opened", 1),
        ("published", 4),
        ("returned", 1),
        ("reviewing", 2),
        ("submitted", 1),
        ("terminated", 1),
    ])
}

// Long: all stories of the demo county are lived.
#[tokio::test]
async fn the_county_stands_where_its_stories_lead() {
    let begun = std::time::Instant::now();
    let today = county::at(jiff::civil::date(2026, 11, 24), 9, 12);
    let (app, accounts, _folder) = loaded(today).await;
    let took = begun.elapsed();
    let cases = cases(&app).await;
    let record = app.record(&Actor::system(), &[], 0, 100_000).await.unwrap();
    eprintln!("{} challenges, {} entries of the record, {took:?}", cases.len(), record.len());
    assert_eq!(states(&cases, today), expected());

    assert!(record.windows(2).all(|w| w[0].at <= w[1].at && w[0].seq + 1 == w[1].seq), "the record's times never step back");
    assert_eq!(record[0].at, begins(today));
    assert!(record.last().is_some_and(|last| last.at <= today));
    for role in ["poster", "bidder", "officer", "checker", "head", "supervisor", "expert", "finance", "auditor", "administrator"]
    {
        assert!(accounts.iter().any(|a| a.role == role && a.password.len() > 20), "{role} can sign in");
    }
    for role in [Role::Officer, Role::Checker, Role::Head, Role::Supervisor, Role::Finance] {
        let actor = Actor { role, ..Actor::system() };
        assert!(app.waiting(&actor).await.unwrap() > 0, "something waits for {role:?}");
    }
    bids_and_notices(&cases, today);
    contracts(&app, &cases, today).await;
    books(&app).await;
}

fn bids_and_notices(cases: &BTreeMap<String, Case>, today: Timestamp) {
    let count = |word: &str, state: BidState| find(cases, word).bids.iter().filter(|b| b.head.state == state).count();
    assert_eq!([count("脱硫废液", BidState::Sealed), count("脱硫废液", BidState::Draft)], [2, 1]);
    let closes = |word: &str| Calendar::seed().remaining(date_of(today), date_of(find(cases, word).challenge.close_at.unwrap()));
    assert_eq!(closes("脱硫废液"), 6);
    assert!((13..=16).contains(&closes("燃料电池氢")) && (23..=26).contains(&closes("四大车")));
    let [asked, answered] =
        [false, true].map(|a| find(cases, "燃料电池氢").questions.iter().filter(|q| q.answer.is_some() == a).count());
    assert_eq!([asked, answered], [1, 2]);
    let race = [BidState::Valid, BidState::CorrectionRequested, BidState::Opened].map(|state| count("酚氰废水", state));
    assert_eq!(race, [1, 1, 2]);
    let blind = |state| find(cases, "高铝硅").assignments.iter().filter(|a| a.head.state == state).count();
    assert_eq!([blind(AssignmentState::BlindSubmitted), blind(AssignmentState::Cleared)], [4, 3]);
    let stopped = find(cases, "针状焦");
    let notices: Vec<NoticeState> = stopped.notices.iter().map(|n| n.head.state).collect();
    assert_eq!(
        (notices.len(), notices.contains(&NoticeState::Revoked), notices.contains(&NoticeState::Suspended)),
        (2, true, true)
    );
    assert!(find(cases, "石英管羟基").notices[0].single_bid);
    assert!(find(cases, "硝酸熔盐储热低熔点配方与腐蚀控制，重发").challenge.previous.is_some());
    assert_eq!(find(cases, "刀边").challenge.return_notes.len(), 3);
}

async fn contracts(app: &App, cases: &BTreeMap<String, Case>, today: Timestamp) {
    let late = &find(cases, "在线缺陷识别").contracts[0];
    let (nodes, plan, ..) = app.parts_of_contract(late).await.unwrap();
    assert!(nodes.iter().any(|x| x.head.state == MilestoneState::Active && x.is_overdue(today)), "evidence is overdue");
    assert!(nodes.iter().any(|x| x.head.state == MilestoneState::Passed));
    assert!(plan.iter().any(|i| i.source == "enterprise" && i.head.state == InstalmentState::Received));
    assert!(
        plan.iter().any(|i| i.head.state == InstalmentState::Requested && i.head.due < Some(today)),
        "the enterprise pays late"
    );

    let own = &find(cases, "呋喃树脂").contracts[0];
    let (nodes, plan, changes, _) = app.parts_of_contract(own).await.unwrap();
    assert!(own.extended && changes.iter().all(|x| x.head.state == ChangeState::Effective) && changes.len() == 2);
    assert!(plan.iter().any(|i| i.is_fiscal() && i.head.state == InstalmentState::Received));
    assert!(nodes.iter().any(|x| x.head.state == MilestoneState::Active));

    let mut lanes: Vec<ContractState> = find(cases, "废 SCR").contracts.iter().map(|k| k.head.state).collect();
    lanes.sort_unstable();
    assert_eq!(lanes, [ContractState::Effective, ContractState::Effective, ContractState::Terminated]);
    assert_eq!(find(cases, "缬氨酸").contracts[0].head.state, ContractState::Concluded);
    assert_eq!(find(cases, "缺陷识别技术（一期）").contracts[0].head.state, ContractState::Completed);
    let ended = &find(cases, "药剂循环").contracts[0];
    let (nodes, ..) = app.parts_of_contract(ended).await.unwrap();
    assert!(nodes[0].excused.as_ref().is_some_and(Diligence::is_complete), "its failure is excused");
    let sheet = app.settlements_of(ended).await.unwrap().remove(0);
    assert_eq!((sheet.head.state, sheet.returned_fen), (SettlementState::Settled, sheet.back_fen));
    assert!(sheet.back_fen > Money::default());
    let gates =
        app.gates_of(&Actor { role: Role::Auditor, ..Actor::system() }, find(cases, "废 SCR").challenge.id).await.unwrap();
    assert_eq!(gates.iter().map(|x| x.head.state).collect::<Vec<_>>(), [GateState::Decided]);
}

/// Holidays fall differently each time: no story may break, wherever today lies.
#[tokio::test]
#[ignore = "slow: loads a county for each of several days"]
async fn the_county_loads_on_any_day() {
    for (year, month, day) in [(2026, 10, 5), (2026, 12, 31), (2027, 2, 20), (2027, 5, 31), (2028, 3, 1)] {
        let today = county::at(jiff::civil::date(year, month, day), 0, 5);
        let (app, _, _folder) = loaded(today).await;
        let cases = cases(&app).await;
        assert_eq!(states(&cases, today), expected(), "{year}-{month}-{day}");
        contracts(&app, &cases, today).await;
    }
}

/// Money moved, was spent and was accounted for, and the books of the whole county balance.
async fn books(app: &App) {
    let auditor = Actor { role: Role::Auditor, ..Actor::system() };
    let lines = app.trial_balance(&auditor, TrialScope::default()).await.unwrap();
    let sum = |side: fn(&TrialLine) -> Money| Money::sum(lines.iter().map(side)).unwrap();
    assert_eq!(sum(|l| l.debit_fen), sum(|l| l.credit_fen));
    let used: Vec<LedgerAccount> = lines.iter().map(|l| l.account).collect();
    for account in [LedgerAccount::Unlocked, LedgerAccount::Received, LedgerAccount::Accounted] {
        assert!(used.contains(&account), "{account:?}");
    }
    let accounts = app.own::<FinalAccount>(&auditor, vec![], crate::app::Page::first(20)).await.unwrap().items;
    assert!(accounts.iter().any(|x| x.head.state == FinalAccountState::Settled));
    let spent = app.own::<Spending>(&auditor, vec![], crate::app::Page::first(100)).await.unwrap().items;
    assert!(spent.len() >= 20 && spent.iter().any(|x| x.head.state == SpendingState::Cleared));
}
