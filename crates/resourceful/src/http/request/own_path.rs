//! Which part of a request's path belongs to the endpoint that answers it. Around a mounted API there can be actix
//! scopes of the application, with parameters of any name; they come first among the parameters that the router finds.

use actix_web::HttpRequest;
use actix_web::dev::Path;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::state::RequestState;

/// The last parameter of the path, decoded. `None` when it is not UTF-8.
pub(crate) fn last_parameter(req: &HttpRequest) -> Option<String> {
    let (_, text) = req.match_info().iter().last()?;
    // The router leaves `%`, `/` and `+` encoded.
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

/// The endpoint's own parameters, read as `T`; outside of endpoints, all that the router has found.
pub(crate) fn own_parameters<T: DeserializeOwned>(req: &HttpRequest) -> Result<T, serde::de::value::Error> {
    let found = req.match_info();
    let own = RequestState::read(req, |state| state.own_parameters).unwrap_or(found.segment_count());
    let mut path = Path::new(String::new());
    for (name, value) in found.iter().skip(found.segment_count().saturating_sub(own)) {
        path.add_static(name.to_owned(), value.to_owned());
    }
    path.load()
}

/// A path below that of the request, with everything in front of the API as the client wrote it.
pub(crate) fn below(req: &HttpRequest, segment: &str) -> String {
    let path = req.uri().path().trim_end_matches('/');
    // Two slashes at the front would be read as the name of another host (RFC 3986 section 4.2).
    let front = if path.starts_with("//") { "/." } else { "" };
    format!("{front}{path}/{segment}")
}
