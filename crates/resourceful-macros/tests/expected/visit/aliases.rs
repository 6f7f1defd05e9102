#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceVisit_id = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceVisit_page = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceVisit_created_at = DateTime<Utc>;
