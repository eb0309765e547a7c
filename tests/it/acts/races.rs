//! Many at once, by the acts themselves: what one may win is won once, and nobody meets an internal error.
use super::support::*;
use crate::support::{self, credit_code};
use jiebang::{
    app,
    domain::{clock::Clock, forms::*, *},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How often each word was said.
async fn tally<F: Future<Output = String> + Send + 'static>(all: impl IntoIterator<Item = F>) -> BTreeMap<String, usize> {
    let mut set = tokio::task::JoinSet::new();
    for one in all {
        set.spawn(one);
    }
    let mut out = BTreeMap::new();
    for said in set.join_all().await {
        *out.entry(said).or_default() += 1;
    }
    out
}

fn said(all: &[(&str, usize)]) -> BTreeMap<String, usize> {
    all.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect()
}

/// Twenty times the same act by the same person.
macro_rules! twenty { ($s:expr, $who:expr, |$app:ident, $actor:ident| $act:expr $(, $given:ident)?) => {{
    let (app, actor) = ($s.app().clone(), $s.who($who).clone());
    tally((0..20).map(|_| {
        let ($app, $actor) = (app.clone(), actor.clone());
        $(let $given = $given.clone();)?
        async move { told($act.await) }
    }))
    .await
}} }

/// So many teams with a draft each, on one challenge.
async fn teams_with_drafts(s: &mut Stage, n: usize) -> (ChallengeId, Vec<(Actor, BidId)>) {
    let mut teams = vec![];
    for n in 0..n {
        let o = s.t.organisation("", &credit_code(200 + n), &format!("揭榜单位{n}（示例）"), "university").await;
        let org: OrgId = serde_json::from_value(o["id"].clone()).unwrap();
        let (account, name) = (AccountId(Uuid::new_v4()), format!("团队{n}"));
        teams.push((Actor { account, org, role: Role::Bidder, name, once: None, proven: true, had: None }, o));
    }
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut drafts = vec![];
    for (team, org) in teams {
        let b = s.app().start_bid(&team, c, StartBid { note: None }).await.unwrap().id;
        s.app().save_bid_draft(&team, b, support::offer(&org, 200_000_000, 20_000_000, "99"), None).await.unwrap();
        drafts.push((team, b));
    }
    (c, drafts)
}

