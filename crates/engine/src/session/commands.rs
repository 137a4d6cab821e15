//! What people ask for, applied in the order it was stored, each exactly once.

use slipway_protocol::{
    AllowedAct, Answer, Attachment, Author, Command, CommandId, CommandOutcome, MessageId, Notice,
    PermissionAsk, Prompt, PromptId, PromptState, RequestAsk, RequestId, RequestState,
};
use slipway_store::PendingCommand;

use super::{
    hub::Live,
    message::{Done, Restore},
    publishing::Wanted,
    state::{End, Input, State},
    supervisor::Supervisor,
};
use crate::{
    Error, clock,
    fault::{self, Point},
    publishing::NewPull,
};

/// Remembered permissions of one session.
const MOST_ALLOWED: usize = 200;

/// What a command comes to: done, refused with a sentence, or told later.
pub(super) enum Verdict {
    Done,
    Refused(String),
    Later,
    /// Not yet: it and all after it stay where they are until something that is under way has ended.
    Wait,
}

impl Supervisor {
    /// Applies what waits. A failing store is asked again by the next hint or sweep.
    pub(super) async fn apply_commands(&mut self) {
        let pending = match self.place.store.pending_commands(&self.id).await {
            Ok(pending) => pending,
            Err(error) => return tracing::error!(%error, "could not read the commands"),
        };
        for command in pending {
            if self.purged {
                return;
            }
            let id = command.id.clone();
            if self.under_way.contains(&id) {
                continue;
            }
            match self.apply_command(command).await {
                Verdict::Done => self.transcript.finish_command(id, CommandOutcome::Applied),
                Verdict::Refused(sentence) => {
                    self.transcript.finish_command(id, CommandOutcome::Refused { sentence });
                }
                Verdict::Later => {}
                Verdict::Wait => return,
            }
            // The next command sees, and is seen after, what this one changed.
            if !self.commit().await {
                return;
            }
        }
    }

    async fn apply_command(&mut self, pending: PendingCommand) -> Verdict {
        let PendingCommand { id, author, command, .. } = pending;
        if self.is_put_away()
            && !matches!(
                command,
                Command::Restore | Command::Delete | Command::Rename { .. } | Command::ForgetProblem
            )
        {
            return Verdict::Refused("This session is archived. Restore it first.".into());
        }
        match command {
            Command::Prompt { prompt, text, mode, model, attachments } => {
                if let Some(mode) = mode {
                    self.transcript.edit_head(|head| head.mode = mode);
                }
                if let Some(model) = model {
                    self.transcript.edit_head(|head| head.model = Some(model));
                }
                let position = self.transcript.next_position();
                self.enqueue(prompt, position, text, attachments, author).await
            }
            Command::EditPrompt { prompt, text } => self.edit_queued(&prompt, |held| held.text = text),
            Command::RemovePrompt { prompt } => {
                self.edit_queued(&prompt, |held| held.state = PromptState::Withdrawn)
            }
            Command::MovePrompt { prompt, before } => self.move_queued(&prompt, before.as_ref()),
            Command::SendNow { prompt } => self.send_now(&prompt).await,
            Command::Stop { turn } => self.stop(id, turn.as_ref()).await,
            Command::Answer { request, answer } => self.answer(&request, answer, author).await,
            Command::SetReach { place, allowed } => self.set_reach(place, allowed, &author),
            Command::SetMode { mode } => {
                self.transcript.edit_head(|head| head.mode = mode);
                Verdict::Done
            }
            Command::SetModel { model } => {
                self.transcript.edit_head(|head| head.model = Some(model));
                Verdict::Done
            }
            Command::Rename { title } => {
                let title = title.trim().to_owned();
                self.transcript.edit_head(|head| (head.title, head.titled_by_person) = (title, true));
                Verdict::Done
            }
            Command::Wake => {
                self.wanted = matches!(self.state, State::Closing { .. });
                self.feed(Input::Work).await;
                Verdict::Done
            }
            Command::Retry => self.retry(author).await,
            Command::Undo { answer } => self.begin_restore(id, Restore { answer, undo: true }),
            Command::Redo { answer } => self.begin_restore(id, Restore { answer, undo: false }),
            Command::Discard { path } => self.begin_discard(id, path),
            Command::Archive => self.archive().await,
            Command::Restore => {
                let verdict = self.unarchive(id);
                self.feed(Input::Tick).await;
                verdict
            }
            Command::Delete => self.begin_deletion(id).await,
            Command::Deliver => self.begin_delivery(id),
            Command::UpdateBase { way } => self.begin_update(id, way, author),
            Command::Push { message, replacing } => {
                self.begin_publishing(id, author, Wanted { message, replacing, pull: None })
            }
            Command::OpenPullRequest { title, body, message, draft } => {
                let pull = Some(NewPull { title, body, draft });
                self.begin_publishing(id, author, Wanted { message, replacing: None, pull })
            }
            Command::ForgetProblem => {
                self.transcript.edit_head(|head| head.publishing.forget_problem());
                Verdict::Done
            }
        }
    }

