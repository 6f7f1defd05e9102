//! Paths in expansions: the runtime by the given path, everything else by absolute paths.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::{endpoint, main_function, resource, resource_enum};

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

pub(super) fn absolute_paths_only(name: &str, tokens: TokenStream) {
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
    let with_an_error = quote! {
        #[resource(crate = ::facade::inner, has_many(tags: Tag), tabel = "things")]
        pub struct Thing {
            pub id: i32,
        }
    };
    let of_enum = quote! {
        #[resource(crate = ::facade::inner)]
        enum Thing {
            One,
        }
    };
    let of_endpoint = quote!("/a", public, crate = ::facade::inner);
    let function = quote!(
        async fn a(id: Id) -> Id {
            id
        }
    );
    let main = quote!(
        async fn main() {}
    );
    for expanded in [
        resource(item),
        resource(with_an_error),
        resource_enum(of_enum),
        endpoint("GET", of_endpoint, function),
        main_function(quote!(crate = ::facade::inner), main),
    ] {
        let expanded = expanded.to_string();
        assert!(expanded.contains("facade") && !expanded.contains("resourceful"), "{expanded}");
    }
}
