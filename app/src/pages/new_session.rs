//! Starting a session: what to do, where, and how.

pub mod repository;

use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use slipway_protocol::{
    Branch, ErrorKind, Mode, ModelRef, NewSession, PromptId, RepositoryId, RepositoryInfo, SessionId,
};
use web_sys::{KeyboardEvent, SubmitEvent};

use repository::{AroundTheList, Picker, RepositoryField};

use crate::{
    api::{CREATE_FROM_FORM, StartPage, branches, create_session, load_start},
    browser,
    components::{
        combobox::{Choice, Combobox},
        icon::{Icon, Spinner},
        mode::ModeSwitch,
        sign_in_again::SignInAgain,
        sign_in_first::SignInFirst,
        state::State,
        top_bar::TopBar,
    },
    conversation::composer::fit,
    title::set_title,
    visitor::visitor,
    words,
};

#[component]
pub fn NewSessionPage() -> impl IntoView {
    if visitor().with_value(|visitor| visitor.person.is_none()) {
        return view! { <SignInFirst/> }.into_any();
    }
    let (wanted, find) = use_query_map().with_untracked(|query| (query.get("repository"), query.get("find")));
    let wanted = wanted.filter(|id| !id.is_empty()).map(RepositoryId::new);
    let page = Resource::new(|| (), move |()| load_start(wanted.clone(), find.clone()));
    let content = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) if page.picker.total == 0 => view! { <Nothing more_at=page.picker.more_at/> }.into_any(),
                Ok(page) => view! { <Form page/> }.into_any(),
                Err(problem) => view! {
                    <State icon="triangle-alert" title="The repositories can't be shown" sentence=problem.sentence() bad=true>
                        {if problem.kind() == ErrorKind::SignedOut {
                            view! { <SignInAgain/> }.into_any()
                        } else {
                            view! {
                                <button type="button" class="btn" on:click=move |_| page.refetch()>
                                    <Icon name="rotate-cw"/>
                                    {words::RETRY}
                                </button>
                            }
                            .into_any()
                        }}
                    </State>
                }
                .into_any(),
            }
        })
    };
    set_title(|| "New session · Slipway".into());
    view! {
        <TopBar/>
        <main class="page-start">
            <h1 class="start-title">{words::NEW_SESSION}</h1>
            <p class="t-body text-text-2 max-md:hidden">"The agent works in its own checkout, on its own branch."</p>
            <Suspense fallback=|| view! { <p role="status" class="waits"><Spinner/>"Loading your repositories"</p> }>
                {content}
            </Suspense>
        </main>
    }
    .into_any()
}

/// There is nothing to pick from.
#[component]
fn Nothing(more_at: Option<String>) -> impl IntoView {
    let sentence = if more_at.is_some() {
        "GitHub shows Slipway no repository of yours. Make one there, or let Slipway see one."
    } else {
        "Start Slipway with SLIPWAY_REPOS set to a folder that holds git repositories."
    };
    view! {
        <State icon="book-marked" title="No repository to work on" sentence>
            {more_at
                .map(|address| {
                    view! {
                        <a href=address rel="external noreferrer" target="_blank" class="btn btn-primary">
                            {words::CHOOSE_AT_GITHUB}
                        </a>
                    }
                })}
        </State>
    }
    .into_any()
}

/// What the form holds while it is filled in.
#[derive(Clone, Copy)]
struct Start {
    field: NodeRef<html::Textarea>,
    has_text: RwSignal<bool>,
    repository: RwSignal<String>,
    branch: RwSignal<String>,
    mode: RwSignal<Mode>,
    model: RwSignal<String>,
    creating: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
    /// Kept until the session is there, so that trying again makes no second one.
    id: StoredValue<Option<String>>,
}

impl Start {
    fn note(self) {
        if let Some(field) = self.field.get_untracked() {
            self.has_text.set(!field.value().trim().is_empty());
            fit(&field);
        }
    }

