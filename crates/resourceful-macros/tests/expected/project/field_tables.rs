#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourceProject_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceProject_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_name: <super::__ResourceProject_name as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceProject_name as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_owner_id: <super::__ResourceProject_owner_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceProject_owner_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
