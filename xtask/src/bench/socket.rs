//! A session's WebSocket, and what is read out of its frames.

use anyhow::{Context as _, Result, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite};
use tungstenite::{Message, client::IntoClientRequest as _};

use super::client::PATIENCE;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The server asks who is too far behind to come again.
const TRY_AGAIN: u16 = 1013;

pub(super) struct Socket {
    request: tungstenite::handshake::client::Request,
    stream: Stream,
    /// Bytes that have come, with the frames' own headers.
    pub(super) bytes: usize,
}

impl Socket {
    pub(super) async fn open(address: &str, origin: &str, cookie: &str, join: &Value) -> Result<Self> {
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("origin", origin.parse()?);
        request.headers_mut().insert("cookie", cookie.parse()?);
        let stream = joined(request.clone(), join).await?;
        Ok(Self { request, stream, bytes: 0 })
    }

    /// The next frame, as it came. Who fell too far behind begins again with all there is, as a browser does.
    pub(super) async fn text(&mut self) -> Result<tungstenite::Utf8Bytes> {
        loop {
            let message =
                tokio::time::timeout(PATIENCE, self.stream.next()).await.context("no frame came")?;
            match message.context("the socket was closed")?? {
                Message::Text(text) => {
                    self.bytes += text.len() + header(text.len());
                    return Ok(text);
                }
                Message::Close(Some(reason)) if u16::from(reason.code) == TRY_AGAIN => {
                    let nothing = json!({ "cursor": null, "open": [] });
                    self.stream = joined(self.request.clone(), &nothing).await?;
                }
                Message::Close(reason) => bail!("the socket was closed: {reason:?}"),
                _ => {}
            }
        }
    }

    /// The next frame.
    pub(super) async fn next(&mut self) -> Result<Value> {
        Ok(serde_json::from_str(&self.text().await?)?)
    }

    /// Reads until the session has this phase.
    pub(super) async fn until(&mut self, wanted: &str) -> Result<()> {
        while phase(&self.next().await?) != Some(wanted) {}
        Ok(())
    }

    /// Hands each piece of streamed text to `heard`, until the turn has begun and ended. Who fell behind gets the rest at once.
    pub(super) async fn hear(&mut self, mut heard: impl FnMut(&str)) -> Result<()> {
        let (mut begun, mut bytes) = (false, 0_usize);
        loop {
            let text = self.text().await?;
            if let Some((offset, piece)) = streamed(&text) {
                begun = true;
                let piece = piece.get(bytes.saturating_sub(offset)..).unwrap_or_default();
                bytes += piece.len();
                heard(piece);
                continue;
            }
            let frame = serde_json::from_str(&text)?;
            let rest = missed(&frame, bytes).unwrap_or_default();
            if !rest.is_empty() {
                bytes += rest.len();
                heard(rest);
            }
            match phase(&frame) {
                Some("idle") if begun || bytes > 0 => return Ok(()),
                Some("idle") | None => {}
                Some(_) => begun = true,
            }
        }
    }
}

async fn joined(request: tungstenite::handshake::client::Request, join: &Value) -> Result<Stream> {
    let (mut stream, _) = connect_async(request).await.context("could not follow the session")?;
    if let MaybeTlsStream::Plain(tcp) = stream.get_ref() {
        tcp.set_nodelay(true)?;
    }
    stream.send(Message::text(join.to_string())).await?;
    Ok(stream)
}

/// Bytes of a frame's own header on its way to a browser (RFC 6455, 5.2).
fn header(length: usize) -> usize {
    match length {
        0..126 => 2,
        126..65_536 => 4,
        _ => 10,
    }
}

/// Where the text of a delta stands, and the text, still escaped. A thousand sockets are read on the machine that is measured,
/// so nothing is parsed.
pub(super) fn streamed(frame: &str) -> Option<(usize, &str)> {
    if let Some(rest) = frame.strip_prefix('[') {
        let (offset, text) = rest.split_once(",\"")?;
        return Some((offset.parse().ok()?, text.strip_suffix("\"]")?));
    }
    if !frame.starts_with(r#"{"frame":"delta""#) {
        return None;
    }
    let (_, rest) = frame.split_once(r#""offset":"#)?;
    let (offset, text) = rest.split_once(r#","text":""#)?;
    Some((offset.parse().ok()?, text.strip_suffix("\"}")?))
}

/// What a catch-up brings of the text that is written, beyond the bytes that came before it.
fn missed(frame: &Value, bytes: usize) -> Option<&str> {
    if frame.get("frame").is_none_or(|kind| kind != "catch-up") {
        return None;
    }
    let list = |name: &str| frame.get(name).and_then(Value::as_array).into_iter().flatten();
    if let Some(tail) = list("tails").next() {
        return tail.get("text")?.as_str();
    }
    let whole = list("changes").filter_map(|change| change.pointer("/body/text")?.as_str());
    // What the person said comes first.
    whole.filter_map(|text| text.get(bytes..)).rfind(|rest| !rest.is_empty())
}

/// The phase that a frame speaks of.
pub(super) fn phase(frame: &Value) -> Option<&str> {
    let of_head = |body: &'_ Value| body.get("change").is_some_and(|change| change == "head");
    let head = match frame.get("frame")?.as_str()? {
        "snapshot" => frame.pointer("/view/head")?,
        "change" => frame.get("body").filter(|body| of_head(body))?,
        "catch-up" => {
            let changes = frame.get("changes")?.as_array()?.iter();
            changes.filter_map(|change| change.get("body")).find(|body| of_head(body))?
        }
        _ => return None,
    };
    head.get("phase")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        let delta = r#"{"frame":"delta","message":"m","part":"p","offset":4,"text":"two \"words\""}"#;
        assert_eq!(streamed(delta), Some((4, r#"two \"words\""#)));
        assert_eq!(streamed(r#"[4,"two \"words\""]"#), Some((4, r#"two \"words\""#)));
        assert_eq!(streamed(r#"{"frame":"heartbeat","revision":1}"#), None);
        let head = json!({"frame": "change", "rev": 1, "body": {"change": "head", "phase": "idle"}});
        assert_eq!(phase(&head), Some("idle"));
        assert_eq!(
            phase(&json!({"frame": "snapshot", "view": {"head": {"phase": "asleep"}}})),
            Some("asleep")
        );
        let catch_up = json!({"frame": "catch-up", "to": "1.2", "tails": [], "changes": [
            {"rev": 1, "body": {"change": "part", "text": "one two three"}},
            {"rev": 2, "body": {"change": "head", "phase": "idle"}},
        ]});
        assert_eq!((missed(&catch_up, 8), phase(&catch_up)), (Some("three"), Some("idle")));
        assert_eq!(missed(&catch_up, 13), None);
        assert_eq!([header(125), header(126), header(70_000)], [2, 4, 10]);
    }
}
