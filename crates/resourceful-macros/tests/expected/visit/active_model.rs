/// A row on its way to the database, for SeaORM's own statements.
pub(in super::super) struct ActiveModel {
    ///`page`
    pub(super) page: <super::__ResourceVisit_page as ::resourceful::__private::FieldTables>::Active,
    ///`created_at`
    pub(in super::super) created_at: <super::__ResourceVisit_created_at as ::resourceful::__private::FieldTables>::Active,
    ///`id`
    pub(in super::super) id: <super::__ResourceVisit_id as ::resourceful::__private::FieldTables>::Active,
}
#[automatically_derived]
impl ::core::clone::Clone for ActiveModel {
    fn clone(&self) -> Self {
        Self {
            id: (__FIELD_id.active_clone)(&self.id),
            page: (__FIELD_page.active_clone)(&self.page),
            created_at: (__FIELD_created_at.active_clone)(&self.created_at),
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ActiveModel {
    fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __debug = __formatter.debug_struct("ActiveModel");
        __debug.field("id", &(__FIELD_id.active)(&self.id).get());
        __debug.field("page", &(__FIELD_page.active)(&self.page).get());
        __debug
            .field("created_at", &(__FIELD_created_at.active)(&self.created_at).get());
        __debug.finish()
    }
}
#[automatically_derived]
impl ::core::default::Default for ActiveModel {
    fn default() -> Self {
        Self {
            id: (__FIELD_id.not_set)(),
            page: (__FIELD_page.not_set)(),
            created_at: (__FIELD_created_at.not_set)(),
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Model> for ActiveModel {
    fn from(__model: Model) -> Self {
        Self {
            id: (__FIELD_id.unchanged)(__model.id),
            page: (__FIELD_page.unchanged)(__model.page),
            created_at: (__FIELD_created_at.unchanged)(__model.created_at),
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::IntoActiveModel<ActiveModel> for Model {
    fn into_active_model(self) -> ActiveModel {
        let _ = [&__FIELD_id.ty, &__FIELD_page.ty, &__FIELD_created_at.ty];
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
            page: (__FIELD_page.unwrap)(__model.page, "page")?,
            created_at: (__FIELD_created_at.unwrap)(__model.created_at, "created_at")?,
        })
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::TryIntoModel<
    <super::Visit as ::resourceful::__private::assert::IsModel>::Itself,
> for ActiveModel {
    fn try_into_model(
        self,
    ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
        let _ = [&__FIELD_id.ty, &__FIELD_page.ty, &__FIELD_created_at.ty];
        ::core::convert::TryFrom::try_from(self)
    }
}
