//! One unit of work: one transaction, one event. Dropped without `commit`, it leaves nothing behind.
use super::*;
use crate::domain::{Actor, Event, clock::Clock, hash, log, policy, policy::Permit};
use entity::{audit_event, audit_head, audit_leaf, idempotency};
use rand::RngCore;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Set, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use std::sync::{Arc, Mutex};

/// What a row was left as, for the record: table, id, SHA-256 of its canonical JSON.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Touched {
    pub table: &'static str,
    pub id: Uuid,
    pub sha256: String,
}

pub struct Work {
    pub(in crate::store) tx: DatabaseTransaction,
    clock: Arc<dyn Clock>,
    left: Mutex<Vec<Touched>>,
    told: Mutex<Vec<(&'static str, serde_json::Value)>>,
    had: Mutex<Option<(Uuid, i32)>>,
    postgres: bool,
    grown: Arc<tokio::sync::Notify>,
}

impl Work {
    /// Begins a transaction. A key of a request carried out before ends it at once, with what that request made.
    pub async fn begin(db: &Db, clock: Arc<dyn Clock>, actor: &Actor) -> Result<Self> {
        // Deferred SQLite transactions that read before they write fail with BUSY under load.
        let options =
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        let tx = db.0.begin_with_options(options).await?;
        let work = Self {
            tx,
            clock,
            left: Mutex::new(vec![]),
            told: Mutex::new(vec![]),
            had: Mutex::new(actor.had),
            postgres: db.is_postgres(),
            grown: db.1.clone(),
        };
        work.replayed(actor).await?;
        Ok(work)
    }

    async fn replayed(&self, actor: &Actor) -> Result<()> {
        let Some((key, body)) = &actor.once else { return Ok(()) };
        self.alone(&once_key(actor, key)).await?;
        carried_out(idempotency::Entity::find_by_id(once_key(actor, key)).one(&self.tx).await?, body)
    }

    /// The first lock of what was acted on finds it in the version that the actor had before them, or the act is refused.
    pub(in crate::store) fn as_it_was(&self, id: Uuid, version: i32) -> Result<()> {
        let mut had = self.had.lock().expect("no panic while comparing a version");
        match had.take_if(|(of, _)| *of == id) {
            Some((_, before)) if before != version => Err(Error::Changed),
            _ => Ok(()),
        }
    }

