#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourceArticle_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceArticle_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_text: <super::__ResourceArticle_text as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceArticle_text as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
pub(super) const __COMPUTED_is_late: ::resourceful::__private::ComputedOf<
    super::__ComputedArticle_is_late,
> = ::resourceful::__private::ComputedOf::new();
#[allow(non_upper_case_globals)]
pub(super) const __COMPUTED_label: ::resourceful::__private::ComputedOf<
    super::__ComputedArticle_label,
> = ::resourceful::__private::ComputedOf::new();
#[allow(non_upper_case_globals)]
pub(super) const __COMPUTED_margin: ::resourceful::__private::ComputedOf<
    super::__ComputedArticle_margin,
> = ::resourceful::__private::ComputedOf::new();
