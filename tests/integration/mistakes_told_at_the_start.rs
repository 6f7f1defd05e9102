//! What is wrong with resources and endpoints, and only the whole application can know, keeps it from starting.

use resourceful::prelude::*;
use resourceful::testing::TestApp;

fn code() -> String {
    "long".to_owned()
}

fn even(number: &i32) -> std::result::Result<(), String> {
    if number % 2 == 0 { Ok(()) } else { Err("must be even".to_owned()) }
}

/// A resource whose defaults it refuses itself; the last one it does not.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Voucher {
    pub id: i64,
    #[resource(default = code(), length(..=3))]
    pub code: String,
    #[resource(default = "nobody", email)]
    pub mail: String,
    #[resource(default = 3, check = even)]
    pub pairs: Option<i32>,
    #[resource(default = "fine", pattern = "^f")]
    pub state: String,
}

/// Takes one value of a path that has none.
#[get("/none", public)]
async fn none(id: Path<i64>) -> Result<Json<i64>> {
    Ok(Json(*id))
}

/// Takes two values, one of which is the scope's.
#[get("/both/{id}", public)]
async fn both(Path((of, id)): Path<(i64, i64)>) -> Result<Json<i64>> {
    Ok(Json(of + id))
}

#[test]
fn defaults_and_paths_that_cannot_work_are_startup_errors() {
    let start = || {
        TestApp::start(|app| {
            app.resource_with::<Voucher>(|routes| routes.service(none)).scope(
                "/of/{of}",
                Requirement::Public,
                |routes| routes.service(both),
            )
        })
    };
    let panic = std::panic::catch_unwind(start).err().expect("it does not start");
    let said = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    for part in [
        "the default of Voucher.code is a value that the field refuses: code must have at most 3 characters",
        "the default of Voucher.mail is a value that the field refuses: mail ",
        "the default of Voucher.pairs is a value that the field refuses: pairs must be even",
        "GET /vouchers/none has 0 parameters in its path, and `none` takes 1 from it with `Path`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("Voucher.state") && !said.contains("`both`"), "{said}");
}
