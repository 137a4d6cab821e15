//! What is being written, and what becomes of it.

use leptos::{html, prelude::*, task::spawn_local};
use slipway_protocol::{Command, CommandId, Draft, ErrorKind, Mode, ModelRef, PromptId};

use super::{files::Files, fit, keeping::Keeping};
use crate::{
    ask::{ask, ask_as},
    browser,
    conversation::shown::Shown,
    session::Session,
};

#[derive(Clone, Copy)]
pub struct Writing {
    shown: Shown,
    session: Session,
    pub field: NodeRef<html::Textarea>,
    pub has_text: RwSignal<bool>,
    pub mode: RwSignal<Mode>,
    pub model: RwSignal<Option<ModelRef>>,
    pub sending: RwSignal<bool>,
    /// There was no connection: sent as soon as there is one.
    pub waiting: RwSignal<bool>,
    pub files: Files,
    pub keeping: Keeping,
    /// The id of the next prompt; kept until it was taken, so that trying again sends nothing twice.
    next: StoredValue<Option<PromptId>>,
}

impl Writing {
    pub fn new(shown: Shown, session: Session, default: Option<ModelRef>, kept: Draft) -> Self {
        let head = shown.head.get_untracked();
        Self {
            shown,
            session,
            field: NodeRef::new(),
            has_text: RwSignal::new(!kept.text.trim().is_empty()),
            mode: RwSignal::new(head.mode),
            model: RwSignal::new(head.model.or(default)),
            sending: RwSignal::new(false),
            waiting: RwSignal::new(false),
            files: Files::new(session, kept.attachments),
            keeping: Keeping::new(session.id(), kept.text),
            next: StoredValue::new(None),
        }
    }

    /// Brings back what was typed here and never reached the server.
    pub fn recover(self) {
        if let (Some(field), Some(text)) =
            (self.field.try_get_untracked().flatten(), self.keeping.recovered())
            && !field.value().contains(text.trim())
        {
            field.set_value(&text);
        }
        self.note();
    }

    /// To be called when the text has changed.
    pub fn note(self) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            let text = field.value();
            self.has_text.set(!text.trim().is_empty());
            fit(&field);
            self.keeping.note(text);
        }
    }

    /// `now`: stop the running turn for it.
    pub fn send(self, now: bool) {
        let Some(field) = self.field.get_untracked() else { return };
        let text = field.value().trim().to_owned();
        if text.is_empty() && !self.files.arrived().is_empty() {
            return self.session.problem.set(Some("Say what the agent should do with the files.".into()));
        }
        if text.is_empty() || self.sending.get_untracked() || self.does_itself(&text) {
            return;
        }
        if untrack(|| self.files.is_bringing()) {
            let sentence = "The files are still on their way. Send when they have arrived.";
            return self.session.problem.set(Some(sentence.into()));
        }
        let prompt = self.next.get_value().unwrap_or_else(|| PromptId::new(browser::random_id()));
        self.next.set_value(Some(prompt.clone()));
        self.sending.set(true);
        let attachments = self.files.arrived();
        let command = Command::Prompt {
            prompt: prompt.clone(),
            text: text.clone(),
            mode: Some(self.mode.get_untracked()),
            model: self.model.get_untracked(),
            attachments: attachments.clone(),
        };
        let overtake = now && self.is_busy();
        spawn_local(async move {
            let id = CommandId::new(prompt.as_str());
            let sent = ask_as(id, self.session.id(), command).await;
            self.sending.set(false);
            if self.next.try_get_value().is_none() {
                return;
            }
            match sent {
                Ok(()) => {
                    self.session.problem.set(None);
                    self.session.sent.notify();
                    self.waiting.set(false);
                    self.next.set_value(None);
                    self.files.forget(&attachments);
                    self.clear(&text);
                    if overtake {
                        // Refused where its turn has come meanwhile, which is what was wanted.
                        let _ = ask(self.session.id(), Command::SendNow { prompt }).await;
                    }
                }
                Err(problem) if problem.kind() == ErrorKind::Upstream => self.waiting.set(true),
                Err(problem) => {
                    self.waiting.set(false);
                    self.session.problem.set(Some(problem.sentence().to_owned()));
                }
            }
        });
    }

    fn is_busy(self) -> bool {
        self.shown.head.with_untracked(|head| head.phase.is_busy())
    }

    /// Some commands are no message.
    fn does_itself(self, text: &str) -> bool {
        let mode = match text {
            "/plan" => Mode::Plan,
            "/build" => Mode::Build,
            _ => return false,
        };
        self.mode.set(mode);
        self.session.run(Command::SetMode { mode });
        self.clear(text);
        true
    }

    /// Empties the field, unless something else was written meanwhile.
    fn clear(self, sent: &str) {
        if let Some(field) = self.field.try_get_untracked().flatten()
            && field.value().trim() == sent
        {
            field.set_value("");
            self.note();
            self.keeping.save();
        }
    }
}
