//! A whole platform for one test: a database of its own, a folder for files, a clock that is set, the real router.
use crate::world::{self, World};
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use jiebang::{
    app::App,
    domain::{
        Actor, Draft,
        clock::{Clock, SetClock},
        forms::{CreateAccount, RegisterBudgetDoc, RegisterOrganisation},
    },
    outside::{files::Files, seal::Vault},
    store::{self, Db},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use tower::ServiceExt;

/// The document that pays in tests.
pub const BUDGET_DOC: &str = "交财预〔2026〕8号";
pub const PASSWORD: &str = "correct horse battery";
/// 2 March 2026, a Monday, 09:00 in Beijing.
pub const START: &str = "2026-03-02T01:00:00Z";

pub struct TestApp {
    pub app: App,
    pub clock: Arc<SetClock>,
    pub router: axum::Router,
    pub folder: std::path::PathBuf,
    pub orgs: BTreeMap<&'static str, Value>,
    pub tokens: tokio::sync::Mutex<BTreeMap<String, String>>,
    /// Where its database is, and the key that contents lie under.
    pub url: String,
    pub vault: Vault,
    /// A world from which others are copied outlives its test.
    pub rests: bool,
}

/// An answer: status and JSON (or text as a JSON string).
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub headers: axum::http::HeaderMap,
}

impl Answer {
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let found = self.body["code"].as_str().or(self.body["errors"][0]["code"].as_str()).unwrap_or("");
        assert_eq!((self.status, found), (status, code), "{}", self.body);
        self.body
    }
    #[track_caller]
    pub fn problem(self, status: u16, kind: &str) {
        assert_eq!(
            (self.status, self.body["type"].as_str()),
            (status, Some(format!("/problems/{kind}").as_str())),
            "{}",
            self.body
        );
    }
    pub fn text(&self) -> &str {
        self.body.as_str().unwrap_or("")
    }
}

impl TestApp {
    /// A platform with nobody in it.
    pub async fn bare() -> Self {
        world::bare().await.copied().await
    }

    /// Another node, or this one after a restart: the same database and files, nothing of the first one's memory.
    pub async fn another(&self, vault: Vault) -> App {
        let db = Db::connect(&self.url).await.unwrap();
        App::new(db, self.clock.clone(), Files::local(&self.folder.join("files")).unwrap(), vault)
    }

    /// With the cast of the main job: every role, two firms, the county's service centre, four universities, twelve experts.
    pub async fn new() -> Self {
        Self::cast().await.copied().await
    }

    pub async fn cast() -> Arc<World> {
        world::kept("cast", async || (Self::peopled().await, ())).await
    }

