#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourcePart_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourcePart_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_code: <super::__ResourcePart_code as ::resourceful::__private::FieldTables>::Table = <<super::__ResourcePart_code as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_rank: <super::__InsidePart_rank as ::resourceful::__private::FieldTables>::OptionTable = <<super::__InsidePart_rank as ::resourceful::__private::FieldTables>::OptionTable as ::resourceful::__private::Table>::NEW;
