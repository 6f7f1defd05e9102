// Over 500 lines because it is one expansion, written by the test.
const _: () = {};
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __Tag_must_be_declared_in_a_module_and_not_inside_a_function = ();
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceTag_id = Uuid;
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Tag {
    type Id = tag::Id;
    type Create = tag::Create;
    type Update = tag::Update;
    type Patch = tag::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &tag::SPEC,
        fields: &[
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
        ],
        relations: &[],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[],
        checks: &[],
        policy: ::core::option::Option::None,
        hooks: ::core::option::Option::None,
    };
}
///What `#[derive(Resource)]` makes of [`Tag`](super::Tag).
mod tag {
    const _: super::__Tag_must_be_declared_in_a_module_and_not_inside_a_function = ();
    #[allow(non_upper_case_globals)]
    const __FIELD_id: ::resourceful::__private::FieldOf<
        super::__ResourceTag_id,
        ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceTag_id>,
    > = ::resourceful::__private::FieldOf::new();
    ///The struct [`Tag`](super::Tag), as SeaORM calls it.
    pub(super) type Model = super::Tag;
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
        type Model = <super::Tag as ::resourceful::__private::assert::IsModel>::Itself;
        type ModelEx = <super::Tag as ::resourceful::__private::assert::IsModel>::Itself;
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
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iterable for Column {
        type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
        fn iter() -> Self::Iterator {
            const ALL: &[Column] = &[Column::Id];
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
            const ALL: &[Column] = &[Column::Id];
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
    pub(super) type Id = super::__ResourceTag_id;
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
    pub(super) enum Relation {}
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iterable for Relation {
        type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
        fn iter() -> Self::Iterator {
            const ALL: &[Relation] = &[];
            ALL.iter().copied()
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::RelationTrait for Relation {
        fn def(&self) -> ::resourceful::__private::sea_orm::RelationDef {
            match *self {}
        }
    }
    fn __slot(
        __model: &Model,
        __column: Column,
    ) -> &dyn ::resourceful::__private::FieldSlot {
        match __column {
            Column::Id => (__FIELD_id.slot)(&__model.id),
        }
    }
    fn __slot_mut(
        __model: &mut Model,
        __column: Column,
    ) -> &mut dyn ::resourceful::__private::FieldSlot {
        match __column {
            Column::Id => (__FIELD_id.slot_mut)(&mut __model.id),
        }
    }
    fn __active(
        __model: &ActiveModel,
        __column: Column,
    ) -> &dyn ::resourceful::__private::ActiveSlot {
        match __column {
            Column::Id => (__FIELD_id.active)(&__model.id),
        }
    }
    fn __active_mut(
        __model: &mut ActiveModel,
        __column: Column,
    ) -> &mut dyn ::resourceful::__private::ActiveSlot {
        match __column {
            Column::Id => (__FIELD_id.active_mut)(&mut __model.id),
        }
    }
    /// A row on its way to the database, for SeaORM's own statements.
    pub(super) struct ActiveModel {
        ///`id`
        pub(super) id: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceTag_id,
        >,
    }
    #[automatically_derived]
    impl ::core::clone::Clone for ActiveModel {
        fn clone(&self) -> Self {
            Self {
                id: (__FIELD_id.active_clone)(&self.id),
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
            Self { id: (__FIELD_id.not_set)() }
        }
        fn default_values() -> Self {
            Self {
                id: (__FIELD_id.active_default)(),
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
            })
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::TryIntoModel<
        <super::Tag as ::resourceful::__private::assert::IsModel>::Itself,
    > for ActiveModel {
        fn try_into_model(
            self,
        ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
            ::core::convert::TryFrom::try_from(self)
        }
    }
    ///The body of POST: `new` takes what a row cannot do without, one method for each field sets the rest.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    #[derive(::core::default::Default)]
    pub(super) struct Create {}
    impl Create {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub fn new() -> Self {
            Self {}
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Create {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(0usize);
            __assignments
        }
    }
    ///The body of PUT: what is not given becomes null or its default.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    #[derive(::core::default::Default)]
    pub(super) struct Update {}
    impl Update {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub fn new() -> Self {
            Self {}
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Update {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(0usize);
            __assignments
        }
    }
    ///The body of PATCH: what is not given stays.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    #[derive(::core::default::Default)]
    pub(super) struct Patch {}
    impl Patch {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub fn new() -> Self {
            Self {}
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Patch {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(0usize);
            __assignments
        }
    }
    ///The service of [`Tag`](super::Tag); `impl` blocks of your own add to it.
    #[derive(::core::clone::Clone)]
    pub(super) struct Service(::resourceful::Crud<super::Tag>);
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
        type Target = ::resourceful::Crud<super::Tag>;
        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<::resourceful::Crud<super::Tag>> for Service {
        fn from(__crud: ::resourceful::Crud<super::Tag>) -> Self {
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
                ::resourceful::__private::crud_from_request::<super::Tag>(__request)
                    .map(Self),
            )
        }
    }
    /// The resource as data.
    pub(super) static SPEC: ::resourceful::spec::ResourceSpec = ::resourceful::spec::ResourceSpec {
        type_name: "Tag",
        name: "tags",
        table: "tags",
        path: "tags",
        tag: "Tags",
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
        ],
        id: 0usize,
        owner: ::core::option::Option::None,
        relations: &[],
        computed: &[],
        unique: &[],
        search: ::resourceful::spec::SearchSpec::Substring,
        read_permission: permissions::READ,
        operations: &[
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::List,
                requires: ::resourceful::spec::Requirement::Permission("tags:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Count,
                requires: ::resourceful::spec::Requirement::Permission("tags:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Search,
                requires: ::resourceful::spec::Requirement::Permission("tags:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Get,
                requires: ::resourceful::spec::Requirement::Permission("tags:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Create,
                requires: ::resourceful::spec::Requirement::Permission("tags:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::BulkCreate,
                requires: ::resourceful::spec::Requirement::Permission("tags:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Update,
                requires: ::resourceful::spec::Requirement::Permission("tags:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Patch,
                requires: ::resourceful::spec::Requirement::Permission("tags:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Delete,
                requires: ::resourceful::spec::Requirement::Permission("tags:delete"),
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
        ///`tags:read`
        pub const READ: &::core::primitive::str = "tags:read";
        ///`tags:write`
        pub const WRITE: &::core::primitive::str = "tags:write";
        ///`tags:delete`
        pub const DELETE: &::core::primitive::str = "tags:delete";
        ///`tags:admin`
        pub const ADMIN: &::core::primitive::str = "tags:admin";
        ///`tags:read:self`
        pub const READ_SELF: &::core::primitive::str = "tags:read:self";
        ///`tags:write:self`
        pub const WRITE_SELF: &::core::primitive::str = "tags:write:self";
        ///`tags:delete:self`
        pub const DELETE_SELF: &::core::primitive::str = "tags:delete:self";
    }
}
