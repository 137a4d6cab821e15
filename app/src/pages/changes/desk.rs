//! What the page of changes knows, and what it asks for. A person's own marks and comments are shown at once and kept by
//! the server.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{
    CommandOutcome, ErrorKind, FileChange, FileChanges, FileDiff, MessageId, PromptId, Review, ReviewComment,
    ReviewTurn, Side,
};

use crate::{
    api::{Problem, load_file, load_review, put_comment, remove_comments, send_comments, set_viewed},
    browser,
    conversation::shown::Shown,
    session::Session,
};

/// The lines of a file as they were under a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub digest: String,
    pub diff: FileDiff,
}

/// A comment that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    pub id: String,
    pub path: String,
    pub side: Side,
    pub line: u32,
    pub line_text: String,
}

#[derive(Clone, Copy)]
pub struct Desk {
    pub shown: Shown,
    pub session: Session,
    /// The one turn that is looked at; none: the whole session.
    pub turn: StoredValue<Option<MessageId>>,
    pub changes: RwSignal<FileChanges>,
    pub diffs: RwSignal<HashMap<String, Arc<Loaded>>>,
    pub viewed: RwSignal<BTreeSet<String>>,
    pub comments: RwSignal<Vec<ReviewComment>>,
    pub turns: RwSignal<Vec<ReviewTurn>>,
    pub filter: RwSignal<String>,
    /// Files that the person opened or closed.
    pub folds: RwSignal<HashMap<String, bool>>,
    pub writing: RwSignal<Option<Writing>>,
    pub text: RwSignal<String>,
    pub sending: RwSignal<bool>,
    /// The file that is about to be discarded.
    pub discarding: RwSignal<Option<String>>,
}

fn loaded(review: &Review) -> HashMap<String, Arc<Loaded>> {
    let digest = |path: &str| {
        review.changes.files.iter().find(|file| file.path == path).map(|file| file.digest.clone())
    };
    let diffs = review.diffs.iter().filter_map(|(path, diff)| {
        Some((path.clone(), Arc::new(Loaded { digest: digest(path)?, diff: diff.clone() })))
    });
    diffs.collect()
}

impl Desk {
    pub fn new(shown: Shown, session: Session, review: Review, turn: Option<MessageId>) -> Self {
        Self {
            shown,
            session,
            turn: StoredValue::new(turn),
            diffs: RwSignal::new(loaded(&review)),
            changes: RwSignal::new(review.changes),
            viewed: RwSignal::new(review.viewed.into_iter().collect()),
            comments: RwSignal::new(review.comments),
            turns: RwSignal::new(review.turns),
            filter: RwSignal::new(String::new()),
            folds: RwSignal::default(),
            writing: RwSignal::new(None),
            text: RwSignal::new(String::new()),
            sending: RwSignal::new(false),
            discarding: RwSignal::new(None),
        }
    }

    /// Asks again whenever the session's files have changed.
    pub fn follow(self) {
        let changed = Memo::new(move |_| self.shown.head.with(|head| head.changed_files.clone()));
        Effect::new(move |before: Option<()>| {
            // Read, not only tracked: a memo that nobody has read hears nothing.
            changed.with(|_| ());
            if before.is_some() {
                self.reload();
            }
        });
    }

    pub fn reload(self) {
        spawn_local(async move {
            match load_review(self.session.id(), self.turn.get_value()).await {
                Ok(review) => self.take(review),
                Err(problem) => self.tell(Some(&problem)),
            }
        });
    }

    fn take(self, review: Review) {
        let fresh = loaded(&review);
        let digests: HashMap<_, _> =
            review.changes.files.iter().map(|file| (file.path.clone(), file.digest.clone())).collect();
        // What was asked for alone and has not changed since is kept.
        let update = |diffs: &mut HashMap<String, Arc<Loaded>>| {
            diffs.retain(|path, held| digests.get(path) == Some(&held.digest));
            diffs.extend(fresh);
        };
        if self.diffs.try_update(update).is_some() {
            self.viewed.set(review.viewed.into_iter().collect());
            self.turns.set(review.turns);
            self.comments.set(review.comments);
            self.changes.set(review.changes);
        }
    }

