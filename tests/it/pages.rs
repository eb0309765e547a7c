//! Every page renders every sample, strictly, in both languages; every sentence there is, is there in both.
use crate::job::published;
use crate::support::TestApp;
use jiebang::domain::form::{Field, Kind};
use jiebang::domain::{Draft, Need, Noun, Offer, Role, forms, lives};
use jiebang::web::{
    acts::ACTS,
    page::{Page, Pages, TEMPLATES},
    pages::*,
    text::{Lang, Texts},
};
use std::collections::BTreeSet;

fn shell() -> serde_json::Value {
    serde_json::json!({
        "lang": "zh-CN", "other_lang_href": "?lang=en", "other_lang_name": "English", "large": false, "large_href": "?size=large", "uploader": null, "site_name": "示例", "portal_href": null,
        "css": "/a.css", "js": "/a.js", "icon": "/i.svg", "path": "/", "nav": [{ "href": "/", "label": "首页", "here": true }],
        "user": { "name": "张", "role": "经办人", "organisation": "局" }, "waiting": 2, "flash": { "tone": "ok", "text": "完成" },
        "footer": { "host": "局", "phone": "0358", "site_code": "", "icp": "", "police": "" }, "now": "2026年3月2日 09:00", "test_clock": true,
    })
}

fn check<P: Page>(pages: &Pages, seen: &mut BTreeSet<&'static str>) {
    for lang in Lang::ALL {
        for (n, sample) in P::samples().iter().enumerate() {
            let html =
                pages.render(lang, &shell(), sample).unwrap_or_else(|e| panic!("{} sample {n} {lang:?}: {e:#}", P::TEMPLATE));
            assert!(html.trim_start().starts_with("<!doctype html>") && html.contains("</html>"));
            for inline in ["style=\"", " onclick", " onload", "<script>", "javascript:"] {
                assert!(!html.contains(inline), "{} has {inline}", P::TEMPLATE);
            }
            assert!(!html.contains("<b>不是标签"), "{}: text is text", P::TEMPLATE);
        }
    }
    seen.insert(P::TEMPLATE);
}

#[test]
fn every_page_renders_every_sample_and_every_template_is_a_page() {
    let (pages, mut seen) = (Pages::load(), BTreeSet::new());
    check::<HomePage>(&pages, &mut seen);
    check::<ListPage>(&pages, &mut seen);
    check::<ShowPage>(&pages, &mut seen);
    check::<ActPage>(&pages, &mut seen);
    check::<EditPage>(&pages, &mut seen);
    check::<DeskPage>(&pages, &mut seen);
    check::<ReceiptPage>(&pages, &mut seen);
    check::<DocumentPage>(&pages, &mut seen);
    check::<SheetPage>(&pages, &mut seen);
    check::<SealingPage>(&pages, &mut seen);
    check::<SignInPage>(&pages, &mut seen);
    check::<AccountPage>(&pages, &mut seen);
    check::<ProblemPage>(&pages, &mut seen);
    check::<WordsPage>(&pages, &mut seen);
    check::<FiguresPage>(&pages, &mut seen);
    check::<DocsPage>(&pages, &mut seen);
    check::<GalleryPage>(&pages, &mut seen);
    let files: BTreeSet<&str> =
        TEMPLATES.iter().map(|(n, _)| *n).filter(|n| !n.starts_with("parts/") && *n != "base.html").collect();
    assert_eq!(seen, files);
}

fn arguments(sentence: &str) -> BTreeSet<String> {
    sentence.split('{').skip(1).filter_map(|p| p.split_once('}')).map(|(a, _)| a.to_owned()).collect()
}

#[test]
fn both_languages_say_the_same_things_with_the_same_facts() {
    let texts = Texts::load();
    let (zh, en) = (texts.map(Lang::Zh), texts.map(Lang::En));
    let keys = |m: &std::collections::BTreeMap<String, String>| m.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(zh).symmetric_difference(&keys(en)).collect::<Vec<_>>(), Vec::<&String>::new());
    for (key, sentence) in zh {
        assert_eq!(arguments(sentence), arguments(&en[key]), "{key}");
        assert!(!sentence.trim().is_empty() && !en[key].trim().is_empty(), "{key}");
    }
}

