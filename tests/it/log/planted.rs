//! Corruptions of a record, each with the code that must name it: by one who has only the file, and by one who has the key
//! too, rebuilds the tree and signs it anew.
use jiebang::domain::hash::{canonical, sha256_hex};
use jiebang::domain::log::{
    leaf,
    note::SecretKey,
    record::{Scope, Writer},
    tree::{Frontier, leaf_hash},
};
use serde_json::{Value, json};

pub struct Planted {
    pub name: String,
    pub record: String,
    /// Any of these names it.
    pub codes: &'static [&'static str],
}

/// The entries of a full record, as values, each with its salt.
pub fn bodies(record: &str) -> Vec<Value> {
    let lines = record.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    let entry = |mut l: Value| {
        l["body"]["salt"] = l["salt"].take();
        l["body"].take()
    };
    lines.filter(|l| l["body"].is_object()).map(entry).collect()
}

/// A record of these entries, numbered, in a tree signed by the key.
pub fn resigned(mut bodies: Vec<Value>, key: &SecretKey) -> String {
    let (mut w, mut tree) = (Writer::new(key), Frontier::default());
    let mut out = w.head(Scope::Full);
    for (body, seq) in bodies.iter_mut().zip(1u64..) {
        body["seq"] = json!(seq);
        let salt = hex::decode(body.as_object_mut().unwrap().remove("salt").unwrap().as_str().unwrap()).unwrap();
        let text = canonical(body);
        let data = leaf(&salt, text.as_bytes());
        tree.push(leaf_hash(&data));
        out += &w.entry(seq, &data, &salt, &text);
    }
    out += &w.sign(tree.size(), tree.root());
    out + &w.end()
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|l| format!("{l}\n")).collect()
}

/// By one without the key.
pub fn by_hand(record: &str, judge: &mut dyn FnMut(Planted)) {
    let lines: Vec<String> = record.lines().map(str::to_owned).collect();
    let last_entry = lines.iter().rposition(|l| l.starts_with("{\"body\"")).unwrap();
    let step = (last_entry / 7).max(1);
    let mut plant = |name: String, codes, change: &dyn Fn(&mut Vec<String>)| {
        let mut changed = lines.clone();
        change(&mut changed);
        assert_ne!(changed, lines, "{name} changes nothing");
        judge(Planted { name, record: joined(&changed), codes });
    };
    for at in (1..last_entry).step_by(step).filter(|at| lines[*at].starts_with("{\"body\"")) {
        let again = |l: &mut Vec<String>, from: &str, to: &str| l[at] = l[at].replacen(from, to, 1);
        plant(format!("line {at}: a timestamp moved"), &["leaf"], &|l| again(l, "\"at\":1", "\"at\":2"));
        plant(format!("line {at}: an actor changed"), &["leaf"], &|l| again(l, "\"name\":\"", "\"name\":\"x"));
        plant(format!("line {at}: the salt changed"), &["leaf", "line"], &|l| {
            let from = l[at].rfind("\"salt\":\"").unwrap() + 8;
            let other = if &l[at][from..=from] == "0" { "1" } else { "0" };
            l[at].replace_range(from..=from, other);
        });
        plant(format!("line {at}: dropped"), &["gap", "order", "root", "checkpoint"], &|l| drop(l.remove(at)));
        plant(format!("line {at}: doubled"), &["order"], &|l| l.insert(at, l[at].clone()));
        plant(format!("line {at}: changed places"), &["gap"], &|l| l.swap(at, at + 1));
    }
    plant("the last entry cut off".into(), &["checkpoint", "gap"], &|l| drop(l.remove(last_entry)));
    plant("the last line cut off".into(), &["cut"], &|l| drop(l.pop()));
    plant("the head cut off".into(), &["order"], &|l| drop(l.remove(0)));
    plant("something added behind".into(), &["after_end"], &|l| l.push(l[1].clone()));
    plant("an empty line".into(), &["line"], &|l| l.insert(1, String::new()));
    plant("the checkpoint taken out".into(), &["checkpoint", "end"], &|l| drop(l.remove(last_entry + 1)));
    plant("the checkpoint's signature changed".into(), &["signature"], &|l| {
        let at = l[last_entry + 1].len() - 20;
        let other = if &l[last_entry + 1][at..=at] == "A" { "B" } else { "A" };
        l[last_entry + 1].replace_range(at..=at, other);
    });
    plant("spaces put in".into(), &["line"], &|l| l[1] = l[1].replacen("\"leaf\":", "\"leaf\": ", 1));
}

