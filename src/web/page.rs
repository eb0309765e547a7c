//! Pages are typed: a template and the one type it is rendered with. Undefined variables are errors in production too.
use super::text::{Lang, Texts};
use minijinja::{Environment, UndefinedBehavior, value::Serde};
use serde::Serialize;
use std::sync::Arc;

/// A template and the one type it is rendered with.
pub trait Page: Serialize {
    const TEMPLATE: &'static str;
    /// Every shape this page takes; all are rendered, strictly, in every language, by `tests/it/pages.rs`.
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

macro_rules! templates { ($($name:literal),* $(,)?) => {
    /// Every template file, built in.
    pub const TEMPLATES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../templates/", $name)))),*];
} }
templates!(
    "base.html",
    "home.html",
    "list.html",
    "show.html",
    "act.html",
    "edit.html",
    "desk.html",
    "receipt.html",
    "document.html",
    "sheet.html",
    "sealing.html",
    "sign_in.html",
    "account.html",
    "problem.html",
    "figures.html",
    "words.html",
    "docs.html",
    "gallery.html",
    "parts/atoms.html",
    "parts/blocks.html",
    "parts/form.html",
    "parts/life.html",
    "parts/paper.html",
);

/// Room for most pages, in bytes.
const USUAL: usize = 64 * 1024;

#[derive(Clone, Debug)]
pub struct Pages {
    environments: Arc<[Environment<'static>; 2]>,
    pub texts: Texts,
}

impl Pages {
    pub fn load() -> Self {
        let texts = Texts::load();
        Self { environments: Arc::new(Lang::ALL.map(|lang| environment(&texts, lang))), texts }
    }

    pub fn render<P: Page, S: Serialize>(&self, lang: Lang, shell: &S, page: &P) -> Result<String, minijinja::Error> {
        #[derive(Serialize)]
        struct Root<'a, P, S> {
            page: &'a P,
            shell: &'a S,
        }
        let environment = &self.environments[usize::from(lang == Lang::En)];
        // In one piece: a page that grows is moved and its memory cleared several times over.
        let mut html = Vec::with_capacity(USUAL);
        environment.get_template(P::TEMPLATE)?.render_captured_to(Serde(&Root { page, shell }), &mut html)?;
        String::from_utf8(html).map_err(|e| minijinja::Error::new(minijinja::ErrorKind::WriteFailure, e.to_string()))
    }
}

fn environment(texts: &Texts, lang: Lang) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in TEMPLATES {
        env.add_template(name, source).expect("templates parse: a test renders each");
    }
    let text = texts.of(lang);
    env.add_function("t", move |key: &str, args: minijinja::value::Kwargs| -> Result<String, minijinja::Error> {
        let sentence = text
            .find(key)
            .ok_or_else(|| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, format!("no text for {key}")))?;
        let mut filled = vec![];
        for name in args.args().map(str::to_owned).collect::<Vec<_>>() {
            let value: minijinja::Value = args.get(&name)?;
            filled.push((name, value.to_string()));
        }
        let pairs: Vec<(&str, &str)> = filled.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        Ok(super::text::fill(sentence, &pairs))
    });
    env
}
