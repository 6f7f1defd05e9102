#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Project {
    type Id = project::Id;
    type Create = project::Create;
    type Update = project::Update;
    type Patch = project::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &project::SPEC,
        fields: &[
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
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
                    <__RelationProject_owner as ::resourceful::__private::Resource>::TABLE
                },
                through: ::core::option::Option::None,
            },
        ],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[],
        checks: &[],
        policy: ::core::option::Option::None,
        hooks: ::core::option::Option::None,
    };
}
