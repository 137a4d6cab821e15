//! The side panel; a sheet on the phone.

use leptos::prelude::*;
use slipway_protocol::{COMPACT, ChangedFile, Command, Phase, PromptId, TaskStatus};

use super::{Panel, behind::Behind, rules::RulesPart};
use crate::{
    api::ModelChoice,
    browser,
    components::{
        figures::Changed,
        icon::{Icon, Spinner, task_icon},
        model::model_name,
    },
    conversation::{
        prose::Elapsed,
        requests::{anchor, wanted},
        running::running,
        shown::Shown,
    },
    delivery::Delivery,
    pages::changes::address_of,
    session::Session,
    text::figures::{cost, percent, tokens},
    trust::TrustLine,
    words,
};

fn close(panel: RwSignal<Panel>) {
    panel.set(Panel::Closed);
    browser::focus("open-details");
}

/// Between a panel that covers the conversation and what it covers.
#[component]
pub fn Backdrop(panel: RwSignal<Panel>) -> impl IntoView {
    view! { <div class="backdrop" on:click=move |_| close(panel)></div> }
}

#[component]
pub fn Details(shown: Shown, choice: ModelChoice, panel: RwSignal<Panel>) -> impl IntoView {
    view! {
        <aside id="session-details" class="details" aria-label=words::SESSION_DETAILS>
            <div class="details-head">
                <h2 class="t-heading">{words::SESSION_DETAILS}</h2>
                <button
                    type="button"
                    id="close-details"
                    class="btn btn-ghost btn-icon ml-auto"
                    aria-label="Close details"
                    on:click=move |_| close(panel)
                >
                    <Icon name="x" class="icon size-5"/>
                </button>
            </div>
            <Place shown/>
            <Waiting shown/>
            <Tasks shown/>
            <Running shown/>
            <Files shown/>
            <Figures shown choice/>
            <RulesPart shown/>
            <Delivery shown/>
        </aside>
    }
    .into_any()
}

#[component]
fn Place(shown: Shown) -> impl IntoView {
    let branch = move || shown.head.with(|head| head.branch.clone());
    let base_commit = move || shown.head.with(|head| head.base_commit.chars().take(7).collect::<String>());
    view! {
        <section class="part">
            <p class="part-row">
                <Icon name="book-marked"/>
                <span class="sr-only">{words::REPOSITORY}</span>
                <span class="min-w-0 truncate font-medium">
                    {move || shown.head.with(|head| head.repository.to_string())}
                </span>
            </p>
            <p class="part-row">
                <Icon name="git-branch"/>
                <span class="sr-only">"Branch"</span>
                <code class="t-code min-w-0 truncate">{branch}</code>
                <button
                    type="button"
                    class="btn btn-ghost btn-small btn-icon ml-auto"
                    aria-label="Copy the branch’s name"
                    on:click=move |_| {
                        browser::copy(&untrack(branch));
                    }
                >
                    <Icon name="copy" class="icon size-[15px]"/>
                </button>
            </p>
            <p class="part-row text-text-2">
                <Icon name="git-pull-request"/>
                <span class="min-w-0 truncate">
                    "from " <code class="t-code text-text">{move || shown.head.with(|head| head.base_branch.clone())}</code>
                </span>
                <code class="t-meta font-mono ml-auto text-text-3">{base_commit}</code>
            </p>
            <Behind shown/>
            <TrustLine/>
        </section>
    }
    .into_any()
}

#[component]
fn Waiting(shown: Shown) -> impl IntoView {
    view! {
        <Show when=move || shown.requests.with(|requests| !requests.is_empty())>
            <section class="part part-waiting">
                <h2 class="part-title">
                    {words::WAITING_FOR_YOU} <span class="ml-auto">{move || shown.requests.with(Vec::len)}</span>
                </h2>
                <For
                    each=move || shown.requests.get()
                    key=|request| request.id.clone()
                    children=move |request| {
                        view! {
                            <a href=format!("#{}", anchor(&request.id)) rel="external" class="part-row">
                                <Icon name="circle-dot"/>
                                <span class="min-w-0 truncate">{wanted(&request)}</span>
                            </a>
                        }
                    }
                />
            </section>
        </Show>
    }
    .into_any()
}

