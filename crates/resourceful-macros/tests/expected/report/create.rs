///The body of POST: `new` takes the required fields, and one method for each field sets the others.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub struct Create {}
impl Create {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {}
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Create {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(0usize);
        __assignments
    }
}
