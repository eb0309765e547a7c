//! A notice with its clock, and objections to it.
use super::*;

/// A notice with how its clock was counted, and what came of objections: never who objected.
pub(super) async fn notice(web: &Web, v: &Visitor, n: &Notice, m: &Moment) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let mut out: Vec<Block> = paper::notice_sheet(web, v, n.id.0).await?.into_iter().collect();
    let counted = counted(t, n, m);
    if !counted.is_empty() {
        out.push(Block::summary("clock", t.t("notice.clock"), counted));
    }
    let outcomes = web.app.outcomes_on(n.id).await?;
    if !outcomes.is_empty() {
        let rows = outcomes.into_iter().map(|s| vec![Cell::tag(state_tag(t, Noun::Objection, s.id()))]).collect();
        out.push(Block::table("outcomes", t.t("notice.outcomes"), vec![(t.t("column.state"), "text")], rows, t.t("ui.none")));
    }
    Ok(out)
}

/// First day, last day, days counted and passed over, days left where the clock stands.
fn counted(t: &Text, n: &Notice, m: &Moment) -> Vec<Item> {
    let (Some(from), Some(end)) = (n.starts_on.as_deref().and_then(|d| d.parse::<jiff::civil::Date>().ok()), n.ends_at) else {
        return vec![];
    };
    let due = m.calendar.add_workdays(from, i64::from(n.days));
    let day = |d: &jiff::civil::Date| time::day(t, *d);
    let mut items = vec![
        Item::new(t.t("notice.first_day"), day(&from)).note(t.t("notice.first_day_note")),
        Item::new(t.t("notice.last_day"), time::deadline(t, end)).note(m.calendar.version.clone()),
    ];
    if deadline_instant(due.date) == end {
        items.push(Item::new(t.t("notice.days_counted"), due.counted.iter().map(day).collect::<Vec<_>>().join(t.comma())));
        if !due.skipped.is_empty() {
            let skipped = due.skipped.iter().map(|(d, _)| day(d)).collect::<Vec<_>>().join(t.comma());
            items.push(Item::new(t.t("notice.days_skipped"), skipped));
        }
    }
    if let Some(left) = n.days_left {
        items.push(Item::new(t.t("notice.days_left"), left.to_string()).note(t.t("notice.days_left_note")));
    }
    items
}

/// Every clock of an objection: when it ends, how it was counted, and what happens when it is missed.
pub fn clock_block(t: &Text, all: &[Deadline], m: &Moment) -> Block {
    let row = |d: &Deadline| {
        let due = time::due(t, d.due, m);
        let state = match d.done {
            Some(at) if at <= d.due => Cell::text(t.t("clock.met")).note(time::moment(t, at)),
            // A right that nobody used is over; nobody is late with it.
            done if d.is_right() && done.unwrap_or(m.now) > d.due => Cell::text(t.t("clock.passed")),
            Some(at) => Cell::text(t.t("clock.late")).note(time::moment(t, at)),
            None => Cell::clock(&due),
        };
        let how = t.with("clock.how", &[("from", time::day_text(t, &d.from)), ("days", d.days.to_string())]);
        vec![
            Cell::text(t.t(&format!("clock.{}", d.what))),
            Cell::text(time::deadline(t, d.due)).note(how),
            state,
            Cell::text(t.t(&format!("clock.{}.missed", d.what))),
        ]
    };
    let columns = ["what", "due", "now", "missed"].iter().map(|c| (t.t(&format!("clock.column.{c}")), "text")).collect();
    Block::table("clocks", t.t("clock.title"), columns, all.iter().map(row).collect(), t.t("ui.none"))
}

/// The decision in writing, with what may be done against it.
pub fn letter_block(t: &Text, o: &Objection) -> Option<Block> {
    let l = o.letter.as_ref()?;
    let mut items = vec![Item::new(t.t("letter.outcome"), t.t(&format!("state.objection.{}", l.outcome)))];
    items.extend(l.effect.as_ref().map(|e| Item::new(t.t("field.effect"), option_text(t, "effect", e))));
    items.extend([
        Item::new(t.t("field.facts_found"), l.facts_found.clone()),
        Item::new(t.t("letter.reasons"), l.reasons.clone()),
        Item::new(t.t("field.rule"), l.rule.clone()),
        Item::new(t.t("letter.decided_on"), time::day_text(t, &l.decided_on)),
        Item::new(t.t("letter.remedy"), t.with("letter.remedy_text", &[("date", time::day_text(t, &l.remedy_until))])),
    ]);
    if let Some(until) = &l.reconsider_until {
        let text = t.with("letter.reconsider_text", &[("date", time::day_text(t, until))]);
        items.push(Item::new(t.t("letter.reconsider"), text));
    }
    Some(Block::summary("letter", t.t("letter.title"), items))
}

type Loaded = (Objection, Notice, Option<String>);

pub(super) async fn objection(web: &Web, v: &Visitor, x: &Loaded, m: &Moment) -> Result<Vec<Block>, Problem> {
    let (t, (o, n, contact)) = (&v.text, x);
    let mut items = vec![Item::new(t.t("noun.notice"), n.number.clone().unwrap_or_default()).href(format!("/notices/{}", n.id))];
    if let Some(contact) = contact {
        if !o.kind.is_empty() {
            items.push(Item::new(t.t("field.kind"), option_text(t, "kind", &o.kind)));
        }
        items.push(Item::new(t.t("field.name"), o.name.clone()));
        items.extend(o.uscc.as_ref().map(|u| Item::new(t.t("field.uscc"), u.to_string())));
        items.push(Item::new(t.t("field.contact"), contact.clone()).note(t.t("objection.contact_note")));
    }
    items.push(Item::new(t.t("field.request"), o.request.clone()));
    if contact.is_some() {
        items.extend(o.ground.as_ref().map(|g| Item::new(t.t("field.ground"), option_text(t, "ground", g))));
        items.extend(o.note.as_ref().map(|n| Item::new(t.t("field.note"), n.clone())));
        let names = web.app.names(&[], &o.investigators).await?;
        let two: Vec<&str> = o.investigators.iter().map(|a| names.account(*a)).collect();
        if !two.is_empty() {
            items.push(Item::new(t.t("objection.investigators"), two.join(t.comma())));
        }
        items.extend(o.extended.as_ref().map(|r| Item::new(t.t("clock.extension"), r.clone())));
    }
    if o.ex_officio {
        items.push(Item::new(t.t("objection.ex_officio"), t.t("objection.ex_officio_text")));
    }
    let text = |id: &str, title: String, said: &str| Block::Text {
        title,
        id: id.into(),
        paragraphs: said.lines().map(str::to_owned).collect(),
    };
    let mut out = vec![Block::summary("facts", t.t("block.facts"), items), text("facts-text", t.t("field.facts"), &o.facts)];
    out.extend(o.answers.iter().map(|a| text("answer", t.t("column.answer"), &a.text)));
    if let Some(f) = o.findings.as_ref().filter(|_| contact.is_some()) {
        out.push(text("findings", t.t("field.facts_found"), &f.facts_found));
        out.extend(f.experts.iter().map(|e| text("expert", format!("{} · {}", e.expert, e.unit), &e.opinion)));
    }
    if let Some(again) = o.reconsideration.as_ref().filter(|_| contact.is_some()) {
        out.push(text("again", t.t("field.new_facts"), again));
    }
    out.push(clock_block(t, &o.deadlines, m));
    out.extend(letter_block(t, o));
    if contact.is_some() {
        out.extend(attached(web, t, o.id.0).await?);
    }
    Ok(out)
}
