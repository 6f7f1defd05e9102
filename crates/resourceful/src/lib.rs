//! One plain struct is a whole REST back end: [`#[derive(Resource)]`](macro@Resource) makes the SeaORM entity, input
//! types, a service, guarded actix-web endpoints and their OpenAPI document of it, on SQLite or PostgreSQL.
//!
//! ```no_run
//! use resourceful::prelude::*;
//!
//! /// Something to sell.
//! #[derive(Clone, Debug, Resource)]
//! pub struct Product {
//!     pub id: Uuid,
//!     #[resource(length(1..=100), filter, sort, search)]
//!     pub name: String,
//!     #[resource(range(0..))]
//!     pub price: Decimal,
//!     pub created_at: DateTime<Utc>,
//! }
//!
//! #[resourceful::main]
//! async fn main() -> resourceful::Result<()> {
//!     App::from_env()?.resource::<Product>().run().await
//! }
//! ```
//!
//! # Where to look
//!
//! The [guides](guide) are in the order in which one learns.
//!
//! | for | see |
//! |---|---|
//! | your own crate, commands, settings | [`guide::start`] |
//! | the attributes of a resource and the types of fields | [`Resource`](macro@Resource) |
//! | enums as fields | [`ResourceEnum`](macro@ResourceEnum) |
//! | every setting | [`guide::configuration`] |
//! | filters, sort orders, pages, included rows | [`guide::queries`] |
//! | what a caller must hold | [`guide::permissions`], [`Requirement`] |
//! | which rows and fields a caller sees and changes | [`guide::policies`], [`Policy`] |
//! | your own endpoints | [`guide::endpoints`], [`get`], [`post`], [`put`], [`patch`], [`delete`] |
//! | mail and other messages that are stored with a change and delivered afterwards | `events`, `guide::outbox` and [`App`], with the feature `mail` |
//! | several writes in one transaction, code that runs with writes | [`guide::transactions`], [`Tx`], [`Hooks`] |
//! | the methods of a service | [`Crud`], [`Query`] |
//! | scopes of endpoints, also of plain actix handlers | [`App::scope`], [`App::actix_scope`], [`require`] |
//! | the program: settings, commands, seed, migrations | [`App`], [`Settings`] |
//! | resources in an actix application that you have | [`guide::actix`], [`mount`] |
//! | errors, and problems of your own | [`Error`], [`ProblemType`], [`error::catalogue`], [`error::codes`] |
//! | access tokens | [`auth`], [`CurrentUser`], [`auth::auth0`] |
//! | files, in a folder or in S3 | `guide::storage` and `storage`, with the feature `storage` |
//! | values that are kept for a while, in memory and in Redis | [`guide::caching`], [`cached`], [`cache`] |
//! | mail: messages, templates, providers | `guide::email` and `mail`, with the feature `mail` |
//! | memory, time and connections that a request can use | [`guide::limits`], [`Limits`] |
//! | how many requests each user and each address may send | [`guide::rate_limits`], [`rates`] |
//! | a reverse proxy in front | [`guide::proxy`] |
//! | metrics, health, slow SQL statements | [`guide::metrics`] |
//! | the log, traces for OpenTelemetry, failures for Sentry | [`guide::logging`], [`trace`] |
//! | what an answer or a message means | [`guide::troubleshooting`] |
//! | tests | `testing`, `guide::testing` and `security_suite!`, with the feature `testing` |
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `sqlite` (default) | SQLite |
//! | `postgres` | PostgreSQL; with `tls` over TLS |
//! | `redis` | cached values and used DPoP proofs are shared between processes in Redis (`REDIS_URL`); with `redis-tls` over TLS |
//! | `jwks-http` (default) | the issuer's signing keys are fetched over HTTPS |
//! | `docs` (default) | the page at `/docs`, from files inside the binary |
//! | `utoipa` | OpenAPI documents of plain actix handlers become part of the application's: `App::openapi` |
//! | `migrate` (default) | SeaORM migrations and the command `migrate` |
//! | `rbac` | roles and permissions in the application's own database (`AUTH0_USE_RBAC`) |
//! | `mail` | messages, templates, and mails in the log or in files: `ctx.mailer()` |
//! | `smtp` | mails through any mail server (`EMAIL_PROVIDER=smtp`) |
//! | `ses` | mails through the HTTPS API of Amazon SES (`EMAIL_PROVIDER=ses`) |
//! | `telemetry` (default) | log lines on standard error |
//! | `otel` | traces of requests for an OpenTelemetry collector (`OTEL_EXPORTER_OTLP_ENDPOINT`) |
//! | `sentry` | failures are reported to Sentry (`SENTRY_DSN`) |
//! | `storage` | files: uploads, downloads and links, in a folder; with `s3` in S3 and servers that speak its protocol |
//! | `thumbnails` | smaller copies of images, in the sizes that a field names (`thumbs`) |
//! | `testing` | a test application, a token issuer and callers for tests |
#![warn(unreachable_pub)]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("resourceful needs a database: turn on its feature `sqlite`, `postgres`, or both");

