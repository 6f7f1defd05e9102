///The body of PUT: a field that is not given becomes null, or its default.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Update {
    ///`name`
    pub name: super::__ResourceTag_name,
    ///`time`
    pub time: super::__ResourceTag_time,
}
impl Update {
    /// With the required fields only.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        name: impl ::core::convert::Into<super::__ResourceTag_name>,
        time: super::__ResourceTag_time,
    ) -> Self {
        Self {
            name: ::core::convert::Into::into(name),
            time,
        }
    }
    ///`name`
    #[must_use]
    pub fn name(
        mut self,
        __value: impl ::core::convert::Into<super::__ResourceTag_name>,
    ) -> Self {
        self.name = ::core::convert::Into::into(__value);
        self
    }
    ///`time`
    #[must_use]
    pub fn time(mut self, __value: super::__ResourceTag_time) -> Self {
        self.time = __value;
        self
    }
}
#[automatically_derived]
impl ::resourceful::__private::Input for Update {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        ::core::unreachable!()
    }
}
