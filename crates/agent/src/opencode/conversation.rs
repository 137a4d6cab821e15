//! A conversation with OpenCode through its keeper: events in, calls out.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;
use slipway_keeper::wire::KeeperEvent;
use slipway_protocol::{Answer, ModelRef, Place};
use slipway_sandbox::{Keeper, Reach};
use tokio::time::{sleep, timeout};

use super::{
    TESTED_VERSION, bound,
    calls::{Calls, sandbox_error},
    heard::Heard,
    ids::Ids,
    translate::{Translator, Truth, sub_agents_named},
    wire,
};
use crate::{AgentError, AgentEvent, Conversation, Delivery, FailureKind, LaunchRequest, Numbered, Outgoing};

/// Messages that are looked at when a conversation goes on.
const RECENT: usize = 5;
/// Sub-agents of one turn that are looked at.
const MOST_SUB_AGENTS: usize = 64;
/// A prompt that was taken is answered, or refused, within this time of being found unanswered.
const UNANSWERED: (u32, Duration) = (20, Duration::from_millis(150));

/// What OpenCode does not do at all it says within this time.
const REFUSAL: Duration = Duration::from_millis(500);

pub(super) struct OpenCodeConversation {
    keeper: Keeper,
    calls: Calls,
    translator: Translator,
    ids: Ids,
    session: Option<String>,
    heard: Heard,
}

impl OpenCodeConversation {
    pub(super) fn new(keeper: Keeper, request: &LaunchRequest, session: Option<String>, after: u64) -> Self {
        Self {
            calls: Calls::new(keeper.caller(), &request.checkout),
            translator: Translator::new(request.checkout.clone(), session.clone()),
            keeper,
            ids: Ids::default(),
            session,
            heard: Heard { last: after, told: after, stored: after },
        }
    }

    /// What came of the conversation before this began.
    pub(super) async fn learn(&mut self) -> Result<(), AgentError> {
        let Some(id) = self.session.clone() else { return Ok(()) };
        let mut sessions = self.calls.children(&id).await?;
        sessions.extend(self.calls.session(&id).await?);
        for session in &sessions {
            self.translator.learn_usage(session);
        }
        let mut ask = vec![id];
        let mut asked = 0;
        while let Some(session) = ask.pop()
            && asked < MOST_SUB_AGENTS
        {
            asked += 1;
            for stored in self.calls.newest_messages(&session, RECENT).await? {
                self.ids.see(&stored.info.id);
                self.translator.learn(&stored.info);
                ask.extend(stored.parts.iter().filter_map(|part| self.translator.learn_part(part)));
            }
        }
        Ok(())
    }

    fn session(&self) -> Result<&str, AgentError> {
        self.session
            .as_deref()
            .ok_or_else(|| AgentError::Refused("The conversation was not opened yet.".into()))
    }

    fn events(&mut self, event: KeeperEvent) -> Vec<AgentEvent> {
        match event {
            KeeperEvent::Ready { probe } => {
                warn_of_other_version(&probe);
                vec![AgentEvent::Ready]
            }
            KeeperEvent::Agent { data } => {
                if let Some(id) = data["properties"]["info"]["id"].as_str() {
                    self.ids.see(id);
                }
                self.translator.translate(data)
            }
            KeeperEvent::Gap => vec![AgentEvent::Gap],
            KeeperEvent::Refused { host, port, why, can_allow } => {
                let place = Place { host, port };
                let sentence = format!("The agent wanted to reach {place}, and was refused. {why}");
                vec![AgentEvent::Refused { place, sentence, can_allow }]
            }
            KeeperEvent::StartFailed { sentence } => vec![AgentEvent::Exited { sentence }],
            KeeperEvent::Exited { status, log_tail } => {
                vec![AgentEvent::Exited { sentence: exited(&status, &log_tail) }]
            }
        }
    }

    async fn begin(&mut self, agent_session: Option<&str>, title: &str) -> Result<String, AgentError> {
        if let Some(id) = agent_session {
            if self.calls.session(id).await?.is_some() {
                return Ok(id.to_owned());
            }
            tracing::warn!(
                agent_session = id,
                "the agent has forgotten this conversation; it begins a new one"
            );
        }
        Ok(self.calls.create_session(title).await?.id)
    }

    async fn truth(&self, session: &str) -> Result<Truth, AgentError> {
        let Some(root) = self.calls.session(session).await? else {
            return Err(AgentError::Refused("The agent has forgotten this conversation.".into()));
        };
        let mut sessions = self.calls.children(session).await?;
        sessions.push(root);
        let messages = self.calls.messages(session).await?;
        let of_sub_agents = self.said_by_sub_agents(&messages).await?;
        Ok(Truth {
            sessions,
            of_sub_agents,
            status: self.calls.status(session).await?,
            permissions: self.calls.permissions().await?,
            questions: self.calls.questions().await?,
            todos: self.calls.todos(session).await?,
            messages,
        })
    }

