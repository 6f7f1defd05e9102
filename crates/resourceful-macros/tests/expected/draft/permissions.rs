/// The permission strings.
pub mod permissions {
    ///`drafts:read`
    pub const READ: &::core::primitive::str = "drafts:read";
    ///`drafts:write`
    pub const WRITE: &::core::primitive::str = "drafts:write";
    ///`drafts:delete`
    pub const DELETE: &::core::primitive::str = "drafts:delete";
    ///`drafts:admin`
    pub const ADMIN: &::core::primitive::str = "drafts:admin";
    ///`drafts:read:self`
    pub const READ_SELF: &::core::primitive::str = "drafts:read:self";
    ///`drafts:write:self`
    pub const WRITE_SELF: &::core::primitive::str = "drafts:write:self";
    ///`drafts:delete:self`
    pub const DELETE_SELF: &::core::primitive::str = "drafts:delete:self";
}
