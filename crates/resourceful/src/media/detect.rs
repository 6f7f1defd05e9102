//! The content type of a file, by its first bytes. What a client says about it is not believed: it may only choose among
//! types that the content allows, such as the many that are text.

use super::types::{essence, is_text, refines};

/// How many bytes at the beginning of a file are looked at: office documents and the sizes of photographs are found within.
pub(crate) const HEAD: usize = 256 * 1024;

/// The type of files of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

/// What the content is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Detected {
    /// A type that the content allows.
    Type(String),
    /// The content is not of the claimed type; if it is known of which it is.
    Contradiction(Option<String>),
}

/// The type of a file that begins like this, of which the client has said that it is `claimed`.
pub(crate) fn detect(head: &[u8], claimed: Option<&str>) -> Detected {
    let claimed = claimed.map(essence).filter(|claimed| !claimed.is_empty() && claimed != UNKNOWN);
    let found = infer::get(head).map(|found| essence(found.mime_type()));
    let text = text_of(head);
    let Some(claimed) = claimed else {
        // Signatures of two letters are found in texts, too.
        return Detected::Type(match (found, text) {
            (Some(found), None) => found,
            (Some(found), Some(_)) if found == "application/pdf" || is_text(&found) => found,
            (_, Some(_)) => "text/plain".to_owned(),
            (None, None) => UNKNOWN.to_owned(),
        });
    };
    if is_text(&claimed) {
        return match text {
            Some(text) if found.as_deref() != Some("application/pdf") && reads_as(&claimed, text) => {
                Detected::Type(claimed)
            }
            _ => Detected::Contradiction(found.or_else(|| text.map(|_| "text/plain".to_owned()))),
        };
    }
    match found {
        Some(found) if found == claimed || refines(&found, &claimed) => Detected::Type(claimed),
        Some(found) => Detected::Contradiction(Some(found)),
        // Files of the claimed type would have been recognized.
        None if is_recognizable(&claimed) => Detected::Contradiction(text.map(|_| "text/plain".to_owned())),
        None => Detected::Type(claimed),
    }
}

/// Whether an image is a PDF, too: readers of those look for their signature in the first KiB.
pub(crate) fn is_also_pdf(head: &[u8]) -> bool {
    const SIGNATURE: &[u8] = b"%PDF-";
    head[..head.len().min(1024 + SIGNATURE.len())].windows(SIGNATURE.len()).any(|window| window == SIGNATURE)
}

/// Whether there is a signature of this type.
fn is_recognizable(claimed: &str) -> bool {
    infer::is_mime_supported(claimed) || OTHER_NAMES.contains(&claimed) || claimed.starts_with("image/")
}

/// Types whose signatures are known under another name.
const OTHER_NAMES: &[&str] =
    &["audio/flac", "audio/mp4", "audio/wav", "font/otf", "font/ttf", "font/woff", "font/woff2", "image/heic"];

/// The beginning of the file as text, if it is text in UTF-8 without control characters.
fn text_of(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may continue behind the part that is looked at.
        Err(error) if error.error_len().is_none() && head.len() >= HEAD - 4 => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}' | '\u{85}');
    text.chars().all(is_plain).then_some(text)
}

/// Whether text can be of this type, as far as its beginning shows.
fn reads_as(claimed: &str, text: &str) -> bool {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    if claimed.ends_with("json") {
        return begin
            .starts_with(['{', '[', '"', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 't', 'f', 'n']);
    }
    if claimed == "image/svg+xml" {
        return begin.starts_with('<') && text.contains("<svg");
    }
    if claimed.ends_with("xml") || claimed == "text/html" {
        return begin.starts_with('<');
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj";
    const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0";

    #[test]
    fn the_content_decides() {
        let is = |name: &str| Detected::Type(name.to_owned());
        let is_not = |found: Option<&str>| Detected::Contradiction(found.map(str::to_owned));
        for (head, claimed, expected) in [
            (PNG, Some("image/png"), is("image/png")),
            (PNG, None, is("image/png")),
            (PNG, Some("application/octet-stream"), is("image/png")),
            (PNG, Some("IMAGE/PNG; a=b"), is("image/png")),
            (PNG, Some("image/jpeg"), is_not(Some("image/png"))),
            (PNG, Some("text/plain"), is_not(Some("image/png"))),
            (PDF, Some("application/pdf"), is("application/pdf")),
            (PDF, Some("application/x-pdf"), is("application/pdf")),
            (b"%PDF-1.7\n1 0 obj", Some("text/plain"), is_not(Some("application/pdf"))),
            (ELF, Some("image/png"), is_not(Some("application/x-executable"))),
            (ELF, Some("application/x-unheard-of"), is_not(Some("application/x-executable"))),
            (b"hello", Some("image/png"), is_not(Some("text/plain"))),
            (b"\0\x01\x02\x03", Some("image/png"), is_not(None)),
            (b"\0\x01\x02\x03", Some("text/csv"), is_not(None)),
            (b"\0\x01\x02\x03", None, is("application/octet-stream")),
            (b"\0\x01\x02\x03", Some("application/x-unheard-of"), is("application/x-unheard-of")),
            (b"hello", None, is("text/plain")),
            (b"BMW and MZ", Some("text/plain"), is("text/plain")),
            (b"BMW and MZ", None, is("text/plain")),
            (b"a,b\n1,2\n", Some("text/csv"), is("text/csv")),
            (b" {\"a\": 1}", Some("application/json"), is("application/json")),
            (b"a,b", Some("application/json"), is_not(Some("text/plain"))),
            (b"<html><script>", Some("text/plain"), is("text/plain")),
            (b"<html><script>", None, is("text/html")),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Some("image/svg+xml"), is("image/svg+xml")),
            (b"<html>", Some("image/svg+xml"), is_not(Some("text/html"))),
            ("Gr\u{fc}\u{df}e".as_bytes(), Some("text/plain"), is("text/plain")),
            (b"Gr\xfc\xdfe", Some("text/plain"), is_not(None)),
            (ZIP, Some("application/zip"), is("application/zip")),
            (ZIP, Some("application/java-archive"), is("application/java-archive")),
            (ZIP, Some("image/png"), is_not(Some("application/zip"))),
        ] {
            assert_eq!(detect(head, claimed), expected, "{claimed:?} for {:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_character_may_be_cut_at_the_end_of_the_head() {
        let mut head = "a".repeat(HEAD - 1).into_bytes();
        head.push(0xc3);
        assert_eq!(detect(&head, Some("text/plain")), Detected::Type("text/plain".to_owned()));
        assert_eq!(detect(b"a\xc3", Some("text/plain")), Detected::Contradiction(None));
    }
}
