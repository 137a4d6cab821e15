//! How a session's work leaves it: into the folder it came from, or to GitHub.

pub mod checks;
pub mod comments;
pub mod dialogs;
pub mod fix;
pub mod form;
pub mod local;
pub mod publish;
pub mod watch;

use leptos::prelude::*;

use self::{local::Deliver, publish::Publish};
use crate::{conversation::shown::Shown, visitor::visitor};

/// The id of the one person who works on folders of the machine.
const LOCAL_USER: &str = "local";

/// What there is to do with the work, and how that stands.
#[component]
pub fn Delivery(shown: Shown) -> impl IntoView {
    let local = visitor()
        .with_value(|visitor| visitor.person.as_ref().is_some_and(|person| person.id.as_str() == LOCAL_USER));
    if local { view! { <Deliver shown/> }.into_any() } else { view! { <Publish shown/> }.into_any() }
}
