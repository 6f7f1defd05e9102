//! The files of Swagger UI that the page at `/docs` uses, read from the archive that its project publishes.
//!
//! The archive is a ZIP file (APPNOTE.TXT 6.3.10) inside the binary. Its files are compressed by DEFLATE, which is also
//! what a gzip member holds (RFC 1952): they are sent unchanged, between the header and trailer of such a member,
//! and the browser unpacks them.

use std::io::Read;
use std::sync::LazyLock;

use actix_web::web::Bytes;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED as ARCHIVE;

/// What the page uses: the file's name in the archive's folder `dist`, and its media type.
const FILES: [(&str, &str); 4] = [
    ("swagger-ui.css", "text/css"),
    ("swagger-ui-bundle.js", "text/javascript"),
    ("favicon-16x16.png", "image/png"),
    ("favicon-32x32.png", "image/png"),
];

/// A file as it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) content_type: &'static str,
    /// The bytes are a gzip member.
    pub(crate) is_gzip: bool,
    pub(crate) bytes: Bytes,
}

impl Asset {
    /// The file for clients that do not read gzip.
    pub(crate) fn unpacked(&self) -> std::io::Result<Bytes> {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&self.bytes[..]).read_to_end(&mut plain)?;
        Ok(plain.into())
    }
}

/// The file of this name, if the page uses one.
pub(crate) fn file(name: &str) -> Option<Asset> {
    // Built at the first request, so that a server whose page is never opened does no work for it.
    static ASSETS: LazyLock<Vec<(&str, Asset)>> = LazyLock::new(|| {
        let asset = |(name, content_type)| Some((name, entry(name)?.asset(content_type)));
        FILES.into_iter().filter_map(asset).collect()
    });
    ASSETS.iter().find(|(known, _)| *known == name).map(|(_, asset)| asset.clone())
}

/// A file in the archive.
struct Entry {
    method: u16,
    crc32: u32,
    size: u32,
    data: &'static [u8],
}

/// The method DEFLATE; 0 is a file that is stored as it is.
const DEFLATED: u16 = 8;

impl Entry {
    fn asset(&self, content_type: &'static str) -> Asset {
        if self.method != DEFLATED {
            return Asset { content_type, is_gzip: false, bytes: Bytes::from_static(self.data) };
        }
        // No name, no time, an unknown system
        let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        bytes.reserve_exact(self.data.len() + 8);
        bytes.extend_from_slice(self.data);
        bytes.extend_from_slice(&self.crc32.to_le_bytes());
        bytes.extend_from_slice(&self.size.to_le_bytes());
        Asset { content_type, is_gzip: true, bytes: bytes.into() }
    }
}

/// Looks a file of the folder `dist` up in the archive's central directory.
fn entry(name: &str) -> Option<Entry> {
    const END: &[u8] = b"PK\x05\x06";
    const HEADER: &[u8] = b"PK\x01\x02";
    // The end record is the last thing in the archive, before a comment of 65,535 bytes at most.
    let end = ARCHIVE.windows(END.len()).rposition(|window| window == END)?;
    let count = u16_at(end + 10)?;
    let mut at = usize::try_from(u32_at(end + 16)?).ok()?;
    for _ in 0..count {
        if ARCHIVE.get(at..at + 4)? != HEADER {
            return None;
        }
        let [name_length, extra_length, comment_length] = [u16_at(at + 28)?, u16_at(at + 30)?, u16_at(at + 32)?];
        let path = ARCHIVE.get(at + 46..at + 46 + usize::from(name_length))?;
        let mut parts = std::str::from_utf8(path).ok()?.split('/');
        if (parts.next_back(), parts.next_back(), parts.count()) == (Some(name), Some("dist"), 1) {
            return found(at);
        }
        at += 46 + [name_length, extra_length, comment_length].map(usize::from).iter().sum::<usize>();
    }
    None
}

/// The file whose header in the central directory is here.
fn found(header: usize) -> Option<Entry> {
    let local = usize::try_from(u32_at(header + 42)?).ok()?;
    // The lengths of name and extra field may differ from those in the central directory.
    let start = local + 30 + usize::from(u16_at(local + 26)?) + usize::from(u16_at(local + 28)?);
    let length = usize::try_from(u32_at(header + 20)?).ok()?;
    Some(Entry {
        method: u16_at(header + 10)?,
        crc32: u32_at(header + 16)?,
        size: u32_at(header + 24)?,
        data: ARCHIVE.get(start..start + length)?,
    })
}

fn u16_at(at: usize) -> Option<u16> {
    ARCHIVE.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(at: usize) -> Option<u32> {
    ARCHIVE.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_unpacks_to_what_the_archive_says() {
        for (name, content_type) in FILES {
            let found = entry(name).unwrap_or_else(|| panic!("{name} is in the archive"));
            let asset = file(name).expect("it is served");
            assert_eq!(asset.content_type, content_type);
            // The decoder compares the checksum and the size.
            let plain = if asset.is_gzip { asset.unpacked().expect("gzip") } else { asset.bytes };
            assert_eq!(plain.len(), found.size as usize, "{name}");
        }
        assert!(file("swagger-initializer.js").is_none(), "it is in the archive and not used");
    }
}
