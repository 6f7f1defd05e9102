//! Typed services: the same operations as the endpoints, called from Rust, and SeaORM itself.

use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, EntityTrait, LoaderTrait, QueryFilter, QueryOrder, Set};

use crate::resources::{Member, Project, Status, Task, member, project, task};
use crate::support::on_both;

#[test]
fn services_do_what_the_endpoints_do() {
    on_both(|app| {
        app.block_on(async {
            let members = member::Service::as_system(app.ctx());
            members
                .create(member::Create::new("auth0|ada").email(Some("ada@example.com".into())))
                .await
                .expect("a member");
            members.create(member::Create::new("auth0|eve")).await.expect("a member");
            let projects = project::Service::as_user(app.ctx(), CurrentUser::new("auth0|ada"));
            let made: Project = projects
                .create(project::Create::new("Engine").description(Some("It weaves".into())))
                .await
                .expect("a project");
            assert_eq!((made.owner_id.as_str(), made.is_active), ("auth0|ada", true));
            assert_eq!(projects.get_by_id(made.id).await.expect("the project"), made);
            let patched = projects
                .patch(made.id, project::Patch::new().is_active(false).description(None))
                .await
                .expect("a change");
            assert_eq!(
                (patched.is_active, patched.description.as_deref(), patched.name.as_str()),
                (false, None, "Engine")
            );
            assert!(projects.activate(made.id).await.expect("activated").is_active);
            let updated = projects.update(made.id, project::Update::new("Machine")).await.expect("a replacement");
            assert_eq!((updated.name.as_str(), updated.is_active), ("Machine", true));

            let wrong = projects.create(project::Create::new("")).await.expect_err("an empty name");
            assert_eq!((wrong.slug(), wrong.errors().len()), ("validation-error", 1));
            let others = project::Service::as_system(app.ctx());
            let orphan = others.create(project::Create::new("x")).await.expect_err("the system owns nothing");
            assert_eq!(orphan.slug(), "user-required");
            let hers = others.create_for("auth0|eve", project::Create::new("Hers")).await.expect("a project of eve");
            assert_eq!(hers.owner_id, "auth0|eve");

            let own = projects.owned().expect("a user");
            assert_eq!(own.count(Query::new()).await.expect("a count"), 1);
            assert_eq!(own.get_by_id(hers.id).await.expect_err("not hers").status(), 404);
            let page = others
                .list(Query::new().filter(project::Column::Name.contains("e")).sort("-name").size(1))
                .await
                .expect("a page");
            assert_eq!((page.items.len(), page.total, page.pages()), (1, Some(2), Some(2)));
            assert_eq!(page.items[0].name, "Machine");
            assert_eq!(others.search("HERS").await.expect("a page").items, std::slice::from_ref(&hers));
            let mine = others
                .paginate(project::Entity::find().order_by_asc(project::Column::Name), 2, 1)
                .await
                .expect("a page");
            assert_eq!((mine.items[0].name.as_str(), mine.total), ("Machine", Some(2)));
            others.delete(hers.id).await.expect("deleted");

            let many = (0..3).map(|number| project::Create::new(format!("P{number}"))).collect();
            let rows = projects.create_bulk(many).await.expect("three projects");
            assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["P0", "P1", "P2"]);
        });
    });
}

#[test]
fn the_struct_is_the_seaorm_model() {
    on_both(|app| {
        app.block_on(async {
            let db = app.ctx().db();
            member::Service::as_system(app.ctx()).create(member::Create::new("auth0|ada")).await.expect("a member");
            let projects = project::Service::as_system(app.ctx());
            let made = projects.create_for("auth0|ada", project::Create::new("Engine")).await.expect("a project");
            let found: Vec<Project> =
                project::Entity::find().filter(project::Column::Name.eq("Engine")).all(db).await.expect("rows");
            assert_eq!(found, std::slice::from_ref(&made));
            assert_eq!(project::Entity::find_by_id(made.id).one(db).await.expect("a row"), Some(made.clone()));

            let estimate: Decimal = "12345678901234567890.12345678".parse().expect("a decimal");
            let task = task::ActiveModel {
                id: Set(Uuid::now_v7()),
                project_id: Set(made.id),
                title: Set("by hand".to_owned()),
                status: Set(Status::Done),
                priority: Set(1),
                estimate: Set(Some(estimate)),
                created_at: Set(Utc::now()),
            };
            task::Entity::insert(task).exec(db).await.expect("an insert of SeaORM's");
            let read: Task = task::Entity::find().one(db).await.expect("a row").expect("the task");
            assert_eq!((read.estimate, read.status), (Some(estimate), Status::Done), "exact through SeaORM as well");

            let owners: Vec<Option<Member>> = found.load_one(member::Entity, db).await.expect("owners");
            assert_eq!(owners[0].as_ref().map(|owner| owner.id.as_str()), Some("auth0|ada"));
            let tasks: Vec<Vec<Task>> = found.load_many(task::Entity, db).await.expect("tasks");
            assert_eq!(tasks[0].len(), 1);
            let joined = project::Entity::find().find_also_related(member::Entity).all(db).await.expect("a join");
            assert_eq!(joined[0].1.as_ref().map(|owner| owner.id.as_str()), Some("auth0|ada"));
        });
    });
}

#[test]
fn service_futures_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    on_both(|app| {
        let projects = project::Service::as_system(app.ctx());
        is_send(&projects.create(project::Create::new("x")));
        is_send(&projects.list(Query::new()));
        is_send(&projects.patch(Uuid::now_v7(), project::Patch::new()));
        is_send(&projects.activate(Uuid::now_v7()));
    });
}
