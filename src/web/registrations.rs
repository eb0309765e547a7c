//! Registrations on their pages: what is asked, whose word it needs; people and organisations with what was registered of them.
use super::block::{Action, Block, Cell, Item, Tag};
use super::blocks::state_tag;
use super::form_view::option_text;
use super::problem::Problem;
use super::shown::Shown;
use super::text::Text;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app;
use crate::domain::{
    Account, Actor, Change, Invited, Matter, Noun, OneTime, Organisation, Registration, RegistrationState, policy,
};
use serde_json::{Value, json};

/// What a registration is, in one line: its kind and whom it is about.
pub fn what(t: &Text, r: &Registration) -> String {
    option_text(t, "registration_kind", r.matter.kind())
}

/// A value of a change as people read it.
fn told(t: &Text, path: &str, value: &str) -> String {
    match (path, value) {
        (_, "") => "—".into(),
        ("role", id) => t.t(&format!("role.{id}")),
        ("size", id) => option_text(t, "size", id),
        _ => value.to_owned(),
    }
}

fn changes(t: &Text, r: &Registration) -> Vec<Item> {
    let label = |path: &str| t.first(&[&format!("field.{path}"), &format!("registration.{path}")]);
    let line = |c: &Change| {
        let (before, after) = (told(t, &c.path, &c.before), told(t, &c.path, &c.after));
        Item::new(label(&c.path), t.with("registration.from_to", &[("before", before), ("after", after)]))
    };
    r.changes.iter().map(line).collect()
}

/// Whose word it needs, in words.
fn needs(t: &Text, r: &Registration, org: &str) -> String {
    let roles: Vec<String> = r.needs.roles.iter().map(|role| t.t(&format!("role.{}", role.id()))).collect();
    match (r.is_console(), r.needs.is_none(), r.needs.org) {
        (true, ..) => t.t("registration.console"),
        (_, true, _) => t.t("registration.needs_nobody"),
        (_, _, Some(_)) => t.with("registration.needs_own", &[("org", org.to_owned())]),
        _ => roles.join(&t.t("registration.or")),
    }
}

pub fn person(t: &Text, who: &Invited) -> Vec<Item> {
    vec![
        Item::new(t.t("field.name"), who.name.clone()),
        Item::new(t.t("field.email"), who.email.clone()),
        Item::new(t.t("field.role"), t.t(&format!("role.{}", who.role.id()))),
    ]
}

/// What stands on the page of a registration.
pub async fn blocks(web: &Web, v: &Visitor, r: &Registration) -> Result<Vec<Block>, Problem> {
    let t = &v.text;
    let org = web.app.organisation(r.org).await?;
    let mut items = vec![
        Item::new(t.t("registration.kind"), what(t, r)),
        Item::new(t.t("column.organisation"), org.name.clone()).href(format!("/organisations/{}", org.id)),
    ];
    match &r.matter {
        Matter::Invitation(who) => items.extend(person(t, who)),
        _ => items.push(Item::new(t.t("registration.subject"), r.subject.clone())),
    }
    items.extend(changes(t, r));
    match &r.matter {
        Matter::BankAccount { bank_account, .. } if policy::reads_bank_account(&v.actor, r) => {
            items.push(Item::new(t.t("field.bank_account"), bank_account.clone()));
        }
        Matter::Signatory(s) => {
            items.push(Item::new(t.t("field.letter"), t.t("field.letter")).href(format!("/files/{}", s.letter)));
            items.push(Item::new(t.t("field.until"), s.until.as_ref().map_or_else(|| "—".into(), |d| time::day_text(t, d))));
        }
        _ => {}
    }
    items.extend(r.reason.iter().map(|reason| Item::new(t.t("field.reason"), reason.clone())));
    let asked = if r.is_console() { t.t("registration.console") } else { r.asked_name.clone() };
    items.push(Item::new(t.t("registration.asked_by"), asked).note(time::moment(t, r.asked_at)));
    items.push(Item::new(t.t("registration.needs"), needs(t, r, &org.name)));
    items.extend(r.answered_name.iter().map(|name| Item::new(t.t("registration.answered_by"), name.clone())));
    items.extend(r.answer.iter().map(|answer| Item::new(t.t("registration.answer"), answer.clone())));
    let mut out = vec![Block::summary("registration", what(t, r), items)];
    if r.head.state == RegistrationState::Agreed {
        let given =
            |one: &Option<OneTime>| one.as_ref().map_or_else(|| t.t("registration.not_given"), |o| time::moment(t, o.given_at));
        let mut halves = vec![Item::new(t.t("registration.link"), given(&r.link))];
        if r.is_in_halves() {
            halves.push(Item::new(t.t("registration.code"), given(&r.code)));
        }
        out.push(Block::summary("halves", t.t("registration.halves"), halves));
    }
    Ok(out)
}

/// The halves of a link that this visitor gives out.
pub fn handing(v: &Visitor, r: &Registration) -> Vec<Action> {
    let actor = v.actor.clone().proven();
    let agreed = r.head.state == RegistrationState::Agreed;
    let post = |name: &str| Action {
        name: name.into(),
        label: v.text.t(&format!("registration.give_{name}")),
        href: format!("/registrations/{}/{name}", r.id),
        method: "post",
        refusal: None,
        danger: false,
        main: true,
    };
    let link = (agreed && policy::give_link(&actor, r).is_ok()).then(|| post("link"));
    let code = (agreed && policy::give_code(&actor, r).is_ok()).then(|| post("code"));
    link.into_iter().chain(code).collect()
}

