//! Asking the agent to fix something that was found at GitHub: one prompt for each.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{CommandOutcome, Finding, PromptId};

use crate::{api::ask_to_fix, browser, session::Session, words};

#[derive(Clone, Copy)]
pub struct Fixing {
    session: Session,
    /// The prompt of each, so that a second try sends the same one; true: it was sent.
    asked: RwSignal<HashMap<Finding, (PromptId, bool)>>,
    pub problem: RwSignal<Option<String>>,
}

impl Fixing {
    pub fn new(session: Session) -> Self {
        Self { session, asked: RwSignal::new(HashMap::new()), problem: RwSignal::new(None) }
    }

    fn ask(self, finding: Finding) {
        let known = self.asked.with_untracked(|asked| asked.get(&finding).map(|(prompt, _)| prompt.clone()));
        let prompt = known.unwrap_or_else(|| PromptId::new(browser::random_id()));
        self.mark(finding.clone(), prompt.clone(), true);
        spawn_local(async move {
            let problem = match ask_to_fix(self.session.id(), finding.clone(), prompt.clone()).await {
                Ok(CommandOutcome::Applied) => None,
                Ok(CommandOutcome::Refused { sentence }) => Some(sentence),
                Err(problem) => Some(problem.sentence().to_owned()),
            };
            if problem.is_some() {
                self.mark(finding, prompt, false);
            }
            self.problem.try_set(problem);
        });
    }

    fn mark(self, finding: Finding, prompt: PromptId, sent: bool) {
        self.asked.try_update(|asked| asked.insert(finding, (prompt, sent)));
    }
}

#[component]
pub fn FixButton(fixing: Fixing, finding: Finding) -> impl IntoView {
    let held = StoredValue::new(finding);
    let sent = Memo::new(move |_| {
        fixing
            .asked
            .with(|asked| held.with_value(|finding| asked.get(finding).is_some_and(|(_, sent)| *sent)))
    });
    view! {
        <button
            type="button"
            class="btn btn-small"
            disabled=move || sent.get()
            on:click=move |_| fixing.ask(held.get_value())
        >
            {move || if sent.get() { words::ASKED } else { words::ASK_TO_FIX }}
        </button>
    }
    .into_any()
}
