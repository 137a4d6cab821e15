//! One file: its head, and its lines.

use std::{collections::BTreeSet, sync::Arc};

use leptos::prelude::*;
use slipway_protocol::{FileChange, FileContent, FileStatus, ReviewComment, Side};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

use super::{
    anchor,
    desk::{Desk, Loaded, Writing},
    rows::{Piece, Place, pieces},
    thread::{Comment, Thread},
    toolbar::is_split,
};
use crate::{
    browser,
    components::{figures::Changed, icon::Icon},
    text::figures::{bytes, count},
    words,
};

#[component]
pub fn FileSection(desk: Desk, path: String) -> impl IntoView {
    let file = {
        let path = path.clone();
        Memo::new(move |_| {
            desk.changes.with(|changes| changes.files.iter().find(|file| file.path == path).cloned())
        })
    };
    let held = {
        let path = path.clone();
        Memo::new(move |_| desk.diffs.with(|diffs| diffs.get(&path).cloned()))
    };
    let viewed = {
        let path = path.clone();
        Memo::new(move |_| desk.viewed.with(|viewed| viewed.contains(&path)))
    };
    let open = {
        let path = path.clone();
        Memo::new(move |_| {
            desk.folds.with(|folds| folds.get(&path).copied()).unwrap_or_else(|| !viewed.get())
        })
    };
    let id = anchor(&path);
    let body = format!("{id}-lines");
    let controls = body.clone();
    let label = path.clone();
    let content = move || {
        let file = file.get()?;
        open.get().then(|| view! { <Content desk file held/> })
    };
    view! {
        <section id=id class="file" aria-label=label>
            <FileHead desk path file viewed open controls/>
            <div id=body>{content}</div>
        </section>
    }
    .into_any()
}

#[component]
fn FileHead(
    desk: Desk,
    path: String,
    file: Memo<Option<FileChange>>,
    viewed: Memo<bool>,
    open: Memo<bool>,
    controls: String,
) -> impl IntoView {
    let (folder, name) = path
        .rsplit_once('/')
        .map_or((String::new(), path.clone()), |(folder, name)| (format!("{folder}/"), name.to_owned()));
    let figure = move |of: fn(&FileChange) -> u32| {
        Signal::derive(move || file.with(|file| file.as_ref().map_or(0, of)))
    };
    let word = move || file.with(|file| file.as_ref().and_then(status));
    let from = move || file.with(|file| file.as_ref().and_then(|file| file.old_path.clone()));
    let fold = {
        let path = path.clone();
        move |_| {
            let now = !open.get_untracked();
            desk.folds.update(|folds| {
                folds.insert(path.clone(), now);
            });
        }
    };
    let view_it = move |_| {
        if let Some(file) = file.get_untracked() {
            desk.view(file, !viewed.get_untracked());
        }
    };
    let whole = desk.turn.with_value(Option::is_none);
    let archived = move || desk.shown.head.with(|head| head.archived_at.is_some());
    let at_work = move || desk.shown.head.with(|head| head.phase.is_busy());
    let of_button = path.clone();
    view! {
        <div class="file-head">
            <button type="button" class="file-name" aria-expanded=move || open.get().to_string() aria-controls=controls on:click=fold>
                {move || view! { <Icon name=if open.get() { "chevron-down" } else { "chevron-right" }/> }}
                <span class="min-w-0 truncate" title=path.clone()>
                    <span class="text-text-3">{folder}</span>
                    {name}
                </span>
                <Changed added=figure(|file| file.added) removed=figure(|file| file.removed)/>
            </button>
            {move || word().map(|word| view! { <span class="file-status">{word}</span> })}
            {move || from().map(|from| view! { <span class="file-from truncate">"from " {from}</span> })}
            {whole
                .then(move || {
                    view! {
                        <span class="file-actions">
                            <button
                                type="button"
                                class="btn btn-ghost btn-small"
                                hidden=archived
                                disabled=at_work
                                title=move || at_work().then_some("Wait until the agent has finished, or stop it.")
                                on:click=move |_| desk.discarding.set(Some(of_button.clone()))
                            >
                                <Icon name="undo-2"/>
                                <span class="max-md:sr-only">{words::DISCARD}</span>
                            </button>
                            <button type="button" class="btn btn-small file-viewed" aria-pressed=move || viewed.get().to_string() on:click=view_it>
                                {move || view! { <Icon name=if viewed.get() { "check" } else { "square" }/> }}
                                {words::VIEWED}
                            </button>
                        </span>
                    }
                })}
        </div>
    }
    .into_any()
}

