///What `#[derive(Resource)]` generates for [`Report`](super::Report).
#[allow(deprecated)]
pub mod report {
    const _: super::__Report_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
