//! The Host header: a request without a valid one is refused (RFC 9112 section 3.2).

use std::net::Ipv6Addr;

use actix_web::dev::ServiceRequest;
use actix_web::http::Version;
use actix_web::http::header::{HOST, HeaderMap};

use crate::error::{Error, Result, catalogue};

/// Whether the request has one well-formed Host header.
///
/// # Errors
/// 400
pub(crate) fn check(req: &ServiceRequest) -> Result<()> {
    let refused = |detail| Err(Error::new(&catalogue::INVALID_REQUEST, detail));
    let mut hosts = req.headers().get_all(HOST);
    match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => refused("Send exactly one Host header"),
        (Some(host), None) if is_host(host.as_bytes()) => Ok(()),
        (Some(_), None) => {
            refused("The Host header is invalid: send a host name or an IP address, optionally with a port")
        }
        // HTTP/1.0 does not have the header, and HTTP/2 has `:authority` instead.
        (None, _) if req.version() == Version::HTTP_11 => refused("Send a Host header"),
        (None, _) => Ok(()),
    }
}

/// The host and the port that a valid Host header names.
pub(crate) fn of(headers: &HeaderMap) -> Option<(&str, Option<u16>)> {
    let text = headers.get(HOST)?.to_str().ok().filter(|text| is_host(text.as_bytes()))?;
    let (host, port) = match text.rsplit_once(':') {
        // The last colon of an address without a port belongs to it.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (text, None),
    };
    Some((host.trim_start_matches('[').trim_end_matches(']'), port))
}

/// `uri-host [ ":" port ]` of RFC 9110 section 7.2, and not empty: an `http` URI has a host.
fn is_host(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, rest)) = rest.split_once(']') else { return false };
            if address.parse::<Ipv6Addr>().is_err() {
                return false;
            }
            ("", rest)
        }
        None => match text.find(':') {
            Some(0) => return false,
            Some(at) => text.split_at(at),
            None if text.is_empty() => return false,
            None => (text, ""),
        },
    };
    is_name(host) && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// `*( unreserved / pct-encoded / sub-delims )` of RFC 3986 section 3.2.2
fn is_name(host: &str) -> bool {
    let mut rest = host.bytes();
    while let Some(byte) = rest.next() {
        let allowed = match byte {
            b'%' => (0..2).all(|_| rest.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte),
        };
        if !allowed {
            return false;
        }
    }
    true
}

/// Digits of a valid port number, or nothing.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && (text.is_empty() || text.parse::<u16>().is_ok())
}
