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
    ) -> ::core::result::Result<Self, ::resourceful::__private::sea_orm::TryGetError> {
        ::core::result::Result::Ok(Self {
            id: (__FIELD_id.read)(__row, __prefix, "id")?,
            paper: (__FIELD_paper.read)(__row, __prefix, "paper")?,
            other: (__FIELD_other.read)(__row, __prefix, "other")?,
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
