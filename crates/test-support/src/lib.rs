#![doc = include_str!("../README.md")]

mod gates;
pub mod script;
pub mod scripted_model;

pub use gates::Gates;
pub use scripted_model::ScriptedModel;
