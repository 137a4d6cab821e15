//! The translation, told what the real OpenCode said and what it could say.

mod recordings;
mod sub_agents;
mod turns;

use serde_json::{Value, json};

use super::translate::Translator;
use crate::AgentEvent;

const CHECKOUT: &str = "/workspace";

/// Replays events as a conversation would see them: told of each prompt before it is sent.
struct Replay {
    translator: Translator,
    root: String,
    told: Vec<AgentEvent>,
    running: bool,
}

impl Replay {
    fn of(root: &str) -> Self {
        let mut translator = Translator::new(CHECKOUT.into(), None);
        translator.open(root);
        Self { translator, root: root.into(), told: Vec::new(), running: false }
    }

    fn hear(&mut self, event: &Value) {
        let info = &event["properties"]["info"];
        let is_prompt =
            event["type"] == "message.updated" && info["role"] == "user" && info["summary"].is_null();
        if is_prompt && info["sessionID"] == self.root.as_str() && !self.running {
            self.translator.expect(info["id"].as_str().unwrap());
            self.running = true;
        }
        let told = self.translator.translate(event.clone());
        self.running &= !told.contains(&AgentEvent::Idle { settled: true });
        self.told.extend(told);
    }
}

struct Story {
    replay: Replay,
}

/// Events as OpenCode would send them, made by hand.
impl Story {
    fn begin() -> Self {
        Self { replay: Replay::of("ses_1") }
    }

    fn hear(&mut self, kind: &str, properties: Value) -> Vec<AgentEvent> {
        let mut properties = properties;
        properties["sessionID"] = properties.get("sessionID").cloned().unwrap_or_else(|| json!("ses_1"));
        let before = self.replay.told.len();
        self.replay.hear(&json!({"type": kind, "properties": properties}));
        self.replay.told[before..].to_vec()
    }

    fn message(&mut self, id: &str, role: &str, completed: bool) -> Vec<AgentEvent> {
        let time = if completed { json!({"completed": 1}) } else { json!({}) };
        self.hear(
            "message.updated",
            json!({"info": {"id": id, "sessionID": "ses_1", "role": role, "time": time}}),
        )
    }

    fn error(&mut self, message: &str) -> Vec<AgentEvent> {
        self.hear("session.error", json!({"error": {"name": "UnknownError", "data": {"message": message}}}))
    }

    fn idle(&mut self) -> Vec<AgentEvent> {
        self.hear("session.idle", json!({}))
    }
}
