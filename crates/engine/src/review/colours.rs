//! Colours the lines of a change. A hunk is read as if the file began with it, once for each side.

use std::sync::LazyLock;

use slipway_protocol::{Colour, DiffLine, FileDiff, LineKind};
use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// A longer change stays plain: colouring it would hold up the page.
const MOST_BYTES: usize = 96 * 1024;
const LONGEST_LINE: usize = 500;

/// What the innermost name that is known says; none: plain.
const NAMES: [(&str, Option<Colour>); 13] = [
    ("keyword.operator", None),
    ("comment", Some(Colour::Comment)),
    ("string", Some(Colour::Text)),
    ("constant", Some(Colour::Number)),
    ("keyword", Some(Colour::Keyword)),
    ("storage", Some(Colour::Keyword)),
    ("entity.name.function", Some(Colour::Function)),
    ("support.function", Some(Colour::Function)),
    ("variable.function", Some(Colour::Function)),
    ("entity.name.tag", Some(Colour::Keyword)),
    ("entity.name", Some(Colour::Type)),
    ("support.type", Some(Colour::Type)),
    ("support.class", Some(Colour::Type)),
];

pub(super) fn colour(path: &str, diff: &mut FileDiff) {
    let bytes: usize = diff.lines().map(|line| line.text.len()).sum();
    let Some(syntax) = syntax_of(path).filter(|_| bytes <= MOST_BYTES) else { return };
    for hunk in &mut diff.hunks {
        // The new side last: lines that both have are coloured as they are now.
        for side in [LineKind::Removed, LineKind::Added] {
            let lines = hunk.lines.iter_mut().filter(|line| line.kind == side || line.kind == LineKind::Kept);
            colour_side(syntax, lines);
        }
    }
}

/// The grammar for a file of this name; none where it is not known.
fn syntax_of(path: &str) -> Option<&'static SyntaxReference> {
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

/// Stops where the grammar does not come to an end; what follows stays plain.
fn colour_side<'a>(syntax: &SyntaxReference, lines: impl Iterator<Item = &'a mut DiffLine>) {
    let (mut state, mut stack) = (ParseState::new(syntax), ScopeStack::new());
    for line in lines {
        if line.text.len() > LONGEST_LINE {
            return;
        }
        let Ok(steps) = state.parse_line(&format!("{}\n", line.text), &SYNTAXES) else { return };
        let mut colours = Vec::new();
        let mut from = 0;
        for (at, step) in steps {
            let at = at.min(line.text.len());
            add(&mut colours, from, at, &stack);
            from = at.max(from);
            if stack.apply(&step).is_err() {
                return;
            }
        }
        add(&mut colours, from, line.text.len(), &stack);
        line.colours = colours;
    }
}

fn add(colours: &mut Vec<(u32, u32, Colour)>, from: usize, to: usize, stack: &ScopeStack) {
    let Some(colour) = colour_of(stack).filter(|_| from < to) else { return };
    let (from, to) = (from as u32, to as u32);
    match colours.last_mut() {
        Some((_, end, held)) if *end == from && *held == colour => *end = to,
        _ => colours.push((from, to, colour)),
    }
}

fn colour_of(stack: &ScopeStack) -> Option<Colour> {
    let known = |scope: String| {
        let begins = |name: &str| {
            scope.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        NAMES.iter().find(|(name, _)| begins(name)).map(|(_, colour)| *colour)
    };
    stack.as_slice().iter().rev().find_map(|scope| known(scope.build_string())).flatten()
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{DiffLine, FileDiff, Hunk, LineKind};

    use super::colour;

    #[test]
    fn code_is_coloured_by_the_name_of_its_file() {
        let line = |text: &str| DiffLine {
            kind: LineKind::Added,
            old: None,
            new: Some(1),
            text: text.into(),
            marks: Vec::new(),
            colours: Vec::new(),
        };
        let lines = vec![line("fn main() { let ä = \"x\"; }"), line("// said")];
        let mut diff = FileDiff {
            hunks: vec![Hunk { range: String::new(), heading: String::new(), lines }],
            left_out: 0,
        };
        let told = |diff: &FileDiff| {
            let pieces = diff.lines().flat_map(|line| {
                let piece = |(from, to, colour): &(u32, u32, _)| {
                    format!("{} {colour:?}", &line.text[*from as usize..*to as usize])
                };
                line.colours.iter().map(piece).collect::<Vec<_>>()
            });
            pieces.collect::<Vec<_>>()
        };
        colour("notes", &mut diff);
        assert_eq!(told(&diff), [""; 0]);
        colour("src/main.rs", &mut diff);
        assert_eq!(
            told(&diff),
            ["fn Keyword", "main Function", "let Keyword", "\"x\" Text", "// said Comment"]
        );
    }
}
