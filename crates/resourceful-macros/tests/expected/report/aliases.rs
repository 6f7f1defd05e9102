#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceReport_id = i32;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceReport_paper = ::core::option::Option<FileRef>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceReport_other = Alias;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __InsideReport_paper = FileRef;
