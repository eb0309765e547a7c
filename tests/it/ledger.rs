//! The ledger: what acts write into it, what the database refuses, what it shows and to whom.
use crate::{acts::support::*, support};
use jiebang::{
    domain::{forms::*, *},
    store,
};
use proptest::{prelude::*, strategy::ValueTree};
use sea_orm::{ConnectionTrait, EntityTrait, Statement, TransactionTrait};
use serde_json::{Value, json};
use uuid::Uuid;

/// A channel's accounts that hold something, as `account wan`.
async fn stands(s: &Stage, k: ContractId, channel: Channel) -> Vec<String> {
    let book = s.app().contract_book(s.who("auditor"), &s.contract(k).await, None).await.unwrap();
    assert_eq!(book.faults(), Vec::<String>::new());
    LedgerAccount::ALL
        .iter()
        .filter(|a| book.balance(channel, **a) != Money::default())
        .map(|a| format!("{} {}", a.id(), book.balance(channel, *a).wan_text()))
        .collect()
}

async fn trial(s: &Stage, scope: TrialScope) -> Vec<TrialLine> {
    s.app().trial_balance(s.who("finance"), scope).await.unwrap()
}

/// The journal of a contract as `act channel wan`.
async fn acts(s: &Stage, k: ContractId) -> Vec<String> {
    let k = s.contract(k).await;
    let all = s.app().contract_journal(s.who("auditor"), &k, None, store::Page::first(100)).await.unwrap().items;
    let sum = |e: &LedgerEntry| Money::sum(e.postings.iter().map(|p| p.debit_fen)).unwrap().wan_text();
    all.iter().map(|e| format!("{} {} {}", e.act.id(), e.channel.id(), sum(e))).collect()
}

#[tokio::test]
async fn money_is_followed_from_promise_to_receipt() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 200.00", "promised 120.00", "unlocked 80.00"]);
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 20.00", "promised 20.00"]);
    let first = s.instalments(k).await.remove(3);
    s.request(&first, "bidder1", "u1").await;
    s.app().check_payment(s.who("officer"), first.id, plain()).await.unwrap();
    s.app().approve_payment(s.who("head"), first.id, s.budget()).await.unwrap();
    s.app().pay_fiscal(s.who("finance"), first.id, s.payment(&first)).await.unwrap();
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 200.00", "promised 120.00", "paid 80.00"]);
    s.receive(&first, "bidder1").await;
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 200.00", "promised 120.00", "received 80.00"]);
    s.pass_milestone(k, 1, GOVERNMENT, 0).await;
    s.pay_firm(&s.instalments(k).await[0], "service", 0).await;
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 20.00", "promised 14.00", "received 6.00"]);
    let made = acts(&s, k).await;
    assert_eq!(
        made,
        [
            "promise fiscal 200.00",
            "promise enterprise 20.00",
            "unlock fiscal 80.00",
            "payment fiscal 80.00",
            "receipt fiscal 80.00",
            "unlock enterprise 6.00",
            "payment enterprise 6.00",
            "receipt enterprise 6.00",
        ]
    );
    let contract = s.contract(k).await;
    let journal = s.app().contract_journal(s.who("bidder1"), &contract, None, store::Page::first(100)).await.unwrap().items;
    assert_eq!((journal[3].budget_year, journal[3].budget_doc_no.as_deref()), (Some(2026), Some("交财预〔2026〕8号")));
    assert_eq!(journal[3].reference.as_deref(), Some("国库支付0001"));
}

#[tokio::test]
async fn an_ending_releases_what_can_no_longer_fall_due_and_what_was_paid_is_clawed_back() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let first = s.instalments(k).await.remove(3);
    s.pay_county(&first, "bidder1", "u1").await;
    s.revoke(k, "falsehood").await;
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 80.00", "received 80.00"]);
    assert_eq!(stands(&s, k, Channel::Enterprise).await, Vec::<String>::new());
    s.app().claw_back(s.who("head"), first.id, meeting(json!({}))).await.unwrap();
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 80.00", "recoverable 80.00"]);
    s.app().recover(s.who("finance"), first.id, s.payment(&first)).await.unwrap();
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 80.00", "clawed_back 80.00"]);
}

#[tokio::test]
async fn a_returned_payment_is_taken_back_by_its_counter_entry_and_paid_again() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(ENTERPRISE, &[90, 85]).await;
    s.pass_milestone(k, 1, ENTERPRISE, 0).await;
    let first = s.instalments(k).await.remove(0);
    s.request(&first, "bidder1", "u1").await;
    s.app().pay_enterprise(s.who("poster"), first.id, s.payment(&first)).await.unwrap();
    // 30 % of the enterprise's part is paid: half of the subsidy falls due, and is due no longer once the bank returned it.
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 40.00", "promised 20.00", "unlocked 20.00"]);
    assert_eq!(told(s.app().bounce_payment(s.who("finance"), first.id, reason()).await), "forbidden");
    assert_eq!(told(s.app().bounce_payment(s.who("poster2"), first.id, reason()).await), "hidden");
    s.app().bounce_payment(s.who("poster"), first.id, reason()).await.unwrap();
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 40.00", "promised 40.00"]);
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 180.00", "promised 126.00", "unlocked 54.00"]);
    s.app().pay_enterprise(s.who("poster"), first.id, s.payment(&first)).await.unwrap();
    s.receive(&first, "bidder1").await;
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 180.00", "promised 126.00", "received 54.00"]);
    assert_eq!(told(s.app().bounce_payment(s.who("poster"), first.id, reason()).await), "out_of_order");
    let taken_back = acts(&s, k).await.iter().filter(|a| a.starts_with("reversal")).count();
    assert_eq!(taken_back, 2, "the payment and the unlocking");
}

/// One day of a contract's life after another: the balances of each day are still told at the end of all of them.
#[tokio::test]
async fn balances_are_proved_at_any_past_moment() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let scopes = |at| {
        [
            TrialScope { contract: None, year: None, at },
            TrialScope { contract: Some(k), year: None, at },
            TrialScope { contract: None, year: Some(2026), at },
            TrialScope { contract: Some(k), year: Some(2027), at },
        ]
    };
    let mut seen = vec![];
    let mut snap = async || {
        let mut all = vec![];
        for scope in scopes(None) {
            all.push(trial(&s, scope).await);
        }
        seen.push((s.now(), all));
        s.advance(40);
    };
    snap().await;
    let first = s.instalments(k).await.remove(3);
    s.pay_county(&first, "bidder1", "u1").await;
    snap().await;
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
        snap().await;
    }
    s.set_clock("2027-02-01T00:00:00Z".parse().unwrap());
    s.pay_firm(&s.instalments(k).await[0], "service", 0).await;
    snap().await;
    let years = [2026, 2027].map(|year| TrialScope { contract: None, year: Some(year), at: None });
    let whole: Vec<Money> = vec![
        Money::sum(trial(&s, years[0]).await.iter().chain(&trial(&s, years[1]).await).map(|l| l.debit_fen)).unwrap(),
        Money::sum(trial(&s, TrialScope::default()).await.iter().map(|l| l.debit_fen)).unwrap(),
    ];
    assert_eq!(whole[0], whole[1], "the years make up the whole");
    assert_eq!(seen.len(), 6);
    for (at, all) in seen {
        for (scope, was) in scopes(Some(at)).into_iter().zip(all) {
            assert_eq!(trial(&s, scope).await, was, "{at} {scope:?}");
            let sums = (Money::sum(was.iter().map(|l| l.debit_fen)), Money::sum(was.iter().map(|l| l.credit_fen)));
            assert_eq!(sums.0, sums.1);
        }
    }
}

fn hex(s: &Stage, id: Uuid) -> String {
    if s.app().db.is_postgres() { format!("'{id}'") } else { format!("x'{}'", id.simple()) }
}

/// Rows planted past the application, each in a transaction of its own; says what the database said.
async fn planted(s: &Stage, statements: &[String]) -> String {
    let tx = s.app().db.connection().begin().await.unwrap();
    for sql in statements {
        if let Err(e) = tx.execute_unprepared(sql).await {
            drop(tx.rollback().await);
            return e.to_string();
        }
    }
    tx.commit().await.map_or_else(|e| e.to_string(), |()| "taken".into())
}

