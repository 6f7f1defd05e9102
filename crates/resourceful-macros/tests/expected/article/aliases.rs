#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceArticle_id = Key;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceArticle_text = ::std::string::String;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ComputedArticle_is_late = ::core::primitive::bool;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ComputedArticle_label = Label;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ComputedArticle_margin = Label;
