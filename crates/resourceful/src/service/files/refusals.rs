//! What is said about a file that a field does not take.

use super::invalid;
use crate::error::{Error, Result, catalogue, codes};
use crate::media::MOST_PIXELS;
use crate::spec::{FieldSpec, FileSpec};

/// Refuses a file that is larger than its field takes.
pub(super) fn too_large(field: &FieldSpec, max: u64) -> Error {
    let detail = format!("A file in `{}` must have at most {max} bytes", field.json);
    Error::new(&catalogue::PAYLOAD_TOO_LARGE, detail)
}

/// 415, with what the field takes.
pub(super) fn refused(field: &FieldSpec, limits: &FileSpec, what: String) -> Error {
    let accepted: Vec<&str> = limits.types.iter().copied().filter(|one| *one != "*/*").collect();
    let allowed = if accepted.is_empty() { String::new() } else { format!("; it takes {}", accepted.join(", ")) };
    let detail = format!("`{}` does not take this file: {what}{allowed}", field.json);
    Error::new(&catalogue::UNSUPPORTED_MEDIA_TYPE, detail)
}

/// 422 for an image that does not say how large it is.
pub(super) fn without_size(field: &FieldSpec, content_type: &str) -> Error {
    let message = format!("is said to be {content_type}, but has no width and height");
    invalid(field, codes::TYPE, message)
}

/// Refuses an image with too many pixels.
pub(super) fn check_pixels(field: &FieldSpec, width: u32, height: u32) -> Result<()> {
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        let message = format!("is an image of {width} x {height} pixels; at most {MOST_PIXELS} pixels are accepted");
        return Err(invalid(field, codes::RANGE, message));
    }
    Ok(())
}
