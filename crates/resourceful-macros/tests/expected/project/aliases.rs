#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_id = Uuid;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_name = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceProject_owner_id = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationProject_owner = <User as ::resourceful::__private::assert::IsResource>::Itself;
