//! Many confirm an opening at once, one person or two, on two nodes: it is opened once and whole, or not at all, and each is told why.
use super::races::{said, tally};
use super::sealed::{House, declaration, spoil};
use super::sealed_stages::sealed_by;
use super::support::*;
use jiebang::app::App;
use jiebang::domain::seal::Part;
use jiebang::domain::*;
use std::collections::BTreeMap;

/// Two supervisors, two nodes.
struct Crowd {
    people: [Actor; 2],
    nodes: [App; 2],
}

impl Crowd {
    async fn of(h: &mut House) -> Self {
        let office = h.s.t.org("discipline")["id"].as_str().unwrap().to_owned();
        h.s.t.person("supervisor", "supervisor2", &office, None).await;
        h.s.meet("supervisor2").await;
        let people = ["supervisor", "supervisor2"].map(|who| h.s.who(who).clone());
        Self { people, nodes: [h.s.app().clone(), h.s.t.another(h.s.t.vault.clone()).await] }
    }

    /// Fifty confirmations at once.
    async fn confirm(&self, c: ChallengeId, stage: OpeningStage) -> BTreeMap<String, usize> {
        let one = |n: usize| {
            let (app, actor) = (self.nodes[n % 2].clone(), self.people[(n / 2) % 2].clone());
            async move {
                match stage {
                    OpeningStage::First => told(app.open_bids(&actor, c, plain()).await),
                    OpeningStage::Price => told(app.open_price(&actor, c, plain()).await),
                }
            }
        };
        tally((0..50).map(one)).await
    }
}

