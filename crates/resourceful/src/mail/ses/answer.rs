//! What an error of Amazon SES means.

use serde::Deserialize;

use crate::mail::outcome::SendError;

/// Why a request failed.
pub(super) struct Failed {
    /// SES rejects this mail, now and later.
    pub(super) is_rejected: bool,
    pub(super) reason: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(alias = "Message")]
    message: Option<String>,
    #[serde(rename = "__type")]
    kind: Option<String>,
}

impl Failed {
    pub(super) fn temporary(reason: impl Into<String>) -> Self {
        Self { is_rejected: false, reason: reason.into() }
    }

    pub(super) fn unsigned(error: impl std::fmt::Display) -> Self {
        Self::temporary(format!("the request to Amazon SES cannot be signed: {error}"))
    }

    pub(super) fn unreachable(error: &reqwest::Error) -> Self {
        // The text of the error itself names the URL only; its cause is below.
        let mut cause: &dyn std::error::Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        Self::temporary(format!("Amazon SES did not answer: {cause}"))
    }

    /// Reads an answer that is not a success. Only two errors are about the mail itself; throttling, a paused account, a
    /// domain that is not verified yet and missing rights can be put right while the mail waits.
    pub(super) fn read(status: u16, kind: Option<&str>, body: &[u8]) -> Self {
        let body: Option<Body> = serde_json::from_slice(body).ok();
        let (message, named) = body.map_or((None, None), |body| (body.message, body.kind));
        // `MessageRejected:http://..` in the header, `com.amazonaws.ses#MessageRejected` in the body
        let kind = kind.map(str::to_owned).or(named).unwrap_or_default();
        let kind = kind.split(':').next().unwrap_or_default();
        let kind = kind.rsplit('#').next().unwrap_or_default();
        let is_rejected = status == 400 && matches!(kind, "MessageRejected" | "BadRequestException");
        let message: String = message
            .unwrap_or_else(|| "no message".to_owned())
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(500)
            .collect();
        let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
        Self { is_rejected, reason: format!("Amazon SES answered {status} {kind}: {message}") }
    }

    pub(super) fn error(self) -> SendError {
        if self.is_rejected { SendError::permanent(self.reason) } else { SendError::temporary(self.reason) }
    }
}

#[cfg(test)]
mod tests {
    use super::Failed;

    #[test]
    fn only_what_is_about_the_mail_is_permanent() {
        let table: &[(u16, Option<&str>, &str, bool)] = &[
            (400, Some("MessageRejected:http://internal.amazon.com/"), r#"{"message":"no"}"#, true),
            (400, None, r#"{"__type":"com.amazonaws.sesv2#MessageRejected","message":"no"}"#, true),
            (400, Some("BadRequestException"), "", true),
            (400, Some("MailFromDomainNotVerifiedException"), "{}", false),
            (400, Some("SendingPausedException"), "{}", false),
            (400, None, "<html>", false),
            (403, Some("InvalidSignatureException"), "{}", false),
            (404, Some("NotFoundException"), "{}", false),
            (429, Some("TooManyRequestsException"), "{}", false),
            (500, Some("MessageRejected"), "{}", false),
            (503, None, "", false),
        ];
        for (status, kind, body, is_rejected) in table {
            let failed = Failed::read(*status, *kind, body.as_bytes());
            assert_eq!(failed.is_rejected, *is_rejected, "{status} {kind:?} {body}: {}", failed.reason);
        }
    }
}
