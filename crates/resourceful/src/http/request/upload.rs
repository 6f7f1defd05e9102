//! Reading a body as it arrives, for a file: it has a limit of its own, and is never in memory as a whole.

use std::time::Duration;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, web};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::Instant;

use crate::error::{Error, Result, catalogue};
use crate::limits::Limits;

/// The number of bytes for which a client has the time of the limit.
const STRETCH: usize = 1024 * 1024;

/// The bytes of a body. A client has the time of `BODY_TIMEOUT` for each MiB of it; the time in which nobody reads the body
/// does not count. The limit of a form is larger than that of its file, which an error names.
///
/// # Errors
/// At once: 413 if the body announces more than the limit, 415 if it is encoded. From the stream: 413 if it has more, whatever it has
/// announced; 408 for a client that sends too slowly, 400 if the connection ends.
pub(crate) fn upload_body(
    req: &HttpRequest,
    payload: web::Payload,
    limits: &Limits,
    limit: u64,
    of_file: u64,
) -> Result<impl Stream<Item = Result<Bytes>> + use<>> {
    let announced = req.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(of_file));
    }
    let encoding = req.headers().get(CONTENT_ENCODING).map(|value| value.as_bytes());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(Error::new(&catalogue::UNSUPPORTED_MEDIA_TYPE, "Send the file without a content encoding"));
    }
    let patience = limits.body_timeout;
    let arriving = Arriving { payload, patience, waited: Duration::ZERO, arrived: 0, left: limit, of_file };
    Ok(stream::try_unfold(
        arriving,
        |mut arriving| async move { Ok(arriving.next().await?.map(|bytes| (bytes, arriving))) },
    ))
}

struct Arriving {
    payload: web::Payload,
    patience: Duration,
    /// How long the current MiB was waited for.
    waited: Duration,
    /// How much of it has arrived.
    arrived: usize,
    /// How much may still arrive, of how much.
    left: u64,
    /// How much of it may be the file.
    of_file: u64,
}

fn too_large(limit: u64) -> Error {
    Error::new(&catalogue::PAYLOAD_TOO_LARGE, format!("The file must have at most {limit} bytes"))
}

impl Arriving {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let started = Instant::now();
        let next = tokio::time::timeout(self.patience.saturating_sub(self.waited), self.payload.next()).await;
        let Ok(next) = next else {
            let seconds = self.patience.as_secs_f64();
            let detail = format!("A MiB of the file took longer than {seconds} seconds to arrive");
            return Err(Error::new(&catalogue::REQUEST_TIMEOUT, detail));
        };
        self.waited += started.elapsed();
        let Some(bytes) = next.transpose().map_err(|error| {
            Error::new(&catalogue::INVALID_REQUEST, "The body did not arrive completely").with_source(error.to_string())
        })?
        else {
            return Ok(None);
        };
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| too_large(self.of_file))?;
        self.arrived += bytes.len();
        if self.arrived >= STRETCH {
            (self.arrived, self.waited) = (self.arrived % STRETCH, Duration::ZERO);
        }
        Ok(Some(bytes))
    }
}
