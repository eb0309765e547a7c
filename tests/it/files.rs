//! Attached files: one story on the directory and on a real S3 server, then what is refused.
use crate::support::until;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiebang::outside::files::{FileStream, Files, FilesError, HEAD, Kind, KindFault, S3Settings, disposition};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MIB: usize = 1024 * 1024;

struct TempDir(PathBuf);

impl TempDir {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("jiebang-files-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&dir).expect("a temporary directory");
        Self(dir)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A store under test and the directory where its bytes end up.
struct Place {
    files: Files,
    objects: PathBuf,
    root: TempDir,
    server: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

fn local() -> Place {
    let root = TempDir::new();
    let objects = root.0.join("files");
    Place { files: Files::local(&objects).expect("opens"), objects, root, server: None }
}

fn settings(endpoint: String) -> S3Settings {
    S3Settings {
        endpoint,
        bucket: "attachments".into(),
        region: "us-east-1".into(),
        access_key: "AKIATEST".into(),
        secret_key: "wJalrXUtnFEMIsecret".into(),
        allow_http: true,
    }
}

async fn s3() -> (Place, S3Settings) {
    let root = TempDir::new();
    let objects = root.0.join("attachments");
    std::fs::create_dir(&objects).expect("a bucket");
    let service = {
        let mut builder = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(&root.0).expect("the directory is there"));
        builder.set_auth(s3s::auth::SimpleAuth::from_single("AKIATEST", "wJalrXUtnFEMIsecret"));
        builder.build()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let settings = settings(format!("http://{}", listener.local_addr().expect("bound")));
    let server = tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            open.spawn(async move {
                let io = hyper_util::rt::TokioIo::new(socket);
                let http = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
                let _ = http.serve_connection(io, service).await;
            });
        }
    });
    let files = Files::s3(settings.clone()).expect("settings are whole");
    (Place { files, objects, root, server: Some(server) }, settings)
}

impl Place {
    /// Everything a refused upload could have left: objects, half objects, parts.
    fn leftovers(&self) -> Vec<PathBuf> {
        fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                match entry.path() {
                    path if path.is_dir() => walk(&path, found),
                    path => found.push(path),
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.root.0, &mut found);
        // The test server never deletes its notes on objects that were there once, and what it is still writing is no object yet.
        found.retain(|p| {
            let name = p.file_name().unwrap_or_default().to_string_lossy();
            let writing = name.starts_with(".tmp.") && name.ends_with(".internal.part");
            !writing && (!name.starts_with(".bucket-") || name.contains(".upload-"))
        });
        found
    }

    /// A store may work on for a moment at what was given up.
    async fn settles_empty(&self) {
        until("nothing is left behind", async || self.leftovers().is_empty()).await;
    }
}

/// Bytes that repeat nowhere and look like nothing.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(len);
    out
}

fn pdf(len: usize) -> Bytes {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend(noise(len - bytes.len()));
    bytes.into()
}

fn pieces(whole: &Bytes) -> impl futures_util::Stream<Item = Result<Bytes, String>> + use<> {
    // An odd size, so that pieces and parts never coincide.
    let (whole, step) = (whole.clone(), 70_001);
    let cuts = (0..whole.len()).step_by(step).map(move |at| Ok(whole.slice(at..whole.len().min(at + step))));
    stream::iter(cuts)
}

fn sha(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A plain zip with these entries, stored.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut body, mut list) = (Vec::new(), Vec::new());
    for (name, data) in entries {
        let at = u32::try_from(body.len()).expect("small").to_le_bytes();
        let size = u32::try_from(data.len()).expect("small").to_le_bytes();
        let name_len = u16::try_from(name.len()).expect("small").to_le_bytes();
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend(size);
        common.extend(size);
        common.extend(name_len);
        common.extend([0, 0]);
        body.extend(b"PK\x03\x04");
        body.extend(&common);
        body.extend(name.as_bytes());
        body.extend(*data);
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(&common);
        list.extend([0; 10]);
        list.extend(at);
        list.extend(name.as_bytes());
    }
    let count = u16::try_from(entries.len()).expect("few").to_le_bytes();
    let (at, len) = (u32::try_from(body.len()).expect("small"), u32::try_from(list.len()).expect("small"));
    body.extend(list);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend(count);
    body.extend(count);
    body.extend(len.to_le_bytes());
    body.extend(at.to_le_bytes());
    body.extend([0, 0]);
    body
}

