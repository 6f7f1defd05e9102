///The body of PATCH: a field that is not given stays as it is.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub struct Patch {
    ///`name`
    pub name: ::core::option::Option<super::__ResourceProject_name>,
}
impl Patch {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            name: ::core::option::Option::None,
        }
    }
    ///`name`
    #[must_use]
    pub fn name(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceProject_name>,
    ) -> Self {
        self.name = ::core::option::Option::Some(::core::convert::Into::into(__value));
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Patch {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_name.assign(&mut __assignments, 1usize, self.name);
        __assignments
    }
}
