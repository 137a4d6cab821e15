//! What a person's new sessions begin with. A choice is kept as soon as it is made.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{About, ModelRef, Preferences};

use crate::{
    api::{ModelChoice, save_preferences},
    components::{icon::Icon, mode::ModeSwitch},
    text::figures::span,
    words,
};

/// Days of rest that one can choose from, where the installation waits longer.
const RESTS: [u16; 5] = [1, 3, 7, 14, 30];
const DAY: u64 = 24 * 60 * 60;

#[component]
pub fn Defaults(preferences: Preferences, choice: ModelChoice, about: About) -> impl IntoView {
    let chosen = RwSignal::new(preferences);
    let told = RwSignal::new(None::<Result<(), String>>);
    let save = move |change: &dyn Fn(&mut Preferences)| {
        chosen.update(change);
        spawn_local(async move {
            let saved = save_preferences(chosen.get_untracked()).await;
            told.try_set(Some(saved.map_err(|problem| problem.sentence().to_owned())));
        });
    };
    let Preferences { mode, model, asks, closed, archive_after_days } = chosen.get_untracked();
    let mode = RwSignal::new(mode);
    view! {
        <section class="settings-part" aria-labelledby="defaults">
            <h2 id="defaults" class="t-heading">
                {words::DEFAULTS}
            </h2>
            <p class="t-body text-text-2">
                "What your new sessions begin with. Model and mode can be changed in each of them."
            </p>
            <Choice
                name=words::MODEL
                options=models(&choice)
                chosen=model.map(|model| model.to_string()).unwrap_or_default()
                choose=Callback::new(move |model: String| save(&|held| held.model = ModelRef::parse(&model)))
            />
            <div class="setting">
                <span class="setup-label">{words::MODE}</span>
                <ModeSwitch mode chosen=move |mode| save(&|held| held.mode = mode)/>
            </div>
            <Choice
                name=words::PERMISSIONS
                options=permissions(&about)
                chosen=flag(asks)
                choose=Callback::new(move |asks: String| save(&|held| held.asks = !asks.is_empty()))
            />
            <Choice
                name=words::NETWORK
                options=vec![
                    (String::new(), "What the installation allows".into()),
                    (flag(true), "Nothing but what I allow in the session".into()),
                ]
                chosen=flag(closed)
                choose=Callback::new(move |closed: String| save(&|held| held.closed = !closed.is_empty()))
            />
            <Choice
                name=words::ARCHIVE_AFTER
                options=rests(&about)
                chosen=archive_after_days.map(|days| days.to_string()).unwrap_or_default()
                choose=Callback::new(move |days: String| save(&|held| held.archive_after_days = days.parse().ok()))
            />
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

/// One of several, each with its value and its words. An empty value stands for what the installation has.
#[component]
fn Choice(
    name: &'static str,
    options: Vec<(String, String)>,
    chosen: String,
    choose: Callback<String>,
) -> impl IntoView {
    let options = options.into_iter().map(|(value, words)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    });
    view! {
        <div class="setting">
            <span class="setup-label">{name}</span>
            <span class="select">
                <select aria-label=name on:change=move |event| choose.run(event_target_value(&event))>
                    {options.collect_view()}
                </select>
                <Icon name="chevron-down" class="icon size-3.5"/>
            </span>
        </div>
    }
    .into_any()
}

fn models(choice: &ModelChoice) -> Vec<(String, String)> {
    let usual = choice.default.as_ref().map(|usual| crate::components::model::model_name(choice, usual));
    let usual = match usual {
        None => "As the installation has it".into(),
        Some(name) => format!("As the installation has it ({name})"),
    };
    let offers = choice.models.iter().map(|offer| (offer.id.to_string(), offer.name.clone()));
    std::iter::once((String::new(), usual)).chain(offers).collect()
}

/// Nobody asks for less than the installation wants.
fn permissions(about: &About) -> Vec<(String, String)> {
    let asks = "Edits and commands ask first".to_owned();
    if about.asks {
        return vec![(String::new(), asks)];
    }
    vec![(String::new(), "Only leaving the checkout asks first".into()), (flag(true), asks)]
}

/// Nobody waits longer than the installation does.
fn rests(about: &About) -> Vec<(String, String)> {
    let usual = format!("As the installation has it ({})", span(about.archive_after));
    let sooner = RESTS.into_iter().filter(|days| u64::from(*days) * DAY < about.archive_after);
    let sooner = sooner.map(|days| (days.to_string(), span(u64::from(days) * DAY)));
    std::iter::once((String::new(), usual)).chain(sooner).collect()
}

fn flag(holds: bool) -> String {
    if holds { "yes".into() } else { String::new() }
}
