//! A person's message: what the agent will say to it, and what must therefore stand in the conversation.

use slipway_protocol::Mode;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Script {
    pub(crate) session: usize,
    pub(crate) message: usize,
    /// Edits make new ones.
    pub(crate) version: u32,
    pub(crate) mode: Mode,
    pub(crate) blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// Numbered, so that a hole shows. Rate 0: at once.
    Words {
        count: u32,
        rate: u32,
    },
    Think {
        count: u32,
        rate: u32,
    },
    Read,
    /// Asks for permission.
    Bash,
    Question,
    /// The stream of events breaks.
    Cut,
    /// The provider says no.
    Fail,
}

impl Script {
    /// Begins every version of the message and no other message.
    pub(crate) fn mark(&self) -> String {
        mark(self.session, self.message)
    }

    pub(crate) fn text(&self) -> String {
        let lines = self.blocks.iter().map(|block| match block {
            Block::Words { count, rate } => format!("/words {count} {rate}"),
            // Read as an empty tool call's end: what is thought is no part of the answer's text.
            Block::Think { count, rate } => format!("/rate {rate}\n/think {}", words(*count).trim_end()),
            Block::Read => "/read notes.txt".into(),
            Block::Bash => "/bash make".into(),
            Block::Question => {
                r#"/tool question {"questions":[{"header":"Way","question":"Which way?","options":[{"label":"Left","description":"west"},{"label":"Right","description":"east"}]}]}"#.into()
            }
            Block::Cut => "/cut".into(),
            Block::Fail => "/fail 400 message No more.".into(),
        });
        let script: Vec<_> = lines.collect();
        format!("{} version {}\n{}", self.mark(), self.version, script.join("\n"))
    }

    /// The texts of the whole answer, in order.
    pub(crate) fn answer(&self) -> Vec<String> {
        let spoken = self.blocks.iter().filter_map(|block| match block {
            Block::Words { count, .. } => Some(words(*count)),
            _ => None,
        });
        spoken.collect()
    }

    pub(crate) fn fails(&self) -> bool {
        self.blocks.contains(&Block::Fail)
    }

    pub(crate) fn asks(&self) -> bool {
        self.blocks.contains(&Block::Bash) || self.blocks.contains(&Block::Question)
    }
}

pub(crate) fn mark(session: usize, message: usize) -> String {
    format!("message {session}-{message}.")
}

fn words(count: u32) -> String {
    let words: Vec<_> = (1..=count).map(|number| format!("w{number} ")).collect();
    words.concat()
}
