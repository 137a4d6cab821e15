//! What others need to know of the keeper: the words it speaks.

pub mod wire;
