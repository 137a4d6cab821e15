//! What tools do, by their names.

/// What a tool does, as far as people care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Read,
    Search,
    Edit,
    Write,
    Run,
    Fetch,
    Delegate,
    Plan,
    Ask,
    Other,
}

impl Deed {
    pub fn of(tool: &str) -> Self {
        match tool.to_ascii_lowercase().as_str() {
            "read" | "view" | "notebookread" => Self::Read,
            "grep" | "glob" | "list" | "ls" | "find" | "search" | "codesearch" | "lsp" => Self::Search,
            "edit" | "multiedit" | "patch" | "apply_patch" | "notebookedit" => Self::Edit,
            "write" | "create" => Self::Write,
            "bash" | "shell" | "exec" | "command" => Self::Run,
            "webfetch" | "websearch" | "fetch" => Self::Fetch,
            "task" | "agent" | "subtask" => Self::Delegate,
            "todowrite" | "todoread" | "todo" | "plan_exit" => Self::Plan,
            "question" | "askuserquestion" => Self::Ask,
            _ => Self::Other,
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::Read => "file-text",
            Self::Search => "file-search",
            Self::Edit | Self::Write => "square-pen",
            Self::Run => "square-terminal",
            Self::Fetch => "globe",
            Self::Delegate => "bot",
            Self::Plan => "list-todo",
            Self::Ask => "message-circle-question-mark",
            Self::Other => "wrench",
        }
    }

    /// What was done, and what is being done.
    pub(super) fn verbs(self) -> (&'static str, &'static str) {
        match self {
            Self::Read => ("Read", "Reading"),
            Self::Search => ("Searched", "Searching"),
            Self::Edit => ("Edited", "Editing"),
            Self::Write => ("Wrote", "Writing"),
            Self::Run => ("Ran", "Running"),
            Self::Fetch => ("Fetched", "Fetching"),
            Self::Delegate => ("Asked a sub-agent", "Asking a sub-agent"),
            Self::Plan => ("Updated the tasks", "Updating the tasks"),
            Self::Ask => ("Asked you", "Asking you"),
            Self::Other => ("Used", "Using"),
        }
    }

    /// Deeds that are told together.
    pub(super) fn theme(self) -> Theme {
        match self {
            Self::Read | Self::Search => Theme::Explore,
            Self::Edit | Self::Write => Theme::Edit,
            Self::Run => Theme::Run,
            Self::Fetch => Theme::Fetch,
            Self::Delegate => Theme::Delegate,
            Self::Plan => Theme::Plan,
            Self::Ask => Theme::Ask,
            Self::Other => Theme::Other,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    Explore,
    Edit,
    Run,
    Fetch,
    Delegate,
    Plan,
    Ask,
    Other,
}
