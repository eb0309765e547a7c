//! What the site gives out: checkpoint, tiles, proofs, the public record, and receipts for those who may read the entry.
use super::*;
use crate::support::Answer;
use jiebang::domain::log::{
    note::Checkpoint,
    receipt::Receipt,
    tree::{Hash, is_consistent, is_included, leaf_hash, root_of},
};
use serde_json::{Value, json};

/// A page's source, as its reader's browser takes it.
fn html(page: &Answer) -> String {
    page.text().replace("&#x2f;", "/").replace("&#x2b;", "+").replace("&#43;", "+")
}

fn hash(v: &Value) -> Hash {
    hex::decode(v.as_str().unwrap()).unwrap().try_into().unwrap()
}

fn path(v: &Value) -> Vec<Hash> {
    v["proof"].as_array().unwrap().iter().map(hash).collect()
}

async fn bytes(s: &Stage, path: &str) -> (u16, Vec<u8>) {
    let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(s.t.router.clone(), request).await.unwrap();
    let status = response.status().as_u16();
    (status, axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec())
}

#[tokio::test]
async fn checkpoint_tiles_and_proofs_agree() {
    let s = Stage::new().await;
    // More than one whole tile.
    let c = s.to_draft("poster", need(ENTERPRISE, "single")).await;
    while s.app().record(&Actor::system(), &[], 270, 1).await.unwrap().is_empty() {
        s.app().save_draft(s.who("poster"), c, json!({ "title": "焦化" }), None).await.unwrap();
    }
    s.app().seal_log().await.unwrap();
    let key = s.app().log.public_key().unwrap().clone();
    let note = String::from_utf8(bytes(&s, "/log/checkpoint").await.1).unwrap();
    let checkpoint = Checkpoint::open(&note, &key).unwrap();
    let size = checkpoint.size;
    assert!(size > 256);
    let (_, full) = bytes(&s, "/log/tile/0/000").await;
    let (_, rest) = bytes(&s, &format!("/log/tile/0/001.p/{}", size - 256)).await;
    let leaves: Vec<Hash> = full.chunks(32).chain(rest.chunks(32)).map(|h| h.try_into().unwrap()).collect();
    assert_eq!((leaves.len() as u64, root_of(leaves.iter().copied())), (size, checkpoint.root));
    assert_eq!(bytes(&s, "/log/tile/1/000.p/1").await.1, root_of(leaves[..256].iter().copied()));
    let (_, entries) = bytes(&s, "/log/tile/entries/000").await;
    let data: Vec<&[u8]> = entries.chunks(34).map(|e| &e[2..]).collect();
    assert!(data.len() == 256 && data.iter().zip(&leaves).all(|(d, l)| leaf_hash(d) == *l));
    for bad in ["0/001", "0/002.p/1", "1/000", "1/000.p/2", "0/1", "x/000", "7/000", "entries/001", "0/000.p/0"] {
        assert_eq!(bytes(&s, &format!("/log/tile/{bad}")).await.0, 404, "{bad}");
    }
    for seq in [1, 2, 255, 256, 257, size] {
        let p = s.t.get("", &format!("/log/proof?seq={seq}")).await.ok();
        let leaf = leaf_hash(&hash(&p["leaf"]));
        assert!(is_included(leaf, seq - 1, p["size"].as_u64().unwrap(), &path(&p), &hash(&p["root"])), "{seq}");
        let by_leaf = s.t.get("", &format!("/log/proof?leaf={}", p["leaf"].as_str().unwrap())).await.ok();
        assert_eq!(by_leaf["seq"], seq);
    }
    for from in [1, 100, 255, 256, 257, size] {
        let p = s.t.get("", &format!("/log/proof?from={from}")).await.ok();
        let old = root_of(leaves[..usize::try_from(from).unwrap()].iter().copied());
        assert_eq!(hash(&p["from_root"]), old);
        assert!(is_consistent((from, &old), (size, &checkpoint.root), &path(&p)), "{from}");
    }
    for bad in ["seq=0", "seq=99999", "from=0", "from=99999", "from=1&to=99999", &format!("leaf={}", "00".repeat(32))] {
        s.t.get("", &format!("/log/proof?{bad}")).await.problem(404, "missing");
    }
    for bad in ["", "seq=x", "leaf=zz", "seq=-1"] {
        s.t.get("", &format!("/log/proof?{bad}")).await.problem(422, "invalid");
    }
}

