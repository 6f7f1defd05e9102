//! The keys of `#[resource(..)]`: on a struct, on its fields, on an enum and on its variants.

use super::RelationOption::{From, OnDelete, Through, To, Via, Visible};
use super::{Shape, keys};

/// Words of the query string, which no relation, no computed field and no field that callers filter or sort by can be
/// called.
pub(crate) const RESERVED: [&str; 11] =
    ["page", "size", "after", "sort", "q", "fields", "include", "count", "or", "and", "not"];

keys! {
    /// A key on the struct that derives `Resource`.
    StructKey on "the struct", not yet [];

    Table "table" Shape::Text => "table = \"name\"", "table = \"projects\"",
        "The table. Default: the struct's name in the plural and snake_case.";
    Path "path" Shape::Text => "path = \"segment\"", "path = \"projects\"",
        "The path below the API prefix, one segment without slashes. Default: the struct's name in the plural and kebab-case.";
    Tag "tag" Shape::Text => "tag = \"heading\"", "tag = \"Projects\"",
        "The heading of the operations in the OpenAPI document. Default: the struct's name in the plural.";
    Name "name" Shape::Text => "name = \"name\"", "name = \"projects\"",
        "The name of the resource in permissions, as in `projects:read`. Default: the table's name.";
    Module "module" Shape::Name => "module = name", "module = project",
        "The generated module. Default: the struct's name in snake_case.";
    Owner "owner" Shape::Names => "owner = field, owner = relation.field", "owner = owner_id",
        "The field that holds the id of the owner, which is the `sub` of their token. `owner = project.owner_id` finds the owner through a relation. New rows get the caller's id; callers can name another owner only if the field has `write = \"..\"`. `owner = id` makes a table of users. It adds the `self_*` operations.";
    Operations "operations" Shape::Choice => "operations(only(operation, ..)), operations(except(operation, ..))", "operations(only(list, get))",
        "The operations that are offered: only these, or all except these. Default: all. The operations are `list`, `count`, `search`, `get`, `create`, `bulk_create`, `update`, `patch`, `delete`, and with an owner `self_list`, `self_create`, `self_get`, `self_update`, `self_patch`, `self_delete`.";
    Permissions "permissions" Shape::Texts => "permissions(operation = \"permission\", ..)", "permissions(list = \"projects:browse\")",
        "The permission that an operation requires. Default: the resource's name with `:read`, `:write` or `:delete`, and `:self` at the end for the `self_*` operations.";
    Public "public" Shape::Words => "public(operation, ..)", "public(list, get)",
        "Operations that require no token.";
    Page "page" Shape::Numbers => "page(default = number, max = number)", "page(default = 20, max = 100)",
        "The default and the maximum number of rows of a page. Default: 20 and 100.";
    Cache "cache" Shape::Durations => "cache(ttl = \"duration\", max_age = \"duration\")", "cache(ttl = \"60s\")",
        "`ttl`: the server keeps the answers of `list`, `get`, `count` and their `self_` forms for at most this long; every write through a service ends them. `max_age`: browsers and caches in front of the server may use public answers for this long without asking. At least one is given. A duration is a whole number with `ms`, `s`, `m`, `h` or `d`.";
    Sort "sort" Shape::Text => "sort = \"field,-field\"", "sort = \"-created_at,name\"",
        "The default order of a list, by the Rust names of fields; `-` puts the largest first. Default: `-created_at` if there is such a field, else the id.";
    HasMany "has_many" Shape::Relation(&[Via]), repeats => "has_many(name: Type, via = field)", "has_many(tasks: Task, via = project_id)",
        "Rows of another resource that refer to this one. `via` names the field that refers, and is required only if several do.";
    HasOne "has_one" Shape::Relation(&[Via]), repeats => "has_one(name: Type, via = field)", "has_one(profile: Profile, via = user_id)",
        "The one row of another resource that refers to this one, by a field that is `unique`. `via` names that field, and is required only if several refer to this resource.";
    ManyToMany "many_to_many" Shape::Relation(&[Through, From, To]), repeats => "many_to_many(name: Type, through = Type, from = field, to = field)", "many_to_many(tags: Tag, through = ProjectTag, from = project_id, to = tag_id)",
        "Rows of another resource, joined to this one by the rows of a third, `through`, which refer to both. `from` and `to` name the fields of the third that refer to this resource and to the other; each is required only if several do.";
    Computed "computed" Shape::Typed, repeats => "computed(name: Type, .., read = \"permission\"), computed(name: Type, .., open)", "computed(is_overdue: bool, label: String, read = \"projects:read:budget\")",
        "Output fields without a column. Each is the result of the struct's function of the same name, `fn is_overdue(&self) -> bool`. `read` is the permission without which callers do not see them. If a field of the struct has `read`, computed fields must say `read` too, or `open` if they reveal nothing about that field.";
    Check "check" Shape::Path, repeats => "check = function", "check = ends_after_it_begins",
        "A validation function across fields, `fn(&Project) -> Result<(), impl Display>`. It gets the whole row as it would be written.";
    Unique "unique" Shape::Words, repeats => "unique(field, field, ..)", "unique(user_id, role_id)",
        "No two rows have the same values in all of these fields. Rows with a null in one of them are not compared.";
    Policy "policy" Shape::Flag => "policy", "policy",
        "`impl Policy` decides which rows a caller may see and change.";
    Hooks "hooks" Shape::Flag => "hooks", "hooks",
        "`impl Hooks` runs code within every write and after it.";
    RequireMatch "require_match" Shape::Flag => "require_match", "require_match",
        "PUT, PATCH and DELETE require `If-Match` with the row's `ETag`, so that no caller overwrites a change that they have not seen. Without it the response is 428.";
    Search "search" Shape::Text => "search = \"mode\"", "search = \"full_text\"",
        "How the query parameter `q` searches the fields with `search`: `substring` (the default), or `full_text` on PostgreSQL.";
    Crate "crate" Shape::Path => "crate = path", "crate = my_crate::resourceful",
        "The path of this crate when it is not a direct dependency.";
}

