//! The one word for what a session does, from what really happens.
//!
//! | the agent | phase |
//! |---|---|
//! | reads, searches, lists | Exploring |
//! | edits or writes files | Coding |
//! | runs a command known to test | Testing |
//! | runs another command or tool | Running |
//! | writes its list of tasks, thinks, or writes in Plan mode | Planning |
//! | writes its answer | Writing |
//!
//! What a sub-agent does counts like what the agent does itself.

mod command;

use slipway_protocol::{Mode, PartBody, Phase, ToolCall};

/// The phase and the live sentence while this part is being written; none where it is finished.
pub(super) fn of_part(body: &PartBody, open: bool, mode: Mode) -> Option<(Phase, String)> {
    match body {
        PartBody::Tool(call) if !call.status.is_over() => Some((of_tool(call), sentence(call))),
        PartBody::Text if open => {
            Some((if mode == Mode::Plan { Phase::Planning } else { Phase::Writing }, "Writing".into()))
        }
        PartBody::Reasoning if open => Some((Phase::Planning, "Thinking".into())),
        _ => None,
    }
}

fn of_tool(call: &ToolCall) -> Phase {
    match call.tool.as_str() {
        "read" | "grep" | "glob" | "list" | "webfetch" | "websearch" | "codesearch" | "lsp" => {
            Phase::Exploring
        }
        "edit" | "write" | "patch" | "apply_patch" | "multiedit" => Phase::Coding,
        "todowrite" | "todoread" => Phase::Planning,
        "bash" if command::tests(&call.target) => Phase::Testing,
        _ => Phase::Running,
    }
}

fn sentence(call: &ToolCall) -> String {
    let verb = match call.tool.as_str() {
        "read" => "Reading",
        "grep" | "glob" | "list" => "Searching",
        "edit" | "patch" | "apply_patch" | "multiedit" => "Editing",
        "write" => "Writing",
        "webfetch" | "websearch" => "Fetching",
        "todowrite" | "todoread" => return "Writing its list of tasks".into(),
        "task" => "Asking a sub-agent:",
        _ => "Running",
    };
    if call.target.is_empty() { format!("{verb} {}", call.tool) } else { format!("{verb} {}", call.target) }
}

#[cfg(test)]
mod tests {
    use super::of_part;
    use slipway_protocol::{Mode, PartBody, Phase, ToolCall, ToolStatus};

    fn tool(tool: &str, target: &str, status: ToolStatus) -> PartBody {
        PartBody::Tool(ToolCall::new(tool, target, status))
    }

    #[test]
    fn the_phase_follows_from_what_runs() {
        let phase = |body| of_part(&body, true, Mode::Build).map(|(phase, _)| phase);
        let running = |name, target| phase(tool(name, target, ToolStatus::Running));
        assert_eq!(running("read", "src/main.rs"), Some(Phase::Exploring));
        assert_eq!(running("edit", "src/main.rs"), Some(Phase::Coding));
        assert_eq!(running("bash", "cargo test -p tide"), Some(Phase::Testing));
        assert_eq!(running("bash", "ls"), Some(Phase::Running));
        assert_eq!(phase(PartBody::Text), Some(Phase::Writing));
        assert_eq!(phase(tool("bash", "ls", ToolStatus::Completed)), None);
    }
}
