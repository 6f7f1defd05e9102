//! The one table of every attribute key: where it stands, what follows it, and what it does. Parsing, the messages
//! about unknown keys and the reference page all read it.

use crate::errors;

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the struct that derives `Resource`.
    Struct,
    /// On one of its fields.
    Field,
    /// On the enum that derives `ResourceEnum`.
    Enum,
    /// On one of its variants.
    Variant,
}

impl Place {
    const ALL: [Self; 4] = [Self::Struct, Self::Field, Self::Enum, Self::Variant];

    /// In messages: `unknown key .. on a field`.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Struct => "the struct",
            Self::Field => "a field",
            Self::Enum => "the enum",
            Self::Variant => "a variant",
        }
    }

    /// Every key that can stand here.
    pub(crate) fn keys(self) -> impl Iterator<Item = &'static Key> {
        KEYS.iter().filter(move |key| key.place == self)
    }

    /// The key with this name.
    pub(crate) fn key(self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }

    /// What is wrong with a key that cannot stand here.
    pub(crate) fn unknown(self, name: &str) -> String {
        if NOT_YET.contains(&(self, name)) {
            return format!("`{name}` is not available yet on {}", self.noun());
        }
        if let Some(elsewhere) = Self::ALL.into_iter().find(|place| *place != self && place.key(name).is_some()) {
            return format!("`{name}` stands on {}, not on {}", elsewhere.noun(), self.noun());
        }
        let known: Vec<&str> = self.keys().map(|key| key.name).collect();
        errors::unknown(&format!("key {{}} on {}", self.noun()), name, &known)
    }
}

/// What follows a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Flag,
    /// `= "text"`
    Text,
    /// `= name`
    Name,
    /// `= name` or `= relation.name`
    Names,
    /// `= path`
    Path,
    /// `= expression`
    Expr,
    /// `(only(a, b))` or `(except(a, b))`
    Choice,
    /// `(a, b)`
    Words,
    /// `(a = "text", b = "text")`
    Texts,
    /// `(a = 1, b = 2)`
    Numbers,
    /// `(name: Type, option = ..)`
    Relation,
    /// `(a: Type, b: Type, read = "text")`
    Typed,
    /// `(min..=max)`
    Range,
    /// `("a", "b")`
    Literals,
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key {
    /// The word.
    pub(crate) name: &'static str,
    /// Where it stands.
    pub(crate) place: Place,
    /// What follows it.
    pub(crate) shape: Shape,
    /// It may stand several times.
    pub(crate) repeats: bool,
    /// How it is written, for messages and the reference.
    pub(crate) form: &'static str,
    /// What it does.
    pub(crate) help: &'static str,
}

const fn key(place: Place, name: &'static str, shape: Shape, form: &'static str, help: &'static str) -> Key {
    Key { name, place, shape, repeats: false, form, help }
}

const fn repeated(key: Key) -> Key {
    Key { repeats: true, ..key }
}

/// Keys whose machinery does not exist yet: refused rather than accepted and ignored.
const NOT_YET: [(Place, &str); 4] =
    [(Place::Struct, "cache"), (Place::Struct, "version"), (Place::Field, "version"), (Place::Enum, "postgres")];

