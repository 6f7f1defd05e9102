/// The resource as data.
pub(super) static SPEC: ::resourceful::spec::ResourceSpec = ::resourceful::spec::ResourceSpec {
    type_name: "Tag",
    name: "tags",
    table: "tags",
    was: ::core::option::Option::None,
    path: "tags",
    tag: "Tags",
    doc: "",
    fields: &[
        ::resourceful::spec::FieldSpec {
            name: "id",
            json: "id",
            column: "id",
            was: ::core::option::Option::None,
            doc: "",
            ty: __FIELD_id.ty,
            role: ::resourceful::spec::FieldRole::Id,
            access: ::resourceful::spec::FieldAccess::Normal,
            read: ::core::option::Option::None,
            write: ::core::option::Option::None,
            has_default: false,
            default_sql: ::core::option::Option::None,
            unique: false,
            index: false,
            filter: true,
            sort: true,
            search: false,
            file: ::core::option::Option::None,
            rules: &[],
        },
    ],
    id: 0usize,
    owner: ::core::option::Option::None,
    relations: &[],
    computed: &[],
    unique: &[],
    search: ::resourceful::spec::SearchSpec::Substring,
    read_permission: permissions::READ,
    operations: &[
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::List,
            requires: ::resourceful::spec::Requirement::Permission("tags:read"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::Count,
            requires: ::resourceful::spec::Requirement::Permission("tags:read"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::Search,
            requires: ::resourceful::spec::Requirement::Permission("tags:read"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::Get,
            requires: ::resourceful::spec::Requirement::Permission("tags:read"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::Create,
            requires: ::resourceful::spec::Requirement::Permission("tags:write"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::BulkCreate,
            requires: ::resourceful::spec::Requirement::Permission("tags:write"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::Update,
            requires: ::resourceful::spec::Requirement::Permission("tags:write"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::Patch,
            requires: ::resourceful::spec::Requirement::Permission("tags:write"),
        },
        ::resourceful::spec::OperationSpec {
            operation: ::resourceful::spec::Operation::Delete,
            requires: ::resourceful::spec::Requirement::Permission("tags:delete"),
        },
    ],
    page: ::resourceful::spec::PageSpec {
        default: 20u32,
        max: 100u32,
    },
    sort: &[
        ::resourceful::spec::SortSpec {
            field: "id",
            descending: false,
        },
    ],
    cache: ::core::option::Option::None,
    require_match: false,
};
