//! `#[get]` to `#[delete]`: an async function becomes a row of the endpoint table.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{FnArg, ItemFn, LitStr, Path, ReturnType, Token, Type, parenthesized, parse_quote};

use crate::errors::{self, Errors};
use crate::resource::{check, parse};

const FORMS: [&str; 8] = ["requires", "any", "all", "role", "scope", "public", "crate", "query"];
const NONE: &str = "nothing is open by default: say who may call this with `requires(\"projects:admin\")`, \
                    `any(\"a\", \"b\")`, `all(\"a\", \"b\")`, `role(\"admin\")`, `scope(\"read:x\")` or `public`";

/// The arguments of the attribute.
struct Arguments {
    path: String,
    access: Access,
    krate: Path,
    /// Whether it takes query parameters of any name.
    any_query: bool,
}

/// Who may call.
enum Access {
    Public,
    /// The runtime's variant, and the string.
    One(&'static str, String),
    /// The runtime's variant, and the strings.
    Many(&'static str, Vec<String>),
}

/// The endpoint, or beside errors what other code needs of it: its name.
pub(crate) fn expand(method: &str, arguments: TokenStream, item: TokenStream, errors: &mut Errors) -> TokenStream {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return item;
        }
    };
    check_signature(&function, errors);
    let arguments = read(method, arguments, errors);
    emit(method, &arguments, &function, errors.is_empty())
}

fn read(method: &str, tokens: TokenStream, errors: &mut Errors) -> Arguments {
    let mut arguments =
        Arguments { path: String::new(), access: Access::Public, krate: parse_quote!(::resourceful), any_query: false };
    let mut access: Option<(Ident, Access)> = None;
    let parser = |input: ParseStream| {
        match input.parse::<LitStr>() {
            Ok(path) => {
                check_path(&path, errors);
                arguments.path = path.value();
            }
            Err(error) => {
                let example = format!("the path comes first: `#[{}(\"/{{id}}/activate\", ..)]`", method.to_lowercase());
                let span = if input.is_empty() { Span::call_site() } else { error.span() };
                errors.at(span, example);
            }
        }
        while !input.is_empty() {
            if input.parse::<Option<Token![,]>>()?.is_none() {
                errors.at(input.span(), "expected a comma");
                break;
            }
            if !input.is_empty() {
                form(input, &mut access, &mut arguments, errors)?;
            }
        }
        // What is left after a mistake has been reported.
        while !input.is_empty() {
            input.parse::<proc_macro2::TokenTree>()?;
        }
        Ok(())
    };
    let parsed = parser.parse2(tokens);
    if let Err(error) = parsed {
        errors.push(error);
    }
    match access {
        Some((_, access)) => arguments.access = access,
        None if errors.is_empty() => errors.at(Span::call_site(), NONE),
        None => {}
    }
    arguments
}

/// One of the forms of access, `query = "any"` or `crate = path`.
fn form(
    input: ParseStream,
    access: &mut Option<(Ident, Access)>,
    arguments: &mut Arguments,
    errors: &mut Errors,
) -> syn::Result<()> {
    let word = input.call(Ident::parse_any)?;
    let name = word.to_string();
    if !FORMS.contains(&name.as_str()) {
        errors.on(&word, errors::unknown("form of access {}", &name, &FORMS[..6]));
        // Not another message about the missing form.
        access.get_or_insert((word, Access::Public));
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<proc_macro2::TokenTree>()?;
        }
        return Ok(());
    }
    if name == "crate" {
        input.parse::<Token![=]>()?;
        arguments.krate = input.call(Path::parse_mod_style)?;
        return Ok(());
    }
    if name == "query" {
        input.parse::<Token![=]>()?;
        let value = input.parse::<LitStr>()?;
        if value.value() != "any" {
            errors.on(
                &value,
                "`query = \"any\"` takes parameters of any name; without it the endpoint takes the fields of its `QueryParams<T>` only, or none",
            );
        }
        arguments.any_query = true;
        return Ok(());
    }
    let found = if name == "public" { Access::Public } else { named(input, &word, &name, errors)? };
    match access {
        Some((first, _)) => errors.on(
            &word,
            format!(
                "`{first}` says already who may call this; keep one, or combine permissions with `any(..)` or `all(..)`"
            ),
        ),
        None => *access = Some((word, found)),
    }
    Ok(())
}

