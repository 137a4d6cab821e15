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
        let (done, doing, plain) = match self {
            Self::Read => ("Read", "Reading", "read"),
            Self::Search => ("Searched", "Searching", "search"),
            Self::Edit => ("Edited", "Editing", "edit"),
            Self::Write => ("Wrote", "Writing", "write"),
            Self::Run => ("Ran", "Running", "run"),
            Self::Fetch => ("Fetched", "Fetching", "fetch"),
            Self::Delegate => ("Asked a sub-agent", "Asking a sub-agent", "ask a sub-agent"),
            Self::Plan => ("Updated the tasks", "Updating the tasks", "update the tasks"),
            Self::Ask => ("Asked you", "Asking you", "ask you"),
            Self::Other => ("Used", "Using", "use"),
        };
        Verbs { done, doing, plain }
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
    /// After "wants to" and "wanted to".
    pub(super) plain: &'static str,
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
