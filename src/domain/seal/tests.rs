use super::*;
use serde_json::json;

fn key(n: u8) -> PublicKey {
    let mut bytes = [n; 65];
    bytes[0] = 4;
    PublicKey(bytes)
}

fn holder(n: u8, body: &str) -> Holder {
    Holder { body: body.into(), name: format!("holder {n}"), public: key(n) }
}

fn three() -> Vec<Holder> {
    vec![holder(1, "科学技术局"), holder(2, "公共资源交易中心"), holder(3, "档案局")]
}

#[test]
fn a_roster_keeps_its_rules() {
    assert!(Roster::new(2, three()).is_ok());
    let why = |t, holders: Vec<Holder>| Roster::new(t, holders).unwrap_err().to_string();
    assert!(why(1, three()).contains("fewer than two"));
    assert!(why(4, three()).contains("fewer keyholders than it takes"));
    assert!(why(2, vec![holder(1, "甲"), holder(2, "甲"), holder(3, "乙")]).contains("one body"));
    assert!(why(2, vec![holder(1, "甲"), holder(1, "乙")]).contains("one key twice"));
    assert!(why(2, vec![holder(1, "甲"), holder(2, " ")]).contains("without a body"));
    assert!(why(2, (1..=8).map(|n| holder(n, &n.to_string())).collect()).contains("more than seven"));
    assert!(Roster::new(3, vec![holder(1, "甲"), holder(2, "甲"), holder(3, "乙")]).is_ok(), "two of three it takes is allowed");
}

#[test]
fn a_roster_s_hash_covers_every_part_of_it() {
    let roster = Roster::new(2, three()).unwrap();
    let mut changed = vec![];
    for at in 0..3 {
        let mut other = roster.clone();
        other.holders[at].public.0[64] ^= 1;
        changed.push(other.hash());
        let mut other = roster.clone();
        other.holders[at].body.push('县');
        changed.push(other.hash());
    }
    let mut swapped = roster.clone();
    swapped.holders.swap(0, 1);
    changed.push(swapped.hash());
    changed.push(Roster { t: 3, ..roster.clone() }.hash());
    changed.push(roster.hash());
    let all = changed.len();
    changed.sort();
    changed.dedup();
    assert_eq!(changed.len(), all);
    assert_eq!(groups(&"0123456789abcdef".repeat(4)), "0123 4567 89ab cdef 0123 4567 89ab cdef");
}

#[test]
fn quorums_are_every_choice_in_order() {
    assert_eq!(quorums(3, 2), [[1, 2], [1, 3], [2, 3]]);
    assert_eq!(quorums(7, 4).len(), 35);
    assert_eq!(quorums(2, 2), [[1, 2]]);
}

#[test]
fn sizes_follow_the_formula_and_hide_the_length() {
    assert_eq!(size::padded(0), 65_536);
    assert_eq!(size::padded(65_528), 65_536);
    assert_eq!(size::padded(65_529), 67_584, "2¹⁶: E = 16, S = 5, steps of 2¹¹");
    assert_eq!(size::sealed(0), 65_552);
    assert_eq!(size::sealed(65_529), 67_584 + 32);
    for len in (0..200_000).step_by(977).chain([20_000_000, 3_000_000_007]) {
        let padded = size::padded(len);
        assert!(padded >= len + 8 && padded as f64 <= 1.12 * (len + 8).max(65_536) as f64, "{len}");
        assert_eq!(size::padded_of(size::sealed(len)), Some(padded), "{len}");
    }
    for wrong in [0, 16, 65_551, 65_553, 67_584 + 16, 67_585 + 32, u64::MAX, u64::MAX - 7] {
        assert_eq!(size::padded_of(wrong), None, "{wrong}");
    }
}

fn envelope(roster: &Roster) -> Envelope {
    let wraps = roster.quorums().into_iter().map(|holders| Wrap { data: vec![7; Wrap::len_with(holders.len())], holders });
    Envelope {
        v: FORMAT.into(),
        suite: SUITE.into(),
        challenge: Uuid::from_u128(1),
        roster: roster.hash(),
        bid: Uuid::from_u128(2),
        version: 3,
        envelope: Part::B,
        commitment: "a".repeat(64),
        salt: [9; 32],
        items: vec![
            Item { n: 0, size: size::sealed(10), sha256: "b".repeat(64) },
            Item { n: 1, size: size::sealed(99_999), sha256: "c".repeat(64) },
        ],
        wraps: wraps.collect(),
        sealed_by: SealedBy::Team,
    }
}