#[tokio::test]
async fn the_database_itself_refuses_what_is_not_double_entry() {
    let s = Stage::new().await;
    let (c, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let db = s.app().db.connection();
    let (k, c) = (hex(&s, k.0), hex(&s, c.0));
    let posting = |e: Uuid, account: &str, debit: i64, credit: i64| {
        format!(
            "INSERT INTO ledger_posting (id, entry_id, contract_id, channel, account, debit_fen, credit_fen, year, at) VALUES ({}, {}, {k}, 'fiscal', '{account}', {debit}, {credit}, 2026, 5)",
            hex(&s, Uuid::new_v4()),
            hex(&s, e)
        )
    };
    let entry = |e: Uuid, act: &str| {
        format!(
            "INSERT INTO ledger_entry (id, contract_id, challenge_id, channel, act, noun, subject_id, memo, year, at) VALUES ({}, {k}, {c}, 'fiscal', '{act}', 'contract', {k}, 'm', 2026, 5)",
            hex(&s, e)
        )
    };
    let before = trial(&s, TrialScope::default()).await;
    let e = Uuid::new_v4();
    let cases: Vec<(&str, Vec<String>)> = vec![
        ("balance", vec![posting(e, "unlocked", 7, 0), posting(e, "promised", 0, 6), entry(e, "unlock")]),
        ("balance", vec![posting(e, "unlocked", 7, 0), entry(e, "unlock")]),
        ("balance", vec![entry(e, "unlock")]),
        ("ledger_balance", vec![posting(e, "accounted", 7, 0), posting(e, "received", 0, 7), entry(e, "spending")]),
        ("holds", vec![posting(e, "promised", 1, 0), posting(e, "commitment", 0, 1), entry(e, "promise")]),
        ("ledger_entry", vec![posting(e, "paid", 7, 0), posting(e, "unlocked", 0, 7), entry(e, "payment")]),
        ("ledger_posting", vec![posting(e, "unlocked", -7, 0), posting(e, "promised", 0, -7), entry(e, "unlock")]),
        ("ledger_posting", vec![posting(e, "pocket", 7, 0), posting(e, "promised", 0, 7), entry(e, "unlock")]),
        ("", vec![posting(e, "unlocked", 7, 0), posting(e, "promised", 0, 7)]),
    ];
    for (why, statements) in cases {
        let said = planted(&s, &statements).await;
        let said_so = said.contains(why) || (why == "ledger_balance" || why.starts_with("ledger_")) && said.contains("CHECK");
        assert!(said != "taken" && said_so, "{why}: {said} {statements:?}");
    }
    assert_eq!(trial(&s, TrialScope::default()).await, before, "nothing of it stayed");
    // A good one is taken; afterwards it is complete, and nothing of the ledger changes.
    assert_eq!(planted(&s, &[posting(e, "unlocked", 7, 0), posting(e, "promised", 0, 7), entry(e, "unlock")]).await, "taken");
    assert!(planted(&s, &[posting(e, "paid", 7, 0)]).await.contains("complete"));
    let mut change =
        vec!["UPDATE ledger_posting SET debit_fen = 1", "DELETE FROM ledger_posting", "UPDATE ledger_entry SET memo = 'x'"];
    change.push("DELETE FROM ledger_entry");
    if s.app().db.is_postgres() {
        change.extend(["TRUNCATE ledger_posting", "TRUNCATE ledger_entry CASCADE"]);
    }
    for statement in change {
        let said = db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(said.contains("append-only"), "{statement}: {said}");
    }
}

/// Balances and the years' turnover, recomputed from the postings.
async fn recomputed(s: &Stage) -> Vec<String> {
    let db = s.app().db.connection();
    let mut wrong = vec![];
    for (table, key) in
        [("ledger_balance", "contract_id, channel, account"), ("ledger_year", "contract_id, channel, account, year")]
    {
        let sql = format!(
            "SELECT COUNT(*) AS n FROM (SELECT {key}, CAST(SUM(debit_fen) AS bigint) AS debit_fen, CAST(SUM(credit_fen) AS bigint) AS credit_fen FROM ledger_posting GROUP BY {key} EXCEPT SELECT {key}, debit_fen, credit_fen FROM {table}) AS x"
        );
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        let n: i64 = row.try_get("", "n").unwrap();
        if n != 0 {
            wrong.push(format!("{table} {n}"));
        }
    }
    wrong
}

#[tokio::test]
async fn every_road_of_money_leaves_books_that_balance() {
    let s = Stage::new().await;
    let (_, k, _) = s.to_accepted(GOVERNMENT, &[90, 85]).await;
    let (_, _, lanes) = s.to_two_lanes().await;
    s.app().cut_lane(s.who("head"), lanes[1], meeting(json!({ "reason": "中期考核落后", "experts": judges(3) }))).await.unwrap();
    assert_eq!(stands(&s, lanes[1], Channel::Fiscal).await, ["commitment 40.00", "unlocked 40.00"]);
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 200.00", "unlocked 200.00"]);
    let (_, _, failed) = s.to_effective(ENTERPRISE, &[90, 85]).await;
    for number in 1..=3 {
        s.pass_milestone(failed, number, ENTERPRISE, 0).await;
    }
    s.accept(failed, 0, "90", "fault", "failed").await;
    assert_eq!(stands(&s, failed, Channel::Fiscal).await, Vec::<String>::new(), "no subsidy for a failure");
    assert_eq!(recomputed(&s).await, Vec::<String>::new());
    let whole = trial(&s, TrialScope::default()).await;
    let (debit, credit) = (Money::sum(whole.iter().map(|l| l.debit_fen)), Money::sum(whole.iter().map(|l| l.credit_fen)));
    assert_eq!(debit, credit);
    let contracts = entity::ledger_balance::Entity::find().all(s.app().db.connection()).await.unwrap();
    assert!(contracts.len() > 10);
}

#[tokio::test]
async fn the_trial_balance_is_for_those_who_pay_decide_and_audit() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let number = s.contract(k).await.number;
    let path = "/ledger/trial-balance";
    for (who, status) in [
        ("finance", 200),
        ("auditor", 200),
        ("head", 200),
        ("officer", 404),
        ("bidder1", 404),
        ("poster", 404),
        ("admin", 404),
        ("", 401),
    ] {
        assert_eq!(s.t.get(who, path).await.status, status, "{who}");
        let page = s.t.page(who, "/ledger").await.status;
        assert_eq!(page, if who.is_empty() { 303 } else { status }, "{who}");
    }
    for (who, status) in
        [("finance", 200), ("bidder1", 200), ("service", 200), ("officer", 200), ("bidder2", 404), ("poster", 404), ("", 404)]
    {
        assert_eq!(s.t.get(who, &format!("/contracts/{k}/ledger")).await.status, status, "{who}");
        let page = s.t.page(who, &format!("/contracts/{k}/ledger")).await.status;
        assert_eq!(page, status, "{who}");
    }
    let told: Value = s
        .t
        .get("finance", &format!("{path}?contract={}", form_urlencoded::byte_serialize(number.as_bytes()).collect::<String>()))
        .await
        .ok();
    let sum = |side: &str| told["items"].as_array().unwrap().iter().map(|i| i[side].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("debit_fen"), sum("credit_fen")), (300_000_000, 300_000_000));
    assert_eq!((told["debit_fen"].as_i64(), told["balanced"].as_bool()), (Some(300_000_000), Some(true)));
    assert_eq!(s.t.get("finance", &format!("{path}?fiscal_year=2025")).await.ok()["items"], json!([]));
    assert_eq!(s.t.get("finance", &format!("{path}?at=2020-01-01")).await.ok()["items"], json!([]));
    for bad in ["contract=nosuch", "fiscal_year=1e3", "fiscal_year=-1", "at=yesterday"] {
        s.t.get("finance", &format!("{path}?{bad}")).await.problem(422, "invalid");
    }
    for lang in ["zh-CN", "en"] {
        for path in ["/ledger".to_owned(), format!("/contracts/{k}"), format!("/contracts/{k}/ledger")] {
            let page = s.t.page("finance", &format!("{path}?lang={lang}")).await;
            assert_eq!(page.status, 200, "{path}");
            for key in [">ledger.", ">column.", ">ui.", ">nav.", ">field.", ">block."] {
                assert!(!page.text().contains(key), "{path} {lang} {key}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_payments_make_one_entry_and_of_two_different_ones_one_is_made() {
    let s = std::sync::Arc::new(Stage::new().await);
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    s.request(&i, "bidder1", "u1").await;
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    s.app().approve_payment(s.who("head"), i.id, s.budget()).await.unwrap();
    let pay = |voucher: &str, key: &str| {
        let (s, key) = (s.clone(), key.to_owned());
        let body = json!({ "voucher": voucher, "paid_on": s.today(), "amount_fen": i.amount_fen });
        async move {
            let path = format!("/instalments/{}/fiscal-payment", i.id);
            s.t.call("finance", axum::http::Method::POST, &path, Some(body), Some(&key)).await
        }
    };
    s.t.token("finance").await;
    let two = tokio::join!(pay("国库支付甲", "key-a"), pay("国库支付乙", "key-b"));
    let mut said = [two.0.status, two.1.status];
    said.sort_unstable();
    assert_eq!(said, [200, 409]);
    let (voucher, key) = if two.0.status == 200 { ("国库支付甲", "key-a") } else { ("国库支付乙", "key-b") };
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..50 {
        set.spawn(pay(voucher, key));
    }
    let answers: std::collections::BTreeSet<String> =
        set.join_all().await.into_iter().map(|a| format!("{} {} {}", a.status, a.body["id"], a.body["voucher"])).collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let paid = acts(&s, k).await.into_iter().filter(|a| a.starts_with("payment")).count();
    assert_eq!(paid, 1);
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 200.00", "promised 120.00", "paid 80.00"]);
}

/// One attempt at the book: an act of a channel with some fen, or the reversal of an entry made before.
#[derive(Clone, Debug)]
enum Try {
    Write(LedgerAct, Channel, i64),
    Reverse(prop::sample::Index),
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let act = prop::sample::select(LedgerAct::ALL);
    let channel = prop::sample::select(Channel::ALL);
    let fen = prop_oneof![4 => 0..1_200i64, 1 => Just(i64::MAX), 1 => -5..5i64];
    let write = (act, channel, fen).prop_map(|(a, c, n)| Try::Write(a, c, n));
    let reverse = any::<prop::sample::Index>().prop_map(Try::Reverse);
    prop::collection::vec(prop_oneof![6 => write, 1 => reverse], 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    /// Whatever is tried in whatever order: sides stay equal, nothing falls below zero, the chain descends, a refused try
    /// changes nothing, and all entries taken together give the balances.
    #[test]
    fn no_order_of_acts_breaks_a_book((hold, all) in ((0..2_000i64, 0..2_000i64), tries())) {
        let empty = || Books::new(Money::fen(hold.0), Money::fen(hold.1), []);
        let mut book = empty();
        let mut made: Vec<(Channel, Vec<Posting>)> = vec![];
        for one in all {
            let before = book.clone();
            let done = match &one {
                Try::Write(act, channel, fen) => book.write(*act, *channel, Money::fen(*fen)).map(|p| (*channel, p)),
                Try::Reverse(at) if !made.is_empty() => {
                    let (channel, postings) = made[at.index(made.len())].clone();
                    book.reverse(channel, &postings).map(|p| (channel, p))
                }
                Try::Reverse(_) => continue,
            };
            match done {
                Ok(entry) => made.push(entry),
                Err(_) => prop_assert_eq!(&book, &before),
            }
            prop_assert_eq!(book.faults(), Vec::<String>::new());
        }
        let mut again: std::collections::BTreeMap<(Channel, LedgerAccount), (i64, i64)> = Default::default();
        for (channel, p) in made.iter().flat_map(|(c, all)| all.iter().map(move |p| (*c, p))) {
            let sum = again.entry((channel, p.account)).or_default();
            *sum = (sum.0 + p.debit_fen.as_fen(), sum.1 + p.credit_fen.as_fen());
        }
        let told: std::collections::BTreeMap<_, _> =
            book.lines().iter().map(|l| ((l.channel, l.account), (l.debit_fen.as_fen(), l.credit_fen.as_fen()))).collect();
        prop_assert_eq!(told, again);
    }
}

/// A line of spending as the lead types it.
pub fn line(source: &str, fen: i64, more: Value) -> RecordSpending {
    let mut raw = json!({
        "spent_on": "2026-05-20", "amount_fen": fen, "payee": "示例试剂有限公司", "payee_kind": "unit", "purpose": "购买实验用试剂",
        "source": source, "class": "materials", "payment_way": "transfer", "voucher": "记-0001", "place": "in_county", "none_of_negative_list": true,
    });
    raw.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    form(raw)
}

/// In force, the first county money received, inside the term.
async fn funded(s: &Stage) -> ContractId {
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    s.set_clock("2026-06-01T02:00:00Z".parse().unwrap());
    k
}

#[tokio::test]
async fn spending_is_told_after_the_fact_screened_and_posted() {
    let s = Stage::new().await;
    let k = funded(&s).await;
    let lead = s.who("bidder1");
    let x = s.app().record_spending(lead, k, line("county", 30_000_000, json!({ "invoice": "FP-0001" }))).await.unwrap();
    assert!(x.hints.is_empty());
    assert_eq!(
        stands(&s, k, Channel::Fiscal).await,
        ["commitment 200.00", "promised 120.00", "received 50.00", "accounted 30.00"]
    );
    for (source, more, said) in [
        ("county", json!({ "invoice": "FP-0001" }), "spending_needs_word"),
        ("county", json!({ "payment_way": "cash" }), "spending_needs_word"),
        ("county", json!({ "spent_on": "2026-03-01" }), "spending_needs_word"),
        ("county", json!({ "purpose": "业务招待用餐" }), "spending_needs_word"),
        ("county", json!({ "payee": s.t.org("service")["name"] }), "spending_needs_word"),
        ("county", json!({ "spent_on": "2026-06-02" }), "date_in_future"),
        ("enterprise", json!({}), "ledger_short"),
    ] {
        let tried = s.app().record_spending(lead, k, line(source, 100, more.clone())).await;
        assert_eq!(told(tried), said, "{source} {more}");
    }
    assert_eq!(told(s.app().record_spending(lead, k, line("county", 50_000_001, json!({}))).await), "ledger_short");
    assert!(RecordSpending::read(&json!({ "none_of_negative_list": false })).is_err());
    let odd =
        line("county", 20_000_000, json!({ "payee": "张三", "payee_kind": "individual", "explanation": "外聘技工一年劳务费" }));
    let odd = s.app().record_spending(lead, k, odd).await.unwrap();
    assert_eq!(odd.hints.iter().map(|h| h.code.as_str()).collect::<Vec<_>>(), ["round_sum"]);
    s.app().record_spending(lead, k, line("own", 500_000, json!({}))).await.unwrap();
    for who in ["bidder2", "service", "officer", "finance"] {
        let said = told(s.app().record_spending(s.who(who), k, line("own", 1, json!({}))).await);
        assert_eq!(said, if who == "bidder2" { "hidden" } else { "forbidden" }, "{who}");
    }
    s.app().withdraw_spending(lead, x.id, reason()).await.unwrap();
    assert_eq!(
        stands(&s, k, Channel::Fiscal).await,
        ["commitment 200.00", "promised 120.00", "received 60.00", "accounted 20.00"]
    );
    // The invoice is free again.
    s.app().record_spending(lead, k, line("county", 100, json!({ "invoice": "FP-0001" }))).await.unwrap();
    s.app().question_spending(s.who("officer"), odd.id, reason()).await.unwrap();
    s.app().explain_spending(lead, odd.id, reason()).await.unwrap();
    s.app().question_spending(s.who("checker"), odd.id, reason()).await.unwrap();
    s.app().disallow_spending(s.who("checker"), odd.id, reason()).await.unwrap();
    assert_eq!(
        stands(&s, k, Channel::Fiscal).await,
        ["commitment 200.00", "promised 120.00", "received 79.9999", "accounted 0.0001"]
    );
}

#[tokio::test]
async fn a_subsidy_to_the_poster_has_no_spending_ledger_and_a_budgeted_contract_has_a_limit() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(ENTERPRISE, &[90, 85]).await;
    let said = told(s.app().record_spending(s.who("bidder1"), k, line("county", 1, json!({ "spent_on": s.today() }))).await);
    assert_eq!(said, "subsidy_has_no_ledger");
    let mut need = support::need(GOVERNMENT, "single");
    need["funding_mode"] = json!("budgeted");
    let c = s.publish("service", need).await;
    let (_, n) = s.notice_of(c, GOVERNMENT, &[90, 85]).await;
    s.confirm(n).await;
    let k = s.contracts(c).await[0].id;
    s.put_in_force(k, GOVERNMENT, 0).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    let fee = |fen| line("county", fen, json!({ "class": "management_fee", "spent_on": s.today() }));
    let lead = s.who("bidder1");
    assert_eq!(told(s.app().record_spending(lead, k, fee(1)).await), "budget_missing");
    let heads = |equipment: i64, business: i64, labour: i64, indirect: i64| json!({ "equipment_fen": equipment, "business_fen": business, "labour_fen": labour, "indirect_fen": indirect, "basis": "按任务书工作量和市场价测算。" });
    let propose = async |raw: Value| told(s.app().propose_budget(lead, k, form(raw)).await);
    assert_eq!(propose(heads(80_000_000, 60_000_000, 20_000_000, 39_999_999)).await, "budget_not_whole");
    // 30 % of two million.
    assert_eq!(propose(heads(79_999_999, 60_000_000, 0, 60_000_001)).await, "indirect_over_limit");
    assert_eq!(propose(heads(60_000_000, 60_000_000, 20_000_000, 60_000_000)).await, "ok");
    assert_eq!(propose(heads(60_000_000, 60_000_000, 20_000_000, 60_000_000)).await, "budget_exists");
    let b = s.app().budget_of(&s.contract(k).await).await.unwrap().unwrap().id;
    assert_eq!(told(s.app().record_spending(lead, k, fee(1)).await), "budget_missing", "until it is approved");
    assert_eq!(told(s.app().approve_budget(lead, b, plain()).await), "forbidden");
    s.app().return_budget(s.who("checker"), b, reason()).await.unwrap();
    s.app().propose_budget_again(lead, b, form(heads(60_000_000, 60_000_000, 20_000_000, 60_000_000))).await.unwrap();
    s.app().approve_budget(s.who("checker"), b, plain()).await.unwrap();
    s.app().record_spending(lead, k, fee(59_999_999)).await.unwrap();
    assert_eq!(told(s.app().record_spending(lead, k, fee(2)).await), "head_over_budget");
    s.app().record_spending(lead, k, fee(1)).await.unwrap();
    let stuff = s.app().record_spending(lead, k, line("county", 10_000_000, json!({ "spent_on": s.today() }))).await.unwrap();
    let adjust = async |equipment: i64, business: i64, labour: i64, indirect: i64| {
        let mut raw = heads(equipment, business, labour, indirect);
        raw.as_object_mut().unwrap().remove("basis");
        raw["reason"] = json!("工艺调整，设备改为租用");
        told(s.app().adjust_budget(lead, b, form(raw)).await)
    };
    assert_eq!(adjust(60_000_000, 60_000_000, 20_000_000, 60_000_000).await, "budget_unchanged");
    assert_eq!(adjust(60_000_000, 70_000_000, 20_000_000, 50_000_000).await, "head_below_spent");
    assert_eq!(adjust(71_000_000, 9_000_000, 60_000_000, 60_000_000).await, "head_below_spent");
    assert_eq!(adjust(50_000_000, 70_000_000, 20_000_000, 60_000_000).await, "ok", "between direct heads it is filed");
    let stands = async || s.app().budget_of(&s.contract(k).await).await.unwrap().unwrap();
    assert_eq!((stands().await.head.state, stands().await.heads.business_fen.wan_text()), (BudgetState::InForce, "70.00".into()));
    assert_eq!(adjust(65_000_000, 55_000_000, 20_000_000, 60_000_000).await, "ok", "more equipment is asked for");
    assert_eq!((stands().await.head.state, stands().await.heads.equipment_fen.wan_text()), (BudgetState::Asked, "50.00".into()));
    s.app().grant_adjustment(s.who("checker"), b, plain()).await.unwrap();
    assert_eq!(stands().await.heads.equipment_fen.wan_text(), "65.00");
    // A line told to be of another class is under that class's head from then on.
    let class = |class: &str| form::<ClassifySpending>(json!({ "class": class, "place": "in_county" }));
    assert_eq!(told(s.app().classify_spending(lead, stuff.id, class("management_fee")).await), "head_over_budget");
    s.app().classify_spending(lead, stuff.id, class("equipment")).await.unwrap();
    let x = s.app().prepare_account(lead, k, form(json!({ "none_of_negative_list": true }))).await.unwrap();
    let lines: Vec<String> =
        x.heads.iter().map(|l| format!("{} {} {}", l.head, l.budget_fen.wan_text(), l.spent_fen.wan_text())).collect();
    assert_eq!(lines, ["equipment 65.00 10.00", "business 55.00 0.00", "labour 20.00 0.00", "indirect 60.00 60.00"]);
    for lang in ["zh-CN", "en"] {
        for path in [format!("/budgets/{b}"), format!("/contracts/{k}"), format!("/final-accounts/{}", x.id)] {
            assert_eq!(s.t.page("bidder1", &format!("{path}?lang={lang}")).await.status, 200, "{path}");
        }
    }
    // A lump sum has no budget at all: no act, no form, no button.
    let (_, _, lump) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    assert_eq!(told(s.app().propose_budget(lead, lump, form(heads(1, 0, 0, 0))).await), "lump_sum_has_no_budget");
    assert!(!s.t.page("bidder1", &format!("/contracts/{lump}")).await.text().contains("/budgets"));
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn a_spot_check_falls_by_lot_on_lines_that_anyone_can_draw_again() {
    let s = Stage::new().await;
    let k = funded(&s).await;
    let words = || -> DrawSample { form(json!({ "words": "现场摇号 37 82 15" })) };
    assert_eq!(told(s.app().draw_spot_check(s.who("supervisor"), k, words()).await), "nothing_to_sample");
    let mut pool = vec![];
    for n in 1..=35 {
        pool.push(s.app().record_spending(s.who("bidder1"), k, line("county", n * 1_000, json!({}))).await.unwrap().id);
    }
    assert_eq!(told(s.app().draw_spot_check(s.who("officer"), k, words()).await), "forbidden");
    s.app().draw_spot_check(s.who("supervisor"), k, words()).await.unwrap();
    let entry = s.app().story_of(s.who("auditor"), k.0, 1).await.unwrap().remove(0);
    let facts = &entry.body["event"]["facts"];
    let check: spending::SpotCheck = serde_json::from_value(facts["draw"].clone()).unwrap();
    let lot: Vec<SpendingId> = serde_json::from_value(facts["lot"].clone()).unwrap();
    assert_eq!((lot.len(), check.pool), (4, 35), "a tenth, rounded up");
    pool.reverse();
    assert_eq!(check.lot(&pool), lot, "the order of the pool does not matter");
    let other = spending::SpotCheck { words: "另一组号码".into(), ..check };
    assert_ne!(other.lot(&pool), lot);
    for id in &lot {
        assert_eq!(s.app().spending(s.who("checker"), *id).await.unwrap().1.head.state, SpendingState::Sampled);
        s.app().clear_spending(s.who("checker"), *id, plain()).await.unwrap();
    }
}

fn account_form() -> PrepareAccount {
    form(
        json!({ "unpaid": [{ "what": "检测费尾款", "payee": "示例检测中心", "amount_fen": 50_000 }], "none_of_negative_list": true }),
    )
}

fn host_signs(more: Value) -> SignAccount {
    let mut raw = json!({ "disclosure_result": "none", "pi_name": "王示例", "finance_name": "赵示例", "research_name": "钱示例", "agree": true });
    raw.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    form(raw)
}

/// Prepared, disclosed, signed; gives its id.
pub async fn signed(s: &Stage, k: ContractId) -> FinalAccountId {
    let (app, lead) = (s.app(), s.who("bidder1"));
    let x = app.prepare_account(lead, k, account_form()).await.unwrap().id;
    app.disclose_account(lead, x, form(json!({ "place": "单位公告栏" }))).await.unwrap();
    s.set_clock(app.final_account(lead, x).await.unwrap().1.head.due.unwrap());
    let audit = s.upload("bidder1").await;
    app.sign_account(lead, x, host_signs(json!({ "audit_report": [audit] }))).await.unwrap();
    x
}

#[tokio::test]
async fn the_final_account_is_the_ledgers_and_surplus_goes_by_the_outcome() {
    let s = Stage::new().await;
    let k = funded(&s).await;
    let (app, lead) = (s.app(), s.who("bidder1"));
    app.record_spending(lead, k, line("county", 30_000_000, json!({}))).await.unwrap();
    app.record_spending(lead, k, line("county", 500_000, json!({ "class": "equipment" }))).await.unwrap();
    app.record_spending(lead, k, line("own", 700_000, json!({}))).await.unwrap();
    let x = app.prepare_account(lead, k, account_form()).await.unwrap();
    assert_eq!(told(app.prepare_account(lead, k, account_form()).await), "account_exists");
    let county = &x.lines[0];
    assert_eq!(
        [county.due_fen, county.received_fen, county.spent_fen, county.surplus_fen].map(Money::wan_text),
        ["200.00", "80.00", "30.50", "49.50"]
    );
    assert_eq!((x.records, x.assets.len(), x.audit_needed), (3, 1, false));
    app.disclose_account(lead, x.id, form(json!({ "place": "单位公告栏" }))).await.unwrap();
    assert_eq!(told(app.record_spending(lead, k, line("own", 1, json!({}))).await), "account_disclosed");
    assert_eq!(told(app.sign_account(lead, x.id, host_signs(json!({}))).await), "disclosure_running");
    let due = app.final_account(lead, x.id).await.unwrap().1.head.due.unwrap();
    assert_eq!(date_of(due).to_string(), "2026-06-09", "five working days after the first of June, to 24:00 of the eighth");
    s.set_clock(due);
    assert_eq!(
        told(app.sign_account(lead, x.id, host_signs(json!({ "disclosure_result": "handled" }))).await),
        "disclosure_note_missing"
    );
    app.sign_account(lead, x.id, host_signs(json!({}))).await.unwrap();
    let settle = || form::<SettleAccount>(json!({}));
    assert_eq!(told(app.settle_account(s.who("checker"), x.id, settle()).await), "contract_still_runs");
    let ending = meeting(json!({ "class": "technical", "reason": "客观技术原因，双方已尽责。" }));
    app.terminate_contract(s.who("head"), k, ending).await.unwrap();
    let settled = app.settle_account(s.who("checker"), x.id, settle()).await.unwrap();
    assert_eq!((settled.head.state, settled.refund_fen.wan_text()), (FinalAccountState::RefundDue, "49.50".into()));
    let refund =
        |fen: i64| -> RecordPayment { form(json!({ "voucher": "缴库0002", "paid_on": s.today(), "amount_fen": fen })) };
    assert_eq!(told(app.refund_account(s.who("finance"), x.id, refund(1)).await), "amount_differs");
    let closed = app.refund_account(s.who("finance"), x.id, refund(49_500_000)).await.unwrap();
    assert_eq!(closed.head.state, FinalAccountState::Settled);
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 80.00", "accounted 30.50", "returned 49.50"]);
    assert_eq!(recomputed(&s).await, Vec::<String>::new());
}

#[tokio::test]
async fn surplus_of_a_passed_result_stays_and_much_fiscal_money_is_audited() {
    let s = Stage::new().await;
    let (_, k, _) = s.to_accepted(GOVERNMENT, &[90, 85]).await;
    for i in s.instalments(k).await {
        if i.is_fiscal() { s.pay_county(&i, "bidder1", "u1").await } else { s.pay_firm(&i, "service", 0).await }
    }
    let spent = json!({ "spent_on": s.today() });
    s.app().record_spending(s.who("bidder1"), k, line("county", 150_000_000, spent.clone())).await.unwrap();
    s.app().record_spending(s.who("bidder1"), k, line("enterprise", 5_000_000, spent)).await.unwrap();
    let x = s.app().prepare_account(s.who("bidder1"), k, account_form()).await.unwrap();
    assert!(x.audit_needed);
    s.app().withdraw_account(s.who("bidder1"), x.id, reason()).await.unwrap();
    let x = signed(&s, k).await;
    assert_eq!(told(s.app().settle_account(s.who("checker"), x, form(json!({}))).await), "enterprise_surplus_open");
    let settled = s.app().settle_account(s.who("checker"), x, form(json!({ "enterprise_surplus": "returned" }))).await.unwrap();
    assert_eq!((settled.head.state, settled.surplus.as_deref()), (FinalAccountState::Settled, Some("kept")));
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 200.00", "accounted 200.00"]);
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 20.00", "accounted 5.00", "returned 15.00"]);
    let journal = acts(&s, k).await;
    assert!(journal.contains(&"surplus fiscal 50.00".to_owned()) && journal.contains(&"return enterprise 15.00".to_owned()));
    for who in ["bidder1", "service", "finance", "checker", "auditor"] {
        for path in [format!("/final-accounts/{x}"), format!("/contracts/{k}"), "/spendings".into()] {
            for lang in ["zh-CN", "en"] {
                let page = s.t.page(who, &format!("{path}?lang={lang}")).await;
                assert_eq!(page.status, 200, "{who} {path}");
                for key in [
                    ">ledger.", ">column.", ">ui.", ">nav.", ">field.", ">block.", ">hint.", ">option.", ">source.", ">state.",
                    ">act.",
                ] {
                    assert!(!page.text().contains(key), "{path} {lang} {key}");
                }
            }
        }
    }
    assert_eq!(s.t.get("bidder2", &format!("/final-accounts/{x}")).await.status, 404);
}

#[tokio::test]
async fn money_in_escrow_is_written_down_and_used_first() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(ENTERPRISE, &[90, 85]).await;
    let deposit = async |who: &str, fen: i64| {
        let slip = s.upload(who).await;
        let raw = json!({ "bank_name": "示例银行交城支行", "bank_account": "6222000000001234", "amount_fen": fen, "deposited_on": s.today(), "files": [slip] });
        told(s.app().record_escrow(s.who(who), k, form(raw)).await)
    };
    assert_eq!(deposit("poster", 40_000_000).await, "ok");
    assert_eq!(deposit("poster", 150_000_000).await, "ledger_short");
    assert_eq!(deposit("bidder1", 1).await, "forbidden");
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 180.00", "promised 140.00", "escrowed 40.00"]);
    let contract = s.contract(k).await;
    let journal = s.app().contract_journal(s.who("poster"), &contract, None, store::Page::first(100)).await.unwrap().items;
    assert_eq!(journal.last().unwrap().reference.as_deref(), Some("示例银行交城支行 ****1234"));
    s.pass_milestone(k, 1, ENTERPRISE, 0).await;
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 180.00", "promised 126.00", "unlocked 54.00"]);
}

#[tokio::test]
async fn an_account_whose_figures_moved_is_not_settled() {
    let s = Stage::new().await;
    let k = funded(&s).await;
    let x = s.app().record_spending(s.who("bidder1"), k, line("county", 30_000_000, json!({}))).await.unwrap();
    let account = signed(&s, k).await;
    s.app().question_spending(s.who("officer"), x.id, reason()).await.unwrap();
    s.app().disallow_spending(s.who("checker"), x.id, reason()).await.unwrap();
    let ending = meeting(json!({ "class": "technical", "reason": "客观技术原因，双方已尽责。" }));
    s.app().terminate_contract(s.who("head"), k, ending).await.unwrap();
    let settle = async || told(s.app().settle_account(s.who("checker"), account, form(json!({}))).await);
    assert_eq!(settle().await, "account_outdated");
    s.app().return_account(s.who("officer"), account, reason()).await.unwrap();
    let place = form(json!({ "place": "单位公告栏" }));
    let again = s.app().disclose_account(s.who("bidder1"), account, place).await.unwrap();
    s.set_clock(again.head.due.unwrap());
    s.app().sign_account(s.who("bidder1"), account, host_signs(json!({}))).await.unwrap();
    assert_eq!(settle().await, "ok");
    assert_eq!(s.app().final_account(s.who("finance"), account).await.unwrap().1.refund_fen.wan_text(), "80.00");
}

/// A contract with one payment by the county, as the bank would tell it.
async fn statement(s: &Stage) -> (Instalment, String) {
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    s.pay_county(&i, "bidder1", "u1").await;
    let payee = s.t.org("u1")["name"].as_str().unwrap();
    let text = format!(
        "\u{feff}交易日期,凭证号,对方户名,金额,摘要\r\n{},国库支付0001,\"{payee}\",\"800,000.00\",\"第一笔,拨款\"\r\n",
        s.today().replace('-', "/")
    );
    (i, text)
}

#[tokio::test]
async fn a_bank_statement_is_previewed_told_line_by_line_and_reconciles_what_agrees() {
    let s = Stage::new().await;
    let (i, good) = statement(&s).await;
    let today = s.today();
    let bad = [
        format!("{today},国库支付0009,某单位,100.00,"),
        format!("{today},国库支付0001,别的单位,800000,"),
        "2026-13-01,国库支付0002,某单位,100.00,".into(),
        format!("{today},国库支付0003,某单位,1e3,"),
        format!("{today},,某单位,100.00,"),
        String::new(),
    ];
    let text = format!("{good}{}", bad.join("\n"));
    let ask = |step: &str, csv: &str| json!({ "csv": csv, "step": step });
    let codes = |v: &Value| -> Vec<String> {
        let one = |x: &Value| format!("{} {}", x["line"], x["error"]["code"].as_str().unwrap_or("-"));
        v["items"].as_array().unwrap().iter().map(one).collect()
    };
    let wrong = ["2 -", "3 payment_unknown", "4 line_twice", "5 not_date", "6 not_money", "7 missing"];
    let preview = s.t.post("finance", "/bank-statements", ask("preview", &text)).await.ok();
    assert_eq!((codes(&preview), preview["reconciled"].as_u64()), (wrong.map(str::to_owned).to_vec(), Some(0)));
    let payment = async || s.app().instalment(s.who("finance"), i.id).await.unwrap().1;
    assert_eq!(payment().await.reconciled_on, None, "a preview changes nothing");
    let done = s.t.post("finance", "/bank-statements", ask("import", &text)).await.ok();
    assert_eq!((done["reconciled"].as_u64(), done["items"][0]["reconciled"].as_bool()), (Some(1), Some(true)));
    assert_eq!(payment().await.reconciled_on.as_deref(), Some(today.as_str()));
    let since = payment().await.head.since;
    let again = s.t.post("finance", "/bank-statements", ask("import", &good)).await.ok();
    assert_eq!((codes(&again), again["reconciled"].as_u64()), (vec!["2 reconciled_before".to_owned()], Some(0)));
    assert_eq!(payment().await.head.since, since, "its life does not begin anew");
    for (csv, code) in
        [("交易日期,凭证号\n1,2\n3,4", "column_missing"), ("交易日期,凭证号,对方户名,金额\n\"1,2,3,4", "quote_open")]
    {
        s.t.post("finance", "/bank-statements", ask("preview", csv)).await.refused(422, code);
    }
    for (who, status) in [("officer", 404), ("bidder1", 404), ("head", 404), ("", 401)] {
        assert_eq!(s.t.post(who, "/bank-statements", ask("preview", &good)).await.status, status, "{who}");
    }
    let page = s.t.submit("finance", "/bank-statements", &format!("step=preview&csv={}", encoded(&text))).await;
    assert!(page.status == 200 && page.text().contains("未对上") && page.text().contains("国库支付0009"), "{}", page.status);
    assert_eq!(s.t.page("finance", "/bank-statements").await.status, 200);
    assert_eq!(s.t.page("officer", "/bank-statements").await.status, 404);
}

#[tokio::test]
async fn a_bank_statement_comes_as_a_workbook_too_and_a_file_that_is_none_is_told_at_its_field() {
    let s = Stage::new().await;
    let (i, _) = statement(&s).await;
    let payee = s.t.org("u1")["name"].as_str().unwrap().to_owned();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (n, head) in ["日期", "凭证号", "收款人", "金额"].iter().enumerate() {
        sheet.write_string(0, u16::try_from(n).unwrap(), *head).unwrap();
    }
    sheet.write_string(1, 0, s.today()).unwrap().write_string(1, 1, "国库支付0001").unwrap().write_string(1, 2, payee).unwrap();
    sheet.write_number(1, 3, 800_000).unwrap();
    let bring = async |who: &str, name: &str, bytes: Vec<u8>| -> FileId {
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(bytes))]);
        s.app().upload(s.who(who), name, stream).await.unwrap().id
    };
    let bytes = book.save_to_buffer().unwrap();
    let file = bring("finance", "流水.xlsx", bytes.clone()).await;
    let ask = |step: &str, file: FileId| json!({ "workbook": [file], "step": step });
    let preview = s.t.post("finance", "/bank-statements", ask("preview", file)).await.ok();
    assert_eq!((preview["items"][0]["line"].as_u64(), preview["items"][0]["error"].is_null()), (Some(2), true), "{preview}");
    let done = s.t.post("finance", "/bank-statements", ask("import", file)).await.ok();
    assert_eq!(
        (done["reconciled"].as_u64(), done["items"][0]["instalment"].as_str()),
        (Some(1), Some(i.id.to_string().as_str()))
    );
    let theirs = bring("officer", "流水.xlsx", bytes).await;
    let paper = s.t.upload("finance").await;
    for (file, code) in [(json!(theirs), "file_missing"), (json!(paper), "not_workbook")] {
        let told =
            s.t.post("finance", "/bank-statements", json!({ "workbook": [file], "step": "preview" })).await.refused(422, code);
        assert_eq!(told["errors"][0]["field"], "workbook");
    }
    s.t.post("finance", "/bank-statements", json!({ "step": "preview" })).await.refused(422, "missing");
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_payment_is_reconciled_by_finance_with_what_the_bank_says_and_only_that() {
    let s = Stage::new().await;
    let (i, _) = statement(&s).await;
    let payee = s.t.org("u1")["name"].clone();
    let ask = |reference: &str, payee: &Value, fen: i64| -> ReconcilePayment {
        form(json!({ "reference": reference, "booked_on": s.today(), "payee": payee, "amount_fen": fen }))
    };
    let fen = i.amount_fen.as_fen();
    for (form, said) in [
        (ask("国库支付0002", &payee, fen), "voucher_differs"),
        (ask("国库支付0001", &payee, fen + 1), "amount_differs"),
        (ask("国库支付0001", &json!("别的单位"), fen), "account_not_payee"),
    ] {
        assert_eq!(told(s.app().reconcile_payment(s.who("finance"), i.id, form).await), said);
    }
    let good = || ask("国库支付0001", &payee, fen);
    assert_eq!(told(s.app().reconcile_payment(s.who("officer"), i.id, good()).await), "forbidden");
    assert_eq!(told(s.app().reconcile_payment(s.who("finance"), i.id, good()).await), "ok");
    assert_eq!(told(s.app().reconcile_payment(s.who("finance"), i.id, good()).await), "reconciled_already");
}

#[tokio::test]
async fn small_firms_have_a_clock_and_late_money_bears_interest() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let mut i = s.instalments(k).await.remove(3);
    let (mut payer, mut payee) = (s.app().organisation(i.payer).await.unwrap(), s.app().organisation(i.payee).await.unwrap());
    let rules = RuleSet::default();
    let due = date_of(i.unlocked_at.unwrap());
    let at = |days: i64| {
        let now = deadline_instant(due.saturating_add(jiff::Span::new().days(days))) - jiff::SignedDuration::from_hours(1);
        Moment { now, calendar: std::sync::Arc::new(Calendar::seed()) }
    };
    assert_eq!(prompt::clock(&i, &payer, &payee, &rules, &at(1)), None, "a university is not a small firm");
    (payee.kind, payee.size) = ("enterprise".into(), Some("small".into()));
    let clock = prompt::clock(&i, &payer, &payee, &rules, &at(20)).unwrap();
    let last = at(0).calendar.roll_forward(due.saturating_add(jiff::Span::new().days(30)));
    assert_eq!(
        (clock.days, clock.pay_by, clock.late_days, clock.interest_fen),
        (30, deadline_instant(last), 0, Money::default())
    );
    let grace = i64::from((last - due).get_days());
    let late = prompt::clock(&i, &payer, &payee, &rules, &at(grace + 10)).unwrap();
    // 800 000 yuan, five ten-thousandths a day, ten days.
    assert_eq!((late.late_days, late.interest_fen), (10, Money::yuan(4_000)));
    i.paid_on = Some(last.saturating_add(jiff::Span::new().days(3)).to_string());
    assert_eq!(prompt::clock(&i, &payer, &payee, &rules, &at(400)).unwrap().late_days, 3, "it stops when it is paid");
    (payer.kind, payer.size) = ("enterprise".into(), Some("large".into()));
    assert_eq!(prompt::clock(&i, &payer, &payee, &rules, &at(1)).unwrap().days, 60);
    payer.size = Some("medium".into());
    assert_eq!(prompt::clock(&i, &payer, &payee, &rules, &at(1)), None);
    payee.size = Some("large".into());
    assert_eq!(prompt::clock(&i, &payer, &payee, &rules, &at(1)), None);
}

