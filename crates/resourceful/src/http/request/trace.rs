//! The trace that a request belongs to, as the header `traceparent` names it (W3C Trace Context, section 3.2).

use actix_web::http::header::HeaderMap;

/// The id of the trace: 32 hexadecimal digits. `None` without a header, and for a malformed one, as the standard requires.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all("traceparent");
    let (header, others) = (all.next()?, all.next());
    if others.is_some() {
        return None;
    }
    let text = header.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    let is_valid = is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && !is_zero(trace)
        && is_hex(parent, 16)
        && !is_zero(parent)
        && is_hex(flags, 2)
        // Only later versions may have more parts.
        && (version != "00" || parts.next().is_none());
    is_valid.then_some(trace)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn of(texts: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for text in texts {
            let name = HeaderName::from_static("traceparent");
            headers.append(name, HeaderValue::from_bytes(text.as_bytes()).expect("a header"));
        }
        trace_id(&headers).map(str::to_owned)
    }

    #[test]
    fn valid_headers_name_the_trace() {
        for text in [
            format!("00-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-00"),
            format!("01-{TRACE}-00f067aa0ba902b7-03"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01-what-the-future-will-be-like"),
        ] {
            assert_eq!(of(&[&text]).as_deref(), Some(TRACE), "{text}");
        }
    }

    #[test]
    fn malformed_headers_name_none() {
        let right = format!("00-{TRACE}-00f067aa0ba902b7-01");
        for text in [
            String::new(),
            "00".to_owned(),
            right.to_uppercase(),
            right.replace("00-4", "ff-4"),
            right.replace(TRACE, &"0".repeat(32)),
            right.replace("00f067aa0ba902b7", "0000000000000000"),
            right.replace("00f067aa0ba902b7", "00f067aa0ba902"),
            format!("{right}-extra"),
            format!("{right}0"),
            right.replace('4', "g"),
            right.replace('-', "_"),
        ] {
            assert_eq!(of(&[&text]), None, "{text}");
        }
        assert_eq!(of(&[&right, &right]), None, "two headers");
        assert_eq!(of(&[]), None);
    }
}
