#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourceTag_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceTag_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
