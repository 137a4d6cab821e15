//! The use cases around what a person has not sent yet: a text for each session, the files beside it, the checkout's files that
//! it may name. It is theirs alone, on every device, and moves no revision.

use slipway_protocol::{
    Attachment, AttachmentId, Command, Draft, ErrorKind, LARGEST_ATTACHMENT, MOST_ATTACHED, Person, SessionId,
};

use crate::{Engine, Error, clock, sessions::LONGEST_MESSAGE};

/// Of all files of a session: the agent tells all of them again whenever it is asked for its messages.
const MOST_BYTES: u64 = 12 * 1024 * 1024;

const LONGEST_NAME: usize = 200;

/// Files that are offered for what was typed.
const MOST_OFFERED: usize = 20;

impl Engine {
    pub async fn draft(&self, who: &Person, id: &SessionId) -> Result<Draft, Error> {
        self.may_read(who, id).await?;
        let text = self.store.draft(id, &who.id).await?.unwrap_or_default();
        Ok(Draft { text, attachments: self.store.waiting_attachments(id, &who.id).await? })
    }

    pub async fn save_draft(&self, who: &Person, id: &SessionId, text: &str) -> Result<(), Error> {
        self.may_read(who, id).await?;
        if text.len() > LONGEST_MESSAGE {
            return Err(Error::new(ErrorKind::TooLarge, "This message is too long: 256 KB fit."));
        }
        Ok(self.store.set_draft(id, &who.id, text).await?)
    }

    /// Keeps a file beside the draft. Its kind is told by what is in it, whatever it is called.
    pub async fn attach(
        &self,
        who: &Person,
        session: &SessionId,
        id: AttachmentId,
        name: &str,
        content: &[u8],
    ) -> Result<Attachment, Error> {
        self.may_read(who, session).await?;
        if content.is_empty() || content.len() > LARGEST_ATTACHMENT {
            return Err(Error::new(ErrorKind::TooLarge, "A file of 1 byte to 5 MB can be attached."));
        }
        let plain = id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain || !(8..=36).contains(&id.as_str().len()) {
            return Err(Error::invalid("The id of a file is 8 to 36 letters and digits."));
        }
        let mime = kind(content).ok_or_else(|| {
            Error::invalid(
                "Pictures (PNG, JPEG, GIF, WebP), PDF and text can be attached; this is none of them.",
            )
        })?;
        let waiting = self.store.waiting_attachments(session, &who.id).await?;
        if waiting.len() >= MOST_ATTACHED && waiting.iter().all(|held| held.id != id) {
            return Err(Error::new(ErrorKind::Busy, "10 files fit into one message. Send these first."));
        }
        if self.store.attached_bytes(session).await? + content.len() as u64 > MOST_BYTES {
            let sentence =
                "12 MB of files fit into one session. Put larger ones into the repository instead.";
            return Err(Error::new(ErrorKind::TooLarge, sentence));
        }
        let attachment =
            Attachment { id, name: plain_name(name), mime: mime.into(), bytes: content.len() as u64 };
        self.store.put_attachment(session, &who.id, &attachment, content, clock::now()).await?;
        Ok(attachment)
    }

    /// Takes away what was not sent.
    pub async fn detach(&self, who: &Person, session: &SessionId, id: &AttachmentId) -> Result<(), Error> {
        self.may_read(who, session).await?;
        Ok(self.store.remove_attachment(session, &who.id, id).await?)
    }

    pub async fn attachment(
        &self,
        who: &Person,
        session: &SessionId,
        id: &AttachmentId,
    ) -> Result<(Attachment, Vec<u8>), Error> {
        self.may_read(who, session).await?;
        let found = self.store.attachment(session, id).await?;
        found.ok_or_else(|| Error::new(ErrorKind::NotFound, "This file is not kept any more."))
    }

    /// Files of the checkout whose path holds what was typed, the most likely ones first.
    pub async fn find_files(&self, who: &Person, id: &SessionId, typed: &str) -> Result<Vec<String>, Error> {
        self.may_read(who, id).await?;
        let head = self.store.session(id).await?.ok_or_else(Error::no_such_session)?.head;
        let checkout = self.settings.checkout_dir(id);
        if head.base_commit.is_empty() || !checkout.join(".git").exists() {
            return Ok(Vec::new());
        }
        Ok(matching(self.git.files(&checkout, &head.base_commit).await?, typed))
    }

