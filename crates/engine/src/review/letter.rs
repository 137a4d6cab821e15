//! Comments on lines as one message to the agent.

use slipway_protocol::{ReviewComment, Side};

/// Each comment with its place and its line, in the order of the files.
pub(super) fn letter(comments: &[ReviewComment]) -> String {
    let mut comments: Vec<&ReviewComment> = comments.iter().collect();
    comments.sort_by_key(|comment| (&comment.path, comment.line, comment.side));
    let opening = match comments.len() {
        1 => "I have a comment on your changes. Please see to it.".to_owned(),
        count => format!("I have {count} comments on your changes. Please see to each of them."),
    };
    let paragraphs = comments.into_iter().map(paragraph);
    std::iter::once(opening).chain(paragraphs).collect::<Vec<_>>().join("\n\n")
}

fn paragraph(comment: &ReviewComment) -> String {
    let side = match comment.side {
        Side::Old => "before the change",
        Side::New => "after the change",
    };
    let ReviewComment { path, line, line_text, body, .. } = comment;
    format!("{path}, line {line} ({side}):\n> {}\n{}", line_text.trim_end(), body.trim())
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{ReviewComment, Side};

    use super::letter;

    fn comment(path: &str, line: u32, side: Side, body: &str) -> ReviewComment {
        ReviewComment {
            id: format!("{path}{line}"),
            path: path.into(),
            side,
            line,
            line_text: "    tick();".into(),
            body: body.into(),
            created_at: 1,
            sent_at: None,
        }
    }

    #[test]
    fn a_letter_names_path_line_and_side_of_each() {
        let later = comment("src/clock.rs", 48, Side::New, "Why?\n");
        let earlier = comment("src/clock.rs", 3, Side::Old, "Was this\nneeded?");
        assert_eq!(
            letter(&[later.clone(), earlier]),
            "I have 2 comments on your changes. Please see to each of them.\n\n\
             src/clock.rs, line 3 (before the change):\n>     tick();\nWas this\nneeded?\n\n\
             src/clock.rs, line 48 (after the change):\n>     tick();\nWhy?"
        );
        assert!(letter(&[later]).starts_with("I have a comment on your changes."));
    }
}