/// Where an entry of a kind stands.
fn find(bodies: &[Value], kind: &str) -> Vec<usize> {
    (0..bodies.len()).filter(|n| bodies[*n]["event"]["kind"] == *kind).collect()
}

type Change<'a> = &'a dyn Fn(&mut Vec<Value>);

/// By one who has the key.
pub fn with_key(record: &str, key: &SecretKey, judge: &mut dyn FnMut(Planted)) {
    let all = bodies(record);
    let mut plant = |name: String, codes, change: Change<'_>| {
        let mut changed = all.clone();
        change(&mut changed);
        assert_ne!(changed, all, "{name} changes nothing");
        judge(Planted { name, record: resigned(changed, key), codes });
    };
    for n in find(&all, "challenge.panel-report") {
        scores(n, &all, &mut plant);
    }
    for n in find(&all, "challenge.panel-draw") {
        draws(n, &mut plant);
    }
    for n in find(&all, "challenge.opening-confirmation") {
        openings(n, &all, &mut plant);
    }
    price_openings(&all, &mut plant);
    replacements(&all, &mut plant);
    budgets(&all, &mut plant);
    money(&all, &mut plant);
    notices(&all, &mut plant);
    meetings(&all, &mut plant);
    people(&all, &mut plant);
    documents(&all, &mut plant);
    contracts(&all, &mut plant);
    for n in (1..all.len()).step_by((all.len() / 10).max(1)) {
        plant(format!("entry {}: before the one before it", n + 1), &["time"], &|b| {
            b[n]["at"] = json!(b[n - 1]["at"].as_i64().unwrap() - 1)
        });
        let told = |what: &str| format!("entry {}: {what}", n + 1);
        plant(told("no version"), &["facts"], &|b| drop(b[n].as_object_mut().unwrap().remove("version")));
        plant(told("a version to come"), &["version"], &|b| b[n]["version"] = json!(3));
        plant(told("no salts promised"), &["facts"], &|b| drop(b[n].as_object_mut().unwrap().remove("salts")));
        if all[n]["states"].as_array().is_some_and(|s| !s.is_empty()) {
            plant(told("a plain hash of a row"), &["facts"], &|b| {
                let state = b[n]["states"][0].as_object_mut().unwrap();
                let hash = state.remove("hmac").unwrap();
                state.insert("sha256".into(), hash);
            });
        }
        plant(format!("entry {}: another noun", n + 1), &["body"], &|b| b[n]["event"]["noun"] = json!("talk"));
    }
}

fn price_openings(all: &[Value], plant: Plant<'_>) {
    for n in find(all, "challenge.closing") {
        plant(format!("closing {}: a bid left out", n + 1), &["closing"], &|b| {
            facts(b, n)["bids"].as_array_mut().unwrap().pop();
            facts(b, n)["count"] = json!(facts(b, n)["bids"].as_array().unwrap().len());
        });
        plant(format!("closing {}: another commit", n + 1), &["closing"], &|b| {
            facts(b, n)["bids"][0]["commits"][1] = json!("00".repeat(32))
        });
        plant(format!("closing {}: taken out", n + 1), &["closing"], &|b| drop(b.remove(n)));
    }
    for n in find(all, "challenge.opening-confirmation") {
        plant(format!("opening {}: part B with part A", n + 1), &["price_opening"], &|b| {
            facts(b, n)["parts"] = json!(["A", "B"])
        });
    }
    for n in find(all, "challenge.price-opening-confirmation") {
        let case = &all[n]["event"]["challenge"];
        let blind = find(&all[..n], "assignment.blind-submission");
        let m = blind.into_iter().rfind(|m| all[*m]["event"]["challenge"] == *case).unwrap();
        plant(format!("price opening {}: a blind sheet was not locked", n + 1), &["price_opening"], &|b| drop(b.remove(m)));
        plant(format!("price opening {}: another bid", n + 1), &["price_opening"], &|b| {
            facts(b, n)["opened"][0]["bid"] = json!("00000000-0000-0000-0000-000000000003")
        });
        plant(format!("price opening {}: taken out", n + 1), &["price_opening"], &|b| drop(b.remove(n)));
    }
}

