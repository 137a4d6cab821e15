//! The use cases, and the supervisor of a session.
