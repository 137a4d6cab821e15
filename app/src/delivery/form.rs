//! What a person writes for a push or a pull request. It survives every error, and closing the dialog.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Command, ErrorKind};

use crate::{
    api::{Problem, draft_publishing},
    ask::ask,
    conversation::shown::Shown,
    session::Session,
};

#[derive(Clone, Copy)]
pub struct Form {
    session: Session,
    pub title: RwSignal<String>,
    pub body: RwSignal<String>,
    pub message: RwSignal<String>,
    pub draft: RwSignal<bool>,
    /// Something was proposed already.
    drafted: RwSignal<bool>,
    pub asking: RwSignal<bool>,
    /// Why the last try did not work.
    pub problem: RwSignal<Option<Problem>>,
    /// Whether signing in again is what mends it.
    pub signed_out: Memo<bool>,
}

impl Form {
    /// What was used is proposed anew: the message after a push, the rest after a pull request was opened.
    pub fn new(session: Session, shown: Shown) -> Self {
        let text = || RwSignal::new(String::new());
        let problem = RwSignal::new(None::<Problem>);
        let form = Self {
            session,
            title: text(),
            body: text(),
            message: text(),
            draft: RwSignal::new(false),
            drafted: RwSignal::new(false),
            asking: RwSignal::new(false),
            problem,
            signed_out: Memo::new(move |_| {
                let told = problem.with(|problem| {
                    problem.as_ref().is_some_and(|problem| problem.kind() == ErrorKind::SignedOut)
                });
                told || shown.head.with(|head| head.publishing.signed_out)
            }),
        };
        let commit = Memo::new(move |_| shown.head.with(|head| head.publishing.commit.clone()));
        let number = Memo::new(move |_| {
            shown.head.with(|head| head.publishing.pull_request.as_ref().map(|link| link.number))
        });
        Effect::watch(move || commit.get(), move |_, _, _| form.used(&[form.message]), false);
        Effect::watch(move || number.get(), move |_, _, _| form.used(&[form.title, form.body]), false);
        form
    }

    fn used(self, fields: &[RwSignal<String>]) {
        for field in fields {
            field.set(String::new());
        }
        self.drafted.set(false);
    }

    /// Fills what is empty, so that nobody's words are lost.
    pub fn propose(self) {
        if self.drafted.get_untracked() {
            return;
        }
        spawn_local(async move {
            // Whoever gets no proposal writes the words.
            let Ok(draft) = draft_publishing(self.session.id()).await else { return };
            for (field, text) in
                [(self.title, draft.title), (self.body, draft.body), (self.message, draft.message)]
            {
                if field.try_with_untracked(|field| field.trim().is_empty()) == Some(true) {
                    field.set(text);
                }
            }
            self.drafted.try_set(true);
        });
    }

    /// Why the last push did not happen is no longer said.
    pub fn forget_problem(self) {
        self.problem.set(None);
        self.session.run(Command::ForgetProblem);
    }

    /// To the sign-in. Whoever comes back from there has mended what was said.
    pub fn leave(self) -> Callback<String> {
        Callback::new(move |address: String| {
            spawn_local(async move {
                // Where this fails the sentence stays, and can be dismissed.
                let _ = ask(self.session.id(), Command::ForgetProblem).await;
                let _ = window().location().set_href(&address);
            });
        })
    }

    /// `done` hears of it only where it was applied.
    pub fn ask(self, command: Command, done: impl Fn() + 'static) {
        self.asking.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let answer = ask(self.session.id(), command).await;
            self.asking.try_set(false);
            match answer {
                Ok(()) => done(),
                Err(problem) => {
                    self.problem.try_set(Some(problem));
                }
            }
        });
    }
}
