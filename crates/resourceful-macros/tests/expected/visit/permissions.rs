/// The permission strings.
pub(in super::super) mod permissions {
    ///`visits:read`
    pub const READ: &::core::primitive::str = "visits:read";
    ///`visits:write`
    pub const WRITE: &::core::primitive::str = "visits:write";
    ///`visits:delete`
    pub const DELETE: &::core::primitive::str = "visits:delete";
    ///`visits:admin`
    pub const ADMIN: &::core::primitive::str = "visits:admin";
    ///`visits:read:self`
    pub const READ_SELF: &::core::primitive::str = "visits:read:self";
    ///`visits:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "visits:write:self";
    ///`visits:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "visits:delete:self";
}
