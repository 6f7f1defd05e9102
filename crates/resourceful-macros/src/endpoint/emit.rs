//! A function that gives the endpoint.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, ReturnType, Type};

use super::model::{Access, Checked, Endpoint, Outline, QueryUse};
use crate::spans::at;

/// The endpoint; after an error only its name, which other code needs.
pub(crate) fn emit_endpoint(checked: &Checked) -> TokenStream {
    match checked {
        Checked::Proven(endpoint) => {
            let (declaration, body) = (emit_declaration(&endpoint.outline), emit_body(endpoint));
            quote!(#declaration #body)
        }
        Checked::Outline(outline) => {
            let declaration = emit_declaration(outline);
            quote! {
                #declaration {
                    ::core::unreachable!()
                }
            }
        }
        Checked::Other(item) => item.clone(),
    }
}

/// The signature of the function. Unlike a unit struct, a function does not conflict with variables of the same name,
/// and the compiler warns if it is never used, provided that its tokens come from the user's file.
fn emit_declaration(outline: &Outline) -> TokenStream {
    let Outline { krate, method, path, doc, function } = outline;
    let (vis, ident, head) = (&function.vis, &function.sig.ident, function.sig.fn_token.span());
    let docs = function.attrs.iter().filter(|attr| is_outer(attr));
    let described = doc.is_empty().then(|| {
        let sentence = format!("The endpoint `{method} {path}`.");
        quote!(#[doc = #sentence])
    });
    let endpoint = at(head, quote!(#krate::__private::Endpoint));
    let signature = quote_spanned!(head=> fn #ident() -> #endpoint);
    quote! {
        #(#docs)*
        #described
        #vis #signature
    }
}

fn emit_body(endpoint: &Endpoint) -> TokenStream {
    let Outline { krate, method, path, doc, function } = &endpoint.outline;
    let rt = quote!(#krate::__private);
    let (ident, head) = (&function.sig.ident, function.sig.fn_token.span());
    let name = ident.unraw().to_string();
    let attrs = function.attrs.iter().filter(|attr| !is_outer(attr));
    let (signature, block) = (&function.sig, &function.block);
    let types: Vec<&Type> = signature.inputs.iter().filter_map(argument_type).collect();
    let requires = emit_requirement(&endpoint.access, &quote!(#krate::spec::Requirement));
    let path_values = match endpoint.path_values {
        Some(values) => quote!(::core::option::Option::Some(#values)),
        None => quote!(::core::option::Option::None),
    };
    let query = emit_query(endpoint.query, &types, &rt);
    let describe = emit_description(&types, &signature.output, &rt);
    let handler = emit_handler(&types, ident, &signature.output, &rt);
    let endpoint = quote! {
        #(#attrs)*
        #signature #block
        #rt::Endpoint {
            method: #method,
            path: #path,
            requires: #requires,
            query: #query,
            path_values: #path_values,
            name: #name,
            doc: #doc,
            describe: #describe,
            handler: #handler,
        }
    };
    quote_spanned!(head=> { #endpoint })
}

fn emit_requirement(access: &Access, requirement: &TokenStream) -> TokenStream {
    match access {
        Access::Public => quote!(#requirement::Public),
        Access::Permission(permission) => quote!(#requirement::Permission(#permission)),
        Access::Role(role) => quote!(#requirement::Role(#role)),
        Access::Scope(scope) => quote!(#requirement::Scope(#scope)),
        Access::Any(permissions) => quote!(#requirement::Any(&[#(#permissions),*])),
        Access::All(permissions) => quote!(#requirement::All(&[#(#permissions),*])),
    }
}

fn emit_query(query: QueryUse, types: &[&Type], rt: &TokenStream) -> TokenStream {
    match query {
        QueryUse::Any => quote!(#rt::QueryUse::Any),
        QueryUse::Nothing => quote!(#rt::QueryUse::Nothing),
        QueryUse::OfArguments => {
            let reads = types.iter().map(|ty| quote_spanned!(ty.span()=> #rt::Probe::<#ty>::READS_QUERY));
            quote! {
                {
                    #[allow(unused_imports)]
                    use #rt::Undescribed as _;
                    #rt::QueryUse::of(#(#reads)||*)
                }
            }
        }
    }
}

/// How the arguments and the return type describe themselves in the OpenAPI document.
fn emit_description(types: &[&Type], output: &ReturnType, rt: &TokenStream) -> TokenStream {
    let answer = match output {
        ReturnType::Type(_, ty) => Some((&**ty, quote!(Answer))),
        ReturnType::Default => None,
    };
    let described: Vec<_> = types
        .iter()
        .map(|ty| (*ty, quote!(Argument)))
        .chain(answer)
        .map(|(ty, part)| quote_spanned!(ty.span()=> #rt::Probe::<#ty>::new().describe(__doc, #rt::Part::#part);))
        .collect();
    let imports = (!described.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #rt::Undescribed as _;
        }
    });
    quote! {
        |__doc| {
            #imports
            let _ = &__doc;
            #(#described)*
        }
    }
}

/// Extracts the arguments, calls the function and renders what it returns.
fn emit_handler(types: &[&Type], ident: &Ident, output: &ReturnType, rt: &TokenStream) -> TokenStream {
    let locals: Vec<Ident> = (0..types.len()).map(|at| format_ident!("__a{at}")).collect();
    let extracted = locals.iter().zip(types).map(|(local, ty)| {
        let rt = at(ty.span(), rt.clone());
        quote_spanned! {ty.span()=>
            let #local = match #rt::extract::<#ty>(&__request, &mut __payload).await {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__response) => return __response,
            };
        }
    });
    let unused = types.is_empty().then(|| quote!(let _ = &mut __payload;));
    let output = match output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => ident.span(),
    };
    let respond = quote_spanned!(output=> #rt::respond(&__request, #ident(#(#locals),*).await));
    quote! {
        |__request, mut __payload| {
            ::std::boxed::Box::pin(async move {
                #unused
                #(#extracted)*
                #respond
            })
        }
    }
}

/// Whether an attribute belongs to the function that gives the endpoint.
fn is_outer(attr: &syn::Attribute) -> bool {
    attr.path().is_ident("doc") || attr.path().is_ident("cfg")
}

fn argument_type(argument: &FnArg) -> Option<&Type> {
    match argument {
        FnArg::Typed(argument) => Some(&argument.ty),
        FnArg::Receiver(_) => None,
    }
}
