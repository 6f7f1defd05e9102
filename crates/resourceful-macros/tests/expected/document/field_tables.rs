#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourceDocument_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceDocument_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_parent_id: <super::__InsideDocument_parent_id as ::resourceful::__private::FieldTables>::OptionTable = <<super::__InsideDocument_parent_id as ::resourceful::__private::FieldTables>::OptionTable as ::resourceful::__private::Table>::NEW;
