/// The relations to other resources.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub(super) enum Relation {}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Iterable for Relation {
    type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
    fn iter() -> ::core::iter::Copied<::core::slice::Iter<'static, Self>> {
        const ALL: &[Relation] = &[];
        ALL.iter().copied()
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::RelationTrait for Relation {
    fn def(&self) -> ::resourceful::__private::sea_orm::RelationDef {
        match *self {}
    }
}
