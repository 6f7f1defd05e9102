fn __slot(
    __model: &Model,
    __column: Column,
) -> &dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot)(&__model.id),
        Column::Text => (__FIELD_text.slot)(&__model.text),
    }
}
fn __slot_mut(
    __model: &mut Model,
    __column: Column,
) -> &mut dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot_mut)(&mut __model.id),
        Column::Text => (__FIELD_text.slot_mut)(&mut __model.text),
    }
}
fn __active(
    __model: &ActiveModel,
    __column: Column,
) -> &dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active)(&__model.id),
        Column::Text => (__FIELD_text.active)(&__model.text),
    }
}
fn __active_mut(
    __model: &mut ActiveModel,
    __column: Column,
) -> &mut dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active_mut)(&mut __model.id),
        Column::Text => (__FIELD_text.active_mut)(&mut __model.text),
    }
}
