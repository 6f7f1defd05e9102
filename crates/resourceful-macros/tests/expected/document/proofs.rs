const _: () = {
    ::resourceful::__private::assert::refers_to::<__ThroughDocument_tags, Document>();
    ::resourceful::__private::assert::refers_to::<
        __ThroughDocument_tags,
        __RelationDocument_tags,
    >();
    let _ = <<__ThroughDocument_sources as ::resourceful::__private::sea_orm::ModelTrait>::Entity as ::resourceful::__private::sea_orm::EntityTrait>::Column::QuotingId;
    let _ = <<__ThroughDocument_sources as ::resourceful::__private::sea_orm::ModelTrait>::Entity as ::resourceful::__private::sea_orm::EntityTrait>::Column::QuotedId;
};
const _: () = {
    ::core::assert!(
        ::resourceful::__private::assert::refers_once:: < __RelationDocument_cover >
        (::core::option::Option::Some("document_id")),
        "`has_one` leads to one row at most, so the field `document_id` of `Image` that refers to this resource must be unique; write `#[resource(unique)]` on it, or `has_many` here"
    );
};
