//! The worker of the outbox, for as long as the application runs.

use super::application::App;
use crate::context::Context;
use crate::error::Result;
#[cfg(feature = "mail")]
use crate::events::Worker;

/// The worker of the outbox, if the application has one.
#[derive(Default)]
pub(crate) struct Deliveries(#[cfg(feature = "mail")] Option<Worker>);

impl Deliveries {
    /// Starts the worker, if the application has an outbox. Its table must be there.
    pub(super) async fn start(app: &App, ctx: &Context) -> Result<Self> {
        #[cfg(feature = "mail")]
        if let Some(handlers) = app.outbox.clone() {
            return Ok(Self(Some(Worker::builder(ctx).with(handlers).start().await?)));
        }
        let _ = (app, ctx);
        Ok(Self::default())
    }

    /// Waits for deliveries, and gives back what cannot end in time.
    pub(crate) async fn stop(self) {
        #[cfg(feature = "mail")]
        if let Some(worker) = self.0 {
            worker.stop().await;
        }
    }
}
