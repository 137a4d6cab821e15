//! Reads what `list.sh` prints.

use std::collections::HashMap;

use slipway_protocol::{FileChange, FileContent, FileStatus};

use super::{LARGEST_BYTES, garbled};
use crate::GitError;

/// A change with what is only known of it here: the very bytes of its names.
pub(crate) struct Listed {
    pub(crate) change: FileChange,
    pub(crate) name: Vec<u8>,
    pub(crate) old_name: Option<Vec<u8>>,
    /// Both sides together.
    pub(super) bytes: u64,
}

impl Listed {
    pub(crate) fn names(&self) -> impl Iterator<Item = &[u8]> {
        [Some(&*self.name), self.old_name.as_deref()].into_iter().flatten()
    }

    pub(super) fn is_large(&self) -> bool {
        matches!(self.change.content, FileContent::Large { .. })
    }
}

/// A record of `diff-tree --raw -z`.
pub(super) struct Raw<'a> {
    modes: [&'a str; 2],
    ids: [&'a str; 2],
    letter: u8,
    old_name: Option<&'a [u8]>,
    pub(super) name: &'a [u8],
}

impl<'a> Raw<'a> {
    /// A file that became a link, or the like: git shows it as one that goes and one that comes.
    pub(super) fn is_two(&self) -> bool {
        self.letter == b'T'
    }

    /// `:MODE MODE ID ID LETTER`, then one name, or two where it was renamed.
    pub(super) fn read(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<Result<Self, GitError>> {
        let head = fields.next().filter(|field| !field.is_empty())?;
        Some(Self::of(head, fields).ok_or_else(garbled))
    }

    fn of(head: &'a [u8], fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut words = std::str::from_utf8(head).ok()?.strip_prefix(':')?.split(' ');
        let modes = [words.next()?, words.next()?];
        let ids = [words.next()?, words.next()?];
        let letter = *words.next()?.as_bytes().first()?;
        let first = fields.next()?;
        let renamed = matches!(letter, b'R' | b'C');
        let (old_name, name) = if renamed { (Some(first), fields.next()?) } else { (None, first) };
        Some(Self { modes, ids, letter, old_name, name })
    }
}

pub(super) fn read(said: &[u8]) -> Result<Vec<Listed>, GitError> {
    let mut fields = said.split(|byte| *byte == 0);
    let large = read_large(&mut fields).ok_or_else(garbled)?;
    let mut raws = Vec::new();
    while let Some(raw) = Raw::read(&mut fields) {
        raws.push(raw?);
    }
    let mut counts = Vec::new();
    while let Some(count) = read_count(&mut fields) {
        counts.push(count);
    }
    let sizes = std::str::from_utf8(fields.next().unwrap_or_default()).map_err(|_| garbled())?;
    let sizes: HashMap<&str, u64> = sizes
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(id, size)| Some((id, size.parse().ok()?)))
        .collect();
    if raws.len() != counts.len() {
        return Err(garbled());
    }
    Ok(raws.iter().zip(counts).map(|(raw, count)| listed(raw, count, &large, &sizes)).collect())
}

/// `SIZE TIME PATH` of each, up to an empty field.
fn read_large<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<HashMap<&'a [u8], (u64, &'a str)>> {
    let mut large = HashMap::new();
    for field in fields.take_while(|field| !field.is_empty()) {
        let mut words = field.splitn(3, |byte| *byte == b' ');
        let mut word = || std::str::from_utf8(words.next()?).ok();
        let (size, time) = (word()?.parse().ok()?, word()?);
        large.insert(words.next()?, (size, time));
    }
    Some(large)
}

/// Lines added and removed; none of a binary file.
type Count = Option<(u32, u32)>;

/// `ADDED TAB REMOVED TAB` and the name, or nothing and then two names; an empty field ends them.
fn read_count<'a>(fields: &mut impl Iterator<Item = &'a [u8]>) -> Option<Count> {
    let field = fields.next().filter(|field| !field.is_empty())?;
    let mut words = field.splitn(3, |byte| *byte == b'\t');
    let mut number = || std::str::from_utf8(words.next()?).ok()?.parse().ok();
    let count = number().zip(number());
    if field.ends_with(b"\t") {
        fields.next();
        fields.next();
    }
    Some(count)
}

fn listed(
    raw: &Raw<'_>,
    count: Count,
    large: &HashMap<&[u8], (u64, &str)>,
    sizes: &HashMap<&str, u64>,
) -> Listed {
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let [before, after] = raw.ids.map(|id| sizes.get(id).copied().unwrap_or(0));
    let content = match (large.get(raw.name), count) {
        _ if raw.modes.contains(&"160000") => FileContent::Repository,
        (Some((bytes, _)), _) => FileContent::Large { bytes: *bytes },
        (None, None) => FileContent::Binary { before, after },
        (None, Some(_)) if before.max(after) > LARGEST_BYTES => {
            FileContent::Large { bytes: before.max(after) }
        }
        (None, Some(_)) => FileContent::Text,
    };
    let status = match raw.letter {
        b'A' => FileStatus::Added,
        b'D' => FileStatus::Deleted,
        b'R' | b'C' => FileStatus::Renamed,
        _ => FileStatus::Modified,
    };
    let [old_mode, new_mode] = raw.modes;
    let both = status != FileStatus::Added && status != FileStatus::Deleted;
    let modes = (both && old_mode != new_mode).then(|| (old_mode.to_owned(), new_mode.to_owned()));
    let now = large.get(raw.name).map_or(raw.ids[1], |(_, time)| time);
    let short = |id: &str| id.get(..20).unwrap_or(id).to_owned();
    let (added, removed) = count.filter(|_| !large.contains_key(raw.name)).unwrap_or_default();
    let change = FileChange {
        path: text(raw.name),
        old_path: raw.old_name.map(text),
        status,
        content,
        added,
        removed,
        modes,
        digest: format!("{}-{}-{new_mode}", short(raw.ids[0]), short(now)),
    };
    let (name, old_name) = (raw.name.to_owned(), raw.old_name.map(<[u8]>::to_owned));
    Listed { change, name, old_name, bytes: before + after }
}
