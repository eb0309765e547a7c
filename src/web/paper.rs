//! Documents as pages, files and data: `/documents/{id}` for one that was issued, `/{things}/{id}/documents/{kind}` for the newest
//! of a kind or its draft.
use super::block::{Action, Block, Cell, Item};
use super::pages::{Crumb, DocumentPage, SheetPage};
use super::problem::Problem;
use super::text::{Lang, Text, Texts};
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::Entry;
use crate::app::disposition;
use crate::app::document::{Issued, Listed};
use crate::domain::document::{Document, DocumentKind, Manner, Told};
use crate::domain::{Actor, ChallengeId, DocumentId, Noun, date_of, hash};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// A document as its template sets it.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    pub manner: Manner,
    pub document: Document,
    pub edition: Option<String>,
    /// Said above a translation, and above what is no document yet.
    pub governs: Option<String>,
    pub draft: Option<String>,
}

impl Sheet {
    pub fn new(t: &Text, document: Document) -> Self {
        Self {
            manner: document.kind.manner(),
            edition: (document.edition > 1).then(|| t.with("doc.edition", &[("n", document.edition.to_string())])),
            governs: (document.language == Lang::En).then(|| t.t("doc.governs")),
            draft: document.number.is_none().then(|| t.t("doc.draft_mark")),
            document,
        }
    }
}

/// How a reader finds out that a document is what was issued.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    pub href: String,
    pub sha256: String,
    pub entry: Option<u64>,
    /// How many entries the newest signed checkpoint covers, once it covers this one.
    pub checkpoint: Option<u64>,
    pub qr: Qr,
}

/// A code as one path of squares.
#[derive(Clone, Debug, Serialize)]
pub struct Qr {
    pub size: usize,
    pub path: String,
}

/// Squares around a code that stay white.
const QUIET: usize = 4;

