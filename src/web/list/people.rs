//! Lists of organisations, accounts, experts, and the record itself.
use super::*;
use crate::web::text::Lang;

pub async fn organisations(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let asked = Asked::new(&web, &v, &ask).await?;
    let (web, v, asked) = (&web, &v, &asked);
    let row = |(o, other): (&Organisation, Option<(String, String)>)| {
        let note = other.map(|(uscc, name)| v.text.with("organisations.same_name", &[("name", name), ("uscc", uscc)]));
        let name = Cell::link(o.name.clone(), format!("/organisations/{}", o.id));
        vec![
            note.map_or_else(|| name.clone(), |note| name.clone().note(note)),
            Cell::text(o.uscc.to_string()),
            Cell::text(option_text(&v.text, "kind", &o.kind)),
            Cell::text(o.region.clone()),
        ]
    };
    let fetch = |page: Page| async move {
        let listed = web.app.organisations(&v.actor, &asked.filters, page).await?;
        let names: Vec<(String, String)> = listed.items.iter().map(|o| (o.uscc.to_string(), o.name.clone())).collect();
        let others = web.app.of_same_names(&names).await?;
        Ok((listed.items.iter().zip(others).map(row).collect(), listed.next))
    };
    let columns = [("field.name", "text"), ("field.uscc", "text"), ("field.kind", "text"), ("field.region", "text")];
    let primary = vec![Action::link("new", v.text.t("ui.new_organisation"), "/organisations/new").main()];
    asked.table("nav.organisations", &columns, primary, fetch).await
}

pub async fn accounts(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let asked = Asked::new(&web, &v, &ask).await?;
    let (web, v, asked) = (&web, &v, &asked);
    let fetch = |page: Page| async move {
        let listed = web.app.accounts(&v.actor, &asked.filters, page).await?;
        let names = web.app.names(&listed.items.iter().map(|a| a.org).collect::<Vec<_>>(), &[]).await?;
        Ok((listed.items.iter().map(|a| account_row(&v.text, a, names.org(a.org))).collect(), listed.next))
    };
    let columns = [("field.name", "text"), ("field.role", "text"), ("column.organisation", "text"), ("column.state", "text")];
    let primary = vec![Action::link("new", v.text.t("ui.new_account"), "/accounts/new").main()];
    asked.table("nav.accounts", &columns, primary, fetch).await
}

fn account_row(t: &Text, a: &Account, org: &str) -> Vec<Cell> {
    let (state, tone) = if a.active { ("ui.active", "ok") } else { ("ui.suspended", "bad") };
    vec![
        Cell::link(a.name.clone(), format!("/accounts/{}", a.id)).note(a.email.clone()),
        Cell::text(t.t(&format!("role.{}", a.role.id()))),
        Cell::text(org),
        Cell::tag(Tag { text: t.t(state), tone }),
    ]
}

/// The expert pool with how each scores, for those who convene and oversee.
pub async fn experts(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let asked = Asked::new(&web, &v, &ask).await?;
    let (web, v, asked, today) = (&web, &v, &asked, date_of(asked.m.now));
    let fetch = |page: Page| async move {
        let listed = web.app.habits(&v.actor, asked.filters(), page).await?;
        Ok((listed.items.iter().map(|(a, unit, h)| expert_row(&v.text, a, unit, h, today)).collect(), listed.next))
    };
    let columns = [
        ("field.name", "text"),
        ("field.expert_kind", "text"),
        ("field.region", "text"),
        ("column.state", "text"),
        ("column.panels", "number"),
        ("column.lean", "number"),
        ("column.distance", "number"),
        ("column.outliers", "number"),
        ("column.late", "number"),
        ("column.no_reply", "number"),
        ("column.reasons", "number"),
    ];
    asked.table("nav.experts", &columns, vec![], fetch).await
}

fn expert_row(t: &Text, a: &Account, unit: &Organisation, h: &analysis::Habit, today: jiff::civil::Date) -> Vec<Cell> {
    let profile = a.expert.as_ref();
    let ready = profile.is_some_and(|p| p.is_ready(a.created_at, today));
    let signed = |n: i64| format!("{}{}", if n > 0 { "+" } else { "" }, Score::hundredths(n));
    vec![
        Cell::text(a.name.clone()).note(unit.name.clone()),
        Cell::text(profile.map(|p| option_text(t, "expert_kind", &p.kind)).unwrap_or_default())
            .note(profile.map(|p| fields(t, p)).unwrap_or_default()),
        Cell::text(profile.map(|p| p.region.clone()).unwrap_or_default()),
        Cell::tag(Tag { text: t.t(if ready { "ui.ready" } else { "ui.not_ready" }), tone: if ready { "ok" } else { "mute" } }),
        Cell::number(h.panels.to_string()),
        Cell::number(signed(h.lean)),
        Cell::number(Score::hundredths(h.distance).to_string()),
        Cell::number(h.outliers.to_string()),
        Cell::number(h.late.to_string()),
        Cell::number(h.no_reply.to_string()),
        Cell::number(h.reasons.to_string()),
    ]
}

/// Names of an expert's fields and industries, not their codes.
fn fields(t: &Text, p: &ExpertProfile) -> String {
    let name = |n: Option<(&'static str, &'static str)>| n.map(|(zh, en)| if t.lang == Lang::En { en } else { zh });
    let fields = p.disciplines.iter().map(|c| name(codes::discipline(c)).unwrap_or(c.as_str()));
    let trades = p.industries.iter().map(|c| name(codes::industry(c)).unwrap_or(c.as_str()));
    fields.chain(trades).collect::<Vec<_>>().join(t.comma())
}

/// The whole record in order, for those who oversee.
pub async fn record(State(web): State<Web>, v: Visitor, Query(ask): Query<Ask>) -> Answer {
    let asked = Asked::new(&web, &v, &ask).await?;
    let after = ask.after.as_deref().and_then(|a| a.parse().ok()).unwrap_or(0);
    let entries = web.app.record(&v.actor, &asked.filters, after, 50).await?;
    let t = &v.text;
    let rows = entries
        .iter()
        .map(|e| {
            let role = t.t(&format!("role.{}", e.actor_role));
            let what = t.first(&[&format!("event.{}", e.kind), &format!("act.{}", e.kind)]);
            let what =
                e.challenge.map_or_else(|| Cell::text(what.clone()), |c| Cell::link(what.clone(), format!("/challenges/{c}")));
            vec![
                Cell::number(e.seq.to_string()),
                Cell::text(time::moment(t, e.at)),
                Cell::text(e.actor_name.clone()).note(role),
                what,
            ]
        })
        .collect();
    let next = entries.last().filter(|_| entries.len() == 50).map(|e| with_query(&v.path, &v.query, "after", &e.seq.to_string()));
    let pager = Pager { next, first: (after > 0).then(|| with_query(&v.path, &v.query, "after", "")), count_text: String::new() };
    let columns = [("column.no", "number"), ("column.at", "text"), ("column.who", "text"), ("column.what", "text")];
    let block = Block::table("list", t.t("nav.record"), asked.named(&columns), rows, asked.empty("nav.record"));
    let lead = t.find("nav.record.lead").unwrap_or("").to_owned();
    asked.page("nav.record", lead, block, pager, vec![]).await
}
