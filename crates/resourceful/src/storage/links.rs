//! Links that the application signs and serves itself, for storages that have none of their own.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use url::form_urlencoded::Serializer;

use super::file_name::FileName;
use super::key::Key;
use super::provider::About;

/// The path below which the links are. The key follows.
pub(crate) const PATH: &str = "/files/";

/// Signs links, and checks them.
#[derive(Clone)]
pub(super) struct Links(hmac::Key);

/// What a link allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Granted {
    /// The name under which the file is saved, or was stored.
    pub(crate) name: Option<FileName>,
    /// Of an upload: its media type and its most bytes.
    pub(crate) upload: Option<(String, u64)>,
}

impl Links {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// The path and the query of a download.
    pub(super) fn download(&self, key: &Key, until: DateTime<Utc>, name: Option<&FileName>) -> String {
        let name = name.map(|name| ("name", name.as_str().to_owned()));
        self.link("GET", key, until, name.into_iter().collect())
    }

    /// The path and the query of an upload.
    pub(super) fn upload(&self, key: &Key, until: DateTime<Utc>, about: &About, limit: u64) -> String {
        let mut parts = vec![("type", about.content_type.clone()), ("limit", limit.to_string())];
        parts.extend(about.file_name.iter().map(|name| ("name", name.as_str().to_owned())));
        self.link("PUT", key, until, parts)
    }

    fn link(&self, method: &str, key: &Key, until: DateTime<Utc>, parts: Vec<(&str, String)>) -> String {
        let until = until.timestamp().to_string();
        let mut all = vec![("expires".to_owned(), until)];
        all.extend(parts.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &message(method, key, &all)));
        let query = Serializer::new(String::new()).extend_pairs(&all).append_pair("signature", &signature).finish();
        format!("{PATH}{key}?{query}")
    }

    /// What a link allows, if this application has signed it and its time is not over.
    pub(super) fn granted(&self, method: &str, key: &Key, query: &[(String, String)]) -> Option<Granted> {
        let (signature, parts) = query.split_last()?;
        let tag = URL_SAFE_NO_PAD.decode(&signature.1).ok().filter(|_| signature.0 == "signature")?;
        // The comparison takes the same time for every wrong signature.
        hmac::verify(&self.0, &message(method, key, parts), &tag).ok()?;
        let value = |name: &str| parts.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
        let until: i64 = value("expires")?.parse().ok()?;
        if until < Utc::now().timestamp() {
            return None;
        }
        let name = value("name").map(FileName::parse).transpose().ok()?;
        let upload = value("type").zip(value("limit").and_then(|limit| limit.parse().ok()));
        Some(Granted { name, upload: upload.map(|(kind, limit)| (kind.to_owned(), limit)) })
    }
}

/// The keys under which files are being stored.
pub(super) type Storing = Mutex<HashSet<Key>>;

/// A key under which a file is being stored, until this is dropped.
pub(crate) struct Reserved {
    keys: Arc<Storing>,
    key: Key,
}

impl Reserved {
    pub(super) fn new(keys: &Arc<Storing>, key: &Key) -> Option<Self> {
        let is_new = keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        is_new.then(|| Self { keys: keys.clone(), key: key.clone() })
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// What is signed: every part with its length, so that no two links have the same message.
fn message(method: &str, key: &Key, parts: &[(String, String)]) -> Vec<u8> {
    let mut message = Vec::new();
    let mut add = |part: &str| {
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    };
    add(method);
    add(key.as_str());
    for (name, value) in parts {
        add(name);
        add(value);
    }
    message
}
