//! Mirrors, checkouts, changes and delivery: the system git, driven safely.
