//! What a session has changed, file by file: to read, to comment on, to discard.

pub mod desk;
pub mod discard;
pub mod file;
pub mod header;
pub mod review_bar;
pub mod rows;
pub mod thread;
pub mod toolbar;
pub mod tree;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use slipway_protocol::{MessageId, Review, SessionId, SessionView, text_hash};

use self::{
    desk::Desk,
    discard::DiscardDialog,
    file::FileSection,
    header::Header,
    review_bar::ReviewBar,
    toolbar::Toolbar,
    tree::{Tree, folders},
};
use crate::{
    api::{Problem, get_session, load_review},
    browser,
    components::{icon::Icon, sign_in_first::SignInFirst, state::State},
    conversation::shown::Shown,
    live::{self, socket::Link},
    pages::session::{Opening, Unavailable},
    session::Session,
    title::set_title,
    visitor::visitor,
    words,
};

/// Where the changes of a file stand.
pub fn address_of(session: &SessionId, path: &str) -> String {
    format!("/sessions/{session}/changes#{}", anchor(path))
}

/// The id of a file's section.
pub fn anchor(path: &str) -> String {
    format!("file-{:x}", text_hash(path))
}

#[component]
pub fn ChangesPage() -> impl IntoView {
    if visitor().with_value(|visitor| visitor.person.is_none()) {
        return view! { <SignInFirst/> }.into_any();
    }
    let (params, asked) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let turn = Memo::new(move |_| asked.with(|asked| asked.get("turn")).map(MessageId::new));
    let loaded = Resource::new(
        move || (id.get(), turn.get()),
        |(id, turn)| async move {
            let id = SessionId::new(id);
            let view = get_session(id.clone(), None).await?;
            Ok::<_, Problem>((view, load_review(id, turn).await))
        },
    );
    let content = move || {
        Suspend::new(async move {
            match loaded.await {
                Ok((view, review)) => view! { <Whole view review turn=turn.get_untracked()/> }.into_any(),
                Err(problem) => view! { <Unavailable problem again=move |()| loaded.refetch()/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=Opening>{content}</Transition> }.into_any()
}

#[component]
fn Whole(view: SessionView, review: Result<Review, Problem>, turn: Option<MessageId>) -> impl IntoView {
    let shown = Shown::new(view);
    let session = Session::new(shown.id());
    let link = Link::default();
    provide_context(session);
    Effect::new(move |_| live::session::follow(shown, link));
    set_title(move || format!("Changes of {} · Slipway", shown.head.with(|head| head.title.clone())));
    let content = match review {
        Ok(review) => view! { <Reading shown session review turn/> }.into_any(),
        Err(problem) => view! { <Unreadable session problem/> }.into_any(),
    };
    view! {
        <div class="session">
            <Header shown link/>
            {content}
        </div>
    }
    .into_any()
}

#[component]
fn Unreadable(session: Session, problem: Problem) -> impl IntoView {
    let sentence = problem.sentence().to_owned();
    view! {
        <main>
            <h1 class="sr-only">{words::CHANGES}</h1>
            <State icon="triangle-alert" title="The changes can’t be shown" sentence bad=true>
                <a href=format!("/sessions/{}", session.id()) class="btn">
                    {words::CONVERSATION}
                </a>
            </State>
        </main>
    }
}

#[component]
fn Reading(shown: Shown, session: Session, review: Review, turn: Option<MessageId>) -> impl IntoView {
    let desk = Desk::new(shown, session, review, turn);
    provide_context(desk);
    desk.follow();
    show_wanted();
    let paths = Memo::new(move |_| {
        let files = desk.changes.with(|changes| changes.files.clone());
        let in_order = folders(files).into_iter().flat_map(|(_, files)| files).map(|file| file.path);
        in_order.filter(|path| desk.is_wanted(path)).collect::<Vec<_>>()
    });
    let is_empty = Memo::new(move |_| desk.changes.with(|changes| changes.files.is_empty()));
    let left_out = move || {
        let count = desk.changes.with(|changes| changes.left_out);
        (count > 0).then(|| format!("{count} more files differ and are left out here."))
    };
    view! {
        <div class="changes">
            <Show when=move || !is_empty.get()>
                <Tree desk/>
            </Show>
            <div class="changes-side">
                <main class="changes-main">
                    <h1 class="sr-only">{words::CHANGES}</h1>
                    <Toolbar desk/>
                    <Show when=move || desk.session.problem.get().is_some()>
                        <p class="strip strip-bad m-3" role="alert">
                            <Icon name="triangle-alert"/>
                            {move || desk.session.problem.get()}
                        </p>
                    </Show>
                    <Show when=move || is_empty.get()>
                        <Nothing session/>
                    </Show>
                    <For each=move || paths.get() key=String::clone children=move |path| view! { <FileSection desk path/> }/>
                    <p class="changes-note">{left_out}</p>
                </main>
                <ReviewBar desk/>
            </div>
        </div>
        <DiscardDialog desk/>
    }
    .into_any()
}

/// A link to a file leads there, also where the page came after the click.
fn show_wanted() {
    Effect::new(move |_| {
        if let Some(id) = browser::fragment() {
            request_animation_frame(move || {
                if let Some(file) = document().get_element_by_id(&id) {
                    file.scroll_into_view();
                }
            });
        }
    });
}

#[component]
fn Nothing(session: Session) -> impl IntoView {
    view! {
        <State icon="git-commit-horizontal" title="Nothing has changed yet." sentence="What the agent changes in the files stands here.">
            <a href=format!("/sessions/{}", session.id()) class="btn">
                {words::CONVERSATION}
            </a>
        </State>
    }
}