// Generated code uses the name of this crate, also inside the crate itself.
extern crate self as resourceful;

mod actor;
mod app;
pub mod auth;
pub mod cache;
pub mod context;
mod env;
pub mod error;
mod etag;
#[cfg(feature = "mail")]
pub mod events;
mod hooks;
mod html;
mod http;
mod json;
pub mod limits;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "storage")]
mod media;
mod metrics;
mod page;
mod policy;
mod query;
pub mod rates;
#[cfg(feature = "rbac")]
pub mod rbac;
#[cfg(feature = "redis")]
pub mod redis;
mod resource;
mod rules;
pub mod schema;
mod service;
pub mod spec;
#[cfg(feature = "storage")]
pub mod storage;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trace;

pub use actor::{Actor, CurrentUser};
pub use app::{App, CorsSettings, LogFormat, LogSettings, MetricsSettings, ServerSettings, Settings};
#[cfg(feature = "otel")]
pub use app::{Sampling, TraceSettings};
#[cfg(feature = "sentry")]
pub use app::{SentrySettings, SentryUser};
pub use context::{Context, Executor, Tx};
pub use env::{Environment, SecretText};
pub use error::{Class, Code, Error, FieldError, ProblemType, Result, StartupError};
pub use etag::{IfMatch, IntoIfMatch};
pub use hooks::{Change, Hooks};
#[cfg(feature = "storage")]
pub use http::storage_links;
pub use http::{ApiPrefix, Mount, Out, Path, QueryParams, Require, Routes, TrustedProxies, mount, require};
pub use limits::Limits;
pub use page::Page;
pub use policy::{Policy, Rows};
#[cfg(feature = "storage")]
pub use resource::FileRef;
pub use resource::{
    FieldType, HookContext, IdType, Input, Json, JsonShape, Resource, ResourceEnum, Scalar, ToMany, ToOne,
};
#[doc(inline)]
#[doc = include_str!("docs/attributes.md")]
pub use resourceful_macros::Resource;
#[doc(inline)]
#[doc = include_str!("docs/macros/resource_enum.md")]
pub use resourceful_macros::ResourceEnum;
#[doc(inline)]
#[doc = include_str!("docs/macros/cached.md")]
pub use resourceful_macros::cached;
#[doc(inline)]
#[doc = include_str!("docs/macros/endpoint.md")]
pub use resourceful_macros::get;
#[doc(inline)]
#[doc = include_str!("docs/macros/main.md")]
pub use resourceful_macros::main;
#[doc(inline)]
pub use resourceful_macros::{delete, patch, post, put};
pub use rules::RuleError;
pub use service::{Crud, Loadable, Query, ResourceService};
#[cfg(feature = "storage")]
pub use service::{NewFile, OpenFile, Sweep, Swept};
pub use spec::{Operation, Requirement, ResourceSpec};

