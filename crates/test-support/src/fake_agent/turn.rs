//! A turn that the fake agent takes by itself: what the prompt's script says, in OpenCode's events.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    Shared,
    events::{self, Place},
};
use crate::script::{Act, Channel, Mishap, Script, Source, Step};

/// Stores the prompt, and answers it unless the agent is held.
pub(super) async fn begin(shared: &Arc<Shared>, session: &str, body: &Value) {
    let given = |value: &Value, kind: &str| value.as_str().map_or_else(|| events::id(kind), str::to_owned);
    let place = Place { session: session.to_owned(), message: given(&body["messageID"], "msg") };
    let known = shared.state.session(session, |session| {
        session.messages.iter().any(|stored| stored["info"]["id"] == place.message.as_str())
    });
    let words = body["parts"][0]["text"].as_str().unwrap_or_default();
    shared.message(&events::user_info(&place)).await;
    shared
        .part(&events::text_part(&place, &given(&body["parts"][0]["id"], "prt"), "text", words, None))
        .await;
    if shared.options.held || known == Some(true) {
        return;
    }
    let script = Script::parse(words)
        .unwrap_or_else(|why| Script::saying(format!("This script cannot be read: {why}.")));
    let script =
        if script.steps.is_empty() { Script::saying(format!("You said: {}", script.plain)) } else { script };
    let turn = Turn { shared: shared.clone(), place };
    let task = tokio::spawn(turn.take(script.steps)).abort_handle();
    shared.state.session(session, |session| session.turn = Some(task));
}

/// As OpenCode does it: idle, then the last updates, then idle again.
pub(super) async fn abort(shared: &Shared, session: &str) {
    let turn = shared.state.session(session, |session| {
        let unended =
            session.messages.last().filter(|stored| stored["info"]["time"]["completed"].is_null()).cloned();
        (session.turn.take().filter(|turn| !turn.is_finished()), unended)
    });
    let Some((Some(turn), unended)) = turn else { return };
    turn.abort();
    shared.state.forget_asked(session);
    shared.stream.emit(&events::error(session, "MessageAbortedError", json!({"message": "Aborted"}))).await;
    shared.idle(session).await;
    if let Some(mut info) =
        unended.map(|stored| stored["info"].clone()).filter(|info| info["role"] == "assistant")
    {
        info["time"]["completed"] = json!(events::now());
        shared.message(&info).await;
        shared.idle(session).await;
    }
}

struct Turn {
    shared: Arc<Shared>,
    /// The prompt.
    place: Place,
}

impl Turn {
    async fn take(self, steps: Vec<Step>) {
        let Self { shared, place: prompt } = &self;
        let session = &prompt.session;
        shared.state.session(session, |session| session.busy = true);
        shared.stream.emit(&events::status(session, json!({"type": "busy"}))).await;
        for step in steps {
            let place = Place { session: session.clone(), message: events::id("msg") };
            shared.message(&events::assistant_info(&place, &prompt.message, false)).await;
            let went = self.step(&place, step).await;
            shared.part(&events::step_finish(&place, 1000, 50)).await;
            let mut info = events::assistant_info(&place, &prompt.message, true);
            if let ControlFlow::Break(Some(error)) = &went {
                info["error"] = error.clone();
            }
            shared.message(&info).await;
            if went.is_break() {
                break;
            }
        }
        shared.idle(session).await;
    }

    /// Whether the turn goes on; if not, and something went wrong, what.
    async fn step(&self, place: &Place, step: Step) -> ControlFlow<Option<Value>> {
        for act in step {
            match act {
                Act::Stream { channel, source, rate } => self.stream(place, channel, source, rate).await,
                Act::Tool { name, arguments } => {
                    if self.tool(place, &name, &arguments).await {
                        return ControlFlow::Break(None);
                    }
                }
                Act::Wait(time) => sleep(time).await,
                Act::Hold(gate) => self.shared.gates.pass(&gate).await,
                Act::Mishap { what: Mishap::Fail { status, message, .. }, .. } => {
                    let message = message.unwrap_or_else(|| format!("Scripted failure {status}"));
                    let data = json!({"message": message, "statusCode": status, "isRetryable": false});
                    self.shared.stream.emit(&events::error(&place.session, "APIError", data.clone())).await;
                    return ControlFlow::Break(Some(json!({"name": "APIError", "data": data})));
                }
                Act::Mishap { what: Mishap::Cut, .. } => self.shared.stream.cut().await,
                Act::Usage { input, output } => self.use_tokens(&place.session, input, output).await,
            }
        }
        ControlFlow::Continue(())
    }

