//! The conversation: from a view of a session to what is read.

pub mod activity;
pub mod ansi;
pub mod attached;
pub mod call;
pub mod composer;
pub mod deed;
pub mod diff;
pub mod log;
pub mod looks;
pub mod message;
pub mod message_actions;
pub mod more;
pub mod output;
pub mod panel_card;
pub mod prose;
pub mod queue;
pub mod requests;
pub mod running;
pub mod scroll;
pub mod segments;
pub mod sentence;
pub mod shown;
pub mod stream;
pub mod sub_agent;
pub mod tool;
pub mod turn_changes;
