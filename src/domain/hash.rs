//! Hashes and the one way to write JSON down for hashing.
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 in 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// RFC 8785 for what we write: strings, integers, booleans, null, lists, objects (keys sorted by UTF-16 code units).
/// Floats are not supported: none is written anywhere, and one that came in would be printed as `serde_json` prints it.
/// Integers beyond 2⁵³ keep every digit, where the RFC would round them. Recursion is as deep as the value, and parsing
/// ends at 128 levels.
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
        // RFC 8785, 3.2.3; a plain sort by code points would put 😀 after U+FB33.
        let value: Value = serde_json::from_str(
            r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#,
        )
        .unwrap();
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical(&value), expected);
    }
    #[test]
    fn strings_and_literals_are_written_as_rfc_8785_says() {
        // RFC 8785, 3.2.2, without its floats.
        let value: Value = serde_json::from_str(
            r#"{ "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false], "n": [0, -1, 9223372036854775807], "e": {}, "a": [] }"#,
        )
        .unwrap();
        let text = canonical(&value);
        assert_eq!(
            text,
            r#"{"a":[],"e":{},"literals":[null,true,false],"n":[0,-1,9223372036854775807],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        assert_eq!(canonical(&serde_json::from_str(&text).unwrap()), text, "written once, it stays");
        assert_eq!(canonical(&Value::from("\u{7f}\u{8}\u{c}\t中")), "\"\u{7f}\\b\\f\\t中\"");
    }
    #[test]
    fn hashes_are_those_of_fips_180() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