impl Qr {
    pub fn of(text: &str) -> Option<Self> {
        let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().ok()?;
        let mut path = String::new();
        for y in 0..code.size {
            for x in (0..code.size).filter(|x| code[y][*x].value()) {
                path += &format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
        Some(Self { size: code.size + 2 * QUIET, path })
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct Ask {
    format: Option<String>,
    lang: Option<String>,
    /// Asked for as data: what can't be set is told, and no page is shown in its place.
    #[serde(skip)]
    data: bool,
}

impl Ask {
    /// Files are in the governing language unless another is asked for; pages are in the language of the page.
    fn language(&self, v: &Visitor) -> Lang {
        let file = self.format.as_deref().is_some_and(|f| f != "html");
        let asked = self.lang.as_deref().and_then(Lang::parse);
        asked.unwrap_or(if file { Lang::Zh } else { v.text.lang })
    }
}

pub async fn issued(
    State(web): State<Web>,
    v: Visitor,
    Path(id): Path<DocumentId>,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let d = web.app.document(&v.actor, id).await?;
    let lang = ask.language(&v);
    let name = format!("{}.{}", d.number, lang.id());
    match ask.format.as_deref() {
        Some("json") => Ok(file(&format!("{name}.json"), "application/json", d.canonical(lang).to_owned().into_bytes())),
        Some("text") => {
            let document = d.document(lang).map_err(crate::app::Error::from)?;
            Ok(file(&format!("{name}.txt"), "text/plain; charset=utf-8", document.text().into_bytes()))
        }
        Some("pdf") => {
            let t = Texts::load().of(lang);
            let sheet = Sheet::new(&t, d.document(lang).map_err(crate::app::Error::from)?);
            let (proof, line) = (proof(&web, &d, lang).await?, verify_line(&web, &t, &d, lang).await?);
            let set = web.app.pdf(setting(&t, &d, &sheet, proof.as_ref(), line), d.id.to_string()).await;
            match set.map_err(Problem::from) {
                Ok(bytes) => Ok(file(&format!("{name}.pdf"), "application/pdf", bytes)),
                // The page prints as well: it is shown in the PDF's place, with the reason.
                Err(p) if !ask.data && p.status == StatusCode::CONFLICT => page_of(&web, &v, &d, lang, Some(&p)).await,
                Err(p) => Err(p),
            }
        }
        None | Some("html") => page_of(&web, &v, &d, lang, None).await,
        Some(_) => Err(Problem::new("bad-request")),
    }
}

/// What the press sets: the document, and the words around it.
fn setting(t: &Text, d: &Issued, sheet: &Sheet, proof: Option<&Proof>, line: Option<String>) -> String {
    let day = date_of(d.at);
    let qr = proof.map(|p| {
        let size = p.qr.size;
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\"><path d=\"{}\"/></svg>", p.qr.path)
    });
    json!({
        "document": sheet.document, "manner": sheet.manner, "edition": sheet.edition, "governs": sheet.governs, "draft": sheet.draft,
        "words": { "page_of": t.t("doc.page_of"), "qr": t.t("doc.qr") }, "line": line, "qr": qr,
        "day": { "year": day.year(), "month": day.month(), "day": day.day() },
    })
    .to_string()
}

async fn page_of(web: &Web, v: &Visitor, d: &Issued, lang: Lang, instead: Option<&Problem>) -> Result<Response, Problem> {
    let t = &v.text;
    let document = d.document(lang).map_err(crate::app::Error::from)?;
    let proof = proof(web, d, lang).await?;
    let newest = web.app.newest_edition(d).await?;
    let href = format!("/documents/{}", d.id);
    let mut actions = actions(t, &href, lang);
    if web.app.sets_pdf().await {
        let href = format!("{href}?format=pdf&lang={}", lang.id());
        actions.insert(0, Action::link("pdf", t.t("doc.pdf"), href).main());
    }
    if newest != d.id {
        actions.insert(0, Action::link("newest", t.t("doc.newest"), format!("/documents/{newest}")).main());
    }
    let page = DocumentPage {
        title: format!("{} {}", t.t(&format!("document.{}", d.kind.id())), d.number),
        crumbs: crumbs(t, d.noun, d.subject, d.kind),
        sheet: Sheet::new(&Texts::load().of(lang), document),
        note: instead.map(|p| p.detail(t)).or_else(|| (newest != d.id).then(|| t.t("doc.superseded"))),
        proof: proof.map(|p| facts(t, &p)),
        qr: Qr::of(&format!("{}{href}", web.config.origin)),
        line: verify_line(web, &Texts::load().of(lang), d, lang).await?,
        actions,
    };
    web.show(v, instead.map_or(StatusCode::OK, |p| p.status), &page).await
}

/// The newest document of a kind on a thing, or its draft.
pub async fn of_thing(web: &Web, v: &Visitor, noun: Noun, (id, kind): (Uuid, &str), ask: &Ask) -> Result<Response, Problem> {
    let kind = DocumentKind::parse(kind).filter(|k| k.noun() == noun).ok_or_else(|| Problem::new("missing"))?;
    let lang = ask.language(v);
    let draft = match web.app.draft_document(&v.actor, kind, id, lang).await {
        Ok(draft) => draft,
        Err(_) => {
            let d = web.app.newest_document(&v.actor, kind, id).await?.ok_or_else(|| Problem::new("missing"))?;
            let format = ["json", "text", "pdf"].into_iter().find(|f| ask.format.as_deref() == Some(*f)).unwrap_or("html");
            let api = if ask.data { "/api/v1" } else { "" };
            let to = format!("{api}/documents/{}?format={format}&lang={}", d.id, lang.id());
            return Ok(Redirect::to(&to).into_response());
        }
    };
    match ask.format.as_deref() {
        Some("json") => return Ok(file(&format!("{}.json", kind.id()), "application/json", draft.canonical().into_bytes())),
        Some("text") => return Ok(file(&format!("{}.txt", kind.id()), "text/plain; charset=utf-8", draft.text().into_bytes())),
        None | Some("html") => {}
        Some(_) => return Err(Problem::new("bad-request")),
    }
    let t = &v.text;
    let page = DocumentPage {
        title: t.t(&format!("document.{}", kind.id())),
        crumbs: crumbs(t, noun, id, kind),
        sheet: Sheet::new(&Texts::load().of(lang), draft),
        note: Some(t.t("doc.not_issued")),
        proof: None,
        qr: None,
        line: None,
        actions: actions(t, &format!("/{}/{id}/documents/{}", noun.path(), kind.id()), lang),
    };
    web.show(v, StatusCode::OK, &page).await
}

fn crumbs(t: &Text, noun: Noun, id: Uuid, kind: DocumentKind) -> Vec<Crumb> {
    vec![
        Crumb::to("/", t.t("ui.home")),
        Crumb::to(&format!("/{}/{id}", noun.path()), t.t(&format!("noun.{}", noun.id()))),
        Crumb::here(t.t(&format!("document.{}", kind.id()))),
    ]
}

fn actions(t: &Text, href: &str, lang: Lang) -> Vec<Action> {
    ["text", "json"]
        .into_iter()
        .map(|f| Action::link(f, t.t(&format!("doc.{f}")), format!("{href}?format={f}&lang={}", lang.id())))
        .collect()
}

async fn proof(web: &Web, d: &Issued, lang: Lang) -> Result<Option<Proof>, Problem> {
    let href = format!("{}/documents/{}", web.config.origin, d.id);
    let entry = web.app.entry_of_document(d).await?;
    let covered = web.app.checkpoint().await?.map(|c| c.0).filter(|size| entry.is_some_and(|e| e <= *size));
    let sha256 = hash::sha256_hex(d.canonical(lang).as_bytes());
    Ok(Qr::of(&href).map(|qr| Proof { href, sha256, entry, checkpoint: covered, qr }))
}

/// The line at the foot of what is printed.
async fn verify_line(web: &Web, t: &Text, d: &Issued, lang: Lang) -> Result<Option<String>, Problem> {
    let Some(p) = proof(web, d, lang).await? else { return Ok(None) };
    let entry = p.entry.map(|e| e.to_string()).unwrap_or_default();
    Ok(Some(t.with("doc.verify_line", &[("href", p.href), ("entry", entry), ("sha256", p.sha256)])))
}

fn facts(t: &Text, p: &Proof) -> Block {
    let mut items = vec![Item::new("SHA-256", p.sha256.clone())];
    items.extend(p.entry.map(|seq| Item::new(t.t("doc.entry"), seq.to_string()).href(format!("/log/entries/{seq}"))));
    items.extend(p.checkpoint.map(|size| {
        Item::new(t.t("doc.checkpoint"), t.with("doc.checkpoint_text", &[("size", size.to_string())])).href("/log".to_owned())
    }));
    Block::summary("verify", t.t("doc.verify"), items)
}

fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition(name))], bytes).into_response()
}

