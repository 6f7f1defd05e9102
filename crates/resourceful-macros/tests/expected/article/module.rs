///What `#[derive(Resource)]` generates for [`Article`](super::Article).
#[allow(deprecated)]
mod article {
    const _: super::__Article_must_be_declared_in_a_module_and_not_inside_a_function = ();
}
