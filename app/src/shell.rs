//! The document around every page, and which page an address means.

use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};
use serde::Serialize;

use crate::{
    clock::provide_clock,
    components::icon::{SPRITE_ID, Sprite},
    hydration::provide_hydration,
    live::list::provide_feed,
    pages::{
        audit::AuditPage, changes::ChangesPage, design::DesignPage, landing::Landing,
        new_session::NewSessionPage, not_found::NotFound, session::SessionPage, sessions::SessionsPage,
        settings::SettingsPage, setup::SetupPage,
    },
    palette::{Layers, provide_desk},
    title::TabTitle,
    visitor::{Visitor, provide_visitor},
};

/// The addresses of what a page loads. Each changes with its content.
#[derive(Clone, Debug, Serialize)]
pub struct Assets {
    pub style: String,
    /// The JavaScript between browser and program.
    pub glue: String,
    pub program: String,
}

/// The document; only the server renders it.
pub fn shell(assets: Assets) -> impl IntoView {
    let (theme, motion) = use_context::<Visitor>()
        .map_or(("system", "system"), |visitor| (visitor.theme.slug(), visitor.motion.slug()));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-motion=motion>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content="A coding agent in its own checkout, on a machine you own."/>
                <link rel="icon" href="/favicon.ico" sizes="32x32"/>
                <link rel="icon" href="/icon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/icon-192.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#0f1114" media="(prefers-color-scheme: dark)"/>
                <link rel="stylesheet" href=assets.style.clone()/>
                // Drawn whole: a conversation is laid out from its end, so a part of it would jump as the rest comes.
                <link rel="expect" href=format!("#{SPRITE_ID}") blocking="render"/>
                <Program assets/>
                <MetaTags/>
            </head>
            <body>
                <App/>
                <Sprite/>
            </body>
        </html>
    }
}

/// Brings the browser's program once the page has been drawn: on a slow line its bytes would come before the style sheet's.
#[component]
fn Program(assets: Assets) -> impl IntoView {
    const START: &str = include_str!("shell/start.js");
    let files = serde_json::to_string(&assets).unwrap_or_default();
    let start = format!("{}({files});", START.trim_end());
    view! {
        <script type="module" nonce=use_nonce()>
            {start}
        </script>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_hydration();
    provide_visitor();
    provide_clock();
    provide_feed();
    provide_desk();
    view! {
        <TabTitle/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=Landing ssr=SsrMode::Async/>
                <Route path=path!("/sessions") view=SessionsPage ssr=SsrMode::Async/>
                <Route path=path!("/sessions/new") view=NewSessionPage ssr=SsrMode::Async/>
                <Route path=path!("/sessions/:id") view=SessionPage ssr=SsrMode::Async/>
                <Route path=path!("/sessions/:id/changes") view=ChangesPage ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async/>
                <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/audit") view=AuditPage ssr=SsrMode::Async/>
                <Route path=path!("/design") view=DesignPage ssr=SsrMode::Async/>
            </Routes>
            <Layers/>
        </Router>
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    /// The events that a page's elements listen to, by what stands in the sources.
    fn listened_to(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                listened_to(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let named =
                    source.split_whitespace().filter_map(|word| word.strip_prefix("on:")?.split_once('='));
                found.extend(named.map(|(event, _)| event.to_owned()));
            }
        }
    }

    #[test]
    fn a_page_that_is_taken_over_holds_back_all_that_it_listens_to() {
        let start = include_str!("shell/start.js");
        let (_, list) = start.split_once("const HELD_BACK = [").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        let held: BTreeSet<_> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        let mut listened = BTreeSet::new();
        listened_to(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut listened);
        assert_eq!(held, listened);
    }
}
