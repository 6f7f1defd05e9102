//! Normalized URLs: that of a proof, and that of a request, so that they can be compared.

use url::Url;

use super::request::DpopRequest;

/// A normalized URL without query and fragment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    origin: String,
    path: String,
}

impl Target {
    /// Parses an absolute HTTP URL. What a browser would repair (spaces, line ends, backslashes) is refused, because
    /// different programs repair it differently.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let plain = matches!(url.scheme(), "http" | "https")
            && text.get(url.scheme().len()..)?.starts_with("://")
            && url.username().is_empty()
            && url.password().is_none();
        plain.then(|| Self { origin: url.origin().ascii_serialization(), path: normalised(url.path()) })
    }
}

/// Reads the address under which clients see the root of this server: an origin, such as `https://api.example.com`, and a
/// path where a proxy removes one.
pub(super) fn base(text: &str) -> Option<String> {
    let target = Target::parse(text)?;
    let plain = !text.contains(['?', '#']) && !text.ends_with('/');
    plain.then(|| format!("{}{}", target.origin, target.path.trim_end_matches('/')))
}

/// The origin from the request's `Host` header; `None` if it contains anything but a host and a port.
pub(super) fn own_origin(request: &DpopRequest<'_>) -> Option<String> {
    let [host] = request.hosts.as_slice() else { return None };
    let host = std::str::from_utf8(host).ok()?;
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte)) {
        return None;
    }
    base(&format!("{}://{host}", if request.https { "https" } else { "http" }))
}

/// Decodes percent-encoded unreserved characters, and writes the other encodings in capitals (RFC 3986 section 6.2.2);
/// `Url` has done the rest.
fn normalised(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let decoded = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match decoded {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None => out.push('%'),
        }
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    out.push_str(rest);
    out
}
