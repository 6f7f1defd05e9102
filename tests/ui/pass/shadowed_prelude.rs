//! Nothing generated means the user's own items, whatever they are called.
#![deny(warnings)]
#![allow(dead_code)]

use resourceful::{Resource, ResourceEnum};

#[allow(dead_code)]
mod shadows {
    pub struct Option;
    pub struct Result;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub trait Clone {}
    pub trait Default {}
    pub trait Into {}
    pub trait From {}
    pub trait Iterator {}
    pub mod core {}
    pub mod std {}
    pub mod sea_orm {}
}
#[allow(unused_imports)]
use shadows::*;

/// A kind.
#[derive(::core::clone::Clone, Copy, Debug, ResourceEnum)]
#[resource(rename_all = "kebab-case")]
pub enum Kind {
    Some,
    NoneAtAll,
}

#[derive(::core::clone::Clone, Debug, Resource)]
pub struct Thing {
    pub id: ::resourceful::uuid::Uuid,
    #[resource(length(1..=5), check = fits)]
    pub name: ::std::string::String,
    pub note: ::core::option::Option<::std::string::String>,
    pub data: ::std::vec::Vec<u8>,
    #[resource(default = Kind::Some)]
    pub kind: Kind,
    #[resource(default = 3)]
    pub count: ::core::option::Option<i64>,
    #[resource(default = "x")]
    pub letter: ::core::option::Option<::std::string::String>,
}

fn fits(_: &::std::string::String) -> ::core::result::Result<(), &'static str> {
    ::core::result::Result::Ok(())
}

#[::resourceful::get("/things", public)]
async fn things() -> ::resourceful::Json<i32> {
    ::resourceful::Json(1)
}

/// Runs what it makes.
pub fn main() {
    let _ = thing::Create::new("a", ::std::vec::Vec::new()).letter(::core::option::Option::None).kind(Kind::NoneAtAll);
    let _ = things;
    assert_eq!(::resourceful::ResourceEnum::as_str(Kind::NoneAtAll), "none-at-all");
    assert_eq!(thing::SPEC.fields[1].rules.len(), 1);
    assert!(thing::SPEC.fields[5].ty.nullable);
    let default = <Thing as ::resourceful::Resource>::TABLE.fields[5].default.unwrap();
    assert_eq!(default(), ::resourceful::sea_orm::Value::BigInt(::core::option::Option::Some(3)));
}
