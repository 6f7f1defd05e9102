//! What an error of Amazon SES means.

use serde::Deserialize;

use crate::mail::outcome::SendError;

/// Why a request failed.
pub(super) struct Failed {
    pub(super) what: What,
    pub(super) reason: String,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// SES rejects this mail, now and later.
    Rejected,
    /// SES does not know one of the addresses yet, as in the sandbox: that can be put right while the mail waits.
    Unverified,
    /// SES does not take this mail now.
    Later,
    /// SES cannot be used now, with any mail.
    Unavailable,
    /// SES may have taken the mail.
    Unheard,
}

#[derive(Deserialize)]
struct Body {
    #[serde(alias = "Message")]
    message: Option<String>,
    #[serde(rename = "__type")]
    kind: Option<String>,
}

impl Failed {
    pub(super) fn unavailable(reason: impl Into<String>) -> Self {
        Self { what: What::Unavailable, reason: reason.into() }
    }

    pub(super) fn unsigned(error: impl std::fmt::Display) -> Self {
        Self::unavailable(format!("the request to Amazon SES cannot be signed: {error}"))
    }

    pub(super) fn unreachable(error: &reqwest::Error) -> Self {
        // The text of the error itself names the URL only; its cause is below.
        let mut cause: &dyn std::error::Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        let what = if error.is_connect() { What::Unavailable } else { What::Unheard };
        Self { what, reason: format!("Amazon SES did not answer: {cause}") }
    }

    /// Reads an answer that is not a success. Only two errors are about the mail itself, and not even always; throttling, a
    /// paused account, an address that is not verified yet and missing rights can be put right while the mail waits.
    pub(super) fn read(status: u16, kind: Option<&str>, body: &[u8]) -> Self {
        let body: Option<Body> = serde_json::from_slice(body).ok();
        let (message, named) = body.map_or((None, None), |body| (body.message, body.kind));
        // `MessageRejected:http://..` in the header, `com.amazonaws.ses#MessageRejected` in the body
        let kind = kind.map(str::to_owned).or(named).unwrap_or_default();
        let kind = kind.split(':').next().unwrap_or_default();
        let kind = kind.rsplit('#').next().unwrap_or_default();
        let message: String = message
            .unwrap_or_else(|| "no message".to_owned())
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(500)
            .collect();
        let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
        let is_about_mail = status == 400 && matches!(kind.as_str(), "MessageRejected" | "BadRequestException");
        let is_unverified = message.to_ascii_lowercase().contains("not verified");
        let what = match (status, kind.as_str()) {
            _ if is_about_mail && is_unverified => What::Unverified,
            _ if is_about_mail => What::Rejected,
            // Rights can depend on the sender.
            (403, "AccessDeniedException") => What::Later,
            (403 | 429 | 500.., _) => What::Unavailable,
            (_, "SendingPausedException" | "AccountSuspendedException") => What::Unavailable,
            _ => What::Later,
        };
        Self { what, reason: format!("Amazon SES answered {status} {kind}: {message}") }
    }

    /// Whether one of the recipients may be the cause, so that the others can get the mail.
    pub(super) fn is_about_one(&self, sender: &str) -> bool {
        match self.what {
            What::Rejected => true,
            What::Unverified => !self.reason.contains(sender),
            _ => false,
        }
    }

    pub(super) fn error(self) -> SendError {
        match self.what {
            What::Rejected => SendError::permanent(self.reason),
            What::Unverified | What::Later => SendError::temporary(self.reason),
            What::Unavailable => SendError::unavailable(self.reason),
            What::Unheard => SendError::unheard(self.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failed, What};

    #[test]
    fn only_what_is_about_the_mail_is_permanent() {
        use What::{Later, Rejected, Unavailable, Unverified};
        let table: &[(u16, Option<&str>, &str, What)] = &[
            (400, Some("MessageRejected:http://internal.amazon.com/"), r#"{"message":"no"}"#, Rejected),
            (400, None, r#"{"__type":"com.amazonaws.sesv2#MessageRejected","message":"no"}"#, Rejected),
            (400, Some("BadRequestException"), "", Rejected),
            (400, Some("MessageRejected"), r#"{"message":"Email address is not verified. a@b.c"}"#, Unverified),
            (400, Some("MailFromDomainNotVerifiedException"), "{}", Later),
            (400, Some("SendingPausedException"), "{}", Unavailable),
            (400, None, "<html>", Later),
            (403, Some("InvalidSignatureException"), "{}", Unavailable),
            (403, Some("AccessDeniedException"), "{}", Later),
            (404, Some("NotFoundException"), "{}", Later),
            (429, Some("TooManyRequestsException"), "{}", Unavailable),
            (500, Some("MessageRejected"), "{}", Unavailable),
            (503, None, "", Unavailable),
        ];
        for (status, kind, body, what) in table {
            let failed = Failed::read(*status, *kind, body.as_bytes());
            assert_eq!(failed.what, *what, "{status} {kind:?} {body}: {}", failed.reason);
        }
    }
}
