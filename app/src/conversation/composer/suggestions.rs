//! What the composer offers while somebody types: commands, and files of the checkout.

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use slipway_protocol::SessionId;
use web_sys::KeyboardEvent;

use super::token::{Token, byte_at};
use crate::{
    api::find_files,
    components::combobox::choices::{Move, moved},
    words,
};

pub const LIST: &str = "message-suggestions";

/// A key more within it, and nothing is asked.
const PAUSE: Duration = Duration::from_millis(120);

/// What is put in place of the token, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    text: String,
    about: &'static str,
}

#[derive(Clone, Copy)]
pub struct Suggestions {
    session: StoredValue<SessionId>,
    field: NodeRef<html::Textarea>,
    token: RwSignal<Option<Token>>,
    offers: RwSignal<Vec<Offer>>,
    active: RwSignal<usize>,
    chosen: Callback<()>,
}

impl Suggestions {
    /// `chosen` hears that the field's text was changed.
    pub fn new(session: SessionId, field: NodeRef<html::Textarea>, chosen: Callback<()>) -> Self {
        Self {
            session: StoredValue::new(session),
            field,
            token: RwSignal::new(None),
            offers: RwSignal::new(Vec::new()),
            active: RwSignal::new(0),
            chosen,
        }
    }

    pub fn is_open(self) -> bool {
        self.offers.with(|offers| !offers.is_empty())
    }

    /// The option that the keys are at, for the field's `aria-activedescendant`.
    pub fn active_id(self) -> Option<String> {
        self.is_open().then(|| option_id(self.active.get()))
    }

    pub fn close(self) {
        self.token.set(None);
        self.offers.set(Vec::new());
    }

    /// To be called when text or caret moved.
    pub fn note(self) {
        let token = self.before_caret().and_then(|text| Token::before_caret(&text));
        if self.token.with_untracked(|held| *held == token) {
            return;
        }
        self.token.set(token.clone());
        match token {
            Some(Token::File(typed)) => self.ask_soon(typed),
            Some(command) => {
                let offer = |(text, about): (&str, &'static str)| Offer { text: text.into(), about };
                self.offer(command.commands().into_iter().map(offer).collect());
            }
            None => self.offers.set(Vec::new()),
        }
    }

    /// True: the key was for the list.
    pub fn key(self, event: &KeyboardEvent) -> bool {
        if !untrack(|| self.is_open()) || event.is_composing() || event.shift_key() {
            return false;
        }
        let length = self.offers.with_untracked(Vec::len);
        let step =
            |step| self.active.update(|active| *active = moved(Some(*active), length, step).unwrap_or(0));
        match event.key().as_str() {
            "ArrowDown" => step(Move::Down),
            "ArrowUp" => step(Move::Up),
            "Enter" | "Tab" if !event.ctrl_key() && !event.meta_key() => {
                self.choose(self.active.get_untracked());
            }
            "Escape" => self.offers.set(Vec::new()),
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    }

    fn ask_soon(self, typed: String) {
        let still = move |typed: &str| {
            let held = self.token.try_get_untracked().flatten();
            held.is_some_and(|held| held == Token::File(typed.to_owned()))
        };
        let ask = move || {
            if !still(&typed) {
                return;
            }
            spawn_local(async move {
                // Where the files can't be told there is nothing to offer, and nothing else to say.
                let found = find_files(self.session.get_value(), typed.clone()).await.unwrap_or_default();
                if still(&typed) {
                    let offer = |path: String| Offer { text: format!("@{path} "), about: "" };
                    self.offer(found.into_iter().map(offer).collect());
                }
            });
        };
        set_timeout(ask, PAUSE);
    }

    fn offer(self, offers: Vec<Offer>) {
        self.active.set(0);
        self.offers.set(offers);
    }

    fn before_caret(self) -> Option<String> {
        let field = self.field.try_get_untracked().flatten()?;
        let caret = field.selection_start().ok().flatten()?;
        let text = field.value();
        Some(text[..byte_at(&text, caret as usize)].to_owned())
    }

    fn choose(self, at: usize) {
        let offer = self.offers.with_untracked(|offers| offers.get(at).cloned());
        let token = self.token.get_untracked();
        let (Some(offer), Some(token), Some(before), Some(field)) =
            (offer, token, self.before_caret(), self.field.get_untracked())
        else {
            return;
        };
        let whole = field.value();
        let (start, rest) = (&before[..token.start(&before)], &whole[before.len()..]);
        let caret = (start.encode_utf16().count() + offer.text.encode_utf16().count()) as u32;
        field.set_value(&format!("{start}{}{rest}", offer.text));
        let _ = field.set_selection_range(caret, caret);
        self.close();
        self.chosen.run(());
    }
}

fn option_id(at: usize) -> String {
    format!("{LIST}-{at}")
}

#[component]
pub fn SuggestionList(suggestions: Suggestions) -> impl IntoView {
    let options = move || {
        let offers = suggestions.offers.get();
        let options = offers.into_iter().enumerate().map(|(at, Offer { text, about })| {
            let active = move || suggestions.active.get() == at;
            view! {
                <li
                    id=option_id(at)
                    role="option"
                    class="option"
                    class:option-active=active
                    aria-selected=move || active().to_string()
                    on:pointermove=move |_| suggestions.active.set(at)
                    on:click=move |_| suggestions.choose(at)
                >
                    <code class="suggested">{text.trim().to_owned()}</code>
                    <span class="min-w-0 truncate t-meta text-text-3">{about}</span>
                </li>
            }
        });
        options.collect_view()
    };
    view! {
        <Show when=move || suggestions.is_open()>
            // A press must not take the focus away from the field.
            <ul
                id=LIST
                role="listbox"
                aria-label=words::SUGGESTIONS
                class="suggestions"
                on:mousedown=|event| event.prevent_default()
            >
                {options}
            </ul>
        </Show>
    }
    .into_any()
}
