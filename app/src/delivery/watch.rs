//! How the pull request stands, asked while the page is looked at.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{ErrorKind, PullRequestView};

use crate::{
    api::{Problem, pull_request},
    browser,
    conversation::shown::Shown,
    session::Session,
};

const EVERY: Duration = Duration::from_secs(15);

#[derive(Clone, Copy)]
pub struct Watch {
    session: Session,
    asking: StoredValue<bool>,
    /// None: there is none, or it is not known yet.
    pub view: RwSignal<Option<PullRequestView>>,
    /// Why it is not known how it stands now.
    pub problem: RwSignal<Option<Problem>>,
}

impl Watch {
    /// Looks at once when something was pushed or opened, and again and again while there is a pull request.
    pub fn new(session: Session, shown: Shown) -> Self {
        let watch = Self {
            session,
            asking: StoredValue::new(false),
            view: RwSignal::new(None),
            problem: RwSignal::new(None),
        };
        let pushed = Memo::new(move |_| {
            shown.head.with(|head| (head.publishing.commit.clone(), head.publishing.pull_request.clone()))
        });
        Effect::new(move |_| {
            if pushed.with(|(commit, link)| commit.is_some() || link.is_some()) {
                watch.look();
            }
        });
        Effect::new(move |_| {
            let again = move || {
                let is_there = watch.view.with_untracked(Option::is_some)
                    || pushed.with_untracked(|(_, link)| link.is_some());
                if is_there {
                    watch.look();
                }
            };
            if let Ok(interval) = set_interval_with_handle(again, EVERY) {
                on_cleanup(move || interval.clear());
            }
            let listener = window_event_listener(leptos::ev::visibilitychange, move |_| again());
            on_cleanup(move || listener.remove());
        });
        watch
    }

    /// GitHub takes the person's sign-in no more.
    pub fn is_signed_out(self) -> bool {
        let is = |problem: &Problem| problem.kind() == ErrorKind::SignedOut;
        self.problem.with(|problem| problem.as_ref().is_some_and(is))
    }

    fn look(self) {
        if self.asking.get_value() || !browser::is_visible() {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let answer = pull_request(self.session.id()).await;
            self.asking.try_set_value(false);
            match answer {
                Ok(view) => {
                    self.problem.try_set(None);
                    // The page stays as it is where nothing has changed.
                    if self.view.try_with_untracked(|held| *held != view) == Some(true) {
                        self.view.set(view);
                    }
                }
                Err(problem) => {
                    self.problem.try_set(Some(problem));
                }
            }
        });
    }
}
