//! Where models come from. Everybody sees which providers there are; the owner adds, tests and removes them.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{NewProvider, ProviderInfo, ProviderKind};
use web_sys::{MouseEvent, SubmitEvent};

use crate::{
    api::{Problem, add_provider, list_providers, remove_provider, test_provider},
    components::icon::{Icon, Spinner},
    words,
};

/// What is under way, and how the last thing ended.
#[derive(Clone, Copy)]
struct Desk {
    known: RwSignal<Vec<ProviderInfo>>,
    busy: RwSignal<bool>,
    told: RwSignal<Option<Result<String, String>>>,
}

impl Desk {
    /// Does it, says how it ended, and shows what there is afterwards.
    fn run(
        self,
        done: String,
        act: impl Future<Output = Result<(), Problem>> + 'static,
        after: impl FnOnce() + 'static,
    ) {
        self.busy.set(true);
        self.told.set(None);
        spawn_local(async move {
            let outcome = act.await;
            if outcome.is_ok() {
                after();
            }
            if let Ok(known) = list_providers().await {
                self.known.try_set(known);
            }
            let told = outcome.map(|()| done).map_err(|problem| problem.sentence().to_owned());
            self.told.try_set(Some(told));
            self.busy.try_set(false);
        });
    }
}

#[component]
pub fn Providers(known: Vec<ProviderInfo>, may_change: bool) -> impl IntoView {
    let desk = Desk { known: RwSignal::new(known), busy: RwSignal::new(false), told: RwSignal::new(None) };
    view! {
        <section class="settings-part" aria-labelledby="providers">
            <h2 id="providers" class="t-heading">
                {words::MODELS_AND_PROVIDERS}
            </h2>
            <p class="t-body text-text-2">
                "Keys are sealed in the database, never shown again, and never reach an agent."
            </p>
            <Show
                when=move || desk.known.with(|known| !known.is_empty())
                fallback=|| view! { <p class="setting text-text-2">"None yet: the agent's own free models are offered."</p> }
            >
                <ul aria-label=words::PROVIDERS>
                    <For
                        each=move || desk.known.get()
                        key=|provider| provider.id.clone()
                        children=move |provider| view! { <Line desk provider may_change/> }
                    />
                </ul>
            </Show>
            {may_change.then(|| view! { <Add desk/> })}
            <p role="status" class="settings-told">
                {move || match desk.told.get() {
                    None => ().into_any(),
                    Some(Ok(sentence)) => sentence.into_any(),
                    Some(Err(sentence)) => view! { <span class="text-bad">{sentence}</span> }.into_any(),
                }}
            </p>
        </section>
    }
    .into_any()
}

#[component]
fn Line(desk: Desk, provider: ProviderInfo, may_change: bool) -> impl IntoView {
    let ProviderInfo { id, name, kind, base_url, added_here } = provider;
    let place = base_url.unwrap_or_else(|| kind.label().to_owned());
    let origin = if added_here { "added here" } else { "from the installation's settings" };
    let (id, named) = (StoredValue::new(id), StoredValue::new(name.clone()));
    let test = Callback::new(move |_| {
        let done = named.with_value(|name| format!("{name} takes the key."));
        desk.run(done, test_provider(id.get_value()), || ());
    });
    let remove = Callback::new(move |_| {
        let done = named.with_value(|name| format!("{name} was removed."));
        desk.run(done, remove_provider(id.get_value()), || ());
    });
    let action = |label: &'static str, name: &str, act: Callback<MouseEvent>| {
        view! {
            <button
                type="button"
                class="btn btn-small"
                aria-label=format!("{label} {name}")
                disabled=move || desk.busy.get()
                on:click=move |event| act.run(event)
            >
                {label}
            </button>
        }
    };
    view! {
        <li class="setting">
            <Icon name="key" class="icon text-text-3"/>
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">{name.clone()}</p>
                <p class="truncate t-meta text-text-3">{place} " · " {origin}</p>
            </div>
            {may_change.then(|| action(words::TEST, &name, test))}
            {(may_change && added_here).then(|| action(words::REMOVE, &name, remove))}
        </li>
    }
    .into_any()
}

#[component]
fn Add(desk: Desk) -> impl IntoView {
    let kind = RwSignal::new(ProviderKind::Anthropic);
    let (name, base_url, key) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let own = move || kind.get() == ProviderKind::OpenAiCompatible;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let own = untrack(own);
        let new = NewProvider {
            kind: kind.get_untracked(),
            name: if own { name.get_untracked() } else { String::new() },
            base_url: if own { base_url.get_untracked() } else { String::new() },
            api_key: key.get_untracked(),
        };
        let done = format!("{} was added. Its models can be chosen now.", kind.get_untracked().label());
        desk.run(done, add_provider(new), move || {
            for field in [name, base_url, key] {
                field.try_set(String::new());
            }
        });
    };
    let kinds = ProviderKind::ALL.map(|kind| view! { <option value=kind.slug()>{kind.label()}</option> });
    let field = move |label: &'static str, value: RwSignal<String>, secret: bool, example: &'static str| {
        view! {
            <input
                type=if secret { "password" } else { "text" }
                class="field"
                aria-label=label
                placeholder=example
                autocomplete="off"
                spellcheck="false"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        }
    };
    view! {
        <form class="provider-form" on:submit=submit>
            <span class="select">
                <select
                    aria-label=words::PROVIDER
                    on:change=move |event| kind.set(ProviderKind::from_slug(&event_target_value(&event)).unwrap_or(ProviderKind::Anthropic))
                >
                    {kinds.collect_view()}
                </select>
                <Icon name="chevron-down" class="icon size-3.5"/>
            </span>
            <Show when=own>
                {field("Name", name, false, "Name")}
                {field("Address", base_url, false, "http://127.0.0.1:11434/v1")}
            </Show>
            {field("Key", key, true, "Key")}
            <button type="submit" class="btn btn-primary" disabled=move || desk.busy.get()>
                {move || desk.busy.get().then(|| view! { <Spinner/> })}
                {words::ADD_PROVIDER}
            </button>
        </form>
    }
    .into_any()
}
