//! The authorization suite: it passes for resources that keep what they promise, and finds every hole that is planted.

mod holes;
mod resources;

use resourceful::security_suite;
use resourceful::testing::TestDatabase;

use crate::resources::{Book, Document, Label, Labelling, Letter, Member, Remark, Shelf};

security_suite!(Document);
security_suite!(Remark);
security_suite!(Member);
security_suite!(Book);
security_suite!(Shelf);
security_suite!(Label);
security_suite!(Letter);
security_suite!(Labelling);

mod postgres {
    use super::*;

    security_suite!(Document, database = TestDatabase::Postgres);
    security_suite!(Remark, database = TestDatabase::Postgres);
}
