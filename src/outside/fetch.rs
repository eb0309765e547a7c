//! A small public document from another machine: over TLS, or from this one.
use std::time::Duration;

/// The body of a GET, at most `most` bytes; the reason in words when there is none.
pub async fn get(url: &str, most: usize) -> Result<Vec<u8>, String> {
    let parsed = reqwest::Url::parse(url).map_err(|e| format!("{url}: {e}"))?;
    let here = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if parsed.scheme() != "https" && !(parsed.scheme() == "http" && here) {
        return Err(format!("{url}: only https is trusted"));
    }
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).redirect(reqwest::redirect::Policy::none());
    let client = client.build().map_err(|e| e.to_string())?;
    let mut answer = client.get(parsed).send().await.map_err(|e| format!("{url}: {e}"))?;
    if !answer.status().is_success() {
        return Err(format!("{url} answers {}", answer.status()));
    }
    let mut body = vec![];
    while let Some(piece) = answer.chunk().await.map_err(|e| format!("{url}: {e}"))? {
        body.extend_from_slice(&piece);
        if body.len() > most {
            return Err(format!("{url} is longer than {most} bytes"));
        }
    }
    Ok(body)
}
