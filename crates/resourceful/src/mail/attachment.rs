//! Files that go along with a mail.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::{self, Wrong};
use crate::error::codes;

/// The most bytes of a file name, as in most file systems.
const NAME_BYTES: usize = 255;

/// A file that goes along with a mail.
///
/// ```
/// use resourceful::mail::{Attachment, Email};
///
/// # let (pdf, png) = (vec![1], vec![2]);
/// let email = Email::to("ann@example.org")
///     .subject("Your invoice")
///     .text("It is attached.")
///     .html(r#"<img src="cid:logo" alt="Shop"><p>It is attached.</p>"#)
///     .attach(Attachment::new("invoice.pdf", "application/pdf", pdf))
///     .attach(Attachment::inline("logo", "logo.png", "image/png", png));
/// # email.check().expect("a valid mail");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    name: String,
    content_type: String,
    /// The name by which the HTML refers to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_id: Option<String>,
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    bytes: Vec<u8>,
}

impl Attachment {
    /// A file with this name and media type (RFC 6838), such as `application/pdf`.
    pub fn new(name: impl Into<String>, content_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content_type: content_type.into(), content_id: None, bytes: bytes.into() }
    }

    /// An image inside the HTML, which shows it by `<img src="cid:CONTENT_ID">` (RFC 2392).
    pub fn inline(
        content_id: impl Into<String>,
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        Self { content_id: Some(content_id.into()), ..Self::new(name, content_type, bytes) }
    }

    /// The file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The name by which the HTML refers to it; `None` if it is not part of the HTML.
    pub fn content_id(&self) -> Option<&str> {
        self.content_id.as_deref()
    }

    /// The content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is wrong with it, with the name of the part.
    pub(in crate::mail) fn check(&self) -> Vec<(&'static str, Wrong)> {
        let mut wrong = Vec::new();
        wrong.extend(check_name(&self.name).err().map(|wrong| ("name", wrong)));
        if !is_media_type(&self.content_type) {
            let message =
                format!("{} is not a media type; give one such as `application/pdf`", text::shown(&self.content_type));
            wrong.push(("content_type", Wrong::new(codes::PATTERN, message)));
        }
        let is_id = |id: &str| {
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b))
        };
        if let Some(id) = self.content_id.as_deref().filter(|id| !is_id(id)) {
            let message =
                format!("{} is not a content id; use 1 to 64 ASCII letters, digits, `-`, `_`, `.`", text::shown(id));
            wrong.push(("content_id", Wrong::new(codes::PATTERN, message)));
        }
        wrong
    }
}

/// Says what it is and how large, and not what is in it.
impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

fn check_name(name: &str) -> Result<(), Wrong> {
    if name.is_empty() {
        return Err(Wrong::new(codes::REQUIRED, "the file name is empty; give one such as `invoice.pdf`"));
    }
    text::check_line("the file name", name, NAME_BYTES)?;
    if name.len() > NAME_BYTES {
        return Err(Wrong::new(codes::LENGTH, format!("the file name has more than {NAME_BYTES} bytes")));
    }
    if let Some(found) = name.chars().find(|c| matches!(c, '/' | '\\' | '"')) {
        let message = format!("the file name {} contains `{found}`; give a name without a folder", text::shown(name));
        return Err(Wrong::new(codes::INVALID_CHARACTER, message));
    }
    Ok(())
}

/// `type/subtype` in the characters of RFC 6838 section 4.2, without parameters.
fn is_media_type(text: &str) -> bool {
    let is_name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    // A part of these types would be read as further parts or messages.
    let is_composite = |kind: &str| kind.eq_ignore_ascii_case("multipart") || kind.eq_ignore_ascii_case("message");
    text.split_once('/').is_some_and(|(kind, name)| is_name(kind) && is_name(name) && !is_composite(kind))
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}
