//! A document as PDF/A-2b, set by typst. What a document says comes in as JSON and is read as values: nothing in it is markup.
//! Fonts are those of the machine; without one that writes Chinese there is no printer, and pages are printed by the browser.
use std::path::Path;
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Dict, Duration, Smart, Str, Value},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_kit::fonts::{self, FontStore};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

const TEMPLATE: &str = include_str!("press.typ");
/// What a font must be able to write before it is trusted with a contract.
const SAMPLE: &str = "中华人民共和国榜挂帅合同第页共壹贰叁肆伍陆柒捌玖拾佰仟万亿元整〔〕〇";
/// Families that papers are set in, the best first, for text and for headings.
const SERIF: &[&str] =
    &["FangSong", "FangSong_GB2312", "STFangsong", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "Songti SC"];
const SANS: &[&str] =
    &["SimHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Heiti SC"];
/// After how many documents a piece that none used is forgotten.
const KEPT: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("no font that writes Chinese was found")]
    NoFont,
    #[error("the document could not be set: {0}")]
    Setting(String),
    #[error("no PDF/A could be made of it: {0}")]
    Export(String),
}

/// The fonts of this machine, read once.
pub struct Printer {
    fonts: FontStore,
    serif: String,
    sans: String,
}

impl std::fmt::Debug for Printer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Printer({}, {})", self.serif, self.sans)
    }
}

impl Printer {
    /// Looks for fonts in `dir`, or where the system keeps them.
    pub fn new(dir: Option<&Path>) -> Result<Self, Fault> {
        let mut fonts = FontStore::new();
        match dir {
            Some(dir) => fonts.extend(fonts::scan(dir)),
            None => fonts.extend(fonts::system()),
        }
        let able = able(fonts.book());
        let first = |wanted: &[&str]| {
            let named = wanted.iter().find_map(|w| able.iter().find(|a| a.eq_ignore_ascii_case(w)));
            named.or(able.first()).cloned().ok_or(Fault::NoFont)
        };
        Ok(Self { serif: first(SERIF)?, sans: first(SANS)?, fonts })
    }

    /// Sets `data` (see `press.typ`) and gives PDF/A-2b. `ident` names the document for ever: the same data give the same bytes.
    pub fn pdf(&self, data: &str, ident: &str) -> Result<Vec<u8>, Fault> {
        let desk = Desk::new(self, data);
        let set = typst::compile::<PagedDocument>(&desk).output.map_err(|e| Fault::Setting(told(&e)));
        let out = set.and_then(|document| {
            let standards = PdfStandards::new(&[PdfStandard::A_2b]).map_err(|e| Fault::Export(e.message().to_string()))?;
            let options = PdfOptions { ident: Smart::Custom(ident.to_owned()), standards, ..PdfOptions::default() };
            typst_pdf::pdf(&document, &options).map_err(|e| Fault::Export(told(&e)))
        });
        typst::comemo::evict(KEPT);
        out
    }
}

/// Families that can write the sample.
fn able(book: &FontBook) -> Vec<String> {
    let writes = |family: &str| {
        let infos: Vec<_> = book.select_family(&family.to_lowercase()).filter_map(|n| book.info(n)).collect();
        !infos.is_empty() && infos.iter().any(|i| SAMPLE.chars().all(|c| i.coverage.contains(u32::from(c))))
    };
    book.families().map(|(name, _)| name.to_owned()).filter(|name| writes(name)).collect()
}

fn told(errors: &[SourceDiagnostic]) -> String {
    errors.iter().map(|e| e.message.to_string()).collect::<Vec<_>>().join("; ")
}

/// What one document is set with: the template, its data, the fonts. There are no other files and no network.
struct Desk<'a> {
    library: LazyHash<Library>,
    main: Source,
    fonts: &'a FontStore,
}

impl<'a> Desk<'a> {
    fn new(printer: &'a Printer, data: &str) -> Self {
        let mut inputs = Dict::new();
        for (name, value) in [("data", data), ("serif", &printer.serif), ("sans", &printer.sans)] {
            inputs.insert(Str::from(name), Value::Str(value.into()));
        }
        let path = RootedPath::new(VirtualRoot::Project, VirtualPath::new("press.typ").expect("a plain name"));
        Self {
            library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
            main: Source::new(FileId::new(path), TEMPLATE.to_owned()),
            fonts: &printer.fonts,
        }
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }
    fn main(&self) -> FileId {
        self.main.id()
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }
    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }
    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
