//! Looks for what must not be there any more, byte by byte.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every file, folder and link below `folder` whose name, content or target holds one of `words`. A folder that is not there
/// holds nothing.
pub(crate) fn holding(folder: &Path, words: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).into_iter().flatten().flatten() {
            let path = entry.path();
            let kind = entry.file_type().unwrap();
            let inside = match kind {
                _ if kind.is_dir() => Vec::new(),
                _ if kind.is_symlink() => fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
                _ if kind.is_file() => fs::read(&path).unwrap_or_default(),
                _ => Vec::new(),
            };
            let named = entry.file_name().into_encoded_bytes();
            if words.iter().any(|word| holds(&named, word) || holds(&inside, word)) {
                found.push(path.clone());
            }
            if kind.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}
