//! The words of a text without the marks around them.

use pulldown_cmark::{Event, Parser, TagEnd};

use crate::writer::OPTIONS;

/// The text as it reads: no emphasis, no fences, no addresses behind links. Blocks and cells stand apart.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for event in Parser::new_ext(text, OPTIONS) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                plain.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => plain.push('\n'),
            Event::End(TagEnd::TableCell) => plain.push(' '),
            Event::End(end) if is_block(end) => plain.push('\n'),
            _ => {}
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

fn is_block(end: TagEnd) -> bool {
    !matches!(end, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_lose_their_marks_and_nothing_else() {
        let text = "## The *slow* **clock**\n\nSee [its page](https://example.org/x) and `tick()`:\n\n\
                    ```rust\nlet a = 1;\n```\n- one\n- [x] two\n\n| a | b |\n|---|---|\n| <b>c</b> | ~~d~~ |\n";
        let read: Vec<_> = plain(text).split_whitespace().map(str::to_owned).collect();
        assert_eq!(
            read.join(" "),
            "The slow clock See its page and tick(): let a = 1; one two a b <b>c</b> d"
        );
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        assert_eq!(plain("2 * 3 < 7 & snake_case_name\nnext"), "2 * 3 < 7 & snake_case_name\nnext");
    }
}
