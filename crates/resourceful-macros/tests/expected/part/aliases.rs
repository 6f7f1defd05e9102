#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourcePart_id = i32;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourcePart_code = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourcePart_rank = ::core::option::Option<i16>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __InsidePart_rank = i16;
