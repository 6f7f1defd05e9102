//! The provider `ses`: mails go to the HTTPS API of Amazon SES, version 2.

mod answer;
mod settings;

pub use settings::SesSettings;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredentialProvider};
use object_store::client::{HttpRequest, HttpRequestBody};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Url, redirect};
use serde_json::json;

use super::outcome::{Refused, SendError};
use super::prepared::Prepared;
use super::provider::Provider;
use crate::error::StartupError;

/// The most bytes of an answer that are read. Answers of SES are short.
const ANSWER_BYTES: usize = 64 * 1024;

/// Sends mails through the HTTPS API of Amazon SES, `SendEmail` of version 2, with the whole mail as it is written.
///
/// Credentials come from the usual places: the settings, a web identity, the container, or the machine. They are fetched
/// again before they expire.
///
/// SES takes a mail for all its recipients or for none. If it rejects one with several recipients, each gets a mail of
/// their own, so that one of them does not keep the others from getting it.
#[derive(Debug)]
pub struct Ses {
    client: Client,
    url: Url,
    region: String,
    configuration_set: Option<String>,
    credentials: AwsCredentialProvider,
}

impl Ses {
    /// A provider with these settings. Credentials are looked for when the first mail is sent.
    ///
    /// # Errors
    /// If a setting about credentials is invalid.
    pub fn new(settings: &SesSettings) -> Result<Self, StartupError> {
        let invalid = |error: &dyn std::fmt::Display| {
            StartupError::new(format!("EMAIL_PROVIDER is ses, but it cannot be used: {error}"))
        };
        let mut chain = AmazonS3Builder::new().with_region(&settings.region).with_bucket_name("none");
        for (name, value) in &settings.credentials {
            let key = name.to_ascii_lowercase().parse().map_err(|error| invalid(&error))?;
            chain = chain.with_config(key, value.0.clone());
        }
        let chain = chain.build().map_err(|error| invalid(&error))?;
        let mut url: Url = settings.endpoint.parse().map_err(|error| invalid(&error))?;
        url.set_path("/v2/email/outbound-emails");
        let client = Client::builder()
            // The signature is for this host only.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("resourceful/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| invalid(&error))?;
        Ok(Self {
            client,
            url,
            region: settings.region.clone(),
            configuration_set: settings.configuration_set.clone(),
            credentials: chain.credentials().clone(),
        })
    }

    /// One request, for these recipients.
    async fn request(&self, mail: &Prepared, recipients: &[String]) -> Result<(), answer::Failed> {
        let mut body = json!({
            "FromEmailAddress": mail.sender(),
            // These count, whatever the headers of the mail say.
            "Destination": {"ToAddresses": recipients},
            "Content": {"Raw": {"Data": STANDARD.encode(mail.mime())}},
        });
        if let Some(name) = &self.configuration_set {
            body["ConfigurationSetName"] = json!(name);
        }
        let body = Bytes::from(body.to_string());
        let request = self.signed(&body).await?;
        let sent = self.client.post(self.url.clone()).headers(request.headers().clone()).body(body).send().await;
        let mut response = sent.map_err(|error| answer::Failed::unreachable(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if (200..300).contains(&status) {
            return Ok(());
        }
        let mut text = Vec::new();
        while text.len() < ANSWER_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            text.extend_from_slice(&chunk);
        }
        let kind = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        Err(answer::Failed::read(status, kind, &text))
    }

    /// The request with its signature (AWS Signature Version 4), without the body.
    async fn signed(&self, body: &Bytes) -> Result<HttpRequest, answer::Failed> {
        let credential =
            self.credentials.get_credential().await.map_err(|error| {
                answer::Failed::temporary(format!("no credentials for Amazon SES were found: {error}"))
            })?;
        let mut request = HttpRequest::new(HttpRequestBody::from(body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.as_str().parse().map_err(answer::Failed::unsigned)?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let authorizer = AwsAuthorizer::new(&credential, "ses", &self.region);
        authorizer.try_authorize(&mut request, None).map_err(answer::Failed::unsigned)?;
        Ok(request)
    }
}

impl Provider for Ses {
    fn name(&self) -> &str {
        "ses"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        match self.request(mail, mail.recipients()).await {
            Ok(()) => return Ok(Vec::new()),
            Err(failed) if failed.is_rejected && mail.recipients().len() > 1 => {}
            Err(failed) => return Err(failed.error()),
        }
        let mut refused = Vec::new();
        for recipient in mail.recipients() {
            if let Err(failed) = self.request(mail, std::slice::from_ref(recipient)).await {
                refused.push(Refused {
                    address: recipient.clone(),
                    is_permanent: failed.is_rejected,
                    reason: failed.reason,
                });
            }
        }
        Ok(refused)
    }
}
