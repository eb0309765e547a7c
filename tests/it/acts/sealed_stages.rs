//! The ceremony of both stages: it lies in the database and goes on anywhere; a wrap of part B leaves it at the second stage only;
//! lost keys are made good by the teams' spares; the server may seal to the keyholders where the challenge says so.
use super::sealed::{HOLDERS, House, declaration, found, spoil};
use super::support::*;
use jiebang::domain::forms::*;
use jiebang::domain::seal::{Handout, Part, SealedBy, Share, b64};
use jiebang::domain::*;
use jiebang::outside::seal::{ContentKey, finish, peel};
use jiebang::store::share;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

pub(super) async fn sealed_by(h: &House, c: ChallengeId, teams: usize) -> Vec<BidId> {
    let mut bids = vec![];
    for (n, (who, _)) in TEAMS.iter().enumerate().take(teams) {
        let b = h.start(c, who).await;
        let file = h.sealed(who, b, &h.s.offer(n, GOVERNMENT), |_| {}).await;
        assert_eq!(h.submit(who, b, file).await, "ok", "{who}");
        bids.push(b);
    }
    bids
}

/// The key of one envelope as its team has it in its spare: here taken out by all the keyholders' keys.
fn own_key(h: &House, c: &Challenge, b: &Bid, part: Part) -> ContentKey {
    let (envelope, roster) = (b.seal.as_ref().unwrap().envelope(part).unwrap(), &c.sealing.as_ref().unwrap().roster);
    let mut share = Share::first(envelope, &envelope.wraps[0]);
    while let Some(n) = share.holder() {
        share = peel(&h.keys[usize::from(n) - 1], roster, &envelope.bound(), &share).unwrap();
    }
    finish(envelope, &share).unwrap()
}

fn spare(key: &ContentKey) -> SpareKey {
    form(json!({ "key": b64::text(key.bytes()), "agree": true }))
}

#[tokio::test]
async fn a_ceremony_goes_on_after_a_restart_and_on_another_node() {
    let h = House::new().await;
    let c = h.published().await;
    let bids = sealed_by(&h, c, 2).await;
    h.begun(c).await;
    assert_eq!(h.part(c, 0).await, 4, "two quorums of the first, two bids, part A");
    // Another node, with nothing of the first one's memory.
    let node = h.s.t.another(h.s.t.vault.clone()).await;
    let handed = node.handout(h.s.who(HOLDERS[1]), c).await.unwrap();
    assert_eq!(handed.shares.iter().map(|s| (s.opened, s.envelope)).collect::<Vec<_>>(), [(1, Part::A), (0, Part::A)].repeat(2));
    let open = |s: &Share| peel(&h.keys[1], &handed.roster, &handed.bound(s), s).unwrap();
    let answer = Handout { shares: handed.shares.iter().map(open).collect(), ..handed.clone() };
    // Both nodes are given the same answer at once: it counts once.
    let who = h.s.who(HOLDERS[1]);
    let (one, two) = tokio::join!(node.take_shares(who, c, answer.clone()), h.s.app().take_shares(who, c, answer));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.opened + two.opened, one.damaged + two.damaged), (4, 0));
    assert_eq!((one.keys.max(two.keys), one.of), (2, 2));
    let kept = share::of(&h.s.app().db, c).await.unwrap();
    assert!(kept.iter().all(|k| k.part == Part::A && k.data.0.starts_with("jb1:")), "under the vault's key, of this stage");
    let third = h.s.t.another(h.s.t.vault.clone()).await;
    third.open_bids(h.s.who("supervisor"), c, plain()).await.unwrap();
    assert_eq!(share::of(&h.s.app().db, c).await.unwrap(), [], "nothing of the keys is left");
    assert_eq!(h.state(bids[0]).await, ("opened", None));
    let done = h.s.challenge(c).await.stages.done;
    assert_eq!((done[0].stage, done[0].holders.clone()), (OpeningStage::First, vec![1, 2]));
}

