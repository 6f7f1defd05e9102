//! `SPEC`: the resource as data, and `permissions`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::source::Source;
use super::words::{computed_table, field_table, option, runtime_at, runtime_variant};
use crate::resource::model::{
    CacheTimes, Computed, Field, FieldOutline, FileLimits, OfferedOperation, Outline, Relation, RelationKind, Resource,
    Role, Rule, Through,
};

/// `SPEC`.
pub(super) fn emit_spec(source: &impl Source) -> TokenStream {
    let Outline { krate, inner_vis, .. } = source.outline();
    let spec = source.value(emit_spec_value, emit_empty_spec_value);
    quote! {
        /// The resource as data.
        #inner_vis static SPEC: #krate::spec::ResourceSpec = #spec;
    }
}

/// The data of a checked resource.
pub(super) fn emit_spec_value(resource: &Resource) -> TokenStream {
    let Resource { outline, table, was, path, tag, doc, page, require_match, .. } = resource;
    let (krate, name, id) = (&outline.krate, &outline.name, outline.id);
    let spec = quote!(#krate::spec);
    let type_name = outline.ident.unraw().to_string();
    let fields = outline.fields.iter().zip(&resource.fields).map(|(outline, field)| emit_field(outline, field, &spec));
    let relations = outline.relations.iter().map(|relation| emit_relation(resource, relation, &spec));
    let computed = outline.computed.iter().map(|computed| emit_computed(computed, &spec));
    let search = runtime_variant(resource.search);
    let operations = resource.operations.iter().map(|operation| emit_operation(operation, &spec));
    let owner = option((!resource.owner.is_empty()).then(|| {
        let path = resource.owner.iter().map(|part| part.unraw().to_string());
        quote!(#spec::OwnerSpec { path: &[#(#path),*] })
    }));
    let (default, max) = (page.default, page.max);
    let sort = resource.sort.iter().map(|sort| {
        let (name, descending) = (&sort.name, sort.descending);
        quote!(#spec::SortSpec { field: #name, descending: #descending })
    });
    let cache = option(resource.cache.map(|CacheTimes { ttl, max_age }| {
        let time =
            |millis: Option<u64>| option(millis.map(|millis| quote!(::core::time::Duration::from_millis(#millis))));
        let (ttl, max_age) = (time(ttl), time(max_age));
        quote!(#spec::CacheSpec { ttl: #ttl, max_age: #max_age })
    }));
    let was = option(was.as_ref());
    let unique = resource.unique.iter().map(|fields| quote!(&[#(#fields),*]));
    quote! {
        #spec::ResourceSpec {
            type_name: #type_name,
            name: #name,
            table: #table,
            was: #was,
            path: #path,
            tag: #tag,
            doc: #doc,
            fields: &[#(#fields),*],
            id: #id,
            owner: #owner,
            relations: &[#(#relations),*],
            computed: &[#(#computed),*],
            unique: &[#(#unique),*],
            search: #spec::SearchSpec::#search,
            read_permission: permissions::READ,
            operations: &[#(#operations),*],
            page: #spec::PageSpec { default: #default, max: #max },
            sort: &[#(#sort),*],
            cache: #cache,
            require_match: #require_match,
        }
    }
}

/// The data of an outline, which is never used.
pub(super) fn emit_empty_spec_value(outline: &Outline) -> TokenStream {
    let (krate, type_name) = (&outline.krate, outline.ident.unraw().to_string());
    let spec = quote!(#krate::spec);
    quote! {
        #spec::ResourceSpec {
            type_name: #type_name,
            name: "",
            table: "",
            was: ::core::option::Option::None,
            path: "",
            tag: "",
            doc: "",
            fields: &[],
            id: 0,
            owner: ::core::option::Option::None,
            relations: &[],
            computed: &[],
            unique: &[],
            search: #spec::SearchSpec::Substring,
            read_permission: permissions::READ,
            operations: &[],
            page: #spec::PageSpec { default: 0, max: 0 },
            sort: &[],
            cache: ::core::option::Option::None,
            require_match: false,
        }
    }
}

fn emit_field(outline: &FieldOutline, field: &Field, spec: &TokenStream) -> TokenStream {
    let FieldOutline { name, doc, .. } = outline;
    let Field { json, column, unique, index, filter, sort, search, .. } = field;
    let file = option(field.file.as_ref().map(|file| emit_file(file, spec)));
    let was = option(field.was.as_ref());
    let (read, write) = (option(field.read.as_ref()), option(field.write.as_ref()));
    let (role, access) = (runtime_variant(field.role), runtime_variant(field.access));
    let has_default = field.default.is_some();
    // Rows that other programs insert begin with the first version, too.
    let default_sql = match field.role {
        Role::Version => option(Some("1")),
        _ => option(field.default.as_ref().and_then(|default| default.sql.as_ref())),
    };
    let rules = field.rules.iter().map(|rule| emit_rule(rule, spec));
    let table = field_table(outline);
    quote! {
        #spec::FieldSpec {
            name: #name,
            json: #json,
            column: #column,
            was: #was,
            doc: #doc,
            ty: #table.ty,
            role: #spec::FieldRole::#role,
            access: #spec::FieldAccess::#access,
            read: #read,
            write: #write,
            has_default: #has_default,
            default_sql: #default_sql,
            unique: #unique,
            index: #index,
            filter: #filter,
            sort: #sort,
            search: #search,
            file: #file,
            rules: &[#(#rules),*],
        }
    }
}

fn emit_file(file: &FileLimits, spec: &TokenStream) -> TokenStream {
    let FileLimits { max, types, thumbs } = file;
    let thumbs = thumbs.iter().map(|(width, height)| quote!(#spec::ThumbSpec { width: #width, height: #height }));
    quote!(#spec::FileSpec { max: #max, types: &[#(#types),*], thumbs: &[#(#thumbs),*] })
}

fn emit_rule(rule: &Rule, spec: &TokenStream) -> TokenStream {
    match rule {
        Rule::Length { min, max } => {
            let (min, max) = (option(*min), option(*max));
            quote!(#spec::Rule::Length { min: #min, max: #max })
        }
        Rule::Range { min, max, exclusive } => {
            let (min, max) = (option(min.as_ref()), option(max.as_ref()));
            quote!(#spec::Rule::Range { min: #min, max: #max, exclusive: #exclusive })
        }
        Rule::Pattern(pattern) => quote!(#spec::Rule::Pattern(#pattern)),
        Rule::Email => quote!(#spec::Rule::Email),
        Rule::Url => quote!(#spec::Rule::Url),
        Rule::OneOf(values) => quote!(#spec::Rule::OneOf(&[#(#values),*])),
    }
}

fn emit_relation(resource: &Resource, relation: &Relation, spec: &TokenStream) -> TokenStream {
    let Relation { name, json, alias, .. } = relation;
    let krate = &resource.outline.krate;
    let kind = match &relation.kind {
        RelationKind::BelongsTo { field, on_delete, visible } => {
            let (field, on_delete) = (&resource.outline.fields[*field].name, runtime_variant(on_delete));
            let any = *visible == crate::grammar::Visible::Any;
            quote!(#spec::RelationKind::BelongsTo {
                field: #field,
                on_delete: #spec::OnDelete::#on_delete,
                any: #any,
            })
        }
        RelationKind::HasMany { via } => {
            let via = emit_field_name(via);
            quote!(#spec::RelationKind::HasMany { via: #via })
        }
        RelationKind::HasOne { via } => {
            let via = emit_field_name(via);
            quote!(#spec::RelationKind::HasOne { via: #via })
        }
        RelationKind::ManyToMany(through) => {
            let Through { target, alias, from, to } = through.as_ref();
            let (rt, from, to) = (runtime_at(krate, target.span()), emit_field_name(from), emit_field_name(to));
            let through = quote_spanned!(target.span()=> <super::#alias as #rt::Resource>::spec);
            quote!(#spec::RelationKind::ManyToMany { through: #through, from: #from, to: #to })
        }
    };
    let rt = runtime_at(krate, relation.target.span());
    let target = quote_spanned!(relation.target.span()=> <super::#alias as #rt::Resource>::spec);
    quote!(#spec::RelationSpec { name: #name, json: #json, kind: #kind, target: #target })
}

/// The Rust name of a field of another resource, if it is given.
fn emit_field_name(field: &Option<Ident>) -> TokenStream {
    option(field.as_ref().map(|field| field.unraw().to_string()))
}

fn emit_computed(computed: &Computed, spec: &TokenStream) -> TokenStream {
    let (Computed { name, json, .. }, table) = (computed, computed_table(computed));
    let read = option(computed.read.as_ref());
    quote!(#spec::ComputedSpec { name: #name, json: #json, ty: #table.ty, read: #read })
}

fn emit_operation(offered: &OfferedOperation, spec: &TokenStream) -> TokenStream {
    let variant = runtime_variant(offered.operation);
    let requires = match &offered.permission {
        Some(permission) => quote!(#spec::Requirement::Permission(#permission)),
        None => quote!(#spec::Requirement::Public),
    };
    quote!(#spec::OperationSpec { operation: #spec::Operation::#variant, requires: #requires })
}

/// `permissions`: the default permissions, for code that names them.
pub(super) fn emit_permissions(outline: &Outline) -> TokenStream {
    let inner_vis = &outline.inner_vis;
    let words = ["READ", "WRITE", "DELETE", "ADMIN", "READ_SELF", "WRITE_SELF", "DELETE_SELF"];
    let constants = words.map(|word| {
        let value = format!("{}:{}", outline.name, word.to_lowercase().replace('_', ":"));
        let (constant, doc) = (format_ident!("{word}"), format!("`{value}`"));
        quote! {
            #[doc = #doc]
            pub const #constant: &::core::primitive::str = #value;
        }
    });
    quote! {
        /// The permission strings.
        #inner_vis mod permissions {
            #(#constants)*
        }
    }
}
