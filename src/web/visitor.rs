//! Who is asking: from a cookie or a bearer token to an actor, with language and letter size.
use super::{
    Web,
    problem::Problem,
    text::{Lang, Text},
};
use crate::app::account::SignedIn;
use crate::domain::{Actor, hash};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use std::net::SocketAddr;
use uuid::Uuid;

/// The visitor of one request.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub actor: Actor,
    pub signed_in: Option<SignedIn>,
    pub session: Option<Uuid>,
    pub text: Text,
    pub large: bool,
    pub path: String,
    pub query: String,
    pub address: String,
    pub agent: String,
    pub flash: Option<String>,
}

pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';')).find_map(|pair| {
        let (n, v) = pair.trim().split_once('=')?;
        (n == name).then(|| v.to_owned())
    })
}

fn query_value(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

/// The language asked for: `?lang=`, then the cookie, then what the browser prefers, else Chinese.
pub fn language(headers: &HeaderMap, query: &str) -> Lang {
    let asked = query_value(query, "lang").or_else(|| cookie(headers, "lang"));
    if let Some(lang) = asked.as_deref().and_then(Lang::parse) {
        return lang;
    }
    let preferred = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if preferred.trim_start().starts_with("en") { Lang::En } else { Lang::Zh }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or("").to_owned();
        let text = web.pages.texts.of(language(&parts.headers, &query));
        let bearer =
            parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
        let token = match bearer {
            Some(token) => Some(token.trim().to_owned()),
            None => cookie(&parts.headers, web.cookie_name()),
        };
        let signed_in = match &token {
            Some(token) if token.len() == 64 => web.app.recognise(token).await?,
            _ => None,
        };
        if bearer.is_some() && signed_in.is_none() {
            return Err(Problem::new("sign-in"));
        }
        let address = web.address(parts);
        let actor = signed_in.as_ref().map_or_else(Actor::visitor, |s| s.actor());
        Ok(Self {
            session: signed_in.as_ref().map(|s| s.session.id),
            signed_in,
            actor,
            large: query_value(&query, "size").or_else(|| cookie(&parts.headers, "size")).is_some_and(|s| s == "large"),
            // Two slashes at the beginning of a link name another site.
            path: format!("/{}", parts.uri.path().trim_start_matches(['/', '\\'])),
            flash: query_value(&query, "done"),
            query,
            address,
            agent: parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("").chars().take(120).collect(),
            text,
        })
    }
}

impl Web {
    /// The peer's address; behind a configured proxy, the last hop that it names.
    fn address(&self, parts: &Parts) -> String {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or_else(|| "local".to_owned(), |c| c.0.ip().to_string());
        if !self.config.trusted_proxies.contains(&peer) {
            return peer;
        }
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|v| v.to_str().ok());
        forwarded.and_then(|f| f.rsplit(',').next()).map_or(peer, |a| a.trim().to_owned())
    }
}

impl Visitor {
    /// The same request from nobody: for what is filed without a name, whoever may be signed in.
    pub fn nobody(&self) -> Self {
        Self { actor: Actor::visitor(), signed_in: None, session: None, ..self.clone() }
    }

    /// A key as it is kept: visitors share no account, so that a key of theirs holds for their address.
    fn own_key(&self, key: &str) -> String {
        if !self.actor.is_visitor() {
            return key.to_owned();
        }
        hash::sha256_hex(format!("{}\n{key}", self.address).as_bytes())
    }

    /// The key of a repeated request, if one was sent.
    pub fn key(&self, headers: &HeaderMap) -> Option<String> {
        let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok());
        key.filter(|k| !k.is_empty() && k.len() <= 200).map(|k| self.own_key(k))
    }

    /// The actor of a creating request: a key makes a repeated request the same request.
    pub fn actor_once(&self, headers: &HeaderMap, act: &str, body: &serde_json::Value) -> Actor {
        let mut actor = self.actor.clone();
        let body = || hash::sha256_hex(format!("{act}\n{}", hash::canonical(body)).as_bytes());
        actor.once = self.key(headers).map(|key| (key, body()));
        actor
    }
}
