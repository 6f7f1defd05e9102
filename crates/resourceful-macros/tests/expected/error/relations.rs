/// The relations, as the service takes them.
#[allow(private_interfaces)]
pub mod relations {
    ///`tasks`
    pub const TASKS: ::resourceful::ToMany<
        super::super::Tag,
        super::super::__RelationTag_tasks,
    > = ::resourceful::ToMany::new("tasks");
}
