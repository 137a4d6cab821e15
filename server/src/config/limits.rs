//! How much one person, or one address, may ask of the server.

use crate::cli::Settings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `SLIPWAY_REQUESTS_PER_MINUTE`
    pub requests_per_minute: u32,
    /// `SLIPWAY_SIGN_INS_PER_MINUTE`
    pub sign_ins_per_minute: u32,
    /// `SLIPWAY_SOCKETS_PER_PERSON`
    pub sockets_per_person: u32,
}

impl Limits {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            requests_per_minute: settings.requests_per_minute,
            sign_ins_per_minute: settings.sign_ins_per_minute,
            sockets_per_person: settings.sockets_per_person,
        }
    }
}
