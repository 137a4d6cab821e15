//! Files that people give to the agent with a message. What is in them stays on the server.

use serde::{Deserialize, Serialize};

use crate::AttachmentId;

/// Of one message.
pub const MOST_ATTACHED: usize = 10;

/// Bytes of one file.
pub const LARGEST_ATTACHMENT: usize = 5 * 1024 * 1024;

/// What a person has written for a session and not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub text: String,
    pub attachments: Vec<Attachment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    /// As it was called where it came from, without folders.
    pub name: String,
    /// One of the few kinds that agents read, such as `image/png`.
    pub mime: String,
    pub bytes: u64,
}

impl Attachment {
    pub fn is_picture(&self) -> bool {
        self.mime.starts_with("image/")
    }
}
