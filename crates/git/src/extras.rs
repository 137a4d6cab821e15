//! What a checkout does not bring along: other repositories inside it, and files that are kept with Git LFS.

use std::{ffi::OsString, path::Path};

use crate::{Git, GitError, checkout::must_be_commit_id};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Folders that are other repositories; they are empty in a checkout.
    pub submodules: Vec<String>,
    /// Some files are pointers to what Git LFS keeps.
    pub lfs: bool,
}

impl Git {
    /// Looks into a commit of a mirror.
    pub async fn extras(&self, mirror: &Path, commit: &str) -> Result<Extras, GitError> {
        must_be_commit_id(commit)?;
        let blob = format!("--blob={commit}:.gitmodules");
        let ask = ["config", &blob, "-z", "--get-regexp", r"^submodule\..*\.path$"].map(OsString::from);
        // Most repositories have no such file, and git calls that an error.
        let listed = self.runner.trusted().at(mirror).hear(ask.into()).await?;
        let listed = if listed.success { listed.stdout } else { String::new() };
        let paths = listed.split_terminator('\0').filter_map(|entry| entry.split_once('\n'));
        let submodules = paths.map(|(_, path)| path.to_owned()).collect();
        let attributes = ":(glob)**/.gitattributes";
        let ask = ["grep", "--quiet", "--fixed-strings", "-e", "filter=lfs", commit, "--", attributes];
        let lfs = self.runner.trusted().at(mirror).run(ask).await.is_ok();
        Ok(Extras { submodules, lfs })
    }
}
