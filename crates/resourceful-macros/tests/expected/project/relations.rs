/// The relations, as the service takes them.
#[allow(private_interfaces)]
pub mod relations {
    ///`owner`
    pub const OWNER: ::resourceful::ToOne<
        super::super::Project,
        super::super::__RelationProject_owner,
    > = ::resourceful::ToOne::new("owner");
}
