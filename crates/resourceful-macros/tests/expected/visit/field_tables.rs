#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourceVisit_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceVisit_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_page: <super::__ResourceVisit_page as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceVisit_page as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_created_at: <super::__ResourceVisit_created_at as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceVisit_created_at as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
