//! What the bureau makes public: the challenge, its amendment, the proposed award, the award; and the letter to the winner.
use super::body::{Pen, listed, sum, sum_if};
use super::{Body, DocumentKind, Paper, Who};
use crate::domain::notice::Winner;
use crate::domain::words::{self, Text, option_text};
use crate::domain::{CallingOff, Challenge, Change, Money, Need, Notice, revision};
use jiff::Timestamp;

/// 发榜公告: the need as the public may read it, and how to bid.
#[derive(Debug)]
pub struct PublicationNotice<'a> {
    pub c: &'a Challenge,
    pub who: &'a Who,
}

impl Paper for PublicationNotice<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::PublicationNotice
    }
    fn body(&self, t: &Text) -> Body {
        let (c, mut pen) = (self.c, Pen::new(t));
        let listing = c.listing.as_ref().map(|m| m.number.clone()).unwrap_or_default();
        let opening = if listing.is_empty() { "doc.publication.opening_plain" } else { "doc.publication.opening" };
        pen.say(opening, &[("title", c.title.clone()), ("minutes", listing)]);
        if let Some(n) = &c.need {
            need(&mut pen, c, n);
        }
        let sealed = if c.sealing.is_some() { "doc.publication.by_keyholders" } else { "doc.publication.by_server" };
        pen.heading("doc.publication.how");
        let close = c.close_at.map(|at| words::deadline(t, at)).unwrap_or_default();
        pen.say("doc.publication.steps", &[("close", close), ("sealed", t.t(sealed))]);
        pen.say("doc.publication.review", &[]);
        Body {
            title: t.with("doc.publication.title", &[("title", c.title.clone())]),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: c.published_at.map(|at| words::day_of(t, at)),
            ..Body::default()
        }
    }
}

fn need(pen: &mut Pen<'_>, c: &Challenge, n: &Need) {
    let t = pen.t;
    pen.heading("doc.publication.facts");
    let mode = option_text(t, "award_mode", &n.award_mode);
    pen.facts(vec![
        ("doc.challenge_no", c.number.clone().unwrap_or_default()),
        ("doc.poster", c.shown_name.clone().unwrap_or_else(|| t.t("ui.anonymous"))),
        ("field.track", option_text(t, "track", &n.track)),
        ("field.award_mode", n.lanes.map_or_else(|| mode.clone(), |k| format!("{mode} {k}"))),
        ("field.stake_fen", sum(t, n.stake_fen)),
        ("field.county_fen", sum_if(t, n.county_fen)),
        ("field.superior_fen", sum_if(t, n.superior_fen.unwrap_or_default())),
        ("field.enterprise_fen", sum_if(t, n.enterprise())),
        ("field.bidder_fen", sum_if(t, n.bidder_fen.unwrap_or_default())),
        ("field.other_fen", sum_if(t, n.other_fen.unwrap_or_default())),
        ("field.funding_mode", option_text(t, "funding_mode", &n.funding_mode)),
        ("field.period_months", n.period_months.to_string()),
        ("field.ip_wish", option_text(t, "ip_wish", &n.ip_wish)),
    ]);
    pen.heading("doc.publication.need");
    pen.quote(&n.background);
    if n.confidentiality == "open" {
        pen.quote(&n.current_state);
    }
    pen.quote(&n.scope);
    pen.heading("field.indicators");
    pen.indicators(&n.indicators);
    pen.heading("field.deliverables");
    let rows = n
        .deliverables
        .iter()
        .map(|d| vec![option_text(t, "kind", &d.kind), d.count.to_string(), d.note.clone().unwrap_or_default()]);
    pen.table("", &["field.kind", "#field.count", "field.note"], rows.collect());
    pen.heading("field.bidder_conditions");
    match &n.bidder_conditions {
        Some(asked) if !asked.is_empty() => pen.quote(asked),
        _ => pen.say("doc.publication.no_conditions", &[]),
    }
}

