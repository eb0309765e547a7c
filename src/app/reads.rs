//! Who read what is not public: noted as it is read, sealed into the record at intervals, shown to oversight and to whose it is.
use super::*;
use crate::domain::reading::{Reading, What};
pub use store::reads::{Of, Read};

/// Readings that are looked at for what is unusual: the newest.
const UNUSUAL_MOST: u64 = 5_000;

impl App {
    /// Notes what an actor has read of others'. Nobody's own, and nothing that a visitor may read.
    pub async fn note_reads(&self, actor: &Actor, all: Vec<Reading>) -> Result<()> {
        if actor.is_visitor() || actor.role == Role::System {
            return Ok(());
        }
        let others: Vec<Reading> = all.into_iter().filter(|r| !r.is_own(actor)).collect();
        if others.is_empty() {
            return Ok(());
        }
        Ok(store::reads::note(&self.db, actor, self.clock.now(), &others).await?)
    }

    /// A file that a visitor may not read.
    pub async fn note_file(&self, actor: &Actor, a: &Attachment) -> Result<()> {
        if self.attachment(&Actor::visitor(), a.id).await.is_ok() {
            return Ok(());
        }
        let mut r = Reading::new(What::File, a.noun.as_deref().and_then(noun_of).unwrap_or(Noun::Account), a.id.0);
        (r.challenge, r.org, r.owner) = (a.challenge, Some(a.org), Some(a.owner));
        self.note_reads(actor, vec![r]).await
    }

    /// A list or a case taken away as a file.
    pub async fn note_export(&self, actor: &Actor, noun: Noun, subject: Uuid, challenge: Option<ChallengeId>) -> Result<()> {
        let mut r = Reading::new(What::Export, noun, subject);
        r.challenge = challenge;
        self.note_reads(actor, vec![r]).await
    }

    /// What was read of a case or by a person: for oversight. That it was looked at is noted too.
    pub async fn reads(&self, actor: &Actor, of: Of, before: Option<i64>, limit: u64) -> Result<Vec<Read>> {
        let whose = match of {
            Of::Owner(owner, org) => {
                let unit = matches!(actor.role, Role::Poster | Role::Bidder).then_some(actor.org);
                policy::own_account(actor)?;
                if owner != actor.account || org != unit {
                    return Err(Denied::Hidden.into());
                }
                None
            }
            Of::Case(c) => Some(Reading::new(What::Reads, Noun::Challenge, c.0).on(c)),
            Of::Reader(a) => Some(Reading::new(What::Reads, Noun::Account, a.0)),
            Of::All => Some(Reading::new(What::Reads, Noun::Account, Uuid::nil())),
        };
        if whose.is_some() {
            policy::see_flags(actor)?;
        }
        let found = store::reads::list(&self.db, of, before, limit).await?;
        self.note_reads(actor, whose.into_iter().collect()).await?;
        Ok(found)
    }

    /// What others read of one's own. Who sits on a panel is not told by it.
    pub async fn reads_of_mine(&self, actor: &Actor, before: Option<i64>, limit: u64) -> Result<Vec<Read>> {
        let unit = matches!(actor.role, Role::Poster | Role::Bidder).then_some(actor.org);
        let mut found = self.reads(actor, Of::Owner(actor.account, unit), before, limit).await?;
        for r in found.iter_mut().filter(|r| r.role == Role::Expert.id()) {
            r.name.clear();
            r.actor = AccountId(Uuid::nil());
        }
        Ok(found)
    }

    /// Who read more different things within an hour of the last day than the rule allows.
    pub async fn unusual_reads(&self, actor: &Actor) -> Result<Vec<flag::Unusual>> {
        policy::see_flags(actor)?;
        Ok(flag::unusual(&self.grave_reads(1).await?, &RuleSet::default()))
    }

    /// What was read of the last days that counts when it is much.
    pub(in crate::app) async fn grave_reads(&self, days: i64) -> Result<Vec<flag::Reads>> {
        let since = self.clock.now() - jiff::SignedDuration::from_hours(24 * days);
        let grave = |r: &Read| What::parse(&r.what).is_some_and(What::is_grave);
        let told = |r: Read| flag::Reads {
            actor: r.actor,
            name: r.name,
            role: r.role,
            at: r.at,
            subject: r.subject,
            challenge: r.challenge,
        };
        Ok(store::reads::since(&self.db, since, UNUSUAL_MOST).await?.into_iter().filter(grave).map(told).collect())
    }

    /// Puts the read log's hash into the record, if it has grown: from here it can't be rewritten unnoticed.
    pub async fn seal_reads(&self) -> Result<Option<i64>> {
        if !store::reads::has_grown(&self.db).await? {
            return Ok(None);
        }
        let system = Actor::system();
        let permit = policy::oversee(&system)?;
        let work = self.begin(&system).await?;
        let Some((from, to, sha256)) = store::reads::seal(&work).await? else { return Ok(None) };
        let event = Event::new(Noun::Account, "reads", Uuid::nil(), Visibility::Oversight);
        work.commit(&permit, event.fact("from", from).fact("to", to).fact("sha256", sha256)).await?;
        Ok(Some(to))
    }

    /// Seals the read log every five minutes, for as long as the server runs.
    pub async fn keep_reads_sealed(&self) {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(300)).await;
            if let Err(e) = self.seal_reads().await {
                tracing::error!(error = %e, "the read log was not sealed");
            }
        }
    }
}

fn noun_of(id: &str) -> Option<Noun> {
    Noun::ALL.into_iter().find(|n| n.id() == id)
}
