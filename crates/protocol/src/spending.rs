//! What a person's agents use of models in a day.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// But those that the provider had kept from the request before.
    pub tokens: u64,
    /// Millionths of a US dollar.
    pub cost_micros: u64,
}

/// What was used since 00:00 UTC, and how much may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    pub today: Spent,
    /// None: no limit.
    pub most_tokens: Option<u64>,
    pub most_cost_micros: Option<u64>,
}
