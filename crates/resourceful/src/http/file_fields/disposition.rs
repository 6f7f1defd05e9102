//! The name of a file in `Content-Disposition` (RFC 6266).

use actix_web::http::header::ContentDisposition;

/// The name in a parsed header; the extended form is the one to use where both are given (RFC 6266 section 4.3).
pub(super) fn filename(disposition: &ContentDisposition) -> Result<Option<String>, ()> {
    match disposition.get_filename_ext() {
        Some(extended) => String::from_utf8(extended.value.clone()).map(Some).map_err(|_| ()),
        None => Ok(disposition.get_filename().map(str::to_owned)),
    }
}
