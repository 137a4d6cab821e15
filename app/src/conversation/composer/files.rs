//! Files that go with the message: pasted, dropped or picked, brought to the server at once, sent with the next message.

use leptos::{html, prelude::*, task::spawn_local};
use slipway_protocol::{Attachment, AttachmentId, LARGEST_ATTACHMENT, MOST_ATTACHED, SessionId};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, FileList};

use crate::{
    browser,
    components::icon::{Icon, Spinner},
    conversation::attached::address,
    percent,
    session::Session,
    text::figures::bytes,
    words,
};

/// One that was given, until it is sent or removed.
#[derive(Clone, PartialEq, Eq)]
struct Given {
    id: AttachmentId,
    name: String,
    size: u64,
    /// None while it is on its way.
    arrived: Option<Attachment>,
}

#[derive(Clone, Copy)]
pub struct Files {
    session: Session,
    given: RwSignal<Vec<Given>>,
    /// Something is held over the composer.
    pub over: RwSignal<bool>,
}

impl Files {
    pub fn new(session: Session, waiting: Vec<Attachment>) -> Self {
        let given = |file: Attachment| Given {
            id: file.id.clone(),
            name: file.name.clone(),
            size: file.bytes,
            arrived: Some(file),
        };
        let given = waiting.into_iter().map(given).collect();
        Self { session, given: RwSignal::new(given), over: RwSignal::new(false) }
    }

    /// Those that the server has.
    pub fn arrived(self) -> Vec<Attachment> {
        self.given.with_untracked(|given| given.iter().filter_map(|file| file.arrived.clone()).collect())
    }

    pub fn is_bringing(self) -> bool {
        self.given.with(|given| given.iter().any(|file| file.arrived.is_none()))
    }

    /// They belong to a message now.
    pub fn forget(self, sent: &[Attachment]) {
        self.given.update(|given| given.retain(|held| sent.iter().all(|sent| sent.id != held.id)));
    }

    /// True: there were some.
    pub fn take(self, list: Option<FileList>) -> bool {
        let Some(list) = list.filter(|list| list.length() > 0) else { return false };
        let files = (0..list.length()).filter_map(|at| list.item(at));
        let session = self.session.id();
        let noted: Vec<_> = files.filter_map(|file| Some((self.note(&file)?, file))).collect();
        // One after the other, so that the server has them in this order; also when the person looks at another session.
        spawn_local(async move {
            for (id, file) in noted {
                self.bring(&session, id, &file).await;
            }
        });
        true
    }

    pub fn drop(self, event: &DragEvent) {
        self.over.set(false);
        if self.take(event.data_transfer().and_then(|held| held.files())) {
            event.prevent_default();
        }
    }

    /// Shows it as under way; none, with a sentence, where it cannot be attached.
    fn note(self, file: &web_sys::File) -> Option<AttachmentId> {
        let (name, size) = (file.name(), file.size() as u64);
        if let Some(sentence) = refusal(&name, size, self.given.with_untracked(Vec::len)) {
            self.session.problem.set(Some(sentence));
            return None;
        }
        let id = AttachmentId::new(browser::random_id());
        self.given.update(|held| held.push(Given { id: id.clone(), name, size, arrived: None }));
        Some(id)
    }

    async fn bring(self, session: &SessionId, id: AttachmentId, file: &web_sys::File) {
        let is_wanted = |given: &Vec<Given>| given.iter().any(|held| held.id == id);
        if !self.given.try_with_untracked(is_wanted).unwrap_or(true) {
            return;
        }
        let name = file.name();
        let to = format!("{}?name={}", address(session, &id), percent::encode(&name));
        let brought = browser::put_file(&to, file).await;
        let arrived = brought.and_then(|text| {
            serde_json::from_str::<Attachment>(&text)
                .map_err(|_| "The server's answer is not understood.".into())
        });
        match arrived {
            Ok(arrived) => {
                self.given.try_update(|given| {
                    if let Some(held) = given.iter_mut().find(|held| held.id == id) {
                        held.arrived = Some(arrived);
                    }
                });
            }
            Err(sentence) => {
                self.given.try_update(|given| given.retain(|held| held.id != id));
                self.session.problem.try_set(Some(format!("{name} was not attached. {sentence}")));
            }
        }
    }

