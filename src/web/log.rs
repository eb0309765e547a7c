//! The log for anyone: how to check it, the checkpoint, tiles as C2SP lays them out, the public part of the record, the proof
//! of each entry, and receipts for those who may read the entry.
use super::block::*;
use super::pages::{Crumb, WordsPage};
use super::problem::Problem;
use super::shown::Shown;
use super::visitor::Visitor;
use super::{Web, time};
use crate::app::log::{Inclusion, Piece};
use crate::domain::log::receipt::Receipt;
use crate::domain::log::record::Scope;
use crate::domain::{Faults, Noun};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

type Answer = Result<Response, Problem>;

/// So many records are written at once; whoever comes then waits.
static WRITING: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

const TEXT: (header::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; charset=utf-8");

/// What the log is, its key, and how an outsider checks it.
pub async fn page(State(web): State<Web>, v: Visitor) -> Answer {
    let t = &v.text;
    let mut items = vec![];
    if let Some(key) = web.app.log.public_key() {
        items.push(Item::new(t.t("log.key"), key.to_string()).note(t.t("log.key_note")));
    }
    if let Some((size, _)) = web.app.checkpoint().await? {
        items.push(Item::new(t.t("log.size"), size.to_string()));
        items.push(Item::new(t.t("log.checkpoint"), "/log/checkpoint").href("/log/checkpoint"));
        items.push(Item::new(t.t("log.record"), "/log/record").href("/log/record").note(t.t("log.record_note")));
    }
    let mut blocks = vec![];
    match items.is_empty() {
        true => blocks.push(Block::inset(t.t("log.unsigned"), t.t("log.unsigned_text"), "warn")),
        false => blocks.push(Block::summary("log", t.t("log.now"), items)),
    }
    for part in ["what", "check", "receipts", "formats"] {
        let origin = [("origin", web.config.origin.clone())];
        let text = t.with(&format!("log.{part}.text"), &origin);
        let paragraphs = text.lines().map(str::to_owned).collect();
        blocks.push(Block::Text { title: t.t(&format!("log.{part}")), id: part.into(), paragraphs });
    }
    let page = WordsPage {
        title: t.t("log.title"),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::here(t.t("log.title"))],
        lead: t.t("log.lead"),
        blocks,
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// `GET /log/checkpoint`: the newest one, as it was signed.
pub async fn checkpoint(State(web): State<Web>) -> Answer {
    let (_, note) = web.app.checkpoint().await?.ok_or_else(|| Problem::new("missing"))?;
    Ok(([TEXT], note).into_response())
}

pub async fn checkpoint_json(State(web): State<Web>) -> Answer {
    let (size, note) = web.app.checkpoint().await?.ok_or_else(|| Problem::new("missing"))?;
    let key = web.app.log.public_key().map(ToString::to_string);
    Ok(Json(json!({ "checkpoint": note, "size": size, "key": key })).into_response())
}

/// `x001/x234/067`, and `.p/W` behind it for a tile that is not full: which tile, and how wide.
fn tile_of(path: &str) -> Option<(u64, u64)> {
    let (path, width) = match path.split_once(".p/") {
        Some((path, width)) => (path, width.parse().ok().filter(|w: &u64| (1..256).contains(w) && width == w.to_string())?),
        None => (path, 256),
    };
    let mut n = 0u64;
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let digits = if parts.peek().is_some() { part.strip_prefix('x')? } else { part };
        let three = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
        n = n.checked_mul(1000)?.checked_add(digits.parse::<u64>().ok().filter(|_| three)?)?;
    }
    Some((n, width))
}

/// `GET /log/tile/<L>/<N>[.p/<W>]` and `/log/tile/entries/<N>[.p/<W>]` (c2sp.org/tlog-tiles).
pub async fn tile(State(web): State<Web>, Path((level, path)): Path<(String, String)>) -> Answer {
    let missing = || Problem::new("missing");
    let (n, width) = tile_of(&path).ok_or_else(missing)?;
    let bytes = match level.as_str() {
        "entries" => web.app.entry_tile(n, width).await?,
        _ => {
            let level: u32 = level.parse().ok().filter(|l: &u32| l.to_string() == level).ok_or_else(missing)?;
            web.app.tile(level, n, width).await?
        }
    };
    let kept = if width == 256 { "public, max-age=31536000, immutable" } else { "public, max-age=60" };
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, kept)];
    Ok((headers, bytes).into_response())
}