#[tokio::test]
async fn the_year_ends_and_what_is_not_paid_or_lies_idle_is_told() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    s.request(&i, "bidder1", "u1").await;
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    s.app().approve_payment(s.who("head"), i.id, s.budget()).await.unwrap();
    let warned = async |path: &str| s.t.page("finance", path).await.text().contains("年末支付提醒");
    let page = format!("/instalments/{}", i.id);
    s.set_clock("2026-09-30T08:00:00Z".parse().unwrap());
    assert_eq!((warned("/desk").await, warned(&page).await), (false, false));
    s.set_clock("2026-10-09T01:00:00Z".parse().unwrap());
    assert_eq!((warned("/desk").await, warned(&page).await), (true, true));
    s.set_clock("2027-01-05T01:00:00Z".parse().unwrap());
    assert_eq!(told(s.app().pay_fiscal(s.who("finance"), i.id, s.payment(&i)).await), "fiscal_year_passed");
    s.app().return_payment(s.who("finance"), i.id, reason()).await.unwrap();
    s.app().approve_payment(s.who("head"), i.id, s.budget()).await.unwrap();
    s.app().pay_fiscal(s.who("finance"), i.id, s.payment(&i)).await.unwrap();
    s.receive(&i, "bidder1").await;
    let spent = line("county", 30_000_000, json!({ "spent_on": s.today() }));
    s.app().record_spending(s.who("bidder1"), k, spent).await.unwrap();
    let idle = async || s.app().idle_money(s.who("finance"), &s.contract(k).await).await.unwrap().wan_text();
    s.set_clock("2028-12-31T01:00:00Z".parse().unwrap());
    assert_eq!(idle().await, "0.00");
    s.set_clock("2029-01-02T01:00:00Z".parse().unwrap());
    assert_eq!(idle().await, "50.00");
    assert!(s.t.page("finance", &format!("/contracts/{k}")).await.text().contains("沉淀资金"));
}

