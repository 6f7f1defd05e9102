///The body of POST: `new` takes the required fields, and one method for each field sets the others.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub struct Create {
    ///`code`
    pub code: ::core::option::Option<super::__ResourcePart_code>,
}
impl Create {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            code: ::core::option::Option::None,
        }
    }
    ///`code`
    #[must_use]
    pub fn code(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourcePart_code>,
    ) -> Self {
        self.code = ::core::option::Option::Some(::core::convert::Into::into(__value));
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Create {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_code.assign(&mut __assignments, 1usize, self.code);
        __assignments
    }
}
