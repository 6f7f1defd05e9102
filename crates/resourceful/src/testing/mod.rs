//! Helpers for the tests of your application (feature `testing`): a real server with a new database, callers with tokens,
//! rows, and [`security_suite!`](crate::security_suite). Begin with [the guide](crate::guide::testing).
//!
//! ```
//! use resourceful::prelude::*;
//! use resourceful::testing::TestApp;
//!
//! #[derive(Clone, Debug, Resource)]
//! pub struct Note {
//!     pub id: Uuid,
//!     #[resource(length(1..=80))]
//!     pub text: String,
//! }
//!
//! # fn main() {
//! let app = TestApp::start(|app| app.resource::<Note>());
//! let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["notes:write"]));
//!
//! let answer = ada.post("/api/v1/notes", resourceful::serde_json::json!({"text": "Remember"}));
//! assert_eq!(answer.status, 201);
//! assert_eq!(ada.get("/api/v1/notes").status, 403);
//! # }
//! ```

mod app;
mod database;
mod fixture;
mod fixtures;
mod issuer;
pub mod security;

pub use app::{Answer, Caller, TestApp};
pub use database::TestDatabase;
pub use fixture::Fixture;
pub use issuer::TestIssuer;

#[doc(no_inline)]
pub use crate::security_suite;