/// What the county paid the poster after it had paid is nobody's surplus, however the contract ended.
#[tokio::test]
async fn a_subsidy_is_not_in_the_final_account() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(ENTERPRISE, &[90, 85]).await;
    for number in 1..=3 {
        s.pass_milestone(k, number, ENTERPRISE, 0).await;
        s.pay_firm(&s.instalments(k).await[number - 1], "poster", 0).await;
    }
    s.pay_county(&s.instalments(k).await[3], "poster", "firm").await;
    s.accept(k, 0, "90", "objective", "concluded").await;
    let x = signed(&s, k).await;
    let settle = form(json!({ "enterprise_surplus": "kept" }));
    let settled = s.app().settle_account(s.who("checker"), x, settle).await.unwrap();
    assert_eq!((settled.head.state, settled.refund_fen), (FinalAccountState::Settled, Money::default()));
    assert_eq!(stands(&s, k, Channel::Fiscal).await, ["commitment 20.00", "received 20.00"]);
    assert_eq!(stands(&s, k, Channel::Enterprise).await, ["commitment 180.00", "accounted 180.00"]);
}

/// One act, tried on a contract by whoever may take it; most are out of order, and say so.
async fn attempt(s: &Stage, k: ContractId, (op, which): (u8, u8)) -> String {
    let (app, all) = (s.app(), s.instalments(k).await);
    use InstalmentState as I;
    // Seven times in eight an instalment that may be ripe for the act; else any.
    let ripe: Vec<&Instalment> = all
        .iter()
        .filter(|i| match op {
            1 => i.head.state == I::Eligible,
            2 => i.head.state == I::Requested && i.is_fiscal(),
            3 => i.head.state == I::Checked,
            4 => i.head.state == if i.is_fiscal() { I::Approved } else { I::Requested },
            5 | 6 => i.head.state == I::Paid,
            7 => matches!(i.head.state, I::Paid | I::Received),
            8 => i.head.state == I::ClawbackDue,
            _ => true,
        })
        .collect();
    let any = ripe.is_empty() || which % 8 == 0;
    let i = if any { &all[usize::from(which) % all.len()] } else { ripe[usize::from(which) % ripe.len()] };
    let fen = i64::from(which) * 50_000 + 1;
    match op {
        0 => match s.milestones(k).await.iter().find(|x| x.head.state == MilestoneState::Active) {
            Some(x) if s.contract(k).await.head.state == ContractState::Effective => {
                s.pass_milestone(k, x.number, GOVERNMENT, 0).await;
                "ok".into()
            }
            _ => "none".into(),
        },
        1 => {
            let ask = s.asking(i, "bidder1", "u1").await;
            told(app.request_payment(s.who("bidder1"), i.id, ask).await)
        }
        2 => told(app.check_payment(s.who("officer"), i.id, plain()).await),
        3 => told(app.approve_payment(s.who("head"), i.id, s.budget()).await),
        4 if i.is_fiscal() => told(app.pay_fiscal(s.who("finance"), i.id, s.payment(i)).await),
        4 => told(app.pay_enterprise(s.who("service"), i.id, s.payment(i)).await),
        5 => told(app.bounce_payment(s.who(if i.is_fiscal() { "finance" } else { "service" }), i.id, reason()).await),
        6 => {
            let receipt = form(json!({ "received_on": s.today(), "amount_fen": i.amount_fen }));
            told(app.confirm_receipt(s.who("bidder1"), i.id, receipt).await)
        }
        7 if which < 64 => told(app.claw_back(s.who("head"), i.id, meeting(json!({}))).await),
        8 => told(app.recover(s.who("finance"), i.id, s.payment(i)).await),
        9 | 10 => {
            let source = if op == 9 { "county" } else { "enterprise" };
            told(app.record_spending(s.who("bidder1"), k, line(source, fen, json!({ "spent_on": s.today() }))).await)
        }
        11 => {
            let (lines, _) = app.spending_of(&s.contract(k).await).await.unwrap();
            match lines.items.get(usize::from(which) % 5) {
                Some(x) => told(app.withdraw_spending(s.who("bidder1"), x.id, reason()).await),
                None => "none".into(),
            }
        }
        12 => {
            let slip = s.upload("service").await;
            let raw = json!({ "bank_name": "示例银行", "bank_account": "6222000000001234", "amount_fen": fen, "deposited_on": s.today(), "files": [slip] });
            told(app.record_escrow(s.who("service"), k, form(raw)).await)
        }
        13 if which <= 240 => match app.settlements_of(&s.contract(k).await).await.unwrap().first() {
            // What ended is settled, and what is owed comes back: the book agrees after either.
            Some(x) if which % 2 == 0 => told(app.settle_contract(s.who("head"), x.id, meeting(json!({}))).await),
            Some(x) => {
                let slip =
                    form(json!({ "voucher": "缴库0001", "paid_on": s.today(), "amount_fen": x.back_fen.max(Money::fen(1)) }));
                told(app.refund_settlement(s.who("finance"), x.id, slip).await)
            }
            None => "none".into(),
        },
        _ if which > 240 => {
            let ending = meeting(json!({ "class": "technical", "reason": "客观技术原因，双方已尽责。" }));
            told(app.terminate_contract(s.who("head"), k, ending).await)
        }
        _ => "none".into(),
    }
}

