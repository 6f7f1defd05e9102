///What `#[derive(Resource)]` generates for [`Project`](super::Project).
#[allow(deprecated)]
pub mod project {
    const _: super::__Project_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
