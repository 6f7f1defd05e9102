#[automatically_derived]
impl ::resourceful::__private::sea_orm::ActiveModelBehavior for ActiveModel {}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::ActiveModelTrait for ActiveModel {
    type Entity = Entity;
    fn take(
        &mut self,
        __column: Column,
    ) -> ::resourceful::__private::sea_orm::ActiveValue<
        ::resourceful::__private::FieldValue,
    > {
        __active_mut(self, __column).take()
    }
    fn get(
        &self,
        __column: Column,
    ) -> ::resourceful::__private::sea_orm::ActiveValue<
        ::resourceful::__private::FieldValue,
    > {
        __active(self, __column).get()
    }
    fn set_if_not_equals(
        &mut self,
        __column: Column,
        __value: ::resourceful::__private::FieldValue,
    ) {
        __active_mut(self, __column).set_if_not_equals(__value)
    }
    fn try_set(
        &mut self,
        __column: Column,
        __value: ::resourceful::__private::FieldValue,
    ) -> ::core::result::Result<(), ::resourceful::__private::sea_orm::DbErr> {
        __active_mut(self, __column).try_set(__value)
    }
    fn not_set(&mut self, __column: Column) {
        __active_mut(self, __column).clear()
    }
    fn is_not_set(&self, __column: Column) -> ::core::primitive::bool {
        __active(self, __column).is_not_set()
    }
    fn default() -> Self {
        Self {
            id: (__FIELD_id.not_set)(),
            paper: (__FIELD_paper.not_set)(),
            other: (__FIELD_other.not_set)(),
        }
    }
    fn default_values() -> Self {
        Self {
            id: (__FIELD_id.active_default)(),
            paper: (__FIELD_paper.active_default)(),
            other: (__FIELD_other.active_default)(),
        }
    }
    fn reset(&mut self, __column: Column) {
        __active_mut(self, __column).reset()
    }
}
