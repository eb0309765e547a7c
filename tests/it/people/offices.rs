//! Which role fits which organisation, told at the field.
use crate::support::{PASSWORD, TestApp};
use jiebang::app::Error;
use jiebang::domain::forms::InvitePerson;
use jiebang::domain::{Actor, Draft, ORG_KINDS, Role, office};
use serde_json::{Value, json};

fn said<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(Error::Refused(r)) => format!("{} {}", r.code, r.field.unwrap_or("-")),
        Err(other) => format!("{other:?}"),
    }
}

fn person(role: &str, email: &str, org: &Value) -> InvitePerson {
    let raw = json!({ "email": email, "name": "示例新人", "role": role, "organisation": org["id"] });
    InvitePerson::read(&raw).unwrap()
}

#[tokio::test]
async fn a_role_is_given_only_where_it_fits_the_kind_of_organisation() {
    let mut app = TestApp::bare().await;
    for (n, kind) in ORG_KINDS.iter().enumerate() {
        for (m, role) in Role::GIVEN.iter().enumerate() {
            let n = n * Role::GIVEN.len() + m;
            let org = app.organisation("", &crate::support::credit_code(n), &format!("示例单位{n}号"), kind).await;
            let made =
                app.app.create_account(&Actor::system(), person(role, &format!("p{n}@unit.example"), &org), PASSWORD).await;
            let fits = office::fits(Role::parse(role).unwrap(), kind);
            assert_eq!(said(made), if fits { "ok" } else { "role_unfit role" }, "{role} of {kind}");
        }
    }
}

#[tokio::test]
async fn who_watches_or_judges_is_not_of_who_takes_part_or_decides() {
    let app = TestApp::new().await;
    for (role, org, told) in [
        ("supervisor", "service", "role_beside role"),
        ("auditor", "service", "role_beside role"),
        ("poster", "discipline", "role_beside role"),
        ("expert", "bureau", "role_beside role"),
        ("expert", "finance", "role_beside role"),
        ("expert", "u1", "ok"),
        ("supervisor", "discipline", "ok"),
    ] {
        let form = person(role, &format!("{role}.{org}@unit.example"), app.org(org));
        let made = app.app.create_account(&Actor::system(), form, PASSWORD).await;
        assert_eq!(said(made), told, "{role} of {org}");
    }
}
