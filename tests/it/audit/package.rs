//! The finance package of a payment: all that is filed of it, checked offline as a case file is.
use super::case_file::{code, fetch, kept};
use crate::acts::support::*;
use jiebang::app::case_zip::check;
use jiebang::app::package::AccountCheck;
use jiebang::domain::*;
use serde_json::Value;
use std::io::Read;

/// The county's payment for a node, paid and received.
async fn paid(s: &Stage) -> (ContractId, Instalment) {
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let node = |i: &Instalment| match i.trigger {
        Trigger::MilestonePassed { number } if i.is_fiscal() => Some(number),
        _ => None,
    };
    let due = s.instalments(k).await.into_iter().find(|i| node(i).is_some()).unwrap();
    for number in 1..=node(&due).unwrap() {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    s.pay_county(&due, "bidder1", "u1").await;
    let i = s.instalments(k).await.into_iter().find(|i| i.id == due.id).unwrap();
    (k, i)
}

fn way(i: &Instalment) -> String {
    format!("/instalments/{}/package.zip", i.id)
}

fn content(bytes: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn the_package_of_a_payment_holds_all_that_finance_files_and_is_checked_offline() {
    let s = Stage::new().await;
    let (k, i) = paid(&s).await;
    let (status, bytes) = fetch(&s, "finance", &way(&i)).await;
    assert_eq!(status, 200);
    let key = s.app().log.public_key().unwrap().clone();
    let found = check(&kept(&s, "package.zip", &bytes), Some(&key)).unwrap();
    let own = s.app().payment_package(s.who("finance"), i.id).await.unwrap();
    assert_eq!((found.challenge, found.entries), (i.challenge.0, own.record.entries.len()));
    let kinds: Vec<&str> = own.record.entries.iter().filter(|e| e.subject == i.id.0).map(|e| &*e.kind).collect();
    let road = ["request", "check", "approval", "fiscal-payment", "receipt"].map(|act| format!("instalment.{act}"));
    assert_eq!(kinds, road);
    let nouns: Vec<&str> = own.things.iter().map(|(noun, _)| noun.id()).collect();
    assert_eq!(nouns, ["instalment", "contract", "milestone", "budget_doc"]);
    let acts: Vec<&str> = own.ledger.iter().map(|e| e.act.id()).collect();
    assert_eq!(acts, ["promise", "unlock", "payment", "receipt"]);
    let names: Vec<String> =
        zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap().file_names().map(|n| n.unwrap().into_owned()).collect();
    let first: Vec<&str> = names.iter().map(String::as_str).filter(|n| !n.contains('/')).collect();
    assert_eq!(first, ["index.html", "payment.json", "ledger.json", "story.json", "manifest.json", "manifest.note"]);
    let told: Value = serde_json::from_str(&content(&bytes, "payment.json")).unwrap();
    let paper = own.documents.iter().find(|d| d.subject == k.0 && d.kind == document::DocumentKind::Contract).unwrap();
    assert_eq!(told["contract_sha256"], hash::sha256_hex(paper.canonical(words::Lang::Zh).as_bytes()));
    assert_eq!((&told["voucher"], &told["account"]), (&"国库支付0001".into(), &"same".into()));
    let kinds: Vec<&str> = own.documents.iter().map(|d| d.kind.id()).collect();
    assert!(["payment_approval", "contract", "milestone_assessment"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    // The request's paper, the node's evidence and the sheet of its experts.
    let of = |noun: &str| own.files.iter().filter(|a| a.noun.as_deref() == Some(noun)).count();
    assert_eq!((of("instalment"), of("milestone"), of("bid")), (1, 2, 0));
    let index = content(&bytes, "index.html");
    let people = own.record.entries.iter().filter(|e| e.subject == i.id.0).map(|e| e.actor_name.clone());
    for says in people.chain([i.amount_fen.capital(), i.invoice.clone().unwrap(), own.payee.name.clone()]) {
        assert!(index.matches(&says).count() > 1, "{says} stands in both languages");
    }
}

#[tokio::test]
async fn a_changed_byte_of_a_package_is_named_and_so_is_an_account_that_has_changed() {
    let s = Stage::new().await;
    let (_, i) = paid(&s).await;
    let (_, bytes) = fetch(&s, "officer", &way(&i)).await;
    let mut missed = vec![];
    for at in (0..bytes.len()).step_by((bytes.len() / 40).max(1)) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x01;
        if code(check(&kept(&s, "changed.zip", &changed), None)) == "clean" {
            missed.push(at);
        }
    }
    assert_eq!(missed, Vec::<usize>::new());
    let own = s.app().payment_package(s.who("officer"), i.id).await.unwrap();
    let moved = Organisation { bank_account: "6222 0000 0000 0001".into(), ..own.payee.clone() };
    let spaced = Organisation { bank_account: "6222-0000-0000-0000".into(), ..own.payee.clone() };
    // Requests from before were noted as a plain hash: it is compared, and shown to nobody.
    let before = Instalment { account_tag: None, account_sha256: Some(own.payee.account_sha256()), ..i.clone() };
    for i in [&i, &before] {
        let of = |payee: &Organisation| s.app().account_check(i, payee);
        assert_eq!([of(&own.payee), of(&spaced), of(&moved)], [AccountCheck::Same, AccountCheck::Same, AccountCheck::Changed]);
    }
    let told = s.t.get("bidder1", &format!("/instalments/{}", i.id)).await.ok();
    assert!(told["account_tag"].is_null() && told["account_sha256"].is_null() && told["amount_fen"].is_number());
}

#[tokio::test]
async fn a_package_is_finances_officers_and_auditors_and_taking_it_stands_in_the_read_log() {
    let s = Stage::new().await;
    let (_, i) = paid(&s).await;
    for (who, status) in [("head", 403), ("checker", 403), ("service", 403), ("bidder1", 403), ("bidder2", 404), ("expert0", 404)]
    {
        assert_eq!(fetch(&s, who, &way(&i)).await.0, status, "{who}");
    }
    for who in ["finance", "officer", "auditor"] {
        let page = s.t.page(who, &format!("/instalments/{}", i.id)).await;
        assert!(page.text().replace("&#x2f;", "/").contains(&way(&i)), "{who} has the button");
        assert_eq!(fetch(&s, who, &way(&i)).await.0, 200, "{who}");
    }
    assert!(!s.t.page("head", &format!("/instalments/{}", i.id)).await.text().replace("&#x2f;", "/").contains(&way(&i)));
    let reads = jiebang::store::reads::list(&s.app().db, jiebang::app::reads::Of::Case(i.challenge), None, 200).await.unwrap();
    let exports = reads.iter().filter(|r| r.what == "export");
    let mut who: Vec<AccountId> = exports.map(|r| r.actor).collect();
    who.sort();
    let mut want = ["finance", "officer", "auditor"].map(|w| s.who(w).account).to_vec();
    want.sort();
    assert_eq!(who, want);
}
