//! One field: its type, its role, its access and its rules.

use super::file::FileSpec;
use crate::rules::{Rule, RuleError};

/// One field of a resource.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The Rust name, without `r#`.
    pub name: &'static str,
    /// The name in JSON, in query parameters and in error pointers.
    pub json: &'static str,
    /// The column.
    pub column: &'static str,
    /// The field's doc comment.
    pub doc: &'static str,
    /// Its type.
    pub ty: TypeSpec,
    /// Its role.
    pub role: FieldRole,
    /// Who may read and write it.
    pub access: FieldAccess,
    /// The permission that reading it requires, in addition to that of the operation.
    pub read: Option<&'static str>,
    /// The permission that writing it requires, in addition to that of the operation.
    pub write: Option<&'static str>,
    /// It has a default, so bodies may leave it out.
    pub has_default: bool,
    /// The default as an SQL literal that both databases understand, where it is a literal in the struct. The server
    /// computes other defaults.
    pub default_sql: Option<&'static str>,
    /// No two rows hold the same value.
    pub unique: bool,
    /// An index on the column.
    pub index: bool,
    /// Callers may filter by it.
    pub filter: bool,
    /// Callers may sort by it.
    pub sort: bool,
    /// `q` searches it.
    pub search: bool,
    /// Which files it takes, if it is a file.
    pub file: Option<FileSpec>,
    /// The rules for its values. `check` functions are in the resource's table of functions.
    pub rules: &'static [Rule],
}

impl FieldSpec {
    /// Whether it is a file.
    pub const fn is_file(&self) -> bool {
        matches!(self.ty.kind, Kind::File)
    }
}

/// A field's type: what it holds and whether it can be null.
#[derive(Debug, Clone, Copy)]
pub struct TypeSpec {
    /// What it holds.
    pub kind: Kind,
    /// `Option<..>`.
    pub nullable: bool,
}

/// What a field can hold. Every kind round-trips exactly on SQLite and on PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`, finite
    F32,
    /// `f64`, finite
    F64,
    /// `rust_decimal::Decimal`; a string in JSON, exact to the last digit
    Decimal,
    /// `String`
    String,
    /// `bool`
    Bool,
    /// `uuid::Uuid`
    Uuid,
    /// `chrono::NaiveDate`
    Date,
    /// `chrono::NaiveTime`, to the microsecond
    Time,
    /// `chrono::NaiveDateTime`, to the microsecond
    DateTime,
    /// `chrono::DateTime<Tz>`, to the microsecond, always shown in UTC
    Timestamp,
    /// JSON, free or typed
    Json(&'static JsonSpec),
    /// `Vec<u8>`; base64 (RFC 4648 section 4) in JSON
    Bytes,
    /// A unit enum that derives `ResourceEnum`
    Enum(&'static EnumSpec),
    /// `FileRef`: the content is in the storage, the column says what it is
    File,
}

impl Kind {
    /// Whether `gt`, `gte`, `lt` and `lte` apply. They do not apply to text: its order is that of code points, which is
    /// useful for sorting and misleading for ranges.
    pub const fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::I16
                | Self::I32
                | Self::I64
                | Self::F32
                | Self::F64
                | Self::Decimal
                | Self::Date
                | Self::Time
                | Self::DateTime
                | Self::Timestamp
        )
    }

    /// Whether it is text, to which `contains`, `icontains`, `startsWith`, `endsWith` and `q` apply.
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::String)
    }

    /// Whether values can be compared: callers cannot filter or sort by JSON, bytes and files.
    pub const fn is_comparable(&self) -> bool {
        !matches!(self, Self::Json(_) | Self::Bytes | Self::File)
    }

    /// The type's name in messages to callers: `a whole number`, `a timestamp`.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::I16 => "a whole number between -32768 and 32767",
            Self::I32 => "a whole number between -2147483648 and 2147483647",
            Self::I64 => "a whole number between -9223372036854775808 and 9223372036854775807",
            Self::F32 | Self::F64 => "a finite number",
            Self::Decimal => "a decimal number of at most 28 digits, written as a string such as \"12.50\"",
            Self::String => "a string",
            Self::Bool => "true or false",
            Self::Uuid => "a UUID such as \"0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60\"",
            Self::Date => "a date such as \"2026-01-31\"",
            Self::Time => "a time such as \"13:45:00\"",
            Self::DateTime => "a date and time without an offset such as \"2026-01-31T13:45:00\"",
            Self::Timestamp => "a date and time with its offset such as \"2026-01-31T13:45:00Z\" (RFC 3339)",
            Self::Json(_) => "a JSON value",
            Self::Bytes => "bytes in base64 (RFC 4648 section 4)",
            Self::Enum(_) => "one of the listed values",
            Self::File => "a file",
        }
    }
}

/// A JSON field's own rules.
#[derive(Debug)]
pub struct JsonSpec {
    /// Whether the value can be read as the field's type; the error says where in it and why not.
    pub accepts: fn(&serde_json::Value) -> Result<(), RuleError>,
    /// Its JSON Schema.
    pub shape: fn() -> serde_json::Value,
}

/// An enum that derives `ResourceEnum`.
#[derive(Debug)]
pub struct EnumSpec {
    /// The enum's name, also that of its OpenAPI schema.
    pub name: &'static str,
    /// The enum's doc comment.
    pub doc: &'static str,
    /// The variants in their order.
    pub variants: &'static [VariantSpec],
    /// The PostgreSQL enum type that stores it; text when `None`.
    pub postgres_type: Option<&'static str>,
}

/// One variant of an enum.
#[derive(Debug)]
pub struct VariantSpec {
    /// The name in JSON, and what is stored.
    pub value: &'static str,
    /// The variant's doc comment.
    pub doc: &'static str,
}

/// An output field that is computed from the row, not stored in a column.
#[derive(Debug, Clone, Copy)]
pub struct ComputedSpec {
    /// The name of the function of the struct that computes it.
    pub name: &'static str,
    /// The name in JSON and in `fields`.
    pub json: &'static str,
    /// The type of its values.
    pub ty: TypeSpec,
    /// The permission that reading it requires, in addition to that of the operation.
    pub read: Option<&'static str>,
}

/// The role of a field in the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRole {
    /// An ordinary field.
    Plain,
    /// The id: a UUID that the server assigns, a number that the database assigns, or text that the caller chooses.
    Id,
    /// Set when the row is created.
    CreatedAt,
    /// Set when the row is created and whenever it changes.
    UpdatedAt,
    /// The number of the row's state: 1 when it is created, one more with each change.
    Version,
}

/// Who may read and write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldAccess {
    /// In answers, and written by POST, PUT and PATCH.
    Normal,
    /// In answers, never written by a caller.
    ReadOnly,
    /// In answers, and filled by the database: no statement writes it.
    Generated,
    /// In answers, written by POST only.
    CreateOnly,
    /// Written, never in answers.
    WriteOnly,
    /// Neither in answers nor written by a caller; not in the OpenAPI document.
    Hidden,
}
