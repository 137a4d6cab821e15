//! The pages, one file each.

pub mod audit;
pub mod changes;
pub mod design;
pub mod landing;
pub mod new_session;
pub mod not_found;
pub mod session;
pub mod sessions;
pub mod settings;
pub mod setup;
