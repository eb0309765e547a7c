//! The sealing sheet: what a team's machine needs to know to seal, and nothing secret.
use super::*;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    pub v: String,
    pub challenge: Uuid,
    #[serde(default)]
    pub title: String,
    /// Which bid, and its how many-eth sealing; a sheet of the challenge alone has neither.
    pub bid: Option<Uuid>,
    pub version: Option<u32>,
    pub roster: Roster,
}

impl Sheet {
    pub fn read(bytes: &[u8]) -> Result<Self, SealFault> {
        let sheet: Self = read("sealing sheet", bytes)?;
        if sheet.v != FORMAT {
            return Err(SealFault::not("sealing sheet", "unknown format"));
        }
        sheet.roster.check()?;
        Ok(sheet)
    }

    pub fn bound(&self, envelope: Part) -> Result<Bound, SealFault> {
        match (self.bid, self.version) {
            (Some(bid), Some(version)) => Ok(Bound { challenge: self.challenge, bid, version, envelope }),
            _ => Err(SealFault::not("sealing sheet", "it names no bid and no version")),
        }
    }
}
