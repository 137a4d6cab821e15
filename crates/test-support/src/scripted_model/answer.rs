//! A step as a stream of `chat.completion.chunk`s.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    clock,
    gates::Gates,
    script::{Act, Channel, Source, Step},
};

/// What was said before a cut gets so long to arrive.
const BEFORE_CUT: Duration = Duration::from_millis(100);

/// Answers with the step. `cut_at`: the connection breaks there.
pub(super) fn stream(gates: Gates, step: Step, cut_at: Option<usize>, request: &Value) -> Response {
    let (chunks, body) = mpsc::channel(64);
    let model = request["model"].as_str().unwrap_or("fake-1").to_owned();
    // About what a real tokenizer would count.
    let input = request["messages"].to_string().len() as u64 / 4;
    let writer = Writer { chunks, model, id: next_id(), usage: (input, 0), tools: 0, unspaced: None };
    tokio::spawn(writer.write(gates, step, cut_at));
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(ReceiverStream::new(body)))
        .into_response()
}

/// The client hung up, or the connection was cut on purpose.
struct Ended;

struct Writer {
    chunks: mpsc::Sender<io::Result<Bytes>>,
    model: String,
    id: u64,
    usage: (u64, u64),
    tools: usize,
    /// Where the last word went, if it did not end in white space.
    unspaced: Option<Channel>,
}

impl Writer {
    async fn write(mut self, gates: Gates, step: Step, cut_at: Option<usize>) {
        let hung_up = self.chunks.clone();
        tokio::select! {
            // Hanging up also frees a gate.
            () = hung_up.closed() => {}
            _ = self.acts(gates, step, cut_at) => {}
        }
    }

    async fn acts(&mut self, gates: Gates, step: Step, cut_at: Option<usize>) -> Result<(), Ended> {
        for (at, act) in step.into_iter().enumerate() {
            match act {
                _ if cut_at == Some(at) => {
                    sleep(BEFORE_CUT).await;
                    let _ = self.chunks.send(Err(io::ErrorKind::ConnectionReset.into())).await;
                    return Err(Ended);
                }
                Act::Stream { channel, source, rate } => self.words(channel, source, rate).await?,
                Act::Tool { name, arguments } => self.tool(&name, &arguments).await?,
                Act::Wait(time) => sleep(time).await,
                Act::Hold(gate) => gates.pass(&gate).await,
                Act::Usage { input, output } => self.usage = (input, output),
                Act::Mishap { .. } => {}
            }
        }
        self.finish().await
    }

    async fn words(&mut self, channel: Channel, source: Source, rate: Option<f64>) -> Result<(), Ended> {
        let field = match channel {
            Channel::Text => "content",
            Channel::Reasoning => "reasoning_content",
        };
        let start = Instant::now();
        for (sent, word) in source.words().enumerate() {
            if let Some(rate) = rate.filter(|rate| *rate > 0.0) {
                sleep_until(start + Duration::from_secs_f64(sent as f64 / rate)).await;
            }
            let mut word = word.said();
            if self.unspaced == Some(channel) {
                word.insert(0, ' ');
            }
            self.unspaced = (!word.ends_with(char::is_whitespace)).then_some(channel);
            self.usage.1 += 1;
            self.delta(json!({"role": "assistant", field: word}), Value::Null).await?;
        }
        Ok(())
    }

    async fn tool(&mut self, name: &str, arguments: &Value) -> Result<(), Ended> {
        let call = json!({
            "index": self.tools,
            "id": format!("call_{:x}", next_id()),
            "type": "function",
            "function": {"name": name, "arguments": arguments.to_string()},
        });
        self.tools += 1;
        self.usage.1 += 10;
        self.delta(json!({"role": "assistant", "tool_calls": [call]}), Value::Null).await
    }

    async fn finish(&mut self) -> Result<(), Ended> {
        let reason = if self.tools > 0 { "tool_calls" } else { "stop" };
        self.delta(json!({}), json!(reason)).await?;
        let (input, output) = self.usage;
        let usage = json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": {"cached_tokens": 0},
        });
        self.chunk(json!({"choices": [], "usage": usage})).await?;
        self.send("data: [DONE]\n\n".into()).await
    }

    async fn delta(&self, delta: Value, finish_reason: Value) -> Result<(), Ended> {
        self.chunk(json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})).await
    }

    async fn chunk(&self, mut chunk: Value) -> Result<(), Ended> {
        chunk["id"] = json!(format!("chatcmpl-{:x}", self.id));
        chunk["object"] = json!("chat.completion.chunk");
        chunk["created"] = json!(clock::micros() / 1_000_000);
        chunk["model"] = json!(self.model);
        self.send(format!("data: {chunk}\n\n").into()).await
    }

    async fn send(&self, bytes: Bytes) -> Result<(), Ended> {
        self.chunks.send(Ok(bytes)).await.map_err(|_| Ended)
    }
}

/// Differs between calls, also after a restart.
fn next_id() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    clock::micros() * 1000 + COUNT.fetch_add(1, Ordering::Relaxed) % 1000
}