async fn keeps_and_gives_back(place: &Place) {
    let files = &place.files;
    let mut kept = Vec::new();
    // One write, exactly one part, one byte more, and several parts with an odd end.
    for len in [20, HEAD, MIB, MIB + 1, 5 * MIB, 11 * MIB + 7] {
        let whole = pdf(len);
        let stored = files.put("实施方案.pdf", pieces(&whole), len as u64).await.expect("is kept");
        assert_eq!((stored.lock.size, stored.kind), (len as u64, Kind::Pdf));
        assert_eq!(stored.lock.sha256, sha(&whole));
        let lies = std::fs::read(place.objects.join(&stored.key)).expect("lies under its key");
        assert_eq!((lies.len() as u64, sha(&lies)), (stored.size, stored.sha256.clone()));
        assert_eq!(lies.len() as u64, jiebang::domain::seal::size::sealed(len as u64), "padded, so that lengths tell little");
        assert!(!lies.windows(9).any(|w| w == &whole[..9]) && !lies.windows(9).any(|w| w == &whole[len - 9..]), "encrypted");
        let all = |s: FileStream| s.map_ok(|b| b.to_vec()).try_concat();
        let back = all(files.read(&stored.key, &stored.lock).await.expect("opens")).await.expect("reads to the end");
        assert!(back == whole, "{len} bytes come back as they were");
        for run in [0..1, len - 1..len, len / 3..len / 2 + 1, len / 2..len] {
            let asked = files.read_run(&stored.key, &stored.lock, run.start as u64..run.end as u64).await.expect("opens");
            assert!(all(asked).await.expect("reads") == whole[run.clone()], "{run:?} of {len}");
        }
        let raw = all(files.get(&stored.key, &stored.sha256.to_uppercase()).await.expect("opens")).await.expect("reads");
        assert!(raw == lies, "what lies there, for who checks it without the key");
        files.verify(&stored.key, &stored.sha256).await.expect("is unharmed");
        kept.push(stored);
    }
    std::fs::write(place.objects.join("README"), "not ours").expect("writes");
    let mut listed: Vec<_> = files.list_keys().try_collect().await.expect("lists");
    listed.sort_by(|a, b| a.key.cmp(&b.key));
    kept.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(
        listed.iter().map(|l| (&l.key, l.size)).collect::<Vec<_>>(),
        kept.iter().map(|k| (&k.key, k.size)).collect::<Vec<_>>(),
    );
    assert!(listed.iter().all(|l| { l.modified.elapsed().is_ok_and(|age| age < Duration::from_secs(600)) }));
    for stored in &kept {
        files.delete(&stored.key).await.expect("goes");
        files.delete(&stored.key).await.expect("is gone, which is what was asked");
        assert!(matches!(files.get(&stored.key, &stored.sha256).await.err(), Some(FilesError::Missing)));
    }
    for key in ["", "../../etc/passwd", "ab/../cd", "/etc/passwd", "README", "AB/0000", "ab/%2e%2e"] {
        assert!(matches!(files.get(key, "").await.err(), Some(FilesError::BadKey)), "{key}");
        assert!(matches!(files.delete(key).await.err(), Some(FilesError::BadKey)), "{key}");
    }
    std::fs::remove_file(place.objects.join("README")).expect("is still there");
    place.settles_empty().await;
}