    async fn peopled() -> Self {
        let mut app = Self::bare().await;
        let cast: &[(&'static str, &str, &str, &[(&str, &str)])] = &[
            (
                "bureau",
                "111411220123456716",
                "government",
                &[
                    ("officer", "officer"),
                    ("officer", "officer2"),
                    ("officer", "officer3"),
                    ("checker", "checker"),
                    ("head", "head"),
                    ("administrator", "admin"),
                ],
            ),
            ("discipline", "11141122550099084Y", "government", &[("supervisor", "supervisor"), ("auditor", "auditor")]),
            ("finance", "12140000405700013Q", "government", &[("finance", "finance")]),
            ("firm", "91141122701122334Y", "enterprise", &[("poster", "poster")]),
            ("firm2", "91141122550099017Q", "enterprise", &[("poster", "poster2")]),
            ("service", "1214000055009905XQ", "government", &[("poster", "service")]),
            ("u1", "12310000550099068R", "university", &[("bidder", "bidder1")]),
            ("u2", "12140000550099076K", "university", &[("bidder", "bidder2")]),
            ("u3", "5214010050000012XB", "institute", &[("bidder", "bidder3")]),
            ("u4", "91141122MA0JCX0182", "enterprise", &[("bidder", "bidder4")]),
        ];
        for (key, uscc, kind, people) in cast {
            // Whoever speaks for an organisation is its legal representative, and may sign.
            let signs = people.iter().find(|(role, _)| ["poster", "bidder", "head"].contains(role)).or(people.first());
            let name = format!("示例{}", signs.map_or("", |(_, name)| name));
            let org = app.organisation_of(key, uscc, &format!("{key}单位（示例）"), kind, &name).await;
            for (role, name) in *people {
                app.person(role, name, org["id"].as_str().unwrap(), None).await;
            }
        }
        for n in 0..12 {
            let kind = if n % 4 == 0 { "finance_management" } else { "technical" };
            let uscc = credit_code(n);
            let org = app.organisation("", &uscc, &format!("专家单位{n}（示例）"), "university").await;
            app.person("expert", &format!("expert{n}"), org["id"].as_str().unwrap(), Some(kind)).await;
        }
        let finance = store::account::by_email(&app.app.db, "finance@unit.example").await.unwrap().unwrap().0.actor();
        for year in 2025..=2030 {
            let raw =
                json!({ "number": BUDGET_DOC, "fiscal_year": year, "title": "揭榜挂帅专项", "amount_fen": 1_000_000_000_000i64 });
            app.app.register_budget_doc(&finance, RegisterBudgetDoc::read(&raw).unwrap()).await.unwrap();
        }
        app
    }

    /// What a payee asks with: paper, amount, account.
    pub async fn payment_request(&self, who: &str, org: &str, fiscal: bool, id: &str, fen: &Value) -> Value {
        let file = self.upload(who).await;
        json!({
            "invoice_kind": if fiscal { "fiscal_receipt" } else { "vat_invoice" }, "invoice": format!("票据{}", &id[id.len() - 12..]), "invoice_fen": fen,
            "account_name": self.org(org)["name"], "account_no": "6222 0000 0000 0000", "files": [file],
        })
    }

    pub async fn organisation(&mut self, key: &'static str, uscc: &str, name: &str, kind: &str) -> Value {
        self.organisation_of(key, uscc, name, kind, "示例").await
    }

    pub async fn organisation_of(&mut self, key: &'static str, uscc: &str, name: &str, kind: &str, who: &str) -> Value {
        let raw = json!({
            "uscc": uscc, "name": name, "kind": kind, "region": "141122", "address": "交城县示例路1号", "legal_representative": who, "bank_name": "示例银行",
            "bank_account": "6222000000000000",
        });
        let o = self.app.register_organisation(&Actor::system(), RegisterOrganisation::read(&raw).unwrap()).await.unwrap();
        let o = serde_json::to_value(o).unwrap();
        self.orgs.insert(key, o.clone());
        o
    }

    pub async fn person(&self, role: &str, name: &str, org: &str, expert_kind: Option<&str>) {
        let raw = json!({ "email": format!("{name}@unit.example"), "name": format!("示例{name}"), "role": role, "organisation": org, "password": PASSWORD, "expert_kind": expert_kind });
        let raw: Value = raw
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        self.app.create_account(&Actor::system(), CreateAccount::read(&raw).unwrap()).await.unwrap();
    }

    pub fn org(&self, key: &str) -> &Value {
        &self.orgs[key]
    }

    pub fn set_clock(&self, to: &str) {
        self.clock.set(to.parse().unwrap());
    }

    pub fn advance(&self, days: i64) {
        self.clock.set(self.clock.now() + jiff::SignedDuration::from_hours(24 * days));
    }

    pub fn after(&self, days: i64) -> String {
        (self.clock.now() + jiff::SignedDuration::from_hours(24 * days)).to_string()
    }

    /// To a millisecond after an instant that the platform named.
    pub fn pass(&self, at: &Value) {
        let at: jiff::Timestamp = at.as_str().unwrap().parse().unwrap();
        self.clock.set(at);
    }

    pub async fn request(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer { status: parts.status.as_u16(), body, headers: parts.headers }
    }

    pub async fn token(&self, who: &str) -> String {
        if let Some(token) = self.tokens.lock().await.get(who) {
            return token.clone();
        }
        let body = json!({ "email": format!("{who}@unit.example"), "password": PASSWORD });
        let request = Request::post("/api/v1/tokens")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let token = self.request(request).await.ok()["token"].as_str().unwrap().to_owned();
        self.tokens.lock().await.insert(who.to_owned(), token.clone());
        token
    }

    pub async fn call(&self, who: &str, method: Method, path: &str, body: Option<Value>, key: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if !who.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token(who).await));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = match body {
            Some(b) => Body::from(self.with_version(who, path, b).await.to_string()),
            None => Body::empty(),
        };
        self.request(request.header(header::CONTENT_TYPE, "application/json").body(body).unwrap()).await
    }

    /// What is written over is read first, as every client must; a test that says its version itself keeps it.
    async fn with_version(&self, who: &str, path: &str, mut body: Value) -> Value {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let [noun, id, act] = parts[..] else { return body };
        let edits = jiebang::web::acts::ACTS.iter().any(|a| a.noun.path() == noun && a.path == act && a.edits());
        let draft = act == "draft" && body.get("draft").is_some();
        if !(edits || draft) || body.get("version").is_some() {
            return body;
        }
        let read = if draft { path.to_owned() } else { format!("/{noun}/{id}") };
        let read = Box::pin(self.get(who, &read)).await;
        body["version"] = read.body.get("version").filter(|v| v.is_i64()).cloned().unwrap_or(json!(0));
        body
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.call(who, Method::GET, path, None, None).await
    }
    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, Method::POST, path, Some(body), None).await
    }
    pub async fn put(&self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, Method::PUT, path, Some(body), None).await
    }

    /// A page as a browser asks for it, in a session of its own.
    pub async fn page(&self, who: &str, path: &str) -> Answer {
        let mut request = Request::get(path);
        if !who.is_empty() {
            request = request.header(header::COOKIE, format!("jiebang={}", self.token(who).await));
        }
        self.request(request.body(Body::empty()).unwrap()).await
    }

    /// A form sent as a browser sends it.
    pub async fn submit(&self, who: &str, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, format!("jiebang={}", self.token(who).await))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.request(request).await
    }

    /// Uploads a small PDF; gives its id.
    pub async fn upload(&self, who: &str) -> String {
        self.post_with_paper(who, "/files", &json!({}), "file").await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// Sends texts and a small PDF in one body, as who has no account must.
    pub async fn post_with_paper(&self, who: &str, path: &str, texts: &Value, paper: &str) -> Answer {
        let part = |name: &str, more: &str, content: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{content}\r\n")
        };
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        let mut body: String = texts.as_object().unwrap().iter().map(|(name, v)| part(name, "", &text(v))).collect();
        let pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
        body += &part(paper, "; filename=\"证明.pdf\"\r\nContent-Type: application/pdf", pdf);
        body += "--x--\r\n";
        let mut request = Request::post(format!("/api/v1{path}")).header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        if !who.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token(who).await));
        }
        self.request(request.body(Body::from(body)).unwrap()).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !self.rests {
            world::remove(&self.folder, &self.url);
        }
    }
}

