//! From the opening to the decision on an objection: what was opened, how it was ranked, what was talked over, who promised what.
use super::body::{Fact, Pen, Signer, listed, yes};
use super::{Body, DocumentKind, Paper, Who};
use crate::domain::words::{self, Text};
use crate::domain::{
    Assignment, Bid, BidId, Challenge, Notice, Objection, ObjectionState, PanelReport, PartA, Talk, talk::Minute,
};
use jiff::Timestamp;

/// One bid as the opening record lists it.
#[derive(Clone, Debug)]
pub struct OpenedBid {
    pub lead: String,
    pub sealed_at: Option<Timestamp>,
    pub sha256: String,
    /// Nothing when it opened; else why it did not.
    pub failed: Option<String>,
}

/// 开榜记录: who opened what and when, each bid beside the hash that its receipt shows.
#[derive(Debug)]
pub struct OpeningRecord<'a> {
    pub c: &'a Challenge,
    pub bids: &'a [OpenedBid],
    pub at: Timestamp,
    pub witness: String,
    pub who: &'a Who,
}

impl Paper for OpeningRecord<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::OpeningRecord
    }
    fn body(&self, t: &Text) -> Body {
        let (c, mut pen) = (self.c, Pen::new(t));
        let close = c.close_at.map(|at| words::deadline(t, at)).unwrap_or_default();
        let officer = c.opening.as_ref().map(|h| self.who.person(h.by)).unwrap_or_default();
        let opened = self.bids.iter().filter(|b| b.failed.is_none()).count();
        pen.facts(vec![
            ("doc.challenge_no", c.number.clone().unwrap_or_default()),
            ("doc.challenge", c.title.clone()),
            ("column.close_at", close),
            ("doc.opening.at", words::moment(t, self.at)),
            ("doc.opening.officer", officer.clone()),
            ("doc.opening.supervisor", self.witness.clone()),
            ("doc.opening.sealed_by", t.t(if c.sealing.is_some() { "sealed_by.team" } else { "sealed_by.server" })),
            ("doc.opening.roster", c.sealing.as_ref().map(|s| s.sha256.clone()).unwrap_or_default()),
            ("doc.opening.count", opened.to_string()),
        ]);
        let rows = self.bids.iter().enumerate().map(|(n, b)| {
            let why = |w: &String| t.first(&[&format!("bid_reason.{w}"), &format!("refusal.{w}"), w]);
            vec![
                (n + 1).to_string(),
                b.lead.clone(),
                b.sealed_at.map(|at| words::moment(t, at)).unwrap_or_default(),
                b.sha256.clone(),
                b.failed.as_ref().map_or_else(|| t.t("doc.opening.opened"), why),
            ]
        });
        pen.table(
            "block.bids",
            &["doc.no", "column.lead", "column.sealed_at", "doc.sha256", "doc.opening.result"],
            rows.collect(),
        );
        if self.bids.is_empty() {
            pen.say("doc.opening.none", &[]);
        }
        pen.say("doc.opening.words", &[]);
        let signer = |party: &str, name: String| Signer {
            party: t.t(party),
            name,
            lines: vec![Fact { label: t.t("doc.date"), value: words::day_of(t, self.at) }],
        };
        Body {
            title: t.with("doc.opening.title", &[("title", c.title.clone())]),
            parts: pen.done(),
            signers: vec![signer("doc.opening.officer", officer), signer("doc.opening.supervisor", self.witness.clone())],
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// 专家组评审报告: who sat and who left, how the bids were ranked, what was explained, changed and voted, what the panel concludes and
/// who dissents. Experts stand in it by name where they sat, by seat where scores are told.
#[derive(Debug)]
pub struct PanelPaper<'a> {
    pub c: &'a Challenge,
    pub r: &'a PanelReport,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl PanelPaper<'_> {
    fn panel(&self, pen: &mut Pen<'_>) {
        let (t, r) = (pen.t, self.r);
        pen.heading("doc.panel.sat");
        let chair = |chair: bool| if chair { t.t("doc.panel.chair") } else { String::new() };
        let mut rows: Vec<_> =
            r.members.iter().map(|m| vec![m.person.name.clone(), m.person.unit.clone(), chair(m.chair)]).collect();
        rows.sort();
        pen.table("", &["role.expert", "column.unit", "doc.panel.part_in"], rows);
        if let Some(drawn) = &r.draw {
            pen.facts(vec![("column.draw_seed", drawn.seed_sha256.clone()), ("column.draw_pool", drawn.pool_sha256.clone())]);
        }
        let rows = r.gone.iter().map(|x| {
            let next = x.next.as_ref().map(|p| p.name.clone()).unwrap_or_default();
            vec![x.person.name.clone(), x.person.unit.clone(), x.reason.clone().unwrap_or_default(), next]
        });
        pen.table("report.gone", &["role.expert", "column.unit", "field.reason", "report.next"], rows.collect());
        pen.heading("doc.panel.rubric");
        let part = |blind: bool| t.t(if blind { "doc.panel.blind" } else { "doc.panel.open" });
        let rows = r.rubric.items.iter().map(|i| vec![t.t(&format!("field.{}", i.id)), part(i.blind), i.most.to_string()]);
        pen.table("", &["field.item", "doc.panel.part", "#column.most"], rows.collect());
    }

    fn scores(&self, pen: &mut Pen<'_>) {
        let (t, r) = (pen.t, self.r);
        let name = |bid: BidId| r.bids.iter().find(|b| b.bid == bid).map(|b| b.lead.clone()).unwrap_or_default();
        let seat = |n: usize| t.with("report.seat", &[("n", n.to_string())]);
        pen.heading("block.ranking");
        let rows = r.bids.iter().map(|b| {
            let found = t.t(if b.qualified { "ui.qualified" } else { "ui.not_qualified" });
            vec![b.rank.to_string(), b.lead.clone(), b.blind.to_string(), b.total.to_string(), found]
        });
        let columns = ["column.rank", "column.lead", "#column.blind_score", "#column.score", "column.qualified"];
        pen.table("", &columns, rows.collect());
        let rows = r.outliers.iter().map(|o| {
            let said = o.explanation.clone().unwrap_or_else(|| t.t("report.kept_silent"));
            vec![seat(o.seat), name(o.bid), o.total.to_string(), o.median.to_string(), said]
        });
        let columns = ["report.seat_head", "column.lead", "#column.score", "#column.median", "field.explanation"];
        pen.table("report.outliers", &columns, rows.collect());
        let rows = r.changes.iter().map(|x| {
            let (before, after) = (x.change.before.to_string(), x.change.after.to_string());
            vec![seat(x.seat), name(x.bid), t.t(&format!("field.{}", x.change.item)), before, after, x.change.reason.clone()]
        });
        let columns = ["report.seat_head", "column.lead", "field.item", "#column.before", "#column.after", "field.reason"];
        pen.table("report.changes", &columns, rows.collect());
        let rows = r.votes.iter().map(|v| vec![name(v.bid), v.votes.to_string()]);
        pen.table("doc.panel.votes", &["column.lead", "#doc.panel.votes_for"], rows.collect());
    }
}

impl Paper for PanelPaper<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::PanelReport
    }
    fn body(&self, t: &Text) -> Body {
        let (c, r, mut pen) = (self.c, self.r, Pen::new(t));
        let seats = r.members.len().to_string();
        pen.say("doc.panel.opening", &[("title", c.title.clone()), ("n", seats), ("round", r.round.to_string())]);
        self.panel(&mut pen);
        self.scores(&mut pen);
        pen.heading("doc.panel.conclusion");
        if let Some(said) = &r.conclusion {
            pen.quote(&said.text);
            pen.facts(vec![
                ("field.effective_competition", yes(t, said.effective_competition)),
                ("field.routes_differ", yes(t, said.routes_differ)),
            ]);
        }
        if let Some(note) = &r.officer_note {
            pen.heading("report.officer_note");
            pen.quote(note);
        }
        for d in &r.dissent {
            pen.say("report.dissent", &[("n", d.seat.to_string())]);
            pen.quote(&d.text);
        }
        let lines = || vec![Fact { label: t.t("doc.signature"), value: String::new() }];
        let sign = r.members.iter().map(|m| Signer { party: t.t("role.expert"), name: m.person.name.clone(), lines: lines() });
        let mut signers: Vec<Signer> = sign.collect();
        signers.sort_by(|a, b| a.name.cmp(&b.name));
        Body {
            title: t.with("doc.panel.title", &[("title", c.title.clone())]),
            parts: pen.done(),
            signers,
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// 异议处理决定书: to the objector, with the finding, its reasons, and what may be done against it.
#[derive(Debug)]
pub struct ObjectionDecision<'a> {
    pub o: &'a Objection,
    pub n: &'a Notice,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for ObjectionDecision<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::ObjectionDecision
    }
    fn body(&self, t: &Text) -> Body {
        let (o, mut pen) = (self.o, Pen::new(t));
        let number = self.n.number.clone().unwrap_or_default();
        pen.say("doc.objection.opening", &[("number", number), ("title", self.n.title.clone())]);
        pen.heading("doc.objection.request");
        pen.quote(&o.request);
        pen.heading("doc.objection.facts");
        pen.quote(&o.facts);
        pen.heading("doc.objection.finding");
        if let Some(found) = &o.findings {
            pen.quote(&found.facts_found);
        }
        pen.quote(o.decision_reason.as_deref().unwrap_or(""));
        pen.heading("doc.objection.decision");
        let state = match o.head.state {
            ObjectionState::Upheld => "upheld",
            ObjectionState::PartlyUpheld => "partly_upheld",
            _ => "dismissed",
        };
        let minutes = o.decision.as_ref().map(|d| d.number.clone()).unwrap_or_default();
        pen.say(&format!("doc.objection.{state}"), &[("minutes", minutes)]);
        if let Some(effect) = &o.effect {
            pen.say(&format!("doc.objection.effect.{effect}"), &[]);
        }
        if let Some(l) = &o.letter {
            pen.say("doc.objection.rule", &[("rule", l.rule.clone())]);
        }
        pen.say("doc.objection.remedy", &[]);
        if let Some((l, again)) = o.letter.as_ref().and_then(|l| Some((l, l.reconsider_until.as_ref()?))) {
            let days = [("again", words::day_text(t, again)), ("remedy", words::day_text(t, &l.remedy_until))];
            pen.say("doc.objection.until", &days);
        }
        Body {
            title: t.t("document.objection_decision"),
            addressee: Some(t.with("doc.to", &[("name", o.name.clone())])),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// 洽谈纪要: what was talked over, confirmed by the other side.
#[derive(Debug)]
pub struct MinutesPaper<'a> {
    pub talk: &'a Talk,
    pub title: &'a str,
    pub who: &'a Who,
}

impl Paper for MinutesPaper<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::Minutes
    }
    fn body(&self, t: &Text) -> Body {
        let (talk, mut pen) = (self.talk, Pen::new(t));
        let (poster, team) = (self.who.org(talk.poster), self.who.org(talk.org));
        pen.facts(vec![("doc.challenge", self.title.to_owned()), ("doc.poster", poster.clone()), ("doc.bidder", team.clone())]);
        for m in &talk.minutes {
            pen.heading("doc.minutes.talk");
            pen.facts(vec![
                ("field.held_on", words::day_text(t, &m.held_on)),
                ("field.present", m.present.clone()),
                ("column.confirmed", confirmed(t, m)),
            ]);
            pen.quote(&m.summary);
        }
        let signer = |party: &str, name: String| Signer {
            party: t.t(party),
            name,
            lines: vec![Fact { label: t.t("doc.signature"), value: String::new() }],
        };
        let last = talk.minutes.iter().map(|m| m.held_on.as_str()).max();
        Body {
            title: t.with("doc.minutes.title", &[("title", self.title.to_owned())]),
            parts: pen.done(),
            signers: vec![signer("party.poster", poster), signer("party.bidder", team)],
            date: last.map(|d| words::day_text(t, d)),
            ..Body::default()
        }
    }
}

fn confirmed(t: &Text, m: &Minute) -> String {
    t.t(if m.confirmed_by.is_some() { "ui.confirmed" } else { "ui.not_confirmed" })
}

/// 承诺书 of a bidder: what its authorised person promised when the bid was sealed.
#[derive(Debug)]
pub struct BidCommitment<'a> {
    pub c: &'a Challenge,
    pub b: &'a Bid,
    pub offer: &'a PartA,
    pub who: &'a Who,
}