async fn writes_no_key_twice(place: &Place) {
    let files = place.files.clone().with_ids(|| uuid::Uuid::from_u128(7));
    for (first, second) in [(50, 60), (50, 11 * MIB), (11 * MIB, 50), (11 * MIB, 12 * MIB)] {
        let whole = pdf(first);
        let stored = files.put("a.pdf", pieces(&whole), u64::MAX).await.expect("is kept");
        let refused = format!("{:?}", files.put("a.pdf", pieces(&pdf(second)), u64::MAX).await);
        assert!(refused.starts_with("Err(Store(AlreadyExists"), "{refused}");
        files.verify(&stored.key, &stored.sha256).await.expect("the first stands");
        assert_eq!(place.leftovers(), [place.objects.join(&stored.key)]);
        files.delete(&stored.key).await.expect("goes");
    }
}

async fn leaves_nothing_behind(place: &Place) {
    let files = &place.files;
    // Over the limit: at once, and after parts have gone out.
    for (len, limit) in [(3000, 2999), (11 * MIB, 10 * MIB as u64)] {
        let refused = files.put("a.pdf", pieces(&pdf(len)), limit).await.err();
        assert!(matches!(refused, Some(FilesError::TooLarge { limit: l }) if l == limit), "{refused:?}");
        place.settles_empty().await;
    }
    // Cut off: before the first write and after some.
    for len in [5000, 11 * MIB] {
        let cut = pieces(&pdf(len)).chain(stream::iter([Err("connection reset".to_owned())]));
        let refused = files.put("a.pdf", cut, u64::MAX).await.err();
        assert!(matches!(&refused, Some(FilesError::Broken(e)) if e.to_string() == "connection reset"), "{refused:?}");
        place.settles_empty().await;
    }
    // Silent: the sender stops sending and stays.
    let patient = files.clone().with_stall(Duration::from_millis(100));
    let silent = pieces(&pdf(6 * MIB)).chain(stream::pending());
    assert!(matches!(patient.put("a.pdf", silent, u64::MAX).await.err(), Some(FilesError::Broken(_))));
    place.settles_empty().await;
    // Given up: the request is dropped in the middle, as when a browser closes.
    let endless = pieces(&pdf(6 * MIB)).chain(stream::pending());
    let dropped = tokio::time::timeout(Duration::from_millis(1500), files.put("a.pdf", endless, u64::MAX)).await;
    assert!(dropped.is_err());
    place.settles_empty().await;
    // Of the wrong kind: by name, by its beginning, and by its end after parts have gone out.
    let mut picture = [b"%PDF-1.7\n".to_vec(), noise(6 * MIB)].concat();
    picture.extend(zip(&[("a.class", b"x")]));
    for (name, whole) in [("a.html", pdf(100)), ("a.png", pdf(10_000)), ("a.pdf", Bytes::from(picture))] {
        let refused = files.put(name, pieces(&whole), u64::MAX).await.err();
        assert!(matches!(refused, Some(FilesError::Kind(_))), "{name}: {refused:?}");
        place.settles_empty().await;
    }
    let nothing = files.put("a.pdf", stream::iter(Vec::<Result<Bytes, String>>::new()), 10).await.err();
    assert!(matches!(nothing, Some(FilesError::Kind(KindFault::Empty))));
    place.settles_empty().await;
}

async fn notices_tampering(place: &Place) {
    for len in [20, 3 * MIB] {
        let whole = pdf(len);
        let stored = place.files.put("a.pdf", pieces(&whole), u64::MAX).await.expect("is kept");
        let other = place.files.put("a.pdf", pieces(&whole), u64::MAX).await.expect("is kept");
        let (object, moved) = (place.objects.join(&stored.key), place.objects.join(&other.key));
        let lies = std::fs::read(&object).expect("is there");
        let mut changed = lies.clone();
        // Where the chunk with the last byte of the content begins: padding may fill another behind it.
        let at = (len - 1) / 65_536 * 65_552;
        changed[at] ^= 1;
        let cut = &lies[..at + 20];
        let another = std::fs::read(moved).expect("is there");
        for false_bytes in [changed.as_slice(), cut, &whole[..], &another[..]] {
            std::fs::write(&object, false_bytes).expect("an insider writes");
            let checked = place.files.verify(&stored.key, &stored.sha256).await.err();
            assert!(matches!(checked, Some(FilesError::Tampered { .. })), "{checked:?}");
            let asked = place.files.read_run(&stored.key, &stored.lock, len as u64 - 1..len as u64).await;
            let run = match asked {
                Ok(bytes) => bytes.collect::<Vec<_>>().await,
                Err(e) => vec![Err(e)],
            };
            assert!(run.iter().all(Result::is_err) && !run.is_empty(), "not a byte of a changed run: {run:?}");
            match place.files.read(&stored.key, &stored.lock).await {
                Err(e) => assert!(matches!(e, FilesError::Tampered { .. }), "{e}"),
                Ok(bytes) => {
                    assert!(len > MIB, "of a small file not a byte");
                    let read: Vec<_> = bytes.collect().await;
                    let got: usize = read.iter().flatten().map(Bytes::len).sum();
                    assert!(matches!(read.last(), Some(Err(FilesError::Tampered { .. }))));
                    assert!(got < len, "never a complete false file");
                }
            }
        }
        place.files.delete(&stored.key).await.expect("goes");
        place.files.delete(&other.key).await.expect("goes");
    }
}

