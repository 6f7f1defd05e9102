/// The resource as data.
pub static SPEC: ::resourceful::spec::ResourceSpec = ::resourceful::spec::ResourceSpec {
    type_name: "Tag",
    name: "",
    table: "",
    path: "",
    tag: "",
    doc: "",
    fields: &[],
    id: 0,
    owner: ::core::option::Option::None,
    relations: &[],
    computed: &[],
    unique: &[],
    search: ::resourceful::spec::SearchSpec::Substring,
    read_permission: permissions::READ,
    operations: &[],
    page: ::resourceful::spec::PageSpec {
        default: 0,
        max: 0,
    },
    sort: &[],
    require_match: false,
};
