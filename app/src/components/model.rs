//! Which model answers, as a plain list.

use leptos::prelude::*;
use slipway_protocol::ModelRef;

use super::icon::Icon;
use crate::{api::ModelChoice, words};

/// How a model is called: its name, or its id where nobody knows it.
pub fn model_name(choice: &ModelChoice, model: &ModelRef) -> String {
    let known = choice.models.iter().find(|known| known.id == *model);
    known.map_or_else(|| model.model.clone(), |known| known.name.clone())
}

/// The browser's own list of choices, drawn as quietly as a word.
#[component]
pub fn ModelSelect(
    choice: ModelChoice,
    model: RwSignal<Option<ModelRef>>,
    #[prop(into)] chosen: Callback<ModelRef>,
) -> impl IntoView {
    let selected = move || model.get().map(|model| model.to_string()).unwrap_or_default();
    let at_first = model.get_untracked().map(|model| model.to_string()).unwrap_or_default();
    let stranger = model.get_untracked().filter(|model| choice.models.iter().all(|known| known.id != *model));
    let options = stranger
        .map(|model| (model.to_string(), model.model.clone()))
        .into_iter()
        .chain(choice.models.iter().map(|known| (known.id.to_string(), known.name.clone())))
        .map(|(id, name)| {
            let is_selected = id == at_first;
            view! { <option value=id selected=is_selected>{name}</option> }
        })
        .collect_view();
    let change = move |event| {
        if let Some(picked) = ModelRef::parse(&event_target_value(&event)) {
            model.set(Some(picked.clone()));
            chosen.run(picked);
        }
    };
    view! {
        <span class="select">
            <select name="model" aria-label=words::MODEL prop:value=selected on:change=change>
                {options}
            </select>
            <Icon name="chevron-down" class="icon size-3.5"/>
        </span>
    }
}
