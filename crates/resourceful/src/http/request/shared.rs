//! What all requests of a mounted API share.

use actix_web::{HttpRequest, web};

use crate::context::Context;
use crate::error::{Error, Result};

/// What handlers find in the request: shared by all workers.
pub(crate) struct Shared {
    pub(crate) ctx: Context,
}

/// The context of the API or of the requirement that the request has come through.
///
/// # Errors
/// 500 outside of both.
pub(crate) fn context(req: &HttpRequest) -> Result<&Context> {
    let shared = req.app_data::<web::Data<Shared>>().ok_or_else(|| {
        Error::internal("this handler is outside of what `resourceful::mount` and `resourceful::require` make")
    })?;
    Ok(&shared.ctx)
}
