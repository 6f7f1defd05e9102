//! Rows together with the rows of a relation, for typed code.

use sea_orm::{EntityTrait, Iterable, ModelTrait};

use super::crud::Crud;
use super::read::Included;
use crate::error::{Error, Result};
use crate::page::Page;
use crate::resource::{FieldValue, Resource, ToMany, ToOne};

/// A relation that [`Crud::load_related`] loads: one of a generated module's `relations`.
pub trait Loadable<R>: sealed::Sealed {
    /// The related rows of one row: `Option<T>` or `Vec<T>`.
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

    /// The loaded rows, readable in this crate only.
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
    /// Loads the related rows of these rows with one statement, however many rows there are:
    /// `projects.load_related(rows, project::relations::TASKS)` returns each project with all of its tasks, in their
    /// default order. Related rows that the actor may not see are left out.
    ///
    /// # Errors
    /// 503 when the database is unavailable or too busy.
    pub async fn load_related<L: Loadable<R>>(&self, rows: Vec<R>, relation: L) -> Result<Vec<(R, L::Found)>> {
        let name = relation.relation();
        let relation = R::spec().relation(name);
        let relation = relation.ok_or_else(|| Error::internal(format!("there is no relation `{name}`")))?;
        let (included, local) = {
            let local = self.engine.joined_field(relation)?;
            let column = <<R::Entity as EntityTrait>::Column as Iterable>::iter().nth(local);
            let column = column.ok_or_else(|| Error::internal(format!("`{name}` joins no column")))?;
            let keys = rows.iter().map(|row| ModelTrait::get(row, column)).collect();
            (sealed::Loaded(self.engine.related_to_keys(relation, keys).await?), column)
        };
        rows.into_iter()
            .map(|row| {
                let found = L::take(&included, &ModelTrait::get(&row, local))?;
                Ok((row, found))
            })
            .collect()
    }

    /// The same for a page of rows.
    ///
    /// # Errors
    /// As [`load_related`](Self::load_related).
    pub async fn load_related_page<L: Loadable<R>>(&self, page: Page<R>, relation: L) -> Result<Page<(R, L::Found)>> {
        let Page { items, total, page, size, next } = page;
        Ok(Page { items: self.load_related(items, relation).await?, total, page, size, next })
    }
}
