//! Addresses of senders and recipients, and the rules for them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text::{self, Wrong};
use crate::error::codes;

/// The most bytes of the part before the `@` (RFC 5321 section 4.5.3.1.1).
const LOCAL_BYTES: usize = 64;
/// The most bytes of an address: a path of 256 bytes (RFC 5321 section 4.5.3.1.3) without its angle brackets.
const ADDRESS_BYTES: usize = 254;
/// The most characters of a display name.
const NAME_CHARS: usize = 200;

/// An address with an optional display name.
///
/// ```
/// use resourceful::mail::Mailbox;
///
/// let plain = Mailbox::from("ann@example.org");
/// let named = Mailbox::from(("Ann Lee", "ann@example.org"));
/// assert_eq!((plain.name(), named.name()), (None, Some("Ann Lee")));
/// ```
///
/// A value of this type may still be invalid: [`Email::check`](super::Email::check) says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    address: String,
}

impl Mailbox {
    /// The display name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address as it was given.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The part of the address behind the `@`, in ASCII if it is valid; `localhost` if there is none.
    pub(in crate::mail) fn domain(&self) -> String {
        let address = check_address(&self.address).unwrap_or_else(|_| self.address.clone());
        address.rsplit_once('@').map_or_else(|| "localhost".to_owned(), |(_, domain)| domain.to_owned())
    }

    /// The address as servers take it, in ASCII: an international domain name is in its `xn--` form (RFC 5890).
    pub(in crate::mail) fn checked(&self) -> Result<String, Wrong> {
        if let Some(name) = &self.name {
            check_name(name)?;
        }
        check_address(&self.address)
    }
}

impl From<&str> for Mailbox {
    fn from(address: &str) -> Self {
        Self { name: None, address: address.to_owned() }
    }
}

impl From<String> for Mailbox {
    fn from(address: String) -> Self {
        Self { name: None, address }
    }
}

impl From<&String> for Mailbox {
    fn from(address: &String) -> Self {
        Self::from(address.as_str())
    }
}

/// A display name and an address.
impl<N: Into<String>, A: Into<String>> From<(N, A)> for Mailbox {
    fn from((name, address): (N, A)) -> Self {
        Self { name: Some(name.into()), address: address.into() }
    }
}

/// The form of the setting `EMAIL_FROM`: `ann@example.org` or `Ann Lee <ann@example.org>`.
impl FromStr for Mailbox {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mailbox = match text.trim().strip_suffix('>').and_then(|text| text.split_once('<')) {
            Some((name, address)) => Self::from((name.trim().trim_matches('"'), address.trim())),
            None => Self::from(text.trim()),
        };
        mailbox.checked().map_err(|wrong| wrong.message)?;
        Ok(mailbox)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

fn check_name(name: &str) -> Result<(), Wrong> {
    text::check_line("the display name", name, NAME_CHARS)?;
    // Quotes and brackets are how one name is made to look like another address, or like several.
    if let Some(found) = name.chars().find(|c| matches!(c, '<' | '>' | '"' | '\\')) {
        return Err(Wrong::new(
            codes::INVALID_CHARACTER,
            format!("the display name contains `{found}`; give the name without quotes and brackets"),
        ));
    }
    Ok(())
}

/// Checks an address and returns it in ASCII. Allowed is what mail providers really deliver to: a dot-atom (RFC 5322
/// section 3.2.3), an `@`, and a domain name. Quoted local parts, comments and IP addresses are not.
fn check_address(address: &str) -> Result<String, Wrong> {
    let wrong =
        |what: &str| Wrong::new(codes::EMAIL, format!("{} is not an e-mail address: {what}", text::shown(address)));
    if address.is_empty() {
        return Err(Wrong::new(codes::REQUIRED, "the address is empty; give one such as ann@example.org"));
    }
    if address.len() > ADDRESS_BYTES {
        return Err(wrong(&format!("it has {} bytes, and at most {ADDRESS_BYTES} are allowed", address.len())));
    }
    if let Some(found) = address.chars().find(|c| text::is_forbidden(*c)) {
        return Err(Wrong::new(
            codes::INVALID_CHARACTER,
            format!("the address contains the character U+{:04X}; give one address on one line", u32::from(found)),
        ));
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err(wrong("it has no `@`"));
    };
    if address.contains([' ', '\t', ',', ';', '<', '>', '"', '(', ')', '\\', ':']) || local.contains('@') {
        return Err(wrong("give exactly one address, without a name, quotes or brackets"));
    }
    if local.len() > LOCAL_BYTES {
        return Err(wrong(&format!("the part before the `@` has more than {LOCAL_BYTES} bytes")));
    }
    if !local.is_ascii() {
        return Err(wrong("the part before the `@` has characters outside of ASCII, which not every server takes"));
    }
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(wrong("the part before the `@` is empty, or has a dot at an end or two in a row"));
    }
    // A program that is started with the address as an argument would take it for an option.
    if local.starts_with('-') || !local.chars().all(is_atom) {
        return Err(wrong("the part before the `@` begins with `-`, or has a character that is not allowed there"));
    }
    let domain = ascii_domain(domain).ok_or_else(|| wrong("the part after the `@` is not a domain name"))?;
    let address = format!("{local}@{domain}");
    if address.len() > ADDRESS_BYTES {
        return Err(wrong(&format!("it has more than {ADDRESS_BYTES} bytes in ASCII")));
    }
    Ok(address)
}

/// A domain name in ASCII, in lower case. One without a dot is only allowed as `localhost`.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = if domain.is_ascii() {
        domain.to_ascii_lowercase()
    } else {
        // `%` would be decoded, and could become any character.
        let international = Some(domain).filter(|domain| !domain.contains('%'))?;
        match url::Host::parse(international).ok()? {
            url::Host::Domain(name) => name,
            _ => return None,
        }
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = ascii.rsplit('.').next()?;
    let is_name = ascii.len() <= 253 && ascii.split('.').all(is_label) && !last.bytes().all(|b| b.is_ascii_digit());
    (is_name && (ascii.contains('.') || ascii == "localhost")).then_some(ascii)
}
