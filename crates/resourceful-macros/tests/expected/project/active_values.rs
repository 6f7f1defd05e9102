fn __slot(
    __model: &Model,
    __column: Column,
) -> &dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot)(&__model.id),
        Column::Name => (__FIELD_name.slot)(&__model.name),
        Column::OwnerId => (__FIELD_owner_id.slot)(&__model.owner_id),
    }
}
fn __slot_mut(
    __model: &mut Model,
    __column: Column,
) -> &mut dyn ::resourceful::__private::FieldSlot {
    match __column {
        Column::Id => (__FIELD_id.slot_mut)(&mut __model.id),
        Column::Name => (__FIELD_name.slot_mut)(&mut __model.name),
        Column::OwnerId => (__FIELD_owner_id.slot_mut)(&mut __model.owner_id),
    }
}
fn __active(
    __model: &ActiveModel,
    __column: Column,
) -> &dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active)(&__model.id),
        Column::Name => (__FIELD_name.active)(&__model.name),
        Column::OwnerId => (__FIELD_owner_id.active)(&__model.owner_id),
    }
}
fn __active_mut(
    __model: &mut ActiveModel,
    __column: Column,
) -> &mut dyn ::resourceful::__private::ActiveSlot {
    match __column {
        Column::Id => (__FIELD_id.active_mut)(&mut __model.id),
        Column::Name => (__FIELD_name.active_mut)(&mut __model.name),
        Column::OwnerId => (__FIELD_owner_id.active_mut)(&mut __model.owner_id),
    }
}
