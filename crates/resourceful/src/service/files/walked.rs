//! The content of an image on its way into the storage: it must end where the image ends, and have a size that is accepted.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::refusals::{check_pixels, refused, without_size};
use crate::error::Result;
use crate::media::{Walk, Wrong};
use crate::spec::{FieldSpec, FileSpec};

/// What is checked while the content passes.
pub(super) struct Walking {
    field: &'static FieldSpec,
    limits: FileSpec,
    content_type: String,
    /// `None` once there is nothing more to find.
    walk: Option<Walk>,
    /// The size of the image, once it is known.
    dimensions: Arc<OnceLock<(u32, u32)>>,
}

impl Walking {
    pub(super) fn new(
        field: &'static FieldSpec,
        limits: FileSpec,
        content_type: &str,
        dimensions: Option<(u32, u32)>,
    ) -> Self {
        let known = dimensions.map_or_else(OnceLock::new, OnceLock::from);
        let walk = Walk::new(content_type);
        Self { field, limits, content_type: content_type.to_owned(), walk, dimensions: Arc::new(known) }
    }

    /// Where the size of the image will be.
    pub(super) fn dimensions(&self) -> Arc<OnceLock<(u32, u32)>> {
        self.dimensions.clone()
    }

    fn pass(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(walk) = &mut self.walk else { return Ok(()) };
        let walked = walk.feed(bytes);
        if let (Some((width, height)), None) = (walk.dimensions(), self.dimensions.get()) {
            check_pixels(self.field, width, height)?;
            let _ = self.dimensions.set((width, height));
        }
        let Err(wrong) = walked else { return Ok(()) };
        self.walk = None;
        // A field that takes everything takes this, too.
        if self.limits.types.contains(&"*/*") {
            return Ok(());
        }
        let what = match wrong {
            Wrong::Behind => format!("it goes on behind the end of the {}", self.content_type),
            Wrong::Malformed => format!("it begins as {}, and goes on as something else", self.content_type),
        };
        Err(refused(self.field, &self.limits, what))
    }

    fn end(&self) -> Result<()> {
        if self.content_type == "image/jpeg" && self.dimensions.get().is_none() {
            return Err(without_size(self.field, &self.content_type));
        }
        Ok(())
    }
}

/// Passes on a body. It ends with an error if it is not what its beginning has said.
pub(super) fn walked<S: Stream<Item = Result<Bytes>>>(body: S, walking: Walking) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold((Box::pin(body), walking), |(mut body, mut walking)| async move {
        match body.next().await.transpose()? {
            Some(bytes) => {
                walking.pass(&bytes)?;
                Ok(Some((bytes, (body, walking))))
            }
            None => walking.end().map(|()| None),
        }
    })
}
