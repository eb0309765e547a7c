//! Sealing at home in the demo: three keyholders of three bodies, and teams that seal on their own machines.
use super::county::{County, typed};
use super::story::Story;
use super::timeline::Told;
use super::{offers, paper};
use crate::app::Error;
use crate::domain::seal::{Handout, Part, SealedBy, Share, Sheet};
use crate::domain::*;
use crate::outside::seal::{Input, InputFile, KeyFile, PrivateKey, peel, seal_to};
use serde_json::{Value, json};
use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};

/// Who holds a key, by the keys of the content: bureau, discipline, audit.
const HOLDERS: [&str; 3] = ["officer", "supervisor", "auditor"];

/// The private keys, which in earnest lie on three machines.
pub struct Keys {
    held: [PrivateKey; 3],
    enrolled: AtomicBool,
}

impl Keys {
    pub fn fresh() -> Self {
        Self { held: HOLDERS.map(|_| PrivateKey::fresh()), enrolled: AtomicBool::new(false) }
    }
    /// The key file of a person of the content, under the password that the person signs in with.
    pub fn file_of(&self, key: &str, passphrase: &str) -> Result<Option<String>, Error> {
        let Some(n) = HOLDERS.iter().position(|h| *h == key) else { return Ok(None) };
        KeyFile::new(&self.held[n], passphrase).map(|f| Some(f.text())).map_err(|e| Error::Failed(e.to_string()))
    }
}

impl County {
    /// Everybody enrols once and does a drill before each publication.
    pub async fn drill(&self) -> Told<()> {
        let first = !self.keys.enrolled.swap(true, Ordering::Relaxed);
        for (who, key) in HOLDERS.iter().zip(&self.keys.held) {
            let who = self.person(who);
            if first {
                let asked = self.app.enrol_keyholder(who, typed(json!({ "public": key.public().to_string() }))?).await?;
                self.confirm(&asked).await?;
            }
            let drill = self.app.ask_drill(who).await?;
            let answer = drill.answer(key).map_err(|e| Error::Failed(e.to_string()))?;
            self.app.answer_drill(who, typed(json!({ "answer": answer }))?).await?;
        }
        Ok(())
    }

    /// Those who hold keys, as the form of a publication names them.
    pub fn holders(&self) -> Value {
        HOLDERS.iter().map(|who| json!({ "account": self.person(who).account })).collect()
    }
}

impl Story<'_> {
    /// Two of the keyholders take off their layers, each on its own machine.
    pub async fn keyholders_answer(&self, id: ChallengeId) -> Told<()> {
        for (who, key) in HOLDERS.iter().zip(&self.county.keys.held).take(2) {
            let (app, who) = (&self.county.app, self.county.person(who));
            self.minutes(4).await?;
            let handed = app.handout(who, id).await?;
            let open = |s: &Share| peel(key, &handed.roster, &handed.bound(s), s);
            let shares = handed.shares.iter().map(open).collect::<Result<_, _>>();
            let shares = shares.map_err(|e: seal::SealFault| Error::Failed(e.to_string()))?;
            app.take_shares(who, id, Handout { shares, ..handed.clone() }).await?;
        }
        Ok(())
    }

    /// Seals a team's offer as its own machine would, and submits the file.
    pub async fn seal_at_home(&self, id: ChallengeId, texts: &str, org: &str, bid: BidId) -> Told<()> {
        let (app, team) = (&self.county.app, self.team(org));
        let need = self.county.case(id).await?.challenge.need()?.clone();
        let mut raw = offers::offer(self.county, &need, texts, org);
        let mut papers = vec![("attachments", "揭榜方案附件")];
        if raw["members"].as_array().is_some_and(|m| m.len() > 1) {
            papers.push(("consortium_agreement", "联合揭榜协议"));
        }
        for (field, _) in &papers {
            raw[*field] = json!([uuid::Uuid::new_v4()]);
        }
        let offer: Offer = typed(raw)?;
        let sheet = app.sealing_sheet(team, bid).await?;
        let bytes = sealed(&sheet, &offer, &papers).map_err(|e| Error::Failed(e.to_string()))?;
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(bytes))]);
        let file = app.upload(team, "揭榜书.jb", stream).await?.id;
        let form: Value = json!({ "file": [file], "agree": true });
        app.seal_bid_by_file(team, bid, typed(form)?).await?;
        Ok(())
    }
}

fn sealed(sheet: &Sheet, offer: &Offer, papers: &[(&str, &str)]) -> Result<Vec<u8>, seal::SealFault> {
    let [a, b] = offer_parts::split(offer);
    let of = |part: Part| {
        let papers = papers.iter().filter(move |(field, _)| offer_parts::part_of(field) == part);
        papers.map(|(field, name)| file(field, name)).collect()
    };
    let inputs = [Input { part: Part::A, fields: a, files: of(Part::A) }, Input { part: Part::B, fields: b, files: of(Part::B) }];
    let mut to = Cursor::new(vec![]);
    seal_to(&mut to, &sheet.roster, |p| sheet.bound(p), inputs, SealedBy::Team)?;
    Ok(to.into_inner())
}

fn file(field: &str, name: &str) -> InputFile<'static> {
    let bytes = paper::pdf(name);
    InputFile {
        field: field.to_owned(),
        name: format!("{name}.pdf"),
        kind: "application/pdf".to_owned(),
        size: bytes.len() as u64,
        content: Box::new(Cursor::new(bytes)),
    }
}
