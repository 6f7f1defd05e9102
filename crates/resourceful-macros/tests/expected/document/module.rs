///What `#[derive(Resource)]` generates for [`Document`](super::Document).
#[allow(deprecated)]
mod document {
    const _: super::__Document_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
