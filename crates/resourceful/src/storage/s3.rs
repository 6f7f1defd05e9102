//! Files in S3, and in servers that speak its protocol.

use std::ops::Range;
use std::time::Duration;

use chrono::Utc;
use futures_util::future::BoxFuture;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::signer::{HeaderValue, Method, SignedUrlOptions, Signer as _};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use url::{Host, Url};

use super::body::Body;
use super::error::StorageError;
use super::key::Key;
use super::objects::{JOINING, Objects, failed, path};
use super::provider::{About, ByteStream, Entry, Meta, PresignedUpload, StorageProvider};
use crate::env::{Reader, SecretText, Setting, aws_credentials};

/// The default of `S3_TIMEOUT`. With what happens around it, an operation fails within 10 seconds.
const TIMEOUT: Duration = Duration::from_secs(9);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);

/// Where a bucket is, and who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// `S3_BUCKET`: the name of the bucket
    pub bucket: String,
    /// `S3_REGION`, or `AWS_REGION`; `us-east-1` by default, which servers other than S3 usually accept
    pub region: String,
    /// `S3_ENDPOINT`: the address of a server that is not S3, such as `https://fsn1.your-objectstorage.com`. It must be `https`,
    /// unless it is this machine
    pub endpoint: Option<String>,
    /// `S3_PATH_STYLE`: the bucket is in the path of URLs and not in the host name; true by default with an endpoint
    pub path_style: bool,
    /// `S3_TIMEOUT`: how long one operation may take, one part of 8 MiB, and a pause while a file is read; 9 seconds by default
    pub timeout: Duration,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and the other variables of the AWS tools, by their names; without them the
    /// role of the machine or of the container is used
    pub credentials: Vec<(String, SecretText)>,
}

impl S3Settings {
    pub(super) fn variables() -> Vec<Setting> {
        vec![
            Setting::new("S3_BUCKET", "With STORAGE_PROVIDER=s3: the name of the bucket."),
            Setting::new("S3_REGION", "The region of the bucket.").otherwise("the value of AWS_REGION, or us-east-1"),
            Setting::new(
                "S3_ENDPOINT",
                "The address of a server other than Amazon S3; it must be https, except on this machine.",
            )
            .example("https://s3.example.com"),
            Setting::new("S3_PATH_STYLE", "true: the bucket is in the path of URLs, and not in the host name.")
                .otherwise("true with S3_ENDPOINT, else false"),
            Setting::new(
                "S3_TIMEOUT",
                "How many seconds one operation may take, one part of 8 MiB, and a pause in a download.",
            )
            .default(TIMEOUT.as_secs().to_string()),
        ]
    }

    pub(super) fn from_env(reader: &mut Reader<'_>) -> Self {
        let bucket = reader.text("S3_BUCKET").unwrap_or_default();
        if bucket.is_empty() {
            reader.problem("S3_BUCKET is missing; it is the name of the bucket for files (STORAGE_PROVIDER is s3)");
        }
        let endpoint = reader.text("S3_ENDPOINT");
        let problem = endpoint.as_deref().and_then(endpoint_problem);
        reader.problems(problem.map(|problem| format!("S3_ENDPOINT {problem}")));
        let path_style = reader.parsed("S3_PATH_STYLE", "true or false").unwrap_or(endpoint.is_some());
        let timeout = match reader.seconds("S3_TIMEOUT") {
            Some(Duration::ZERO) => {
                reader.problem("S3_TIMEOUT is 0; it must be a number of seconds above 0");
                TIMEOUT
            }
            timeout => timeout.unwrap_or(TIMEOUT),
        };
        let credentials = aws_credentials(reader);
        let region = reader.text("S3_REGION").or_else(|| reader.text("AWS_REGION"));
        Self {
            bucket,
            region: region.unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint,
            path_style,
            timeout,
            credentials,
        }
    }
}

