//! The demo: a county that has been at work for two years. Nothing is written by hand: every line of its record is an act
//! of the platform, taken by an account that may take it, at a time that the clock of the demo stood at.
mod awarding;
mod bidding;
mod county;
mod early_stories;
mod ending;
mod later_stories;
mod offers;
mod paper;
mod performing;
mod registry;
mod reviewing;
mod stories;
mod story;
mod timeline;

use super::{Demo, Outcome};
use crate::app::{App, Error};
use crate::domain::{Actor, clock::SetClock, date_of};
use crate::{outside, store};
use county::County;
use futures_util::future::LocalBoxFuture;
use jiff::{Span, Timestamp};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use timeline::{Line, Told};

pub async fn run(_d: Demo) -> Outcome {
    Ok(())
}

/// An account to try the demo with.
#[derive(Clone, Debug, Serialize)]
pub struct DemoAccount {
    pub role: String,
    pub organisation: String,
    pub email: String,
    pub password: String,
    pub name: String,
}

/// When the demo's record begins. Times of the record never step back, so whatever is recorded before the demo, the mark of
/// the database for one, has to be recorded by a clock that stands here.
pub fn begins(today: Timestamp) -> Timestamp {
    county::at(date_of(today).saturating_sub(Span::new().months(23)), 8, 30)
}

/// Loads the demo into an empty, migrated database. `progress` hears how much is done, of how much.
pub async fn load(
    db: store::Db,
    files: outside::files::Files,
    today: Timestamp,
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<DemoAccount>, Error> {
    let start = begins(today);
    let clock = Arc::new(SetClock::at(start));
    let line = Line::new(clock.clone(), today);
    let app = App::new(db, clock, files);
    if app.record(&Actor::system(), 0, 100).await?.iter().any(|entry| entry.at > start) {
        return Err(Error::Failed("the demo is loaded into an empty database only".into()));
    }
    let days = |from: Timestamp, to: Timestamp| u64::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(0);
    let people = u64::try_from(County::people_and_experts()).unwrap_or(0);
    let (of, done) = (people + days(start, today), AtomicU64::new(0));
    let county = County::settle(app, line.clone(), today, &mut || progress(done.fetch_add(1, Ordering::Relaxed) + 1, of)).await?;
    line.tell(stories(&county), &|at| progress(people + days(start, at), of)).await?;
    progress(of, of);
    county.to_sign_in().await
}

fn stories(county: &County) -> Vec<(&'static str, LocalBoxFuture<'_, Told<()>>)> {
    vec![
        ("archived", Box::pin(later_stories::archived(county))),
        ("d09", Box::pin(later_stories::d09(county))),
        ("d07", Box::pin(later_stories::d07(county))),
        ("d10", Box::pin(later_stories::d10(county))),
        ("d08", Box::pin(later_stories::d08(county))),
        ("d11", Box::pin(stories::d11(county))),
        ("d04", Box::pin(stories::d04(county))),
        ("d06", Box::pin(stories::d06(county))),
        ("in_notice", Box::pin(stories::in_notice(county))),
        ("being_opened", Box::pin(stories::being_opened(county))),
        ("d05", Box::pin(stories::d05(county))),
        ("d03", Box::pin(stories::d03(county))),
        ("d02", Box::pin(stories::d02(county))),
        ("d01", Box::pin(stories::d01(county))),
        ("d12", Box::pin(stories::d12(county))),
        ("in_list_notice", Box::pin(early_stories::in_list_notice(county))),
        ("in_appraisal", Box::pin(early_stories::in_appraisal(county))),
        ("returned", Box::pin(early_stories::returned(county))),
        ("submitted", Box::pin(early_stories::submitted(county))),
    ]
}

#[cfg(test)]
mod tests;
