//! What a browser does with a file: show it, or save it (RFC 6266).

use super::file_name::FileName;

/// The types that a browser may show. None of them can run scripts: HTML, SVG and XML can, and PDF viewers have had flaws.
const SHOWN: &[&str] = &[
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/mp4",
    "video/webm",
];

/// The value of `Content-Disposition` for a file of this type: `inline` only where that is safe.
pub(crate) fn disposition(content_type: &str, name: Option<&FileName>) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = if SHOWN.contains(&essence.as_str()) { "inline" } else { "attachment" };
    match name {
        Some(name) => format!("{kind}; {}", name.parameters()),
        None => kind.to_owned(),
    }
}

/// The value for a file that is saved under this name.
pub(crate) fn attachment(name: &FileName) -> String {
    format!("attachment; {}", name.parameters())
}
