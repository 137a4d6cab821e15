//! Small things that pages are made of.

pub mod avatar;
pub mod combobox;
pub mod dialog;
pub mod figures;
pub mod icon;
pub mod menu;
pub mod mode;
pub mod model;
pub mod phase;
pub mod session_actions;
pub mod sign_in_again;
pub mod sign_in_first;
pub mod state;
pub mod top_bar;
