//! Example data. It is added once: if it exists already, a second run changes nothing.

use resourceful::prelude::*;

use crate::task::Status;
use crate::{feature, project, task, user};

/// A project: owner, name, description, and its tasks with status, priority, hours and tags.
type Plan = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, Status, i32, &'static str, &'static [&'static str])],
);

const PEOPLE: &[(&str, &str, &str)] = &[
    ("auth0|ada", "ada@example.com", "Ada Lovelace"),
    ("auth0|grace", "grace@example.com", "Grace Hopper"),
    ("auth0|emmy", "emmy@example.com", "Emmy Noether"),
];

const PLANS: &[Plan] = &[
    (
        "auth0|ada",
        "Analytical engine",
        "A machine that weaves algebraic patterns",
        &[
            ("Translate Menabrea's paper", Status::Done, 5, "120", &["writing", "french"]),
            ("Add the notes A to G", Status::InProgress, 5, "300.5", &["writing"]),
            ("Compute the Bernoulli numbers", Status::Open, 4, "40.25", &["mathematics", "program"]),
        ],
    ),
    (
        "auth0|grace",
        "Compiler",
        "Programs that write programs",
        &[
            ("Collect subroutines on tape", Status::Done, 3, "80", &["library"]),
            ("Find the moth in relay 70", Status::Done, 5, "0.5", &["bug"]),
            ("Convince the management", Status::InProgress, 4, "500", &["people"]),
        ],
    ),
    (
        "auth0|emmy",
        "Invariants",
        "Every symmetry has its conservation law",
        &[
            ("Prove the first theorem", Status::Done, 5, "200", &["physics", "mathematics"]),
            ("Lecture in Göttingen", Status::Open, 2, "60", &["teaching"]),
        ],
    ),
];

const FEATURES: &[(&str, &str, bool, i16)] = &[
    ("dark-mode", "Colours for the night", true, 100),
    ("time-tracking", "Hours worked and hours planned", true, 25),
    ("gantt", "A chart of all tasks", false, 0),
];

/// Adds the data.
pub(crate) async fn seed(ctx: Context) -> Result<()> {
    let users = user::Service::as_system(&ctx);
    if users.count(Query::new()).await? > 0 {
        return Ok(());
    }
    let people = PEOPLE
        .iter()
        .map(|(id, email, name)| user::Create::new(*id).email(Some((*email).into())).name(Some((*name).into())));
    users.create_bulk(people.collect()).await?;
    let projects = project::Service::as_system(&ctx);
    let tasks = task::Service::as_system(&ctx);
    for (number, (owner, name, description, steps)) in PLANS.iter().enumerate() {
        let project =
            projects.create_for(owner, project::Create::new(*name).description(Some((*description).into()))).await?;
        // The first task of each project is for the owner of the next one.
        let (first, _, _, _) = PLANS[(number + 1) % PLANS.len()];
        let steps = steps.iter().enumerate().map(|(place, (title, status, priority, hours, tags))| {
            task::Create::new(project.id, *title)
                .status(*status)
                .assignee_id((place == 0).then(|| first.to_owned()))
                .priority(*priority)
                .estimate(hours.parse().ok())
                .tags(Json(tags.iter().map(|tag| (*tag).to_owned()).collect()))
        });
        tasks.create_bulk(steps.collect()).await?;
    }
    let features = FEATURES.iter().map(|(key, description, enabled, rollout)| {
        feature::Create::new(*key).description(Some((*description).into())).is_enabled(*enabled).rollout(*rollout)
    });
    feature::Service::as_system(&ctx).create_bulk(features.collect()).await?;
    Ok(())
}
