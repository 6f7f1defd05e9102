///The body of PUT: a field that is not given becomes null, or its default.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub(super) struct Update {
    ///`parent_id`
    pub(super) parent_id: ::core::option::Option<super::__ResourceDocument_parent_id>,
}
impl Update {
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
impl ::resourceful::__private::Input for Update {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_parent_id.assign(&mut __assignments, 1usize, self.parent_id);
        __assignments
    }
}
