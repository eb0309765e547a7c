//! Two envelopes truly apart: price and team stay sealed for everybody until every expert who sits has locked the blind part; the
//! ceremony of either stage goes on after a restart and on another node; tries before the time leave a trace; lost keys; the record.
use super::sealed::declaration;
use super::support::*;
use jiebang::domain::*;
use jiebang::outside::seal::Vault;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// An id as the engine at hand writes it.
fn key(b: BidId) -> String {
    match std::env::var("JIEBANG_TEST_DATABASE_URL") {
        Ok(_) => format!("'{b}'"),
        Err(_) => format!("X'{}'", b.0.simple()),
    }
}

async fn run(s: &Stage, sql: &str) {
    let done = s.app().db.connection().execute_unprepared(sql).await.unwrap();
    assert_eq!(done.rows_affected(), 1, "{sql}");
}

/// Everything in an offer that is part B, with words that are nowhere else.
fn with_canary(mut offer: Value, word: &str) -> Value {
    for field in ["team_text", "base_text", "estimate_note", "landing_plan"] {
        offer[field] = json!(format!("{word}{}", offer[field].as_str().unwrap()));
    }
    offer
}

#[tokio::test]
async fn price_and_team_are_nobodys_before_every_blind_score_is_locked() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let paper = s.upload("bidder1").await;
    let mut offer = with_canary(s.offer(0, GOVERNMENT), "金丝雀报价");
    offer["attachments"] = json!([paper]);
    let bids = [s.seal(c, "bidder1", offer).await, s.seal(c, "bidder2", s.offer(1, GOVERNMENT)).await];
    s.open(c).await;
    let bureau = ["officer", "checker", "head", "supervisor", "auditor"];
    let read = async |who: &str| {
        let (case, b) = s.app().bid(s.who(who), bids[0]).await.unwrap();
        let offer = s.app().offer(s.who(who), &b, &case).await.unwrap().unwrap();
        let file = s.app().attachment(s.who(who), paper).await.is_ok();
        (offer.json().to_string().contains("金丝雀报价"), offer.whole().is_some(), b.price_fen.is_some(), file)
    };
    for who in bureau {
        assert_eq!(read(who).await, (false, false, false, false), "{who}, after the first stage");
    }
    assert!(read("bidder1").await.1, "a team rereads its own bid");
    let told_so_far = |s: &Stage| {
        let app = s.app().clone();
        async move { app.record(&Actor { role: Role::Auditor, ..Actor::system() }, &[], 0, 500).await.unwrap() }
    };
    let text = told_so_far(&s).await.iter().map(|e| e.body.to_string()).collect::<String>();
    assert!(!text.contains("金丝雀报价") && !text.contains("price_fen"), "the record tells no price");
    for b in &bids {
        s.check_form(*b, true).await;
    }
    s.convene(c).await;
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    let panel = s.assignments(c).await;
    for a in &panel {
        s.seat(a).await;
    }
    assert_eq!(told(s.app().begin_price_opening(s.who("officer"), c, plain()).await), "blind_scores_missing");
    for a in &panel[1..] {
        s.score_blind(a, &bids, &[90, 85]).await;
        let e = s.expert(a.expert);
        let own = s.assignments(c).await.into_iter().find(|x| x.id == a.id).unwrap();
        let seen = s.app().offer_for_review(e, &own, &s.bid(bids[0]).await).await.unwrap();
        assert_eq!(own.head.due, None, "no time runs while there is nothing to do");
        assert!(seen.get("pi_name").is_none() && seen.get("county_fen").is_none(), "its own lock is not enough");
        assert_eq!(told(s.app().score_bid(e, a.id, bids[0], Stage::sheet(80, false)).await), "price_sealed");
        assert_eq!(told(s.app().submit_scores(e, a.id, plain()).await), "price_sealed");
        assert!(s.app().attachment(e, paper).await.is_err());
        assert_eq!(s.app().turns_of(a.id.0).await.unwrap().len(), 0, "nothing to do until the prices are open");
    }
    assert_eq!(told(s.app().begin_price_opening(s.who("officer"), c, plain()).await), "blind_scores_missing", "one is missing");
    assert_eq!(told(s.app().open_price(s.who("supervisor"), c, plain()).await), "blind_scores_missing");
    s.score_blind(&panel[0], &bids, &[90, 85]).await;
    let turn = async || s.app().turns_of(c.0).await.unwrap()[0].turn.what.clone();
    assert_eq!(turn().await, "challenge.price-opening");
    assert_eq!(told(s.app().open_price(s.who("supervisor"), c, plain()).await), "opening_needs_officer_first");
    for who in ["poster", "bidder1", "checker", "supervisor", "finance"] {
        assert_eq!(told(s.app().begin_price_opening(s.who(who), c, plain()).await), "forbidden", "{who}");
    }
    s.app().begin_price_opening(s.who("officer"), c, plain()).await.unwrap();
    assert_eq!(turn().await, "challenge.price-opening-confirmation");
    let same = Actor { role: Role::Supervisor, ..s.who("officer").clone() };
    assert_eq!(told(s.app().open_price(&same, c, plain()).await), "the same person took the step before");
    assert_eq!(read("officer").await, (false, false, false, false), "one person opens nothing");
    s.app().open_price(s.who("supervisor"), c, plain()).await.unwrap();
    for who in bureau {
        assert_eq!(read(who).await, (true, true, true, true), "{who}, after the second stage");
    }
    assert_ne!(told(s.app().open_price(s.who("supervisor"), c, plain()).await), "ok", "once");
    for a in &panel {
        let own = s.assignments(c).await.into_iter().find(|x| x.id == a.id).unwrap();
        assert!(own.may_read_open_part() && own.head.due.is_some());
        assert_eq!(s.app().turns_of(a.id.0).await.unwrap()[0].turn.what, "assignment.submission");
        s.score_open(a, &bids, &[90, 85]).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
    assert_eq!(s.challenge(c).await.ranking[0].bid, bids[0]);
}

