#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourceDraft_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceDraft_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_version: <super::__ResourceDraft_version as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceDraft_version as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
