//! What our own argument and answer types say about themselves in the OpenAPI document.

use super::describe::{Described, EndpointDoc, Part};
use super::extract::Path;
use super::render::{Out, Render};
use crate::resource::{Json, JsonShape};

impl<T: JsonShape> Described for Path<T> {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        doc.parameters.push((String::new(), T::shape()));
    }
}

impl<T: JsonShape> Described for Json<T> {
    fn describe(doc: &mut EndpointDoc, part: Part) {
        match part {
            Part::Argument => doc.body = Some(T::shape()),
            Part::Answer => doc.answer = Some((200, T::shape())),
        }
    }
}

impl<T: Render> Described for Out<T> {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        doc.answer = Some((200, T::schema()));
        doc.resources.extend(T::resource());
    }
}

impl<T: Described, E> Described for Result<T, E> {
    fn describe(doc: &mut EndpointDoc, part: Part) {
        T::describe(doc, part);
    }
}