    /// Waits on PostgreSQL until nobody else works under the same name; on SQLite there is one writer anyway.
    pub(in crate::store) async fn alone(&self, name: &str) -> Result<()> {
        if self.postgres {
            let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            self.tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()])).await?;
        }
        Ok(())
    }

    /// The time. Read it after the lock that a deadline needs: a transaction that waited past the deadline is late. On
    /// PostgreSQL it is the database's clock, so nodes can't disagree.
    pub async fn now(&self) -> Result<Timestamp> {
        if !self.postgres || !self.clock.is_real() {
            return Ok(self.clock.now());
        }
        let sql = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint AS ms";
        let row = self.tx.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        let ms: i64 = match row {
            Some(row) => row.try_get("", "ms")?,
            None => return Err(Error::Corrupt { table: "clock", id: String::new(), why: "no answer".into() }),
        };
        moment(ms, "clock", "")
    }

    /// Notes what a row was left as; every write calls it.
    pub(in crate::store) fn touch(&self, table: &'static str, id: Uuid, row: &serde_json::Value) {
        self.touched(table, id, hash::sha256_hex(hash::canonical(row).as_bytes()));
    }

    pub(in crate::store) fn touched(&self, table: &'static str, id: Uuid, sha256: String) {
        self.left.lock().expect("no panic while noting a row").push(Touched { table, id, sha256 });
    }

    /// Tells the record of something that happened to a thing along the way, e.g. an instalment unlocked: the entry of this
    /// work carries the list of all that was told under a name. Whoever reads the entry reads it.
    pub fn tell(&self, name: &'static str, fact: impl serde::Serialize) {
        let fact = serde_json::to_value(fact).expect("facts are plain JSON");
        self.told.lock().expect("no panic while noting a fact").push((name, fact));
    }

    /// Commits the work together with the record of it: salt, visibility, the state of each row touched, and a gapless
    /// sequence number, taken last. There is no other way to commit.
    pub async fn commit<A>(self, permit: &Permit<A>, event: Event) -> Result<()> {
        self.commit_before(permit, event, None).await
    }

    /// The same while there is time: what the record would date at the deadline or later is not done. Whoever waited for the
    /// record behind others is late, whatever the time was when the act began.
    pub async fn commit_before<A>(self, permit: &Permit<A>, mut event: Event, deadline: Option<Timestamp>) -> Result<()> {
        let actor = permit.actor();
        if let Some(on) = event.challenge.filter(|_| policy::may_stand_aside(actor) && !policy::is_standing_aside(&event.kind))
            && recusal::is_in(&self, actor, on).await?
        {
            return Err(Error::StandsAside);
        }
        gather(&mut event, std::mem::take(&mut *self.told.lock().expect("no panic while noting a fact")));
        let at = self.now().await?;
        if let Some((key, body)) = &actor.once {
            let row = idempotency::ActiveModel {
                key: Set(once_key(actor, key)),
                account_id: Set(actor.account.0),
                body_sha256: Set(body.clone()),
                noun: Set(event.noun.path().to_owned()),
                subject_id: Set(event.subject),
                at: Set(ms(at)),
            };
            row.insert(&self.tx).await?;
        }
        let head = audit_head::Entity::find_by_id(1).lock_exclusive().one(&self.tx).await?;
        let head = head.ok_or(Error::Corrupt { table: "audit_head", id: "1".into(), why: "missing".into() })?;
        let (seq, at) = (head.seq + 1, ms(at).max(head.at));
        if deadline.is_some_and(|deadline| at >= ms(deadline)) {
            return Err(Error::Late);
        }
        let touched = std::mem::take(&mut *self.left.lock().expect("no panic while noting a row"));
        let body = serde_json::json!({
            "seq": seq, "at": at, "event": event, "states": touched,
            "actor": { "id": actor.account, "name": actor.name, "role": actor.role, "organisation": actor.org },
        });
        let mut salt = vec![0u8; 32];
        rand::rng().fill_bytes(&mut salt);
        let body = hash::canonical(&body);
        audit_leaf::ActiveModel { seq: Set(seq), leaf: Set(log::leaf(&salt, body.as_bytes()).to_vec()) }.insert(&self.tx).await?;
        audit_event::ActiveModel {
            seq: Set(seq),
            at: Set(at),
            kind: Set(event.kind.clone()),
            noun: Set(event.noun.id().to_owned()),
            subject_id: Set(event.subject),
            challenge_id: Set(event.challenge.map(|c| c.0)),
            org_id: Set(event.org.map(|o| o.0)),
            actor_id: Set(actor.account.0),
            actor_name: Set(actor.name.clone()),
            actor_role: Set(actor.role.id().to_owned()),
            visibility: Set(event.visibility.id().to_owned()),
            salt: Set(salt),
            body: Set(body),
        }
        .insert(&self.tx)
        .await?;
        audit_head::Entity::update_many()
            .col_expr(audit_head::Column::Seq, seq.into())
            .col_expr(audit_head::Column::At, at.into())
            .filter(audit_head::Column::Id.eq(1))
            .exec(&self.tx)
            .await?;
        self.tx.commit().await?;
        self.grown.notify_one();
        Ok(())
    }
}

/// Facts told along the way, each name a list.
fn gather(event: &mut Event, told: Vec<(&'static str, serde_json::Value)>) {
    for (name, fact) in told {
        let list = event.facts.entry(name).or_insert_with(|| serde_json::json!([]));
        list.as_array_mut().expect("a name told along the way is no other fact's").push(fact);
    }
}

/// Whether a request with this key was carried out before, and by the same body.
fn carried_out(row: Option<idempotency::Model>, body: &str) -> Result<()> {
    match row {
        None => Ok(()),
        Some(row) if row.body_sha256 == body => Err(Error::Replayed { noun: row.noun, subject: row.subject_id }),
        Some(_) => Err(Error::KeyReused),
    }
}

/// The same before a unit of work is begun: what was carried out is not asked about again.
pub async fn is_new(db: &Db, actor: &Actor) -> Result<()> {
    let Some((key, body)) = &actor.once else { return Ok(()) };
    carried_out(idempotency::Entity::find_by_id(once_key(actor, key)).one(&db.0).await?, body)
}

/// Whether a key of this actor has carried out a request, whatever its body was.
pub async fn is_known(db: &Db, actor: &Actor, key: &str) -> Result<bool> {
    Ok(idempotency::Entity::find_by_id(once_key(actor, key)).one(&db.0).await?.is_some())
}

fn once_key(actor: &Actor, key: &str) -> String {
    format!("{}:{key}", actor.account)
}
