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
impl<
    __E: ::resourceful::__private::sea_orm::EntityTrait,
> ::resourceful::__private::RefersTo<__E> for Entity {}
#[automatically_derived]
impl<
    __E: ::resourceful::__private::sea_orm::EntityTrait,
> ::resourceful::__private::sea_orm::Related<__E> for Entity {
    fn to() -> ::resourceful::__private::sea_orm::RelationDef {
        ::core::unreachable!()
    }
}
