//! Errors are reported all at once, and each only once.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{cached_function, endpoint, main_function, resource, resource_enum};

/// The messages of the `compile_error!` calls.
fn messages(expanded: &TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expanded.clone()).expect("the expansion is Rust");
    let macros = file.items.iter().filter_map(|item| match item {
        syn::Item::Macro(call) if call.mac.path.segments.last().is_some_and(|last| last.ident == "compile_error") => {
            Some(call.mac.parse_body::<syn::LitStr>().expect("a message").value())
        }
        _ => None,
    });
    macros.map(|message| message.lines().next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_error_is_reported_at_once() {
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
    assert_eq!(messages(&resource(item)).len(), 8);
}

#[test]
fn errors_about_files() {
    let item = quote! {
        pub struct Thing {
            pub id: i32,
            #[resource(file(max = "10MB", types("png", "image/png", "image/png", "*/*"), thumbs("20", "0x5", "5x5", "5x5")))]
            pub one: Option<FileRef>,
            #[resource(file(mx = "10MiB", max = 5, types(5), thumbs("20x20")))]
            pub two: Option<FileRef>,
            #[resource(file(types("application/pdf"), thumbs("20x20")), unique, filter, default = None, length(1..))]
            pub three: Option<FileRef>,
            #[resource(file(max = "1MiB", types("image/png"), max = "2MiB"))]
            pub four: FileRef,
            pub five: Option<FileRef>,
            #[resource(file(max = "1MiB", types("image/png")))]
            pub six: Option<String>,
            #[resource(file)]
            pub seven: Option<FileRef>,
            #[resource(file(max = "1MiB", types(), thumbs()))]
            pub eight: Option<FileRef>,
        }
    };
    let expected = [
        "unknown option `mx` of `file`; did you mean `max`?",
        "`file` is not written like this; write for example `file(max = \"10MiB\", types(\"image/png\", \"application/pdf\"))`",
        "`file` is not written like this; write for example `file(max = \"10MiB\", types(\"image/png\", \"application/pdf\"))`",
        "`max` is given twice in `file`; remove one of the two",
        "`file` is incomplete; write for example `file(max = \"10MiB\", types(\"image/png\", \"application/pdf\"))`",
        "`10MB` is not a size; write for example \"10MiB\"",
        "`png` is not a content type; write for example \"image/png\"",
        "`image/png` is listed twice; remove one of the two",
        "`*/*` accepts all types; remove it, or the others",
        "`20` is not a size in pixels; write for example \"200x200\"",
        "`0x5` is not a size in pixels; write for example \"200x200\"",
        "`5x5` is listed twice; remove one of the two",
        "`length` does not fit the type of `three`, FileRef; remove it",
        "`default` has no effect on the file `three`: a row is created without its file; remove it",
        "`file` needs `max`, the largest size that is accepted; write for example `max = \"10MiB\"`",
        "`thumbs` makes smaller copies of images, and `types` has none of them; remove one of the two",
        "`filter` cannot be used on a file, which is not in the database; remove it",
        "`unique` cannot be used on a file, which is not in the database; remove it",
        "a file has the type `Option<FileRef>`: a row exists before its file is uploaded; write `Option<FileRef>`",
        "`five` is a file, and nothing says which files it takes; add `#[resource(file(max = \"10MiB\", types(\"image/png\", \"application/pdf\")))]`",
        "`file` does not fit the type of `six`, String; remove it",
        "`file` needs `types`, the content types that are accepted; write for example `types(\"image/png\")`, or `types(\"*/*\")` for all",
        "`thumbs` needs sizes; write for example `thumbs(\"200x200\")`",
    ];
    assert_eq!(messages(&resource(item)), expected);
}

#[test]
fn errors_in_parentheses_are_reported_one_by_one() {
    let item = quote! {
        #[resource(has_many(tasks: Task, va = thing_id, via = 5))]
        #[resource(computed(is_late: bool, reed = "x", opn))]
        #[resource(permissions(list = 1, get = "a b", create = "things:make" update = "x"))]
        #[resource(page(default = "x", max = 0))]
        pub struct Thing {
            pub id: i32,
            #[resource(belongs_to(parent: Thing, on_delete = "casade", visible = "all"))]
            pub parent_id: i32,
        }
    };
    let messages = messages(&resource(item));
    let expected = [
        "unknown option `va` of `has_many`; did you mean `via`?",
        "`has_many` is not written like this; write for example `has_many(tasks: Task, via = project_id)`",
        "unknown option `reed` of `computed`; did you mean `read`?",
        "unknown option `opn` of `computed`; did you mean `open`?",
        "`permissions` is not written like this; write for example `permissions(list = \"projects:browse\")`",
        "`permissions` is not written like this; write for example `permissions(list = \"projects:browse\")`",
        "`page` is not written like this; write for example `page(default = 20, max = 100)`",
        "unknown action `casade` of `on_delete`; did you mean `cascade`?",
        "unknown choice `all` of `visible`",
        "\"a b\" cannot be a permission; write for example \"projects:read\"",
        "a page cannot have this many rows",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn an_option_that_cannot_be_read_is_not_missed_as_well() {
    let item = quote! {
        #[resource(many_to_many(tags: Tag, thruogh = ThingTag), has_many(children: Thing, vai = parent_id))]
        pub struct Thing {
            pub id: i32,
        }
    };
    let expected = [
        "unknown option `thruogh` of `many_to_many`; did you mean `through`?",
        "unknown option `vai` of `has_many`; did you mean `via`?",
    ];
    assert_eq!(messages(&resource(item)), expected);
}

#[test]
fn the_other_macros_report_all_errors_too() {
    let of_enum = quote! {
        #[resource(rename_all = "snake")]
        enum Thing {
            One(i32),
            #[resource(renam = "x")]
            Two,
        }
    };
    assert_eq!(messages(&resource_enum(of_enum)).len(), 3);
    let function = quote!(
        fn a(&self, id: &str) {}
    );
    let arguments = quote!("a", requires("a b", "c"), role("x"), qery = "any");
    assert_eq!(messages(&endpoint("GET", arguments, function)).len(), 8);
    let main = quote!(
        fn main(x: i32) {}
    );
    assert_eq!(messages(&main_function(quote!(threads = 5), main)).len(), 3);
}

#[test]
fn an_item_that_is_no_item_is_reported() {
    assert_eq!(messages(&resource(quote!(5))).len(), 1);
    assert_eq!(messages(&resource_enum(quote!(5))).len(), 1);
}

#[test]
fn errors_of_a_cached_function_are_reported_at_once() {
    let arguments = quote!(ttl = "5x", key = "a{b", tags(1, "{c}"), skip(d), keyy = "x");
    let item = quote! {
        fn name<T>(id: T, (a, b): (i32, i32)) {}
    };
    assert_eq!(messages(&cached_function(arguments, item)).len(), 11);
}
