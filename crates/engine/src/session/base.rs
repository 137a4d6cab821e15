//! The checkout and its base: what it does not bring along, and how it follows its base branch; conflicts go to the agent.

use std::fmt::Write as _;

use slipway_git::{Extras, Updated};
use slipway_protocol::{Author, CommandId, CommandOutcome, Mode, Notice, PromptId, UpdateWay};

use super::{commands::Verdict, message::Done, supervisor::Supervisor};
use crate::{Error, clock, id};

/// Files with conflicts that the agent is told by name.
const NAMED: usize = 100;

impl Supervisor {
    /// Says what a new checkout does not hold, so that nobody takes it for lost.
    pub(super) fn note_extras(&mut self, extras: &Extras) {
        let now = clock::now();
        if !extras.submodules.is_empty() {
            let said = format!(
                "Submodules are not checked out, their folders are empty here: {}.",
                extras.submodules.join(", ")
            );
            self.transcript.notice(Notice::Information, said, now);
        }
        if extras.lfs {
            let said =
                "This repository keeps some files with Git LFS. Here they are the small pointer files.";
            self.transcript.notice(Notice::Information, said, now);
        }
    }

    pub(super) fn begin_update(&mut self, command: CommandId, way: UpdateWay, author: Author) -> Verdict {
        if self.state.has_turn() {
            return Verdict::Refused("The agent is at work. Wait until it has finished, or stop it.".into());
        }
        if self.transcript.head.base_commit.is_empty() {
            return Verdict::Refused("There is no checkout yet.".into());
        }
        let (place, head, owner) = (self.place.clone(), self.transcript.head.clone(), self.owner.clone());
        self.at_files += 1;
        self.under_way.push(command.clone());
        self.errand(async move {
            let result = place.update(&head, &owner, way).await;
            Done::Updated { command, author, result }
        });
        Verdict::Later
    }

    pub(super) async fn updated(
        &mut self,
        command: CommandId,
        author: Author,
        result: Result<Updated, Error>,
    ) {
        self.at_files -= 1;
        self.files_were_written();
        self.under_way.retain(|held| *held != command);
        let outcome = match result {
            Ok(updated) => {
                self.follow_base(&command, author, updated).await;
                CommandOutcome::Applied
            }
            Err(error) => CommandOutcome::Refused { sentence: error.sentence },
        };
        self.transcript.finish_command(command, outcome);
        self.go_on_marking().await;
    }

    async fn follow_base(&mut self, command: &CommandId, author: Author, updated: Updated) {
        let Updated { base_commit, conflicts } = updated;
        let branch = self.transcript.head.base_branch.clone();
        if base_commit == self.transcript.head.base_commit {
            self.transcript.notice(Notice::Information, format!("{branch} has nothing new."), clock::now());
            return;
        }
        let short = base_commit.get(..7).unwrap_or(&base_commit).to_owned();
        self.transcript.edit_head(|head| {
            head.base_commit = base_commit;
            head.note_for_agent = format!(
                "The checkout was brought to the newest state of {branch}. Read files again before you rely on them."
            );
        });
        let said = match conflicts.len() {
            0 => format!("The checkout follows {branch} at {short} now."),
            1 => format!("The checkout follows {branch} at {short} now; 1 file has conflicts."),
            number => format!("The checkout follows {branch} at {short} now; {number} files have conflicts."),
        };
        self.transcript.notice(Notice::Information, said, clock::now());
        self.look_at_files();
        if !conflicts.is_empty() {
            // Plan mode would change nothing.
            self.transcript.edit_head(|head| head.mode = Mode::Build);
            let prompt = PromptId::new(format!("{command}-{}", id::random(4)));
            let position = self.transcript.next_position();
            self.enqueue(prompt, position, resolve(&branch, &conflicts), Vec::new(), author).await;
        }
    }
}

/// What the agent is asked to do.
fn resolve(branch: &str, conflicts: &[String]) -> String {
    let mut text = format!(
        "The checkout was brought to the newest state of {branch}. These files have conflicts, marked in them as git does:\n\n"
    );
    for path in conflicts.iter().take(NAMED) {
        let _ = writeln!(text, "- `{path}`");
    }
    if conflicts.len() > NAMED {
        let _ = writeln!(text, "- and {} more, see `git status`", conflicts.len() - NAMED);
    }
    text.push_str(
        "\nResolve each so that what both sides meant is kept, remove the marks, and `git add` the file. Do not commit. \
         Then say in a few words what you decided.",
    );
    text
}
