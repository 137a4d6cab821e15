//! Splits growing text into blocks of which only the last can still change.

/// The blocks of a text, split at blank lines outside fences and lists. Joined they are the text again, and all but the
/// last stay as they are however much is appended.
pub fn blocks(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut start = 0;
    let mut fence: Option<Fence> = None;
    let mut in_list = false;
    let mut has_content = false;
    let mut after_blank = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let whole = line.ends_with('\n');
        let bare = line.trim_end_matches(['\n', '\r']);
        let content = bare.trim_start_matches([' ', '\t']);
        let indent = bare.len() - content.len();
        if let Some(open) = &fence {
            if whole && open.is_closed_by(content) {
                fence = None;
            }
        } else if content.is_empty() {
            after_blank = has_content;
        } else {
            if after_blank && !continues(in_list, content, indent, whole) {
                blocks.push(&text[start..at]);
                start = at;
                in_list = false;
            }
            in_list |= (at == start || !has_content) && is_list_item(content);
            has_content = true;
            after_blank = false;
            fence = Fence::opened_by(content, indent, in_list);
        }
        at += line.len();
    }
    if start < text.len() {
        blocks.push(&text[start..]);
    }
    blocks
}

/// Whether a line after a blank one still belongs to the block before. While the line is incomplete, what might become
/// an item of the list does.
fn continues(in_list: bool, content: &str, indent: usize, whole: bool) -> bool {
    in_list && (indent >= 2 || is_list_item(content) || (!whole && might_become_item(content)))
}

fn is_list_item(content: &str) -> bool {
    let after_marker = content.strip_prefix(['-', '*', '+']).or_else(|| {
        let digits = content.bytes().take_while(u8::is_ascii_digit).count();
        content.get(digits..)?.strip_prefix(['.', ')']).filter(|_| (1..=9).contains(&digits))
    });
    after_marker.is_some_and(|rest| rest.starts_with([' ', '\t']))
}

fn might_become_item(content: &str) -> bool {
    matches!(content, "-" | "*" | "+")
        || content.trim_end_matches(['.', ')']).bytes().all(|byte| byte.is_ascii_digit())
}

/// An open fence of code.
pub(crate) struct Fence {
    mark: u8,
    length: usize,
}

impl Fence {
    pub(crate) fn opened_by(content: &str, indent: usize, in_list: bool) -> Option<Self> {
        let mark = *content.as_bytes().first().filter(|mark| b"`~".contains(mark))?;
        let length = content.bytes().take_while(|byte| *byte == mark).count();
        let info = &content[length..];
        let opens = length >= 3 && (indent < 4 || in_list) && !(mark == b'`' && info.contains('`'));
        opens.then_some(Self { mark, length })
    }

    pub(crate) fn is_closed_by(&self, content: &str) -> bool {
        let length = content.bytes().take_while(|byte| *byte == self.mark).count();
        length >= self.length && content[length..].trim().is_empty()
    }
}