    /// A prompt names its files; what is told of them is looked up, never believed.
    pub(crate) async fn with_known_files(
        &self,
        who: &Person,
        id: &SessionId,
        command: &mut Command,
    ) -> Result<(), Error> {
        let Command::Prompt { attachments, .. } = command else { return Ok(()) };
        if attachments.is_empty() {
            return Ok(());
        }
        if attachments.len() > MOST_ATTACHED {
            return Err(Error::new(ErrorKind::TooLarge, "10 files fit into one message."));
        }
        let waiting = self.store.waiting_attachments(id, &who.id).await?;
        for named in attachments {
            if let Some(held) = waiting.iter().find(|held| held.id == named.id) {
                named.clone_from(held);
                continue;
            }
            // One that was sent before: by the same command, or once more.
            let sent = self.store.attachment(id, &named.id).await?;
            let gone = || Error::invalid("One of the files is not kept any more. Attach it again.");
            *named = sent.ok_or_else(gone)?.0;
        }
        Ok(())
    }

    /// What was sent is no draft any more; what was written meanwhile stays.
    pub(crate) async fn forget_draft(
        &self,
        who: &Person,
        id: &SessionId,
        command: &Command,
    ) -> Result<(), Error> {
        let Command::Prompt { text, attachments, .. } = command else { return Ok(()) };
        if !attachments.is_empty() {
            let ids: Vec<_> = attachments.iter().map(|file| file.id.clone()).collect();
            self.store.mark_attachments_sent(id, &who.id, &ids, clock::now()).await?;
        }
        let draft = self.store.draft(id, &who.id).await?;
        if draft.is_some_and(|draft| draft.trim() == text.trim()) {
            self.store.set_draft(id, &who.id, "").await?;
        }
        Ok(())
    }
}

/// The few kinds that agents read; none of the others.
fn kind(content: &[u8]) -> Option<&'static str> {
    let starts = |bytes: &[u8]| content.starts_with(bytes);
    if starts(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if starts(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if starts(b"GIF8") {
        Some("image/gif")
    } else if starts(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else if starts(b"%PDF-") {
        Some("application/pdf")
    } else {
        let text = !content.contains(&0) && std::str::from_utf8(content).is_ok();
        text.then_some("text/plain")
    }
}

/// Without folders and signs that would break a line.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|sign| !sign.is_control()).collect();
    let end = clean.floor_char_boundary(LONGEST_NAME);
    let name = clean[..end].trim();
    if name.is_empty() { "file".into() } else { name.into() }
}

/// Those whose name begins with it, then those whose name holds it, then those whose folders do; short ones first.
fn matching(files: Vec<String>, typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let rank = |path: &String| {
        let lower = path.to_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default();
        let rank = if name.starts_with(&typed) || lower.starts_with(&typed) {
            0
        } else if name.contains(&typed) {
            1
        } else {
            2
        };
        lower.contains(&typed).then_some((rank, path.len(), path.clone()))
    };
    let mut found: Vec<_> = files.iter().filter_map(rank).collect();
    found.sort_unstable();
    found.into_iter().take(MOST_OFFERED).map(|(.., path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::{kind, matching, plain_name};

    #[test]
    fn a_file_is_what_is_in_it() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(kind(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(kind("grüße\n".as_bytes()), Some("text/plain"));
        assert_eq!(kind(b"<svg onload=x>"), Some("text/plain"), "shown as text, never as a picture");
        assert_eq!(kind(b"\x7fELF\0\0"), None);
        assert_eq!(kind(b"\xff\xfe"), None);
    }

    #[test]
    fn a_name_is_one_plain_line() {
        assert_eq!(plain_name("C:\\photos\\a\nb.png"), "ab.png");
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("  "), "file");
        assert_eq!(plain_name(&"ü".repeat(400)).len(), 200);
    }

    #[test]
    fn the_likeliest_files_come_first() {
        let files =
            ["src/feed/client.rs", "docs/feed.md", "src/client/mod.rs", "Cargo.toml", "a/b/myclient.rs"];
        let found = |typed: &str| matching(files.map(String::from).to_vec(), typed);
        assert_eq!(found("Client"), ["src/feed/client.rs", "a/b/myclient.rs", "src/client/mod.rs"]);
        assert_eq!(found("src/f"), ["src/feed/client.rs"]);
        assert!(found("nothing").is_empty());
        assert_eq!(found("").len(), 5);
    }
}
