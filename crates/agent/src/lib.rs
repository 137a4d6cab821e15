//! What an agent is, and OpenCode, the first one.
//!
//! Nothing of an agent's own vocabulary leaves the module that speaks it: outside there are only the terms of
//! [`AgentEvent`] and of `slipway-protocol`.

mod contract;
mod event;
pub mod opencode;

pub use contract::{
    Agent, AgentError, Brought, Conversation, Delivery, GivenFile, LaunchRequest, Outgoing, Permissions,
    Provider, ProviderKind, ProviderModel, Resume,
};
pub use event::{AgentEvent, FailureKind, Numbered, PartUpdate};
