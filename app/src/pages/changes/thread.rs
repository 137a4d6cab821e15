//! What is said about a line, and the box to say something.

use std::time::Duration;

use leptos::{html, prelude::*};
use slipway_protocol::{ReviewComment, Side};
use web_sys::KeyboardEvent;

use super::{
    desk::{Desk, Writing},
    rows::Place,
};
use crate::{
    clock::Moment,
    components::{avatar::Avatar, icon::Icon},
    conversation::composer::fit,
    visitor::visitor,
    words,
};

/// "Line 48", or of which side where that matters.
fn line_of(side: Side, line: u32) -> String {
    match side {
        Side::New => format!("Line {line}"),
        Side::Old => format!("Removed line {line}"),
    }
}

#[component]
pub fn Thread(
    desk: Desk,
    place: Place,
    comments: Memo<Vec<ReviewComment>>,
    writing: Memo<Option<Writing>>,
) -> impl IntoView {
    let here = move || {
        let is_here = |held: &ReviewComment| {
            let edited =
                writing.with(|writing| writing.as_ref().is_some_and(|writing| writing.id == held.id));
            (held.side, held.line) == place && !edited
        };
        let mut comments = comments.get();
        comments.retain(is_here);
        comments.into_iter().map(|comment| view! { <Comment desk comment moved=false/> }).collect_view()
    };
    let writes = Memo::new(move |_| {
        writing.with(|writing| writing.as_ref().is_some_and(|writing| (writing.side, writing.line) == place))
    });
    view! {
        <div class="thread">
            {here}
            <Show when=move || writes.get()>
                <CommentBox desk place/>
            </Show>
        </div>
    }
    .into_any()
}

/// `moved`: its line is no longer what it was.
#[component]
pub fn Comment(desk: Desk, comment: ReviewComment, moved: bool) -> impl IntoView {
    let name = visitor().with_value(|visitor| visitor.person.as_ref().map(|person| person.name.clone()));
    let name = name.unwrap_or_default();
    let line = line_of(comment.side, comment.line).to_lowercase();
    let (edited, removed) = (comment.clone(), comment.id.clone());
    let edit = move |_| {
        let ReviewComment { id, path, side, line, line_text, body, .. } = edited.clone();
        desk.write(Writing { id, path, side, line, line_text }, body);
    };
    let state = match comment.sent_at {
        Some(at) => view! { "sent to the agent " <Moment at=Signal::stored(at) in_words=true/> }.into_any(),
        None => "not sent yet".into_any(),
    };
    let buttons = comment.sent_at.is_none().then(|| {
        view! {
            <button type="button" class="btn btn-ghost btn-small" on:click=edit>
                {words::EDIT}
            </button>
        }
    });
    let label = format!("Comment on {line}");
    view! {
        <article class="comment" class:comment-moved=moved aria-label=label>
            <Avatar name=name.clone()/>
            <div class="min-w-0 flex-1">
                <p class="comment-head">
                    <span class="font-semibold text-text">{name}</span>
                    {line}
                    " · "
                    {state}
                    {moved.then_some(" · this line has changed since")}
                </p>
                {moved.then(|| view! { <pre class="comment-quote">{comment.line_text.clone()}</pre> })}
                <p class="whitespace-pre-wrap wrap-anywhere">{comment.body.clone()}</p>
            </div>
            <span class="comment-actions">
                {buttons}
                <button type="button" class="btn btn-ghost btn-small" on:click=move |_| desk.remove(vec![removed.clone()])>
                    {words::REMOVE}
                </button>
            </span>
        </article>
    }
    .into_any()
}

#[component]
fn CommentBox(desk: Desk, place: Place) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if field.get().is_some() {
            // Once it stands in the page.
            set_timeout(
                move || {
                    if let Some(field) = field.try_get_untracked().flatten() {
                        fit(&field);
                        let _ = field.focus();
                    }
                },
                Duration::ZERO,
            );
        }
    });
    let empty = move || desk.text.with(|text| text.trim().is_empty()) || desk.sending.get();
    let cancel = move || desk.writing.set(None);
    let keys = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        if event.key() == "Escape" && desk.text.with_untracked(|text| text.trim().is_empty()) {
            event.prevent_default();
            cancel();
        } else if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            desk.keep(false);
        }
    };
    view! {
        <div class="comment-box">
            <textarea
                node_ref=field
                class="comment-text"
                rows="2"
                aria-label=words::COMMENT
                placeholder="What should the agent know about this line?"
                prop:value=move || desk.text.get()
                on:input=move |event| {
                    desk.text.set(event_target_value(&event));
                    if let Some(field) = field.get_untracked() {
                        fit(&field);
                    }
                }
                on:keydown=keys
            ></textarea>
            <div class="comment-bar">
                <span class="comment-place">{line_of(place.0, place.1)}</span>
                <button type="button" class="btn btn-ghost btn-small" on:click=move |_| cancel()>
                    {words::CANCEL}
                </button>
                <button type="button" class="btn btn-small" disabled=empty on:click=move |_| desk.keep(false)>
                    {words::ADD_TO_REVIEW}
                </button>
                <button type="button" class="btn btn-primary btn-small" disabled=empty on:click=move |_| desk.keep(true)>
                    <Icon name="corner-down-right"/>
                    {words::SEND_TO_AGENT}
                </button>
            </div>
        </div>
    }
    .into_any()
}
