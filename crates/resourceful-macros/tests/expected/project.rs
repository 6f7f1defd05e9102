// Over 500 lines because it is one expansion, written by the test.
const _: () = {};
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __Project_must_be_declared_in_a_module_and_not_inside_a_function = ();
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_id = Uuid;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_name = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_description = ::core::option::Option<::std::string::String>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_is_active = ::core::primitive::bool;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_owner_id = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_due_date = ::core::option::Option<DateTime<Utc>>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_created_at = DateTime<Utc>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_updated_at = DateTime<Utc>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationProject_owner = User;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationProject_tasks = Task;
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Project {
    type Id = project::Id;
    type Create = project::Create;
    type Update = project::Update;
    type Patch = project::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &project::SPEC,
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
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::Some(|| ::resourceful::__private::default_value::<
                    __ResourceProject_is_active,
                >(true)),
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
                    <__RelationProject_owner as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::None,
            },
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationProject_tasks as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::None,
            },
        ],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[],
        checks: &[],
        policy: ::core::option::Option::None,
        hooks: ::core::option::Option::None,
    };
}
///What `#[derive(Resource)]` makes of [`Project`](super::Project).
pub mod project {
    const _: super::__Project_must_be_declared_in_a_module_and_not_inside_a_function = ();
    #[allow(non_upper_case_globals)]
    const __FIELD_id: ::resourceful::__private::FieldOf<
        super::__ResourceProject_id,
        ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceProject_id>,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_name: ::resourceful::__private::FieldOf<
        super::__ResourceProject_name,
        ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceProject_name>,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_description: ::resourceful::__private::FieldOf<
        super::__ResourceProject_description,
        ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_description,
        >,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_is_active: ::resourceful::__private::FieldOf<
        super::__ResourceProject_is_active,
        ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_is_active,
        >,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_owner_id: ::resourceful::__private::FieldOf<
        super::__ResourceProject_owner_id,
        ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceProject_owner_id>,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_due_date: ::resourceful::__private::FieldOf<
        super::__ResourceProject_due_date,
        ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceProject_due_date>,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_created_at: ::resourceful::__private::FieldOf<
        super::__ResourceProject_created_at,
        ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_created_at,
        >,
    > = ::resourceful::__private::FieldOf::new();
    #[allow(non_upper_case_globals)]
    const __FIELD_updated_at: ::resourceful::__private::FieldOf<
        super::__ResourceProject_updated_at,
        ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_updated_at,
        >,
    > = ::resourceful::__private::FieldOf::new();
    ///The struct [`Project`](super::Project), as SeaORM calls it.
    pub type Model = super::Project;
    /// The table.
    #[derive(
        ::core::clone::Clone,
        ::core::marker::Copy,
        ::core::fmt::Debug,
        ::core::default::Default
    )]
    pub struct Entity;
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
        type Model = <super::Project as ::resourceful::__private::assert::IsModel>::Itself;
        type ModelEx = <super::Project as ::resourceful::__private::assert::IsModel>::Itself;
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
                name: (__FIELD_name.read)(__row, __prefix, "name")?,
                description: (__FIELD_description.read)(__row, __prefix, "description")?,
                is_active: (__FIELD_is_active.read)(__row, __prefix, "is_active")?,
                owner_id: (__FIELD_owner_id.read)(__row, __prefix, "owner_id")?,
                due_date: (__FIELD_due_date.read)(__row, __prefix, "due_date")?,
                created_at: (__FIELD_created_at.read)(__row, __prefix, "created_at")?,
                updated_at: (__FIELD_updated_at.read)(__row, __prefix, "updated_at")?,
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
    pub enum Column {
        ///`id`
        Id,
        ///`name`
        Name,
        ///`description`
        Description,
        ///`is_active`
        IsActive,
        ///`owner_id`
        OwnerId,
        ///`due_date`
        DueDate,
        ///`created_at`
        CreatedAt,
        ///`updated_at`
        UpdatedAt,
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iterable for Column {
        type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
        fn iter() -> Self::Iterator {
            const ALL: &[Column] = &[
                Column::Id,
                Column::Name,
                Column::Description,
                Column::IsActive,
                Column::OwnerId,
                Column::DueDate,
                Column::CreatedAt,
                Column::UpdatedAt,
            ];
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
            const ALL: &[Column] = &[
                Column::Id,
                Column::Name,
                Column::Description,
                Column::IsActive,
                Column::OwnerId,
                Column::DueDate,
                Column::CreatedAt,
                Column::UpdatedAt,
            ];
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
    pub type Id = super::__ResourceProject_id;
    /// The primary key.
    #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
    pub enum PrimaryKey {
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
    pub enum Relation {
        ///`owner`
        Owner,
        ///`tasks`
        Tasks,
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Iterable for Relation {
        type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
        fn iter() -> Self::Iterator {
            const ALL: &[Relation] = &[Relation::Owner, Relation::Tasks];
            ALL.iter().copied()
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::RelationTrait for Relation {
        fn def(&self) -> ::resourceful::__private::sea_orm::RelationDef {
            match *self {
                Self::Owner => {
                    ::resourceful::__private::belongs_to::<
                        Entity,
                        super::__RelationProject_owner,
                        <super::__ResourceProject_owner_id as ::resourceful::__private::FieldType>::Scalar,
                    >(Column::OwnerId, ::resourceful::spec::OnDelete::Restrict)
                }
                Self::Tasks => {
                    ::resourceful::__private::has_many::<
                        Entity,
                        super::__RelationProject_tasks,
                    >()
                }
            }
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Related<
        <super::__RelationProject_owner as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
    > for Entity {
        fn to() -> ::resourceful::__private::sea_orm::RelationDef {
            ::resourceful::__private::sea_orm::RelationTrait::def(&Relation::Owner)
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::Related<
        <super::__RelationProject_tasks as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
    > for Entity {
        fn to() -> ::resourceful::__private::sea_orm::RelationDef {
            ::resourceful::__private::sea_orm::RelationTrait::def(&Relation::Tasks)
        }
    }
    #[automatically_derived]
    #[diagnostic::do_not_recommend]
    impl ::resourceful::__private::RefersTo<
        <super::__RelationProject_owner as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
    > for Entity {}
    fn __slot(
        __model: &Model,
        __column: Column,
    ) -> &dyn ::resourceful::__private::FieldSlot {
        match __column {
            Column::Id => (__FIELD_id.slot)(&__model.id),
            Column::Name => (__FIELD_name.slot)(&__model.name),
            Column::Description => (__FIELD_description.slot)(&__model.description),
            Column::IsActive => (__FIELD_is_active.slot)(&__model.is_active),
            Column::OwnerId => (__FIELD_owner_id.slot)(&__model.owner_id),
            Column::DueDate => (__FIELD_due_date.slot)(&__model.due_date),
            Column::CreatedAt => (__FIELD_created_at.slot)(&__model.created_at),
            Column::UpdatedAt => (__FIELD_updated_at.slot)(&__model.updated_at),
        }
    }
    fn __slot_mut(
        __model: &mut Model,
        __column: Column,
    ) -> &mut dyn ::resourceful::__private::FieldSlot {
        match __column {
            Column::Id => (__FIELD_id.slot_mut)(&mut __model.id),
            Column::Name => (__FIELD_name.slot_mut)(&mut __model.name),
            Column::Description => {
                (__FIELD_description.slot_mut)(&mut __model.description)
            }
            Column::IsActive => (__FIELD_is_active.slot_mut)(&mut __model.is_active),
            Column::OwnerId => (__FIELD_owner_id.slot_mut)(&mut __model.owner_id),
            Column::DueDate => (__FIELD_due_date.slot_mut)(&mut __model.due_date),
            Column::CreatedAt => (__FIELD_created_at.slot_mut)(&mut __model.created_at),
            Column::UpdatedAt => (__FIELD_updated_at.slot_mut)(&mut __model.updated_at),
        }
    }
    fn __active(
        __model: &ActiveModel,
        __column: Column,
    ) -> &dyn ::resourceful::__private::ActiveSlot {
        match __column {
            Column::Id => (__FIELD_id.active)(&__model.id),
            Column::Name => (__FIELD_name.active)(&__model.name),
            Column::Description => (__FIELD_description.active)(&__model.description),
            Column::IsActive => (__FIELD_is_active.active)(&__model.is_active),
            Column::OwnerId => (__FIELD_owner_id.active)(&__model.owner_id),
            Column::DueDate => (__FIELD_due_date.active)(&__model.due_date),
            Column::CreatedAt => (__FIELD_created_at.active)(&__model.created_at),
            Column::UpdatedAt => (__FIELD_updated_at.active)(&__model.updated_at),
        }
    }
    fn __active_mut(
        __model: &mut ActiveModel,
        __column: Column,
    ) -> &mut dyn ::resourceful::__private::ActiveSlot {
        match __column {
            Column::Id => (__FIELD_id.active_mut)(&mut __model.id),
            Column::Name => (__FIELD_name.active_mut)(&mut __model.name),
            Column::Description => {
                (__FIELD_description.active_mut)(&mut __model.description)
            }
            Column::IsActive => (__FIELD_is_active.active_mut)(&mut __model.is_active),
            Column::OwnerId => (__FIELD_owner_id.active_mut)(&mut __model.owner_id),
            Column::DueDate => (__FIELD_due_date.active_mut)(&mut __model.due_date),
            Column::CreatedAt => (__FIELD_created_at.active_mut)(&mut __model.created_at),
            Column::UpdatedAt => (__FIELD_updated_at.active_mut)(&mut __model.updated_at),
        }
    }
    /// A row on its way to the database, for SeaORM's own statements.
    pub struct ActiveModel {
        ///`id`
        pub id: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_id,
        >,
        ///`name`
        pub name: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_name,
        >,
        ///`description`
        pub description: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_description,
        >,
        ///`is_active`
        pub is_active: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_is_active,
        >,
        ///`owner_id`
        pub owner_id: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_owner_id,
        >,
        ///`due_date`
        pub due_date: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_due_date,
        >,
        ///`created_at`
        pub created_at: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_created_at,
        >,
        ///`updated_at`
        pub updated_at: ::resourceful::__private::sea_orm::ActiveValue<
            super::__ResourceProject_updated_at,
        >,
    }
    #[automatically_derived]
    impl ::core::clone::Clone for ActiveModel {
        fn clone(&self) -> Self {
            Self {
                id: (__FIELD_id.active_clone)(&self.id),
                name: (__FIELD_name.active_clone)(&self.name),
                description: (__FIELD_description.active_clone)(&self.description),
                is_active: (__FIELD_is_active.active_clone)(&self.is_active),
                owner_id: (__FIELD_owner_id.active_clone)(&self.owner_id),
                due_date: (__FIELD_due_date.active_clone)(&self.due_date),
                created_at: (__FIELD_created_at.active_clone)(&self.created_at),
                updated_at: (__FIELD_updated_at.active_clone)(&self.updated_at),
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
                .field("name", &(__FIELD_name.active)(&self.name).get())
                .field(
                    "description",
                    &(__FIELD_description.active)(&self.description).get(),
                )
                .field("is_active", &(__FIELD_is_active.active)(&self.is_active).get())
                .field("owner_id", &(__FIELD_owner_id.active)(&self.owner_id).get())
                .field("due_date", &(__FIELD_due_date.active)(&self.due_date).get())
                .field(
                    "created_at",
                    &(__FIELD_created_at.active)(&self.created_at).get(),
                )
                .field(
                    "updated_at",
                    &(__FIELD_updated_at.active)(&self.updated_at).get(),
                )
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
                name: (__FIELD_name.not_set)(),
                description: (__FIELD_description.not_set)(),
                is_active: (__FIELD_is_active.not_set)(),
                owner_id: (__FIELD_owner_id.not_set)(),
                due_date: (__FIELD_due_date.not_set)(),
                created_at: (__FIELD_created_at.not_set)(),
                updated_at: (__FIELD_updated_at.not_set)(),
            }
        }
        fn default_values() -> Self {
            Self {
                id: (__FIELD_id.active_default)(),
                name: (__FIELD_name.active_default)(),
                description: (__FIELD_description.active_default)(),
                is_active: (__FIELD_is_active.active_default)(),
                owner_id: (__FIELD_owner_id.active_default)(),
                due_date: (__FIELD_due_date.active_default)(),
                created_at: (__FIELD_created_at.active_default)(),
                updated_at: (__FIELD_updated_at.active_default)(),
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
                name: (__FIELD_name.unchanged)(__model.name),
                description: (__FIELD_description.unchanged)(__model.description),
                is_active: (__FIELD_is_active.unchanged)(__model.is_active),
                owner_id: (__FIELD_owner_id.unchanged)(__model.owner_id),
                due_date: (__FIELD_due_date.unchanged)(__model.due_date),
                created_at: (__FIELD_created_at.unchanged)(__model.created_at),
                updated_at: (__FIELD_updated_at.unchanged)(__model.updated_at),
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
                name: (__FIELD_name.unwrap)(__model.name, "name")?,
                description: (__FIELD_description
                    .unwrap)(__model.description, "description")?,
                is_active: (__FIELD_is_active.unwrap)(__model.is_active, "is_active")?,
                owner_id: (__FIELD_owner_id.unwrap)(__model.owner_id, "owner_id")?,
                due_date: (__FIELD_due_date.unwrap)(__model.due_date, "due_date")?,
                created_at: (__FIELD_created_at
                    .unwrap)(__model.created_at, "created_at")?,
                updated_at: (__FIELD_updated_at
                    .unwrap)(__model.updated_at, "updated_at")?,
            })
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::sea_orm::TryIntoModel<
        <super::Project as ::resourceful::__private::assert::IsModel>::Itself,
    > for ActiveModel {
        fn try_into_model(
            self,
        ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
            ::core::convert::TryFrom::try_from(self)
        }
    }
    ///The body of POST: `new` takes what a row cannot do without, one method for each field sets the rest.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    pub struct Create {
        ///`name`
        pub name: super::__ResourceProject_name,
        ///`description`
        pub description: ::core::option::Option<super::__ResourceProject_description>,
        ///`is_active`
        pub is_active: ::core::option::Option<super::__ResourceProject_is_active>,
        ///`due_date`
        pub due_date: ::core::option::Option<super::__ResourceProject_due_date>,
    }
    impl Create {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub fn new(
            name: impl ::core::convert::Into<super::__ResourceProject_name>,
        ) -> Self {
            Self {
                name: ::core::convert::Into::into(name),
                description: ::core::option::Option::None,
                is_active: ::core::option::Option::None,
                due_date: ::core::option::Option::None,
            }
        }
        ///`name`
        #[must_use]
        pub fn name(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceProject_name>,
        ) -> Self {
            self.name = ::core::convert::Into::into(__value);
            self
        }
        ///`description`
        #[must_use]
        pub fn description(
            mut self,
            __value: super::__ResourceProject_description,
        ) -> Self {
            self.description = ::core::option::Option::Some(__value);
            self
        }
        ///`is_active`
        #[must_use]
        pub fn is_active(mut self, __value: super::__ResourceProject_is_active) -> Self {
            self.is_active = ::core::option::Option::Some(__value);
            self
        }
        ///`due_date`
        #[must_use]
        pub fn due_date(mut self, __value: super::__ResourceProject_due_date) -> Self {
            self.due_date = ::core::option::Option::Some(__value);
            self
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Create {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(4usize);
            __FIELD_name
                .assign(
                    &mut __assignments,
                    1usize,
                    ::core::option::Option::Some(self.name),
                );
            __FIELD_description.assign(&mut __assignments, 2usize, self.description);
            __FIELD_is_active.assign(&mut __assignments, 3usize, self.is_active);
            __FIELD_due_date.assign(&mut __assignments, 5usize, self.due_date);
            __assignments
        }
    }
    ///The body of PUT: what is not given becomes null or its default.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    pub struct Update {
        ///`name`
        pub name: super::__ResourceProject_name,
        ///`description`
        pub description: ::core::option::Option<super::__ResourceProject_description>,
        ///`is_active`
        pub is_active: ::core::option::Option<super::__ResourceProject_is_active>,
        ///`due_date`
        pub due_date: ::core::option::Option<super::__ResourceProject_due_date>,
    }
    impl Update {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub fn new(
            name: impl ::core::convert::Into<super::__ResourceProject_name>,
        ) -> Self {
            Self {
                name: ::core::convert::Into::into(name),
                description: ::core::option::Option::None,
                is_active: ::core::option::Option::None,
                due_date: ::core::option::Option::None,
            }
        }
        ///`name`
        #[must_use]
        pub fn name(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceProject_name>,
        ) -> Self {
            self.name = ::core::convert::Into::into(__value);
            self
        }
        ///`description`
        #[must_use]
        pub fn description(
            mut self,
            __value: super::__ResourceProject_description,
        ) -> Self {
            self.description = ::core::option::Option::Some(__value);
            self
        }
        ///`is_active`
        #[must_use]
        pub fn is_active(mut self, __value: super::__ResourceProject_is_active) -> Self {
            self.is_active = ::core::option::Option::Some(__value);
            self
        }
        ///`due_date`
        #[must_use]
        pub fn due_date(mut self, __value: super::__ResourceProject_due_date) -> Self {
            self.due_date = ::core::option::Option::Some(__value);
            self
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Update {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(4usize);
            __FIELD_name
                .assign(
                    &mut __assignments,
                    1usize,
                    ::core::option::Option::Some(self.name),
                );
            __FIELD_description.assign(&mut __assignments, 2usize, self.description);
            __FIELD_is_active.assign(&mut __assignments, 3usize, self.is_active);
            __FIELD_due_date.assign(&mut __assignments, 5usize, self.due_date);
            __assignments
        }
    }
    ///The body of PATCH: what is not given stays.
    #[derive(::core::clone::Clone, ::core::fmt::Debug)]
    #[derive(::core::default::Default)]
    pub struct Patch {
        ///`name`
        pub name: ::core::option::Option<super::__ResourceProject_name>,
        ///`description`
        pub description: ::core::option::Option<super::__ResourceProject_description>,
        ///`is_active`
        pub is_active: ::core::option::Option<super::__ResourceProject_is_active>,
        ///`due_date`
        pub due_date: ::core::option::Option<super::__ResourceProject_due_date>,
    }
    impl Patch {
        /// With nothing but what is required.
        #[allow(clippy::too_many_arguments)]
        pub fn new() -> Self {
            Self {
                name: ::core::option::Option::None,
                description: ::core::option::Option::None,
                is_active: ::core::option::Option::None,
                due_date: ::core::option::Option::None,
            }
        }
        ///`name`
        #[must_use]
        pub fn name(
            mut self,
            __value: impl ::core::convert::Into<super::__ResourceProject_name>,
        ) -> Self {
            self.name = ::core::option::Option::Some(
                ::core::convert::Into::into(__value),
            );
            self
        }
        ///`description`
        #[must_use]
        pub fn description(
            mut self,
            __value: super::__ResourceProject_description,
        ) -> Self {
            self.description = ::core::option::Option::Some(__value);
            self
        }
        ///`is_active`
        #[must_use]
        pub fn is_active(mut self, __value: super::__ResourceProject_is_active) -> Self {
            self.is_active = ::core::option::Option::Some(__value);
            self
        }
        ///`due_date`
        #[must_use]
        pub fn due_date(mut self, __value: super::__ResourceProject_due_date) -> Self {
            self.due_date = ::core::option::Option::Some(__value);
            self
        }
    }
    #[automatically_derived]
    impl ::resourceful::__private::Input for Patch {
        #[allow(unused_mut)]
        fn into_assignments(self) -> ::resourceful::__private::Assignments {
            let mut __assignments = ::std::vec::Vec::with_capacity(4usize);
            __FIELD_name.assign(&mut __assignments, 1usize, self.name);
            __FIELD_description.assign(&mut __assignments, 2usize, self.description);
            __FIELD_is_active.assign(&mut __assignments, 3usize, self.is_active);
            __FIELD_due_date.assign(&mut __assignments, 5usize, self.due_date);
            __assignments
        }
    }
    ///The service of [`Project`](super::Project); `impl` blocks of your own add to it.
    #[derive(::core::clone::Clone)]
    pub struct Service(::resourceful::Crud<super::Project>);
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
        type Target = ::resourceful::Crud<super::Project>;
        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<::resourceful::Crud<super::Project>> for Service {
        fn from(__crud: ::resourceful::Crud<super::Project>) -> Self {
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
                ::resourceful::__private::crud_from_request::<super::Project>(__request)
                    .map(Self),
            )
        }
    }
    /// The resource as data.
    pub static SPEC: ::resourceful::spec::ResourceSpec = ::resourceful::spec::ResourceSpec {
        type_name: "Project",
        name: "projects",
        table: "projects",
        path: "projects",
        tag: "Projects",
        doc: "A piece of work that one user owns.",
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
                name: "name",
                json: "name",
                column: "name",
                doc: "",
                ty: __FIELD_name.ty,
                role: ::resourceful::spec::FieldRole::Plain,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
                write: ::core::option::Option::None,
                has_default: false,
                default_sql: ::core::option::Option::None,
                unique: false,
                index: false,
                filter: true,
                sort: true,
                search: true,
                rules: &[
                    ::resourceful::spec::Rule::Length {
                        min: ::core::option::Option::Some(1usize),
                        max: ::core::option::Option::Some(255usize),
                    },
                ],
            },
            ::resourceful::spec::FieldSpec {
                name: "description",
                json: "description",
                column: "description",
                doc: "",
                ty: __FIELD_description.ty,
                role: ::resourceful::spec::FieldRole::Plain,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
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
                name: "is_active",
                json: "isActive",
                column: "is_active",
                doc: "",
                ty: __FIELD_is_active.ty,
                role: ::resourceful::spec::FieldRole::Plain,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
                write: ::core::option::Option::None,
                has_default: true,
                default_sql: ::core::option::Option::Some("TRUE"),
                unique: false,
                index: false,
                filter: true,
                sort: false,
                search: false,
                rules: &[],
            },
            ::resourceful::spec::FieldSpec {
                name: "owner_id",
                json: "ownerId",
                column: "owner_id",
                doc: "",
                ty: __FIELD_owner_id.ty,
                role: ::resourceful::spec::FieldRole::Plain,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
                write: ::core::option::Option::None,
                has_default: false,
                default_sql: ::core::option::Option::None,
                unique: false,
                index: false,
                filter: false,
                sort: false,
                search: false,
                rules: &[],
            },
            ::resourceful::spec::FieldSpec {
                name: "due_date",
                json: "dueDate",
                column: "due_date",
                doc: "",
                ty: __FIELD_due_date.ty,
                role: ::resourceful::spec::FieldRole::Plain,
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
                name: "created_at",
                json: "createdAt",
                column: "created_at",
                doc: "",
                ty: __FIELD_created_at.ty,
                role: ::resourceful::spec::FieldRole::CreatedAt,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
                write: ::core::option::Option::None,
                has_default: false,
                default_sql: ::core::option::Option::None,
                unique: false,
                index: false,
                filter: false,
                sort: false,
                search: false,
                rules: &[],
            },
            ::resourceful::spec::FieldSpec {
                name: "updated_at",
                json: "updatedAt",
                column: "updated_at",
                doc: "",
                ty: __FIELD_updated_at.ty,
                role: ::resourceful::spec::FieldRole::UpdatedAt,
                access: ::resourceful::spec::FieldAccess::Normal,
                read: ::core::option::Option::None,
                write: ::core::option::Option::None,
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
            path: &["owner_id"],
        }),
        relations: &[
            ::resourceful::spec::RelationSpec {
                name: "owner",
                json: "owner",
                kind: ::resourceful::spec::RelationKind::BelongsTo {
                    field: "owner_id",
                    on_delete: ::resourceful::spec::OnDelete::Restrict,
                    any: false,
                },
                target: <super::__RelationProject_owner as ::resourceful::__private::Resource>::spec,
            },
            ::resourceful::spec::RelationSpec {
                name: "tasks",
                json: "tasks",
                kind: ::resourceful::spec::RelationKind::HasMany {
                    via: ::core::option::Option::None,
                },
                target: <super::__RelationProject_tasks as ::resourceful::__private::Resource>::spec,
            },
        ],
        computed: &[],
        unique: &[],
        search: ::resourceful::spec::SearchSpec::Substring,
        read_permission: permissions::READ,
        operations: &[
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::List,
                requires: ::resourceful::spec::Requirement::Permission("projects:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Count,
                requires: ::resourceful::spec::Requirement::Permission("projects:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Search,
                requires: ::resourceful::spec::Requirement::Permission("projects:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Get,
                requires: ::resourceful::spec::Requirement::Permission("projects:read"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Create,
                requires: ::resourceful::spec::Requirement::Permission("projects:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::BulkCreate,
                requires: ::resourceful::spec::Requirement::Permission("projects:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Update,
                requires: ::resourceful::spec::Requirement::Permission("projects:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Patch,
                requires: ::resourceful::spec::Requirement::Permission("projects:write"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::Delete,
                requires: ::resourceful::spec::Requirement::Permission("projects:delete"),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfList,
                requires: ::resourceful::spec::Requirement::Permission(
                    "projects:read:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfCreate,
                requires: ::resourceful::spec::Requirement::Permission(
                    "projects:write:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfGet,
                requires: ::resourceful::spec::Requirement::Permission(
                    "projects:read:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfUpdate,
                requires: ::resourceful::spec::Requirement::Permission(
                    "projects:write:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfPatch,
                requires: ::resourceful::spec::Requirement::Permission(
                    "projects:write:self",
                ),
            },
            ::resourceful::spec::OperationSpec {
                operation: ::resourceful::spec::Operation::SelfDelete,
                requires: ::resourceful::spec::Requirement::Permission(
                    "projects:delete:self",
                ),
            },
        ],
        page: ::resourceful::spec::PageSpec {
            default: 20u32,
            max: 100u32,
        },
        sort: &[
            ::resourceful::spec::SortSpec {
                field: "created_at",
                descending: true,
            },
        ],
    };
    /// The permission strings.
    pub mod permissions {
        ///`projects:read`
        pub const READ: &::core::primitive::str = "projects:read";
        ///`projects:write`
        pub const WRITE: &::core::primitive::str = "projects:write";
        ///`projects:delete`
        pub const DELETE: &::core::primitive::str = "projects:delete";
        ///`projects:admin`
        pub const ADMIN: &::core::primitive::str = "projects:admin";
        ///`projects:read:self`
        pub const READ_SELF: &::core::primitive::str = "projects:read:self";
        ///`projects:write:self`
        pub const WRITE_SELF: &::core::primitive::str = "projects:write:self";
        ///`projects:delete:self`
        pub const DELETE_SELF: &::core::primitive::str = "projects:delete:self";
    }
    /// The relations, as the service takes them.
    #[allow(private_interfaces)]
    pub mod relations {
        ///`owner`
        pub const OWNER: ::resourceful::ToOne<
            super::super::Project,
            super::super::__RelationProject_owner,
        > = ::resourceful::ToOne::new("owner");
        ///`tasks`
        pub const TASKS: ::resourceful::ToMany<
            super::super::Project,
            super::super::__RelationProject_tasks,
        > = ::resourceful::ToMany::new("tasks");
    }
}
