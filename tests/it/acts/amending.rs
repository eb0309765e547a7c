//! A published challenge is amended by several people, and by none of them alone (domain 11.1).
use super::support::*;
use jiebang::app::Error;
use jiebang::domain::document::DocumentKind;
use jiebang::domain::{forms::*, *};
use serde_json::{Value, json};

/// The need as it stands with something else in it.
async fn changed(s: &Stage, c: ChallengeId, change: impl FnOnce(&mut Value)) -> Need {
    let mut raw = serde_json::to_value(s.challenge(c).await.need.unwrap()).unwrap();
    change(&mut raw);
    serde_json::from_value(raw).unwrap()
}

fn field_of<T: std::fmt::Debug>(r: Result<T, Error>) -> (&'static str, Option<String>) {
    match r.unwrap_err() {
        Error::Refused(r) => (r.code, r.field.map(|f| f.to_string())),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_clarifying_amendment_is_released_by_another_person_and_changes_nothing_before() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let close = s.challenge(c).await.close_at.unwrap();
    assert_eq!(told(s.prepare(c, s.challenge(c).await.need.unwrap(), None).await), "nothing_changed");
    let same = s.challenge(c).await.need.unwrap();
    let earlier = s.prepare(c, same.clone(), Some(close - jiff::SignedDuration::from_hours(24))).await;
    assert_eq!(field_of(earlier), ("close_only_later", Some("close_at".into())), "a shorter deadline is refused at its field");
    let later = close + jiff::SignedDuration::from_hours(24 * 5);
    let prepared = s.prepare(c, changed(&s, c, |n| n["contact_name"] = json!("李工程师")).await, Some(later)).await.unwrap();
    assert_eq!(prepared.pending_amendment.as_ref().unwrap().class, AmendmentClass::Clarifying);
    assert_eq!((prepared.edition, prepared.close_at, prepared.need.as_ref()), (1, Some(close), Some(&same)));
    assert_eq!(told(s.prepare(c, same, Some(later)).await), "amendment_pending");
    for (who, said) in [("officer", "forbidden"), ("head", "forbidden"), ("poster", "forbidden"), ("admin", "forbidden")] {
        assert_eq!(told(s.app().release_amendment(s.who(who), c, plain()).await), said, "{who}");
    }
    assert_eq!(told(s.app().amend_challenge(s.who("head"), c, meeting(json!({}))).await), "amendment_is_clarifying");
    let done = s.app().release_amendment(s.who("checker"), c, plain()).await.unwrap();
    assert_eq!((done.edition, done.material_edition, done.close_at), (2, 0, Some(later)));
    assert_eq!((done.need.unwrap().contact_name.as_str(), done.pending_amendment), ("李工程师", None));
    assert_eq!(s.verified().await, Ok(()));
}

#[tokio::test]
async fn a_substantial_amendment_needs_poster_checker_and_meeting_and_each_may_say_no() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let sealed = s.seal(c, "bidder1", s.offer(0, ENTERPRISE)).await;
    let stricter = changed(&s, c, |n| n["indicators"][0]["target"] = json!("99")).await;
    let app = s.app();
    let decide = async || told(app.amend_challenge(s.who("head"), c, meeting(json!({}))).await);
    for (who, no) in [("poster", "ok"), ("checker", "ok"), ("head", "ok"), ("officer2", "forbidden"), ("poster2", "forbidden")] {
        if s.challenge(c).await.pending_amendment.is_none() {
            s.prepare(c, stricter.clone(), None).await.unwrap();
        }
        assert_eq!(told(app.refuse_amendment(s.who(who), c, reason()).await), no, "{who}");
    }
    assert_eq!(told(app.release_amendment(s.who("checker"), c, plain()).await), "amendment_is_substantial");
    assert_eq!(decide().await, "amendment_wants_consent");
    app.check_amendment(s.who("checker"), c, plain()).await.unwrap();
    assert_eq!(decide().await, "amendment_wants_consent");
    assert_eq!(told(app.consent_to_amendment(s.who("officer"), c, plain()).await), "forbidden");
    app.consent_to_amendment(s.who("poster"), c, plain()).await.unwrap();
    assert_eq!(told(app.consent_to_amendment(s.who("poster"), c, plain()).await), "amendment_answered");
    assert_eq!((s.challenge(c).await.edition, s.bid(sealed).await.is_confirmed(&s.challenge(c).await)), (1, true));
    assert_eq!(decide().await, "ok");
    let done = s.challenge(c).await;
    assert_eq!((done.edition, done.material_edition), (2, 2));
    assert!(!s.bid(sealed).await.is_confirmed(&done), "what was sealed has to be confirmed again");
    let case = app.case_flags(s.who("auditor"), c).await.unwrap();
    assert!(case.standings.iter().any(|x| x.flag.kind == FlagKind::SubstantialAmendment), "whatever its time");
    assert_eq!(s.verified().await, Ok(()));
}

/// One person in several posts is one person: who prepared says yes in none of them.
#[tokio::test]
async fn whoever_prepared_an_amendment_says_yes_to_it_in_no_post() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let stricter = changed(&s, c, |n| n["indicators"][0]["target"] = json!("99")).await;
    let pending = s.prepare(c, stricter, None).await.unwrap();
    let now = s.now();
    for (act, role, org) in [
        (ChallengeAct::ConsentAmendment, Role::Poster, pending.org),
        (ChallengeAct::CheckAmendment, Role::Checker, s.who("officer").org),
        (ChallengeAct::ReleaseAmendment, Role::Checker, s.who("officer").org),
        (ChallengeAct::Amend, Role::Head, s.who("officer").org),
        (ChallengeAct::RefuseAmendment, Role::Head, s.who("officer").org),
    ] {
        let same = Actor { role, org, ..s.who("officer").clone() };
        let said = policy::on_challenge(&same, &pending, act, now).map(|_| ()).unwrap_err();
        assert_eq!(said, policy::Denied::SamePerson, "{act:?}");
        let unproven = Actor { proven: false, account: s.who("bidder4").account, ..same };
        let asks = act != ChallengeAct::RefuseAmendment;
        let said = policy::on_challenge(&unproven, &pending, act, now).map(|_| ()).err();
        assert_eq!(said, asks.then_some(policy::Denied::Unproven), "{act:?} asks who one is");
    }
}

