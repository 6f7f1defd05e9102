///The body of POST: `new` takes the required fields, and one method for each field sets the others.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub(super) struct Create {
    ///`text`
    pub(super) text: super::__ResourceArticle_text,
}
impl Create {
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
impl ::resourceful::__private::Input for Create {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_text
            .assign(&mut __assignments, 1usize, ::core::option::Option::Some(self.text));
        __assignments
    }
}
