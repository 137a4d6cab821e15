//! Whether a person may still read the repository of a session: asked of where it comes from, and known for a while.
//!
//! An answer is at most two minutes old. While nobody can be asked the last one holds for fifteen; after that the person is told.
//! A sign-in that GitHub no longer takes is an answer, and none of these times apply to it.
//!
//! Invariant: every way into a session passes `Engine::member`, which asks here.

mod known;

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures::StreamExt;
use slipway_protocol::{ErrorKind, Person, RepositoryId, UserId};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

pub use known::AccessTimes;

use crate::{Error, RepositorySource};
use known::{Answer, Next, kept, next};

/// Who does not answer within this time cannot be asked.
const PATIENCE: Duration = Duration::from_secs(10);

/// A list of sessions waits for so long for what is not known yet.
const PATIENCE_OF_LISTS: Duration = Duration::from_secs(3);

/// Repositories that are asked about at once, for one list.
const AT_ONCE: usize = 8;

/// More than this are not remembered at once.
const MOST: usize = 20_000;

type Key = (UserId, RepositoryId);

pub(crate) struct Access {
    sources: Arc<dyn RepositorySource>,
    times: AccessTimes,
    entries: Mutex<HashMap<Key, Arc<Entry>>>,
    /// Moves whenever somebody loses or gains a repository.
    moved: watch::Sender<u64>,
}

/// One person and one repository.
#[derive(Default)]
struct Entry {
    heard: Mutex<Heard>,
    /// One asks for all who wait.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Heard {
    answer: Option<Answer>,
    /// When asking came to nothing, and why.
    failed: Option<(Instant, Error)>,
}

impl Entry {
    fn heard(&self) -> Heard {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Access {
    pub(crate) fn new(sources: Arc<dyn RepositorySource>, times: AccessTimes) -> Arc<Self> {
        Arc::new(Self { sources, times, entries: Mutex::default(), moved: watch::Sender::new(0) })
    }

    /// Whether the person may read it. An error: that is not known.
    pub(crate) async fn check(
        self: &Arc<Self>,
        who: &Person,
        repository: &RepositoryId,
    ) -> Result<bool, Error> {
        let entry = self.entry(who, repository);
        match next(entry.heard().answer, Instant::now(), self.times) {
            Next::Use(may) => Ok(may),
            Next::UseAndAsk => {
                let (access, who, repository) = (Arc::clone(self), who.clone(), repository.clone());
                tokio::spawn(async move {
                    // Who comes in next hears of it.
                    let _ = access.ask(&entry, &who, &repository, access.times.ahead()).await;
                });
                Ok(true)
            }
            Next::Ask => self.ask(&entry, who, repository, self.times.fresh).await,
        }
    }

    /// It was just found as this person.
    pub(crate) fn learn(&self, who: &Person, repository: &RepositoryId, may: bool) {
        self.hear(&self.entry(who, repository), may);
    }

    /// Of the sessions of a list those that stay in it: all but those whose repository the person is known to have lost.
    pub(crate) async fn listed<T>(
        self: &Arc<Self>,
        who: &Person,
        sessions: Vec<T>,
        repository: impl Fn(&T) -> &RepositoryId,
    ) -> Vec<T> {
        let repositories: HashSet<_> = sessions.iter().map(|session| repository(session).clone()).collect();
        let asking = futures::stream::iter(repositories).for_each_concurrent(AT_ONCE, async |repository| {
            // What cannot be told now is told to whoever opens the session.
            let _ = self.check(who, &repository).await;
        });
        let _ = timeout(PATIENCE_OF_LISTS, asking).await;
        sessions.into_iter().filter(|session| !self.is_lost(who, repository(session))).collect()
    }

    /// Asks nobody.
    pub(crate) fn is_lost(&self, who: &Person, repository: &RepositoryId) -> bool {
        self.entry(who, repository).heard().answer.is_some_and(|answer| !answer.may)
    }

    /// Moves whenever somebody loses or gains a repository.
    pub(crate) fn moves(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    /// Looks on for as long as somebody follows.
    pub(crate) fn watch(self: &Arc<Self>, who: &Person, repository: &RepositoryId) -> Watch {
        let (access, who, repository) = (Arc::clone(self), who.clone(), repository.clone());
        Watch(AbortOnDropHandle::new(tokio::spawn(async move {
            let entry = access.entry(&who, &repository);
            loop {
                sleep(access.times.ahead()).await;
                match access.ask(&entry, &who, &repository, access.times.ahead()).await {
                    Ok(true) => {}
                    Ok(false) => return Lost::Repository,
                    Err(_) => return Lost::Sight,
                }
            }
        })))
    }

    /// Asks, unless somebody did so within `young`.
    async fn ask(
        &self,
        entry: &Entry,
        who: &Person,
        repository: &RepositoryId,
        young: Duration,
    ) -> Result<bool, Error> {
        let _alone = entry.asking.lock().await;
        let (heard, now) = (entry.heard(), Instant::now());
        if let Some(answer) = heard.answer
            && now.saturating_duration_since(answer.at) < if answer.may { young } else { self.times.pause() }
        {
            return Ok(answer.may);
        }
        if let Some((at, error)) = heard.failed
            && now.saturating_duration_since(at) < self.times.pause()
        {
            return kept(heard.answer, now, self.times).ok_or(error);
        }
        let answered = timeout(PATIENCE, self.sources.may_read(who, repository)).await;
        match answered.unwrap_or_else(|_| Err(no_answer())) {
            Ok(may) => {
                self.hear(entry, may);
                Ok(may)
            }
            Err(error) if error.kind == ErrorKind::SignedOut => Err(error),
            Err(error) => {
                tracing::warn!(%repository, %error, "could not ask who may read a repository");
                let error = unknown(&error);
                let now = Instant::now();
                entry.note(|heard| heard.failed = Some((now, error.clone())));
                kept(heard.answer, now, self.times).ok_or(error)
            }
        }
    }

    fn hear(&self, entry: &Entry, may: bool) {
        let mut before = None;
        entry.note(|heard| {
            before = heard.answer.replace(Answer { may, at: Instant::now() });
            heard.failed = None;
        });
        if before.is_none_or(|before| before.may) != may {
            self.moved.send_modify(|moves| *moves += 1);
        }
    }

    fn entry(&self, who: &Person, repository: &RepositoryId) -> Arc<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            // Those that somebody holds are being asked about.
            entries.retain(|_, entry| Arc::strong_count(entry) > 1);
        }
        Arc::clone(entries.entry((who.id.clone(), repository.clone())).or_default())
    }
}

/// Why somebody can no longer follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// They may not read it any more.
    Repository,
    /// Nobody knows any more; coming in again says why.
    Sight,
}

/// Ready once the person may not follow any more. Dropping it ends the looking.
pub(crate) struct Watch(AbortOnDropHandle<Lost>);

#[cfg(test)]
impl Watch {
    /// Nothing is ever lost.
    pub(crate) fn for_ever() -> Self {
        Self(AbortOnDropHandle::new(tokio::spawn(std::future::pending())))
    }
}

impl Future for Watch {
    type Output = Lost;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Lost> {
        Pin::new(&mut self.0).poll(context).map(|lost| lost.unwrap_or(Lost::Sight))
    }
}

fn no_answer() -> Error {
    Error::new(ErrorKind::Upstream, "It did not answer in time.")
}

fn unknown(error: &Error) -> Error {
    let kind = if error.kind == ErrorKind::Busy { ErrorKind::Busy } else { ErrorKind::Upstream };
    Error::new(
        kind,
        format!("Whether you may still read this repository could not be asked: {}", error.sentence),
    )
}
