//! The agent's event stream: however it is cut into chunks, the same events come out.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/keeper/src/keep/sse.rs"]
#[expect(dead_code, reason = "not all of it is for this target")]
mod sse;

fuzz_target!(|input: (Vec<u8>, u8)| {
    let (stream, size) = input;
    let whole = events([stream.as_slice()]);
    assert_eq!(events(stream.chunks(usize::from(size) + 1)), whole);
});

fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Option<String>> {
    let mut parser = sse::Parser::new();
    let mut events = Vec::new();
    for chunk in chunks {
        parser.feed(chunk, |found| {
            events.push(match found {
                sse::Found::Data(data) => Some(data.to_owned()),
                sse::Found::TooLong => None,
            });
        });
    }
    events
}
