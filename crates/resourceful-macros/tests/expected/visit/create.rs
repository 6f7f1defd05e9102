///The body of POST: `new` takes the required fields, and one method for each field sets the others.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(in super::super) struct Create {
    ///`id`
    pub(in super::super) id: super::__ResourceVisit_id,
    ///`page`
    pub(super) page: super::__ResourceVisit_page,
}
impl Create {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        id: impl ::core::convert::Into<super::__ResourceVisit_id>,
        page: impl ::core::convert::Into<super::__ResourceVisit_page>,
    ) -> Self {
        Self {
            id: ::core::convert::Into::into(id),
            page: ::core::convert::Into::into(page),
        }
    }
    ///`id`
    #[must_use]
    pub(in super::super) fn id(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceVisit_id>,
    ) -> Self {
        self.id = ::core::convert::Into::into(__value);
        self
    }
    ///`page`
    #[must_use]
    pub(super) fn page(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceVisit_page>,
    ) -> Self {
        self.page = ::core::convert::Into::into(__value);
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Create {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(2usize);
        __FIELD_id
            .assign(&mut __assignments, 0usize, ::core::option::Option::Some(self.id));
        __FIELD_page
            .assign(&mut __assignments, 1usize, ::core::option::Option::Some(self.page));
        __assignments
    }
}
