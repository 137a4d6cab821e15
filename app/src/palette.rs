//! The command palette and the help sheet: every page, every session and what can be done here, from the keyboard.
//!
//! They stand beside the pages. A page says what can be done on it by [`Desk::offer`].

pub mod entries;

use std::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::KeyboardEvent;

use self::entries::{Entry, Target, entries};
use crate::{
    api::search,
    browser,
    components::{
        combobox::choices::{Move, moved},
        dialog::{Dialog, Modal},
        icon::Icon,
    },
    hydration::piece::Piece,
    live::list::feed,
    shortcuts::ShortcutTables,
    visitor::visitor,
    words,
};

/// A key more within it, and nothing is searched.
const PAUSE: Duration = Duration::from_millis(200);
const LIST: &str = "palette-entries";

/// Something that can be done on the page that is open.
#[derive(Clone)]
pub struct Act {
    pub icon: &'static str,
    pub label: &'static str,
    pub run: Callback<()>,
}

/// What stands beside the pages, for the pages.
#[derive(Clone, Copy)]
pub struct Desk {
    pub palette: RwSignal<bool>,
    pub help: RwSignal<bool>,
    acts: RwSignal<Vec<Act>>,
}

impl Desk {
    /// Offers what can be done on this page, until the page is gone.
    pub fn offer(self, acts: impl Fn() -> Vec<Act> + 'static) {
        Effect::new(move |_| self.acts.set(acts()));
        on_cleanup(move || {
            self.acts.try_set(Vec::new());
        });
    }
}

/// To be called once, by the application.
pub fn provide_desk() {
    let desk =
        Desk { palette: RwSignal::new(false), help: RwSignal::new(false), acts: RwSignal::new(Vec::new()) };
    provide_context(desk);
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| keys(desk, &event));
        on_cleanup(move || listener.remove());
    });
}

pub fn desk() -> Desk {
    expect_context()
}

fn keys(desk: Desk, event: &KeyboardEvent) {
    if event.is_composing() || event.default_prevented() || event.alt_key() {
        return;
    }
    let command = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "k" | "K" if command && !event.shift_key() => desk.palette.update(|open| *open = !*open),
        _ if command || browser::is_typing() || browser::has_open_layer() => return,
        "/" if !browser::find_focus("search") => desk.palette.set(true),
        "/" => {}
        "?" => desk.help.set(true),
        _ => return,
    }
    event.prevent_default();
}

/// Both layers; only people who are signed in have use for them.
#[component]
pub fn Layers() -> impl IntoView {
    let signed_in = visitor().with_value(|visitor| visitor.person.is_some());
    signed_in.then(|| {
        view! {
            <Piece><Palette/></Piece>
            <Piece><Help/></Piece>
        }
        .into_any()
    })
}

#[component]
fn Help() -> impl IntoView {
    let desk = desk();
    view! {
        <Dialog open=desk.help id="help" title=words::KEYBOARD_SHORTCUTS>
            <div class="shortcuts">
                <ShortcutTables/>
            </div>
            <div class="dialog-bar">
                <button type="button" class="btn" autofocus on:click=move |_| desk.help.set(false)>
                    {words::CLOSE}
                </button>
            </div>
        </Dialog>
    }
}

#[component]
fn Palette() -> impl IntoView {
    view! {
        <Modal open=desk().palette id="palette" class="palette" label=words::COMMAND_PALETTE>
            <Finder/>
        </Modal>
    }
}

