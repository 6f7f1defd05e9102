//! The challenges of a 401 and a 403: which scheme to send instead (RFC 6750 section 3, RFC 9449 section 7.1).

use crate::error::{Error, catalogue};
use crate::http::request::dpop::Dpop;

/// One challenge for each accepted scheme, with the error of the scheme that was used.
pub(crate) fn challenges(error: &Error, dpop: Option<&Dpop>) -> Vec<String> {
    let used = dpop.is_some_and(|dpop| dpop.used);
    let bearer = |more: &str| format!("Bearer realm=\"api\"{more}");
    let bound = |dpop: &Dpop, more: &str| format!("DPoP realm=\"api\"{more}, algs=\"{}\"", dpop.algorithms);
    let with_error = |more: &str| dpop.filter(|_| used).map_or_else(|| bearer(more), |dpop| bound(dpop, more));
    if error.is(&catalogue::INSUFFICIENT_SCOPE) {
        let missing: Vec<&str> = error.missing_permissions().collect();
        let scope =
            if missing.is_empty() { String::new() } else { format!(", scope=\"{}\"", quoted(&missing.join(" "))) };
        return vec![with_error(&format!(", error=\"insufficient_scope\"{scope}"))];
    }
    let code = if error.is(&catalogue::UNAUTHENTICATED) {
        None
    } else if error.is(&catalogue::INVALID_TOKEN) {
        Some("invalid_token")
    } else if error.is(&catalogue::INVALID_DPOP_PROOF) {
        Some("invalid_dpop_proof")
    } else {
        return Vec::new();
    };
    let wrong = code.map(|code| format!(", error=\"{code}\", error_description=\"{}\"", quoted(error.detail())));
    let wrong = wrong.as_deref().unwrap_or_default();
    match dpop {
        None => vec![bearer(wrong)],
        Some(dpop) if !dpop.bearer => vec![bound(dpop, wrong)],
        Some(dpop) if dpop.used => vec![bound(dpop, wrong), bearer("")],
        Some(dpop) => vec![bearer(wrong), bound(dpop, "")],
    }
}

/// Text for a quoted string in a header.
fn quoted(text: &str) -> String {
    text.replace(['"', '\\'], "'").replace(|c: char| !c.is_ascii() || c.is_control(), "?")
}