/// `GET /log/record`: the public part of the record, line by line as it is read.
pub async fn record(State(web): State<Web>, v: Visitor) -> Answer {
    if web.app.log.public_key().is_none() {
        return Err(Problem::new("missing"));
    }
    let permit = WRITING.acquire().await.map_err(|_| Problem::new("busy"))?;
    let (send, receive) = tokio::sync::mpsc::channel(64);
    let (app, actor) = (web.app.clone(), v.actor.clone());
    tokio::spawn(async move {
        let _permit = permit;
        if let Err(e) = app.export_record(&actor, Scope::Public, &send).await {
            tracing::warn!(error = %e, "a record was not written to its end");
            let _reader_gone = send.send(Err(std::io::Error::other("broken off"))).await;
        }
    });
    let stream = futures_util::stream::unfold(receive, |mut receive| async move {
        let piece: std::io::Result<Piece> = receive.recv().await?;
        Some((piece.map(|p| Bytes::from(p.line)), receive))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"record.jsonl\"")),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// The page of one entry's proof; for those who may read the entry, its receipt as well.
pub async fn entry(State(web): State<Web>, v: Visitor, Path(seq): Path<u64>) -> Answer {
    let t = &v.text;
    let proof = web.app.prove(seq, None).await?;
    let read = web.app.entry(&v.actor, seq).await.ok();
    let mut items = vec![Item::new(t.t("log.entry"), seq.to_string())];
    if let Some(e) = &read {
        items.push(Item::new(t.t("log.what_was"), t.first(&[&format!("event.{}", e.kind), &format!("act.{}", e.kind)])));
        items.push(Item::new(t.t("log.when"), time::moment(t, e.at)));
    }
    items.push(Item::new(t.t("log.leaf"), proof.leaf.clone()).note(t.t("log.leaf_note")));
    items.push(Item::new(t.t("log.size"), proof.size.to_string()));
    items.push(Item::new(t.t("log.root"), proof.root.clone()));
    let mut blocks = vec![Block::summary("entry", t.t("log.entry"), items)];
    if read.is_some() {
        let file = Action::link("receipt", t.t("log.receipt_file"), format!("/log/entries/{seq}/receipt")).main();
        blocks.push(Block::Actions { title: t.t("log.receipt"), id: "receipt".into(), items: vec![file] });
    }
    blocks.extend(read.as_ref().and_then(|e| super::paper::told(t, e)));
    blocks.extend(steps(&v, &proof));
    let title = t.with("log.entry_n", &[("n", seq.to_string())]);
    let page = WordsPage {
        title: title.clone(),
        crumbs: vec![Crumb::to("/", t.t("ui.home")), Crumb::to("/log", t.t("log.title")), Crumb::here(title)],
        lead: t.t("log.entry_lead"),
        blocks,
    };
    web.show(&v, StatusCode::OK, &page).await
}

/// The path from the entry to the root, and the checkpoint.
fn steps(v: &Visitor, proof: &Inclusion) -> Vec<Block> {
    let t = &v.text;
    let row = |(n, hash): (usize, &String)| vec![Cell::number((n + 1).to_string()), Cell::text(hash.clone())];
    let rows = proof.proof.iter().enumerate().map(row).collect();
    let columns = vec![(t.t("log.step"), "number"), (t.t("log.hash"), "text")];
    let note = proof.checkpoint.iter().flat_map(|c| c.lines()).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    vec![
        Block::table("path", t.t("log.path"), columns, rows, t.t("log.path_empty")),
        Block::Text { title: t.t("log.checkpoint"), id: "checkpoint".into(), paragraphs: note },
    ]
}

fn as_file(receipt: &Receipt) -> Answer {
    let mut body = serde_json::to_string_pretty(receipt).map_err(|e| Problem::internal(&e))?;
    body.push('\n');
    let name = format!("attachment; filename=\"receipt-{}.json\"", receipt.seq);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    Ok((headers, body).into_response())
}

/// The receipt as a file to keep.
pub async fn receipt_file(State(web): State<Web>, v: Visitor, Path(seq): Path<u64>) -> Answer {
    as_file(&web.app.receipt(&v.actor, seq).await?)
}

pub async fn receipt_json(State(web): State<Web>, v: Visitor, Path(seq): Path<u64>) -> Answer {
    Ok(Json(web.app.receipt(&v.actor, seq).await?).into_response())
}

/// The receipt of the newest entry of these kinds on a thing; none while the record is not signed.
pub async fn receipt_of(web: &Web, v: &Visitor, subject: Uuid, kinds: &[&str]) -> Result<Option<Receipt>, Problem> {
    if web.app.log.public_key().is_none() {
        return Ok(None);
    }
    match web.app.last_entry(subject, kinds).await? {
        Some(seq) => Ok(Some(web.app.receipt(&v.actor, seq).await?)),
        None => Ok(None),
    }
}

/// Where a score, an award or a payment has been recorded, its receipt is one step away.
pub async fn receipt_action(web: &Web, v: &Visitor, s: &Shown) -> Result<Option<Action>, Problem> {
    let kinds: &[&str] = match s.noun {
        Noun::Assignment => &["assignment.submission", "assignment.blind-submission", "assignment.score-change"],
        Noun::Notice => &["notice.confirmation", "notice.publication"],
        Noun::Instalment => &["instalment.fiscal-payment", "instalment.payment"],
        _ => return Ok(None),
    };
    if web.app.log.public_key().is_none() {
        return Ok(None);
    }
    let Some(seq) = web.app.last_entry(s.id, kinds).await? else { return Ok(None) };
    let readable = web.app.entry(&v.actor, seq).await.is_ok();
    Ok(readable.then(|| Action::link("proof", v.text.t("log.receipt"), format!("/log/entries/{seq}"))))
}

#[derive(Deserialize)]
pub struct Asked {
    seq: Option<String>,
    leaf: Option<String>,
    size: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// A whole number of a query, if it is there.
fn number(faults: &mut Faults, name: &'static str, text: Option<&String>) -> Option<u64> {
    let n = text?.parse().ok();
    if n.is_none() {
        faults.add_with(name, "out_of_range", vec![("min", "1".into()), ("max", u64::MAX.to_string())]);
    }
    n
}

/// `GET /api/v1/log/proof`: of an entry by its number or its leaf, or of growth.
pub async fn proof(State(web): State<Web>, Query(q): Query<Asked>) -> Answer {
    let mut faults = Faults::default();
    let mut of = |name, text| number(&mut faults, name, text);
    let (seq, size) = (of("seq", q.seq.as_ref()), of("size", q.size.as_ref()));
    let (from, to) = (of("from", q.from.as_ref()), of("to", q.to.as_ref()));
    let leaf = q.leaf.as_deref().map(|l| hex::decode(l).ok().and_then(|b| <[u8; 32]>::try_from(b).ok()));
    if leaf == Some(None) {
        faults.add("leaf", "not_hash");
    }
    if seq.is_none() && leaf.is_none() && from.is_none() {
        faults.add("seq", "missing");
    }
    faults.ok(())?;
    if let Some(from) = from {
        return Ok(Json(web.app.prove_growth(from, to).await?).into_response());
    }
    let seq = match (seq, leaf.flatten()) {
        (Some(seq), _) => seq,
        (None, Some(leaf)) => web.app.seq_of_leaf(&leaf).await?,
        (None, None) => return Err(Problem::new("missing")),
    };
    Ok(Json(web.app.prove(seq, size).await?).into_response())
}

#[cfg(test)]
mod tests {
    use super::tile_of;
    #[test]
    fn tiles_are_addressed_as_c2sp_says() {
        for (path, tile) in [
            ("000", Some((0, 256))),
            ("067", Some((67, 256))),
            ("x001/x234/067", Some((1_234_067, 256))),
            ("x001/067.p/8", Some((1067, 8))),
            ("67", None),
            ("1067", None),
            ("001/067", None),
            ("x001", None),
            ("067.p/256", None),
            ("067.p/0", None),
            ("067.p/08", None),
            ("", None),
        ] {
            assert_eq!(tile_of(path), tile, "{path}");
        }
    }
}
