//! The person's settings: their account, where they are signed in, what they prefer, how it looks; and what this installation is.

pub mod about;
pub mod appearance;
pub mod defaults;
pub mod providers;
pub mod spending;

use leptos::prelude::*;

use self::{
    about::{AboutSlipway, Shortcuts},
    appearance::Appearance,
    defaults::Defaults,
    providers::Providers,
    spending::UsedToday,
};
use crate::{
    api::{Owned, SignedInDevice, load_account},
    clock::Moment,
    components::{
        avatar::Avatar,
        icon::{Icon, Spinner},
        sign_in_first::SignInFirst,
        state::State,
        top_bar::{SIGN_OUT, TopBar},
    },
    title::set_title,
    visitor::visitor,
    words,
};

/// Signs out one device, or all where none is named; answered by the server.
const SIGN_OUT_DEVICES: &str = "/auth/devices";

#[component]
pub fn SettingsPage() -> impl IntoView {
    if visitor().with_value(|visitor| visitor.person.is_none()) {
        return view! { <SignInFirst/> }.into_any();
    }
    let page = Resource::new(|| (), |()| load_account());
    let content = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => view! {
                    <Account github=page.github/>
                    <Devices devices=page.devices/>
                    <Providers known=page.providers may_change=page.owns/>
                    <Defaults preferences=page.preferences choice=page.choice about=page.about.clone()/>
                    <UsedToday spending=page.spending/>
                    <Appearance/>
                    <Shortcuts/>
                    <AboutSlipway about=page.about/>
                    {page.owned.map(|owned| view! { <Installation owned/> })}
                    {page.owns.then(|| view! { <Audit/> })}
                }
                .into_any(),
                Err(problem) => view! {
                    <State icon="triangle-alert" title="The settings can't be shown" sentence=problem.sentence() bad=true>
                        <button type="button" class="btn" on:click=move |_| page.refetch()>
                            <Icon name="rotate-cw"/>
                            {words::RETRY}
                        </button>
                    </State>
                }
                .into_any(),
            }
        })
    };
    set_title(|| "Settings · Slipway".into());
    view! {
        <TopBar/>
        <main class="page-settings">
            <h1 class="start-title">{words::SETTINGS}</h1>
            <Suspense fallback=|| view! { <p role="status" class="waits"><Spinner/>"Loading your settings"</p> }>
                {content}
            </Suspense>
        </main>
    }
    .into_any()
}

#[component]
fn Account(github: bool) -> impl IntoView {
    let name = visitor().with_value(|visitor| visitor.person.as_ref().map(|person| person.name.clone()));
    let name = name.unwrap_or_default();
    let sentence =
        if github { "Signed in with GitHub." } else { "The local user of this machine, without an account." };
    view! {
        <section class="settings-part" aria-labelledby="account">
            <h2 id="account" class="t-heading">
                {words::ACCOUNT}
            </h2>
            <div class="setting">
                <Avatar name=name.clone()/>
                <div class="min-w-0 flex-1">
                    <p class="truncate font-medium">{name}</p>
                    <p class="t-meta text-text-3">{sentence}</p>
                </div>
                <form method="post" action=SIGN_OUT>
                    <button type="submit" class="btn">
                        <Icon name="log-out"/>
                        {words::SIGN_OUT}
                    </button>
                </form>
            </div>
        </section>
    }
}

#[component]
fn Devices(devices: Vec<SignedInDevice>) -> impl IntoView {
    let several = devices.len() > 1;
    let devices = devices.into_iter().map(|device| view! { <Device device/> }).collect_view();
    view! {
        <section class="settings-part" aria-labelledby="devices">
            <h2 id="devices" class="t-heading">
                {words::SIGNED_IN_DEVICES}
            </h2>
            <p class="t-body text-text-2">
                "Signing out a device ends what it has open at once. Sessions and agents go on."
            </p>
            <ul aria-label=words::SIGNED_IN_DEVICES>{devices}</ul>
            {several
                .then(|| {
                    view! {
                        <form method="post" action=SIGN_OUT_DEVICES class="settings-all">
                            <button type="submit" class="btn btn-danger">
                                {words::SIGN_OUT_EVERYWHERE}
                            </button>
                        </form>
                    }
                })}
        </section>
    }
}

/// For the owner: how people come in.
#[component]
fn Installation(owned: Owned) -> impl IntoView {
    let Owned { client_id, allow } = owned;
    let allow = match allow.strip_prefix("org:") {
        Some(name) => format!("The members of {name}"),
        None if allow == "everyone" => "Everyone with an account at GitHub".into(),
        None => allow.replace(',', ", "),
    };
    view! {
        <section class="settings-part" aria-labelledby="installation">
            <h2 id="installation" class="t-heading">
                {words::INSTALLATION}
            </h2>
            <div class="setting">
                <span class="setup-label">"Who may sign in"</span>
                <span class="min-w-0 flex-1">{allow}</span>
            </div>
            <div class="setting">
                <span class="setup-label">"App at GitHub"</span>
                <code class="min-w-0 flex-1 truncate">{client_id}</code>
            </div>
        </section>
    }
}

/// For the owner: the way to what people did.
#[component]
fn Audit() -> impl IntoView {
    view! {
        <section class="settings-part" aria-labelledby="audit">
            <h2 id="audit" class="t-heading">
                {words::AUDIT}
            </h2>
            <div class="setting">
                <p class="min-w-0 flex-1 t-body text-text-2">
                    "Who signed in, and what people did with sessions: with time and address."
                </p>
                <a class="btn" href="/settings/audit">
                    {words::SHOW_AUDIT}
                </a>
            </div>
        </section>
    }
}

#[component]
fn Device(device: SignedInDevice) -> impl IntoView {
    let SignedInDevice { key, name, since, seen_at, here } = device;
    let label = format!("Sign out {name}");
    view! {
        <li class="setting">
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">
                    {name} {here.then(|| view! { <span class="tag">{words::THIS_DEVICE}</span> })}
                </p>
                <p class="t-meta text-text-3">
                    "Last seen " <Moment at=seen_at in_words=true/> " · signed in " <Moment at=since in_words=true/>
                </p>
            </div>
            <form method="post" action=SIGN_OUT_DEVICES>
                <input type="hidden" name="device" value=key/>
                <button type="submit" class="btn" aria-label=label>
                    {words::SIGN_OUT}
                </button>
            </form>
        </li>
    }
}
