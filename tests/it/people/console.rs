//! The first people of an empty server come from its console.
use std::path::PathBuf;
use std::process::{Command, Output};
use uuid::Uuid;

pub struct Console(PathBuf);

impl Console {
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("jiebang-console-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
    pub fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("console.db").display())
    }
    pub fn run(&self, args: &[&str], password: Option<&str>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiebang"));
        command.args(args).current_dir(&self.0).env("JIEBANG_DATABASE_URL", self.url()).env("JIEBANG_DATA", &self.0);
        match password {
            Some(password) => command.env("JIEBANG_ADMIN_PASSWORD", password),
            None => command.env_remove("JIEBANG_ADMIN_PASSWORD"),
        };
        command.output().unwrap()
    }
    pub fn said(output: &Output) -> (bool, String) {
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    }
    pub async fn organisations(&self) -> usize {
        let db = jiebang::store::Db::connect(&self.url()).await.unwrap();
        jiebang::store::account::org_list(&db, &[], jiebang::store::Page::first(10)).await.unwrap().items.len()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

const CREATE: &[&str] = &["admin", "create", "--email", "chief@bureau.example"];

#[tokio::test]
async fn the_password_of_the_first_administrator_may_come_from_the_environment() {
    let console = Console::new();
    let (done, said) = Console::said(&console.run(&["admin", "list"], None));
    assert!(done && !said.contains('@'), "nobody is there before: {said}");
    let phrase = "seven quiet lanterns drift";
    let (done, said) = Console::said(&console.run(CREATE, Some(phrase)));
    assert!(done && !said.contains(phrase), "{said}");
    // The variable stands in the way of no other command.
    let (done, said) = Console::said(&console.run(&["admin", "list"], Some(phrase)));
    assert!(done && said.contains("chief@bureau.example"), "{said}");
}

#[tokio::test]
async fn a_refused_password_leaves_nothing_behind() {
    let console = Console::new();
    for weak in ["short", "chief12345", "科学技术局2026年"] {
        let (done, said) = Console::said(&console.run(CREATE, Some(weak)));
        assert!(!done, "{weak}: {said}");
    }
    let twice = [CREATE, &["--password", "seven quiet lanterns drift"]].concat();
    assert_eq!(console.organisations().await, 0, "not even the organisation");
    assert!(Console::said(&console.run(&twice, None)).0);
    assert_eq!(console.organisations().await, 1);
}

#[tokio::test]
async fn a_console_lets_in_the_first_people_and_then_nobody() {
    let console = Console::new();
    let create = |email: &str, role: &str| -> (bool, String) {
        let uscc = if role == "supervisor" { "11141122550099084Y" } else { "111411220123456716" };
        let args = ["admin", "create", "--email", email, "--role", role, "--uscc", uscc, "--organisation", "县级单位（示例）"];
        Console::said(&console.run(&args, None))
    };
    let phrase = "seven quiet lanterns drift";
    assert!(Console::said(&console.run(CREATE, Some(phrase))).0);
    let mut tokens = vec![];
    for (email, role) in
        [("head@bureau.example", "head"), ("supervisor@discipline.example", "supervisor"), ("late@bureau.example", "head")]
    {
        let (done, said) = create(email, role);
        assert!(done, "{said}");
        tokens.push(said.split("/links/").nth(1).unwrap().trim().to_owned());
    }
    let db = jiebang::store::Db::connect(&console.url()).await.unwrap();
    let files = jiebang::outside::files::Files::local(&console.0.join("f")).unwrap();
    let vault = jiebang::outside::seal::Vault::of_file(&console.0.join("k.key"), true).unwrap();
    let app = jiebang::app::App::new(db, std::sync::Arc::new(jiebang::domain::clock::SystemClock), files, vault);
    let set = || jiebang::domain::forms::SetSecret { code: None, new_password: phrase.into() };
    for token in &tokens[..2] {
        app.accept_link(token, set()).await.unwrap();
    }
    // From now on they have their word: neither a further invitation nor one that lies about is good.
    let (done, said) = create("third@bureau.example", "administrator");
    assert!(!done && said.contains("another office"), "{said}");
    assert!(
        matches!(app.accept_link(&tokens[2], set()).await, Err(jiebang::app::Error::Refused(r)) if r.code == "console_closed")
    );
}
