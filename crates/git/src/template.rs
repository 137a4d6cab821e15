//! What a repository wants said with a pull request.

use std::path::Path;

use crate::{Git, GitError};

/// More of a template than anybody fills in.
const LONGEST: usize = 16 * 1024;

impl Git {
    /// The pull request template of a branch, as the mirror has it: in `.github/`, in the root or in `docs/`.
    pub async fn pull_request_template(
        &self,
        mirror: &Path,
        branch: &str,
    ) -> Result<Option<String>, GitError> {
        let tree = format!("refs/remotes/origin/{branch}^{{tree}}");
        let mut found: Vec<String> = Vec::new();
        for folder in [&[".github/"][..], &[], &["docs/"]] {
            let ask = ["ls-tree", "-z", "--name-only", &tree, "--"].into_iter().chain(folder.iter().copied());
            let listed = self.runner.trusted().at(mirror).run(ask).await?;
            found.extend(listed.split('\0').filter(|path| is_template(path)).map(str::to_owned));
        }
        let Some(path) = found.first() else { return Ok(None) };
        let ask = ["cat-file".to_owned(), "blob".to_owned(), format!("refs/remotes/origin/{branch}:{path}")];
        let mut text = self.runner.trusted().at(mirror).run(ask).await?;
        text.truncate(text.floor_char_boundary(LONGEST));
        Ok(Some(text))
    }
}

fn is_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    matches!(
        name.as_str(),
        "pull_request_template.md" | "pull_request_template.txt" | "pull_request_template"
    )
}
