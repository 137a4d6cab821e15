//! Where a person writes.

use leptos::{html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use slipway_protocol::{Command, CommandId, ErrorKind, Mode, ModelRef, Phase, PromptId};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement, KeyboardEvent, SubmitEvent};

use super::{queue::Queue, shown::Shown};
use crate::{
    api::{ModelChoice, SEND_MESSAGE},
    ask::{ask, ask_as},
    browser,
    components::{icon::Icon, mode::ModeSwitch, model::ModelSelect},
    live::socket::{Connection, Link},
    session::{COMPOSER, Session},
    visitor::visitor,
    words,
};

/// What is being written, and what becomes of it.
#[derive(Clone, Copy)]
struct Draft {
    shown: Shown,
    session: Session,
    field: NodeRef<html::Textarea>,
    has_text: RwSignal<bool>,
    mode: RwSignal<Mode>,
    model: RwSignal<Option<ModelRef>>,
    sending: RwSignal<bool>,
    /// There was no connection: sent as soon as there is one.
    waiting: RwSignal<bool>,
    /// The id of the next prompt; kept until it was taken, so that trying again sends nothing twice.
    next: StoredValue<Option<PromptId>>,
}

impl Draft {
    fn is_busy(self) -> bool {
        self.shown.head.with_untracked(|head| head.phase.is_busy())
    }

    fn note(self) {
        if let Some(field) = self.field.try_get_untracked().flatten() {
            self.has_text.set(!field.value().trim().is_empty());
            fit(&field);
        }
    }

    /// `now`: stop the running turn for it.
    fn send(self, now: bool) {
        let Some(field) = self.field.get_untracked() else { return };
        let text = field.value().trim().to_owned();
        if text.is_empty() || self.sending.get_untracked() {
            return;
        }
        let prompt = self.next.get_value().unwrap_or_else(|| PromptId::new(browser::random_id()));
        self.next.set_value(Some(prompt.clone()));
        self.sending.set(true);
        let command = Command::Prompt {
            prompt: prompt.clone(),
            text: text.clone(),
            mode: Some(self.mode.get_untracked()),
            model: self.model.get_untracked(),
        };
        let overtake = now && self.is_busy();
        spawn_local(async move {
            let id = CommandId::new(prompt.as_str());
            let sent = ask_as(id, self.session.id(), command).await;
            self.sending.set(false);
            if self.next.try_get_value().is_none() {
                return;
            }
            match sent {
                Ok(()) => {
                    self.session.problem.set(None);
                    self.session.sent.notify();
                    self.waiting.set(false);
                    self.next.set_value(None);
                    self.clear(&text);
                    if overtake {
                        // Refused where its turn has come meanwhile, which is what was wanted.
                        let _ = ask(self.session.id(), Command::SendNow { prompt }).await;
                    }
                }
                Err(problem) if problem.kind() == ErrorKind::Upstream => self.waiting.set(true),
                Err(problem) => {
                    self.waiting.set(false);
                    self.session.problem.set(Some(problem.sentence().to_owned()));
                }
            }
        });
    }

    /// Empties the field, unless something else was written meanwhile.
    fn clear(self, sent: &str) {
        if let Some(field) = self.field.try_get_untracked().flatten()
            && field.value().trim() == sent
        {
            field.set_value("");
            self.note();
        }
    }
}

/// Whoever is about to write to a sleeping agent finds it awake: asked for once, until it slept again.
fn wake_on_focus(shown: Shown) -> Callback<()> {
    let asleep =
        Memo::new(move |_| shown.head.with(|head| head.phase == Phase::Asleep && head.archived_at.is_none()));
    let asked = StoredValue::new(false);
    Effect::new(move |_| {
        if !asleep.get() {
            asked.set_value(false);
        }
    });
    Callback::new(move |()| {
        if asleep.get_untracked()
            && !asked.try_update_value(|asked| std::mem::replace(asked, true)).unwrap_or(true)
        {
            // Where this fails, sending will say why.
            spawn_local(async move {
                let _ = ask(shown.id(), Command::Wake).await;
            });
        }
    })
}

/// As high as its text, within the limits of the style sheet.
pub fn fit(field: &HtmlTextAreaElement) {
    let style = field.unchecked_ref::<HtmlElement>().style();
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}

#[component]
pub fn Composer(shown: Shown, choice: ModelChoice, link: Link) -> impl IntoView {
    let session: Session = expect_context();
    let archived = Memo::new(move |_| shown.head.with(|head| head.archived_at.is_some()));
    let choice = StoredValue::new(choice);
    view! {
        <div class="composer-place">
            <Trouble link/>
            <Show
                when=move || !archived.get()
                fallback=move || {
                    view! {
                        <div class="archived">
                            <span>"Archived. Branch and history are kept."</span>
                            <button type="button" class="btn ml-auto" on:click=move |_| session.run(Command::Restore)>
                                <Icon name="undo-2"/>
                                {words::RESTORE}
                            </button>
                        </div>
                    }
                }
            >
                <Queue shown/>
                <Field shown choice=choice.get_value() link/>
            </Show>
        </div>
    }
    .into_any()
}

