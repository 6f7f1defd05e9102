::core::compile_error! {
    "a path begins with a slash; write \"/activate\""
}
/// Makes a project active.
pub fn activate() -> ::resourceful::__private::Endpoint {
    ::core::unreachable!()
}
