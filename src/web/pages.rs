//! The pages: one type for each template. What a page shows has been worked out before; templates hold no rules.
use super::block::*;
use super::form_view::{Builder, FormView};
use super::page::Page;
use super::paper::{Qr, Sheet};
use super::problem::Problem;
use super::text::{Lang, Texts};
use super::time::Due;
use super::visitor::Visitor;
use super::{DemoAccount, Web};
use crate::domain::document::{Body, Column, Document, DocumentKind, FORMAT, Part, Signer};
use crate::domain::forms::FileObjection;
use crate::domain::{DocumentId, Draft, Faults, Need};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use serde_json::json;

#[derive(Clone, Debug, Serialize)]
pub struct Crumb {
    pub href: Option<String>,
    pub label: String,
}

impl Crumb {
    pub fn to(href: &str, label: impl Into<String>) -> Self {
        Self { href: Some(href.into()), label: label.into() }
    }
    pub fn here(label: impl Into<String>) -> Self {
        Self { href: None, label: label.into() }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Number {
    pub value: String,
    pub label: String,
    pub href: Option<String>,
    pub tone: &'static str,
}

macro_rules! pages { ($($(#[$doc:meta])* $name:ident $template:literal { $($field:ident : $ty:ty),* $(,)? } samples $samples:expr;)*) => { $(
    $(#[$doc])*
    #[derive(Clone, Debug, Serialize)]
    pub struct $name { pub title: String, pub crumbs: Vec<Crumb>, $(pub $field: $ty),* }
    impl Page for $name {
        const TEMPLATE: &'static str = $template;
        fn samples() -> Vec<Self> { let f: fn() -> Vec<Self> = $samples; f() }
    }
)* } }

/// A panel that works in the browser: what it does, with what, and the library that does it.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    pub act: &'static str,
    pub wants_key: bool,
    pub data: String,
    pub script: String,
    pub library: String,
    pub library_sha256: String,
}

impl Tool {
    pub fn new(act: &'static str, data: Option<&serde_json::Value>) -> Self {
        Self {
            act,
            wants_key: matches!(act, "drill" | "open" | "spare"),
            data: data.map(ToString::to_string).unwrap_or_default(),
            script: super::assets::href("sealing.js"),
            library: super::assets::href("seal.js"),
            library_sha256: super::assets::sha256("seal.js"),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Chip {
    pub label: String,
    pub href: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Filters {
    pub action: String,
    pub fields: Vec<super::form_view::FieldView>,
    /// Those asked for less often, folded away unless one is in use or wrong.
    pub more: Vec<super::form_view::FieldView>,
    pub more_open: bool,
    pub chips: Vec<Chip>,
    pub clear_href: String,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Pager {
    pub next: Option<String>,
    pub first: Option<String>,
    pub count_text: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct DeskItem {
    pub href: String,
    pub title: String,
    pub what: String,
    pub who: String,
    pub due: Option<Due>,
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Serialize)]
pub struct DeskGroup {
    pub title: String,
    pub items: Vec<DeskItem>,
}

#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    pub id: String,
    pub label: String,
    pub since: String,
    pub current: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub auth: String,
    pub parameters: Vec<Parameter>,
    pub body: Option<String>,
    pub schema: Option<String>,
    pub responses: Vec<Answer>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    pub name: String,
    pub r#where: String,
    pub required: bool,
    pub text: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub status: String,
    pub text: String,
    pub example: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct OperationGroup {
    pub title: String,
    pub operations: Vec<Operation>,
}

pages! {
    HomePage "home.html" { lead: String, search_action: String, numbers: Vec<Number>, blocks: Vec<Block> }
        samples || vec![Self { title: "首页".into(), crumbs: vec![], lead: "".into(), search_action: "/challenges".into(), numbers: numbers(), blocks: every_block() }];
    ListPage "list.html" { lead: String, filters: Option<Filters>, table: Block, pager: Pager, primary: Vec<Action>, exports: Vec<Chip> }
        samples || vec![
            Self { title: "榜单".into(), crumbs: crumbs(), lead: "".into(), filters: None, table: some_table(), pager: Pager::default(), primary: vec![], exports: vec![] },
            Self {
                title: "榜单".into(), crumbs: crumbs(), lead: "全部".into(), filters: Some(some_filters()), table: some_cards(),
                pager: Pager { next: Some("?after=1".into()), first: Some("?".into()), count_text: "20".into() }, primary: actions(), exports: vec![],
            },
        ];
    ShowPage "show.html" {
        number: Option<String>, tags: Vec<Tag>, steps: Vec<StepView>, turn: Option<TurnView>, actions: Vec<Action>, blocks: Vec<Block>
    } samples || vec![
        Self { title: "榜题".into(), crumbs: crumbs(), number: None, tags: vec![], steps: vec![], turn: None, actions: vec![], blocks: vec![] },
        Self { title: "榜题".into(), crumbs: crumbs(), number: Some("JC-2026-001".into()), tags: vec![tag()], steps: steps(), turn: Some(turn()), actions: actions(), blocks: every_block() },
    ];
    ActPage "act.html" { lead: String, consequences: Vec<String>, beside: Vec<Block>, form: FormView, danger: bool }
        samples || vec![
            Self { title: "办理".into(), crumbs: crumbs(), lead: "".into(), consequences: vec![], beside: vec![], form: some_form(false), danger: false },
            Self { title: "办理".into(), crumbs: crumbs(), lead: "说明".into(), consequences: vec!["后果".into()], beside: vec![some_table()], form: some_form(true), danger: true },
        ];
    EditPage "edit.html" {
        number: Option<String>, turn: Option<TurnView>, saved_at: Option<String>, tasks: Option<Block>, form: Option<FormView>, blocks: Vec<Block>, actions: Vec<Action>
    } samples || vec![
        Self { title: "填写".into(), crumbs: crumbs(), number: None, turn: None, saved_at: None, tasks: None, form: Some(some_form(true)), blocks: vec![], actions: vec![] },
        Self { title: "填写".into(), crumbs: crumbs(), number: Some("1".into()), turn: Some(turn()), saved_at: Some("10:00".into()), tasks: Some(some_tasks()), form: None, blocks: every_block(), actions: actions() },
    ];
    DeskPage "desk.html" { greeting: String, numbers: Vec<Number>, groups: Vec<DeskGroup>, blocks: Vec<Block>, empty: String }
        samples || vec![
            Self { title: "待办".into(), crumbs: vec![], greeting: "您好".into(), numbers: vec![], groups: vec![], blocks: vec![], empty: "没有待办".into() },
            Self { title: "待办".into(), crumbs: vec![], greeting: "您好".into(), numbers: numbers(), groups: vec![DeskGroup { title: "逾期".into(), items: vec![desk_item()] }], blocks: every_block(), empty: "".into() },
        ];
    ReceiptPage "receipt.html" { number: Option<String>, facts: Vec<Fact>, next: Vec<String>, actions: Vec<Action> }
        samples || vec![Self { title: "回执".into(), crumbs: crumbs(), number: Some("JC".into()), facts: vec![Fact::new("SHA-256", "ab12")], next: vec!["开榜".into()], actions: actions() }];
    DocumentPage "document.html" { sheet: Sheet, note: Option<String>, proof: Option<Block>, qr: Option<Qr>, line: Option<String>, actions: Vec<Action> }
        samples || vec![
            Self { title: "公示".into(), crumbs: crumbs(), sheet: some_sheet(true), note: None, proof: Some(Block::summary("verify", "核验".into(), vec![Item::new("SHA-256", "ab12")])), qr: Qr::of("https://a.example/documents/1"), line: Some("核验".into()), actions: actions() },
            Self { title: "合同".into(), crumbs: crumbs(), sheet: some_sheet(false), note: Some("稿".into()), proof: None, qr: None, line: None, actions: vec![] },
        ];
    /// A document that stands alone, with its style: for case files.
    SheetPage "sheet.html" { sheet: Sheet, qr: Option<Qr>, qr_label: String, line: Option<String>, css: &'static str }
        samples || [true, false].into_iter().map(|issued| Self { title: "公示".into(), crumbs: vec![], sheet: some_sheet(issued), qr: Qr::of("1").filter(|_| issued), qr_label: "核验".into(), line: Some("核验".into()).filter(|_| issued), css: super::assets::style() }).collect();
    SealingPage "sealing.html" { lead: String, blocks: Vec<Block>, tool: Option<Tool>, form: Option<FormView> }
        samples || ["key", "drill", "seal", "open", "spare"].into_iter().map(|act| Self { title: "密封".into(), crumbs: crumbs(), lead: "说明".into(), blocks: vec![], tool: Some(Tool::new(act, None)), form: Some(some_form(act == "seal")) })
            .chain([Self { title: "密封".into(), crumbs: vec![], lead: "".into(), blocks: every_block(), tool: None, form: None }]).collect();
    SignInPage "sign_in.html" { form: FormView, accounts: Vec<DemoAccount> }
        samples || vec![
            Self { title: "登录".into(), crumbs: vec![], form: some_form(true), accounts: vec![] },
            Self { title: "登录".into(), crumbs: vec![], form: some_form(false), accounts: vec![DemoAccount { role: "officer".into(), organisation: "示例".into(), email: "a@b.example".into(), password: "x".into() }] },
        ];
    AccountPage "account.html" { facts: Vec<Fact>, sessions: Vec<SessionView>, tokens: Vec<SessionView>, form: Option<FormView>, new_token: Option<String>, profile: bool, keyholder: bool }
        samples || vec![
            Self { title: "账户".into(), crumbs: vec![], facts: vec![], sessions: vec![], tokens: vec![], form: None, new_token: None, profile: false, keyholder: true },
            Self { title: "账户".into(), crumbs: vec![], facts: vec![Fact::new("姓名", "张三")], sessions: vec![session()], tokens: vec![session()], form: Some(some_form(true)), new_token: Some("abc".into()), profile: true, keyholder: false },
        ];
    ProblemPage "problem.html" { status: u16, heading: String, text: String, what_next: String, request_id: Option<String>, actions: Vec<Action> }
        samples || vec![
            Self { title: "404".into(), crumbs: vec![], status: 404, heading: "没有找到".into(), text: "".into(), what_next: "".into(), request_id: None, actions: vec![] },
            Self { title: "500".into(), crumbs: vec![], status: 500, heading: "出错".into(), text: "已记录".into(), what_next: "请联系".into(), request_id: Some("ab12".into()), actions: actions() },
        ];
    WordsPage "words.html" { lead: String, blocks: Vec<Block> }
        samples || vec![Self { title: "帮助".into(), crumbs: vec![], lead: "".into(), blocks: every_block() }];
    FiguresPage "figures.html" { lead: String, filters: Option<Filters>, exports: Vec<Chip>, blocks: Vec<Block> }
        samples || vec![
            Self { title: "概览".into(), crumbs: vec![], lead: "".into(), filters: None, exports: vec![], blocks: vec![] },
            Self { title: "概览".into(), crumbs: crumbs(), lead: "说明".into(), filters: Some(some_filters()), exports: vec![Chip { label: "CSV".into(), href: "?format=csv".into() }], blocks: every_block() },
        ];
    DocsPage "docs.html" { base: String, groups: Vec<OperationGroup> }
        samples || vec![Self { title: "API".into(), crumbs: vec![], base: "/api/v1".into(), groups: vec![OperationGroup { title: "榜题".into(), operations: vec![operation()] }] }];
    /// Every component, for the accessibility walk.
    GalleryPage "gallery.html" { blocks: Vec<Block>, form: FormView, turn: Option<TurnView>, steps: Vec<StepView>, actions: Vec<Action> }
        samples || vec![Self::sample()];
}

impl ProblemPage {
    pub fn of(p: &Problem, v: &Visitor) -> Self {
        let t = &v.text;
        let key = p.kind.replace('-', "_");
        let status = p.status.as_u16();
        let heading = t.first(&[&format!("problem.{key}.title"), &format!("problem.{status}.title")]);
        let mut text = p.detail(t);
        if let super::problem::Why::Faults(f) = &p.why {
            text = f.0.iter().map(|x| super::form_view::fault_text(t, x)).collect::<Vec<_>>().join(" ");
        }
        let mut actions = vec![Action::link("home", t.t("ui.to_home"), "/").main()];
        if p.kind == "step-up-needed" {
            let back = super::step_up::way_back(&v.path);
            let asked = if back == v.path && !v.query.is_empty() { format!("{back}?{}", v.query) } else { back.to_owned() };
            let next = super::step_up::href(&asked);
            actions = vec![Action::link("step-up", t.t("ui.step_up"), next).main()];
        }
        if v.actor.is_visitor() {
            actions.push(Action::link("sign-in", t.t("ui.sign_in"), "/sign-in"));
        } else {
            actions.push(Action::link("desk", t.t("nav.desk"), "/desk"));
        }
        Self {
            title: heading.clone(),
            crumbs: vec![],
            status,
            heading,
            text,
            what_next: t.find("problem.what_next").unwrap_or("").to_owned(),
            request_id: p.request_id.clone(),
            actions,
        }
    }
}

pub async fn gallery(State(web): State<Web>, v: Visitor) -> Result<Response, Problem> {
    web.show(&v, StatusCode::OK, &GalleryPage::sample()).await
}

impl GalleryPage {
    fn sample() -> Self {
        let text = Texts::load().of(Lang::Zh);
        let raw = json!({ "title": "短", "indicators": [{ "name": "收率", "comparator": "ge", "target": "九十" }], "stake_fen": "十二万" });
        let faults = Need::read(&raw).err().unwrap_or_default();
        let form = Builder::new(&text, "need").faults(&faults).build(&<Need as Draft>::FORM, &raw, "/gallery", "保存".into());
        Self {
            title: "组件".into(),
            crumbs: crumbs(),
            blocks: every_block(),
            form,
            turn: Some(turn()),
            steps: steps(),
            actions: actions(),
        }
    }
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::to("/", "首页"), Crumb::here("样例")]
}
fn tag() -> Tag {
    Tag { text: "揭榜中".into(), tone: "ok" }
}
fn some_due() -> Due {
    Due {
        at: "2026-12-07T16:00:00Z".into(),
        text: "2026年12月7日 24:00".into(),
        left: "还剩 5 个工作日".into(),
        tone: "ok",
        counted: Some("自11月30日起计".into()),
        provisional: true,
    }
}
fn turn() -> TurnView {
    TurnView {
        who: "经办人".into(),
        what: "形式审查".into(),
        since: "2026年11月30日".into(),
        due: Some(some_due()),
        next: "转入评审".into(),
    }
}
fn steps() -> Vec<StepView> {
    [("发榜", "done"), ("揭榜", "now"), ("评审", "todo")].map(|(label, status)| StepView { label: label.into(), status }).into()
}
fn actions() -> Vec<Action> {
    vec![
        Action::link("a", "提交需求".into(), "/").main(),
        Action { refusal: Some("未到开榜时间".into()), ..Action::link("b", "开榜".into(), "/") },
        Action { danger: true, ..Action::link("c", "撤回揭榜书".into(), "/") },
    ]
}
fn numbers() -> Vec<Number> {
    vec![
        Number { value: "12".into(), label: "在榜".into(), href: Some("/challenges".into()), tone: "ok" },
        Number { value: "3".into(), label: "逾期".into(), href: None, tone: "bad" },
    ]
}
fn session() -> SessionView {
    SessionView { id: "1".into(), label: "浏览器".into(), since: "今天".into(), current: false }
}
fn desk_item() -> DeskItem {
    DeskItem {
        href: "/".into(),
        title: "焦化脱硫废液提盐".into(),
        what: "初审需求".into(),
        who: "经办人".into(),
        due: Some(some_due()),
        tags: vec![tag()],
    }
}
fn operation() -> Operation {
    Operation {
        id: "list_challenges".into(),
        method: "GET".into(),
        path: "/api/v1/challenges".into(),
        summary: "列表".into(),
        auth: "".into(),
        parameters: vec![Parameter { name: "limit".into(), r#where: "query".into(), required: false, text: "1-100".into() }],
        body: Some("{}".into()),
        schema: None,
        responses: vec![Answer { status: "200".into(), text: "OK".into(), example: Some("{}".into()) }],
    }
}
fn some_form(faulty: bool) -> FormView {
    let text = Texts::load().of(Lang::Zh);
    let mut builder = Builder::new(&text, "file_objection");
    if faulty {
        builder = builder.faults(&Faults::one("name", "missing"));
    }
    builder.build(&<FileObjection as Draft>::FORM, &json!({ "name": "李四" }), "/", "提交".into())
}
fn some_filters() -> Filters {
    Filters {
        action: "/challenges".into(),
        fields: some_form(false).sections.remove(0).fields,
        more: vec![],
        more_open: false,
        chips: vec![Chip { label: "政府榜".into(), href: "?".into() }],
        clear_href: "?".into(),
    }
}
/// A document with every kind of part.
fn some_sheet(issued: bool) -> Sheet {
    let fact = |label: &str| crate::domain::document::Fact { label: label.into(), value: "<b>不是标签".into() };
    let body = Body {
        title: "关于拟中榜结果的公示".into(),
        addressee: Some("示例单位：".into()),
        parts: vec![
            Part::Heading { text: "一、拟中榜单位".into() },
            Part::Paragraph { text: "<b>不是标签</b>".into() },
            Part::Facts { items: vec![fact("中榜单位")] },
            Part::Table {
                title: "考核指标".into(),
                columns: vec![Column { label: "指标".into(), figures: false }, Column { label: "权重".into(), figures: true }],
                rows: vec![vec!["收率".into(), "100".into()]],
            },
            Part::Clause {
                number: "第一条".into(), title: "保密".into(), paragraphs: vec!["双方负有保密义务。".into()]
            },
        ],
        attachments: vec!["附件一".into()],
        signers: vec![Signer { party: "甲方".into(), name: "示例单位".into(), lines: vec![fact("日期")] }],
        unit: Some("县科学技术局".into()),
        date: Some("2026年11月27日".into()),
        remark: Some("备注".into()),
    };
    let kind = if issued { DocumentKind::ProposedAwardNotice } else { DocumentKind::Contract };
    let (id, number) = (DocumentId(uuid::Uuid::nil()), issued.then(|| "交科示〔2026〕1号".to_owned()));
    let language = if issued { Lang::Zh } else { Lang::En };
    let document =
        Document { format: FORMAT.into(), id, kind, language, number, edition: 2, issuer: "县科学技术局".into(), body };
    Sheet::new(&Texts::load().of(language), document)
}
fn some_table() -> Block {
    let rows = vec![vec![
        Cell::link("甲", "/"),
        Cell::money("¥1.00"),
        Cell::tag(tag()),
        Cell::clock(&some_due()),
        Cell::number("3").note("注"),
    ]];
    let columns = vec![
        ("名称".into(), "text"),
        ("金额".into(), "money"),
        ("状态".into(), "tag"),
        ("期限".into(), "clock"),
        ("数".into(), "number"),
    ];
    Block::table("sample-table", "表".into(), columns, rows, "没有记录".into())
}
fn some_cards() -> Block {
    let card = Card {
        href: "/".into(),
        title: "榜题".into(),
        tags: vec![tag()],
        facts: vec![Fact::new("榜额", "260.00 万元")],
        due: Some(some_due()),
    };
    Block::Cards { title: "榜单".into(), id: "sample-cards".into(), items: vec![card], empty: "".into() }
}
fn some_tasks() -> Block {
    let items = vec![
        Task {
            label: "基本信息".into(),
            href: Some("/".into()),
            tag: Tag { text: "已完成".into(), tone: "ok" },
            note: "".into(),
        },
        Task {
            label: "核对".into(),
            href: None,
            tag: Tag { text: "尚不能开始".into(), tone: "mute" },
            note: "先完成其他部分".into(),
        },
    ];
    Block::Tasks { title: "事项".into(), id: "sample-tasks".into(), items }
}

fn some_picture() -> Block {
    use super::picture::{Legend, Look, PictureRow, Scale, picture};
    const LOOKS: [Look; 7] = [Look::Plan, Look::Done, Look::Run, Look::Late, Look::Slack, Look::One, Look::Two];
    let scale = Scale::over([70]);
    let row = |(look, n): (Look, i64)| PictureRow {
        label: Cell::text(format!("节点 {n}")),
        says: format!("第 {n} 段"),
        stretches: vec![scale.stretch(look, n * 10 - 10, n * 10, (0, 1))],
        ticks: vec![scale.at(35)],
        figures: vec![Cell::number(n.to_string())],
    };
    let legend = LOOKS.map(|look| Legend { look, text: "图例".into() }).to_vec();
    let foot = vec![vec![Cell::text("合计"), Cell::number("7")]];
    let heading = ("进度".into(), "里程碑".into());
    picture("g", heading, legend, vec![("数".into(), "number")], LOOKS.into_iter().zip(1..).map(row).collect(), foot)
}

/// One of every kind of block: for the gallery, and so that every page is rendered with every kind.
pub fn every_block() -> Vec<Block> {
    let event = EventView {
        seq: 7,
        at: "2026年11月30日 09:00".into(),
        who: "王示例 · 经办人".into(),
        text: "退回修改".into(),
        reason: Some("指标不明".into()),
        changes: vec![ChangeView { label: "榜额".into(), before: "1".into(), after: "2".into() }],
        leaf: "ab".repeat(32),
        proof_href: Some("/log/entries/7".into()),
    };
    vec![
        Block::summary(
            "s",
            "摘要".into(),
            vec![Item::new("榜额", "260.00 万元").note("大写"), Item::new("联系人", "张").href("/")],
        ),
        some_table(),
        Block::table("empty", "空表".into(), vec![("名称".into(), "text")], vec![], "没有记录".into()),
        Block::Text { title: "背景".into(), id: "t".into(), paragraphs: vec!["<b>不是标签</b>".into()] },
        some_tasks(),
        Block::Story { title: "经过".into(), id: "story".into(), events: vec![event], more: Some("?before=7".into()) },
        Block::Inset {
            title: "提示".into(),
            text: "开榜前任何人不可见".into(),
            tone: "info",
            href: Some("/".into()),
            link: "详情".into(),
        },
        Block::Figure {
            title: "资金".into(),
            id: "fig".into(),
            desc: "承诺与拨付".into(),
            unit: "万元".into(),
            bars: vec![Bar { label: "承诺".into(), value_text: "168.00".into(), percent: 100, tone: "info" }],
            csv: None,
        },
        Block::Files {
            title: "附件".into(),
            id: "files".into(),
            items: vec![FileItem {
                name: "方案.pdf".into(),
                size: "1.2 MB".into(),
                sha256: "ab".repeat(32),
                href: Some("/".into()),
                at: "今天".into(),
            }],
        },
        some_cards(),
        Block::Actions { title: "办理".into(), id: "acts".into(), items: actions() },
        Block::Form { title: "表单".into(), form: some_form(false) },
        Block::Compare {
            title: "比较".into(),
            id: "cmp".into(),
            columns: vec!["甲".into(), "乙".into()],
            rows: vec![CompareRow { label: "收率".into(), cells: vec![Cell::text("92"), Cell::text("93")] }],
        },
        Block::Paper { sheet: some_sheet(true) },
        some_picture(),
    ]
}