type Plant<'a> = &'a mut dyn FnMut(String, &'static [&'static str], Change<'_>);

fn facts(b: &mut [Value], n: usize) -> &mut Value {
    &mut b[n]["event"]["facts"]
}

fn scores(n: usize, all: &[Value], plant: Plant<'_>) {
    let name = |what: &str| format!("report {}: {what}", n + 1);
    let panel = &all[n]["event"]["facts"]["panel"];
    let (sheets, bids) = (panel["sheets"].as_array().unwrap().len(), panel["prices"].as_array().unwrap().len());
    plant(name("another expert chairs"), &["panel"], &|b| {
        for sheet in facts(b, n)["panel"]["sheets"].as_array_mut().unwrap() {
            sheet["chairs"] = json!(sheet["chairs"] != json!(true));
        }
    });
    plant(name("a vote that nobody gave"), &["vote"], &|b| {
        let bid = facts(b, n)["panel"]["prices"][0]["bid"].clone();
        facts(b, n)["panel"]["sheets"][0]["votes"] = json!([bid]);
    });
    for sheet in 0..sheets {
        plant(name(&format!("a point more on sheet {sheet}")), &["scores"], &|b| {
            for (_, bid) in facts(b, n)["panel"]["sheets"][sheet]["bids"].as_object_mut().unwrap() {
                let points = &mut bid["points"]["team"];
                *points = json!(points.as_i64().unwrap() - 500);
            }
        });
        plant(name(&format!("sheet {sheet} by another expert")), &["panel"], &|b| {
            facts(b, n)["panel"]["sheets"][sheet]["expert"] = json!("00000000-0000-0000-0000-000000000001");
        });
    }
    if bids > 1 {
        plant(name("sheets of two bids swapped"), &["scores"], &|b| {
            for sheet in facts(b, n)["panel"]["sheets"].as_array_mut().unwrap() {
                let bids = sheet["bids"].as_object_mut().unwrap();
                let keys: Vec<String> = bids.keys().cloned().collect();
                let (one, two) = (bids[&keys[0]].clone(), bids[&keys[1]].clone());
                bids.insert(keys[0].clone(), two);
                bids.insert(keys[1].clone(), one);
            }
        });
        plant(name("ranks swapped"), &["scores"], &|b| facts(b, n)["ranking"].as_array_mut().unwrap().swap(0, 1));
    }
    plant(name("a sheet less"), &["panel", "scores"], &|b| drop(facts(b, n)["panel"]["sheets"].as_array_mut().unwrap().pop()));
    plant(name("a total changed"), &["scores"], &|b| facts(b, n)["ranking"][0]["total"] = json!(9999));
    plant(name("found not qualified"), &["scores"], &|b| facts(b, n)["ranking"][0]["qualified"] = json!(false));
    plant(name("vetoed by all"), &["scores"], &|b| {
        for sheet in facts(b, n)["panel"]["sheets"].as_array_mut().unwrap() {
            sheet["bids"].as_object_mut().unwrap().values_mut().for_each(|x| x["vetoes"] = json!(["safety"]));
        }
    });
    plant(name("another pass mark"), &["scores"], &|b| facts(b, n)["rules"]["pass"] = json!(9_990));
}