#[tokio::test]
async fn a_replacement_who_has_not_scored_keeps_the_prices_shut() {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let panel = s.assignments(c).await;
    for a in &panel {
        s.seat(a).await;
        s.score_blind(a, &bids, &[90, 85]).await;
    }
    assert!(s.challenge(c).await.stages.blind_in);
    s.app().recuse(s.expert(panel[0].expert), panel[0].id, reason()).await.unwrap();
    assert_eq!(told(s.app().begin_price_opening(s.who("officer"), c, plain()).await), "blind_scores_missing", "a seat is empty");
    s.app().keep_all_seats().await.unwrap();
    assert_eq!(
        told(s.app().begin_price_opening(s.who("officer"), c, plain()).await),
        "blind_scores_missing",
        "the next has not scored"
    );
    let next = s.assignments(c).await.into_iter().find(|a| a.head.state == AssignmentState::Invited).unwrap();
    s.seat(&next).await;
    s.score_blind(&next, &bids, &[88, 80]).await;
    assert_eq!(told(s.app().begin_price_opening(s.who("officer"), c, plain()).await), "ok");
}

#[tokio::test]
async fn a_part_that_was_changed_at_rest_is_out_with_its_reason_and_stops_nobody() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bids = s.seal_teams(c, GOVERNMENT, 3).await;
    // Part A of one bid takes the place of another's: it does not open there.
    let sql = format!(
        "UPDATE bid_content SET content = (SELECT content FROM bid_content WHERE bid_id = {} AND part = 'A') WHERE bid_id = {} AND part = 'A'",
        key(bids[0]),
        key(bids[2]),
    );
    run(&s, &sql).await;
    s.open(c).await;
    let state = async |b: BidId| (s.bid(b).await.head.state.id(), s.bid(b).await.reason);
    assert_eq!((state(bids[0]).await.0, state(bids[2]).await.0), ("sealed", "sealed"), "none is opened before all are");
    s.app().declare_broken(s.who("head"), c, declaration()).await.unwrap();
    s.app().open_bids(s.who("supervisor"), c, plain()).await.unwrap();
    assert_eq!(state(bids[2]).await, ("form_rejected", Some("seal_unreadable".into())));
    assert_eq!(state(bids[0]).await, ("opened", None));
    let (case, b) = s.app().bid(s.who("bidder3"), bids[2]).await.unwrap();
    assert_eq!((case.opened_bids, b.reason.as_deref()), (Some(2), Some("seal_unreadable")), "its team reads why");
    for b in &bids[..2] {
        s.check_form(*b, true).await;
    }
    s.convene(c).await;
    assert_eq!(told(s.app().opening_record(s.who("service"), c).await), "hidden", "a poster learns who bid with the ranking");
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score_blind(&a, &bids[..2], &[90, 85]).await;
    }
    let sql = format!("UPDATE bid_content SET content = 'jb1:AAAA' WHERE bid_id = {} AND part = 'B'", key(bids[1]));
    run(&s, &sql).await;
    s.open_price(c).await;
    assert_eq!(state(bids[1]).await.0, "valid");
    s.app().declare_broken(s.who("head"), c, declaration()).await.unwrap();
    s.app().open_price(s.who("supervisor"), c, plain()).await.unwrap();
    assert_eq!(state(bids[1]).await, ("form_rejected", Some("seal_unreadable".into())));
    for a in s.assignments(c).await {
        s.score_open(&a, &bids[..1], &[90]).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
    let record = s.app().opening_record(s.who("bidder3"), c).await.unwrap();
    let outcomes = |b: BidId| record.entries.iter().find(|e| e.bid == b).map(|e| (e.first.as_str(), e.price.as_str()));
    assert_eq!(outcomes(bids[0]), Some(("opened", "opened")));
    assert_eq!(outcomes(bids[1]), Some(("opened", "seal_unreadable")));
    assert_eq!(outcomes(bids[2]), Some(("seal_unreadable", "out")));
    assert_eq!(told(s.app().opening_record(s.who("bidder4"), c).await), "hidden", "who did not bid");
    assert_eq!(told(s.app().opening_record(&Actor::visitor(), c).await), "hidden");
    assert_eq!(told(s.app().opening_record(s.who("service"), c).await), "ok", "there is a ranking now");
}

