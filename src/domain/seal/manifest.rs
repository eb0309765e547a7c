//! The manifest, item 0 of an envelope: the fields of the offer's form and what lies in the other items.
use super::*;
use crate::domain::hash::sha256_hex;
use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachedFile {
    /// The item it lies in, from 1.
    pub item: usize,
    /// The field of the form it was attached to.
    pub field: String,
    pub name: String,
    /// Media type, as the team's machine says: advice, checked at the opening.
    pub kind: String,
    pub size: u64,
    pub sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub v: String,
    pub envelope: Part,
    pub fields: Map<String, Value>,
    pub files: Vec<AttachedFile>,
    /// Keeps the root from being guessed from contents.
    #[serde(with = "b64")]
    pub salt: [u8; 32],
}

/// Longest manifest in bytes; a bid's draft is a quarter of it.
pub const MANIFEST_MOST: u64 = 1 << 20;

impl Manifest {
    pub fn read(part: Part, bytes: &[u8]) -> Result<Self, SealFault> {
        let manifest: Self =
            read_canonical("manifest", bytes).map_err(|e| SealFault::BadManifest { part, why: e.to_string() })?;
        manifest.check(part)?;
        Ok(manifest)
    }
    pub fn bytes(&self) -> Vec<u8> {
        bytes_of(self)
    }
    /// SHA-256 over the manifest, which holds the hash of every file: the root of the plaintext.
    pub fn root(&self) -> String {
        sha256_hex(&self.bytes())
    }

    /// The right part, items from 1 on, names that are only names, whole numbers.
    pub fn check(&self, part: Part) -> Result<(), SealFault> {
        let no = |why: String| Err(SealFault::BadManifest { part, why });
        if self.v != FORMAT || self.envelope != part {
            return no("another format or another envelope".into());
        }
        for (n, file) in self.files.iter().enumerate() {
            if file.item != n + 1 {
                return no(format!("file {} stands in the place of item {}", file.item, n + 1));
            }
            if !is_name(&file.name) {
                return no(format!("item {}: not a file name", n + 1));
            }
        }
        if self.fields.values().any(has_fraction) { no("a number with a fraction".into()) } else { Ok(()) }
    }

    /// Whether item `n` held what the manifest says.
    pub fn check_file(&self, n: usize, size: u64, sha256: &str) -> Result<(), SealFault> {
        let fits = n.checked_sub(1).and_then(|at| self.files.get(at)).is_some_and(|f| f.size == size && f.sha256 == sha256);
        if fits {
            Ok(())
        } else {
            Err(SealFault::BadManifest { part: self.envelope, why: format!("item {n} holds something else") })
        }
    }
}

/// A name without a path, without control characters, not empty and not too long.
fn is_name(name: &str) -> bool {
    let banned = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !name.is_empty() && name.len() <= 255 && name != "." && name != ".." && !name.contains(banned)
}

/// RFC 8785 writes fractions in its own way, and no field has one: money is fen, quantities are text.
fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(n) => n.as_i64().is_none_or(|n| n.unsigned_abs() > (1 << 53) - 1),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(map) => map.values().any(has_fraction),
        _ => false,
    }
}
