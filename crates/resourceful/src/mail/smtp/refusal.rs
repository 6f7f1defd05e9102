//! What a refusal of a mail server is about: the mail itself, or how the application may use the server.

/// What the server was told when it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Sender,
    Recipient,
    /// The begin of the mail, of which the server has not seen anything yet.
    Data,
    /// The whole mail.
    Content,
}

/// RFC 5321 section 4.5.3.1.10: this answer to a recipient can mean that there are too many for one mail.
const TOO_MANY_RECIPIENTS: u16 = 552;

/// Whether this answer asks for a login: 503 and the codes of RFC 4954 section 6.
pub(super) fn is_about_login(code: u16) -> bool {
    matches!(code, 503 | 530 | 534 | 535 | 538)
}

/// Whether every further attempt would be refused too. `text` is what follows the code.
///
/// What the operator can put right while the mail waits is not permanent: a sender that is not allowed or not verified yet,
/// rights, a quota. Enhanced codes (RFC 3463) tell more than the code alone: the second number is 6 for the form of a mail
/// and 7 for rights and policies.
pub(super) fn is_permanent(about: About, code: u16, text: &str) -> bool {
    if !(500..600).contains(&code) || is_about_login(code) {
        return false;
    }
    let enhanced = enhanced(text);
    // The quota of the sender; and Amazon SES, which has no code for what it says.
    if enhanced == Some((4, 5)) || text.to_ascii_lowercase().contains("not verified") {
        return false;
    }
    match (about, enhanced) {
        (About::Sender, enhanced) => matches!(enhanced, Some((3, 4) | (6, _))),
        (About::Recipient, Some((7, _) | (5, 3))) => false,
        (About::Recipient, _) => code != TOO_MANY_RECIPIENTS,
        (About::Data, Some((7, _))) => false,
        // A policy about contents, unless it is one of those that some servers check last: the login, and the right to use
        // this sender.
        (About::Content, Some((7, detail))) => !matches!(detail, 3 | 8..=14 | 57 | 60),
        (About::Data | About::Content, _) => true,
    }
}

/// The second and the third number of an enhanced code such as `5.7.1`, at the beginning of a text.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let mut numbers = text.split_whitespace().next()?.split('.');
    let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if numbers.next().is_some() || class != "5" {
        return None;
    }
    Some((subject.parse().ok()?, detail.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_mail_itself_is_permanent() {
        use About::{Content, Data, Recipient, Sender};
        for (about, code, text, permanent) in [
            (Sender, 550, "5.7.1 this sender is not allowed", false),
            (Sender, 553, "no such sender", false),
            (Sender, 550, "5.4.5 daily quota", false),
            (Sender, 530, "5.7.0 authentication required", false),
            (Sender, 552, "5.3.4 too large", true),
            (Sender, 550, "5.6.7 not in ASCII", true),
            (Recipient, 550, "5.1.1 no such user", true),
            (Recipient, 550, "no such user", true),
            (Recipient, 554, "5.7.1 relay access denied", false),
            (Recipient, 553, "5.7.1 this sender is not yours", false),
            (Recipient, 552, "too many recipients", false),
            (Recipient, 550, "5.5.3 too many recipients", false),
            (Recipient, 450, "4.2.0 later", false),
            (Data, 554, "5.7.1 not allowed", false),
            (Data, 554, "5.5.0 no", true),
            (Content, 554, "5.7.1 looks like spam", true),
            (Content, 550, "5.7.60 no right to send as this sender", false),
            (Content, 550, "5.4.5 daily quota", false),
            (Content, 554, "Message rejected: Email address is not verified.", false),
            (Content, 554, "5.6.0 broken", true),
            (Content, 554, "no", true),
            (Content, 451, "4.3.0 later", false),
        ] {
            assert_eq!(is_permanent(about, code, text), permanent, "{about:?} {code} {text}");
        }
        assert_eq!(
            [enhanced("5.7.1.2 x"), enhanced("4.7.1 x"), enhanced("5.x.1"), enhanced("")],
            [None, None, None, None]
        );
    }
}