    /// Whatever stood in the way of the next turn: a person says now that it is mended.
    pub(super) async fn enqueue(
        &mut self,
        id: PromptId,
        position: i64,
        text: String,
        attachments: Vec<Attachment>,
        author: Author,
    ) -> Verdict {
        let (mode, model) = (self.transcript.head.mode, self.transcript.head.model.clone());
        let state = PromptState::Queued;
        let created_at = clock::now();
        let message = None;
        let prompt =
            Prompt { id, position, text, author, mode, model, attachments, state, message, created_at };
        self.transcript.put_prompt(prompt, None);
        self.transcript.edit_head(|head| (head.active_at, head.failure) = (created_at, None));
        self.feed(Input::Work).await;
        Verdict::Done
    }

    fn edit_queued(&mut self, id: &PromptId, edit: impl FnOnce(&mut Prompt)) -> Verdict {
        let Some(mut prompt) = self.transcript.queued(id) else {
            return Verdict::Refused("This message was sent already.".into());
        };
        edit(&mut prompt);
        self.transcript.put_prompt(prompt, None);
        Verdict::Done
    }

    fn move_queued(&mut self, id: &PromptId, before: Option<&PromptId>) -> Verdict {
        match self.transcript.move_prompt(id, before) {
            Some(()) => Verdict::Done,
            None => Verdict::Refused("This message was sent already.".into()),
        }
    }

    async fn send_now(&mut self, id: &PromptId) -> Verdict {
        let first = self.transcript.first_position();
        let verdict = self.edit_queued(id, |prompt| prompt.position = first);
        if matches!(verdict, Verdict::Done) {
            self.transcript.edit_head(|head| head.failure = None);
            self.feed(if self.state.in_turn() { Input::Stop } else { Input::Work }).await;
        }
        verdict
    }

    /// Asked for until the turn has ended, so that a server that takes over asks again.
    async fn stop(&mut self, command: CommandId, turn: Option<&MessageId>) -> Verdict {
        let running = self.transcript.sent.as_ref().and_then(|(prompt, _)| prompt.message.as_ref());
        if turn.is_some() && turn != running {
            return Verdict::Done;
        }
        if self.state.is_starting() {
            let sentence = "The agent is not at work yet. Remove the waiting message instead.";
            return Verdict::Refused(sentence.into());
        }
        // It was sent to an agent that is gone, and is not sent again.
        if self.state.at_rest() && self.transcript.sent.is_some() {
            self.finish_turn(End::Stopped);
        }
        self.under_way.push(command.clone());
        self.stops.push(command);
        self.feed(Input::Stop).await;
        Verdict::Later
    }

    /// What was asked to stop has ended.
    pub(super) fn finish_stops(&mut self) {
        for command in std::mem::take(&mut self.stops) {
            self.under_way.retain(|held| *held != command);
            self.transcript.finish_command(command, CommandOutcome::Applied);
        }
    }

