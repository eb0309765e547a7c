//! Something that lies under the vault's key, to try a key on: of each kind that there is, the newest.
use super::*;
use entity::{bid_content, file, tip_off, upload};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Contents as they lie, by what they belong to.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Id, key in the store, secret.
    pub file: Option<(Uuid, String, String)>,
    pub upload: Option<(Uuid, String)>,
    /// Bid, content.
    pub draft: Option<(Uuid, String)>,
    /// Bid, part (`A`, `B`, or empty of one sealed whole), content.
    pub sealed: Option<(Uuid, String, String)>,
    /// Id, and its first word.
    pub tip_off: Option<(Uuid, String)>,
}

pub async fn samples(db: &Db) -> Result<Samples> {
    use file::Column as F;
    let content = |sealed: bool| {
        bid_content::Entity::find()
            .filter(bid_content::Column::Sealed.eq(sealed))
            .filter(bid_content::Column::Content.starts_with("jb1:"))
            .order_by_desc(bid_content::Column::At)
            .limit(1)
    };
    let file = file::Entity::find().filter(F::Secret.is_not_null()).order_by_desc(F::At).limit(1).one(&db.0).await?;
    let upload = upload::Entity::find().limit(1).one(&db.0).await?;
    let tip_off = tip_off::Entity::find().limit(1).one(&db.0).await?;
    Ok(Samples {
        file: file.and_then(|f| Some((f.id, f.key, f.secret?))),
        upload: upload.map(|u| (u.id, u.secret)),
        draft: content(false).one(&db.0).await?.map(|c| (c.bid_id, c.content)),
        sealed: content(true).one(&db.0).await?.map(|c| (c.bid_id, c.part, c.content)),
        tip_off: tip_off.and_then(|t| Some((t.id, t.body["words"][0]["sealed"].as_str()?.to_owned()))),
    })
}

/// Nobody has an account and nothing was done: the record tells at most of what came with the schema, by these kinds of entries.
pub async fn is_new(db: &Db, by_itself: &[&str]) -> Result<bool> {
    use entity::{account, audit_event};
    if account::Entity::find().limit(1).one(&db.0).await?.is_some() {
        return Ok(false);
    }
    let done = audit_event::Entity::find().filter(audit_event::Column::Kind.is_not_in(by_itself.to_vec()));
    Ok(done.limit(1).one(&db.0).await?.is_none())
}

/// Whether the schema's update has made the tables.
pub async fn has_schema(db: &Db) -> Result<bool> {
    let asked = match db.is_postgres() {
        true => "SELECT 1 FROM information_schema.tables WHERE table_name = 'setting' AND table_schema = current_schema()",
        false => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'setting'",
    };
    let asked = Statement::from_string(db.0.get_database_backend(), asked);
    Ok(db.0.query_one_raw(asked).await?.is_some())
}