fn draws(n: usize, plant: Plant<'_>) {
    let name = |what: &str| format!("draw {}: {what}", n + 1);
    plant(name("another secret"), &["draw"], &|b| facts(b, n)["seed"]["secret"] = json!("00".repeat(32)));
    plant(name("from a thin pool without a reason"), &["draw"], &|b| facts(b, n)["thin_reason"] = Value::Null);
    plant(name("other words"), &["draw"], &|b| facts(b, n)["seed"]["words"] = json!("别的话"));
    plant(name("mixed with another opening"), &["draw"], &|b| facts(b, n)["seed"]["opening"] = json!("00".repeat(32)));
    plant(name("another round"), &["draw"], &|b| facts(b, n)["seed"]["round"] = json!(9));
    plant(name("an expert less in the pool"), &["draw"], &|b| drop(facts(b, n)["pool"].as_array_mut().unwrap().pop()));
    plant(name("an expert of another kind"), &["draw"], &|b| facts(b, n)["pool"][0]["kind"] = json!("industry"));
    plant(name("another pool's hash"), &["draw"], &|b| facts(b, n)["seed"]["pool_sha256"] = json!("00".repeat(32)));
    plant(name("another pool with its own hash"), &["draw"], &|b| {
        let pool: Vec<_> = facts(b, n)["pool"].as_array().unwrap()[1..].to_vec();
        facts(b, n)["seed"]["pool_sha256"] = json!(sha256_hex(canonical(&json!(pool)).as_bytes()));
        facts(b, n)["pool"] = json!(pool);
    });
    plant(name("two places swapped"), &["draw"], &|b| facts(b, n)["sequence"].as_array_mut().unwrap().swap(0, 1));
    plant(name("another was invited"), &["draw"], &|b| {
        let other = facts(b, n)["sequence"].as_array().unwrap().last().unwrap().clone();
        facts(b, n)["invited"][0]["expert"] = other;
    });
    plant(name("one who was drawn is barred"), &["draw"], &|b| {
        let first = facts(b, n)["sequence"][0].as_str().unwrap().to_owned();
        facts(b, n)["barred"][first] = json!([]);
    });
    plant(name("a lot promised again by the call"), &["draw"], &|b| {
        let secret = "11".repeat(32);
        let call = (0..n).rfind(|m| b[*m]["event"]["kind"] == "challenge.panel").unwrap();
        facts(b, call)["draw_commitment"] = json!(jiebang::domain::draw::Seed::commitment(&secret));
        facts(b, n)["seed"]["secret"] = json!(secret);
    });
    plant(name("two seats more than were called for"), &["draw"], &|b| {
        let seats = &mut facts(b, n)["plan"]["seats"];
        *seats = json!(seats.as_i64().unwrap() + 2);
    });
}

fn contracts(all: &[Value], plant: Plant<'_>) {
    for n in find(all, "contract.signature") {
        let name = |what: &str| format!("signature {}: {what}", n + 1);
        plant(name("another text"), &["signature"], &|b| facts(b, n)["signed"][0]["sha256"] = json!("00".repeat(32)));
        plant(name("by another party"), &["signature"], &|b| facts(b, n)["signed"][0]["party"] = json!("nobody"));
        plant(name("never told"), &["signature"], &|b| drop(facts(b, n).as_object_mut().unwrap().remove("signed")));
    }
    for n in find(all, "contract.effect") {
        let name = |what: &str| format!("effect {}: {what}", n + 1);
        plant(name("another text in force"), &["signature"], &|b| facts(b, n)["papers"][0][1] = json!("00".repeat(32)));
        plant(name("more money than announced"), &["contract"], &|b| facts(b, n)["self_fen"] = json!(1));
        plant(name("another leads it"), &["contract"], &|b| facts(b, n)["principal_investigator"] = json!("别人"));
    }
    for n in find(all, "change.partner-consent") {
        let name = |what: &str| format!("consent {}: {what}", n + 1);
        plant(name("of one who was not asked"), &["change"], &|b| facts(b, n)["partner"] = json!(uuid::Uuid::nil()));
        plant(name("never given"), &["change"], &|b| drop(facts(b, n).as_object_mut().unwrap().remove("partner")));
    }
    for n in find(all, "change.approval") {
        let name = |what: &str| format!("change {}: {what}", n + 1);
        plant(name("of a kind that needs the meeting"), &["change"], &|b| facts(b, n)["change_kind"] = json!("amount"));
        plant(name("asked for and approved as what needs the meeting"), &["change"], &|b| {
            let subject = b[n]["event"]["subject"].clone();
            for entry in b.iter_mut().filter(|e| e["event"]["subject"] == subject) {
                entry["event"]["facts"]["change_kind"] = json!("amount");
            }
        });
    }
}

