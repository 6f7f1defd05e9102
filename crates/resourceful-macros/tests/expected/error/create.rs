///The body of POST: `new` takes the required fields, and one method for each field sets the others.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Create {
    ///`name`
    pub name: super::__ResourceTag_name,
    ///`time`
    pub time: super::__ResourceTag_time,
}
impl Create {
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
impl ::resourceful::__private::Input for Create {
    #[allow(unused_mut)]
    fn into_assignments(self) -> ::resourceful::__private::Assignments {
        ::core::unreachable!()
    }
}
