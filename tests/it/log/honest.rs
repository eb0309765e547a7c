//! Honest histories verify: whole, in their public part, and as a database. Each kind of act that the checker once knew too few of
//! is lived through here: acts that promise a lot, that issue documents, that stop a notice's clock or let it run on.
use super::*;
use jiebang::domain::document::DocumentKind;
use jiebang::domain::forms::{NoConflict, RegisterScan};
use jiebang::domain::*;
use jiebang::store::event;
use serde_json::json;
use std::collections::BTreeSet;

/// Whole record, public part and database; how many of `what` the public part has counted again.
async fn in_order(s: &Stage, what: &str) -> u64 {
    s.verified().await.unwrap();
    check(&exported(s.app(), Scope::Full).await, &[]).unwrap();
    let public = check(&exported(s.app(), Scope::Public).await, &[]).unwrap();
    public.checked.get(what).copied().unwrap_or_default()
}

/// Kinds of entries of a case that carry a fact, in the order of the record.
async fn with_fact(s: &Stage, c: ChallengeId, fact: &str) -> Vec<String> {
    let mut all = event::of_case(&s.app().db, c, &Visibility::ALL, None, 10_000).await.unwrap();
    all.sort_by_key(|e| e.seq);
    all.into_iter().filter(|e| !e.body["event"]["facts"][fact].is_null()).map(|e| e.kind).collect()
}

#[tokio::test]
async fn a_lot_that_is_promised_by_a_decision_or_a_new_listing_is_drawn_in_order() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.hold(n).await;
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("uphold", Some("re_review"))).await.unwrap();
    s.convene(c).await;
    assert_eq!(with_fact(&s, c, "draw_commitment").await, ["challenge.publication", "objection.upholding"]);
    in_order(&s, "draws").await;

    let empty = s.to_published(GOVERNMENT, "single").await;
    s.open(empty).await;
    let lapse = meeting(json!({ "reason_class": "no_bids", "reason": "截止时无单位揭榜。" }));
    s.app().lapse_challenge(s.who("head"), empty, lapse).await.unwrap();
    let again = form(json!({ "what_changed": "延长实施期，补充样品。", "close_at": s.in_days(31).to_string() }));
    let new = s.app().relist_challenge(s.who("officer"), empty, again).await.unwrap().id;
    let bid = s.seal(new, "bidder3", s.offer(2, GOVERNMENT)).await;
    s.open(new).await;
    s.check_form(bid, true).await;
    s.convene(new).await;
    assert_eq!(with_fact(&s, empty, "draw_commitment").await, ["challenge.publication", "challenge.relisting"]);
    in_order(&s, "draws").await;
}

#[tokio::test]
async fn a_contract_whose_last_signature_is_a_stamped_paper_is_in_order() {
    let s = Stage::new().await;
    let (c, _, k) = s.to_awarded(GOVERNMENT, &[90, 85]).await;
    s.app().set_terms(s.who("service"), k, form(Stage::terms())).await.unwrap();
    for party in ["service", "bidder1"] {
        s.app().agree_contract(s.who(party), k, Stage::signature()).await.unwrap();
    }
    s.app().clear_contract(s.who("officer"), k, plain()).await.unwrap();
    for party in ["bidder1", "head"] {
        s.app().sign_contract(s.who(party), k, Stage::sign(s.who(party))).await.unwrap();
    }
    let contract = s.contract(k).await;
    let papers: Vec<String> = contract.unsigned("poster").into_iter().map(str::to_owned).collect();
    for paper in papers {
        let file = s.upload("officer").await;
        let sha256 = &contract.paper(&paper).unwrap().sha256()[..12];
        let scan: RegisterScan = form(json!({
            "paper": paper, "party": "poster", "stamped_by": s.who("service").name, "stamped_on": s.today(),
            "sha256_start": sha256, "files": [file], "compared": true,
        }));
        s.app().register_scan(s.who("officer"), k, scan).await.unwrap();
    }
    assert_eq!(s.contract(k).await.head.state, ContractState::Signed);
    assert!(with_fact(&s, c, "documents").await.contains(&"contract.scan".to_owned()));
    in_order(&s, "documents").await;
}

