/// A row on its way to the database, for SeaORM's own statements.
pub(super) struct ActiveModel {
    ///`parent_id`
    pub(super) parent_id: <super::__InsideDocument_parent_id as ::resourceful::__private::FieldTables>::ActiveOption,
    ///`id`
    pub(super) id: <super::__ResourceDocument_id as ::resourceful::__private::FieldTables>::Active,
}
#[automatically_derived]
impl ::core::clone::Clone for ActiveModel {
    fn clone(&self) -> Self {
        Self {
            id: (__FIELD_id.active_clone)(&self.id),
            parent_id: (__FIELD_parent_id.active_clone)(&self.parent_id),
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ActiveModel {
    fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __debug = __formatter.debug_struct("ActiveModel");
        __debug.field("id", &(__FIELD_id.active)(&self.id).get());
        __debug.field("parent_id", &(__FIELD_parent_id.active)(&self.parent_id).get());
        __debug.finish()
    }
}
#[automatically_derived]
impl ::core::default::Default for ActiveModel {
    fn default() -> Self {
        Self {
            id: (__FIELD_id.not_set)(),
            parent_id: (__FIELD_parent_id.not_set)(),
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Model> for ActiveModel {
    fn from(__model: Model) -> Self {
        Self {
            id: (__FIELD_id.unchanged)(__model.id),
            parent_id: (__FIELD_parent_id.unchanged)(__model.parent_id),
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::IntoActiveModel<ActiveModel> for Model {
    fn into_active_model(self) -> ActiveModel {
        let _ = [&__FIELD_id.ty, &__FIELD_parent_id.ty];
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
            parent_id: (__FIELD_parent_id.unwrap)(__model.parent_id, "parent_id")?,
        })
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::TryIntoModel<
    <super::Document as ::resourceful::__private::assert::IsModel>::Itself,
> for ActiveModel {
    fn try_into_model(
        self,
    ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
        let _ = [&__FIELD_id.ty, &__FIELD_parent_id.ty];
        ::core::convert::TryFrom::try_from(self)
    }
}
