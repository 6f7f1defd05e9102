#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourceDraft_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceDraft_id>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_version: ::resourceful::__private::FieldOf<
    super::__ResourceDraft_version,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceDraft_version>,
> = ::resourceful::__private::FieldOf::new();
