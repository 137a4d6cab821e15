//! The sample repository of a first run: small, with a bug worth fixing and a test that shows it.

use std::path::Path;

use crate::{
    Git, GitError,
    mirror::{cannot, clear},
};

type File = (&'static str, &'static str);

/// The two commits: why, when, and what each adds.
const COMMITS: [(&str, &str, &[File]); 2] = [
    (
        "Say what this is",
        "2026-01-05T09:00:00Z",
        &[
            ("README.md", include_str!("sample/README.md")),
            ("notes.txt", include_str!("sample/notes.txt")),
            (".gitignore", "__pycache__/\n"),
        ],
    ),
    (
        "Count the minutes to high water",
        "2026-01-06T09:00:00Z",
        &[("tide.py", include_str!("sample/tide.py")), ("test_tide.py", include_str!("sample/test_tide.py"))],
    ),
];

impl Git {
    /// Makes the sample repository; the same commits everywhere. One that is there already is left as it is.
    pub async fn make_sample(&self, at: &Path) -> Result<(), GitError> {
        let _alone = self.locks.lock(at).await;
        if at.join(".git/HEAD").is_file() {
            return Ok(());
        }
        let fresh = at.with_extension("new");
        clear(&fresh)?;
        std::fs::create_dir_all(&fresh).map_err(|error| cannot("make", &fresh, &error))?;
        let git = || self.runner.trusted().at(&fresh);
        git().run(["init", "--quiet", "--template=", "--initial-branch=main"]).await?;
        for (message, date, files) in COMMITS {
            for (name, text) in files {
                let path = fresh.join(name);
                std::fs::write(&path, text).map_err(|error| cannot("write", &path, &error))?;
            }
            git().run(["add", "--all"]).await?;
            let named = [
                ("GIT_AUTHOR_NAME", "Slipway"),
                ("GIT_AUTHOR_EMAIL", "sample@slipway.invalid"),
                ("GIT_COMMITTER_NAME", "Slipway"),
                ("GIT_COMMITTER_EMAIL", "sample@slipway.invalid"),
                ("GIT_AUTHOR_DATE", date),
                ("GIT_COMMITTER_DATE", date),
            ];
            let commit = named.into_iter().fold(git(), |git, (name, value)| git.env(name, value));
            commit.run(["commit", "--quiet", "--message", message]).await?;
        }
        clear(at)?;
        std::fs::rename(&fresh, at).map_err(|error| cannot("make", at, &error))
    }
}
