use super::*;
use crate::domain::seal::*;
use hpke::{Deserializable, Kem as _, OpModeR, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::DhP256HkdfSha256 as Kem};
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};
use uuid::Uuid;

/// RFC 9180's vectors, mode base, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (test-vectors.json of the CFRG).
#[test]
fn hpke_answers_the_rfc_s_test_vectors() {
    let hex = |text: &str| hex::decode(text).unwrap();
    let key =
        <Kem as hpke::Kem>::PrivateKey::from_bytes(&hex("317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2"))
            .unwrap();
    assert_eq!(
        Kem::sk_to_pk(&key).to_bytes()[..],
        hex(
            "04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f853148544876de76c0f2ef99cdc3a05ccf5ded7860c7c021238f9e2073d2356c"
        )
    );
    let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(&hex("04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf01da5cc4c39ff5370d331a4f1f7d5a4e0")).unwrap();
    let mut context =
        hpke::setup_receiver::<AesGcm256, HkdfSha256, Kem>(&OpModeR::Base, &key, &enc, b"Ode on a Grecian Urn").unwrap();
    for (aad, sealed) in [
        ("Count-0", "58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f"),
        ("Count-1", "b4e7c90d1dd62cb563694956eb517ab55d5e7d1f6366a0066c04ababaa444dbaf60a30d7bb7d3e91b969762dee"),
    ] {
        let plain = context.open(&hex(sealed), aad.as_bytes()).unwrap();
        assert_eq!(plain, b"Beauty is truth, truth beauty");
    }
}

struct House {
    keys: Vec<PrivateKey>,
    roster: Roster,
    bound: Bound,
}

impl House {
    fn new(t: u8, n: u8) -> Self {
        let keys: Vec<PrivateKey> = (0..n).map(|_| PrivateKey::fresh()).collect();
        let holder =
            |(n, k): (usize, &PrivateKey)| Holder {
                body: format!("单位{n}"), name: format!("持钥人{n}"), public: k.public()
            };
        let roster = Roster::new(t, keys.iter().enumerate().map(holder).collect()).unwrap();
        let bound = Bound { challenge: Uuid::from_u128(11), bid: Uuid::from_u128(22), version: 1, envelope: Part::A };
        Self { keys, roster, bound }
    }
    fn of(&self) -> impl Fn(Part) -> Result<Bound, SealFault> + use<> {
        let bound = self.bound;
        move |envelope| Ok(Bound { envelope, ..bound })
    }
    /// Seals 3 files into A and none into B.
    fn seal(&self, files: &[(&str, Vec<u8>)]) -> (Vec<u8>, [Made; 2]) {
        let files = files.iter().map(|(name, content)| InputFile {
            field: "attachments".into(),
            name: (*name).into(),
            kind: "application/pdf".into(),
            size: content.len() as u64,
            content: Box::new(&content[..]),
        });
        let fields = |v: serde_json::Value| v.as_object().cloned().unwrap();
        let a = Input { part: Part::A, fields: fields(json!({ "route": "先焙后浸" })), files: files.collect() };
        let b = Input { part: Part::B, fields: fields(json!({ "county_fen": 1_234_567 })), files: vec![] };
        let mut to = Cursor::new(vec![]);
        let made = seal_to(&mut to, &self.roster, self.of(), [a, b], SealedBy::Team).unwrap();
        (to.into_inner(), made)
    }
    /// The content key of `part`, by the holders of one quorum.
    fn unwrap(&self, envelope: &Envelope, wrap: &Wrap) -> Result<ContentKey, SealFault> {
        let mut share = Share::first(envelope, wrap);
        while let Some(number) = share.holder() {
            share = peel(&self.keys[usize::from(number) - 1], &self.roster, &envelope.bound(), &share)?;
        }
        finish(envelope, &share)
    }
}

/// Opened contents in memory.
#[derive(Debug, Default)]
struct Kept(BTreeMap<String, Vec<u8>>, String);

