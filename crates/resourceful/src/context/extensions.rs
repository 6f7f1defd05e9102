//! Values that parts of the application share through the context: one of each type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::StartupError;

/// Values by their types.
#[derive(Default)]
pub(super) struct Extensions(RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Extensions {
    /// Adds a value. `name` is for messages.
    ///
    /// # Errors
    /// If there is a value of this type already.
    pub(super) fn add<T: Any + Send + Sync>(&self, name: &str, value: Arc<T>) -> Result<(), StartupError> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match all.entry(TypeId::of::<T>()) {
            std::collections::hash_map::Entry::Occupied(_) => Err(registered_twice(name)),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(value);
                Ok(())
            }
        }
    }

    /// The value of this type, made now if there is none.
    pub(super) fn get_or_add<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        if let Some(value) = self.get() {
            return value;
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let place = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(make()));
        // A value is stored under the id of its own type.
        place.clone().downcast().unwrap_or_else(|_| unreachable!("stored under another type"))
    }

    /// The value of this type.
    pub(super) fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&TypeId::of::<T>()).cloned().and_then(|value| value.downcast().ok())
    }
}

/// The error of a second registration.
pub(crate) fn registered_twice(name: &str) -> StartupError {
    StartupError::new(format!("{name} is registered twice; keep one of the two registrations"))
}
