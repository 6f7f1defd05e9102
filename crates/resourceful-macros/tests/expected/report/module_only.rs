#[doc(hidden)]
#[allow(non_camel_case_types)]
type __Report_must_be_declared_in_a_module_and_not_inside_a_function = ();