#[tokio::test]
async fn no_wrap_of_part_b_leaves_before_the_second_stage_and_what_one_has_by_then_opens_no_price() {
    let h = House::new().await;
    let c = h.published().await;
    let word = format!("金丝雀{}", Uuid::new_v4().simple());
    let mut offer = h.s.offer(0, GOVERNMENT);
    offer["team_text"] = json!(format!("{word}{}", offer["team_text"].as_str().unwrap()));
    let b = h.start(c, "bidder1").await;
    let file = h.sealed("bidder1", b, &offer, |_| {}).await;
    assert_eq!(h.submit("bidder1", b, file).await, "ok");
    let other = sealed_other(&h, c).await;
    h.begun(c).await;
    h.part(c, 0).await;
    h.part(c, 1).await;
    assert_eq!(h.confirm(c).await, "ok");
    for who in HOLDERS {
        assert_eq!(told(h.s.app().handout(h.s.who(who), c).await), "handout_too_early", "{who}");
        if who == "finance" {
            continue;
        }
        let seen = h.s.t.get(who, &format!("/bids/{b}")).await.ok();
        assert!(seen["seal"].get("sealed").is_none() && !seen.to_string().contains("wraps"), "{who}");
    }
    let sealed = h.s.bid(b).await.seal.unwrap().sealed.unwrap().file;
    assert!(h.s.app().attachment(h.s.who("officer"), sealed).await.is_err(), "nor the sealed file itself");
    // The whole database and its files, the vault's key, and one keyholder's key: part B does not open.
    let (case, bid) = (h.s.challenge(c).await, h.s.bid(b).await);
    let envelope = bid.seal.as_ref().unwrap().envelope(Part::B).unwrap().clone();
    for key in &h.keys {
        for wrap in &envelope.wraps {
            let first = Share::first(&envelope, wrap);
            let roster = &case.sealing.as_ref().unwrap().roster;
            let peeled = peel(key, roster, &envelope.bound(), &first);
            assert!(peeled.is_err() || finish(&envelope, &peeled.unwrap()).is_err());
        }
    }
    assert_eq!(found(&h, &word), Vec::<String>::new());
    h.s.to_blind_locked(c, &[b, other]).await;
    assert_eq!(
        h.s.app().begin_price_opening(h.s.who("officer"), c, plain()).await.map(|_| ()).map_err(|e| e.to_string()),
        Ok(())
    );
    assert_eq!(told(h.s.app().handout(h.s.who("officer"), c).await), "handout_too_early", "one person is not enough");
    assert_eq!(h.confirm_price(c).await, "ok");
    assert_eq!(h.confirm_price(c).await, "keys_missing");
    spoil(&h, other, Part::B).await;
    let handed = h.s.app().handout(h.s.who(HOLDERS[0]), c).await.unwrap();
    assert!(handed.shares.iter().all(|s| s.envelope == Part::B), "of part B only");
    h.part(c, 0).await;
    assert_eq!(h.confirm_price(c).await, "keys_missing", "one keyholder opens nothing");
    assert_eq!(found(&h, &word), Vec::<String>::new());
    // Between the shares the node is restarted.
    let node = h.s.t.another(h.s.t.vault.clone()).await;
    h.part_at(&node, c, 2).await;
    assert_eq!(h.confirm_price(c).await, "ok");
    assert!(h.s.challenge(c).await.is_stuck() && h.s.bid(b).await.price_fen.is_none(), "no price is open before all are");
    h.s.app().declare_broken(h.s.who("head"), c, declaration()).await.unwrap();
    assert_eq!(h.confirm_price(c).await, "ok");
    assert_eq!(h.state(other).await, ("form_rejected", Some("seal_changed_item".into())), "one bad B stops nobody else");
    assert!(h.s.bid(b).await.price_fen.is_some());
    let record = h.s.app().opening_record(h.s.who("bidder2"), c).await.unwrap();
    let told = |b: BidId| record.entries.iter().find(|e| e.bid == b).map(|e| e.price.clone()).unwrap();
    assert_eq!((told(b).as_str(), told(other).as_str(), record.stages.len()), ("opened", "seal_changed_item", 2));
    assert_eq!(record.stages[1].keyholders.len(), 2);
    // The record, checked as anyone checks it.
    crate::log::verified(&h.s).await.unwrap();
}

async fn sealed_other(h: &House, c: ChallengeId) -> BidId {
    let b = h.start(c, "bidder2").await;
    let file = h.sealed("bidder2", b, &h.s.offer(1, GOVERNMENT), |_| {}).await;
    assert_eq!(h.submit("bidder2", b, file).await, "ok");
    b
}

