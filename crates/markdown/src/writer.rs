//! From the parser's events to HTML.

use std::fmt::Write;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::{
    code,
    escape::{is_safe_link, push},
};

/// What is understood beyond plain Markdown.
pub(crate) const OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_TASKLISTS);

pub(crate) fn write(text: &str) -> String {
    let mut writer = Writer {
        html: String::with_capacity(text.len() * 2),
        text: String::new(),
        code: None,
        links: Vec::new(),
        headings: Vec::new(),
        columns: Vec::new(),
        column: 0,
        in_head: false,
    };
    for event in Parser::new_ext(text, OPTIONS) {
        writer.event(event);
    }
    writer.flush();
    writer.html
}

struct Writer {
    html: String,
    /// Text that the parser delivers in pieces.
    text: String,
    /// Inside a block of code: its language.
    code: Option<String>,
    /// For each open link or image, whether it was written as a link.
    links: Vec<bool>,
    /// The levels of the headings above, to leave no gap below a heading.
    headings: Vec<usize>,
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.text.push_str(&text);
                return;
            }
            Event::SoftBreak => {
                self.text.push('\n');
                return;
            }
            _ => self.flush(),
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Code(code) => {
                self.html.push_str("<code>");
                push(&mut self.html, &code);
                self.html.push_str("</code>");
            }
            Event::HardBreak => self.html.push_str("<br>"),
            Event::Rule => self.html.push_str("<hr>"),
            Event::TaskListMarker(done) => self.html.push_str(if done {
                r#"<input type="checkbox" class="task" aria-label="Done" checked disabled>"#
            } else {
                r#"<input type="checkbox" class="task" aria-label="To do" disabled>"#
            }),
            _ => {}
        }
    }

    /// Writes the text gathered so far, as code or as prose.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() {
            return;
        }
        match &self.code {
            Some(language) => code::write(&mut self.html, language, &text),
            None if self.links.is_empty() => push_with_links(&mut self.html, &text),
            None => push(&mut self.html, &text),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.html.push_str("<p>"),
            Tag::Heading { level, .. } => {
                let level = level as usize;
                self.headings.retain(|above| *above < level);
                self.headings.push(level);
                let depth = self.depth();
                let _ = write!(self.html, r#"<h{depth} class="h{level}">"#);
            }
            Tag::BlockQuote(_) => self.html.push_str("<blockquote>"),
            Tag::CodeBlock(kind) => self.start_code(&kind),
            Tag::List(None) => self.html.push_str("<ul>"),
            Tag::List(Some(1)) => self.html.push_str("<ol>"),
            Tag::List(Some(first)) => {
                let _ = write!(self.html, r#"<ol start="{first}">"#);
            }
            Tag::Item => self.html.push_str("<li>"),
            Tag::Table(columns) => {
                self.columns = columns;
                let wrap = r#"<div class="table" role="region" aria-label="Table" tabindex="0"><table>"#;
                self.html.push_str(wrap);
            }
            Tag::TableHead => {
                (self.in_head, self.column) = (true, 0);
                self.html.push_str("<thead><tr>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.html.push_str("<tr>");
            }
            Tag::TableCell => self.start_cell(),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Strikethrough => self.html.push_str("<del>"),
            Tag::Link { dest_url, link_type, .. } => {
                let email = link_type == LinkType::Email;
                self.start_link(&if email { format!("mailto:{dest_url}") } else { dest_url.into_string() });
            }
            Tag::Image { dest_url, .. } => self.start_link(&dest_url),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.html.push_str("</p>"),
            TagEnd::Heading(_) => {
                let depth = self.depth();
                let _ = write!(self.html, "</h{depth}>");
            }
            TagEnd::BlockQuote(_) => self.html.push_str("</blockquote>"),
            TagEnd::CodeBlock => {
                self.code = None;
                self.html.push_str("</code></pre></div>");
            }
            TagEnd::List(false) => self.html.push_str("</ul>"),
            TagEnd::List(true) => self.html.push_str("</ol>"),
            TagEnd::Item => self.html.push_str("</li>"),
            TagEnd::Table => self.html.push_str("</tbody></table></div>"),
            TagEnd::TableHead => {
                self.in_head = false;
                self.html.push_str("</tr></thead><tbody>");
            }
            TagEnd::TableRow => self.html.push_str("</tr>"),
            TagEnd::TableCell => self.html.push_str(if self.in_head { "</th>" } else { "</td>" }),
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => self.html.push_str("</del>"),
            TagEnd::Link | TagEnd::Image => {
                let linked = self.links.pop() == Some(true);
                self.html.push_str(if linked { "</a>" } else { "" });
            }
            _ => {}
        }
    }

    /// The page's own title is the only heading of level 1.
    fn depth(&self) -> usize {
        (self.headings.len() + 1).min(6)
    }

    fn start_code(&mut self, kind: &CodeBlockKind<'_>) {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split([' ', ',', '{']).next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        self.html.push_str(r#"<div class="code"><div class="code-head"><span>"#);
        push(&mut self.html, language);
        self.html.push_str(concat!(
            r#"</span><button type="button" class="copy" aria-label="Copy code" data-copy>"#,
            r##"<svg class="icon" aria-hidden="true"><use href="#i-copy"></use></svg></button></div>"##,
            r#"<pre tabindex="0"><code>"#
        ));
        self.code = Some(language.to_owned());
    }

    fn start_cell(&mut self) {
        let align = match self.columns.get(self.column) {
            Some(Alignment::Center) => r#" class="center""#,
            Some(Alignment::Right) => r#" class="right""#,
            _ => "",
        };
        self.column += 1;
        let cell = if self.in_head { "th" } else { "td" };
        let _ = write!(self.html, "<{cell}{align}>");
    }

    fn start_link(&mut self, address: &str) {
        let linked = is_safe_link(address) && !self.links.contains(&true);
        if linked {
            open_link(&mut self.html, address);
        }
        self.links.push(linked);
    }
}

fn open_link(html: &mut String, address: &str) {
    html.push_str(r#"<a href=""#);
    push(html, address);
    html.push_str(r#"" target="_blank" rel="noopener noreferrer nofollow">"#);
}

/// Writes prose in which bare addresses become links.
fn push_with_links(html: &mut String, mut text: &str) {
    while let Some((before, address, after)) = next_address(text) {
        push(html, before);
        open_link(html, address);
        push(html, address);
        html.push_str("</a>");
        text = after;
    }
    push(html, text);
}

/// The text before, an address that starts a word, and the text after.
fn next_address(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find("http")?;
        let rest = &text[at..];
        let scheme = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme));
        let starts_word = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        if let (Some(scheme), true) = (scheme, starts_word) {
            let end = rest.find(|c: char| c.is_whitespace() || "<>\"`".contains(c)).unwrap_or(rest.len());
            let address = trim_address(&rest[..end]);
            if address.len() > scheme.len() {
                return Some((&text[..at], address, &text[at + address.len()..]));
            }
        }
        from = at + 4;
    }
}

/// Without the punctuation that belongs to the sentence; a closing bracket stays where its partner is inside.
fn trim_address(mut address: &str) -> &str {
    loop {
        let Some(last) = address.chars().next_back() else { return address };
        let partner = address.contains('(') && address.matches('(').count() >= address.matches(')').count();
        if !(".,;:!?'*_".contains(last) || last == ')' && !partner) {
            return address;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
}
