/// The columns, in the order of the struct's fields.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub enum Column {
    ///`id`
    Id,
    ///`paper`
    Paper,
    ///`other`
    Other,
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Iterable for Column {
    type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
    fn iter() -> ::core::iter::Copied<::core::slice::Iter<'static, Self>> {
        const ALL: &[Column] = &[Column::Id, Column::Paper, Column::Other];
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
    ) -> ::core::result::Result<
        Self,
        ::resourceful::__private::sea_orm::ColumnFromStrErr,
    > {
        const ALL: &[Column] = &[Column::Id, Column::Paper, Column::Other];
        ::resourceful::__private::column_named(&SPEC, __name).map(|__index| ALL[__index])
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
