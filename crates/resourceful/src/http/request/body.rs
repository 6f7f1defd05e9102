//! Reading a body: size, content type, JSON, in this order.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use crate::error::{Error, Result, catalogue};
use crate::limits::Limits;
use crate::resource::{BULK_MAX, Body, parse_json};

/// Which content types a body may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// `application/json`
    Json,
    /// The same, an array of as many items as a bulk request may have.
    Bulk,
    /// Also `application/merge-patch+json` (RFC 7396).
    JsonOrMergePatch,
}

impl Accepts {
    fn types(self) -> &'static [&'static str] {
        match self {
            Self::Json | Self::Bulk => &["application/json"],
            Self::JsonOrMergePatch => &["application/json", "application/merge-patch+json"],
        }
    }
}

/// Whether the content type is that of a merge patch (RFC 7396).
pub(crate) fn is_merge_patch(req: &HttpRequest) -> bool {
    let text = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/merge-patch+json")
}

/// Reads a JSON body.
///
/// # Errors
/// 413, 415, 400 `malformed-json`, 408.
pub(crate) async fn read_json(
    req: &HttpRequest,
    payload: web::Payload,
    limits: &Limits,
    accepts: Accepts,
) -> Result<Body> {
    let bytes = read(req, payload, limits, accepts).await?;
    let most_items = if accepts == Accepts::Bulk { BULK_MAX } else { usize::MAX };
    parse_json(&bytes, limits.body_parts, most_items)
}

async fn read(
    req: &HttpRequest,
    mut payload: web::Payload,
    limits: &Limits,
    accepts: Accepts,
) -> Result<web::BytesMut> {
    let limit = limits.body_bytes;
    let too_large = || Error::new(&catalogue::PAYLOAD_TOO_LARGE, format!("The body must have at most {limit} bytes"));
    let announced = req.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    check_type(req, accepts)?;
    let mut bytes = web::BytesMut::with_capacity(announced.unwrap_or(0) as usize);
    let reading = async {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| {
                Error::new(&catalogue::INVALID_REQUEST, "The body did not arrive completely")
                    .with_source(error.to_string())
            })?;
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(())
    };
    match tokio::time::timeout(limits.body_timeout, reading).await {
        Ok(done) => done?,
        Err(_) => {
            let detail = format!("The body took longer than {} seconds to arrive", limits.body_timeout.as_secs_f64());
            return Err(Error::new(&catalogue::REQUEST_TIMEOUT, detail));
        }
    }
    Ok(bytes)
}

fn check_type(req: &HttpRequest, accepts: Accepts) -> Result<()> {
    let allowed = accepts.types();
    let wrong = |found: &str| {
        let detail = format!("Send {}, in UTF-8 and without a content encoding, not {found}", allowed.join(" or "));
        let problem = Error::new(&catalogue::UNSUPPORTED_MEDIA_TYPE, detail);
        Err(problem.with_accepted_types(allowed))
    };
    let encoding = req.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return wrong("an encoded body");
    }
    let Some(value) = req.headers().get(CONTENT_TYPE) else { return wrong("a body without a content type") };
    let text = value.to_str().unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset")
            || matches!(value.trim_matches('"').to_ascii_lowercase().as_str(), "utf-8" | "utf8")
    });
    if !allowed.contains(&essence.as_str()) || !utf8 {
        let short: String = text.chars().take(80).filter(|c| !c.is_control()).collect();
        return wrong(if short.is_empty() { "another content type" } else { &short });
    }
    Ok(())
}
