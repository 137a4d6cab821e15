//! How the output of a tool reads: as a terminal shows it, as a file with its lines counted, as what a search found, or as a page.

use std::fmt::Write as _;

use serde_json::Value;
use slipway_markdown::{escape, render};
use slipway_protocol::ToolCall;

use super::{ansi, deed::Deed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    Terminal,
    /// With the number of its first line.
    File(u64),
    Hits,
    Page,
}

impl Looks {
    pub fn of(call: &ToolCall) -> Self {
        match (Deed::of(&call.tool), call.tool.to_ascii_lowercase().as_str()) {
            (Deed::Read, _) => Self::File(first_line(&call.input)),
            (Deed::Search, "grep" | "search") => Self::Hits,
            (Deed::Fetch, _) => Self::Page,
            _ => Self::Terminal,
        }
    }

    pub fn html(self, text: &str) -> String {
        match self {
            Self::Terminal => ansi::html(text),
            Self::File(first) => file(text, first),
            Self::Hits => hits(text),
            Self::Page => render(text),
        }
    }
}

/// Where the reading began, as the tool was told.
fn first_line(input: &str) -> u64 {
    let input: Value = serde_json::from_str(input).unwrap_or_default();
    input["offset"].as_u64().filter(|offset| *offset > 0).unwrap_or(1)
}

/// The numbers are drawn, not written: whoever copies the text has the text. The end of a line stands inside of what is
/// drawn as a line; behind it, it would be an empty one.
fn line(html: &mut String, number: u64, text: &str) {
    let _ = write!(html, "<span class=\"numbered\" data-line=\"{number}\">{}\n</span>", escape(text));
}

fn file(text: &str, first: u64) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    for (number, text) in (first..).zip(text.lines()) {
        line(&mut html, number, text);
    }
    html
}

/// A path with a colon, then `Line 7: text` for each place in it.
fn hits(text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 2);
    for told in text.lines() {
        let place = told.strip_prefix("  Line ").and_then(|rest| rest.split_once(':'));
        let numbered = place.and_then(|(number, text)| Some((number.parse().ok()?, text)));
        if let Some((number, text)) = numbered {
            line(&mut html, number, text.strip_prefix(' ').unwrap_or(text));
        } else if let Some(path) = told.strip_suffix(':').filter(|path| !path.contains(": ")) {
            let _ = write!(html, "<b class=\"found-in\">{}\n</b>", escape(path));
        } else if told == "Found 1 matches" {
            html.push_str("Found 1 match\n");
        } else if !told.is_empty() {
            let _ = writeln!(html, "{}", escape(told));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{ToolCall, ToolStatus};

    use super::Looks;

    fn looks(tool: &str, input: &str) -> Looks {
        let call = ToolCall::new(tool, "x", ToolStatus::Completed);
        Looks::of(&ToolCall { input: input.into(), ..call })
    }

    #[test]
    fn each_tool_has_looks_of_its_own() {
        assert_eq!(looks("read", r#"{"filePath":"a","offset":41}"#), Looks::File(41));
        assert_eq!(looks("read", "cut shor"), Looks::File(1));
        assert_eq!(looks("grep", "{}"), Looks::Hits);
        assert_eq!(looks("glob", "{}"), Looks::Terminal);
        assert_eq!(looks("webfetch", "{}"), Looks::Page);
    }

    #[test]
    fn lines_of_a_file_are_counted_from_where_the_reading_began() {
        assert_eq!(
            Looks::File(9).html("<a>\n\n"),
            "<span class=\"numbered\" data-line=\"9\">&lt;a&gt;\n</span><span class=\"numbered\" data-line=\"10\">\n</span>"
        );
    }

    #[test]
    fn what_a_search_found_stands_below_its_file() {
        let told = "Found 2 matches\nsrc/a.rs:\n  Line 2: let x: u8;\n  Line 30:   <b>\n";
        assert_eq!(
            Looks::Hits.html(told),
            "Found 2 matches\n<b class=\"found-in\">src/a.rs\n</b>\
             <span class=\"numbered\" data-line=\"2\">let x: u8;\n</span>\
             <span class=\"numbered\" data-line=\"30\">  &lt;b&gt;\n</span>"
        );
        assert_eq!(Looks::Hits.html("Found 1 matches\n"), "Found 1 match\n");
    }

    #[test]
    fn a_fetched_page_runs_nothing() {
        assert_eq!(Looks::Page.html("# Tides\n\n<script>x</script>").matches("<script").count(), 0);
    }
}