/// The documents of a thing, on its page.
pub fn block(t: &Text, noun: Noun, id: Uuid, all: &[Listed]) -> Option<Block> {
    let row = |x: &Listed| {
        let name = t.t(&format!("document.{}", x.kind.id()));
        match &x.issued {
            Some(d) => {
                let mut number = Cell::text(d.number.clone());
                if d.edition > 1 {
                    number = number.note(t.with("doc.edition", &[("n", d.edition.to_string())]));
                }
                vec![Cell::link(name, format!("/documents/{}", d.id)), number, Cell::text(time::moment(t, d.at))]
            }
            None => {
                let href = format!("/{}/{id}/documents/{}", noun.path(), x.kind.id());
                vec![Cell::link(name, href), Cell::text(""), Cell::text(t.t("doc.not_issued"))]
            }
        }
    };
    let columns = ["kind", "number", "issued_at"].iter().map(|c| (t.t(&format!("doc.{c}")), "text")).collect();
    (!all.is_empty()).then(|| Block::table("documents", t.t("doc.papers"), columns, all.iter().map(row).collect(), String::new()))
}

/// The documents of which an entry of the record tells, with the hash of each.
pub fn told(t: &Text, e: &Entry) -> Option<Block> {
    let all: Vec<Told> = serde_json::from_value(e.body["event"]["facts"]["documents"].clone()).ok()?;
    let row = |x: &Told| {
        let name = format!("{} {}", t.t(&format!("document.{}", x.kind.id())), x.number);
        vec![Cell::link(name, format!("/documents/{}", x.document)), Cell::text(x.language.id()), Cell::text(x.sha256.clone())]
    };
    let columns = vec![(t.t("doc.kind"), "text"), (t.t("doc.language"), "text"), ("SHA-256".to_owned(), "text")];
    Some(Block::table("documents", t.t("doc.papers"), columns, all.iter().map(row).collect(), String::new()))
}

