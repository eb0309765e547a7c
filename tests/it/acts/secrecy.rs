//! What nobody may learn: contents of bids before their opening, whether there are any, and who bids while experts read blind.
//! Everything that there is is searched: database, folder, logs, exports, and every page and answer that every role can fetch.
use super::sealed::House;
use super::support::*;
use crate::crawl::{Crawl, sweep};
use crate::log::exported;
use jiebang::domain::log::record::Scope;
use jiebang::domain::{forms::*, *};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const ROLES: &[&str] = &[
    "",
    "officer",
    "head",
    "admin",
    "supervisor",
    "auditor",
    "finance",
    "service",
    "bidder1",
    "bidder2",
    "bidder3",
    "bidder4",
    "expert0",
];

/// Words of one team that must stand nowhere: in its texts, its price, its files' names and contents.
struct Canaries {
    who: &'static str,
    text: String,
    price: i64,
    name: String,
    content: String,
}

impl Canaries {
    fn of(who: &'static str, last: i64) -> Self {
        let word = |what: &str| format!("{what}{}", &Uuid::new_v4().simple().to_string()[..16]);
        // Eight digits that are nobody else's; within what the county pays.
        let price = 150_000_001 + i64::try_from(Uuid::new_v4().as_u128() % 40_000_000).unwrap() / 10 * 10 + last;
        Self { who, text: word("金丝雀文"), price, name: word("金丝雀名"), content: word("canary-content-") }
    }
    fn words(&self) -> Vec<String> {
        vec![self.text.clone(), self.price.to_string(), self.name.clone(), self.content.clone()]
    }
    fn offer(&self, s: &Stage, team: usize) -> Value {
        let mut offer = s.offer(team, GOVERNMENT);
        for field in ["understanding", "route", "innovation", "plan_b", "team_text", "estimate_note", "landing_plan"] {
            offer[field] = json!(format!("{}{}", self.text, offer[field].as_str().unwrap()));
        }
        offer["county_fen"] = json!(self.price);
        offer["members"][0]["money_fen"] = json!(self.price + offer["enterprise_fen"].as_i64().unwrap());
        offer
    }
    fn file(&self) -> Vec<u8> {
        format!("%PDF-1.4\n% {}\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n", self.content).into_bytes()
    }
    async fn upload(&self, s: &Stage) -> FileId {
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(self.file()))]);
        s.app().upload(s.who(self.who), &format!("{}.pdf", self.name), stream).await.unwrap().id
    }
}

