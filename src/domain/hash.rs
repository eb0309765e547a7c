//! Hashes and the one way to write JSON down for hashing.
use serde_json::Value;
use sha2::{Digest, Sha256};

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// RFC 8785 for what we write: strings, integers, booleans, null, lists, objects (keys sorted by UTF-16 code units).
/// Floats are not written anywhere, so their form is not settled here.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (n, (key, item)) in entries.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn keys_are_sorted_as_rfc_8785_says() {
        let value: Value = serde_json::from_str(r#"{"\u20ac":"Euro","\r":"CR","\ufb33":"Dalet","1":"One","\ud83d\ude00":"Grin","\u0080":"Ctl","\u00f6":"o"}"#).unwrap();
        let keys: Vec<String> = ["\r", "1", "\u{80}", "ö", "€", "😀", "\u{fb33}"].map(|k| Value::from(k).to_string()).to_vec();
        let canonical = canonical(&value);
        let at: Vec<usize> = keys.iter().map(|k| canonical.find(&format!("{k}:")).unwrap()).collect();
        assert!(at.is_sorted(), "{canonical}");
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
