//! Discarding what the session did to one file. The files before and after it are recorded, so that it is taken back as a
//! turn is undone.

use slipway_git::Discarded;
use slipway_protocol::{
    ChangedFile, CommandId, CommandOutcome, ErrorKind, Notice, PromptId, SessionHead, TurnChanges,
};
use slipway_store::Checkpoint;

use super::{commands::Verdict, message::Done, supervisor::Supervisor, work::Workplace};
use crate::{Error, clock, id};

/// What the agent is told of with one prompt, in bytes.
const LONGEST_NOTE: usize = 4_000;

/// A file that was discarded: the checkpoints around that, and what differs between them.
pub(super) struct Discard {
    before: String,
    after: String,
    files: Vec<ChangedFile>,
}

impl Workplace {
    async fn discard(&self, head: &SessionHead, path: &str) -> Result<Discard, Error> {
        let before = self.mark(head).await.ok_or_else(|| {
            let sentence = "The files could not be recorded first, so nothing was discarded. Try again.";
            Error::new(ErrorKind::Upstream, sentence)
        })?;
        let checkout = self.settings.checkout_dir(&head.id);
        let name = id::random(14);
        match self.git.discard(&checkout, &head.base_commit, &before, path, &name).await? {
            Discarded::Done { after } => {
                let files = self.git.difference(&checkout, &before, &after).await?;
                Ok(Discard { before, after, files })
            }
            Discarded::Touched(_) => {
                let sentence = format!("Nothing was discarded: {path} changed just now. Try again.");
                Err(Error::new(ErrorKind::Conflict, sentence))
            }
        }
    }
}

impl Supervisor {
    pub(super) fn begin_discard(&mut self, command: CommandId, path: String) -> Verdict {
        if self.state.has_turn() {
            return Verdict::Refused("The agent is at work. Wait until it has finished, or stop it.".into());
        }
        if self.transcript.head.base_commit.is_empty() {
            return Verdict::Refused("There is no checkout yet.".into());
        }
        let (place, head) = (self.place.clone(), self.transcript.head.clone());
        self.at_files += 1;
        self.under_way.push(command.clone());
        self.errand(async move {
            let result = place.discard(&head, &path).await;
            Done::Discarded { command, path, result }
        });
        Verdict::Later
    }

    pub(super) async fn discarded(
        &mut self,
        command: CommandId,
        path: String,
        result: Result<Discard, Error>,
    ) {
        self.at_files -= 1;
        self.files_were_written();
        self.under_way.retain(|held| *held != command);
        let outcome = match result {
            Ok(discard) => {
                self.note_discard(&command, &path, discard);
                self.look_at_files();
                CommandOutcome::Applied
            }
            Err(error) => CommandOutcome::Refused { sentence: error.sentence },
        };
        self.transcript.finish_command(command, outcome);
        self.go_on_marking().await;
    }

    fn note_discard(&mut self, command: &CommandId, path: &str, discard: Discard) {
        let Discard { before, after, files } = discard;
        let changes = TurnChanges {
            files: files.len() as u32,
            added: files.iter().map(|file| file.added).sum(),
            removed: files.iter().map(|file| file.removed).sum(),
            undone: false,
        };
        let said = format!("The changes of {path} were discarded.");
        let message = self.transcript.notice_of_changes(Notice::Undone, said, changes, clock::now());
        self.transcript.put_checkpoint(Checkpoint {
            prompt: PromptId::new(format!("discard-{command}")),
            message: Some(message),
            before,
            after: Some(after),
        });
        self.tell_agent(&format!(
            "The person discarded your changes of {path}: it is as it was when the session began. Read it again before you rely on it."
        ));
    }

    /// Besides what it is to be told already.
    pub(super) fn tell_agent(&mut self, note: &str) {
        self.transcript.edit_head(|head| {
            if head.note_for_agent.len() + note.len() < LONGEST_NOTE {
                let gap = if head.note_for_agent.is_empty() { "" } else { " " };
                head.note_for_agent = format!("{}{gap}{note}", head.note_for_agent);
            } else {
                note.clone_into(&mut head.note_for_agent);
            }
        });
    }
}