impl Paper for BidCommitment<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::BidCommitment
    }
    fn body(&self, t: &Text) -> Body {
        let (c, o, mut pen) = (self.c, self.offer, Pen::new(t));
        let lead = self.who.org(self.b.org);
        pen.say("doc.commitment.opening", &[("title", c.title.clone()), ("number", c.number.clone().unwrap_or_default())]);
        let promises = [
            ("field.commit_integrity", o.commit_integrity),
            ("field.commit_original", o.commit_original),
            ("field.commit_no_double_funding", o.commit_no_double_funding),
            ("field.commit_no_affiliation", o.commit_no_affiliation),
            ("field.commit_safety", o.commit_safety),
            ("field.commit_pledge", o.commit_pledge),
        ];
        promised(&mut pen, promises.into_iter().map(|(key, holds)| (t.t(key), holds)));
        pen.say("doc.commitment.consequence", &[]);
        let seal = self.b.seal.as_ref();
        let lines = vec![
            Fact { label: t.t("field.pi_name"), value: o.pi_name.clone() },
            Fact { label: t.t("doc.partners"), value: listed(t, o.members.iter().skip(1).map(|m| m.name.clone())) },
        ];
        Body {
            title: t.t("document.bid_commitment"),
            addressee: Some(t.with("doc.to", &[("name", self.who.office.clone())])),
            parts: pen.done(),
            signers: vec![Signer { party: t.t("party.bidder"), name: lead, lines }],
            date: seal.map(|s| words::day_of(t, s.sealed_at)),
            remark: seal.map(|s| t.with("doc.commitment.sealed", &[("sha256", s.sha256.clone())])),
            ..Body::default()
        }
    }
}

