//! `impl Resource`: the types of the generated module, and the resource's functions. It is next to the struct, where
//! the user's own paths and expressions resolve.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::source::Source;
use super::words::{computed_table, option, runtime_at};
use crate::resource::model::{Computed, DefaultValue, Field, FieldOutline, Outline, Relation, Resource};

/// The implementation, and the markers that allow the user to implement `Policy` and `Hooks`.
pub(super) fn emit_resource_impl(source: &impl Source) -> TokenStream {
    let Outline { krate, ident, module, has_policy, has_hooks, .. } = source.outline();
    let rt = quote!(#krate::__private);
    let table = source.value(emit_table_value, emit_empty_table_value);
    let flags = [(has_policy, quote!(HasPolicy)), (has_hooks, quote!(HasHooks))];
    let flags = flags.into_iter().filter(|(is_given, _)| **is_given).map(|(_, flag)| {
        quote! {
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #rt::#flag for #ident {}
        }
    });
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #rt::Resource for #ident {
            type Id = #module::Id;
            type Create = #module::Create;
            type Update = #module::Update;
            type Patch = #module::Patch;
            const TABLE: &'static #rt::ResourceTable = &#table;
        }
        #(#flags)*
    }
}

/// The table of a checked resource.
pub(super) fn emit_table_value(resource: &Resource) -> TokenStream {
    let Outline { krate, module, .. } = &resource.outline;
    let rt = quote!(#krate::__private);
    let fields = resource.outline.fields.iter().zip(&resource.fields);
    let fields = fields.map(|(outline, field)| emit_field(resource, outline, field));
    let relations = resource.outline.relations.iter().map(|relation| emit_relation(resource, relation));
    let computed = resource.outline.computed.iter().map(|computed| emit_computed(resource, computed));
    let checks = resource.checks.iter().map(|path| {
        let rt = runtime_at(krate, path.span());
        quote_spanned!(path.span()=> |__model| #rt::run_model_check::<Self, _>(__model, #path))
    });
    let policy = option(resource.policy.as_ref().map(|word| {
        let rt = runtime_at(krate, word.span());
        quote_spanned!(word.span()=> #rt::policy_of::<Self>)
    }));
    let hooks = option(resource.hooks.as_ref().map(|word| {
        let rt = runtime_at(krate, word.span());
        quote_spanned!(word.span()=> #rt::hooks_of::<Self>())
    }));
    quote! {
        #rt::ResourceTable {
            spec: &#module::SPEC,
            fields: &[#(#fields),*],
            relations: &[#(#relations),*],
            model: #rt::model_of::<Self>,
            computed: &[#(#computed),*],
            checks: &[#(#checks),*],
            policy: #policy,
            hooks: #hooks,
        }
    }
}

/// The table of an outline, which is never used.
pub(super) fn emit_empty_table_value(outline: &Outline) -> TokenStream {
    let Outline { krate, module, .. } = outline;
    let rt = quote!(#krate::__private);
    quote! {
        #rt::ResourceTable {
            spec: &#module::SPEC,
            fields: &[],
            relations: &[],
            model: |_| ::core::unreachable!(),
            computed: &[],
            checks: &[],
            policy: ::core::option::Option::None,
            hooks: ::core::option::Option::None,
        }
    }
}

fn emit_relation(resource: &Resource, relation: &Relation) -> TokenStream {
    let krate = &resource.outline.krate;
    let (rt, alias) = (runtime_at(krate, relation.target.span()), &relation.alias);
    let through = option(relation.through().map(|through| {
        let (alias, rt) = (&through.alias, runtime_at(krate, through.target.span()));
        quote_spanned!(through.target.span()=> || <#alias as #rt::Resource>::TABLE)
    }));
    quote_spanned! {relation.target.span()=>
        #rt::RelationFns {
            target: || <#alias as #rt::Resource>::TABLE,
            through: #through,
        }
    }
}

fn emit_computed(resource: &Resource, computed: &Computed) -> TokenStream {
    let Outline { krate, module, .. } = &resource.outline;
    let (ident, table, rt) = (&computed.ident, computed_table(computed), runtime_at(krate, computed.ident.span()));
    quote_spanned!(ident.span()=> |__model| #rt::compute::<Self, _>(__model, &#module::#table, Self::#ident))
}

fn emit_field(resource: &Resource, outline: &FieldOutline, field: &Field) -> TokenStream {
    let (krate, alias) = (&resource.outline.krate, &outline.alias);
    let default = option(field.default.as_ref().map(|default| {
        let (span, value) = (default.expr.span(), emit_default(krate, default));
        let rt = runtime_at(krate, span);
        quote_spanned!(span=> || #rt::default_value::<#alias>(#value))
    }));
    let checks = field.checks.iter().map(|path| {
        let rt = runtime_at(krate, path.span());
        quote_spanned!(path.span()=> |__value| #rt::run_check::<#alias, _>(__value, #path))
    });
    quote!(#krate::__private::FieldFns { default: #default, checks: &[#(#checks),*] })
}

fn emit_default(krate: &syn::Path, default: &DefaultValue) -> TokenStream {
    let DefaultValue { expr, is_converted, is_in_some, .. } = default;
    let value = if *is_converted {
        let (rt, is_text) = (runtime_at(krate, expr.span()), default.is_text);
        match is_text {
            true => quote_spanned!(expr.span()=> #rt::text_default(#expr)),
            false => quote_spanned!(expr.span()=> ::core::convert::Into::into(#expr)),
        }
    } else {
        expr.to_token_stream()
    };
    if *is_in_some { quote_spanned!(expr.span()=> ::core::option::Option::Some(#value)) } else { value }
}
