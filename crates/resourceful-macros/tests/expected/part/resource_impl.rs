#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Part {
    type Id = part::Id;
    type Create = part::Create;
    type Update = part::Update;
    type Patch = part::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &part::SPEC,
        fields: &[
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::Some(|| ::resourceful::__private::default_value::<
                    __ResourcePart_code,
                >(::resourceful::__private::text_default("none"))),
                checks: &[],
            },
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::Some(|| ::resourceful::__private::default_value::<
                    __ResourcePart_rank,
                >(::core::option::Option::Some(-5))),
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
