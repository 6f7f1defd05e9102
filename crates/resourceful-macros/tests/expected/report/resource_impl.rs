#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Report {
    type Id = report::Id;
    type Create = report::Create;
    type Update = report::Update;
    type Patch = report::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &report::SPEC,
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
        relations: &[],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[],
        checks: &[],
        policy: ::core::option::Option::None,
        hooks: ::core::option::Option::None,
    };
}