/// The later of two would silently take the other's place, on every page that uses it.
#[test]
fn no_sentence_stands_twice_in_the_catalogues() {
    for lang in ["zh-CN", "en"] {
        let mut seen = BTreeSet::new();
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/text")).expect("the catalogues are there") {
            let path = file.expect("a file").path();
            if !path.to_string_lossy().ends_with(&format!(".{lang}.json")) {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a catalogue is text");
            for key in text.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\": ")).map(|(key, _)| key) {
                assert!(seen.insert(key.to_owned()), "{key} stands twice, the second time in {}", path.display());
            }
        }
        assert!(seen.len() > 1_000, "{lang}: {}", seen.len());
    }
}

fn want(missing: &mut BTreeSet<String>, texts: &Texts, keys: &[String]) {
    if !keys.iter().any(|k| texts.has(Lang::Zh, k)) {
        missing.insert(keys[0].clone());
    }
}

fn want_fields(missing: &mut BTreeSet<String>, texts: &Texts, form: &str, fields: &[Field]) {
    for f in fields {
        want(missing, texts, &[format!("field.{form}.{}", f.name), format!("field.{}", f.name)]);
        match f.kind {
            Kind::Choice(options) | Kind::Choices(options) => {
                for o in options {
                    want(missing, texts, &[format!("option.{}.{o}", f.name), format!("option.{o}")]);
                }
            }
            Kind::Rows(_, _, inner) => want_fields(missing, texts, form, inner),
            _ => {}
        }
    }
}

/// Codes that the sources name, by the calls that name them.
fn codes(pattern: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    fn walk(dir: &std::path::Path, pattern: &[&str], found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, pattern, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for p in pattern {
                for (at, _) in text.match_indices(p) {
                    let code: String = text[at + p.len()..]
                        .chars()
                        .take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit())
                        .collect();
                    found.insert(code);
                }
            }
        }
    }
    for layer in ["src/domain", "src/app"] {
        walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(layer), pattern, &mut found);
    }
    found.retain(|c| !c.is_empty() && c != "a");
    found
}

/// Whole keys that a page's code asks for by name: `t.t("race.gates")`.
fn asked_for(dir: &std::path::Path, found: &mut BTreeSet<String>) {
    for path in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            asked_for(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for call in [".t(\"", ".with(\""] {
            let keys = text.split(call).skip(1).filter_map(|rest| rest.split_once('"')).map(|(key, _)| key);
            found.extend(keys.filter(|key| key.contains('.')).map(str::to_owned));
        }
    }
}

