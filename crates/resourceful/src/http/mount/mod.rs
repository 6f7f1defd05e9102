//! The API as an actix service: for the assembled server and for an actix application of your own.

mod neighbours;
pub(crate) mod services;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::web;

use self::services::services;
use crate::context::Context;
use crate::http::openapi::assemble;
use crate::http::prefix::ApiPrefix;
use crate::http::routing::table::Api;
use crate::rates::Limiter;

/// Mounts resources into an actix application of your own, below the API prefix of the context.
///
/// ```no_run
/// # use resourceful::prelude::*;
/// # #[derive(Clone, Debug, Resource)]
/// # pub struct Project { pub id: Uuid, pub name: String }
/// # async fn run() -> resourceful::Result<()> {
/// let ctx = Context::from_env().await?;
/// let _app = || resourceful::actix_web::App::new().service(resourceful::mount(&ctx).resource::<Project>());
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
///
/// The mounted API has its own errors, limits and headers; everything outside of it is unchanged.
///
/// All paths below the API prefix belong to it, so routes of the application that begin with the prefix come before it,
/// or go into [`actix_scope`](Mount::actix_scope). With the prefix `/` it takes only the paths of its endpoints. Two APIs
/// may be mounted next to each other, also with different contexts: the first that has the path answers.
///
/// It can be inside actix scopes with parameters and middleware, and at several places of one application. Endpoints see
/// the parameters of their own paths only, whatever those around are called; [`below`](Mount::below) adds the others to
/// the OpenAPI document.
pub fn mount(ctx: &Context) -> Mount {
    Mount {
        ctx: ctx.clone(),
        api: Api::default(),
        below: String::new(),
        #[cfg(feature = "utoipa")]
        documents: Vec::new(),
    }
}

/// Resources and scopes to be mounted into an actix application.
#[must_use = "a mounted API does nothing until it is registered as a service of an actix application"]
pub struct Mount {
    ctx: Context,
    api: Api,
    below: String,
    #[cfg(feature = "utoipa")]
    documents: Vec<utoipa::openapi::OpenApi>,
}

crate::http::builder::api_methods!(Mount);

impl Mount {
    /// Sets the path of the application below which this is mounted, such as `/tenants/{tenant}`, when it is inside actix
    /// scopes. Only the document needs it: everything else uses the path of each request.
    pub fn below(mut self, path: impl Into<String>) -> Self {
        self.below = path.into();
        self
    }

    /// The OpenAPI document of what is mounted, in JSON, with this title and version. Its paths are complete: the path of
    /// [`below`](Self::below), the API prefix, and the path of the endpoint.
    ///
    /// # Panics
    /// When the parts do not fit together; the message says what to change.
    pub fn document(&self, title: &str, version: &str) -> serde_json::Value {
        self.assert_valid();
        let prefix = format!("{}{}", self.below.trim_end_matches('/'), ApiPrefix::of_context(&self.ctx));
        let document =
            assemble::document(&self.api, title, version, "", &prefix, self.ctx.extension::<Limiter>().is_some());
        #[cfg(feature = "utoipa")]
        let document = assemble::merge_documents(document, &self.documents, &self.api, &prefix);
        document
    }

    /// The table of endpoints, for resources of the framework's own.
    #[cfg(feature = "rbac")]
    pub(crate) fn api_mut(&mut self) -> &mut Api {
        &mut self.api
    }

    fn assert_valid(&self) {
        let mut errors = self.api.validate();
        if !self.below.is_empty() && !self.below.starts_with('/') {
            errors.push(format!("`below` names `{0}`, which does not begin with a slash; write `/{0}`", self.below));
        }
        assert!(errors.is_empty(), "the parts of the mounted API do not fit together: {}", errors.join("; "));
    }

    /// The same as a function for `App::configure`.
    pub fn into_config(self) -> impl FnOnce(&mut web::ServiceConfig) {
        move |config| {
            config.service(self);
        }
    }
}

impl HttpServiceFactory for Mount {
    /// # Panics
    /// When the parts do not fit together; the message says what to change.
    fn register(self, service: &mut AppService) {
        self.assert_valid();
        self.api.reserve_path_words(&self.ctx);
        services(&self.ctx, &self.api).register(service);
    }
}
