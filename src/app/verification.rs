//! The check of the whole database from the desk: in the background, with its progress, its result in the record.
use super::verify::{Signed, Stopped, database};
use super::*;
use crate::domain::log::check::{Checker, Summary, Trust};
use std::sync::atomic::{AtomicU64, Ordering};
pub use store::verification::Run;

/// A run that told nothing for so long is lost with its server.
const LOST: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

impl App {
    /// Begins a check, unless one is running.
    pub async fn start_verification(&self, actor: &Actor) -> Result<Run> {
        policy::see_flags(actor)?;
        policy::own_account(actor)?;
        if let Some(run) = self.last_verification(actor).await?
            && run.state == "running"
        {
            return Err(Refusal::new("verification_runs").into());
        }
        let id = clock::ordered_id();
        store::verification::begin(&self.db, id, actor, clock::wall()).await?;
        let (app, actor_of) = (self.clone(), actor.clone());
        tokio::spawn(async move {
            if let Err(e) = app.run_verification(&actor_of, id).await {
                tracing::error!(error = %e, "the result of a check was not recorded");
            }
        });
        self.last_verification(actor).await?.ok_or(Error::Missing)
    }

    /// The newest run; one whose server went away is told as lost.
    pub async fn last_verification(&self, actor: &Actor) -> Result<Option<Run>> {
        policy::see_flags(actor)?;
        let run = store::verification::last(&self.db).await?;
        Ok(run.map(|mut run| {
            if run.state == "running" && clock::wall().duration_since(run.seen_at) > LOST {
                run.state = "lost".into();
            }
            run
        }))
    }

    /// When the newest checkpoint was signed.
    pub async fn checkpoint_at(&self) -> Result<Option<(u64, jiff::Timestamp)>> {
        Ok(store::log::last_at(&self.db).await?)
    }

    async fn run_verification(&self, actor: &Actor, id: Uuid) -> Result<()> {
        let (state, result) = match self.check_database(id).await {
            Ok(summary) => ("clean", serde_json::to_value(summary).unwrap_or_default()),
            Err(Stopped::Wrong(wrong)) => ("wrong", serde_json::to_value(wrong).unwrap_or_default()),
            Err(unclear) => ("unclear", serde_json::json!({ "says": unclear.to_string() })),
        };
        let permit = policy::oversee(actor)?;
        let work = self.begin(actor).await?;
        store::verification::end(&work, id, state, &result, clock::wall()).await?;
        let fact = |name: &str| result[name].clone();
        let event = Event::new(Noun::Account, "verification", id, Visibility::Oversight)
            .fact("outcome", state)
            .fact("entries", fact("entries"))
            .fact("root", fact("root"))
            .fact("code", fact("code"))
            .fact("at_entry", fact("seq"));
        Ok(work.commit(&permit, event).await?)
    }

    /// Once through. A row that seems wrong while the record grew meanwhile is looked at again.
    async fn check_database(&self, id: Uuid) -> std::result::Result<Summary, Stopped> {
        let mut tries = 0;
        loop {
            let (done, of) = (AtomicU64::new(0), AtomicU64::new(0));
            let told = |d: u64, o: u64| {
                done.store(d, Ordering::Relaxed);
                of.store(o, Ordering::Relaxed);
            };
            let before = store::log::size(&self.db).await?;
            let signed = match self.log.signing() {
                Some(key) => Some(Signed { key: key.public().clone(), last: key.last()? }),
                None => None,
            };
            let checking = database(&self.db, Checker::new(Trust::default()), signed.as_ref(), &told);
            tokio::pin!(checking);
            let mut tick = tokio::time::interval(std::time::Duration::from_secs(1));
            let found = loop {
                tokio::select! {
                    found = &mut checking => break found,
                    _ = tick.tick() => {
                        let so_far = (done.load(Ordering::Relaxed), of.load(Ordering::Relaxed));
                        store::verification::progress(&self.db, id, so_far, clock::wall()).await?;
                    }
                }
            };
            tries += 1;
            let grown = store::log::size(&self.db).await? > before;
            match found {
                Err(Stopped::Wrong(w)) if w.code.starts_with("row_") && grown && tries < 10 => {}
                found => {
                    let end = done.load(Ordering::Relaxed);
                    store::verification::progress(&self.db, id, (end, of.load(Ordering::Relaxed)), clock::wall()).await?;
                    return found;
                }
            }
        }
    }
}
