//! Style, script, icon: built in, addressed by their hash, kept by browsers for ever.
use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    hash: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files: [(&str, &str, &[u8]); 6] = [
        ("app.css", "text/css; charset=utf-8", include_bytes!("../../templates/assets/app.css")),
        ("app.js", "text/javascript; charset=utf-8", include_bytes!("../../templates/assets/app.js")),
        ("seal.js", "text/javascript; charset=utf-8", include_bytes!("../../templates/assets/seal.js")),
        ("sealing.js", "text/javascript; charset=utf-8", include_bytes!("../../templates/assets/sealing.js")),
        ("upload.js", "text/javascript; charset=utf-8", include_bytes!("../../templates/assets/upload.js")),
        ("icon.svg", "image/svg+xml", include_bytes!("../../templates/assets/icon.svg")),
    ];
    files
        .into_iter()
        .map(|(name, kind, bytes)| Asset { name, kind, bytes, hash: hex::encode(&Sha256::digest(bytes)[..8]) })
        .collect()
});

/// `/assets/app.0123456789abcdef.css`
pub fn href(name: &str) -> String {
    let asset = ASSETS.iter().find(|a| a.name == name).expect("assets are named by our own code");
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    format!("/assets/{stem}.{}.{extension}", asset.hash)
}

/// In full, for those who compare what they were served.
pub fn sha256(name: &str) -> String {
    let asset = ASSETS.iter().find(|a| a.name == name).expect("assets are named by our own code");
    hex::encode(Sha256::digest(asset.bytes))
}

/// The style, for what leaves the site.
pub fn style() -> &'static str {
    include_str!("../../templates/assets/app.css")
}

pub async fn serve(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|a| href(a.name).ends_with(&format!("/{name}"))) {
        Some(a) => ([(header::CONTENT_TYPE, a.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], a.bytes)
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
