//! The county in figures: money by year and industry for everyone, expenditure on R&D for those whose figures they are.
use super::block::*;
use super::blocks::value_text;
use super::form_view::{Builder, option_text};
use super::list::export::{self, As, Sheet};
use super::pages::{Chip, Crumb, FiguresPage, Filters};
use super::picture::{Legend, Look, PictureRow, Scale, picture};
use super::problem::Problem;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time, with_query};
use crate::app::figures::RdStatement;
use crate::domain::figures::{Overview, RdLine, Sums};
use crate::domain::form::{Field, Kind, Section, may};
use crate::domain::*;
use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

type Answer = Result<Response, Problem>;

const YEAR: Field = may("year", Kind::Integer(2020, 2100));

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Ask {
    pub year: Option<String>,
    pub format: Option<String>,
}

impl Ask {
    fn year(&self) -> Result<Option<i16>, Problem> {
        let Some(text) = self.year.as_deref().map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
        match text.parse::<i16>() {
            Ok(year) if (2020..=2100).contains(&year) => Ok(Some(year)),
            _ => {
                let args = vec![("min", "2020".into()), ("max", "2100".into())];
                Err(Problem::faults(Faults(vec![Fault { path: "year".into(), code: "out_of_range", args }])))
            }
        }
    }

    fn file(&self) -> Result<Option<As>, Problem> {
        export::named(self.format.as_deref())
    }
}

/// A page of figures under a filter by year; the table is also there as a file.
struct Figures<'a> {
    web: &'a Web,
    v: &'a Visitor,
    key: &'static str,
    year: Option<i16>,
}

impl Figures<'_> {
    async fn show(&self, lead: String, blocks: Vec<Block>) -> Answer {
        let (t, v) = (&self.v.text, self.v);
        let raw = json!({ "year": self.year });
        let section = Section { id: "filter", fields: &[YEAR] };
        let fields = Builder::new(t, "figures").build_sections(&[section], &raw, "", String::new()).sections.remove(0).fields;
        let filters =
            Filters { action: v.path.clone(), fields, more: vec![], more_open: false, chips: vec![], clear_href: v.path.clone() };
        let way =
            |name: &str| Chip { label: t.t(&format!("ui.export_{name}")), href: with_query(&v.path, &v.query, "format", name) };
        let page = FiguresPage {
            title: t.t(self.key),
            crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t(self.key))],
            lead,
            filters: Some(filters),
            exports: As::ALL.iter().map(|(_, name)| way(name)).collect(),
            blocks,
        };
        self.web.show(v, StatusCode::OK, &page).await
    }

    fn file(&self, kind: As, columns: Vec<(String, &'static str)>, rows: Vec<Vec<Cell>>) -> Answer {
        let t = &self.v.text;
        let year = self.year.map_or_else(|| t.t("ui.all_years"), |y| y.to_string());
        let mut about = vec![
            (t.t("export.list"), t.t(self.key)),
            (t.t("export.taken_at"), time::moment(t, self.web.app.clock.now())),
            (t.t("field.year"), year),
        ];
        about.extend(
            columns.iter().map(|(label, kind)| (label.clone(), t.first(&[&format!("export.kind.{kind}"), "export.kind.text"]))),
        );
        Sheet { title: t.t(self.key), columns, rows, about }.answer(kind)
    }
}

fn leverage_text(t: &Text, s: &Sums) -> String {
    s.leverage().map_or_else(|| "—".into(), |l| t.with("overview.leverage", &[("n", format!("{}.{:02}", l / 100, l % 100))]))
}

/// The figures of a year or an industry, in yuan.
fn sums_cells(t: &Text, s: &Sums) -> Vec<Cell> {
    let money = |m: Money| Cell::money(m.to_string());
    let mut out = vec![Cell::number(s.contracts.to_string())];
    out.extend([s.promised[0], s.promised[1], s.own].map(money));
    out.extend([0, 1].map(|n| match s.returned[n] {
        none if none == Money::default() => money(s.paid[n]),
        back => money(s.paid[n]).note(t.with("overview.returned", &[("sum", back.to_string())])),
    }));
    out.push(Cell::text(leverage_text(t, s)));
    out
}

fn sums_columns(t: &Text) -> Vec<(String, &'static str)> {
    let money = |key: &str| (t.t(key), "money");
    vec![
        (t.t("overview.contracts"), "number"),
        money("overview.promised_county"),
        money("overview.promised_enterprise"),
        money("overview.own"),
        money("overview.paid_county"),
        money("overview.paid_enterprise"),
        (t.t("overview.leverage_of"), "text"),
    ]
}

/// Above what was promised, below what was paid; the county's money first.
fn sums_row(t: &Text, label: String, s: &Sums, scale: &Scale) -> PictureRow {
    let mut stretches = vec![];
    for (lane, [one, two]) in [(0, s.promised), (1, s.paid)] {
        let (one, two) = (one.as_fen().max(0), two.as_fen().max(0));
        for (look, from, sum) in [(Look::One, 0, one), (Look::Two, one, two)] {
            stretches.extend((sum > 0).then(|| scale.stretch(look, from, from + sum, (lane, 2))));
        }
    }
    let says = [
        ("name", label.clone()),
        ("promised", Money::sum(s.promised).unwrap_or_default().wan_text()),
        ("paid", Money::sum(s.paid).unwrap_or_default().wan_text()),
    ];
    PictureRow {
        label: Cell::text(label),
        says: t.with("overview.says", &says),
        stretches,
        ticks: vec![],
        figures: sums_cells(t, s),
    }
}

