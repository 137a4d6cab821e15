//! What a repository brings along for the agent: off until its person trusts the repository. Asked once, above the composer; a line in
//! the details says what holds, and changes it.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Configuration, FoundConfiguration};
use web_sys::SubmitEvent;

use crate::{
    api::{DECIDE_TRUST, Problem, decide_trust, load_trust},
    components::icon::Icon,
    conversation::shown::Shown,
    session::Session,
    visitor::visitor,
    words,
};

/// Shared by the card and the line.
#[derive(Clone, Copy)]
pub struct Trust {
    configuration: Memo<Configuration>,
    archived: Memo<bool>,
    /// None: not decided, or not known.
    decided: RwSignal<Option<bool>>,
    /// The page knows what was decided before.
    known: RwSignal<bool>,
    busy: RwSignal<bool>,
    session: Session,
}

/// `decided` is what the page was made with; where that could not be told nothing is asked.
pub fn provide_trust(shown: Shown, session: Session, decided: Result<Option<bool>, Problem>) {
    let trust = Trust {
        configuration: Memo::new(move |_| shown.head.with(|head| head.configuration.clone())),
        archived: Memo::new(move |_| shown.head.with(|head| head.archived_at.is_some())),
        known: RwSignal::new(decided.is_ok()),
        decided: RwSignal::new(decided.unwrap_or_default()),
        busy: RwSignal::new(false),
        session,
    };
    provide_context(trust);
    // What is found in the first moments of a session may have been decided about in another one.
    Effect::new(move |before: Option<bool>| {
        let brings = trust.brings();
        if before == Some(false) && brings {
            trust.look();
        }
        brings
    });
}

impl Trust {
    fn brings(self) -> bool {
        self.configuration.with(|configuration| !configuration.found.is_empty())
    }

    fn asks(self) -> bool {
        self.brings() && self.known.get() && self.decided.get().is_none() && !self.archived.get()
    }

    fn look(self) {
        self.known.set(false);
        spawn_local(async move {
            // Where it cannot be told nothing is asked; the next page tries again.
            if let Ok(decided) = load_trust(self.session.id()).await {
                self.decided.try_set(decided);
                self.known.try_set(true);
            }
        });
    }

    fn decide(self, trusted: bool) {
        self.busy.set(true);
        spawn_local(async move {
            let answer = decide_trust(self.session.id(), trusted).await;
            if answer.is_ok() {
                self.decided.try_set(Some(trusted));
            }
            self.busy.try_set(false);
            self.session.problem.try_set(answer.err().map(|problem| problem.sentence().to_owned()));
        });
    }
}

/// Asks, and lets the session go on meanwhile.
#[component]
pub fn TrustCard() -> impl IntoView {
    let trust: Trust = expect_context();
    let host = visitor().with_value(|visitor| visitor.installation.host_mode);
    view! {
        <Show when=move || trust.asks()>
            <section class="trust" aria-label=words::REPOSITORY_CONFIGURATION>
                <TrustQuestion host/>
            </section>
        </Show>
    }
    .into_any()
}

/// What was found, and what trusting it means with walls or without.
#[component]
pub fn TrustQuestion(host: bool) -> impl IntoView {
    let trust: Trust = expect_context();
    let consequence = if host {
        "Agents run without isolation here, so this one does not start before you trust the repository. Trusted, what it brings runs \
         with your rights on this machine."
    } else {
        "Trusted, it runs inside the session’s walls and can do whatever the agent can, without asking."
    };
    let items = move || {
        let found = trust.configuration.with(|configuration| configuration.found.clone());
        found.into_iter().map(|found| view! { <Item found/> }).collect_view()
    };
    view! {
        <p class="trust-head">
            <Icon name="shield-question-mark"/>
            <span class="min-w-0">
                <strong class="font-medium">"This repository brings configuration for the agent. It is off."</strong>
                " "
                {consequence}
            </span>
        </p>
        <ul class="trust-list" aria-label=words::FOUND_CONFIGURATION tabindex="0">
            {items}
        </ul>
        <DecisionForm>
            <Decide trusted=true label=words::TRUST_REPOSITORY class="btn btn-primary"/>
            <Decide trusted=false label=words::LEAVE_IT_OFF class="btn"/>
        </DecisionForm>
    }
    .into_any()
}

#[component]
fn Item(found: FoundConfiguration) -> impl IntoView {
    view! {
        <li>
            <span class="text-text-2">{found.kind.label()}</span>
            " "
            <code class="t-code">{found.name}</code>
        </li>
    }
}

/// Without the program it is a form of its own.
#[component]
fn DecisionForm(children: Children) -> impl IntoView {
    let trust: Trust = expect_context();
    view! {
        <form
            class="trust-bar"
            method="post"
            action=DECIDE_TRUST
            on:submit=|event: SubmitEvent| event.prevent_default()
        >
            <input type="hidden" name="session" value=trust.session.id().to_string()/>
            {children()}
        </form>
    }
}

#[component]
fn Decide(trusted: bool, label: &'static str, class: &'static str) -> impl IntoView {
    let trust: Trust = expect_context();
    view! {
        <button
            type="submit"
            name="trusted"
            value=trusted.to_string()
            class=class
            disabled=move || trust.busy.get()
            on:click=move |_| trust.decide(trusted)
        >
            {label}
        </button>
    }
}

/// What holds, where the repository brings anything.
#[component]
pub fn TrustLine() -> impl IntoView {
    let trust: Trust = expect_context();
    let said = move || {
        let in_force = trust.configuration.with(|configuration| configuration.in_force);
        match (in_force, trust.decided.get()) {
            (true, Some(false)) => "Its configuration is on until the agent starts anew",
            (true, _) => "Its configuration is on",
            (false, Some(true)) => "Its configuration comes on when the agent starts anew",
            (false, _) => "Its configuration is off",
        }
    };
    let change = move || {
        if trust.decided.get() == Some(true) {
            view! { <Decide trusted=false label=words::TURN_OFF class="btn btn-small"/> }.into_any()
        } else {
            view! { <Decide trusted=true label=words::TRUST class="btn btn-small"/> }.into_any()
        }
    };
    view! {
        <Show when=move || trust.brings()>
            <div class="part-row">
                <Icon name="shield-question-mark"/>
                <span class="min-w-0 flex-1">{said}</span>
                <Show when=move || trust.decided.get().is_some() && !trust.archived.get()>
                    <DecisionForm>{change}</DecisionForm>
                </Show>
            </div>
        </Show>
    }
    .into_any()
}
