//! Expansions as ordinary Rust, to be reviewed in a diff: `tests/expected/<case>/<emitter>.rs`, rewritten with
//! `UPDATE_EXPECTED=1`. Cases are small, so that each file can be read at once.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::quote;

use super::paths::absolute_paths_only;
use crate::errors::Errors;
use crate::resource::{check_resource, emitters, read_resource};
use crate::{cached_function, endpoint, main_function, named_module, resource, resource_enum};

/// The most lines of a snapshot, so that reviewers read all of it.
const MAX_LINES: usize = 130;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/expected")
}

fn is_updated() -> bool {
    std::env::var_os("UPDATE_EXPECTED").is_some()
}

/// Compares what the emitters of a case write with its files, which are these and no others.
fn check(case: &str, emitted: Vec<(&'static str, TokenStream)>) {
    let folder = folder().join(case);
    if is_updated() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("can be made");
    }
    let mut files = BTreeSet::new();
    for (emitter, tokens) in emitted.into_iter().filter(|(_, tokens)| !tokens.is_empty()) {
        absolute_paths_only(&format!("{case}/{emitter}"), tokens.clone());
        let file = syn::parse2(tokens).expect("the expansion is Rust");
        let written = prettyplease::unparse(&file);
        let path = folder.join(format!("{emitter}.rs"));
        if is_updated() {
            fs::write(&path, &written).expect("can be written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            expected == written,
            "{case}/{emitter} differs from {}; run with UPDATE_EXPECTED=1 and review the diff",
            path.display()
        );
        files.insert(format!("{emitter}.rs"));
    }
    let found = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let found: BTreeSet<String> = found.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(found, files, "{case} has files that no emitter writes");
}

/// A resource, emitter by emitter. The macro writes what they write, and nothing else inside the module.
fn check_emitters(case: &str, item: TokenStream) {
    let mut errors = Errors::default();
    let checked = check_resource(read_resource(item.clone(), &mut errors), &mut errors);
    let errors = errors.into_tokens();
    let emitted = emitters(&checked);
    let mut rest = resource(item).to_string();
    for (emitter, tokens) in &emitted {
        if *emitter != "module" {
            let tokens = tokens.to_string();
            assert!(rest.contains(&tokens), "{case}: the macro does not write what `{emitter}` does");
            rest = rest.replacen(&tokens, "", 1);
        }
    }
    let module = emitted.iter().find(|(emitter, _)| *emitter == "module").map(|(_, tokens)| quote!(#errors #tokens));
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(squeezed(&rest), squeezed(&module.expect("a module").to_string()));
    check(case, emitted.into_iter().chain([("errors", errors)]).collect());
}

#[test]
fn no_file_is_too_long_to_review() {
    for case in fs::read_dir(folder()).expect("a folder") {
        for file in fs::read_dir(case.expect("an entry").path()).expect("cases are folders") {
            let path = file.expect("an entry").path();
            let lines = fs::read_to_string(&path).expect("can be read").lines().count();
            assert!(lines < MAX_LINES, "{} has {lines} lines; make the case smaller", path.display());
        }
    }
}

#[test]
fn a_minimal_resource() {
    let item = quote! {
        struct Tag {
            id: Uuid,
        }
    };
    check_emitters("minimal", item);
}

// Types by their paths below, as nothing but the generated words is to be judged.

#[test]
fn a_resource_with_an_owner_and_rules() {
    let item = quote! {
        /// A piece of work that one user owns.
        #[resource(owner = owner_id, sort = "-name", operations(only(list, self_create)))]
        pub struct Project {
            pub id: Uuid,
            #[resource(length(1..=255), pattern = "^[A-Z]", filter, sort, search)]
            pub name: ::std::string::String,
            #[resource(belongs_to(owner: User, on_delete = "cascade"))]
            pub owner_id: ::std::string::String,
        }
    };
    check_emitters("project", item);
}

#[test]
fn names_defaults_and_hidden_fields() {
    let item = quote! {
        #[resource(public(list), permissions(get = "parts:look"), operations(only(list, get)), unique(code, rank))]
        #[resource(cache(ttl = "5m", max_age = "30s"))]
        pub struct Part {
            pub id: i32,
            #[resource(rename = "partCode", column = "part_code", default = "none", one_of("none", "some"))]
            pub code: ::std::string::String,
            #[resource(hidden, default = -5, range(-10..10))]
            pub rank: ::core::option::Option<i16>,
        }
    };
    check_emitters("part", item);
}

#[test]
fn fields_that_the_server_sets() {
    let item = quote! {
        #[resource(operations(only(list)), page(default = 5, max = 50))]
        pub(super) struct Visit {
            pub(super) id: ::std::string::String,
            #[resource(create_only, index)]
            page: ::std::string::String,
            pub(super) created_at: DateTime<Utc>,
        }
    };
    check_emitters("visit", item);
    let item = quote! {
        #[resource(operations(only(patch)), require_match)]
        pub struct Draft {
            pub id: i32,
            pub version: i64,
        }
    };
    check_emitters("draft", item);
}

#[test]
fn relations_of_every_kind() {
    let item = quote! {
        #[resource(operations(only(get)), has_many(tasks: Task), has_one(cover: Image, via = document_id))]
        #[resource(many_to_many(tags: Tag, through = DocumentTag))]
        #[resource(many_to_many(sources: Document, through = Quote, from = quoting_id, to = quoted_id))]
        struct Document {
            id: i64,
            #[resource(belongs_to(parent: Document, on_delete = "set_null", visible = "any"))]
            parent_id: ::core::option::Option<i64>,
        }
    };
    check_emitters("document", item);
}

#[test]
fn code_of_the_user() {
    let item = quote! {
        #[resource(operations(only(get)), policy, hooks, search = "full_text", check = dates_in_order)]
        #[resource(computed(is_late: ::core::primitive::bool, label: Label, open))]
        #[resource(computed(margin: Label, read = "articles:read:text"))]
        struct Article {
            id: Key,
            #[resource(search, read = "articles:read:text", write = "articles:edit", check = polite)]
            text: ::std::string::String,
        }
    };
    check_emitters("article", item);
}

#[test]
fn a_file() {
    let item = quote! {
        #[resource(operations(only(get, patch)))]
        pub struct Report {
            pub id: i32,
            #[resource(read = "reports:paper", file(max = "10MiB", types("image/png", "application/pdf"), thumbs("200x100")))]
            pub paper: ::core::option::Option<FileRef>,
            #[resource(file(max = "1KiB", types("*/*")))]
            pub other: Alias,
        }
    };
    check_emitters("report", item);
}

#[test]
fn a_resource_with_an_error() {
    let item = quote! {
        #[resource(ownr = owner_id, has_many(tasks: Task), computed(label: Label))]
        pub struct Tag {
            pub id: Key,
            #[resource(check = short)]
            pub name: ::std::string::String,
            pub time: Time,
        }
    };
    check_emitters("error", item);
}

#[test]
fn an_enum() {
    let item = quote! {
        /// How far a task is.
        pub enum Status {
            Open,
            /// Work on it has begun.
            InProgress,
            #[resource(rename = "finished")]
            Done,
        }
    };
    check("enum", vec![("proven", resource_enum(item))]);
}

#[test]
fn an_endpoint() {
    let arguments = quote!("/{id}/activate", requires("projects:admin"));
    let item = quote! {
        /// Makes a project active.
        pub async fn activate(id: Path<Uuid>, projects: project::Service) -> resourceful::Result<Out<Project>> {
            projects.activate(*id).await.map(Out)
        }
    };
    let without_arguments = quote! {
        async fn health() {}
    };
    let emitted = vec![
        ("activate", endpoint("POST", arguments, item.clone())),
        ("health", endpoint("GET", quote!("/health", public), without_arguments)),
        ("error", endpoint("POST", quote!("activate", requires("projects:admin")), item)),
    ];
    check("endpoint", emitted);
}

#[test]
fn cached_functions() {
    let result = quote! {
        /// Counts the tasks of a user.
        pub async fn summary(ctx: &Context, user: User, mut query: Query) -> ::resourceful::Result<Summary> {
            count(ctx, user, query).await
        }
    };
    let method = quote! {
        async fn today(&self, place: ::std::string::String) -> Weather {
            self.ask(place).await
        }
    };
    let key = quote!(ttl = "5m", key = "users:{user.id}:{{}}", tags("tasks", "user:{user.id}"), skip(query));
    let emitted = vec![
        ("summary", cached_function(key, result)),
        ("today", cached_function(quote!(ttl = "1h", cache = self.ctx), method.clone())),
        ("error", cached_function(quote!(ttl = "1 h"), method)),
    ];
    check("cached", emitted);
}

#[test]
fn main() {
    let item = quote! {
        async fn main() -> resourceful::Result<()> {
            run().await
        }
    };
    check("main_function", vec![("proven", main_function(TokenStream::new(), item))]);
}

#[test]
fn a_module_named_after_a_type() {
    let emitted = named_module(quote!(crate::ProjectMember, security, fn test() {}));
    check("module", vec![("proven", emitted)]);
}
