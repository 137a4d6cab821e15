//! Live frames: whatever a frame says, the fold takes it or asks to join again, and what it holds can be told and read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_protocol::{Frame, SessionView};

fuzz_target!(|text: &str| {
    let mut view: Option<SessionView> = None;
    for line in text.lines() {
        let Ok(frame) = serde_json::from_str::<Frame>(line) else { continue };
        match (&mut view, frame) {
            (None, Frame::Snapshot { view: first }) => view = Some(*first),
            (None, _) => {}
            (Some(view), frame) => drop(view.apply(frame)),
        }
    }
    if let Some(view) = view {
        let join = view.join();
        let told = serde_json::to_string(&view).expect("a view can be told");
        let read: SessionView = serde_json::from_str(&told).expect("and read");
        assert_eq!(read, view);
        assert_eq!(read.join(), join);
    }
});
