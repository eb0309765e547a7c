//! Lists: filters in the address, a stable order, keyset pages.
mod challenges;
pub(in crate::web) mod export;
mod people;
mod rows;

pub use challenges::{card, challenge_row, challenges, mine, row_state};
pub use people::{accounts, experts, organisations, record};
pub use rows::{Row, of};

use super::block::*;
use super::blocks::state_tag;
use super::form_view::option_text;
use super::pages::{Chip, Crumb, ListPage, Pager};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, filter, time, with_query};
use crate::app::{Filter, Page};
use crate::domain::*;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What any list may be asked: where its page begins, how long it is, and what it is narrowed by.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Ask {
    pub limit: Option<String>,
    pub after: Option<String>,
    #[serde(flatten)]
    pub by: BTreeMap<String, String>,
}

impl Ask {
    /// The page asked for; a limit or key that does not read is told.
    pub fn page(&self) -> Result<Page, Problem> {
        let limit = match self.limit.as_deref().filter(|l| !l.is_empty()) {
            None => 20,
            Some(text) => match text.parse::<u64>() {
                Ok(n) if (1..=Page::MOST).contains(&n) => n,
                _ => {
                    return Err(Problem::faults(Faults(vec![Fault {
                        path: "limit".into(),
                        code: "out_of_range",
                        args: vec![("min", "1".into()), ("max", Page::MOST.to_string())],
                    }])));
                }
            },
        };
        let after = match self.after.as_deref().filter(|a| !a.is_empty()) {
            None => None,
            Some(text) => Some(read_key(text).ok_or_else(|| Problem::faults(Faults::one("after", "not_id")))?),
        };
        Ok(Page { after, limit })
    }
}

/// `1767225600000-018f…`: where the next page begins.
pub fn key_text(key: (i64, Uuid)) -> String {
    format!("{}-{}", key.0, key.1.simple())
}

fn read_key(text: &str) -> Option<(i64, Uuid)> {
    let (at, id) = text.rsplit_once('-')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

/// A list as its address asks for it: conditions that read, or what does not.
struct Asked<'a> {
    web: &'a Web,
    v: &'a Visitor,
    ask: &'a Ask,
    m: Moment,
    filters: Vec<Filter>,
    faults: Faults,
}

impl<'a> Asked<'a> {
    async fn new(web: &'a Web, v: &'a Visitor, ask: &'a Ask) -> Result<Self, Problem> {
        let m = web.app.glance().await?;
        // What does not read finds nothing: the page says why, beside what was typed.
        let (filters, faults) = match filter::read(&v.path, &ask.by, &m) {
            Ok(filters) => (filters, Faults::default()),
            Err(faults) => (vec![Filter::Never], faults),
        };
        Ok(Self { web, v, ask, m, filters, faults })
    }

    fn filters(&self) -> Vec<Filter> {
        self.filters.clone()
    }

    /// What an empty list says: that there is nothing, or that fewer filters may find more.
    fn empty(&self, key: &str) -> String {
        let narrowed = filter::of(&self.v.path).iter().any(|b| self.ask.by.get(b.field.name).is_some_and(|v| !v.is_empty()));
        let t = &self.v.text;
        if narrowed { t.t("list.nothing_matches") } else { t.first(&[&format!("{key}.empty"), "ui.none"]) }
    }

