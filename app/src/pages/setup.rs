//! The first set-up: how to register Slipway at GitHub, step by step, and a plain form for what comes of it.

use leptos::prelude::*;

use crate::{
    api::{SetupFacts, load_setup},
    browser,
    components::{icon::Icon, top_bar::TopBar},
    hydration::is_hydrated,
    pages::not_found::NotFound,
    title::set_title,
    visitor::visitor,
    words,
};

/// Answered by the server.
const SET_UP: &str = "/setup";

#[component]
pub fn SetupPage() -> impl IntoView {
    let facts = Resource::new(|| (), |()| load_setup());
    let content = move || {
        Suspend::new(async move {
            match facts.await {
                Ok(facts) => view! { <Steps facts/> }.into_any(),
                Err(_) => view! { <NotFound/> }.into_any(),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

#[component]
fn Steps(facts: SetupFacts) -> impl IntoView {
    let problem = visitor().with_value(|visitor| visitor.problem.clone());
    let SetupFacts { code, homepage, callback, register_at, client_id, who, names } = facts;
    set_title(|| "Set up · Slipway".into());
    view! {
        <TopBar/>
        <main class="page-settings">
            <h1 class="start-title">"Let people sign in with GitHub"</h1>
            <p class="t-body text-text-2">
                "Slipway needs an app of your own at GitHub. It takes two minutes, and this page is gone afterwards."
            </p>
            {problem.map(|sentence| view! { <p role="alert" class="mt-4 t-body text-bad">{sentence}</p> })}
            <section class="settings-part">
                <h2 class="t-heading">"1. Register an app"</h2>
                <p class="t-body text-text-2">
                    "At GitHub, open " <a href=register_at rel="external noreferrer" target="_blank" class="link">
                        "New OAuth app"
                    </a> " (for an organisation: its settings, Developer settings, OAuth apps), and enter:"
                </p>
                <Value label="Homepage URL" value=homepage/>
                <Value label="Authorization callback URL" value=callback/>
                <p class="t-body text-text-2 mt-2">
                    "The name is free to choose; people read it when they sign in. Device flow is not needed."
                </p>
                <p class="t-body text-text-2 mt-2">
                    "A GitHub App works as well: the same addresses, no webhook, and the permissions Contents and Pull requests (read and write), Checks and Commit statuses (read), and Members (read) where an organisation decides who may sign in."
                </p>
            </section>
            <form method="post" action=SET_UP>
                <input type="hidden" name="code" value=code/>
                <section class="settings-part">
                    <h2 class="t-heading">"2. Enter what GitHub shows you"</h2>
                    <p class="t-body text-text-2">
                        "The client ID stands on the app's page; “Generate a new client secret” shows the secret once. It is kept sealed, and never shown again."
                    </p>
                    <div class="setup-fields">
                        <label for="client-id">{words::CLIENT_ID}</label>
                        <input id="client-id" name="client_id" class="field" required autocomplete="off" value=client_id/>
                        <label for="client-secret">{words::CLIENT_SECRET}</label>
                        <input
                            id="client-secret"
                            name="client_secret"
                            type="password"
                            class="field"
                            required
                            autocomplete="off"
                        />
                    </div>
                </section>
                <section class="settings-part">
                    <h2 class="t-heading">"3. Say who may sign in"</h2>
                    <Who who names/>
                </section>
                <button type="submit" class="btn btn-primary mt-6">
                    {words::TEST_AND_FINISH}
                </button>
            </form>
        </main>
    }
    .into_any()
}

/// A text to copy into GitHub's form.
#[component]
fn Value(label: &'static str, value: String) -> impl IntoView {
    let hydrated = is_hydrated();
    let text = StoredValue::new(value.clone());
    let copied = RwSignal::new(false);
    let copy = move |_| copied.set(text.with_value(|text| browser::copy(text)));
    view! {
        <div class="setting">
            <span class="setup-label">{label}</span>
            <code class="min-w-0 flex-1 truncate">{value}</code>
            <Show when=move || hydrated.get()>
                <button type="button" class="btn" aria-label=format!("Copy {label}") on:click=copy>
                    <Icon name="copy"/>
                    {move || if copied.get() { "Copied" } else { words::COPY }}
                </button>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Who(who: String, names: String) -> impl IntoView {
    let radio = |value: &'static str, label: &'static str| {
        let checked = who == value || (who.is_empty() && value == "logins");
        view! {
            <label class="setup-choice">
                <input type="radio" name="who" value=value checked=checked/>
                {label}
            </label>
        }
    };
    view! {
        <fieldset class="setup-who">
            <legend class="sr-only">"Who may sign in"</legend>
            {radio("logins", "These people, by their logins with commas between them")}
            {radio("organisation", "The members of one organisation")}
            {radio("everyone", "Everyone with an account at GitHub")}
        </fieldset>
        <div class="setup-fields">
            <label for="names">{words::LOGINS_OR_ORGANISATION}</label>
            <input id="names" name="names" class="field" autocomplete="off" placeholder="ada, grace" value=names/>
        </div>
    }
    .into_any()
}
