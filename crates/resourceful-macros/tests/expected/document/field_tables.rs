#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourceDocument_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceDocument_id>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_parent_id: ::resourceful::__private::FieldOf<
    super::__ResourceDocument_parent_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceDocument_parent_id>,
> = ::resourceful::__private::FieldOf::new();
