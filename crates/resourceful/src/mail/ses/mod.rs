//! The provider `ses`: mails go to the HTTPS API of Amazon SES, version 2.

mod answer;
mod settings;

pub use settings::SesSettings;

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredentialProvider};
use object_store::client::{HttpRequest, HttpRequestBody};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Url, redirect};
use serde_json::json;

use answer::{Failed, What};

use super::outcome::{Refused, SendError};
use super::prepared::Prepared;
use super::provider::Provider;
use crate::error::StartupError;

/// The most bytes of an answer that are read. Answers of SES are short.
const ANSWER_BYTES: usize = 64 * 1024;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

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
    /// If a setting about credentials is invalid, or if the endpoint is on another machine and has no encryption.
    pub fn new(settings: &SesSettings) -> Result<Self, StartupError> {
        let invalid = |error: &dyn std::fmt::Display| {
            StartupError::new(format!("EMAIL_PROVIDER is ses, but it cannot be used: {error}"))
        };
        if !settings.has_safe_endpoint() {
            return Err(invalid(&format_args!(
                "SES_ENDPOINT is `{}`; it must be an https URL without a path, or an http URL of this machine",
                settings.endpoint
            )));
        }
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
            // Shorter than an attempt: SES certainly has no mail then.
            .connect_timeout(CONNECT)
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
    async fn request(&self, mail: &Prepared, recipients: &[String]) -> Result<(), Failed> {
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
        mail.clock().hands_over();
        let sent = self.client.post(self.url.clone()).headers(request.headers().clone()).body(body).send().await;
        let mut response = sent.map_err(|error| Failed::unreachable(&error))?;
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
        Err(Failed::read(status, kind, &text))
    }

    /// The request with its signature (AWS Signature Version 4), without the body.
    async fn signed(&self, body: &Bytes) -> Result<HttpRequest, Failed> {
        let credential = self
            .credentials
            .get_credential()
            .await
            .map_err(|error| Failed::unavailable(format!("no credentials for Amazon SES were found: {error}")))?;
        let mut request = HttpRequest::new(HttpRequestBody::from(body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.as_str().parse().map_err(Failed::unsigned)?;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let authorizer = AwsAuthorizer::new(&credential, "ses", &self.region);
        authorizer.try_authorize(&mut request, None).map_err(Failed::unsigned)?;
        Ok(request)
    }
}

impl Provider for Ses {
    fn name(&self) -> &str {
        "ses"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        let all = self.request(mail, mail.recipients()).await;
        mail.clock().talks();
        match all {
            Ok(()) => return Ok(Vec::new()),
            Err(failed) if mail.recipients().len() > 1 && failed.is_about_one(mail.sender()) => {}
            Err(failed) => return Err(failed.error()),
        }
        Ok(self.one_by_one(mail).await)
    }

    /// Signs a request, which needs the credentials. It is not sent: the rights that sending needs allow no other request.
    async fn check(&self) -> Result<(), SendError> {
        self.signed(&Bytes::new()).await.map(drop).map_err(Failed::error)
    }
}

impl Ses {
    /// Sends a mail to each recipient. Whoever cannot be reached in time is refused for now: the others have it, and must
    /// not get it again.
    async fn one_by_one(&self, mail: &Prepared) -> Vec<Refused> {
        let left = mail.deadline().saturating_duration_since(Instant::now());
        let until = tokio::time::Instant::from_std(Instant::now() + left.mul_f32(0.9));
        let mut refused = Vec::new();
        for recipient in mail.recipients() {
            let late =
                || Failed { what: What::Later, reason: "there was not enough time for all recipients".to_owned() };
            // A request that begins too late would be sent without anybody hearing of it.
            let sent = if tokio::time::Instant::now() < until {
                let request = self.request(mail, std::slice::from_ref(recipient));
                tokio::time::timeout_at(until, request).await.unwrap_or_else(|_| Err(late()))
            } else {
                Err(late())
            };
            let Err(Failed { what, reason }) = sent else { continue };
            let is_permanent = what == What::Rejected;
            refused.push(Refused { address: recipient.clone(), reason, is_permanent });
        }
        mail.clock().talks();
        refused
    }
}