/// The list of a thing's documents, as the API tells it.
pub async fn list_json(web: &Web, v: &Visitor, noun: Noun, id: Uuid) -> Result<Response, Problem> {
    super::shown::load(web, &v.actor, noun, id).await?;
    let all = web.app.documents_of(&v.actor, noun, id).await?;
    let item = |x: &Listed| {
        let href = match &x.issued {
            Some(d) => format!("/api/v1/documents/{}", d.id),
            None => format!("/api/v1/{}/{id}/documents/{}", noun.path(), x.kind.id()),
        };
        let sha256 = |lang: Lang| x.issued.as_ref().map(|d| hash::sha256_hex(d.canonical(lang).as_bytes()));
        json!({
            "kind": x.kind, "issued": x.issued.is_some(), "id": x.issued.as_ref().map(|d| d.id),
            "number": x.issued.as_ref().map(|d| &d.number), "edition": x.issued.as_ref().map(|d| d.edition),
            "issued_at": x.issued.as_ref().map(|d| d.at), "href": href,
            "sha256": { "zh-CN": sha256(Lang::Zh), "en": sha256(Lang::En) },
        })
    };
    Ok(Json(json!({ "items": all.iter().map(item).collect::<Vec<_>>(), "next": null })).into_response())
}

/// The newest document of a kind on a thing, or its draft, as data.
pub async fn draft_json(web: &Web, v: &Visitor, noun: Noun, at: (Uuid, &str), ask: Ask) -> Result<Response, Problem> {
    let ask = Ask { format: ask.format.or_else(|| Some("json".into())), lang: ask.lang, data: true };
    of_thing(web, v, noun, at, &ask).await
}

/// An issued document as data: the very bytes whose hash the record tells, unless another form is asked for.
pub async fn issued_json(
    State(web): State<Web>,
    v: Visitor,
    Path(id): Path<DocumentId>,
    Query(ask): Query<Ask>,
) -> Result<Response, Problem> {
    let ask = Ask { format: ask.format.or_else(|| Some("json".into())), lang: ask.lang, data: true };
    issued(State(web), v, Path(id), Query(ask)).await
}

/// The sheet of a notice, on its own page: as issued, or its draft.
pub async fn notice_sheet(web: &Web, v: &Visitor, id: Uuid) -> Result<Option<Block>, Problem> {
    let (kind, lang) = (DocumentKind::ProposedAwardNotice, v.text.lang);
    let document = match web.app.newest_document(&v.actor, kind, id).await? {
        Some(d) => d.document(lang).map_err(crate::app::Error::from)?,
        None => match web.app.draft_document(&v.actor, kind, id, lang).await {
            Ok(draft) => draft,
            Err(_) => return Ok(None),
        },
    };
    Ok(Some(Block::Paper { sheet: Sheet::new(&v.text, document) }))
}

/// Every issued document of a challenge that the actor may read, as files for a case file: data and a sheet that stands alone in both
/// languages, and the governing text as PDF where this machine can set it.
pub async fn case_files(web: &Web, actor: &Actor, id: ChallengeId) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    files(web, web.app.case_documents(actor, id).await?).await
}

/// The same of these.
pub async fn files(web: &Web, all: Vec<Issued>) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let (mut out, able) = (vec![], web.app.sets_pdf().await);
    for d in all {
        for lang in Lang::ALL {
            let t = Texts::load().of(lang);
            let name = format!("{}-{}.{}", d.number, d.edition, lang.id());
            let sheet = Sheet::new(&t, d.document(lang).map_err(crate::app::Error::from)?);
            let (proof, line) = (proof(web, &d, lang).await?, verify_line(web, &t, &d, lang).await?);
            out.push((format!("{name}.json"), d.canonical(lang).to_owned().into_bytes()));
            if able && lang == Lang::Zh {
                // What the fonts can't write is still there as a sheet.
                match web.app.pdf(setting(&t, &d, &sheet, proof.as_ref(), line.clone()), d.id.to_string()).await {
                    Ok(bytes) => out.push((format!("{name}.pdf"), bytes)),
                    Err(crate::app::Error::Refused(_)) => {}
                    Err(e) => return Err(e.into()),
                }
            }
            let page = SheetPage {
                title: sheet.document.body.title.clone(),
                crumbs: vec![],
                sheet,
                qr: proof.map(|p| p.qr),
                qr_label: t.t("doc.qr"),
                line,
                css: super::assets::style(),
            };
            out.push((format!("{name}.html"), web.pages.render(lang, &(), &page)?.into_bytes()));
        }
    }
    Ok(out)
}
