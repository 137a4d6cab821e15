//! What stands one below the other in a message: prose, thoughts, thin lines, and one line per run of tools.

use slipway_protocol::{PartBody, PartId};

/// What a part is, as far as the order of things goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    Reasoning,
    Notice,
    Tools,
    Attachment,
}

impl Kind {
    pub fn of(body: &PartBody) -> Self {
        match body {
            PartBody::Text => Self::Text,
            PartBody::Reasoning => Self::Reasoning,
            PartBody::Tool(_) => Self::Tools,
            PartBody::Attachment(_) => Self::Attachment,
            PartBody::Notice { .. } | PartBody::Refused { .. } => Self::Notice,
        }
    }
}

/// One thing to show: a single part, or a run of tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub kind: Kind,
    pub parts: Vec<PartId>,
}

impl Segment {
    /// Stays the same while a run of tools grows.
    pub fn key(&self) -> (Kind, PartId) {
        (self.kind, self.parts[0].clone())
    }
}

/// Groups consecutive tools. Prose without a word yet is left out, so that it doesn't break a run.
pub fn segments(parts: impl IntoIterator<Item = (PartId, Kind, bool)>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (part, kind, empty) in parts {
        if empty && matches!(kind, Kind::Text | Kind::Reasoning) {
            continue;
        }
        match segments.last_mut() {
            Some(run) if kind == Kind::Tools && run.kind == Kind::Tools => run.parts.push(part),
            _ => segments.push(Segment { kind, parts: vec![part] }),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use slipway_protocol::PartId;

    use super::{Kind, segments};

    fn grouped(parts: &[(&str, Kind, bool)]) -> Vec<(Kind, String)> {
        let parts = parts.iter().map(|(id, kind, empty)| (PartId::new(*id), *kind, *empty));
        segments(parts)
            .into_iter()
            .map(|segment| {
                let ids: Vec<_> = segment.parts.iter().map(PartId::as_str).collect();
                (segment.kind, ids.join(" "))
            })
            .collect()
    }

    #[test]
    fn consecutive_tools_share_a_line() {
        let parts = [
            ("r", Kind::Reasoning, false),
            ("a", Kind::Tools, true),
            ("b", Kind::Tools, true),
            ("t", Kind::Text, false),
            ("c", Kind::Tools, false),
            ("n", Kind::Notice, true),
        ];
        let wanted = [
            (Kind::Reasoning, "r".to_owned()),
            (Kind::Tools, "a b".into()),
            (Kind::Text, "t".into()),
            (Kind::Tools, "c".into()),
            (Kind::Notice, "n".into()),
        ];
        assert_eq!(grouped(&parts), wanted);
    }

    #[test]
    fn prose_without_words_breaks_no_run() {
        let parts = [("a", Kind::Tools, true), ("t", Kind::Text, true), ("b", Kind::Tools, true)];
        assert_eq!(grouped(&parts), [(Kind::Tools, "a b".to_owned())]);
    }
}