fn replacements(all: &[Value], plant: Plant<'_>) {
    for n in find(all, "challenge.panel-alarm") {
        plant(format!("alarm {}: fewer were replaced", n + 1), &["alarm"], &|b| facts(b, n)["replaced"] = json!(1));
    }
    for n in find(all, "challenge.officer-recusal") {
        let aside = all[n]["actor"]["id"].clone();
        let later = find(all, "challenge.panel-report")[0];
        plant(format!("recusal {}: who stood aside reports", n + 1), &["recusal"], &|b| b[later]["actor"]["id"] = aside.clone());
    }
    let follows = |kind| find(all, kind).into_iter();
    for n in follows("challenge.panel-replacement").chain(follows("challenge.panel-succession")) {
        let name = |what: &str| format!("replacement {}: {what}", n + 1);
        plant(name("another expert comes"), &["draw"], &|b| {
            let last = facts(b, n)["waiting"].as_array().unwrap().last().unwrap().clone();
            let same = facts(b, n)["expert"] == last;
            facts(b, n)["expert"] = if same { facts(b, n)["gone"]["expert"].clone() } else { last };
        });
        plant(name("one who waits is passed over"), &["draw"], &|b| {
            drop(facts(b, n)["waiting"].as_array_mut().unwrap().remove(0))
        });
        plant(name("one who never sat is replaced"), &["draw"], &|b| {
            facts(b, n)["gone"]["expert"] = json!("00000000-0000-0000-0000-000000000009")
        });
    }
}

fn openings(n: usize, all: &[Value], plant: Plant<'_>) {
    let name = |what: &str| format!("opening {}: {what}", n + 1);
    if all[n]["event"]["facts"]["opened"].as_array().unwrap().is_empty() {
        return;
    }
    plant(name("a bid left out"), &["opening"], &|b| drop(facts(b, n)["opened"].as_array_mut().unwrap().pop()));
    plant(name("another hash"), &["opening"], &|b| facts(b, n)["opened"][0]["sha256"] = json!("00".repeat(32)));
    plant(name("a bid put in"), &["opening"], &|b| {
        let more = json!({ "bid": "00000000-0000-0000-0000-000000000002", "sha256": "00".repeat(32) });
        facts(b, n)["opened"].as_array_mut().unwrap().push(more);
    });
    let case = all[n]["event"]["challenge"].clone();
    let of_case = |kind: &str| find(all, kind).into_iter().filter(|m| all[*m]["event"]["challenge"] == case).collect::<Vec<_>>();
    for m in of_case("bid.seal") {
        plant(format!("entry {}: a seal taken out", m + 1), &["closing"], &|b| drop(b.remove(m)));
        plant(format!("entry {}: another hash sealed", m + 1), &["closing"], &|b| facts(b, m)["sha256"] = json!("11".repeat(32)));
        plant(format!("entry {}: sealed after the close", m + 1), &["deadline"], &|b| b[m]["at"] = b[n]["at"].clone());
    }
    for m in of_case("challenge.publication") {
        plant(format!("entry {}: closed at once", m + 1), &["deadline"], &|b| {
            facts(b, m)["close_at"] = json!("2026-01-01T00:00:00Z")
        });
        plant(format!("entry {}: closes in a hundred years", m + 1), &["deadline"], &|b| {
            facts(b, m)["close_at"] = json!("2126-01-01T00:00:00Z")
        });
    }
}

