//! The reference page of all keys, in Markdown: `crates/resourceful/src/docs/attributes.md`.

use super::{EnumKey, FieldKey, Item, Key, StructKey, VariantKey};

/// The hand-written text above the tables.
const INTRODUCTION: &str = include_str!("reference_introduction.md");

fn reference() -> String {
    [
        INTRODUCTION.to_owned(),
        table::<StructKey>("Attributes of the struct", |key| format!("#[resource({})]", key.example)),
        table::<FieldKey>("Attributes of a field", |key| format!("#[resource({})] {}", key.example, on_field(key.id))),
        table::<EnumKey>("Attributes of an enum that derives `ResourceEnum`", |key| {
            format!("#[resource({})]", key.example)
        }),
        table::<VariantKey>("Attributes of its variants", |key| format!("#[resource({})] Done", key.example)),
    ]
    .join("\n")
}

fn table<I: Item>(title: &str, example: impl Fn(&Key<I>) -> String) -> String {
    let mut page = format!("# {title}\n\n| key | form | what it does | example |\n|---|---|---|---|\n");
    for key in I::KEYS {
        let again = if key.repeats { " Can be given several times." } else { "" };
        let forms: Vec<String> = forms_of(key).map(|form| format!("`{form}`")).collect();
        let cells = [
            format!("`{}`", key.name),
            forms.join(" or "),
            format!("{}{again}", key.help),
            format!("`{}`", example(key)),
        ];
        page.push_str(&format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")));
    }
    page
}

/// A key can have two forms, each of which begins with its name.
fn forms_of<I: Item>(key: &Key<I>) -> impl Iterator<Item = String> {
    let again = format!(", {}", key.name);
    let forms: Vec<String> = key.form.split(&again).map(str::to_owned).collect();
    forms.into_iter().enumerate().map(move |(at, form)| if at == 0 { form } else { format!("{}{form}", &again[2..]) })
}

/// A field on which the key is allowed.
fn on_field(key: FieldKey) -> &'static str {
    match key {
        FieldKey::Id => "key: Uuid",
        FieldKey::CreatedAt => "made_at: DateTime<Utc>",
        FieldKey::UpdatedAt => "changed_at: DateTime<Utc>",
        FieldKey::Version => "revision: i64",
        FieldKey::Default => "is_active: bool",
        FieldKey::ReadOnly => "views: Option<i64>",
        FieldKey::Generated => "total: Decimal",
        FieldKey::Hidden | FieldKey::WriteOnly => "pin: Option<String>",
        FieldKey::File => "plan: Option<FileRef>",
        FieldKey::Read => "budget: Decimal",
        FieldKey::Write | FieldKey::BelongsTo | FieldKey::Column | FieldKey::Rename => "owner_id: String",
        FieldKey::Filter | FieldKey::Sort | FieldKey::Index | FieldKey::Check => "due_date: NaiveDate",
        FieldKey::Range => "stars: i16",
        FieldKey::Email => "email: String",
        FieldKey::Url => "homepage: String",
        FieldKey::OneOf => "size: String",
        FieldKey::Unique | FieldKey::Pattern => "slug: String",
        FieldKey::CreateOnly | FieldKey::Search | FieldKey::Length => "name: String",
    }
}

#[test]
fn the_reference_page_is_up_to_date() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../resourceful/src/docs/attributes.md");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(page, reference()).expect("can be written");
    }
    let written = std::fs::read_to_string(page).unwrap_or_default();
    assert_eq!(written, reference(), "run the test with UPDATE_REFERENCE=1 to write the page again");
}

#[test]
fn every_form_and_example_begins_with_its_key() {
    fn check<I: Item>() {
        for key in I::KEYS {
            assert!(forms_of(key).all(|form| form.starts_with(key.name)), "{}", key.form);
            assert!(key.example.starts_with(key.name), "{}", key.example);
            assert!(key.help.ends_with('.'), "{}", key.help);
        }
    }
    check::<StructKey>();
    check::<FieldKey>();
    check::<EnumKey>();
    check::<VariantKey>();
    check::<super::EndpointKey>();
    check::<super::MainKey>();
}

/// The reference shows nothing that the macro does not accept.
#[test]
fn every_example_compiles() {
    use quote::quote;

    let accepts = |expanded: proc_macro2::TokenStream, example: &str| {
        let expanded = expanded.to_string();
        assert!(!expanded.contains("compile_error"), "{example}: {expanded}");
    };
    let tokens = |text: &str| text.parse::<proc_macro2::TokenStream>().expect("tokens");
    for key in StructKey::KEYS {
        let attribute = tokens(key.example);
        // A resource that has everything that an example names.
        let item = quote! {
            #[resource(#attribute)]
            struct Project {
                id: Uuid,
                #[resource(search)]
                name: String,
                owner_id: String,
                user_id: i64,
                role_id: i64,
                created_at: DateTime<Utc>,
            }
        };
        accepts(crate::resource(item), key.example);
    }
    for key in FieldKey::KEYS {
        let (attribute, field) = (tokens(key.example), tokens(on_field(key.id)));
        let id = (key.id != FieldKey::Id).then(|| quote!(id: Uuid,));
        let item = quote! {
            struct Project {
                #id
                #[resource(#attribute)]
                #field,
            }
        };
        accepts(crate::resource(item), key.example);
    }
    for key in EnumKey::KEYS {
        let attribute = tokens(key.example);
        accepts(
            crate::resource_enum(quote!(
                #[resource(#attribute)]
                enum Status {
                    Open,
                }
            )),
            key.example,
        );
    }
    for key in VariantKey::KEYS {
        let attribute = tokens(key.example);
        accepts(
            crate::resource_enum(quote!(
                enum Status {
                    #[resource(#attribute)]
                    Open,
                }
            )),
            key.example,
        );
    }
    for key in super::EndpointKey::KEYS {
        let attribute = tokens(key.example);
        let access = (!super::EndpointKey::ACCESS.contains(&key.id)).then(|| quote!(public,));
        let function = quote!(
            async fn a() {}
        );
        accepts(crate::endpoint("GET", quote!("/a", #access #attribute), function), key.example);
    }
}

#[test]
fn no_key_is_both_known_and_not_available_yet() {
    fn check<I: Item>() {
        for name in I::NOT_YET {
            assert!(I::find(name).is_none(), "{name}");
        }
    }
    check::<StructKey>();
    check::<FieldKey>();
    check::<EnumKey>();
}

/// The pages of the other macros are written by hand.
#[test]
fn the_other_pages_have_every_key() {
    let page = |name: &str| {
        let path = format!("{}/../resourceful/src/docs/macros/{name}.md", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("the page")
    };
    let (endpoint, of_enum, main) = (page("endpoint"), page("resource_enum"), page("main"));
    for key in super::EndpointKey::KEYS {
        let row = format!("| `{}` | `{}` | {} |", key.form, key.example, key.help);
        assert!(endpoint.contains(&row), "endpoint.md does not have: {row}");
    }
    for key in EnumKey::KEYS {
        let row = format!("| `{}` | the enum | `#[resource({})]` | {} |", key.name, key.example, key.help);
        assert!(of_enum.contains(&row), "resource_enum.md does not have: {row}");
    }
    for key in VariantKey::KEYS {
        assert!(of_enum.contains(&format!("| `{}` | a variant |", key.name)), "{}", key.name);
        assert!(of_enum.contains(key.help), "{}", key.help);
    }
    for key in super::MainKey::KEYS {
        assert!(main.contains(key.example), "main.md does not have `{}`", key.example);
    }
}
