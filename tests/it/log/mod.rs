//! The record as others check it: the file to take away, what the site serves, the rows of the database.
mod file;
mod honest;
mod lab;
pub mod planted;
mod rows;
mod served;

pub use rows::verified;

use crate::acts::support::*;
use jiebang::app::App;
use jiebang::domain::log::{
    Wrong,
    check::{Checker, Summary, Trust},
    record::Scope,
};
use jiebang::domain::{Actor, forms::ReplaceExpert};

/// The record of an app, as a file holds it.
pub async fn exported(app: &App, scope: Scope) -> String {
    let (send, mut receive) = tokio::sync::mpsc::channel(16);
    let (app, mut out) = (app.clone(), String::new());
    let writing = tokio::spawn(async move { app.export_record(&Actor::system(), scope, &send).await });
    while let Some(piece) = receive.recv().await {
        out += &piece.unwrap().line;
    }
    writing.await.unwrap().unwrap();
    out
}

/// As `jiebang verify` reads a file, what was seen before given with it.
pub fn check(record: &str, seen: &[(&str, &str)]) -> Result<Summary, Wrong> {
    let seen = seen.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let mut checker = Checker::new(Trust { seen, ..Trust::default() });
    for line in record.split_inclusive('\n') {
        let line = line.strip_suffix('\n').ok_or_else(|| Wrong::new("cut", "no end"))?;
        checker.line(line.as_bytes())?;
    }
    checker.finish()
}

/// A whole job with a replaced expert, an objection that stops the clock, and money paid.
pub async fn whole_job() -> Stage {
    let s = Stage::new().await;
    let (c, bids) = s.to_reviewing(GOVERNMENT, "single", 3).await;
    s.app().stand_aside(s.who("officer3"), c, reason()).await.unwrap();
    let gone = s.assignments(c).await.remove(1);
    s.app().decline_invitation(s.expert(gone.expert), gone.id, reason()).await.unwrap();
    let seats = s.assignments(c).await;
    s.seat(&seats[0]).await;
    let call = ReplaceExpert { assignment: seats[0].id.0, reason: "临时出差，按抽取顺序递补。".into() };
    s.app().replace_expert(s.who("supervisor"), c, call).await.unwrap();
    for a in s.assignments(c).await.iter().filter(|a| a.sits()) {
        s.seat(a).await;
        s.score(a, &bids, &[90, 85, 80]).await;
    }
    s.sign_report(c, Stage::report()).await.unwrap();
    s.agree(GOVERNMENT, c, bids[0]).await;
    let n = s.give_notice(c).await;
    let o = s.hold(n).await;
    s.examine(o).await;
    s.app().decide_objection(s.who("head"), o, Stage::ruling("dismiss", None)).await.unwrap();
    s.confirm(n).await;
    let k = s.contracts(c).await[0].id;
    s.put_in_force(k, GOVERNMENT, 0).await;
    s.add_partner(k).await;
    s.pay_county(&s.instalments(k).await[3], "bidder1", "u1").await;
    for number in 1..=3 {
        s.pass_milestone(k, number, GOVERNMENT, 0).await;
    }
    s.accept(k, 0, "99", "none", "passed").await;
    s
}
