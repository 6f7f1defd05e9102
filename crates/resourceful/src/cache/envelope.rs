//! A value as it is stored for all processes: with the tokens that must still be the current ones when it is read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// The first bytes; other bytes are not a value of ours, or one of another version.
const MAGIC: &[u8] = b"rsc1";

/// A random value that stands for a state of a tag, a key, or everything. An invalidation removes it; the next one who needs
/// it makes another. A counter would begin again when the store evicts it, and old values would be current again.
pub(super) type Token = [u8; 16];

/// A new token.
pub(super) fn token() -> Token {
    uuid::Uuid::now_v7().into_bytes()
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    /// The time at which the value expires, in milliseconds since 1970.
    expires: u64,
    /// The token of everything, then that of the key.
    pub(super) fixed: [Token; 2],
    pub(super) tags: Vec<(String, Token)>,
    pub(super) value: Bytes,
}

impl Envelope {
    pub(super) fn new(fixed: [Token; 2], tags: Vec<(String, Token)>, value: Bytes, ttl: Duration) -> Self {
        Self { expires: now().saturating_add(millis(ttl)), fixed, tags, value }
    }

    /// How long the value is still kept. The clock of another machine may be wrong, so it is never more than `most`.
    pub(super) fn left(&self, most: Duration) -> Duration {
        Duration::from_millis(self.expires.saturating_sub(now())).min(most)
    }

    /// `None` if a tag is too long, or if there are too many.
    pub(super) fn write(&self) -> Option<Bytes> {
        let mut out = BytesMut::with_capacity(MAGIC.len() + 48 + 64 * self.tags.len() + self.value.len());
        out.put_slice(MAGIC);
        out.put_u64(self.expires);
        self.fixed.iter().for_each(|token| out.put_slice(token));
        out.put_u16(self.tags.len().try_into().ok()?);
        for (tag, token) in &self.tags {
            out.put_u16(tag.len().try_into().ok()?);
            out.put_slice(tag.as_bytes());
            out.put_slice(token);
        }
        out.put_slice(&self.value);
        Some(out.freeze())
    }

    /// `None` if this is not an envelope.
    pub(super) fn read(mut bytes: Bytes) -> Option<Self> {
        if bytes.get(..MAGIC.len()) != Some(MAGIC) {
            return None;
        }
        bytes.advance(MAGIC.len());
        let expires = bytes.try_get_u64().ok()?;
        let fixed = [token_of(&mut bytes)?, token_of(&mut bytes)?];
        let mut tags = Vec::new();
        for _ in 0..bytes.try_get_u16().ok()? {
            let length = usize::from(bytes.try_get_u16().ok()?);
            let name = (bytes.len() >= length).then(|| bytes.split_to(length))?;
            tags.push((String::from_utf8(name.into()).ok()?, token_of(&mut bytes)?));
        }
        Some(Self { expires, fixed, tags, value: bytes })
    }
}

fn token_of(bytes: &mut Bytes) -> Option<Token> {
    let mut token = Token::default();
    bytes.try_copy_to_slice(&mut token).ok()?;
    Some(token)
}

fn now() -> u64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_are_read_as_they_were_written_and_never_cut_short() {
        let tags = vec![("projects".to_owned(), token()), (String::new(), token())];
        let envelope = Envelope::new([token(), token()], tags, Bytes::from_static(b"value"), Duration::from_secs(60));
        let bytes = envelope.write().expect("short tags");
        assert_eq!(Envelope::read(bytes.clone()), Some(envelope));
        let head = bytes.len() - b"value".len();
        for length in 0..head {
            assert_eq!(Envelope::read(bytes.slice(..length)), None, "{length} bytes");
        }
        assert_eq!(Envelope::read(Bytes::from_static(b"something else that is long enough to be one of them")), None);
    }

    #[test]
    fn a_wrong_clock_does_not_prolong_a_value() {
        let mut envelope = Envelope::new([token(), token()], Vec::new(), Bytes::new(), Duration::from_secs(1));
        envelope.expires = u64::MAX;
        assert_eq!(envelope.left(Duration::from_secs(5)), Duration::from_secs(5));
        envelope.expires = 0;
        assert_eq!(envelope.left(Duration::from_secs(5)), Duration::ZERO);
    }
}
