//! Output of commands: colours kept, everything else that terminals understand left out.

use slipway_markdown::escape;

/// The output as HTML.
pub fn html(output: &str) -> String {
    let mut html = String::with_capacity(output.len());
    let mut style = Style::default();
    for line in output.split_inclusive('\n') {
        // A carriage return writes over the line.
        let end = line.trim_end_matches(['\r', '\n']);
        let visible = end.rsplit('\r').next().unwrap_or(end);
        for sequence in skipped(end, visible) {
            style.apply(sequence);
        }
        write_line(&mut html, visible, &mut style);
        html.push_str(if line.ends_with('\n') { "\n" } else { "" });
    }
    html
}

/// The colour sequences in the part of the line that was written over.
fn skipped<'a>(line: &'a str, visible: &str) -> impl Iterator<Item = &'a str> {
    let before = &line[..line.len() - visible.len()];
    before.split("\u{1b}[").skip(1).filter_map(|rest| rest.split_once('m').map(|(codes, _)| codes))
}

fn write_line(html: &mut String, line: &str, style: &mut Style) {
    let mut rest = line;
    while !rest.is_empty() {
        let text_end = rest.find('\u{1b}').unwrap_or(rest.len());
        style.write(html, &rest[..text_end]);
        rest = &rest[text_end..];
        if rest.is_empty() {
            return;
        }
        let (length, colours) = sequence(rest);
        if let Some(codes) = colours {
            style.apply(codes);
        }
        rest = &rest[length..];
    }
}

/// How long the sequence at the start of the text is, and the codes of a colour sequence.
fn sequence(text: &str) -> (usize, Option<&str>) {
    match text.as_bytes().get(1) {
        Some(b'[') => match text[2..].find(|c: char| ('@'..='~').contains(&c)) {
            Some(end) if text[2 + end..].starts_with('m') => (end + 3, Some(&text[2..2 + end])),
            Some(end) => (end + 3, None),
            None => (text.len(), None),
        },
        // A title or a link, up to its end mark.
        Some(b']') => match text.find(['\u{7}', '\u{9c}']).or_else(|| text.find("\u{1b}\\").map(|at| at + 1))
        {
            Some(end) => (end + text[end..].chars().next().map_or(0, char::len_utf8), None),
            None => (text.len(), None),
        },
        Some(next) if next.is_ascii() => (2, None),
        _ => (1, None),
    }
}

#[derive(Default)]
struct Style {
    colour: Option<&'static str>,
    bold: bool,
    dim: bool,
}

impl Style {
    fn apply(&mut self, codes: &str) {
        let mut codes = codes.split([';', ':']).map(|code| code.parse().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                22 => (self.bold, self.dim) = (false, false),
                39 => self.colour = None,
                30..=37 | 90..=97 => self.colour = colour(code % 10),
                // Colours of a palette: the nearest plain one of the first sixteen, else none.
                38 | 48 => {
                    let kind = codes.next();
                    let number = codes.next().unwrap_or(255);
                    if kind == Some(2) {
                        codes.by_ref().take(2).for_each(drop);
                    } else if code == 38 {
                        self.colour = (number < 16).then(|| colour(number % 8)).flatten();
                    }
                }
                _ => {}
            }
        }
    }

    fn write(&self, html: &mut String, text: &str) {
        if text.is_empty() {
            return;
        }
        let visible: String = text.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
        let mut classes = Vec::new();
        classes.extend(self.colour);
        classes.extend(self.bold.then_some("ansi-bold"));
        classes.extend(self.dim.then_some("ansi-dim"));
        if classes.is_empty() {
            html.push_str(&escape(&visible));
        } else {
            let span = ["<span class=\"", &classes.join(" "), "\">", &escape(&visible), "</span>"];
            html.extend(span);
        }
    }
}

fn colour(number: u16) -> Option<&'static str> {
    let names = [None, Some("ansi-red"), Some("ansi-green"), Some("ansi-yellow"), Some("ansi-blue")];
    let more = [Some("ansi-magenta"), Some("ansi-cyan"), None];
    names.iter().chain(&more).nth(usize::from(number)).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn colours_become_classes() {
        assert_eq!(
            html("a \u{1b}[1;31merror\u{1b}[0m: b"),
            "a <span class=\"ansi-red ansi-bold\">error</span>: b"
        );
        assert_eq!(
            html("\u{1b}[38;5;2mok\u{1b}[39m \u{1b}[38;2;1;2;3mx"),
            "<span class=\"ansi-green\">ok</span> <span class=\"ansi-green\">x</span>"
                .replace("<span class=\"ansi-green\">x</span>", "x")
        );
        assert_eq!(
            html("\u{1b}[32ma\nb"),
            "<span class=\"ansi-green\">a</span>\n<span class=\"ansi-green\">b</span>"
        );
    }

    #[test]
    fn other_sequences_vanish() {
        assert_eq!(
            html("\u{1b}[2K\u{1b}[1Ga\u{1b}]8;;http://x\u{7}b\u{1b}]0;t\u{1b}\\c\u{1b}(Bd\u{8}"),
            "abcBd"
        );
        assert_eq!(html("10 %\r50 %\rdone\r\nnext"), "done\nnext");
        assert_eq!(html("\u{1b}["), "");
        assert_eq!(html("\u{1b}"), "");
        assert_eq!(html("\u{1b}ü"), "ü");
    }

    #[test]
    fn output_is_escaped() {
        assert_eq!(html("<b>&\u{1b}[31m<i>"), "&lt;b&gt;&amp;<span class=\"ansi-red\">&lt;i&gt;</span>");
    }
}
