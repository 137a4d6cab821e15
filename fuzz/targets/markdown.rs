//! What a model wrote, as HTML: no element, attribute or address beyond those that we write ourselves.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "html.rs"]
mod html;

const ELEMENTS: &[&str] = &[
    "a", "b", "blockquote", "br", "button", "code", "del", "div", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "input", "li", "ol", "p", "pre", "span", "strong", "sub", "sup", "svg", "table", "tbody", "td", "th",
    "thead", "tr", "ul", "use",
];

fuzz_target!(|text: &str| {
    html::must_be_harmless(&slipway_markdown::render(text), ELEMENTS);
    let settled = slipway_markdown::settled(text);
    html::must_be_harmless(&slipway_markdown::render(&settled), ELEMENTS);
    assert_eq!(slipway_markdown::blocks(text).concat(), text, "blocks are all of the text");
});