    async fn answer(&mut self, id: &RequestId, answer: Answer, author: Author) -> Verdict {
        let Some((key, mut request)) = self.transcript.open_request(id) else {
            return Verdict::Refused(
                "This was answered already, or the agent no longer waits for it.".into(),
            );
        };
        let Some(conversation) = &mut self.conversation else {
            self.transcript.expire_request(&key);
            return Verdict::Refused("The agent is asleep and no longer waits for this.".into());
        };
        match conversation.answer(&key, &answer).await {
            Ok(true) => {
                fault::pass(Point::Answered);
                if let (Answer::AlwaysAllow, RequestAsk::Permission(ask)) = (&answer, &request.ask) {
                    self.remember(ask);
                }
                request.state = RequestState::Answered;
                request.answer = Some(answer);
                request.answered_by = Some(author);
                self.transcript.put_request(&key, request);
                self.show_phase();
                Verdict::Done
            }
            Ok(false) => {
                self.transcript.expire_request(&key);
                self.feed(Input::Forgotten).await;
                Verdict::Refused("The agent no longer waits for this.".into())
            }
            Err(error) => Verdict::Refused(error.to_string()),
        }
    }

    /// The agent itself forgets with its process; the next one is told at its start.
    fn remember(&mut self, ask: &PermissionAsk) {
        let allowed = ask
            .always
            .iter()
            .map(|pattern| AllowedAct { action: ask.action.clone(), pattern: pattern.clone() });
        let allowed: Vec<_> = allowed.filter(|act| !self.transcript.head.allowed.contains(act)).collect();
        self.transcript.edit_head(|head| {
            head.allowed.extend(allowed);
            head.allowed.truncate(MOST_ALLOWED);
        });
    }

    async fn retry(&mut self, author: Author) -> Verdict {
        if let Some(failed) = self.transcript.failed.take() {
            let id = PromptId::new(format!("q{}", crate::id::random(14)));
            // What waits came after it.
            let position = self.transcript.first_position();
            return self.enqueue(id, position, failed.text, failed.attachments, author).await;
        }
        if self.transcript.queue().is_empty() {
            return Verdict::Refused("There is nothing to try again. Send a message instead.".into());
        }
        self.feed(Input::Work).await;
        Verdict::Done
    }

    /// Ends the agent first; the rest follows when nothing runs any more.
    async fn begin_deletion(&mut self, command: CommandId) -> Verdict {
        self.transcript.edit_head(|head| head.deleted = true);
        self.under_way.push(command.clone());
        self.deletion = Some(command);
        self.feed(Input::PutToSleep).await;
        Verdict::Later
    }

    /// Removes the files, then the rows. What cannot be removed stays, and is said.
    pub(super) async fn delete_now(&mut self) {
        let Some(command) = self.deletion.take() else { return };
        let removed = match self.place.remove_files(&self.transcript.head, self.generation).await {
            Ok(()) => {
                fault::pass(Point::FilesRemoved);
                self.place.store.purge_session(&self.id).await.map_err(Error::from)
            }
            Err(error) => Err(error),
        };
        match removed {
            Ok(()) => {
                self.purged = true;
                self.publish(Live::Gone);
                self.place.list.publish(&self.id);
            }
            Err(error) => {
                self.under_way.retain(|held| *held != command);
                self.transcript.edit_head(|head| head.deleted = false);
                self.transcript.finish_command(command, CommandOutcome::Refused { sentence: error.sentence });
            }
        }
    }

    fn begin_delivery(&mut self, command: CommandId) -> Verdict {
        if self.state.has_turn() {
            return Verdict::Refused("The agent is at work. Wait until it has finished, or stop it.".into());
        }
        if self.transcript.head.base_commit.is_empty() {
            return Verdict::Refused("There is no checkout yet.".into());
        }
        let (place, head, owner) = (self.place.clone(), self.transcript.head.clone(), self.owner.clone());
        let generation = self.generation;
        self.under_way.push(command.clone());
        self.errand(async move {
            let result = place.deliver(head, owner, generation).await;
            Done::Delivered { command, result }
        });
        Verdict::Later
    }

    pub(super) fn delivered(&mut self, command: CommandId, result: Result<String, Error>) {
        self.under_way.retain(|held| *held != command);
        let outcome = match result {
            Ok(sentence) => {
                self.transcript.notice(Notice::Delivered, sentence, clock::now());
                CommandOutcome::Applied
            }
            Err(error) => CommandOutcome::Refused { sentence: error.sentence },
        };
        self.transcript.finish_command(command, outcome);
    }
}
