/// The permission strings.
pub mod permissions {
    ///`reports:read`
    pub const READ: &::core::primitive::str = "reports:read";
    ///`reports:write`
    pub const WRITE: &::core::primitive::str = "reports:write";
    ///`reports:delete`
    pub const DELETE: &::core::primitive::str = "reports:delete";
    ///`reports:admin`
    pub const ADMIN: &::core::primitive::str = "reports:admin";
    ///`reports:read:self`
    pub const READ_SELF: &::core::primitive::str = "reports:read:self";
    ///`reports:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "reports:write:self";
    ///`reports:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "reports:delete:self";
}
