#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourceTag_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceTag_id>,
> = ::resourceful::__private::FieldOf::new();
