//! Push: a session's work as a branch of a repository on another machine.
//!
//! As for a delivery, the sandbox commits and bundles and the server checks every object; then the server pushes one branch to an
//! explicit address. No checkout's configuration is read, and no token is in an argument or a file.
//!
//! Invariant: a push whose answer was lost is not repeated: the branch is looked at, and what is true is said.

use std::{ffi::OsString, fmt, path::Path};

use thiserror::Error;

use crate::{
    Delivered, Delivery, Git, GitError, checkout::must_be_commit_id, runner::Heard, transport::Barrier,
};

/// Lines of the other side that a sentence repeats, and letters of them.
const WORDS: (usize, usize) = (3, 300);

/// A repository of another machine, and who speaks to it.
#[derive(Clone, Copy)]
pub struct Remote<'a> {
    pub url: &'a str,
    pub token: Option<&'a str>,
}

/// Never shows the token.
impl fmt::Debug for Remote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.url).finish()
    }
}

/// What the other side has now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    pub delivered: Delivered,
    /// It had it before.
    pub up_to_date: bool,
}

/// Why the other side does not have it. The commits are kept in the checkout in any case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unpushed {
    /// `theirs`: where the branch stands on the other side, if that could be seen.
    #[error(
        "The branch {branch} has commits on GitHub that this session does not have, so nothing was pushed. Your commits are \
         kept here. Push with force to replace them, or take them over first."
    )]
    Diverged { branch: String, theirs: Option<String> },
    #[error(
        "GitHub does not let anybody push to {branch}: {words}. Your commits are kept here. Change the rule, or ask who can."
    )]
    Declined { branch: String, words: String },
    #[error(
        "GitHub no longer accepts your sign-in, so nothing was pushed. Your commits are kept here. Sign in again."
    )]
    SignedOut,
    #[error(
        "You may not push to this repository, so nothing was pushed. Your commits are kept here. Ask its owner for the right to write."
    )]
    Forbidden,
    #[error(
        "GitHub does not find this repository, so nothing was pushed. Your commits are kept here. It was removed or renamed, or you may \
         no longer see it."
    )]
    Missing,
    #[error(
        "GitHub asks to wait, so nothing was pushed. Your commits are kept here. Try again in a few minutes."
    )]
    Busy,
    #[error(
        "GitHub did not answer, and the branch there is as it was. Your commits are kept here. Push again in a moment."
    )]
    Unreachable,
    #[error(
        "The connection to GitHub ended, and it could not be asked whether the push arrived. Your commits are kept here. Push again: what \
         arrived is not pushed twice."
    )]
    Unknown,
}

impl Git {
    /// Commits what is outstanding and pushes the session's branch. `known` is the repository's mirror. `replacing` is the commit
    /// on the other side that a person agreed to lose; another one there is kept.
    pub async fn push(
        &self,
        delivery: Delivery<'_>,
        known: &Path,
        remote: Remote<'_>,
        replacing: Option<&str>,
    ) -> Result<Pushed, GitError> {
        let _alone = self.locks.lock(delivery.checkout).await;
        must_be_commit_id(delivery.base_commit)?;
        replacing.map_or(Ok(()), must_be_commit_id)?;
        self.must_be_repository(known).await?;
        self.must_be_ours(delivery.branch).await?;
        let (delivered, checked, _scratch) = self.take_out(delivery, known).await?;
        let heard = self.send(&checked, delivery.branch, remote, replacing).await?;
        match read(&heard, delivery.branch) {
            Ok(up_to_date) => Ok(Pushed { delivered, up_to_date }),
            Err(Unpushed::Unknown) => self.look_for(delivered, remote).await,
            Err(Unpushed::Diverged { branch, .. }) => {
                let theirs = self.branch_of_remote(remote, &branch).await.ok().flatten();
                Err(Unpushed::Diverged { branch, theirs }.into())
            }
            Err(refused) => Err(refused.into()),
        }
    }

