#[allow(non_upper_case_globals)]
const __FIELD_id: <super::__ResourceReport_id as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceReport_id as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_paper: <super::__InsideReport_paper as ::resourceful::__private::FieldTables>::OptionTable = <<super::__InsideReport_paper as ::resourceful::__private::FieldTables>::OptionTable as ::resourceful::__private::Table>::NEW;
#[allow(non_upper_case_globals)]
const __FIELD_other: <super::__ResourceReport_other as ::resourceful::__private::FieldTables>::Table = <<super::__ResourceReport_other as ::resourceful::__private::FieldTables>::Table as ::resourceful::__private::Table>::NEW;
