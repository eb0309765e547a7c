//! Clues from nobody and words put in for somebody: sealed, read by the inspector alone, answered under a code, on time.
use super::support::*;
use jiebang::{
    app::{Page, follow::Followed, tip_off::Said},
    domain::{forms::*, tip_off::Speaker, *},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

const TEXT: &str = "开标前一天评审组成员与甲公司负责人一同用餐，地点在示例饭店，有监控可以核查。";

fn clue(challenge: Option<ChallengeId>) -> FileTipOff {
    form(json!({ "about": "person", "whom": "甲公司某某", "text": TEXT, "challenge": challenge }))
}

fn follow(code: &str, step: Option<&str>, text: &str) -> Follow {
    form(json!({ "code": code, "step": step, "text": text }))
}

fn word() -> RecordLobbying {
    form(json!({ "who": "某局某科长", "happened_on": "2026-01-04", "how": "phone", "about": "打听评审组名单并请关照乙大学" }))
}

fn texts(said: &[Said]) -> Vec<(Speaker, &str)> {
    said.iter().map(|s| (s.by, s.text.as_str())).collect()
}

async fn read(s: &Stage, code: &str) -> (TipOff, Vec<Said>) {
    match s.app().carry_on(follow(code, None, "")).await.unwrap() {
        Followed::TipOff(x) => *x,
        Followed::Objection(_) => panic!("the code of a clue leads to an objection"),
    }
}

/// All that the database holds of some tables, as one text.
async fn rows(s: &Stage, tables: &[&str]) -> String {
    let db = s.app().db.connection();
    let mut out = String::new();
    for table in tables {
        let all = Statement::from_string(db.get_database_backend(), format!("SELECT * FROM {table}"));
        for row in db.query_all_raw(all).await.unwrap() {
            for name in row.column_names() {
                let text = row.try_get::<String>("", &name);
                let other = || row.try_get::<serde_json::Value>("", &name).map(|v| v.to_string());
                let id = || row.try_get::<uuid::Uuid>("", &name).map(|v| v.to_string());
                out += &text.or_else(|_| other()).or_else(|_| id()).unwrap_or_default();
            }
        }
    }
    out
}

#[tokio::test]
async fn a_clue_comes_from_nobody_even_when_the_sender_is_signed_in() {
    let s = Stage::new().await;
    let sender = s.who("bidder2").clone();
    let page = s.t.page("bidder2", "/tip-off").await;
    assert_eq!((page.status, page.text().contains("name=\"text\"")), (200, true));
    let before = s.t.submit("bidder2", "/tip-off", "about=person&text=short").await;
    assert_eq!(before.status, 422);
    let typed: String = form_urlencoded::byte_serialize(TEXT.as_bytes()).collect();
    let sent = s.t.submit("bidder2", "/tip-off", &format!("about=person&text={typed}")).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    let listed = s.app().tip_offs(s.who("supervisor"), Page { after: None, limit: 10 }).await.unwrap().items;
    assert_eq!((listed.len(), sent.text().contains(&s.app().code_of(listed[0].id.0))), (1, true));
    let db = s.app().db.connection();
    let sql = format!(
        "SELECT actor_name, actor_role, body FROM audit_event WHERE kind LIKE 'tip_off.%' AND body LIKE '%{}%'",
        sender.account
    );
    let named = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    assert_eq!(named.len(), 0, "the record names the sender");
    let kept = rows(&s, &["tip_off", "file", "idempotency"]).await;
    let account = sender.account.to_string();
    assert_eq!((kept.contains(&account), kept.contains(&sender.name), kept.contains("用餐")), (false, false, false));
    s.verified().await.unwrap();
}

#[tokio::test]
async fn a_clue_is_read_by_the_inspector_alone_and_the_auditor_sees_that_it_exists() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let file = s.paper_of(&Actor::visitor()).await;
    let mut with_file = clue(Some(c));
    with_file.files = vec![file];
    let x = s.app().file_tip_off(with_file).await.unwrap();
    let (path, paper) = (format!("/tip-offs/{}", x.id), format!("/files/{file}"));
    let mut seen = vec![];
    for who in ["supervisor", "auditor", "head", "officer", "checker", "finance", "admin", "bidder1", "expert0"] {
        let events = s.t.get(who, "/events?limit=500").await;
        let told = events.body["items"]
            .as_array()
            .map_or(0, |all| all.iter().filter(|e| e["event"]["event"]["subject"] == json!(x.id)).count());
        let list = s.t.get(who, "/tip-offs").await.status;
        seen.push((who, s.t.get(who, &path).await.status, s.t.get(who, &paper).await.status, list, told));
    }
    let nothing = |who| (who, 404, 404, 404, 0);
    assert_eq!(
        seen,
        [
            ("supervisor", 200, 200, 200, 1),
            ("auditor", 404, 404, 200, 1),
            nothing("head"),
            nothing("officer"),
            nothing("checker"),
            nothing("finance"),
            nothing("admin"),
            nothing("bidder1"),
            nothing("expert0"),
        ]
    );
    let list = s.t.get("auditor", "/tip-offs").await.ok().to_string();
    assert_eq!((list.contains("用餐"), list.contains("甲公司"), list.contains("/api/v1/tip-offs/")), (false, false, false));
}

