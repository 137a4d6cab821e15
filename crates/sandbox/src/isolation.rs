//! What stands between an agent and the machine.

/// Each kind of wall is one variant and one arm of [`Isolation::wrap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// None: the agent can do what the server's user can.
    Host,
}

impl Isolation {
    /// The command line that runs `argv` behind these walls. An init stands above it in any case.
    pub fn wrap(self, argv: Vec<String>) -> Vec<String> {
        match self {
            Self::Host => argv,
        }
    }
}
