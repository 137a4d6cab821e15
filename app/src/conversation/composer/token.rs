//! What stands before the caret and can be completed: a command at the beginning, or a file behind an `@`.

/// What the composer does by itself, and what the agent is asked for.
pub const COMMANDS: [(&str, &str); 3] = [
    ("/compact", "Put the conversation so far into a summary, to make room"),
    ("/plan", "Plan mode: the agent looks and changes nothing"),
    ("/build", "Build mode: the agent changes files and runs commands"),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Command(String),
    /// What was typed behind the `@`.
    File(String),
}

impl Token {
    /// None: there is nothing to complete before the caret.
    pub fn before_caret(text: &str) -> Option<Self> {
        if let Some(typed) = text.strip_prefix('/')
            && typed.bytes().all(|byte| byte.is_ascii_lowercase())
        {
            return Some(Self::Command(text.to_owned()));
        }
        let word = text.rsplit(char::is_whitespace).next()?;
        word.strip_prefix('@').filter(|typed| !typed.contains('@')).map(|typed| Self::File(typed.to_owned()))
    }

    /// Where it begins in the text before the caret.
    pub fn start(&self, text: &str) -> usize {
        match self {
            Self::Command(_) => 0,
            Self::File(typed) => text.len() - typed.len() - 1,
        }
    }

    /// The commands that begin like this; a whole one needs no help.
    pub fn commands(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Command(typed) if COMMANDS.iter().all(|(name, _)| name != typed) => {
                COMMANDS.into_iter().filter(|(name, _)| name.starts_with(typed.as_str())).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The byte before which so many UTF-16 units stand, as browsers count.
pub fn byte_at(text: &str, units: usize) -> usize {
    let mut seen = 0;
    for (at, sign) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += sign.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Token, byte_at};

    #[test]
    fn a_command_stands_alone_at_the_beginning() {
        assert_eq!(Token::before_caret("/"), Some(Token::Command("/".into())));
        assert_eq!(Token::before_caret("/com"), Some(Token::Command("/com".into())));
        for text in ["", "a /com", "/say hello", "/usr/bin", "word"] {
            assert_eq!(Token::before_caret(text), None, "{text}");
        }
        let offered = |text: &str| Token::Command(text.into()).commands().len();
        assert_eq!([offered("/"), offered("/p"), offered("/plan"), offered("/x")], [3, 1, 0, 0]);
    }

    #[test]
    fn a_file_stands_behind_its_sign() {
        let text = "Look at @src/fe";
        let token = Token::before_caret(text).unwrap();
        assert_eq!((token.clone(), token.start(text)), (Token::File("src/fe".into()), 8));
        assert_eq!(Token::before_caret("line\n@"), Some(Token::File(String::new())));
        assert_eq!(Token::before_caret("write to ann@example.com"), None);
        assert_eq!(Token::before_caret("@a done"), None);
    }

    #[test]
    fn browsers_count_otherwise() {
        let text = "aü😀b";
        assert_eq!([0, 1, 2, 4, 5, 9].map(|units| byte_at(text, units)), [0, 1, 3, 7, 8, 8]);
    }
}
