//! What our own argument and answer types say about themselves in the OpenAPI document.

use serde_json::{Value, json};

use super::describe::{Described, EndpointDoc, Part};
use super::extract::Path;
use super::render::{Out, Render};
use crate::resource::{Json, JsonShape};

fn content(schema: Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn answer(schema: Value) -> (u16, Value) {
    (200, json!({"description": "OK", "content": content(schema)}))
}

/// The parameter's name stands in the endpoint's path; an empty one here means the first that has no schema yet.
impl<T: JsonShape> Described for Path<T> {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        doc.parameters.push((String::new(), json!({"in": "path", "required": true, "schema": T::shape()})));
    }
}

impl<T: JsonShape> Described for Json<T> {
    fn describe(doc: &mut EndpointDoc, part: Part) {
        match part {
            Part::Argument => doc.body = Some(json!({"required": true, "content": content(T::shape())})),
            Part::Answer => doc.answer = Some(answer(T::shape())),
        }
    }
}

impl<T: Render> Described for Out<T> {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        doc.answer = Some(answer(T::schema()));
    }
}

impl<T: Described, E> Described for Result<T, E> {
    fn describe(doc: &mut EndpointDoc, part: Part) {
        T::describe(doc, part);
    }
}
