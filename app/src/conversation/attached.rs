//! Files that came with a person's message.

use leptos::prelude::*;
use slipway_protocol::{Attachment, AttachmentId, PartBody, SessionId};

use super::shown::ShownPart;
use crate::{components::icon::Icon, session::Session, text::figures::bytes, words};

/// Where a file of a session is brought to, and looked at.
pub fn address(session: &SessionId, file: &AttachmentId) -> String {
    format!("/sessions/{session}/attachments/{file}")
}

/// Pictures as such, everything else by its name.
#[component]
pub fn Attached(parts: Vec<ShownPart>) -> impl IntoView {
    let session: Session = expect_context();
    let files = parts.iter().filter_map(|part| {
        part.part.with_untracked(|part| match &part.body {
            PartBody::Attachment(attachment) => Some(attachment.clone()),
            _ => None,
        })
    });
    let files: Vec<Attachment> = files.collect();
    if files.is_empty() {
        return ().into_any();
    }
    let one = |file: Attachment| {
        let to = address(&session.id(), &file.id);
        let inside = if file.is_picture() {
            view! { <img src=to.clone() alt=file.name.clone() loading="lazy" class="attached-picture"/> }
                .into_any()
        } else {
            view! {
                <Icon name="file" class="icon size-[15px] text-text-3"/>
                <span class="given-name">{file.name.clone()}</span>
                <span class="t-meta text-text-3">{bytes(file.bytes)}</span>
            }
            .into_any()
        };
        view! {
            <li>
                <a href=to rel="external noreferrer" target="_blank" class="attached">
                    {inside}
                </a>
            </li>
        }
    };
    let files = files.into_iter().map(one).collect_view();
    view! {
        <ul class="attached-files" aria-label=words::ATTACHED_FILES>
            {files}
        </ul>
    }
    .into_any()
}