    fn remove(self, id: &AttachmentId) {
        self.given.update(|given| given.retain(|held| held.id != *id));
        let to = address(&self.session.id(), id);
        // One that stays is removed with the session.
        spawn_local(async move { browser::delete(&to).await });
    }
}

/// Why a file is not even brought; the server looks again.
fn refusal(name: &str, size: u64, held: usize) -> Option<String> {
    if size > LARGEST_ATTACHMENT as u64 {
        return Some(format!("{name} has {}; files of up to 5 MB can be attached.", bytes(size)));
    }
    if size == 0 {
        return Some(format!("{name} is empty, so it was not attached."));
    }
    (held >= MOST_ATTACHED).then(|| "10 files fit into one message. Send these first.".into())
}

/// The files beside the text, each with a way to take it away.
#[component]
pub fn FileStrip(files: Files) -> impl IntoView {
    let session: SessionId = files.session.id();
    let session = StoredValue::new(session);
    let one = move |file: Given| {
        let label = format!("Remove {}", file.name);
        let id = file.id.clone();
        let picture = file.arrived.as_ref().is_some_and(Attachment::is_picture);
        let told = if file.arrived.is_some() { bytes(file.size) } else { "on its way".into() };
        let source = session.with_value(|session| address(session, &file.id));
        view! {
            <li class="given">
                {if picture {
                    view! { <img src=source alt="" class="given-picture"/> }.into_any()
                } else if file.arrived.is_none() {
                    view! { <Spinner/> }.into_any()
                } else {
                    view! { <Icon name="file" class="icon size-[15px] text-text-3"/> }.into_any()
                }}
                <span class="given-name">{file.name.clone()}</span>
                <span class="t-meta text-text-3">{told}</span>
                <button
                    type="button"
                    class="btn btn-ghost btn-small btn-icon"
                    aria-label=label
                    on:click=move |_| files.remove(&id)
                >
                    <Icon name="x" class="icon size-3.5"/>
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || files.given.with(|given| !given.is_empty())>
            <ul class="given-files" aria-label=words::ATTACHED_FILES>
                <For
                    each=move || files.given.get()
                    key=|file| (file.id.clone(), file.arrived.is_some())
                    children=one
                />
            </ul>
        </Show>
    }
    .into_any()
}

/// Opens the browser's own picker.
#[component]
pub fn AttachButton(files: Files) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let picked = move |_| {
        let Some(input) = input.get_untracked() else { return };
        files.take(input.files());
        // The same file again is a change, too.
        input.set_value("");
    };
    let open = move |_| {
        if let Some(input) = input.get_untracked() {
            input.unchecked_ref::<web_sys::HtmlElement>().click();
        }
    };
    view! {
        <button type="button" class="btn btn-ghost btn-icon" aria-label=words::ATTACH_FILES title="Attach files, or paste and drop them" on:click=open>
            <Icon name="paperclip"/>
        </button>
        <input node_ref=input type="file" multiple class="hidden" tabindex="-1" aria-hidden="true" on:change=picked/>
    }
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn what_cannot_be_attached_is_said_before_it_is_brought() {
        assert_eq!(refusal("a.png", 10, 9), None);
        assert_eq!(refusal("a.png", 0, 0).as_deref(), Some("a.png is empty, so it was not attached."));
        assert!(
            refusal("a.png", 6 * 1024 * 1024, 0).unwrap().ends_with("files of up to 5 MB can be attached.")
        );
        assert!(refusal("a.png", 1, 10).is_some());
    }
}
