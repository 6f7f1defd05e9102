///What `#[derive(Resource)]` generates for [`Draft`](super::Draft).
#[allow(deprecated)]
pub mod draft {
    const _: super::__Draft_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
