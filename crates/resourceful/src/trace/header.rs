//! The headers `traceparent` and `tracestate` (W3C Trace Context, sections 3.2 and 3.3).

use std::fmt;

/// What another server needs to continue a trace. Its `Display` form is the header `traceparent`.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    /// `00-<trace>-<span>-<flags>`
    parent: String,
    /// What tracing systems keep for themselves.
    state: Option<String>,
}

/// The longest `tracestate` that is handed on, in bytes: so much every system must accept.
const STATE: usize = 512;

/// Where the parts of the header are.
const TRACE: std::ops::Range<usize> = 3..35;
#[cfg(feature = "otel")]
const SPAN: std::ops::Range<usize> = 36..52;
#[cfg(feature = "otel")]
const FLAGS: std::ops::Range<usize> = 53..55;

impl Trace {
    /// Reads the header `traceparent`. `None` if it is malformed, as the standard requires.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_zero = |part: &str| part.bytes().all(|byte| byte == b'0');
        let is_valid = is_hex(version, 2)
            && version != "ff"
            && is_hex(trace, 32)
            && !is_zero(trace)
            && is_hex(span, 16)
            && !is_zero(span)
            && is_hex(flags, 2)
            // Only later versions may have more parts.
            && (version != "00" || parts.next().is_none());
        // What a later version means by more flags is not known here: sampled and random remain.
        let flags = u8::from_str_radix(flags, 16).ok()? & 3;
        is_valid.then(|| Self { parent: format!("00-{trace}-{span}-{flags:02x}"), state: None })
    }

    /// Adds the header `tracestate`; one that is too long is left out.
    pub(crate) fn with_state(mut self, state: Option<&str>) -> Self {
        let is_good = |text: &&str| {
            (1..=STATE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        };
        self.state = state.filter(is_good).map(str::to_owned);
        self
    }

    /// The id of the trace: 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.parent[TRACE]
    }

    /// The id of the span that continues it: 16 hexadecimal digits.
    #[cfg(feature = "otel")]
    pub(crate) fn span(&self) -> &str {
        &self.parent[SPAN]
    }

    /// The flags of the header.
    #[cfg(feature = "otel")]
    pub(crate) fn flags(&self) -> u8 {
        u8::from_str_radix(&self.parent[FLAGS], 16).unwrap_or_default()
    }

    /// The header `tracestate`.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The headers that hand the trace on, with their values: `traceparent`, and `tracestate` if there is one.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let state = self.state.clone().map(|state| ("tracestate", state));
        std::iter::once(("traceparent", self.parent.clone())).chain(state).collect()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parent)
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trace({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn valid_headers_name_the_trace() {
        for (text, flags) in [
            (format!("00-{ID}-00f067aa0ba902b7-01"), "01"),
            (format!("00-{ID}-00f067aa0ba902b7-00"), "00"),
            (format!("00-{ID}-00f067aa0ba902b7-ff"), "03"),
            (format!("01-{ID}-00f067aa0ba902b7-03"), "03"),
            (format!("cc-{ID}-00f067aa0ba902b7-09-what-the-future-will-be-like"), "01"),
        ] {
            let trace = Trace::parse(&text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(trace.id(), ID, "{text}");
            assert_eq!(trace.to_string(), format!("00-{ID}-00f067aa0ba902b7-{flags}"), "{text}");
        }
    }

    #[test]
    fn malformed_headers_name_none() {
        let right = format!("00-{ID}-00f067aa0ba902b7-01");
        for text in [
            String::new(),
            "00".to_owned(),
            right.to_uppercase(),
            right.replace("00-4", "ff-4"),
            right.replace(ID, &"0".repeat(32)),
            right.replace("00f067aa0ba902b7", "0000000000000000"),
            right.replace("00f067aa0ba902b7", "00f067aa0ba902"),
            format!("{right}-extra"),
            format!("{right}0"),
            right.replace('4', "g"),
            right.replace('-', "_"),
            right.replace('4', "ä"),
        ] {
            assert_eq!(Trace::parse(&text), None, "{text}");
        }
    }

    #[test]
    fn the_state_is_handed_on_if_it_is_well_formed() {
        let trace = Trace::parse(&format!("00-{ID}-00f067aa0ba902b7-01")).expect("valid");
        let long = "x".repeat(513);
        for (given, kept) in [
            (Some("congo=t61,rojo=00f0"), Some("congo=t61,rojo=00f0")),
            (Some("a=b, c=d"), Some("a=b, c=d")),
            (Some(""), None),
            (Some("a=b\nc"), None),
            (Some("ä=1"), None),
            (Some(long.as_str()), None),
            (None, None),
        ] {
            let trace = trace.clone().with_state(given);
            assert_eq!(trace.state(), kept, "{given:?}");
            let names: Vec<_> = trace.headers().into_iter().map(|(name, _)| name).collect();
            assert_eq!(names.contains(&"tracestate"), kept.is_some(), "{names:?}");
        }
    }
}
