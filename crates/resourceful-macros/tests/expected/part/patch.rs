///The body of PATCH: a field that is not given stays as it is.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub struct Patch {
    ///`code`
    pub code: ::core::option::Option<super::__ResourcePart_code>,
}
impl Patch {
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
impl ::resourceful::__private::Input for Patch {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        let mut __assignments = ::std::vec::Vec::with_capacity(1usize);
        __FIELD_code.assign(&mut __assignments, 1usize, self.code);
        __assignments
    }
}
