/// The permission strings.
pub mod permissions {
    ///`projects:read`
    pub const READ: &::core::primitive::str = "projects:read";
    ///`projects:write`
    pub const WRITE: &::core::primitive::str = "projects:write";
    ///`projects:delete`
    pub const DELETE: &::core::primitive::str = "projects:delete";
    ///`projects:admin`
    pub const ADMIN: &::core::primitive::str = "projects:admin";
    ///`projects:read:self`
    pub const READ_SELF: &::core::primitive::str = "projects:read:self";
    ///`projects:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "projects:write:self";
    ///`projects:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "projects:delete:self";
}
