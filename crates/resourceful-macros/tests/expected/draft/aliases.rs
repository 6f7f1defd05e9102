#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDraft_id = i32;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDraft_version = i64;
