///What `#[derive(Resource)]` generates for [`Part`](super::Part).
#[allow(deprecated)]
pub mod part {
    const _: super::__Part_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
