fn __slot(
    __model: &Model,
    __column: Column,
) -> &dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot)(&__model.id),
        Column::Page => (__FIELD_page.slot)(&__model.page),
        Column::CreatedAt => (__FIELD_created_at.slot)(&__model.created_at),
    }
}
fn __slot_mut(
    __model: &mut Model,
    __column: Column,
) -> &mut dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot_mut)(&mut __model.id),
        Column::Page => (__FIELD_page.slot_mut)(&mut __model.page),
        Column::CreatedAt => (__FIELD_created_at.slot_mut)(&mut __model.created_at),
    }
}
fn __active(
    __model: &ActiveModel,
    __column: Column,
) -> &dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active)(&__model.id),
        Column::Page => (__FIELD_page.active)(&__model.page),
        Column::CreatedAt => (__FIELD_created_at.active)(&__model.created_at),
    }
}
fn __active_mut(
    __model: &mut ActiveModel,
    __column: Column,
) -> &mut dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active_mut)(&mut __model.id),
        Column::Page => (__FIELD_page.active_mut)(&mut __model.page),
        Column::CreatedAt => (__FIELD_created_at.active_mut)(&mut __model.created_at),
    }
}
