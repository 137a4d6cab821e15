//! Every piece in every state, for those who build pages and for the tests that take its picture. Only builds for development
//! have it.

mod samples;
pub mod session;

use leptos::prelude::*;
use slipway_protocol::{Mode, Phase};

use self::session::SessionParts;
use super::{not_found::NotFound, sessions::empty::Skeleton};
use crate::{
    components::{
        avatar::Avatar,
        combobox::{Choice, Combobox},
        dialog::Dialog,
        figures::Changed,
        icon::{Icon, Spinner},
        menu::{Menu, MenuItem},
        mode::ModeSwitch,
        phase::PhaseLabel,
        state::State,
        top_bar::TopBar,
    },
    conversation::tool::Diff,
    shortcuts::ShortcutTables,
    title::set_title,
    words,
};

const DIFF: &str = "--- a/src/feed.rs
+++ b/src/feed.rs
@@ -40,4 +40,5 @@
 // full jitter: anything up to the cap
 let cap = Duration::from_secs(30);
-        Err(_) => continue,
+        Err(_) => sleep(self.backoff.next()).await,
+        Ok(stream) => {
 }
";

const PROSE: &str = "## What was found\n\nThe delay is drawn from `0..cap`, so a **hundred clients** don't all come back. See \
[the tide tables](https://example.com).\n\n- [x] Read how the feed reconnects\n- [ ] Test it\n\n> Nothing was changed yet.\n\n\
| Station | High | Low |\n|---|---:|---:|\n| Harbour | 4.1 | 0.7 |\n\n```rust\nlet cap = Duration::from_secs(30);\n```\n";

#[component]
pub fn DesignPage() -> impl IntoView {
    if !cfg!(debug_assertions) {
        return view! { <NotFound/> }.into_any();
    }
    set_title(|| "Design · Slipway".into());
    view! {
        <TopBar/>
        <main class="page-design">
            <h1 class="start-title">"Components and states"</h1>
            <Buttons/>
            <Fields/>
            <Badges/>
            <Open/>
            <Texts/>
            <SessionParts/>
            <States/>
        </main>
    }
    .into_any()
}

#[component]
fn Part(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="design-part">
            <h2 class="part-title">{title}</h2>
            {children()}
        </section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let row = |class: &'static str, word: &'static str| {
        view! {
            <p class="design-row">
                <button type="button" class=class>
                    {word}
                </button>
                <button type="button" class=class disabled>
                    {format!("{word}, disabled")}
                </button>
                <button type="button" class=class>
                    <Spinner/>
                    {format!("{word}, busy")}
                </button>
            </p>
        }
    };
    view! {
        <Part title="Buttons: rest, disabled, busy">
            {row("btn btn-primary", "Send")} {row("btn", "Stop")} {row("btn btn-ghost", "Edit")}
            {row("btn btn-danger", "Delete")}
            <p class="design-row">
                <button type="button" class="btn btn-small">
                    "Small"
                </button>
                <button type="button" class="btn">
                    "Usual"
                </button>
                <button type="button" class="btn btn-large">
                    "Large"
                </button>
                <button type="button" class="btn btn-icon" aria-label="Rename">
                    <Icon name="pencil"/>
                </button>
                // What the card of an ended program looks like can't be seen otherwise.
                <button type="button" class="btn btn-ghost" on:click=|_| panic!("somebody asked for it on /design")>
                    "Panic"
                </button>
            </p>
        </Part>
    }
    .into_any()
}

