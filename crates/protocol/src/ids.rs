//! Ids: opaque text, one type per thing named.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A session; part of its address.
    SessionId
);
id!(
    /// A message of a conversation.
    MessageId
);
id!(
    /// A part of a message.
    PartId
);
id!(
    /// A prompt: what a person sent or queued.
    PromptId
);
id!(
    /// A permission or question that waits for a person.
    RequestId
);
id!(
    /// Chosen by the client for each command; the same id again changes nothing.
    CommandId
);
id!(
    /// A person.
    UserId
);
id!(
    /// A file that somebody attached to a message.
    AttachmentId
);
id!(
    /// A repository as its source names it, such as `local/tide`.
    RepositoryId
);