/// Where the instalments say that the money is, the book says it too.
async fn agree_with_instalments(s: &Stage, k: ContractId) {
    use InstalmentState as S;
    let book = s.app().contract_book(s.who("auditor"), &s.contract(k).await, None).await.unwrap();
    let all = s.instalments(k).await;
    for channel in Channel::ALL {
        let sum = |states: &[S]| {
            let own = all.iter().filter(|i| i.channel() == *channel && states.contains(&i.head.state));
            Money::sum(own.map(|i| i.amount_fen)).unwrap()
        };
        let stands = |a| book.balance(*channel, a);
        use LedgerAccount as A;
        let planned = Money::sum([stands(A::Promised), stands(A::Escrowed)]).unwrap();
        assert_eq!(planned, sum(&[S::Planned]));
        assert_eq!(stands(A::Unlocked), sum(&[S::Eligible, S::Requested, S::Checked, S::Held, S::Approved]));
        assert_eq!(stands(A::Paid), sum(&[S::Paid]));
        assert_eq!(stands(A::Recoverable), sum(&[S::ClawbackDue]));
        assert_eq!(stands(A::ClawedBack), sum(&[S::Recovered]));
        let with_host = Money::sum([stands(A::Received), stands(A::Accounted), stands(A::Returned)]).unwrap();
        assert_eq!(with_host, sum(&[S::Received]));
        assert_eq!(stands(A::Commitment), book.holds(*channel).checked_sub(sum(&[S::Cancelled])).unwrap());
    }
}

