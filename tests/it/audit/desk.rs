//! The desk itself: the check in the background, draws drawn again, who sees it.
use crate::{acts::support::*, support::until};
use jiebang::domain::redraw;
use serde_json::json;

#[tokio::test]
async fn a_check_begun_from_the_desk_runs_tells_its_result_and_stands_in_the_record() {
    let s = Stage::new().await;
    s.to_opened(ENTERPRISE, "single", 2).await;
    for who in ["officer", "admin", "bidder1"] {
        assert_eq!(told(s.app().start_verification(s.who(who)).await), "hidden", "{who}");
    }
    let run = s.app().start_verification(s.who("auditor")).await.unwrap();
    assert_eq!((run.state.as_str(), run.name.as_str()), ("running", s.who("auditor").name.as_str()));
    assert_eq!(told(s.app().start_verification(s.who("supervisor")).await), "verification_runs");
    let mut last = run;
    until("the check ends", async || {
        last = s.app().last_verification(s.who("auditor")).await.unwrap().unwrap();
        last.state != "running"
    })
    .await;
    assert_eq!((last.state.as_str(), last.done), ("clean", last.size), "{}", last.result);
    let record = s.app().record(s.who("auditor"), &[], 0, 1000).await.unwrap();
    let said = record.iter().find(|e| e.kind == "account.verification").unwrap();
    assert_eq!((said.actor_role.as_str(), &said.body["event"]["facts"]["outcome"]), ("auditor", &json!("clean")));
}

#[tokio::test]
async fn a_panel_drawn_again_is_equal_line_by_line_and_a_changed_seat_is_not() {
    let s = Stage::new().await;
    let (c, _) = s.to_reviewing(ENTERPRISE, "single", 3).await;
    let (_, all) = s.app().redraws(s.who("auditor"), c).await.unwrap();
    assert_eq!((all.len(), all[0].kind, all[0].is_equal()), (1, "panel", true), "{:?}", all[0].lines);
    let record = s.app().record(s.who("auditor"), &[], 0, 1000).await.unwrap();
    let mut entries: Vec<_> = record.iter().filter(|e| e.challenge == Some(c)).map(jiebang::app::flags::told_of).collect();
    let leaf = |seq: i64| record.iter().find(|e| e.seq == seq).map(|e| e.leaf());
    let draw = entries.iter_mut().find(|t| t.kind == "challenge.panel-draw").unwrap();
    let sequence = draw.facts["sequence"].as_array_mut().unwrap();
    sequence.swap(0, 1);
    let again = redraw::of_case(&entries, &leaf, &|_| None).remove(0);
    let wrong: Vec<_> = again.lines.iter().filter(|l| !l.is_equal()).map(|l| (l.what, l.place)).collect();
    assert_eq!(wrong, [("seat", Some(1)), ("seat", Some(2))]);
}

#[tokio::test]
async fn a_spot_check_drawn_again_is_equal_and_another_lot_is_not() {
    let s = Stage::new().await;
    let (c, _, k) = s.to_effective(ENTERPRISE, &[90, 85, 80]).await;
    for n in 0..8 {
        let spent = json!({
            "spent_on": s.today(), "amount_fen": 100 + n, "payee": "示例试剂有限公司", "payee_kind": "unit", "purpose": "购买实验用试剂", "source": "own",
            "class": "materials", "payment_way": "transfer", "voucher": format!("记-{n:04}"), "place": "in_county", "none_of_negative_list": true,
        });
        s.app().record_spending(s.who("bidder1"), k, form(spent)).await.unwrap();
    }
    for words in ["现场抽取第一次 12 31", "现场抽取第二次 07 55"] {
        s.app().draw_spot_check(s.who("supervisor"), k, form(json!({ "words": words }))).await.unwrap();
    }
    let (_, all) = s.app().redraws(s.who("auditor"), c).await.unwrap();
    let checks: Vec<_> = all.iter().filter(|d| d.kind == "spot_check").collect();
    assert_eq!(checks.iter().map(|d| d.is_equal()).collect::<Vec<_>>(), [true, true], "{:?}", checks[0].lines);
    let page = s.t.page("auditor", &format!("/challenges/{c}/redraws")).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn the_desk_shows_flags_findings_and_the_check_to_oversight_alone() {
    let s = Stage::new().await;
    let (_, bids) = s.to_opened(ENTERPRISE, "single", 2).await;
    s.check_form(bids[0], true).await;
    s.check_form(bids[1], false).await;
    for (who, sees) in [("auditor", true), ("supervisor", true), ("officer", false), ("head", false), ("admin", false)] {
        let page = s.t.page(who, "/desk").await;
        assert_eq!(
            (page.status, page.text().contains("单一揭榜"), page.text().contains("开始全库核验")),
            (200, sees, sees),
            "{who}"
        );
    }
}
