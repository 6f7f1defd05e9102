#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourceVisit_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceVisit_id>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_page: ::resourceful::__private::FieldOf<
    super::__ResourceVisit_page,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceVisit_page>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_created_at: ::resourceful::__private::FieldOf<
    super::__ResourceVisit_created_at,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceVisit_created_at>,
> = ::resourceful::__private::FieldOf::new();