#[test]
fn an_envelope_is_read_in_one_form_only() {
    let e = envelope(&Roster::new(2, three()).unwrap());
    let bytes = e.bytes();
    assert_eq!(Envelope::read(&bytes).unwrap(), e);
    let text = String::from_utf8(bytes).unwrap();
    for changed in [format!(" {text}"), text.replace("\"v\":", "\"v\": "), text.replacen("{\"bid\"", "{\"zzz\":1,\"bid\"", 1)] {
        assert!(matches!(Envelope::read(changed.as_bytes()), Err(SealFault::Not { .. })), "{changed}");
    }
}

/// Changes one thing, and what must be said of it.
type Plant = (fn(&mut Envelope), &'static str);

#[test]
fn what_is_wrong_with_an_envelope_is_named() {
    let roster = Roster::new(2, three()).unwrap();
    let good = envelope(&roster);
    good.check(&roster, &good.bound()).unwrap();
    let plants: [Plant; 11] = [
        (|e| e.v.push('x'), "seal_format"),
        (|e| e.suite = "SM2".into(), "seal_format"),
        (|e| e.roster = "0".repeat(64), "seal_wrong_roster"),
        (|e| e.version = 4, "seal_wrong_bid"),
        (|e| e.challenge = Uuid::from_u128(9), "seal_wrong_bid"),
        (|e| e.commitment.clear(), "seal_format"),
        (|e| e.wraps.swap(0, 1), "seal_damaged_wrap"),
        (|e| drop(e.wraps.pop()), "seal_format"),
        (|e| e.wraps[1].data.push(0), "seal_damaged_wrap"),
        (|e| e.items.swap(0, 1), "seal_item_order"),
        (|e| e.items[1].size += 1, "seal_format"),
    ];
    for (n, (plant, code)) in plants.into_iter().enumerate() {
        let mut bad = good.clone();
        plant(&mut bad);
        assert_eq!(bad.check(&roster, &good.bound()).unwrap_err().code(), code, "plant {n}");
        assert_ne!(bad.commit(), good.commit(), "plant {n}");
    }
    assert_eq!(good.check_item(1, good.items[0].size, &"b".repeat(64)).unwrap_err().code(), "seal_item_order");
    assert_eq!(good.check_item(1, good.items[1].size, &"d".repeat(64)).unwrap_err().code(), "seal_changed_item");
    assert_eq!(good.check_item(1, 5, &"d".repeat(64)).unwrap_err().code(), "seal_wrong_size");
}

#[test]
fn a_manifest_holds_names_and_whole_numbers_only() {
    let read = |value: serde_json::Value| Manifest::read(Part::A, &bytes_of(&value)).map(|_| ());
    let with = |name: &str, fields: serde_json::Value, item: usize| {
        json!({ "v": FORMAT, "envelope": "A", "fields": fields, "salt": b64::text([1; 32]), "files": [
            { "item": item, "field": "attachments", "name": name, "kind": "application/pdf", "size": 3, "sha256": "a" }] })
    };
    read(with("路线 (1).pdf", json!({ "n": 1, "t": ["é", "😀"] }), 1)).unwrap();
    for name in ["", "..", "a/b", "a\\b", "a\nb", "a\u{202e}fdp.exe"] {
        assert_eq!(read(with(name, json!({}), 1)).unwrap_err().code(), "seal_bad_manifest", "{name:?}");
    }
    assert!(read(with("a", json!({ "n": 1.5 }), 1)).is_err());
    assert!(read(with("a", json!({ "n": 9_007_199_254_740_992_i64 }), 1)).is_err());
    assert!(read(with("a", json!({}), 2)).is_err());
    let bytes = bytes_of(&with("a", json!({}), 1));
    assert!(Manifest::read(Part::B, &bytes).is_err(), "the other envelope's");
}