/// The whole grammar.
pub(crate) static KEYS: &[Key] = &[
    key(
        Place::Struct,
        "table",
        Shape::Text,
        "table = \"projects\"",
        "The table; the struct's name in the plural and snake_case by default.",
    ),
    key(
        Place::Struct,
        "path",
        Shape::Text,
        "path = \"projects\"",
        "The path below the API prefix, without slashes; the struct's name in the plural and kebab-case by default.",
    ),
    key(
        Place::Struct,
        "tag",
        Shape::Text,
        "tag = \"Projects\"",
        "The heading of the operations in the OpenAPI document; the struct's name in the plural by default.",
    ),
    key(
        Place::Struct,
        "name",
        Shape::Text,
        "name = \"projects\"",
        "The resource in permission strings; the table's name by default.",
    ),
    key(
        Place::Struct,
        "module",
        Shape::Name,
        "module = project",
        "The generated module; the struct's name in snake_case by default.",
    ),
    key(
        Place::Struct,
        "owner",
        Shape::Names,
        "owner = owner_id",
        "The field that holds the owner's id, the `sub` of a token; `owner = project.owner_id` finds it through a relation. New rows get the caller's id, and no other unless the field says `write = \"..\"`; `owner = id` is a table of users. Adds the `self_*` operations.",
    ),
    key(
        Place::Struct,
        "operations",
        Shape::Choice,
        "operations(only(list, get))",
        "The operations that are offered: `only(..)` these, or all `except(..)` these.",
    ),
    key(
        Place::Struct,
        "permissions",
        Shape::Texts,
        "permissions(list = \"projects:browse\")",
        "The permission of an operation, instead of the default one.",
    ),
    key(Place::Struct, "public", Shape::Words, "public(list, get)", "Operations that need no token."),
    key(
        Place::Struct,
        "page",
        Shape::Numbers,
        "page(default = 20, max = 100)",
        "The rows of a page: when nobody asks, and at most.",
    ),
    key(
        Place::Struct,
        "sort",
        Shape::Text,
        "sort = \"-created_at,name\"",
        "The order of a list when nobody asks for one, by field names; `-` puts the largest first. `-created_at` by default if there is such a field, else the id.",
    ),
    repeated(key(
        Place::Struct,
        "has_many",
        Shape::Relation,
        "has_many(tasks: Task, via = project_id)",
        "Rows of another resource that refer to this one; `via` names their field when several could be meant.",
    )),
    repeated(key(
        Place::Struct,
        "has_one",
        Shape::Relation,
        "has_one(profile: Profile, via = user_id)",
        "The one row of another resource that refers to this one, by a field that is `unique`; `via` names it when several could be meant.",
    )),
    repeated(key(
        Place::Struct,
        "many_to_many",
        Shape::Relation,
        "many_to_many(tags: Tag, through = ProjectTag, from = project_id, to = tag_id)",
        "Rows of another resource, joined to this one by the rows of a third, which refer to both; `from` and `to` name its fields, to this one and to the other, when several could be meant.",
    )),
    repeated(key(
        Place::Struct,
        "computed",
        Shape::Typed,
        "computed(is_overdue: bool, label: String, read = \"projects:read:budget\")",
        "Output fields that are no columns: each is what the struct's own function of this name makes of a row, `fn is_overdue(&self) -> bool`. `read` is the permission without which callers do not see them. Where a field has `read`, computed ones say it too, or `open` if they tell nothing of that field.",
    )),
    repeated(key(
        Place::Struct,
        "check",
        Shape::Path,
        "check = ends_after_it_begins",
        "A function of your own across fields, `fn(&Project) -> Result<(), impl Display>`; it sees the whole row as it would be written.",
    )),
    repeated(key(
        Place::Struct,
        "unique",
        Shape::Words,
        "unique(user_id, role_id)",
        "No two rows hold the same values of these fields together; a row with a null among them is like no other.",
    )),
    key(
        Place::Struct,
        "policy",
        Shape::Flag,
        "policy",
        "Which rows a caller may see and change is what `impl Policy` says.",
    ),
    key(
        Place::Struct,
        "hooks",
        Shape::Flag,
        "hooks",
        "What happens inside a write, and after it, is what `impl Hooks` says.",
    ),
    key(
        Place::Struct,
        "search",
        Shape::Text,
        "search = \"full_text\"",
        "How `q` looks into the `search` fields: `substring` (the default), or `full_text` where the database has it.",
    ),
    key(
        Place::Struct,
        "crate",
        Shape::Path,
        "crate = my_crate::resourceful",
        "The path of this crate when it is not a direct dependency.",
    ),
    key(Place::Field, "id", Shape::Flag, "id", "The id; a field called `id` is it without the key."),
    key(
        Place::Field,
        "created_at",
        Shape::Flag,
        "created_at",
        "Set when the row is created; a field called `created_at` is it without the key.",
    ),
    key(
        Place::Field,
        "updated_at",
        Shape::Flag,
        "updated_at",
        "Set whenever the row changes; a field called `updated_at` is it without the key.",
    ),
    key(Place::Field, "default", Shape::Expr, "default = true", "The value of a field that a body leaves out."),
    key(Place::Field, "read_only", Shape::Flag, "read_only", "Callers see it and cannot write it."),
    key(
        Place::Field,
        "create_only",
        Shape::Flag,
        "create_only",
        "Callers write it when they create a row and never again.",
    ),
    key(Place::Field, "write_only", Shape::Flag, "write_only", "Callers write it and never see it."),
    key(Place::Field, "hidden", Shape::Flag, "hidden", "Callers neither see nor write it; it is in no document."),
    key(
        Place::Field,
        "read",
        Shape::Text,
        "read = \"projects:read:budget\"",
        "The permission without which callers do not see it.",
    ),
    key(
        Place::Field,
        "write",
        Shape::Text,
        "write = \"projects:assign\"",
        "The permission without which callers may not write it. On the owner's field it lets those who hold it name another owner than themselves.",
    ),
    key(Place::Field, "unique", Shape::Flag, "unique", "No two rows hold the same value."),
    key(Place::Field, "index", Shape::Flag, "index", "An index on the column."),
    key(Place::Field, "filter", Shape::Flag, "filter", "Callers can filter by it."),
    key(Place::Field, "sort", Shape::Flag, "sort", "Callers can sort by it."),
    key(Place::Field, "search", Shape::Flag, "search", "`q` looks into it; for text."),
    key(
        Place::Field,
        "belongs_to",
        Shape::Relation,
        "belongs_to(owner: User, on_delete = \"cascade\", visible = \"any\")",
        "The field holds the id of a row of another resource. `on_delete` is `restrict` (the default), `cascade` or `set_null`. `visible` is `policy` (the default: callers refer only to rows that the other's policy shows them) or `any`.",
    ),
    key(Place::Field, "column", Shape::Text, "column = \"owner\"", "The column; the field's name by default."),
    key(
        Place::Field,
        "rename",
        Shape::Text,
        "rename = \"ownerId\"",
        "The name in JSON and in queries; the field's name in camelCase by default.",
    ),
    key(Place::Field, "length", Shape::Range, "length(1..=255)", "How many characters, or bytes, a value has."),
    key(
        Place::Field,
        "range",
        Shape::Range,
        "range(0..=5)",
        "How small and how large a number can be; either end can be open.",
    ),
    key(
        Place::Field,
        "pattern",
        Shape::Text,
        "pattern = \"^[a-z-]+$\"",
        "A regular expression that must match somewhere in the text.",
    ),
    key(Place::Field, "email", Shape::Flag, "email", "An e-mail address."),
    key(Place::Field, "url", Shape::Flag, "url", "An http or https URL."),
    key(Place::Field, "one_of", Shape::Literals, "one_of(\"low\", \"high\")", "One of these strings or whole numbers."),
    repeated(key(
        Place::Field,
        "check",
        Shape::Path,
        "check = not_a_weekend",
        "A function of your own, `fn(&T) -> Result<(), impl Display>`; it sees no nulls.",
    )),
    key(
        Place::Enum,
        "rename_all",
        Shape::Text,
        "rename_all = \"kebab-case\"",
        "How variants are written in JSON and in the database: snake_case by default, or camelCase, PascalCase, kebab-case, SCREAMING_SNAKE_CASE, SCREAMING-KEBAB-CASE, lowercase, UPPERCASE.",
    ),
    key(
        Place::Enum,
        "crate",
        Shape::Path,
        "crate = my_crate::resourceful",
        "The path of this crate when it is not a direct dependency.",
    ),
    key(Place::Variant, "rename", Shape::Text, "rename = \"done\"", "How this variant is written."),
];

