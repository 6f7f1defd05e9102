//! Reading JSON strictly, and pointers into it.

pub(crate) mod pointer;
pub(crate) mod strict;
