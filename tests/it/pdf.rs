//! Documents as PDF/A: what people typed stays text, every kind is set, and a machine that can't set them prints pages.
//! Without a Chinese font or pdftotext the tests that need them say that they were left out.
use crate::acts::support::*;
use crate::log::whole_job;
use jiebang::{config::Config, domain::Actor, web::Web};
use serde_json::{Value, json};
use std::process::Command;

async fn bytes(s: &Stage, who: &str, path: &str) -> (u16, Vec<u8>) {
    crate::documents::bytes(s, who, path).await
}

fn web_of(app: jiebang::app::App) -> Web {
    Web { test_clock: true, ..Web::new(app, Config::read(None, []).unwrap()) }
}

/// Whether PDFs can be made here, and read.
async fn able(s: &Stage, test: &str) -> bool {
    let reads = Command::new("pdftotext").arg("-v").output().is_ok();
    let able = cfg!(feature = "pdf") && s.app().sets_pdf().await && reads;
    if !able {
        eprintln!("LEFT OUT: {test}: no Chinese font or no pdftotext here, or built without PDF");
    }
    able
}

/// What a PDF says, its lines joined: typesetting breaks them anywhere.
fn said(pdf: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("jiebang-{}.pdf", uuid::Uuid::new_v4()));
    std::fs::write(&path, pdf).unwrap();
    let out = Command::new("pdftotext").arg(&path).arg("-").output().unwrap();
    std::fs::remove_file(&path).unwrap();
    String::from_utf8(out.stdout).unwrap().split_whitespace().collect()
}

#[tokio::test]
async fn every_kind_of_document_is_set_as_pdf_for_archives() {
    let s = whole_job().await;
    if !able(&s, "every kind of document as PDF").await {
        return;
    }
    let entries = s.app().record(&Actor::system(), &[], 0, 100_000).await.unwrap();
    let told: Vec<Value> =
        entries.iter().flat_map(|e| e.body["event"]["facts"]["documents"].as_array().cloned().unwrap_or_default()).collect();
    assert!(told.len() > 20);
    for t in told {
        let [id, lang] = ["document", "language"].map(|n| t[n].as_str().unwrap().to_owned());
        let (status, pdf) = bytes(&s, "officer", &format!("/documents/{id}?format=pdf&lang={lang}")).await;
        assert_eq!((status, &pdf[..5]), (200, b"%PDF-".as_slice()), "{t} {}", String::from_utf8_lossy(&pdf));
        let text = said(&pdf);
        assert!(text.contains(&t["number"].as_str().unwrap().replace(' ', "")), "{t}: {text}");
        assert!(text.contains(t["sha256"].as_str().unwrap()), "{t}: the hash stands at its foot: {text}");
        let pages = if lang == "en" { "Page1of" } else { "第1页共" };
        assert!(text.contains(pages), "{text}");
        assert!(pdf.windows(16).any(|w| w == b"pdfaid:part>2</p"), "it says that it is PDF/A-2");
    }
}

#[tokio::test]
async fn what_people_typed_stays_text_in_pdf() {
    const TYPED: &str = "<script>alert(1)</script> #eval(1) *x* $y$ @r ] \\ {title} 𠮷";
    let s = Stage::new().await;
    if !able(&s, "what people typed in PDF").await {
        return;
    }
    let mut raw = need(GOVERNMENT, "single");
    raw["title"] = json!(TYPED);
    raw["scope"] = json!(format!("{TYPED}，#panic() `raw` _x_ -- ... ~ 以及中试规模的工程化验证。"));
    let c = s.publish("service", raw).await;
    let all = s.t.get("", &format!("/challenges/{c}/documents")).await.ok();
    let id = all["items"][0]["id"].as_str().unwrap();
    let (status, pdf) = bytes(&s, "", &format!("/api/v1/documents/{id}?format=pdf")).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&pdf));
    let text = said(&pdf);
    let typed: String = TYPED.split_whitespace().collect();
    assert_eq!(text.matches(&typed).count(), 3, "title, opening, scope: {text}");
    assert!(text.contains("#panic()`raw`_x_--...~以及中试"), "{text}");
    let again = bytes(&s, "", &format!("/api/v1/documents/{id}?format=pdf")).await.1;
    assert_eq!(again, pdf, "the same document is the same file");
}

#[tokio::test]
async fn a_character_that_no_font_writes_is_told_and_the_page_prints_instead() {
    let s = Stage::new().await;
    if !able(&s, "a character that no font writes").await {
        return;
    }
    let mut raw = need(GOVERNMENT, "single");
    raw["scope"] = json!("含有自造字\u{f0123}的中试规模工程化验证。");
    let c = s.publish("service", raw).await;
    let all = s.t.get("", &format!("/challenges/{c}/documents")).await.ok();
    let id = all["items"][0]["id"].as_str().unwrap();
    s.t.get("", &format!("/documents/{id}?format=pdf")).await.refused(409, "pdf_glyphs");
    let instead = s.t.page("", &format!("/documents/{id}?format=pdf&lang=zh-CN")).await;
    assert!(instead.status == 409 && instead.text().contains("\u{f0123}") && instead.text().contains("缺少文书中的某些字"));
}

#[tokio::test]
async fn a_machine_without_a_font_shows_the_page_to_print() {
    let mut s = Stage::new().await;
    let none = std::env::temp_dir().join(format!("jiebang-no-fonts-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&none).unwrap();
    s.t.router = jiebang::web::router(web_of(s.app().clone().with_fonts(none.clone())));
    let c = s.to_published(GOVERNMENT, "single").await;
    let all = s.t.get("", &format!("/challenges/{c}/documents")).await.ok();
    let id = all["items"][0]["id"].as_str().unwrap();
    let page = s.t.page("", &format!("/documents/{id}")).await;
    assert!(page.status == 200 && !page.text().contains("format=pdf") && page.text().contains("data-print"));
    let instead = s.t.page("", &format!("/documents/{id}?format=pdf&lang=zh-CN")).await;
    assert_eq!(instead.status, 409);
    assert!(instead.text().contains("没有中文字体") && instead.text().contains("class=\"paper"), "{}", instead.text());
    s.t.get("", &format!("/documents/{id}?format=pdf")).await.refused(409, "pdf_no_font");
    std::fs::remove_dir_all(&none).unwrap();
}

#[tokio::test]
async fn a_case_file_takes_every_paper_that_its_reader_may_read() {
    let s = whole_job().await;
    let able = able(&s, "PDFs of a case file").await;
    let case = s.app().record(&Actor::system(), &[], 0, 100_000).await.unwrap().iter().find_map(|e| e.challenge).unwrap();
    let web = web_of(s.app().clone());
    let all = jiebang::web::paper::case_files(&web, s.who("auditor"), case).await.unwrap();
    let public = jiebang::web::paper::case_files(&web, &Actor::visitor(), case).await.unwrap();
    let count = |files: &[(String, Vec<u8>)], end: &str| files.iter().filter(|(name, _)| name.ends_with(end)).count();
    assert_eq!(count(&all, ".json"), count(&all, ".html"));
    assert_eq!(count(&all, ".pdf"), if able { count(&all, ".zh-CN.json") } else { 0 });
    assert_eq!((count(&public, ".zh-CN.json"), count(&public, ".en.html")), (4, 4));
    let html = String::from_utf8(all.iter().find(|(n, _)| n.ends_with(".zh-CN.html")).unwrap().1.clone()).unwrap();
    assert!(html.contains("<style>") && !html.contains("href=\"/") && html.contains("class=\"qr\""));
}
