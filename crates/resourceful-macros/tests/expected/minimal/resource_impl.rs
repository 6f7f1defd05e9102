#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Tag {
    type Id = tag::Id;
    type Create = tag::Create;
    type Update = tag::Update;
    type Patch = tag::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &tag::SPEC,
        fields: &[
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
        ],
        relations: &[],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[],
        checks: &[],
        policy: ::core::option::Option::None,
        hooks: ::core::option::Option::None,
    };
}
