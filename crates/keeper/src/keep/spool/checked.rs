//! What an agent sent, looked at before it is passed on as it came.

use serde_json::Value;

pub(super) enum Checked {
    OneLine,
    Lines(Value),
    Unreadable,
}

/// Whether the reader will be able to read it: JSON, on one line, and not so deep that its parser gives up.
pub(super) fn checked(data: &str) -> Checked {
    const DEEPEST: usize = 100;
    if depth(data) > DEEPEST || serde_json::from_str::<serde::de::IgnoredAny>(data).is_err() {
        return Checked::Unreadable;
    }
    if data.contains(['\n', '\r']) {
        return serde_json::from_str(data).map_or(Checked::Unreadable, Checked::Lines);
    }
    Checked::OneLine
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