/// Random sequences of acts on a real database: whatever happens in whatever order, the book stays sound after every act, and
/// agrees with the lives of the instalments; nothing fails inside.
#[tokio::test]
async fn no_sequence_of_acts_breaks_a_real_ledger() {
    let s = Stage::new().await;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let sequence = prop::collection::vec((0..14u8, any::<u8>()), 150);
    let mut done: std::collections::BTreeMap<u8, usize> = Default::default();
    for _ in 0..5 {
        let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
        let steps = sequence.new_tree(&mut runner).unwrap().current();
        for step in &steps {
            let said = attempt(&s, k, *step).await;
            let word = said.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            assert!(word, "{step:?} of {steps:?}: {said}");
            *done.entry(step.0).or_default() += usize::from(said == "ok");
            for channel in Channel::ALL {
                stands(&s, k, *channel).await;
            }
            agree_with_instalments(&s, k).await;
        }
    }
    assert_eq!(recomputed(&s).await, Vec::<String>::new());
    let never: Vec<u8> = (0..13).filter(|op| done.get(op).is_none_or(|n| *n == 0)).collect();
    assert_eq!(never, Vec::<u8>::new(), "every kind of act was taken: {done:?}");
}

#[tokio::test]
async fn what_is_approved_against_a_budget_document_never_exceeds_it() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    let (finance, head) = (s.who("finance"), s.who("head"));
    let doc = |number: &str, fen: i64| -> RegisterBudgetDoc {
        form(json!({ "number": number, "fiscal_year": 2026, "title": "揭榜挂帅专项追加", "amount_fen": fen }))
    };
    assert_eq!(told(s.app().register_budget_doc(head, doc("交财预〔2026〕20号", 1)).await), "forbidden");
    assert_eq!(told(s.app().register_budget_doc(s.who("bidder1"), doc("交财预〔2026〕20号", 1)).await), "hidden");
    let d = s.app().register_budget_doc(finance, doc("交财预〔2026〕20号", 79_999_999)).await.unwrap().id;
    assert_eq!(told(s.app().register_budget_doc(finance, doc("交财预〔2026〕20号", 1)).await), "budget_doc_exists");
    s.request(&i, "bidder1", "u1").await;
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    let approve = async |number: &str| {
        let form = form(json!({ "fiscal_year": 2026, "budget_doc_no": number }));
        told(s.app().approve_payment(head, i.id, form).await)
    };
    let form_page = s.t.page("head", &format!("/instalments/{}/approval", i.id)).await;
    assert!(form_page.text().contains("交财预〔2026〕20号"), "what may be chosen stands beside the form");
    assert_eq!(approve("交财预〔2026〕99号").await, "budget_unknown");
    assert_eq!(approve("交财预〔2026〕20号").await, "budget_exceeded");
    let shut = s.app().register_budget_doc(finance, doc("交财预〔2026〕21号", 90_000_000)).await.unwrap().id;
    s.app().close_budget_doc(finance, shut, reason()).await.unwrap();
    assert_eq!(approve("交财预〔2026〕21号").await, "budget_doc_closed");
    let typed = json!({ "fiscal_year": 2026, "budget_doc_no": "交财预〔2026〕21号" });
    let said = s.t.post("head", &format!("/instalments/{}/approval", i.id), typed).await;
    assert_eq!((said.status, said.body.to_string().contains("budget_doc_no")), (422, true), "told at the field");
    let more = form(json!({ "amount_fen": 80_000_000, "reason": "按追加文件登记" }));
    s.app().adjust_budget_doc(finance, d, more).await.unwrap();
    assert_eq!(approve("交财预〔2026〕20号").await, "ok");
    let left = async || s.app().budget_doc(finance, d).await.unwrap().left();
    assert_eq!(left().await, Money::default());
    let against = async || s.t.get("finance", &format!("/budget-documents/{d}")).await.ok()["payments"].clone();
    let expected = json!([{ "id": i.id, "contract": k, "payee": i.payee, "amount_fen": i.amount_fen, "state": "approved" }]);
    assert_eq!(against().await, expected, "what was approved against it stands on its page");
    let less = form(json!({ "amount_fen": 79_999_999, "reason": "按核减文件登记" }));
    assert_eq!(told(s.app().adjust_budget_doc(finance, d, less).await), "budget_below_used");
    // Returned, and bounced by the bank: the money is the document's again.
    s.app().return_payment(finance, i.id, reason()).await.unwrap();
    assert_eq!(left().await.wan_text(), "80.00");
    assert_eq!(approve("交财预〔2026〕20号").await, "ok");
    s.app().pay_fiscal(finance, i.id, s.payment(&i)).await.unwrap();
    s.app().bounce_payment(finance, i.id, reason()).await.unwrap();
    assert_eq!(left().await.wan_text(), "80.00");
    assert_eq!(against().await, json!([]));
    s.app().close_budget_doc(finance, d, reason()).await.unwrap();
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    assert_eq!(approve("交财预〔2026〕20号").await, "budget_doc_closed");
    for (who, status) in [("finance", 200), ("head", 200), ("auditor", 200), ("bidder1", 404), ("", 401)] {
        let page = s.t.page(who, &format!("/budget-documents/{d}")).await.status;
        assert_eq!(page, if who.is_empty() { 303 } else { status }, "{who}");
    }
    let new = json!({ "number": "交财预〔2026〕22号", "fiscal_year": 2026, "title": "揭榜挂帅专项", "amount_fen": 100 });
    s.t.post("finance", "/budget-documents", new).await.ok();
    assert_eq!(s.t.page("finance", "/budget-documents/new").await.status, 200);
    assert_eq!(s.t.page("officer", "/budget-documents/new").await.status, 403);
}

