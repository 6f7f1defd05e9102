fn __slot(
    __model: &Model,
    __column: Column,
) -> &dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot)(&__model.id),
        Column::Paper => (__FIELD_paper.slot)(&__model.paper),
        Column::Other => (__FIELD_other.slot)(&__model.other),
    }
}
fn __slot_mut(
    __model: &mut Model,
    __column: Column,
) -> &mut dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot_mut)(&mut __model.id),
        Column::Paper => (__FIELD_paper.slot_mut)(&mut __model.paper),
        Column::Other => (__FIELD_other.slot_mut)(&mut __model.other),
    }
}
fn __active(
    __model: &ActiveModel,
    __column: Column,
) -> &dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active)(&__model.id),
        Column::Paper => (__FIELD_paper.active)(&__model.paper),
        Column::Other => (__FIELD_other.active)(&__model.other),
    }
}
fn __active_mut(
    __model: &mut ActiveModel,
    __column: Column,
) -> &mut dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active_mut)(&mut __model.id),
        Column::Paper => (__FIELD_paper.active_mut)(&mut __model.paper),
        Column::Other => (__FIELD_other.active_mut)(&mut __model.other),
    }
}