fn sums_picture(t: &Text, id: &str, key: &str, rows: Vec<(String, Sums)>, all: Option<&Sums>) -> Block {
    let greatest = |s: &Sums| [s.promised, s.paid].map(|p| Money::sum(p).unwrap_or_default().as_fen());
    let scale = Scale::over(rows.iter().flat_map(|(_, s)| greatest(s)));
    let legend = [(Look::One, "source.county"), (Look::Two, "source.enterprise")];
    let legend = legend.map(|(look, key)| Legend { look, text: t.t(key) }).to_vec();
    let foot = all.map(|s| [Cell::text(t.t("ui.total"))].into_iter().chain(sums_cells(t, s)).collect::<Vec<_>>());
    let rows = rows.into_iter().map(|(label, s)| sums_row(t, label, &s, &scale)).collect();
    picture(id, (t.t(key), t.t("overview.picture")), legend, sums_columns(t), rows, foot.into_iter().collect())
}

/// `GET /overview`: the county's money by fiscal year and industry.
pub async fn overview(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let (t, year) = (&v.text, ask.year()?);
    let found = web.app.overview(year.map(i64::from)).await?;
    let page = Figures { web: &web, v: &v, key: "nav.overview", year };
    let years: Vec<(String, Sums)> = found.years.iter().rev().map(|(y, s)| (y.to_string(), *s)).collect();
    let mut chains: Vec<(String, Sums)> = found.chains.iter().map(|(c, s)| (option_text(t, "chain", c), *s)).collect();
    chains.sort_by_key(|(_, s)| std::cmp::Reverse(Money::sum(s.promised)));
    if let Some(kind) = ask.file()? {
        let of = |group: &str, rows: Vec<(String, Sums)>| {
            let group = t.t(group);
            rows.into_iter().map(move |(label, s)| (group.clone(), label, s)).collect::<Vec<_>>()
        };
        let rows = of("overview.by_year", years).into_iter().chain(of("overview.by_chain", chains));
        let rows =
            rows.map(|(group, label, s)| [Cell::text(group), Cell::text(label)].into_iter().chain(sums_cells(t, &s)).collect());
        let columns = [(t.t("column.group"), "text"), (t.t("ui.bar_label"), "text")].into_iter().chain(sums_columns(t)).collect();
        return page.file(kind, columns, rows.collect());
    }
    let mut blocks = vec![];
    if years.is_empty() {
        blocks.push(Block::inset(String::new(), t.t("overview.empty"), "info"));
    } else {
        blocks.push(sums_picture(t, "years", "overview.by_year", years, Some(&found.all)));
        blocks.push(sums_picture(t, "chains", "overview.by_chain", chains, None));
    }
    page.show(t.t("overview.lead"), blocks).await
}

fn sums_json(s: &Sums) -> Value {
    json!({
        "contracts": s.contracts, "promised_county_fen": s.promised[0], "promised_enterprise_fen": s.promised[1], "own_fen": s.own,
        "paid_county_fen": s.paid[0], "paid_enterprise_fen": s.paid[1], "accounted_county_fen": s.accounted[0],
        "accounted_enterprise_fen": s.accounted[1], "returned_county_fen": s.returned[0], "returned_enterprise_fen": s.returned[1],
        "leverage_hundredths": s.leverage(),
    })
}

/// `GET /api/v1/overview`.
pub async fn overview_json(State(web): State<Web>, _: Visitor, Query(ask): Query<Ask>) -> Answer {
    let year = ask.year()?;
    let Overview { years, chains, all } = web.app.overview(year.map(i64::from)).await?;
    let with = |key: &str, of: Value, s: &Sums| {
        let mut out = sums_json(s);
        out[key] = of;
        out
    };
    let years: Vec<Value> = years.iter().map(|(y, s)| with("year", json!(y), s)).collect();
    let industries: Vec<Value> = chains.iter().map(|(c, s)| with("chain", json!(c), s)).collect();
    Ok(Json(json!({ "year": year, "years": years, "industries": industries, "all": sums_json(&all) })).into_response())
}

fn rd_columns(t: &Text) -> Vec<(String, &'static str)> {
    let money = |key: &str| (t.t(key), "money");
    vec![
        money("source.county"),
        money("source.enterprise"),
        money("source.own"),
        money("ui.total"),
        money("rd.county_home"),
        money("rd.county_others"),
    ]
}

fn rd_cells(l: &RdLine) -> Vec<Cell> {
    let [a, b, c] = l.sources_fen;
    [a, b, c, l.total_fen, l.county_home_fen, l.county_others_fen].map(|m| Cell::money(m.to_string())).to_vec()
}

