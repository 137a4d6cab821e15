//! Where a person writes.

pub mod files;
pub mod keeping;
pub mod suggestions;
pub mod token;
pub mod writing;

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use slipway_protocol::{Command, Draft, Mode, Phase};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DragEvent, HtmlElement, HtmlTextAreaElement, KeyboardEvent, SubmitEvent};

use self::{
    files::{AttachButton, FileStrip},
    suggestions::{LIST, SuggestionList, Suggestions},
    writing::Writing,
};
use super::{queue::Queue, shown::Shown};
use crate::{
    api::{ModelChoice, SEND_MESSAGE, STOP_TURN},
    ask::ask,
    browser,
    clock::clock,
    components::{icon::Icon, mode::ModeSwitch, model::ModelSelect},
    live::socket::{Connection, Link},
    session::{COMPOSER, Session},
    trust::TrustCard,
    visitor::visitor,
    words,
};

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

/// As high as its text, within the limits of the style sheet. Looks only where there is a text: that lays the page out.
pub fn fit(field: &HtmlTextAreaElement) {
    let style = field.unchecked_ref::<HtmlElement>().style();
    let _ = style.set_property("height", "auto");
    if field.value().is_empty() {
        return;
    }
    let _ = style.set_property("height", &format!("{}px", field.scroll_height()));
}

