//! Running work again after a conflict with concurrent work.

use std::time::Duration;

use uuid::Uuid;

use crate::context::{Context, Retried, db_error};
use crate::error::Result;

/// How often work is attempted at most before the conflict becomes the answer.
const ATTEMPTS: u32 = 3;

/// Runs work again when it conflicted with concurrent work: one attempt at a time within this process, and after a pause
/// that differs between processes.
pub(super) async fn retrying<T, F>(ctx: &Context, kind: Retried, attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut attempts = ctx.attempts(kind);
    let mut number = 1;
    loop {
        attempts.begin(number == ATTEMPTS).await.map_err(db_error::read)?;
        match attempt().await {
            Err(error) if error.is_retryable() && number < ATTEMPTS => {
                attempts.wait_to_repeat().await;
                // The last bits of a version 7 id are random (RFC 9562 section 5.7).
                let jitter = u64::from(Uuid::now_v7().as_bytes()[15]) * u64::from(number) / 8;
                tokio::time::sleep(Duration::from_millis(5 + jitter)).await;
                number += 1;
            }
            done => return done,
        }
    }
}
