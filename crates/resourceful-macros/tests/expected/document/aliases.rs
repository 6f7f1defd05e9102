#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDocument_id = i64;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ResourceDocument_parent_id = ::core::option::Option<i64>;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_parent = Document;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_tasks = Task;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_cover = Image;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_tags = Tag;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __RelationDocument_sources = Document;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ThroughDocument_tags = DocumentTag;
#[doc(hidden)]
#[allow(non_camel_case_types)]
type __ThroughDocument_sources = Quote;
