//! The function that asks the cache, and those that make its values outdated.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, ItemFn, Pat, ReturnType, Signature};

use super::model::{Cached, Checked, Key, Source};
use super::template::{Part, Template};
use crate::spans::at;

/// The cached function and its handles; after an error the function as it is written.
pub(crate) fn emit_cached(checked: &Checked) -> TokenStream {
    match checked {
        Checked::Proven(cached) => {
            let (function, handles) = (emit_function(cached), emit_handles(cached));
            quote!(#function #handles)
        }
        Checked::Other(item) => item.clone(),
    }
}

/// The function: it runs the user's one when the cache has no value.
fn emit_function(cached: &Cached) -> TokenStream {
    let Cached { krate, ttl, arguments, function, .. } = cached;
    let rt = quote!(#krate::__private);
    let (attrs, vis, signature, block) = (&function.attrs, &function.vis, &function.sig, &function.block);
    // Errors about a type that cannot be kept belong to that type.
    let output = match (super::check::value_of(&signature.output), &signature.output) {
        (Some(value), _) => value.span(),
        (None, ReturnType::Type(_, ty)) => ty.span(),
        (None, ReturnType::Default) => signature.ident.span(),
    };
    let run = match cached.is_fallible {
        true => at(output, quote!(#rt::cached_result)),
        false => at(output, quote!(#rt::cached_value)),
    };
    let (key, source) = (emit_key(cached, &rt), emit_source(cached, krate));
    let tags = cached.tags.iter().map(|(tag, span)| emit_template(tag, *span, &rt));
    let cfgs = cfgs(function);
    let mut original = signature.clone();
    original.ident = match cached.is_method {
        true => format_ident!("__{}_uncached", signature.ident.unraw()),
        false => format_ident!("__uncached"),
    };
    let inner = &original.ident;
    let (load, nested, method) = match cached.is_method {
        true => (quote!(self.#inner(#(#arguments),*)), None, Some(quote!(#(#cfgs)* #[doc(hidden)] #original #block))),
        false => (quote!(#inner(#(#arguments),*)), Some(quote!(#original #block)), None),
    };
    let signature = unchanging(signature);
    let call = quote_spanned!(output=> #run(&__cache, &__key, __ttl, &__tags, || #load).await);
    quote! {
        #(#attrs)*
        #vis #signature {
            #nested
            let __key = #key;
            let __tags: &[::std::string::String] = &[#(#tags),*];
            let __tags: ::std::vec::Vec<&::core::primitive::str> =
                __tags.iter().map(::std::string::String::as_str).collect();
            // The arguments are moved into the function, and this borrows one of them.
            let __cache = #source.cache_use();
            let __ttl = ::core::time::Duration::from_millis(#ttl);
            #call
        }
        #method
    }
}

/// `name_invalidate` and `name_refresh`.
fn emit_handles(cached: &Cached) -> TokenStream {
    let Cached { krate, arguments, function, .. } = cached;
    let rt = quote!(#krate::__private);
    let (vis, name) = (&function.vis, &function.sig.ident);
    let cfgs = cfgs(function);
    let (key, source) = (emit_key(cached, &rt), emit_source(cached, krate));
    let mut invalidate = unchanging(&function.sig);
    invalidate.ident = format_ident!("{}_invalidate", name.unraw(), span = name.span());
    invalidate.output = ReturnType::Default;
    let mut refresh = unchanging(&function.sig);
    refresh.ident = format_ident!("{}_refresh", name.unraw(), span = name.span());
    let call = if cached.is_method { quote!(self.#name) } else { name.to_token_stream() };
    let invalidates =
        format!("Makes the value of [`{name}`](Self::{name}) for these arguments outdated, for all callers.");
    let refreshes = format!("Loads the value of [`{name}`](Self::{name}) for these arguments again.");
    let (invalidates, refreshes) = match cached.is_method {
        true => (invalidates, refreshes),
        false => (invalidates.replace("Self::", ""), refreshes.replace("Self::", "")),
    };
    quote! {
        #(#cfgs)*
        #[doc = #invalidates]
        #[allow(dead_code, unused_variables, clippy::needless_pass_by_value)]
        #vis #invalidate {
            let __key = #key;
            #source.forget(__key).await
        }

        #(#cfgs)*
        #[doc = #refreshes]
        #[allow(dead_code)]
        #vis #refresh {
            {
                let __key = #key;
                #source.forget(__key).await;
            }
            #call(#(#arguments),*).await
        }
    }
}

/// The attributes that decide whether there is such a function.
fn cfgs(function: &ItemFn) -> Vec<&Attribute> {
    function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
}

/// The signature without `mut`, which only the user's function needs.
fn unchanging(signature: &Signature) -> Signature {
    let mut signature = signature.clone();
    for input in &mut signature.inputs {
        if let FnArg::Typed(argument) = input
            && let Pat::Ident(pattern) = &mut *argument.pat
        {
            pattern.mutability = None;
        }
    }
    signature
}

/// What the cache is asked through.
fn emit_source(cached: &Cached, krate: &syn::Path) -> TokenStream {
    let of = |value: TokenStream, span: Span| {
        let cache_of = at(span, quote!(#krate::__private::cache_of));
        quote_spanned!(span=> #cache_of(#value))
    };
    match &cached.source {
        Source::Argument(name, true) => of(quote!(#name), name.span()),
        Source::Argument(name, false) => of(quote!(&#name), name.span()),
        Source::SelfValue => of(quote!(self), cached.function.sig.ident.span()),
        Source::Expression(expression) => of(quote!(&(#expression)), expression.span()),
    }
}

/// The key begins with the path of the function: functions whose keys are the same text share no values.
fn emit_key(cached: &Cached, rt: &TokenStream) -> TokenStream {
    let name = cached.function.sig.ident.unraw().to_string();
    let place = match cached.is_method {
        // Two types of a module can have methods of the same name.
        true => quote!(.words(::core::any::type_name::<Self>())),
        false => quote!(.words(::core::module_path!())),
    };
    let name = format!("::{name}:");
    let parts = match &cached.key {
        Key::Written(template, span) => emit_parts(template, *span),
        Key::OfArguments(names) => {
            let values = names.iter().map(|name| quote_spanned!(name.span()=> .value(&#name)));
            quote!(#(#values)*)
        }
    };
    quote!(#rt::CacheKey::default()#place.words(#name)#parts.finish())
}

fn emit_template(template: &Template, span: Span, rt: &TokenStream) -> TokenStream {
    let parts = emit_parts(template, span);
    quote!(#rt::CacheKey::default()#parts.finish())
}

fn emit_parts(template: &Template, span: Span) -> TokenStream {
    let parts = template.0.iter().map(|part| match part {
        Part::Words(words) => quote!(.words(#words)),
        Part::Value(path) => quote_spanned!(span=> .value(&#(#path).*)),
    });
    quote!(#(#parts)*)
}
