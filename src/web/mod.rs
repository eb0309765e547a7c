//! HTTP in, HTML or JSON out. No SQL, no rule: a handler reads, calls an act, and shows.
pub mod account;
pub mod act;
pub mod acts;
pub mod api;
pub mod assets;
pub mod audit;
pub mod block;
pub mod blocks;
mod budget_doc;
pub mod cached;
pub mod case_file;
pub mod desk;
mod diligence;
pub mod docs;
pub mod draft;
pub mod editions;
pub mod figures;
pub mod file;
pub mod filter;
pub mod flags;
pub mod follow;
pub mod form_view;
pub mod home;
pub mod knock;
pub mod ledger;
pub mod list;
pub mod log;
pub mod meeting;
pub mod objection;
pub mod openapi;
pub mod opening_record;
pub mod package;
mod packed;
pub mod page;
pub mod pages;
pub mod panel_pages;
pub mod paper;
pub mod papers;
pub mod picture;
pub mod problem;
pub mod profile;
pub mod publication;
pub mod reads;
pub mod redraws;
pub mod relation_pages;
pub mod rubric_pages;
pub mod sealing;
pub mod sealing_pages;
pub mod show;
pub mod shown;
pub mod signatories;
pub mod statement;
pub mod step_up;
pub mod templates;
pub mod time;
pub mod tip_off;
pub mod upload;
pub mod visitor;

use crate::app::App;
use crate::config::Config;
pub use crate::domain::words as text;
use crate::domain::{
    Assignment, Bid, Contract, FinalAccount, Finding, FollowUp, Instalment, Integrity, Notice, Objection, Progress, Role,
    Settlement, Spending, Talk, policy,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use page::{Page, Pages};
use problem::Problem;
use serde::Serialize;
use std::sync::Arc;
use visitor::Visitor;

/// One account of the demo, printed on its sign-in page.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct DemoAccount {
    pub role: String,
    pub organisation: String,
    pub email: String,
    pub password: String,
}

#[derive(Clone, Debug)]
pub struct Web {
    pub app: App,
    pub pages: Pages,
    pub config: Arc<Config>,
    /// True only with a test clock on a database marked for tests.
    pub test_clock: bool,
    pub demo: Arc<Vec<DemoAccount>>,
    pub cache: cached::Cache,
    /// Files of whole lists are made two at a time: the rest wait.
    pub exporting: Arc<tokio::sync::Semaphore>,
}

impl Web {
    pub fn new(app: App, config: Config) -> Self {
        Self {
            app,
            pages: Pages::load(),
            config: Arc::new(config),
            test_clock: false,
            demo: Arc::default(),
            cache: cached::Cache::default(),
            exporting: Arc::new(tokio::sync::Semaphore::new(2)),
        }
    }
    /// `__Host-` cookies need TLS; on this machine's own plain http the name is another, so neither shadows the other.
    pub fn cookie_name(&self) -> &'static str {
        if self.config.is_https() { "__Host-jiebang" } else { "jiebang" }
    }
}

#[derive(Serialize)]
struct NavLink {
    href: &'static str,
    label: String,
    here: bool,
}

/// What every page has around it.
#[derive(Serialize)]
struct Shell {
    lang: &'static str,
    other_lang_href: String,
    other_lang_name: &'static str,
    large: bool,
    large_href: String,
    site_name: String,
    portal_href: Option<String>,
    css: String,
    js: String,
    /// Sends files piece by piece, for whoever is signed in.
    uploader: Option<String>,
    icon: String,
    path: String,
    nav: Vec<NavLink>,
    user: Option<User>,
    waiting: usize,
    flash: Option<Flash>,
    footer: FooterView,
    now: String,
    test_clock: bool,
}

#[derive(Serialize)]
struct User {
    name: String,
    role: String,
    organisation: String,
}

#[derive(Serialize)]
struct Flash {
    tone: &'static str,
    text: String,
}

#[derive(Serialize)]
struct FooterView {
    host: String,
    phone: String,
    site_code: String,
    icp: String,
    police: String,
}

/// `a=1` set in a query, other values kept.
fn with_query(path: &str, query: &str, name: &str, value: &str) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (n, v) in form_urlencoded::parse(query.as_bytes()).filter(|(n, _)| n != name && n != "done") {
        out.append_pair(&n, &v);
    }
    out.append_pair(name, value);
    format!("{path}?{}", out.finish())
}

