#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDocument_id = i64;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDocument_parent_id = ::core::option::Option<i64>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __InsideDocument_parent_id = i64;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_parent = <Document as ::resourceful::__private::assert::IsResource>::Itself;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_tasks = <Task as ::resourceful::__private::assert::IsResource>::Itself;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_cover = <Image as ::resourceful::__private::assert::IsResource>::Itself;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_tags = <Tag as ::resourceful::__private::assert::IsResource>::Itself;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_sources = <Document as ::resourceful::__private::assert::IsResource>::Itself;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ThroughDocument_tags = <DocumentTag as ::resourceful::__private::assert::IsResource>::Itself;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ThroughDocument_sources = <Quote as ::resourceful::__private::assert::IsResource>::Itself;