async fn finalise(app: app::App, team: Actor, b: BidId) -> String {
    told(app.seal_bid(&team, b, SealBid { agree: true }).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eighty_teams_seal_in_the_last_second_and_nobody_after_it() {
    let mut s = Stage::new().await;
    let (c, mut drafts) = teams_with_drafts(&mut s, 80).await;
    let close = s.challenge(c).await.close_at.unwrap();
    s.set_clock(close - jiff::SignedDuration::from_millis(1));
    let late = drafts.split_off(78);
    let sealed = tally(drafts.into_iter().map(|(team, b)| finalise(s.app().clone(), team, b))).await;
    assert_eq!(sealed, said(&[("ok", 78)]));
    s.set_clock(close);
    let refused = tally(late.into_iter().map(|(team, b)| finalise(s.app().clone(), team, b))).await;
    assert_eq!(refused, said(&[("bidding_closed", 2)]));
    s.open(c).await;
    assert_eq!(s.challenge(c).await.opened_bids, Some(78));
}

/// D5: two hundred at once while the time runs out; who was told yes, what the record dates before the deadline, and what
/// stands on the closing list are the same bids.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_deadline_passes_accepted_is_what_the_record_dates_before_it() {
    let mut s = Stage::new().await;
    let (c, drafts) = teams_with_drafts(&mut s, 100).await;
    let close = s.challenge(c).await.close_at.unwrap();
    s.set_clock(close - jiff::SignedDuration::from_millis(1));
    let mut set = tokio::task::JoinSet::new();
    let yes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for (n, (team, b)) in drafts.iter().cycle().take(200).cloned().enumerate() {
        let (app, clock, yes) = (s.app().clone(), s.t.clock.clone(), yes.clone());
        set.spawn(async move {
            let said = finalise(app, team, b).await;
            // The time is over when some have been let in and the rest are on their way.
            if said == "ok" && yes.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 30 {
                clock.set(close);
            }
            (n, b, said)
        });
    }
    let all = set.join_all().await;
    let accepted: BTreeSet<BidId> = all.iter().filter(|(_, _, said)| said == "ok").map(|(_, b, _)| *b).collect();
    let words: BTreeSet<&str> = all.iter().map(|(_, _, said)| said.as_str()).collect();
    assert!(words.is_subset(&BTreeSet::from(["ok", "bidding_closed", "out_of_order", "nothing_changed"])), "{words:?}");
    assert!(words.contains("bidding_closed") && accepted.len() >= 31 && accepted.len() < 100, "{} of 100", accepted.len());
    let entries = jiebang::store::event::of_case(&s.app().db, c, &Visibility::ALL, None, 10_000).await.unwrap();
    let sealings = entries.iter().filter(|e| e.kind.starts_with("bid.seal"));
    let dated: BTreeSet<BidId> = sealings.filter(|e| e.at < close).map(|e| BidId(e.subject)).collect();
    assert_eq!(dated, accepted);
    s.open(c).await;
    let listed: BTreeSet<BidId> = s.challenge(c).await.stages.closing.unwrap().bids.iter().map(|l| l.bid).collect();
    assert_eq!(listed, accepted);
    s.verified().await.unwrap();
}

/// D5: the time is compared after the lock, not before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finalise_that_waits_across_the_deadline_is_refused() {
    let mut s = Stage::new().await;
    let (c, drafts) = teams_with_drafts(&mut s, 1).await;
    let close = s.challenge(c).await.close_at.unwrap();
    s.set_clock(close - jiff::SignedDuration::from_millis(1));
    let held = s.app().db.connection().begin().await.unwrap();
    held.execute_unprepared("UPDATE challenge SET version = version").await.unwrap();
    let (team, b) = drafts[0].clone();
    let waiting = tokio::spawn(finalise(s.app().clone(), team, b));
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert!(!waiting.is_finished(), "it waits for the lock");
    s.set_clock(close);
    held.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap(), "bidding_closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_opening_one_award_one_notice_one_contract() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bids = s.seal_teams(c, GOVERNMENT, 2).await;
    s.close(c).await;
    assert_eq!(twenty!(s, "officer", |app, a| app.begin_opening(&a, c, plain())), said(&[("ok", 1), ("opening_begun", 19)]));
    assert_eq!(twenty!(s, "supervisor", |app, a| app.open_bids(&a, c, plain())), said(&[("ok", 1), ("out_of_order", 19)]));
    for b in &bids {
        s.check_form(*b, true).await;
    }
    assert_eq!(
        twenty!(s, "officer", |app, a| app.convene_panel(&a, c, Convene { kind_note: None })),
        said(&[("ok", 1), ("panel_called", 19)])
    );
    assert_eq!(twenty!(s, "supervisor", |app, a| app.draw_panel(&a, c, Stage::words())), said(&[("ok", 1), ("panel_there", 19)]));
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    for a in s.assignments(c).await {
        s.seat(&a).await;
        s.score(&a, &bids, &[90, 85]).await;
    }
    s.conclude(c, &Stage::report()).await.unwrap();
    assert_eq!(twenty!(s, "officer", |app, a| app.sign_report(&a, c, Stage::report())), said(&[("ok", 1), ("out_of_order", 19)]));
    s.agree(GOVERNMENT, c, bids[0]).await;
    assert_eq!(
        twenty!(s, "head", |app, a| app.decide_award(&a, c, meeting(json!({})))),
        said(&[("ok", 1), ("out_of_order", 19)])
    );
    let notices = s.notices(c).await;
    assert_eq!(notices.len(), 1);
    let n = notices[0].id;
    assert_eq!(twenty!(s, "head", |app, a| app.publish_notice(&a, n, plain())), said(&[("ok", 1), ("out_of_order", 19)]));
    s.set_clock(s.notice(n).await.ends_at.unwrap());
    assert_eq!(twenty!(s, "officer", |app, a| app.confirm_notice(&a, n, plain())), said(&[("ok", 1), ("out_of_order", 19)]));
    assert_eq!(s.contracts(c).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_goes_out_once() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let i = s.instalments(k).await.remove(3);
    s.request(&i, "bidder1", "u1").await;
    s.app().check_payment(s.who("officer"), i.id, plain()).await.unwrap();
    assert_eq!(
        twenty!(s, "head", |app, a| app.approve_payment(
            &a,
            i.id,
            form(json!({ "fiscal_year": 2026, "budget_doc_no": "交财预〔2026〕8号" }))
        )),
        said(&[("ok", 1), ("out_of_order", 19)])
    );
    let (id, raw) = (i.id, json!({ "voucher": "国库支付0001", "paid_on": s.today(), "amount_fen": i.amount_fen }));
    let paid = twenty!(s, "finance", |app, a| app.pay_fiscal(&a, id, form(raw)), raw);
    assert_eq!(paid, said(&[("ok", 1), ("out_of_order", 19)]));
}

/// Accepting an objection and confirming the notice at the same moment: either the objection holds it, or it came too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objection_and_a_confirmation_do_not_pass_each_other() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let ends = s.notice(n).await.ends_at.unwrap();
    s.set_clock(ends - jiff::SignedDuration::from_millis(1));
    let o = s.object(n, s.who("bidder2")).await;
    s.set_clock(ends);
    let (app, checker, officer) = (s.app().clone(), s.who("checker").clone(), s.who("officer").clone());
    let other = app.clone();
    let accept = tokio::spawn(async move { told(app.accept_objection(&checker, o, plain()).await) });
    let confirm = tokio::spawn(async move { told(other.confirm_notice(&officer, n, plain()).await) });
    let (accepted, confirmed) = (accept.await.unwrap(), confirm.await.unwrap());
    assert_eq!(accepted, "ok");
    assert!(["objection_open", "out_of_order"].contains(&confirmed.as_str()), "{confirmed}");
    assert_eq!(s.challenge(c).await.head.state, ChallengeState::OnHold);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_equal_requests_have_one_effect() {
    let s = Stage::new().await;
    let once = |body: &str| Actor { once: Some(("key-1".into(), hash::sha256_hex(body.as_bytes()))), ..s.who("poster").clone() };
    let create = |actor: Actor| {
        let app = s.app().clone();
        async move { told(app.create_challenge(&actor, form(json!({ "title": "焦化脱硫废液提盐及副盐高值化" }))).await) }
    };
    let seen = tally((0..50).map(|_| create(once("a")))).await;
    assert_eq!(seen, said(&[("ok", 1), ("replayed", 49)]));
    assert_eq!(create(once("b")).await, "the key was used for another request");
    assert_eq!(create(Actor { once: once("a").once, ..s.who("poster2").clone() }).await, "ok", "another's key is another key");
    let mine = s.app().own_challenges(s.who("poster"), vec![], jiebang::store::Page::first(50)).await.unwrap();
    assert_eq!(mine.items.len(), 1);
}

/// Also where a unique index would be the first to say no: the repeated request is the same request, not a second bid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_is_not_told_that_it_comes_second() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let team = Actor { once: Some(("key-1".into(), hash::sha256_hex(b"x"))), ..s.who("bidder1").clone() };
    let start = || {
        let (app, team) = (s.app().clone(), team.clone());
        async move { told(app.start_bid(&team, c, StartBid { note: None }).await) }
    };
    assert_eq!(tally((0..30).map(|_| start())).await, said(&[("ok", 1), ("replayed", 29)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_given_once_and_nobody_is_turned_away_for_them() {
    let s = Stage::new().await;
    let mut waiting = vec![];
    for _ in 0..8 {
        waiting.push(s.to_list_notice("poster", need(ENTERPRISE, "single")).await);
    }
    s.set_clock(s.challenge(waiting[7]).await.head.due.unwrap());
    let close_at = s.in_days(31);
    let publish = |c: ChallengeId| {
        let (app, officer) = (s.app().clone(), s.who("officer").clone());
        async move { told(app.publish_challenge(&officer, c, Publication { close_at, sealing: None, rubric: None }).await) }
    };
    assert_eq!(tally(waiting.iter().map(|c| publish(*c))).await, said(&[("ok", 8)]));
    let mut numbers = vec![];
    for c in waiting {
        numbers.push(s.challenge(c).await.number.unwrap());
    }
    numbers.sort();
    assert_eq!(numbers, (1..=8).map(|n| format!("JC-2026-{n:03}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_has_no_gap_after_a_rush() {
    let s = Stage::new().await;
    let create = |n: usize| {
        let (app, who) = (s.app().clone(), s.who(["poster", "poster2", "service"][n % 3]).clone());
        async move {
            told(app.create_challenge(&who, form(json!({ "title": format!("第{n}个并发创建的榜题工作标题") }))).await)
        }
    };
    assert_eq!(tally((0..60).map(create)).await, said(&[("ok", 60)]));
    let all = s.app().record(&Actor::system(), &[], 0, 1000).await.unwrap();
    let seqs: Vec<i64> = all.iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=i64::try_from(all.len()).unwrap()).collect::<Vec<_>>());
}
