//! A conversation that goes on at random.

use slipway_protocol::{Delta, Message, Part, Prompt, PromptState, Request, Role, SessionHead, SessionId};

use crate::{
    samples::{answered, bodies, closed, head, message, part, prompt, request},
    stage::Stage,
    supervisor::Supervisor,
};

/// The same for the same seed.
pub(crate) struct Story {
    pub(crate) supervisor: Supervisor,
    random: u64,
    messages: Vec<Message>,
    /// The parts that are open, with their text so far.
    open: Vec<Part>,
    next_part: i64,
    prompts: Vec<Prompt>,
    requests: Vec<Request>,
    /// What was streamed and not told yet.
    pub(crate) deltas: Vec<Delta>,
}

impl Story {
    pub(crate) async fn begin(stage: &Stage, id: &SessionId, seed: u64) -> Self {
        Self {
            supervisor: Supervisor::start(&stage.store, id).await,
            random: seed,
            messages: Vec::new(),
            open: Vec::new(),
            next_part: 0,
            prompts: Vec::new(),
            requests: Vec::new(),
            deltas: Vec::new(),
        }
    }

    /// Below `limit`.
    fn roll(&mut self, limit: usize) -> usize {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % limit
    }

    /// What one commit holds: a few changes, or streamed text with or without its flush.
    pub(crate) fn step(&mut self) {
        if self.roll(3) == 0 {
            return self.stream();
        }
        for _ in 0..=self.roll(3) {
            match self.roll(9) {
                0 => {
                    let title = format!("Title {}", self.random);
                    let id = self.supervisor.id.to_string();
                    self.supervisor.head(SessionHead { title, ..head(&id) });
                }
                1 => self.say(),
                2 => self.end_message(),
                3 | 4 => self.open_part(),
                5 => self.close_part(),
                6 => self.drop_part(),
                7 => self.queue(),
                _ => self.ask(),
            }
        }
    }

    fn say(&mut self) {
        let role = if self.roll(2) == 0 { Role::Agent } else { Role::User };
        let said = message(self.messages.len() as i64 + 1, role);
        self.messages.push(said.clone());
        self.supervisor.message(said);
    }

    fn end_message(&mut self) {
        if let Some(message) = self.messages.last_mut() {
            message.ended_at = Some(self.random as i64 & 0xffff);
            self.supervisor.message(message.clone());
        }
    }

    fn open_part(&mut self) {
        if let Some(message) = self.messages.last().map(|message| message.ord) {
            self.next_part += 1;
            let body = bodies()[self.roll(5)].clone();
            let opened = part(message, self.next_part, body);
            self.open.push(opened.clone());
            self.supervisor.part(opened);
        }
    }

    fn close_part(&mut self) {
        if !self.open.is_empty() {
            let at = self.roll(self.open.len());
            let held = self.open.swap_remove(at);
            let text = held.text.clone();
            self.supervisor.part(closed(held, &text));
        }
    }

    fn drop_part(&mut self) {
        if !self.open.is_empty() {
            let at = self.roll(self.open.len());
            let held = self.open.swap_remove(at);
            self.supervisor.drop_part(&held);
        }
    }

    fn stream(&mut self) {
        for at in 0..self.open.len() {
            let text = format!("é{} ", self.random % 1000);
            let part = &mut self.open[at];
            let offset = part.text.len() as u64;
            part.text.push_str(&text);
            let (message, id) = (part.message.clone(), part.id.clone());
            self.deltas.push(Delta { message, part: id, offset, text });
            if self.roll(2) == 0 {
                self.supervisor.flush(&self.open[at]);
            }
        }
    }

    fn queue(&mut self) {
        if self.prompts.is_empty() || self.roll(2) == 0 {
            let mut new = prompt(self.prompts.len() as i64 + 1);
            new.position *= if self.roll(2) == 0 { 1 } else { -1 };
            self.prompts.push(new.clone());
            return self.supervisor.prompt(new);
        }
        let at = self.roll(self.prompts.len());
        let states = [PromptState::Done, PromptState::Failed, PromptState::Withdrawn, PromptState::Queued];
        self.prompts[at].state = states[self.roll(4)];
        self.supervisor.prompt(self.prompts[at].clone());
    }

    fn ask(&mut self) {
        if self.requests.is_empty() || self.roll(2) == 0 {
            let new = request(self.requests.len() as i64);
            self.requests.push(new.clone());
            return self.supervisor.request(new);
        }
        let at = self.roll(self.requests.len());
        self.supervisor.request(answered(self.requests[at].clone()));
    }

    /// The whole text of each open part, as a follower who holds nothing gets it.
    pub(crate) fn tails(&self) -> Vec<Delta> {
        let tail = |part: &Part| Delta {
            message: part.message.clone(),
            part: part.id.clone(),
            offset: 0,
            text: part.text.clone(),
        };
        self.open.iter().map(tail).collect()
    }

    pub(crate) fn flush_all(&mut self) {
        for part in &self.open {
            self.supervisor.flush(part);
        }
    }
}
