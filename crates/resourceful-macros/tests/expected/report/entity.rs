///The struct [`Report`](super::Report), under SeaORM's name.
pub type Model = super::Report;
/// The table.
#[derive(
    ::core::clone::Clone,
    ::core::marker::Copy,
    ::core::fmt::Debug,
    ::core::default::Default
)]
pub struct Entity;
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Iden for Entity {
    fn unquoted(&self) -> &::core::primitive::str {
        SPEC.table
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::IdenStatic for Entity {
    fn as_str(&self) -> &'static ::core::primitive::str {
        SPEC.table
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::EntityName for Entity {
    fn table_name(&self) -> &'static ::core::primitive::str {
        SPEC.table
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::EntityTrait for Entity {
    type Model = <super::Report as ::resourceful::__private::assert::IsModel>::Itself;
    type ModelEx = <super::Report as ::resourceful::__private::assert::IsModel>::Itself;
    type ActiveModel = ActiveModel;
    type ActiveModelEx = ActiveModel;
    type Column = Column;
    type Relation = Relation;
    type PrimaryKey = PrimaryKey;
}
