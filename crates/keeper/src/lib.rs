//! What others need to know of the keeper: the words it speaks, how they lie on the wire, and which process it is.

pub mod lines;
pub mod process;
pub mod wire;
