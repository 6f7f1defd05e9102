#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceTag_id = Key;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceTag_name = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceTag_time = Time;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ComputedTag_label = Label;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationTag_tasks = <Task as ::resourceful::__private::assert::IsResource>::Itself;
