/// A row on its way to the database, for SeaORM's own statements.
pub struct ActiveModel {
    ///`paper`
    pub paper: <super::__InsideReport_paper as ::resourceful::__private::FieldTables>::ActiveOption,
    ///`other`
    pub other: <super::__ResourceReport_other as ::resourceful::__private::FieldTables>::Active,
    ///`id`
    pub id: <super::__ResourceReport_id as ::resourceful::__private::FieldTables>::Active,
}
#[automatically_derived]
impl ::core::clone::Clone for ActiveModel {
    fn clone(&self) -> Self {
        Self {
            id: (__FIELD_id.active_clone)(&self.id),
            paper: (__FIELD_paper.active_clone)(&self.paper),
            other: (__FIELD_other.active_clone)(&self.other),
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ActiveModel {
    fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __debug = __formatter.debug_struct("ActiveModel");
        __debug.field("id", &(__FIELD_id.active)(&self.id).get());
        __debug.field("paper", &(__FIELD_paper.active)(&self.paper).get());
        __debug.field("other", &(__FIELD_other.active)(&self.other).get());
        __debug.finish()
    }
}
#[automatically_derived]
impl ::core::default::Default for ActiveModel {
    fn default() -> Self {
        Self {
            id: (__FIELD_id.not_set)(),
            paper: (__FIELD_paper.not_set)(),
            other: (__FIELD_other.not_set)(),
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Model> for ActiveModel {
    fn from(__model: Model) -> Self {
        Self {
            id: (__FIELD_id.unchanged)(__model.id),
            paper: (__FIELD_paper.unchanged)(__model.paper),
            other: (__FIELD_other.unchanged)(__model.other),
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::IntoActiveModel<ActiveModel> for Model {
    fn into_active_model(self) -> ActiveModel {
        let _ = [&__FIELD_id.ty, &__FIELD_paper.ty, &__FIELD_other.ty];
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
            paper: (__FIELD_paper.unwrap)(__model.paper, "paper")?,
            other: (__FIELD_other.unwrap)(__model.other, "other")?,
        })
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::TryIntoModel<
    <super::Report as ::resourceful::__private::assert::IsModel>::Itself,
> for ActiveModel {
    fn try_into_model(
        self,
    ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
        let _ = [&__FIELD_id.ty, &__FIELD_paper.ty, &__FIELD_other.ty];
        ::core::convert::TryFrom::try_from(self)
    }
}