/// Looks again and again until it is so, for what happens in the background. Its patience is that of a machine under any load.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..6000 {
        if so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("two minutes passed, and not yet: {what}");
}

/// A valid credit code of a university, the `n`th.
pub fn credit_code(n: usize) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let first = format!("12140000{:08}1", 60_000_000 + n);
    let weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let sum: usize = first.bytes().zip(weights).map(|(c, w)| ALPHABET.iter().position(|a| *a == c).unwrap() * w).sum();
    format!("{first}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}

fn long(what: &str, n: usize) -> String {
    format!("{what}：焦化脱硫废液含硫氰酸盐与硫代硫酸盐混盐，现配煤焚烧，腐蚀炉体且硫循环累积。")
        .chars()
        .cycle()
        .take(n)
        .collect()
}

/// A complete need as raw input.
pub fn need(track: &str, mode: &str) -> Value {
    let enterprise = track == "enterprise_posted";
    let (county, firm) = if enterprise { (60_000_000, 180_000_000) } else { (220_000_000, 20_000_000) };
    let indicator = |name: &str, target: &str, hard: bool, weight: i64| json!({ "name": name, "comparator": "ge", "target": target, "unit": "%", "test_method": "第三方检测", "tester": "third_party", "hard": hard, "weight": weight });
    let mut need = json!({
        "title": "焦化脱硫废液提盐及副盐高值化关键技术", "track": track, "category": "research", "award_mode": mode, "industry_code": "2521", "discipline_code": "53011",
        "chain": "coal_coking", "background": long("背景", 240), "current_state": long("现状", 240), "tried_and_failed": long("尝试", 240), "scope": long("范围", 60),
        "indicators": [indicator("硫氰酸铵纯度", "98.5", true, 40), indicator("混盐总回收率", "92", true, 40), indicator("清液回用率", "95", false, 20)],
        "deliverables": [{ "kind": "process_package", "count": 1 }], "trl_from": 4, "trl_to": 7, "period_months": 18, "stake_fen": 260_000_000,
        "county_fen": county, "enterprise_fen": firm, "bidder_fen": 20_000_000, "funding_mode": "lump_sum", "authority_doc_no": "交科发〔2026〕12号",
        "subsidy_timing": "post", "legal_basis": "plan_grant", "funds_proof_kind": "board_resolution", "ip_wish": "joint", "confidentiality": "open", "anonymous": false,
        "intended_bidder": false, "contact_name": "示例", "contact_phone": "13812345678", "commit_truth": true, "commit_funds": true, "commit_sign": true,
        "commit_no_affiliation": true, "commit_not_secret": true,
    });
    if mode == "race" {
        need["lanes"] = json!(2);
    }
    need
}

/// A complete offer of one organisation, as raw input; `promise` is the first indicator's value.
pub fn offer(org: &Value, county_fen: i64, enterprise_fen: i64, promise: &str) -> Value {
    json!({
        "members": [{ "uscc": org["uscc"], "name": org["name"], "task": "全部研究任务", "work_bp": 10000, "money_fen": county_fen + enterprise_fen, "self_fen": 0 }],
        "pi_name": "王示例", "pi_unit": org["name"], "pi_months_per_year": 6, "pi_running_projects": 1, "team_text": long("团队", 60), "base_text": long("条件", 60),
        "understanding": long("理解", 80), "route": long("路线", 140), "innovation": long("创新", 80), "plan_b": long("备选", 60), "test_plan": long("测试", 60),
        "promises": [{ "indicator": 1, "value": promise }, { "indicator": 2, "value": "93" }, { "indicator": 3, "value": "95" }],
        "milestones": [
            { "name": "小试", "month": 6, "share_bp": 3000, "result": "小试报告" }, { "name": "中试", "month": 12, "share_bp": 4000, "result": "中试装置" },
            { "name": "示范", "month": 18, "share_bp": 3000, "result": "连续运行720小时" },
        ],
        "county_fen": county_fen, "enterprise_fen": enterprise_fen, "self_fen": 0, "estimate_note": long("估算", 40), "landing_plan": long("落地", 40), "ip_proposal": "joint",
        "commit_integrity": true, "commit_original": true, "commit_no_double_funding": true, "commit_no_affiliation": true, "commit_safety": true, "commit_pledge": true,
    })
}

/// What the supervisor says when drawing a panel, from a pool as small as the cast.
pub fn lot() -> Value {
    json!({ "words": "监督员现场抽签号 37 82 15", "thin_reason": "县专家库在建，省库补充人选须另行申请。" })
}

/// Who sits in a meeting of the bureau: all for it, one away.
pub fn roll() -> Value {
    json!([
        { "name": "武建国", "post": "党组书记、局长", "vote": "for" },
        { "name": "成慧敏", "post": "党组成员、副局长", "vote": "for" },
        { "name": "任志强", "post": "党组成员、副局长", "vote": "for" },
        { "name": "郝秀兰", "post": "党组成员", "vote": "absent", "note": "外出学习" },
    ])
}
