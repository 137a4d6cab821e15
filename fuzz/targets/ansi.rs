//! What a command printed, as HTML: only coloured spans.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../app/src/conversation/ansi.rs"]
mod ansi;
#[path = "html.rs"]
mod html;

fuzz_target!(|output: &str| html::must_be_harmless(&ansi::html(output), &["span"]));
