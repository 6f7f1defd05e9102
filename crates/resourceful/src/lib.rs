//! One struct is a whole REST back end.
#![allow(missing_docs)]
// Generated code names this crate by its name, here too.
extern crate self as resourceful;

pub mod actor;
pub mod error;
pub mod http;
pub mod resource;
pub mod rules;
pub mod spec;

pub use error::{Error, ProblemType, Result};
pub use resource::{FieldType, Input, Json, JsonShape, Resource, ResourceEnum};
//pub use resourceful_macros::{Resource, ResourceEnum, delete, get, main, patch, post, put};

/// What generated code names. Not a part of the API: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::http::describe::{Described, EndpointDoc, Part, Probe, Undescribed};
    pub use crate::http::endpoint::{Answer, Endpoint, Route};
    pub use crate::resource::{
        ActiveSlot, Assignments, FieldFns, FieldSlot, FieldType, FieldValue, IdType, Input, Resource, ResourceEnum,
        ResourceTable, Scalar, WrongType, active_default, active_into_field, array_type, assert, assign, belongs_to,
        column_def, column_named, default_value, has_many, has_many_via, read_column, run_check, wrap,
    };
    pub use {actix_web, sea_orm};
}
