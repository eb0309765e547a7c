//! The code of one who filed without an account: to follow what was filed, add to it, withdraw it.
use super::*;
use crate::domain::forms::Follow;

/// Letters and digits that are not taken for one another (Crockford); 26 of them hold 130 bits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;

/// What a code leads to.
pub enum Followed {
    Objection(Box<(Objection, Notice)>),
    TipOff(Box<(TipOff, Vec<tip_off::Said>)>),
}

/// Spaces, dashes and small letters are how people type it; O, I and L are read as what they look like.
fn clean(code: &str) -> String {
    let letters = text::half_width(code).to_uppercase();
    let plain = letters.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    plain.take(64).collect()
}

pub(in crate::app) fn hashed(code: &str) -> String {
    hash::sha256_hex(clean(code).as_bytes())
}

/// A fault of what was typed belongs to the one box that it was typed into.
pub(in crate::app) fn at_text(mut faults: Faults) -> Faults {
    for fault in &mut faults.0 {
        fault.path = if fault.path.starts_with("evidence") { "files" } else { "text" }.into();
    }
    faults
}

impl App {
    /// The code of what was filed: worked out again from the vault's key, stored nowhere, shown once to whoever filed it.
    pub fn code_of(&self, id: Uuid) -> String {
        let bits = self.vault.derive(&format!("code of {id}"));
        let letters = (0..LENGTH).map(|n| {
            let five = (0..5).fold(0usize, |v, b| {
                let at = n * 5 + b;
                v << 1 | usize::from(bits[at / 8] >> (7 - at % 8) & 1)
            });
            char::from(ALPHABET[five])
        });
        let all: Vec<char> = letters.collect();
        let groups: Vec<String> = all.chunks(5).map(|g| g.iter().collect()).collect();
        groups.join("-")
    }

    pub(in crate::app) fn code_sha256(&self, id: Uuid) -> String {
        hashed(&self.code_of(id))
    }

    /// What a code leads to; a code of nothing says no more than that.
    pub async fn followed(&self, code: &str) -> Result<Followed> {
        let sha256 = hashed(code);
        let unknown = || Refusal::new("follow_unknown").at("code");
        let page = Page { after: None, limit: 1 };
        let found = noun::list::<Objection>(&self.db, &[Filter::is("code", sha256.clone())], page).await?;
        let Some(o) = found.items.into_iter().next() else {
            let found = noun::list::<TipOff>(&self.db, &[Filter::is("code", sha256)], page).await?;
            let x = found.items.into_iter().next().ok_or_else(unknown)?;
            let said = self.said_to_informer(&x)?;
            return Ok(Followed::TipOff(Box::new((x, said))));
        };
        let n: Notice = noun::find(&self.db, o.notice.0).await?.ok_or(Error::Missing)?;
        Ok(Followed::Objection(Box::new((o, n))))
    }

    /// Carries out a step under a code.
    pub async fn carry_on(&self, form: Follow) -> Result<Followed> {
        match self.followed(&form.code).await? {
            Followed::Objection(x) => {
                let (code, n) = (hashed(&form.code), x.1.clone());
                let o = self.follow_objection(&code, &x.0, form).await?;
                Ok(Followed::Objection(Box::new((o, n))))
            }
            Followed::TipOff(x) if form.step.as_deref() == Some("addition") => {
                let text = form.text.unwrap_or_default();
                let x = self.add_to_tip_off(&hashed(&form.code), &x.0, text.trim(), form.files).await?;
                let said = self.said_to_informer(&x)?;
                Ok(Followed::TipOff(Box::new((x, said))))
            }
            other => Ok(other),
        }
    }
}
