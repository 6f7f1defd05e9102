//! What may follow a key: options, and their possible words.

use super::words;

words! {
    /// After `operations`: these, or all but these.
    Selection {
        Only = "only",
        Except = "except",
    }
}

words! {
    /// Options of a relation; which of them a key has is in its row.
    RelationOption {
        Via = "via",
        OnDelete = "on_delete",
        Visible = "visible",
        Through = "through",
        From = "from",
        To = "to",
    }
}

words! {
    /// What happens to the referring row when the other is deleted.
    OnDelete {
        Restrict = "restrict",
        Cascade = "cascade",
        SetNull = "set_null",
    }
}

words! {
    /// Which rows a reference may lead to: those that the other's policy shows to the caller, or any.
    Visible {
        Policy = "policy",
        Any = "any",
    }
}

words! {
    /// Options of `page`.
    PageOption {
        Default = "default",
        Max = "max",
    }
}

words! {
    /// Options of `cache`.
    CacheOption {
        Ttl = "ttl",
        MaxAge = "max_age",
    }
}

words! {
    /// Options of `computed`.
    ComputedOption {
        Read = "read",
        Open = "open",
    }
}

words! {
    /// Options of `file`.
    FileOption {
        Max = "max",
        Types = "types",
        Thumbs = "thumbs",
    }
}

words! {
    /// How `q` searches.
    Search {
        Substring = "substring",
        FullText = "full_text",
    }
}

words! {
    /// Which query parameters an endpoint takes in addition to the fields of its `QueryParams<T>`.
    QueryMode {
        Any = "any",
    }
}

words! {
    /// How `rename_all` writes the variants of an enum.
    Case {
        Snake = "snake_case",
        Camel = "camelCase",
        Pascal = "PascalCase",
        Kebab = "kebab-case",
        ScreamingSnake = "SCREAMING_SNAKE_CASE",
        ScreamingKebab = "SCREAMING-KEBAB-CASE",
        Lower = "lowercase",
        Upper = "UPPERCASE",
    }
}