    /// Says why something did not work, or that all is well.
    pub fn tell(self, problem: Option<&Problem>) {
        self.session.problem.try_set(problem.map(|problem| problem.sentence().to_owned()));
    }

    pub fn is_wanted(self, path: &str) -> bool {
        self.filter.with(|filter| path.to_lowercase().contains(&filter.trim().to_lowercase()))
    }

    pub fn fetch(self, file: FileChange) {
        spawn_local(async move {
            match load_file(self.session.id(), self.turn.get_value(), file.path.clone()).await {
                Ok(diff) => {
                    let held = Arc::new(Loaded { digest: file.digest, diff });
                    self.diffs.try_update(|diffs| diffs.insert(file.path, held));
                    self.tell(None);
                }
                Err(problem) => self.tell(Some(&problem)),
            }
        });
    }

    pub fn view(self, file: FileChange, viewed: bool) {
        self.viewed.update(|held| {
            if viewed {
                held.insert(file.path.clone())
            } else {
                held.remove(&file.path)
            };
        });
        self.folds.update(|folds| {
            folds.remove(&file.path);
        });
        spawn_local(async move {
            let kept = set_viewed(self.session.id(), file.path, viewed.then_some(file.digest)).await;
            self.tell(kept.as_ref().err());
        });
    }

    pub fn write(self, writing: Writing, text: String) {
        self.text.set(text);
        self.writing.set(Some(writing));
    }

    /// Keeps what is being written; then sends it by itself, where that is wanted.
    pub fn keep(self, send: bool) {
        let Some(Writing { id, path, side, line, line_text }) = self.writing.get_untracked() else { return };
        let body = self.text.get_untracked().trim().to_owned();
        if body.is_empty() || self.sending.get_untracked() {
            return;
        }
        self.sending.set(true);
        let comment = ReviewComment { id, path, side, line, line_text, body, created_at: 0, sent_at: None };
        spawn_local(async move {
            let kept = put_comment(self.session.id(), comment).await;
            self.sending.try_set(false);
            self.tell(kept.as_ref().err());
            let Ok(comment) = kept else { return };
            let id = comment.id.clone();
            self.writing.try_set(None);
            self.comments.try_update(|held| {
                held.retain(|held| held.id != comment.id);
                held.push(comment);
            });
            if send {
                self.send(vec![id]);
            }
        });
    }

    pub fn remove(self, ids: Vec<String>) {
        self.comments.update(|held| held.retain(|held| !ids.contains(&held.id)));
        spawn_local(async move {
            let removed = remove_comments(self.session.id(), ids).await;
            self.tell(removed.as_ref().err());
        });
    }

    /// Those that wait.
    pub fn waiting(self) -> Vec<String> {
        let waiting = |held: &Vec<ReviewComment>| {
            held.iter().filter(|held| held.sent_at.is_none()).map(|held| held.id.clone()).collect()
        };
        self.comments.with(waiting)
    }

    /// As one message. They wait on where that fails.
    pub fn send(self, ids: Vec<String>) {
        if ids.is_empty() || self.sending.get_untracked() {
            return;
        }
        self.sending.set(true);
        spawn_local(async move {
            let prompt = PromptId::new(browser::random_id());
            let sent = match send_comments(self.session.id(), prompt, ids.clone()).await {
                Ok(CommandOutcome::Applied) => Ok(()),
                Ok(CommandOutcome::Refused { sentence }) => Err(Problem::new(ErrorKind::Conflict, sentence)),
                Err(problem) => Err(problem),
            };
            self.sending.try_set(false);
            self.tell(sent.as_ref().err());
            if sent.is_ok() {
                let now = browser::now();
                self.comments.try_update(|held| {
                    let sent = held.iter_mut().filter(|held| ids.contains(&held.id));
                    sent.for_each(|held| held.sent_at = Some(now));
                });
            }
        });
    }
}
