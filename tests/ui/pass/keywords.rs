//! Words of Rust and of SQL as names.
#![deny(warnings)]
#![allow(dead_code)]

use resourceful::prelude::*;
use resourceful::sea_orm::{DbBackend, EntityTrait, QueryTrait};

#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(module = orders)]
pub struct Order {
    pub id: i64,
    #[resource(filter, sort)]
    pub r#type: String,
    pub select: i32,
    pub group: Option<i32>,
    pub r#where: bool,
    pub self_: Option<i32>,
    pub line_2: Option<i32>,
    #[resource(rename = "as", column = "order by")]
    pub r#as: Option<i32>,
}

/// A struct called like a keyword.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Type {
    pub id: i64,
}

/// Raw where it need not be; fields and relations called like associated types; one resource by two paths; an old field.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(has_many(iterator: r#Raw, via = error))]
pub struct r#Raw {
    pub id: i64,
    pub err: Option<i32>,
    #[resource(belongs_to(raw: Raw))]
    pub error: Option<i64>,
    #[resource(belongs_to(one: Type))]
    pub one_id: Option<i64>,
    #[resource(belongs_to(other: self::Type))]
    pub other_id: Option<i64>,
    #[deprecated]
    pub old: Option<i32>,
}

/// Runs what it makes.
pub fn main() {
    let _ = orders::Create::new("x", 1, true).r#type("y").self_(Some(1));
    let _ = orders::Patch::new().r#where(false);
    let _ = r#type::Create::new();
    assert_eq!((raw::SPEC.type_name, raw::SPEC.table), ("Raw", "raws"));
    let field = &orders::SPEC.fields[1];
    assert_eq!((field.name, field.json, field.column), ("type", "type", "type"));
    assert_eq!(orders::SPEC.fields[5].json, "self");
    assert_eq!(orders::SPEC.fields[6].json, "line2");
    let _ = orders::Column::Self_;
    let sql = orders::Entity::find().build(DbBackend::Sqlite).to_string();
    assert!(sql.contains(r#""orders"."type", "orders"."select", "orders"."group""#), "{sql}");
    assert!(sql.contains(r#""orders"."order by""#), "{sql}");
}