    /// Each costs a millionth of a dollar.
    async fn use_tokens(&self, session: &str, input: u64, output: u64) {
        let used = self.shared.state.session(session, |session| {
            let before = |kind: &str| session.info["tokens"][kind].as_u64().unwrap_or(0);
            let (input, output) = (before("input") + input, before("output") + output);
            session.info["tokens"] = json!({"input": input, "output": output});
            session.info["cost"] = json!((input + output) as f64 / 1e6);
            session.info.clone()
        });
        if let Some(info) = used {
            self.shared.stream.emit(&events::session_updated(&info)).await;
        }
    }

    async fn stream(&self, place: &Place, channel: Channel, source: Source, rate: Option<f64>) {
        let kind = match channel {
            Channel::Text => "text",
            Channel::Reasoning => "reasoning",
        };
        let (id, began) = (events::id("prt"), events::now());
        self.shared.part(&events::text_part(place, &id, kind, "", Some(json!({"start": began})))).await;
        let (mut text, start) = (String::new(), Instant::now());
        for (sent, word) in source.words().enumerate() {
            if let Some(rate) = rate.filter(|rate| *rate > 0.0) {
                sleep_until(start + Duration::from_secs_f64(sent as f64 / rate)).await;
            }
            let word = word.said();
            self.shared.stream.emit(&events::delta(place, &id, &word)).await;
            text.push_str(&word);
        }
        let time = json!({"start": began, "end": events::now()});
        self.shared.part(&events::text_part(place, &id, kind, &text, Some(time))).await;
    }

    /// Says that it was used; nothing is done. True: a person refused it, and the turn ends.
    async fn tool(&self, place: &Place, name: &str, arguments: &Value) -> bool {
        let id = events::id("prt");
        let state = |status: &str| {
            json!({"status": status, "input": arguments, "output": "", "metadata": {}, "title": name,
                "time": {"start": events::now(), "end": events::now()}})
        };
        self.shared.part(&events::tool_part(place, &id, name, state("running"))).await;
        let refused = self.shared.options.asks && self.ask(place, name, arguments).await;
        let ended = if refused { "error" } else { "completed" };
        self.shared.part(&events::tool_part(place, &id, name, state(ended))).await;
        refused
    }

    /// Waits for a person where the tool wants that. True: refused.
    async fn ask(&self, place: &Place, name: &str, arguments: &Value) -> bool {
        let (id, asked) = match name {
            "bash" => {
                let (id, command) = (events::id("per"), &arguments["command"]);
                let asked = json!({"id": id, "sessionID": place.session, "permission": "bash",
                    "patterns": [command], "always": [command], "metadata": {"command": command}});
                (id, asked)
            }
            "question" => {
                let id = events::id("que");
                let questions = &arguments["questions"];
                (id.clone(), json!({"id": id, "sessionID": place.session, "questions": questions}))
            }
            _ => return false,
        };
        self.shared.ask(asked).await;
        self.shared.gates.pass(&id).await;
        self.shared.state.was_refused(&id)
    }
}

impl Shared {
    async fn message(&self, info: &Value) {
        self.state.put_message(info["sessionID"].as_str().unwrap_or_default(), info);
        self.stream.emit(&events::message(info)).await;
    }

    async fn part(&self, part: &Value) {
        self.state.put_part(part["sessionID"].as_str().unwrap_or_default(), part);
        self.stream.emit(&events::part(part)).await;
    }

    async fn idle(&self, session: &str) {
        self.state.session(session, |session| session.busy = false);
        self.stream.emit(&events::status(session, json!({"type": "idle"}))).await;
        self.stream.emit(&events::idle(session)).await;
    }
}
