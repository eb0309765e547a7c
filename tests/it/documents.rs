//! Official documents: what an act issues is kept, numbered, told of in the record, and read by those who read its thing.
use crate::acts::support::*;
use crate::log::{check, exported, whole_job};
use crate::support::Answer;
use jiebang::domain::document::{DocumentKind as K, Told};
use jiebang::domain::log::record::Scope;
use jiebang::domain::words::Lang;
use jiebang::domain::*;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub async fn bytes(s: &Stage, who: &str, path: &str) -> (u16, Vec<u8>) {
    let mut request = axum::http::Request::get(path);
    if !who.is_empty() {
        request = request.header("authorization", format!("Bearer {}", s.t.token(who).await));
    }
    let response =
        tower::ServiceExt::oneshot(s.t.router.clone(), request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    (status, axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
}

/// What the record tells of documents, entry by entry.
async fn told(s: &Stage) -> Vec<(String, Told)> {
    let entries = s.app().record(&Actor::system(), &[], 0, 100_000).await.unwrap();
    let of = |e: &jiebang::app::Entry| {
        let all = e.body["event"]["facts"]["documents"].as_array().cloned().unwrap_or_default();
        let kind = e.kind.clone();
        all.into_iter().map(move |t| (kind.clone(), serde_json::from_value(t).unwrap()))
    };
    entries.iter().flat_map(of).collect()
}

#[tokio::test]
async fn a_whole_job_leaves_its_papers_numbered_and_their_hashes_in_the_record() {
    let s = whole_job().await;
    let told = told(&s).await;
    let chinese: Vec<&(String, Told)> = told.iter().filter(|(_, t)| t.language == Lang::Zh).collect();
    assert_eq!(chinese.len() * 2, told.len(), "each in both languages");
    let mut counted: BTreeMap<K, usize> = BTreeMap::new();
    for (_, t) in &chinese {
        *counted.entry(t.kind).or_default() += 1;
    }
    let expected = BTreeMap::from([
        (K::PublicationNotice, 1),
        (K::OpeningRecord, 1),
        (K::PanelReport, 1),
        (K::ProposedAwardNotice, 1),
        (K::ObjectionDecision, 1),
        (K::AwardAnnouncement, 1),
        (K::AwardLetter, 1),
        // As agreed, and as signed.
        (K::Contract, 2),
        (K::TaskBook, 1),
        (K::ResultPledge, 1),
        (K::LumpSumCommitment, 1),
        (K::MilestoneAssessment, 3),
        (K::PaymentApproval, 1),
        (K::AcceptanceCertificate, 1),
    ]);
    assert_eq!(counted, expected);
    let letter = chinese.iter().find(|(_, t)| t.kind == K::AwardLetter).unwrap();
    assert_eq!((letter.0.as_str(), letter.1.number.as_str()), ("notice.confirmation", "交科榜通〔2026〕1号"));
    for (_, t) in &told {
        let lang = t.language.id();
        let (status, data) = bytes(&s, "officer", &format!("/documents/{}?format=json&lang={lang}", t.document)).await;
        assert_eq!((status, hash::sha256_hex(&data)), (200, t.sha256.clone()), "{t:?}");
        let d: Value = serde_json::from_slice(&data).unwrap();
        assert_eq!((d["number"].as_str(), d["language"].as_str()), (Some(t.number.as_str()), Some(lang)));
    }
    let record = exported(s.app(), Scope::Full).await;
    let (_, own) = bytes(&s, "officer", &format!("/documents/{}?format=json", letter.1.document)).await;
    let own = String::from_utf8(own).unwrap();
    let summary = check(&record, &[("letter.json", &own)]).unwrap();
    assert_eq!(summary.checked.get("documents"), Some(&(told.len() as u64)));
    let other = own.replacen("人民币", "美元", 1);
    assert_ne!(own, other);
    assert_eq!(
        check(&record, &[("letter.json", &other)]).unwrap_err().code,
        "document",
        "a changed amount is no document of ours"
    );
    let public = exported(s.app(), Scope::Public).await;
    assert!(check(&public, &[("letter.json", &own)]).is_ok());
    let signed = chinese.iter().rfind(|(_, t)| t.kind == K::Contract).unwrap().1.document;
    let contract = String::from_utf8(bytes(&s, "bidder1", &format!("/documents/{signed}?format=json")).await.1).unwrap();
    assert!(check(&record, &[("contract.json", &contract)]).is_ok());
    assert_eq!(check(&public, &[("contract.json", &contract)]).unwrap_err().code, "unseen", "it stands where nothing is shown");
    let page = s.t.page("auditor", &format!("/documents/{}", letter.1.document)).await;
    assert!(page.text().contains(&letter.1.sha256) && page.text().contains("class=\"qr\""), "the page shows what to compare");
}

/// Which of a challenge's documents a visitor reads, by kind.
async fn read_by(s: &Stage, who: &str, all: &BTreeMap<K, DocumentId>) -> BTreeSet<K> {
    let mut read = BTreeSet::new();
    for (kind, id) in all {
        let status = s.t.page(who, &format!("/documents/{id}")).await.status;
        let data = bytes(s, who, &format!("/api/v1/documents/{id}")).await.0;
        assert_eq!(status == 200, data == 200, "{who} {kind:?}: page and data agree");
        assert!(matches!(status, 200 | 404), "{who} {kind:?}: {status}");
        if status == 200 {
            read.insert(*kind);
        }
    }
    read
}

#[tokio::test]
async fn a_document_is_read_by_those_who_read_its_thing_and_by_nobody_else() {
    let s = whole_job().await;
    let all: BTreeMap<K, DocumentId> = told(&s).await.into_iter().map(|(_, t)| (t.kind, t.document)).collect();
    let public = BTreeSet::from([K::PublicationNotice, K::ProposedAwardNotice, K::AwardAnnouncement, K::AwardLetter]);
    let contract = [
        K::Contract,
        K::TaskBook,
        K::ResultPledge,
        K::LumpSumCommitment,
        K::MilestoneAssessment,
        K::PaymentApproval,
        K::AcceptanceCertificate,
    ];
    let with = |more: &[K]| public.iter().chain(more).copied().collect::<BTreeSet<K>>();
    assert_eq!(read_by(&s, "", &all).await, public);
    assert_eq!(read_by(&s, "admin", &all).await, public);
    assert_eq!(read_by(&s, "expert0", &all).await, public);
    assert_eq!(read_by(&s, "bidder4", &all).await, public, "a firm that did not bid");
    let winner: Vec<K> = contract.iter().copied().chain([K::OpeningRecord]).collect();
    assert_eq!(read_by(&s, "bidder1", &all).await, with(&winner));
    let partner: Vec<K> = winner.iter().copied().chain([K::ObjectionDecision]).collect();
    assert_eq!(read_by(&s, "bidder2", &all).await, with(&partner), "a rival who objected, and later a partner by a change");
    assert_eq!(
        read_by(&s, "bidder3", &all).await,
        with(&[K::OpeningRecord]),
        "a rival reads what was opened, and nothing of the contract"
    );
    assert_eq!(read_by(&s, "finance", &all).await, with(&contract));
    assert_eq!(read_by(&s, "auditor", &all).await, all.keys().copied().collect());
}

#[tokio::test]
async fn a_draft_is_told_from_what_is_issued_and_a_revised_notice_is_another_edition() {
    let s = Stage::new().await;
    let (c, _, n) = s.to_notice(GOVERNMENT, &[90, 85]).await;
    let notices = |all: &Value| -> Vec<(String, i64)> {
        let of = |x: &Value| (x["number"].as_str().unwrap_or("").to_owned(), x["edition"].as_i64().unwrap_or(0));
        all["items"].as_array().unwrap().iter().map(of).collect()
    };
    let list = format!("/notices/{n}/documents");
    assert_eq!(notices(&s.t.get("", &list).await.ok()), [("交科示〔2026〕1号".to_owned(), 1)]);
    let o = s.hold(n).await;
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("partly_uphold", Some("revise_notice"))).await.unwrap();
    let revised = forms::ReviseNotice {
        conclusion: "专家组意见更正后如下：建议中榜，指标不变。".into(),
        reason: "异议部分成立".into(),
    };
    s.app().revise_notice(s.who("officer"), n, revised).await.unwrap();
    let number = "交科示〔2026〕1号".to_owned();
    let after = s.t.get("", &list).await.ok();
    assert_eq!(notices(&after), [(number.clone(), 2), (number, 1)]);
    let [new, old] = [0, 1].map(|n: usize| after["items"][n]["id"].as_str().unwrap().to_owned());
    let page = |id: &str| format!("/documents/{id}");
    assert!(s.t.page("", &page(&old)).await.text().contains("已有更新的版本"));
    assert!(s.t.page("", &page(&new)).await.text().contains("专家组意见更正后如下"));
    assert!(!s.t.page("", &page(&new)).await.text().contains("已有更新的版本"));

    let k = s.to_awarded(GOVERNMENT, &[90]).await.2;
    let drafts = s.t.get("bidder1", &format!("/contracts/{k}/documents")).await.ok();
    let kinds: BTreeSet<&str> = drafts["items"].as_array().unwrap().iter().map(|x| x["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["contract", "lump_sum_commitment", "result_pledge", "task_book"]));
    assert!(drafts["items"].as_array().unwrap().iter().all(|x| x["issued"] == false && x["number"].is_null()));
    let draft = s.t.page("bidder1", &format!("/contracts/{k}/documents/contract")).await;
    assert!(draft.text().contains("paper-draft") && !draft.text().contains("class=\"qr\""));
    for (who, kind) in [("bidder2", "contract"), ("bidder1", "minutes")] {
        s.t.get(who, &format!("/contracts/{k}/documents/{kind}")).await.problem(404, "missing");
    }
    assert_eq!(c, s.notice(n).await.challenge);
}

#[tokio::test]
async fn what_people_typed_stays_text_on_every_document() {
    const TYPED: &str = "<script>alert(1)</script> #eval(1) *x* $y$ @r ] \\ {title} 𠮷";
    let s = Stage::new().await;
    let mut raw = need(GOVERNMENT, "single");
    raw["title"] = json!(TYPED);
    raw["scope"] = json!(format!("{TYPED}，以及中试规模的工程化验证。"));
    raw["bidder_conditions"] = json!(TYPED);
    let c = s.publish("service", raw).await;
    let told = told(&s).await;
    for (_, t) in &told {
        let (status, data) = bytes(&s, "", &format!("/documents/{}?format=json&lang={}", t.document, t.language.id())).await;
        let data: Value = serde_json::from_slice(&data).unwrap();
        assert_eq!(status, 200);
        let told = serde_json::to_string(&data).unwrap();
        assert_eq!(told.matches("{title} 𠮷").count(), 4, "title, opening, scope, conditions: {told}");
        let page: Answer = s.t.page("", &format!("/documents/{}?lang={}", t.document, t.language.id())).await;
        assert!(
            !page.text().contains("<script>alert")
                && page.text().contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt; #eval(1) *x* $y$ @r ] \\ {title} 𠮷")
        );
        let (_, text) = bytes(&s, "", &format!("/documents/{}?format=text&lang={}", t.document, t.language.id())).await;
        assert_eq!(String::from_utf8(text).unwrap().matches(TYPED).count(), 4);
    }
    assert_eq!(told.len(), 2, "{c}");
}

#[tokio::test]
async fn an_issued_document_is_added_to_and_never_changed() {
    let s = Stage::new().await;
    s.to_published(GOVERNMENT, "single").await;
    let db = s.app().db.connection();
    let mut statements =
        vec!["UPDATE document SET zh = zh", "UPDATE document SET number = '交科榜公〔2026〕9号'", "DELETE FROM document"];
    statements.push(if s.app().db.is_postgres() {
        "TRUNCATE document"
    } else {
        "INSERT OR REPLACE INTO document SELECT * FROM document"
    });
    for statement in statements {
        let said = db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(said.contains("append-only"), "{statement}: {said}");
    }
}
