#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceTag_id = Uuid;
