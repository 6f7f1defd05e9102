/// The permission strings.
pub(super) mod permissions {
    ///`documents:read`
    pub const READ: &::core::primitive::str = "documents:read";
    ///`documents:write`
    pub const WRITE: &::core::primitive::str = "documents:write";
    ///`documents:delete`
    pub const DELETE: &::core::primitive::str = "documents:delete";
    ///`documents:admin`
    pub const ADMIN: &::core::primitive::str = "documents:admin";
    ///`documents:read:self`
    pub const READ_SELF: &::core::primitive::str = "documents:read:self";
    ///`documents:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "documents:write:self";
    ///`documents:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "documents:delete:self";
}