#[tokio::test]
async fn a_clue_is_taken_up_and_answered_by_its_clocks_and_its_sender_reads_the_answer_under_the_code() {
    let s = Stage::new().await;
    let x = s.app().file_tip_off(clue(None)).await.unwrap();
    let code = s.app().code_of(x.id.0);
    let (inspector, id) = (s.who("supervisor"), x.id);
    let counted = |days| deadline_instant(Calendar::seed().add_workdays(date_of(s.now()), days).date);
    assert_eq!(x.head.due, Some(counted(3)));
    s.advance(1);
    let note = || form::<Reason>(json!({ "reason": "已调取监控，内部记录。" }));
    let x = s.app().accept_tip_off(inspector, id, note()).await.unwrap();
    assert_eq!((x.head.due, x.deadlines[0].done.is_some()), (Some(counted(30)), true));
    let typed = code.to_lowercase().replace('-', " ");
    s.app().carry_on(follow(&typed, Some("addition"), "补充：当晚有三人在场。")).await.unwrap();
    assert_eq!(told(s.app().carry_on(follow(&code, Some("addition"), "无")).await), "tip_off_text_missing");
    assert_eq!(told(s.app().close_tip_off(inspector, id, note()).await), "out_of_order");
    s.app().answer_tip_off(inspector, id, form(json!({ "reason": "已受理，正在核查。" }))).await.unwrap();
    assert_eq!(read(&s, &code).await.0.head.due, x.head.due, "word that it is being looked at is no answer");
    s.app().substantiate_tip_off(inspector, id, note()).await.unwrap();
    assert_eq!(told(s.app().close_tip_off(inspector, id, note()).await), "tip_off_unanswered");
    s.app().answer_tip_off(inspector, id, form(json!({ "reason": "经核查属实，已按规定处理。" }))).await.unwrap();
    let (now, said) = read(&s, &code).await;
    assert_eq!(now.head.due, None);
    let first = format!("甲公司某某\n{TEXT}");
    let expected = [
        (Speaker::Informer, first.as_str()),
        (Speaker::Informer, "补充：当晚有三人在场。"),
        (Speaker::Answer, "已受理，正在核查。"),
        (Speaker::Answer, "经核查属实，已按规定处理。"),
    ];
    assert_eq!(texts(&said), expected, "the inspector's notes are not the sender's");
    s.app().close_tip_off(inspector, id, note()).await.unwrap();
    assert_eq!(told(s.app().carry_on(follow(&code, Some("addition"), "再补充一点情况")).await), "out_of_order");
    assert_eq!(told(s.app().carry_on(follow("00000-00000-00000-00000", None, "")).await), "follow_unknown");
    s.verified().await.unwrap();
}

