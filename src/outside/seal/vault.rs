//! Contents at rest on the server: under a key that lies in a file and never in the database. It keeps out whoever has the
//! database or a backup of it; not the running server.
use super::secret::random;
use crate::domain::hash;
use crate::domain::seal::{SealFault, b64};
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use std::{io::Write, path::Path};
use zeroize::Zeroizing;

/// Marks what it wrote, and how.
const MARK: &str = "jb1:";

#[derive(Clone)]
pub struct Vault(std::sync::Arc<Zeroizing<[u8; 32]>>);

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// With a key of its own that nobody keeps: for tests.
    pub fn fresh() -> Self {
        Self(std::sync::Arc::new(Zeroizing::new(random())))
    }

    /// The key in `file`: 64 hexadecimal digits. `make` writes a fresh one, which only its owner may read, when none is there.
    pub fn of_file(file: &Path, make: bool) -> Result<Self, SealFault> {
        if make && !file.exists() {
            make_key(file)?;
        }
        refuse_if_open(file)?;
        let text = Zeroizing::new(std::fs::read_to_string(file).map_err(|e| SealFault::Io(format!("{}: {e}", file.display())))?);
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), &mut *key).map_err(|_| SealFault::not("draft key", "it has 64 hexadecimal digits"))?;
        Ok(Self(std::sync::Arc::new(key)))
    }

    /// `of` says what it belongs to: contents moved to another row don't open.
    pub fn close(&self, of: &str, text: &str) -> String {
        let nonce: [u8; 12] = random();
        let mut sealed = text.as_bytes().to_vec();
        let done = self.cipher().encrypt_in_place(&nonce.into(), of.as_bytes(), &mut sealed);
        done.expect("contents are short");
        format!("{MARK}{}", b64::text([&nonce[..], &sealed[..]].concat()))
    }

    pub fn open(&self, of: &str, sealed: &str) -> Result<String, SealFault> {
        let not = || SealFault::not("content", "it was changed, or written under another draft key");
        let bytes = sealed.strip_prefix(MARK).and_then(b64::bytes).ok_or_else(not)?;
        let (nonce, text) = bytes.split_first_chunk::<12>().ok_or_else(not)?;
        let mut text = text.to_vec();
        self.cipher().decrypt_in_place(&(*nonce).into(), of.as_bytes(), &mut text).map_err(|_| not())?;
        String::from_utf8(text).map_err(|_| not())
    }

    /// A secret that belongs to a place and is kept nowhere: whoever has the key works it out again.
    pub fn derive(&self, of: &str) -> [u8; 32] {
        let mut out = [0; 32];
        let kdf = hkdf::Hkdf::<sha2::Sha256>::new(Some(b"jiebang place"), &**self.0);
        kdf.expand(of.as_bytes(), &mut out).expect("32 bytes are not too long");
        out
    }

    /// What tells one key from another and nothing about either.
    pub fn fingerprint(&self) -> String {
        hash::sha256_hex(&self.derive("fingerprint"))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&**self.0).into())
    }
}

/// Two servers that begin at once leave one key: the file appears whole, and only if none is there.
fn make_key(file: &Path) -> Result<(), SealFault> {
    if let Some(folder) = file.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let draft = file.with_added_extension(hex::encode(random::<8>()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let key = Zeroizing::new(hex::encode(*Zeroizing::new(random::<32>())));
    let mut to = options.open(&draft)?;
    to.write_all(key.as_bytes())?;
    to.sync_all()?;
    let linked = std::fs::hard_link(&draft, file);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e.into()),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn refuse_if_open(file: &Path) -> Result<(), SealFault> {
    use std::os::unix::fs::PermissionsExt;
    match std::fs::metadata(file) {
        Ok(m) if m.permissions().mode() & 0o077 != 0 => {
            Err(SealFault::Io(format!("{}: others on this machine can read the draft key; chmod 600 mends it", file.display())))
        }
        _ => Ok(()),
    }
}
#[cfg(not(unix))]
fn refuse_if_open(_: &Path) -> Result<(), SealFault> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_open_with_their_key_and_in_their_place_only() {
        let vault = Vault::fresh();
        let sealed = vault.close("bid 1", "焙烧");
        assert_eq!(vault.open("bid 1", &sealed).unwrap(), "焙烧");
        assert_ne!(sealed, vault.close("bid 1", "焙烧"), "no nonce twice");
        for (v, of, text) in [
            (&vault, "bid 2", sealed.clone()),
            (&Vault::fresh(), "bid 1", sealed.clone()),
            (&vault, "bid 1", sealed[..sealed.len() - 4].to_owned()),
            (&vault, "bid 1", "{}".to_owned()),
            (&vault, "bid 1", "jb1:".to_owned()),
        ] {
            assert!(v.open(of, &text).is_err(), "{of} {text}");
        }
    }

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let dir = std::env::temp_dir().join(format!("jiebang-vault-{}", uuid::Uuid::new_v4().simple()));
        let file = dir.join("draft.key");
        assert!(Vault::of_file(&file, false).is_err(), "none is made where one was named");
        let one = Vault::of_file(&file, true).unwrap();
        let two = Vault::of_file(&file, true).unwrap();
        assert_eq!(two.open("x", &one.close("x", "y")).unwrap(), "y");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(Vault::of_file(&file, true).unwrap_err().to_string().contains("chmod 600"));
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