impl Sink for Kept {
    fn manifest(&mut self, _: &Manifest) -> Result<(), SealFault> {
        Ok(())
    }
    fn begin(&mut self, file: &AttachedFile) -> Result<(), SealFault> {
        self.1 = file.name.clone();
        self.0.insert(file.name.clone(), vec![]);
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SealFault> {
        self.0.get_mut(&self.1).expect("begun").extend_from_slice(bytes);
        Ok(())
    }
}

fn noise(len: usize) -> Vec<u8> {
    (0..len as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn open(bytes: Vec<u8>, part: Part, key: &ContentKey) -> Result<(Manifest, Kept), SealFault> {
    let mut kept = Kept::default();
    let manifest = Bundle::read(Cursor::new(bytes))?.open(part, key, &mut kept)?;
    Ok((manifest, kept))
}

#[test]
fn what_was_sealed_comes_out_by_every_quorum_and_no_other_way() {
    let house = House::new(2, 3);
    let files = [("a.pdf", noise(0)), ("b.pdf", noise(65_528)), ("c.pdf", noise(300_001))];
    let (bytes, made) = house.seal(&files);
    Bundle::read(Cursor::new(&bytes)).unwrap().check(&house.roster, house.of()).unwrap();
    for wrap in &made[0].envelope.wraps {
        let key = house.unwrap(&made[0].envelope, wrap).unwrap();
        assert_eq!(key, made[0].key);
        let (manifest, kept) = open(bytes.clone(), Part::A, &key).unwrap();
        assert_eq!(manifest.fields["route"], "先焙后浸");
        assert_eq!(manifest.root(), made[0].root);
        assert!(files.iter().all(|(name, content)| kept.0[*name] == *content));
        assert_eq!(open(bytes.clone(), Part::B, &key).unwrap_err(), SealFault::WrongKey(Part::B), "A's key opens A only");
    }
    let key = house.unwrap(&made[1].envelope, &made[1].envelope.wraps[2]).unwrap();
    assert_eq!(open(bytes, Part::B, &key).unwrap().0.fields["county_fen"], 1_234_567);
}

#[test]
fn a_damaged_wrap_names_its_holder_and_fewer_holders_get_nothing() {
    let house = House::new(3, 5);
    let (_, made) = house.seal(&[]);
    let envelope = &made[0].envelope;
    assert_eq!(envelope.wraps.len(), 10);
    let mut wrap = envelope.wraps[4].clone();
    wrap.data[100] ^= 1;
    let fault = house.unwrap(envelope, &wrap).unwrap_err();
    assert_eq!(fault, SealFault::DamagedWrap { holders: vec![1, 3, 5], holder: 1 });

    let first = Share::first(envelope, &envelope.wraps[4]);
    let mut second = peel(&house.keys[0], &house.roster, &envelope.bound(), &first).unwrap();
    second.data[70] ^= 1;
    let fault = peel(&house.keys[2], &house.roster, &envelope.bound(), &second).unwrap_err();
    assert_eq!(fault, SealFault::DamagedWrap { holders: vec![1, 3, 5], holder: 3 });
    assert_eq!(finish(envelope, &second).unwrap_err(), SealFault::TooFewHolders { have: 1, need: 3 });
    let stranger = peel(&PrivateKey::fresh(), &house.roster, &envelope.bound(), &first);
    assert_eq!(stranger.unwrap_err(), SealFault::NotAKeyholder);
    let out_of_turn = peel(&house.keys[2], &house.roster, &envelope.bound(), &first);
    assert_eq!(out_of_turn.unwrap_err().code(), "seal_damaged_wrap");
}

#[test]
fn a_wrap_opens_only_for_its_own_bid_version_envelope_and_roster() {
    let house = House::new(2, 3);
    let (_, made) = house.seal(&[]);
    let envelope = &made[0].envelope;
    let share = Share::first(envelope, &envelope.wraps[0]);
    let bound = envelope.bound();
    let peel_as = |roster: &Roster, bound: Bound| peel(&house.keys[0], roster, &bound, &share).map(|_| ());
    peel_as(&house.roster, bound).unwrap();
    for other in [
        Bound { bid: Uuid::from_u128(3), ..bound },
        Bound { challenge: Uuid::from_u128(3), ..bound },
        Bound { version: 2, ..bound },
        Bound { envelope: Part::B, ..bound },
    ] {
        assert_eq!(peel_as(&house.roster, other).unwrap_err().code(), "seal_damaged_wrap");
    }
    let mut roster = house.roster.clone();
    roster.holders[2].name = "someone else".into();
    assert_eq!(peel_as(&roster, bound).unwrap_err().code(), "seal_damaged_wrap");
}

#[test]
fn another_key_with_the_same_wraps_is_found_by_the_commitment() {
    let house = House::new(2, 2);
    let (_, made) = house.seal(&[]);
    let mut envelope = made[0].envelope.clone();
    envelope.wraps = wrap_all(&ContentKey::fresh(), &house.roster, &envelope.bound()).unwrap();
    assert_eq!(house.unwrap(&envelope, &envelope.wraps[0]).unwrap_err(), SealFault::WrongKey(Part::A));
}

#[test]
fn one_changed_byte_anywhere_is_noticed_without_a_key() {
    let house = House::new(2, 3);
    let (bytes, made) = house.seal(&[("a.pdf", noise(5))]);
    let check = |bytes: &[u8]| {
        Bundle::read(Cursor::new(bytes)).and_then(|mut b| {
            b.check(&house.roster, house.of())?;
            Ok(b.envelopes.each_ref().map(Envelope::commit))
        })
    };
    let commits = made.each_ref().map(|m| m.envelope.commit());
    assert_eq!(check(&bytes).unwrap(), commits);
    let front = bytes.len() - 3 * 65_552;
    for at in (0..front).chain((front..bytes.len()).step_by(4_999)).chain([bytes.len() - 1]) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        assert_ne!(check(&bad).ok(), Some(commits.clone()), "byte {at}");
    }
    assert_eq!(check(&bytes[..bytes.len() - 1]).unwrap_err(), SealFault::Cut);
    assert_eq!(check(&[&bytes[..], b"x"].concat()).unwrap_err(), SealFault::Trailing);
}

#[test]
fn a_changed_chunk_and_items_in_another_order_are_named() {
    let house = House::new(2, 2);
    let (bytes, made) = house.seal(&[("a.pdf", noise(10)), ("b.pdf", noise(200_000))]);
    let key = &made[0].key;
    let sizes = made[0].envelope.sizes();
    let front = bytes.len() as u64 - made[0].envelope.size() - made[1].envelope.size();
    let [one, two] = [front + sizes[0], front + sizes[0] + sizes[1]].map(|at| at as usize);

    let mut bad = bytes.clone();
    bad[two + 2 * 65_552 + 7] ^= 1;
    assert_eq!(open(bad, Part::A, key).unwrap_err(), SealFault::ChangedChunk { part: Part::A, item: 2, chunk: 2 });

    let mut swapped = bytes.clone();
    swapped.copy_within(front as usize..one, one);
    assert_eq!(open(swapped, Part::A, key).unwrap_err(), SealFault::ItemOrder { part: Part::A, item: 1, found: 0 });

    let mut chunks = bytes.clone();
    chunks.copy_within(two..two + 65_552, two + 65_552);
    assert_eq!(open(chunks, Part::A, key).unwrap_err(), SealFault::ChangedChunk { part: Part::A, item: 2, chunk: 1 });
}

#[test]
fn a_file_that_grows_or_shrinks_while_it_is_sealed_is_refused() {
    let house = House::new(2, 2);
    let seal = |announced: u64| {
        let file = InputFile {
            field: "f".into(),
            name: "n".into(),
            kind: String::new(),
            size: announced,
            content: Box::new(std::io::repeat(1).take(100)),
        };
        let a = Input { part: Part::A, fields: Default::default(), files: vec![file] };
        let b = Input { part: Part::B, fields: Default::default(), files: vec![] };
        seal_to(&mut Cursor::new(vec![]), &house.roster, house.of(), [a, b], SealedBy::Team).map(|_| ())
    };
    seal(100).unwrap();
    for wrong in [99, 101] {
        assert_eq!(seal(wrong).unwrap_err().code(), "seal_wrong_size", "{wrong}");
    }
}

#[test]
fn a_key_file_opens_with_its_passphrase_only() {
    let key = PrivateKey::fresh();
    assert_eq!(KeyFile::new(&key, "short").unwrap_err().code(), "seal_short_passphrase");
    let text = KeyFile::new(&key, "ｃｏｒｒｅｃｔ horse battery").unwrap().text();
    let file = KeyFile::read(text.as_bytes()).unwrap();
    assert_eq!(file.public().unwrap(), key.public());
    let opened = file.open("correct horse battery").unwrap();
    assert_eq!(*opened.bytes(), *key.bytes(), "full width and half width are one passphrase");
    assert_eq!(file.open("correct horse batterz").unwrap_err(), SealFault::WrongPassphrase);
    let mut damaged: serde_json::Value = serde_json::from_str(&text).unwrap();
    damaged["nonce"] = json!(b64::text([0; 12]));
    assert_eq!(KeyFile::read(damaged.to_string().as_bytes()).unwrap_err(), SealFault::DamagedFile);
    assert!(!text.contains(&b64::text(*key.bytes())));
    let mut weak: serde_json::Value = serde_json::from_str(&text).unwrap();
    weak["kdf"]["iterations"] = json!(1000);
    weak.as_object_mut().unwrap().remove("sum");
    weak["sum"] = json!(crate::domain::hash::sha256_hex(&bytes_of(&weak)));
    assert!(KeyFile::read(weak.to_string().as_bytes()).unwrap_err().to_string().contains("too weakly"));
    assert_eq!(Spare::read(text.as_bytes()).unwrap_err().code(), "seal_format");
}

#[test]
fn the_spare_opens_a_bid_without_any_keyholder() {
    let house = House::new(2, 3);
    let (bytes, made) = house.seal(&[("a.pdf", noise(70_000))]);
    let envelopes = made.each_ref().map(|m| m.envelope.clone());
    let spare = Spare::new(&envelopes, &made.each_ref().map(|m| m.key.clone()), "correct horse battery").unwrap();
    let spare = Spare::read(spare.text().as_bytes()).unwrap();
    assert!(spare.is_for(&envelopes[0]) && spare.is_for(&envelopes[1]));
    for (part, key) in Part::ALL.into_iter().zip(spare.open("correct horse battery").unwrap()) {
        open(bytes.clone(), part, &key).unwrap();
    }
    let (_, others) = house.seal(&[]);
    assert!(!spare.is_for(&others[0].envelope));
}

#[test]
fn a_drill_is_answered_by_its_key_alone() {
    let key = PrivateKey::fresh();
    let (drill, answer) = Drill::ask(&key.public()).unwrap();
    assert_eq!(drill.answer(&key).unwrap(), answer);
    assert_eq!(drill.answer(&PrivateKey::fresh()).unwrap_err(), SealFault::NotAKeyholder);
    let mut changed = drill.clone();
    changed.data[80] ^= 1;
    assert!(changed.answer(&key).is_err());
    let mut nowhere = key.public();
    nowhere.0[64] ^= 1;
    assert_eq!(Drill::ask(&nowhere).unwrap_err().to_string(), "this is no public key: not a point of P-256");
}

#[test]
fn no_secret_is_printed() {
    let (content, private) = (ContentKey::fresh(), PrivateKey::fresh());
    let printed = format!("{content:?} {private:?}");
    assert_eq!(printed, "ContentKey(…) PrivateKey(…)");
}

/// The vectors of docs/seal.md, made by the independent implementation.
#[test]
fn the_published_test_vectors_hold() {
    let v: serde_json::Value = serde_json::from_str(include_str!("../../../tests/seal/vectors.json")).unwrap();
    let text = |name: &str| v[name].as_str().unwrap();
    let bytes = |name: &str| hex::decode(text(name)).unwrap();
    let bound: Bound = serde_json::from_value(v["bound"].clone()).unwrap();
    let key = ContentKey::read(&bytes("content_key")).unwrap();
    assert_eq!(String::from_utf8(bound.ad(1)).unwrap(), text("associated_data"));
    assert_eq!(hex::encode(*key.item_key(&bound.ad(1))), text("item_key"));
    assert_eq!(key.commitment(&bytes("salt").try_into().unwrap()), text("commitment"));

    let mut sealer = ItemSealer::new(&key, &bound, 1, 3).unwrap();
    let mut sealed = vec![];
    let mut keep = |chunk: &[u8]| {
        sealed.extend_from_slice(chunk);
        Ok(())
    };
    sealer.push(b"abc", &mut keep).unwrap();
    let done = sealer.finish(&mut keep).unwrap();
    assert_eq!((done.size, done.sha256.as_str()), (65_552, text("item_sha256")));
    assert_eq!(hex::encode(&sealed[..16]), text("item_begins"));

    let roster: Roster = serde_json::from_value(v["roster"].clone()).unwrap();
    assert_eq!((roster.hash().as_str(), groups(&roster.hash()).as_str()), (text("roster_sha256"), text("roster_printed")));
    let holders: Vec<PrivateKey> = v["private_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| PrivateKey::read(&hex::decode(k.as_str().unwrap()).unwrap()).unwrap())
        .collect();
    let wrap = Wrap { holders: vec![1, 2], data: b64::bytes(text("wrap")).unwrap() };
    let share = Share {
        bid: bound.bid,
        version: bound.version,
        envelope: bound.envelope,
        holders: wrap.holders,
        opened: 0,
        data: wrap.data,
    };
    let share = peel(&holders[0], &roster, &bound, &share).unwrap();
    assert_eq!(peel(&holders[1], &roster, &bound, &share).unwrap().data, key.bytes());
    for row in v["sizes"].as_array().unwrap() {
        let n = |at: usize| row[at].as_u64().unwrap();
        assert_eq!((size::padded(n(0)), size::sealed(n(0))), (n(1), n(2)));
    }
    let file = KeyFile::read(v["key_file"].to_string().as_bytes()).unwrap();
    assert_eq!(*file.open(text("passphrase")).unwrap().bytes(), *holders[0].bytes());
}
