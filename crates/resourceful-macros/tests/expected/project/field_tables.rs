#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourceProject_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceProject_id>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_name: ::resourceful::__private::FieldOf<
    super::__ResourceProject_name,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceProject_name>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_owner_id: ::resourceful::__private::FieldOf<
    super::__ResourceProject_owner_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceProject_owner_id>,
> = ::resourceful::__private::FieldOf::new();