/// A field, and what can be reached by what is typed into it.
#[component]
fn Finder() -> impl IntoView {
    let desk = desk();
    let field = NodeRef::<html::Input>::new();
    let typed = RwSignal::new(String::new());
    let found = RwSignal::new((String::new(), Vec::<Entry>::new()));
    let active = RwSignal::new(0_usize);
    let shown = Memo::new_with_compare(
        move |_| {
            let query = typed.get();
            if !desk.palette.get() {
                return Vec::new();
            }
            let mut all = entries(&desk.acts.get(), &feed().sessions(), &query);
            found.with(|(of, hits)| {
                if *of == query.trim() {
                    all.extend(hits.iter().cloned());
                }
            });
            all
        },
        |_, _| true,
    );
    Effect::new(move |_| {
        if desk.palette.get() {
            if let Some(field) = field.get_untracked() {
                field.set_value("");
            }
            typed.set(String::new());
            active.set(0);
        }
    });
    let navigate = StoredValue::new(use_navigate());
    let choose = move |at: usize| {
        let Some(entry) = shown.with_untracked(|shown| shown.get(at).cloned()) else { return };
        desk.palette.set(false);
        // The dialog gives the focus back first; what is chosen may take it.
        request_animation_frame(move || match entry.to {
            Target::Page(to) => navigate.with_value(|go| go(&to, NavigateOptions::default())),
            Target::Act(run) => run.run(()),
            Target::Help => desk.help.set(true),
        });
    };
    let keys = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let length = shown.with_untracked(Vec::len);
        let step = |step| active.update(|at| *at = moved(Some(*at), length, step).unwrap_or(0));
        match event.key().as_str() {
            "ArrowDown" => step(Move::Down),
            "ArrowUp" => step(Move::Up),
            "Enter" => choose(active.get_untracked()),
            _ => return,
        }
        event.prevent_default();
        if let Some(option) = document().get_element_by_id(&option_id(active.get_untracked())) {
            browser::into_view(&option);
        }
    };
    let search_soon = move |query: String| {
        set_timeout(
            move || {
                let still =
                    move |query: &str| typed.try_with_untracked(|typed| typed.trim() == query) == Some(true);
                if query.chars().count() < 2 || !still(&query) {
                    return;
                }
                spawn_local(async move {
                    // Where nothing can be searched the rest of the palette goes on working.
                    let hits = search(query.clone(), None).await.map(entries::of_search).unwrap_or_default();
                    if still(&query) {
                        found.set((query, hits));
                    }
                });
            },
            PAUSE,
        );
    };
    let input = move |event| {
        let text = event_target_value(&event);
        active.set(0);
        search_soon(text.trim().to_owned());
        typed.set(text);
    };
    view! {
        <div class="palette-head">
            <Icon name="search"/>
            <input
                node_ref=field
                type="text"
                role="combobox"
                class="palette-field"
                aria-label=words::JUMP_TO
                aria-autocomplete="list"
                aria-expanded="true"
                aria-controls=LIST
                aria-activedescendant=move || shown.with(|shown| !shown.is_empty()).then(|| option_id(active.get()))
                placeholder="Jump to a session, a page or an action"
                autocomplete="off"
                spellcheck="false"
                autofocus
                on:input=input
                on:keydown=keys
            />
            <kbd aria-hidden="true" class="max-md:hidden">
                "Esc"
            </kbd>
        </div>
        <ul id=LIST role="listbox" aria-label=words::JUMP_TO class="palette-list">
            {move || {
                let mut before = "";
                shown
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(at, entry)| {
                        let group = entry.group;
                        let first = std::mem::replace(&mut before, group) != group;
                        view! { <Line entry at first active choose=Callback::new(choose)/> }
                    })
                    .collect_view()
            }}
        </ul>
        <p role="status" class="options-none">
            {move || (desk.palette.get() && shown.with(Vec::is_empty)).then_some("Nothing is called so.")}
        </p>
    }
    .into_any()
}

fn option_id(at: usize) -> String {
    format!("{LIST}-{at}")
}

#[component]
fn Line(
    entry: Entry,
    at: usize,
    first: bool,
    active: RwSignal<usize>,
    choose: Callback<usize>,
) -> impl IntoView {
    let is_active = move || active.get() == at;
    view! {
        {first.then(|| view! { <li role="presentation" class="palette-group">{entry.group}</li> })}
        <li
            id=option_id(at)
            role="option"
            class="option"
            class:option-active=is_active
            aria-selected=move || is_active().to_string()
            on:pointermove=move |_| active.set(at)
            on:click=move |_| choose.run(at)
        >
            <Icon name=entry.icon class="icon size-[15px] text-text-3"/>
            <span class="palette-name">{entry.label}</span>
            <span class="palette-detail">{entry.detail}</span>
        </li>
    }
    .into_any()
}

/// The way in for those who don't know the keys.
#[component]
pub fn PaletteButton() -> impl IntoView {
    let signed_in = visitor().with_value(|visitor| visitor.person.is_some());
    signed_in.then(|| {
        let desk = desk();
        view! {
            <button type="button" class="btn btn-ghost palette-button" on:click=move |_| desk.palette.set(true)>
                <Icon name="search"/>
                <span class="max-md:sr-only">{words::JUMP_TO}</span>
                <kbd aria-hidden="true" class="max-md:hidden">
                    "Ctrl K"
                </kbd>
            </button>
        }
    })
}
