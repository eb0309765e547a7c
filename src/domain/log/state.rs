//! How an entry of version 2 tells what it left a row as (docs/record.md): under a salt of the state's own, so that whoever reads the
//! entry and not the row can't try what the row may say. All salts of an entry come from one secret that is kept beside it.
use crate::domain::hash::sha256_hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The version of an entry's text that is written today. Entries of version 1 name none: their states are plain hashes.
pub const VERSION: u64 = 2;

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// What the salts of an entry's states come from: 32 random bytes that no list, file or answer shows.
#[derive(Clone, Copy)]
pub struct Secret<'a>(pub &'a [u8]);

impl Secret<'_> {
    /// The salt of the state that stands `n`th in the entry's list, from 0. One salt tells nothing of another.
    pub fn salt(self, n: usize) -> [u8; 32] {
        mac(self.0, format!("jiebang-state-2\n{n}").as_bytes())
    }

    /// What the entry's text says of the secret, so that another can't be put in its place.
    pub fn promise(self) -> String {
        sha256_hex(self.0)
    }

    /// What the entry tells of a row in that place.
    pub fn state(self, n: usize, row: &str) -> String {
        state(&self.salt(n), row)
    }
}

/// HMAC-SHA-256 of a row's canonical JSON with the state's salt as the key, in hexadecimal.
pub fn state(salt: &[u8], row: &str) -> String {
    hex::encode(mac(salt, row.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_the_hmac_of_rfc_4231() {
        // RFC 4231, test cases 1 and 2.
        assert_eq!(state(&[0x0b; 20], "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let said = state(b"Jefe", "what do ya want for nothing?");
        assert_eq!(said, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn one_row_in_two_places_or_entries_is_told_differently() {
        let (one, other) = (Secret(&[1; 32]), Secret(&[2; 32]));
        let told = [one.state(0, "{}"), one.state(1, "{}"), other.state(0, "{}"), sha256_hex(b"{}")];
        let different: std::collections::BTreeSet<_> = told.iter().collect();
        assert_eq!(different.len(), told.len());
    }
}
