///The body of PATCH: a field that is not given stays as it is.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub(super) struct Patch {
    ///`text`
    pub(super) text: ::core::option::Option<super::__ResourceArticle_text>,
}
impl Patch {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            text: ::core::option::Option::None,
        }
    }
    ///`text`
    #[must_use]
    pub(super) fn text(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceArticle_text>,
    ) -> Self {
        self.text = ::core::option::Option::Some(::core::convert::Into::into(__value));
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Patch {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_text.assign(&mut __assignments, 1usize, self.text);
        __assignments
    }
}
