#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourceArticle_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceArticle_id>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_text: ::resourceful::__private::FieldOf<
    super::__ResourceArticle_text,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceArticle_text>,
> = ::resourceful::__private::FieldOf::new();
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
