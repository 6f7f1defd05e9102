/// The relations to other resources.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub(super) enum Relation {
    ///`parent`
    Parent,
    ///`tasks`
    Tasks,
    ///`cover`
    Cover,
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Iterable for Relation {
    type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
    fn iter() -> ::core::iter::Copied<::core::slice::Iter<'static, Self>> {
        const ALL: &[Relation] = &[Relation::Parent, Relation::Tasks, Relation::Cover];
        ALL.iter().copied()
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::RelationTrait for Relation {
    fn def(&self) -> ::resourceful::__private::sea_orm::RelationDef {
        match *self {
            Self::Parent => {
                ::resourceful::__private::belongs_to::<
                    Entity,
                    super::__RelationDocument_parent,
                    <super::__ResourceDocument_parent_id as ::resourceful::__private::FieldType>::Scalar,
                >(Column::ParentId, ::resourceful::spec::OnDelete::SetNull)
            }
            Self::Tasks => {
                ::resourceful::__private::has_many::<
                    Entity,
                    super::__RelationDocument_tasks,
                >()
            }
            Self::Cover => {
                ::resourceful::__private::has_one_via::<
                    Model,
                    super::__RelationDocument_cover,
                >(
                    <<super::__RelationDocument_cover as ::resourceful::__private::sea_orm::ModelTrait>::Entity as ::resourceful::__private::sea_orm::EntityTrait>::Column::DocumentId,
                )
            }
        }
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Related<
    <super::__RelationDocument_tasks as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
> for Entity {
    fn to() -> ::resourceful::__private::sea_orm::RelationDef {
        ::resourceful::__private::sea_orm::RelationTrait::def(&Relation::Tasks)
    }
}
#[automatically_derived]
impl ::resourceful::__private::sea_orm::Related<
    <super::__RelationDocument_cover as ::resourceful::__private::sea_orm::ModelTrait>::Entity,
> for Entity {
    fn to() -> ::resourceful::__private::sea_orm::RelationDef {
        ::resourceful::__private::sea_orm::RelationTrait::def(&Relation::Cover)
    }
}
