//! What is known about a stored file: a record behind its bytes, so that both appear and are replaced in one step.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::storage::body::hex;
use crate::storage::file_name::FileName;
use crate::storage::provider::About;

/// The end of every stored file, with the version of the format: JSON, its length in 4 bytes (big-endian), and this.
const END: &[u8; 8] = b"rsrcful1";

/// The bytes of the length and of the end.
const TAIL: u64 = 12;

/// The most bytes of the JSON. A name has at most 255 characters, and JSON writes none with more than 6 bytes.
const LONGEST: u64 = 8 * 1024;

/// How much is read at the end of a file: enough for most records.
const USUAL: u64 = 512;

pub(super) struct Record {
    pub(super) about: About,
    pub(super) sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(rename = "type")]
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
    sha256: String,
}

impl Record {
    /// The bytes that follow those of the file.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        let name = self.about.file_name.as_ref().map(|name| name.as_str().to_owned());
        let written = Written { content_type: self.about.content_type.clone(), name, sha256: self.sha256.clone() };
        let mut bytes = serde_json::to_vec(&written)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(END);
        Ok(bytes)
    }

    /// Reads the record of a file of this whole length: the size of what is before it, and the record. `None` if the file has
    /// none.
    pub(super) fn read(file: &mut File, length: u64) -> io::Result<Option<(u64, Self)>> {
        let mut end = read_end(file, length, USUAL.min(length))?;
        let Some(json) = json_length(&end) else { return Ok(None) };
        let whole = json + TAIL;
        if json > LONGEST || whole > length {
            return Ok(None);
        }
        if whole > end.len() as u64 {
            end = read_end(file, length, whole)?;
        }
        let (start, stop) = (end.len() - whole as usize, end.len() - TAIL as usize);
        let Ok(Written { content_type, name, sha256 }) = serde_json::from_slice(&end[start..stop]) else {
            return Ok(None);
        };
        let file_name = name.and_then(|name| FileName::parse(name).ok());
        Ok(Some((length - whole, Self { about: About { content_type, file_name }, sha256 })))
    }

    /// The entity tag, with quotes. The same bytes with another type or another name are answered with other headers, so they have
    /// another tag.
    pub(super) fn etag(&self) -> String {
        let mut sum = digest::Context::new(&digest::SHA256);
        let name = self.about.file_name.as_ref().map(|name| name.as_str());
        for part in [&self.sha256, &self.about.content_type, name.unwrap_or_default()] {
            sum.update(part.as_bytes());
            // No part contains it.
            sum.update(&[0]);
        }
        format!("\"{}\"", hex(&sum.finish().as_ref()[..16]))
    }
}

fn read_end(file: &mut File, length: u64, count: u64) -> io::Result<Vec<u8>> {
    let mut end = vec![0; count as usize];
    file.seek(SeekFrom::Start(length - count))?;
    file.read_exact(&mut end)?;
    Ok(end)
}

fn json_length(end: &[u8]) -> Option<u64> {
    let (length, _) = end.strip_suffix(END)?.split_last_chunk::<4>().map(|(_, length)| (length, ()))?;
    Some(u32::from_be_bytes(*length).into())
}