impl Web {
    async fn shell(&self, v: &Visitor) -> Result<Shell, Problem> {
        let (t, lang) = (&v.text, v.text.lang);
        let other = if lang == text::Lang::Zh { text::Lang::En } else { text::Lang::Zh };
        let user = match &v.signed_in {
            None => None,
            Some(s) => Some(User {
                name: s.account.name.clone(),
                role: t.t(&format!("role.{}", s.account.role.id())),
                organisation: self.app.organisation(s.account.org).await?.name,
            }),
        };
        let waiting = if user.is_some() { self.app.waiting(&v.actor).await? } else { 0 };
        let f = &self.config.footer;
        Ok(Shell {
            lang: lang.id(),
            other_lang_href: with_query(&v.path, &v.query, "lang", other.id()),
            other_lang_name: if other == text::Lang::En { "English" } else { "中文" },
            large: v.large,
            large_href: with_query(&v.path, &v.query, "size", if v.large { "normal" } else { "large" }),
            site_name: self.config.site_name.clone(),
            portal_href: self.config.portal.clone(),
            css: assets::href("app.css"),
            js: assets::href("app.js"),
            uploader: user.is_some().then(|| assets::href("upload.js")),
            icon: assets::href("icon.svg"),
            path: v.path.clone(),
            nav: nav(v),
            user,
            waiting,
            flash: v
                .flash
                .as_ref()
                .and_then(|k| t.find(&format!("done.{k}")))
                .map(|text| Flash { tone: "ok", text: text.to_owned() }),
            footer: FooterView {
                host: f.host.clone(),
                phone: f.phone.clone(),
                site_code: f.site_code.clone(),
                icp: f.icp.clone(),
                police: f.police.clone(),
            },
            now: time::moment(t, self.app.clock.now()),
            test_clock: self.test_clock,
        })
    }

    /// A page for its visitor.
    pub async fn show<P: Page>(&self, v: &Visitor, status: StatusCode, page: &P) -> Result<Response, Problem> {
        let html = self.pages.render(v.text.lang, &self.shell(v).await?, page)?;
        Ok((status, Html(html)).into_response())
    }
}