/// The lines summed up.
fn rd_total(lines: &[RdLine]) -> RdLine {
    let sum = |f: &dyn Fn(&RdLine) -> Money| Money::sum(lines.iter().map(f)).unwrap_or_default();
    RdLine {
        class: String::new(),
        sources_fen: [sum(&|l| l.sources_fen[0]), sum(&|l| l.sources_fen[1]), sum(&|l| l.sources_fen[2])],
        total_fen: sum(&|l| l.total_fen),
        county_home_fen: sum(&|l| l.county_home_fen),
        county_others_fen: sum(&|l| l.county_others_fen),
    }
}

fn rd_picture(t: &Text, s: &RdStatement) -> Block {
    let scale = Scale::over(s.lines.iter().map(|l| l.total_fen.as_fen()));
    let row = |l: &RdLine| {
        let label = option_text(t, "class", &l.class);
        let inside = Money::sum([l.county_home_fen, l.county_others_fen]).unwrap_or_default();
        let says = [("name", label.clone()), ("total", l.total_fen.to_string()), ("inside", inside.to_string())];
        let stretches = vec![
            scale.stretch(Look::Plan, 0, l.total_fen.as_fen(), (0, 1)),
            scale.stretch(Look::Done, 0, inside.as_fen(), (0, 1)),
        ];
        PictureRow { label: Cell::text(label), says: t.with("rd.says", &says), stretches, ticks: vec![], figures: rd_cells(l) }
    };
    let legend =
        [(Look::Plan, "rd.total"), (Look::Done, "rd.inside")].map(|(look, key)| Legend { look, text: t.t(key) }).to_vec();
    let foot = [Cell::text(t.t("ui.total"))].into_iter().chain(rd_cells(&rd_total(&s.lines))).collect();
    let heading = (t.t("rd.internal"), t.t("rd.internal_desc"));
    picture("internal", heading, legend, rd_columns(t), s.lines.iter().map(row).collect(), vec![foot])
}

fn rd_commissioned(t: &Text, s: &RdStatement) -> Block {
    let rows = s.commissioned.iter().map(|c| {
        let money = [c.paid_fen, c.registered_fen, c.deductible_fen()].map(|m| Cell::money(m.to_string()));
        [Cell::text(c.name.clone())].into_iter().chain(money).collect()
    });
    let columns = vec![
        (t.t("column.payer"), "text"),
        (t.t("rd.paid"), "money"),
        (t.t("rd.registered"), "money"),
        (t.t("rd.deductible"), "money"),
    ];
    Block::table("commissioned", t.t("rd.commissioned"), columns, rows.collect(), t.t("rd.none_commissioned"))
}

/// `GET /statistics/rd`: expenditure on R&D of a year, this one unless asked.
pub async fn rd(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let year = ask.year()?.unwrap_or_else(|| date_of(web.app.clock.now()).year());
    let s = web.app.rd_statement(&v.actor, year).await?;
    let t = &v.text;
    let page = Figures { web: &web, v: &v, key: "nav.rd", year: Some(year) };
    if let Some(kind) = ask.file()? {
        let total = rd_total(&s.lines);
        let rows = s.lines.iter().chain([&total]).map(|l| {
            let label = if l.class.is_empty() { t.t("ui.total") } else { option_text(t, "class", &l.class) };
            [Cell::text(label)].into_iter().chain(rd_cells(l)).collect()
        });
        let columns = [(t.t("field.record_spending.class"), "text")].into_iter().chain(rd_columns(t)).collect();
        return page.file(kind, columns, rows.collect());
    }
    let whose = s.unit.as_ref().map_or_else(|| t.t("rd.of_county"), |o| o.name.clone());
    let mut blocks = vec![Block::summary(
        "facts",
        t.t("block.facts"),
        vec![
            Item::new(t.t("rd.whose"), whose),
            Item::new(t.t("field.year"), value_text(t, &YEAR, &json!(year))),
            Item::new(t.t("rd.external"), s.external_fen.to_string()).note(t.t("rd.external_note")),
        ],
    )];
    if s.lines.is_empty() {
        blocks.push(Block::inset(String::new(), t.t("rd.empty"), "info"));
    } else {
        blocks.push(rd_picture(t, &s));
    }
    blocks.push(rd_commissioned(t, &s));
    blocks.push(Block::Text {
        title: t.t("rd.how"),
        id: "how".into(),
        paragraphs: t.t("rd.how_text").lines().map(str::to_owned).collect(),
    });
    page.show(t.t("rd.lead"), blocks).await
}

/// `GET /api/v1/statistics/rd`.
pub async fn rd_json(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let year = ask.year()?.unwrap_or_else(|| date_of(web.app.clock.now()).year());
    let s = web.app.rd_statement(&v.actor, year).await?;
    let commissioned: Vec<Value> = s
        .commissioned
        .iter()
        .map(|c| {
            let mut one = json!(c);
            one["deductible_fen"] = json!(c.deductible_fen());
            one
        })
        .collect();
    Ok(Json(json!({
        "year": year, "unit": s.unit.map(|o| o.name), "items": s.lines, "total": rd_total(&s.lines), "external_fen": s.external_fen,
        "commissioned": commissioned, "next": null,
    }))
    .into_response())
}