#[cfg(feature = "utoipa")]
pub use utoipa;
pub use {actix_web, chrono, rust_decimal, sea_orm, serde, serde_json, uuid};

/// The items that a file with resources and endpoints needs, for one `use` line.
pub mod prelude {
    pub use crate::ResourceService as _;
    pub use crate::{
        App, Change, Context, Crud, CurrentUser, Error, HookContext, Hooks, IfMatch, Json, Operation, Out, Page, Path,
        Policy, Query, QueryParams, Requirement, Resource, ResourceEnum, Result, Rows, Tx,
    };
    #[cfg(feature = "storage")]
    pub use crate::{FileRef, NewFile};
    pub use crate::{cached, delete, get, patch, post, put};
    pub use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    pub use rust_decimal::Decimal;
    pub use uuid::Uuid;
}

/// Guides, in the order in which you learn.
///
/// | guide | what it covers |
/// |---|---|
/// | 1. [start](guide::start) | your own crate, from `cargo new` to the first row; generated code, commands, settings, the first migration |
#[cfg_attr(
    feature = "migrate",
    doc = "| [migrations](guide::migrations) | changing a struct whose table has rows: what is written, what is never guessed, what is locked |"
)]
#[cfg_attr(
    not(feature = "migrate"),
    doc = "| `migrations` | changing a struct whose table has rows (feature `migrate`) |"
)]
/// | 2. [fields](macro@crate::Resource) | the attributes of a resource and the types of its fields (the documentation of the derive) |
/// | 3. [queries](guide::queries) | what clients can request of a list: pages, sort orders, filters, search, related rows |
/// | 4. [permissions](guide::permissions) | which permissions callers need; groups of endpoints; roles; why access was denied |
/// | 5. [policies](guide::policies) | which rows and fields callers see and change; policies by join |
/// | 6. [endpoints](guide::endpoints) | endpoints that you write: arguments, bodies, responses, errors, services |
/// | 7. [transactions](guide::transactions) | atomic writes, retries, hooks, checks across fields |
/// | 8. [caching](guide::caching) | values that are kept for a while, in memory and in Redis |
/// | [replicas](guide::replicas) | reads on replicas of PostgreSQL |
/// | 9. [actix](guide::actix) | resources in your own actix application |
/// | [configuration](guide::configuration) | every setting, with its default |
#[cfg_attr(
    feature = "storage",
    doc = "| [files](guide::files), [storage](guide::storage) | files of rows; a folder, Amazon S3, a provider of your own |"
)]
#[cfg_attr(
    not(feature = "storage"),
    doc = "| `files`, `storage` | files of rows; a folder, Amazon S3, a provider of your own (feature `storage`) |"
)]
#[cfg_attr(
    feature = "mail",
    doc = "| [outbox](guide::outbox) | mail and messages that are stored with a change, and delivered if it is committed |"
)]
#[cfg_attr(
    not(feature = "mail"),
    doc = "| `outbox` | mail and messages that are stored with a change, and delivered if it is committed (feature `mail`) |"
)]
#[cfg_attr(
    feature = "mail",
    doc = "| [email](guide::email) | mails: from nothing to the first that arrives, templates, failures |"
)]
#[cfg_attr(
    not(feature = "mail"),
    doc = "| `email` | mails: from nothing to the first that arrives, templates, failures (feature `mail`) |"
)]
#[cfg_attr(
    feature = "testing",
    doc = "| 10. [testing](guide::testing) | tests over HTTP, fixtures, the authorization suite (feature `testing`) |"
)]
#[cfg_attr(
    not(feature = "testing"),
    doc = "| 10. `testing` | tests over HTTP, fixtures, the authorization suite (feature `testing`) |"
)]
/// | 11. [auth0](crate::auth::auth0) | an Auth0 tenant; how tokens and permissions work |
/// | [identity providers](crate::auth::identity_providers) | tokens of Keycloak, Okta, Entra ID, Cognito, Google and others |
/// | 12. [limits](guide::limits) | the memory, time and connections that requests can use |
/// | 13. [rate limits](guide::rate_limits) | how many requests each user and each address may send; overload |
/// | 14. [proxy](guide::proxy) | what to put in front of the server |
/// | [deployment](guide::deployment) | containers, databases, backups, the next version |
/// | [existing tables](guide::existing_tables) | tables that somebody else has made: types, schemas, columns that the database fills |
/// | [poolers](guide::poolers) | PgBouncer between the application and PostgreSQL |
/// | [upgrading](guide::upgrading) | a newer version of Resourceful or of your application, and the way back |
/// | 15. [metrics](guide::metrics) | numbers for Prometheus and Grafana, health, slow SQL statements |
/// | [logging](guide::logging) | the log, request ids and traces, OpenTelemetry, Sentry |
/// | 16. [troubleshooting](guide::troubleshooting) | messages, and what to do about them |
/// | 17. [benchmarks](guide::benchmarks) | how fast it is beside hand-written servers, and how to repeat that |
pub mod guide {
    #[doc = include_str!("docs/start.md")]
    pub mod start {}

