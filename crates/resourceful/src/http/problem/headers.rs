//! The headers that come with a problem: `Retry-After`, `Allow`, and the content types that would have been accepted.

use actix_web::HttpResponseBuilder;
use actix_web::http::header;

use crate::error::Error;

/// Adds the headers of a problem.
pub(crate) fn add_headers(error: &Error, response: &mut HttpResponseBuilder) {
    if let Some(after) = error.retry_after() {
        response.insert_header((header::RETRY_AFTER, after.as_secs().max(1)));
    }
    if !error.allow().is_empty() {
        response.insert_header((header::ALLOW, error.allow().join(", ")));
    }
    if !error.accepted_types().is_empty() {
        let types = error.accepted_types().join(", ");
        // RFC 5789 section 2.2 has a header of its own for PATCH.
        let name = if error.accepted_types().len() > 1 { "accept-patch" } else { "accept" };
        response.insert_header((name, types));
    }
}
