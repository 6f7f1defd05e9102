/// A row on its way to the database, for SeaORM's own statements.
pub struct ActiveModel {
    ///`name`
    pub name: <super::__ResourceProject_name as ::resourceful::__private::FieldTables>::Active,
    ///`owner_id`
    pub owner_id: <super::__ResourceProject_owner_id as ::resourceful::__private::FieldTables>::Active,
    ///`id`
    pub id: <super::__ResourceProject_id as ::resourceful::__private::FieldTables>::Active,
}
#[automatically_derived]
impl ::core::clone::Clone for ActiveModel {
    fn clone(&self) -> Self {
        Self {
            id: (__FIELD_id.active_clone)(&self.id),
            name: (__FIELD_name.active_clone)(&self.name),
            owner_id: (__FIELD_owner_id.active_clone)(&self.owner_id),
        }
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for ActiveModel {
    fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        let mut __debug = __formatter.debug_struct("ActiveModel");
        __debug.field("id", &(__FIELD_id.active)(&self.id).get());
        __debug.field("name", &(__FIELD_name.active)(&self.name).get());
        __debug.field("owner_id", &(__FIELD_owner_id.active)(&self.owner_id).get());
        __debug.finish()
    }
}
#[automatically_derived]
impl ::core::default::Default for ActiveModel {
    fn default() -> Self {
        Self {
            id: (__FIELD_id.not_set)(),
            name: (__FIELD_name.not_set)(),
            owner_id: (__FIELD_owner_id.not_set)(),
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Model> for ActiveModel {
    fn from(__model: Model) -> Self {
        Self {
            id: (__FIELD_id.unchanged)(__model.id),
            name: (__FIELD_name.unchanged)(__model.name),
            owner_id: (__FIELD_owner_id.unchanged)(__model.owner_id),
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::IntoActiveModel<ActiveModel> for Model {
    fn into_active_model(self) -> ActiveModel {
        let _ = [&__FIELD_id.ty, &__FIELD_name.ty, &__FIELD_owner_id.ty];
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
            name: (__FIELD_name.unwrap)(__model.name, "name")?,
            owner_id: (__FIELD_owner_id.unwrap)(__model.owner_id, "owner_id")?,
        })
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::TryIntoModel<
    <super::Project as ::resourceful::__private::assert::IsModel>::Itself,
> for ActiveModel {
    fn try_into_model(
        self,
    ) -> ::core::result::Result<Model, ::resourceful::__private::sea_orm::DbErr> {
        let _ = [&__FIELD_id.ty, &__FIELD_name.ty, &__FIELD_owner_id.ty];
        ::core::convert::TryFrom::try_from(self)
    }
}