    #[cfg(feature = "migrate")]
    #[doc = include_str!("docs/migrations.md")]
    pub mod migrations {}

    #[doc = include_str!("docs/configuration.md")]
    pub mod configuration {}

    #[doc = include_str!("docs/queries.md")]
    pub mod queries {}

    #[doc = include_str!("docs/permissions.md")]
    pub mod permissions {}

    // Its examples start test applications, which the doctests of other builds do not have.
    #[cfg_attr(any(not(doctest), feature = "testing"), doc = include_str!("docs/policies.md"))]
    pub mod policies {}

    #[cfg_attr(any(not(doctest), feature = "testing"), doc = include_str!("docs/endpoints.md"))]
    pub mod endpoints {}

    #[doc = include_str!("docs/transactions.md")]
    pub mod transactions {}

    #[doc = include_str!("docs/caching.md")]
    pub mod caching {}

    #[doc = include_str!("docs/replicas.md")]
    pub mod replicas {}

    #[cfg(feature = "mail")]
    #[doc = include_str!("docs/outbox.md")]
    pub mod outbox {}
    #[cfg(feature = "storage")]
    #[doc = include_str!("docs/storage.md")]
    pub mod storage {}

    #[cfg(feature = "storage")]
    #[doc = include_str!("docs/files.md")]
    pub mod files {}

    #[doc = include_str!("docs/actix.md")]
    pub mod actix {}

    #[cfg(feature = "testing")]
    #[doc = include_str!("docs/testing.md")]
    pub mod testing {}

    #[cfg(feature = "mail")]
    #[doc = include_str!("docs/email.md")]
    pub mod email {}

    #[doc = include_str!("docs/limits.md")]
    pub mod limits {}

    #[doc = include_str!("docs/rate_limits.md")]
    pub mod rate_limits {}

    #[doc = include_str!("docs/deployment.md")]
    pub mod deployment {}

    #[doc = include_str!("docs/existing_tables.md")]
    pub mod existing_tables {}

    #[doc = include_str!("docs/poolers.md")]
    pub mod poolers {}

    #[doc = include_str!("docs/upgrading.md")]
    pub mod upgrading {}

    #[doc = include_str!("docs/proxy.md")]
    pub mod proxy {}

    #[doc = include_str!("docs/metrics.md")]
    pub mod metrics {}

    #[doc = include_str!("docs/logging.md")]
    pub mod logging {}

    #[doc = include_str!("docs/troubleshooting.md")]
    pub mod troubleshooting {}

    #[doc = include_str!("docs/benchmarks.md")]
    pub mod benchmarks {}
}

/// The engine, for the framework's own tests, which use it with specs that are written by hand. It is not part of the public
/// interface, and changes without notice.
#[doc(hidden)]
pub mod internals {
    #[doc(hidden)]
    pub mod actor {
        pub use crate::actor::*;
    }
    #[doc(hidden)]
    pub mod http {
        pub use crate::http::*;
    }
    #[doc(hidden)]
    pub mod policy {
        pub use crate::policy::*;
    }
    #[doc(hidden)]
    pub mod query {
        pub use crate::query::*;
    }
    #[doc(hidden)]
    pub mod resource {
        pub use crate::resource::*;
    }
    #[doc(hidden)]
    pub mod rules {
        pub use crate::rules::*;
    }
}

