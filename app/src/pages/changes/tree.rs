//! The changed files by folder.

use std::collections::BTreeMap;

use leptos::prelude::*;
use slipway_protocol::{FileChange, FileStatus};

use super::{anchor, desk::Desk};
use crate::{
    components::{figures::Changed, icon::Icon},
    text::figures::plural,
    words,
};

/// Folder by folder, and what lies in none at the end.
pub fn folders(files: Vec<FileChange>) -> Vec<(String, Vec<FileChange>)> {
    let mut folders: BTreeMap<String, Vec<FileChange>> = BTreeMap::new();
    for file in files {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        folders.entry(folder).or_default().push(file);
    }
    let top = folders.remove("");
    folders.into_iter().chain(top.map(|files| (String::new(), files))).collect()
}

#[component]
pub fn Tree(desk: Desk) -> impl IntoView {
    let items = move || {
        let wanted = desk.changes.with(|changes| changes.files.clone());
        let wanted: Vec<_> = wanted.into_iter().filter(|file| desk.is_wanted(&file.path)).collect();
        let none = wanted.is_empty().then(|| view! { <p class="tree-none">"No file of this name."</p> });
        let folders = folders(wanted).into_iter().map(|(folder, files)| {
            let below = !folder.is_empty();
            let head = below.then(|| {
                view! {
                    <p class="tree-row tree-folder">
                        <Icon name="folder"/>
                        <span class="truncate">{folder}</span>
                    </p>
                }
            });
            let rows = files.into_iter().map(|file| view! { <Row desk file below/> }).collect_view();
            view! {
                <li>
                    {head} <ul>{rows}</ul>
                </li>
            }
        });
        view! {
            <ul>{folders.collect_view()}</ul>
            {none}
        }
    };
    let viewed = move || {
        let count = desk.viewed.with(std::collections::BTreeSet::len);
        format!("{count} of {} viewed", desk.changes.with(|changes| changes.files.len()))
    };
    let figure = move |of: fn(&FileChange) -> u32| {
        Signal::derive(move || desk.changes.with(|changes| changes.files.iter().map(of).sum()))
    };
    let whole = desk.turn.with_value(Option::is_none);
    view! {
        <nav class="tree" aria-label=words::CHANGED_FILES>
            <div class="search tree-search">
                <Icon name="search"/>
                <input
                    type="text"
                    class="search-field"
                    aria-label=words::FILTER_FILES
                    placeholder=words::FILTER_FILES
                    autocomplete="off"
                    on:input=move |event| desk.filter.set(event_target_value(&event))
                />
            </div>
            <p class="tree-sum">
                {move || plural(desk.changes.with(|changes| changes.files.len()), "file")}
                <span class="ml-auto"><Changed added=figure(|file| file.added) removed=figure(|file| file.removed)/></span>
            </p>
            {items}
            {whole.then(|| view! { <p class="tree-viewed">{viewed}</p> })}
        </nav>
    }
    .into_any()
}

#[component]
fn Row(desk: Desk, file: FileChange, below: bool) -> impl IntoView {
    let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
    let (path, of_viewed) = (file.path.clone(), file.path.clone());
    let comments = move || {
        let count = desk
            .comments
            .with(|held| held.iter().filter(|held| held.path == path && held.sent_at.is_none()).count());
        (count > 0).then(|| {
            view! {
                <span class="tree-comments">
                    <Icon name="message-square" class="icon size-3.5"/>
                    {count}
                    <span class="sr-only">" comments"</span>
                </span>
            }
        })
    };
    let viewed = move || desk.viewed.with(|viewed| viewed.contains(&of_viewed));
    let look = match file.status {
        FileStatus::Added => "tree-icon text-ok",
        FileStatus::Deleted => "tree-icon text-bad",
        _ => "tree-icon",
    };
    view! {
        <li>
            <a href=format!("#{}", anchor(&file.path)) rel="external" class="tree-row" class:tree-below=below class:tree-seen=viewed title=file.path.clone()>
                <span class=look><Icon name="file"/></span>
                <span class="min-w-0 truncate">{name}</span>
                <span class="tree-figures">
                    {comments} <Changed added=Signal::stored(file.added) removed=Signal::stored(file.removed)/>
                </span>
            </a>
        </li>
    }
    .into_any()
}
