///What `#[derive(Resource)]` generates for [`Visit`](super::Visit).
#[allow(deprecated)]
pub(super) mod visit {
    const _: super::__Visit_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
