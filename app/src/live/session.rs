//! Follows one session: frames go through the fold into the view, and from there to what the page shows.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use slipway_protocol::{Applied, Frame, Shorthand};

use super::socket::{After, Link};
use crate::conversation::shown::Shown;

/// Continues where the page ended.
pub fn follow(shown: Shown, link: Link) {
    let path = format!("/sessions/{}/live", shown.id());
    let shorthand = Rc::new(RefCell::new(Shorthand::default()));
    let read = shorthand.clone();
    let hello = move || {
        // Said once on each socket.
        shorthand.take();
        shown.join().and_then(|join| serde_json::to_string(&join).ok())
    };
    let receive = move |text: &str| match frame(&mut read.borrow_mut(), text) {
        Some(frame) => match shown.apply(frame) {
            Applied::Whole => After::GoOn,
            Applied::Rejoin => After::JoinAgain,
            Applied::Gone => {
                shown.gone.set(true);
                After::End
            }
        },
        // A server of another version: its pages are newer than this program.
        None => After::JoinAgain,
    };
    link.follow(&path, hello, receive);
}

fn frame(shorthand: &mut Shorthand, text: &str) -> Option<Frame> {
    shorthand.lengthen(serde_json::from_str(text).ok()?)
}
