//! What all requests of a mounted API share.

use actix_web::{HttpRequest, web};

use super::gate::Gate;
use crate::context::Context;
use crate::error::{Error, Result};

/// What handlers find in the request: shared by all workers.
pub(crate) struct Shared {
    pub(crate) ctx: Context,
    pub(crate) gate: Gate,
}

impl Shared {
    pub(crate) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), gate: Gate::of(ctx) }
    }
}

/// What the API or the requirement shares that the request has come through.
///
/// # Errors
/// 500 outside of both.
pub(crate) fn shared(req: &HttpRequest) -> Result<&Shared> {
    let shared = req.app_data::<web::Data<Shared>>().ok_or_else(|| {
        Error::internal("this handler is outside of what `resourceful::mount` and `resourceful::require` make")
    })?;
    Ok(shared.get_ref())
}

/// The context of the API or of the requirement that the request has come through.
///
/// # Errors
/// 500 outside of both.
pub(crate) fn context(req: &HttpRequest) -> Result<&Context> {
    Ok(&shared(req)?.ctx)
}
