//! Makes events of the failures that requests report.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use sentry_core::Client;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, Registry};

use super::User;
use super::event::{Failure, causes};
use crate::trace;

/// Takes failures and sends them.
pub(super) struct Reports {
    client: Arc<Client>,
    user: User,
}

impl Reports {
    pub(super) fn new(client: Arc<Client>, user: User) -> Self {
        Self { client, user }
    }

    /// For failures only.
    pub(super) fn filtered(self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let only = filter_fn(|metadata| metadata.target() == trace::FAILURES);
        self.with_filter(only.with_max_level_hint(LevelFilter::TRACE)).boxed()
    }
}

impl<S: Subscriber> Layer<S> for Reports {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields { failure: Failure::default(), user: &self.user };
        event.record(&mut fields);
        self.client.capture_event(fields.failure.event(), None);
    }
}

/// The fields of a failure.
struct Fields<'a> {
    failure: Failure,
    user: &'a User,
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let failure = &mut self.failure;
        match field.name() {
            "slug" => value.clone_into(&mut failure.slug),
            "method" => value.clone_into(&mut failure.method),
            "route" => failure.route = Some(value.to_owned()),
            "request_id" => failure.request_id = Some(value.to_owned()),
            "trace" => failure.trace = Some(value.to_owned()),
            "user" => failure.user = self.user.id(value),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.failure.status = value;
        }
    }

    fn record_error(&mut self, _: &Field, error: &(dyn Error + 'static)) {
        self.failure.causes = causes(error);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
