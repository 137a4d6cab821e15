//! A list to choose from by typing: a plain select until the program runs, then an ARIA combobox.

pub mod choices;

use leptos::{html, prelude::*};
use web_sys::KeyboardEvent;

pub use self::choices::Choice;
use self::choices::{MOST_SHOWN, Move, matching, moved, split};
use super::icon::Icon;
use crate::{browser, clock::Moment, hydration::is_hydrated};

#[component]
pub fn Combobox(
    name: &'static str,
    label: &'static str,
    icon: &'static str,
    /// Looks: `combo`, or `combo combo-quiet` for one that is drawn like a word.
    #[prop(default = "combo")]
    class: &'static str,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    value: RwSignal<String>,
    #[prop(optional)] placeholder: &'static str,
    #[prop(into, optional)] chosen: Option<Callback<String>>,
    /// Told what is typed, where the choices are only some of those that there are.
    #[prop(into, optional)]
    typed: Option<Callback<String>>,
    /// How many there are, where these are not all: those that hold what was typed, and all.
    #[prop(into, optional)]
    counts: Option<Signal<(usize, usize)>>,
) -> impl IntoView {
    let choose = move |picked: String| {
        value.set(picked.clone());
        if let Some(chosen) = chosen {
            chosen.run(picked);
        }
    };
    let choose = Callback::new(choose);
    let hydrated = is_hydrated();
    view! {
        <div class=class>
            <Icon name=icon/>
            {move || {
                if hydrated.get() {
                    view! { <Rich name label choices value placeholder choose tell=typed counts/> }.into_any()
                } else {
                    view! { <Plain name label choices value/> }.into_any()
                }
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Plain(
    name: &'static str,
    label: &'static str,
    choices: Signal<Vec<Choice>>,
    value: RwSignal<String>,
) -> impl IntoView {
    let selected = value.get_untracked();
    let options = choices
        .get_untracked()
        .into_iter()
        .map(|choice| {
            let is_selected = choice.value == selected;
            let label = if choice.note.is_empty() {
                choice.label
            } else {
                format!("{} ({})", choice.label, choice.note)
            };
            view! { <option value=choice.value selected=is_selected disabled=choice.disabled>{label}</option> }
        })
        .collect_view();
    view! {
        <select name=name aria-label=label>
            {options}
        </select>
        <Icon name="chevrons-up-down" class="icon size-3.5"/>
    }
}

#[component]
fn Rich(
    name: &'static str,
    label: &'static str,
    choices: Signal<Vec<Choice>>,
    value: RwSignal<String>,
    placeholder: &'static str,
    choose: Callback<String>,
    tell: Option<Callback<String>>,
    counts: Option<Signal<(usize, usize)>>,
) -> impl IntoView {
    let tell = move |query: String| {
        if let Some(tell) = tell {
            tell.run(query);
        }
    };
    let open = RwSignal::new(false);
    // None while nothing was typed: the whole list, and the chosen one's name in the field.
    let typed = RwSignal::new(None::<String>);
    let active = RwSignal::new(None::<usize>);
    let field = NodeRef::<html::Input>::new();
    let query = move || typed.get().unwrap_or_default();
    let found = Memo::new(move |_| choices.with(|choices| matching(choices, &query())));
    let chosen_label = move || {
        let value = value.get();
        choices.with(|choices| {
            choices
                .iter()
                .find(|choice| choice.value == value)
                .map(|choice| choice.label.clone())
                .unwrap_or_default()
        })
    };
    let shown = move || typed.get().unwrap_or_else(chosen_label);
    let show = move || {
        if !open.get_untracked() {
            open.set(true);
            let value = value.get_untracked();
            let places = found.get_untracked();
            active.set(choices.with_untracked(|all| places.iter().position(|at| all[*at].value == value)));
        }
    };
    let hide = move || {
        open.set(false);
        if typed.get_untracked().is_some() {
            typed.set(None);
            tell(String::new());
        }
        active.set(None);
    };
    let pick = move |at: usize| {
        let picked = choices.with_untracked(|choices| choices.get(at).cloned());
        if picked.as_ref().is_some_and(|picked| picked.disabled) {
            return;
        }
        if let Some(picked) = picked {
            choose.run(picked.value);
        }
        hide();
    };
    let keys = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let step = match event.key().as_str() {
            "ArrowDown" => Move::Down,
            "ArrowUp" => Move::Up,
            "Home" if open.get_untracked() => Move::First,
            "End" if open.get_untracked() => Move::Last,
            "Enter" => {
                // Without a list Enter is the form's.
                if open.get_untracked() {
                    event.prevent_default();
                    let at = active
                        .get_untracked()
                        .and_then(|at| found.with_untracked(|found| found.get(at).copied()));
                    match at {
                        Some(at) => pick(at),
                        None => hide(),
                    }
                }
                return;
            }
            "Escape" if open.get_untracked() => {
                event.prevent_default();
                event.stop_propagation();
                return hide();
            }
            _ => return,
        };
        event.prevent_default();
        let was_open = open.get_untracked();
        show();
        if was_open || active.get_untracked().is_none() {
            let length = found.with_untracked(Vec::len).min(MOST_SHOWN);
            active.update(|active| *active = moved(*active, length, step));
        }
    };
    let list_id = format!("{name}-options");
    let option_id = move |at: usize| format!("{name}-option-{at}");
    Effect::new(move |_| {
        if let (true, Some(at)) = (open.get(), active.get())
            && let Some(option) = document().get_element_by_id(&option_id(at))
        {
            browser::into_view(&option);
        }
    });
    let options = move || {
        let query = query();
        let all = choices.get();
        found
            .get()
            .into_iter()
            .take(MOST_SHOWN)
            .enumerate()
            .map(|(place, at)| {
                let choice = all[at].clone();
                let is_chosen = choice.value == value.get();
                let (before, hit, after) = split(&choice.label, &query);
                let (before, hit, after) = (before.to_owned(), hit.to_owned(), after.to_owned());
                view! {
                    <li
                        id=option_id(place)
                        role="option"
                        class="option"
                        class:option-active=move || active.get() == Some(place)
                        aria-selected=is_chosen.to_string()
                        aria-disabled=choice.disabled.then_some("true")
                        on:pointermove=move |_| active.set(Some(place))
                        on:click=move |_| pick(at)
                    >
                        <span class="min-w-0 flex-1">
                            <span class="block truncate">{before}<b class="option-match">{hit}</b>{after}</span>
                            {(!choice.detail.is_empty())
                                .then(|| view! { <span class="block truncate t-meta text-text-3">{choice.detail}</span> })}
                        </span>
                        {(!choice.note.is_empty()).then(|| view! { <span class="t-meta text-text-3">{choice.note}</span> })}
                        {choice.touched_at.map(|at| view! { <span class="t-meta text-text-3"><Moment at/></span> })}
                    </li>
                }
                .into_any()
            })
            .collect_view()
    };
    let controls = list_id.clone();
    view! {
        <input
            node_ref=field
            type="text"
            role="combobox"
            class="combo-field"
            aria-label=label
            aria-autocomplete="list"
            aria-expanded=move || open.get().to_string()
            aria-controls=controls
            aria-activedescendant=move || active.get().filter(|_| open.get()).map(option_id)
            autocomplete="off"
            spellcheck="false"
            placeholder=placeholder
            prop:value=shown
            on:input=move |event| {
                let text = event_target_value(&event);
                typed.set(Some(text.clone()));
                tell(text);
                open.set(true);
                active.set((!found.with_untracked(Vec::is_empty)).then_some(0));
            }
            on:click=move |_| {
                show();
                if let Some(field) = field.get_untracked() {
                    field.select();
                }
            }
            on:keydown=keys
            on:blur=move |_| hide()
        />
        <input type="hidden" name=name prop:value=move || value.get()/>
        <Icon name="chevrons-up-down" class="icon size-3.5"/>
        <Show when=move || open.get()>
            // A press must not take the focus away from the field.
            <div class="options" on:pointerdown=|event| event.prevent_default() on:mousedown=|event| event.prevent_default()>
                <ul id=list_id.clone() role="listbox" aria-label=label class="options-list">
                    {options}
                </ul>
                <p role="status" class="options-none">
                    {move || found.with(Vec::is_empty).then_some("Nothing is called so.")}
                </p>
                <p class="options-foot">
                    <span class="flex items-center gap-1 max-md:hidden">
                        <kbd>"↑"</kbd>
                        <kbd>"↓"</kbd>
                        "move"
                        <kbd class="ml-2">"↵"</kbd>
                        "choose"
                    </span>
                    <span class="ml-auto tabular-nums">
                        {move || {
                            let (found, all) = counts
                                .map_or_else(
                                    || (found.with(Vec::len), choices.with(Vec::len)),
                                    |counts| counts.get(),
                                );
                            format!("{found} of {all}")
                        }}
                    </span>
                </p>
            </div>
        </Show>
    }
}
