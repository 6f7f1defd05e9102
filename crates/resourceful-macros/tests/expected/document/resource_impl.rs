#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Document {
    type Id = document::Id;
    type Create = document::Create;
    type Update = document::Update;
    type Patch = document::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &document::SPEC,
        fields: &[
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
        ],
        relations: &[
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_parent as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::None,
            },
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_tasks as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::None,
            },
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_cover as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::None,
            },
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_tags as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::Some(|| {
                    <__ThroughDocument_tags as ::resourceful::__private::Resource>::TABLE
                }),
            },
            ::resourceful::__private::RelationFns {
                target: || {
                    <__RelationDocument_sources as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::Some(|| {
                    <__ThroughDocument_sources as ::resourceful::__private::Resource>::TABLE
                }),
            },
        ],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[],
        checks: &[],
        policy: ::core::option::Option::None,
        hooks: ::core::option::Option::None,
    };
}
