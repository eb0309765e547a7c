//! The working-day calendar, as the bureau last loaded it; the built-in one until then.
use super::*;
use crate::domain::Calendar;

pub const KEY: &str = "calendar";

pub async fn load(db: &Db) -> Result<Calendar> {
    match setting::get(db, KEY).await? {
        None => Ok(Calendar::seed()),
        Some(json) => {
            Calendar::from_json(&json).map_err(|e| Error::Corrupt { table: "setting", id: KEY.into(), why: e.to_string() })
        }
    }
}
