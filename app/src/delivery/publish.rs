//! To GitHub: push, pull request, and how that stands.

use leptos::prelude::*;
use slipway_protocol::{Publishing, PullRequestLink};

use super::{
    checks::Checks,
    comments::Comments,
    dialogs::{PullRequestDialog, PushDialog},
    fix::Fixing,
    form::Form,
    watch::Watch,
};
use crate::{
    components::{
        icon::{Icon, Spinner},
        sign_in_again::SignInAgain,
    },
    conversation::shown::Shown,
    session::Session,
    words,
};

#[component]
pub fn Publish(shown: Shown) -> impl IntoView {
    let session: Session = expect_context();
    let form = Form::new(session, shown);
    let watch = Watch::new(session, shown);
    let (pushing, opening) = (RwSignal::new(false), RwSignal::new(false));
    let publishing = Memo::new(move |_| shown.head.with(|head| head.publishing.clone()));
    let under_way = move || publishing.with(|publishing| publishing.under_way);
    let cannot = Memo::new(move |_| {
        shown
            .head
            .with(|head| head.phase.is_busy() || head.archived_at.is_some() || head.publishing.under_way)
    });
    let link = Memo::new(move |_| {
        let seen = watch.view.with(|view| view.as_ref().map(|view| view.link.clone()));
        seen.or_else(|| publishing.with(|publishing| publishing.pull_request.clone()))
    });
    let begin = move |open: RwSignal<bool>| {
        form.problem.set(None);
        form.propose();
        open.set(true);
    };
    view! {
        <section class="part">
            <div class="flex gap-2">
                <button
                    type="button"
                    class="btn flex-1"
                    disabled=move || cannot.get()
                    on:click=move |_| begin(pushing)
                >
                    {move || {
                        if under_way() {
                            view! { <Spinner/> }.into_any()
                        } else {
                            view! { <Icon name="arrow-up"/> }.into_any()
                        }
                    }}
                    {words::PUSH}
                </button>
                <Show when=move || link.with(Option::is_none)>
                    <button
                        type="button"
                        class="btn flex-1"
                        disabled=move || cannot.get()
                        on:click=move |_| begin(opening)
                    >
                        <Icon name="git-pull-request"/>
                        {words::OPEN_PULL_REQUEST}
                    </button>
                </Show>
            </div>
            <LastPush publishing form/>
        </section>
        <Show when=move || form.signed_out.get() || watch.is_signed_out()>
            <section class="part">
                <SignInAgain leave=form.leave()/>
            </section>
        </Show>
        {move || link.get().map(|link| view! { <Card link watch/> })}
        <PushDialog shown form open=pushing/>
        <PullRequestDialog form open=opening/>
    }
    .into_any()
}

/// How the last push ended.
#[component]
pub fn LastPush(publishing: Memo<Publishing>, form: Form) -> impl IntoView {
    view! {
        <div class="t-meta mt-2 text-text-3 wrap-anywhere" role="status">
            {move || {
                publishing
                    .with(|publishing| match (&publishing.problem, &publishing.commit) {
                        _ if publishing.under_way => view! { "Pushing to GitHub" }.into_any(),
                        (Some(problem), _) => view! { <Problem form sentence=problem.clone()/> }.into_any(),
                        (None, Some(commit)) => {
                            let short = commit.chars().take(7).collect::<String>();
                            view! { "Pushed up to " <code class="t-code">{short}</code> }.into_any()
                        }
                        (None, None) => view! { "Nothing has left this session yet." }.into_any(),
                    })
            }}
        </div>
    }
    .into_any()
}

/// Why it did not happen, until somebody has read it.
#[component]
fn Problem(form: Form, sentence: String) -> impl IntoView {
    view! {
        <div class="flex items-start gap-2">
            <span class="min-w-0 flex-1 text-bad">{sentence}</span>
            <button
                type="button"
                class="btn btn-ghost btn-small btn-icon"
                aria-label=words::DISMISS
                on:click=move |_| form.forget_problem()
            >
                <Icon name="x" class="icon size-[15px]"/>
            </button>
        </div>
    }
    .into_any()
}

/// The pull request, as it is at GitHub.
#[component]
fn Card(link: PullRequestLink, watch: Watch) -> impl IntoView {
    let PullRequestLink { number, url, title } = link;
    let fixing = Fixing::new(expect_context());
    let state = move || watch.view.with(|view| view.as_ref().map(|view| view.state.label()));
    let told = move || {
        let missing = watch.view.with(|view| view.as_ref().and_then(|view| view.missing.clone()));
        let problem =
            watch.problem.with(|problem| problem.as_ref().map(|problem| problem.sentence().to_owned()));
        [problem, missing, fixing.problem.get()].into_iter().flatten().next()
    };
    view! {
        <section class="part" aria-label=words::PULL_REQUEST>
            <p class="part-row">
                <Icon name="git-pull-request"/>
                <a href=url target="_blank" rel="noopener noreferrer" class="min-w-0 truncate font-medium">
                    {format!("#{number} {title}")}
                </a>
                <span class="ml-auto shrink-0 text-text-2">{state}</span>
            </p>
            <p class="t-meta text-bad wrap-anywhere" role="status">{told}</p>
            <Checks watch fixing/>
            <Comments watch fixing/>
        </section>
    }
    .into_any()
}