#[tokio::test]
async fn a_directory_keeps_files() {
    let place = local();
    keeps_and_gives_back(&place).await;
    writes_no_key_twice(&place).await;
    leaves_nothing_behind(&place).await;
    notices_tampering(&place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_keeps_files() {
    let (place, _) = s3().await;
    keeps_and_gives_back(&place).await;
    writes_no_key_twice(&place).await;
    leaves_nothing_behind(&place).await;
    notices_tampering(&place).await;
}

#[tokio::test]
async fn a_bucket_wants_the_right_secret_and_the_secret_stays_out_of_sight() {
    let (_place, right) = s3().await;
    let wrong = S3Settings { secret_key: "guessed".into(), ..right };
    let files = Files::s3(wrong.clone()).expect("settings are whole");
    let refused = files.put("a.pdf", pieces(&pdf(50)), 50).await.expect_err("is refused");
    let told = format!("{refused:?}");
    assert!(matches!(refused, FilesError::Store(_)) && told.contains("SignatureDoesNotMatch"), "{told}");
    for text in [format!("{wrong:?}"), format!("{files:?}"), format!("{refused:?} {refused}")] {
        assert!(!text.contains("guessed"), "{text}");
    }
}

#[tokio::test]
async fn a_silent_store_is_not_waited_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let settings = settings(format!("http://{}", listener.local_addr().expect("bound")));
    let files = Files::s3_within(settings, Duration::from_millis(300)).expect("settings are whole");
    let begun = std::time::Instant::now();
    let key = format!("ab/{}", "0".repeat(30));
    let answers = [
        files.put("a.pdf", pieces(&pdf(50)), 50).await.err(),
        files.put("a.pdf", pieces(&pdf(6 * MIB)), u64::MAX).await.err(),
        files.get(&key, "").await.err(),
        files.delete(&key).await.err(),
        files.list_keys().next().await.and_then(Result::err),
    ];
    for answer in answers {
        let told = format!("{answer:?}");
        assert!(matches!(answer, Some(FilesError::Timeout(..))) || told.contains("TimedOut"), "{told}");
    }
    // Waiting for it would take half a minute for each.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept() {
    let place = local();
    let stored = place.files.put("a.pdf", pieces(&pdf(50)), 50).await.expect("is kept");
    let half = place.objects.join("staging").join(format!("{}#1", "a".repeat(32)));
    std::fs::create_dir_all(place.objects.join("staging")).expect("makes");
    std::fs::write(&half, b"%PDF").expect("writes");
    std::fs::write(place.objects.join("staging/notes#1"), b"not ours").expect("writes");
    assert_eq!(place.files.sweep_unfinished(Duration::from_secs(60)).await.expect("looks"), 0);
    assert_eq!(place.files.sweep_unfinished(Duration::ZERO).await.expect("sweeps"), 1);
    assert!(!half.exists() && place.objects.join("staging/notes#1").exists());
    place.files.verify(&stored.key, &stored.sha256).await.expect("whole files stay");
}

#[test]
fn a_name_must_be_of_a_kind_we_take() {
    for (name, kind) in [
        ("方案.pdf", Kind::Pdf),
        ("SCAN.PDF", Kind::Pdf),
        ("plan.v2.pdf", Kind::Pdf),
        ("第1.2版 2026.11.24.docx", Kind::Docx),
        ("照片.JPEG", Kind::Jpg),
        ("公文.ofd", Kind::Ofd),
        ("预算.et", Kind::Et),
    ] {
        assert_eq!(Kind::of_name(name), Ok(kind), "{name}");
    }
    for (name, id) in [
        ("", "name"),
        ("   ", "name"),
        ("a/../b.pdf", "name"),
        ("a\\b.pdf", "name"),
        ("a\r\nSet-Cookie: x.pdf", "name"),
        ("a\u{202e}fdp.exe.pdf", "name"),
        ("a\0.pdf", "name"),
        ("a\u{200b}.pdf", "name"),
        ("pdf", "extension"),
        ("a.pdf.", "extension"),
        ("a.pdf ", "extension"),
        ("a.html", "extension"),
        ("a.SVG", "extension"),
        ("a.docm", "extension"),
        ("a.xlsm", "extension"),
        ("a.pptm", "extension"),
        ("a.doc", "extension"),
        ("a.pdf.exe", "extension"),
        ("a.exe．pdf", "extension"),
        ("a.exe.pdf", "double"),
        ("a.exe .pdf", "double"),
        ("a.PHP.png", "double"),
        ("a.html.第二版.pdf", "double"),
        ("a.docx.pdf", "double"),
        ("a.tar.zip", "double"),
    ] {
        assert_eq!(Kind::of_name(name).map_err(|f| f.id()), Err(id), "{name}");
    }
    let long = format!("{}.pdf", "长".repeat(90));
    assert_eq!(Kind::of_name(&long), Err(KindFault::Name));
}

/// As `put` sees it: the beginning, then the end.
fn seen(name: &str, whole: &[u8]) -> Result<Kind, &'static str> {
    let kind = Kind::of(name, &whole[..whole.len().min(HEAD)]).map_err(|f| f.id())?;
    kind.check_tail(whole, true).map_err(|f| f.id())?;
    Ok(kind)
}

