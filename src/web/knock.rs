//! What comes before every act, on pages and in the API alike: the door, the key of a repeated request, the version that the
//! actor had before them. A thing that has changed since is told with what changed, as far as the reader may see it.
use super::acts::Act;
use super::block::Block;
use super::blocks;
use super::problem::Problem;
use super::visitor::Visitor;
use super::{Web, shown};
use crate::app::{self, Entry, door::Door};
use crate::domain::{Actor, Fault, Faults, Noun, Refusal};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

/// Asks at the door before the body of a request is read. Who repeats a request is let in to be told what came of it.
pub async fn knock(
    web: &Web,
    v: &Visitor,
    actor: &Actor,
    (act, id): (&Act, Uuid),
    headers: &HeaderMap,
) -> Result<Option<Door>, Problem> {
    if let Some(key) = v.key(headers)
        && web.app.knows_key(&v.actor, &key).await?
    {
        return Ok(None);
    }
    Ok(Some(web.app.door(actor, act.noun, id, act.steps).await?))
}

/// Takes the version that the actor had before them out of what was sent; an act that writes over what stands must have one.
pub fn take_version(raw: &mut Value, must: bool) -> Result<Option<i32>, Faults> {
    let sent = raw.as_object_mut().and_then(|map| map.remove("version")).filter(|v| !crate::domain::form::is_empty(v));
    let number = match &sent {
        None if must => return Err(Faults::one("version", "version_missing")),
        None => return Ok(None),
        Some(Value::String(text)) => text.parse::<i32>().ok(),
        Some(other) => other.as_i64().and_then(|n| i32::try_from(n).ok()),
    };
    number
        .filter(|n| *n >= 0)
        .map(Some)
        .ok_or_else(|| Faults(vec![Fault { path: "version".into(), code: "not_integer", args: vec![] }]))
}

/// The actor of the act: with the key of its request, and holding the thing in the version that was before them.
pub async fn holding(
    web: &Web,
    (act, id): (&Act, Uuid),
    actor: Actor,
    door: Option<Door>,
    version: Option<i32>,
) -> app::Result<Actor> {
    web.app.is_new(&actor).await?;
    let (Some(version), Some(door)) = (version, door) else { return Ok(actor) };
    if version == door.version {
        return Ok(Actor { had: Some((id, version)), ..actor });
    }
    // An expert fills in one sheet a bid, side by side: their own work is nobody else's change.
    if act.noun == Noun::Assignment && act.path == "score" && web.app.all_by(&actor, id, version, door.version).await? {
        return Ok(Actor { had: Some((id, door.version)), ..actor });
    }
    Err(app::StoreError::Changed.into())
}

/// The refusal of an act on what has changed since; the version that it has now, and the entries that led there.
pub struct Meanwhile {
    pub refusal: Refusal,
    pub entries: Vec<Entry>,
}

impl Meanwhile {
    pub async fn of(web: &Web, v: &Visitor, (act, id): (&Act, Uuid), had: i32) -> Result<Self, Problem> {
        let shown = shown::load(web, &v.actor, act.noun, id).await?;
        let entries = web.app.changes_since(&v.actor, shown.challenge, id, shown.version - had).await?;
        let refusal = Refusal::new("changed_meanwhile").with("had", had).with("version", shown.version);
        Ok(Self { refusal, entries })
    }

    pub fn json(&self) -> Value {
        let told = |e: &Entry| json!({ "at": e.at, "kind": e.kind, "actor": { "name": e.actor_name, "role": e.actor_role }, "from": e.body["event"]["from"], "to": e.body["event"]["to"], "reason": e.body["event"]["reason"], "changes": e.body["event"]["changes"] });
        self.entries.iter().map(told).collect()
    }

    /// What is shown beside what was typed.
    pub fn block(&self, v: &Visitor) -> Block {
        let t = &v.text;
        if self.entries.is_empty() {
            return Block::inset(t.t("block.meanwhile"), t.t("ui.meanwhile_unseen"), "warn");
        }
        match blocks::story(t, &self.entries, None, false) {
            Block::Story { events, more, .. } => {
                Block::Story { title: t.t("block.meanwhile"), id: "meanwhile".into(), events, more }
            }
            other => other,
        }
    }

    pub fn problem(&self) -> Problem {
        Problem { meanwhile: Some(self.json()), ..Problem::refused(self.refusal.clone()) }
    }
}
