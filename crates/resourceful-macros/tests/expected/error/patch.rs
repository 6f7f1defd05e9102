///The body of PATCH: a field that is not given stays as it is.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
#[derive(::core::default::Default)]
pub struct Patch {
    ///`name`
    pub name: ::core::option::Option<super::__ResourceTag_name>,
    ///`time`
    pub time: ::core::option::Option<super::__ResourceTag_time>,
}
impl Patch {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new() -> Self {
        Self {
            name: ::core::option::Option::None,
            time: ::core::option::Option::None,
        }
    }
    ///`name`
    #[must_use]
    pub fn name(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceTag_name>,
    ) -> Self {
        self.name = ::core::option::Option::Some(::core::convert::Into::into(__value));
        self
    }
    ///`time`
    #[must_use]
    pub fn time(mut self, __value: super::__ResourceTag_time) -> Self {
        self.time = ::core::option::Option::Some(__value);
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Patch {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        ::core::unreachable!()
    }
}
