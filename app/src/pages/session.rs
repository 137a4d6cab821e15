//! One session: header, conversation, composer, side panel.

pub mod behind;
pub mod details;
pub mod header;
pub mod rules;

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_params_map, use_query_map},
};
use slipway_protocol::{Command, Draft, ErrorKind, MessageId, Mode, SessionId, SessionView};

use self::{
    details::{Backdrop, Details},
    header::Header,
};
use crate::{
    api::{ModelChoice, Problem, get_session, load_draft, load_trust, mark_seen, models},
    browser,
    components::{
        icon::{Icon, Spinner},
        session_actions::{ActionDialogs, Actions, Subject, provide_actions},
        sign_in_again::SignInAgain,
        sign_in_first::SignInFirst,
        state::State,
        top_bar::TopBar,
    },
    conversation::{composer::Composer, log::Log, shown::Shown},
    hydration::piece::Piece,
    live::{self, list::feed, socket::Link},
    palette::{Act, desk},
    session::Session,
    title::set_title,
    trust::provide_trust,
    visitor::visitor,
    words,
};

#[component]
pub fn SessionPage() -> impl IntoView {
    if visitor().with_value(|visitor| visitor.person.is_none()) {
        return view! { <SignInFirst/> }.into_any();
    }
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default());
    let asked = use_query_map();
    let at = Memo::new(move |_| asked.with(|asked| asked.get("at")));
    let session = Resource::new(
        move || (id.get(), at.get()),
        |(id, at)| get_session(SessionId::new(id), at.map(MessageId::new)),
    );
    let choice = Resource::new(|| (), |()| models());
    let draft = Resource::new(move || id.get(), |id| load_draft(SessionId::new(id)));
    let trust = Resource::new(move || id.get(), |id| load_trust(SessionId::new(id)));
    let content = move || {
        Suspend::new(async move {
            match session.await {
                Ok(view) => {
                    let choice = choice.await.unwrap_or_default();
                    let kept = draft.await.unwrap_or_default();
                    let decided = trust.await;
                    view! { <Piece><Whole view choice kept decided/></Piece> }.into_any()
                }
                Err(problem) => view! { <Unavailable problem again=move |()| session.refetch()/> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=Opening>{content}</Suspense> }.into_any()
}

#[component]
pub fn Opening() -> impl IntoView {
    view! {
        <TopBar/>
        <main>
            <p role="status" class="waits">
                <Spinner/>
                "Opening the session"
            </p>
        </main>
    }
}

/// Says nothing about what it hides.
#[component]
pub fn Unavailable(problem: Problem, #[prop(into)] again: Callback<()>) -> impl IntoView {
    let hidden = matches!(problem.kind(), ErrorKind::NotFound | ErrorKind::Forbidden);
    let (icon, title, sentence) = if hidden {
        (
            "lock",
            "You can’t open this session",
            "There is no such session, it belongs to somebody else, or your account can’t read its repository."
                .to_owned(),
        )
    } else {
        ("triangle-alert", "The session can’t be shown", problem.sentence().to_owned())
    };
    let way_on = match problem.kind() {
        ErrorKind::SignedOut => view! { <SignInAgain/> }.into_any(),
        _ => view! {
            <button
                type="button"
                class=if hidden { "btn btn-ghost" } else { "btn btn-primary" }
                on:click=move |_| again.run(())
            >
                <Icon name="rotate-cw"/>
                {if hidden { words::CHECK_AGAIN } else { words::RETRY }}
            </button>
        }
        .into_any(),
    };
    set_title(|| "Session · Slipway".into());
    view! {
        <TopBar/>
        <main>
            <h1 class="sr-only">{title}</h1>
            <State icon title sentence bad=!hidden>
                <a href="/sessions" class="btn">
                    {words::BACK_TO_SESSIONS}
                </a>
                {way_on}
            </State>
        </main>
    }
    .into_any()
}

#[component]
fn Whole(
    view: SessionView,
    choice: ModelChoice,
    kept: Draft,
    decided: Result<Option<bool>, Problem>,
) -> impl IntoView {
    let shown = Shown::new(view);
    let session = Session::new(shown.id());
    let link = Link::default();
    provide_context(session);
    provide_trust(shown, session, decided);
    Effect::new(move |_| live::session::follow(shown, link));
    watch_reading(shown);
    let panel = RwSignal::new(Panel::default());
    escape_stops(shown, session, panel);
    let navigate = use_navigate();
    let done = Callback::new(move |(_, command): (SessionId, Command)| {
        if command == Command::Delete {
            navigate("/sessions", NavigateOptions::default());
        }
    });
    provide_actions(session.problem, done);
    offer_acts(shown, session);
    set_title(move || format!("{} · Slipway", shown.head.with(|head| head.title.clone())));
    let choice_of_panel = choice.clone();
    view! {
        <div class="session">
            <Piece><Header shown link panel/></Piece>
            <div class="session-body" data-panel=move || panel.get().slug()>
                <main class="session-main">
                    <Show when=move || shown.gone.get()>
                        <p class="strip strip-bad m-3" role="alert">
                            <Icon name="triangle-alert"/>
                            "This session was deleted, or you may no longer read its repository. What you see is the last that was said."
                        </p>
                    </Show>
                    <Piece><Log shown link/></Piece>
                    <Piece><Composer shown choice kept link/></Piece>
                </main>
                <Backdrop panel/>
                <Piece><Details shown choice=choice_of_panel panel/></Piece>
            </div>
            <ActionDialogs/>
        </div>
    }
    .into_any()
}

/// What the palette can do here.
fn offer_acts(shown: Shown, session: Session) {
    let actions: Actions = expect_context();
    let command = move |icon, label, command: Command| {
        let run = Callback::new(move |()| session.run(command.clone()));
        Act { icon, label, run }
    };
    let go = StoredValue::new(use_navigate());
    let acts = move || {
        let head = shown.head.get();
        let subject = Subject {
            id: head.id.clone(),
            title: head.title.clone(),
            branch: head.branch.clone(),
            archived: head.archived_at.is_some(),
        };
        let (renamed, changes) = (subject.clone(), format!("/sessions/{}/changes", head.id));
        let rename = Callback::new(move |()| actions.renaming.set(Some(renamed.clone())));
        let delete = Callback::new(move |()| actions.deleting.set(Some(subject.clone())));
        let look = Callback::new(move |()| go.with_value(|go| go(&changes, NavigateOptions::default())));
        let mut acts = Vec::new();
        if head.archived_at.is_some() {
            acts.push(command("archive-restore", words::RESTORE, Command::Restore));
        } else {
            if head.phase.is_busy() {
                let stop = Callback::new(move |()| session.run(shown.stop()));
                acts.push(Act { icon: "square", label: words::STOP, run: stop });
            }
            let (icon, label, mode) = match head.mode {
                Mode::Build => ("list-todo", "Switch to Plan mode", Mode::Plan),
                Mode::Plan => ("hammer", "Switch to Build mode", Mode::Build),
            };
            acts.push(command(icon, label, Command::SetMode { mode }));
            if !head.changed_files.is_empty() {
                acts.push(Act { icon: "git-commit-horizontal", label: words::CHANGES, run: look });
            }
            acts.push(command("archive", words::ARCHIVE, Command::Archive));
        }
        acts.push(Act { icon: "pencil", label: words::RENAME, run: rename });
        acts.push(Act { icon: "trash-2", label: words::DELETE, run: delete });
        acts
    };
    desk().offer(acts);
}

/// The side panel: as the width of the window has it, until somebody opens or closes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    #[default]
    Automatic,
    Open,
    Closed,
}

impl Panel {
    /// It lies over the conversation, where there is no room beside it.
    fn covers(self) -> bool {
        self == Self::Open && !browser::is_wide()
    }

    fn slug(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// Tells the server how far the reader is, while the page is in front.
fn watch_reading(shown: Shown) {
    const PAUSE: Duration = Duration::from_millis(800);
    let told = StoredValue::new(None::<u64>);
    let waiting = StoredValue::new(false);
    let tell = move || {
        waiting.try_set_value(false);
        let Some(revision) = shown.revision.try_get_untracked() else { return };
        if !browser::is_visible() || told.get_value() == Some(revision) {
            return;
        }
        told.set_value(Some(revision));
        spawn_local(async move {
            // Where this fails the session stays unread, and the next look tells again.
            if mark_seen(shown.id(), revision).await.is_err() {
                told.try_set_value(None);
            }
        });
    };
    Effect::new(move |_| {
        shown.revision.track();
        if !waiting.get_value() {
            waiting.set_value(true);
            set_timeout(tell, PAUSE);
        }
    });
    let feed = feed();
    let id = StoredValue::new(shown.id());
    let look = move || id.with_value(|id| feed.look_at(id, browser::is_visible()));
    Effect::new(move |_| look());
    let listener = window_event_listener(leptos::ev::visibilitychange, move |_| {
        look();
        tell();
    });
    on_cleanup(move || {
        listener.remove();
        id.with_value(|id| feed.look_at(id, false));
    });
}

/// Escape stops the running turn, unless something is open that Escape closes.
fn escape_stops(shown: Shown, session: Session, panel: RwSignal<Panel>) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let counts = event.key() == "Escape" && !event.is_composing() && !event.default_prevented();
        if !counts || browser::has_open_layer() {
            return;
        }
        if panel.get_untracked().covers() {
            panel.set(Panel::Closed);
            browser::focus("open-details");
        } else if shown.head.with_untracked(|head| head.phase.is_busy()) {
            session.run(shown.stop());
        }
    });
    on_cleanup(move || listener.remove());
}
