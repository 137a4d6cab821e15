//! The checkout's files before and after each turn: recorded, compared, and brought back.
//!
//! The first prompt's record is made while its agent gets ready.
//!
//! Invariant: a prompt is sent after the files before it were recorded, and a record waits for whatever else works on the
//! files, so that what lies between two records is the turn's.

use slipway_git::Restored;
use slipway_protocol::{ChangedFile, CommandId, CommandOutcome, MessageId, Mode, Notice, Role, TurnChanges};
use slipway_store::Checkpoint;

use super::{
    commands::Verdict,
    message::{Done, EndedTurn, Restore},
    state::{Input, State},
    supervisor::Supervisor,
};
use crate::{Error, clock};

/// Names that a sentence lists before it counts.
const NAMED: usize = 3;
/// Changed files that a session's row lists; a folder of packages that nobody ignores has tens of thousands.
const LISTED: usize = 500;

/// A record of the files before a prompt.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Marking {
    #[default]
    No,
    UnderWay,
    /// Something has worked on the files since it began.
    Outdated,
}

impl Supervisor {
    /// Records the files before a prompt. They are known already where nothing has touched them since.
    pub(super) fn mark(&mut self) -> Option<Input> {
        if self.at_files > 0 || self.marking != Marking::No {
            return None;
        }
        if self.fresh_mark.is_some() {
            return Some(Input::Marked);
        }
        self.begin_mark();
        None
    }

    /// Beside the start of the agent. Not where the repository brings what the agent may run as it starts: what that writes is no
    /// turn's.
    pub(super) fn mark_early(&mut self) {
        let waits = self.transcript.sent.is_none() && self.has_work();
        let is_quiet = self.at_files == 0 && self.transcript.head.configuration.found.is_empty();
        if waits && is_quiet && self.marking == Marking::No {
            self.begin_mark();
        }
    }

    fn begin_mark(&mut self) {
        self.marking = Marking::UnderWay;
        let (place, head) = (self.place.clone(), self.transcript.head.clone());
        self.errand(async move { Done::Marked(place.mark(&head).await) });
    }

    pub(super) async fn marked(&mut self, mark: Option<String>) {
        let is_outdated = std::mem::take(&mut self.marking) == Marking::Outdated;
        // For a prompt that was stopped meanwhile; the next one's mark waits for what works on the files now.
        if self.at_files > 0 {
            return;
        }
        if is_outdated {
            return self.go_on_marking().await;
        }
        if self.is_before_prompt() && self.transcript.sent.is_none() {
            self.fresh_mark = mark;
        }
        self.feed(Input::Marked).await;
    }

    /// The next thing that touches the files is the turn of the prompt that waits.
    pub(super) fn is_before_prompt(&self) -> bool {
        matches!(self.state, State::Starting { .. } | State::Preparing { .. })
    }

    /// After a turn: what it did, and what differs from the base. Whoever waits for the files waits for the first alone.
    pub(super) fn look_at_files(&mut self) {
        let Some(turn) = self.transcript.ended_turn.take() else { return self.look_at_changes() };
        let (place, head) = (self.place.clone(), self.transcript.head.clone());
        self.at_files += 1;
        self.errand(async move { Done::Recorded(place.record_end(&head, turn).await) });
    }

    fn look_at_changes(&mut self) {
        self.changes_are_known = false;
        let (place, head) = (self.place.clone(), self.transcript.head.clone());
        self.errand(async move { Done::Looked(place.changes(&head).await) });
    }

    /// A turn ended, and the server before its files were looked at. Those of an archived session wait until they are back.
    pub(super) fn look_again(&mut self) {
        if self.transcript.ended_turn.is_some() && !self.is_put_away() {
            self.look_at_files();
        }
    }

    pub(super) fn looked(&mut self, changed: Option<Vec<ChangedFile>>) {
        let Some(mut changed) = changed else { return };
        changed.truncate(LISTED);
        self.changes_are_known = true;
        self.transcript.edit_head(|head| head.changed_files = changed);
    }

    pub(super) async fn recorded(&mut self, turn: Option<EndedTurn>) {
        self.at_files -= 1;
        let is_untouched = |turn: &EndedTurn| turn.checkpoint.after.as_ref() == Some(&turn.checkpoint.before);
        if !(self.changes_are_known && turn.as_ref().is_some_and(is_untouched)) {
            self.look_at_changes();
        }
        if let Some(EndedTurn { checkpoint, files }) = turn {
            self.fresh_mark = checkpoint.after.clone().filter(|_| self.at_files == 0);
            self.show_changes(&checkpoint, &files).await;
            self.transcript.put_checkpoint(checkpoint);
        }
        self.go_on_marking().await;
    }

