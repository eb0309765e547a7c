//! Forms with files, read within bounds: text as typed, each file streamed into the store, its id in the file's place. Of what comes,
//! no more is held than the field being read and a little beyond it, whatever is sent.
use super::Web;
use super::form_view::decode;
use super::problem::Problem;
use super::visitor::Visitor;
use crate::domain::limits::*;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{FromRequest, Multipart, Request, multipart::Field};
use axum::http::header;
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// What the heads of a part may take.
const HEAD: u64 = 8 * 1024;

/// Bytes that were handed on, and that may be held beside them.
#[derive(Default)]
struct Account {
    came: AtomicU64,
    went: AtomicU64,
    /// The longest piece that came at once.
    longest: AtomicU64,
}

impl Account {
    fn went(&self, bytes: u64) {
        self.went.fetch_add(bytes, Ordering::Relaxed);
    }
    fn came(&self, bytes: u64) {
        self.came.fetch_add(bytes, Ordering::Relaxed);
        self.longest.fetch_max(bytes, Ordering::Relaxed);
    }
    /// More is held than a reader that hands on what it gets would hold.
    fn is_over(&self) -> bool {
        let held = self.came.load(Ordering::Relaxed).saturating_sub(self.went.load(Ordering::Relaxed));
        held > HELD_BYTES.most + self.longest.load(Ordering::Relaxed)
    }
}

/// The body as it is let through: one piece at a time, and none while too much is held.
struct Let {
    body: BodyDataStream,
    account: Arc<Account>,
    pause: bool,
}

impl Stream for Let {
    type Item = Result<Bytes, axum::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The reader behind takes all that is ready before it looks at any: it is made to look after each piece.
        if std::mem::take(&mut self.pause) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.account.is_over() {
            return Poll::Ready(Some(Err("a part has no end".into())));
        }
        let next = std::task::ready!(self.body.poll_next_unpin(cx));
        if let Some(Ok(piece)) = &next {
            self.account.came(piece.len() as u64);
            self.pause = true;
        }
        Poll::Ready(next.map(|piece| piece.map_err(Into::into)))
    }
}

/// What one form has come to.
#[derive(Default)]
struct Taken {
    pairs: Vec<(String, String)>,
    parts: usize,
    files: usize,
    text: u64,
}

/// What one request says that it has altogether, if it does.
fn announced(request: &Request) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()).and_then(|l| l.parse().ok())
}

/// Reads a form with files. Routes that come here lift the body limit for forms: what bounds them are the limits of each part, of
/// all text together, and of each file and their number.
pub async fn read(web: &Web, v: &Visitor, request: Request) -> Result<Value, Problem> {
    let announced = announced(&request);
    let account = Arc::new(Account::default());
    let within = account.clone();
    let request = request.map(|body| Body::from_stream(Let { body: body.into_data_stream(), account: within, pause: false }));
    let mut parts = Multipart::from_request(request, web).await.map_err(|_| Problem::new("bad-request"))?;
    let broken = |_| match account.is_over() {
        true => Problem::new("too-large"),
        false => Problem::new("bad-request"),
    };
    let mut taken = Taken::default();
    while let Some(field) = parts.next_field().await.map_err(broken)? {
        account.went(HEAD);
        taken.parts += 1;
        if taken.parts > PARTS.count() {
            return Err(Problem::new("too-large"));
        }
        one(web, v, field, &account, announced, &mut taken).await?;
    }
    Ok(decode(taken.pairs))
}

async fn one(
    web: &Web,
    v: &Visitor,
    field: Field<'_>,
    account: &Arc<Account>,
    announced: Option<u64>,
    taken: &mut Taken,
) -> Result<(), Problem> {
    let Some(name) = field.name().map(str::to_owned) else { return drain(field, account, taken).await };
    match field.file_name().map(str::to_owned) {
        Some(file) if !file.is_empty() => {
            taken.files += 1;
            if taken.files > FILES.count() {
                return Err(Problem::new("too-large"));
            }
            let went = account.clone();
            let stream = field.inspect(move |piece| went.went(piece.as_ref().map_or(0, |p| p.len() as u64)));
            let a = web.app.upload_of(&v.actor, &file, announced, Box::pin(stream)).await?;
            taken.pairs.push((name, a.id.to_string()));
            Ok(())
        }
        // A box for a file that was left empty.
        Some(_) => drain(field, account, taken).await,
        None => {
            let text = text(field, account, taken).await?;
            taken.pairs.push((name, text));
            Ok(())
        }
    }
}

async fn text(mut field: Field<'_>, account: &Account, taken: &mut Taken) -> Result<String, Problem> {
    let mut bytes = vec![];
    while let Some(piece) = field.chunk().await.map_err(|_| Problem::new("bad-request"))? {
        account.went(piece.len() as u64);
        taken.text += piece.len() as u64;
        if bytes.len() + piece.len() > TEXT_BYTES.count() || taken.text > FORM_BYTES.most {
            return Err(Problem::new("too-large"));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| Problem::new("bad-request"))
}

/// What nobody asked for is read past, and counted like text.
async fn drain(mut field: Field<'_>, account: &Account, taken: &mut Taken) -> Result<(), Problem> {
    while let Some(piece) = field.chunk().await.map_err(|_| Problem::new("bad-request"))? {
        account.went(piece.len() as u64);
        taken.text += piece.len() as u64;
        if taken.text > FORM_BYTES.most {
            return Err(Problem::new("too-large"));
        }
    }
    Ok(())
}

/// A whole body of a form or of JSON, within its bytes and its time.
pub async fn whole(body: Body) -> Result<Bytes, Problem> {
    let most = std::time::Duration::from_secs(FORM_SECONDS.most);
    match tokio::time::timeout(most, axum::body::to_bytes(body, FORM_BYTES.count())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Problem::new("too-large")),
        Err(_) => Err(Problem::new("bad-request")),
    }
}
