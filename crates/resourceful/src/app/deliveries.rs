//! The worker of the outbox, for as long as the application runs.

use std::pin::pin;
use std::time::Duration;

use actix_web::dev::Server;

use super::application::App;
use super::shutdown::Shutdown;
use crate::context::Context;
use crate::error::Result;
#[cfg(feature = "mail")]
use crate::events::Worker;
#[cfg(feature = "mail")]
use crate::mail::EmailProvider;

/// The worker of the outbox, if the application has one.
#[derive(Default)]
pub(crate) struct Deliveries(#[cfg(feature = "mail")] Option<Worker>);

impl Deliveries {
    /// Starts the worker, if the application has an outbox. Its table must be there.
    pub(super) async fn start(app: &App, ctx: &Context) -> Result<Self> {
        #[cfg(feature = "mail")]
        if let Some(handlers) = app.outbox.clone() {
            warn(app);
            return Ok(Self(Some(Worker::builder(ctx).with(handlers).start().await?)));
        }
        let _ = (app, ctx);
        Ok(Self::default())
    }

    /// Runs the server, and ends together with it: at the signal both have this time. So deliveries do not wait until all
    /// requests are answered, and the process ends as soon as its operator expects.
    pub(super) async fn beside(self, server: Server, shutdown: &Shutdown, limit: Duration) -> std::io::Result<()> {
        let mut server = pin!(server);
        tokio::select! {
            served = &mut server => {
                self.stop_within(limit).await;
                return served;
            }
            () = shutdown.begun() => {}
        }
        let (served, ()) = tokio::join!(server, self.stop_within(limit));
        served
    }

    /// Waits for deliveries, and gives back what cannot end in time.
    #[cfg(feature = "testing")]
    pub(crate) async fn stop(self) {
        #[cfg(feature = "mail")]
        if let Some(worker) = self.0 {
            worker.stop().await;
        }
    }

    async fn stop_within(self, limit: Duration) {
        #[cfg(feature = "mail")]
        if let Some(worker) = self.0 {
            worker.stop_within(limit).await;
        }
        let _ = limit;
    }
}

/// Says what keeps mail from being sent, although the application can start.
#[cfg(feature = "mail")]
fn warn(app: &App) {
    let is_missing = matches!(app.settings.email.provider, EmailProvider::Missing);
    if app.sends_mail && is_missing && app.mail.provider.is_none() {
        tracing::warn!(
            "the application sends mail, and EMAIL_PROVIDER is not set: mail waits in the outbox until it is set to smtp, \
             ses, file or log"
        );
    }
}
