/// The permission strings.
pub(super) mod permissions {
    ///`tags:read`
    pub const READ: &::core::primitive::str = "tags:read";
    ///`tags:write`
    pub const WRITE: &::core::primitive::str = "tags:write";
    ///`tags:delete`
    pub const DELETE: &::core::primitive::str = "tags:delete";
    ///`tags:admin`
    pub const ADMIN: &::core::primitive::str = "tags:admin";
    ///`tags:read:self`
    pub const READ_SELF: &::core::primitive::str = "tags:read:self";
    ///`tags:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "tags:write:self";
    ///`tags:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "tags:delete:self";
}