#[tokio::test]
async fn an_objection_without_a_name_becomes_a_clue_and_nothing_of_it_stays_with_the_bureau() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let o = s.object(n, &Actor::visitor()).await;
    let code = s.app().code_of(o.0);
    let file = s.objection(o).await.proof[0];
    s.app().move_to_tip_off(s.who("officer2"), o, reason()).await.unwrap();
    let (x, said) = read(&s, &code).await;
    assert_eq!((x.challenge, x.files.as_slice(), said.len()), (Some(c), &[file][..], 1));
    assert!(said[0].text.contains("拟中榜单位的业绩材料"));
    let left = serde_json::to_string(&s.objection(o).await).unwrap();
    assert_eq!((left.contains("李示例"), left.contains("业绩材料"), left.contains("138")), (false, false, false));
    assert_eq!(s.notice(n).await.head.state, NoticeState::InPublicity, "a clue stops no clock");
    let paper = format!("/files/{file}");
    assert_eq!((s.t.get("officer", &paper).await.status, s.t.get("supervisor", &paper).await.status), (404, 200));
    s.verified().await.unwrap();
}

#[tokio::test]
async fn whoever_is_spoken_to_records_it_and_the_record_does_not_tell_who_that_was() {
    let s = Stage::new().await;
    let (c, _) = s.to_reviewing(GOVERNMENT, "single", 2).await;
    let a = s.assignments(c).await.remove(0);
    let expert = s.expert(a.expert).clone();
    s.app().record_lobbying(s.who("officer"), c, word()).await.unwrap();
    s.set_clock(s.now() + jiff::SignedDuration::from_secs(60));
    s.app().record_lobbying_of_review(&expert, a.id, word()).await.unwrap();
    assert_eq!(told(s.app().record_lobbying(s.who("bidder1"), c, word()).await), "forbidden");
    let mut count = vec![];
    for who in [s.who("supervisor"), s.who("officer"), s.who("officer2"), &expert, s.who("auditor"), s.who("head")] {
        count.push(s.app().lobbying(who).await.unwrap().len());
    }
    assert_eq!(count, [2, 1, 0, 1, 0, 0]);
    let all = s.app().lobbying(s.who("supervisor")).await.unwrap();
    assert_eq!((all[1].1.by.as_str(), all[1].1.who.as_str()), (s.who("officer").name.as_str(), "某局某科长"));
    let counts = s.app().whispers(s.who("auditor")).await.unwrap();
    assert_eq!(counts.iter().map(|w| (w.challenge, w.tip_offs, w.lobbying)).collect::<Vec<_>>(), [(Some(c), 0, 2)]);
    let kept = rows(&s, &["lobbying"]).await;
    let (account, name) = (s.who("officer").account.to_string(), &s.who("officer").name);
    assert_eq!((kept.contains(&account), kept.contains(name.as_str()), kept.contains("科长")), (false, false, false));
    let page = s.t.page("officer", "/lobbying").await;
    assert_eq!((page.status, page.text().contains("某局某科长")), (200, true));
    let (case, auditor) = (format!("/challenges/{c}"), s.t.page("auditor", "/lobbying").await);
    assert_eq!((auditor.status, auditor.text().contains("某局某科长")), (200, false));
    let page = s.t.page("officer", &case).await.text().replace("&#x2f;", "/");
    assert!(page.contains(&format!("{case}/lobbying")), "one step from the case");
    s.verified().await.unwrap();
}

/// A flood is held back at each address that it comes from, and nobody else's clue with it.
#[tokio::test]
async fn a_flood_of_clues_from_a_hundred_addresses_leaves_room_for_others() {
    let s = Stage::new().await;
    for n in 0..100 {
        for time in 0..6 {
            let said = told(s.app().take_tip_off(clue(None), &format!("2001:db8:0:{n:x}::{time}")).await);
            assert_eq!(said, if time < 5 { "ok" } else { "too_much_from_here" }, "{n} {time}");
        }
    }
    assert_eq!(told(s.app().take_tip_off(clue(None), "192.0.2.7").await), "ok", "somebody else");
}