#[component]
fn Fields() -> impl IntoView {
    let choices = ["harbour/tide", "harbour/tide-web", "northquay/tidy"].map(|name| Choice {
        value: name.into(),
        label: name.into(),
        detail: "Tide predictions for small harbours".into(),
        ..Choice::default()
    });
    view! {
        <Part title="Fields">
            <p class="design-row">
                <input type="text" class="field" aria-label="Empty field" placeholder="Search titles"/>
                <input type="text" class="field" aria-label="Filled field" value="harbour/ti"/>
                <input type="text" class="field" aria-label="Disabled field" value="main" disabled/>
            </p>
            <div class="design-row">
                <ModeSwitch mode=RwSignal::new(Mode::Build) chosen=|_| ()/>
                <Combobox
                    name="design"
                    label=words::REPOSITORY
                    icon="search"
                    choices=Signal::stored(choices.to_vec())
                    value=RwSignal::new("harbour/tide".into())
                    placeholder="Repository"
                />
                <kbd>"Ctrl"</kbd>
                <kbd>"K"</kbd>
            </div>
        </Part>
    }
    .into_any()
}

#[component]
fn Badges() -> impl IntoView {
    let phases = Phase::ALL.map(|phase| view! { <PhaseLabel phase=Signal::stored(phase)/> });
    view! {
        <Part title="Badges and phases">
            <p class="design-row">
                <span class="tag">"Next"</span>
                <span class="unread">
                    <span class="sr-only">{words::UNREAD}</span>
                </span>
                <Changed added=Signal::stored(86) removed=Signal::stored(19)/>
                <Avatar name="alice"/>
                <Avatar name="bob"/>
                <Avatar name="carol"/>
                <Avatar name="dan"/>
            </p>
            <p class="design-row">{phases.collect_view()}</p>
            <progress class="meter" max="100" value="38" aria-label="Context"></progress>
        </Part>
    }
    .into_any()
}

#[component]
fn Open() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <Part title="Menu and dialog">
            <div class="design-row">
                <Menu
                    label=words::SESSION_ACTIONS
                    list="menu left-0"
                    trigger=ViewFn::from(|| view! { <Icon name="ellipsis"/> })
                >
                    <MenuItem icon="pencil" label=words::RENAME chosen=|()| ()/>
                    <MenuItem icon="archive" label=words::ARCHIVE chosen=|()| ()/>
                    <div class="menu-line" role="separator"></div>
                    <MenuItem icon="trash-2" label=words::DELETE danger=true chosen=|()| ()/>
                </Menu>
                <button type="button" class="btn" on:click=move |_| open.set(true)>
                    "Open a dialog"
                </button>
            </div>
            <Dialog open id="design-dialog" title="Delete session?">
                <p class="t-body text-text-2 mt-2">"Its checkout goes for good."</p>
                <div class="dialog-bar">
                    <button type="button" class="btn" autofocus on:click=move |_| open.set(false)>
                        {words::CANCEL}
                    </button>
                    <button type="button" class="btn btn-danger" on:click=move |_| open.set(false)>
                        {words::DELETE}
                    </button>
                </div>
            </Dialog>
            <ShortcutTables/>
        </Part>
    }
    .into_any()
}

#[component]
fn Texts() -> impl IntoView {
    view! {
        <Part title="Prose, code and diff">
            <div class="prose" inner_html=slipway_markdown::render(PROSE)></div>
            <div class="tool">
                <Diff diff=DIFF.to_owned()/>
            </div>
        </Part>
    }
    .into_any()
}

#[component]
fn States() -> impl IntoView {
    view! {
        <Part title="Strips and states">
            <div class="strip strip-bad">
                <Icon name="triangle-alert"/>
                "The message was not sent. Try again."
            </div>
            <div class="strip strip-warn">
                <Icon name="wifi-off"/>
                "No connection. The agent goes on working."
            </div>
            <State icon="inbox" title="No sessions yet" sentence="Pick a repository and say what should change.">
                <button type="button" class="btn btn-primary">
                    {words::NEW_SESSION}
                </button>
            </State>
            <State
                icon="triangle-alert"
                title="The agent could not start"
                sentence="The disk of this server is full. Your message is kept and will be sent when it starts."
                bad=true
            >
                <button type="button" class="btn btn-primary">
                    {words::RETRY}
                </button>
            </State>
            <Skeleton/>
        </Part>
    }
    .into_any()
}
