//! The `Authorization` header (RFC 6750 section 2.1, RFC 9449 section 7.1).

use super::header::MAX_TOKEN_LENGTH;
use super::rejection::Rejection;
use crate::error::{Error, Result, catalogue};

/// A token and its authentication scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// `Authorization: Bearer`: anyone who has the token can use it.
    Bearer(&'a str),
    /// `Authorization: DPoP`: the token is bound to a key (RFC 9449 section 7.1).
    Dpop(&'a str),
}

/// Finds the bearer token in the values of all `Authorization` headers of a request.
///
/// `None` means a request without bearer credentials: no header, or another scheme such as `Basic`. The endpoint decides
/// whether that is 401 or an anonymous caller. An invalid token is an error on every endpoint.
///
/// # Errors
/// 400 `invalid-request` for more than one header, for `Bearer` without a token and for two tokens (RFC 6750 section
/// 3.1); 401 `invalid-token` for a token over [`MAX_TOKEN_LENGTH`] or with characters that a token cannot have.
///
/// ```
/// use resourceful::auth::bearer;
///
/// assert_eq!(bearer([b"Bearer abc.def.ghi".as_slice()])?, Some("abc.def.ghi"));
/// assert_eq!(bearer([])?, None);
/// # Ok::<(), resourceful::Error>(())
/// ```
pub fn bearer<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<&'a str>> {
    match credentials(values, false)? {
        Some(Credentials::Bearer(token)) => Ok(Some(token)),
        _ => Ok(None),
    }
}

/// Finds the token in the values of all `Authorization` headers of a request, as [`bearer`] does. With `dpop` it also
/// accepts the scheme `DPoP`, which is otherwise ignored like other schemes.
///
/// # Errors
/// As [`bearer`].
pub fn credentials<'a>(values: impl IntoIterator<Item = &'a [u8]>, dpop: bool) -> Result<Option<Credentials<'a>>> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(malformed("Send one Authorization header, not several"));
    }
    let scheme_length = value.iter().position(|&byte| !is_tchar(byte)).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(scheme_length);
    let is_dpop = dpop && scheme.eq_ignore_ascii_case(b"dpop");
    if !is_dpop && !scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    let token = rest.trim_ascii();
    if token.is_empty() {
        return Err(malformed("There is no token in the Authorization header"));
    }
    if !rest.starts_with(b" ") {
        return Err(malformed("Separate the scheme of the Authorization header and the token by a space"));
    }
    if token.contains(&b' ') {
        return Err(malformed("Send one token in the Authorization header, not several"));
    }
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(Rejection::TooLong.into());
    }
    match std::str::from_utf8(token) {
        Ok(text) if is_b64token(token) && is_dpop => Ok(Some(Credentials::Dpop(text))),
        Ok(text) if is_b64token(token) => Ok(Some(Credentials::Bearer(text))),
        _ => Err(Rejection::Form.into()),
    }
}

fn malformed(detail: &'static str) -> Error {
    Error::new(&catalogue::INVALID_REQUEST, detail)
}

/// A character of a scheme's name (RFC 9110 section 5.6.2).
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `b64token` of RFC 6750 section 2.1.
fn is_b64token(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = &token[..token.len() - padding];
    !body.is_empty() && body.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}