/// The items that generated code calls. They are not part of the public interface, and change without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::cache::{CacheKey, cache_of, cached_result, cached_value};
    pub use crate::hooks::hooks_of;
    pub use crate::http::routing::endpoint::{Answer, Endpoint, Route};
    pub use crate::http::signature::{Described, EndpointDoc, Part, Probe, Undescribed};
    pub use crate::http::{QueryUse, crud_from_request, extract, respond};
    pub use crate::policy::policy_of;
    pub use crate::resource::{
        ActiveSlot, Assignments, ComputedOf, FieldFns, FieldOf, FieldSlot, FieldTables, FieldType, FieldValue,
        HasHooks, HasPolicy, HookFns, IdType, Input, RefersTo, RelationFns, Resource, ResourceEnum, ResourceTable,
        Scalar, Table, WrongType, array_type, assert, belongs_to, column_def, column_named, compute, default_value,
        enum_from_value, enum_into_value, enum_read, enum_type, has_many, has_many_via, has_one, has_one_via, model_of,
        run_check, run_model_check, text_default,
    };
    #[cfg(feature = "testing")]
    pub use resourceful_macros::module_of;
    pub use {actix_web, sea_orm};

    /// Runs the application's `main`.
    pub fn block_on<F: Future>(future: F) -> F::Output {
        actix_web::rt::System::new().block_on(future)
    }
}

#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The items that migrations need.
#[cfg(feature = "migrate")]
pub mod migration {
    pub use sea_orm_migration::async_trait;
    pub use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};
    pub use sea_orm_migration::sea_query;
    pub use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

    /// Runs statements one after another.
    ///
    /// # Errors
    /// The error of the first statement that the database refuses.
    pub async fn execute_all(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    pub use crate::schema::execute::Step;

    /// Takes the steps of a migration that `migrate diff` has written.
    ///
    /// # Errors
    /// The error of the first step that the database refuses, with the step.
    pub async fn run_steps(manager: &SchemaManager<'_>, steps: &[Step]) -> Result<(), DbErr> {
        crate::schema::execute::run(manager.get_connection(), steps).await
    }

    /// Rebuilds a table of SQLite with its rows, for changes that `ALTER TABLE` cannot make. `create` is the complete new
    /// `CREATE TABLE` statement, with the table's own name. Rows that refer to the table are kept, even with `ON DELETE
    /// CASCADE`; indexes, triggers and the sequence of an AUTOINCREMENT are kept too. The rebuild is atomic.
    ///
    /// Columns with the same name are copied. `fill` sets the value of new columns, or another value of existing ones, as
    /// an SQL expression over the old row. Columns that the new table does not have are removed, with their indexes.
    ///
    /// ```
    /// # use resourceful::migration::{DbErr, SchemaManager, rebuild_table};
    /// # async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    /// let create = r#"CREATE TABLE "tasks" (
    ///     "id" blob NOT NULL PRIMARY KEY,
    ///     "title" text NOT NULL,
    ///     "rank" integer NOT NULL
    /// )"#;
    /// rebuild_table(manager, create, &[("title", "coalesce(title, '')"), ("rank", "0")]).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a row does not fit the new table, if a foreign key would be violated, or if a trigger or view uses a removed
    /// column; on PostgreSQL, which does not need a rebuild; inside a transaction of the caller.
    #[cfg(feature = "sqlite")]
    pub async fn rebuild_table(manager: &SchemaManager<'_>, create: &str, fill: &[(&str, &str)]) -> Result<(), DbErr> {
        crate::schema::rebuild::Rebuild::read(create, fill)?.run(manager.get_connection()).await
    }
}
