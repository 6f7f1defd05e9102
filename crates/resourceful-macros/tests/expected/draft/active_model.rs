/// A row on its way to the database, for SeaORM's own statements.
pub struct ActiveModel {
    ///`version`
    pub version: <super::__ResourceDraft_version as ::resourceful::__private::FieldTables>::Active,
    ///`id`
    pub id: <super::__ResourceDraft_id as ::resourceful::__private::FieldTables>::Active,
}
#[automatically_derived]
impl ::core::clone::Clone for ActiveModel {
    fn clone(&self) -> Self {
        Self {
            id: (__FIELD_id.active_clone)(&self.id),
            version: (__FIELD_version.active_clone)(&self.version),
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ActiveModel {
    fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __debug = __formatter.debug_struct("ActiveModel");
        __debug.field("id", &(__FIELD_id.active)(&self.id).get());
        __debug.field("version", &(__FIELD_version.active)(&self.version).get());
        __debug.finish()
    }
}
#[automatically_derived]
impl ::core::default::Default for ActiveModel {
    fn default() -> Self {
        Self {
            id: (__FIELD_id.not_set)(),
            version: (__FIELD_version.not_set)(),
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Model> for ActiveModel {
    fn from(__model: Model) -> Self {
        Self {
            id: (__FIELD_id.unchanged)(__model.id),
            version: (__FIELD_version.unchanged)(__model.version),
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::IntoActiveModel<ActiveModel> for Model {
    fn into_active_model(self) -> ActiveModel {
        let _ = [&__FIELD_id.ty, &__FIELD_version.ty];
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
            version: (__FIELD_version.unwrap)(__model.version, "version")?,
        })
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::TryIntoModel<
    <super::Draft as ::resourceful::__private::assert::IsModel>::Itself,
> for ActiveModel {
    fn try_into_model(
        self,
    ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
        let _ = [&__FIELD_id.ty, &__FIELD_version.ty];
        ::core::convert::TryFrom::try_from(self)
    }
}
