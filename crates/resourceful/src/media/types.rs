//! The names of content types.

/// Other names of a type, each with the name under which it is stored.
const SAME: &[(&str, &str)] = &[
    ("application/csv", "text/csv"),
    ("application/font-sfnt", "font/sfnt"),
    ("application/font-woff", "font/woff"),
    ("application/javascript", "text/javascript"),
    ("application/x-bzip", "application/x-bzip2"),
    ("application/x-gzip", "application/gzip"),
    ("application/x-javascript", "text/javascript"),
    ("application/x-pdf", "application/pdf"),
    ("application/x-rar-compressed", "application/vnd.rar"),
    ("application/x-zip-compressed", "application/zip"),
    ("application/xml", "text/xml"),
    ("audio/m4a", "audio/mp4"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/vnd.wave", "audio/wav"),
    ("audio/wave", "audio/wav"),
    ("audio/x-aac", "audio/aac"),
    ("audio/x-flac", "audio/flac"),
    ("audio/x-m4a", "audio/mp4"),
    ("audio/x-wav", "audio/wav"),
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("image/x-icon", "image/vnd.microsoft.icon"),
    ("image/x-ms-bmp", "image/bmp"),
    ("image/x-png", "image/png"),
    ("text/json", "application/json"),
    ("text/rtf", "application/rtf"),
    ("text/x-csv", "text/csv"),
    ("video/avi", "video/x-msvideo"),
];

/// Extensions that the library of signatures does not know, because these types have none.
const EXTENSIONS: &[(&str, &str)] = &[
    ("application/json", "json"),
    ("application/yaml", "yaml"),
    ("image/svg+xml", "svg"),
    ("text/calendar", "ics"),
    ("text/css", "css"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/javascript", "js"),
    ("text/markdown", "md"),
    ("text/plain", "txt"),
    ("text/vcard", "vcf"),
    ("text/xml", "xml"),
];

/// The type without parameters, in lower case and under its usual name: `image/jpg; q=1` is `image/jpeg`.
pub(crate) fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    same(&essence).map_or(essence, str::to_owned)
}

fn same(essence: &str) -> Option<&'static str> {
    SAME.iter().find(|(other, _)| *other == essence).map(|(_, usual)| *usual)
}

/// The usual extension of files of this type.
pub(crate) fn extension(content_type: &str, head: &[u8]) -> Option<&'static str> {
    let of_text = EXTENSIONS.iter().find(|(known, _)| *known == content_type).map(|(_, extension)| *extension);
    of_text.or_else(|| {
        infer::get(head).filter(|found| essence(found.mime_type()) == content_type).map(|found| found.extension())
    })
}

/// Whether files of this type are text.
pub(super) fn is_text(content_type: &str) -> bool {
    content_type.starts_with("text/")
        || content_type.ends_with("+json")
        || content_type.ends_with("+xml")
        || matches!(
            content_type,
            "application/json" | "application/x-ndjson" | "application/yaml" | "application/toml" | "application/sql"
        )
}

/// Whether a file that looks like the one type can be of the other, which is kept in the same kind of container.
pub(super) fn refines(found: &str, claimed: &str) -> bool {
    let one_of = |types: &[&str]| types.contains(&claimed);
    match found {
        "application/zip" => {
            claimed.starts_with("application/vnd.openxmlformats-officedocument.")
                || claimed.starts_with("application/vnd.oasis.opendocument.")
                || claimed.starts_with("application/vnd.ms-")
                || claimed.ends_with("+zip")
                || one_of(&["application/java-archive", "application/vnd.android.package-archive", "image/openraster"])
        }
        "application/x-ole-storage" => claimed == "application/msword" || claimed.starts_with("application/vnd.ms-"),
        "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint" => {
            one_of(&["application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"])
        }
        "video/mp4" | "audio/mp4" | "video/x-m4v" | "video/quicktime" => {
            one_of(&["video/mp4", "audio/mp4", "video/x-m4v", "video/quicktime"])
        }
        "image/heif" => one_of(&["image/heic", "image/heif-sequence", "image/heic-sequence"]),
        "video/webm" | "video/x-matroska" => {
            one_of(&["video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"])
        }
        "audio/ogg" => one_of(&["video/ogg", "application/ogg", "audio/opus"]),
        "application/gzip" => one_of(&["application/x-tgz"]),
        "font/sfnt" => one_of(&["font/ttf", "font/otf", "font/collection"]),
        "font/woff" => one_of(&["font/woff2"]),
        "application/x-executable" => one_of(&["application/x-sharedlib", "application/x-elf"]),
        _ => false,
    }
}
