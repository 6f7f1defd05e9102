//! What of a request's path belongs to the endpoint that answers it. Around a mounted API there can be scopes of the
//! application's own, with parameters of any name; they come first among what the router has found.

use actix_web::dev::Path;
use actix_web::{HttpMessage, HttpRequest};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

/// How many parameters an endpoint's own path has; left in the request's extensions for its extractors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnParameters(usize);

impl OwnParameters {
    /// Those of a path below the API prefix, such as `/projects/{id}/activate`.
    pub(crate) fn of(path: &str) -> Self {
        Self(path.split('/').filter(|word| word.starts_with('{')).count())
    }
}

/// The last parameter of the path, decoded. `None` when it is no UTF-8.
pub(crate) fn last_parameter(req: &HttpRequest) -> Option<String> {
    let (_, text) = req.match_info().iter().last()?;
    // The router leaves `%`, `/` and `+` encoded.
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

/// The endpoint's own parameters, read as `T`. Outside of endpoints all that the router has found are.
pub(crate) fn own_parameters<T: DeserializeOwned>(req: &HttpRequest) -> Result<T, serde::de::value::Error> {
    let found = req.match_info();
    let own = req.extensions().get::<OwnParameters>().map_or(found.segment_count(), |own| own.0);
    let mut path = Path::new(String::new());
    for (name, value) in found.iter().skip(found.segment_count().saturating_sub(own)) {
        path.add_static(name.to_owned(), value.to_owned());
    }
    path.load()
}

/// The address below that of the request, as its sender wrote it, whatever stands before the API in it.
pub(crate) fn below(req: &HttpRequest, segment: &str) -> String {
    let path = req.uri().path().trim_end_matches('/');
    // Two slashes at the front would be read as the name of another host (RFC 3986 section 4.2).
    let front = if path.starts_with("//") { "/." } else { "" };
    format!("{front}{path}/{segment}")
}