/// As the API tells it: no hash, and of an account number what this reader may know.
pub fn registration_json(actor: &Actor, r: &Registration) -> Value {
    let invited = r.invited().map(|i| json!({ "email": i.email, "name": i.name, "role": i.role, "expert": i.expert }));
    let number = match &r.matter {
        Matter::BankAccount { bank_account, .. } if policy::reads_bank_account(actor, r) => Some(bank_account.clone()),
        _ => None,
    };
    let signatory = match &r.matter {
        Matter::Signatory(s) => Some(json!({ "account": s.account, "name": s.name, "letter": s.letter, "until": s.until })),
        _ => None,
    };
    json!({
        "kind": r.matter.kind(), "organisation": r.org, "account": r.account, "subject": r.subject, "invited": invited,
        "changes": r.changes, "bank_account": number, "signatory": signatory, "reason": r.reason,
        "asked_by": { "account": r.asked_by, "name": r.asked_name, "role": r.asked_role }, "asked_at": r.asked_at,
        "needs": { "roles": r.needs.roles, "organisation": r.needs.org },
        "answered_by": r.answered_name, "answer": r.answer,
        "link_given_at": r.link.as_ref().map(|l| l.given_at), "link_until": r.link_until(),
        "code_given_at": r.code.as_ref().map(|c| c.given_at), "in_halves": r.is_in_halves(),
    })
}

/// The history of a person or an organisation: what was asked, what came of it.
fn history(t: &Text, all: &[Registration]) -> Block {
    let row = |r: &Registration| {
        vec![
            Cell::link(what(t, r), format!("/registrations/{}", r.id)).note(r.subject.clone()),
            Cell::text(if r.is_console() { t.t("registration.console") } else { r.asked_name.clone() })
                .note(time::moment(t, r.asked_at)),
            Cell::text(r.answered_name.clone().unwrap_or_else(|| "—".into())),
            Cell::tag(state_tag(t, Noun::Registration, r.head.state.id())),
        ]
    };
    let columns =
        ["registration.kind", "registration.asked_by", "registration.answered_by", "column.state"].map(|c| (t.t(c), "text"));
    let rows = all.iter().map(row).collect();
    Block::table("registrations", t.t("nav.registrations"), columns.to_vec(), rows, t.t("nav.registrations.empty"))
}

fn active_tag(t: &Text, active: bool) -> Tag {
    let (state, tone) = if active { ("ui.active", "ok") } else { ("ui.suspended", "bad") };
    Tag { text: t.t(state), tone }
}

pub fn account_blocks(t: &Text, a: &Account, org: &Organisation, all: &[Registration]) -> Vec<Block> {
    let items = vec![
        Item::new(t.t("field.name"), a.name.clone()),
        Item::new(t.t("field.email"), a.email.clone()),
        Item::new(t.t("field.role"), t.t(&format!("role.{}", a.role.id()))),
        Item::new(t.t("column.organisation"), org.name.clone()).href(format!("/organisations/{}", org.id)),
    ];
    vec![Block::summary("account", t.t("noun.account"), items), history(t, all)]
}

pub fn organisation_blocks(v: &Visitor, o: &Organisation, people: &[Account], all: &[Registration]) -> Vec<Block> {
    let t = &v.text;
    let mut items = vec![
        Item::new(t.t("field.uscc"), o.uscc.to_string()),
        Item::new(t.t("field.kind"), option_text(t, "kind", &o.kind)),
        Item::new(t.t("field.region"), o.region.clone()),
        Item::new(t.t("field.address"), o.address.clone()),
        Item::new(t.t("field.legal_representative"), o.legal_representative.clone()),
        Item::new(t.t("field.bank_name"), o.bank_name.clone()),
    ];
    let whole = policy::sees_bank_account(&v.actor, o.id);
    let number = if whole { o.bank_account.clone() } else { app::registration::masked(&o.bank_account) };
    items.push(Item::new(t.t("field.bank_account"), number));
    let row = |a: &Account| {
        vec![
            Cell::link(a.name.clone(), format!("/accounts/{}", a.id)).note(a.email.clone()),
            Cell::text(t.t(&format!("role.{}", a.role.id()))),
            Cell::text(time::moment(t, a.created_at)),
            Cell::tag(active_tag(t, a.active)),
        ]
    };
    let columns = ["field.name", "field.role", "column.at", "column.state"].map(|c| (t.t(c), "text"));
    let people =
        Block::table("people", t.t("registration.people"), columns.to_vec(), people.iter().map(row).collect(), t.t("ui.none"));
    vec![Block::summary("organisation", t.t("noun.organisation"), items), people, history(t, all)]
}

/// What an organisation's own people can do from its page.
pub fn organisation_actions(v: &Visitor, o: &Organisation) -> Vec<Action> {
    let own = o.id == v.actor.org && policy::keep_signatories(&v.actor).is_ok();
    own.then(|| Action::link("signatories", v.text.t("ui.signatories"), "/organisation/signatories")).into_iter().collect()
}

/// Beside the form of a signature: where one is registered who may not sign yet.
pub async fn signatory_hint(web: &Web, v: &Visitor, s: &Shown, path: &str) -> Result<Option<Block>, Problem> {
    let signs = s.noun == Noun::Contract && path == "signature";
    if !signs || policy::keep_signatories(&v.actor).is_err() || web.app.may_sign(&v.actor).await.is_ok() {
        return Ok(None);
    }
    let t = &v.text;
    let item = Item::new(t.t("ui.signatories"), t.t("ui.add_signatory")).href("/organisation/signatories");
    Ok(Some(Block::summary("signatories", t.t("registration.not_signatory"), vec![item.note(t.t("refusal.not_authorised"))])))
}