/// What is logged on this thread, whatever its level.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every column of every table, as text: what a stolen dump shows.
async fn dump(s: &Stage, to: &Path) {
    let db = s.app().db.connection();
    let backend = db.get_database_backend();
    let texts = |sql: String| async move {
        let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        rows.iter().map(|r| r.try_get_by_index::<String>(0).unwrap()).collect::<Vec<_>>()
    };
    let postgres = s.app().db.is_postgres();
    let tables = if postgres {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    for table in texts(tables.to_owned()).await {
        let rows = if postgres {
            texts(format!("SELECT t::text FROM {table} AS t")).await
        } else {
            let columns = texts(format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')")).await;
            texts(format!("SELECT {} FROM {table}", columns.join(" || ',' || "))).await
        };
        std::fs::write(to.join(format!("{table}.txt")), rows.join("\n")).unwrap();
    }
    if postgres && let Ok(out) = std::process::Command::new("pg_dump").arg(&s.t.url).output() {
        std::fs::write(to.join("pg_dump.sql"), out.stdout).unwrap();
    }
}

fn folder(s: &Stage, name: &str) -> PathBuf {
    let path = s.t.folder.join("swept").join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Fetches all that a role can fetch into files of a folder, the kinds apart.
async fn fetch(s: &Stage, who: &str, ids: &[Uuid], to: &Path) -> usize {
    let fetched = Crawl::of(&s.t, who).all(ids).await;
    let (mut n, count) = (0, fetched.len());
    for (path, answer) in fetched {
        n += 1;
        let kind = if path.contains("format=xlsx") {
            "xlsx"
        } else if path.contains("format=csv") {
            "csv"
        } else if path.starts_with("/api/") {
            "json"
        } else {
            "html"
        };
        let at = to.join(format!("{}-{kind}", if who.is_empty() { "visitor" } else { who }));
        std::fs::create_dir_all(&at).unwrap();
        std::fs::write(at.join(n.to_string()), [path.as_bytes(), b"\n", &answer].concat()).unwrap();
    }
    count
}

/// D2: bids sealed both ways and a draft, full of planted words; before the opening they stand nowhere.
// Long: database, files, and every page and list as every role are searched for every planted word in every spelling.
#[tokio::test]
async fn planted_words_of_bids_stand_nowhere_before_the_opening() {
    let logged = Logged::default();
    let writer = {
        let logged = logged.clone();
        move || logged.clone()
    };
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(writer).finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let h = House::new().await;
    let s = &h.s;
    let control = format!("对照{}", &Uuid::new_v4().simple().to_string()[..16]);
    tracing::trace!("{control}");
    let sealed_here = h.published().await;
    let mut named = need(GOVERNMENT, "single");
    named["title"] = json!(format!("焦化脱硫{control}"));
    let served = s.publish("service", named).await;
    let all = [Canaries::of("bidder1", 1), Canaries::of("bidder2", 2), Canaries::of("bidder3", 3), Canaries::of("bidder4", 4)];

    let b1 = h.start(sealed_here, "bidder1").await;
    let content: &'static [u8] = Box::leak(all[0].file().into_boxed_slice());
    let file = h.sealed_with("bidder1", b1, &all[0].offer(s, 0), (&format!("{}.pdf", all[0].name), content), |_| {}).await;
    assert_eq!(h.submit("bidder1", b1, file).await, "ok");
    let mut ids = vec![sealed_here.0, served.0, b1.0];
    for (team, mark) in all.iter().enumerate().skip(1) {
        let mut offer = mark.offer(s, team);
        let file = mark.upload(s).await;
        offer["attachments"] = json!([file]);
        let b = s.draft_bid(served, mark.who, offer).await;
        ids.extend([b.0, file.0]);
        // The fourth stays a draft.
        if team < 3 {
            s.app().seal_bid(s.who(mark.who), b, SealBid { agree: true }).await.unwrap();
        }
        // Refusals and faults must not repeat what was typed.
        let odd = json!({ "route": format!("{}\u{0}", mark.text), "county_fen": mark.text });
        let _refused =
            s.t.call(
                mark.who,
                axum::http::Method::PUT,
                &format!("/bids/{}/draft", b.0),
                Some(json!({ "draft": odd, "version": 99 })),
                None,
            )
            .await;
    }
    s.app().seal_log().await.unwrap();

    let at = |name: &str| folder(s, name);
    dump(s, &at("dump")).await;
    std::fs::write(at("record").join("full"), exported(s.app(), Scope::Full).await).unwrap();
    std::fs::write(at("record").join("public"), exported(s.app(), Scope::Public).await).unwrap();
    let mut fetched = 0;
    for who in ROLES {
        fetched += fetch(s, who, &ids, &at("fetched")).await;
    }
    assert!(fetched > 1500, "{fetched} answers");
    std::fs::write(at("log").join("trace"), &*logged.0.lock().unwrap()).unwrap();
    std::fs::write(s.t.folder.join("files").join("planted"), &control).unwrap();

    let words: Vec<String> = all.iter().flat_map(Canaries::words).collect();
    let mut list: Vec<&str> = words.iter().map(String::as_str).collect();
    let (case, officer) = (served.0.to_string(), s.who("officer").name.clone());
    list.extend([control.as_str(), &case, &officer]);
    let found = sweep(&list, &s.t.folder);
    for mark in &all {
        for word in mark.words() {
            // One's own bid is one's own to read.
            let own = |f: &&String| f.starts_with(&format!("swept/fetched/{}-", mark.who));
            let elsewhere: Vec<&String> = found[&word].iter().filter(|f| !own(f)).collect();
            assert_eq!(elsewhere, Vec::<&String>::new(), "{word} of {}", mark.who);
            assert!(
                mark.who == "bidder1" || word == mark.content || found[&word].iter().any(|f| own(&f)),
                "its own team reads {word}"
            );
        }
    }
    // Each place is really searched: a word that must be found there is.
    let in_place = |word: &str, place: &str| found[word].iter().any(|f| f.starts_with(place));
    for place in [
        "swept/dump/challenge.txt",
        "swept/log/trace",
        "files/planted",
        "swept/fetched/visitor-html",
        "swept/fetched/visitor-json",
    ] {
        assert!(in_place(&control, place), "{place}: {:?}", found[&control]);
    }
    for place in ["swept/fetched/officer-csv", "swept/fetched/officer-xlsx", "swept/fetched/auditor-html"] {
        assert!(in_place(&control, place), "{place}: {:?}", found[&control]);
    }
    for place in ["swept/record/full", "swept/record/public", "swept/dump/audit_event.txt"] {
        assert!(in_place(&case, place), "{place}");
    }
    assert!(in_place(&officer, "swept/record/full"));
    if !s.app().db.is_postgres() {
        assert!(in_place(&control, "test.db"), "the database file or its log: {:?}", found[&control]);
    }
}

/// The search itself: words are found however they are written.
#[test]
fn planted_words_are_found_however_they_are_written() {
    let at = std::env::temp_dir().join(format!("jiebang-sweep-{}", Uuid::new_v4().simple()));
    std::fs::create_dir_all(&at).unwrap();
    let script = r#"
import base64, gzip, io, json, sys, urllib.parse, zipfile
word, at = sys.argv[1:]
raw = word.encode()
def put(name, data):
    open(f"{at}/{name}", "wb").write(b"before " + data + b" behind")
put("raw", raw); put("utf16", word.encode("utf-16-le")); put("hex", raw.hex().encode()); put("json", json.dumps({"x": word}).encode())
put("url", urllib.parse.quote(word).encode()); put("gzip", gzip.compress(raw * 3))
for n in range(3):
    put(f"base64-{n}", base64.b64encode(b"a" * n + raw + b"tail"))
book = io.BytesIO()
with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("sheet.xml", "x" * 999 + word)
put("zip", book.getvalue()); put("nested", gzip.compress(book.getvalue())); put("none", raw[1:])
"#;
    let word = "金丝雀0123456789abcdef";
    let made =
        std::process::Command::new("python3").args(["-c", script, word]).arg(&at).status().expect("python3 is needed here");
    assert!(made.success());
    let found = sweep(&[word, "nowhere-at-all"], &at);
    std::fs::remove_dir_all(&at).unwrap();
    let names = ["base64-0", "base64-1", "base64-2", "gzip", "hex", "json", "nested", "raw", "url", "utf16", "zip"];
    assert_eq!(found[word], names);
    assert_eq!(found["nowhere-at-all"], Vec::<String>::new());
}

/// An answer as text, and what is packed in it.
fn unpacked(answer: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(answer).into_owned();
    if let Some(at) = answer.windows(4).position(|w| w == b"PK\x03\x04")
        && let Ok(mut zip) = zip::ZipArchive::new(std::io::Cursor::new(&answer[at..]))
    {
        for n in 0..zip.len() {
            let mut bytes = vec![];
            zip.by_index(n).unwrap().read_to_end(&mut bytes).unwrap();
            text += &String::from_utf8_lossy(&bytes);
        }
    }
    text
}

/// Addresses that grow with every act of anybody (a document's page shows its proof against the whole log), with every look
/// (the read log, which a case file holds), or with one's own sessions: they tell that something was done, not what.
fn grows(path: &str) -> bool {
    ["/log", "/record", "/documents", "/api/v1/log", "/api/v1/events", "/api/v1/tokens"].iter().any(|p| path.starts_with(p))
        || ["/reads", "/reads?format=csv", "/case.zip"].iter().any(|p| path.ends_with(p))
}

/// D11: with three sealed bids everybody else sees what was to be seen with none, to the byte.
#[tokio::test]
async fn nobody_sees_whether_there_are_bids_before_the_opening() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let other = s.to_published(ENTERPRISE, "single").await;
    let ids = [c.0, other.0, s.org("u1").0, s.org("u2").0, s.org("u3").0];
    let outsiders = ROLES.iter().filter(|r| !["bidder1", "bidder2", "bidder3"].contains(r));
    let mut before = vec![];
    for who in outsiders.clone() {
        before.push(Crawl::of(&s.t, who).all(&ids).await);
    }
    let mut bids = vec![];
    for (team, (who, _)) in TEAMS.iter().enumerate().take(3) {
        let mut offer = s.offer(team, GOVERNMENT);
        offer["attachments"] = json!([s.upload(who).await]);
        bids.push(s.seal(c, who, offer).await);
    }
    let mut told = vec![];
    for (who, before) in outsiders.zip(before) {
        let after = Crawl::of(&s.t, who).all(&ids).await;
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|p| !grows(p)).collect();
        assert!(paths.len() > 60, "{who}: {}", paths.len());
        let mut volatile = vec![];
        for path in paths.into_iter().filter(|p| before.get(*p) != after.get(*p)) {
            // A page that is never the same twice (the time of one's own session; the story of a case, in which this very
            // look is told as an early try, and what is proved against the record as it grows) tells nothing so; what is
            // in it is looked at below.
            if after.contains_key(path) && Crawl::of(&s.t, who).fetch(path).await != after[path] {
                volatile.push(path);
            } else {
                told.push(format!("{who} {path}"));
            }
        }
        assert!(volatile.len() <= 16, "{who}: {volatile:?} are never the same twice");
        for (path, answer) in &after {
            let text = unpacked(answer);
            if bids.iter().any(|b| text.contains(&b.0.to_string())) {
                told.push(format!("{who} {path} names a bid"));
            }
            // The record of acts: no act on a bid, and none of its team's on this challenge.
            if grows(path) && (text.contains("bid.seal") || text.contains("bid.start")) {
                told.push(format!("{who} {path} tells of a sealing"));
            }
        }
    }
    assert_eq!(told, Vec::<String>::new());
    // The same look notices what is no secret.
    let q = s.app().ask_question(s.who("bidder4"), other, form(json!({ "text": "废液日产量是多少？" }))).await.unwrap();
    let seen = Crawl::of(&s.t, "").all(&ids).await;
    assert!(seen.values().any(|a| String::from_utf8_lossy(a).contains(&q.text)));
}

/// What an expert can fetch while it reads blind holds nothing of who bids, nor of the files: ids, names, counts, sizes.
#[tokio::test]
async fn while_experts_read_blind_nothing_they_can_fetch_tells_who_bids() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let (mut bids, mut words, mut files) = (vec![], BTreeSet::new(), vec![]);
    for (team, (who, org)) in TEAMS.iter().enumerate().take(3) {
        let mut offer = s.offer(team, GOVERNMENT);
        offer["pi_name"] = json!(format!("柯某{team}人"));
        let name = format!("{}方案附件{team}.pdf", s.t.org(org)["name"].as_str().unwrap());
        let pdf = bytes::Bytes::from_static(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
        let file = s.app().upload(s.who(who), &name, futures_util::stream::iter([Ok::<_, std::io::Error>(pdf)])).await.unwrap();
        offer["attachments"] = json!([file.id]);
        offer["route"] = json!(format!(
            "{}由{}提出，{}负责。{}",
            s.t.org(org)["name"].as_str().unwrap(),
            s.who(who).name,
            format!("柯某{team}人"),
            offer["route"].as_str().unwrap()
        ));
        bids.push(s.seal(c, who, offer).await);
        words.extend([
            name,
            file.id.to_string(),
            file.key,
            format!("柯某{team}人"),
            s.who(who).name.clone(),
            s.who(who).account.to_string(),
            s.org(org).0.to_string(),
        ]);
        words.extend(["name", "uscc", "id"].map(|f| s.t.org(org)[f].as_str().unwrap().to_owned()));
        files.push(file.sha256);
    }
    words.extend(files);
    s.open(c).await;
    for b in &bids {
        s.check_form(*b, true).await;
    }
    s.convene(c).await;
    s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
    let seats = s.assignments(c).await;
    let (mut orders, mut told) = (BTreeSet::new(), vec![]);
    for a in seats.iter().take(2) {
        s.seat(a).await;
        let who = (0..12).map(|n| format!("expert{n}")).find(|n| s.who(n).account == a.expert).unwrap();
        let mut ids = vec![c.0, a.id.0];
        ids.extend(bids.iter().map(|b| b.0));
        ids.extend(words.iter().filter_map(|w| w.parse::<Uuid>().ok()));
        // What the expert types into an address is its own; what comes back is not.
        let seen = Crawl::of(&s.t, &who).most(4000).all(&ids).await;
        assert!(seen.len() > 200, "{}", seen.len());
        for (path, answer) in &seen {
            let text = String::from_utf8_lossy(answer);
            let says = |w: &&String| text.contains(w.as_str()) && !path.contains(w.as_str());
            told.extend(words.iter().filter(says).map(|w| format!("{path} tells {w}")));
        }
        let sheet = &seen[&format!("/api/v1/assignments/{}", a.id.0)];
        let sheet: Value = serde_json::from_slice(&sheet[sheet.windows(2).position(|w| w == b"\n\n").unwrap() + 2..]).unwrap();
        let order: Vec<String> =
            sheet["bids"].as_array().unwrap().iter().map(|b| b["bid"].as_str().unwrap().to_owned()).collect();
        assert_eq!(order.len(), 3);
        assert!(sheet["bids"][0]["offer"]["route"].as_str().unwrap().contains("▇▇▇"), "masked where it stood");
        assert!(sheet["bids"][0]["offer"].get("attachments").is_none());
        orders.insert(order);
        let page = String::from_utf8_lossy(&seen[&format!("/assignments/{}", a.id.0)]).into_owned();
        assert!(page.contains("方案一") && page.contains("方案三"), "schemes have a number and no name");
    }
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(orders.len(), 1, "the same order for all");
    let expected = review_order(&s.challenge(c).await, bids.clone());
    assert_eq!(orders.first().unwrap(), &expected.iter().map(|b| b.0.to_string()).collect::<Vec<_>>());
}

fn review_order(c: &Challenge, mut bids: Vec<BidId>) -> Vec<BidId> {
    bids.sort_by_key(|b| c.blind_key(*b));
    bids
}

/// The order in which experts read follows neither the time of sealing nor the ids: over many challenges every order comes.
#[tokio::test]
async fn the_order_of_reading_hangs_on_neither_time_nor_ids() {
    let s = Stage::new().await;
    let c = s.to_published(GOVERNMENT, "single").await;
    let mut c = s.challenge(c).await;
    let bids: Vec<BidId> = (1..=3u128).map(|n| BidId(Uuid::from_u128(n))).collect();
    let mut seen = BTreeSet::new();
    for n in 0..200u128 {
        c.draw_secret = Some(format!("{n:064x}"));
        seen.insert(review_order(&c, bids.clone()));
    }
    assert_eq!(seen.len(), 6);
    assert_eq!(review_order(&c, bids.clone()), review_order(&c, bids.iter().rev().copied().collect()));
}