/// What is wrong with an endpoint, as the end of a sentence.
fn endpoint_problem(text: &str) -> Option<String> {
    let Ok(url) = Url::parse(text) else {
        return Some(format!("is `{text}`; it must be a URL such as https://s3.example.com"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("contains credentials; they belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned());
    }
    match url.scheme() {
        "https" => None,
        "http" if is_loopback(&url) => None,
        "http" => Some(format!(
            "is `{text}`; it must begin with https://, because files and signatures would be readable on the way"
        )),
        _ => Some(format!("is `{text}`; it must begin with https://")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Files in a bucket of S3, or of a server that speaks its protocol: the provider `s3`.
///
/// # Errors
/// If the settings do not fit together: an endpoint that is not `https`, or invalid credentials. The bucket is not contacted.
pub fn s3(settings: &S3Settings) -> Result<impl StorageProvider, StorageError> {
    let S3Settings { bucket, region, endpoint, path_style, timeout, credentials } = settings;
    if let Some(problem) = endpoint.as_deref().and_then(endpoint_problem) {
        return Err(StorageError::invalid(format!("The endpoint of S3 {problem}")));
    }
    let is_http = endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http:"));
    let client = ClientOptions::new()
        .with_allow_http(is_http)
        // A file can take any time. How long an operation may take is limited around it: most have the time of the setting, and those
        // in which the server reads and writes a whole file have more.
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT.min(*timeout))
        .with_read_timeout(JOINING.max(*timeout));
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.0,
        },
        max_retries: 3,
        retry_timeout: JOINING.max(*timeout),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region)
        .with_virtual_hosted_style_request(!path_style)
        .with_client_options(client)
        // Not all servers have the request that deletes several objects at once, which is used for one object too.
        .with_disable_bulk_delete(true)
        .with_retry(retry);
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    for (name, value) in credentials {
        let key: AmazonS3ConfigKey = name.to_ascii_lowercase().parse().map_err(failed)?;
        builder = builder.with_config(key, &value.0);
    }
    let store = builder.build().map_err(|error| {
        StorageError::invalid("The settings of S3 cannot be used; check S3_ENDPOINT and the credentials").because(error)
    })?;
    Ok(S3 { objects: Objects::new(store.clone()).ordered().patience(*timeout), store, timeout: *timeout })
}

struct S3 {
    objects: Objects,
    store: AmazonS3,
    timeout: Duration,
}

impl S3 {
    /// Signs a request. Without stored credentials this asks for some.
    async fn sign(
        &self,
        method: Method,
        key: &Key,
        expires: Duration,
        options: SignedUrlOptions,
    ) -> Result<String, StorageError> {
        let path = path(key)?;
        let signing = self.store.signed_url_opts(method, &path, expires, &options);
        match tokio::time::timeout(self.timeout, signing).await {
            Ok(signed) => signed.map(String::from).map_err(failed),
            Err(late) => Err(StorageError::unavailable(late)),
        }
    }
}

impl StorageProvider for S3 {
    fn put<'a>(
        &'a self,
        key: &'a Key,
        about: &'a About,
        body: Body,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>> {
        self.objects.put(key, about, body)
    }

    fn read<'a>(
        &'a self,
        key: &'a Key,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<(Meta, ByteStream), StorageError>> {
        self.objects.read(key, range)
    }

    fn head<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Meta, StorageError>> {
        self.objects.head(key)
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        self.objects.delete(key)
    }

    fn list<'a>(
        &'a self,
        folder: &'a str,
        after: Option<&'a Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>> {
        self.objects.list(folder, after, limit)
    }

    fn copy<'a>(&'a self, from: &'a Key, to: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        self.objects.copy(from, to)
    }

    fn sign_download<'a>(
        &'a self,
        key: &'a Key,
        expires: Duration,
        disposition: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>> {
        Box::pin(async move {
            let query = disposition.map(|value| ("response-content-disposition", value));
            let options = SignedUrlOptions::new().with_query(query);
            self.sign(Method::GET, key, expires, options).await.map(Some)
        })
    }

    fn sign_upload<'a>(
        &'a self,
        key: &'a Key,
        expires: Duration,
        about: &'a About,
    ) -> BoxFuture<'a, Result<Option<PresignedUpload>, StorageError>> {
        Box::pin(async move {
            let mut options = SignedUrlOptions::new();
            let mut headers = Vec::new();
            // A link stores a file once: what was confirmed must not be replaced by something else.
            let once = [("if-none-match".to_owned(), "*".to_owned())];
            for (name, value) in self.objects.headers(about).into_iter().chain(once) {
                let (Ok(header), Ok(signed)) = (name.parse(), HeaderValue::from_str(&value)) else {
                    return Err(StorageError::invalid("The content type cannot be a header"));
                };
                options = options.with_signed_header(header, signed);
                headers.push((name, value));
            }
            let url = self.sign(Method::PUT, key, expires, options).await?;
            Ok(Some(PresignedUpload::put(url, headers, Utc::now() + expires)))
        })
    }
}