fn named(input: ParseStream, word: &Ident, name: &str, errors: &mut Errors) -> syn::Result<Access> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(
            word.span(),
            format!("`{name}` names what the caller must hold: `{name}(\"..\")`"),
        ));
    }
    let content;
    parenthesized!(content in input);
    let strings = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
    for text in &strings {
        if name != "role" {
            check::check_permission(text, errors);
        } else if text.value().trim().is_empty() {
            errors.on(text, "a role has a name");
        }
    }
    let mut values: Vec<String> = strings.iter().map(LitStr::value).collect();
    if name == "any" || name == "all" {
        if values.is_empty() {
            errors.on(word, format!("`{name}` names at least one permission"));
        }
        return Ok(Access::Many(if name == "any" { "Any" } else { "All" }, values));
    }
    if values.len() != 1 {
        let hint = if name == "requires" { "; for several, write `any(..)` or `all(..)`" } else { "" };
        errors.on(word, format!("`{name}` names exactly one{hint}"));
    }
    let variant = match name {
        "role" => "Role",
        "scope" => "Scope",
        _ => "Permission",
    };
    Ok(Access::One(variant, values.pop().unwrap_or_default()))
}

fn check_path(text: &LitStr, errors: &mut Errors) {
    let path = text.value();
    if path.is_empty() {
        return;
    }
    if !path.starts_with('/') {
        return errors.on(text, format!("a path begins with a slash: \"/{path}\""));
    }
    let mut names: Vec<&str> = Vec::new();
    for segment in path[1..].split('/') {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let plain =
            |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.~".contains(c));
        match name {
            Some(name) if syn::parse_str::<Ident>(name).is_err() => {
                return errors
                    .on(text, format!("a parameter is a plain name, such as \"{{id}}\", and not \"{segment}\""));
            }
            Some(name) if names.contains(&name) => {
                return errors.on(text, format!("the parameter `{name}` is there twice"));
            }
            Some(name) => names.push(name),
            None if !plain(segment) => {
                let what = if segment.is_empty() { "an empty segment" } else { segment };
                return errors
                    .on(text, format!("a path is made of plain words and `{{parameters}}`, and {what} is neither"));
            }
            None => {}
        }
    }
}

fn check_signature(function: &ItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        errors.on(signature.fn_token, "an endpoint is an async function: write `async fn`");
    }
    if !signature.generics.params.is_empty() {
        errors.on(&signature.generics, "an endpoint cannot be generic: its arguments are extracted from a request");
    }
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => errors.on(receiver, "an endpoint is a function of its own, not a method"),
            FnArg::Typed(argument) => match &*argument.ty {
                Type::ImplTrait(ty) => errors.on(ty, "an argument names its type: it is extracted from the request"),
                Type::Reference(ty) => errors.on(ty, "an argument is taken by value: it is extracted from the request"),
                _ => {}
            },
        }
    }
}

