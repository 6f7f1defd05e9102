#[allow(non_upper_case_globals)]
const __FIELD_id: ::resourceful::__private::FieldOf<
    super::__ResourcePart_id,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourcePart_id>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_code: ::resourceful::__private::FieldOf<
    super::__ResourcePart_code,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourcePart_code>,
> = ::resourceful::__private::FieldOf::new();
#[allow(non_upper_case_globals)]
const __FIELD_rank: ::resourceful::__private::FieldOf<
    super::__ResourcePart_rank,
    ::resourceful::__private::sea_orm::ActiveValue<super::__ResourcePart_rank>,
> = ::resourceful::__private::FieldOf::new();
