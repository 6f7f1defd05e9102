::core::compile_error! {
    "unknown key `ownr` on the struct; did you mean `owner`?\nallowed: table, was, path, tag, name, module, owner, operations, permissions, public, page, cache, sort, has_many, has_one, many_to_many, computed, check, unique, policy, hooks, require_match, search, crate"
}
