//! The bar on top of every page, and what hangs in it.

use leptos::prelude::*;

use super::{avatar::Avatar, icon::Icon, menu::Menu};
use crate::{
    browser,
    palette::PaletteButton,
    visitor::{Theme, visitor},
    words,
};

/// The address that ends a visit; answered by the server.
pub const SIGN_OUT: &str = "/auth/logout";

const SETTINGS: &str = "/settings";

/// The product's mark and name, the notice, and the person.
#[component]
pub fn TopBar(#[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <header class="bar">
            <Home/>
            <div class="ml-auto"></div>
            <Notice/>
            {children.map(|children| children())}
            <PaletteButton/>
            <AccountMenu/>
        </header>
    }
    .into_any()
}

#[component]
fn Home() -> impl IntoView {
    view! {
        <a href="/" class="flex items-center gap-2 t-body font-semibold">
            <svg class="size-[22px]" aria-hidden="true">
                <use href="#i-slipway"></use>
            </svg>
            "Slipway"
        </a>
    }
}

/// Says on every page that agents are not isolated, where that is so.
#[component]
pub fn Notice() -> impl IntoView {
    let host_mode = visitor().with_value(|visitor| visitor.installation.host_mode);
    host_mode.then(|| {
        view! {
            <p class="notice">
                <Icon name="shield-off" class="icon size-3.5"/>
                {words::WITHOUT_ISOLATION}
            </p>
        }
    })
}

#[component]
pub fn AccountMenu() -> impl IntoView {
    let person = visitor().with_value(|visitor| visitor.person.clone())?;
    let theme = RwSignal::new(visitor().with_value(|visitor| visitor.theme));
    let pin = move |pinned: Theme| {
        theme.set(pinned);
        visitor().update_value(|visitor| visitor.theme = pinned);
        browser::pin_theme(pinned);
    };
    let name = person.name.clone();
    let trigger = move || {
        view! {
            <Avatar name=name.clone()/>
            <Icon name="chevron-down" class="icon size-3.5 max-md:hidden"/>
        }
    };
    let theme_item = move |this: Theme, icon: &'static str| {
        view! {
            <button
                type="button"
                role="menuitemradio"
                tabindex="-1"
                class="menu-item"
                aria-checked=move || (theme.get() == this).to_string()
                on:click=move |_| pin(this)
            >
                <Icon name=icon/>
                {this.label()}
                <span class="ml-auto flex" class:invisible=move || theme.get() != this>
                    <Icon name="check" class="icon size-3.5"/>
                </span>
            </button>
        }
    };
    let name = person.name;
    Some(view! {
        <Menu label=words::ACCOUNT class="account" trigger=ViewFn::from(trigger)>
            <div class="menu-head" role="presentation">
                <Avatar name=name.clone()/>
                {name.clone()}
            </div>
            <div role="group" aria-label="Appearance" class="menu-part">
                {theme_item(Theme::System, "sun-moon")} {theme_item(Theme::Light, "sun")}
                {theme_item(Theme::Dark, "moon")}
            </div>
            <a href=SETTINGS role="menuitem" tabindex="-1" class="menu-item">
                <Icon name="wrench"/>
                {words::SETTINGS}
            </a>
            <form method="post" action=SIGN_OUT role="presentation">
                <button type="submit" role="menuitem" tabindex="-1" class="menu-item">
                    <Icon name="log-out"/>
                    {words::SIGN_OUT}
                </button>
            </form>
        </Menu>
    })
}
