//! The id of a request.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderName, HeaderValue};
use uuid::{Builder, Uuid};

/// The name of the header that carries the request id, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that joins a response to its lines in the log.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id as the value of its header.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// The client's id, if it is harmless; a new one otherwise.
    pub(crate) fn of(req: &ServiceRequest) -> Self {
        let harmless = |text: &&HeaderValue| {
            let text = text.as_bytes();
            (1..=64).contains(&text.len()) && text.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(b))
        };
        Self(req.headers().get(&REQUEST_ID).filter(harmless).cloned().unwrap_or_else(new))
    }
}

/// A new id: a UUID of version 7. Unlike `Uuid::now_v7` it needs no lock that all threads share, and no system call for each
/// id; ids of the same millisecond have no order.
fn new() -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    let text: &str =
        Builder::from_unix_timestamp_millis(now(), &random()).as_uuid().hyphenated().encode_lower(&mut text);
    // Hexadecimal digits and hyphens are allowed in a header.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown"))
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or_default()
}

/// The numbers of a counter, hashed with a random key of this thread.
fn random() -> [u8; 10] {
    thread_local! {
        static STATE: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
    }
    STATE.with(|(key, count)| {
        let number = count.get().wrapping_add(1);
        count.set(number);
        let (first, second) = (key.hash_one((number, 1_u8)).to_ne_bytes(), key.hash_one((number, 2_u8)).to_ne_bytes());
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&first);
        bytes[8..].copy_from_slice(&second[..2]);
        bytes
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_different_in_all_threads() {
        let threads = (0..4).map(|_| std::thread::spawn(|| (0..5_000).map(|_| new()).collect::<Vec<_>>()));
        let ids: Vec<_> = threads.collect::<Vec<_>>().into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        for id in &ids {
            let id: Uuid = id.to_str().unwrap().parse().unwrap();
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
            let (seconds, _) = id.get_timestamp().unwrap().to_unix();
            assert!(now() / 1_000 - seconds < 60);
        }
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 20_000);
    }
}