fn money(all: &[Value], plant: Plant<'_>) {
    for n in find(all, "instalment.fiscal-payment").into_iter().chain(find(all, "instalment.payment")) {
        plant(format!("payment {}: a fen more", n + 1), &["money"], &|b| {
            let fen = &mut facts(b, n)["amount_fen"];
            *fen = json!(fen.as_i64().unwrap() + 1);
        });
        plant(format!("payment {}: from another pocket", n + 1), &["money"], &|b| facts(b, n)["source"] = json!("other"));
        plant(format!("payment {}: twice", n + 1), &["money", "four_eyes"], &|b| b.insert(n + 1, b[n].clone()));
        let thing = all[n]["event"]["subject"].clone();
        let unlocks = |m: &&usize| {
            all[**m]["event"]["facts"]["unlocked"].as_array().is_some_and(|u| u.iter().any(|c| c["instalment"] == thing))
        };
        let numbers: Vec<usize> = (0..n).collect();
        let at = *numbers.iter().find(unlocks).unwrap();
        plant(format!("payment {}: never unlocked", n + 1), &["money"], &|b| facts(b, at)["unlocked"] = json!([]));
        plant(format!("payment {}: more unlocked than agreed", n + 1), &["money"], &|b| {
            facts(b, at)["unlocked"][0]["amount_fen"] = json!(1_000_000_000_000_i64)
        });
    }
    for n in find(all, "contract.effect") {
        plant(format!("contract {}: smaller", n + 1), &["money"], &|b| {
            facts(b, n)["county_fen"] = json!(0);
            facts(b, n)["enterprise_fen"] = json!(0);
        });
    }
}

fn budgets(all: &[Value], plant: Plant<'_>) {
    for n in find(all, "instalment.approval") {
        let name = |what: &str| format!("approval {}: {what}", n + 1);
        plant(name("against no document"), &["budget"], &|b| {
            drop(facts(b, n).as_object_mut().unwrap().remove("approved_against"))
        });
        plant(name("against a document of no register"), &["budget"], &|b| {
            facts(b, n)["approved_against"][0]["doc"] = json!("00000000-0000-0000-0000-000000000005")
        });
        plant(name("less against it than is paid"), &["budget"], &|b| {
            facts(b, n)["approved_against"][0]["amount_fen"] = json!(1)
        });
        let doc = all[n]["event"]["facts"]["approved_against"][0]["doc"].clone();
        let of_doc = |m: &&usize| all[**m]["event"]["subject"] == doc;
        let registered = *find(all, "budget_doc.registration").iter().find(of_doc).unwrap();
        plant(name("the document holds less"), &["budget"], &|b| facts(b, registered)["amount_fen"] = json!(1));
    }
}

fn notices(all: &[Value], plant: Plant<'_>) {
    for (n, entry) in all.iter().enumerate() {
        if entry["event"]["facts"]["clocks"].is_array() {
            let name = |what: &str| format!("clock {}: {what}", n + 1);
            plant(name("another end"), &["notice"], &|b| facts(b, n)["clocks"][0]["ends_at"] = json!("2026-06-01T16:00:00Z"));
            plant(name("another calendar"), &["calendar"], &|b| facts(b, n)["clocks"][0]["calendar"] = json!("别的日历"));
            plant(name("days given"), &["notice"], &|b| facts(b, n)["clocks"][0]["days_left"] = json!(99));
        }
    }
    for n in find(all, "notice.publication") {
        plant(format!("notice {}: another winner", n + 1), &["award"], &|b| {
            facts(b, n)["winners"][0]["bid"] = json!("00000000-0000-0000-0000-000000000003")
        });
        plant(format!("notice {}: a better score", n + 1), &["award"], &|b| facts(b, n)["winners"][0]["score"] = json!(9_999));
        plant(format!("notice {}: fewer days", n + 1), &["notice"], &|b| facts(b, n)["clocks"][0]["days"] = json!(1));
    }
}