/// What each role goes to from anywhere.
fn nav(v: &Visitor) -> Vec<NavLink> {
    let mut links: Vec<(&'static str, &str)> =
        vec![("/challenges", "nav.challenges"), ("/notices", "nav.notices"), ("/overview", "nav.overview")];
    let role = v.actor.role;
    if !v.actor.is_visitor() {
        links.push(("/desk", "nav.desk"));
    }
    match role {
        Role::Poster => {
            links.extend([("/mine", "nav.my_challenges"), ("/contracts", "nav.contracts"), ("/instalments", "nav.instalments")])
        }
        Role::Bidder => {
            links.extend([("/bids", "nav.my_bids"), ("/contracts", "nav.contracts"), ("/instalments", "nav.instalments")])
        }
        Role::Officer | Role::Checker | Role::Head | Role::Supervisor | Role::Auditor => {
            links.extend([
                ("/mine", "nav.all_challenges"),
                ("/bids", "nav.bids"),
                ("/objections", "nav.objections"),
                ("/meetings", "nav.meetings"),
                ("/contracts", "nav.contracts"),
                ("/instalments", "nav.instalments"),
            ]);
            links.push(("/experts", "nav.experts"));
            links.push(("/rubrics", "nav.rubrics"));
            if policy::import_relations(&v.actor).is_ok() {
                links.push(("/relations", "nav.relations"));
            }
            links.extend([
                ("/integrity-records", "nav.integrity"),
                ("/lobbying", "nav.lobbying"),
                ("/follow-ups", "nav.follow_ups"),
            ]);
            links.push(("/templates", "nav.templates"));
            links.push(("/statistics/rd", "nav.rd"));
            if policy::read_ledger(&v.actor).is_ok() {
                links.push(("/ledger", "nav.ledger"));
            }
            if matches!(role, Role::Auditor | Role::Supervisor) {
                links.extend([
                    ("/tip-offs", "nav.tip_offs"),
                    ("/flags", "nav.flags"),
                    ("/findings", "nav.findings"),
                    ("/reads", "nav.reads"),
                    ("/record", "nav.record"),
                ]);
            }
        }
        Role::Expert => links.extend([("/assignments", "nav.assignments"), ("/lobbying", "nav.lobbying")]),
        Role::Finance => links.extend([
            ("/assignments", "nav.fees"),
            ("/statistics/rd", "nav.rd"),
            ("/instalments", "nav.instalments"),
            ("/contracts", "nav.contracts"),
            ("/ledger", "nav.ledger"),
            ("/budget-documents", "nav.budget_docs"),
            ("/settlements", "nav.settlements"),
            ("/bank-statements", "nav.bank_statement"),
            ("/lobbying", "nav.lobbying"),
        ]),
        Role::Administrator => links.extend([("/organisations", "nav.organisations"), ("/accounts", "nav.accounts")]),
        Role::Public => links.push(("/integrity-records", "nav.integrity")),
        Role::System => {}
    }
    links.into_iter().map(|(href, key)| NavLink { href, label: v.text.t(key), here: v.path == href }).collect()
}

/// The whole site: pages, API, health.
pub fn router(web: Web) -> Router {
    let html = act::routes(Router::new())
        .route("/", get(home::home))
        .route("/challenges", get(list::challenges))
        .route("/challenges/new", get(draft::new).post(draft::create))
        .route("/challenges/{id}/edit", get(draft::edit))
        .route("/challenges/{id}/edit/{section}", get(draft::section).post(draft::save))
        .route("/bids/{id}/edit", get(draft::edit_bid))
        .route("/bids/{id}/edit/{section}", get(draft::bid_section).post(draft::save_bid))
        .route("/bids/{id}/receipt", get(show::receipt))
        .route("/mine", get(list::mine))
        .route("/bids", get(list::of::<Bid>))
        .route("/assignments", get(list::of::<Assignment>))
        .route("/notices", get(list::of::<Notice>))
        .route("/objections", get(list::of::<Objection>))
        .route("/objections/statistics", get(objection::statistics))
        .route("/tip-off", get(tip_off::form).post(tip_off::submit).layer(DefaultBodyLimit::disable()))
        .route("/tip-offs", get(tip_off::list))
        .route("/lobbying", get(tip_off::lobbying))
        .route("/follow", get(follow::ask).post(follow::follow).layer(DefaultBodyLimit::disable()))
        .route("/meetings", get(meeting::list))
        .route("/meetings/{id}", get(meeting::show))
        .route("/contracts", get(list::of::<Contract>))
        .route("/instalments", get(list::of::<Instalment>))
        .route("/ledger", get(ledger::trial))
        .route("/overview", get(figures::overview))
        .route("/statistics/rd", get(figures::rd))
        .route("/bank-statements", get(statement::form).post(statement::submit))
        .route("/spendings", get(list::of::<Spending>))
        .route("/contracts/{id}/ledger", get(ledger::journal))
        .route("/talks", get(list::of::<Talk>))
        .route("/reads", get(reads::all))
        .route("/challenges/{id}/reads", get(reads::of_case))
        .route("/accounts/{id}/reads", get(reads::of_person))
        .route("/account/reads", get(reads::of_mine))
        .route("/challenges/{id}/case.zip", get(case_file::download))
        .route("/instalments/{id}/package.zip", get(package::download))
        .route("/challenges/{id}/redraws", get(redraws::page))
        .route("/challenges/{id}/publication-calendar", get(publication::calendar))
        .route("/challenges/{id}/preview", get(publication::challenge))
        .route("/bids/{id}/preview", get(publication::bid))
        .route("/notices/{id}/preview", get(publication::notice))
        .route("/desk/verification", post(audit::verify))
        .route("/flags", get(flags::all))
        .route("/findings", get(list::of::<Finding>))
        .route("/challenges/{id}/flags", get(flags::page))
        .route("/final-accounts", get(list::of::<FinalAccount>))
        .route("/settlements", get(list::of::<Settlement>))
        .route("/progress-reports", get(list::of::<Progress>))
        .route("/follow-ups", get(list::of::<FollowUp>))
        .route("/integrity-records", get(list::of::<Integrity>))
        .route("/contracts/{id}/diligence", get(diligence::page))
        .route("/budget-documents", get(list::of::<crate::domain::BudgetDoc>))
        .route("/budget-documents/new", get(budget_doc::form).post(budget_doc::submit))
        .route("/organisations", get(list::organisations))
        .route("/organisations/new", get(account::new_organisation).post(account::create_organisation))
        .route("/accounts", get(list::accounts))
        .route("/accounts/new", get(account::new_account).post(account::create_account))
        .route("/accounts/{id}/suspension", post(account::suspend))
        .route("/accounts/{id}/restoration", post(account::restore))
        .route("/experts", get(list::experts))
        .route("/challenges/{id}/review-report", get(panel_pages::report))
        .route("/challenges/{id}/draw", get(panel_pages::lot))
        .route("/challenges/{id}/draw.json", get(panel_pages::lot_file))
        .route("/relations", get(relation_pages::form).post(relation_pages::submit))
        .route("/rubrics", get(rubric_pages::list))
        .route("/rubrics/{name}/edit", get(rubric_pages::form).post(rubric_pages::submit))
        .route("/record", get(list::record))
        .route("/log", get(log::page))
        .route("/log/checkpoint", get(log::checkpoint))
        .route("/log/record", get(log::record))
        .route("/log/tile/{level}/{*tile}", get(log::tile))
        .route("/log/entries/{seq}", get(log::entry))
        .route("/log/entries/{seq}/receipt", get(log::receipt_file))
        .route("/desk", get(desk::desk))
        .route("/sign-in", get(account::sign_in_form).post(account::sign_in))
        .route("/sign-out", post(account::sign_out))
        .route("/step-up", get(step_up::form).post(step_up::prove))
        .route("/account/profile", get(profile::form).post(profile::confirm))
        .route("/account/keyholder", get(sealing_pages::key).post(sealing_pages::change_key))
        .route("/challenges/{id}/opening-record", get(opening_record::page))
        .route("/bids/{id}/spare", get(sealing_pages::spare))
        .route("/challenges/{id}/handout", get(sealing_pages::handout).post(sealing_pages::answer))
        .route("/bids/{id}/seal-here", get(sealing_pages::seal_here))
        .route("/organisation/signatories", get(signatories::page).post(signatories::add).layer(DefaultBodyLimit::disable()))
        .route("/organisation/signatories/{account}/removal", post(signatories::remove))
        .route("/templates", get(templates::list))
        .route("/contracts/{id}/papers/{kind}", get(papers::page))
        .route("/contracts/{id}/editions", get(editions::page))
        .route("/account", get(account::show).post(account::change))
        .route("/help", get(home::help))
        .route("/accessibility", get(home::accessibility))
        .route("/gallery", get(pages::gallery))
        .route("/docs", get(docs::docs))
        .route("/api/docs", get(docs::docs))
        .route("/files/{id}", get(file::download))
        .route("/documents/{id}", get(paper::issued));
    let html = show::routes(html).fallback(not_found).layer(middleware::from_fn_with_state(web.clone(), problem_as_page));
    let api = api::router(web.clone()).fallback(not_found).layer(middleware::from_fn_with_state(web.clone(), problem_as_json));
    let site = Router::new().nest("/api/v1", api).merge(html);
    Router::new()
        .merge(site)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/assets/{name}", get(assets::serve))
        .layer(DefaultBodyLimit::max(2 * 1024 * 1024))
        .layer(middleware::from_fn_with_state(web.clone(), cached::cached))
        .layer(middleware::from_fn_with_state(web.clone(), same_origin))
        .layer(middleware::from_fn_with_state(web.clone(), headers))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(panicked))
        .with_state(web)
}

fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new("internal").into_response()
}

async fn not_found() -> Problem {
    Problem::new("missing")
}

async fn ready(State(web): State<Web>) -> Response {
    match web.app.is_ready().await {
        Ok(true) => (StatusCode::OK, "ready\n").into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response(),
    }
}

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
                   form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// On every response, errors too.
async fn headers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or("").to_owned();
    let mut response = next.run(request).await;
    let h = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        h.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if web.config.is_https() {
        h.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    h.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let secure = if web.config.is_https() { "; Secure" } else { "" };
    for (name, allowed) in [("lang", ["zh-CN", "en"]), ("size", ["large", "normal"])] {
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
        if let Some(value) = asked.filter(|v| allowed.contains(&v.as_str())) {
            let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}");
            h.append(header::SET_COOKIE, HeaderValue::from_str(&cookie).expect("fixed words"));
        }
    }
    response
}

/// Unsafe requests come from our own pages: Sec-Fetch-Site, else Origin against Host; a session cookie with neither header
/// is refused. Programs with a bearer token and no cookie pass.
async fn same_origin(State(web): State<Web>, request: Request, next: Next) -> Response {
    let h = request.headers();
    let hosts = h.get_all(header::HOST).iter().count();
    let named = h.get(header::HOST).and_then(|v| v.to_str().ok());
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    if hosts > 1 || named.is_some_and(|host| !probe && !web.config.is_host(host)) {
        return refused(&web, &request, "bad-request");
    }
    let safe = request.method().is_safe();
    let site = h.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    let origin = h.get(header::ORIGIN).and_then(|v| v.to_str().ok());
    let host = h.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("");
    let authority = |o: &str| o.split_once("://").map(|(_, a)| a.to_owned());
    // On this machine any of its names will do; a public site has one, which the address asked for was held against above.
    let own = |o: &str| o == web.config.origin || (!web.config.is_https() && authority(o).is_some_and(|a| a == host));
    let passes = match (site, origin) {
        (Some("same-origin" | "none"), _) => true,
        (Some(_), _) => false,
        (None, Some(o)) => own(o),
        (None, None) => visitor::cookie(h, web.cookie_name()).is_none(),
    };
    if safe || passes {
        return next.run(request).await;
    }
    refused(&web, &request, "cross-site")
}