#[tokio::test]
async fn an_amendment_of_another_version_or_out_of_time_is_refused() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let seen = s.challenge(c).await;
    s.amend(c, changed(&s, c, |n| n["indicators"][0]["target"] = json!("99")).await, None).await;
    let page = Amendment { need: seen.need.unwrap(), reason: "更正联系人".into(), close_at: None, edition: seen.edition };
    match s.app().propose_amendment(s.who("officer2"), c, page).await.unwrap_err() {
        Error::Refused(r) => {
            assert_eq!((r.code, r.field), ("amendment_outdated", Some("edition")));
            let said = |name: &str| r.args.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
            assert_eq!((said("prepared_on"), said("now")), (Some("1".into()), Some("2".into())), "both versions are named");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(s.challenge(c).await.need.unwrap().indicators[0].target.unwrap().to_string(), "99", "nothing was undone");
    // The closing time moves by a suspension while an amendment is on its way.
    s.prepare(c, changed(&s, c, |n| n["contact_name"] = json!("王工程师")).await, None).await.unwrap();
    s.app().suspend_challenge(s.who("head"), c, reason()).await.unwrap();
    s.advance(2);
    s.app().resume_challenge(s.who("head"), c, Resumption { reason: "核查完毕，恢复。".into() }).await.unwrap();
    assert_eq!(told(s.app().release_amendment(s.who("checker"), c, plain()).await), "amendment_close_moved");
    s.app().drop_amendment(s.who("officer"), c, reason()).await.unwrap();
    // Too few days for teams to answer, and then too late for anything.
    let close = s.challenge(c).await.close_at.unwrap();
    let before_close = |days: i64| close - jiff::SignedDuration::from_hours(24 * days);
    s.set_clock(before_close(20));
    let stricter = changed(&s, c, |n| n["indicators"][0]["target"] = json!("99.1")).await;
    s.prepare(c, stricter, None).await.unwrap();
    s.app().consent_to_amendment(s.who("poster"), c, plain()).await.unwrap();
    s.app().check_amendment(s.who("checker"), c, plain()).await.unwrap();
    s.app().refuse_amendment(s.who("head"), c, reason()).await.unwrap();
    s.set_clock(close - jiff::SignedDuration::from_hours(48));
    assert_eq!(
        told(s.prepare(c, s.challenge(c).await.need.unwrap(), Some(close + jiff::SignedDuration::from_hours(9))).await),
        "amend_too_late"
    );
}

/// What is on its way is read by those who decide; what came of it by everybody, in words and units.
#[tokio::test]
async fn a_preview_and_a_public_difference_read_in_words_and_units() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    s.draft_bid(c, "bidder1", s.offer(0, ENTERPRISE)).await;
    let other = changed(&s, c, |n| {
        let county = n["county_fen"].as_i64().unwrap();
        n["county_fen"] = json!(county - 100_000_000);
        n["enterprise_fen"] = json!(n["enterprise_fen"].as_i64().unwrap() + 100_000_000);
        n["ip_wish"] = json!("poster");
    })
    .await;
    let was = s.challenge(c).await.need.unwrap();
    s.prepare(c, other, None).await.unwrap();
    let raw = [was.county_fen.as_fen().to_string(), "county_fen".into(), "ip_wish".into(), was.ip_wish.clone()];
    let path = format!("/challenges/{}", c.0);
    for who in ["poster", "checker", "head"] {
        let page = s.t.page(who, &path).await.text().to_owned();
        assert!(page.contains("¥") && page.contains(&was.county_fen.to_string()), "{who}");
        let shown = s.t.get(who, &path).await.ok()["pending_amendment"].clone();
        assert_eq!(shown["class"], "substantial");
        let differences = shown["differences"].to_string();
        assert!(raw.iter().all(|r| !differences.contains(r.as_str())), "{who}: {differences}");
    }
    for who in ["", "bidder1", "expert1"] {
        let shown = s.t.get(who, &path).await.ok();
        assert_eq!(shown["pending_amendment"], Value::Null, "{who}");
        assert!(!s.t.page(who, &path).await.text().contains("更正方案正在办理"), "{who}");
    }
    s.app().consent_to_amendment(s.who("poster"), c, plain()).await.unwrap();
    s.app().check_amendment(s.who("checker"), c, plain()).await.unwrap();
    s.advance(1);
    s.app().amend_challenge(s.who("head"), c, meeting(json!({}))).await.unwrap();
    let story = s.t.get("", &format!("{path}/story")).await.ok();
    let told = story["items"][0]["differences"].to_string();
    assert!(told.contains(&was.county_fen.to_string()) && raw.iter().all(|r| !told.contains(r.as_str())), "{told}");
    let paper = s.paper(c, DocumentKind::AmendmentNotice).await.expect("a public notice");
    assert!(raw.iter().all(|r| !paper.contains(r.as_str())) && paper.contains(&was.county_fen.to_string()), "{paper}");
    assert!(s.t.page("bidder1", &path).await.text().contains("现为第 2 版"), "who holds a draft is told");
}
