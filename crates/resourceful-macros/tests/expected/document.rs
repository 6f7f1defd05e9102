// Over 500 lines because it is one expansion, written by the test.
const _: () = {
    ::resourceful::__private::assert::refers_to::<__ThroughDocument_tags, Document>();
    ::resourceful::__private::assert::refers_to::<
        __ThroughDocument_tags,
        __RelationDocument_tags,
    >();
    let _ = <<__ThroughDocument_sources as ::resourceful::__private::sea_orm::ModelTrait>::Entity as ::resourceful::__private::sea_orm::EntityTrait>::Column::QuotingId;
    let _ = <<__ThroughDocument_sources as ::resourceful::__private::sea_orm::ModelTrait>::Entity as ::resourceful::__private::sea_orm::EntityTrait>::Column::QuotedId;
};
const _: () = {
    ::core::assert!(
        ::resourceful::__private::assert::refers_once:: < Image >
        (::core::option::Option::Some("document_id")),
        "`has_one` leads to one row at most: the field `document_id` of `Image` that refers to this resource must be `unique`; write `#[resource(unique)]` on it, or `has_many` here"
    );
};
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __Document_must_be_declared_in_a_module_and_not_inside_a_function = ();
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDocument_id = i64;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDocument_text = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDocument_author_id = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_cover = Image;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_tags = Tag;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_sources = Document;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ThroughDocument_tags = DocumentTag;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ThroughDocument_sources = Quote;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ComputedDocument_is_late = ::core::primitive::bool;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ComputedDocument_label = Label;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ComputedDocument_margin = Label;
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Document {
    type Id = document::Id;
    type Create = document::Create;
    type Update = document::Update;
    type Patch = document::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &document::SPEC,
        fields: &[
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
        ],
        relations: &[
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_cover as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::None,
            },
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_tags as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::Some(|| {
                    <__ThroughDocument_tags as ::resourceful::__private::Resource>::TABLE
                }),
            },
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_sources as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::Some(|| {
                    <__ThroughDocument_sources as ::resourceful::__private::Resource>::TABLE
                }),
            },
        ],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[
            |__model| ::resourceful::__private::compute::<
                Self,
                _,
            >(__model, &document::__COMPUTED_is_late, Self::is_late),
            |__model| ::resourceful::__private::compute::<
                Self,
                _,
            >(__model, &document::__COMPUTED_label, Self::label),
            |__model| ::resourceful::__private::compute::<
                Self,
                _,
            >(__model, &document::__COMPUTED_margin, Self::margin),
        ],
        checks: &[
            |__model| ::resourceful::__private::run_model_check::<
                Self,
                _,
            >(__model, dates_in_order),
        ],
        policy: ::core::option::Option::Some(
            ::resourceful::__private::policy_of::<Self>,
        ),
        hooks: ::core::option::Option::Some(::resourceful::__private::hooks_of::<Self>()),
    };
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::HasPolicy for Document {}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::HasHooks for Document {}
///What `#[derive(Resource)]` makes of [`Document`](super::Document).
mod document {
    const _: super::__Document_must_be_declared_in_a_module_and_not_inside_a_function = ();
    #[allow(non_upper_case_globals)]
    const __FIELD_id: ::resourceful::__private::FieldOf<
        super::__ResourceDocument_id,
        ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceDocument_id>,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_text: ::resourceful::__private::FieldOf<
        super::__ResourceDocument_text,
        ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceDocument_text>,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_author_id: ::resourceful::__private::FieldOf<
        super::__ResourceDocument_author_id,
        ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceDocument_author_id,
        >,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    pub(super) const __COMPUTED_is_late: ::resourceful::__private::ComputedOf<
        super::__ComputedDocument_is_late,
    > = ::resourceful::__private::ComputedOf::new();
    #[allow(non_upper_case_globals)]
    pub(super) const __COMPUTED_label: ::resourceful::__private::ComputedOf<
        super::__ComputedDocument_label,
    > = ::resourceful::__private::ComputedOf::new();
    #[allow(non_upper_case_globals)]
    pub(super) const __COMPUTED_margin: ::resourceful::__private::ComputedOf<
        super::__ComputedDocument_margin,
    > = ::resourceful::__private::ComputedOf::new();
    ///The struct [`Document`](super::Document), as SeaORM calls it.
    pub(super) type Model = super::Document;
    /// The table.
    #[derive(
        ::core::clone::Clone,
        ::core::marker::Copy,
        ::core::fmt::Debug,
        ::core::default::Default
    )]
    pub(super) struct Entity;
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iden for Entity {
        fn unquoted(&self) -> &::core::primitive::str {
            SPEC.table
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::IdenStatic for Entity {
        fn as_str(&self) -> &'static ::core::primitive::str {
            SPEC.table
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::EntityName for Entity {
        fn table_name(&self) -> &'static ::core::primitive::str {
            SPEC.table
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::EntityTrait for Entity {
        type Model = <super::Document as ::resourceful::__private::assert::IsModel>::Itself;
        type ModelEx = <super::Document as ::resourceful::__private::assert::IsModel>::Itself;
        type ActiveModel = ActiveModel;
        type ActiveModelEx = ActiveModel;
        type Column = Column;
        type Relation = Relation;
        type PrimaryKey = PrimaryKey;
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::FromQueryResult for Model {
        fn from_query_result(
            __row: &::resourceful::__private::sea_orm::QueryResult,
            __prefix: &::core::primitive::str,
        ) -> ::core::result::Result<Self, ::resourceful::__private::sea_orm::DbErr> {
            Self::from_query_result_nullable(__row, __prefix)
                .map_err(::core::convert::Into::into)
        }
        fn from_query_result_nullable(
            __row: &::resourceful::__private::sea_orm::QueryResult,
            __prefix: &::core::primitive::str,
        ) -> ::core::result::Result<
            Self,
            ::resourceful::__private::sea_orm::TryGetError,
        > {
            ::core::result::Result::Ok(Self {
                id: (__FIELD_id.read)(__row, __prefix, "id")?,
                text: (__FIELD_text.read)(__row, __prefix, "text")?,
                author_id: (__FIELD_author_id.read)(__row, __prefix, "author_id")?,
            })
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::ModelTrait for Model {
        type Entity = Entity;
        fn get(&self, __column: Column) -> ::resourceful::__private::FieldValue {
            __slot(self, __column).value()
        }
        fn get_value_type(
            __column: Column,
        ) -> ::resourceful::__private::sea_orm::sea_query::ArrayType {
            ::resourceful::__private::array_type(
                &SPEC.fields[__column as ::core::primitive::usize],
            )
        }
        fn try_set(
            &mut self,
            __column: Column,
            __value: ::resourceful::__private::FieldValue,
        ) -> ::core::result::Result<(), ::resourceful::__private::sea_orm::DbErr> {
            __slot_mut(self, __column).replace(__value)
        }
    }
    /// The columns, in the order of the struct's fields.
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
    pub(super) enum Column {
        ///`id`
        Id,
        ///`text`
        Text,
        ///`author_id`
        AuthorId,
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iterable for Column {
        type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
        fn iter() -> Self::Iterator {
            const ALL: &[Column] = &[Column::Id, Column::Text, Column::AuthorId];
            ALL.iter().copied()
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iden for Column {
        fn unquoted(&self) -> &::core::primitive::str {
            SPEC.fields[*self as ::core::primitive::usize].column
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::IdenStatic for Column {
        fn as_str(&self) -> &'static ::core::primitive::str {
            SPEC.fields[*self as ::core::primitive::usize].column
        }
    }
    #[automatically_derived]
    impl ::core::str::FromStr for Column {
        type Err = ::resourceful::__private::sea_orm::ColumnFromStrErr;
        fn from_str(
            __name: &::core::primitive::str,
        ) -> ::core::result::Result<Self, Self::Err> {
            const ALL: &[Column] = &[Column::Id, Column::Text, Column::AuthorId];
            ::resourceful::__private::column_named(&SPEC, __name)
                .map(|__index| ALL[__index])
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::ColumnTrait for Column {
        type EntityName = Entity;
        fn def(&self) -> ::resourceful::__private::sea_orm::ColumnDef {
            ::resourceful::__private::column_def(
                &SPEC.fields[*self as ::core::primitive::usize],
            )
        }
    }
    /// The type of the id.
    pub(super) type Id = super::__ResourceDocument_id;
    /// The primary key.
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
    pub(super) enum PrimaryKey {
        /// The id.
        Id,
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iterable for PrimaryKey {
        type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
        fn iter() -> Self::Iterator {
            const ALL: &[PrimaryKey] = &[PrimaryKey::Id];
            ALL.iter().copied()
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iden for PrimaryKey {
        fn unquoted(&self) -> &::core::primitive::str {
            SPEC.id_field().column
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::IdenStatic for PrimaryKey {
        fn as_str(&self) -> &'static ::core::primitive::str {
            SPEC.id_field().column
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::PrimaryKeyTrait for PrimaryKey {
        type ValueType = Id;
        fn auto_increment() -> ::core::primitive::bool {
            __FIELD_id.is_made_by_the_database()
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::PrimaryKeyToColumn for PrimaryKey {
        type Column = Column;
        fn into_column(self) -> Column {
            Column::Id
        }
        fn from_column(__column: Column) -> ::core::option::Option<Self> {
            match __column {
                Column::Id => ::core::option::Option::Some(Self::Id),
                #[allow(unreachable_patterns)]
                _ => ::core::option::Option::None,
            }
        }
    }
    /// The relations to other resources.
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
    pub(super) enum Relation {
        ///`cover`
        Cover,
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iterable for Relation {
        type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
        fn iter() -> Self::Iterator {
            const ALL: &[Relation] = &[Relation::Cover];
            ALL.iter().copied()
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::RelationTrait for Relation {
        fn def(&self) -> ::resourceful::__private::sea_orm::RelationDef {
            match *self {
                Self::Cover => {
                    ::resourceful::__private::has_one_via::<
                        Model,
                        super::__RelationDocument_cover,
                    >(
                        <<super::__RelationDocument_cover as ::resourceful::__private::sea_orm::ModelTrait>::Entity as ::resourceful::__private::sea_orm::EntityTrait>::Column::DocumentId,
                    )
                }
            }
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Related<
        <super::__RelationDocument_cover as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
    > for Entity {
        fn to() -> ::resourceful::__private::sea_orm::RelationDef {
            ::resourceful::__private::sea_orm::RelationTrait::def(&Relation::Cover)
        }
    }
    fn __slot(
        __model: &Model,
        __column: Column,
    ) -> &dyn ::resourceful::__private::FieldSlot {
        match __column {
            Column::Id => (__FIELD_id.slot)(&__model.id),
            Column::Text => (__FIELD_text.slot)(&__model.text),
            Column::AuthorId => (__FIELD_author_id.slot)(&__model.author_id),
        }
    }
    fn __slot_mut(
        __model: &mut Model,
        __column: Column,
    ) -> &mut dyn ::resourceful::__private::FieldSlot {
        match __column {
            Column::Id => (__FIELD_id.slot_mut)(&mut __model.id),
            Column::Text => (__FIELD_text.slot_mut)(&mut __model.text),
            Column::AuthorId => (__FIELD_author_id.slot_mut)(&mut __model.author_id),
        }
    }
    fn __active(
        __model: &ActiveModel,
        __column: Column,
    ) -> &dyn ::resourceful::__private::ActiveSlot {
        match __column {
            Column::Id => (__FIELD_id.active)(&__model.id),
            Column::Text => (__FIELD_text.active)(&__model.text),
            Column::AuthorId => (__FIELD_author_id.active)(&__model.author_id),
        }
    }
    fn __active_mut(
        __model: &mut ActiveModel,
        __column: Column,
    ) -> &mut dyn ::resourceful::__private::ActiveSlot {
        match __column {
            Column::Id => (__FIELD_id.active_mut)(&mut __model.id),
            Column::Text => (__FIELD_text.active_mut)(&mut __model.text),
            Column::AuthorId => (__FIELD_author_id.active_mut)(&mut __model.author_id),
        }
    }
    /// A row on its way to the database, for SeaORM's own statements.
    pub(super) struct ActiveModel {
        ///`id`
        pub(super) id: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceDocument_id,
        >,
        ///`text`
        pub(super) text: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceDocument_text,
        >,
        ///`author_id`
        pub(super) author_id: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceDocument_author_id,
        >,
    }
    #[automatically_derived]
    impl ::core::clone::Clone for ActiveModel {
        fn clone(&self) -> Self {
            Self {
                id: (__FIELD_id.active_clone)(&self.id),
                text: (__FIELD_text.active_clone)(&self.text),
                author_id: (__FIELD_author_id.active_clone)(&self.author_id),
            }
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for ActiveModel {
        fn fmt(
            &self,
            __formatter: &mut ::core::fmt::Formatter<'_>,
        ) -> ::core::fmt::Result {
            __formatter
                .debug_struct("ActiveModel")
                .field("id", &(__FIELD_id.active)(&self.id).get())
                .field("text", &(__FIELD_text.active)(&self.text).get())
                .field("author_id", &(__FIELD_author_id.active)(&self.author_id).get())
                .finish()
        }
    }
    #[automatically_derived]
    impl ::core::default::Default for ActiveModel {
        fn default() -> Self {
            <Self as ::resourceful::__private::sea_orm::ActiveModelBehavior>::new()
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::ActiveModelBehavior for ActiveModel {}
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::ActiveModelTrait for ActiveModel {
        type Entity = Entity;
        fn take(
            &mut self,
            __column: Column,
        ) -> ::resourceful::__private::sea_orm::ActiveValue<
            ::resourceful::__private::FieldValue,
        > {
            __active_mut(self, __column).take()
        }
        fn get(
            &self,
            __column: Column,
        ) -> ::resourceful::__private::sea_orm::ActiveValue<
            ::resourceful::__private::FieldValue,
        > {
            __active(self, __column).get()
        }
        fn set_if_not_equals(
            &mut self,
            __column: Column,
            __value: ::resourceful::__private::FieldValue,
        ) {
            __active_mut(self, __column).set_if_not_equals(__value)
        }
        fn try_set(
            &mut self,
            __column: Column,
            __value: ::resourceful::__private::FieldValue,
        ) -> ::core::result::Result<(), ::resourceful::__private::sea_orm::DbErr> {
            __active_mut(self, __column).try_set(__value)
        }
        fn not_set(&mut self, __column: Column) {
            __active_mut(self, __column).clear()
        }
        fn is_not_set(&self, __column: Column) -> ::core::primitive::bool {
            __active(self, __column).is_not_set()
        }
        fn default() -> Self {
            Self {
                id: (__FIELD_id.not_set)(),
                text: (__FIELD_text.not_set)(),
                author_id: (__FIELD_author_id.not_set)(),
            }
        }
        fn default_values() -> Self {
            Self {
                id: (__FIELD_id.active_default)(),
                text: (__FIELD_text.active_default)(),
                author_id: (__FIELD_author_id.active_default)(),
            }
        }
        fn reset(&mut self, __column: Column) {
            __active_mut(self, __column).reset()
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<Model> for ActiveModel {
        fn from(__model: Model) -> Self {
            Self {
                id: (__FIELD_id.unchanged)(__model.id),
                text: (__FIELD_text.unchanged)(__model.text),
                author_id: (__FIELD_author_id.unchanged)(__model.author_id),
            }
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::IntoActiveModel<ActiveModel> for Model {
        fn into_active_model(self) -> ActiveModel {
            ::core::convert::From::from(self)
        }
    }
    #[automatically_derived]
    impl ::core::convert::TryFrom<ActiveModel> for Model {
        type Error = ::resourceful::__private::sea_orm::DbErr;
        fn try_from(
            __model: ActiveModel,
        ) -> ::core::result::Result<Self, ::resourceful::__private::sea_orm::DbErr> {
            ::core::result::Result::Ok(Self {
                id: (__FIELD_id.unwrap)(__model.id, "id")?,
                text: (__FIELD_text.unwrap)(__model.text, "text")?,
                author_id: (__FIELD_author_id.unwrap)(__model.author_id, "author_id")?,
            })
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::TryIntoModel<
        <super::Document as ::resourceful::__private::assert::IsModel>::Itself,
    > for ActiveModel {
        fn try_into_model(
            self,
        ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
            ::core::convert::TryFrom::try_from(self)
        }
    }
    ///The body of POST: `new` takes what a row cannot do without, one method for each field sets the rest.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    pub(super) struct Create {
        ///`text`
        pub(super) text: super::__ResourceDocument_text,
        ///`author_id`
        pub(super) author_id: ::core::option::Option<
            super::__ResourceDocument_author_id,
        >,
    }
    impl Create {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub(super) fn new(
            text: impl ::core::convert::Into<super::__ResourceDocument_text>,
        ) -> Self {
            Self {
                text: ::core::convert::Into::into(text),
                author_id: ::core::option::Option::None,
            }
        }
        ///`text`
        #[must_use]
        pub(super) fn text(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceDocument_text>,
        ) -> Self {
            self.text = ::core::convert::Into::into(__value);
            self
        }
        ///`author_id`
        #[must_use]
        pub(super) fn author_id(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceDocument_author_id>,
        ) -> Self {
            self.author_id = ::core::option::Option::Some(
                ::core::convert::Into::into(__value),
            );
            self
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Create {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(2usize);
            __FIELD_text
                .assign(
                    &mut __assignments,
                    1usize,
                    ::core::option::Option::Some(self.text),
                );
            __FIELD_author_id.assign(&mut __assignments, 2usize, self.author_id);
            __assignments
        }
    }
    ///The body of PUT: what is not given becomes null or its default.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    pub(super) struct Update {
        ///`text`
        pub(super) text: super::__ResourceDocument_text,
        ///`author_id`
        pub(super) author_id: ::core::option::Option<
            super::__ResourceDocument_author_id,
        >,
    }
    impl Update {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub(super) fn new(
            text: impl ::core::convert::Into<super::__ResourceDocument_text>,
        ) -> Self {
            Self {
                text: ::core::convert::Into::into(text),
                author_id: ::core::option::Option::None,
            }
        }
        ///`text`
        #[must_use]
        pub(super) fn text(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceDocument_text>,
        ) -> Self {
            self.text = ::core::convert::Into::into(__value);
            self
        }
        ///`author_id`
        #[must_use]
        pub(super) fn author_id(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceDocument_author_id>,
        ) -> Self {
            self.author_id = ::core::option::Option::Some(
                ::core::convert::Into::into(__value),
            );
            self
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Update {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(2usize);
            __FIELD_text
                .assign(
                    &mut __assignments,
                    1usize,
                    ::core::option::Option::Some(self.text),
                );
            __FIELD_author_id.assign(&mut __assignments, 2usize, self.author_id);
            __assignments
        }
    }
    ///The body of PATCH: what is not given stays.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    #[derive(::core::default::Default)]
    pub(super) struct Patch {
        ///`text`
        pub(super) text: ::core::option::Option<super::__ResourceDocument_text>,
        ///`author_id`
        pub(super) author_id: ::core::option::Option<
            super::__ResourceDocument_author_id,
        >,
    }
    impl Patch {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub fn new() -> Self {
            Self {
                text: ::core::option::Option::None,
                author_id: ::core::option::Option::None,
            }
        }
        ///`text`
        #[must_use]
        pub(super) fn text(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceDocument_text>,
        ) -> Self {
            self.text = ::core::option::Option::Some(
                ::core::convert::Into::into(__value),
            );
            self
        }
        ///`author_id`
        #[must_use]
        pub(super) fn author_id(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceDocument_author_id>,
        ) -> Self {
            self.author_id = ::core::option::Option::Some(
                ::core::convert::Into::into(__value),
            );
            self
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Patch {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(2usize);
            __FIELD_text.assign(&mut __assignments, 1usize, self.text);
            __FIELD_author_id.assign(&mut __assignments, 2usize, self.author_id);
            __assignments
        }
    }
    ///The service of [`Document`](super::Document); `impl` blocks of your own add to it.
    #[derive(::core::clone::Clone)]
    pub(super) struct Service(::resourceful::Crud<super::Document>);
    impl Service {
        /// The service for the application itself: seeds, jobs, tests.
        pub fn as_system(__executor: &impl ::resourceful::Executor) -> Self {
            Self(::resourceful::Crud::as_system(__executor))
        }
        /// The service for this user.
        pub fn as_user(
            __executor: &impl ::resourceful::Executor,
            __user: ::resourceful::CurrentUser,
        ) -> Self {
            Self(::resourceful::Crud::as_user(__executor, __user))
        }
    }
    #[automatically_derived]
    impl ::core::ops::Deref for Service {
        type Target = ::resourceful::Crud<super::Document>;
        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<::resourceful::Crud<super::Document>> for Service {
        fn from(__crud: ::resourceful::Crud<super::Document>) -> Self {
            Self(__crud)
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::actix_web::FromRequest for Service {
        type Error = ::resourceful::Error;
        type Future = ::std::future::Ready<::core::result::Result<Self, Self::Error>>;
        fn from_request(
            __request: &::resourceful::__private::actix_web::HttpRequest,
            _: &mut ::resourceful::__private::actix_web::dev::Payload,
        ) -> Self::Future {
            ::std::future::ready(
                ::resourceful::__private::crud_from_request::<super::Document>(__request)
                    .map(Self),
            )
        }
    }
    /// The resource as data.
    pub(super) static SPEC: ::resourceful::spec::ResourceSpec = ::resourceful::spec::ResourceSpec {
        type_name: "Document",
        name: "documents",
        table: "documents",
        path: "documents",
        tag: "Documents",
        doc: "",
        fields: &[
            ::resourceful::spec::FieldSpec {
                name: "id",
                json: "id",
                column: "id",
                doc: "",
                ty: __FIELD_id.ty,
                role: ::resourceful::spec::FieldRole::Id,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
                write: ::core::option::Option::None,
                has_default: false,
                default_sql: ::core::option::Option::None,
                unique: false,
                index: false,
                filter: true,
                sort: true,
                search: false,
                rules: &[],
            },
            ::resourceful::spec::FieldSpec {
                name: "text",
                json: "text",
                column: "text",
                doc: "",
                ty: __FIELD_text.ty,
                role: ::resourceful::spec::FieldRole::Plain,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::Some("documents:read:text"),
                write: ::core::option::Option::None,
                has_default: false,
                default_sql: ::core::option::Option::None,
                unique: false,
                index: false,
                filter: false,
                sort: false,
                search: true,
                rules: &[],
            },
            ::resourceful::spec::FieldSpec {
                name: "author_id",
                json: "authorId",
                column: "author_id",
                doc: "",
                ty: __FIELD_author_id.ty,
                role: ::resourceful::spec::FieldRole::Plain,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
                write: ::core::option::Option::Some("documents:assign"),
                has_default: false,
                default_sql: ::core::option::Option::None,
                unique: false,
                index: false,
                filter: false,
                sort: false,
                search: false,
                rules: &[],
            },
        ],
        id: 0usize,
        owner: ::core::option::Option::Some(::resourceful::spec::OwnerSpec {
            path: &["author_id"],
        }),
        relations: &[
            ::resourceful::spec::RelationSpec {
                name: "cover",
                json: "cover",
                kind: ::resourceful::spec::RelationKind::HasOne {
                    via: ::core::option::Option::Some("document_id"),
                },
                target: <super::__RelationDocument_cover as ::resourceful::__private::Resource>::spec,
            },
            ::resourceful::spec::RelationSpec {
                name: "tags",
                json: "tags",
                kind: ::resourceful::spec::RelationKind::ManyToMany {
                    through: <super::__ThroughDocument_tags as ::resourceful::__private::Resource>::spec,
                    from: ::core::option::Option::None,
                    to: ::core::option::Option::None,
                },
                target: <super::__RelationDocument_tags as ::resourceful::__private::Resource>::spec,
            },
            ::resourceful::spec::RelationSpec {
                name: "sources",
                json: "sources",
                kind: ::resourceful::spec::RelationKind::ManyToMany {
                    through: <super::__ThroughDocument_sources as ::resourceful::__private::Resource>::spec,
                    from: ::core::option::Option::Some("quoting_id"),
                    to: ::core::option::Option::Some("quoted_id"),
                },
                target: <super::__RelationDocument_sources as ::resourceful::__private::Resource>::spec,
            },
        ],
        computed: &[
            ::resourceful::spec::ComputedSpec {
                name: "is_late",
                json: "isLate",
                ty: __COMPUTED_is_late.ty,
                read: ::core::option::Option::None,
            },
            ::resourceful::spec::ComputedSpec {
                name: "label",
                json: "label",
                ty: __COMPUTED_label.ty,
                read: ::core::option::Option::None,
            },
            ::resourceful::spec::ComputedSpec {
                name: "margin",
                json: "margin",
                ty: __COMPUTED_margin.ty,
                read: ::core::option::Option::Some("documents:read:text"),
            },
        ],
        unique: &[],
        search: ::resourceful::spec::SearchSpec::FullText,
        read_permission: permissions::READ,
        operations: &[
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::List,
                requires: ::resourceful::spec::Requirement::Permission("documents:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Count,
                requires: ::resourceful::spec::Requirement::Permission("documents:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Search,
                requires: ::resourceful::spec::Requirement::Permission("documents:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Get,
                requires: ::resourceful::spec::Requirement::Permission("documents:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Create,
                requires: ::resourceful::spec::Requirement::Permission("documents:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::BulkCreate,
                requires: ::resourceful::spec::Requirement::Permission("documents:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Update,
                requires: ::resourceful::spec::Requirement::Permission("documents:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Patch,
                requires: ::resourceful::spec::Requirement::Permission("documents:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Delete,
                requires: ::resourceful::spec::Requirement::Permission(
                    "documents:delete",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfList,
                requires: ::resourceful::spec::Requirement::Permission(
                    "documents:read:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfCreate,
                requires: ::resourceful::spec::Requirement::Permission(
                    "documents:write:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfGet,
                requires: ::resourceful::spec::Requirement::Permission(
                    "documents:read:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfUpdate,
                requires: ::resourceful::spec::Requirement::Permission(
                    "documents:write:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfPatch,
                requires: ::resourceful::spec::Requirement::Permission(
                    "documents:write:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfDelete,
                requires: ::resourceful::spec::Requirement::Permission(
                    "documents:delete:self",
                ),
            },
        ],
        page: ::resourceful::spec::PageSpec {
            default: 20u32,
            max: 100u32,
        },
        sort: &[
            ::resourceful::spec::SortSpec {
                field: "id",
                descending: false,
            },
        ],
    };
    /// The permission strings.
    pub(super) mod permissions {
        ///`documents:read`
        pub const READ: &::core::primitive::str = "documents:read";
        ///`documents:write`
        pub const WRITE: &::core::primitive::str = "documents:write";
        ///`documents:delete`
        pub const DELETE: &::core::primitive::str = "documents:delete";
        ///`documents:admin`
        pub const ADMIN: &::core::primitive::str = "documents:admin";
        ///`documents:read:self`
        pub const READ_SELF: &::core::primitive::str = "documents:read:self";
        ///`documents:write:self`
        pub const WRITE_SELF: &::core::primitive::str = "documents:write:self";
        ///`documents:delete:self`
        pub const DELETE_SELF: &::core::primitive::str = "documents:delete:self";
    }
    /// The relations, as the service takes them.
    #[allow(private_interfaces)]
    pub(super) mod relations {
        ///`cover`
        pub const COVER: ::resourceful::ToOne<
            super::super::Document,
            super::super::__RelationDocument_cover,
        > = ::resourceful::ToOne::new("cover");
        ///`tags`
        pub const TAGS: ::resourceful::ToMany<
            super::super::Document,
            super::super::__RelationDocument_tags,
        > = ::resourceful::ToMany::new("tags");
        ///`sources`
        pub const SOURCES: ::resourceful::ToMany<
            super::super::Document,
            super::super::__RelationDocument_sources,
        > = ::resourceful::ToMany::new("sources");
    }
}
