//! The SeaORM entity. Written out by hand rather than derived once more: derives on emitted items cost more to
//! compile, and the fields behind one vtable per type need two `match`es where SeaORM's own entities have nine.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{body, field_doc, field_of, field_type, id_type, runtime};
use crate::resource::check;
use crate::resource::model::{Field, Relation, RelationKind, Resource};

/// `Entity` to `ActiveModel`.
pub(super) fn inside(resource: &Resource) -> TokenStream {
    let parts = [
        entity(resource),
        model(resource),
        column(resource),
        primary_key(resource),
        relation(resource),
        active_model(resource),
    ];
    quote!(#(#parts)*)
}

fn entity(resource: &Resource) -> TokenStream {
    let Resource { krate, ident, inner_vis, .. } = resource;
    let rt = quote!(#krate::__private);
    let iden = iden(&rt, &quote!(Entity), &quote!(SPEC.table));
    let doc = format!("The struct [`{ident}`](super::{ident}), as SeaORM calls it.");
    let model = itself(resource);
    quote! {
        #[doc = #doc]
        #inner_vis type Model = super::#ident;
        /// The table.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::default::Default)]
        #inner_vis struct Entity;
        #iden
        #[automatically_derived]
        impl #rt::sea_orm::EntityName for Entity {
            fn table_name(&self) -> &'static ::core::primitive::str {
                SPEC.table
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::EntityTrait for Entity {
            type Model = #model;
            type ModelEx = #model;
            type ActiveModel = ActiveModel;
            type ActiveModelEx = ActiveModel;
            type Column = Column;
            type Relation = Relation;
            type PrimaryKey = PrimaryKey;
        }
    }
}

/// The struct, where SeaORM asks it to be cloned and debugged. As with the fields' types: the compiler says the same
/// at the same token wherever that is not so, and what it says twice it shows once.
fn itself(resource: &Resource) -> TokenStream {
    let (ident, rt) = (&resource.ident, runtime(resource, resource.ident.span()));
    quote_spanned!(ident.span()=> <super::#ident as #rt::assert::IsModel>::Itself)
}

fn model(resource: &Resource) -> TokenStream {
    let Resource { krate, fields, .. } = resource;
    let rt = quote!(#krate::__private);
    let reads = fields.iter().map(|field| {
        let (name, of, column) = (&field.ident, field_of(field), &field.column);
        quote_spanned!(field.ty.span()=> #name: (#of.read)(__row, __prefix, #column)?)
    });
    let read = body(resource, quote!(::core::result::Result::Ok(Self { #(#reads,)* })));
    quote! {
        #[automatically_derived]
        impl #rt::sea_orm::FromQueryResult for Model {
            fn from_query_result(
                __row: &#rt::sea_orm::QueryResult,
                __prefix: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #rt::sea_orm::DbErr> {
                Self::from_query_result_nullable(__row, __prefix).map_err(::core::convert::Into::into)
            }
            fn from_query_result_nullable(
                __row: &#rt::sea_orm::QueryResult,
                __prefix: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #rt::sea_orm::TryGetError> {
                #read
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::ModelTrait for Model {
            type Entity = Entity;
            fn get(&self, __column: Column) -> #rt::FieldValue {
                __slot(self, __column).value()
            }
            fn get_value_type(__column: Column) -> #rt::sea_orm::sea_query::ArrayType {
                #rt::array_type(&SPEC.fields[__column as ::core::primitive::usize])
            }
            fn try_set(
                &mut self,
                __column: Column,
                __value: #rt::FieldValue,
            ) -> ::core::result::Result<(), #rt::sea_orm::DbErr> {
                __slot_mut(self, __column).replace(__value)
            }
        }
    }
}

fn iden(rt: &TokenStream, ty: &TokenStream, name: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #rt::sea_orm::Iden for #ty {
            fn unquoted(&self) -> &::core::primitive::str {
                #name
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::IdenStatic for #ty {
            fn as_str(&self) -> &'static ::core::primitive::str {
                #name
            }
        }
    }
}

/// SeaORM walks over all columns, keys and relations.
fn iterable(rt: &TokenStream, ty: &TokenStream, variants: &[&Ident]) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #rt::sea_orm::Iterable for #ty {
            type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
            fn iter() -> Self::Iterator {
                const ALL: &[#ty] = &[#(#ty::#variants),*];
                ALL.iter().copied()
            }
        }
    }
}

fn column(resource: &Resource) -> TokenStream {
    let Resource { krate, inner_vis, .. } = resource;
    let rt = quote!(#krate::__private);
    let variants: Vec<_> = resource.fields.iter().map(|field| &field.variant).collect();
    let docs = resource.fields.iter().map(field_doc);
    let iterable = iterable(&rt, &quote!(Column), &variants);
    let iden = iden(&rt, &quote!(Column), &quote!(SPEC.fields[*self as ::core::primitive::usize].column));
    quote! {
        /// The columns, in the order of the struct's fields.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #inner_vis enum Column {
            #(#[doc = #docs] #variants,)*
        }
        #iterable
        #iden
        #[automatically_derived]
        impl ::core::str::FromStr for Column {
            type Err = #rt::sea_orm::ColumnFromStrErr;
            fn from_str(__name: &::core::primitive::str) -> ::core::result::Result<Self, Self::Err> {
                const ALL: &[Column] = &[#(Column::#variants),*];
                #rt::column_named(&SPEC, __name).map(|__index| ALL[__index])
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::ColumnTrait for Column {
            type EntityName = Entity;
            fn def(&self) -> #rt::sea_orm::ColumnDef {
                #rt::column_def(&SPEC.fields[*self as ::core::primitive::usize])
            }
        }
    }
}

fn primary_key(resource: &Resource) -> TokenStream {
    let Resource { krate, inner_vis, .. } = resource;
    let rt = quote!(#krate::__private);
    let id = &resource.fields[resource.id];
    let (variant, ty, of) = (&id.variant, id_type(resource), field_of(id));
    let auto_increment = body(resource, quote!(#of.is_made_by_the_database()));
    let iterable = iterable(&rt, &quote!(PrimaryKey), &[variant]);
    let iden = iden(&rt, &quote!(PrimaryKey), &quote!(SPEC.id_field().column));
    quote! {
        /// The type of the id.
        #inner_vis type Id = #ty;
        /// The primary key.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #inner_vis enum PrimaryKey {
            /// The id.
            #variant,
        }
        #iterable
        #iden
        #[automatically_derived]
        impl #rt::sea_orm::PrimaryKeyTrait for PrimaryKey {
            type ValueType = Id;
            fn auto_increment() -> ::core::primitive::bool {
                #auto_increment
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::PrimaryKeyToColumn for PrimaryKey {
            type Column = Column;
            fn into_column(self) -> Column {
                Column::#variant
            }
            fn from_column(__column: Column) -> ::core::option::Option<Self> {
                match __column {
                    Column::#variant => ::core::option::Option::Some(Self::#variant),
                    #[allow(unreachable_patterns)]
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

fn relation(resource: &Resource) -> TokenStream {
    let Resource { krate, inner_vis, .. } = resource;
    let rt = quote!(#krate::__private);
    let direct = || resource.relations.iter().filter(|relation| relation.is_direct());
    let variants: Vec<_> = direct().map(|relation| &relation.variant).collect();
    let docs = direct().map(|relation| format!("`{}`", relation.name));
    let definitions = direct().map(|relation| definition(resource, relation));
    let definition = body(resource, quote!(match *self { #(Self::#variants => #definitions,)* }));
    let iterable = iterable(&rt, &quote!(Relation), &variants);
    let related = resource.relations.iter().filter(|relation| relation.related).map(|relation| {
        let (alias, variant) = (&relation.alias, &relation.variant);
        let rt = runtime(resource, relation.target.span());
        quote_spanned! {relation.target.span()=>
            #[automatically_derived]
            impl #rt::sea_orm::Related<<super::#alias as #rt::sea_orm::ModelTrait>::Entity> for Entity {
                fn to() -> #rt::sea_orm::RelationDef {
                    #rt::sea_orm::RelationTrait::def(&Relation::#variant)
                }
            }
        }
    });
    let back = resource.relations.iter().filter(|relation| relation.related).filter_map(|relation| {
        let (alias, span) = (&relation.alias, relation.target.span());
        let rt = runtime(resource, span);
        matches!(relation.kind, RelationKind::BelongsTo { .. }).then(|| {
            quote_spanned! {span=>
                #[automatically_derived]
                #[diagnostic::do_not_recommend]
                impl #rt::RefersTo<<super::#alias as #rt::sea_orm::ModelTrait>::Entity> for Entity {}
            }
        })
    });
    quote! {
        /// The relations to other resources.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #inner_vis enum Relation {
            #(#[doc = #docs] #variants,)*
        }
        #iterable
        #[automatically_derived]
        impl #rt::sea_orm::RelationTrait for Relation {
            fn def(&self) -> #rt::sea_orm::RelationDef {
                #definition
            }
        }
        #(#related)*
        #(#back)*
    }
}

fn definition(resource: &Resource, relation: &Relation) -> TokenStream {
    let alias = &relation.alias;
    let span = relation.target.span();
    let rt = runtime(resource, span);
    match &relation.kind {
        RelationKind::BelongsTo { field, on_delete, .. } => {
            let (column, ty) = (&resource.fields[*field].variant, field_type(&resource.fields[*field]));
            let (krate, on_delete) = (&resource.krate, format_ident!("{on_delete}"));
            quote_spanned! {span=>
                #rt::belongs_to::<Entity, super::#alias, <#ty as #rt::FieldType>::Scalar>(Column::#column, #krate::spec::OnDelete::#on_delete)
            }
        }
        RelationKind::HasMany { via } => referred(relation, "has_many", via.as_ref(), &rt),
        RelationKind::HasOne { via } => referred(relation, "has_one", via.as_ref(), &rt),
        // Two relations of the resource between, of which SeaORM makes none.
        RelationKind::ManyToMany(_) => TokenStream::new(),
    }
}

/// The definition of a relation whose other side holds the reference.
fn referred(relation: &Relation, function: &str, via: Option<&Ident>, rt: &TokenStream) -> TokenStream {
    let (alias, span) = (&relation.alias, relation.target.span());
    let Some(via) = via else {
        let function = format_ident!("{function}", span = span);
        return quote_spanned!(span=> #rt::#function::<Entity, super::#alias>());
    };
    let function = format_ident!("{function}_via", span = span);
    let column = column_of(&quote!(super::#alias), via, rt, span);
    quote_spanned!(span=> #rt::#function::<Model, super::#alias>(#column))
}

/// The column of another resource's field; the compiler points at the field's name when there is none.
pub(super) fn column_of(resource: &TokenStream, field: &Ident, rt: &TokenStream, span: Span) -> TokenStream {
    let mut variant = check::variant(&syn::ext::IdentExt::unraw(field).to_string());
    variant.set_span(field.span());
    quote_spanned! {span=>
        <<#resource as #rt::sea_orm::ModelTrait>::Entity as #rt::sea_orm::EntityTrait>::Column::#variant
    }
}

/// The type inside an active value; beside errors, a number stands in for anything that SeaORM may not know.
fn active_type(resource: &Resource, field: &Field) -> TokenStream {
    let known = check::is_known(&field.spelled);
    let ty = if resource.proven || known { field_type(field) } else { quote!(::core::primitive::i32) };
    let rt = runtime(resource, field.ty.span());
    quote_spanned!(field.ty.span()=> #rt::sea_orm::ActiveValue<#ty>)
}

fn active_model(resource: &Resource) -> TokenStream {
    let Resource { krate, inner_vis, .. } = resource;
    let rt = quote!(#krate::__private);
    let fields = &resource.fields;
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let variants: Vec<_> = fields.iter().map(|field| &field.variant).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let (vis, docs) = (fields.iter().map(|field| &field.vis), fields.iter().map(field_doc));
    let types: Vec<_> = fields.iter().map(|field| active_type(resource, field)).collect();
    let of: Vec<_> = fields.iter().map(field_of).collect();
    let slot = body(resource, quote!(match __column { #(Column::#variants => (#of.slot)(&__model.#idents),)* }));
    let slot_mut =
        body(resource, quote!(match __column { #(Column::#variants => (#of.slot_mut)(&mut __model.#idents),)* }));
    let active = body(resource, quote!(match __column { #(Column::#variants => (#of.active)(&__model.#idents),)* }));
    let active_mut =
        body(resource, quote!(match __column { #(Column::#variants => (#of.active_mut)(&mut __model.#idents),)* }));
    let clone = body(resource, quote!(Self { #(#idents: (#of.active_clone)(&self.#idents),)* }));
    let debug =
        quote!(__formatter.debug_struct("ActiveModel")#(.field(#names, &(#of.active)(&self.#idents).get()))*.finish());
    let debug = body(resource, debug);
    let not_set = body(resource, quote!(Self { #(#idents: (#of.not_set)(),)* }));
    let defaults = body(resource, quote!(Self { #(#idents: (#of.active_default)(),)* }));
    let unchanged = quote!(Self { #(#idents: (#of.unchanged)(__model.#idents),)* });
    let unchanged = body(resource, unchanged);
    let unwrapped = quote!(::core::result::Result::Ok(Self { #(#idents: (#of.unwrap)(__model.#idents, #names)?,)* }));
    let unwrapped = body(resource, unwrapped);
    let value = quote!(#rt::sea_orm::ActiveValue<#rt::FieldValue>);
    let span = resource.ident.span();
    let (itself, spanned) = (itself(resource), runtime(resource, span));
    let into_model = quote_spanned! {span=>
        #[automatically_derived]
        impl #spanned::sea_orm::TryIntoModel<#itself> for ActiveModel {
            fn try_into_model(self) -> ::core::result::Result<Model, #spanned::sea_orm::DbErr> {
                ::core::convert::TryFrom::try_from(self)
            }
        }
    };
    quote! {
        fn __slot(__model: &Model, __column: Column) -> &dyn #rt::FieldSlot {
            #slot
        }
        fn __slot_mut(__model: &mut Model, __column: Column) -> &mut dyn #rt::FieldSlot {
            #slot_mut
        }
        fn __active(__model: &ActiveModel, __column: Column) -> &dyn #rt::ActiveSlot {
            #active
        }
        fn __active_mut(__model: &mut ActiveModel, __column: Column) -> &mut dyn #rt::ActiveSlot {
            #active_mut
        }
        /// A row on its way to the database, for SeaORM's own statements.
        #inner_vis struct ActiveModel {
            #(#[doc = #docs] #vis #idents: #types,)*
        }
        #[automatically_derived]
        impl ::core::clone::Clone for ActiveModel {
            fn clone(&self) -> Self {
                #clone
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Debug for ActiveModel {
            fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #debug
            }
        }
        #[automatically_derived]
        impl ::core::default::Default for ActiveModel {
            fn default() -> Self {
                <Self as #rt::sea_orm::ActiveModelBehavior>::new()
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::ActiveModelBehavior for ActiveModel {}
        #[automatically_derived]
        impl #rt::sea_orm::ActiveModelTrait for ActiveModel {
            type Entity = Entity;
            fn take(&mut self, __column: Column) -> #value {
                __active_mut(self, __column).take()
            }
            fn get(&self, __column: Column) -> #value {
                __active(self, __column).get()
            }
            fn set_if_not_equals(&mut self, __column: Column, __value: #rt::FieldValue) {
                __active_mut(self, __column).set_if_not_equals(__value)
            }
            fn try_set(
                &mut self,
                __column: Column,
                __value: #rt::FieldValue,
            ) -> ::core::result::Result<(), #rt::sea_orm::DbErr> {
                __active_mut(self, __column).try_set(__value)
            }
            fn not_set(&mut self, __column: Column) {
                __active_mut(self, __column).clear()
            }
            fn is_not_set(&self, __column: Column) -> ::core::primitive::bool {
                __active(self, __column).is_not_set()
            }
            fn default() -> Self {
                #not_set
            }
            fn default_values() -> Self {
                #defaults
            }
            fn reset(&mut self, __column: Column) {
                __active_mut(self, __column).reset()
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<Model> for ActiveModel {
            fn from(__model: Model) -> Self {
                #unchanged
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::IntoActiveModel<ActiveModel> for Model {
            fn into_active_model(self) -> ActiveModel {
                ::core::convert::From::from(self)
            }
        }
        #[automatically_derived]
        impl ::core::convert::TryFrom<ActiveModel> for Model {
            type Error = #rt::sea_orm::DbErr;
            fn try_from(__model: ActiveModel) -> ::core::result::Result<Self, #rt::sea_orm::DbErr> {
                #unwrapped
            }
        }
        #into_model
    }
}
