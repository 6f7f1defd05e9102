///The body of PUT: a field that is not given becomes null, or its default.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(super) struct Update {
    ///`text`
    pub(super) text: super::__ResourceArticle_text,
}
impl Update {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        text: impl ::core::convert::Into<super::__ResourceArticle_text>,
    ) -> Self {
        Self {
            text: ::core::convert::Into::into(text),
        }
    }
    ///`text`
    #[must_use]
    pub(super) fn text(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceArticle_text>,
    ) -> Self {
        self.text = ::core::convert::Into::into(__value);
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Update {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_text
            .assign(&mut __assignments, 1usize, ::core::option::Option::Some(self.text));
        __assignments
    }
}
