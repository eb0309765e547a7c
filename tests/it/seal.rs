//! JB-SEAL-1 by three implementations that share no code: ours on the command line, the page's module under node, and one
//! in Python on OpenSSL. What one seals, every one opens.
use jiebang::domain::seal::{Holder, PublicKey, Roster, Sheet};
use jiebang::outside::seal::Drill;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};
use uuid::Uuid;

const PHRASE: &str = "静夜思 correct horse battery";
/// Words that need no escape, words that do, and one beyond the basic plane.
const ODD: &str = "焙烧 \"900℃\"\t\\ é\u{2028}😀\u{7f}";

struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("jiebang-seal-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("phrase"), PHRASE).unwrap();
        Self(dir)
    }
    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
    fn json(&self, name: &str, value: &Value) -> String {
        std::fs::write(self.0.join(name), value.to_string()).unwrap();
        self.file(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(program: &str, args: &[&str]) -> Output {
    Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"))
}

/// Standard output of a command that must succeed.
fn good(output: Output) -> String {
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a command that must be refused with this exit code.
fn refused(output: Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stderr).unwrap()
}

fn jiebang(args: &[&str]) -> Output {
    run(env!("CARGO_BIN_EXE_jiebang"), args)
}
fn tests_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seal")
}
fn node(args: &[&str]) -> Output {
    run("node", &[&[tests_dir().join("browser.mjs").to_str().unwrap()], args].concat())
}

/// A Python that has `cryptography`: scripts/test makes one; without it the Python half says so and is left out.
static PYTHON: LazyLock<Option<String>> = LazyLock::new(|| {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/seal-venv/bin/python");
    let candidates = [std::env::var("SEAL_PYTHON").ok(), Some(made.to_string_lossy().into_owned()), Some("python3".into())];
    let has = |python: &String| {
        let probe = Command::new(python).args(["-c", "from cryptography.hazmat.primitives import hpke"]).output();
        probe.is_ok_and(|o| o.status.success())
    };
    let found = candidates.into_iter().flatten().find(has);
    if found.is_none() {
        eprintln!("LEFT OUT: no Python with `cryptography` (48 or later) here, so the independent sealer and opener did not run");
    }
    found
});

fn python(args: &[&str]) -> Option<Output> {
    let script = tests_dir().join("independent.py");
    PYTHON.as_ref().map(|p| run(p, &[&[script.to_str().unwrap()], args].concat()))
}

/// Whether node is here; without it, what needs it says so and is left out.
fn node_is_here() -> bool {
    let here = Command::new("node").arg("--version").output().is_ok_and(|o| o.status.success());
    if !here {
        eprintln!("LEFT OUT: no node here, so the page's module did not run");
    }
    here
}

/// Three keyholders: two made on the command line, one in the page.
fn keyholders(dir: &Dir) -> Vec<PublicKey> {
    let phrase = dir.file("phrase");
    let shown = |n: u8| {
        let out = dir.file(&format!("key{n}"));
        let text = good(jiebang(&["key", "new", "--out", &out, "--passphrase-file", &phrase]));
        assert_eq!(good(jiebang(&["key", "show", &out])), text);
        PublicKey::read(text.split_whitespace().nth(2).unwrap()).unwrap()
    };
    if !node_is_here() {
        return vec![shown(1), shown(2), shown(3)];
    }
    let made = good(node(&["make", &dir.file("key3"), PHRASE]));
    vec![shown(1), shown(2), PublicKey::read(made.trim()).unwrap()]
}

fn sheet(keys: &[PublicKey]) -> Sheet {
    let holders = keys.iter().zip(["科学技术局", "公共资源交易中心", "档案局"]);
    let holders = holders.map(|(k, body)| Holder { body: body.into(), name: format!("{body}持钥人"), public: *k });
    Sheet {
        v: "JB-SEAL-1".into(),
        challenge: Uuid::from_u128(0xc0ffee),
        title: "余热".into(),
        bid: Some(Uuid::from_u128(0xb1d)),
        version: Some(2),
        roster: Roster::new(2, holders.collect()).unwrap(),
    }
}

/// An offer of the demo, with characters from every plane.
fn offer() -> Value {
    let content: Value = serde_json::from_str(include_str!("../../src/cli/demo/content.json")).unwrap();
    let mut offer = content["offers"][0]["offer"].clone();
    offer["route"] = json!(format!("{} é😀", offer["route"].as_str().unwrap()));
    offer
}

fn noise(len: u32) -> Vec<u8> {
    (0..len).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

/// What has to come out of each envelope, whoever opens it.
fn expected(dir: &Dir, manifest: &Path) -> Value {
    let told: Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    let files = told["files"].as_array().unwrap().iter();
    let hash = |f: &Value| jiebang::domain::hash::sha256_hex(&std::fs::read(dir.file(f["name"].as_str().unwrap())).unwrap());
    let files: serde_json::Map<_, _> = files.map(|f| (f["name"].as_str().unwrap().to_owned(), json!(hash(f)))).collect();
    json!({ "fields": told["fields"], "files": files })
}

/// Everything a case needs, on disk.
struct Stage {
    dir: Dir,
    sheet: String,
    phrase: String,
}

impl Stage {
    fn new() -> Self {
        let dir = Dir::new();
        let sheet = sheet(&keyholders(&dir));
        let sheet = dir.json("sheet.json", &serde_json::to_value(&sheet).unwrap());
        std::fs::write(dir.file("路线.pdf"), noise(200_003)).unwrap();
        std::fs::write(dir.file("empty.bin"), []).unwrap();
        dir.json("offer.json", &offer());
        Self { phrase: dir.file("phrase"), sheet, dir }
    }

    /// `jiebang seal`, and the two manifests it made.
    fn seal(&self) -> String {
        let [bid, spare] = ["rust.jb", "rust.spare"].map(|f| self.dir.file(f));
        let files = [self.dir.file("路线.pdf"), format!("consortium_agreement={}", self.dir.file("empty.bin"))];
        let offer = self.dir.file("offer.json");
        let args = ["seal", "--challenge", &self.sheet, "--offer", &offer, "--attach", &files[0], "--attach", &files[1]];
        let more = ["--out", &bid, "--spare", &spare, "--passphrase-file", &self.phrase];
        let told = good(jiebang(&[&args[..], &more].concat()));
        assert_eq!(told.lines().count(), 3, "{told}");
        bid
    }

    /// By keyholders 1 and 2, or by the third with one of them: three ways, one result.
    fn open_rust(&self, bid: &str, keys: [&str; 2], out: &str) -> [Value; 2] {
        let [one, two] = keys.map(|k| self.dir.file(k));
        let out = self.dir.file(out);
        let with = ["--key", &one, "--key", &two, "--challenge", &self.sheet, "--passphrase-file", &self.phrase];
        good(jiebang(&[&["open", "--bid", bid, "--out", &out], &with[..]].concat()));
        ["A", "B"].map(|part| expected(&self.dir, &Path::new(&out).join(part).join("manifest.json")))
    }

    fn contents(&self, [a, b]: &[Value; 2]) -> String {
        let file = |field: &str, name: &str| json!({ "field": field, "name": name, "kind": "application/octet-stream", "path": self.dir.file(name) });
        let mut fields = a["fields"].clone();
        fields["odd"] = json!([ODD, { "z": true, "é": null, "10": -7, "9": 9_007_199_254_740_991_i64 }]);
        let contents = json!({
            "A": { "fields": fields, "files": [file("consortium_agreement", "empty.bin")] },
            "B": { "fields": b["fields"], "files": [file("attachments", "路线.pdf")] },
        });
        self.dir.json("contents.json", &contents)
    }

    fn private(&self, key: &str) -> Option<String> {
        Some(good(python(&["key", &self.dir.file(key), PHRASE])?).trim().to_owned())
    }
}

#[test]
fn what_one_implementation_seals_every_one_opens() {
    if !node_is_here() {
        return;
    }
    let stage = Stage::new();
    let ours = stage.seal();
    let truth = stage.open_rust(&ours, ["key1", "key2"], "o12");
    assert!(truth[0]["fields"]["route"].as_str().unwrap().ends_with("é😀"));
    assert!(truth[1]["fields"]["county_fen"].is_i64() && truth[0]["fields"].get("county_fen").is_none());
    assert_eq!(stage.open_rust(&ours, ["key3", "key1"], "o31"), truth);

    let contents = stage.contents(&truth);
    let keys = stage.dir.file("page.keys");
    let theirs = stage.dir.file("page.jb");
    good(node(&["seal", &stage.sheet, &contents, &theirs, &keys]));
    let mut sealed = vec![(ours, "rust"), (theirs, "page")];
    let python_made = stage.dir.file("python.jb");
    if python(&["seal", &stage.sheet, &contents, &python_made, &stage.dir.file("python.keys")]).map(good).is_some() {
        sealed.push((python_made, "python"));
    }
    let odd: Value = serde_json::from_slice(&std::fs::read(&contents).unwrap()).unwrap();
    for (bid, by) in &sealed {
        let mut truth = truth.clone();
        if *by != "rust" {
            truth[0]["fields"] = odd["A"]["fields"].clone();
        }
        assert_eq!(stage.open_rust(bid, ["key2", "key3"], &format!("{by}-rust")), truth, "{by}");
        assert_eq!(open_page(&stage, bid, by), truth, "{by} by the page");
        if let Some(opened) = open_python(&stage, bid) {
            assert_eq!(opened, truth, "{by} by Python");
        }
    }
}

/// The ceremony without a server: hand-out, the page's keyholder, then one on the command line; and the spare in the page.
fn open_page(stage: &Stage, bid: &str, by: &str) -> [Value; 2] {
    let name = |what: &str| stage.dir.file(&format!("{by}-{what}"));
    let [handout, first, last] = ["handout", "first", "last"].map(name);
    good(jiebang(&["handout", "--bid", bid, "--challenge", &stage.sheet, "--out", &handout]));
    let partial = ["--handout", &handout, "--out", &first, "--passphrase-file", &stage.phrase];
    good(jiebang(&[&["unseal-partial", "--key", &stage.dir.file("key1")], &partial[..]].concat()));
    assert_eq!(good(node(&["peel", &stage.dir.file("key3"), PHRASE, &first, &last])).trim(), "[]");
    let answer: Value = serde_json::from_slice(&std::fs::read(&last).unwrap()).unwrap();
    ["A", "B"].map(|part| {
        let share = answer["shares"].as_array().unwrap().iter().find(|s| s["envelope"] == part).unwrap();
        let key = jiebang::domain::seal::b64::bytes(share["data"].as_str().unwrap()).unwrap();
        let out = name(&format!("by-answer-{part}"));
        good(jiebang(&["open", "--bid", bid, "--out", &out, "--envelope", part, "--answer", &last]));
        serde_json::from_str(&good(node(&["open", bid, part, &hex::encode(key)]))).unwrap()
    })
}

fn open_python(stage: &Stage, bid: &str) -> Option<[Value; 2]> {
    let (one, three) = (stage.private("key1")?, stage.private("key3")?);
    let open = |part| good(python(&["open", bid, &stage.sheet, part, &one, &three]).unwrap());
    Some(["A", "B"].map(|part| serde_json::from_str(&open(part)).unwrap()))
}

#[test]
fn the_spare_opens_in_the_page_and_on_the_command_line() {
    if !node_is_here() {
        return;
    }
    let stage = Stage::new();
    let bid = stage.seal();
    let truth = stage.open_rust(&bid, ["key1", "key2"], "o12");
    let spare = stage.dir.file("rust.spare");
    let out = stage.dir.file("by-spare");
    good(jiebang(&["open", "--bid", &bid, "--out", &out, "--spare", &spare, "--passphrase-file", &stage.phrase]));
    let opened: Value = serde_json::from_str(&good(node(&["spareOpen", &bid, &spare, PHRASE, "A"]))).unwrap();
    assert_eq!(opened, truth[0]);
    assert!(refused(node(&["spareOpen", &bid, &spare, "another passphrase", "A"]), 1).contains("seal_wrong_passphrase"));

    let [page, page_keys, page_spare] = ["page.jb", "page.keys", "page.spare"].map(|f| stage.dir.file(f));
    good(node(&["seal", &stage.sheet, &stage.contents(&truth), &page, &page_keys]));
    good(node(&["spare", &stage.sheet, &page, &page_keys, PHRASE, &page_spare]));
    let out = stage.dir.file("by-page-spare");
    good(jiebang(&["open", "--bid", &page, "--out", &out, "--spare", &page_spare, "--passphrase-file", &stage.phrase]));
    let foreign =
        ["open", "--bid", &bid, "--out", &stage.dir.file("x"), "--spare", &page_spare, "--passphrase-file", &stage.phrase];
    assert!(refused(jiebang(&foreign), 1).contains("envelope A was changed"));
}

#[test]
fn a_drill_is_answered_in_the_page_and_on_the_command_line() {
    if !node_is_here() {
        return;
    }
    let dir = Dir::new();
    let keys = keyholders(&dir);
    for (n, key) in keys.iter().enumerate() {
        let (drill, answer) = Drill::ask(key).unwrap();
        let drill = dir.json("drill.json", &serde_json::to_value(&drill).unwrap());
        let file = dir.file(&format!("key{}", n + 1));
        let ours = good(jiebang(&["key", "drill", "--key", &file, "--drill", &drill, "--passphrase-file", &dir.file("phrase")]));
        assert_eq!(ours.trim(), answer);
        assert_eq!(good(node(&["drill", &file, PHRASE, &drill])).trim(), answer);
        let other = dir.file(&format!("key{}", (n + 1) % 3 + 1));
        let args = ["key", "drill", "--key", &other, "--drill", &drill, "--passphrase-file", &dir.file("phrase")];
        assert!(refused(jiebang(&args), 1).contains("none of the challenge's keyholders"));
    }
}

#[test]
fn the_command_line_names_what_is_wrong_and_leaves_nothing_behind() {
    let stage = Stage::new();
    let bid = stage.seal();
    let key = |n: u8| stage.dir.file(&format!("key{n}"));
    let [out, one, two] = [stage.dir.file("out"), key(1), key(2)];
    let open = |bid: &str, keys: &[&str], phrase: &str| {
        let keys: Vec<&str> = keys.iter().flat_map(|k| ["--key", k]).collect();
        jiebang(
            &[&["open", "--bid", bid, "--out", &out, "--challenge", &stage.sheet, "--passphrase-file", phrase], &keys[..]]
                .concat(),
        )
    };
    std::fs::write(stage.dir.file("wrong"), "not this passphrase\n").unwrap();
    assert!(refused(open(&bid, &[&one, &two], &stage.dir.file("wrong")), 1).contains("wrong passphrase"));
    assert!(refused(open(&bid, &[&one], &stage.phrase), 1).contains("1 keyholders are here, 2 are needed"));
    assert!(refused(open(&bid, &[], &stage.phrase), 2).contains("required"));
    let again = ["key", "new", "--out", &one, "--passphrase-file", &stage.phrase];
    assert!(refused(jiebang(&again), 1).contains("exists already"));

    let mut bytes = std::fs::read(&bid).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let changed = stage.dir.file("changed.jb");
    std::fs::write(&changed, &bytes).unwrap();
    assert!(refused(open(&changed, &[&one, &two], &stage.phrase), 1).contains("envelope B, item 1: chunk 3 was changed"));
    std::fs::write(&changed, &bytes[..last]).unwrap();
    assert!(refused(open(&changed, &[&one, &two], &stage.phrase), 1).contains("ends too early"));
    assert!(!Path::new(&out).exists());

    let unfit = stage.dir.json("unfit.json", &json!({ "county_fen": 1 }));
    let never = stage.dir.file("never.jb");
    let told = refused(jiebang(&["seal", "--challenge", &stage.sheet, "--offer", &unfit, "--out", &never]), 1);
    assert!(told.contains("members"), "{told}");
    let offer = stage.dir.file("offer.json");
    let args = ["seal", "--challenge", &stage.sheet, "--offer", &offer, "--out", &never, "--expect-roster"];
    let agreement = ["--attach", &format!("consortium_agreement={}", stage.dir.file("empty.bin"))];
    let told = refused(jiebang(&[&args[..], &[&"0123 ".repeat(8)], &agreement].concat()), 1);
    assert!(told.contains("sealed to another roster"), "{told}");
    assert!(!Path::new(&never).exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for file in ["key1", "rust.spare"] {
            assert_eq!(std::fs::metadata(stage.dir.file(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
        }
    }
}