#[test]
fn the_content_must_be_what_the_name_says() {
    let types: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
    let rels: (&str, &[u8]) = ("_rels/.rels", b"<r/>");
    let picture = noise(9000);
    let docx = zip(&[types, rels, ("word/document.xml", b"<w/>")]);
    // Its first entry fills the beginning: only the end shows the folder.
    let slow_docx = zip(&[rels, ("docProps/thumbnail.jpeg", &picture), ("word/document.xml", b"<w/>"), types]);
    let xlsx = zip(&[types, rels, ("xl/workbook.xml", b"<x/>")]);
    let pptx = zip(&[types, rels, ("ppt/presentation.xml", b"<p/>")]);
    let macros = zip(&[types, rels, ("word/document.xml", b"<w/>"), ("word/vbaProject.bin", b"x")]);
    let ofd = zip(&[("OFD.xml", b"<ofd/>"), ("Doc_0/Document.xml", b"<d/>")]);
    let archive = zip(&[("说明.txt", b"hello"), ("inner.pdf", b"%PDF-1.7")]);
    let jar = zip(&[("META-INF/MANIFEST.MF", b"x"), ("A.class", b"x")]);
    let cfb = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 600]].concat();
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[0; 100]].concat();
    let jpg = [&[0xFF, 0xD8, 0xFF, 0xE0][..], &[0; 100]].concat();
    let plain = pdf(2000).to_vec();
    let all: [(&str, &[u8]); 10] = [
        ("docx", &docx),
        ("xlsx", &xlsx),
        ("pptx", &pptx),
        ("ofd", &ofd),
        ("zip", &archive),
        ("wps", &cfb),
        ("et", &cfb),
        ("png", &png),
        ("jpg", &jpg),
        ("pdf", &plain),
    ];
    // Every content under every name: only its own is taken.
    for (own, whole) in all {
        for kind in Kind::ALL {
            let name = format!("附件.{}", kind.id());
            let both_ole = ["wps", "et"].contains(&own) && ["wps", "et"].contains(&kind.id());
            match own == kind.id() || both_ole {
                true => assert_eq!(seen(&name, whole), Ok(*kind), "{own} as {name}"),
                false => assert_eq!(seen(&name, whole), Err("content"), "{own} as {name}"),
            }
        }
    }
    assert_eq!(seen("a.docx", &slow_docx), Ok(Kind::Docx));
    for (name, whole, id) in [
        ("a.xlsx", slow_docx.clone(), "content"),
        ("a.docx", macros, "macro"),
        ("a.zip", jar, "content"),
        ("a.zip", archive[..archive.len() - 10].to_vec(), "cut_off"),
        ("a.docx", docx[..docx.len() / 2].to_vec(), "cut_off"),
        ("a.pdf", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), "content"),
        ("a.pdf", [b"junk ".to_vec(), plain.clone()].concat(), "content"),
        ("a.pdf", b"MZ\x90\0".to_vec(), "content"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "content"),
        ("a.jpg", b"GIF89a/*".to_vec(), "content"),
        ("a.pdf", b"%PDF-1.7\n<HTML><body>".to_vec(), "polyglot"),
        ("a.png", [&png[..], b"<script>alert(1)</script>"].concat(), "polyglot"),
        ("a.jpg", [&jpg[..], b"%PDF-1.4"].concat(), "polyglot"),
        ("a.jpg", [&jpg[..], &archive].concat(), "polyglot"),
        ("a.pdf", [&pdf(20_000)[..], &archive].concat(), "polyglot"),
        ("a.pdf", [b"%PDF-1.7\n", &archive[..], b"\n%%EOF"].concat(), "polyglot"),
        ("a.docx", zip(&[types, ("word/a.bin", b"%PDF-1.4")]), "polyglot"),
        ("a.pdf", Vec::new(), "empty"),
    ] {
        assert_eq!(seen(name, &whole), Err(id), "{name} {:?}", &whole[..whole.len().min(20)]);
    }
}