#[tokio::test]
async fn a_wrong_draft_key_opens_nothing_and_throws_nobody_out() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bids = s.seal_teams(c, GOVERNMENT, 2).await;
    s.close(c).await;
    s.app().begin_opening(s.who("officer"), c, plain()).await.unwrap();
    let other = s.t.another(Vault::fresh()).await;
    other.open_bids(s.who("supervisor"), c, plain()).await.unwrap();
    let tried = s.challenge(c).await;
    assert_eq!((tried.opened_at, tried.stages.unopened.len()), (None, 2), "the try and its reasons are kept");
    assert_eq!(s.bid(bids[0]).await.head.state, BidState::Sealed);
    s.app().open_bids(s.who("supervisor"), c, plain()).await.unwrap();
    assert_eq!(s.challenge(c).await.opened_bids, Some(2));
}

#[tokio::test]
async fn what_is_sealed_at_the_close_is_listed_before_anything_is_opened() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bids = s.seal_teams(c, GOVERNMENT, 3).await;
    s.app().withdraw_bid(s.who("bidder3"), bids[2], reason()).await.unwrap();
    assert_eq!(s.app().close_lists().await.unwrap(), 0, "not before the time");
    s.close(c).await;
    assert_eq!(s.app().close_lists().await.unwrap(), 1);
    s.app().close_list(c).await.unwrap();
    let list = s.challenge(c).await.stages.closing.unwrap();
    let mut sealed = vec![bids[0], bids[1]];
    sealed.sort();
    assert_eq!(list.bids.iter().map(|l| l.bid).collect::<Vec<_>>(), sealed);
    let first = s.bid(sealed[0]).await.seal.unwrap();
    assert_eq!((&list.bids[0].sha256, &list.bids[0].commits, list.bids[0].commits.len()), (&first.sha256, &first.parts, 2));
    let closings = async |who: &str| {
        let case = s.app().challenge(s.who(who), c).await.unwrap();
        let story = s.app().story(s.who(who), &case, None, 200).await.unwrap();
        story.iter().filter(|e| e.kind == "challenge.closing").count()
    };
    for who in ["officer", "head", "auditor", "poster", "bidder1"] {
        assert_eq!(closings(who).await, 0, "{who} learns no number before the opening");
    }
    s.app().begin_opening(s.who("officer"), c, plain()).await.unwrap();
    s.app().open_bids(s.who("supervisor"), c, plain()).await.unwrap();
    assert_eq!((closings("auditor").await, closings("bidder1").await), (1, 0), "once");
}

#[tokio::test]
async fn tries_before_the_time_are_refused_and_leave_one_trace_for_the_auditor() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    s.seal_teams(c, GOVERNMENT, 2).await;
    s.set_clock(s.challenge(c).await.close_at.unwrap() - jiff::SignedDuration::from_millis(1));
    let traces = async || {
        let auditor = s.who("auditor");
        let case = s.app().challenge(auditor, c).await.unwrap();
        let story = s.app().story(auditor, &case, None, 500).await.unwrap();
        story.iter().filter(|e| e.kind == "challenge.early-try").count()
    };
    let before = serde_json::to_value(s.challenge(c).await).unwrap();
    let mut expected = 0;
    for (who, said) in [("officer", "still_sealed"), ("head", "forbidden"), ("bidder1", "forbidden"), ("admin", "forbidden")] {
        assert_eq!(told(s.app().begin_opening(s.who(who), c, plain()).await), said, "{who}");
        expected += 1;
        assert_eq!(traces().await, expected, "{who}");
    }
    assert_eq!(told(s.app().open_bids(s.who("supervisor"), c, plain()).await), "still_sealed");
    assert_eq!(told(s.app().open_bids(&Actor::system(), c, plain()).await), "forbidden", "nor the platform itself");
    assert_eq!(told(s.app().handout(s.who("officer"), c).await), "hidden");
    assert_eq!(told(s.app().begin_opening(&Actor::visitor(), c, plain()).await), "sign in first");
    assert_eq!(traces().await, expected + 3, "a visitor leaves none");
    assert_eq!(serde_json::to_value(s.challenge(c).await).unwrap(), before, "nothing changed");
    let case = s.app().challenge(s.who("officer"), c).await.unwrap();
    let story = s.app().story(s.who("officer"), &case, None, 500).await.unwrap();
    assert!(!story.iter().any(|e| e.kind == "challenge.early-try"), "the officer does not see who is watched");
    s.close(c).await;
    assert_eq!(told(s.app().begin_opening(s.who("officer"), c, plain()).await), "ok");
    assert_eq!(traces().await, expected + 3);
}
