//! Mistakes that people make, each a change of one place in good code.

use super::Planned;
use super::of_resources::RESOURCE;

pub struct Good {
    pub name: &'static str,
    pub source: &'static str,
}

pub const GOOD: [Good; 3] = [
    Good { name: "resource", source: include_str!("good/resource.rs") },
    Good { name: "relations", source: include_str!("good/relations.rs") },
    Good { name: "code", source: include_str!("good/code.rs") },
];

/// What is replaced, by what, the words that the arrow then marks, and parts of the first line.
pub type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// The mistakes.
///
/// # Panics
/// When the good code does not have the place.
pub fn planned() -> Vec<Planned> {
    let tables = GOOD.iter().zip([RESOURCE, RELATIONS, CODE]);
    let rows = tables.flat_map(|(good, rows)| rows.iter().enumerate().map(move |(at, row)| (good, at, row)));
    rows.map(|(good, at, (find, put, marks, says))| {
        assert_eq!(good.source.matches(find).count(), 1, "{} has `{find}` once", good.name);
        Planned::new(format!("{}_{at}", good.name), good.source.replacen(find, put, 1), marks, says)
    })
    .collect()
}

const RELATIONS: &[Row] = &[
    ("has_many(tasks: Task, via = project_id)", "has_many(tasks: Task, via = projct_id)", "projct_id", &["`ProjctId`"]),
    ("has_many(tasks: Task, via = project_id)", "has_many(tasks)", "", &["`has_many` is not written like this"]),
    ("has_many(tasks: Task, via = project_id)", "has_many(tasks: Tsk)", "Tsk", &["cannot find type `Tsk`"]),
    ("has_many(tasks: Task, via = project_id)", "has_many(tasks: Tag)", "Tag", &["has no `belongs_to` that refers to"]),
    (
        "has_many(tasks: Task, via = project_id)",
        "has_many(owner: Task)",
        "owner",
        &["two relations have the name `owner`"],
    ),
    ("has_many(tasks: Task, via = project_id)", "has_many(id: Task)", "id", &["both have the JSON name `id`"]),
    ("has_many(tasks: Task, via = project_id)", "has_many(fields: Task)", "fields", &["`fields` is a reserved word"]),
    (
        "has_many(tasks: Task, via = project_id)",
        "has_many(tasks: Task, on_delete = \"cascade\")",
        "on_delete",
        &["unknown option `on_delete` of `has_many`"],
    ),
    (
        "has_many(tasks: Task, via = project_id)",
        "has_many(tasks: Task, vai = project_id)",
        "vai",
        &["unknown option `vai`", "did you mean `via`"],
    ),
    ("has_one(cover: Cover)", "has_one(cover: Task)", "Task", &["`has_one` leads to one row at most"]),
    (", via = parent_id)", ")", "Project", &["must name the field that refers"]),
    (", via = parent_id)", ", via = parnt_id)", "parnt_id", &["unknown field `parnt_id`", "did you mean `parent_id`"]),
    ("many_to_many(tags: Tag, through = Task)", "many_to_many(tags: Tag)", "tags", &["`many_to_many` needs `through`"]),
    (
        "many_to_many(tags: Tag, through = Task)",
        "many_to_many(tags: Tag, through = Cover)",
        "Cover",
        &["has no `belongs_to` that refers to"],
    ),
    (
        "many_to_many(tags: Tag, through = Task)",
        "many_to_many(tags: Tag, thruogh = Task)",
        "thruogh",
        &["unknown option `thruogh`"],
    ),
    ("owner = owner.id", "owner = ownr.id", "ownr", &["unknown `belongs_to` relation `ownr`", "did you mean `owner`"]),
    ("owner = owner.id", "owner = owner.key", "key", &["`Key`"]),
    ("owner: User, on_delete", "owner User, on_delete", "", &["`belongs_to` is not written like this"]),
    ("owner: User, on_delete", "owner: Usr, on_delete", "Usr", &["cannot find type `Usr`"]),
    ("owner: User, on_delete", "owner: Tag, on_delete", "Tag", &[]),
    ("on_delete = \"cascade\"", "on_delete = \"delete\"", "\"delete\"", &["unknown action `delete` of `on_delete`"]),
    ("on_delete = \"cascade\"", "on_delete = cascade", "cascade", &["`belongs_to` is not written like this"]),
    (
        "on_delete = \"cascade\"",
        "on_delete = \"set_null\"",
        "\"set_null\"",
        &["`set_null` needs a field that can be null"],
    ),
    ("visible = \"any\"", "visible = \"all\"", "\"all\"", &["unknown choice `all` of `visible`"]),
    ("pub owner_id: String", "pub owner_id: Uuid", "User", &[]),
    (
        "#[resource(belongs_to(tag: Tag))]",
        "#[resource(belongs_to(tag: Tag), belongs_to(other: Tag))]",
        "belongs_to",
        &["`belongs_to` is given twice"],
    ),
    (
        "#[resource(belongs_to(tag: Tag))]",
        "#[resource(has_many(tag: Tag))]",
        "has_many",
        &["`has_many` is a key of the struct"],
    ),
    (
        "#[resource(belongs_to(tag: Tag))]",
        "#[resource(foreign_key(tag: Tag))]",
        "foreign_key",
        &["unknown key `foreign_key`"],
    ),
];