/// 更正公告: what changed, from what to what, and why.
#[derive(Debug)]
pub struct AmendmentNotice<'a> {
    pub c: &'a Challenge,
    pub changes: &'a [Change],
    pub reason: &'a str,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for AmendmentNotice<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::AmendmentNotice
    }
    fn body(&self, t: &Text) -> Body {
        let (c, mut pen) = (self.c, Pen::new(t));
        let number = c.number.clone().unwrap_or_default();
        pen.say("doc.amendment.opening", &[("title", c.title.clone()), ("number", number), ("edition", c.edition.to_string())]);
        pen.heading("doc.amendment.changes");
        let row = |x: &Change| {
            let d = revision::difference(t, x);
            vec![d.what, d.before, d.after]
        };
        pen.table("", &["column.field", "column.before", "column.after"], self.changes.iter().map(row).collect());
        pen.heading("field.reason");
        pen.quote(self.reason);
        pen.heading("doc.amendment.after");
        let close = c.close_at.map(|at| words::deadline(t, at)).unwrap_or_default();
        let after = if c.material_edition == c.edition { "doc.amendment.material" } else { "doc.amendment.plain" };
        pen.say(after, &[("close", close)]);
        Body {
            title: t.with("doc.amendment.title", &[("title", c.title.clone())]),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// 撤榜公告: that a published challenge ends here, by whose decision, why, and what becomes of bids that were sealed.
#[derive(Debug)]
pub struct CallingOffNotice<'a> {
    pub c: &'a Challenge,
    pub decided: &'a CallingOff,
    /// Bids lie sealed.
    pub sealed: bool,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for CallingOffNotice<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::CallingOffNotice
    }
    fn body(&self, t: &Text) -> Body {
        let (c, x, mut pen) = (self.c, self.decided, Pen::new(t));
        let opening = if x.withdrawal { "doc.calling_off.withdrawn" } else { "doc.calling_off.cancelled" };
        let number = c.number.clone().unwrap_or_else(|| t.t("doc.calling_off.no_number"));
        pen.say(opening, &[("title", c.title.clone()), ("number", number), ("minutes", x.minutes.number.clone())]);
        pen.heading("field.reason");
        pen.quote(&x.reason);
        if self.sealed {
            pen.heading("doc.calling_off.sealed");
            pen.say("doc.calling_off.sealed_text", &[]);
        }
        Body {
            title: t.with("doc.calling_off.title", &[("title", c.title.clone())]),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

fn winner(t: &Text, w: &Winner, months: i64) -> Vec<(&'static str, String)> {
    vec![
        ("doc.award.lead", w.lead.clone()),
        ("doc.award.partners", listed(t, w.partners.iter().cloned())),
        ("field.pi_name", w.principal_investigator.clone()),
        ("field.county_fen", sum_if(t, w.county_fen)),
        ("field.enterprise_fen", sum_if(t, w.enterprise_fen)),
        ("doc.award.own", sum_if(t, w.self_fen)),
        ("field.period_months", months.to_string()),
        ("column.score", w.score.map(|s| s.to_string()).unwrap_or_default()),
    ]
}

/// 拟中榜公示: who is to win, with what, until when one may object, and how.
#[derive(Debug)]
pub struct ProposedAward<'a> {
    pub n: &'a Notice,
    pub who: &'a Who,
}

impl Paper for ProposedAward<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::ProposedAwardNotice
    }
    fn body(&self, t: &Text) -> Body {
        let (n, mut pen) = (self.n, Pen::new(t));
        pen.say("doc.proposed.opening", &[("title", n.title.clone()), ("minutes", n.minutes.clone())]);
        pen.heading("doc.proposed.winner");
        for w in &n.winners {
            pen.facts(winner(t, w, n.period_months));
        }
        pen.heading("doc.proposed.conclusion");
        pen.quote(&n.conclusion);
        if n.single_bid {
            pen.say("doc.proposed.single_bid", &[]);
        }
        if n.winners.len() > 1 {
            pen.say("doc.proposed.race", &[("n", n.winners.len().to_string())]);
        }
        pen.heading("doc.proposed.period");
        if let (Some(from), Some(end)) = (&n.starts_on, n.ends_at) {
            let until = words::deadline(t, end);
            pen.say("doc.proposed.clock", &[("from", words::day_text(t, from)), ("to", until), ("days", n.days.to_string())]);
        }
        if let (Some(before), Some(end)) = (n.corrected_from, n.ends_at) {
            let [before, to] = [before, end].map(|at| words::deadline(t, at));
            pen.say("doc.proposed.correction", &[("before", before), ("to", to)]);
        }
        pen.say("doc.proposed.channel", &[("office", self.who.office.clone())]);
        pen.say("doc.proposed.tip_off", &[]);
        Body {
            title: t.with("doc.proposed.title", &[("title", n.title.clone())]),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: n.starts_on.as_deref().map(|d| words::day_text(t, d)),
            ..Body::default()
        }
    }
}

/// 中榜公告: the award after the notice ran out, and who sat on the panel.
#[derive(Debug)]
pub struct AwardAnnouncement<'a> {
    pub n: &'a Notice,
    /// Names and units, as one list: never who scored what.
    pub panel: &'a [(String, String)],
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for AwardAnnouncement<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::AwardAnnouncement
    }
    fn body(&self, t: &Text) -> Body {
        let (n, mut pen) = (self.n, Pen::new(t));
        let end = n.ends_at.map(|at| words::deadline(t, at)).unwrap_or_default();
        let number = n.number.clone().unwrap_or_default();
        pen.say("doc.announcement.opening", &[("title", n.title.clone()), ("number", number), ("end", end)]);
        for w in &n.winners {
            pen.facts(winner(t, w, n.period_months));
        }
        if !self.panel.is_empty() {
            pen.heading("doc.announcement.panel");
            let rows = self.panel.iter().map(|(name, unit)| vec![name.clone(), unit.clone()]);
            pen.table("", &["role.expert", "column.unit"], rows.collect());
        }
        Body {
            title: t.with("doc.announcement.title", &[("title", n.title.clone())]),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}

/// 中榜通知书: to one winner, with what it has won and by when it must sign.
#[derive(Debug)]
pub struct AwardLetter<'a> {
    pub n: &'a Notice,
    pub w: &'a Winner,
    pub sign_by: Option<Timestamp>,
    pub at: Timestamp,
    pub who: &'a Who,
}

impl Paper for AwardLetter<'_> {
    fn kind(&self) -> DocumentKind {
        DocumentKind::AwardLetter
    }
    fn body(&self, t: &Text) -> Body {
        let (n, w, mut pen) = (self.n, self.w, Pen::new(t));
        let number = n.number.clone().unwrap_or_default();
        pen.say("doc.letter.opening", &[("title", n.title.clone()), ("number", number)]);
        let total = Money::sum([w.county_fen, w.enterprise_fen]).unwrap_or_default();
        let mut facts = vec![("column.award", sum(t, total))];
        facts.extend(winner(t, w, n.period_months).into_iter().filter(|(key, _)| *key != "column.score"));
        pen.facts(facts);
        let by = self.sign_by.map(|at| words::deadline(t, at)).unwrap_or_default();
        pen.say("doc.letter.sign", &[("by", by)]);
        pen.say("doc.letter.give_up", &[]);
        Body {
            title: t.t("document.award_letter"),
            addressee: Some(t.with("doc.to", &[("name", w.lead.clone())])),
            parts: pen.done(),
            unit: Some(self.who.office.clone()),
            date: Some(words::day_of(t, self.at)),
            ..Body::default()
        }
    }
}
