//! The first page: what this is, and the way in.

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_query_map};
use slipway_protocol::Phase;

use crate::{
    components::{
        figures::Changed,
        icon::{Icon, Spinner},
        phase::PhaseLabel,
        top_bar::TopBar,
    },
    percent,
    title::set_title,
    visitor::visitor,
    words,
};

/// Signs in the local user; answered by the server, only where the visitor may.
pub const SIGN_IN_LOCALLY: &str = "/auth/local";
/// Leads to GitHub and back; a link, not a form.
pub const SIGN_IN_WITH_GITHUB: &str = "/auth/github";

#[component]
pub fn Landing() -> impl IntoView {
    let (signed_in, local, github, problem) = visitor().with_value(|visitor| {
        let installation = &visitor.installation;
        (visitor.person.is_some(), installation.local, installation.github, visitor.problem.clone())
    });
    if signed_in {
        return view! { <Redirect path="/sessions"/> }.into_any();
    }
    // Where they were before; the server looks whether it is a page of ours.
    let next = use_query_map().with_untracked(|query| query.get("next"));
    let way_back = next.map(|next| format!("?next={}", percent::encode(&next))).unwrap_or_default();
    let with_github = format!("{SIGN_IN_WITH_GITHUB}{way_back}");
    let locally = format!("{SIGN_IN_LOCALLY}{way_back}");
    let local_class = if github { "btn btn-large" } else { "btn btn-large btn-primary" };
    set_title(|| "Slipway".into());
    view! {
        <TopBar/>
        <main class="landing">
            <div>
                <h1 class="t-display">"Hand work to an agent." <br/> "Keep the keys."</h1>
                <p class="mt-4 max-w-[440px] text-[16px] leading-[26px] text-text-2">
                    "Slipway runs a coding agent in its own checkout, on a machine you own. Talk to it, watch it work, review the diff and take the branch, from any browser."
                </p>
                {problem.map(|sentence| view! { <p role="alert" class="mt-4 t-body text-bad">{sentence}</p> })}
                <div class="mt-6 flex flex-wrap gap-2">
                    {github
                        .then(|| {
                            view! {
                                <a href=with_github rel="external" class="btn btn-large btn-primary">
                                    <Icon name="github"/>
                                    {words::SIGN_IN_WITH_GITHUB}
                                </a>
                            }
                        })}
                    {local
                        .then(|| {
                            view! {
                                <form method="post" action=locally>
                                    <button type="submit" class=local_class>
                                        {words::CONTINUE_LOCALLY}
                                    </button>
                                </form>
                            }
                        })}
                </div>
                {(!github && !local)
                    .then(|| {
                        view! {
                            <p class="t-body text-text-2">
                                "Nobody can sign in yet: set up GitHub, or open this page on the machine itself."
                            </p>
                        }
                    })}
                <p class="mt-4 t-meta text-text-3">"One binary, one SQLite file. No account anywhere else."</p>
            </div>
            <Example/>
        </main>
    }
    .into_any()
}

/// A picture of a session, made of the real thing.
#[component]
fn Example() -> impl IntoView {
    view! {
        <div class="example" aria-hidden="true">
            <p class="flex items-center t-body font-semibold">
                "Show slack water on the tide chart" <span class="ml-auto font-medium">
                    <PhaseLabel phase=Signal::stored(Phase::Coding)/>
                </span>
            </p>
            <p class="example-message">"Mark slack water on the chart, with a tooltip."</p>
            <p class="line">
                <Icon name="chevron-right" class="icon size-3.5"/>
                <span>"Explored " <span class="font-medium text-text">"9 files"</span></span>
            </p>
            <p class="line">
                <Icon name="chevron-right" class="icon size-3.5"/>
                <span>"Edited " <span class="font-medium text-text">"3 files"</span></span>
                <Changed added=Signal::stored(128) removed=Signal::stored(34)/>
            </p>
            <p class="line">
                <Spinner/>
                <span>"Running " <code class="told">"npm test"</code></span>
            </p>
            <p class="mt-2 t-body">
                "Slack water is where the slope of the curve crosses zero. I mark both sides and join them when they are closer than ten minutes, so"
                <span class="caret"></span>
            </p>
        </div>
    }
}