#[tokio::test]
async fn a_wrap_that_one_keyholder_can_not_open_is_made_good_by_another_quorum() {
    let h = House::new().await;
    let c = h.published().await;
    let bids = sealed_by(&h, c, 2).await;
    h.begun(c).await;
    // The first says of the first bid that nothing opened.
    let who = h.s.who(HOLDERS[0]);
    let handed = h.s.app().handout(who, c).await.unwrap();
    let open = |s: &Share| peel(&h.keys[0], &handed.roster, &handed.bound(s), s).unwrap();
    let shares = handed.shares.iter().filter(|s| s.bid != bids[0].0).map(open).collect();
    let taken = h.s.app().take_shares(who, c, Handout { shares, ..handed.clone() }).await.unwrap();
    assert_eq!((taken.opened, taken.damaged), (2, 2));
    h.part(c, 1).await;
    assert_eq!(h.confirm(c).await, "keys_missing", "the quorum of the second and third may still open it");
    h.part(c, 2).await;
    assert_eq!(h.confirm(c).await, "ok");
    assert_eq!((h.state(bids[0]).await.0, h.state(bids[1]).await.0), ("opened", "opened"));
}

#[tokio::test]
async fn lost_keys_are_made_good_by_spares_within_a_window_and_one_that_is_late_is_out() {
    let h = House::new().await;
    let c = h.published().await;
    let bids = sealed_by(&h, c, 3).await;
    assert_eq!(told(h.s.app().ask_spares(h.s.who("officer"), c, reason()).await), "out_of_order");
    h.begun(c).await;
    h.part(c, 0).await;
    let ask = async || told(h.s.app().ask_spares(h.s.who("officer"), c, reason()).await);
    assert_eq!(ask().await, "keyholders_have_time");
    let case = h.s.challenge(c).await;
    h.s.set_clock(case.holders_until(OpeningStage::First).unwrap());
    let key = |n: usize, part: Part| {
        let (h, case, b) = (&h, &case, bids[n]);
        async move { own_key(h, case, &h.s.bid(b).await, part) }
    };
    assert_eq!(told(h.s.app().grant_spares(h.s.who("supervisor"), c, plain()).await), "spares_not_asked");
    assert_eq!(ask().await, "ok");
    assert_eq!(ask().await, "spares_asked");
    let bring = async |who: &str, n: usize, key: &ContentKey| told(h.s.app().bring_key(h.s.who(who), bids[n], spare(key)).await);
    assert_eq!(bring("bidder1", 0, &key(0, Part::A).await).await, "spares_not_taken", "one person opens no window");
    assert_eq!(told(h.s.app().grant_spares(h.s.who("supervisor"), c, plain()).await), "ok");
    let turns = h.s.app().turns_of(bids[0].0).await.unwrap();
    assert_eq!(
        (turns[0].turn.what.as_str(), turns[0].turn.due),
        ("bid.spare-key", h.s.challenge(c).await.stages.spares[0].until)
    );
    assert_eq!(bring("bidder1", 0, &key(1, Part::A).await).await, "key_not_of_this_bid", "another's");
    assert_eq!(bring("bidder1", 0, &key(0, Part::B).await).await, "key_not_of_this_bid", "of the part that is not asked for");
    assert_eq!(bring("bidder2", 0, &key(0, Part::A).await).await, "hidden", "not its bid");
    assert_eq!(bring("bidder1", 0, &key(0, Part::A).await).await, "ok");
    assert_eq!(bring("bidder1", 0, &key(0, Part::A).await).await, "key_brought");
    assert_eq!(bring("bidder2", 1, &key(1, Part::A).await).await, "ok");
    assert_eq!(h.confirm(c).await, "keys_missing", "the third still has time");
    h.s.set_clock(h.s.challenge(c).await.stages.spares[0].until.unwrap());
    assert_eq!(bring("bidder3", 2, &key(2, Part::A).await).await, "spares_not_taken", "late is late");
    assert_eq!(h.confirm(c).await, "ok");
    assert_eq!(h.state(bids[2]).await.0, "sealed", "nobody but the meeting puts it out");
    h.s.app().declare_broken(h.s.who("head"), c, declaration()).await.unwrap();
    assert_eq!(h.confirm(c).await, "ok");
    assert_eq!((h.state(bids[0]).await.0, h.state(bids[1]).await.0), ("opened", "opened"));
    assert_eq!(h.state(bids[2]).await, ("form_rejected", Some("keys_lost".into())));
    let record = h.s.app().opening_record(h.s.who("officer"), c).await.unwrap();
    let mut brought = vec![bids[0], bids[1]];
    brought.sort();
    assert_eq!((record.stages[0].spares.clone(), record.stages[0].keyholders.len()), (brought, 1));
    crate::log::verified(&h.s).await.unwrap();
}

