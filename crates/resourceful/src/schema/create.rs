//! Creates the tables of a development database, and says where tables do not fit their resources.

use sea_orm::ConnectionTrait;

use super::compare::{Difference, Mode, Part, What, differences};
use super::fit::works;
use super::model::{Schema, Table};
use super::read::{names_of_tables, read};
use super::render::create_all;
use super::wanted::wanted;
use crate::context::{Context, Failure, Tx};
use crate::error::{Error, Result};
use crate::spec::ResourceSpec;

/// Creates the tables that do not exist yet, and returns their names.
///
/// # Errors
/// When the database refuses.
pub async fn create_missing(ctx: &Context, specs: &[&'static ResourceSpec]) -> Result<Vec<String>> {
    // All or nothing, on both databases.
    let created = Tx::run(ctx, async |tx: Tx| create_missing_within(&tx, specs).await).await;
    created.map_err(|failure| match failure {
        Failure::Work { error, .. } => error,
        Failure::Database(error) | Failure::Commit(error) => Error::internal(error),
    })
}

async fn create_missing_within(tx: &Tx, specs: &[&'static ResourceSpec]) -> Result<Vec<String>> {
    tx.ctx().lock_tables(tx).await.map_err(Error::internal)?;
    let backend = tx.get_database_backend();
    let existing = names_of_tables(tx).await?;
    let all = wanted(backend, specs).tables.into_iter();
    let missing: Vec<Table> = all.filter(|table| !existing.contains(&table.name)).collect();
    for statement in create_all(backend, &missing) {
        tx.execute_unprepared(&statement).await.map_err(Error::internal)?;
    }
    Ok(missing.into_iter().map(|table| table.name).collect())
}

/// How the tables of a database fit resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableCheck {
    /// What keeps resources from working, one sentence each.
    pub problems: Vec<String>,
    /// What is different and works, or works as long as nobody writes certain values.
    pub notes: Vec<String>,
}

/// The problems of the tables of these resources: one sentence for each table or column that is missing, and for each column
/// of a type with which the resource does not work.
///
/// # Errors
/// When the database cannot be read.
pub async fn check_tables(db: &impl ConnectionTrait, specs: &[&'static ResourceSpec]) -> Result<Vec<String>> {
    Ok(check(db, &wanted(db.get_database_backend(), specs)).await?.problems)
}

/// Compares the tables of a database with these.
///
/// # Errors
/// When the database cannot be read.
pub async fn check(db: &impl ConnectionTrait, wanted: &Schema) -> Result<TableCheck> {
    let found = read(db).await?;
    let mut check = TableCheck::default();
    for difference in differences(&found, wanted, Mode::Resources) {
        match weight(&found, &difference) {
            Weight::Problem => check.problems.push(difference.to_string()),
            Weight::Note => check.notes.push(difference.to_string()),
            Weight::None => {}
        }
    }
    Ok(check)
}

enum Weight {
    Problem,
    Note,
    None,
}

fn weight(found: &Schema, difference: &Difference) -> Weight {
    match &difference.what {
        What::TableMissing => Weight::Problem,
        // Search works without its column, only slower.
        What::ColumnMissing(column) if column.is_derived() => Weight::Note,
        What::ColumnMissing(_) => Weight::Problem,
        What::Type(own, wanted) if !works(found.backend, own, wanted) => Weight::Problem,
        What::Type(..) | What::Nullable(_) | What::PrimaryKey(_) => Weight::Note,
        What::ColumnExtra(column) if !column.can_be_left_out() && !is_view(found, difference) => Weight::Note,
        What::Missing(Part::Unique(_) | Part::ForeignKey(_) | Part::Index(_)) => Weight::Note,
        // A table may have more than a resource needs. Values and defaults are checked by the server.
        What::TableExtra
        | What::ColumnExtra(_)
        | What::Default(..)
        | What::Source(..)
        | What::Missing(Part::Check(_))
        | What::Extra(_) => Weight::None,
    }
}

fn is_view(found: &Schema, difference: &Difference) -> bool {
    found.table(&difference.table).is_some_and(|table| table.is_view)
}