#[test]
fn a_download_has_its_name_and_nothing_else() {
    for (name, header) in [
        ("plan.pdf", "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"),
        ("方案 1.pdf", "attachment; filename=\"__ 1.pdf\"; filename*=UTF-8''%E6%96%B9%E6%A1%88%201.pdf"),
        ("a\"; x=\".pdf", "attachment; filename=\"a__ x__.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22.pdf"),
        (
            "a\r\nSet-Cookie: b=c.pdf",
            "attachment; filename=\"aSet-Cookie_ b_c.pdf\"; filename*=UTF-8''aSet-Cookie%3A%20b%3Dc.pdf",
        ),
        ("../../etc/passwd", "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''.._.._etc_passwd"),
        ("\u{202e}fdp.exe", "attachment; filename=\"fdp.exe\"; filename*=UTF-8''fdp.exe"),
        ("%41'.pdf", "attachment; filename=\"_41_.pdf\"; filename*=UTF-8''%2541%27.pdf"),
        ("\r\n", "attachment; filename=\"file\"; filename*=UTF-8''file"),
        ("..", "attachment; filename=\"file\"; filename*=UTF-8''file"),
    ] {
        assert_eq!(disposition(name), header);
    }
    for code in 0..0x3000_u32 {
        let name = format!("a{}b.pdf", char::from_u32(code).expect("no surrogates below"));
        let header = disposition(&name);
        assert!(header.bytes().all(|b| (0x20..0x7f).contains(&b)), "{code:x}");
        assert_eq!(header.matches('"').count(), 2, "{code:x}");
    }
}

