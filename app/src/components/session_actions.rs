//! What one can do with a whole session: rename, archive, restore, delete. A menu per session, the dialogs once per page.

use leptos::{html, prelude::*, task::spawn_local};
use slipway_protocol::{Command, SessionId};
use web_sys::SubmitEvent;

use super::{
    dialog::Dialog,
    icon::Icon,
    menu::{Menu, MenuItem},
};
use crate::{ask::ask, hydration::piece::Piece, words};

/// The session that a menu or a dialog is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub id: SessionId,
    pub title: String,
    pub branch: String,
    pub archived: bool,
}

/// What the page does with the outcome.
#[derive(Clone, Copy)]
pub struct Actions {
    /// Whose dialog is open.
    pub renaming: RwSignal<Option<Subject>>,
    pub deleting: RwSignal<Option<Subject>>,
    problem: RwSignal<Option<String>>,
    done: Callback<(SessionId, Command)>,
}

impl Actions {
    fn run(self, session: SessionId, command: Command) {
        spawn_local(async move {
            match ask(session.clone(), command.clone()).await {
                Ok(()) => {
                    self.problem.set(None);
                    self.done.run((session, command));
                }
                Err(problem) => self.problem.set(Some(problem.sentence().to_owned())),
            }
        });
    }
}

/// `done` hears of each command that was applied; `problem` holds the sentence of one that was not.
pub fn provide_actions(problem: RwSignal<Option<String>>, done: Callback<(SessionId, Command)>) {
    provide_context(Actions { renaming: RwSignal::new(None), deleting: RwSignal::new(None), problem, done });
}

#[component]
pub fn ActionsMenu(
    #[prop(into)] subject: Signal<Subject>,
    #[prop(default = "ellipsis")] icon: &'static str,
    #[prop(default = "menu right-0")] list: &'static str,
) -> impl IntoView {
    let actions: Actions = expect_context();
    let archived = Signal::derive(move || subject.with(|subject| subject.archived));
    let toggle = move |()| {
        let Subject { id, archived, .. } = subject.get_untracked();
        actions.run(id, if archived { Command::Restore } else { Command::Archive });
    };
    view! {
        <Menu label=words::SESSION_ACTIONS list trigger=ViewFn::from(move || view! { <Icon name=icon/> })>
            <MenuItem
                icon="pencil"
                label=words::RENAME
                chosen=move |()| actions.renaming.set(Some(subject.get_untracked()))
            />
            {move || {
                let (icon, label) =
                    if archived.get() { ("archive-restore", words::RESTORE) } else { ("archive", words::ARCHIVE) };
                view! { <MenuItem icon label chosen=toggle/> }
            }}
            <div class="menu-line" role="separator"></div>
            <MenuItem
                icon="trash-2"
                label=words::DELETE
                danger=true
                chosen=move |()| actions.deleting.set(Some(subject.get_untracked()))
            />
        </Menu>
    }
    .into_any()
}

/// The dialogs that the menus open.
#[component]
pub fn ActionDialogs() -> impl IntoView {
    view! {
        <Piece><RenameDialog/></Piece>
        <Piece><DeleteDialog/></Piece>
    }
}

#[component]
fn RenameDialog() -> impl IntoView {
    let actions: Actions = expect_context();
    let (open, close) = opened_by(actions.renaming);
    let title = RwSignal::new(String::new());
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(subject) = actions.renaming.get() {
            title.set(subject.title);
            request_animation_frame(move || {
                if let Some(field) = field.try_get_untracked().flatten() {
                    field.select();
                }
            });
        }
    });
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let title = title.get_untracked().trim().to_owned();
        if let (Some(subject), false) = (actions.renaming.get_untracked(), title.is_empty()) {
            actions.run(subject.id, Command::Rename { title });
            close();
        }
    };
    view! {
        <Dialog open id="rename-session" title="Rename session">
            <form on:submit=save class="mt-3">
                <input
                    node_ref=field
                    type="text"
                    class="field w-full"
                    aria-label="Title"
                    maxlength="200"
                    autofocus
                    prop:value=move || title.get()
                    on:input=move |event| title.set(event_target_value(&event))
                />
                <div class="dialog-bar">
                    <button type="button" class="btn" on:click=move |_| close()>
                        {words::CANCEL}
                    </button>
                    <button type="submit" class="btn btn-primary" disabled=move || title.with(|title| title.trim().is_empty())>
                        "Save"
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn DeleteDialog() -> impl IntoView {
    let actions: Actions = expect_context();
    let (open, close) = opened_by(actions.deleting);
    let named = move |part: fn(&Subject) -> String| {
        move || actions.deleting.with(|subject| subject.as_ref().map(part).unwrap_or_default())
    };
    let delete = move |_| {
        if let Some(subject) = actions.deleting.get_untracked() {
            actions.run(subject.id, Command::Delete);
        }
        close();
    };
    view! {
        <Dialog open id="delete-session" title=words::DELETE_SESSION>
            <p class="t-body text-text-2 mt-2 wrap-anywhere">
                "“" {named(|subject| subject.title.clone())} "”, its conversation and its checkout go for good. What was not delivered from "
                <code class="t-code">{named(|subject| subject.branch.clone())}</code> " is lost."
            </p>
            <div class="dialog-bar">
                <button type="button" class="btn" autofocus on:click=move |_| close()>
                    {words::CANCEL}
                </button>
                <button type="button" class="btn btn-danger" on:click=delete>
                    {words::DELETE}
                </button>
            </div>
        </Dialog>
    }
}

/// A dialog is open while it has a subject.
fn opened_by(subject: RwSignal<Option<Subject>>) -> (RwSignal<bool>, impl Fn() + Copy) {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        let wanted = subject.with(Option::is_some);
        if open.get_untracked() != wanted {
            open.set(wanted);
        }
    });
    Effect::new(move |_| {
        if !open.get() && subject.with_untracked(Option::is_some) {
            subject.set(None);
        }
    });
    (open, move || subject.set(None))
}
