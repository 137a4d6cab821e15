//! Figures and times as people read them. No clock: whoever asks brings the time.

pub mod figures;
pub mod time;
