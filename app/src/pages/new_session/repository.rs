//! Picking the repository: the recent ones in the page, and a search over all of them on the server.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use slipway_protocol::{ErrorKind, RepositoryId, RepositoryInfo, RepositoryPage};

use crate::{
    api::{Problem, find_repositories},
    components::{
        combobox::{Choice, Combobox},
        sign_in_again::SignInAgain,
    },
    words,
};

/// Who types is not asked for after each letter.
const PAUSE: Duration = Duration::from_millis(150);

/// The list as it is shown, and how it is asked for.
#[derive(Clone, Copy)]
pub struct Picker {
    page: RwSignal<RepositoryPage>,
    problem: RwSignal<Option<Problem>>,
    chosen: RwSignal<String>,
    /// Of the last question; answers to earlier ones come too late.
    asked: StoredValue<u32>,
    pause: StoredValue<Option<TimeoutHandle>>,
}

impl Picker {
    pub fn new(page: RepositoryPage, chosen: RwSignal<String>) -> Self {
        let stale = page.stale;
        let picker = Self {
            page: RwSignal::new(page),
            problem: RwSignal::new(None),
            chosen,
            asked: StoredValue::new(0),
            pause: StoredValue::new(None),
        };
        // What is shown is a while old, and is being read again.
        Effect::new(move |_| {
            if stale {
                picker.look(String::new(), true);
            }
        });
        picker
    }

    /// The chosen one, where it is in the list.
    pub fn info(self, id: &str) -> Option<RepositoryInfo> {
        self.page
            .with_untracked(|page| page.repositories.iter().find(|known| known.id.as_str() == id).cloned())
    }

    fn type_in(self, query: String) {
        if let Some(pause) = self.pause.get_value() {
            pause.clear();
        }
        self.pause.set_value(set_timeout_with_handle(move || self.look(query, false), PAUSE).ok());
    }

    fn look(self, query: String, fresh: bool) {
        let Some(asked) = self.asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        }) else {
            return;
        };
        let chosen = self.chosen.get_untracked();
        spawn_local(async move {
            let found = find_repositories(query, RepositoryId::new(chosen), fresh).await;
            if self.asked.try_get_value() != Some(asked) {
                return;
            }
            match found {
                Ok(page) => {
                    self.problem.set(None);
                    self.page.set(page);
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }
}

#[component]
pub fn RepositoryField(picker: Picker, chosen: Callback<String>) -> impl IntoView {
    let choices =
        Signal::derive(move || picker.page.with(|page| page.repositories.iter().map(choice).collect()));
    let counts = Signal::derive(move || picker.page.with(|page| (page.found, page.total)));
    view! {
        <Combobox
            name="repository"
            label=words::REPOSITORY
            icon="book-marked"
            choices
            value=picker.chosen
            placeholder="Repository"
            chosen
            typed=Callback::new(move |query| picker.type_in(query))
            counts
        />
    }
    .into_any()
}

/// What a person can do where the list does not hold what they look for.
#[component]
pub fn AroundTheList(picker: Picker, find: String) -> impl IntoView {
    let more_at = Memo::new(move |_| picker.page.with(|page| page.more_at.clone()));
    let cut = picker.page.with_untracked(|page| page.total > page.repositories.len());
    view! {
        <noscript>
            {cut
                .then(|| {
                    view! {
                        <div class="start-find">
                            <input type="search" name="find" class="field" aria-label=words::FIND_REPOSITORY value=find/>
                            <button type="submit" class="btn" formmethod="get" formaction="/sessions/new">
                                {words::FIND_REPOSITORY}
                            </button>
                        </div>
                    }
                })}
        </noscript>
        {move || picker.problem.get().map(|problem| view! { <Failed problem/> })}
        {move || {
            more_at
                .get()
                .map(|address| {
                    view! {
                        <p class="start-more">
                            "Not listed? "
                            <a href=address rel="external noreferrer" target="_blank" class="link">
                                {words::CHOOSE_AT_GITHUB}
                            </a>
                        </p>
                    }
                })
        }}
    }
    .into_any()
}

/// The list could not be read again; what is shown may be old.
#[component]
fn Failed(problem: Problem) -> impl IntoView {
    let again = (problem.kind() == ErrorKind::SignedOut).then(|| view! { <SignInAgain/> });
    view! {
        <p role="alert" class="start-problem">
            {problem.sentence().to_owned()} " " {again}
        </p>
    }
}

fn choice(repository: &RepositoryInfo) -> Choice {
    Choice {
        value: repository.id.to_string(),
        label: repository.name.clone(),
        detail: repository.description.clone(),
        touched_at: (repository.updated_at > 0).then_some(repository.updated_at),
        note: match (repository.archived, repository.private) {
            (true, _) => "Archived: read only",
            (false, true) => "Private",
            (false, false) => "",
        },
        disabled: repository.archived,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archived_repository_is_shown_and_cannot_be_picked() {
        let repository = |private, archived| RepositoryInfo {
            id: RepositoryId::new("a/b"),
            name: "a/b".into(),
            description: String::new(),
            default_branch: "main".into(),
            updated_at: 0,
            private,
            archived,
        };
        let shown = |private, archived| {
            let choice = choice(&repository(private, archived));
            (choice.note, choice.disabled)
        };
        assert_eq!(shown(false, false), ("", false));
        assert_eq!(shown(true, false), ("Private", false));
        assert_eq!(shown(true, true), ("Archived: read only", true));
    }
}
