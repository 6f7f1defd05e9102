//! The settings of Amazon SES.

use std::net::IpAddr;

use url::{Host, Url};

use crate::env::{Reader, SecretText, aws_credentials};

/// The settings of the HTTPS API of Amazon SES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SesSettings {
    /// `SES_REGION`, or `AWS_REGION`
    pub region: String,
    /// `SES_ENDPOINT`: the address of the API; by default that of the region
    pub endpoint: String,
    /// `SES_CONFIGURATION_SET`: the configuration set that SES applies
    pub configuration_set: Option<String>,
    /// `AWS_ACCESS_KEY_ID` and the other variables about credentials, by their names
    pub credentials: Vec<(String, SecretText)>,
}

impl SesSettings {
    /// The API of this region, with the credentials of the machine.
    pub fn new(region: impl Into<String>) -> Self {
        let region = region.into();
        Self {
            endpoint: format!("https://email.{region}.amazonaws.com"),
            region,
            configuration_set: None,
            credentials: Vec::new(),
        }
    }

    /// Whether nobody on the way can read what goes to the endpoint.
    pub(super) fn has_safe_endpoint(&self) -> bool {
        is_allowed(&self.endpoint)
    }

    pub(in crate::mail) fn from_env(reader: &mut Reader<'_>, region: Option<&str>) -> Self {
        if region.is_none() {
            reader.problem("SES_REGION is missing; EMAIL_PROVIDER=ses needs a region such as eu-west-1");
        }
        let mut settings = Self::new(region.unwrap_or_default());
        if let Some(endpoint) = reader.text("SES_ENDPOINT") {
            if !is_allowed(&endpoint) {
                reader.problem(format!(
                    "SES_ENDPOINT is `{endpoint}`; it must be an https URL without a path, or an http URL of this machine"
                ));
            }
            settings.endpoint = endpoint;
        }
        settings.configuration_set = reader.text("SES_CONFIGURATION_SET");
        settings.credentials = aws_credentials(reader);
        settings
    }
}

fn is_allowed(endpoint: &str) -> bool {
    let Ok(url) = Url::parse(endpoint) else { return false };
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty();
    is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback))
}
