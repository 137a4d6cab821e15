//! What others need to know of the keeper: the words it speaks, how they lie on the wire, and which process it is; and the second
//! layer that it puts behind its walls.

#[cfg(target_os = "linux")]
pub mod landlock;
pub mod lines;
pub mod process;
pub mod wire;