#[component]
fn Tasks(shown: Shown) -> impl IntoView {
    let tasks = Memo::new(move |_| shown.head.with(|head| head.tasks.clone()));
    let works = Memo::new(move |_| {
        shown.head.with(|head| head.phase.is_busy() && head.phase != Phase::WaitingForYou)
    });
    let done = move || {
        tasks.with(|tasks| {
            let done = tasks.iter().filter(|task| task.status == TaskStatus::Completed).count();
            format!("{done} of {}", tasks.len())
        })
    };
    let items = move || {
        tasks
            .get()
            .into_iter()
            .map(|task| {
                let glyph = match task.status {
                    TaskStatus::InProgress if works.get() => view! { <Spinner/> }.into_any(),
                    status => view! { <Icon name=task_icon(status)/> }.into_any(),
                };
                view! {
                    <li class="part-row task-row" data-status=task.status.slug()>
                        {glyph}
                        <span class="min-w-0 wrap-anywhere">{task.text}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=move || tasks.with(|tasks| !tasks.is_empty())>
            <section class="part">
                <h2 class="part-title">{words::TASKS} <span class="ml-auto tabular-nums">{done}</span></h2>
                <ul aria-label=words::TASKS>{items}</ul>
            </section>
        </Show>
    }
    .into_any()
}

#[component]
fn Running(shown: Shown) -> impl IntoView {
    let calls = Memo::new(move |_| running(shown));
    let items = move || {
        calls
            .get()
            .into_iter()
            .map(|(call, by_sub_agent)| {
                view! {
                    <li class="part-row">
                        <Spinner/>
                        <code class="t-code min-w-0 flex-1 truncate">{call.target()}</code>
                        {by_sub_agent.then(|| view! { <span class="text-text-3">"sub-agent"</span> })}
                        <Elapsed started_at=call.started_at/>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=move || calls.with(|calls| !calls.is_empty())>
            <section class="part">
                <h2 class="part-title">"Running"</h2>
                <ul aria-label="Running">{items}</ul>
            </section>
        </Show>
    }
    .into_any()
}

#[component]
fn Files(shown: Shown) -> impl IntoView {
    let session: Session = expect_context();
    let files = Memo::new(move |_| shown.head.with(|head| head.changed_files.clone()));
    let sum = move |figure: fn(&ChangedFile) -> u32| {
        Signal::derive(move || files.with(|files| files.iter().map(figure).sum::<u32>()))
    };
    let items = move || {
        files
            .get()
            .into_iter()
            .map(|file| {
                let (folder, name) = match file.path.rfind('/') {
                    Some(at) => (file.path[..=at].to_owned(), file.path[at + 1..].to_owned()),
                    None => (String::new(), file.path.clone()),
                };
                let new = file.removed == 0 && file.added > 0;
                view! {
                    <li class="part-row" title=file.path.clone()>
                        <span class="flex" class:text-ok=new>
                            <Icon name="file"/>
                        </span>
                        <a class="t-code font-mono flex min-w-0 flex-1 hover:underline" href=address_of(&session.id(), &file.path)>
                            <span class="truncate text-text-3">{folder}</span>
                            <span class="shrink-0">{name}</span>
                        </a>
                        <Changed added=Signal::stored(file.added) removed=Signal::stored(file.removed)/>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=move || files.with(|files| !files.is_empty())>
            <section class="part" id="changed-files">
                <h2 class="part-title">
                    {words::CHANGED_FILES} <span class="ml-auto">
                        <Changed added=sum(|file| file.added) removed=sum(|file| file.removed)/>
                    </span>
                </h2>
                <ul aria-label=words::CHANGED_FILES>{items}</ul>
            </section>
        </Show>
    }
    .into_any()
}

#[component]
fn Figures(shown: Shown, choice: ModelChoice) -> impl IntoView {
    let usage = Memo::new(move |_| shown.head.with(|head| head.usage));
    let mode = move || shown.head.with(|head| head.mode.label());
    let phase = move || shown.head.with(|head| head.phase.label());
    let choice = StoredValue::new(choice);
    let model = move || {
        let model = shown.head.with(|head| head.model.clone());
        choice.with_value(|choice| model.or(choice.default.clone()).map(|model| model_name(choice, &model)))
    };
    let session: Session = expect_context();
    let archived = move || shown.head.with(|head| head.archived_at.is_some());
    let compact = move |_| {
        let prompt = PromptId::new(browser::random_id());
        session.run(Command::Prompt {
            prompt,
            text: COMPACT.into(),
            mode: None,
            model: None,
            attachments: Vec::new(),
        });
    };
    let share = move || percent(usage.get().context_used, usage.get().context_limit);
    let line = |name: &'static str, value: AnyView| {
        view! {
            <p class="part-row">
                <span class="text-text-2">{name}</span>
                <span class="ml-auto min-w-0 truncate pl-3 tabular-nums">{value}</span>
            </p>
        }
    };
    view! {
        <section class="part">
            <p class="part-row">
                <span class="text-text-2">"Context"</span>
                <span class="ml-auto tabular-nums text-text-3">
                    {move || {
                        let usage = usage.get();
                        match share() {
                            Some(share) => format!("{share} % of {}", tokens(usage.context_limit)),
                            None => tokens(usage.context_used),
                        }
                    }}
                </span>
                <button
                    type="button"
                    class="btn btn-ghost btn-small"
                    title="The agent goes on with a summary of the conversation"
                    hidden=move || usage.get().context_used == 0 || archived()
                    on:click=compact
                >
                    {words::COMPACT}
                </button>
            </p>
            {move || {
                share()
                    .map(|share| {
                        view! {
                            <progress class="meter" max="100" value=share.to_string() aria-label="Context used"></progress>
                        }
                    })
            }}
            {line("Cost", (move || cost(usage.get().cost_micros)).into_any())}
            {line(words::MODE, mode.into_any())}
            {line(words::MODEL, model.into_any())}
            {line("Phase", phase.into_any())}
        </section>
    }
    .into_any()
}
