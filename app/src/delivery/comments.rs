//! What people said about the pull request.

use leptos::prelude::*;
use slipway_markdown::render;
use slipway_protocol::PullRequestComment;

use super::{
    fix::{FixButton, Fixing},
    watch::Watch,
};
use crate::words;

#[component]
pub fn Comments(watch: Watch, fixing: Fixing) -> impl IntoView {
    let comments = Memo::new(move |_| {
        watch.view.with(|view| view.as_ref().map(|view| view.comments.clone()).unwrap_or_default())
    });
    let items =
        move || comments.get().into_iter().map(|comment| view! { <Comment comment fixing/> }).collect_view();
    view! {
        <Show when=move || comments.with(|comments| !comments.is_empty())>
            <h3 class="part-title mt-2">{words::REVIEW_COMMENTS}</h3>
            <ul aria-label=words::REVIEW_COMMENTS>{items}</ul>
        </Show>
    }
    .into_any()
}

/// Others wrote the text: it becomes HTML by our own Markdown, which lets no HTML through.
#[component]
fn Comment(comment: PullRequestComment, fixing: Fixing) -> impl IntoView {
    let PullRequestComment { author, place, body, url, finding } = comment;
    let html = render(&body);
    view! {
        <li class="review-comment">
            <p class="part-row">
                <a href=url target="_blank" rel="noopener noreferrer" class="font-medium">
                    {author}
                </a>
                {place.map(|place| view! { <code class="t-code min-w-0 truncate text-text-3">{place}</code> })}
            </p>
            <div class="prose" inner_html=html></div>
            <FixButton fixing finding/>
        </li>
    }
    .into_any()
}
