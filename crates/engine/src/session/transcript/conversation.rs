//! Messages: a turn begins, the answer grows part by part, the turn ends.

use slipway_agent::Delivery;
use slipway_protocol::{
    Attachment, Author, ChangeBody, Message, MessageId, Mode, Notice, Part, PartBody, PartId, Prompt,
    PromptState, Role, TurnChanges,
};
use slipway_store::Checkpoint;

use super::Transcript;
use crate::id;

impl Transcript {
    pub(in crate::session) fn put_message(&mut self, message: Message) {
        let rev = self.note(ChangeBody::Message(message.clone()));
        self.batch.messages.push((rev, message));
    }

    /// A closed message of one closed part: what a person said, or a notice.
    fn say(
        &mut self,
        role: Role,
        author: Option<Author>,
        mode: Mode,
        body: PartBody,
        text: String,
        now: i64,
    ) -> Message {
        self.last_ord += 1;
        let message = Message {
            id: MessageId::new(format!("m{}", id::random(14))),
            ord: self.last_ord,
            role,
            author,
            mode,
            created_at: now,
            ended_at: Some(now),
            changes: None,
        };
        self.put_message(message.clone());
        self.put_part("", closed_part(&message.id, 1, body, text, now));
        message
    }

    /// The files stand behind the words they came with.
    fn attach(&mut self, message: &MessageId, attachments: &[Attachment], now: i64) {
        for (ord, attachment) in (2..).zip(attachments) {
            let body = PartBody::Attachment(attachment.clone());
            self.put_part("", closed_part(message, ord, body, String::new(), now));
        }
    }

    pub(in crate::session) fn notice(&mut self, notice: Notice, sentence: impl Into<String>, now: i64) {
        self.tell(PartBody::Notice { notice }, sentence, now);
    }

    /// A thin line of this kind. What others said may stand in it.
    pub(in crate::session) fn tell(&mut self, body: PartBody, sentence: impl Into<String>, now: i64) {
        let (mode, sentence) = (self.head.mode, self.scrub_line(&sentence.into()));
        self.say(Role::Notice, None, mode, body, sentence, now);
    }

    /// A notice of something that was done to the files and can be taken back.
    pub(in crate::session) fn notice_of_changes(
        &mut self,
        notice: Notice,
        sentence: String,
        changes: TurnChanges,
        now: i64,
    ) -> MessageId {
        let mode = self.head.mode;
        let mut message = self.say(Role::Notice, None, mode, PartBody::Notice { notice }, sentence, now);
        message.changes = Some(changes);
        let id = message.id.clone();
        self.put_message(message);
        id
    }

    /// The prompt becomes a message, and the running turn's prompt.
    pub(in crate::session) fn begin_turn(
        &mut self,
        mut prompt: Prompt,
        delivery: Delivery,
        before: Option<String>,
        now: i64,
    ) {
        let author = Some(prompt.author.clone());
        let message = self.say(Role::User, author, prompt.mode, PartBody::Text, prompt.text.clone(), now);
        self.attach(&message.id, &prompt.attachments, now);
        prompt.state = PromptState::Sent;
        prompt.message = Some(message.id);
        self.put_prompt(prompt.clone(), Some(&delivery));
        let checkpoint =
            |before| Checkpoint { prompt: prompt.id.clone(), message: None, before, after: None };
        self.turn = before.map(checkpoint);
        if let Some(turn) = self.turn.clone() {
            self.put_checkpoint(turn);
        }
        self.failed = None;
        self.sent = Some((prompt, delivery));
        self.answer = None;
        self.parts.clear();
        self.parentless.clear();
        self.parts_in_answer = 0;
    }

    /// Closes the answer and everything open in it.
    pub(in crate::session) fn end_turn(&mut self, state: PromptState, cut_short: bool, now: i64) {
        self.close_open_parts(cut_short, now);
        if let Some(mut turn) = self.turn.take() {
            turn.message = self.answer.as_ref().map(|answer| answer.id.clone());
            self.put_checkpoint(turn.clone());
            self.ended_turn = Some(turn);
        }
        if let Some(mut answer) = self.answer.take() {
            answer.ended_at = Some(now);
            self.put_message(answer);
        }
        let Some((mut prompt, _)) = self.sent.take() else { return };
        prompt.state = state;
        self.failed = (state == PromptState::Failed).then(|| prompt.clone());
        self.put_prompt(prompt, None);
    }

    /// The agent has begun to answer the running turn's prompt.
    pub(in crate::session) fn has_answer(&self) -> bool {
        self.answer.is_some()
    }

    pub(super) fn answer_message(&mut self, now: i64) -> Option<MessageId> {
        if let Some(answer) = &self.answer {
            return Some(answer.id.clone());
        }
        let mode = self.sent.as_ref()?.0.mode;
        self.last_ord += 1;
        let message = Message {
            id: MessageId::new(format!("m{}", id::random(14))),
            ord: self.last_ord,
            role: Role::Agent,
            author: None,
            mode,
            created_at: now,
            ended_at: None,
            changes: None,
        };
        self.answer = Some(message.clone());
        self.put_message(message.clone());
        Some(message.id)
    }
}

fn closed_part(message: &MessageId, ord: i64, body: PartBody, text: String, now: i64) -> Part {
    Part {
        id: PartId::new(format!("p{}", id::random(14))),
        message: message.clone(),
        ord,
        parent: None,
        body,
        text,
        hidden: 0,
        open: false,
        interrupted: false,
        started_at: now,
        ended_at: Some(now),
    }
}
