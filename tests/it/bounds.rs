//! Bounds: what anybody may send, how long, how often, and how much of it is kept.
use crate::support::{PASSWORD, TestApp};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use futures_util::StreamExt;
use jiebang::app::room::Room;
use jiebang::cli::connections::{Bounds, answer};
use jiebang::config::Config;
use jiebang::domain::limits;
use jiebang::web::{self, Web};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

const MIB: u64 = 1 << 20;

/// A body that begins so and then repeats itself for 800 MiB; how much of it was asked for.
fn endless(begin: &str, again: String) -> (Body, Arc<AtomicU64>) {
    let asked = Arc::new(AtomicU64::new(0));
    let (counted, again) = (asked.clone(), Bytes::from(again));
    let times = 800 * MIB / again.len() as u64;
    let pieces = std::iter::once(Bytes::from(begin.to_owned())).chain((0..times).map(move |_| again.clone()));
    let pieces = pieces.map(move |piece| {
        counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece)
    });
    (Body::from_stream(futures_util::stream::iter(pieces)), asked)
}

fn form(path: &str, body: Body) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=x").body(body).unwrap()
}

#[tokio::test]
async fn a_form_of_800_mib_is_refused_after_its_bound_wherever_it_is_long() {
    let app = TestApp::bare().await;
    let field = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    let letters = "a".repeat(16 * 1024);
    let piece = format!("{}{}\r\n", field("text"), "a".repeat(16 * 1024));
    let empty: String = field("text").replace("\r\n\r\n", "\r\n\r\n\r\n");
    let cases = [
        ("one text", field("text"), letters.clone(), MIB),
        ("a part whose head has no end", "--x\r\nContent-Disposition: form-data; name=\"".to_owned(), letters.clone(), MIB),
        ("many texts", String::new(), piece, 3 * MIB),
        ("many empty parts", String::new(), empty, MIB),
        ("a part without a name", "--x\r\nContent-Disposition: form-data\r\n\r\n".to_owned(), letters.clone(), 3 * MIB),
        (
            "a file without a name",
            "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"\"\r\n\r\n".to_owned(),
            letters,
            3 * MIB,
        ),
    ];
    for path in ["/tip-off", "/api/v1/tip-offs", "/follow", "/api/v1/follow"] {
        for (what, begin, again, most) in &cases {
            let (body, asked) = endless(begin, again.clone());
            let status = app.request(form(path, body)).await.status;
            let asked = asked.load(Ordering::Relaxed);
            assert!(matches!(status, 400 | 413) && asked < *most, "{path}, {what}: {status} after {asked} bytes");
        }
    }
}

