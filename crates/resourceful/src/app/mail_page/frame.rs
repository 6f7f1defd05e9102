//! The HTML of a mail, as the frame shows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::mail::Email;

/// Which colours the mail is shown in, whatever the browser prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Light,
    Dark,
}

/// The HTML of a mail with its own images, in these colours.
pub(super) fn html(email: &Email, scheme: Scheme) -> String {
    let mut html = email.html_text().unwrap_or_default().to_owned();
    for file in email.attachments() {
        let Some(id) = file.content_id().filter(|_| file.content_type().starts_with("image/")) else { continue };
        let data = format!("data:{};base64,{}", file.content_type(), STANDARD.encode(file.bytes()));
        html = html
            .replace(&format!("cid:{id}\""), &format!("{data}\""))
            .replace(&format!("cid:{id}'"), &format!("{data}'"));
    }
    // The conditions of style sheets become true or false, so that both can be seen in any browser.
    let (always, never) = ("(min-width:0px)", "(max-width:0px)");
    let (dark, light) = match scheme {
        Scheme::Dark => (always, never),
        Scheme::Light => (never, always),
    };
    for space in ["", " "] {
        html = html
            .replace(&format!("(prefers-color-scheme:{space}dark)"), dark)
            .replace(&format!("(prefers-color-scheme:{space}light)"), light);
    }
    html
}
