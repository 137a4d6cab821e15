//! Follows the list of sessions.

use slipway_protocol::ListFrame;

use super::socket::{After, Link};

pub fn follow(link: Link, mut receive: impl FnMut(ListFrame) + 'static) {
    let read = move |text: &str| {
        if let Ok(frame) = serde_json::from_str(text) {
            receive(frame);
        }
        After::GoOn
    };
    link.follow("/live", || None, read);
}
