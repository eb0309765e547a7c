//! The calendar of publication against the pages: the public crawls before and after each stage, and sees what the table says.
use crate::acts::support::*;
use jiebang::app::preview::{Eyes, Stage as Point};
use jiebang::domain::publication::{CLASSES, Opens, Seen, Standing};
use jiebang::domain::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that anybody may read of a case, page and API.
async fn public(s: &Stage, c: ChallengeId) -> String {
    let mut out = String::new();
    for path in [format!("/challenges/{c}")] {
        out += s.t.page("", &path).await.text();
        out += &s.t.get("", &path).await.body.to_string();
    }
    let shown: Value = s.t.get("", &format!("/challenges/{c}")).await.body;
    for n in shown["notices"].as_array().into_iter().flatten() {
        let id = n["id"].as_str().unwrap();
        out += s.t.page("", &format!("/notices/{id}")).await.text();
        out += &s.t.get("", &format!("/notices/{id}")).await.body.to_string();
    }
    out
}

async fn table(s: &Stage, c: ChallengeId) -> BTreeMap<&'static str, bool> {
    let (challenge, notices, contracts) = (s.challenge(c).await, s.notices(c).await, s.contracts(c).await);
    let seen = Seen { challenge: &challenge, notices: &notices, contracts: &contracts, now: s.now() };
    CLASSES.iter().map(|class| (class.id, matches!(seen.of(class), Standing::Public { .. }))).collect()
}

/// Words by which each class would be recognised on a page.
async fn signs(s: &Stage, c: ChallengeId, bids: &[BidId]) -> Vec<(&'static str, String)> {
    let challenge = s.challenge(c).await;
    let mut out = vec![
        ("title", "焦化脱硫废液提盐及副盐高值化关键技术".to_owned()),
        ("indicators", "硫氰酸铵纯度".to_owned()),
        ("poster_name", s.t.org("firm")["name"].as_str().unwrap().to_owned()),
        ("current_state", "现状：焦化脱硫废液".to_owned()),
        ("contact_phone", "13812345678".to_owned()),
        ("winner", s.t.org("u1")["name"].as_str().unwrap().to_owned()),
        ("other_bidders", s.t.org("u3")["name"].as_str().unwrap().to_owned()),
        ("bid_contents", "备选：焦化脱硫废液".to_owned()),
    ];
    if let Some(panel) = &challenge.panel {
        let seat = s.expert(panel.sequence[0]);
        out.push(("panel_members", seat.name.clone()));
        out.push(("draw", panel.seed.clone()));
    }
    for k in s.contracts(c).await {
        out.push(("contract_summary", k.number));
    }
    let _ = bids;
    out
}

async fn agree(s: &Stage, c: ChallengeId, bids: &[BidId], stage: &str) {
    let (page, table) = (public(s, c).await, table(s, c).await);
    for (class, sign) in signs(s, c, bids).await {
        assert_eq!(page.contains(&sign), table[class], "{class} ({sign}) {stage}");
    }
}

#[tokio::test]
async fn what_the_public_sees_at_each_stage_is_what_the_table_says() {
    let s = Stage::new().await;
    let c = s.to_appraisal("poster", crate::support::need(ENTERPRISE, "single")).await;
    agree(&s, c, &[], "under argument").await;
    let c = s.to_list_notice("poster", crate::support::need(ENTERPRISE, "single")).await;
    agree(&s, c, &[], "on the list").await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let bids = s.seal_teams(c, ENTERPRISE, 3).await;
    agree(&s, c, &bids, "open for bids").await;
    s.open(c).await;
    agree(&s, c, &bids, "opened").await;
    let (c, bids, n) = s.to_notice(ENTERPRISE, &[90, 85, 80]).await;
    agree(&s, c, &bids, "on notice").await;
    s.confirm(n).await;
    agree(&s, c, &bids, "awarded").await;
}

#[tokio::test]
async fn an_anonymous_poster_is_named_with_the_award_and_confidential_parts_never() {
    let s = Stage::new().await;
    let mut need = crate::support::need(ENTERPRISE, "single");
    (need["anonymous"], need["confidentiality"]) = (true.into(), "summary_open".into());
    let c = s.publish("poster", need).await;
    let table = table(&s, c).await;
    assert_eq!((table["poster_name"], table["current_state"], table["title"]), (false, false, true));
    agree(&s, c, &[], "anonymous").await;
    let seen = s.challenge(c).await;
    let calendar = Seen { challenge: &seen, notices: &[], contracts: &[], now: s.now() };
    let name = CLASSES.iter().find(|x| x.id == "poster_name").unwrap();
    assert_eq!(calendar.of(name), Standing::Withheld { ground: "poster_anonymous", until: Some(Opens::Award) });
}

#[tokio::test]
async fn a_preview_shows_what_those_eyes_would_see_and_never_more_than_ones_own() {
    let s = Stage::new().await;
    let (c, bids, _) = s.to_notice(ENTERPRISE, &[90, 85, 80]).await;
    let officer = s.who("officer");
    let seen = async |who: &Actor, eyes, stage| {
        let case = s.app().preview(who, c, eyes, stage).await.unwrap().unwrap();
        (case.bids.len(), case.notices.len(), case.inside, case.challenge.opened_bids)
    };
    assert_eq!(seen(officer, Eyes::Public, Point::Now).await, (0, 1, false, Some(3)));
    assert_eq!(seen(officer, Eyes::Public, Point::BeforeOpening).await, (0, 0, false, None));
    assert_eq!(seen(officer, Eyes::Rival, Point::AfterOpening).await, (0, 0, false, Some(3)));
    assert_eq!(seen(officer, Eyes::Auditor, Point::AfterOpening).await, (3, 0, true, Some(3)));
    assert_eq!(seen(officer, Eyes::Auditor, Point::BeforeOpening).await, (0, 0, true, None));
    assert!(s.app().preview_bid(officer, bids[0], Eyes::Rival, Point::AfterAward).await.unwrap().is_none());
    assert!(s.app().preview_bid(officer, bids[0], Eyes::Auditor, Point::AfterOpening).await.unwrap().is_some());
    // Before the opening no stage shows an officer a bid.
    let sealed = s.to_published(ENTERPRISE, "single").await;
    let b = s.seal(sealed, "bidder1", s.offer(0, ENTERPRISE)).await;
    let later = s.app().preview(officer, sealed, Eyes::Auditor, Point::AfterOpening).await.unwrap().unwrap();
    assert_eq!((later.bids.len(), later.challenge.opened_bids), (0, None));
    assert_eq!(told(s.app().preview_bid(officer, b, Eyes::Auditor, Point::AfterOpening).await), "hidden");
    for who in ["poster", "bidder1", "expert0", "admin"] {
        assert_eq!(told(s.app().preview(s.who(who), c, Eyes::Public, Point::Now).await), "hidden", "{who}");
    }
    let before = s.app().log_size().await.unwrap();
    for path in [format!("/challenges/{c}/preview?as=rival&stage=after_award"), format!("/bids/{}/preview?as=auditor", bids[0])] {
        let page = s.t.page("officer", &path).await;
        assert_eq!(
            (
                page.status,
                page.text().contains("预览，仅供查看"),
                page.text().contains("<form method=\"post\" action=\"/challenges")
            ),
            (200, true, false),
            "{path}"
        );
    }
    assert_eq!(s.app().log_size().await.unwrap(), before, "a preview is no act");
}
