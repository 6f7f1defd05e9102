fn __slot(
    __model: &Model,
    __column: Column,
) -> &dyn ::resourceful::__private::FieldSlot {
    ::core::unreachable!()
}
fn __slot_mut(
    __model: &mut Model,
    __column: Column,
) -> &mut dyn ::resourceful::__private::FieldSlot {
    ::core::unreachable!()
}
fn __active(
    __model: &ActiveModel,
    __column: Column,
) -> &dyn ::resourceful::__private::ActiveSlot {
    ::core::unreachable!()
}
fn __active_mut(
    __model: &mut ActiveModel,
    __column: Column,
) -> &mut dyn ::resourceful::__private::ActiveSlot {
    ::core::unreachable!()
}
