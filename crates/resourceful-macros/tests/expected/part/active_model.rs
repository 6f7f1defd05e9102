/// A row on its way to the database, for SeaORM's own statements.
pub struct ActiveModel {
    ///`code`
    pub code: <super::__ResourcePart_code as ::resourceful::__private::FieldTables>::Active,
    ///`rank`
    pub rank: <super::__InsidePart_rank as ::resourceful::__private::FieldTables>::ActiveOption,
    ///`id`
    pub id: <super::__ResourcePart_id as ::resourceful::__private::FieldTables>::Active,
}
#[automatically_derived]
impl ::core::clone::Clone for ActiveModel {
    fn clone(&self) -> Self {
        Self {
            id: (__FIELD_id.active_clone)(&self.id),
            code: (__FIELD_code.active_clone)(&self.code),
            rank: (__FIELD_rank.active_clone)(&self.rank),
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ActiveModel {
    fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __debug = __formatter.debug_struct("ActiveModel");
        __debug.field("id", &(__FIELD_id.active)(&self.id).get());
        __debug.field("code", &(__FIELD_code.active)(&self.code).get());
        __debug.field("rank", &(__FIELD_rank.active)(&self.rank).get());
        __debug.finish()
    }
}
#[automatically_derived]
impl ::core::default::Default for ActiveModel {
    fn default() -> Self {
        Self {
            id: (__FIELD_id.not_set)(),
            code: (__FIELD_code.not_set)(),
            rank: (__FIELD_rank.not_set)(),
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Model> for ActiveModel {
    fn from(__model: Model) -> Self {
        Self {
            id: (__FIELD_id.unchanged)(__model.id),
            code: (__FIELD_code.unchanged)(__model.code),
            rank: (__FIELD_rank.unchanged)(__model.rank),
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::IntoActiveModel<ActiveModel> for Model {
    fn into_active_model(self) -> ActiveModel {
        let _ = [&__FIELD_id.ty, &__FIELD_code.ty, &__FIELD_rank.ty];
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
            code: (__FIELD_code.unwrap)(__model.code, "code")?,
            rank: (__FIELD_rank.unwrap)(__model.rank, "rank")?,
        })
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::TryIntoModel<
    <super::Part as ::resourceful::__private::assert::IsModel>::Itself,
> for ActiveModel {
    fn try_into_model(
        self,
    ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
        let _ = [&__FIELD_id.ty, &__FIELD_code.ty, &__FIELD_rank.ty];
        ::core::convert::TryFrom::try_from(self)
    }
}
