///The body of POST: `new` takes the required fields, and one method for each field sets the others.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Create {
    ///`name`
    pub name: super::__ResourceProject_name,
}
impl Create {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new(name: impl ::core::convert::Into<super::__ResourceProject_name>) -> Self {
        Self {
            name: ::core::convert::Into::into(name),
        }
    }
    ///`name`
    #[must_use]
    pub fn name(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceProject_name>,
    ) -> Self {
        self.name = ::core::convert::Into::into(__value);
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Create {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_name
            .assign(&mut __assignments, 1usize, ::core::option::Option::Some(self.name));
        __assignments
    }
}
