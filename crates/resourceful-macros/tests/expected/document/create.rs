///The body of POST: `new` takes the required fields, and one method for each field sets the others.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub(super) struct Create {
    ///`parent_id`
    pub(super) parent_id: ::core::option::Option<super::__ResourceDocument_parent_id>,
}
impl Create {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            parent_id: ::core::option::Option::None,
        }
    }
    ///`parent_id`
    #[must_use]
    pub(super) fn parent_id(
        mut self,
        __value: super::__ResourceDocument_parent_id,
    ) -> Self {
        self.parent_id = ::core::option::Option::Some(__value);
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Create {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_parent_id.assign(&mut __assignments, 1usize, self.parent_id);
        __assignments
    }
}