fn emit(method: &str, arguments: &Arguments, function: &ItemFn, proven: bool) -> TokenStream {
    let (vis, ident) = (&function.vis, &function.sig.ident);
    let (docs, inner): (Vec<_>, Vec<_>) =
        function.attrs.iter().partition(|attr| attr.path().is_ident("doc") || attr.path().is_ident("cfg"));
    let (path, name, doc) = (&arguments.path, ident.unraw().to_string(), parse::doc(&function.attrs));
    let described = doc.is_empty().then(|| {
        let sentence = format!("The endpoint `{method} {path}`.");
        quote!(#[doc = #sentence])
    });
    let krate = &arguments.krate;
    let rt = quote!(#krate::__private);
    // A function hides no variable of its name, as a unit struct would, and one that nobody uses is warned about: if it
    // stands in the user's file and not in an expansion.
    let head = function.sig.fn_token.span();
    let endpoint: TokenStream = at(head, quote!(#rt::Endpoint));
    let signature = quote_spanned!(head=> fn #ident() -> #endpoint);
    let declaration = quote! {
        #(#docs)*
        #described
        #vis #signature
    };
    if !proven {
        return quote! {
            #declaration {
                ::core::unreachable!()
            }
        };
    }
    let types: Vec<&Type> = function.sig.inputs.iter().filter_map(argument_type).collect();
    let locals: Vec<Ident> = (0..types.len()).map(|at| format_ident!("__a{at}")).collect();
    let extracted = locals.iter().zip(&types).map(|(local, ty)| {
        quote_spanned! {ty.span()=>
            let #local = match #rt::extract::<#ty>(&__request, &mut __payload).await {
                ::core::result::Result::Ok(__value) => __value,
                ::core::result::Result::Err(__response) => return __response,
            };
        }
    });
    let unused = types.is_empty().then(|| quote!(let _ = &mut __payload;));
    let described = types.iter().map(|ty| (*ty, quote!(Argument))).chain(match &function.sig.output {
        ReturnType::Type(_, ty) => Some((&**ty, quote!(Answer))),
        ReturnType::Default => None,
    });
    let described: Vec<_> = described
        .map(|(ty, part)| quote_spanned!(ty.span()=> #rt::Probe::<#ty>::new().describe(__doc, #rt::Part::#part);))
        .collect();
    let imports = (!described.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #rt::Undescribed as _;
        }
    });
    let reads = types.iter().map(|ty| quote_spanned!(ty.span()=> #rt::Probe::<#ty>::READS_QUERY));
    let query = match (arguments.any_query, types.is_empty()) {
        (true, _) => quote!(#rt::QueryUse::Any),
        (false, true) => quote!(#rt::QueryUse::Nothing),
        (false, false) => quote! {
            {
                #[allow(unused_imports)]
                use #rt::Undescribed as _;
                #rt::QueryUse::of(#(#reads)||*)
            }
        },
    };
    let requires = requirement(&arguments.access, &quote!(#krate::spec::Requirement));
    let (signature, block) = (&function.sig, &function.block);
    let output = match &signature.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => ident.span(),
    };
    let respond = quote_spanned!(output=> #rt::respond(&__request, #ident(#(#locals),*).await));
    let endpoint = quote! {
        #(#inner)*
        #signature #block
        #rt::Endpoint {
            method: #method,
            path: #path,
            requires: #requires,
            query: #query,
            name: #name,
            doc: #doc,
            describe: |__doc| {
                #imports
                let _ = &__doc;
                #(#described)*
            },
            handler: |__request, mut __payload| {
                ::std::boxed::Box::pin(async move {
                    #unused
                    #(#extracted)*
                    #respond
                })
            },
        }
    };
    let body = quote_spanned!(head=> { #endpoint });
    quote!(#declaration #body)
}

/// The same tokens in another place.
fn at(span: Span, tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}

fn argument_type(argument: &FnArg) -> Option<&Type> {
    match argument {
        FnArg::Typed(argument) => Some(&argument.ty),
        FnArg::Receiver(_) => None,
    }
}

fn requirement(access: &Access, requirement: &TokenStream) -> TokenStream {
    match access {
        Access::Public => quote!(#requirement::Public),
        Access::One(variant, value) => {
            let variant = format_ident!("{variant}");
            quote!(#requirement::#variant(#value))
        }
        Access::Many(variant, values) => {
            let variant = format_ident!("{variant}");
            quote!(#requirement::#variant(&[#(#values),*]))
        }
    }
}
