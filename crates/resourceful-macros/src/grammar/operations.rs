//! The operations of a resource.

use super::{Word, words};

words! {
    /// An operation, named as the runtime names it and in its order.
    Operation {
        List = "list",
        Count = "count",
        Search = "search",
        Get = "get",
        Create = "create",
        BulkCreate = "bulk_create",
        Update = "update",
        Patch = "patch",
        Delete = "delete",
        SelfList = "self_list",
        SelfCreate = "self_create",
        SelfGet = "self_get",
        SelfUpdate = "self_update",
        SelfPatch = "self_patch",
        SelfDelete = "self_delete",
    }
}

impl Operation {
    /// Every operation that a resource can offer, with an owner or without.
    pub(crate) fn possible(owned: bool) -> impl Iterator<Item = Self> {
        Self::ALL.iter().map(|(_, operation)| *operation).filter(move |operation| owned || !operation.is_self())
    }

    /// Whether it works on the caller's own rows only.
    pub(crate) fn is_self(self) -> bool {
        matches!(
            self,
            Self::SelfList | Self::SelfCreate | Self::SelfGet | Self::SelfUpdate | Self::SelfPatch | Self::SelfDelete
        )
    }

    /// The end of its default permission, `read` in `projects:read`.
    pub(crate) fn permission_suffix(self) -> &'static str {
        match self {
            Self::List | Self::Count | Self::Search | Self::Get => "read",
            Self::Create | Self::BulkCreate | Self::Update | Self::Patch => "write",
            Self::Delete => "delete",
            Self::SelfList | Self::SelfGet => "read:self",
            Self::SelfCreate | Self::SelfUpdate | Self::SelfPatch => "write:self",
            Self::SelfDelete => "delete:self",
        }
    }
}