/// The reference of all keys, in Markdown.
#[cfg(test)]
pub(crate) fn reference() -> String {
    let mut page = String::from(
        "All keys of `#[resource(..)]`. Several attributes on one item count as one; a key that is unknown, doubled or \
         out of place is a compile error.\n",
    );
    for (place, title) in Place::ALL.into_iter().zip([
        "On a struct that derives `Resource`",
        "On its fields",
        "On an enum that derives `ResourceEnum`",
        "On its variants",
    ]) {
        page.push_str(&format!("\n# {title}\n\n| key | written | what it does |\n|---|---|---|\n"));
        for key in place.keys() {
            let again = if key.repeats { " Can be repeated." } else { "" };
            page.push_str(&format!("| `{}` | `{}` | {}{again} |\n", key.name, key.form, key.help.replace('|', "\\|")));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_up_to_date() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../resourceful/src/docs/attributes.md");
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::create_dir_all(std::path::Path::new(page).parent().expect("a folder")).expect("can be made");
            std::fs::write(page, reference()).expect("can be written");
        }
        let written = std::fs::read_to_string(page).unwrap_or_default();
        assert_eq!(written, reference(), "run the test with UPDATE_REFERENCE=1 to write the page again");
    }

    #[test]
    fn every_form_begins_with_its_key() {
        for key in KEYS {
            assert!(key.form.starts_with(key.name), "{}", key.form);
            assert!(key.help.ends_with('.'), "{}", key.name);
        }
    }

    #[test]
    fn no_key_is_both_known_and_not_yet() {
        for (place, name) in NOT_YET {
            assert!(place.key(name).is_none(), "{name}");
        }
    }
}
