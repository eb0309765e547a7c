//! The ten worst things that anybody can send, all at once, to the program itself: it goes on answering, and its memory hardly grows.
use crate::support::TestApp;
use std::io::{Cursor, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
    async fn on(t: &TestApp) -> Self {
        let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = std::fs::File::create(t.folder.join("server.log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_jiebang"))
            .args(["serve", "--listen", &at.to_string()])
            .env("JIEBANG_DATA", &t.folder)
            .env("JIEBANG_DATABASE_URL", &t.url)
            .env("JIEBANG_LOG_KEY_FILE", t.folder.join("log.key"))
            .env("JIEBANG_CONNECTIONS_OF_ONE", "800")
            .env("JIEBANG_DISK_FLOOR", "0")
            .env("JIEBANG_LOG_FILTER", "error")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, at };
        for _ in 0..600 {
            if TcpStream::connect(at).await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server did not start: {}", std::fs::read_to_string(t.folder.join("server.log")).unwrap());
    }

    /// Kilobytes that it had in memory at most since `forget`.
    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
    fn forget(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }
}

fn head(path: &str, token: &str, more: &str) -> String {
    let token = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{token}{more}\r\n")
}

/// Sends a beginning, then a piece again and again, until all is sent or it is hung up; what is answered.
async fn pour(at: SocketAddr, begin: Vec<u8>, piece: Vec<u8>, times: usize) -> String {
    let Ok(mut stream) = TcpStream::connect(at).await else { return String::new() };
    let mut going = stream.write_all(&begin).await.is_ok();
    for _ in 0..times {
        going = going && stream.write_all(&piece).await.is_ok();
    }
    let mut said = vec![];
    let _reset = stream.take(64 * 1024).read_to_end(&mut said).await;
    String::from_utf8_lossy(&said).into_owned()
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

const FORM: &str = "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n";

/// A whole request with one file in it.
fn with_file(path: &str, token: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let part = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    let body = [part.as_bytes(), content, b"\r\n--x--\r\n"].concat();
    let more = format!("Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n", body.len());
    [head(path, token, &more).into_bytes(), body].concat()
}

fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, content) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Cells A1 and XFD1048576.
fn wide_workbook() -> Vec<u8> {
    const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!("<workbook xmlns:r=\"{R}\"><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>");
    let rels = format!(
        "<Relationships><Relationship Id=\"r1\" Type=\"{R}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let root = format!(
        "<Relationships><Relationship Id=\"r1\" Type=\"{R}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>";
    packed(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ten_worst_things_at_once_take_less_than_64_mib() {
    let t = TestApp::new().await;
    let server = Server::on(&t).await;
    let at = server.at;
    let (officer, finance) = (t.token("officer").await, t.token("finance").await);
    let wrong = |n: usize| {
        let body = format!("{{\"email\":\"nobody{n}@unit.example\",\"password\":\"not the password\"}}");
        let more = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        (head("/api/v1/tokens", "", &more) + &body).into_bytes()
    };
    // Idle is a server that has worked: as many passwords at once as it ever looks at, pages, a file, a workbook.
    for n in 0..8 {
        pour(at, wrong(1000 + n), vec![], 0).await;
    }
    let pdf = [b"%PDF-1.4\n".to_vec(), vec![b'x'; 1 << 20], b"\n%%EOF\n".to_vec()].concat();
    assert!(pour(at, with_file("/api/v1/files", &officer, "a.pdf", &pdf), vec![], 0).await.contains("201"));
    let warm: Vec<_> = (0..4).map(|n| tokio::spawn(pour(at, wrong(2000 + n), vec![], 0))).collect();
    futures_util::future::join_all(warm).await;
    let made = pour(at, with_file("/api/v1/files", &finance, "流水.xlsx", &wide_workbook()), vec![], 0).await;
    let id = made.split("\"id\":\"").nth(1).unwrap_or_else(|| panic!("{made}"))[..36].to_owned();
    server.forget();
    let idle = server.peak();

    let mut held = vec![];
    for n in 0..250 {
        // Nothing at all; half a header; a body that does not come.
        let mut stream = TcpStream::connect(at).await.unwrap();
        let begin = match n % 3 {
            0 => String::new(),
            1 => "GET / HTTP/1.1\r\nHost: a\r\nX-Half: ".to_owned(),
            _ => head("/api/v1/tokens", "", "Content-Type: application/json\r\nContent-Length: 1000000\r\n") + "{",
        };
        stream.write_all(begin.as_bytes()).await.unwrap();
        held.push(stream);
    }
    for _ in 0..10 {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(b"GET /log/record HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        held.push(stream);
    }
    let letters = chunk(&[b'a'; 32 * 1024]);
    let field = "--x\r\nContent-Disposition: form-data; name=\"text\"";
    let of_form = |path: &str, begin: &str| [head(path, "", FORM).into_bytes(), chunk(begin.as_bytes())].concat();
    let json = head("/api/v1/tip-offs", "", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n").into_bytes();
    let statement = format!("{{\"workbook\":[\"{id}\"],\"step\":\"preview\"}}");
    let more = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", statement.len());
    let statement = (head("/api/v1/bank-statements", &finance, &more) + &statement).into_bytes();
    let bomb = {
        let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
        let tight = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file("a.txt", tight).unwrap();
        zip.write_all(&vec![0; 64 << 20]).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let mut all = vec![];
    for n in 0..6 {
        all.push(tokio::spawn(pour(at, of_form("/tip-off", &format!("{field}\r\n\r\n")), letters.clone(), 3000)));
        all.push(tokio::spawn(pour(at, of_form("/api/v1/tip-offs", field), letters.clone(), 3000)));
        all.push(tokio::spawn(pour(
            at,
            of_form("/follow", ""),
            chunk(format!("{field}\r\n\r\nx\r\n").repeat(400).as_bytes()),
            500,
        )));
        all.push(tokio::spawn(pour(at, json.clone(), letters.clone(), 3000)));
        all.push(tokio::spawn(pour(at, with_file("/api/v1/files", &officer, &format!("{n}.zip"), &bomb), vec![], 0)));
        all.push(tokio::spawn(pour(at, with_file("/api/v1/files", &officer, &format!("{n}.pdf"), &pdf), vec![], 0)));
    }
    let workbooks: Vec<_> = (0..6).map(|_| tokio::spawn(pour(at, statement.clone(), vec![], 0))).collect();
    all.extend((0..120).map(|n| tokio::spawn(pour(at, wrong(n), vec![], 0))));
    let alive = pour(at, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_vec(), vec![], 0).await;
    assert!(alive.contains("200 OK"), "it does not answer meanwhile: {alive}");
    for said in futures_util::future::join_all(workbooks).await {
        let said = said.unwrap();
        assert!(said.contains("422") && said.contains("workbook_too_much"), "{said}");
    }
    futures_util::future::join_all(all).await;
    let grown = server.peak().saturating_sub(idle) / 1024;
    drop(held);
    assert!(grown < 64, "it grew by {grown} MiB over {} MiB", idle / 1024);
}
