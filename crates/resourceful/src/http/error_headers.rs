//! What HTTP adds to an error, as headers of its response: `Retry-After`, `Allow`, and the accepted content types.

use actix_web::HttpResponseBuilder;
use actix_web::http::header;

use crate::error::Error;

/// Details of an error that only matter for HTTP.
#[derive(Debug, Clone, Default)]
struct Alternatives {
    /// The methods of the path.
    methods: Vec<&'static str>,
    /// The content types that the endpoint accepts.
    types: &'static [&'static str],
    /// The number of bytes that there are, where a range has none of them.
    size: Option<u64>,
}

impl Error {
    /// Adds the methods that the path supports, for the `Allow` header of a 405.
    #[must_use]
    pub fn with_allow(self, methods: Vec<&'static str>) -> Self {
        let known = self.attachment::<Alternatives>().cloned().unwrap_or_default();
        self.with_attachment(Alternatives { methods, ..known })
    }

    /// Adds the content types that the endpoint accepts, for the `Accept` header of a 415.
    #[must_use]
    pub fn with_accepted_types(self, types: &'static [&'static str]) -> Self {
        let known = self.attachment::<Alternatives>().cloned().unwrap_or_default();
        self.with_attachment(Alternatives { types, ..known })
    }

    /// Adds the size of the file, for the `Content-Range` header of a 416 (RFC 9110 section 15.5.17).
    #[must_use]
    #[cfg(feature = "storage")]
    pub(crate) fn with_content_size(self, size: u64) -> Self {
        let known = self.attachment::<Alternatives>().cloned().unwrap_or_default();
        self.with_attachment(Alternatives { size: Some(size), ..known })
    }
}

/// Adds the headers of an error.
pub(crate) fn add(error: &Error, response: &mut HttpResponseBuilder) {
    if let Some(after) = error.retry_after() {
        response.insert_header((header::RETRY_AFTER, after.as_secs().max(1)));
    }
    let Some(Alternatives { methods, types, size }) = error.attachment() else { return };
    if !methods.is_empty() {
        response.insert_header((header::ALLOW, methods.join(", ")));
    }
    if let Some(size) = size {
        response.insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
    }
    if !types.is_empty() {
        // PATCH has another header for this (RFC 5789 section 2.2).
        let name = if types.len() > 1 { "accept-patch" } else { "accept" };
        response.insert_header((name, types.join(", ")));
    }
}
