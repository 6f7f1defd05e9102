//! Expansions as ordinary Rust, to be reviewed in a diff.
