///The body of PUT: a field that is not given becomes null, or its default.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub struct Update {}
impl Update {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {}
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Update {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(0usize);
        __assignments
    }
}
