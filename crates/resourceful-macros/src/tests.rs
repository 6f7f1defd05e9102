//! Expansions as ordinary Rust, to be reviewed in a diff: `tests/expected/*.rs`, rewritten with `UPDATE_EXPECTED=1`.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::entry;

fn check(name: &str, expanded: TokenStream) {
    absolute_paths_only(name, expanded.clone());
    let file = syn::parse2(expanded).expect("the expansion is Rust");
    let mut written = prettyplease::unparse(&file);
    if written.lines().count() > 500 {
        written.insert_str(0, "// Over 500 lines because it is one expansion, written by the test.\n");
    }
    let path = format!("{}/tests/expected/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &written).expect("can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == written,
        "{name} expands otherwise than {path} says; run with UPDATE_EXPECTED=1 and review the diff"
    );
}

/// Words of the prelude that an expansion may only name by their absolute path, since the user can shadow them.
const PRELUDE: [&str; 21] = [
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "String",
    "Vec",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "From",
    "Into",
    "TryFrom",
    "str",
    "usize",
    "bool",
    "unreachable",
    "assert",
];

fn absolute_paths_only(name: &str, tokens: TokenStream) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => absolute_paths_only(name, group.stream()),
            TokenTree::Ident(word) if PRELUDE.contains(&word.to_string().as_str()) => {
                let before = |back: usize| match at.checked_sub(back).map(|at| &tokens[at]) {
                    Some(TokenTree::Punct(punct)) => punct.as_char(),
                    _ => ' ',
                };
                let is_path = before(1) == ':' && before(2) == ':';
                let is_declared = at.checked_sub(1).is_some_and(|at| tokens[at].to_string() == "type");
                assert!(is_path || is_declared, "{name} names `{word}` without its path");
            }
            _ => {}
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
    check("minimal", entry::resource(item));
}

#[test]
fn the_project_of_the_front_page() {
    // Types by their paths, as nothing but the generated words is to be judged.
    let item = quote! {
        /// A piece of work that one user owns.
        #[resource(owner = owner_id, sort = "-created_at", has_many(tasks: Task))]
        pub struct Project {
            pub id: Uuid,
            #[resource(length(1..=255), filter, sort, search)]
            pub name: ::std::string::String,
            #[resource(search)]
            pub description: ::core::option::Option<::std::string::String>,
            #[resource(default = true, filter)]
            pub is_active: ::core::primitive::bool,
            #[resource(belongs_to(owner: User))]
            pub owner_id: ::std::string::String,
            #[resource(filter, sort)]
            pub due_date: ::core::option::Option<DateTime<Utc>>,
            pub created_at: DateTime<Utc>,
            pub updated_at: DateTime<Utc>,
        }
    };
    check("project", entry::resource(item));
}

#[test]
fn what_goes_beyond_the_front_page() {
    let item = quote! {
        #[resource(owner = author_id, policy, hooks, search = "full_text", check = dates_in_order)]
        #[resource(has_one(cover: Image, via = document_id), computed(is_late: ::core::primitive::bool, label: Label, open))]
        #[resource(computed(margin: Label, read = "documents:read:text"))]
        #[resource(many_to_many(tags: Tag, through = DocumentTag))]
        #[resource(many_to_many(sources: Document, through = Quote, from = quoting_id, to = quoted_id))]
        struct Document {
            id: i64,
            #[resource(search, read = "documents:read:text")]
            text: ::std::string::String,
            #[resource(write = "documents:assign")]
            author_id: ::std::string::String,
        }
    };
    check("document", entry::resource(item));
}

#[test]
fn a_resource_with_a_mistake() {
    let item = quote! {
        #[resource(ownr = owner_id)]
        pub struct Tag {
            pub id: Uuid,
            #[resource(check = short)]
            pub name: ::std::string::String,
        }
    };
    check("mistake", entry::resource(item));
}

#[test]
fn an_enum() {
    let item = quote! {
        /// How far a task is.
        pub enum Status {
            Open,
            /// Somebody works on it.
            InProgress,
            #[resource(rename = "finished")]
            Done,
        }
    };
    check("enum", entry::resource_enum(item));
}

#[test]
fn a_route() {
    let arguments = quote!("/{id}/activate", requires("projects:admin"));
    let item = quote! {
        /// Makes a project active.
        pub async fn activate(id: Path<Uuid>, projects: project::Service) -> resourceful::Result<Out<Project>> {
            projects.activate(*id).await.map(Out)
        }
    };
    check("route", entry::route("POST", arguments, item));
}

#[test]
fn main() {
    let item = quote! {
        async fn main() -> resourceful::Result<()> {
            run().await
        }
    };
    check("main_function", entry::main_function(TokenStream::new(), item));
}

#[test]
fn another_crate_path_leaves_no_trace_of_the_default() {
    let item = quote! {
        #[resource(crate = ::facade::inner, owner = name, has_many(tags: Tag), has_one(one: Tag), policy, hooks, check = fits)]
        #[resource(computed(label: Label), many_to_many(all: Tag, through = Other, from = thing_id))]
        pub struct Thing {
            pub id: i32,
            pub name: String,
            #[resource(belongs_to(user: User), default = 5, range(0..), check = even)]
            pub user_id: Number,
        }
    };
    let expanded = entry::resource(item).to_string();
    assert!(!expanded.contains("resourceful"), "{expanded}");
    let item = quote! {
        #[resource(crate = ::facade::inner)]
        enum Thing {
            One,
        }
    };
    assert!(!entry::resource_enum(item).to_string().contains("resourceful"));
    let route = entry::route(
        "GET",
        quote!("/a", public, crate = ::facade::inner),
        quote!(
            async fn a(id: Id) -> Id {
                id
            }
        ),
    );
    assert!(!route.to_string().contains("resourceful"));
}

#[test]
fn every_mistake_is_reported_at_once() {
    let item = quote! {
        #[resource(ownr = owner_id, sort = "-nam", operations(only(lst)), page(default = 0))]
        pub struct Thing {
            pub id: i32,
            #[resource(filtr, email)]
            pub size: u64,
            #[resource(default = "x", range(5..=1))]
            pub name: i32,
        }
    };
    let expanded = entry::resource(item).to_string();
    assert_eq!(expanded.matches("compile_error").count(), 8);
}