const CODE: &[Row] = &[
    // Enums
    ("rename_all = \"snake_case\"", "rename_all = \"snake\"", "\"snake\"", &["unknown case `snake`"]),
    ("    Done,\n", "    Done(i32),\n", "(i32)", &["a variant cannot have data"]),
    ("rename = \"finished\"", "rename = \"open\"", "\"open\"", &["open"]),
    ("rename = \"finished\"", "rename = \"\"", "\"\"", &[]),
    // Defaults and types of fields
    (
        "default = Status::Open, filter",
        "default = \"open\", filter",
        "\"open\"",
        &["a text cannot be the default of a field of the type `Status`", "Status::"],
    ),
    ("default = Status::Open, filter", "default = Status::Opened, filter", "Opened", &["Opened"]),
    // Flags and their implementations
    (
        "#[resource(policy, hooks)]",
        "#[resource(hooks)]",
        "Project",
        &["implements `Policy`, but its struct does not have the attribute `policy`"],
    ),
    (
        "#[resource(policy, hooks)]",
        "#[resource(policy)]",
        "Project",
        &["implements `Hooks`, but its struct does not have the attribute `hooks`"],
    ),
    (
        "impl Policy for Project {\n    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {\n        Rows::when(\"open\", project::Column::Status.eq(Status::Open))\n    }\n}\n",
        "",
        "policy",
        &["does not implement `Policy`"],
    ),
    // Endpoints
    (
        "#[post(\"/{id}/activate\", requires(\"projects:admin\"))]",
        "#[post(\"/{id}/activate\")]",
        "",
        &["an endpoint must say who may call it"],
    ),
    ("#[post(\"/{id}/activate\"", "#[post(\"{id}/activate\"", "\"{id}/activate\"", &["a path begins with a slash"]),
    ("#[post(\"/{id}/activate\"", "#[post(\"/:id/activate\"", "\"/:id/activate\"", &["\":id\" cannot be in a path"]),
    (
        "#[post(\"/{id}/activate\"",
        "#[post(\"/{id}//activate\"",
        "\"/{id}//activate\"",
        &["the path has an empty segment"],
    ),
    ("#[post(\"/{id}/activate\"", "#[post(\"/{id}/{id}\"", "", &["the path has two parameters `id`"]),
    ("#[post(\"/{id}/activate\"", "#[post(\"/{id:.*}/activate\"", "", &["is not a parameter"]),
    (
        "#[post(\"/{id}/activate\"",
        "#[post(\"/{id}/{step}\"",
        "Path<Uuid>",
        &["this takes 1 of the 2 values of the path"],
    ),
    ("#[post(\"/{id}/activate\", requires", "#[post(requires", "", &["an endpoint needs a path"]),
    ("requires(\"projects:admin\")", "requires(\"projects admin\")", "\"projects admin\"", &["cannot be a permission"]),
    ("requires(\"projects:admin\")", "requires(5)", "5", &["`requires` is not written like this"]),
    ("requires(\"projects:admin\")", "requires = \"projects:admin\"", "=", &["`requires` is not written like this"]),
    (
        "requires(\"projects:admin\")",
        "require(\"projects:admin\")",
        "require",
        &["unknown key `require`", "did you mean `requires`"],
    ),
    ("requires(\"projects:admin\")", "requires(\"a\", \"b\")", "requires", &["`requires` takes one string", "any(..)"]),
    ("requires(\"projects:admin\")", "requires(project::permissions::OWN)", "OWN", &["OWN"]),
    ("requires(\"projects:admin\")", "requires(project::SPEC)", "", &["mismatched types"]),
    (
        "requires(\"projects:admin\")",
        "requires(\"a\"), public",
        "public",
        &["`requires` says already who may call this"],
    ),
    ("requires(\"projects:admin\")", "role(\"\")", "\"\"", &["this role has no name"]),
    ("pub async fn activate(", "pub fn activate(", "fn", &["an endpoint must be an async function"]),
    (
        "activate(id: Path<Uuid>, projects: project::Service) -> Result<Out<Project>> {\n    projects.patch(*id,",
        "activate(id: Uuid, projects: project::Service) -> Result<Out<Project>> {\n    projects.patch(id,",
        "Uuid",
        &["an endpoint cannot take a `", "write `Path<", "Uuid>`"],
    ),
    ("activate(id: Path<Uuid>,", "activate(id: &Path<Uuid>,", "&Path<Uuid>", &["it cannot be a reference"]),
    ("activate(id: Path<Uuid>,", "activate<T>(id: Path<Uuid>,", "<T>", &["an endpoint cannot be generic"]),
    (
        "activate(id: Path<Uuid>, projects: project::Service) -> Result<Out<Project>> {\n    projects.patch(*id, project::Patch::new().name(\"active\")).await.map(Out)",
        "activate(id: Path<Uuid>, projects: project::Service) -> Result<Project> {\n    projects.get_by_id(*id).await",
        "",
        &["an endpoint cannot answer with", "wrap a resource in `Out`"],
    ),
    (
        "activate(id: Path<Uuid>, projects: project::Service) -> Result<Out<Project>> {\n    projects.patch(*id, project::Patch::new().name(\"active\")).await.map(Out)",
        "activate(_id: Path<Uuid>) -> Out<Summary> {\n    Out(Summary { total: 1 })",
        "",
        &["cannot answer with", "Out<Summary>", "any other value in `Json`"],
    ),
    (
        "body: Json<i32>)",
        "body: Json<i32>, _text: String)",
        "String",
        &["`String` reads the body, which `Json` has read already"],
    ),
    (
        "body: Json<i32>)",
        "body: Json<i32>, _other: Json<i32>)",
        "Json<i32>",
        &["`Json` reads the body, which `Json` has read already"],
    ),
    ("query = \"any\"", "query = \"all\"", "\"all\"", &["unknown value `all` of `query`"]),
    ("query = \"any\"", "qery = \"any\"", "qery", &["unknown key `qery`", "did you mean `query`"]),
    (
        "body: Json<i32>) -> Result<Json<i32>> {\n    Ok(Json(ids.1 + body.0))",
        "body: Json<i32>) -> impl resourceful::actix_web::Responder {\n    (ids, body);\n    \"\"",
        "impl resourceful::actix_web::Responder",
        &["it needs a named type"],
    ),
    ("body: Json<i32>)", "#[cfg(all())] body: Json<i32>)", "#[cfg(all())]", &["cannot have `#[cfg]`"]),
    // Services
    ("Patch::new().name(\"active\")", "Patch::new().nam(\"active\")", "nam", &["nam"]),
    ("Patch::new().name(\"active\")", "Patch::new().id(*id)", "id", &["id"]),
    // Cached functions
    ("ttl = \"5m\", ", "", "", &["ttl"]),
    ("ttl = \"5m\"", "ttl = \"5 minutes\"", "\"5 minutes\"", &[]),
    ("key = \"name:{id}\"", "key = \"name:{idd}\"", "\"name:{idd}\"", &["idd"]),
    ("tags(\"names\")", "tag(\"names\")", "tag", &["unknown key `tag`", "did you mean `tags`"]),
    ("pub async fn cached_name", "pub fn cached_name", "", &["async"]),
];