#[component]
pub fn Composer(shown: Shown, choice: ModelChoice, kept: Draft, link: Link) -> impl IntoView {
    let session: Session = expect_context();
    let archived = Memo::new(move |_| shown.head.with(|head| head.archived_at.is_some()));
    let (choice, kept) = (StoredValue::new(choice), StoredValue::new(kept));
    view! {
        <div class="composer-place">
            <Trouble link/>
            <TrustCard/>
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
                <Field shown choice=choice.get_value() kept=kept.get_value() link/>
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
    let clock = clock();
    let lost = move || {
        let (now, _) = clock.time_and_offset();
        let minutes = link.lost_at.get().map_or(0, |lost| (now - lost) / 60_000);
        if minutes > 0 { format!("No connection for {minutes} min.") } else { "No connection.".to_owned() }
    };
    view! {
        {move || {
            sentence()
                .map(|sentence| {
                    view! {
                        <div class="strip strip-bad" role="alert">
                            <Icon name="triangle-alert"/>
                            <span class="min-w-0 flex-1">{sentence}</span>
                            <button type="button" class="btn btn-ghost btn-small btn-icon" aria-label=words::DISMISS on:click=forget>
                                <Icon name="x" class="icon size-[15px]"/>
                            </button>
                        </div>
                    }
                })
        }}
        <Show when=move || link.connection.get() == Connection::Offline>
            <div class="strip strip-warn">
                <Icon name="wifi-off"/>
                <span class="min-w-0 flex-1">{lost} " The agent goes on working."</span>
                <button type="button" class="btn btn-ghost btn-small" on:click=move |_| link.try_now()>
                    "Try now"
                </button>
            </div>
        </Show>
    }
}

#[component]
fn Field(shown: Shown, choice: ModelChoice, kept: Draft, link: Link) -> impl IntoView {
    let session: Session = expect_context();
    // What a form brought back says more than what was kept before.
    let first = use_query_map().with_untracked(|query| query.get("message")).unwrap_or(kept.text.clone());
    let writing = Writing::new(shown, session, choice.default.clone(), kept);
    follow(&writing, shown, link);
    let suggestions = Suggestions::new(session.id(), writing.field, Callback::new(move |()| writing.note()));
    let busy = Memo::new(move |_| shown.head.with(|head| head.phase.is_busy()));
    let waiting_for_you = Memo::new(move |_| shown.requests.with(|requests| !requests.is_empty()));
    let placeholder = move || match (waiting_for_you.get(), busy.get(), writing.mode.get()) {
        (true, ..) => "Or tell the agent what to do",
        (_, true, _) => "Say what comes next",
        (_, _, Mode::Plan) => "What should be planned?",
        (_, _, Mode::Build) => "What should change?",
    };
    let wake = wake_on_focus(shown);
    let keys = move |event: KeyboardEvent| {
        if suggestions.key(&event) {
            return;
        }
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            writing.send(event.ctrl_key() || event.meta_key());
        }
    };
    let typed = move |_| {
        writing.note();
        suggestions.note();
    };
    let paste = move |event: ClipboardEvent| {
        // A picture that also has words, as from a document, is pasted as its words.
        let data = event.clipboard_data();
        let words = data.as_ref().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
        if words.is_empty() && writing.files.take(data.and_then(|data| data.files())) {
            event.prevent_default();
        }
    };
    let over = move |event: DragEvent| {
        if browser::drags_files(&event) {
            event.prevent_default();
            writing.files.over.set(true);
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        writing.send(false);
    };
    let session_id = session.id().to_string();
    let form_id = visitor().with_value(|visitor| visitor.form_id.clone());
    view! {
        <form
            class="composer"
            class:composer-over=move || writing.files.over.get()
            method="post"
            action=SEND_MESSAGE
            on:submit=submit
            on:dragover=over
            on:dragleave=move |_| writing.files.over.set(false)
            on:drop=move |event| writing.files.drop(&event)
        >
            <input type="hidden" name="session" value=session_id/>
            <input type="hidden" name="form_id" value=form_id/>
            <SuggestionList suggestions/>
            <textarea
                node_ref=writing.field
                id=COMPOSER
                name="text"
                rows="1"
                class="composer-text"
                aria-label=words::MESSAGE
                aria-autocomplete="list"
                aria-controls=move || suggestions.is_open().then_some(LIST)
                aria-activedescendant=move || suggestions.active_id()
                placeholder=placeholder
                enterkeyhint="send"
                on:focus=move |_| wake.run(())
                on:input=typed
                on:click=move |_| suggestions.note()
                on:blur=move |_| suggestions.close()
                on:paste=paste
                on:keydown=keys
            >
                {first}
            </textarea>
            <FileStrip files=writing.files/>
            <div class="composer-bar">
                <ModeSwitch mode=writing.mode chosen=move |mode| session.run(Command::SetMode { mode })/>
                <span class="composer-model">
                    <ModelSelect
                        choice
                        model=writing.model
                        chosen=move |model| session.run(Command::SetModel { model })
                    />
                </span>
                <AttachButton files=writing.files/>
                <span class="composer-told">
                    {move || writing.waiting.get().then_some("Kept here; sent when you are back")}
                </span>
                <Show when=move || busy.get()>
                    // Without the program it is a form of its own: the rest of this one is not sent.
                    <button
                        type="submit"
                        formaction=STOP_TURN
                        formnovalidate
                        class="btn stop"
                        on:click=move |event: ev::MouseEvent| {
                            event.prevent_default();
                            session.run(shown.stop());
                        }
                    >
                        <span class="stop-mark" aria-hidden="true"></span>
                        <span class="stop-name">{words::STOP}</span>
                        <kbd aria-hidden="true" class="max-md:hidden">
                            "Esc"
                        </kbd>
                    </button>
                </Show>
                <button
                    type="submit"
                    class="btn btn-primary"
                    class:btn-quiet=move || !writing.has_text.get()
                    disabled=move || writing.sending.get()
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

/// What happens elsewhere and matters to what is being written.
fn follow(writing: &Writing, shown: Shown, link: Link) {
    let writing = *writing;
    // What the session says wins: somebody may have switched in another tab.
    Effect::new(move |before: Option<Mode>| {
        let mode = shown.head.with(|head| head.mode);
        if before.is_some_and(|before| before != mode) {
            writing.mode.set(mode);
        }
        mode
    });
    // What was written before the program ran counts too.
    Effect::new(move |_| {
        if writing.field.get().is_some() {
            writing.recover();
        }
    });
    Effect::new(move |_| {
        if link.connection.get() == Connection::Live {
            writing.keeping.save();
            if writing.waiting.get_untracked() {
                writing.send(false);
            }
        }
    });
    // Whoever leaves the page has the text on the next device.
    let listener = window_event_listener(ev::visibilitychange, move |_| writing.keeping.save());
    on_cleanup(move || listener.remove());
    // A file that is still on its way would be lost with the page.
    let listener = window_event_listener(ev::beforeunload, move |event| {
        if untrack(|| writing.files.is_bringing()) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}