/// One strip: why something did not happen, or that there is no connection.
#[component]
fn Trouble(link: Link) -> impl IntoView {
    let session: Session = expect_context();
    let sentence = move || {
        let posted = visitor().with_value(|visitor| visitor.problem.clone());
        session.problem.get().or(posted)
    };
    let forget = move |_| {
        session.problem.set(None);
        visitor().update_value(|visitor| visitor.problem = None);
        session.problem.notify();
    };
    view! {
        {move || {
            sentence()
                .map(|sentence| {
                    view! {
                        <div class="strip strip-bad" role="alert">
                            <Icon name="triangle-alert"/>
                            <span class="min-w-0 flex-1">{sentence}</span>
                            <button type="button" class="btn btn-ghost btn-small btn-icon" aria-label="Dismiss" on:click=forget>
                                <Icon name="x" class="icon size-[15px]"/>
                            </button>
                        </div>
                    }
                })
        }}
        <Show when=move || link.connection.get() == Connection::Offline>
            <div class="strip strip-warn">
                <Icon name="wifi-off"/>
                <span class="min-w-0 flex-1">"No connection. The agent goes on working."</span>
                <button type="button" class="btn btn-ghost btn-small" on:click=move |_| link.try_now()>
                    "Try now"
                </button>
            </div>
        </Show>
    }
}

#[component]
fn Field(shown: Shown, choice: ModelChoice, link: Link) -> impl IntoView {
    let session: Session = expect_context();
    let head = shown.head.get_untracked();
    let default = choice.default.clone();
    let draft = Draft {
        shown,
        session,
        field: NodeRef::new(),
        has_text: RwSignal::new(false),
        mode: RwSignal::new(head.mode),
        model: RwSignal::new(head.model.or(default)),
        sending: RwSignal::new(false),
        waiting: RwSignal::new(false),
        next: StoredValue::new(None),
    };
    // What the session says wins: somebody may have switched in another tab.
    Effect::new(move |before: Option<Mode>| {
        let mode = shown.head.with(|head| head.mode);
        if before.is_some_and(|before| before != mode) {
            draft.mode.set(mode);
        }
        mode
    });
    // What was written before the program ran counts too.
    Effect::new(move |_| {
        if draft.field.get().is_some() {
            draft.note();
        }
    });
    Effect::new(move |_| {
        if link.connection.get() == Connection::Live && draft.waiting.get_untracked() {
            draft.send(false);
        }
    });
    let busy = Memo::new(move |_| shown.head.with(|head| head.phase.is_busy()));
    let waiting_for_you = Memo::new(move |_| shown.requests.with(|requests| !requests.is_empty()));
    let placeholder = move || match (waiting_for_you.get(), busy.get(), draft.mode.get()) {
        (true, ..) => "Answer above, or tell the agent what to do instead",
        (_, true, _) => "Say what comes next",
        (_, _, Mode::Plan) => "What should be planned?",
        (_, _, Mode::Build) => "What should change?",
    };
    let wake = wake_on_focus(shown);
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            draft.send(event.ctrl_key() || event.meta_key());
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        draft.send(false);
    };
    let kept = use_query_map().with_untracked(|query| query.get("message")).unwrap_or_default();
    let session_id = session.id().to_string();
    let form_id = visitor().with_value(|visitor| visitor.form_id.clone());
    view! {
        <form class="composer" method="post" action=SEND_MESSAGE on:submit=submit>
            <input type="hidden" name="session" value=session_id/>
            <input type="hidden" name="form_id" value=form_id/>
            <textarea
                node_ref=draft.field
                id=COMPOSER
                name="text"
                rows="1"
                class="composer-text"
                aria-label=words::MESSAGE
                placeholder=placeholder
                enterkeyhint="send"
                on:focus=move |_| wake.run(())
                on:input=move |_| draft.note()
                on:keydown=keys
            >
                {kept}
            </textarea>
            <div class="composer-bar">
                <ModeSwitch mode=draft.mode chosen=move |mode| session.run(Command::SetMode { mode })/>
                <span class="max-md:hidden">
                    <ModelSelect
                        choice
                        model=draft.model
                        chosen=move |model| session.run(Command::SetModel { model })
                    />
                </span>
                <span class="ml-auto min-w-0 truncate t-meta text-text-3">
                    {move || draft.waiting.get().then_some("Kept here; sent when you are back")}
                </span>
                <Show when=move || busy.get()>
                    <button type="button" class="btn" on:click=move |_| session.run(shown.stop())>
                        <span class="stop-mark" aria-hidden="true"></span>
                        {words::STOP}
                        <kbd aria-hidden="true" class="max-md:hidden">
                            "Esc"
                        </kbd>
                    </button>
                </Show>
                <button
                    type="submit"
                    class="btn btn-primary"
                    class:btn-quiet=move || !draft.has_text.get()
                    disabled=move || draft.sending.get()
                >
                    {move || {
                        if busy.get() {
                            view! { <Icon name="list-checks"/> }.into_any()
                        } else {
                            view! { <Icon name="arrow-up"/> }.into_any()
                        }
                    }}
                    {move || if busy.get() { words::QUEUE } else { words::SEND }}
                </button>
            </div>
        </form>
    }
    .into_any()
}