    /// A prompt may have waited for the files.
    pub(super) async fn go_on_marking(&mut self) {
        if self.marking == Marking::UnderWay {
            self.marking = Marking::Outdated;
        }
        if !matches!(self.state, State::Preparing { .. }) {
            // Later a person may have worked on the files.
            self.fresh_mark = None;
        } else if let Some(input) = self.mark() {
            self.feed(input).await;
        }
    }

    async fn show_changes(&mut self, checkpoint: &Checkpoint, files: &[ChangedFile]) {
        if files.is_empty() {
            return;
        }
        let Some(answer) = &checkpoint.message else { return };
        let changes = TurnChanges {
            files: files.len() as u32,
            added: files.iter().map(|file| file.added).sum(),
            removed: files.iter().map(|file| file.removed).sum(),
            undone: false,
        };
        let mode = self.put_turn_changes(answer, changes).await;
        if mode == Some(Mode::Plan) {
            let sentence = format!(
                "Files changed while the agent was planning: {}. Plan mode changes none; undo them with the turn above, \
                 or keep them.",
                named(files.iter().map(|file| file.path.as_str()))
            );
            self.transcript.notice(Notice::Information, sentence, clock::now());
        }
    }

    /// The mode of the turn; none where its answer is not to be found.
    async fn put_turn_changes(&mut self, answer: &MessageId, changes: TurnChanges) -> Option<Mode> {
        match self.place.store.message(&self.id, answer).await {
            Ok(Some(mut message)) => {
                let mode = message.mode;
                message.changes = Some(changes);
                self.transcript.put_message(message);
                Some(mode)
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "could not show what a turn changed");
                None
            }
        }
    }

    pub(super) fn begin_restore(&mut self, command: CommandId, restore: Restore) -> Verdict {
        if self.state.has_turn() {
            return Verdict::Refused("The agent is at work. Wait until it has finished, or stop it.".into());
        }
        let (place, head, asked) = (self.place.clone(), self.transcript.head.clone(), restore.clone());
        self.at_files += 1;
        self.under_way.push(command.clone());
        self.errand(async move {
            let result = place.restore(&head, &asked).await;
            Done::Restored { command, restore, result }
        });
        Verdict::Later
    }

    pub(super) async fn restored(
        &mut self,
        command: CommandId,
        restore: Restore,
        result: Result<Restored, Error>,
    ) {
        self.at_files -= 1;
        self.files_were_written();
        self.under_way.retain(|held| *held != command);
        let outcome = match result {
            Ok(Restored::Done { files }) => {
                self.note_restore(&restore, files).await;
                self.look_at_files();
                CommandOutcome::Applied
            }
            Ok(Restored::Touched(paths)) => {
                let sentence = format!(
                    "Nothing was changed: {} changed since this turn. Undo what came later first.",
                    named(paths.iter().map(String::as_str))
                );
                CommandOutcome::Refused { sentence }
            }
            Err(error) => CommandOutcome::Refused { sentence: error.sentence },
        };
        self.transcript.finish_command(command, outcome);
        self.go_on_marking().await;
    }

    async fn note_restore(&mut self, restore: &Restore, files: usize) {
        let message = self.place.store.message(&self.id, &restore.answer).await.ok().flatten();
        let of_discard = message.as_ref().is_some_and(|message| message.role == Role::Notice);
        if let Some(changes) = message.and_then(|message| message.changes) {
            self.put_turn_changes(&restore.answer, TurnChanges { undone: restore.undo, ..changes }).await;
        }
        let count = if files == 1 { "1 file".into() } else { format!("{files} files") };
        let (said, note) = if of_discard && restore.undo {
            (
                format!("What was discarded is back in {count}."),
                format!(
                    "The person brought back what they had discarded in {count}. Read files again before you rely on them."
                ),
            )
        } else if of_discard {
            (
                format!("The changes were discarded again in {count}."),
                format!(
                    "The person discarded changes again in {count}. Read files again before you rely on them."
                ),
            )
        } else if restore.undo {
            (
                format!("The turn's changes were undone in {count}."),
                format!(
                    "The person took back what an earlier turn of yours changed in {count}. Read files again before you rely on them."
                ),
            )
        } else {
            (
                format!("The turn's changes were made again in {count}."),
                format!(
                    "The person made an undone turn's changes again in {count}. Read files again before you rely on them."
                ),
            )
        };
        self.transcript.notice(Notice::Undone, said, clock::now());
        self.tell_agent(&note);
    }
}

/// The first few, and how many more.
fn named<'a>(paths: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = paths.len().saturating_sub(NAMED);
    let first = paths.take(NAMED).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}
