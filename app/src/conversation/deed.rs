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

    pub(super) fn verbs(self) -> Verbs {
        let (done, doing, wanted) = match self {
            Self::Read => ("Read", "Reading", "Wants to read"),
            Self::Search => ("Searched", "Searching", "Wants to search"),
            Self::Edit => ("Edited", "Editing", "Wants to edit"),
            Self::Write => ("Wrote", "Writing", "Wants to write"),
            Self::Run => ("Ran", "Running", "Wants to run"),
            Self::Fetch => ("Fetched", "Fetching", "Wants to fetch"),
            Self::Delegate => ("Asked a sub-agent", "Asking a sub-agent", "Wants to ask a sub-agent"),
            Self::Plan => ("Updated the tasks", "Updating the tasks", "Wants to update the tasks"),
            Self::Ask => ("Asked you", "Asking you", "Wants to ask you"),
            Self::Other => ("Used", "Using", "Wants to use"),
        };
        Verbs { done, doing, wanted }
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

/// How a deed is told.
pub(super) struct Verbs {
    pub(super) done: &'static str,
    pub(super) doing: &'static str,
    /// A person has to allow it first.
    pub(super) wanted: &'static str,
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