fn status(file: &FileChange) -> Option<&'static str> {
    match file.status {
        FileStatus::Added => Some("new"),
        FileStatus::Deleted => Some("deleted"),
        FileStatus::Renamed => Some("renamed"),
        FileStatus::Modified => None,
    }
}

/// The lines, or why there are none.
#[component]
fn Content(desk: Desk, file: FileChange, held: Memo<Option<Arc<Loaded>>>) -> impl IntoView {
    let modes = file.modes.clone().map(|(old, new)| {
        view! { <p class="file-note">{format!("The file’s mode changed from {old} to {new}.")}</p> }
    });
    let lines = file.added + file.removed;
    let content = match file.content {
        FileContent::Binary { before, after } => note(sizes(file.status, before, after)),
        FileContent::Repository => note("Another repository, at another commit.".into()),
        FileContent::Large { bytes: size } => note(format!("Too large to show here: {}.", bytes(size))),
        FileContent::Text if lines == 0 && file.modes.is_some() => ().into_any(),
        FileContent::Text if lines == 0 && file.status == FileStatus::Renamed => {
            note("Renamed, and otherwise the same.".into())
        }
        FileContent::Text if lines == 0 => note("An empty file.".into()),
        FileContent::Text => {
            let asked = RwSignal::new(false);
            let is_held = Memo::new(move |_| held.with(Option::is_some));
            let path = file.path.clone();
            let fetch = move |_| {
                asked.set(true);
                desk.fetch(file.clone());
            };
            view! {
                <Show
                    when=move || is_held.get()
                    fallback=move || {
                        view! {
                            <p class="file-note">
                                <button type="button" class="btn btn-small" disabled=move || asked.get() on:click=fetch.clone()>
                                    {format!("Show {} lines", count(u64::from(lines)))}
                                </button>
                            </p>
                        }
                    }
                >
                    <Lines desk path=path.clone() held/>
                </Show>
            }
            .into_any()
        }
    };
    view! {
        {modes}
        {content}
    }
    .into_any()
}

fn note(sentence: String) -> AnyView {
    view! { <p class="file-note">{sentence}</p> }.into_any()
}

fn sizes(status: FileStatus, before: u64, after: u64) -> String {
    match status {
        FileStatus::Added => format!("Binary file, {}.", bytes(after)),
        FileStatus::Deleted => format!("Binary file, {}, deleted.", bytes(before)),
        _ => format!("Binary file, {} → {}.", bytes(before), bytes(after)),
    }
}

