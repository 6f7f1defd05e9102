//! The application's secret, and the encryption with it.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::env::{Reader, SecretText, Setting};

/// A secret that all processes of an application share (`SECRET_KEY`). The keys for each purpose are derived from it.
#[derive(Clone)]
pub struct Secret {
    cursors: Arc<LessSafeKey>,
    nonces: hmac::Key,
    digests: Arc<LessSafeKey>,
    /// From which the keys of other purposes are derived.
    root: hmac::Key,
}

/// The minimum number of characters of a secret.
const LENGTH: usize = 32;

impl Secret {
    pub(crate) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "SECRET_KEY",
                "The key that encrypts cursors and signs links to files: at least 32 random characters, the same for all processes (`openssl rand \
                 -base64 32`).",
            )
            .otherwise("random for each start")
            .required()
            .secret(),
        ]
    }

    /// Reads the text of `SECRET_KEY`. Only production requires it.
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Option<SecretText> {
        let advice = "a random text that all processes share, such as the output of `openssl rand -base64 32`";
        match reader.secret("SECRET_KEY") {
            Some(text) if text.chars().count() < LENGTH => {
                reader.problem(format!("SECRET_KEY is shorter than {LENGTH} characters; it is {advice}"));
                None
            }
            Some(text) => Some(SecretText(text)),
            None => {
                if reader.is_production() && reader.text("SECRET_KEY_FILE").is_none() {
                    reader.problem(format!("SECRET_KEY is missing; it is {advice}"));
                }
                None
            }
        }
    }

    /// Creates a secret from the text of the setting.
    pub fn new(text: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
        let derived = |purpose: &str| hmac::sign(&root, purpose.as_bytes());
        let sealing = |purpose: &str| {
            let key = UnboundKey::new(&AES_256_GCM_SIV, derived(purpose).as_ref());
            // A SHA-256 tag is as long as the key.
            Arc::new(LessSafeKey::new(key.unwrap_or_else(|_| unreachable!("the key has 32 bytes"))))
        };
        Self {
            cursors: sealing("cursors"),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, derived("nonces").as_ref()),
            digests: sealing("digests"),
            root,
        }
    }

    /// Creates a random secret, which is valid for this process only.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        // Without random bytes the application cannot work: the development issuer needs them too.
        rand::fill(&mut bytes).unwrap_or_else(|_| panic!("the operating system provides no random bytes"));
        Self::new(&URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The key for a purpose of another part of the application.
    #[cfg_attr(not(feature = "storage"), allow(dead_code))]
    pub(crate) fn key_for(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        // A SHA-256 tag has as many bytes.
        key.copy_from_slice(hmac::sign(&self.root, purpose.as_bytes()).as_ref());
        key
    }

    /// Encrypts and authenticates content (AES-256-GCM-SIV, RFC 8452). Only this application can decrypt it, and only
    /// with the same `context`. The same content results in the same text.
    pub(crate) fn seal(&self, context: &[u8], content: &[u8]) -> String {
        let mut message = hmac::Context::with_key(&self.nonces);
        message.update(context);
        message.update(content);
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&message.sign().as_ref()[..NONCE_LEN]);
        let mut sealed = content.to_vec();
        let key = &self.cursors;
        if key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed).is_err() {
            // Encryption fails only for content of many gigabytes.
            return String::new();
        }
        URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    /// A digest of content. Only this application can tell which content has it, and no one else can find two contents with
    /// the same.
    ///
    /// It is the authentication tag of AES-256-GCM-SIV over the content, which stays a pseudorandom function when the nonce
    /// is always the same (RFC 8452). On processors with AES instructions it takes a fifth of the time of SHA-256: 0.2
    /// microseconds for a row, 1.2 for a page of 6 kB.
    pub(crate) fn digest(&self, content: &[u8]) -> [u8; 16] {
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let mut digest = [0; 16];
        // It fails only for content of many gigabytes; the digest then equals none that is compared with it later.
        match self.digests.seal_in_place_separate_tag(nonce, Aad::from(content), &mut []) {
            Ok(tag) => digest.copy_from_slice(&tag.as_ref()[..16]),
            Err(_) => drop(rand::fill(&mut digest)),
        }
        digest
    }

    /// Decrypts a text; `None` if it was changed, or was encrypted by another application or with another context.
    pub(crate) fn open(&self, context: &[u8], text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let content = self.cursors.open_in_place(nonce, Aad::from(context), &mut sealed).ok()?;
        Some(content.to_vec())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}