/// A sign-in page's form from an address.
async fn try_password(app: &TestApp, email: &str, password: &str, device: Option<&str>) -> (u16, Option<u64>, Option<String>) {
    let mut request = Request::post("/sign-in")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(device) = device {
        request = request.header(header::COOKIE, format!("jiebang-device={device}"));
    }
    let body = format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"));
    let answer = app.request(request.body(Body::from(body)).unwrap()).await;
    let wait = answer.headers.get(header::RETRY_AFTER).map(|s| s.to_str().unwrap().parse().unwrap());
    let cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|c| c.to_str().ok());
    let device =
        cookies.filter_map(|c| c.strip_prefix("jiebang-device=")).next().map(|c| c.split(';').next().unwrap().to_owned());
    (answer.status, wait, device)
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_that_are_tried_at_once_are_counted_before_they_are_looked_at() {
    let app = Arc::new(TestApp::new().await);
    let (status, _, device) = try_password(&app, "auditor@unit.example", PASSWORD, None).await;
    assert_eq!(status, 303);
    let device = device.expect("a browser that has signed in is known from then on");
    let tries = (0..400).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { try_password(&app, "auditor@unit.example", "not the password", None).await })
    });
    let answers: Vec<_> = futures_util::stream::iter(tries).buffer_unordered(400).map(Result::unwrap).collect().await;
    let tried = answers.iter().filter(|(status, ..)| *status == 401).count();
    assert!((1..=10).contains(&tried), "{tried} were tried");
    assert!(
        answers.iter().all(|(status, wait, _)| *status == 401 || (*status == 429 && wait.is_some_and(|w| (1..=60).contains(&w))))
    );
    let now = jiebang::domain::clock::wall().as_millisecond();
    let slowed = format!("UPDATE sign_in_try SET tries = 50, last_at = {now} WHERE tries >= 5");
    app.app.db.connection().execute_unprepared(&slowed).await.unwrap();
    // Its owner at the same address: a strange browser waits, the known one does not.
    assert_eq!(try_password(&app, "auditor@unit.example", PASSWORD, None).await.0, 429);
    assert_eq!(try_password(&app, "auditor@unit.example", PASSWORD, Some(&device)).await.0, 303);
    // What is known of one account helps with no other, and a known browser is no free try either.
    let wrong: Vec<u16> = {
        let mut all = vec![];
        for _ in 0..8 {
            all.push(try_password(&app, "auditor@unit.example", "wrong again", Some(&device)).await.0);
        }
        all
    };
    assert_eq!(wrong, [401, 401, 401, 401, 401, 429, 429, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_accounts_from_one_address_keeps_no_known_browser_out() {
    let app = TestApp::new().await;
    let device = try_password(&app, "officer@unit.example", PASSWORD, None).await.2.unwrap();
    let mut last = 0;
    for n in 0..=limits::TRIES_OF_ADDRESS.most {
        last = try_password(&app, &format!("nobody{n}@unit.example"), "not the password", None).await.0;
    }
    assert_eq!(last, 429, "the address is slowed, whatever the accounts");
    assert_eq!(try_password(&app, "officer@unit.example", PASSWORD, None).await.0, 429);
    assert_eq!(try_password(&app, "officer@unit.example", PASSWORD, Some(&device)).await.0, 303);
}

#[tokio::test]
async fn the_old_password_is_no_side_door_for_guessing() {
    let app = TestApp::new().await;
    let mut statuses = vec![];
    for _ in 0..7 {
        let typed = "old_password=not+the+password&new_password=quite+another+phrase";
        let answer = app.submit("officer", "/account", typed).await;
        statuses.push(answer.headers.contains_key(header::RETRY_AFTER) || answer.text().contains("尝试次数过多"));
    }
    assert_eq!(statuses, [false, false, false, false, false, true, true]);
    app.post("officer", "/me/step-up", json!({ "password": PASSWORD })).await.problem(429, "too-many");
}

fn pdf() -> Bytes {
    Bytes::from_static(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_at_once_are_never_more_than_may_be() {
    let app = TestApp::new().await;
    let who = jiebang::store::account::by_email(&app.app.db, "bidder1@unit.example").await.unwrap().unwrap().0.actor();
    let one = |n: usize| {
        let (app, who) = (app.app.clone(), who.clone());
        tokio::spawn(async move {
            let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(pdf())]);
            app.upload_of(&who, &format!("{n}.pdf"), Some(100), Box::pin(stream)).await.is_ok()
        })
    };
    let taken: Vec<bool> =
        futures_util::stream::iter((0..100).map(one)).buffer_unordered(100).map(Result::unwrap).collect().await;
    let taken = taken.iter().filter(|t| **t).count() as u64;
    assert!((1..=limits::LOOSE_FILES.most).contains(&taken), "{taken} of {}", limits::LOOSE_FILES.most);
    let lie = jiebang::store::file::loose(&app.app.db, who.account).await.unwrap().1;
    assert_eq!(lie as u64, taken);
}

#[tokio::test]
async fn room_of_an_organisation_and_free_disk_have_their_bounds_and_only_bidders_bring_sealed_files() {
    let app = TestApp::new().await;
    let with = |room: Room| web::router(Web::new(app.app.clone().with_room(room), Config::read(None, []).unwrap()));
    let token = app.token("officer").await;
    let send = |router: Router, name: &str, content: &str| {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n{content}\r\n--x--\r\n"
        );
        let request = Request::post("/api/v1/files")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .unwrap();
        async move { router.oneshot(request).await.unwrap().status().as_u16() }
    };
    let text = String::from_utf8(pdf().to_vec()).unwrap();
    assert_eq!(send(with(Room::default()), "a.pdf", &text).await, 201);
    assert_eq!(send(with(Room { disk_floor: u64::MAX, ..Room::default() }), "a.pdf", &text).await, 507);
    assert_eq!(send(with(Room { organisation_bytes: 1000, ..Room::default() }), "a.pdf", &text).await, 409);
    assert_eq!(send(with(Room::default()), "a.jb", "JB-SEAL-1\n").await, 422, "an officer seals nothing");
}

/// The site on a socket of its own, within these bounds.
async fn serve(
    site: Router,
    bounds: Bounds,
) -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(answer(listener, site, bounds, async move {
        let _told = stopped.await;
    }));
    (address, stop, served)
}