#[tokio::test]
async fn a_payment_is_asked_for_with_the_channels_paper_to_ones_own_account() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    let ask = async |change: Value| {
        let mut raw = s.t.payment_request("bidder1", "u1", true, &i.id.to_string(), &json!(i.amount_fen)).await;
        raw.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        told(s.app().request_payment(s.who("bidder1"), i.id, form(raw)).await)
    };
    for (change, said) in [
        (json!({ "account_name": "别的单位的账户" }), "account_not_payee"),
        (json!({ "account_no": "6222000000000001" }), "account_differs"),
        (json!({ "invoice_kind": "vat_invoice" }), "paper_of_other_channel"),
        (json!({ "invoice_fen": 79_999_999 }), "invoice_differs"),
        (json!({}), "ok"),
    ] {
        assert_eq!(ask(change.clone()).await, said, "{change}");
    }
    let used = s.instalments(k).await[3].invoice.clone().unwrap();
    s.pass_milestone(k, 1, GOVERNMENT, 0).await;
    let second = s.instalments(k).await.remove(0);
    let mut raw = s.t.payment_request("bidder1", "u1", false, &second.id.to_string(), &json!(second.amount_fen)).await;
    raw["invoice"] = json!(used);
    assert_eq!(told(s.app().request_payment(s.who("bidder1"), second.id, form(raw)).await), "invoice_used");
    let page = s.t.page("finance", &format!("/instalments/{}", i.id)).await;
    assert!(page.text().contains("首笔拨付时限"), "thirty days from the contract's effect");
}

