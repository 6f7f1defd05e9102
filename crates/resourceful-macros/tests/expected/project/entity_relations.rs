/// The relations to other resources.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub enum Relation {
    ///`owner`
    Owner,
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Iterable for Relation {
    type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
    fn iter() -> ::core::iter::Copied<::core::slice::Iter<'static, Self>> {
        const ALL: &[Relation] = &[Relation::Owner];
        ALL.iter().copied()
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::RelationTrait for Relation {
    fn def(&self) -> ::resourceful::__private::sea_orm::RelationDef {
        match *self {
            Self::Owner => {
                ::resourceful::__private::belongs_to::<
                    Entity,
                    super::__RelationProject_owner,
                    <super::__ResourceProject_owner_id as ::resourceful::__private::FieldType>::Scalar,
                >(Column::OwnerId, ::resourceful::spec::OnDelete::Cascade)
            }
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Related<
    <super::__RelationProject_owner as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
> for Entity {
    fn to() -> ::resourceful::__private::sea_orm::RelationDef {
        ::resourceful::__private::sea_orm::RelationTrait::def(&Relation::Owner)
    }
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::RefersTo<
    <super::__RelationProject_owner as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
> for Entity {}