fn meetings(all: &[Value], plant: Plant<'_>) {
    let told: Vec<usize> = (0..all.len()).filter(|n| all[*n]["event"]["facts"]["meetings"].is_array()).collect();
    for n in &told {
        let name = |what: &str| format!("meeting {}: {what}", n + 1);
        let votes = |b: &mut Vec<Value>, of: [(&str, u64); 7]| {
            for (vote, count) in of {
                facts(b, *n)["meetings"][0]["count"][vote] = json!(count);
            }
        };
        let of = |members, present, absent, for_it, against| {
            [
                ("members", members),
                ("present", present),
                ("absent", absent),
                ("recused", 0),
                ("in_favour", for_it),
                ("against", against),
                ("abstained", 0),
            ]
        };
        plant(name("two more for it"), &["meeting"], &|b| facts(b, *n)["meetings"][0]["count"]["in_favour"] = json!(5));
        plant(name("no quorum"), &["meeting"], &|b| votes(b, of(7, 3, 4, 3, 0)));
        plant(name("no majority"), &["meeting"], &|b| votes(b, of(4, 3, 1, 1, 2)));
        plant(name("yet to be held"), &["meeting"], &|b| facts(b, *n)["meetings"][0]["held_on"] = json!("2126-01-01"));
    }
    let last = told[told.len() - 1];
    plant("two meetings under one number".into(), &["meeting"], &|b| {
        facts(b, last)["meetings"][0]["meeting"] = json!("00000000-0000-0000-0000-000000000004")
    });
}

fn people(all: &[Value], plant: Plant<'_>) {
    let pairs = [
        ("challenge.screening", "challenge.screening-approval"),
        ("challenge.opening", "challenge.opening-confirmation"),
        ("challenge.price-opening", "challenge.price-opening-confirmation"),
        ("challenge.panel", "challenge.panel-draw"),
        ("bid.form-check", "bid.validation"),
        ("instalment.request", "instalment.check"),
        ("instalment.check", "instalment.approval"),
        ("instalment.approval", "instalment.fiscal-payment"),
        ("objection.acceptance", "objection.dismissal"),
    ];
    for (first, second) in pairs {
        for n in find(all, second).into_iter().take(2) {
            let thing = &all[n]["event"]["subject"];
            let Some(m) = find(&all[..n], first).into_iter().rfind(|m| all[*m]["event"]["subject"] == *thing) else { continue };
            plant(format!("entry {}: by the one who did {first}", n + 1), &["four_eyes"], &|b| {
                b[n]["actor"]["id"] = b[m]["actor"]["id"].clone()
            });
            plant(format!("entry {m}: {first} taken out"), &["four_eyes"], &|b| drop(b.remove(m)));
            plant(format!("entry {}: by a stranger's role", n + 1), &["step"], &|b| b[n]["actor"]["role"] = json!("expert"));
        }
    }
    for n in find(all, "challenge.publication") {
        plant(format!("entry {}: another lot promised", n + 1), &["draw"], &|b| {
            facts(b, n)["draw_commitment"] = json!("00".repeat(32))
        });
        plant(format!("entry {}: published out of a draft", n + 1), &["step"], &|b| b[n]["event"]["from"] = json!("draft"));
        plant(format!("entry {}: awarded by publication", n + 1), &["step"], &|b| b[n]["event"]["to"] = json!("awarded"));
    }
}

fn documents(all: &[Value], plant: Plant<'_>) {
    let issues = |n: &usize| all[*n]["event"]["facts"]["documents"].is_array();
    for n in (0..all.len()).filter(issues).step_by(3) {
        let name = |what: &str| format!("documents of entry {}: {what}", n + 1);
        plant(name("told twice"), &["document"], &|b| {
            let again = facts(b, n)["documents"][0].clone();
            facts(b, n)["documents"].as_array_mut().unwrap().push(again);
        });
        plant(name("another edition"), &["document"], &|b| facts(b, n)["documents"][0]["edition"] = json!(7));
        plant(name("no hash"), &["document"], &|b| facts(b, n)["documents"][1]["sha256"] = json!("x"));
        plant(name("not kept"), &["document"], &|b| {
            b[n]["states"].as_array_mut().unwrap().retain(|s| s["table"] != "document");
        });
    }
    for n in find(all, "challenge.opening-confirmation").into_iter().chain(find(all, "notice.confirmation")) {
        let name = |what: &str| format!("documents of entry {}: {what}", n + 1);
        plant(name("none"), &["document"], &|b| facts(b, n)["documents"] = json!([]));
        plant(name("of another kind"), &["document"], &|b| facts(b, n)["documents"][0]["kind"] = json!("contract"));
    }
}