/// Every step of an objection after which it holds the notice, or no more.
#[tokio::test]
async fn a_notice_that_is_stopped_and_let_run_on_is_in_order_and_its_public_part_names_nobody() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let apart = || NoConflict { no_conflict: true };
    let first = s.hold(n).await;
    s.app().withdraw_objection(s.who("bidder2"), first, reason()).await.unwrap();
    in_order(&s, "clocks").await;
    s.app().examine_ex_officio(s.who("checker"), first, reason()).await.unwrap();
    s.app().join_investigation(s.who("officer2"), first, apart()).await.unwrap();
    s.app().answer_objection(s.who("bidder1"), first, reason()).await.unwrap();
    s.app().find_on_objection(s.who("officer2"), first, Stage::findings()).await.unwrap();
    let dismiss = || Stage::ruling("dismiss", None);
    s.app().decide_objection(s.who("head"), first, dismiss()).await.unwrap();
    s.app().ask_reconsideration(s.who("bidder2"), first, new_facts()).await.unwrap();
    s.app().reopen_objection(s.who("head"), first, reason()).await.unwrap();
    in_order(&s, "clocks").await;
    s.app().answer_objection(s.who("bidder1"), first, reason()).await.unwrap();
    s.app().find_on_objection(s.who("officer2"), first, Stage::findings()).await.unwrap();
    s.app().decide_objection(s.who("head"), first, dismiss()).await.unwrap();
    let second = s.hold(n).await;
    s.examine(second).await;
    let partly = Stage::ruling("partly_uphold", None);
    s.app().decide_objection(s.who("head"), second, partly).await.unwrap();
    s.confirm(n).await;

    let mut all = event::of_case(&s.app().db, c, &Visibility::ALL, None, 10_000).await.unwrap();
    all.sort_by_key(|e| e.seq);
    let moved = |kind: &str| -> BTreeSet<String> {
        let beside = |pair: &[jiebang::store::event::Entry]| (pair[0].kind == kind).then(|| pair[1].kind.clone());
        all.windows(2).filter_map(beside).collect()
    };
    let known = |acts: &[&str]| -> BTreeSet<String> { acts.iter().map(|a| format!("objection.{a}")).collect() };
    assert_eq!(moved("notice.hold"), known(&["acceptance", "examination", "reopening"]));
    assert_eq!(moved("notice.release"), known(&["withdrawal", "dismissal", "partial-upholding"]));
    for e in all.iter().filter(|e| matches!(e.kind.as_str(), "notice.hold" | "notice.release")) {
        assert_eq!((e.visibility.as_str(), e.body["actor"]["role"].as_str()), ("public", Some("system")), "{}", e.kind);
    }
    assert!(in_order(&s, "clocks").await >= 9, "anyone counts all of the clock's steps again");
}

/// Which acts hold a notice is read off the life: one that is added wants its history above.
#[test]
fn the_acts_that_stop_a_notice_or_let_it_go_are_known() {
    let holds = |state: ObjectionState| matches!(state, ObjectionState::Accepted | ObjectionState::Investigating);
    let (mut stop, mut go) = (BTreeSet::new(), BTreeSet::new());
    for edge in OBJECTION_LIFE.iter() {
        match (holds(edge.from), holds(edge.to)) {
            (false, true) => drop(stop.insert(edge.act.id())),
            (true, false) => drop(go.insert(edge.act.id())),
            _ => {}
        }
    }
    assert_eq!(stop, BTreeSet::from(["acceptance", "examination", "reopening"]));
    assert_eq!(go, BTreeSet::from(["withdrawal", "upholding", "partial-upholding", "dismissal"]));
}

/// What issues a document is an act that its life has, and whatever can end a contract's signing issues the contract.
#[test]
fn every_kind_of_document_is_issued_by_acts_that_there_are() {
    let known: BTreeSet<String> = lives().iter().flat_map(|l| l.lines.iter().map(|e| format!("{}.{}", l.noun, e.act))).collect();
    for kind in DocumentKind::ALL {
        for by in kind.issued_by() {
            assert!(known.contains(*by), "{}: {by}", kind.id());
            let act = by.split_once('.').unwrap().1;
            assert!(kind.is_issued_by(kind.noun(), act), "{}: {by} is an act of another thing", kind.id());
        }
    }
    let signing = [ContractAct::Sign, ContractAct::Scan];
    for kind in [DocumentKind::Contract, DocumentKind::TaskBook, DocumentKind::ResultPledge, DocumentKind::LumpSumCommitment] {
        assert!(signing.iter().all(|act| kind.is_issued_by(Noun::Contract, act.id())), "{}", kind.id());
    }
}