#[tokio::test]
async fn the_server_seals_to_the_keyholders_where_the_challenge_says_so_and_is_named() {
    let h = House::new().await;
    let c = h.published_as("keyholders_or_server").await;
    let word = format!("金丝雀{}", Uuid::new_v4().simple());
    let paper = h.s.upload("bidder1").await;
    let mut offer = h.s.offer(0, GOVERNMENT);
    offer["route"] = json!(format!("{word}{}", offer["route"].as_str().unwrap()));
    offer["attachments"] = json!([paper]);
    let b = h.s.seal(c, "bidder1", offer).await;
    let seal = h.s.bid(b).await.seal.unwrap();
    assert_eq!((seal.by_whom(), seal.sealed.as_ref().unwrap().envelopes[1].sealed_by), ("server", SealedBy::Server));
    assert!(h.s.app().attachments(&[paper]).await.unwrap().is_empty(), "what was uploaded for it is gone");
    assert_eq!(h.s.app().bid_draft(h.s.who("bidder1"), b).await.unwrap().2, json!({}));
    assert_eq!(found(&h, &word), Vec::<String>::new());
    let event = h.s.app().story_of(h.s.who("bidder1"), b.0, 20).await.unwrap().remove(0);
    assert_eq!((event.kind.as_str(), &event.body["event"]["facts"]["sealed_by"]), ("bid.seal", &json!("server")));
    // A team's own file beside it, and one that claims to be the server's.
    let other = sealed_other(&h, c).await;
    assert_eq!(h.s.bid(other).await.seal.unwrap().by_whom(), "team");
    h.begun(c).await;
    h.part(c, 1).await;
    h.part(c, 2).await;
    assert_eq!(h.confirm(c).await, "ok");
    let (case, bid) = h.s.app().bid(h.s.who("officer"), b).await.unwrap();
    let read = h.s.app().offer(h.s.who("officer"), &bid, &case).await.unwrap().unwrap();
    assert!(read.json()["route"].as_str().unwrap().starts_with(&word));
    h.s.to_blind_locked(c, &[b, other]).await;
    assert_eq!(h.open_price_by(c, &[0, 1]).await, "ok");
    let (case, bid) = h.s.app().bid(h.s.who("officer"), b).await.unwrap();
    let whole = h.s.app().offer(h.s.who("officer"), &bid, &case).await.unwrap().unwrap().whole().unwrap();
    let file = h.s.app().attachment(h.s.who("officer"), whole.attachments[0]).await.unwrap();
    assert_eq!(file.name, "证明.pdf");
}

#[tokio::test]
async fn shares_that_were_changed_at_rest_do_not_pass_for_others() {
    let h = House::new().await;
    let c = h.published().await;
    sealed_by(&h, c, 2).await;
    h.begun(c).await;
    h.part(c, 0).await;
    let swap = "UPDATE opening_share SET data = (SELECT data FROM opening_share ORDER BY id LIMIT 1)";
    h.s.app().db.connection().execute_unprepared(swap).await.unwrap();
    assert!(h.s.app().handout(h.s.who(HOLDERS[1]), c).await.is_err());
}

#[tokio::test]
async fn a_unit_that_was_barred_when_its_bid_was_sealed_is_out_at_the_opening_and_one_barred_later_is_not() {
    let h = House::new().await;
    let (_, first) = h.s.to_opened(GOVERNMENT, "single", 2).await;
    let mut records = vec![];
    for b in first {
        let facts = json!({ "kind": "misuse", "facts": "经核查，提交的检测报告系伪造，已由出具单位书面确认。" });
        records.push(h.s.app().propose_integrity_of_bid(h.s.who("officer"), b, form(facts)).await.unwrap().id);
    }
    h.s.advance(15);
    let c = h.published().await;
    let bids = [h.start(c, "bidder1").await, h.start(c, "bidder2").await];
    let enter = async |n: usize| {
        let form = meeting(json!({ "months": 24, "bars": ["bidding"] }));
        h.s.app().enter_integrity(h.s.who("head"), records[n], form).await.unwrap();
    };
    enter(0).await;
    for (n, who) in ["bidder1", "bidder2"].into_iter().enumerate() {
        let file = h.sealed(who, bids[n], &h.s.offer(n, GOVERNMENT), |_| {}).await;
        assert_eq!(h.submit(who, bids[n], file).await, "ok", "the server can't read who bids");
    }
    h.s.advance(1);
    enter(1).await;
    h.begun(c).await;
    h.part(c, 0).await;
    h.part(c, 1).await;
    assert_eq!(h.confirm(c).await, "ok");
    assert_eq!(h.state(bids[0]).await, ("form_rejected", Some("barred_by_integrity".into())));
    assert_eq!(h.state(bids[1]).await, ("opened", None));
}
