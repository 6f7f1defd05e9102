///What `#[derive(Resource)]` generates for [`Tag`](super::Tag).
#[allow(deprecated)]
pub mod tag {
    const _: super::__Tag_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
