/// The permission strings.
pub mod permissions {
    ///`parts:read`
    pub const READ: &::core::primitive::str = "parts:read";
    ///`parts:write`
    pub const WRITE: &::core::primitive::str = "parts:write";
    ///`parts:delete`
    pub const DELETE: &::core::primitive::str = "parts:delete";
    ///`parts:admin`
    pub const ADMIN: &::core::primitive::str = "parts:admin";
    ///`parts:read:self`
    pub const READ_SELF: &::core::primitive::str = "parts:read:self";
    ///`parts:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "parts:write:self";
    ///`parts:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "parts:delete:self";
}
