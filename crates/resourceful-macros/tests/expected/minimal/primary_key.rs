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
    fn iter() -> ::core::iter::Copied<::core::slice::Iter<'static, Self>> {
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
