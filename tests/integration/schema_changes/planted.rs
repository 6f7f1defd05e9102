//! Changes that somebody has thought of, one a row.

use resourceful::schema::{Plan, PlanOptions};
use resourceful::spec::OnDelete;
use resourceful::testing::TestDatabase;

use super::change;
use super::drafts::{Draft, Field, Ty, draft, field, values};
use super::live::Live;

/// Teams, members of a team, and tasks with much of what a field can be.
fn before() -> Vec<Draft> {
    let reference = |name: &str, target: &str, on_delete| Field {
        refers: Some((target.to_owned(), on_delete)),
        nullable: on_delete == OnDelete::SetNull,
        ..field(name, Ty::I64)
    };
    vec![
        draft("teams", vec![field("name", Ty::Text)]),
        draft(
            "members",
            vec![
                reference("team_id", "teams", OnDelete::Restrict),
                Field { unique: true, ..field("email", Ty::Text) },
                field("created_at", Ty::CreatedAt),
            ],
        ),
        draft(
            "tasks",
            vec![
                reference("member_id", "members", OnDelete::Cascade),
                Field { nullable: true, ..reference("parent_id", "tasks", OnDelete::SetNull) },
                Field { index: true, ..field("title", Ty::Text) },
                Field { nullable: true, ..field("note", Ty::Text) },
                Field { default: Some("3".to_owned()), ..field("rank", Ty::I32) },
                Field { default: Some("FALSE".to_owned()), ..field("done", Ty::Bool) },
                Field { default: Some("'open'".to_owned()), ..field("status", values(&["open", "it's done"])) },
                field("weight", Ty::F64),
                field("price", Ty::Decimal),
                field("day", Ty::Date),
                Field { nullable: true, ..field("data", Ty::Json) },
                Field { nullable: true, ..field("secret", Ty::Bytes) },
                Field { unique: true, ..field("key", Ty::Uuid) },
            ],
        ),
    ]
}

/// A change: its name, what is changed, values for existing rows, and what the plan says: in its lists, its steps and what
/// they would lose.
struct Planted {
    name: &'static str,
    change: fn(&mut Vec<Draft>),
    fills: &'static [(&'static str, &'static str)],
    says: &'static [&'static str],
}

const fn planted(name: &'static str, change: fn(&mut Vec<Draft>), says: &'static [&'static str]) -> Planted {
    Planted { name, change, fills: &[], says }
}

fn tasks(all: &mut [Draft]) -> &mut Draft {
    all.iter_mut().find(|draft| draft.name == "tasks").expect("tasks")
}

fn of<'a>(all: &'a mut [Draft], name: &str) -> &'a mut Field {
    tasks(all).fields.iter_mut().find(|field| field.name == name).expect("a field")
}

fn without(all: &mut [Draft], name: &str) {
    tasks(all).fields.retain(|field| field.name != name);
}

