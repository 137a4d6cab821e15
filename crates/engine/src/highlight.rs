//! Colours the code of finished parts on the server, so that no grammar ever travels to a browser.
//!
//! A part without a code block carries no HTML: the browser renders the same Markdown by itself.

use std::sync::LazyLock;

use slipway_protocol::{MessageView, Part, PartBody, SessionView};
use syntect::{
    html::{ClassStyle, ClassedHTMLGenerator},
    parsing::{SyntaxReference, SyntaxSet},
    util::LinesWithEndings,
};

/// Longer blocks stay plain; colouring them would hold up the session.
const LONGEST_BLOCK: usize = 32 * 1024;

pub(crate) static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Adds the coloured HTML to every finished part that holds code.
pub(crate) fn decorate_view(view: &mut SessionView) {
    decorate_messages(&mut view.messages);
}

pub(crate) fn decorate_messages(messages: &mut [MessageView]) {
    messages.iter_mut().flat_map(|message| &mut message.parts).for_each(decorate);
}

pub(crate) fn decorate(part: &mut Part) {
    if !part.open {
        part.html = html(&part.body, &part.text);
    }
}

/// The HTML of a finished part; none where the browser's own is the same.
pub(crate) fn html(body: &PartBody, text: &str) -> Option<String> {
    let has_code = matches!(body, PartBody::Text) && (text.contains("```") || text.contains("~~~"));
    has_code.then(|| slipway_markdown::render_with(text, &colour))
}

/// Spans with the classes `kw str fn num type com`; none where the language is not known.
fn colour(language: &str, code: &str) -> Option<String> {
    if code.len() > LONGEST_BLOCK {
        return None;
    }
    let syntax = SYNTAXES.find_syntax_by_token(alias(language))?;
    let style = ClassStyle::SpacedPrefixed { prefix: "hl-" };
    let mut generator = ClassedHTMLGenerator::new_with_class_style(syntax, &SYNTAXES, style);
    for line in LinesWithEndings::from(code) {
        generator.parse_html_for_line_which_includes_newline(line).ok()?;
    }
    Some(generator.finalize())
}

/// The grammar for a file of this name; none where it is not known.
pub(crate) fn syntax_of(path: &str) -> Option<&'static SyntaxReference> {
    let name = path.rsplit('/').next()?;
    let ending = name.rsplit_once('.').map_or(name, |(_, ending)| ending);
    SYNTAXES.find_syntax_by_extension(alias(ending)).filter(|syntax| syntax.name != "Plain Text")
}

/// Languages that read well in the grammar of a relative.
fn alias(language: &str) -> &str {
    match language {
        "ts" | "tsx" | "typescript" | "jsx" | "javascript" => "js",
        "rust" => "rs",
        "python" | "python3" => "py",
        "shell" | "console" | "zsh" => "sh",
        "toml" | "ini" => "yaml",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::html;
    use slipway_protocol::PartBody;

    #[test]
    fn code_is_coloured_and_prose_is_left_to_the_browser() {
        assert_eq!(html(&PartBody::Text, "plain *words*"), None);
        let coloured = html(&PartBody::Text, "```rust\nfn main() {}\n```").unwrap();
        assert!(coloured.contains("hl-"), "{coloured}");
    }
}