    /// What those said whom the last prompt led to, at any depth.
    async fn said_by_sub_agents(
        &self,
        messages: &[wire::Stored],
    ) -> Result<HashMap<String, Vec<wire::Stored>>, AgentError> {
        let mut said = HashMap::new();
        let mut ask = sub_agents_named(messages);
        while let Some(session) = ask.pop()
            && said.len() < MOST_SUB_AGENTS
        {
            if let Entry::Vacant(place) = said.entry(session) {
                let messages = self.calls.messages(place.key()).await?;
                ask.extend(sub_agents_named(&messages));
                place.insert(messages);
            }
        }
        Ok(said)
    }
}

#[async_trait]
impl Conversation for OpenCodeConversation {
    fn boot(&self) -> &str {
        self.keeper.boot()
    }

    async fn next(&mut self) -> Option<Numbered> {
        loop {
            let (seq, event) = self.keeper.next().await?;
            let events = self.events(event);
            self.heard.last = seq;
            if !events.is_empty() {
                self.heard.told = seq;
                return Some(Numbered { seq, events });
            }
            self.keeper.acknowledge(self.heard.forgettable());
        }
    }

    fn is_behind(&self) -> bool {
        self.heard.last < self.keeper.held()
    }

    fn acknowledge(&mut self, seq: u64) {
        self.heard.stored = self.heard.stored.max(seq);
        self.keeper.acknowledge(self.heard.forgettable());
    }

    async fn open(&mut self, agent_session: Option<&str>, title: &str) -> Result<String, AgentError> {
        let id = self.begin(agent_session, title).await?;
        self.translator.open(&id);
        self.session = Some(id.clone());
        self.learn().await?;
        let calls = self.calls.clone();
        tokio::spawn(async move { calls.warm_up().await });
        Ok(id)
    }

    fn mint(&mut self) -> Delivery {
        self.ids.mint()
    }

    async fn prompt(&mut self, delivery: &Delivery, prompt: Outgoing) -> Result<(), AgentError> {
        self.translator.expect(&delivery.message);
        self.calls.prompt(self.session()?, delivery, prompt).await
    }

    async fn knows(&mut self, delivery: &Delivery) -> Result<bool, AgentError> {
        self.calls.has_message(self.session()?, &delivery.message).await
    }

    async fn compact(&mut self, delivery: &Delivery, model: ModelRef) -> Result<(), AgentError> {
        let (calls, session) = (self.calls.clone(), self.session()?.to_owned());
        self.translator.expect_compaction(&delivery.message);
        let mut asked = tokio::spawn(async move { calls.summarize(&session, &model).await });
        // The answer comes when the summary is written; what becomes of it comes as events.
        match timeout(REFUSAL, &mut asked).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }

    async fn has_begun_to_compact(&mut self, delivery: &Delivery) -> Result<bool, AgentError> {
        let messages = self.calls.newest_messages(self.session()?, RECENT).await?;
        Ok(messages.iter().any(|stored| stored.asks_to_compact() && stored.info.id > delivery.message))
    }

    async fn stop(&mut self) -> Result<(), AgentError> {
        self.calls.abort(self.session()?).await
    }

    async fn answer(&mut self, key: &str, answer: &Answer) -> Result<bool, AgentError> {
        self.calls.answer(key, answer).await
    }

    fn set_reach(&mut self, reach: Reach) {
        self.keeper.set_reach(reach);
    }

    async fn reconcile(&mut self) -> Result<Vec<AgentEvent>, AgentError> {
        let session = self.session()?.to_owned();
        let mut truth = self.truth(&session).await?;
        let (attempts, pause) = UNANSWERED;
        for _ in 0..attempts {
            if !truth.awaits_an_answer() {
                break;
            }
            // OpenCode takes a prompt a moment before it is busy with it.
            sleep(pause).await;
            truth = self.truth(&session).await?;
        }
        let mut events = Vec::new();
        if truth.awaits_an_answer() {
            let sentence = "The agent took the message and did not answer. Send it again.".into();
            events.push(AgentEvent::Failed { kind: FailureKind::Other, sentence });
        }
        if let Some(newest) = truth.messages.last() {
            self.ids.see(&newest.info.id);
        }
        events.extend(self.translator.reconcile(truth));
        Ok(events)
    }

    async fn close(self: Box<Self>) -> Result<(), AgentError> {
        self.keeper.stop().await.map_err(sandbox_error)
    }

    fn leave(self: Box<Self>) {
        self.keeper.leave();
    }
}

fn warn_of_other_version(probe: &Value) {
    let version = probe["version"].as_str().unwrap_or("unknown");
    if version != TESTED_VERSION {
        tracing::warn!(version, tested = TESTED_VERSION, "this version of OpenCode was never tested");
    }
}

fn exited(status: &str, log_tail: &str) -> String {
    let last = log_tail.lines().map(str::trim).rfind(|line| !line.is_empty());
    match last {
        Some(line) => {
            format!("The agent ended ({status}). Its last words: {}", bound::line(line, bound::SENTENCE))
        }
        None => format!("The agent ended ({status})."),
    }
}
