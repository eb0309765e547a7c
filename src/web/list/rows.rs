//! Lists of what hangs on challenges: for each noun its columns and what stands in them.
use super::*;
use crate::app::{Model, Stored};
use crate::app::{mine::Mine, query::Names};
use crate::web::show::{rows_of, spending_columns};

/// What rows are written with: names for ids, titles of challenges.
pub struct Look<'a> {
    t: &'a Text,
    m: &'a Moment,
    names: Names,
    titles: BTreeMap<ChallengeId, String>,
}

impl Look<'_> {
    /// The challenge's title as a way to the thing.
    fn link<T: Stored>(&self, thing: &T) -> Cell {
        let title = thing.challenge_id().and_then(|c| self.titles.get(&c).cloned()).unwrap_or_default();
        Cell::link(title, format!("/{}/{}", T::NOUN.path(), thing.id()))
    }
    fn state(&self, noun: Noun, id: &str) -> Cell {
        Cell::tag(state_tag(self.t, noun, id))
    }
    fn due(&self, at: Option<jiff::Timestamp>) -> Cell {
        at.map_or_else(|| Cell::text(""), |at| Cell::clock(&time::due(self.t, at, self.m)))
    }
    fn org(&self, id: OrgId) -> Cell {
        Cell::text(self.names.org(id))
    }
}

/// A noun as lines of a list.
pub trait Row: Mine {
    const COLUMNS: &'static [(&'static str, &'static str)];
    /// The list's name in the catalogues, for this reader.
    fn key(actor: &Actor) -> &'static str;
    /// What may be begun from the list.
    fn primary(_: &Visitor) -> Vec<Action> {
        vec![]
    }
    /// Lists that visitors may read.
    const OPEN: bool = false;
    fn orgs(&self) -> Vec<OrgId> {
        vec![]
    }
    fn cells(&self, look: &Look) -> Vec<Cell>;
}

/// The page of a noun's list.
pub async fn of<T>(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer
where
    T: Row,
    Model<T>: Sync,
{
    if !T::OPEN {
        signed_in(&v)?;
    }
    let asked = Asked::new(&web, &v, &ask).await?;
    let (web, v, m) = (&web, &v, &asked.m);
    let fetch = |page: Page| {
        let wanted = asked.filters();
        async move {
            let listed = web.app.own::<T>(&v.actor, wanted, page).await?;
            let challenges: Vec<ChallengeId> = listed.items.iter().filter_map(Stored::challenge_id).collect();
            let orgs: Vec<OrgId> = listed.items.iter().flat_map(Row::orgs).collect();
            let names = web.app.names(&orgs, &[]).await?;
            let look = Look { t: &v.text, m, names, titles: web.app.titles(&challenges).await? };
            Ok((listed.items.iter().map(|x| x.cells(&look)).collect(), listed.next))
        }
    };
    asked.table(T::key(&v.actor), T::COLUMNS, T::primary(v), fetch).await
}

impl Row for Bid {
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("column.challenge", "text"), ("column.lead", "text"), ("column.state", "text"), ("column.sealed_at", "text")];
    fn key(actor: &Actor) -> &'static str {
        if actor.role == Role::Bidder { "nav.my_bids" } else { "nav.bids" }
    }
    fn orgs(&self) -> Vec<OrgId> {
        vec![self.org]
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        let sealed = self.seal.as_ref().map(|s| time::moment(look.t, s.sealed_at)).unwrap_or_default();
        vec![look.link(self), look.org(self.org), look.state(Noun::Bid, self.head.state.id()), Cell::text(sealed)]
    }
}

const CLOCKED: &[(&str, &str)] = &[("column.challenge", "text"), ("column.state", "text"), ("column.due", "clock")];

macro_rules! clocked { ($($thing:ident $key:literal;)*) => { $(impl Row for $thing {
    const COLUMNS: &'static [(&'static str, &'static str)] = CLOCKED;
    fn key(_: &Actor) -> &'static str { $key }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        let due = self.head.due.filter(|_| !self.head.state.is_end());
        vec![look.link(self), look.state(Noun::$thing, self.head.state.id()), look.due(due)]
    }
})* } }
clocked! {
    Assignment "nav.assignments";
    Talk "nav.talks";
    Objection "nav.objections";
    FinalAccount "nav.final_accounts";
    Settlement "nav.settlements";
    Progress "nav.progress";
}

impl Row for Notice {
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("column.challenge", "text"), ("column.winner", "text"), ("column.state", "text"), ("column.ends", "clock")];
    const OPEN: bool = true;
    fn key(_: &Actor) -> &'static str {
        "nav.notices"
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        let end = match self.ends_at {
            Some(at) if self.head.state != NoticeState::InPublicity => Cell::text(time::deadline(look.t, at)),
            at => look.due(at),
        };
        let winners: Vec<&str> = self.winners.iter().map(|w| w.lead.as_str()).collect();
        vec![
            Cell::link(self.title.clone(), format!("/notices/{}", self.id)).note(self.number.clone().unwrap_or_default()),
            Cell::text(winners.join(look.t.comma())),
            look.state(Noun::Notice, self.head.state.id()),
            end,
        ]
    }
}

impl Row for Contract {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("noun.contract", "text"),
        ("column.poster", "text"),
        ("column.lead", "text"),
        ("column.award_wan", "money"),
        ("column.state", "text"),
    ];
    fn key(_: &Actor) -> &'static str {
        "nav.contracts"
    }
    fn orgs(&self) -> Vec<OrgId> {
        vec![self.poster, self.lead]
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        vec![
            Cell::link(self.title.clone(), format!("/contracts/{}", self.id)).note(self.number.clone()),
            look.org(self.poster),
            look.org(self.lead),
            Cell::money(self.award().wan_text()),
            look.state(Noun::Contract, self.head.state.id()),
        ]
    }
}

