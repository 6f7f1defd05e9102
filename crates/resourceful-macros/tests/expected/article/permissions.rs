/// The permission strings.
pub(super) mod permissions {
    ///`articles:read`
    pub const READ: &::core::primitive::str = "articles:read";
    ///`articles:write`
    pub const WRITE: &::core::primitive::str = "articles:write";
    ///`articles:delete`
    pub const DELETE: &::core::primitive::str = "articles:delete";
    ///`articles:admin`
    pub const ADMIN: &::core::primitive::str = "articles:admin";
    ///`articles:read:self`
    pub const READ_SELF: &::core::primitive::str = "articles:read:self";
    ///`articles:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "articles:write:self";
    ///`articles:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "articles:delete:self";
}
