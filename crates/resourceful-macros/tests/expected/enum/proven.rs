#[automatically_derived]
impl ::resourceful::__private::ResourceEnum for Status {
    const SPEC: &'static ::resourceful::spec::EnumSpec = &::resourceful::spec::EnumSpec {
        name: "Status",
        doc: "How far a task is.",
        variants: &[
            ::resourceful::spec::VariantSpec {
                value: "open",
                doc: "",
            },
            ::resourceful::spec::VariantSpec {
                value: "in_progress",
                doc: "Work on it has begun.",
            },
            ::resourceful::spec::VariantSpec {
                value: "finished",
                doc: "",
            },
        ],
        postgres_type: ::core::option::Option::None,
    };
    fn index(self) -> ::core::primitive::usize {
        match self {
            Self::Open => 0usize,
            Self::InProgress => 1usize,
            Self::Done => 2usize,
        }
    }
    fn from_index(__index: ::core::primitive::usize) -> ::core::option::Option<Self> {
        const ALL: &[Status] = &[Status::Open, Status::InProgress, Status::Done];
        ALL.get(__index).copied()
    }
}
#[automatically_derived]
impl ::resourceful::__private::FieldType for Status {
    type Scalar = Self;
    const TYPE: ::resourceful::spec::TypeSpec = ::resourceful::__private::enum_type::<
        Self,
    >();
    fn into_value(self) -> ::resourceful::__private::FieldValue {
        ::resourceful::__private::enum_into_value(self)
    }
    fn from_value(
        __value: ::resourceful::__private::FieldValue,
    ) -> ::core::result::Result<Self, ::resourceful::__private::WrongType> {
        ::resourceful::__private::enum_from_value(__value)
    }
}
#[automatically_derived]
impl ::resourceful::__private::Scalar for Status {}
#[automatically_derived]
impl ::resourceful::__private::FieldTables for Status {
    type Active = ::resourceful::__private::sea_orm::ActiveValue<Self>;
    type ActiveOption = ::resourceful::__private::sea_orm::ActiveValue<
        ::core::option::Option<Self>,
    >;
    type Table = ::resourceful::__private::FieldOf<Self, Self::Active>;
    type OptionTable = ::resourceful::__private::FieldOf<
        ::core::option::Option<Self>,
        Self::ActiveOption,
    >;
}
#[automatically_derived]
impl ::core::convert::From<Status> for ::resourceful::__private::FieldValue {
    fn from(__value: Status) -> Self {
        ::resourceful::__private::enum_into_value(__value)
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::sea_query::ValueType for Status {
    fn try_from(
        __value: ::resourceful::__private::FieldValue,
    ) -> ::core::result::Result<
        Self,
        ::resourceful::__private::sea_orm::sea_query::ValueTypeErr,
    > {
        ::resourceful::__private::enum_from_value(__value)
            .map_err(|_| ::resourceful::__private::sea_orm::sea_query::ValueTypeErr)
    }
    fn type_name() -> ::std::string::String {
        ::core::convert::From::from("Status")
    }
    fn array_type() -> ::resourceful::__private::sea_orm::sea_query::ArrayType {
        ::resourceful::__private::sea_orm::sea_query::ArrayType::String
    }
    fn column_type() -> ::resourceful::__private::sea_orm::sea_query::ColumnType {
        ::resourceful::__private::sea_orm::sea_query::ColumnType::String(
            ::resourceful::__private::sea_orm::sea_query::StringLen::None,
        )
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::sea_query::Nullable for Status {
    fn null() -> ::resourceful::__private::FieldValue {
        ::resourceful::__private::FieldValue::String(::core::option::Option::None)
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::TryGetable for Status {
    fn try_get_by<__Index: ::resourceful::__private::sea_orm::ColIdx>(
        __row: &::resourceful::__private::sea_orm::QueryResult,
        __index: __Index,
    ) -> ::core::result::Result<Self, ::resourceful::__private::sea_orm::TryGetError> {
        ::resourceful::__private::enum_read(__row, __index)
    }
}
