//! The resource as data, and the few functions beside it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Lit};

use super::{computed_of, field_of, option, runtime, runtime_variant};
use crate::resource::check;
use crate::resource::model::{Computed, Field, Operation, Relation, RelationKind, Resource, Role, Rule, Through};

/// `impl Resource`, where the user's own paths and expressions resolve as they do beside the struct.
pub(super) fn beside(resource: &Resource) -> TokenStream {
    let Resource { krate, ident, module, fields, .. } = resource;
    let rt = quote!(#krate::__private);
    let relations = resource.relations.iter().filter(|_| resource.proven).map(|relation| {
        let rt = runtime(resource, relation.target.span());
        let alias = &relation.alias;
        let through = option(match &relation.kind {
            RelationKind::ManyToMany(through) => {
                let (alias, rt) = (&through.alias, runtime(resource, through.target.span()));
                Some(quote_spanned!(through.target.span()=> || <#alias as #rt::Resource>::TABLE))
            }
            _ => None,
        });
        quote_spanned! {relation.target.span()=>
            #rt::RelationFns {
                target: || <#alias as #rt::Resource>::TABLE,
                through: #through,
            }
        }
    });
    let computed = resource.computed.iter().filter(|_| resource.proven).map(|one| {
        let (ident, of, rt) = (&one.ident, computed_of(one), runtime(resource, one.ident.span()));
        quote_spanned!(ident.span()=> |__model| #rt::compute::<Self, _>(__model, &#module::#of, Self::#ident))
    });
    let checks = resource.checks.iter().filter(|_| resource.proven).map(|path| {
        let rt = runtime(resource, path.span());
        quote_spanned!(path.span()=> |__model| #rt::run_model_check::<Self, _>(__model, #path))
    });
    let policy = option(resource.policy.as_ref().filter(|_| resource.proven).map(|word| {
        let rt = runtime(resource, word.span());
        quote_spanned!(word.span()=> #rt::policy_of::<Self>)
    }));
    let hooks = option(resource.hooks.as_ref().filter(|_| resource.proven).map(|word| {
        let rt = runtime(resource, word.span());
        quote_spanned!(word.span()=> #rt::hooks_of::<Self>())
    }));
    let flags = flags(resource, &rt);
    let model = if resource.proven { quote!(#rt::model_of::<Self>) } else { quote!(|_| ::core::unreachable!()) };
    let functions = fields.iter().filter(|_| resource.proven).map(|field| functions(resource, field, &rt));
    quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #rt::Resource for #ident {
            type Id = #module::Id;
            type Create = #module::Create;
            type Update = #module::Update;
            type Patch = #module::Patch;
            const TABLE: &'static #rt::ResourceTable = &#rt::ResourceTable {
                spec: &#module::SPEC,
                fields: &[#(#functions),*],
                relations: &[#(#relations),*],
                model: #model,
                computed: &[#(#computed),*],
                checks: &[#(#checks),*],
                policy: #policy,
                hooks: #hooks,
            };
        }
        #flags
    }
}

/// What lets the user implement `Policy` and `Hooks`. Beside errors both, as the flag may be the word that was not
/// understood.
fn flags(resource: &Resource, rt: &TokenStream) -> TokenStream {
    let flags = [(&resource.policy, quote!(HasPolicy)), (&resource.hooks, quote!(HasHooks))];
    let flags = flags.into_iter().filter(|(word, _)| word.is_some() || !resource.proven);
    let ident = &resource.ident;
    let flags = flags.map(|(_, flag)| {
        quote! {
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #rt::#flag for #ident {}
        }
    });
    flags.collect()
}

fn functions(resource: &Resource, field: &Field, rt: &TokenStream) -> TokenStream {
    let alias = &field.alias;
    let default = option(field.default.as_ref().map(|expr| {
        let value = default_value(field, expr);
        let rt = runtime(resource, expr.span());
        quote_spanned!(expr.span()=> || #rt::default_value::<#alias>(#value))
    }));
    let checks = field.checks.iter().map(|path| {
        let rt = runtime(resource, path.span());
        quote_spanned!(path.span()=> |__value| #rt::run_check::<#alias, _>(__value, #path))
    });
    quote!(#rt::FieldFns { default: #default, checks: &[#(#checks),*] })
}

/// A literal becomes what the field holds; any other expression is the field's value itself.
fn default_value(field: &Field, expr: &Expr) -> TokenStream {
    let Some(literal) = check::literal(expr) else { return expr.to_token_stream() };
    let value = match literal {
        Lit::Str(_) => quote_spanned!(expr.span()=> ::core::convert::Into::into(#expr)),
        Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) if field.spelled.word == "Json" => {
            quote_spanned!(expr.span()=> ::core::convert::Into::into(#expr))
        }
        _ => expr.to_token_stream(),
    };
    if field.spelled.optional { quote_spanned!(expr.span()=> ::core::option::Option::Some(#value)) } else { value }
}

/// The default as an SQL literal, when both it and the type are plain enough.
fn default_sql(field: &Field) -> Option<String> {
    let expr = field.default.as_ref()?;
    let sign = if matches!(expr, Expr::Unary(_)) { "-" } else { "" };
    match (check::literal(expr)?, field.spelled.word.as_str()) {
        (Lit::Str(text), "String") if !text.value().contains('\0') => {
            Some(format!("'{}'", text.value().replace('\'', "''")))
        }
        (Lit::Bool(flag), "bool") => Some(if flag.value { "TRUE" } else { "FALSE" }.to_owned()),
        (Lit::Int(number), "i16" | "i32" | "i64") => Some(format!("{sign}{}", number.base10_digits())),
        (Lit::Float(number), "f32" | "f64") => Some(format!("{sign}{}", number.base10_digits())),
        _ => None,
    }
}

/// `SPEC` and `permissions`.
pub(super) fn inside(resource: &Resource) -> TokenStream {
    let krate = &resource.krate;
    let spec = quote!(#krate::spec);
    let Resource { name, table, path, tag, doc, id, inner_vis, .. } = resource;
    let type_name = syn::ext::IdentExt::unraw(&resource.ident).to_string();
    let fields = resource.fields.iter().filter(|_| resource.proven).map(|one| field(one, &spec));
    let relations = resource.relations.iter().filter(|_| resource.proven).map(|one| relation(resource, one, &spec));
    let computed = resource.computed.iter().filter(|_| resource.proven).map(|one| computed(one, &spec));
    let search = format_ident!("{}", resource.search);
    let operations = resource.operations.iter().map(|one| operation(one, &spec));
    let owner = (!resource.owner.is_empty()).then(|| {
        let path = resource.owner.iter().map(|part| syn::ext::IdentExt::unraw(part).to_string());
        quote!(#spec::OwnerSpec { path: &[#(#path),*] })
    });
    let owner = option(owner);
    let (default, max) = resource.page;
    let sort = resource
        .sort
        .iter()
        .map(|(field, descending)| quote!(#spec::SortSpec { field: #field, descending: #descending }));
    let unique = resource.unique.iter().map(|fields| quote!(&[#(#fields),*]));
    let permissions = permissions(resource);
    quote! {
        /// The resource as data.
        #inner_vis static SPEC: #spec::ResourceSpec = #spec::ResourceSpec {
            type_name: #type_name,
            name: #name,
            table: #table,
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
        };
        #permissions
    }
}

fn field(one: &Field, spec: &TokenStream) -> TokenStream {
    let (read, write) = (option(one.read.as_ref()), option(one.write.as_ref()));
    let Field { name, json, column, doc, unique, index, filter, sort, search, .. } = one;
    let (role, access) = (runtime_variant(one.role), runtime_variant(one.access));
    let has_default = one.default.is_some();
    let default_sql = option(default_sql(one));
    let rules = one.rules.iter().map(|one| rule(one, spec));
    // A second index on the id's column is of no use.
    let unique = *unique && one.role != Role::Id;
    let table = field_of(one);
    quote! {
        #spec::FieldSpec {
            name: #name,
            json: #json,
            column: #column,
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
            rules: &[#(#rules),*],
        }
    }
}

fn rule(rule: &Rule, spec: &TokenStream) -> TokenStream {
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

fn relation(resource: &Resource, relation: &Relation, spec: &TokenStream) -> TokenStream {
    let Relation { name, json, alias, .. } = relation;
    let kind = match &relation.kind {
        RelationKind::BelongsTo { field, on_delete, any } => {
            let (field, on_delete) = (&resource.fields[*field].name, format_ident!("{on_delete}"));
            quote!(#spec::RelationKind::BelongsTo {
                field: #field,
                on_delete: #spec::OnDelete::#on_delete,
                any: #any,
            })
        }
        RelationKind::HasMany { via } => {
            let via = name_of(via);
            quote!(#spec::RelationKind::HasMany { via: #via })
        }
        RelationKind::HasOne { via } => {
            let via = name_of(via);
            quote!(#spec::RelationKind::HasOne { via: #via })
        }
        RelationKind::ManyToMany(through) => {
            let Through { target, alias, from, to } = through.as_ref();
            let (rt, from, to) = (runtime(resource, target.span()), name_of(from), name_of(to));
            let through = quote_spanned!(target.span()=> <super::#alias as #rt::Resource>::spec);
            quote!(#spec::RelationKind::ManyToMany { through: #through, from: #from, to: #to })
        }
    };
    let rt = runtime(resource, relation.target.span());
    let target = quote_spanned!(relation.target.span()=> <super::#alias as #rt::Resource>::spec);
    quote!(#spec::RelationSpec { name: #name, json: #json, kind: #kind, target: #target })
}

/// The Rust name of a field of another resource, if it is given.
fn name_of(field: &Option<Ident>) -> TokenStream {
    option(field.as_ref().map(|field| syn::ext::IdentExt::unraw(field).to_string()))
}

fn computed(one: &Computed, spec: &TokenStream) -> TokenStream {
    let (Computed { name, json, .. }, of) = (one, computed_of(one));
    let read = option(one.read.as_ref());
    quote!(#spec::ComputedSpec { name: #name, json: #json, ty: #of.ty, read: #read })
}

fn operation(operation: &Operation, spec: &TokenStream) -> TokenStream {
    let variant = format_ident!("{}", operation.variant);
    let requires = match &operation.permission {
        Some(permission) => quote!(#spec::Requirement::Permission(#permission)),
        None => quote!(#spec::Requirement::Public),
    };
    quote!(#spec::OperationSpec { operation: #spec::Operation::#variant, requires: #requires })
}

fn permissions(resource: &Resource) -> TokenStream {
    let inner_vis = &resource.inner_vis;
    let words = ["READ", "WRITE", "DELETE", "ADMIN", "READ_SELF", "WRITE_SELF", "DELETE_SELF"];
    let constants = words.map(|word| {
        let value = format!("{}:{}", resource.name, word.to_lowercase().replace('_', ":"));
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