/// A row as it was before files were encrypted: its bytes lie as they are, its name in the clear.
#[tokio::test]
async fn files_from_before_encryption_are_read_and_new_ones_have_no_name_in_the_database() {
    use sea_orm::ConnectionTrait;
    let app = crate::support::TestApp::new().await;
    let new = app.upload("bidder1").await;
    let whole = pdf(70_000);
    std::fs::create_dir_all(app.folder.join("files/ab")).unwrap();
    std::fs::write(app.folder.join(format!("files/ab/{}", "1".repeat(30))), &whole).unwrap();
    let (old, uuid) = (uuid::Uuid::new_v4(), app.app.db.is_postgres());
    let id = if uuid { format!("'{old}'") } else { format!("x'{}'", old.simple()) };
    let columns = "noun, subject_id, challenge_id, at, owner_id, org_id";
    let from =
        format!("SELECT {id}, 'ab/{}', '旧件.pdf', 'pdf', 70000, '{}', NULL, {columns} FROM file", "1".repeat(30), sha(&whole));
    let insert = format!("INSERT INTO file (id, key, name, kind, size, sha256, secret, {columns}) {from}");
    app.app.db.connection().execute_unprepared(&insert).await.unwrap();
    for (id, name, size) in [(old.to_string(), "旧件.pdf", 70_000), (new, "证明.pdf", 69)] {
        let got = app.get("bidder1", &format!("/files/{id}")).await;
        assert_eq!((got.status, got.headers["content-length"].to_str().unwrap()), (200, &*size.to_string()), "{name}");
        assert_eq!(got.headers["content-disposition"], disposition(name));
        assert_eq!(app.get("bidder2", &format!("/files/{id}")).await.status, 404, "loose files are their owner's");
        let ranged = axum::http::Request::get(format!("/api/v1/files/{id}"))
            .header("authorization", format!("Bearer {}", app.token("bidder1").await))
            .header("range", "bytes=1-7");
        let part = app.request(ranged.body(axum::body::Body::empty()).unwrap()).await;
        match name {
            "证明.pdf" => {
                assert_eq!((part.status, &part.headers["content-range"]), (206, &"bytes 1-7/69".parse().unwrap()));
                assert_eq!(part.body, serde_json::json!("PDF-1.4"));
            }
            _ => assert_eq!(part.status, 200, "an old file is proved as a whole only"),
        }
    }
    let rows = app.app.db.connection().query_all_raw(sea_orm::Statement::from_string(
        app.app.db.connection().get_database_backend(),
        "SELECT name, kind, secret FROM file WHERE secret IS NOT NULL",
    ));
    let rows = rows.await.unwrap();
    assert_eq!(rows.len(), 1);
    let of = |name: &str| rows[0].try_get::<String>("", name).unwrap();
    assert_eq!((of("name").as_str(), of("kind").as_str(), of("secret").starts_with("jb1:")), ("", "", true));
}

#[tokio::test]
async fn an_attachment_carries_the_time_of_the_act_that_named_it() {
    use jiebang::domain::clock::Clock;
    let app = crate::support::TestApp::new().await;
    let c = crate::job::published(&app, "service", "government_posted", "single").await;
    let b = crate::job::id(&app.post("bidder1", &format!("/challenges/{c}/bids"), serde_json::json!({})).await.ok());
    let file = app.upload("bidder1").await;
    let mut offer = crate::support::offer(app.org("u1"), 200_000_000, 20_000_000, "99.1");
    offer["attachments"] = serde_json::json!([file]);
    app.put("bidder1", &format!("/bids/{b}/draft"), serde_json::json!({ "draft": offer })).await.ok();
    app.advance(1);
    let (seal, agree) = (format!("/bids/{b}/seal"), serde_json::json!({ "agree": true }));
    app.post("bidder1", &seal, agree.clone()).await.ok();
    let kept = app.app.files_of(b.parse().unwrap()).await.unwrap();
    let sealed = app.clock.now();
    assert_eq!(kept.iter().map(|f| f.at).collect::<Vec<_>>(), [sealed]);
    app.advance(1);
    app.post("bidder1", &format!("/bids/{b}/replacement"), serde_json::json!({})).await.ok();
    app.post("bidder1", &seal, agree).await.ok();
    let again = app.app.files_of(b.parse().unwrap()).await.unwrap();
    assert_eq!(again[0].at, sealed, "named again, it is not younger");
}