keys! {
    /// A key on a field of the struct.
    FieldKey on "a field", not yet [];

    Id "id" Shape::Flag => "id", "id",
        "The id, of type `Uuid`, `i32`, `i64` or `String`. A field called `id` needs no key.";
    CreatedAt "created_at" Shape::Flag => "created_at", "created_at",
        "The server sets it when the row is created. A field called `created_at` needs no key.";
    UpdatedAt "updated_at" Shape::Flag => "updated_at", "updated_at",
        "The server sets it whenever the row changes. A field called `updated_at` needs no key.";
    Version "version" Shape::Flag => "version", "version",
        "The server counts the changes of the row, from 1; no caller writes it. The row's `ETag` is made from it. The type is `i32` or `i64`. A field called `version` of such a type needs no key.";
    Default "default" Shape::Expr => "default = expression", "default = true",
        "The value when a body leaves the field out.";
    ReadOnly "read_only" Shape::Flag => "read_only", "read_only",
        "Callers see it and cannot write it.";
    Generated "generated" Shape::Flag => "generated", "generated",
        "The database fills the column: a generated column, an identity, a default of its own or a trigger. Nobody writes it, and the response to a write has the value that the database gave.";
    CreateOnly "create_only" Shape::Flag => "create_only", "create_only",
        "Callers can write it when they create a row, and not later.";
    WriteOnly "write_only" Shape::Flag => "write_only", "write_only",
        "Callers can write it and never see it.";
    Hidden "hidden" Shape::Flag => "hidden", "hidden",
        "Callers neither see it nor write it, and the OpenAPI document does not mention it.";
    Read "read" Shape::Text => "read = \"permission\"", "read = \"projects:read:budget\"",
        "The permission that callers need to see it, besides that of the operation.";
    Write "write" Shape::Text => "write = \"permission\"", "write = \"projects:assign\"",
        "The permission that callers need to write it, besides that of the operation. On the owner's field, callers with this permission can name another owner.";
    Unique "unique" Shape::Flag => "unique", "unique",
        "No two rows have the same value.";
    Index "index" Shape::Flag => "index", "index",
        "The column has an index.";
    Filter "filter" Shape::Flag => "filter", "filter",
        "Callers can filter lists by it.";
    Sort "sort" Shape::Flag => "sort", "sort",
        "Callers can sort lists by it.";
    Search "search" Shape::Flag => "search", "search",
        "The query parameter `q` searches it. For `String`.";
    BelongsTo "belongs_to" Shape::Relation(&[OnDelete, Visible]) => "belongs_to(name: Type, on_delete = \"action\", visible = \"rows\")", "belongs_to(owner: User, on_delete = \"cascade\", visible = \"any\")",
        "The field holds the id of a row of another resource. `on_delete` is `restrict` (the default), `cascade` or `set_null`. `visible` is `policy` (the default: callers can refer only to rows that the other resource's policy shows them) or `any`.";
    File "file" Shape::File => "file(max = \"size\", types(\"type\", ..), thumbs(\"WxH\", ..))", "file(max = \"10MiB\", types(\"image/png\", \"application/pdf\"))",
        "The field is a file, of type `Option<FileRef>`, with endpoints of its own. `max` is its largest size: a whole number with `B`, `KiB`, `MiB` or `GiB`. `types` are the content types that are accepted, by the content of the file and not by what the client says; `*/*` accepts all. `thumbs` are the sizes, in pixels, of smaller copies of images (feature `thumbnails`).";
    Column "column" Shape::Text => "column = \"name\"", "column = \"owner\"",
        "The column. Default: the field's name.";
    Rename "rename" Shape::Text => "rename = \"name\"", "rename = \"ownerId\"",
        "The name in JSON and in queries. Default: the field's name in camelCase.";
    Length "length" Shape::Range => "length(min..=max)", "length(1..=255)",
        "The number of characters of a `String`, or of bytes of a `Vec<u8>`. Either end can be left out.";
    Range "range" Shape::Range => "range(min..=max)", "range(0..=5)",
        "The smallest and the largest value of a number. Either end can be left out; `..` excludes the largest value, `..=` includes it.";
    Pattern "pattern" Shape::Text => "pattern = \"regex\"", "pattern = \"^[a-z-]+$\"",
        "A regular expression that must match somewhere in the text.";
    Email "email" Shape::Flag => "email", "email",
        "The text is an e-mail address.";
    Url "url" Shape::Flag => "url", "url",
        "The text is an absolute http or https URL.";
    OneOf "one_of" Shape::Literals => "one_of(value, ..)", "one_of(\"low\", \"high\")",
        "The value is one of these strings or whole numbers.";
    Check "check" Shape::Path, repeats => "check = function", "check = not_a_weekend",
        "A validation function for the value, `fn(&T) -> Result<(), impl Display>`. It is not called for null.";
}

keys! {
    /// A key on the enum that derives `ResourceEnum`.
    EnumKey on "the enum", not yet ["postgres"];

    RenameAll "rename_all" Shape::Text => "rename_all = \"case\"", "rename_all = \"kebab-case\"",
        "How variants are written in JSON and in the database: `snake_case` (the default), `camelCase`, `PascalCase`, `kebab-case`, `SCREAMING_SNAKE_CASE`, `SCREAMING-KEBAB-CASE`, `lowercase` or `UPPERCASE`.";
    Crate "crate" Shape::Path => "crate = path", "crate = my_crate::resourceful",
        "The path of this crate when it is not a direct dependency.";
}

keys! {
    /// A key on a variant of the enum.
    VariantKey on "a variant", not yet [];

    Rename "rename" Shape::Text => "rename = \"name\"", "rename = \"finished\"",
        "How this variant is written in JSON and in the database.";
}
