//! OpenCode's events, as the real one says them.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::clock;

/// Where something is said: in a session, in a message of it.
#[derive(Clone, Debug)]
pub struct Place {
    pub session: String,
    pub message: String,
}

pub fn event(kind: &str, properties: Value) -> Value {
    json!({"id": id("evt"), "type": kind, "properties": properties})
}

pub fn session(info: &Value) -> Value {
    event("session.created", json!({"sessionID": info["id"], "info": info}))
}

pub fn status(session: &str, status: Value) -> Value {
    event("session.status", json!({"sessionID": session, "status": status}))
}

pub fn session_updated(info: &Value) -> Value {
    event("session.updated", json!({"sessionID": info["id"], "info": info}))
}

pub fn idle(session: &str) -> Value {
    event("session.idle", json!({"sessionID": session}))
}

pub fn error(session: &str, name: &str, data: Value) -> Value {
    event("session.error", json!({"sessionID": session, "error": {"name": name, "data": data}}))
}

pub fn message(info: &Value) -> Value {
    event("message.updated", json!({"sessionID": info["sessionID"], "info": info}))
}

pub fn part(part: &Value) -> Value {
    event("message.part.updated", json!({"sessionID": part["sessionID"], "part": part, "time": now()}))
}

pub fn delta(place: &Place, part: &str, text: &str) -> Value {
    let Place { session, message } = place;
    event(
        "message.part.delta",
        json!({"sessionID": session, "messageID": message, "partID": part, "field": "text", "delta": text}),
    )
}

/// A person's message.
pub fn user_info(place: &Place) -> Value {
    json!({"id": place.message, "sessionID": place.session, "role": "user", "time": {"created": now()}})
}

/// The agent's message, growing until it is `completed`.
pub fn assistant_info(place: &Place, parent: &str, completed: bool) -> Value {
    let mut info = json!({
        "id": place.message, "sessionID": place.session, "parentID": parent, "role": "assistant", "time": {"created": now()},
    });
    if completed {
        info["time"]["completed"] = json!(now());
    }
    info
}

/// A part of `kind` `text` or `reasoning`; a person's own words have no time.
pub fn text_part(place: &Place, id: &str, kind: &str, text: &str, time: Option<Value>) -> Value {
    let mut part =
        json!({"id": id, "sessionID": place.session, "messageID": place.message, "type": kind, "text": text});
    if let Some(time) = time {
        part["time"] = time;
    }
    part
}

pub fn tool_part(place: &Place, id: &str, tool: &str, state: Value) -> Value {
    let call = format!("call_{id}");
    json!({
        "id": id, "sessionID": place.session, "messageID": place.message, "type": "tool", "callID": call,
        "tool": tool, "state": state,
    })
}

pub fn step_finish(place: &Place, input: u64, output: u64) -> Value {
    let tokens = json!({"input": input, "output": output, "reasoning": 0, "cache": {"read": 0, "write": 0}});
    json!({
        "id": id("prt"), "sessionID": place.session, "messageID": place.message, "type": "step-finish",
        "reason": "stop", "tokens": tokens, "cost": 0,
    })
}

/// An id as OpenCode makes them: sorted by time.
pub fn id(kind: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = (now() * 4096 + count % 4096) & 0xffff_ffff_ffff;
    format!("{kind}_{time:012x}{count:014}")
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    clock::millis()
}
