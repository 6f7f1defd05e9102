#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourceReport_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceReport_id>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_paper: ::resourceful::__private::FieldOf<
    super::__ResourceReport_paper,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceReport_paper>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_other: ::resourceful::__private::FieldOf<
    super::__ResourceReport_other,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourceReport_other>,
> = ::resourceful::__private::FieldOf::new();
