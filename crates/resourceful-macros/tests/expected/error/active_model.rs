/// A row on its way to the database, for SeaORM's own statements.
pub struct ActiveModel {
    ///`name`
    pub name: <super::__ResourceTag_name as ::resourceful::__private::FieldTables>::Active,
    ///`time`
    pub time: <super::__ResourceTag_time as ::resourceful::__private::FieldTables>::Active,
    ///`id`
    pub id: <super::__ResourceTag_id as ::resourceful::__private::FieldTables>::Active,
}
#[automatically_derived]
impl ::core::clone::Clone for ActiveModel {
    fn clone(&self) -> Self {
        ::core::unreachable!()
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ActiveModel {
    fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::unreachable!()
    }
}
#[automatically_derived]
impl ::core::default::Default for ActiveModel {
    fn default() -> Self {
        ::core::unreachable!()
    }
}
#[automatically_derived]
impl ::core::convert::From<Model> for ActiveModel {
    fn from(__model: Model) -> Self {
        ::core::unreachable!()
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
        ::core::unreachable!()
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