#[test]
fn no_page_asks_for_a_sentence_that_is_not_there() {
    let (texts, mut asked) = (Texts::load(), BTreeSet::new());
    asked_for(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"), &mut asked);
    assert!(asked.len() > 300, "{}", asked.len());
    asked.retain(|key| !texts.has(Lang::Zh, key));
    assert_eq!(asked, BTreeSet::new());
}

#[test]
fn no_sentence_is_missing() {
    let texts = Texts::load();
    let mut missing = BTreeSet::new();
    for form in forms::ALL.iter().copied().chain(ACTS.iter().map(|a| a.form)).chain([
        <Need as Draft>::FORM,
        <Offer as Draft>::FORM,
        <jiebang::domain::rubric::EditRubric as Draft>::FORM,
    ]) {
        for s in form.sections {
            want_fields(&mut missing, &texts, form.name, s.fields);
            if s.id != "all" {
                want(&mut missing, &texts, &[format!("section.{}.{}", form.name, s.id)]);
            }
        }
    }
    for life in lives() {
        for s in &life.states {
            want(&mut missing, &texts, &[format!("state.{}.{s}", life.noun)]);
        }
        for l in &life.lines {
            want(&mut missing, &texts, &[format!("event.{}.{}", life.noun, l.act), format!("act.{}.{}", life.noun, l.act)]);
        }
    }
    for a in ACTS {
        let mut keys = vec![format!("act.{}.{}", a.noun.id(), a.path)];
        keys.extend(a.steps.iter().map(|s| format!("act.{}.{s}", a.noun.id())));
        want(&mut missing, &texts, &keys);
    }
    for r in Role::ALL {
        want(&mut missing, &texts, &[format!("role.{}", r.id())]);
    }
    for n in Noun::ALL {
        want(&mut missing, &texts, &[format!("noun.{}", n.id())]);
    }
    for code in codes(&["Refusal::new(\"", "ensure(false, \""]) {
        want(&mut missing, &texts, &[format!("refusal.{code}")]);
    }
    for (kind, status) in jiebang::web::problem::KINDS {
        want(&mut missing, &texts, &[format!("problem.{}.title", kind.replace('-', "_")), format!("problem.{status}.title")]);
        want(&mut missing, &texts, &[format!("problem.{}.text", kind.replace('-', "_")), format!("problem.{status}.text")]);
    }
    assert_eq!(missing.iter().collect::<Vec<_>>(), Vec::<&String>::new());
}

#[tokio::test]
async fn pages_show_no_bare_keys_to_anyone_in_either_language() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let paths = [
        "/",
        "/challenges",
        "/notices",
        "/help",
        "/accessibility",
        "/docs",
        "/sign-in",
        "/desk",
        "/mine",
        "/bids",
        "/contracts",
        "/instalments",
        "/account",
    ]
    .map(str::to_owned);
    for who in ["", "poster", "bidder1", "officer", "checker", "head", "supervisor", "finance", "auditor", "admin", "expert1"] {
        for path in paths.iter().cloned().chain([format!("/challenges/{c}")]) {
            for lang in ["zh-CN", "en"] {
                let page = app.page(who, &format!("{path}?lang={lang}")).await;
                assert!([200, 303, 404].contains(&page.status), "{who} {path} {}", page.status);
                for prefix in [
                    "ui.", "field.", "option.", "state.", "act.", "turn.", "event.", "block.", "column.", "refusal.", "fault.",
                    "nav.", "noun.", "role.",
                ] {
                    let shown = page
                        .text()
                        .match_indices(&format!(">{prefix}"))
                        .next()
                        .map(|(at, _)| page.text()[at..].chars().take(60).collect::<String>());
                    assert_eq!(shown, None, "{who} {path} {lang}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_faulty_form_comes_back_with_what_was_typed_and_what_to_do() {
    let app = TestApp::new().await;
    let short = app.submit("poster", "/challenges/new", "title=%E7%9F%AD%3Cb%3E").await;
    assert_eq!(short.status, 422);
    assert!(
        short.text().contains("value=\"短&lt;b&gt;\"")
            && short.text().contains("aria-invalid=\"true\"")
            && short.text().contains("href=\"#f-title\""),
        "{}",
        short.text()
    );
}

#[tokio::test]
async fn a_need_is_written_section_by_section_without_script() {
    let app = TestApp::new().await;
    let made = app
        .submit("poster", "/challenges/new", "title=%E7%84%A6%E5%8C%96%E8%84%B1%E7%A1%AB%E5%BA%9F%E6%B6%B2%E6%8F%90%E7%9B%90")
        .await;
    let edit = made.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(app.page("poster", &edit).await.status, 200);
    let more = app
        .submit(
            "poster",
            &format!("{edit}/indicators"),
            "version=1&do=add:indicators&indicators.0.name=A&indicators.1.name=B&indicators.2.name=C",
        )
        .await;
    assert_eq!(more.status, 200);
    assert!(more.text().contains("name=\"indicators.3.name\"") && more.text().contains("value=\"B\""));
    let stale = app
        .submit(
            "poster",
            &format!("{edit}/basics"),
            "version=1&title=%E5%8F%A6%E4%B8%80%E4%B8%AA%E6%A0%87%E7%AD%BE%E9%A1%B5%E7%9A%84%E6%A0%87%E9%A2%98",
        )
        .await;
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("另一个标签页的标题"), "what was typed is kept");
}

#[tokio::test]
async fn the_act_that_the_turn_waits_for_is_the_one_that_stands_out() {
    let app = TestApp::new().await;
    let c = app.post("poster", "/challenges", serde_json::json!({ "title": "焦化脱硫废液提盐及副盐" })).await.ok()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let draft = serde_json::json!({ "draft": crate::support::need("enterprise_posted", "single") });
    app.put("poster", &format!("/challenges/{c}/draft"), draft).await.ok();
    app.post("poster", &format!("/challenges/{c}/submission"), serde_json::json!({})).await.ok();
    let page = app.page("officer", &format!("/challenges/{c}")).await;
    let main: Vec<&str> =
        page.text().match_indices("class=\"btn main\"").map(|(at, _)| page.text()[at..].split('"').nth(3).unwrap()).collect();
    assert_eq!(main, [format!("/challenges/{c}/screening").replace('/', "&#x2f;")]);
}

#[tokio::test]
async fn a_visitor_of_an_open_challenge_is_shown_the_way_to_a_bid() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let way = format!("/sign-in?next=/challenges/{c}").replace('/', "&#x2f;");
    let visited = app.page("", &format!("/challenges/{c}")).await;
    assert!(visited.text().contains(&way), "no way to sign in and bid");
    assert!(!app.page("officer", &format!("/challenges/{c}")).await.text().contains(&way));
}