#[component]
fn Lines(desk: Desk, path: String, held: Memo<Option<Arc<Loaded>>>) -> impl IntoView {
    let split = is_split();
    let comments = {
        let path = path.clone();
        Memo::new(move |_| {
            let of_file = |held: &Vec<ReviewComment>| {
                held.iter().filter(|held| held.path == path).cloned().collect::<Vec<_>>()
            };
            desk.comments.with(of_file)
        })
    };
    let writing = {
        let path = path.clone();
        Memo::new(move |_| {
            desk.writing.with(|writing| writing.clone().filter(|writing| writing.path == path))
        })
    };
    let still = move |place: Place, text: &str| {
        held.with(|held| {
            let held = held.as_ref()?;
            held.diff.lines().find(|line| line.place() == Some(place) && line.text == text).map(|_| ())
        })
        .is_some()
    };
    // Those whose line is as it was stand at it; the others that wait stand below the file.
    let places = Memo::new(move |_| {
        let commented = comments.with(|held| {
            let held = held.iter().filter(|held| still((held.side, held.line), &held.line_text));
            held.map(|held| (held.side, held.line)).collect::<Vec<_>>()
        });
        let written = writing.with(|writing| {
            writing
                .as_ref()
                .filter(|writing| still((writing.side, writing.line), &writing.line_text))
                .map(|writing| (writing.side, writing.line))
        });
        commented.into_iter().chain(written).collect::<BTreeSet<Place>>()
    });
    let loose = Memo::new(move |_| {
        let waits = |held: &&ReviewComment| {
            held.sent_at.is_none() && !places.with(|places| places.contains(&(held.side, held.line)))
        };
        comments.with(|held| held.iter().filter(waits).cloned().collect::<Vec<_>>())
    });
    let lost = Memo::new(move |_| {
        writing.get().filter(|writing| !places.with(|places| places.contains(&(writing.side, writing.line))))
    });
    let shown = move || {
        let Some(held) = held.get() else { return Vec::new() };
        let pieces = pieces(&held.diff, split.get(), &places.get());
        let drawn = pieces.into_iter().map(|piece| match piece {
            Piece::Lines(html) => view! { <div class="diff-lines" inner_html=html></div> }.into_any(),
            Piece::Thread(place) => view! { <Thread desk place comments writing/> }.into_any(),
        });
        drawn.collect::<Vec<_>>()
    };
    let below = move || {
        let comments = loose
            .get()
            .into_iter()
            .map(|comment| view! { <Comment desk comment moved=true/> })
            .collect_view();
        let writing = lost.get().map(|writing| {
            view! { <Thread desk place=(writing.side, writing.line) comments=Memo::new(|_| Vec::new()) writing=lost/> }
        });
        view! {
            {comments}
            {writing}
        }
    };
    let left_out = move || {
        let count_of = held.with(|held| held.as_ref().map_or(0, |held| held.diff.left_out));
        (count_of > 0).then(|| note(format!("{} more lines are left out here.", count(u64::from(count_of)))))
    };
    let begin = move |event: MouseEvent| {
        let place = place_of(event.target().and_then(|target| target.dyn_into().ok()));
        if let Some((place, _)) = place {
            begin_comment(&desk, &path, held.get_untracked(), place);
        }
    };
    view! {
        <div class="diff review-diff" on:click=begin on:keydown=walk>
            {shown}
        </div>
        {left_out}
        {below}
    }
    .into_any()
}

/// The line whose button was meant.
fn place_of(target: Option<Element>) -> Option<(Place, Element)> {
    let button = target?.closest(".diff-comment").ok().flatten()?;
    let side = Side::from_slug(&button.get_attribute("data-side")?)?;
    let line = button.get_attribute("data-line")?.parse().ok()?;
    Some(((side, line), button))
}

fn begin_comment(desk: &Desk, path: &str, held: Option<Arc<Loaded>>, place: Place) {
    let line = held.and_then(|held| held.diff.lines().find(|line| line.place() == Some(place)).cloned());
    let Some(line) = line else { return };
    let (side, number) = place;
    let writing =
        Writing { id: browser::random_id(), path: path.to_owned(), side, line: number, line_text: line.text };
    desk.write(writing, String::new());
}

/// The arrows lead from number to number.
fn walk(event: KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let Some((_, button)) = place_of(event.target().and_then(|target| target.dyn_into().ok())) else {
        return;
    };
    let Ok(Some(list)) = button.closest(".review-diff") else { return };
    let Ok(all) = list.query_selector_all(".diff-comment") else { return };
    let at = (0..all.length()).find(|at| all.item(*at).as_ref() == Some(button.as_ref()));
    let next = at.and_then(|at| all.item(at.checked_add_signed(step)?));
    if let Some(next) = next {
        event.prevent_default();
        let _ = next.unchecked_into::<HtmlElement>().focus();
    }
}