impl Row for Instalment {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("column.challenge", "text"),
        ("column.source", "text"),
        ("column.payee", "text"),
        ("column.amount", "money"),
        ("column.state", "text"),
        ("column.due", "clock"),
    ];
    fn key(_: &Actor) -> &'static str {
        "nav.instalments"
    }
    fn orgs(&self) -> Vec<OrgId> {
        vec![self.payee]
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        vec![
            look.link(self),
            Cell::text(look.t.t(&format!("source.{}", self.source))),
            look.org(self.payee),
            Cell::money(self.amount_fen.to_string()),
            look.state(Noun::Instalment, self.head.state.id()),
            look.due(self.head.due.filter(|_| !self.head.state.is_end())),
        ]
    }
}

impl Row for Finding {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("column.challenge", "text"),
        ("column.flag", "text"),
        ("column.state", "text"),
        ("column.said", "text"),
        ("column.due", "clock"),
    ];
    fn key(_: &Actor) -> &'static str {
        "nav.findings"
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        let said = self.said.last().map(|s| Cell::text(s.text.clone()).note(s.name.clone()));
        vec![
            look.link(self),
            Cell::text(look.t.t(&format!("flag.{}", self.flag.kind.id()))),
            look.state(Noun::Finding, self.head.state.id()),
            said.unwrap_or_else(|| Cell::text("")),
            look.due(self.head.due.filter(|_| !self.head.state.is_end())),
        ]
    }
}

impl Row for Spending {
    const COLUMNS: &'static [(&'static str, &'static str)] = spending_columns();
    fn key(_: &Actor) -> &'static str {
        "nav.spendings"
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        rows_of(look.t, std::slice::from_ref(self)).remove(0)
    }
}

impl Row for FollowUp {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("column.challenge", "text"),
        ("after.year", "number"),
        ("field.sales_fen", "money"),
        ("field.transfer_fen", "money"),
        ("column.state", "text"),
        ("column.due", "clock"),
    ];
    fn key(_: &Actor) -> &'static str {
        "nav.follow_ups"
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        let told = self.outcomes.clone().unwrap_or_default();
        let due = (self.head.state == FollowUpState::Awaited).then_some(self.report_by);
        vec![
            look.link(self),
            Cell::number(format!("{}/{}", self.year, self.of)),
            Cell::money(told.sales_fen.to_string()),
            Cell::money(told.transfer_fen.to_string()),
            look.state(Noun::FollowUp, self.head.state.id()),
            look.due(due),
        ]
    }
}

impl Row for Integrity {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("after.organisation", "text"),
        ("field.propose_integrity.kind", "text"),
        ("field.bars", "text"),
        ("after.until", "text"),
        ("column.state", "text"),
    ];
    const OPEN: bool = true;
    fn key(_: &Actor) -> &'static str {
        "nav.integrity"
    }
    fn orgs(&self) -> Vec<OrgId> {
        vec![self.org]
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        let t = look.t;
        let bars = self.bars.iter().map(|b| option_text(t, "bars", b)).collect::<Vec<_>>().join(t.comma());
        let state = if self.from_at.is_some() && !self.stands(look.m.now) && !self.head.state.is_end() {
            Cell::tag(Tag { text: t.t("after.expired"), tone: "mute" })
        } else {
            look.state(Noun::Integrity, self.head.state.id())
        };
        vec![
            Cell::link(look.names.org(self.org), format!("/integrity-records/{}", self.id)),
            Cell::text(option_text(t, "kind", &self.kind)),
            Cell::text(bars),
            Cell::text(self.until_at.map(|at| time::deadline(t, at)).unwrap_or_default()),
            state,
        ]
    }
}

impl Row for BudgetDoc {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("noun.budget_doc", "text"),
        ("field.fiscal_year", "number"),
        ("column.amount", "money"),
        ("budget.used", "money"),
        ("budget.left", "money"),
        ("column.state", "text"),
    ];
    fn key(_: &Actor) -> &'static str {
        "nav.budget_docs"
    }
    fn primary(v: &Visitor) -> Vec<Action> {
        let mine = policy::register_budget_doc(&v.actor, BudgetDocId(uuid::Uuid::nil())).is_ok();
        let new = || Action::link("new", v.text.t("budget.register"), "/budget-documents/new").main();
        mine.then(new).into_iter().collect()
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        vec![
            Cell::link(self.number.clone(), format!("/budget-documents/{}", self.id)).note(self.title.clone()),
            Cell::number(self.fiscal_year.to_string()),
            Cell::money(self.amount_fen.to_string()),
            Cell::money(self.used_fen.to_string()),
            Cell::money(self.left().to_string()),
            look.state(Noun::BudgetDoc, self.head.state.id()),
        ]
    }
}

impl Row for Registration {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("registration.kind", "text"),
        ("column.organisation", "text"),
        ("registration.asked_by", "text"),
        ("registration.answered_by", "text"),
        ("column.state", "text"),
    ];
    fn key(_: &Actor) -> &'static str {
        "nav.registrations"
    }
    fn orgs(&self) -> Vec<OrgId> {
        vec![self.org]
    }
    fn cells(&self, look: &Look) -> Vec<Cell> {
        let t = look.t;
        let asked = if self.is_console() { t.t("registration.console") } else { self.asked_name.clone() };
        vec![
            Cell::link(option_text(t, "registration_kind", self.matter.kind()), format!("/registrations/{}", self.id))
                .note(self.subject.clone()),
            Cell::text(look.names.org(self.org)),
            Cell::text(asked).note(time::moment(t, self.asked_at)),
            Cell::text(self.answered_name.clone().unwrap_or_default()),
            look.state(Noun::Registration, self.head.state.id()),
        ]
    }
}
