//! Files looked into on upload: archives, documents, pictures, PDF; and a real virus scanner, where one is installed.
use crate::support::TestApp;
use axum::body::Body;
use axum::http::{Request, header};
use bytes::Bytes;
use jiebang::app::Clamd;
use jiebang::config::Config;
use jiebang::outside::files::{Kind, of_kind};
use jiebang::web::{self, Web};
use std::io::{Cursor, Write};
use std::process::{Child, Command, Stdio};
use tower::ServiceExt;
use zip::write::SimpleFileOptions;

fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, content) in entries {
        let plain = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(*name, plain).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn with_link() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    zip.add_symlink("a", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn many(count: usize) -> Vec<u8> {
    let names: Vec<String> = (0..count).map(|n| format!("{n}.txt")).collect();
    packed(&names.iter().map(|n| (n.as_str(), &b"x"[..])).collect::<Vec<_>>())
}

fn said(kind: Kind, bytes: Vec<u8>) -> &'static str {
    of_kind(Cursor::new(bytes), kind).map_or_else(|f| f.id(), |()| "taken")
}

/// The sizes of a stored entry are written into the frame of the ZIP: here it is said to be short.
fn that_lies() -> Vec<u8> {
    let whole = packed(&[("a.txt", &vec![b'a'; 40 << 20])]);
    let length = u32::to_le_bytes(40 << 20);
    let mut out = whole.clone();
    for at in 0..out.len() - 4 {
        if out[at..at + 4] == length {
            out[at..at + 4].copy_from_slice(&u32::to_le_bytes(10));
        }
    }
    assert_ne!(out, whole);
    out
}

#[test]
fn what_would_run_reach_out_or_burst_is_refused_by_name() {
    let types = |inside: &str| format!("<Types>{inside}</Types>");
    let docx = |types: &str, more: &[(&str, &[u8])]| {
        let mut all = vec![("[Content_Types].xml", types.as_bytes()), ("word/document.xml", &b"<w/>"[..])];
        all.extend_from_slice(more);
        packed(&all)
    };
    for (what, kind, bytes, id) in [
        ("plain", Kind::Zip, packed(&[("说明/正文.txt", b"hello"), ("a.docx", b"PK\x03\x04")]), "taken"),
        ("a path upwards", Kind::Zip, packed(&[("../../etc/cron.d/x", b"x")]), "path"),
        ("the same of Windows", Kind::Zip, packed(&[("a\\..\\..\\x.txt", b"x")]), "path"),
        ("from the root", Kind::Zip, packed(&[("/etc/passwd", b"x")]), "path"),
        ("from a drive", Kind::Zip, packed(&[("C:/x.txt", b"x")]), "path"),
        ("a link", Kind::Zip, with_link(), "link"),
        ("a thousand entries", Kind::Zip, many(1000), "taken"),
        ("one more", Kind::Zip, many(1001), "entries"),
        ("five thousand", Kind::Zip, many(5000), "entries"),
        ("a bomb", Kind::Zip, packed(&[("a.txt", &vec![0; 40 << 20])]), "ratio"),
        ("an archive in it", Kind::Zip, packed(&[("a.zip", b"x")]), "nested"),
        ("the same by another name", Kind::Zip, packed(&[("a.txt", &packed(&[("b", b"x")]))]), "nested"),
        ("a program", Kind::Zip, packed(&[("setup/RUN.EXE", b"x")]), "program"),
        ("the same by another name", Kind::Zip, packed(&[("读我.txt", b"MZ\x90\0")]), "program"),
        ("a document with macros in an archive", Kind::Zip, packed(&[("a.docm", b"x")]), "program"),
        ("a document", Kind::Docx, docx(&types(""), &[]), "taken"),
        ("a macro", Kind::Docx, docx(&types(""), &[("word/vbaProject.bin", b"x")]), "macro"),
        (
            "a macro renamed",
            Kind::Docx,
            docx(&types("ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\""), &[("word/a.bin", b"x")]),
            "macro",
        ),
        (
            "a macro by its relation",
            Kind::Docx,
            docx(
                &types(""),
                &[
                    (
                        "word/_rels/document.xml.rels",
                        b"<R Type=\"http://schemas.microsoft.com/office/2006/relationships/vbaProject\"/>",
                    ),
                    ("word/a.bin", b"x"),
                ],
            ),
            "macro",
        ),
        ("a program in a document", Kind::Docx, docx(&types(""), &[("word/embeddings/a.bin", b"MZ\x90\0")]), "program"),
        ("cut off", Kind::Zip, b"PK\x03\x04".to_vec(), "cut_off"),
        ("a PDF", Kind::Pdf, b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj".to_vec(), "taken"),
        ("a script", Kind::Pdf, b"%PDF-1.4\n<</S/JavaScript/JS(app.alert(1))>>".to_vec(), "active"),
        ("a script in disguise", Kind::Pdf, b"%PDF-1.4\n<</S/J#61vaScript>>".to_vec(), "active"),
        (
            "a command",
            Kind::Pdf,
            [b"%PDF-1.4\n".to_vec(), vec![b' '; 65_536 - 13], b"<</S/Launch/F(cmd.exe)>>".to_vec()].concat(),
            "active",
        ),
    ] {
        assert_eq!(said(kind, bytes), id, "{what}");
    }
}

#[test]
fn an_archive_that_lies_about_its_size_is_unpacked_no_further_than_it_may() {
    let said = said(Kind::Zip, that_lies());
    assert!(["ratio", "unread"].contains(&said), "{said}");
}

#[test]
fn a_picture_is_bounded_by_its_pixels() {
    let png =
        |w: u32, h: u32| [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &w.to_be_bytes(), &h.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    // A camera's own words of 60,000 bytes stand before the size.
    let jpg = |w: u16, h: u16| {
        let camera = [&[0xFF, 0xE1][..], &60_000u16.to_be_bytes(), &vec![0; 59_998]].concat();
        [&[0xFF, 0xD8][..], &camera, &[0xFF, 0xC0, 0, 17, 8], &h.to_be_bytes(), &w.to_be_bytes(), &[3; 10]].concat()
    };
    assert_eq!(said(Kind::Png, png(8000, 6000)), "taken");
    assert_eq!(said(Kind::Png, png(60_000, 60_000)), "pixels");
    assert_eq!(said(Kind::Jpg, jpg(8000, 6000)), "taken");
    assert_eq!(said(Kind::Jpg, jpg(60_000, 60_000)), "pixels");
}

/// Sends one file as an officer; status and what was said.
async fn send(app: &TestApp, scanner: Option<Clamd>, name: &str, content: &[u8]) -> (u16, String) {
    let router = web::router(Web::new(app.app.clone().with_scanner(scanner), Config::read(None, []).unwrap()));
    let head = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    let request = Request::post("/api/v1/files")
        .header(header::AUTHORIZATION, format!("Bearer {}", app.token("officer").await))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from([head.as_bytes(), content, b"\r\n--x--\r\n"].concat()))
        .unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_is_named_and_leaves_nothing_behind() {
    let app = TestApp::new().await;
    let (status, said) = send(&app, None, "a.zip", &packed(&[("run.exe", b"x")])).await;
    assert_eq!(status, 422);
    assert!(said.contains("run.exe") && said.contains("file_program"), "{said}");
    let (status, said) = send(&app, None, "a.pdf", b"%PDF-1.4\n<</S/JavaScript>>\n%%EOF\n").await;
    assert!(status == 422 && said.contains("file_active"), "{status} {said}");
    let who = jiebang::store::account::by_email(&app.app.db, "officer@unit.example").await.unwrap().unwrap().0.id;
    assert_eq!(jiebang::store::file::loose(&app.app.db, who).await.unwrap(), (0, 0));
    assert_eq!(send(&app, None, "a.zip", &packed(&[("a.txt", b"x")])).await.0, 201);
}

/// A scanner of one's own, with one signature.
struct Scanner {
    child: Child,
    at: std::net::SocketAddr,
}

impl Drop for Scanner {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

const EICAR: &str = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

async fn scanner(folder: &std::path::Path) -> Option<Scanner> {
    let program =
        ["/usr/sbin/clamd", "/usr/local/sbin/clamd", "/usr/bin/clamd"].into_iter().find(|p| std::path::Path::new(p).exists());
    let Some(program) = program else {
        eprintln!("LEFT OUT: no clamd here");
        return None;
    };
    let (home, base) = (folder.join("clamd"), folder.join("clamd/db"));
    std::fs::create_dir_all(&base).unwrap();
    std::fs::write(base.join("own.ndb"), format!("EicarTest:0:*:{}\n", hex::encode(EICAR))).unwrap();
    let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let config = format!(
        "DatabaseDirectory {}\nTCPSocket {}\nTCPAddr 127.0.0.1\nForeground yes\nUser {}\nStreamMaxLength 60M\n",
        base.display(),
        at.port(),
        user.trim()
    );
    std::fs::write(home.join("clamd.conf"), config).unwrap();
    let log = std::fs::File::create(home.join("log")).unwrap();
    let child = Command::new(program)
        .arg("-c")
        .arg(home.join("clamd.conf"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let scanner = Scanner { child, at };
    let wait = std::time::Duration::from_millis(50);
    for _ in 0..1200 {
        if tokio::net::TcpStream::connect(at).await.is_ok() {
            return Some(scanner);
        }
        tokio::time::sleep(wait).await;
    }
    panic!("clamd did not start: {}", std::fs::read_to_string(home.join("log")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_scanner_is_asked_and_while_it_is_away_nothing_passes() {
    let app = TestApp::new().await;
    let Some(running) = scanner(&app.folder).await else { return };
    let clamd = Clamd::parse(&running.at.to_string());
    assert_eq!(app.app.clone().with_scanner(clamd.clone()).scanner_answers().await, Some(true));
    let infected = [b"%PDF-1.4\n", EICAR.as_bytes(), b"\n%%EOF\n"].concat();
    let clean = Bytes::from_static(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n");
    assert_eq!(send(&app, clamd.clone(), "a.pdf", &clean).await.0, 201);
    let (status, said) = send(&app, clamd.clone(), "a.pdf", &infected).await;
    assert!(status == 422 && said.contains("EicarTest"), "{status} {said}");
    assert_eq!(send(&app, None, "a.pdf", &infected).await.0, 201, "nobody looks where there is no scanner");
    let desk = app.page("officer", "/desk").await;
    assert!(desk.text().contains("JIEBANG_CLAMD"), "and the officer's page says so");
    drop(running);
    let (status, said) = send(&app, clamd.clone(), "a.pdf", &clean).await;
    assert!(status == 503 && said.contains("no-scanner"), "{status} {said}");
    assert_eq!(app.app.clone().with_scanner(clamd).scanner_answers().await, Some(false));
}