fn refused(web: &Web, request: &Request, kind: &'static str) -> Response {
    let problem = Problem::new(kind);
    let text = web.pages.texts.of(visitor::language(request.headers(), request.uri().query().unwrap_or("")));
    let body = axum::Json(problem.json(&text));
    (problem.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

/// On the API, a problem in the reader's language.
async fn problem_as_json(State(web): State<Web>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or("").to_owned();
    let lang = visitor::language(request.headers(), &query);
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang").map(|(_, value)| value.into_owned());
    let response = match asked.filter(|value| text::Lang::parse(value).is_none()) {
        Some(_) => Problem::faults(crate::domain::Faults::one("lang", "choose")).into_response(),
        None => next.run(request).await,
    };
    let problem = match response.extensions().get::<Problem>() {
        Some(p) => p.clone(),
        None => match bare(&response) {
            Some(p) => p,
            None => return response,
        },
    };
    let (parts, _) = response.into_parts();
    let mut told = (problem.status, axum::Json(problem.json(&web.pages.texts.of(lang)))).into_response();
    told.headers_mut().extend(
        parts
            .headers
            .into_iter()
            .filter(|(n, _)| *n == Some(header::ALLOW) || *n == Some(header::RETRY_AFTER) || *n == Some(header::WWW_AUTHENTICATE))
            .filter_map(|(n, v)| n.map(|n| (n, v))),
    );
    told.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    told
}

/// Refusals of the router and of extractors, which know no `Problem`.
fn bare(response: &Response) -> Option<Problem> {
    // A form shown again with its faults is an answer, not a refusal of the router.
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or("");
    if kind.starts_with("text/html") {
        return None;
    }
    let kind = match response.status().as_u16() {
        400 => "bad-request",
        404 => "missing",
        405 => "method",
        413 => "too-large",
        415 => "unsupported",
        422 => "invalid",
        500 => "internal",
        _ => return None,
    };
    Some(Problem::new(kind))
}

/// On pages, a problem as a page: the handler did not have to know. Nobody signed in goes to sign in and back.
async fn problem_as_page(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visitor = <Visitor as axum::extract::FromRequestParts<Web>>::from_request_parts(&mut parts, &web).await.ok();
    let (method, uri) = (parts.method.clone(), parts.uri.clone());
    if let Some(v) = &visitor {
        parts.extensions.insert(v.clone());
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(problem) = response.extensions().get::<Problem>().cloned().or_else(|| bare(&response)) else { return response };
    if problem.kind == "sign-in" && method == axum::http::Method::GET {
        let to: String = form_urlencoded::byte_serialize(uri.path().as_bytes()).collect();
        return axum::response::Redirect::to(&format!("/sign-in?next={to}")).into_response();
    }
    let Some(v) = visitor else { return response };
    let page = pages::ProblemPage::of(&problem, &v);
    match web.show(&v, problem.status, &page).await {
        Ok(page) => page,
        Err(_) => response,
    }
}
