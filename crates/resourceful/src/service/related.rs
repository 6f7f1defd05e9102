//! Rows together with those of their relations, for typed code.

use sea_orm::{EntityTrait, Iterable, ModelTrait};

use super::Crud;
use super::include::Included;
use crate::error::{Error, Result};
use crate::page::Page;
use crate::resource::{FieldValue, Resource, ToMany, ToOne};

/// A relation that [`Crud::with`] loads: one of a generated module's `relations`.
pub trait Loadable<R>: sealed::Sealed {
    /// What a row has by it: `Option<T>` or `Vec<T>`.
    type Found;

    /// The relation's Rust name.
    #[doc(hidden)]
    fn relation(&self) -> &'static str;

    #[doc(hidden)]
    fn take(included: &sealed::Loaded, key: &FieldValue) -> Result<Self::Found>;
}

pub(crate) mod sealed {
    use super::{Included, ToMany, ToOne};

    pub trait Sealed {}
    impl<R, T> Sealed for ToOne<R, T> {}
    impl<R, T> Sealed for ToMany<R, T> {}

    /// What was loaded, as only this crate reads it.
    #[derive(Debug)]
    pub struct Loaded(pub(in crate::service) Included);
}

impl<R: Resource, T: Resource> Loadable<R> for ToOne<R, T> {
    type Found = Option<T>;

    fn relation(&self) -> &'static str {
        self.name()
    }

    fn take(included: &sealed::Loaded, key: &FieldValue) -> Result<Option<T>> {
        Ok(included.0.models_of(key)?.pop())
    }
}

impl<R: Resource, T: Resource> Loadable<R> for ToMany<R, T> {
    type Found = Vec<T>;

    fn relation(&self) -> &'static str {
        self.name()
    }

    fn take(included: &sealed::Loaded, key: &FieldValue) -> Result<Vec<T>> {
        included.0.models_of(key)
    }
}

impl<R: Resource> Crud<R> {
    /// Each of these rows with what a relation leads to, by one statement however many there are:
    /// `projects.with(rows, project::relations::TASKS)` gives each project with all of its tasks, in their own order.
    /// Rows that the policy of the other resource keeps from the actor are left out.
    ///
    /// # Errors
    /// 503 when the database is away or too busy.
    pub async fn with<L: Loadable<R>>(&self, rows: Vec<R>, relation: L) -> Result<Vec<(R, L::Found)>> {
        let name = relation.relation();
        let relation = R::spec().relation(name);
        let relation = relation.ok_or_else(|| Error::internal(format!("there is no relation `{name}`")))?;
        let (included, here) = {
            let here = self.engine.joined_field(relation)?;
            let column = <<R::Entity as EntityTrait>::Column as Iterable>::iter().nth(here);
            let column = column.ok_or_else(|| Error::internal(format!("`{name}` joins no column")))?;
            let keys = rows.iter().map(|row| ModelTrait::get(row, column)).collect();
            (sealed::Loaded(self.engine.related_to_keys(relation, keys).await?), column)
        };
        rows.into_iter()
            .map(|row| {
                let found = L::take(&included, &ModelTrait::get(&row, here))?;
                Ok((row, found))
            })
            .collect()
    }

    /// A page of rows, each with what a relation leads to; see [`with`](Self::with).
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub async fn page_with<L: Loadable<R>>(&self, page: Page<R>, relation: L) -> Result<Page<(R, L::Found)>> {
        let Page { items, total, page, size, next } = page;
        Ok(Page { items: self.with(items, relation).await?, total, page, size, next })
    }
}
