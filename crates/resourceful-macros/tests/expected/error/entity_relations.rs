/// The relations to other resources.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub enum Relation {
    ///`tasks`
    Tasks,
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Iterable for Relation {
    type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
    fn iter() -> ::core::iter::Copied<::core::slice::Iter<'static, Self>> {
        const ALL: &[Relation] = &[Relation::Tasks];
        ALL.iter().copied()
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::RelationTrait for Relation {
    fn def(&self) -> ::resourceful::__private::sea_orm::RelationDef {
        ::core::unreachable!()
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Related<
    <super::__RelationTag_tasks as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
> for Entity {
    fn to() -> ::resourceful::__private::sea_orm::RelationDef {
        ::resourceful::__private::sea_orm::RelationTrait::def(&Relation::Tasks)
    }
}
