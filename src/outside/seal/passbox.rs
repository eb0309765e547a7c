//! A small secret under a passphrase: PBKDF2-HMAC-SHA256 and AES-256-GCM, which every browser has natively.
use super::secret::random;
use crate::domain::{
    hash::sha256_hex,
    seal::{SealFault, b64, bytes_of, read},
};
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use pbkdf2::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// OWASP's figure for PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet, 2023); less is refused when read.
pub const ITERATIONS: u32 = 600_000;
/// More would be a way to keep a machine busy.
const ITERATIONS_MOST: u32 = 10_000_000;
/// Characters of a passphrase.
pub const PASSPHRASE_LEAST: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kdf {
    name: String,
    iterations: u32,
    #[serde(with = "b64")]
    salt: [u8; 16],
}

/// As it lies in a file. `head` is in the clear and part of what is authenticated; `sum` tells damage from a wrong passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassBox {
    pub format: String,
    pub head: Map<String, Value>,
    kdf: Kdf,
    #[serde(with = "b64")]
    nonce: [u8; 12],
    #[serde(rename = "box", with = "b64")]
    sealed: Vec<u8>,
    /// SHA-256 of everything else.
    sum: String,
}

impl PassBox {
    pub fn close(format: &str, head: Map<String, Value>, secret: &[u8], passphrase: &str) -> Result<Self, SealFault> {
        if passphrase.trim().chars().count() < PASSPHRASE_LEAST {
            return Err(SealFault::ShortPassphrase { least: PASSPHRASE_LEAST });
        }
        let kdf = Kdf { name: "PBKDF2-SHA256".into(), iterations: ITERATIONS, salt: random() };
        let mut made = Self { format: format.into(), head, kdf, nonce: random(), sealed: secret.to_vec(), sum: String::new() };
        let (cipher, ad) = (made.cipher(passphrase), made.ad());
        cipher.encrypt_in_place(&made.nonce.into(), &ad, &mut made.sealed).expect("a secret is short");
        made.sum = made.checksum();
        Ok(made)
    }

    pub fn read(format: &'static str, bytes: &[u8]) -> Result<Self, SealFault> {
        let found: Self = read(format, bytes)?;
        if found.format != format {
            return Err(SealFault::not(format, format!("it is a {}", found.format)));
        }
        if found.sum != found.checksum() {
            return Err(SealFault::DamagedFile);
        }
        if found.kdf.name != "PBKDF2-SHA256" || !(ITERATIONS..=ITERATIONS_MOST).contains(&found.kdf.iterations) {
            return Err(SealFault::not(format, "its passphrase is protected too weakly, or in an unknown way"));
        }
        Ok(found)
    }

    pub fn open(&self, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        let mut secret = Zeroizing::new(self.sealed.clone());
        let opened = self.cipher(passphrase).decrypt_in_place(&self.nonce.into(), &self.ad(), &mut *secret);
        opened.map(|()| secret).map_err(|_| SealFault::WrongPassphrase)
    }

    /// Laid out for a person who opens the file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("the format is plain JSON") + "\n"
    }

    /// NFKC, so that a passphrase typed on another keyboard is the same one.
    fn cipher(&self, passphrase: &str) -> Aes256Gcm {
        let passphrase: Zeroizing<String> = Zeroizing::new(passphrase.nfkc().collect());
        let mut key = Zeroizing::new([0u8; 32]);
        let rounds = pbkdf2::Params::new(self.kdf.iterations).expect("the count was checked when it was read");
        pbkdf2::pbkdf2_hmac_with_params(passphrase.as_bytes(), &self.kdf.salt, Algorithm::Pbkdf2Sha256, rounds, &mut *key);
        Aes256Gcm::new((&*key).into())
    }
    fn ad(&self) -> Vec<u8> {
        bytes_of(&json!({ "format": self.format, "head": self.head, "kdf": self.kdf }))
    }
    fn checksum(&self) -> String {
        let mut all = serde_json::to_value(self).expect("the format is plain JSON");
        all.as_object_mut().expect("an object").remove("sum");
        sha256_hex(&bytes_of(&all))
    }
}
