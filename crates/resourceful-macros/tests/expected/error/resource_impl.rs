#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Tag {
    type Id = tag::Id;
    type Create = tag::Create;
    type Update = tag::Update;
    type Patch = tag::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &tag::SPEC,
        fields: &[],
        relations: &[],
        model: |_| ::core::unreachable!(),
        computed: &[],
        checks: &[],
        policy: ::core::option::Option::None,
        hooks: ::core::option::Option::None,
    };
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::HasPolicy for Tag {}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::HasHooks for Tag {}