/// Promises one by one, as they were given.
fn promised(pen: &mut Pen<'_>, all: impl Iterator<Item = (String, bool)>) {
    let rows = all.enumerate().map(|(n, (promise, holds))| vec![(n + 1).to_string(), promise, yes(pen.t, holds)]).collect();
    pen.table("", &["doc.no", "doc.commitment.promise", "doc.commitment.given"], rows);
}

/// 专家承诺书: what an expert promised before it read anything.
#[derive(Debug)]
pub struct ExpertCommitment<'a> {
    pub c: &'a Challenge,
    pub a: &'a Assignment,
    pub who: &'a Who,
}

impl Paper for ExpertCommitment<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::ExpertCommitment
    }
    fn body(&self, t: &Text) -> Body {
        let (c, a, mut pen) = (self.c, self.a, Pen::new(t));
        pen.say("doc.expert.opening", &[("title", c.title.clone()), ("number", c.number.clone().unwrap_or_default())]);
        let field = |name: &str| t.first(&[&format!("field.commitment.{name}"), &format!("field.{name}")]);
        promised(&mut pen, ["no_conflict", "independence", "secrecy", "no_lobbying"].into_iter().map(|n| (field(n), true)));
        let lines = vec![Fact { label: t.t("column.unit"), value: self.who.unit(a.expert) }];
        Body {
            title: t.t("document.expert_commitment"),
            addressee: Some(t.with("doc.to", &[("name", self.who.office.clone())])),
            parts: pen.done(),
            signers: vec![Signer { party: t.t("role.expert"), name: self.who.person(a.expert), lines }],
            ..Body::default()
        }
    }
}
