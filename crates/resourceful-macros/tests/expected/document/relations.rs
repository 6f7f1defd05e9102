/// The relations, as the service takes them.
#[allow(private_interfaces)]
pub(super) mod relations {
    ///`parent`
    pub const PARENT: ::resourceful::ToOne<
        super::super::Document,
        super::super::__RelationDocument_parent,
    > = ::resourceful::ToOne::new("parent");
    ///`tasks`
    pub const TASKS: ::resourceful::ToMany<
        super::super::Document,
        super::super::__RelationDocument_tasks,
    > = ::resourceful::ToMany::new("tasks");
    ///`cover`
    pub const COVER: ::resourceful::ToOne<
        super::super::Document,
        super::super::__RelationDocument_cover,
    > = ::resourceful::ToOne::new("cover");
    ///`tags`
    pub const TAGS: ::resourceful::ToMany<
        super::super::Document,
        super::super::__RelationDocument_tags,
    > = ::resourceful::ToMany::new("tags");
    ///`sources`
    pub const SOURCES: ::resourceful::ToMany<
        super::super::Document,
        super::super::__RelationDocument_sources,
    > = ::resourceful::ToMany::new("sources");
}
