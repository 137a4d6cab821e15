//! A push and a pull request, asked for as a command and done beside the loop.
//!
//! Invariant: done again after a crash it finds what is there: the same commit is pushed once, and an open pull request is found.

use slipway_git::{Delivery, GitError, Unpushed};
use slipway_protocol::{
    Author, CommandId, CommandOutcome, ErrorKind, Notice, Person, PullRequestLink, SessionHead,
};

use super::{commands::Verdict, message::Done, supervisor::Supervisor, work::Workplace};
use crate::{
    Error, clock,
    publishing::{NewPull, author_of, find_or_open, remote_of},
};

/// What a person asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) message: String,
    /// The commit on the other side that is given up.
    pub(super) replacing: Option<String>,
    pub(super) pull: Option<NewPull>,
}

/// How far it came. A pull request may fail after the push was done.
pub(super) struct Published {
    pushed: Option<(String, usize)>,
    /// True: it was there before.
    pull: Option<(PullRequestLink, bool)>,
    /// What stands against the push on the other side.
    theirs: Option<String>,
    problem: Option<Error>,
}

impl Published {
    fn failed(problem: Error) -> Self {
        Self { pushed: None, pull: None, theirs: None, problem: Some(problem) }
    }
}

impl Supervisor {
    pub(super) fn begin_publishing(&mut self, command: CommandId, author: Author, wanted: Wanted) -> Verdict {
        if self.state.has_turn() {
            return Verdict::Refused("The agent is at work. Wait until it has finished, or stop it.".into());
        }
        if self.transcript.head.base_commit.is_empty() {
            return Verdict::Refused("There is no checkout yet.".into());
        }
        self.transcript.edit_head(|head| head.publishing.under_way = true);
        let (place, head, generation) = (self.place.clone(), self.transcript.head.clone(), self.generation);
        self.under_way.push(command.clone());
        self.errand(async move {
            let result = place.publish(&head, author, wanted, generation).await;
            Done::Published { command, result }
        });
        Verdict::Later
    }

    pub(super) fn published(&mut self, command: CommandId, result: Published) {
        self.under_way.retain(|held| *held != command);
        let Published { pushed, pull, theirs, problem } = result;
        let now = clock::now();
        if let Some((commit, commits)) = &pushed
            && self.transcript.head.publishing.commit.as_ref() != Some(commit)
        {
            let count = if *commits == 1 { "1 commit".into() } else { format!("{commits} commits") };
            let sentence = format!("Pushed {}, which has {count} now.", self.transcript.head.branch);
            self.transcript.notice(Notice::Delivered, sentence, now);
        }
        let known = self.transcript.head.publishing.pull_request.clone();
        if let Some((link, found)) = pull.as_ref().filter(|(link, _)| Some(link) != known.as_ref()) {
            let sentence = if *found {
                format!("Pull request #{} is open for this branch already.", link.number)
            } else {
                format!("Opened pull request #{}.", link.number)
            };
            self.transcript.notice(Notice::Delivered, sentence, now);
        }
        let signed_out = problem.as_ref().is_some_and(|problem| problem.kind == ErrorKind::SignedOut);
        let sentence = problem.map(|problem| problem.sentence);
        self.transcript.edit_head(|head| {
            let publishing = &mut head.publishing;
            publishing.under_way = false;
            publishing.theirs = theirs;
            publishing.problem.clone_from(&sentence);
            publishing.signed_out = signed_out;
            if let Some((commit, _)) = pushed {
                publishing.commit = Some(commit);
            }
            if let Some((link, _)) = pull {
                publishing.pull_request = Some(link);
            }
        });
        let outcome = match sentence {
            None => CommandOutcome::Applied,
            Some(sentence) => CommandOutcome::Refused { sentence },
        };
        self.transcript.finish_command(command, outcome);
    }
}

impl Workplace {
    /// Pushes, and opens a pull request where one is wanted; as the person who asked.
    async fn publish(
        &self,
        head: &SessionHead,
        author: Author,
        wanted: Wanted,
        generation: u64,
    ) -> Published {
        let who = Person { id: author.id, name: author.name };
        let origin = match self.origin(head, &who.id).await {
            Ok(origin) => origin,
            Err(error) => return Published::failed(kept(error)),
        };
        let Some(remote) = remote_of(&origin.source) else {
            let sentence = "This session's repository is a folder of this machine. Use Deliver instead.";
            return Published::failed(Error::invalid(sentence));
        };
        let (name, address) = author_of(&who);
        let delivery = Delivery {
            checkout: &self.settings.checkout_dir(&head.id),
            base_commit: &head.base_commit,
            branch: &head.branch,
            message: wanted.message.trim(),
            author: (&name, &address),
            scratch: &self.delivery_dir(&head.id, generation),
        };
        let mirror = self.mirrors.path(&origin);
        // A session that came back from the archive may have outlived it.
        if !mirror.exists()
            && let Err(error) = self.mirrors.refresh(&origin).await
        {
            return Published::failed(kept(error));
        }
        let pushed = match self.git.push(delivery, &mirror, remote, wanted.replacing.as_deref()).await {
            Ok(pushed) => Some((pushed.delivered.commit, pushed.delivered.commits)),
            Err(error) => return refused(error),
        };
        let Some(new) = &wanted.pull else {
            return Published { pushed, pull: None, theirs: None, problem: None };
        };
        let branches = (head.branch.as_str(), head.base_branch.as_str());
        let opened = match self.api_of(&who).await {
            Ok(api) => find_or_open(&api, &origin.info.name, branches, new).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(pull) => Published { pushed, pull: Some(pull), theirs: None, problem: None },
            Err(problem) => Published { pushed, pull: None, theirs: None, problem: Some(problem) },
        }
    }

    async fn api_of(&self, who: &Person) -> Result<slipway_github::Api, Error> {
        let api = self.sources.api(who).await?;
        api.ok_or_else(|| Error::invalid("Pull requests are opened as somebody who signed in with GitHub."))
    }
}

fn refused(error: GitError) -> Published {
    let theirs = match &error {
        GitError::Unpushed(Unpushed::Diverged { theirs, .. }) => theirs.clone(),
        _ => None,
    };
    Published { theirs, ..Published::failed(error.into()) }
}

/// Before anything was pushed.
fn kept(error: Error) -> Error {
    Error::new(error.kind, format!("{} Nothing was pushed; your commits are kept here.", error.sentence))
}
