//! What a person's new sessions begin with. A choice is kept as soon as it is made.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{ModelRef, Preferences};

use crate::{
    api::{ModelChoice, save_preferences},
    components::{icon::Icon, mode::ModeSwitch},
    words,
};

#[component]
pub fn Defaults(preferences: Preferences, choice: ModelChoice) -> impl IntoView {
    let mode = RwSignal::new(preferences.mode);
    let model = RwSignal::new(preferences.model);
    let told = RwSignal::new(None::<Result<(), String>>);
    let save = move || {
        let wanted = Preferences { mode: mode.get_untracked(), model: model.get_untracked() };
        spawn_local(async move {
            let saved = save_preferences(wanted).await;
            told.try_set(Some(saved.map_err(|problem| problem.sentence().to_owned())));
        });
    };
    let usual = choice.default.as_ref().map(|usual| crate::components::model::model_name(&choice, usual));
    let usual = usual.map_or_else(
        || "As the installation has it".into(),
        |name| format!("As the installation has it ({name})"),
    );
    let first = model.get_untracked();
    let offers = choice.models.iter().map(|offer| {
        let selected = Some(&offer.id) == first.as_ref();
        view! { <option value=offer.id.to_string() selected=selected>{offer.name.clone()}</option> }
    });
    let offers = offers.collect_view();
    let change = move |event| {
        model.set(ModelRef::parse(&event_target_value(&event)));
        save();
    };
    view! {
        <section class="settings-part" aria-labelledby="defaults">
            <h2 id="defaults" class="t-heading">
                {words::DEFAULTS}
            </h2>
            <p class="t-body text-text-2">"What your new sessions begin with. Each session can have its own."</p>
            <div class="setting">
                <span class="setup-label">{words::MODEL}</span>
                <span class="select">
                    <select aria-label=words::MODEL on:change=change>
                        <option value="">{usual}</option>
                        {offers}
                    </select>
                    <Icon name="chevron-down" class="icon size-3.5"/>
                </span>
            </div>
            <div class="setting">
                <span class="setup-label">{words::MODE}</span>
                <ModeSwitch mode chosen=move |_| save()/>
            </div>
            <p role="status" class="settings-told">
                {move || match told.get() {
                    None => ().into_any(),
                    Some(Ok(())) => "Saved".into_any(),
                    Some(Err(sentence)) => view! { <span class="text-bad">{sentence}</span> }.into_any(),
                }}
            </p>
        </section>
    }
    .into_any()
}
