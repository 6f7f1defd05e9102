//! What the macros accept and what they refuse, as users see it: each file of `fail` has one error and is named after
//! it. After a change of a message, run `cargo xtask bless ui` and read every `.stderr` that differs.

#[path = "pass/aliases.rs"]
mod aliases;
#[path = "pass/beyond.rs"]
mod beyond;
mod judge;
#[path = "pass/keywords.rs"]
mod keywords;
mod mistakes;
#[path = "pass/module_idiom.rs"]
mod module_idiom;
#[path = "pass/project.rs"]
mod project;
#[path = "pass/relations.rs"]
mod relations;
#[path = "pass/routes.rs"]
mod routes;
#[path = "pass/same_names_as_generated.rs"]
mod same_names_as_generated;
#[path = "pass/shadowed_prelude.rs"]
mod shadowed_prelude;

#[test]
fn accepted() {
    aliases::main();
    beyond::main();
    keywords::main();
    module_idiom::main();
    project::main();
    relations::main();
    routes::main().expect("its endpoints are correct");
    same_names_as_generated::main();
    shadowed_prelude::main();
}

#[test]
fn refused() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fail");
    judge::compare_folder(&folder).expect("the cases can be read");
}
