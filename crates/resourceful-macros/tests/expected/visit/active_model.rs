/// A row on its way to the database, for SeaORM's own statements.
pub(in super::super) struct ActiveModel {
    ///`id`
    pub(in super::super) id: ::resourceful::__private::sea_orm::ActiveValue<
        super::__ResourceVisit_id,
    >,
    ///`page`
    pub(super) page: ::resourceful::__private::sea_orm::ActiveValue<
        super::__ResourceVisit_page,
    >,
    ///`created_at`
    pub(in super::super) created_at: ::resourceful::__private::sea_orm::ActiveValue<
        super::__ResourceVisit_created_at,
    >,
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
        __formatter
            .debug_struct("ActiveModel")
            .field("id", &(__FIELD_id.active)(&self.id).get())
            .field("page", &(__FIELD_page.active)(&self.page).get())
            .field("created_at", &(__FIELD_created_at.active)(&self.created_at).get())
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
        ::core::convert::TryFrom::try_from(self)
    }
}
