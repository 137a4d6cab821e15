//! Follows one session: frames go through the fold into the view, and from there to what the page shows.

use leptos::prelude::*;
use slipway_protocol::{Applied, Frame};

use super::socket::{After, Link};
use crate::conversation::shown::Shown;

/// Continues where the page ended.
pub fn follow(shown: Shown, link: Link) {
    let path = format!("/sessions/{}/live", shown.id());
    let hello = move || shown.join().and_then(|join| serde_json::to_string(&join).ok());
    let receive = move |text: &str| match serde_json::from_str::<Frame>(text) {
        Ok(frame) => match shown.apply(frame) {
            Applied::Whole => After::GoOn,
            Applied::Rejoin => After::JoinAgain,
            Applied::Gone => {
                shown.gone.set(true);
                After::End
            }
        },
        // A server of another version: its pages are newer than this program.
        Err(_) => After::JoinAgain,
    };
    link.follow(&path, hello, receive);
}
