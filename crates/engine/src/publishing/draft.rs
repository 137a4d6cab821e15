//! What is proposed for a commit and a pull request, from what was asked and what the agent said at the end.

use slipway_protocol::{MessageView, PartBody, PublishingDraft, Role, SessionView};

/// Bytes of the agent's last words and of the person's first ones.
const SAID: usize = 4_000;
const ASKED: usize = 1_000;
/// Bytes of a commit message below its title, and letters of its lines.
const EXPLAINED: usize = 600;
const LINE: usize = 72;

pub(super) fn make(view: &SessionView, template: Option<&str>) -> PublishingDraft {
    let title = view.head.title.trim().to_owned();
    let asked = view.messages.iter().find(|said| said.message.role == Role::User).map(prose);
    let said = view.messages.iter().rev().filter(|said| said.message.role == Role::Agent);
    let said = said.map(last_words).find(|words| !words.is_empty()).unwrap_or_default();
    let mut sections = Vec::new();
    if !said.is_empty() {
        sections.push(cut(said, SAID));
    }
    if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
        let lines: Vec<_> = cut(&asked, ASKED).lines().map(|line| format!("> {line}")).collect();
        sections.push(format!("What was asked for:\n\n{}", lines.join("\n")));
    }
    sections.extend(template.map(|template| template.trim().to_owned()).filter(|text| !text.is_empty()));
    let paragraph = said.split("\n\n").find(|text| is_plain(text)).unwrap_or_default();
    let explained = wrapped(&cut(paragraph, EXPLAINED));
    let message = if explained.is_empty() { title.clone() } else { format!("{title}\n\n{explained}") };
    PublishingDraft { title, body: sections.join("\n\n"), message }
}

fn prose(said: &MessageView) -> String {
    let texts = said.parts.iter().filter(|part| matches!(part.body, PartBody::Text));
    texts.map(|part| part.text.trim()).collect::<Vec<_>>().join("\n\n")
}

fn last_words(said: &MessageView) -> &str {
    let texts = said.parts.iter().rev().filter(|part| matches!(part.body, PartBody::Text));
    texts.map(|part| part.text.trim()).find(|text| !text.is_empty()).unwrap_or_default()
}

/// Reads as a sentence in a commit message too.
fn is_plain(paragraph: &str) -> bool {
    let first = paragraph.trim_start().chars().next();
    first.is_some_and(char::is_alphabetic) && !paragraph.contains("```")
}

/// At most so many bytes, and a sign that there was more.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", text[..text.floor_char_boundary(most)].trim_end())
}

fn wrapped(paragraph: &str) -> String {
    let mut lines = vec![String::new()];
    for word in paragraph.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + word.chars().count() < LINE {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{cut, is_plain, wrapped};

    #[test]
    fn a_paragraph_is_broken_into_lines_that_a_terminal_shows() {
        let long = "word ".repeat(40);
        let lines = wrapped(&long);
        assert!(lines.lines().all(|line| line.len() <= 72), "{lines}");
        assert_eq!(lines.split_whitespace().count(), 40);
        assert_eq!(wrapped("  "), "");
    }

    #[test]
    fn what_is_too_long_says_so_and_is_text_still() {
        assert_eq!(cut("äöü", 3), "ä…");
        assert_eq!(cut("short", 9), "short");
    }

    #[test]
    fn lists_and_code_stay_out_of_commit_messages() {
        assert!(is_plain("The clock ticks once now."));
        for text in ["- a list", "# A title", "```\ncode\n```", "See:\n```\ncode\n```", ""] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
