//! What differs between two states of a checkout: a list of files, and the lines of each on demand.

use serde::{Deserialize, Serialize};

/// The files that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChanges {
    /// Sorted by path as bytes.
    pub files: Vec<FileChange>,
    /// Files that differ too and are not listed.
    pub left_out: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// Where it is now, or was before it was deleted. Bytes that are no text are replaced.
    pub path: String,
    /// Where a renamed file was.
    pub old_path: Option<String>,
    pub status: FileStatus,
    pub content: FileContent,
    pub added: u32,
    pub removed: u32,
    /// Another mode, such as one that can be run now: before and after.
    pub modes: Option<(String, String)>,
    /// The same for the same content before and after.
    pub digest: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileStatus {
    Added,
    Modified,
    Deleted,
    Renamed,
}

/// What a file holds, and so how its change can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "content", rename_all = "kebab-case")]
pub enum FileContent {
    Text,
    /// Bytes before and after.
    Binary {
        before: u64,
        after: u64,
    },
    /// Another repository; what is compared is the commit it stands at.
    Repository,
    /// So large that it was not read.
    Large {
        bytes: u64,
    },
}

/// How one file's text differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDiff {
    pub hunks: Vec<Hunk>,
    /// Lines at the end that are left out.
    pub left_out: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Such as `@@ -38,10 +40,14 @@`.
    pub range: String,
    /// The line that begins what the hunk is in, such as a function's head.
    pub heading: String,
    pub lines: Vec<DiffLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    pub kind: LineKind,
    pub old: Option<u32>,
    pub new: Option<u32>,
    pub text: String,
    /// Bytes of the text that differ from the line it replaces, or that replaces it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(u32, u32)>,
    /// Bytes of the text with a colour; in order, none overlaps another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub colours: Vec<(u32, u32, Colour)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    Kept,
    Added,
    Removed,
    /// No line of the file, but something about it.
    Note,
}

/// What a piece of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    Keyword,
    Text,
    Function,
    Number,
    Type,
    Comment,
}

/// Before or after the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Old,
    New,
}

impl Side {
    /// The value of the column.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Old, Self::New].into_iter().find(|side| side.slug() == slug)
    }
}

impl DiffLine {
    /// Where a comment on it stands.
    pub fn place(&self) -> Option<(Side, u32)> {
        match self.kind {
            LineKind::Removed => self.old.map(|line| (Side::Old, line)),
            LineKind::Kept | LineKind::Added => self.new.map(|line| (Side::New, line)),
            LineKind::Note => None,
        }
    }
}

impl FileDiff {
    pub fn lines(&self) -> impl Iterator<Item = &DiffLine> {
        self.hunks.iter().flat_map(|hunk| &hunk.lines)
    }
}
