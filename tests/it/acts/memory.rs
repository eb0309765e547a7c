//! What a team seals on its own machine never is in the memory of the server: a real one, whose whole memory is searched while it
//! holds the bid.
use super::sealed::House;
use super::support::*;
use crate::{crawl::sweep, support::until};
use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use jiebang::domain::*;
use serde_json::{Value, json};
use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use uuid::Uuid;

struct Server {
    child: Child,
    at: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Server {
    /// The program itself on the database, files and keys of this stage.
    async fn on(s: &Stage) -> Self {
        let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = std::fs::File::create(s.t.folder.join("server.log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_jiebang"))
            .args(["serve", "--listen", &at.to_string()])
            .env("JIEBANG_DATA", &s.t.folder)
            .env("JIEBANG_DATABASE_URL", &s.t.url)
            .env("JIEBANG_LOG_KEY_FILE", s.t.folder.join("log.key"))
            .env("JIEBANG_LOG_FILTER", "trace")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { child, at };
        until("the server answers", async || {
            let gone = server.child.try_wait().unwrap();
            assert!(gone.is_none(), "it ended: {}", std::fs::read_to_string(s.t.folder.join("server.log")).unwrap());
            tokio::net::TcpStream::connect(at).await.is_ok()
        })
        .await;
        server
    }

    /// Status, the header `location` if there is one, and the body.
    async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        told: &[(&str, String)],
        body: Vec<u8>,
    ) -> (u16, String, Vec<u8>) {
        let stream = tokio::net::TcpStream::connect(self.at).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, self.at.to_string());
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in told {
            request = request.header(*name, value);
        }
        let answer = sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        let place = answer.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        (answer.status().as_u16(), place, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    async fn json(&self, token: &str, path: &str, body: Value) -> Value {
        let kind = [("content-type", "application/json".to_owned())];
        let (status, _, answer) = self.ask(token, Method::POST, path, &kind, body.to_string().into_bytes()).await;
        assert!((200..300).contains(&status), "{path}: {status} {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap()
    }

    /// All that it may write to, into a file for each mapping.
    fn memory(&self, to: &std::path::Path) -> u64 {
        let of = |what: &str| format!("/proc/{}/{what}", self.child.id());
        let maps = std::fs::read_to_string(of("maps")).unwrap();
        let mut mem = std::fs::File::open(of("mem")).unwrap();
        let mut all = 0;
        for line in maps.lines().filter(|l| l.split(' ').nth(1).is_some_and(|p| p.starts_with("rw")) && !l.contains("/dev/")) {
            let (from, until) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let at = |s: &str| u64::from_str_radix(s, 16).unwrap();
            let mut used = vec![];
            mem.seek(SeekFrom::Start(at(from))).unwrap();
            let mut page = vec![0; 64 * 1024];
            for _ in 0..(at(until) - at(from)) / 4096 {
                // What was never touched reads as zeros; what is gone meanwhile does not read.
                match mem.read(&mut page) {
                    Ok(n) if n > 0 && page[..n].iter().any(|b| *b != 0) => used.extend_from_slice(&page[..n]),
                    Ok(n) if n > 0 => {}
                    _ => break,
                }
                if mem.stream_position().unwrap() >= at(until) {
                    break;
                }
            }
            all += used.len() as u64;
            std::fs::write(to.join(from), used).unwrap();
        }
        all
    }
}

/// D2: memory too.
// Long: a real server is started, and its whole memory is searched.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_team_sealed_is_not_in_the_servers_memory() {
    let h = House::new().await;
    let s = &h.s;
    // The server goes by the time there is.
    s.set_clock(jiebang::domain::clock::wall() - jiff::SignedDuration::from_hours(24 * 20));
    let word = |what: &str| format!("{what}{}", &Uuid::new_v4().simple().to_string()[..16]);
    let c = h.published().await;
    let server = Server::on(s).await;
    let signed = json!({ "email": "bidder1@unit.example", "password": crate::support::PASSWORD });
    let token = server.json("", "/api/v1/tokens", signed).await["token"].as_str().unwrap().to_owned();
    let bid = server.json(&token, &format!("/api/v1/challenges/{}/bids", c.0), json!({})).await;
    let b = BidId(bid["id"].as_str().unwrap().parse().unwrap());

    let [text, name, content] = ["金丝雀文", "金丝雀名", "canary-content-"].map(word);
    let mut offer = s.offer(0, GOVERNMENT);
    for field in ["understanding", "route", "innovation", "plan_b", "estimate_note"] {
        offer[field] = json!(format!("{text}{}", offer[field].as_str().unwrap()));
    }
    let file = format!("%PDF-1.4\n% {content}\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    let file: &'static [u8] = Box::leak(file.into_bytes().into_boxed_slice());
    let sealed = h.sealed_with("bidder1", b, &offer, (&format!("{name}.pdf"), file), |_| {}).await;

    let metadata = format!("filename {}", STANDARD.encode("投标.jb"));
    let told = [("upload-length", sealed.len().to_string()), ("upload-metadata", metadata)];
    let (status, place, _) = server.ask(&token, Method::POST, "/api/v1/uploads", &told, vec![]).await;
    assert_eq!(status, 201);
    let told = [("upload-offset", "0".to_owned()), ("content-type", "application/offset+octet-stream".to_owned())];
    assert_eq!(server.ask(&token, Method::PATCH, &place, &told, sealed).await.0, 204);
    let id = place.rsplit_once('/').unwrap().1;
    let done = server.json(&token, &format!("/api/v1/bids/{}/sealed-file", b.0), json!({ "file": [id], "agree": true })).await;
    assert_eq!(done["state"], "sealed", "{done}");
    // The public page is kept in memory: it is the proof that the search reaches what the server holds.
    let control = c.0.to_string();
    assert_eq!(server.ask("", Method::GET, &format!("/challenges/{control}"), &[], vec![]).await.0, 200);
    for path in [format!("/bids/{}", b.0), format!("/api/v1/bids/{}", b.0), format!("/challenges/{}", c.0), "/challenges".into()]
    {
        assert_eq!(server.ask(&token, Method::GET, &path, &[], vec![]).await.0, 200, "{path}");
    }

    let to = s.t.folder.join("memory");
    std::fs::create_dir_all(&to).unwrap();
    let read = server.memory(&to);
    assert!(read > 10 << 20, "only {read} bytes were read");
    std::fs::copy(s.t.folder.join("server.log"), to.join("log")).unwrap();
    let found = sweep(&[&text, &name, &content, &control], &to);
    for canary in [&text, &name, &content] {
        assert_eq!(found[canary], Vec::<String>::new(), "{canary}");
    }
    assert!(found[&control].iter().any(|at| at != "log"), "{:?}", found[&control]);
}