    /// A page of rows under these columns, or all of them as a file.
    async fn table<F>(
        &self,
        key: &str,
        columns: &[(&str, &'static str)],
        primary: Vec<Action>,
        fetch: impl Fn(Page) -> F,
    ) -> Answer
    where
        F: Future<Output = Result<Rows, Problem>> + Send,
    {
        if let Some(kind) = export::wanted(self.ask)? {
            if !self.v.actor.is_visitor() {
                export::proven(self.v)?;
            }
            self.noted().await?;
            return self.file(key, columns, fetch).await?.answer(kind);
        }
        let (rows, next) = fetch(self.ask.page()?).await?;
        let (t, pager) = (&self.v.text, self.pager(rows.len(), next));
        let block = Block::table("list", t.t(key), self.named(columns), rows, self.empty(key));
        self.page(key, t.find(&format!("{key}.lead")).unwrap_or("").to_owned(), block, pager, primary).await
    }

    /// A list of what is not public, taken away as a file, stands in the read log.
    async fn noted(&self) -> Result<(), Problem> {
        if matches!(self.v.path.as_str(), "/challenges" | "/notices") {
            return Ok(());
        }
        let of = |n: &Noun| self.v.path == format!("/{}", n.path());
        let noun = Noun::ALL.into_iter().find(of).unwrap_or(Noun::Account);
        Ok(self.web.app.note_export(&self.v.actor, noun, self.v.actor.account.0, None).await?)
    }

    fn named(&self, columns: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        columns.iter().map(|(key, kind)| (self.v.text.t(key), *kind)).collect()
    }

    /// Every row that the filters let through, page by page, at most `export::MOST`.
    async fn file<F>(
        &self,
        key: &str,
        columns: &[(&str, &'static str)],
        fetch: impl Fn(Page) -> F,
    ) -> Result<export::Sheet, Problem>
    where
        F: Future<Output = Result<Rows, Problem>> + Send,
    {
        if !self.faults.0.is_empty() {
            return Err(Problem::faults(self.faults.clone()));
        }
        let _turn = self.web.exporting.acquire().await.map_err(|_| Problem::new("internal"))?;
        let (mut rows, mut page) = (vec![], Page::first(Page::MOST));
        let cut = loop {
            let (more, next) = fetch(page).await?;
            rows.extend(more);
            match next {
                Some(key) if rows.len() < export::MOST => page.after = Some(key),
                next => break next.is_some(),
            }
        };
        let (t, columns) = (&self.v.text, self.named(columns));
        let mut about = vec![
            (t.t("export.list"), t.t(key)),
            (t.t("export.taken_at"), time::moment(t, self.m.now)),
            (t.t("export.filters"), self.chosen()),
            (t.t("export.rows"), t.with(if cut { "export.cut" } else { "export.all" }, &[("n", rows.len().to_string())])),
        ];
        about.extend(
            columns.iter().map(|(label, kind)| (label.clone(), t.first(&[&format!("export.kind.{kind}"), "export.kind.text"]))),
        );
        Ok(export::Sheet { title: t.t(key), columns, rows, about })
    }

    /// The filters in use, in words.
    fn chosen(&self) -> String {
        let form = filter::form(&self.v.text, self.v, &self.v.path, &self.ask.by, &self.faults);
        let words: Vec<String> = form.into_iter().flat_map(|f| f.chips).map(|c| c.label).collect();
        if words.is_empty() { self.v.text.t("export.no_filters") } else { words.join("; ") }
    }

    /// The addresses of this list as files.
    fn exports(&self) -> Vec<Chip> {
        let v = self.v;
        // The record has a file of its own, with its proofs.
        if v.path == "/record" {
            return vec![];
        }
        let query = filter::without_key(&v.query);
        let way = |name: &str| Chip {
            label: v.text.t(&format!("ui.export_{name}")),
            href: with_query(&v.path, &query, "format", name),
        };
        export::As::ALL.iter().map(|(_, name)| way(name)).collect()
    }

    async fn page(&self, key: &str, lead: String, table: Block, pager: Pager, primary: Vec<Action>) -> Answer {
        let t = &self.v.text;
        let page = ListPage {
            title: t.t(key),
            crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t(key))],
            lead,
            filters: filter::form(t, self.v, &self.v.path, &self.ask.by, &self.faults),
            table,
            pager,
            primary,
            exports: self.exports(),
        };
        let status = if self.faults.0.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        self.web.show(self.v, status, &page).await
    }

    fn pager(&self, n: usize, next: Option<(i64, Uuid)>) -> Pager {
        let v = self.v;
        Pager {
            next: next.map(|k| with_query(&v.path, &v.query, "after", &key_text(k))),
            first: self.ask.after.as_ref().filter(|a| !a.is_empty()).map(|_| with_query(&v.path, &v.query, "after", "")),
            count_text: v.text.with("ui.count", &[("n", n.to_string())]),
        }
    }
}

/// Rows of a page, and the key after which the next begins.
type Rows = (Vec<Vec<Cell>>, Option<(i64, Uuid)>);
type Answer = Result<Response, Problem>;

fn signed_in(v: &Visitor) -> Result<(), Problem> {
    if v.actor.is_visitor() { Err(Problem::new("sign-in")) } else { Ok(()) }
}