    async fn send(
        &self,
        from: &Path,
        branch: &str,
        remote: Remote<'_>,
        replacing: Option<&str>,
    ) -> Result<Heard, GitError> {
        let there = format!("refs/heads/{branch}");
        let mut arguments: Vec<OsString> =
            ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
                .map(OsString::from)
                .into();
        if let Some(commit) = replacing {
            arguments.push(format!("--force-with-lease={there}:{commit}").into());
        }
        arguments.extend(["--", remote.url, &format!("refs/heads/delivered:{there}")].map(OsString::from));
        let git = self.runner.trusted().at(from).over_http(remote.url, remote.token);
        git.hear(arguments).await
    }

    /// Whether a push arrived whose answer did not.
    async fn look_for(&self, delivered: Delivered, remote: Remote<'_>) -> Result<Pushed, GitError> {
        match self.branch_of_remote(remote, &delivered.branch).await {
            Ok(Some(commit)) if commit == delivered.commit => Ok(Pushed { delivered, up_to_date: false }),
            Ok(_) => Err(Unpushed::Unreachable.into()),
            Err(_) => Err(Unpushed::Unknown.into()),
        }
    }

    /// Where a branch stands on the other side; none: it is not there.
    pub async fn branch_of_remote(
        &self,
        remote: Remote<'_>,
        branch: &str,
    ) -> Result<Option<String>, GitError> {
        let name = format!("refs/heads/{branch}");
        let ask = ["ls-remote", "--quiet", "--", remote.url, &name].map(OsString::from).into();
        let git = self.runner.trusted().over_http(remote.url, remote.token);
        let heard = git.hear(ask).await?;
        if !heard.success {
            return Err(of_transport(&heard.stderr).into());
        }
        let found = heard.stdout.lines().find_map(|line| line.split_once('\t').filter(|(_, at)| *at == name));
        Ok(found.map(|(commit, _)| commit.to_owned()))
    }
}

/// Whether it was there before, or why it is not there now.
fn read(heard: &Heard, branch: &str) -> Result<bool, Unpushed> {
    // `FLAG TAB FROM:TO TAB SUMMARY`
    let line = heard.stdout.lines().find(|line| line.contains("\trefs/heads/delivered:"));
    let Some((flag, rest)) = line.and_then(|line| line.split_once('\t')) else {
        return Err(of_transport(&heard.stderr));
    };
    let summary = rest.split_once('\t').map_or("", |(_, summary)| summary);
    match flag {
        " " | "*" | "+" if heard.success => Ok(false),
        "=" => Ok(true),
        "!" if ["(fetch first)", "(non-fast-forward)", "(stale info)", "(needs force)"]
            .iter()
            .any(|reason| summary.contains(reason)) =>
        {
            Err(Unpushed::Diverged { branch: branch.to_owned(), theirs: None })
        }
        "!" if summary.contains("[remote rejected]") => {
            let words = words(&heard.stderr, summary);
            Err(Unpushed::Declined { branch: branch.to_owned(), words })
        }
        // `[remote failure]`: it may or may not have arrived.
        _ => Err(of_transport(&heard.stderr)),
    }
}

/// What stood in the way of speaking to the other side at all.
fn of_transport(stderr: &str) -> Unpushed {
    // Never with an address that a person did not give: it holds no token, but it may hold a name.
    tracing::warn!("git could not speak to the other side: {}", stderr.trim());
    match Barrier::read(stderr) {
        Some(Barrier::SignedOut) => Unpushed::SignedOut,
        Some(Barrier::Forbidden) => Unpushed::Forbidden,
        Some(Barrier::Missing) => Unpushed::Missing,
        Some(Barrier::Busy) => Unpushed::Busy,
        Some(Barrier::Broken) | None => Unpushed::Unknown,
    }
}

/// What the other side said to it, else git's own reason.
fn words(stderr: &str, summary: &str) -> String {
    let said = stderr.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim);
    let said = said.map(|line| line.trim_start_matches("error: "));
    let said = said.filter(|line| !line.is_empty() && !line.starts_with("hook declined"));
    let said: Vec<_> = said.take(WORDS.0).collect();
    let reason = summary.rsplit_once('(').map_or(summary, |(_, reason)| reason.trim_end_matches(')'));
    let words = if said.is_empty() { reason.to_owned() } else { said.join(" ") };
    words.trim_end_matches('.').chars().take(WORDS.1).collect()
}
