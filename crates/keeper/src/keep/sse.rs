//! Reads server-sent events: only their `data`, whatever the chunks they arrive in.

/// The longest event that is kept.
const LONGEST: usize = 16 * 1024 * 1024;
/// Buffers that grew beyond this are given back after their event.
const KEPT_BUFFER: usize = 256 * 1024;

#[derive(Debug, PartialEq)]
pub(crate) enum Found<'a> {
    Data(&'a str),
    /// An event was longer than can be kept; it is lost.
    TooLong,
}

#[derive(Debug)]
pub(crate) struct Parser {
    /// The line so far. Bytes, since a chunk may end within a character.
    line: Vec<u8>,
    /// The event so far; none before its first `data` line.
    data: Option<Vec<u8>>,
    too_long: bool,
    /// The last byte was a carriage return, so that a line feed now ends no line.
    after_return: bool,
    longest: usize,
}

impl Parser {
    pub(crate) fn new() -> Self {
        Self { line: Vec::new(), data: None, too_long: false, after_return: false, longest: LONGEST }
    }

    /// Takes the next bytes and hands over each event that they complete.
    pub(crate) fn feed(&mut self, mut chunk: &[u8], mut found: impl FnMut(Found<'_>)) {
        if self.after_return && !chunk.is_empty() {
            chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
            self.after_return = false;
        }
        while let Some(end) = chunk.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.extend_line(&chunk[..end]);
            let was_return = chunk[end] == b'\r';
            chunk = &chunk[end + 1..];
            if was_return {
                self.after_return = chunk.is_empty();
                chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
            }
            self.end_line(&mut found);
        }
        self.extend_line(chunk);
    }

    fn extend_line(&mut self, bytes: &[u8]) {
        let held = self.line.len() + self.data.as_ref().map_or(0, Vec::len);
        if held + bytes.len() > self.longest {
            self.too_long = true;
            self.data = None;
            // Only an empty line ends the event, and this one is not empty.
            self.line = vec![b' '];
        } else if !self.too_long || self.line.is_empty() {
            self.line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self, found: &mut impl FnMut(Found<'_>)) {
        if self.line.is_empty() {
            self.end_event(found);
            return;
        }
        if let Some(value) = data_of(&self.line).filter(|_| !self.too_long) {
            match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            }
        }
        self.line.clear();
        self.line.shrink_to(KEPT_BUFFER);
    }

    fn end_event(&mut self, found: &mut impl FnMut(Found<'_>)) {
        let data = self.data.take();
        if std::mem::take(&mut self.too_long) {
            found(Found::TooLong);
        } else if let Some(data) = data {
            found(Found::Data(&String::from_utf8_lossy(&data)));
        }
    }
}

fn data_of(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"data")?;
    match rest.split_first() {
        None => Some(rest),
        Some((b':', value)) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse<'a>(parser: &mut Parser, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut events = Vec::new();
        for chunk in chunks {
            parser.feed(chunk, |found| match found {
                Found::Data(data) => events.push(data.to_owned()),
                Found::TooLong => events.push("TOO LONG".into()),
            });
        }
        events
    }

    fn whole(text: &str) -> Vec<String> {
        parse(&mut Parser::new(), [text.as_bytes()])
    }

    #[test]
    fn only_data_counts() {
        assert_eq!(whole("event: x\nid: 7\n: note\ndata: a\nretry: 3\n\ndatabase: b\n\n\n"), ["a"]);
    }

    #[test]
    fn several_lines_are_one_event() {
        assert_eq!(whole("data: a\ndata:b\ndata\ndata:  c\n\n"), ["a\nb\n\n c"]);
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        assert_eq!(whole("data: a\r\rdata: b\r\n\r\ndata: c\n\n"), ["a", "b", "c"]);
    }

    #[test]
    fn an_event_is_whole_only_with_its_empty_line() {
        assert_eq!(whole("data: a\n\ndata: b\n"), ["a"]);
    }

    #[test]
    fn an_endless_event_is_lost_and_the_next_is_not() {
        let mut parser = Parser::new();
        parser.longest = 20;
        let long = format!("data: {}\n\ndata: b\n\n", "x".repeat(100));
        assert_eq!(parse(&mut parser, [long.as_bytes()]), ["TOO LONG", "b"]);
        assert_eq!(parse(&mut parser, long.as_bytes().chunks(3)), ["TOO LONG", "b"]);
        let lines = format!("{}\ndata: b\n\n", "data: 123456\n".repeat(3));
        assert_eq!(parse(&mut parser, lines.as_bytes().chunks(5)), ["TOO LONG", "b"]);
    }

    proptest! {
        #[test]
        fn events_do_not_depend_on_the_chunks(
            events in proptest::collection::vec("[a-zäß€🚢]{0,12}(\n[a-zäß€🚢]{0,12}){0,2}", 0..12),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            cuts in proptest::collection::vec(1usize..9, 1..8),
        ) {
            let text = events.iter().fold(String::new(), |text, event| {
                let lines = event.replace('\n', &format!("{end}data: "));
                format!("{text}: note{end}data: {lines}{end}{end}")
            });
            let mut bytes = text.as_bytes();
            let mut chunks = Vec::new();
            for cut in cuts.iter().cycle() {
                if bytes.is_empty() {
                    break;
                }
                let (chunk, rest) = bytes.split_at((*cut).min(bytes.len()));
                chunks.push(chunk);
                bytes = rest;
            }
            prop_assert_eq!(parse(&mut Parser::new(), chunks), events);
        }
    }
}