#[tokio::test]
async fn the_public_record_is_served_whole_and_tells_nothing_that_is_not_public() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let bids = s.seal_teams(c, ENTERPRISE, 2).await;
    let (status, body) = bytes(&s, "/log/record").await;
    let record = String::from_utf8(body).unwrap();
    let found = check(&record, &[]).unwrap();
    assert_eq!((status, found.hidden > 0), (200, true));
    for bid in bids {
        assert!(!record.contains(&bid.to_string()));
    }
    for word in ["bid.seal", "bidder1", "account.", "expert"] {
        assert!(!record.contains(word), "{word}");
    }
}

#[tokio::test]
async fn a_receipt_is_for_those_who_may_read_the_entry() {
    let s = Stage::new().await;
    let c = s.to_published(ENTERPRISE, "single").await;
    let bid = s.seal_teams(c, ENTERPRISE, 1).await[0];
    let seq = s.app().last_entry(bid.0, &["bid.seal"]).await.unwrap().unwrap();
    let key = s.app().log.public_key().unwrap().clone();
    let receipt: Receipt = serde_json::from_value(s.t.get("bidder1", &format!("/log/receipts/{seq}")).await.ok()).unwrap();
    receipt.check(Some(&key)).unwrap();
    let on_bid = s.t.get("bidder1", &format!("/bids/{bid}/receipt")).await.ok();
    assert_eq!(on_bid["proof"]["seq"], seq);
    assert!(receipt.body.contains(on_bid["sha256"].as_str().unwrap()), "what was sealed is on it");
    let file = s.t.page("bidder1", &format!("/log/entries/{seq}/receipt")).await;
    assert_eq!(file.body["body"], receipt.body);
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    for who in ["", "bidder2", "poster", "officer", "head", "supervisor", "auditor", "admin", "expert1"] {
        s.t.get(who, &format!("/log/receipts/{seq}")).await.problem(404, "missing");
        assert_eq!(s.t.page(who, &format!("/log/entries/{seq}/receipt")).await.status, 404, "{who}");
        let page = s.t.page(who, &format!("/log/entries/{seq}")).await;
        assert_eq!((page.status, html(&page).contains("/receipt")), (200, false), "{who} sees the proof and no more");
    }
    let page = s.t.page("bidder1", &format!("/log/entries/{seq}")).await;
    assert!(html(&page).contains(&format!("/log/entries/{seq}/receipt")));
    let story = s.t.get("", &format!("/challenges/{c}/story")).await.ok();
    let line = &story["items"][0];
    let proof = s.t.get("", line["proof"].as_str().unwrap().strip_prefix("/api/v1").unwrap()).await.ok();
    assert_eq!(proof["leaf"], line["leaf"], "each line of a story leads to its proof");
    let shown = s.t.page("", &format!("/challenges/{c}")).await;
    assert!(
        html(&shown).contains(&format!("/log/entries/{}", line["seq"])) && html(&shown).contains(line["leaf"].as_str().unwrap())
    );
}

#[tokio::test]
async fn the_page_of_the_log_names_the_key_in_both_languages() {
    let s = Stage::new().await;
    s.app().seal_log().await.unwrap();
    let key = s.app().log.public_key().unwrap().to_string();
    for lang in ["zh-CN", "en"] {
        let page = s.t.page("", &format!("/log?lang={lang}")).await;
        assert!(page.status == 200 && html(&page).contains(&key), "{lang}");
    }
}