fn bounds() -> Bounds {
    let short = Duration::from_millis(300);
    Bounds { all: 50, of_one: 20, proxies: vec![], header: short, write: short, patience: Duration::from_secs(5) }
}

async fn said(address: std::net::SocketAddr, send: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(send.as_bytes()).await.unwrap();
    let mut all = vec![];
    let _reset = stream.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_half_a_header_or_nothing_is_dropped_and_others_are_answered() {
    let site = Router::new().route("/", axum::routing::get(|| async { "here" }));
    let (address, stop, served) = serve(site, bounds()).await;
    for half in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX-A:"] {
        let ended = tokio::time::timeout(Duration::from_secs(20), said(address, half)).await;
        assert!(ended.is_ok_and(|said| !said.contains("here")), "{half:?} was held");
    }
    let whole = said(address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(whole.ends_with("here"), "{whole}");
    stop.send(()).unwrap();
    served.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_connections_and_a_reader_that_does_not_read_is_dropped() {
    let endless = || async {
        Body::from_stream(futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![7; 64 * 1024]))))
    };
    let site = Router::new().route("/", axum::routing::get(endless));
    let (address, stop, served) = serve(site, Bounds { of_one: 3, header: Duration::from_secs(60), ..bounds() }).await;
    let mut held = vec![];
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut first = [0; 8];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1");
        held.push(stream);
    }
    assert_eq!(said(address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await, "", "a fourth is closed at once");
    // Nobody reads on: their places are free again, and the next is answered.
    loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut first = [0; 8];
        let _closed = stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        if stream.read_exact(&mut first).await.is_ok() {
            break;
        }
    }
    stop.send(()).unwrap();
    served.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_is_finished_when_the_server_stops() {
    let (go, begun) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (wait, tell) = (go.clone(), begun.clone());
    let slow = move || {
        let (wait, tell) = (wait.clone(), tell.clone());
        async move {
            tell.notify_one();
            wait.notified().await;
            "done"
        }
    };
    let (address, stop, served) = serve(Router::new().route("/", axum::routing::get(slow)), bounds()).await;
    let asked = tokio::spawn(async move { said(address, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await });
    begun.notified().await;
    stop.send(()).unwrap();
    go.notify_one();
    assert!(asked.await.unwrap().ends_with("done"));
    served.await.unwrap();
}

/// docs/limits.md as the table has it; `UPDATE_DOCS=1` writes it anew.
#[test]
fn every_bound_stands_in_the_document_with_its_setting() {
    let mut text = "# Bounds\n\nEvery bound of the platform, printed from `src/domain/limits.rs`, which the code itself reads. A setting is given as `JIEBANG_` and its name in\nupper case; `jiebang config check` lists them.\n\n| bound | most | unit | setting | beyond it |\n|---|---:|---|---|---|\n".to_owned();
    for l in limits::ALL {
        let setting = l.setting.map_or_else(String::new, |s| format!("`{s}`"));
        text += &format!("| {} | {} | {} | {setting} | {} |\n", l.what, l.most, l.unit, l.beyond);
        if let Some(setting) = l.setting {
            assert!(jiebang::config::KEYS.iter().any(|(key, _)| *key == setting), "{setting} is no setting");
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(there, text, "docs/limits.md is old: UPDATE_DOCS=1 cargo test --test it bounds");
}

#[tokio::test]
async fn a_folder_that_holds_itself_and_a_file_without_end_are_checked_to_an_end() {
    let app = TestApp::bare().await;
    let folder = app.folder.join("case");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(".", folder.join("a")).unwrap();
    std::os::unix::fs::symlink(".", folder.join("b")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("manifest.json")).unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_jiebang"));
    let ended = command.arg("verify").arg(&folder).kill_on_drop(true).output();
    let ended = tokio::time::timeout(Duration::from_secs(60), ended).await.expect("it never ends").unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned() + &String::from_utf8_lossy(&ended.stdout);
    assert!(matches!(ended.status.code(), Some(1 | 2)), "{said}");
}