fn is(said: &BTreeMap<String, usize>, ok: usize, others: &[&str]) {
    assert_eq!(said.get("ok"), Some(&ok), "{said:?}");
    assert!(said.keys().all(|word| word == "ok" || others.contains(&word.as_str())), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_of_confirmations_opens_what_no_key_has_come_for() {
    let mut h = House::new().await;
    let crowd = Crowd::of(&mut h).await;
    let c = h.published().await;
    let bids = sealed_by(&h, c, 2).await;
    h.s.close(c).await;
    h.s.app().begin_opening(h.s.who("officer"), c, plain()).await.unwrap();
    assert_eq!(
        crowd.confirm(c, OpeningStage::First).await,
        said(&[("ok", 1), ("keys_missing", 49)]),
        "one of them is the witness"
    );
    for b in &bids {
        assert_eq!(h.state(*b).await, ("sealed", None));
    }
    assert!(h.s.challenge(c).await.opened_at.is_none());
    h.part(c, 0).await;
    h.part(c, 1).await;
    is(&crowd.confirm(c, OpeningStage::First).await, 1, &["out_of_order", "hidden"]);
    assert_eq!(h.s.challenge(c).await.opened_bids, Some(2));

    h.s.to_blind_locked(c, &bids).await;
    h.s.app().begin_price_opening(h.s.who("officer"), c, plain()).await.unwrap();
    assert_eq!(crowd.confirm(c, OpeningStage::Price).await, said(&[("ok", 1), ("keys_missing", 49)]));
    assert!(!h.s.challenge(c).await.price_is_open());
    h.part(c, 1).await;
    h.part(c, 2).await;
    is(&crowd.confirm(c, OpeningStage::Price).await, 1, &["out_of_order"]);
    for b in &bids {
        assert_eq!(h.state(*b).await, ("valid", None));
        assert!(h.s.bid(*b).await.price_fen.is_some());
    }
    h.s.verified().await.unwrap();
}

/// What does not open is tried again by the same people, for as long as the meeting has not declared it broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_that_comes_back_whole_is_opened_by_the_next_try() {
    let mut h = House::new().await;
    let crowd = Crowd::of(&mut h).await;
    let c = h.published().await;
    let bids = sealed_by(&h, c, 2).await;
    h.begun(c).await;
    h.part(c, 0).await;
    h.part(c, 1).await;
    spoil(&h, bids[1], Part::A).await;
    is(&crowd.confirm(c, OpeningStage::First).await, 50, &[]);
    let case = h.s.challenge(c).await;
    assert_eq!((case.state_at(h.s.now()), case.stages.unopened.len()), (ChallengeState::Closed, 1));
    let turns: Vec<String> = h.s.app().turns_of(c.0).await.unwrap().into_iter().map(|w| w.turn.what).collect();
    assert_eq!(turns, ["challenge.opening-confirmation", "challenge.broken-declaration"], "again, or the meeting");
    spoil(&h, bids[1], Part::A).await;
    is(&crowd.confirm(c, OpeningStage::First).await, 1, &["out_of_order", "hidden"]);
    let case = h.s.challenge(c).await;
    assert_eq!((case.opened_bids, case.stages.unopened.len(), case.is_stuck()), (Some(2), 0, false));
    let late = h.s.app().declare_broken(h.s.who("head"), c, declaration()).await;
    assert_eq!(told(late), "out_of_order", "there is nothing left to declare");
    h.s.verified().await.unwrap();
}

/// A record in which an opening came before any key is wrong, whatever it says that came out.
#[tokio::test]
async fn verify_names_an_opening_without_shares() {
    use crate::log::{check, exported, planted};
    use jiebang::domain::log::{note::SecretKey, record::Scope};
    let h = House::new().await;
    let c = h.published().await;
    sealed_by(&h, c, 2).await;
    h.begun(c).await;
    h.part(c, 0).await;
    h.part(c, 1).await;
    assert_eq!(h.confirm(c).await, "ok");
    let key = SecretKey::new("test.example/log", [7; 32]).unwrap();
    let mut bodies = planted::bodies(&exported(h.s.app(), Scope::Full).await);
    check(&planted::resigned(bodies.clone(), &key), &[]).unwrap();
    bodies.retain(|b| b["event"]["kind"] != "challenge.key-shares");
    assert_eq!(check(&planted::resigned(bodies.clone(), &key), &[]).unwrap_err().code, "opening");
    let n = bodies.iter().position(|b| b["event"]["kind"] == "challenge.opening-confirmation").unwrap();
    let facts = &mut bodies[n]["event"]["facts"];
    let mut failed = facts["opened"].take();
    for one in failed.as_array_mut().unwrap() {
        one["why"] = "seal_broken".into();
    }
    (facts["failed"], facts["opened"]) = (failed, serde_json::json!([]));
    assert_eq!(check(&planted::resigned(bodies, &key), &[]).unwrap_err().code, "opening", "nor is all of it broken");
}

/// A request whose answer got lost is answered the same when it is sent again, also where it judges before it looks its key up.
#[tokio::test]
async fn a_sealing_and_a_confirmation_that_are_repeated_are_answered_the_same() {
    let h = House::new().await;
    let c = h.published_as("keyholders_or_server").await;
    let b = h.s.draft_bid(c, "bidder1", h.s.offer(0, GOVERNMENT)).await;
    let twice = async |who: &str, path: String, body: serde_json::Value| {
        let send = || h.s.t.call(who, axum::http::Method::POST, &path, Some(body.clone()), Some("once"));
        let (first, again) = (send().await, send().await);
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!((again.status, again.body.to_string()), (200, first.body.to_string()), "{path}");
    };
    twice("bidder1", format!("/bids/{b}/seal"), serde_json::json!({ "agree": true })).await;
    h.s.close(c).await;
    twice("officer", format!("/challenges/{c}/opening"), serde_json::json!({})).await;
    twice("supervisor", format!("/challenges/{c}/opening-confirmation"), serde_json::json!({ "note": "到场" })).await;
    h.part(c, 0).await;
    h.part(c, 1).await;
    let path = format!("/challenges/{c}/opening-confirmation");
    let note = Some(serde_json::json!({ "note": "完成" }));
    let other = h.s.t.call("supervisor", axum::http::Method::POST, &path, note, Some("once"));
    assert_eq!(other.await.status, 422, "a key is of one request");
    h.s.app().open_bids(h.s.who("supervisor"), c, plain()).await.unwrap();
    h.s.to_blind_locked(c, &[b]).await;
    h.s.app().begin_price_opening(h.s.who("officer"), c, plain()).await.unwrap();
    let path = format!("/challenges/{c}/price-opening-confirmation");
    let send = || h.s.t.call("supervisor", axum::http::Method::POST, &path, Some(serde_json::json!({})), Some("price"));
    let (first, again) = (send().await, send().await);
    assert_eq!((first.status, again.status, again.body.to_string()), (200, 200, first.body.to_string()));
}
