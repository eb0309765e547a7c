//! A published challenge ends before its award by the meeting and a second person, and what was sealed stays sealed (domain 11.2).
use super::support::*;
use jiebang::domain::{document::DocumentKind, forms::*, *};
use serde_json::json;

fn decided() -> CallOff {
    meeting(json!({ "reason": "政策调整，不再办理。" }))
}

#[tokio::test]
async fn nobody_alone_cancels_and_sealed_bids_end_sealed() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let bids = s.seal_teams(c, GOVERNMENT, 2).await;
    let draft = s.draft_bid(c, "bidder3", s.offer(2, GOVERNMENT)).await;
    let app = s.app();
    assert_eq!(told(app.cancel_challenge(s.who("head"), c, plain()).await), "forbidden");
    assert_eq!(told(app.cancel_challenge(s.who("supervisor"), c, plain()).await), "cancellation_not_decided");
    app.propose_cancellation(s.who("head"), c, decided()).await.unwrap();
    assert_eq!(s.challenge(c).await.state_at(s.now()), ChallengeState::Published, "the meeting's word alone ends nothing");
    assert_eq!(told(app.propose_cancellation(s.who("head"), c, decided()).await), "call_off_decided");
    let waits: Vec<String> = app.turns_of(c.0).await.unwrap().into_iter().map(|w| w.turn.what).collect();
    assert!(waits.contains(&"challenge.cancellation".to_owned()), "{waits:?}");
    for who in ["", "bidder1", "poster2"] {
        let page = s.t.page(who, &format!("/challenges/{}", c.0)).await;
        assert!(!page.text().contains("政策调整"), "{who} reads of it once it is done");
    }
    app.refuse_call_off(s.who("supervisor"), c, reason()).await.unwrap();
    app.replace_bid(s.who("bidder2"), bids[1], plain()).await.unwrap();
    app.seal_bid(s.who("bidder2"), bids[1], SealBid { agree: true }).await.unwrap();
    s.cancel(c).await;
    assert_eq!(s.challenge(c).await.head.state, ChallengeState::Cancelled);
    for b in bids.iter().chain([&draft]) {
        assert_eq!(s.bid(*b).await.head.state, BidState::Expired);
        assert_eq!(app.turns_of(b.0).await.unwrap().len(), 0, "nothing waits for its team");
    }
    assert_eq!(told(app.replace_bid(s.who("bidder1"), bids[0], plain()).await), "out_of_order");
    assert_eq!(told(app.withdraw_bid(s.who("bidder1"), bids[0], reason()).await), "out_of_order");
    s.advance(60);
    assert_eq!(told(app.begin_opening(s.who("officer"), c, plain()).await), "out_of_order");
    for who in ["officer", "head", "supervisor", "admin"] {
        assert_eq!(told(app.bid(s.who(who), bids[0]).await), "hidden", "{who}");
    }
    let said = s.t.page("bidder1", &format!("/bids/{}", bids[0].0)).await;
    assert!(said.text().contains("没有开启"), "its team is told what becomes of it");
    let notice = s.paper(c, DocumentKind::CallingOffNotice).await.expect("a public notice");
    assert!(notice.contains("不再开启"), "{notice}");
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn an_open_challenge_is_withdrawn_by_its_poster_the_meeting_and_the_supervisor() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let b = s.draft_bid(c, "bidder1", s.offer(0, ENTERPRISE)).await;
    let app = s.app();
    assert_eq!(told(app.decide_withdrawal(s.who("head"), c, decided()).await), "withdrawal_not_asked");
    assert_eq!(told(app.request_withdrawal(s.who("poster2"), c, reason()).await), "forbidden");
    app.request_withdrawal(s.who("poster"), c, reason()).await.unwrap();
    app.refuse_withdrawal(s.who("head"), c, reason()).await.unwrap();
    assert_eq!(told(app.decide_withdrawal(s.who("head"), c, decided()).await), "withdrawal_not_asked");
    app.request_withdrawal(s.who("poster"), c, reason()).await.unwrap();
    assert_eq!(told(app.withdraw_challenge(s.who("officer"), c, plain()).await), "forbidden");
    assert_eq!(told(app.withdraw_challenge(s.who("supervisor"), c, plain()).await), "withdrawal_not_decided");
    app.decide_withdrawal(s.who("head"), c, decided()).await.unwrap();
    assert_eq!(told(app.cancel_challenge(s.who("supervisor"), c, plain()).await), "cancellation_not_decided");
    app.withdraw_challenge(s.who("supervisor"), c, plain()).await.unwrap();
    assert_eq!(told(app.seal_bid(s.who("bidder1"), b, SealBid { agree: true }).await), "out_of_order");
    let notice = s.paper(c, DocumentKind::CallingOffNotice).await.expect("a public notice");
    assert!(!notice.contains("不再开启"), "no bid was sealed, so nothing is said of any");
    assert_eq!(s.verified().await, Ok(()));
}

/// From each state that offers it: no bid is left waiting for anybody.
#[tokio::test]
async fn wherever_a_challenge_is_cancelled_its_bids_come_to_an_end() {
    let s = Stage::new().await;
    let listed = s.to_list_notice("poster", crate::support::need(ENTERPRISE, "single")).await;
    s.cancel(listed).await;
    let closed = s.to_published(GOVERNMENT, "single").await;
    let sealed = s.seal_teams(closed, GOVERNMENT, 2).await;
    s.set_clock(s.challenge(closed).await.close_at.unwrap());
    s.cancel(closed).await;
    let (opened, some) = s.to_opened(GOVERNMENT, "single", 2).await;
    s.cancel(opened).await;
    let (reviewing, more) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    s.cancel(reviewing).await;
    let (talks, ranked) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    s.cancel(talks).await;
    for b in sealed {
        assert_eq!(s.bid(b).await.head.state, BidState::Expired);
    }
    for b in some.into_iter().chain(more).chain(ranked) {
        assert_eq!(s.bid(b).await.head.state, BidState::NotSelected);
        assert_eq!(s.app().turns_of(b.0).await.unwrap().len(), 0);
    }
    assert_eq!(s.verified().await, Ok(()));
}
