//! What went wrong, in words for people: what happened, and what to do.

use slipway_protocol::ToolStatus;

use super::{bound, wire};
use crate::FailureKind;

/// A `session.error`.
pub(super) fn of(failure: &wire::Failure) -> (FailureKind, String) {
    let wire::Failure { name, data } = failure;
    let said = plain(&data.message);
    match (name.as_str(), data.status_code) {
        ("MessageAbortedError", _) => (FailureKind::Aborted, "The turn was stopped.".into()),
        ("ContextOverflowError", _) => (
            FailureKind::ContextOverflow,
            "The conversation no longer fits into the model. Start a new session, or choose a model with more room."
                .into(),
        ),
        // Providers that prepay or keep a budget say so under any of these.
        ("APIError", Some(status)) if status == 402 || matches!(status, 400 | 403 | 429) && is_about_money(&data.message) => (
            FailureKind::Unpaid,
            format!("The model provider wants to be paid first{}.", because(&said)),
        ),
        ("ProviderAuthError", _) | ("APIError", Some(401 | 403)) => (
            FailureKind::KeyRefused,
            format!("The model provider refused the API key{}. Check the provider's key in the settings.", because(&said)),
        ),
        _ if data.message.contains("Model not found") => {
            let model = data.message.split("Model not found:").nth(1).unwrap_or_default();
            let model = model.split_whitespace().next().unwrap_or_default().trim_end_matches('.');
            (FailureKind::UnknownModel, format!("There is no model {model}. Choose another one and send the message again."))
        }
        ("APIError", Some(404)) => (
            FailureKind::UnknownModel,
            format!("The model provider does not know this model{}. Choose another one.", because(&said)),
        ),
        ("APIError", Some(429)) => (
            FailureKind::Provider,
            format!("The model provider limits how often it may be asked{}. Wait a little and try again.", because(&said)),
        ),
        ("APIError", Some(400..=499)) => (
            FailureKind::Provider,
            format!("The model provider did not accept the request{}.", because(&said)),
        ),
        ("APIError", _) => (
            FailureKind::Provider,
            format!("The model provider failed, also when asked again{}. Try again later.", because(&said)),
        ),
        ("MessageOutputLengthError", _) => (
            FailureKind::Provider,
            "The answer reached the longest the model may give. Ask it to go on.".into(),
        ),
        ("ContentFilterError", _) => (
            FailureKind::Provider,
            format!("The model provider's filter stopped the answer{}. Say it differently.", because(&said)),
        ),
        _ => (FailureKind::Other, format!("The agent reported an error{}. Try again.", because(&said))),
    }
}

/// Why a request to the provider is made again.
pub(super) fn of_retry(message: &str) -> String {
    format!("The model provider failed{}.", because(&plain(message)))
}

fn is_about_money(message: &str) -> bool {
    let message = message.to_lowercase();
    let words =
        ["credit balance", "insufficient credit", "insufficient_quota", "current quota", "budget", "billing"];
    words.iter().any(|word| message.contains(word))
}

fn because(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(" (\u{201c}{said}\u{201d})") }
}

/// The first line, if it is words and not a machine's.
fn plain(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let words = first.split('{').next().unwrap_or_default();
    let words = words.trim().trim_end_matches([':', '.', ',', '(']).trim_end();
    bound::head(words, bound::SENTENCE).to_owned()
}

/// How a tool ended that did not do its work, and why.
pub(super) fn of_tool(error: &str) -> (ToolStatus, String) {
    use ToolStatus::{Denied, Failed, Stopped};
    let known = [
        ("The user rejected permission", Denied, "Denied."),
        ("The user dismissed this question", Denied, "The question was dismissed."),
        ("The user has specified a rule which prevents", Denied, "This is not allowed in this mode."),
        ("Model tried to call unavailable tool", Denied, "This tool is not available in this mode."),
        ("Tool execution aborted", Stopped, STOPPED),
    ];
    let Some((_, status, sentence)) = known.into_iter().find(|(start, ..)| error.contains(start)) else {
        return (Failed, bound::middle(error.trim(), 4 * bound::SENTENCE));
    };
    let why = match error.split_once("with the following feedback: ") {
        Some((_, feedback)) => format!("Denied: {}", bound::line(feedback, bound::SENTENCE)),
        None => sentence.to_owned(),
    };
    (status, why)
}

/// Of a tool that a person stopped.
pub(super) const STOPPED: &str = "Stopped.";

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, status_code: Option<u16>, message: &str) -> (FailureKind, String) {
        let data = wire::FailureData { message: message.into(), status_code };
        of(&wire::Failure { name: name.into(), data })
    }

    #[test]
    fn a_failure_is_told_without_a_machines_words() {
        assert_eq!(
            said("APIError", Some(401), "Unauthorized: {\"error\":{\"code\":null}}"),
            (
                FailureKind::KeyRefused,
                "The model provider refused the API key (“Unauthorized”). Check the provider's key in the settings.".into()
            )
        );
        assert_eq!(
            said(
                "UnknownError",
                None,
                "ProviderModelNotFoundError: Model not found: scripted/nope.\n    at <anonymous>"
            ),
            (
                FailureKind::UnknownModel,
                "There is no model scripted/nope. Choose another one and send the message again.".into()
            )
        );
        let unpaid = [
            said("APIError", Some(402), ""),
            said("APIError", Some(400), "Your credit balance is too low to access the API."),
            said("APIError", Some(429), "You exceeded your current quota, please check your plan."),
        ];
        assert_eq!(unpaid.map(|(kind, _)| kind), [FailureKind::Unpaid; 3]);
        assert_eq!(said("APIError", Some(429), "Slow down").0, FailureKind::Provider);
        assert_eq!(
            said("APIError", Some(500), "{\"error\":1}").1,
            "The model provider failed, also when asked again. Try again later."
        );
    }

    #[test]
    fn a_denied_tool_says_so() {
        let rules = "The user has specified a rule which prevents you from using this specific tool call. Here are [{}]";
        let feedback =
            "The user rejected permission to use this tool call with the following feedback: use ls";
        assert_eq!(
            [of_tool(rules), of_tool(feedback), of_tool("ripgrep execution failed")],
            [
                (ToolStatus::Denied, "This is not allowed in this mode.".into()),
                (ToolStatus::Denied, "Denied: use ls".into()),
                (ToolStatus::Failed, "ripgrep execution failed".into()),
            ]
        );
    }
}