const PLANTED: &[Planted] = &[
    planted("nothing", |_| {}, &[]),
    planted(
        "a field that can be null",
        |all| tasks(all).fields.push(Field { nullable: true, ..field("hint", Ty::Text) }),
        &["the table `tasks` lacks the column `hint` (text"],
    ),
    planted(
        "a field with a default",
        |all| tasks(all).fields.push(Field { default: Some("'x'".to_owned()), ..field("hint", Ty::Text) }),
        &["the table `tasks` lacks the column `hint`"],
    ),
    Planted {
        fills: &[("tasks.hint", "title || '!'")],
        ..planted(
            "a field that needs a value",
            |all| tasks(all).fields.push(Field { index: true, ..field("hint", Ty::Text) }),
            &["lacks the column `hint`", "lacks the index `ix_tasks_hint`"],
        )
    },
    planted(
        "the time of creation",
        |all| tasks(all).fields.push(field("created_at", Ty::CreatedAt)),
        &["lacks the column `created_at`"],
    ),
    planted(
        "a field that could be null goes",
        |all| without(all, "note"),
        &["the column `tasks.note` belongs to no field", "loses every value of `tasks.note`"],
    ),
    planted(
        "a field that had a value in each row goes",
        |all| without(all, "title"),
        &["the column `tasks.title` belongs to no field", "loses every value of `tasks.title`"],
    ),
    planted(
        "a field gets another name",
        |all| *of(all, "title") = Field { was: Some("title".to_owned()), index: true, ..field("name", Ty::Text) },
        &["the column `tasks.title` is called `name` now"],
    ),
    planted(
        "a unique field gets another name, and another field gets the old one",
        |all| {
            *of(all, "key") = Field { was: Some("key".to_owned()), unique: true, ..field("token", Ty::Uuid) };
            tasks(all).fields.push(Field { nullable: true, unique: true, ..field("key", Ty::Uuid) });
        },
        &["the column `tasks.key` is called `token` now", "lacks the column `key`"],
    ),
    planted(
        "what looks like another name",
        |all| *of(all, "note") = Field { nullable: true, ..field("remark", Ty::Text) },
        &["`tasks.note` goes and `tasks.remark` comes", "#[resource(was = \"note\")]"],
    ),
    planted(
        "a table gets another name",
        |all| {
            let members = all.iter_mut().find(|draft| draft.name == "members").expect("members");
            members.name = "people".to_owned();
            members.was = Some("members".to_owned());
            of(all, "member_id").refers = Some(("people".to_owned(), OnDelete::Cascade));
        },
        &["the table `members` is called `people` now"],
    ),
    planted(
        "a wider number, and texts of numbers and of true and false",
        |all| {
            *of(all, "rank") = Field { default: Some("3".to_owned()), ..field("rank", Ty::I64) };
            *of(all, "done") = Field { is_retyped: true, ..field("done", Ty::Text) };
        },
        &["the column `tasks.done` has the type boolean, and its field needs text"],
    ),
    planted(
        "a number loses its digits",
        |all| *of(all, "weight") = Field { is_retyped: true, ..field("weight", Ty::I32) },
        &["the column `tasks.weight`", "loses digits after the point of `tasks.weight`"],
    ),
    planted(
        "a field needs a value from now on",
        |all| *of(all, "note") = Field { default: Some("'none'".to_owned()), ..field("note", Ty::Text) },
        &["the column `tasks.note` can be null, and its field cannot be null", "`tasks.note` has no default"],
    ),
    planted(
        "a field can be null from now on, and another loses its default",
        |all| {
            of(all, "price").nullable = true;
            of(all, "rank").default = None;
        },
        &["the column `tasks.price` cannot be null, and its field can be null"],
    ),
    planted(
        "another default",
        |all| {
            of(all, "rank").default = Some("-5".to_owned());
            of(all, "done").default = Some("TRUE".to_owned());
            of(all, "status").default = Some("'it''s done'".to_owned());
        },
        &["the column `tasks.rank` has the default 3, and its field the default -5"],
    ),
    planted(
        "unique, and no longer unique",
        |all| {
            of(all, "title").unique = true;
            of(all, "key").unique = false;
        },
        &["lacks the unique constraint on title", "the unique constraint on key, which no field asks for"],
    ),
    planted(
        "unique together",
        |all| tasks(all).unique.push(vec!["member_id".to_owned(), "title".to_owned()]),
        &["lacks the unique constraint on member_id, title"],
    ),
    planted(
        "an index, and no index",
        |all| {
            of(all, "rank").index = true;
            of(all, "title").index = false;
        },
        &["lacks the index `ix_tasks_rank`", "the index `ix_tasks_title`, which no field asks for"],
    ),
    planted(
        "a reference, and another end of one",
        |all| {
            let team = Some(("teams".to_owned(), OnDelete::SetNull));
            tasks(all).fields.push(Field { nullable: true, refers: team, ..field("team_id", Ty::I64) });
            of(all, "member_id").refers = Some(("members".to_owned(), OnDelete::Restrict));
        },
        &[
            "lacks the foreign key from team_id to `teams` (ON DELETE SET NULL)",
            "from member_id to `members` (ON DELETE RESTRICT)",
        ],
    ),
    planted(
        "no reference any more",
        |all| of(all, "member_id").refers = None,
        &["the foreign key from member_id to `members` (ON DELETE CASCADE), which no field asks for"],
    ),
    planted(
        "another value of an enum",
        |all| of(all, "status").ty = values(&["open", "it's done", "late"]),
        &["lacks the check that `status` is one of open, it's done, late"],
    ),
    planted(
        "an enum becomes a text",
        |all| of(all, "status").ty = Ty::Text,
        &["the check that `status` is one of open, it's done, which no field asks for"],
    ),
    planted(
        "new tables that refer to each other",
        |all| {
            let refers = |to: &str| Some((to.to_owned(), OnDelete::Restrict));
            let one = Field { nullable: true, refers: refers("ends"), ..field("end_id", Ty::I64) };
            all.push(draft("starts", vec![one, Field { refers: refers("tasks"), ..field("task_id", Ty::I64) }]));
            all.push(draft("ends", vec![Field { refers: refers("starts"), ..field("start_id", Ty::I64) }]));
        },
        &["there is no table `starts`", "there is no table `ends`"],
    ),
    planted(
        "a resource goes",
        |all| all.retain(|draft| draft.name != "tasks"),
        &["the table `tasks` belongs to no resource", "loses every row of `tasks`"],
    ),
    planted("full-text search", |all| tasks(all).full_text = true, &[]),
];

/// Everything that a plan says.
fn said(plan: &Plan) -> String {
    let leftovers = plan.leftovers.iter().map(|left| left.text.clone());
    let lists = plan.changes.iter().chain(&plan.by_hand).chain(&plan.hints).cloned().chain(leftovers);
    let steps = plan.up.iter().map(|step| {
        let loses = step.loses.as_ref().map_or_else(String::new, |loses| format!(" loses {loses}"));
        format!("{}{loses}", step.about)
    });
    lists.chain(steps).collect::<Vec<_>>().join("\n")
}

fn on(database: TestDatabase) {
    let live = Live::new(database);
    for Planted { name, change: edit, fills, says } in PLANTED {
        let mut after = before();
        edit(&mut after);
        for destructive in [false, true] {
            let fills = fills.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect();
            let options = PlanOptions { fills, destructive };
            let plan = change(&live, &before(), &after, &options, &format!("{name}, on {database:?}, {destructive}"));
            let text = said(&plan);
            for part in says.iter().filter(|part| !(destructive && part.starts_with("loses "))) {
                assert!(text.contains(part), "{name} on {database:?}: `{part}` is not in:\n{text}");
            }
            assert_eq!(plan.up.is_empty(), plan.changes.is_empty() && plan.leftovers.is_empty(), "{name}: {text}");
        }
    }
}

#[test]
fn planted_changes_on_sqlite() {
    on(TestDatabase::Sqlite);
}

#[test]
fn planted_changes_on_postgres() {
    on(TestDatabase::Postgres);
}