    fn create(self, opened: impl FnOnce(SessionId) + 'static) {
        let Some(field) = self.field.get_untracked() else { return };
        let message = field.value().trim().to_owned();
        if message.is_empty() {
            self.problem.set(Some("Say what the agent should do.".into()));
            let _ = field.focus();
            return;
        }
        if self.creating.get_untracked() {
            return;
        }
        let id = self.id.get_value().unwrap_or_else(browser::random_id);
        self.id.set_value(Some(id.clone()));
        self.creating.set(true);
        let new = NewSession {
            id: SessionId::new(id.clone()),
            repository: RepositoryId::new(self.repository.get_untracked()),
            base_branch: self.branch.get_untracked(),
            mode: self.mode.get_untracked(),
            model: ModelRef::parse(&self.model.get_untracked()),
            prompt: PromptId::new(id),
            message,
        };
        spawn_local(async move {
            match create_session(new).await {
                Ok(session) => opened(session),
                Err(failed) => {
                    self.problem.set(Some(failed.sentence().to_owned()));
                    self.creating.set(false);
                }
            }
        });
    }
}

#[component]
fn Form(page: StartPage) -> impl IntoView {
    let StartPage { picker: first_page, find, repository, branches: first_branches, choice, mode } = page;
    let first = first_page.repositories.iter().find(|known| Some(&known.id) == repository.as_ref());
    let first_branch = default_branch(first, &first_branches);
    let repository = repository.map(|id| id.to_string()).unwrap_or_default();
    let model = choice.default.as_ref().or(choice.models.first().map(|model| &model.id));
    let start = Start {
        field: NodeRef::new(),
        has_text: RwSignal::new(false),
        repository: RwSignal::new(repository),
        branch: RwSignal::new(first_branch),
        mode: RwSignal::new(mode),
        model: RwSignal::new(model.map(ToString::to_string).unwrap_or_default()),
        creating: RwSignal::new(false),
        problem: RwSignal::new(visitor().with_value(|visitor| visitor.problem.clone())),
        id: StoredValue::new(None),
    };
    let picker = Picker::new(first_page, start.repository);
    let model_choices: Vec<Choice> = choice
        .models
        .iter()
        .map(|model| Choice {
            value: model.id.to_string(),
            label: model.name.clone(),
            detail: model.provider_name.clone(),
            ..Choice::default()
        })
        .collect();
    let known_branches = RwSignal::new(first_branches);
    let branch_choices =
        Signal::derive(move || known_branches.get().iter().map(branch_choice).collect::<Vec<_>>());
    let load_branches = Callback::new(move |picked: String| {
        // Until its branches are known there is one: its default.
        let known = picker.info(&picked);
        let default = known.as_ref().map(|known| known.default_branch.clone());
        start.branch.set(default.clone().unwrap_or_default());
        known_branches.set(default.map(|name| Branch { name, commit: String::new() }).into_iter().collect());
        spawn_local(async move {
            let found = branches(RepositoryId::new(picked.clone())).await;
            // Another one may have been picked meanwhile.
            if start.repository.try_get_untracked() != Some(picked.clone()) {
                return;
            }
            match found {
                Ok(found) => {
                    let default = default_branch(known.as_ref(), &found);
                    let chosen = start.branch.get_untracked();
                    if found.iter().all(|branch| branch.name != chosen) {
                        start.branch.set(default);
                    }
                    known_branches.set(found);
                    start.problem.set(None);
                }
                Err(failed) => start.problem.set(Some(failed.sentence().to_owned())),
            }
        });
    });
    Effect::new(move |_| {
        if start.field.get().is_some() {
            start.note();
            // Not before the page stands: what comes by the program is put together first.
            request_animation_frame(|| browser::focus("start-message"));
        }
    });
    let navigate = use_navigate();
    let create = move || {
        let navigate = navigate.clone();
        start.create(move |session| navigate(&format!("/sessions/{session}"), NavigateOptions::default()));
    };
    let create = StoredValue::new(create);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        create.with_value(|create| create());
    };
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.is_composing() {
            event.prevent_default();
            create.with_value(|create| create());
        }
    };
    let form_id = visitor().with_value(|visitor| visitor.form_id.clone());
    let kept = use_query_map().with_untracked(|query| query.get("message")).unwrap_or_default();
    let described = start.problem;
    view! {
        <form class="start" method="post" action=CREATE_FROM_FORM on:submit=submit>
            <input type="hidden" name="form_id" value=form_id/>
            <input type="hidden" name="branches_of" value=start.repository.get_untracked()/>
            <div class="start-card">
                // Seen on narrow screens only, so the field says its name itself.
                <label for="start-message" class="start-label">
                    {words::MESSAGE}
                </label>
                <textarea
                    node_ref=start.field
                    id="start-message"
                    name="message"
                    aria-label=words::MESSAGE
                    rows="5"
                    class="start-text"
                    placeholder="What should the agent do?"
                    aria-describedby="start-problem"
                    on:input=move |_| start.note()
                    on:keydown=keys
                >
                    {kept}
                </textarea>
                <div class="start-bar">
                    <div class="start-mode">
                        <span class="start-label" aria-hidden="true">
                            {words::MODE}
                        </span>
                        <ModeSwitch mode=start.mode chosen=|_| ()/>
                        <p class="t-meta text-text-3 mt-2 md:hidden">"Build acts at once. Plan proposes and waits for your yes."</p>
                    </div>
                    <div class="start-model">
                        <span class="start-label" aria-hidden="true">
                            {words::MODEL}
                        </span>
                        <Combobox
                            name="model"
                            label=words::MODEL
                            icon="sparkles"
                            class="combo combo-quiet"
                            choices=Signal::stored(model_choices)
                            value=start.model
                            placeholder="Model"
                        />
                    </div>
                    <span class="ml-auto flex gap-1 max-md:hidden" aria-hidden="true">
                        <kbd>"Ctrl"</kbd>
                        <kbd>"↵"</kbd>
                    </span>
                    <button
                        type="submit"
                        class="btn btn-primary start-create"
                        class:btn-quiet=move || !start.has_text.get()
                        disabled=move || start.creating.get()
                    >
                        {move || start.creating.get().then(|| view! { <Spinner/> })}
                        {words::CREATE_SESSION}
                    </button>
                </div>
            </div>
            <div class="start-where">
                <div class="start-repository">
                    <span class="start-label" aria-hidden="true">
                        {words::REPOSITORY}
                    </span>
                    <RepositoryField picker chosen=load_branches/>
                </div>
                <div class="start-branch">
                    <span class="start-label" aria-hidden="true">
                        {words::BASE_BRANCH}
                    </span>
                    <Combobox
                        name="base_branch"
                        label=words::BASE_BRANCH
                        icon="git-branch"
                        choices=branch_choices
                        value=start.branch
                        placeholder="Base branch"
                    />
                </div>
                <noscript>
                    <button type="submit" class="btn" formmethod="get" formaction="/sessions/new">
                        "Show its branches"
                    </button>
                </noscript>
            </div>
            <AroundTheList picker find/>
            <p id="start-problem" role="alert" class="start-problem">
                {move || described.get()}
            </p>
        </form>
    }
    .into_any()
}

fn branch_choice(branch: &Branch) -> Choice {
    Choice { value: branch.name.clone(), label: branch.name.clone(), ..Choice::default() }
}

/// The repository's own default where it has that branch, else its first one.
fn default_branch(repository: Option<&RepositoryInfo>, branches: &[Branch]) -> String {
    let default = repository.map(|known| &known.default_branch);
    let found = branches.iter().find(|branch| Some(&branch.name) == default).or(branches.first());
    found.map(|branch| branch.name.clone()).unwrap_or_default()
}
