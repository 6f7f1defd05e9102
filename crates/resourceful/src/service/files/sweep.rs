//! Finding content that no row has: a process that is killed after it has stored a file and before it has written the row, or
//! after the row was changed and before the old file was removed, leaves some.
//!
//! Nothing is recorded before. A file is new to a row when it is attached, so content that has been in the storage for longer
//! than any upload takes, and that no row has, never gets a row.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use chrono::Utc;
use futures_util::{StreamExt, TryStreamExt, stream};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Order, Query};

use super::discard::COPIES;
use super::{folder, storage_of};
use crate::context::access::build;
use crate::context::{Connection, Context, db_error};
use crate::error::{Error, Result, catalogue};
use crate::resource::{FieldValue, FileRef, read};
use crate::spec::{Kind, ResourceSpec, TypeSpec};
use crate::storage::{Key, Storage};

/// The youngest content that may be removed. No upload takes as long.
pub(super) const LEAST_AGE: Duration = Duration::from_secs(3600);

/// How many rows are read at a time.
const ROWS: u64 = 1000;

/// How many files are removed at the same time.
const AT_ONCE: usize = 8;

/// For how many files at once the database is asked before they are removed.
const ASKED: usize = 100;

/// From how many files on it is suspicious that most of them belong to no row: the storage may be that of another database.
const MANY: usize = 20;

/// What [`Sweep::run`] does and found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Swept {
    /// How many files were looked at: those that are old enough.
    pub seen: usize,
    /// The keys of files that no row has; they were removed, unless it was a dry run.
    pub removed: Vec<String>,
    /// How many leftovers of interrupted uploads the storage has removed.
    pub interrupted: u64,
}

/// Removes content that belongs to no row: what `files sweep` does.
#[derive(Debug, Clone)]
pub struct Sweep {
    older_than: Duration,
    dry_run: bool,
    force: bool,
}

impl Default for Sweep {
    fn default() -> Self {
        Self { older_than: Duration::from_secs(24 * 3600), dry_run: false, force: false }
    }
}

impl Sweep {
    /// Removes what has been in the storage for a day.
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes what has been there for this long, at least an hour.
    #[must_use]
    pub fn older_than(mut self, age: Duration) -> Self {
        self.older_than = age.max(LEAST_AGE);
        self
    }

    /// Only finds, and removes nothing.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Removes even if most files belong to no row, as in a storage that is shared with another database.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.force = true;
        self
    }

    /// The same for content of any age, for tests in which nothing is uploaded meanwhile.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn of_any_age(mut self) -> Self {
        self.older_than = Duration::ZERO;
        self
    }

    /// Finds content in the folders of the application's files that no row has, and removes it. `ctx` is that of a running
    /// application: only resources of its API are looked at.
    ///
    /// # Errors
    /// 409 if no row has a file, or most of many files belong to no row, so that the storage seems to be that of another database; 503 if the database
    /// or the storage cannot be reached.
    pub async fn run(&self, ctx: &Context) -> Result<Swept> {
        self.run_on(ctx, &ctx.api_resources()).await
    }

    /// The same for these resources.
    pub(crate) async fn run_on(&self, ctx: &Context, specs: &[&'static ResourceSpec]) -> Result<Swept> {
        let storage = storage_of(ctx)?;
        let until = Utc::now() - chrono::TimeDelta::from_std(self.older_than).map_err(Error::internal)?;
        let places: Vec<Place> = specs.iter().flat_map(|&spec| Place::all(spec)).collect();
        // The storage first: what is attached meanwhile is younger.
        let mut old: Vec<(&Place, Key)> = Vec::new();
        for place in &places {
            let mut listed = storage.list(&place.folder);
            while let Some(entry) = listed.try_next().await? {
                if entry.last_modified <= until {
                    old.push((place, entry.key));
                }
            }
        }
        let mut used: HashSet<String> = HashSet::new();
        for place in &places {
            used_by(ctx, place, &mut used).await?;
        }
        let seen = old.len();
        let unused: Vec<(&Place, Key)> =
            old.into_iter().filter(|(place, key)| !used.contains(place.original(key))).collect();
        // A database that knows no file at all, or few of many, may be another one than that of the storage.
        let is_of_another = used.is_empty() || (unused.len() > MANY && unused.len() * 2 > seen);
        if !self.dry_run && !self.force && !unused.is_empty() && is_of_another {
            let detail = format!(
                "{} of {seen} files in the storage belong to no row of this database, so the storage may be that of another one; \
                 nothing was removed. Look at them with `files sweep --dry-run`, and remove them with `--force`",
                unused.len()
            );
            return Err(Error::new(&catalogue::CONFLICT, detail));
        }
        if self.dry_run {
            let removed = unused.iter().map(|(_, key)| key.to_string()).collect();
            return Ok(Swept { seen, removed, interrupted: 0 });
        }
        let mut removed = Vec::new();
        for part in unused.chunks(ASKED) {
            removed.extend(self.remove(ctx, &storage, part).await?);
        }
        Ok(Swept { seen, removed, interrupted: storage.sweep(self.older_than).await? })
    }

    /// Removes files unless a row has them now. S3 says of a large file when its upload began, so one that has just been attached may
    /// seem to be old.
    async fn remove(&self, ctx: &Context, storage: &Storage, files: &[(&Place, Key)]) -> Result<Vec<String>> {
        let mut used: HashSet<String> = HashSet::new();
        let mut folders: BTreeMap<&str, (&Place, BTreeSet<&str>)> = BTreeMap::new();
        for (place, key) in files {
            let (_, keys) = folders.entry(&place.folder).or_insert_with(|| (place, BTreeSet::new()));
            keys.insert(place.original(key));
        }
        for (place, keys) in folders.into_values() {
            used_of(ctx, place, &keys, &mut used).await?;
        }
        let unused = files.iter().filter(|(place, key)| !used.contains(place.original(key)));
        let unused: Vec<Key> = unused.map(|(_, key)| key.clone()).collect();
        let removed = unused.iter().map(ToString::to_string).collect();
        stream::iter(unused)
            .map(|key| {
                let storage = storage.clone();
                async move { storage.delete(&key).await }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(removed)
    }
}

/// A field whose files are looked at, and where they are.
struct Place {
    spec: &'static ResourceSpec,
    column: &'static str,
    folder: String,
}

impl Place {
    fn all(spec: &'static ResourceSpec) -> impl Iterator<Item = Self> {
        spec.files().map(move |field| Self { spec, column: field.column, folder: folder(spec, field.field) })
    }

    /// The key of the file that a smaller copy was made of; of other files their own key.
    fn original<'a>(&self, key: &'a Key) -> &'a str {
        let text = key.as_str();
        // The name of the folder may contain anything.
        let start = self.folder.len().min(text.len());
        let end = text[start..].find(&format!("{COPIES}/")).map_or(text.len(), |at| start + at);
        &text[..end]
    }
}