#[tokio::test]
async fn a_lead_passes_on_its_partners_shares_and_no_more_than_arrived() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let county = async || s.instalments(k).await.remove(3);
    assert!(!county().await.has_partners);
    s.add_partner(k).await;
    let i = county().await;
    s.pay_county(&i, "bidder1", "u1").await;
    let partner = s.t.org("u2")["name"].as_str().unwrap().to_owned();
    let pass = async |who: &str, name: &str, fen: i64, on: String| {
        let file = s.upload(who).await;
        let raw =
            json!({ "payments": [{ "partner": name, "amount_fen": fen, "paid_on": on, "voucher": "HD0001" }], "files": [file] });
        told(s.app().pass_on_payment(s.who(who), i.id, form(raw)).await)
    };
    assert!(county().await.head.due.is_some(), "it has a clock");
    let team = s.contract(k).await.partners[1..].to_vec();
    let third = Member { name: "第三单位".into(), ..team[0].clone() };
    let share = Onward { partner: partner.clone(), amount_fen: Money::fen(100), paid_on: s.today(), voucher: "HD0001".into() };
    let left_out = county().await.pass_on(vec![share], &[team[0].clone(), third]).unwrap_err();
    assert_eq!(
        (left_out.code, left_out.field),
        ("partner_left_out", Some("payments")),
        "nobody who has money in it is forgotten"
    );
    assert_eq!(pass("bidder1", "没有的单位", 100, s.today()).await, "partner_unknown");
    assert_eq!(pass("bidder1", &partner, i.amount_fen.as_fen() + 1, s.today()).await, "onward_over_amount");
    assert_eq!(pass("bidder1", &partner, 100, "2099-01-01".into()).await, "date_in_future");
    assert_eq!(pass("bidder2", &partner, 100, s.today()).await, "forbidden", "a partner reads of it and pays nothing on");
    assert_eq!(pass("bidder1", &partner, 100, s.today()).await, "ok");
    assert_eq!((county().await.head.state, county().await.head.due), (InstalmentState::OnwardPaid, None));
    assert_eq!(pass("bidder1", &partner, 100, s.today()).await, "out_of_order", "once");
    for lang in ["zh-CN", "en"] {
        assert!(s.t.page("bidder1", &format!("/instalments/{}?lang={lang}", i.id)).await.text().contains("HD0001"));
    }
    assert_eq!(s.verified().await, Ok(()));
}