/// Adds the keys of all files of a field.
async fn used_by(ctx: &Context, place: &Place, used: &mut HashSet<String>) -> Result<()> {
    let spec = place.spec;
    let (id, id_type) = (spec.id_field().column, &spec.id_field().ty);
    let connection = Connection::Pool(ctx.clone());
    let mut after: Option<FieldValue> = None;
    loop {
        let column = |name: &str| Expr::col((Alias::new(spec.table), Alias::new(name)));
        let mut select = Query::select();
        select
            .column((Alias::new(spec.table), Alias::new(id)))
            .column((Alias::new(spec.table), Alias::new(place.column)))
            .from(Alias::new(spec.table))
            .and_where(column(place.column).is_not_null())
            .order_by((Alias::new(spec.table), Alias::new(id)), Order::Asc)
            .limit(ROWS);
        if let Some(after) = &after {
            select.and_where(column(id).gt(Expr::val(after.clone())));
        }
        let rows = connection.all(build(connection.backend(), &select)).await.map_err(db_error::read)?;
        for row in &rows {
            after = Some(read(id_type, row, 0_usize).map_err(unreadable)?);
            used.extend(key_in(place, row, 1)?);
        }
        if (rows.len() as u64) < ROWS {
            return Ok(());
        }
    }
}

/// Adds those of these keys that a row has now.
async fn used_of(ctx: &Context, place: &Place, keys: &BTreeSet<&str>, used: &mut HashSet<String>) -> Result<()> {
    let connection = Connection::Pool(ctx.clone());
    let column = || (Alias::new(place.spec.table), Alias::new(place.column));
    // The text of a file begins with its key, which has no character that is special in a pattern except `_`. Keys that are only like
    // it do no harm.
    let like = |key: &&str| Expr::col(column()).like(format!("{}%", FileRef::begin(key)));
    let mut select = Query::select();
    select
        .column(column())
        .from(Alias::new(place.spec.table))
        .cond_where(keys.iter().map(like).fold(Condition::any(), Condition::add));
    let rows = connection.all(build(connection.backend(), &select)).await.map_err(db_error::read)?;
    for row in &rows {
        used.extend(key_in(place, row, 0)?);
    }
    Ok(())
}

fn unreadable(error: sea_orm::TryGetError) -> Error {
    Error::internal(sea_orm::DbErr::from(error))
}

/// The key of the file in a column. A value that another program has written keeps the sweep from knowing what is used.
fn key_in(place: &Place, row: &sea_orm::QueryResult, index: usize) -> Result<Option<String>> {
    let text = TypeSpec { kind: Kind::File, nullable: true };
    let FieldValue::String(Some(value)) = read(&text, row, index).map_err(unreadable)? else { return Ok(None) };
    let file = FileRef::read(&value).ok_or_else(|| {
        Error::internal(format!("{}.{} contains a value that is not a file", place.spec.table, place.column))
    })?;
    Ok(Some(file.key().to_owned()))
}
